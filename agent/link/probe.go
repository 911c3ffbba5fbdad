// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"mainstay/kit/wire"
)

// How probes are made, whatever the agent is told.
const (
	defaultProbe  = time.Minute
	shortestProbe = 10 * time.Second
	longestProbe  = 7 * 24 * time.Hour
	probesAtOnce  = 8
	probeLimit    = 12 * time.Minute // a probe that does not keep to its own time
)

// probes makes the probes of the configuration, each by its own interval and at its own moment in it: a hundred of them make an even
// load. One that still runs when it is due again is passed over.
func (a *Agent) probes(ctx context.Context) {
	due := map[string]time.Duration{} // by probe, in the clock's uptime
	running := map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, probesAtOnce)
	for {
		a.mu.Lock()
		list := slices.Clone(a.config.Probes[:min(len(a.config.Probes), wire.MaxProbes)])
		a.mu.Unlock()
		now, next := a.o.Clock.Uptime(), time.Hour
		for id := range due {
			if !slices.ContainsFunc(list, func(p wire.Probe) bool { return p.ID == id }) {
				delete(due, id)
			}
		}
		for _, p := range list {
			every := probeEvery(p)
			at, known := due[p.ID]
			if !known {
				at = now + probePhase(p.ID, min(every, 15*time.Second)) // soon, so that whoever set it up sees it
			}
			if at <= now {
				mu.Lock()
				busy := running[p.ID]
				running[p.ID] = true
				mu.Unlock()
				if !busy {
					select {
					case slots <- struct{}{}:
					case <-ctx.Done():
						return
					}
					wg.Go(func() {
						defer func() {
							<-slots
							mu.Lock()
							delete(running, p.ID)
							mu.Unlock()
						}()
						a.runProbe(ctx, p)
					})
				}
				at = now + every + a.between(every/20)
			}
			due[p.ID] = at
			next = min(next, at-now)
		}
		t := time.NewTimer(max(next, 100*time.Millisecond))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-a.reprobes:
			t.Stop()
		case <-t.C:
		}
	}
}

func probeEvery(p wire.Probe) time.Duration {
	if p.Every <= 0 {
		return defaultProbe
	}
	return min(max(time.Duration(p.Every)*time.Second, shortestProbe), longestProbe)
}

// probePhase is a probe's own moment within a span.
func probePhase(id string, within time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return time.Duration(h.Sum64() % uint64(max(within, 1)))
}

func (a *Agent) runProbe(ctx context.Context, p wire.Probe) {
	within, stop := context.WithTimeout(ctx, probeLimit)
	defer stop()
	o := a.o.Source.Probe(within, p)
	if ctx.Err() != nil {
		return // the program ends: that is no observation
	}
	o.Probe = p.ID
	a.rowMu.Lock()
	defer a.rowMu.Unlock()
	if err := a.keep(&row{observed: &o}); err != nil {
		a.o.Log.Error("What a probe found could not be kept.", "probe", p.ID, "err", err)
	}
}
