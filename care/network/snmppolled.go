// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/wire"
)

// Polled is how a device is asked by SNMP, and what it said last.
type Polled struct {
	Device     ids.ID
	Version    int64
	Credential ids.ID
	Prober     ids.ID // the device that asks, 0 = the server
	Address    string // host or host:port
	Every      time.Duration
	OIDs       string // the firm's own values, see snmp.ParseOIDs
	Watch      []string
	Paused     bool
	Run        int64
	Author     string
	Made       time.Time

	State     State
	Described time.Time
	About     *snmp.Description // nil until it was described
}

// The rhythms of asking.
const (
	shortestPoll  = 30 * time.Second
	longestPoll   = 15 * time.Minute // over longer pauses no rule believes how long something was so
	describeEvery = 6 * time.Hour
	pollTimeout   = 30 * time.Second
	aboutTimeout  = 2 * time.Minute
	maxPolled     = 20_000
	writtenEvery  = 10 * time.Minute // how often it is written that a device answered as before
)

// PolledOf is how a device is asked; false when it is not.
func (s *Service) PolledOf(ctx context.Context, device ids.ID) (*Polled, bool, error) {
	if err := s.loadEstate(ctx); err != nil {
		return nil, false, err
	}
	p, ok := s.lookPolled(device)
	return p, ok, nil
}

func (s *Service) lookPolled(device ids.ID) (*Polled, bool) {
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	p, ok := s.est.polled[device]
	return p, ok
}

// IsPolled reports whether a device is asked, for those who want to know it often.
func (s *Service) IsPolled(device ids.ID) bool {
	p, ok := s.lookPolled(device)
	return ok && !p.Paused
}

// AllPolled are the devices of the scope that are asked.
func (s *Service) AllPolled(ctx context.Context, scope access.Scope, client ids.ID) ([]*Polled, error) {
	if err := s.loadEstate(ctx); err != nil {
		return nil, err
	}
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	var out []*Polled
	for id, p := range s.est.polled {
		if d, ok := s.p.Devices.Look(id); ok && scope.Covers(d.Client) && (client == 0 || d.Client == client) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *Polled) int { return int(max(-1, min(1, a.Device-b.Device))) })
	return out, nil
}

// SavePolled has a device asked from now on, or changes how.
func (s *Service) SavePolled(ctx context.Context, scope access.Scope, x Polled) error {
	d, err := s.p.Devices.Get(ctx, scope, x.Device)
	if err != nil {
		return err
	}
	if err := s.loadEstate(ctx); err != nil {
		return err
	}
	if err := s.cleanPolled(ctx, scope, d, &x); err != nil {
		return err
	}
	was, there := s.lookPolled(x.Device)
	paused := int64(0)
	if x.Paused {
		paused = 1
	}
	watch := strings.Join(x.Watch, "\n")
	err = s.change(ctx, "network.snmp", d.Name, x.Address, func(tx *sql.Tx) error {
		if there {
			res, err := tx.ExecContext(ctx, `UPDATE network_polled SET version = version + 1, credential_id = $2, prober_id = $3, address = $4, every = $5, oids = $6, watch = $7, paused = $8,
				run = run + 1, author = $9 WHERE device_id = $1`,
				int64(x.Device), int64(x.Credential), int64(x.Prober), x.Address, int64(x.Every/time.Second), x.OIDs, watch, paused, author(ctx))
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return errors.Join(err, fault.NewConflict("Somebody else has changed this meanwhile. Reload the page and enter your changes again."))
			}
			return nil
		}
		var n int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM network_polled").Scan(&n); err != nil {
			return err
		}
		if n >= maxPolled {
			return fault.NewInvalid("%d devices are asked already; no more are.", n)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO network_polled (device_id, credential_id, prober_id, address, every, oids, watch, paused, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			int64(x.Device), int64(x.Credential), int64(x.Prober), x.Address, int64(x.Every/time.Second), x.OIDs, watch, paused, author(ctx), micros(s.now()))
		return err
	})
	if err != nil {
		return err
	}
	if err := s.refreshEstate(ctx); err != nil {
		return err
	}
	s.configure(ctx, x.Prober)
	if there && was.Prober != x.Prober {
		s.configure(ctx, was.Prober)
	}
	if x.Paused && s.p.Gone != nil && d.Agent == "" {
		return s.p.Gone(ctx, x.Device)
	}
	s.p.Bus.Publish(Topic, x.Device.String())
	return nil
}

