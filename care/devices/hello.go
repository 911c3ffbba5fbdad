// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"time"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// Speaker tells whether what was said with a credential of a client's account for a device is to be believed: the device is
// active and its agent connects in that account: its client's, or until it has heard of a move the one from before. It is asked for every message and reads memory only.
func (s *Service) Speaker(account string, device ids.ID) (*Device, bool) {
	s.roster.mu.RLock()
	defer s.roster.mu.RUnlock()
	e := s.roster.byID[device]
	if e == nil || e.key == "" || !e.d.Active() || e.account.String() != account && e.d.Client.String() != account {
		return nil, false
	}
	return e.d, true
}

// Hello takes an agent's first words after a connect and answers them: what it shall send again, its new credential where
// the old one is running out, and where it belongs where the device was moved.
func (s *Service) Hello(ctx context.Context, account string, device ids.ID, h *wire.Hello) (*wire.Welcome, error) {
	w := &wire.Welcome{Ack: wire.Ack{Code: wire.OK, Time: s.now()}, Backoff: s.backoff()}
	d, ok := s.Speaker(account, device)
	if !ok {
		w.Code, w.Text = wire.Gone, "The device is retired or was enrolled anew."
		return w, nil
	}
	if d.Machine != "" && h.Machine.ID != "" && h.Machine.ID != d.Machine && !sameHardware(d, &h.Machine) {
		w.Code, w.Text = wire.Gone, "This identity belongs to another machine, from which it was copied. Enrol this machine by a token of its own."
		return w, s.copied(ctx, d)
	}
	if s.takesTurns(device, h.Start) {
		if err := s.copied(ctx, d); err != nil {
			return nil, err
		}
	}
	if err := s.greet(ctx, d, h); err != nil {
		return nil, err
	}
	resync, err := s.lacking(ctx, device, h.Sections)
	if err != nil {
		return nil, err
	}
	w.Resync = resync
	return w, s.renew(ctx, account, d, w)
}

// backoff spreads the return of a large fleet.
func (s *Service) backoff() wire.BackoffHints {
	s.roster.mu.RLock()
	defer s.roster.mu.RUnlock()
	switch n := len(s.roster.byID); {
	case n < 500:
		return wire.BackoffHints{First: 2, Most: 120}
	case n < 3000:
		return wire.BackoffHints{First: 10, Most: 180}
	}
	return wire.BackoffHints{First: 30, Most: 120}
}

// takesTurns notes which start of the program speaks and reports whether it is the one before the last: then two run.
func (s *Service) takesTurns(device ids.ID, start string) bool {
	s.roster.mu.Lock()
	defer s.roster.mu.Unlock()
	e := s.roster.byID[device]
	if e == nil || start == "" || start == e.start {
		return false
	}
	again := start == e.before
	e.before, e.start = e.start, start
	return again
}

func (s *Service) copied(ctx context.Context, d *Device) error {
	if d.Copied != 0 {
		return nil
	}
	return s.edit(ctx, d.ID, func(c *Device) []Change {
		if c.Copied != 0 {
			return nil
		}
		c.Copied = s.now()
		return []Change{{Section: "device", What: Added, Item: "identity used by two machines"}}
	})
}

// greet takes into the record what an agent says of itself.
func (s *Service) greet(ctx context.Context, d *Device, h *wire.Hello) error {
	agent := line(h.Agent, 40)
	if d.Agent == agent && d.Hostname == line(h.Machine.Name, 100) && d.Dropped == h.Dropped {
		return nil
	}
	return s.edit(ctx, d.ID, func(c *Device) (out []Change) {
		if c.Agent != agent {
			out = append(out, Change{Section: "device", What: Changed, Item: "agent", Before: c.Agent, After: agent})
		}
		if name := line(h.Machine.Name, 100); name != "" {
			if c.Name == c.Hostname {
				c.Name = name
			}
			c.Hostname = name
		}
		c.Agent, c.Dropped = agent, max(c.Dropped, h.Dropped)
		return out
	})
}

