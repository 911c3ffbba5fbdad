// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/ids"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// UpSeries says whether a service answered: 1 or 0. It is what availability is counted from.
const UpSeries = "probe_up"

// tooFarAhead is how far in the future an instant may lie.
const tooFarAhead = 10 * time.Minute

// serviceProbes are the services that a prober looks at; nil is the server.
func (s *Service) serviceProbes(ctx context.Context, prober *devices.Device) (out []wire.Probe, err error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, w := range s.list {
		if !w.Paused && w.madeBy(prober) {
			out = append(out, w.probe())
		}
	}
	slices.SortFunc(out, func(a, b wire.Probe) int { return compareText(a.ID, b.ID) }) // the revision of a configuration is made of its text
	return out, nil
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// madeBy reports whether a prober looks at the service. A device that was moved to another client or site does not any more: there the same
// address is another machine.
func (w *Watched) madeBy(prober *devices.Device) bool {
	if prober == nil {
		return w.Prober == 0
	}
	return w.Prober == prober.ID && w.Client == prober.Client && (w.Site == 0 || w.Site == prober.Site)
}

// taken is an observation with the service that it is of.
type taken struct {
	w    *Watched
	o    *wire.Observation
	turn bool // the state differs from the one before
	last State
}

// takeServices keeps observations of services.
func (s *Service) takeServices(ctx context.Context, prober *devices.Device, list []wire.Observation) (foreign int, err error) {
	if err := s.load(ctx); err != nil {
		return 0, err
	}
	by, ahead := ids.ID(0), micros(s.now().Add(tooFarAhead))
	if prober != nil {
		by = prober.ID
	}
	var own []taken
	for i := range list {
		o := &list[i]
		id, err := ids.Parse(o.Probe[len(partServices):])
		if err != nil || o.At > ahead {
			foreign++
			continue
		}
		w, ok := s.Look(id)
		if !ok || w.Paused || !w.madeBy(prober) {
			foreign++
			continue
		}
		own = append(own, taken{w: w, o: o})
	}
	if len(own) == 0 {
		return foreign, nil
	}
	slices.SortStableFunc(own, func(a, b taken) int { return int(max(-1, min(1, a.o.At-b.o.At))) })
	if err := s.keepValues(ctx, own); err != nil {
		return 0, err
	}
	newest, err := s.keepStates(ctx, by, own)
	if err != nil {
		return 0, err
	}
	for _, t := range newest {
		s.watch(t)
		s.p.Bus.Publish(Topic, t.w.ID.String())
	}
	return foreign, nil
}

// keepValues puts what was measured into the time series.
func (s *Service) keepValues(ctx context.Context, own []taken) error {
	var b series.Batch
	for _, t := range own {
		if err := s.addValues(&b, t.w.Client, t.w.ID, t.o, up(t.o.State)); err != nil {
			return err
		}
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := s.p.Series.Commit(ctx, &b)
	return err
}

// up is the measure that says whether it answered, none where that is not known.
func up(st wire.State) []wire.Measure {
	switch st {
	case wire.StateOK, wire.StateWarning:
		return []wire.Measure{{Series: UpSeries, Value: 1}}
	case wire.StateCritical:
		return []wire.Measure{{Series: UpSeries, Value: 0}}
	}
	return nil
}

// addValues adds what an observation measured to a batch, as series of what is watched.
func (s *Service) addValues(b *series.Batch, client, id ids.ID, o *wire.Observation, more []wire.Measure) error {
	for _, list := range [][]wire.Measure{more, o.Measures} {
		for _, m := range list {
			handle, err := s.lanes.series(s.p.Series, client, id, m.Series)
			if err != nil {
				return err
			}
			if handle != nil {
				b.Add(handle, o.At/1000, m.Value)
			}
		}
	}
	return nil
}

// mostSeries is how many series one thing that is watched can have since the start of the process. An exporter that names its series
// anew each time is heard no further rather than let the time series grow without end.
const mostSeries = 6000

// lanes keep the series of what is watched at hand.
type lanes struct {
	mu sync.Mutex
	of map[ids.ID]map[string]*series.Series // by client and text
}

// series returns the series of a text, nil for one that is not kept.
func (l *lanes) series(store series.Store, client, id ids.ID, text string) (*series.Series, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[ids.ID]map[string]*series.Series{}
	}
	known := l.of[id]
	if known == nil {
		known = map[string]*series.Series{}
		l.of[id] = known
	}
	key := client.String() + text
	if h, ok := known[key]; ok || len(known) >= mostSeries {
		return h, nil
	}
	name, labels, err := wire.ParseSeries(text)
	if err != nil {
		return nil, nil //nolint:nilerr // the protocol refuses them before
	}
	pairs := make([]string, 0, 4+2*len(labels))
	pairs = append(pairs, series.ClientLabel, client.String(), series.DeviceLabel, id.String())
	for _, x := range labels {
		pairs = append(pairs, x.Name, x.Value)
	}
	made, err := series.MakeLabels(name, pairs...)
	if err != nil {
		known[key] = nil // longer than a series may be
		return nil, nil  //nolint:nilerr // as above
	}
	h, err := store.Series(made)
	if err == nil {
		known[key] = h
	}
	return h, err
}

func (l *lanes) forget(id ids.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, id)
}