// cleanPolled brings it into order and refuses what cannot be asked.
func (s *Service) cleanPolled(ctx context.Context, scope access.Scope, d *devices.Device, x *Polled) error {
	x.Address = strings.TrimSpace(x.Address)
	if x.Every == 0 {
		x.Every = time.Minute
	}
	host, port := x.Address, ""
	if h, p, err := net.SplitHostPort(x.Address); err == nil {
		host, port = h, p
	}
	n, err := strconv.Atoi(port)
	switch {
	case !d.Active():
		return fault.NewInvalid("This device is retired.")
	case host == "" || len(host) > 253 || strings.ContainsAny(host, " \t\r\n/@"):
		return fault.NewInvalid("Enter the address or the name under which the device answers.").On("address")
	case port != "" && (err != nil || n < 1 || n > 65535):
		return fault.NewInvalid("Enter the address or the name under which the device answers.").On("address")
	case x.Every < shortestPoll || x.Every > longestPoll:
		return fault.NewInvalid("A device is asked between every 30 seconds and every 15 minutes.").On("every")
	case len(x.OIDs) > 8000:
		return fault.NewInvalid("This is too long: at most %d characters.", 8000).On("oids")
	}
	if _, err := snmp.ParseOIDs(x.OIDs); err != nil {
		var f *fault.Error
		if errors.As(err, &f) {
			return f.On("oids")
		}
		return err
	}
	s.est.mu.RLock()
	c := s.est.credentials[x.Credential]
	s.est.mu.RUnlock()
	if c == nil || c.Client != 0 && c.Client != d.Client {
		return fault.NewInvalid("Choose the credentials that the device takes.").On("credential")
	}
	var watch []string
	for _, w := range x.Watch {
		if w = strings.TrimSpace(w); w != "" && len(w) <= 100 && !slices.Contains(watch, w) && len(watch) < 100 {
			watch = append(watch, w)
		}
	}
	x.Watch = watch
	return s.checkProber(ctx, scope, d.Client, d.Site, x.Prober)
}

// checkProber refuses a device that cannot ask for a client at a site, 0 = wherever it is; prober 0 is the server.
func (s *Service) checkProber(ctx context.Context, scope access.Scope, client, site, prober ids.ID) error {
	if prober == 0 {
		return nil
	}
	d, err := s.p.Devices.Get(ctx, scope, prober)
	switch {
	case err != nil || d.Client != client:
		return fault.NewInvalid("Only a device of the same client can look at it.").On("prober")
	case !d.Active() || d.Agent == "":
		return fault.NewInvalid("This device has no agent that could look.").On("prober")
	case !sameSite(site, d.Site):
		return fault.NewInvalid("Choose a device at the same site: it is to look from inside.").On("prober")
	}
	return nil
}

// sameSite reports whether two places can be one; 0 = not said.
func sameSite(a, b ids.ID) bool { return a == 0 || b == 0 || a == b }

// DropPolled has a device not asked any more.
func (s *Service) DropPolled(ctx context.Context, scope access.Scope, device ids.ID) error {
	d, err := s.p.Devices.Get(ctx, scope, device)
	if err != nil {
		return err
	}
	was, ok, err := s.PolledOf(ctx, device)
	if err != nil || !ok {
		return err
	}
	err = s.change(ctx, "network.snmp-drop", d.Name, "", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM network_polled WHERE device_id = $1", int64(device))
		return err
	})
	if err != nil {
		return err
	}
	if err := s.refreshEstate(ctx); err != nil {
		return err
	}
	s.configure(ctx, was.Prober)
	if s.p.Gone != nil && d.Agent == "" {
		return s.p.Gone(ctx, device)
	}
	return nil
}

// DescribeNow has a device described at once instead of when its turn comes.
func (s *Service) DescribeNow(ctx context.Context, scope access.Scope, device ids.ID) error {
	d, err := s.p.Devices.Get(ctx, scope, device)
	if err != nil {
		return err
	}
	p, ok, err := s.PolledOf(ctx, device)
	if err != nil {
		return err
	}
	if !ok {
		return fault.NewNotFound("This device is not asked by SNMP.")
	}
	err = s.change(ctx, "network.snmp-now", d.Name, "", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE network_polled SET run = run + 1 WHERE device_id = $1", int64(device))
		return err
	})
	if err != nil {
		return err
	}
	if err := s.refreshEstate(ctx); err != nil {
		return err
	}
	s.configure(ctx, p.Prober)
	return nil
}

