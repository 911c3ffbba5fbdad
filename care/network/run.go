// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"mainstay/kit/wire"
)

// How the server looks by itself.
const (
	atOnce        = 24
	defaultEvery  = time.Minute
	shortestEvery = 10 * time.Second
	gather        = 500 * time.Millisecond // observations that are kept together
	mostTogether  = wire.MaxObservations
	refreshEvery  = 30 * time.Second
	sweepEvery    = 6 * time.Hour
)

// Run looks at what the server itself is to look at, until ctx ends. Each probe has its own interval and moment.
func (s *Service) Run(ctx context.Context) {
	found := make(chan wire.Observation, atOnce)
	var wg, keeping sync.WaitGroup
	keeping.Go(func() { s.keepFound(ctx, found) })
	wg.Go(func() { s.tend(ctx) })
	r := &rounds{due: map[string]time.Time{}, running: map[string]bool{}, slots: make(chan struct{}, atOnce)}
	for ctx.Err() == nil {
		list, err := s.probes(ctx, nil)
		if err != nil {
			s.p.Log.Error("network: cannot read what is to be looked at", "error", err)
		}
		next := r.begin(ctx, time.Now(), list, func(p wire.Probe) {
			o := s.p.Kinds.Run(ctx, p, s.p.Guard)
			o.At = micros(s.now())
			if ctx.Err() == nil {
				found <- o
			}
		}, &wg)
		t := time.NewTimer(min(max(next, 50*time.Millisecond), refreshEvery))
		select {
		case <-ctx.Done():
		case <-s.soon:
		case <-t.C:
		}
		t.Stop()
	}
	wg.Wait()
	close(found)
	keeping.Wait()
}

// rounds knows when which probe is due.
type rounds struct {
	mu      sync.Mutex
	due     map[string]time.Time
	running map[string]bool
	slots   chan struct{}
}

// begin makes those that are due and returns how long nothing is.
func (r *rounds) begin(ctx context.Context, now time.Time, list []wire.Probe, do func(wire.Probe), wg *sync.WaitGroup) time.Duration {
	known := make(map[string]bool, len(list))
	fresh := 0
	for _, p := range list {
		known[p.ID] = true
		if _, ok := r.due[p.ID]; !ok {
			fresh++
		}
	}
	for id := range r.due {
		if !known[id] {
			delete(r.due, id)
		}
	}
	next := refreshEvery
	for _, p := range list {
		every := defaultEvery
		if p.Every > 0 {
			every = max(time.Duration(p.Every)*time.Second, shortestEvery)
		}
		at, ok := r.due[p.ID]
		if !ok { // a new one soon, and all of them after a start not at once
			at = now.Add(phase(p.ID, min(every, time.Duration(fresh)*100*time.Millisecond)))
		}
		if !at.After(now) {
			if !r.start(ctx, p, do, wg) {
				return 0
			}
			at = now.Add(every + rand.N(every/20)) //nolint:gosec // spreads the load
		}
		r.due[p.ID] = at
		next = min(next, at.Sub(now))
	}
	return next
}

// start makes a probe beside others unless it still runs. It is false when ctx ended.
func (r *rounds) start(ctx context.Context, p wire.Probe, do func(wire.Probe), wg *sync.WaitGroup) bool {
	r.mu.Lock()
	busy := r.running[p.ID]
	r.running[p.ID] = true
	r.mu.Unlock()
	if busy {
		return true
	}
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	wg.Go(func() {
		defer func() {
			<-r.slots
			r.mu.Lock()
			delete(r.running, p.ID)
			r.mu.Unlock()
		}()
		do(p)
	})
	return true
}

// phase is a probe's own moment within a span.
func phase(id string, within time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return time.Duration(h.Sum64() % uint64(max(within, 1)))
}

// keepFound keeps what was observed, several at a time.
func (s *Service) keepFound(ctx context.Context, found <-chan wire.Observation) {
	for o := range found {
		list := wire.Observations{List: []wire.Observation{o}}
		t := time.NewTimer(gather)
		for more := true; more && len(list.List) < mostTogether; {
			select {
			case next, ok := <-found:
				if more = ok; ok {
					list.List = append(list.List, next)
				}
			case <-t.C:
				more = false
			}
		}
		t.Stop()
		if err := s.Take(context.WithoutCancel(ctx), nil, &list); err != nil && ctx.Err() == nil {
			s.p.Log.Error("network: what was observed could not be kept", "error", err)
		}
	}
}

// tend takes up what other processes wrote and forgets what is old.
func (s *Service) tend(ctx context.Context) {
	refresh, sweep := time.NewTicker(refreshEvery), time.NewTicker(sweepEvery)
	defer refresh.Stop()
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-refresh.C:
			err = s.Refresh(ctx)
		case <-sweep.C:
			err = s.Sweep(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.p.Log.Error("network: cannot look after services", "error", err)
		}
	}
}
