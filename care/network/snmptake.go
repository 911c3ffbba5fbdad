// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/ids"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// idOf is the id in that of a probe, which may have a run behind a dot; 0 = none.
func idOf(probe string) ids.ID {
	text, _, _ := strings.Cut(probe[1:], ".")
	id, err := ids.Parse(text)
	if err != nil {
		return 0
	}
	return id
}

// asked is an observation of a device that is asked by SNMP.
type asked struct {
	p *Polled
	d *devices.Device
	o *wire.Observation
}

// ofPolled sorts out the observations that a prober was to make, oldest first.
func (s *Service) ofPolled(ctx context.Context, prober *devices.Device, list []wire.Observation) (own []asked, foreign int, err error) {
	if err := s.loadEstate(ctx); err != nil {
		return nil, 0, err
	}
	ahead := micros(s.now().Add(tooFarAhead))
	for i := range list {
		o := &list[i]
		p, ok := s.lookPolled(idOf(o.Probe))
		if !ok || o.At > ahead {
			foreign++
			continue
		}
		d, ok := s.askedBy(p, prober)
		if !ok {
			foreign++
			continue
		}
		own = append(own, asked{p, d, o})
	}
	slices.SortStableFunc(own, func(a, b asked) int { return int(max(-1, min(1, a.o.At-b.o.At))) })
	return own, foreign, nil
}

// takePolled keeps the values that devices gave.
func (s *Service) takePolled(ctx context.Context, prober *devices.Device, list []wire.Observation) (foreign int, err error) {
	own, foreign, err := s.ofPolled(ctx, prober, list)
	if err != nil || len(own) == 0 {
		return foreign, err
	}
	var b series.Batch
	for _, x := range own {
		if err := s.addValues(&b, x.d.Client, x.d.ID, x.o, up(x.o.State)); err != nil {
			return 0, err
		}
	}
	if b.Len() > 0 {
		if _, err := s.p.Series.Commit(ctx, &b); err != nil {
			return 0, err
		}
	}
	for _, x := range own {
		fresh, err := s.keepPolled(ctx, x)
		if err != nil {
			return 0, err
		}
		if !fresh {
			continue
		}
		if x.o.State == wire.StateOK && x.d.Agent == "" {
			s.p.Devices.Heard(x.d.ID, x.o.At)
		}
		s.watchPolled(x)
		s.p.Bus.Publish(Topic, x.d.ID.String())
	}
	return foreign, nil
}

// keepPolled notes how a device did. It is false for what comes again, or late.
func (s *Service) keepPolled(ctx context.Context, x asked) (fresh bool, err error) {
	s.est.mu.Lock()
	p := s.est.polled[x.d.ID]
	at := instant(x.o.At)
	if p == nil || !at.After(p.State.At) {
		s.est.mu.Unlock()
		return false, nil
	}
	next := *p
	turned := !p.State.Known() || p.State.State != x.o.State
	write := turned || p.State.Text != x.o.Text || at.Truncate(writtenEvery).After(p.State.At.Truncate(writtenEvery))
	next.State.At, next.State.State, next.State.Text = at, x.o.State, storable(x.o.Text)
	next.State.Told = told(x.o, true)
	if turned {
		next.State.Since = at
	}
	s.est.polled[x.d.ID] = &next
	s.est.mu.Unlock()
	if !write {
		return true, nil
	}
	return true, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE network_polled SET at = $2, state = $3, since_at = $4, text = $5, said = $6 WHERE device_id = $1 AND at < $2",
			int64(x.d.ID), x.o.At, int64(next.State.State), micros(next.State.Since), next.State.Text, next.State.Told.pack())
		return err
	})
}

// watchPolled hands what a device said to the rules: whether it answers, and its values.
func (s *Service) watchPolled(x asked) {
	keys := []monitoring.Key{s.p.Engine.Key(monitoring.CheckSeries,
		monitoring.Label{Name: "check", Value: x.d.ID.String()}, monitoring.Label{Name: "kind", Value: snmp.Kind},
		monitoring.Label{Name: "name", Value: "SNMP"}, monitoring.Label{Name: "of", Value: "device"})}
	values := []float64{float64(x.o.State)}
	for _, m := range x.o.Measures {
		if name, labels, err := wire.ParseSeries(m.Series); err == nil {
			keys, values = append(keys, s.p.Engine.Key(name, labels...)), append(values, m.Value)
		}
	}
	s.p.Engine.Observe(x.d.ID, x.o.At/1000, keys, values)
}

// takeAbout keeps how devices describe themselves, and what follows: what they are made of, and who is behind whom.
func (s *Service) takeAbout(ctx context.Context, prober *devices.Device, list []wire.Observation) (foreign int, err error) {
	own, foreign, err := s.ofPolled(ctx, prober, list)
	if err != nil {
		return 0, err
	}
	clients := map[ids.ID]bool{}
	for _, x := range own {
		d := &snmp.Description{}
		if x.o.State != wire.StateOK || len(x.o.Found) == 0 || json.Unmarshal(x.o.Found, d) != nil || !instant(x.o.At).After(x.p.Described) {
			continue // that it does not answer, its values tell
		}
		text := storable(string(x.o.Found))
		err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE network_polled SET about = $2, described_at = $3 WHERE device_id = $1 AND described_at < $3", int64(x.d.ID), text, x.o.At)
			return err
		})
		if err != nil {
			return 0, err
		}
		if err := s.p.Devices.Learn(ctx, x.d.ID, learned(d, x.p.Address)); err != nil {
			return 0, err
		}
		clients[x.d.Client] = true
	}
	if len(clients) == 0 {
		return foreign, nil
	}
	if err := s.refreshEstate(ctx); err != nil {
		return 0, err
	}
	for client := range clients {
		if err := s.suggestParents(ctx, client); err != nil {
			return 0, err
		}
	}
	for _, x := range own { // what it has decides what is asked, and which ports are watched
		s.configure(ctx, x.p.Prober)
		s.p.Bus.Publish(Topic, x.d.ID.String())
	}
	return foreign, nil
}

// kindTold is the kind of a device by what SNMP tells of it, "" when it cannot be told.
func kindTold(kind string) devices.Kind {
	switch kind {
	case "network":
		return devices.NetworkGear
	case "printer":
		return devices.Printer
	case "ups":
		return devices.Power
	case "storage", "server":
		return devices.Server
	}
	return ""
}

// learned is what a description says of a device's record.
func learned(d *snmp.Description, address string) devices.Learned {
	out := devices.Learned{Kind: kindTold(d.Kind), Hostname: d.Name, Vendor: d.Vendor, Model: d.Model, Serial: d.Serial, Firmware: d.Firmware, Address: address}
	if d.MAC != "" {
		out.MACs = append(out.MACs, d.MAC)
	}
	for _, i := range d.Interfaces {
		if i.MAC != "" && len(out.MACs) < 8 && !slices.Contains(out.MACs, i.MAC) {
			out.MACs = append(out.MACs, i.MAC)
		}
	}
	return out
}