// askedBy reports whether a prober asks the device; nil is the server.
func (s *Service) askedBy(p *Polled, prober *devices.Device) (*devices.Device, bool) {
	d, ok := s.p.Devices.Look(p.Device)
	if !ok || !d.Active() || p.Paused {
		return nil, false
	}
	if prober == nil {
		return d, p.Prober == 0
	}
	return d, p.Prober == prober.ID && d.Client == prober.Client && sameSite(d.Site, prober.Site)
}

// polledProbes are the devices that a prober asks: their values often, their description now and then.
func (s *Service) polledProbes(ctx context.Context, prober *devices.Device) (out []wire.Probe, err error) {
	if err := s.loadEstate(ctx); err != nil {
		return nil, err
	}
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	for id, p := range s.est.polled {
		d, ok := s.askedBy(p, prober)
		c := s.est.credentials[p.Credential]
		if !ok || c == nil || c.Client != 0 && c.Client != d.Client {
			continue
		}
		values := wire.Probe{
			ID: partPolled + id.String(), Kind: snmp.Kind, Target: p.Address, Every: int(p.Every / time.Second), Timeout: int(pollTimeout / time.Second),
			Params: map[string]string{}, Secret: c.Access.Secret(),
		}
		if p.About != nil {
			values.Params[snmp.ParamHas] = p.About.Has()
		}
		if w := p.watched(); len(w) > 0 {
			values.Params[snmp.ParamWatch] = strings.Join(w, "\n")
		}
		if p.OIDs != "" {
			values.Params[snmp.ParamOIDs] = p.OIDs
		}
		about := wire.Probe{
			ID: partAbout + id.String() + "." + strconv.FormatInt(p.Run, 10), Kind: snmp.Kind, Target: p.Address, Every: int(describeEvery / time.Second), Timeout: int(aboutTimeout / time.Second),
			Params: map[string]string{snmp.ParamMode: snmp.ModeDescribe}, Secret: c.Access.Secret(),
		}
		out = append(out, values, about)
	}
	slices.SortFunc(out, func(a, b wire.Probe) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// watched are the ports whose fall is trouble: those that a person named, else those at which another network device hangs.
func (p *Polled) watched() []string {
	if len(p.Watch) > 0 || p.About == nil {
		return p.Watch
	}
	var out []string
	for _, n := range p.About.Neighbours {
		if (n.Bridge || n.By == "cdp") && !slices.Contains(out, n.Local) && len(out) < 50 {
			out = append(out, n.Local)
		}
	}
	slices.Sort(out)
	return out
}

func (s *Service) readPolled(ctx context.Context) (map[ids.ID]*Polled, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT device_id, version, credential_id, prober_id, address, every, oids, watch, paused, run, about, described_at, at, state, since_at, text, said, author, made_at
		FROM network_polled`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]*Polled{}
	for rows.Next() {
		var p Polled
		var watch, about, said string
		var every, paused, described, at, state, since, made int64
		err := rows.Scan(&p.Device, &p.Version, &p.Credential, &p.Prober, &p.Address, &every, &p.OIDs, &watch, &paused, &p.Run, &about, &described, &at, &state, &since, &p.State.Text, &said, &p.Author, &made)
		if err != nil {
			return nil, err
		}
		p.Every, p.Paused, p.Described, p.Made = time.Duration(every)*time.Second, paused != 0, instant(described), instant(made)
		p.State.At, p.State.Since, p.State.State, p.State.By = instant(at), instant(since), wire.State(state), p.Prober
		p.State.Told = unpackTold(said)
		if watch != "" {
			p.Watch = strings.Split(watch, "\n")
		}
		if about != "" {
			d := &snmp.Description{}
			if json.Unmarshal([]byte(about), d) == nil { // our own text; unreadable: it is described anew
				p.About = d
			}
		}
		out[p.Device] = &p
	}
	return out, rows.Err()
}
