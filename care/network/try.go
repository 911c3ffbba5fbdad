// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"sync"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// tryLimit is how long a trial may take on the whole.
const tryLimit = 45 * time.Second

// mostTries is how many trials may run at once: they are for people, not for programs.
const mostTries = 20

// tries are looks that are made once, before a service is saved.
type tries struct {
	mu   sync.Mutex
	list map[string]*trial
}

type trial struct {
	probe  wire.Probe
	prober ids.ID // 0 = the server
	client ids.ID
	answer chan wire.Observation
}

// Try looks once, as the service would, and returns what was found. Nothing is kept of it.
func (s *Service) Try(ctx context.Context, scope access.Scope, w Watched) (wire.Observation, error) {
	if err := s.clean(ctx, scope, &w); err != nil {
		return wire.Observation{}, err
	}
	if d, ok := s.p.Devices.Look(w.Prober); ok && !d.Online(micros(s.now())) {
		return wire.Observation{}, fault.NewBusy("The device that looks is not connected. Until it is back, nobody knows how the service does.")
	}
	ctx, stop := context.WithTimeout(ctx, tryLimit)
	defer stop()
	w.ID = s.p.IDs.New()
	p := w.probe()
	p.ID = partTries + w.ID.String()
	t := &trial{probe: p, prober: w.Prober, client: w.Client, answer: make(chan wire.Observation, 1)}
	s.tries.mu.Lock()
	if s.tries.list == nil {
		s.tries.list = map[string]*trial{}
	}
	full := len(s.tries.list) >= mostTries
	if !full {
		s.tries.list[p.ID] = t
	}
	s.tries.mu.Unlock()
	if full {
		return wire.Observation{}, fault.NewBusy("Others are trying too many at the moment. Please try again in a minute.")
	}
	defer func() {
		s.tries.mu.Lock()
		delete(s.tries.list, p.ID)
		s.tries.mu.Unlock()
		if w.Prober != 0 {
			s.configure(context.WithoutCancel(ctx), w.Prober)
		}
	}()
	if w.Prober == 0 {
		o := s.p.Kinds.Run(ctx, p, s.p.Guard)
		o.At = micros(s.now())
		return o, nil
	}
	s.configure(ctx, w.Prober)
	select {
	case o := <-t.answer:
		return o, nil
	case <-ctx.Done():
		return wire.Observation{}, fault.NewBusy("The device that looks has not answered. It may be off, or too old to be a probe.")
	}
}

// LookNow looks once at a service that is watched, beside its rhythm. What was found counts as any other look at it does.
func (s *Service) LookNow(ctx context.Context, scope access.Scope, w Watched) (wire.Observation, error) {
	o, err := s.Try(ctx, scope, w)
	if err != nil || w.Paused {
		return o, err
	}
	o.Probe = partServices + w.ID.String()
	var by *devices.Device
	if w.Prober != 0 {
		d, ok := s.p.Devices.Look(w.Prober)
		if !ok {
			return o, nil
		}
		by = d
	}
	_, err = s.takeServices(context.WithoutCancel(ctx), by, []wire.Observation{o})
	return o, err
}

// tryProbes are the trials of a device; the server makes its own at once.
func (s *Service) tryProbes(_ context.Context, prober *devices.Device) (out []wire.Probe, err error) {
	if prober == nil {
		return nil, nil
	}
	s.tries.mu.Lock()
	defer s.tries.mu.Unlock()
	for _, t := range s.tries.list {
		if t.prober == prober.ID && t.client == prober.Client {
			out = append(out, t.probe)
		}
	}
	return out, nil
}

// takeTries hands what was found to whoever waits. A trial that is over is nothing to complain of.
func (s *Service) takeTries(_ context.Context, prober *devices.Device, list []wire.Observation) (foreign int, err error) {
	s.tries.mu.Lock()
	defer s.tries.mu.Unlock()
	for _, o := range list {
		t := s.tries.list[o.Probe]
		switch {
		case t == nil:
		case prober == nil || t.prober != prober.ID:
			foreign++
		default:
			select {
			case t.answer <- o:
			default: // it was made twice: the first answer is the one
			}
		}
	}
	return foreign, nil
}
