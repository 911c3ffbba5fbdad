// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// The limits of services.
const (
	maxServices = 20_000
	maxName     = 100
	maxTarget   = 500
	maxParam    = 4000
	maxEvery    = 24 * time.Hour
	maxTimeout  = 60 * time.Second
	turnsKept   = 400 * 24 * time.Hour
)

// clean brings a service into order and refuses what is none.
func (s *Service) clean(ctx context.Context, scope access.Scope, w *Watched) error {
	w.Name, w.Target = line(w.Name), strings.TrimSpace(w.Target)
	if w.Every == 0 {
		w.Every = defaultEvery
	}
	if w.Timeout == 0 {
		w.Timeout = 10 * time.Second
	}
	switch {
	case s.p.Kinds[w.Kind] == nil || !slices.Contains(ServiceKinds(), w.Kind):
		return fault.NewInvalid("There is no such kind of service.").On("kind")
	case w.Target == "":
		return fault.NewInvalid("Say what is to be looked at.").On("target")
	case len(w.Target) > maxTarget || strings.ContainsFunc(w.Target, unicode.IsControl) || !utf8.ValidString(w.Target):
		return fault.NewInvalid("This address is too long, or has characters that no address has.").On("target")
	case w.Every < shortestEvery || w.Every > maxEvery:
		return fault.NewInvalid("It is looked at between every 10 seconds and once a day.").On("every")
	case w.Timeout < time.Second || w.Timeout > maxTimeout:
		return fault.NewInvalid("Wait between 1 and 60 seconds for an answer.").On("timeout")
	}
	if w.Name == "" {
		w.Name = w.Target
	}
	if utf8.RuneCountInString(w.Name) > maxName {
		w.Name = string([]rune(w.Name)[:maxName])
	}
	if err := w.cleanParams(); err != nil {
		return err
	}
	return s.cleanPlace(ctx, scope, w)
}

// cleanPlace checks client, site, device and prober against each other.
func (s *Service) cleanPlace(ctx context.Context, scope access.Scope, w *Watched) error {
	c, err := s.p.Clients.Get(ctx, scope, w.Client)
	if err != nil {
		return err
	}
	site := w.Site == 0
	for i := range c.Sites {
		site = site || c.Sites[i].ID == w.Site
	}
	if !site {
		return fault.NewInvalid("This client has no such site.").On("site")
	}
	if w.Device != 0 {
		if d, err := s.p.Devices.Get(ctx, scope, w.Device); err != nil || d.Client != w.Client {
			return fault.NewInvalid("Choose a device of the same client.").On("device")
		}
	}
	if w.Prober == 0 {
		return nil
	}
	d, err := s.p.Devices.Get(ctx, scope, w.Prober)
	switch {
	case err != nil || d.Client != w.Client:
		return fault.NewInvalid("Only a device of the same client can look at it.").On("prober")
	case !d.Active() || d.Agent == "":
		return fault.NewInvalid("This device has no agent that could look.").On("prober")
	case w.Site != 0 && d.Site != w.Site:
		return fault.NewInvalid("Choose a device at the same site: it is to look from inside.").On("prober")
	}
	return nil
}

func line(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// ForAnother refuses to keep what is sealed of a service for another server, which is not to see it.
func ForAnother(field string) *fault.Error {
	return fault.NewInvalid("What is kept sealed is for another server. Enter it again, or have it forgotten.").On(field)
}

// SameServer reports whether what is kept sealed for one target may be sent to another: that they lead to the same server in the same way.
func SameServer(a, b string) bool { return serverOf(a) == serverOf(b) }

func serverOf(target string) string {
	target = strings.ToLower(strings.TrimSpace(target))
	if u, err := url.Parse(target); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Host
	}
	return target
}

