// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe/discover"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/wire"
)

// Scan is a network, or several, that a device looks into now and then.
type Scan struct {
	ID       ids.ID
	Version  int64
	Client   ids.ID
	Site     ids.ID
	Prober   ids.ID
	Networks string // separated by spaces; "" = those that the device is in
	Beyond   bool   // a person allowed networks that the device is not in
	Every    time.Duration
	Alert    bool // devices that nobody knows are told
	Paused   bool
	Run      int64
	Runs     int64 // how often it was done
	Author   string
	Made     time.Time

	At      time.Time
	State   wire.State
	Text    string // what was found, in English
	Told    Told
	Gateway string // the router of the device that looks
}

// The limits of looking into networks.
const (
	shortestScan = time.Hour
	longestScan  = 7 * 24 * time.Hour
	scanTimeout  = 10 * time.Minute
	maxScans     = 5000
)

// Scans lists what is looked into; client 0 = all of the scope.
func (s *Service) Scans(ctx context.Context, scope access.Scope, client ids.ID) ([]*Scan, error) {
	if err := s.loadEstate(ctx); err != nil {
		return nil, err
	}
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	var out []*Scan
	for _, x := range s.est.scans {
		if scope.Covers(x.Client) && (client == 0 || x.Client == client) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b *Scan) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// Scan is one of the scope.
func (s *Service) Scan(ctx context.Context, scope access.Scope, id ids.ID) (*Scan, error) {
	if err := s.loadEstate(ctx); err != nil {
		return nil, err
	}
	x, ok := s.lookScan(id)
	if !ok || !scope.Covers(x.Client) {
		return nil, fault.NewNotFound("There is no such network.")
	}
	return x, nil
}

func (s *Service) lookScan(id ids.ID) (*Scan, bool) {
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	x, ok := s.est.scans[id]
	return x, ok
}

// SaveScan has a network looked into from now on, or changes how.
func (s *Service) SaveScan(ctx context.Context, scope access.Scope, x Scan) (ids.ID, error) {
	if err := s.loadEstate(ctx); err != nil {
		return 0, err
	}
	was, _ := s.lookScan(x.ID)
	if was != nil {
		if !scope.Covers(was.Client) {
			return 0, fault.NewNotFound("There is no such network.")
		}
		x.Client = was.Client
	}
	if err := s.cleanScan(ctx, scope, &x); err != nil {
		return 0, err
	}
	action := "network.scan-change"
	if was == nil {
		action, x.ID = "network.scan", s.p.IDs.New()
	}
	err := s.change(ctx, action, x.ID.String(), x.Networks, func(tx *sql.Tx) error {
		if was == nil {
			var n int64
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM network_scans").Scan(&n); err != nil {
				return err
			}
			if n >= maxScans {
				return fault.NewInvalid("There are %d networks already; no more are kept.", n)
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO network_scans (id, client_id, site_id, prober_id, networks, beyond, every, alert, paused, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
				int64(x.ID), int64(x.Client), int64(x.Site), int64(x.Prober), x.Networks, flag(x.Beyond), int64(x.Every/time.Second), flag(x.Alert), flag(x.Paused), author(ctx), micros(s.now()))
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE network_scans SET version = version + 1, site_id = $2, prober_id = $3, networks = $4, beyond = $5, every = $6, alert = $7, paused = $8, run = run + 1,
			author = $9 WHERE id = $1`,
			int64(x.ID), int64(x.Site), int64(x.Prober), x.Networks, flag(x.Beyond), int64(x.Every/time.Second), flag(x.Alert), flag(x.Paused), author(ctx))
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := s.refreshEstate(ctx); err != nil {
		return 0, err
	}
	s.configure(ctx, x.Prober)
	if was == nil {
		return x.ID, nil
	}
	if was.Prober != x.Prober {
		s.configure(ctx, was.Prober)
	}
	if !x.Alert || x.Paused || was.Prober != x.Prober || was.Networks != x.Networks {
		return x.ID, s.untold(ctx, was)
	}
	return x.ID, nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (s *Service) cleanScan(ctx context.Context, scope access.Scope, x *Scan) error {
	c, err := s.p.Clients.Get(ctx, scope, x.Client)
	if err != nil {
		return err
	}
	site := x.Site == 0
	for i := range c.Sites {
		site = site || c.Sites[i].ID == x.Site
	}
	if x.Every == 0 {
		x.Every = 24 * time.Hour
	}
	switch {
	case !site:
		return fault.NewInvalid("This client has no such site.").On("site")
	case x.Prober == 0:
		return fault.NewInvalid("Choose a device with an agent that looks around itself.").On("prober")
	case x.Every < shortestScan || x.Every > longestScan:
		return fault.NewInvalid("A network is looked into between once an hour and once a week.").On("every")
	}
	list, err := discover.Parse(x.Networks)
	if err != nil {
		return fault.NewInvalid("Only private networks of at most 4,094 hosts can be looked into, written like 192.168.1.0/24.").On("networks").Because(err)
	}
	var words []string
	for _, p := range list {
		words = append(words, p.String())
	}
	x.Networks = strings.Join(words, " ")
	return s.checkProber(ctx, scope, x.Client, x.Site, x.Prober)
}

// ScanNow has a network looked into at once.
func (s *Service) ScanNow(ctx context.Context, scope access.Scope, id ids.ID) error {
	x, err := s.Scan(ctx, scope, id)
	if err != nil {
		return err
	}
	err = s.change(ctx, "network.scan-now", id.String(), x.Networks, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE network_scans SET run = run + 1 WHERE id = $1", int64(id))
		return err
	})
	if err != nil {
		return err
	}
	if err := s.refreshEstate(ctx); err != nil {
		return err
	}
	s.configure(ctx, x.Prober)
	return nil
}

// DropScan forgets a network and what was found in it; devices that were made of what was found stay.
func (s *Service) DropScan(ctx context.Context, scope access.Scope, id ids.ID) error {
	x, err := s.Scan(ctx, scope, id)
	if err != nil {
		return err
	}
	err = s.change(ctx, "network.scan-drop", id.String(), x.Networks, func(tx *sql.Tx) error {
		for _, q := range []string{"DELETE FROM network_hosts WHERE scan_id = $1", "DELETE FROM network_scans WHERE id = $1"} {
			if _, err := tx.ExecContext(ctx, q, int64(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.refreshEstate(ctx); err != nil {
		return err
	}
	s.configure(ctx, x.Prober)
	return s.untold(ctx, x)
}

// scannedBy reports whether a prober looks into the network. The server itself never does.
func (x *Scan) scannedBy(prober *devices.Device) bool {
	return prober != nil && !x.Paused && x.Prober == prober.ID && x.Client == prober.Client && sameSite(x.Site, prober.Site)
}

// scanProbes are the networks that a prober looks into.
func (s *Service) scanProbes(ctx context.Context, prober *devices.Device) (out []wire.Probe, err error) {
	if err := s.loadEstate(ctx); err != nil {
		return nil, err
	}
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	for id, x := range s.est.scans {
		if !x.scannedBy(prober) {
			continue
		}
		p := wire.Probe{
			ID: partScans + id.String() + "." + strconv.FormatInt(x.Run, 10) + "." + markOf(s.tried(x)), Kind: discover.Kind, Target: x.Networks, Every: int(x.Every / time.Second), Timeout: int(scanTimeout / time.Second),
			Params: map[string]string{}, Secret: map[string]string{},
		}
		if p.Target == "" {
			p.Target = discover.OwnNetworks
		}
		if x.Beyond {
			p.Params[discover.ParamBeyond] = "yes"
		}
		var list []snmp.Credentials
		for _, c := range s.tried(x) {
			list = append(list, c.Access)
		}
		if len(list) > 0 {
			b, err := json.Marshal(list) //nolint:gosec // for the one that looks, over its own connection
			if err != nil {
				return nil, err
			}
			p.Secret[discover.SecretAccess] = string(b)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b wire.Probe) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// markOf tells one list of credentials from another: what a look says of "the third" is worth nothing once the list is another one.
func markOf(list []*Credential) string {
	h := fnv.New32a()
	for _, c := range list {
		_, _ = h.Write([]byte(c.ID.String()))
	}
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// tried are the credentials that hosts of a network are asked with, in this order: those of its site, of its client, of the firm.
// The caller holds the estate.
func (s *Service) tried(x *Scan) []*Credential {
	var out []*Credential
	for _, c := range s.est.credentials {
		if (c.Client == 0 || c.Client == x.Client) && (c.Site == 0 || c.Site == x.Site) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *Credential) int {
		return cmp.Or(-cmp.Compare(a.Site, b.Site), -cmp.Compare(a.Client, b.Client), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), 8)]
}

func (s *Service) readScans(ctx context.Context) (map[ids.ID]*Scan, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT id, version, client_id, site_id, prober_id, networks, beyond, every, alert, paused, run, runs, at, state, text, said, gateway, author, made_at
		FROM network_scans`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]*Scan{}
	for rows.Next() {
		var x Scan
		var beyond, every, alert, paused, at, state, made int64
		var said string
		err := rows.Scan(&x.ID, &x.Version, &x.Client, &x.Site, &x.Prober, &x.Networks, &beyond, &every, &alert, &paused, &x.Run, &x.Runs, &at, &state, &x.Text, &said, &x.Gateway, &x.Author, &made)
		if err != nil {
			return nil, err
		}
		x.Beyond, x.Every, x.Alert, x.Paused, x.At, x.State, x.Made = beyond != 0, time.Duration(every)*time.Second, alert != 0, paused != 0, instant(at), wire.State(state), instant(made)
		x.Told = unpackTold(said)
		out[x.ID] = &x
	}
	return out, rows.Err()
}