// edit changes a device's record by fn, which may be called again, and logs what fn returns.
func (s *Service) edit(ctx context.Context, id ids.ID, fn func(d *Device) []Change) error {
	var d *Device
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		row, err := q.Device(ctx, int64(id))
		if err != nil {
			return found(err, noDevice())
		}
		d = fromRow(&row)
		before := toRow(d)
		for _, c := range fn(d) {
			if err := s.log(ctx, q, d, c); err != nil {
				return err
			}
		}
		if toRow(d) == before {
			return nil
		}
		d.Changed = s.now()
		return update(ctx, q, d)
	})
	if err == nil {
		s.took(d)
	}
	return err
}

// lacking returns the sections that the agent believes to be here and that are not, or not so.
func (s *Service) lacking(ctx context.Context, device ids.ID, believed map[string]string) ([]string, error) {
	rows, err := store.New(s.p.DB.Reader()).SectionHashes(ctx, int64(device))
	if err != nil {
		return nil, err
	}
	here := map[string]string{}
	for _, r := range rows {
		here[r.Section] = r.Hash
	}
	var out []string
	for _, section := range wire.Sections {
		if h, ok := believed[string(section)]; ok && here[string(section)] != h {
			out = append(out, string(section))
		}
	}
	return out, nil
}

// renew gives a new credential where the old one is no longer new, and another account's where the device was
// moved to another client.
func (s *Service) renew(ctx context.Context, account string, d *Device, w *wire.Welcome) error {
	k, err := store.New(s.p.DB.Reader()).LiveKey(ctx, int64(d.ID))
	if err != nil {
		return found(err, noDevice())
	}
	if d.Client.String() != account {
		if err := s.hub.Admit(ctx, d.Client.String(), nil); err != nil {
			return err
		}
		w.Move, err = s.reply(ctx, d, k.PublicKey)
		return err
	}
	if err := s.settleIn(ctx, d); err != nil {
		return err
	}
	if s.now()-k.IssuedAt < credentialAge.Microseconds() {
		return nil
	}
	if w.Credential, err = s.hub.Credential(account, d.ID.String(), k.PublicKey, s.p.Clock.Now().Add(credentialLife)); err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := store.New(tx).MoveKey(ctx, k.ClientID, s.now(), k.PublicKey)
		return err
	})
}

// settleIn notes that a moved device connects in its client's account now: the old account's credential ends.
func (s *Service) settleIn(ctx context.Context, d *Device) error {
	s.roster.mu.RLock()
	e := s.roster.byID[d.ID]
	key, was := e.key, e.account
	s.roster.mu.RUnlock()
	if was == d.Client {
		return nil
	}
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := store.New(tx).MoveKey(ctx, int64(d.Client), s.now(), key)
		return err
	})
	if err != nil {
		return err
	}
	s.roster.mu.Lock()
	s.roster.putKey(d.ID, key, d.Client)
	s.roster.mu.Unlock()
	return s.hub.Admit(ctx, was.String(), map[string]int64{key: s.now()})
}

// Watch asks a device's agent to look every interval until a while from now, because somebody looks at the device.
func (s *Service) Watch(scope access.Scope, id ids.ID, interval, long time.Duration) error {
	s.roster.mu.RLock()
	e := s.roster.byID[id]
	var account ids.ID
	if e != nil && scope.Covers(e.d.Client) && e.d.Agent != "" {
		account = e.account
	}
	s.roster.mu.RUnlock()
	if account == 0 || s.hub == nil {
		return nil
	}
	return s.hub.Tell(account.String(), id.String(), wire.WordTune, wire.Tune{Interval: int(interval.Seconds()), Until: s.now() + long.Microseconds()})
}

// Tell sends a word of kit/wire to a device's agent, when it is connected.
func (s *Service) Tell(id ids.ID, word string, body any) error {
	s.roster.mu.RLock()
	e := s.roster.byID[id]
	var account ids.ID
	if e != nil {
		account = e.account
	}
	s.roster.mu.RUnlock()
	if account == 0 || s.hub == nil {
		return nil
	}
	return s.hub.Tell(account.String(), id.String(), word, body)
}