// Save makes a service, or changes the one of its id. A nil Secret keeps the one that there is, while the server stays the same.
func (s *Service) Save(ctx context.Context, scope access.Scope, w Watched) (ids.ID, error) {
	if err := s.clean(ctx, scope, &w); err != nil {
		return 0, err
	}
	now := s.now()
	var was *Watched
	action := "network.service"
	if w.ID != 0 {
		var err error
		if was, err = s.Get(ctx, scope, w.ID); err != nil {
			return 0, err
		}
		if w.Secret == nil {
			if len(was.Secret) > 0 && !SameServer(was.Target, w.Target) {
				return 0, ForAnother("target")
			}
			w.Secret = was.Secret
		}
		w.Made = was.Made
		action = "network.service-change"
	} else {
		w.ID, w.Made = s.p.IDs.New(), now
	}
	w.Changed, w.Author = now, author(ctx)
	paused := 0
	if w.Paused {
		paused = 1
	}
	every, timeout := int64(w.Every/time.Second), int64(w.Timeout/time.Second)
	err := s.change(ctx, action, w.ID.String(), w.Name, func(tx *sql.Tx) error {
		if was == nil {
			var n int64
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM network_services").Scan(&n); err != nil {
				return err
			}
			if n >= maxServices {
				return fault.NewInvalid("There are %d services already; no more are kept.", n)
			}
			w.Version = 1
			_, err := tx.ExecContext(ctx, "INSERT INTO network_services ("+columns+") VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
				int64(w.ID), int64(w.Client), int64(w.Site), int64(w.Device), int64(w.Prober), w.Kind, w.Name, w.Target, pack(w.Params), s.sealSecret(w.ID, w.Secret), every, timeout,
				paused, w.Author, micros(w.Made), micros(w.Changed))
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE network_services SET version = version + 1, client_id = $3, site_id = $4, device_id = $5, prober_id = $6, kind = $7, name = $8, target = $9,
			params = $10, secret = $11, every = $12, timeout = $13, paused = $14, author = $15, changed_at = $16 WHERE id = $1 AND version = $2`,
			int64(w.ID), w.Version, int64(w.Client), int64(w.Site), int64(w.Device), int64(w.Prober), w.Kind, w.Name, w.Target, pack(w.Params), s.sealSecret(w.ID, w.Secret), every, timeout,
			paused, w.Author, micros(w.Changed))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.NewConflict("Somebody else changed this meanwhile. Look at it again before you change it."))
		}
		w.Version++
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.took(w.ID, &w)
	return w.ID, s.changed(ctx, was, &w)
}

// changed tells those who look, and those who watch, of a change.
func (s *Service) changed(ctx context.Context, was, w *Watched) error {
	s.configure(ctx, w.Prober)
	if was != nil && was.Prober != w.Prober {
		s.configure(ctx, was.Prober)
	}
	switch {
	case was != nil && was.Client != w.Client && s.p.Moved != nil:
		return s.p.Moved(ctx, w.ID)
	case was != nil && w.Paused && !was.Paused && s.p.Gone != nil:
		return s.p.Gone(ctx, w.ID)
	case was != nil:
		s.p.Engine.Forget(w.ID)
	}
	return nil
}

// Delete takes a service away, with what is known of it; its series stay as long as series do.
func (s *Service) Delete(ctx context.Context, scope access.Scope, id ids.ID) error {
	w, err := s.Get(ctx, scope, id)
	if err != nil {
		return err
	}
	err = s.change(ctx, "network.service-drop", id.String(), w.Name, func(tx *sql.Tx) error {
		for _, q := range []string{"DELETE FROM network_turns WHERE service_id = $1", "DELETE FROM network_states WHERE service_id = $1", "DELETE FROM network_services WHERE id = $1"} {
			if _, err := tx.ExecContext(ctx, q, int64(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.took(id, nil)
	s.lanes.forget(id)
	s.configure(ctx, w.Prober)
	if s.p.Gone != nil {
		return s.p.Gone(ctx, id)
	}
	return nil
}

// Turn is a change of a service's state.
type Turn struct {
	At    time.Time
	State int
	Text  string // in English
	Told  Told
}

// Turns are the changes of a service's state since an instant, the newest first.
func (s *Service) Turns(ctx context.Context, id ids.ID, since time.Time, most int) (out []Turn, err error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT at, state, text, said FROM network_turns WHERE service_id = $1 AND at >= $2 ORDER BY at DESC, id DESC LIMIT $3", int64(id), micros(since), most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t Turn
		var at int64
		var said string
		if err := rows.Scan(&at, &t.State, &t.Text, &said); err != nil {
			return nil, err
		}
		t.At, t.Told = instant(at), unpackTold(said)
		out = append(out, t)
	}
	return out, rows.Err()
}

// Sweep forgets what is older than is kept, and what was found of services that are not there any more.
func (s *Service) Sweep(ctx context.Context) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM network_turns WHERE at < $1", micros(s.now().Add(-turnsKept)))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM network_states WHERE NOT EXISTS (SELECT 1 FROM network_services s WHERE s.id = network_states.service_id)")
		return err
	})
}

// clientMerged moves what belongs to a client that was merged into another.
func (s *Service) clientMerged(ctx context.Context, arg string) error {
	a, b, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(a)
	if err != nil {
		return err
	}
	into, err := ids.Parse(b)
	if err != nil {
		return err
	}
	var moved []ids.ID
	list, err := s.All(ctx, access.OneClient(from))
	if err != nil {
		return err
	}
	for _, w := range list {
		moved = append(moved, w.ID)
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE network_services SET client_id = $1, version = version + 1, changed_at = $2 WHERE client_id = $3", int64(into), micros(s.now()), int64(from))
		if err != nil {
			return err
		}
		return mergeEstate(ctx, tx, from, into)
	})
	if err == nil {
		err = errors.Join(s.Refresh(ctx), s.refreshEstate(ctx))
	}
	for _, id := range moved {
		if err == nil && s.p.Moved != nil {
			err = s.p.Moved(ctx, id)
		}
	}
	return err
}
