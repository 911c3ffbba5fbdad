// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"mainstay/kit/wire"
)

// How often an agent looks, whatever it is told.
const (
	defaultInterval = time.Minute
	shortest        = 5 * time.Second
	longestTune     = time.Hour
	defaultFacts    = 15 * time.Minute
	shortestFacts   = time.Minute
	defaultCheck    = 5 * time.Minute
	shortestCheck   = 10 * time.Second
	defaultTimeout  = 30 * time.Second
	longestTimeout  = 10 * time.Minute
	sectionTimeout  = 2 * time.Minute
	checksAtOnce    = 2
)

// observe takes readings by the interval. Each device has its own moment in it, so that the server has an even load.
func (a *Agent) observe(ctx context.Context) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(a.identity().Reply.Device))
	phase := time.Duration(h.Sum32()) * time.Millisecond
	// The first reading soon, so that whoever enrols a device sees it; the seconds before give rates something to count over. A
	// configuration that comes meanwhile does not put it off.
	retimed := (<-chan struct{})(nil)
	for wait := 2 * time.Second; ; {
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-retimed:
			t.Stop()
		case <-t.C:
			retimed = a.retimed
			if err := a.Sample(ctx); err != nil && ctx.Err() == nil {
				a.o.Log.Error("A reading could not be kept.", "err", err)
			}
		}
		every := a.interval()
		wait = every - (a.o.Clock.Uptime()+every-phase%every)%every
	}
}

// interval returns the time between two readings now.
func (a *Agent) interval() time.Duration {
	now := a.o.Clock.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	every := defaultInterval
	if a.config.Interval > 0 {
		every = time.Duration(a.config.Interval) * time.Second
	}
	if left := time.UnixMicro(a.tune.Until).Sub(now); a.tune.Interval > 0 && left > 0 && left <= longestTune {
		every = min(every, time.Duration(a.tune.Interval)*time.Second)
	}
	return min(max(every, shortest), time.Hour)
}

// Sample takes a reading now and keeps it for sending.
func (a *Agent) Sample(ctx context.Context) error {
	off, known := a.offset()
	series, values := a.o.Source.Metrics(ctx, Self{SpoolBytes: a.o.Spool.State().Bytes, ClockOffset: off, ClockKnown: known})
	if len(series) == 0 || len(series) != len(values) || len(series) > wire.MaxSeries {
		return fmt.Errorf("a reading of %d series with %d values is none", len(series), len(values))
	}
	a.rowMu.Lock()
	defer a.rowMu.Unlock()
	return a.keep(&row{dictionary: a.dict.of(series), values: values})
}

// keep stamps a row and puts it into the spool. The caller holds rowMu.
func (a *Agent) keep(r *row) error {
	r.synced, r.boot = a.o.Clock.Synced(), a.o.Clock.Boot()
	at, up := a.o.Clock.Stamp()
	r.at, r.uptime = at.UnixMicro(), up
	b, err := r.encode(a.buf[:0])
	if err != nil {
		return fmt.Errorf("encode a reading: %w", err)
	}
	a.buf = b
	if _, err := a.o.Spool.Append(b); err != nil {
		return err
	}
	nudge(a.wake)
	if why := a.o.Spool.State().Trouble; (why != "") != a.trouble {
		if a.trouble = why != ""; a.trouble {
			a.o.Log.Error("What is read is kept in memory only.", "why", why)
		} else {
			a.o.Log.Info("What is read is kept on the disk again.")
		}
	}
	return nil
}

// inventory reads the facts from the first welcome on, and again by their interval or when the server asks. What it asks for meanwhile
// does not put off the next look at all of them: a connection that breaks often is greeted often.
func (a *Agent) inventory(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-a.refacts:
	}
	// When all were read, in the clock's uptime, which counts sleep too, and by how many thousandths of a tenth of the interval the next look
	// is later.
	var last, share time.Duration
	wait := func() time.Duration {
		every := a.factsEvery()
		return last + every + every/10*share/1000 - a.o.Clock.Uptime()
	}
	for first := true; ; first = false {
		all := first || wait() <= 0
		for _, section := range a.o.Source.Sections() {
			a.mu.Lock()
			wanted := all || a.wanted[section]
			delete(a.wanted, section)
			a.mu.Unlock()
			if wanted && ctx.Err() == nil {
				a.readFacts(ctx, section)
			}
		}
		if all {
			last, share = a.o.Clock.Uptime(), a.between(1000)
		}
		t := time.NewTimer(max(wait(), 0))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-a.refacts:
			t.Stop()
		case <-t.C:
		}
	}
}

