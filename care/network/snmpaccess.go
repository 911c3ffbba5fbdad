// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe/snmp"
)

// Credential is what devices of a client or of the whole firm let people read with by SNMP.
type Credential struct {
	ID      ids.ID
	Client  ids.ID // 0 = the whole firm
	Site    ids.ID // 0 = all sites
	Name    string
	Access  snmp.Credentials // never shown again
	Author  string
	Changed time.Time
}

// maxCredentials is how many there can be.
const maxCredentials = 2000

func credentialPurpose(id ids.ID) string { return "network/snmp/" + id.String() }

// Credentials lists those that devices of a client may be asked with: its own and those of the firm; 0 = all of the scope.
func (s *Service) Credentials(ctx context.Context, scope access.Scope, client ids.ID) ([]*Credential, error) {
	if err := s.loadEstate(ctx); err != nil {
		return nil, err
	}
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	var out []*Credential
	for _, c := range s.est.credentials {
		if c.Client != 0 && !scope.Covers(c.Client) || client != 0 && c.Client != 0 && c.Client != client {
			continue
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *Credential) int {
		return cmp.Or(-cmp.Compare(a.Client, b.Client), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// SaveCredential makes credentials, or changes those of its id. Passwords that are left empty stay as they are.
func (s *Service) SaveCredential(ctx context.Context, scope access.Scope, c Credential) (ids.ID, error) {
	c.Name = line(c.Name)
	if c.Client != 0 {
		if _, err := s.p.Clients.Get(ctx, scope, c.Client); err != nil {
			return 0, err
		}
	} else if !scope.All() {
		return 0, fault.NewDenied("Only who may see all clients can change credentials of the whole firm.")
	}
	if err := s.loadEstate(ctx); err != nil {
		return 0, err
	}
	was, err := s.credential(scope, c.ID)
	if err != nil {
		return 0, err
	}
	if was != nil {
		for _, x := range []struct{ to, from *string }{
			{&c.Access.Community, &was.Access.Community}, {&c.Access.AuthKey, &was.Access.AuthKey}, {&c.Access.PrivKey, &was.Access.PrivKey},
		} {
			if *x.to == "" {
				*x.to = *x.from
			}
		}
	}
	switch {
	case c.Name == "":
		return 0, fault.NewInvalid("Give it a name.").On("name")
	case len(c.Name) > maxName:
		return 0, fault.NewInvalid("This is too long: at most %d characters.", maxName).On("name")
	}
	if err := c.Access.Check(); err != nil {
		return 0, err
	}
	if err := s.stillCovers(was, &c); err != nil {
		return 0, err
	}
	action := "network.credential-change"
	if was == nil {
		action, c.ID = "network.credential", s.p.IDs.New()
	}
	c.Author, c.Changed = author(ctx), s.now()
	sealed := s.p.Sealer.Seal(credentialPurpose(c.ID), pack(c.Access.Secret()))
	err = s.change(ctx, action, c.ID.String(), c.Name, func(tx *sql.Tx) error {
		if was == nil {
			var n int64
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM network_credentials").Scan(&n); err != nil {
				return err
			}
			if n >= maxCredentials {
				return fault.NewInvalid("There are %d credentials already; no more are kept.", n)
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO network_credentials (id, client_id, site_id, name, version, secret, author, made_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
				int64(c.ID), int64(c.Client), int64(c.Site), c.Name, c.Access.Version, sealed, c.Author, micros(c.Changed))
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE network_credentials SET client_id = $2, site_id = $3, name = $4, version = $5, secret = $6, author = $7, changed_at = $8 WHERE id = $1",
			int64(c.ID), int64(c.Client), int64(c.Site), c.Name, c.Access.Version, sealed, c.Author, micros(c.Changed))
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := s.refreshEstate(ctx); err != nil {
		return 0, err
	}
	s.configureUsers(ctx, &c, was)
	return c.ID, nil
}

// stillCovers refuses to take credentials from a device that is asked with them.
func (s *Service) stillCovers(was, next *Credential) error {
	if was == nil || next.Client == 0 || next.Client == was.Client {
		return nil
	}
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	n := 0
	for _, p := range s.est.polled {
		if d, ok := s.p.Devices.Look(p.Device); ok && p.Credential == was.ID && d.Client != next.Client {
			n++
		}
	}
	if n > 0 {
		return fault.NewConflict("%d devices of other clients are asked with these credentials. Give them others first.", n).On("client")
	}
	return nil
}

// credential is one of the scope; nil for the id 0.
func (s *Service) credential(scope access.Scope, id ids.ID) (*Credential, error) {
	if id == 0 {
		return nil, nil //nolint:nilnil // a new one
	}
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	c := s.est.credentials[id]
	if c == nil || c.Client != 0 && !scope.Covers(c.Client) || c.Client == 0 && !scope.All() {
		return nil, fault.NewNotFound("There are no such credentials.")
	}
	return c, nil
}

// DropCredential takes credentials away that no device is asked with.
func (s *Service) DropCredential(ctx context.Context, scope access.Scope, id ids.ID) error {
	if err := s.loadEstate(ctx); err != nil {
		return err
	}
	c, err := s.credential(scope, id)
	if err != nil {
		return err
	}
	if c == nil {
		return fault.NewNotFound("There are no such credentials.")
	}
	err = s.change(ctx, "network.credential-drop", id.String(), c.Name, func(tx *sql.Tx) error {
		var n int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM network_polled WHERE credential_id = $1", int64(id)).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fault.NewConflict("%d devices are asked with these credentials. Give them others first.", n)
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM network_credentials WHERE id = $1", int64(id))
		return err
	})
	if err != nil {
		return err
	}
	if err := s.refreshEstate(ctx); err != nil {
		return err
	}
	s.configureUsers(ctx, c)
	return nil
}

// configureUsers tells those who ask with credentials, or try them on what they find, that these changed; each of list is a state of them.
func (s *Service) configureUsers(ctx context.Context, list ...*Credential) {
	told := map[ids.ID]bool{}
	s.est.mu.RLock()
	for _, c := range list {
		if c == nil {
			continue
		}
		for _, p := range s.est.polled {
			if p.Credential == c.ID {
				told[p.Prober] = true
			}
		}
		for _, x := range s.est.scans {
			if (c.Client == 0 || c.Client == x.Client) && (c.Site == 0 || c.Site == x.Site) {
				told[x.Prober] = true
			}
		}
	}
	s.est.mu.RUnlock()
	for prober := range told {
		s.configure(ctx, prober)
	}
}

func (s *Service) readCredentials(ctx context.Context) (map[ids.ID]*Credential, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, client_id, site_id, name, secret, author, changed_at FROM network_credentials")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]*Credential{}
	for rows.Next() {
		var c Credential
		var sealed string
		var changed int64
		if err := rows.Scan(&c.ID, &c.Client, &c.Site, &c.Name, &sealed, &c.Author, &changed); err != nil {
			return nil, err
		}
		text, err := s.p.Sealer.Open(credentialPurpose(c.ID), sealed)
		if err != nil {
			return nil, err
		}
		m, err := unpack(text)
		if err != nil {
			return nil, err
		}
		c.Access, c.Changed = snmp.FromSecret(m), instant(changed)
		out[c.ID] = &c
	}
	return out, rows.Err()
}

// rewrapCredentials seals them with the newest key.
func (s *Service) rewrapCredentials(ctx context.Context) error {
	list, err := s.readCredentials(ctx)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for id, c := range list {
			if _, err := tx.ExecContext(ctx, "UPDATE network_credentials SET secret = $2 WHERE id = $1", int64(id), s.p.Sealer.Seal(credentialPurpose(id), pack(c.Access.Secret()))); err != nil {
				return err
			}
		}
		return nil
	})
}