// keepStates notes the last state of each service and when it turned. It returns those observations that were news.
func (s *Service) keepStates(ctx context.Context, by ids.ID, own []taken) (newest []taken, err error) {
	s.keeping.Lock()
	defer s.keeping.Unlock()
	next := map[ids.ID]State{}
	for _, t := range own {
		last, ok := next[t.w.ID]
		if !ok {
			last = s.StateOf(t.w.ID)
		}
		at := instant(t.o.At)
		if !at.After(last.At) {
			continue // it comes again, or late
		}
		st := State{
			At: at, By: by, State: t.o.State, Since: last.Since, Text: storable(t.o.Text), Detail: storable(t.o.Detail), Took: time.Duration(t.o.Took) * time.Millisecond,
			Found: storable(string(t.o.Found)), Told: told(t.o, false),
		}
		t.turn = !last.Known() || last.State != st.State
		if t.turn {
			st.Since = at
		}
		t.last = st
		next[t.w.ID] = st
		newest = append(newest, t)
	}
	if len(newest) == 0 {
		return nil, nil
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for id, st := range next {
			_, err := tx.ExecContext(ctx, `INSERT INTO network_states (service_id, at, made_by, state, since_at, text, detail, took, found, said) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
				ON CONFLICT (service_id) DO UPDATE SET at = excluded.at, made_by = excluded.made_by, state = excluded.state, since_at = excluded.since_at, text = excluded.text,
				detail = excluded.detail, took = excluded.took, found = excluded.found, said = excluded.said WHERE network_states.at < excluded.at`,
				int64(id), micros(st.At), int64(by), int64(st.State), micros(st.Since), st.Text, st.Detail, st.Took.Milliseconds(), st.Found, st.Told.pack())
			if err != nil {
				return err
			}
		}
		for _, t := range newest {
			if !t.turn {
				continue
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO network_turns (id, service_id, at, state, text, said) VALUES ($1, $2, $3, $4, $5, $6)",
				int64(s.p.IDs.New()), int64(t.w.ID), t.o.At, int64(t.o.State), storable(t.o.Text), told(t.o, true).pack())
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	for id, st := range next {
		if s.list[id] != nil && st.At.After(s.states[id].At) {
			s.states[id] = st
		}
	}
	s.mu.Unlock()
	return newest, nil
}

// watch hands what was found to the rules.
func (s *Service) watch(t taken) {
	key := s.p.Engine.Key(monitoring.CheckSeries,
		monitoring.Label{Name: "check", Value: t.w.ID.String()}, monitoring.Label{Name: "kind", Value: t.w.Kind},
		monitoring.Label{Name: "name", Value: t.w.Name}, monitoring.Label{Name: "of", Value: "service"})
	keys, values := []monitoring.Key{key}, []float64{float64(t.o.State)}
	for _, list := range [][]wire.Measure{up(t.o.State), t.o.Measures} { // that it answers first: rules about the others ask for it
		for _, m := range list {
			name, labels, err := wire.ParseSeries(m.Series)
			if err == nil {
				keys, values = append(keys, s.p.Engine.Key(name, labels...)), append(values, m.Value)
			}
		}
	}
	s.p.Engine.Observe(t.w.ID, t.o.At/1000, keys, values)
}