// factsEvery returns the time between two looks at all sections.
func (a *Agent) factsEvery() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.config.Facts > 0 {
		return max(time.Duration(a.config.Facts)*time.Second, shortestFacts)
	}
	return defaultFacts
}

func (a *Agent) readFacts(ctx context.Context, section wire.Section) {
	ctx, stop := context.WithTimeout(ctx, sectionTimeout)
	defer stop()
	f := wire.Facts{Section: section}
	body, err := a.o.Source.Facts(ctx, section)
	if err == nil {
		f.Body, err = json.Marshal(body)
	}
	f.Taken = a.o.Clock.Now().UnixMicro()
	if err != nil {
		f.Body, f.Failed = nil, clip(err.Error(), wire.MaxResultText)
	} else {
		f.Hash = wire.HashFacts(f.Body)
	}
	a.mu.Lock()
	fresh := a.acked[section] != factsKey(f)
	if fresh {
		a.pending[section] = f
	}
	a.mu.Unlock()
	if fresh {
		nudge(a.wake)
	}
}

// checks makes the observations of the configuration, each by its own interval. One that still runs when it is due again is passed over,
// and one that hangs holds up no others for longer than its time.
func (a *Agent) checks(ctx context.Context) {
	due := map[string]turn{}
	var running busy
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, checksAtOnce)
	for {
		a.mu.Lock()
		list := slices.Clone(a.config.Checks)
		a.mu.Unlock()
		now, next := a.o.Clock.Uptime(), time.Hour
		for id := range due {
			if !slices.ContainsFunc(list, func(c wire.Check) bool { return c.ID == id }) {
				delete(due, id)
			}
		}
		for _, c := range list {
			every := defaultCheck
			if c.Every > 0 {
				every = max(time.Duration(c.Every)*time.Second, shortestCheck)
			}
			t := due[c.ID]
			if sign := signOf(c); t.sign != sign {
				t = turn{at: now, sign: sign}
			}
			if t.at <= now && running.begin(c.ID) {
				wg.Go(func() {
					defer running.end(c.ID)
					select {
					case slots <- struct{}{}:
						defer func() { <-slots }()
						a.runCheck(ctx, c)
					case <-ctx.Done():
					}
				})
				t.at = now + every + a.between(every/20)
			} else if t.at <= now {
				t.at = now + time.Second // it still runs
			}
			due[c.ID] = t
			next = min(next, t.at-now)
		}
		t := time.NewTimer(max(next, 100*time.Millisecond))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-a.rechecks:
			t.Stop()
		case <-t.C:
		}
	}
}

func (a *Agent) runCheck(ctx context.Context, c wire.Check) {
	limit := defaultTimeout
	if c.Timeout > 0 {
		limit = min(time.Duration(c.Timeout)*time.Second, longestTimeout)
	}
	within, stop := context.WithTimeout(ctx, limit)
	defer stop()
	began := a.o.Clock.Uptime()
	r := a.o.Source.Check(within, c)
	if ctx.Err() != nil {
		return // the program ends: that is no result
	}
	r.Check, r.Took = c.ID, int((a.o.Clock.Uptime() - began).Milliseconds())
	r.Text, r.Detail = clip(r.Text, wire.MaxResultText), clip(r.Detail, wire.MaxResultDetail)
	a.rowMu.Lock()
	defer a.rowMu.Unlock()
	if err := a.keep(&row{result: &r}); err != nil {
		a.o.Log.Error("The result of a check could not be kept.", "check", c.ID, "err", err)
	}
}

// clip cuts a text to at most n bytes without splitting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
