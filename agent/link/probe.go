// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"encoding/json"
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

// soon is within what time so many new probes are made for the first time: at once when it is one that somebody has just set up, spread
// when they are many.
func soon(n int) time.Duration { return min(time.Duration(n)*250*time.Millisecond, 15*time.Second) }

// turn is when a probe or a check is due, in the clock's uptime, and what it was then: one that was changed is made soon, like a new one.
type turn struct {
	at   time.Duration
	sign uint64
}

func signOf(v any) uint64 {
	h := fnv.New64a()
	b, _ := json.Marshal(v) //nolint:errchkjson // a check or a probe: texts and numbers only
	_, _ = h.Write(b)
	return h.Sum64()
}

// probes makes the probes of the configuration, each by its own interval and at its own moment in it: a hundred of them make an even
// load. One that still runs when it is due again is passed over.
func (a *Agent) probes(ctx context.Context) {
	due := map[string]turn{}
	var running busy
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, probesAtOnce)
	for {
		a.mu.Lock()
		list := slices.Clone(a.config.Probes[:min(len(a.config.Probes), wire.MaxProbes)])
		a.mu.Unlock()
		now, next := a.o.Clock.Uptime(), time.Hour
		signs, fresh := make(map[string]uint64, len(list)), 0
		for _, p := range list {
			sign := signOf(p)
			signs[p.ID] = sign
			if due[p.ID].sign != sign {
				fresh++
			}
		}
		for id := range due {
			if _, known := signs[id]; !known {
				delete(due, id)
			}
		}
		for _, p := range list {
			every := probeEvery(p)
			t, known := due[p.ID]
			if !known || t.sign != signs[p.ID] {
				t = turn{now + probePhase(p.ID, min(every, soon(fresh))), signs[p.ID]}
			}
			if t.at <= now {
				if !running.begin(p.ID) {
					next = min(next, time.Second)
					due[p.ID] = turn{now + time.Second, t.sign}
					continue
				}
				select {
				case slots <- struct{}{}:
				case <-ctx.Done():
					return
				}
				wg.Go(func() {
					defer func() { <-slots; running.end(p.ID) }()
					a.runProbe(ctx, p)
				})
				t.at = now + every + a.between(every/20)
			}
			due[p.ID] = t
			next = min(next, t.at-now)
		}
		timer := time.NewTimer(max(next, 100*time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-a.reprobes:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// busy are the probes, or the checks, that run.
type busy struct {
	mu  sync.Mutex
	ids map[string]bool
}

// begin is false when it runs already.
func (b *busy) begin(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ids[id] {
		return false
	}
	if b.ids == nil {
		b.ids = map[string]bool{}
	}
	b.ids[id] = true
	return true
}

func (b *busy) end(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.ids, id)
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
	o.Probe, o.Text, o.Detail = p.ID, clip(o.Text, wire.MaxResultText), clip(o.Detail, wire.MaxResultDetail)
	a.rowMu.Lock()
	defer a.rowMu.Unlock()
	if err := a.keep(&row{observed: &o}); err != nil {
		a.o.Log.Error("What a probe found could not be kept.", "probe", p.ID, "err", err)
	}
}
