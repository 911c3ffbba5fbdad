// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"encoding/json"
	"errors"
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
	r := &rounds{due: map[string]turn{}, running: map[string]bool{}, slots: make(chan struct{}, atOnce)}
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

// turn is when a probe is due, and what it was then: one that was changed is made soon, like a new one.
type turn struct {
	at   time.Time
	sign uint64
}

func signOf(p wire.Probe) uint64 {
	h := fnv.New64a()
	b, _ := json.Marshal(p) //nolint:errchkjson // texts and numbers only
	_, _ = h.Write(b)
	return h.Sum64()
}

// rounds knows when which probe is due.
type rounds struct {
	mu      sync.Mutex
	due     map[string]turn
	running map[string]bool
	slots   chan struct{}
}

// begin makes those that are due and returns how long nothing is.
func (r *rounds) begin(ctx context.Context, now time.Time, list []wire.Probe, do func(wire.Probe), wg *sync.WaitGroup) time.Duration {
	signs, fresh := make(map[string]uint64, len(list)), 0
	for _, p := range list {
		signs[p.ID] = signOf(p)
		if r.due[p.ID].sign != signs[p.ID] {
			fresh++
		}
	}
	for id := range r.due {
		if _, known := signs[id]; !known {
			delete(r.due, id)
		}
	}
	next := refreshEvery
	for _, p := range list {
		every := defaultEvery
		if p.Every > 0 {
			every = max(time.Duration(p.Every)*time.Second, shortestEvery)
		}
		t, ok := r.due[p.ID]
		if !ok || t.sign != signs[p.ID] { // a new one soon, and all of them after a start not at once
			t = turn{now.Add(phase(p.ID, min(every, time.Duration(fresh)*100*time.Millisecond))), signs[p.ID]}
		}
		if !t.at.After(now) {
			started, over := r.start(ctx, p, do, wg)
			switch {
			case over:
				return 0
			case started:
				t.at = now.Add(every + rand.N(every/20))
			default:
				t.at = now.Add(time.Second) // it still runs
			}
		}
		r.due[p.ID] = t
		next = min(next, t.at.Sub(now))
	}
	return next
}

// start makes a probe beside others unless it still runs. over: ctx ended.
func (r *rounds) start(ctx context.Context, p wire.Probe, do func(wire.Probe), wg *sync.WaitGroup) (started, over bool) {
	r.mu.Lock()
	busy := r.running[p.ID]
	r.running[p.ID] = true
	r.mu.Unlock()
	if busy {
		return false, false
	}
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return false, true
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
	return true, false
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
			err = errors.Join(s.Refresh(ctx), s.refreshEstate(ctx), s.quieten(ctx))
		case <-sweep.C:
			err = errors.Join(s.Sweep(ctx), s.sweepEstate(ctx))
		}
		if err != nil && ctx.Err() == nil {
			s.p.Log.Error("network: cannot look after services", "error", err)
		}
	}
}
