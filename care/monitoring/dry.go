// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"slices"
	"sync"
	"time"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

const (
	dryDays    = 30
	dryStep    = 5 * time.Minute
	dryMost    = 500 // devices
	dryRuns    = 20  // at once, of all people
	dryResults = 100 // that can be read still
	dryKeep    = 30 * time.Minute
	dryLimit   = 10 * time.Minute
	dryAlerts  = 500
)

// Fired is an alert that a rule would have made.
type Fired struct {
	Device   ids.ID
	Name     string
	Series   string
	Level    rules.Level
	From, To time.Time // To is zero where it would still be open
	Event    rules.Event
}

// Progress is how far a trial of a rule on stored values is.
type Progress struct {
	ID            ids.ID
	Watch         rules.Watch
	Place         Place
	Devices, Done int // how many there are to look at, and how many were
	Left          int // that were too many to look at
	Silent        int // of which nothing is stored
	Fired         []Fired
	More          int // that are not kept
	Ended         bool
	Failed        string
}

// dry is a trial under way.
type dry struct {
	begun time.Time
	stop  context.CancelFunc

	mu sync.Mutex
	Progress
}

// TryRule begins to run a rule over what was stored of the devices of a place in the last 30 days. It goes on in the background;
// [Service.Trial] tells how far it is.
func (s *Service) TryRule(ctx context.Context, p Place, w rules.Watch) (ids.ID, error) {
	if err := checkPlace(p); err != nil {
		return 0, err
	}
	w, err := CheckWatch(w)
	if err != nil {
		return 0, err
	}
	if s.p.History == nil {
		return 0, fault.NewConflict("No values are stored yet that the rule could be tried on.")
	}
	if w.Rule.Kind == rules.Absence {
		return 0, fault.NewInvalid("An absence cannot be tried: what was not heard is not stored.").On("kind")
	}
	var list []Device
	left := 0
	err = s.p.Devices(ctx, func(d Device) error {
		if d.Quiet || !p.covers(d) || len(w.Kinds) > 0 && !slices.Contains(w.Kinds, d.Kind) {
			return nil
		}
		if len(list) >= dryMost {
			left++
			return nil
		}
		list = append(list, d)
		return nil
	})
	if err != nil {
		return 0, err
	}
	work, stop := context.WithTimeout(context.WithoutCancel(ctx), dryLimit)
	run := &dry{begun: s.now(), stop: stop, Progress: Progress{ID: s.p.IDs.New(), Watch: w, Place: p, Devices: len(list), Left: left}}
	s.mu.Lock()
	going := 0
	var oldest *dry // of those that are over
	for id, d := range s.dry {
		d.mu.Lock()
		ended := d.Ended
		d.mu.Unlock()
		switch {
		case s.now().Sub(d.begun) > dryKeep:
			d.stop()
			delete(s.dry, id)
		case !ended:
			going++
		case oldest == nil || d.begun.Before(oldest.begun):
			oldest = d
		}
	}
	if len(s.dry) >= dryResults && oldest != nil {
		delete(s.dry, oldest.ID)
	}
	if going >= dryRuns {
		s.mu.Unlock()
		stop()
		return 0, fault.NewBusy("Too many rules are being tried at the moment. Try again in a few minutes.")
	}
	s.dry[run.ID] = run
	s.mu.Unlock()
	go func() {
		defer stop()
		s.try(work, run, list)
	}()
	return run.ID, nil
}

// Trial is how far a trial is.
func (s *Service) Trial(id ids.ID) (Progress, error) {
	s.mu.Lock()
	d := s.dry[id]
	s.mu.Unlock()
	if d == nil {
		return Progress{}, fault.NewNotFound("This trial is over. Begin it again.")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.Progress
	out.Fired = slices.Clone(out.Fired)
	return out, nil
}

func (s *Service) try(ctx context.Context, run *dry, list []Device) {
	for _, d := range list {
		fired, some, err := s.tryDevice(ctx, run.Watch, d)
		run.mu.Lock()
		run.Done++
		if !some {
			run.Silent++
		}
		for _, f := range fired {
			if len(run.Fired) >= dryAlerts {
				run.More++
				continue
			}
			run.Fired = append(run.Fired, f)
		}
		if err != nil {
			run.Failed, run.Ended = fault.TextOf(err), true
			s.p.Log.Error("monitoring: cannot try a rule", "error", err)
		}
		ended := run.Ended
		run.mu.Unlock()
		if ended {
			return
		}
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	run.Ended = true
	slices.SortFunc(run.Fired, func(a, b Fired) int { return b.From.Compare(a.From) })
}

// tryDevice runs a rule over all series of a device that it is for.
func (s *Service) tryDevice(ctx context.Context, w rules.Watch, d Device) (out []Fired, some bool, err error) {
	c, err := rules.Compile(w.Rule)
	if err != nil {
		return nil, false, err
	}
	c = c.In(s.p.Zone)
	to := s.now()
	from := to.AddDate(0, 0, -dryDays)
	for _, v := range s.Engine.Latest(d.ID) {
		metric, labels, _ := wire.ParseSeries(v.Series)
		if metric != w.Metric || !fits(w.Labels, &series{labels: labels}) {
			continue
		}
		points, err := s.p.History(ctx, d.ID, v.Series, from, to, dryStep)
		if err != nil {
			return nil, false, err
		}
		some = some || len(points) > 0
		out = append(out, replay(c, points, d, v.Series)...)
	}
	return out, some, nil
}

// replay is what a rule says of stored values. Further conditions are left out: they could only make it less.
func replay(c *rules.Compiled, points []Point, d Device, text string) (out []Fired) {
	var st rules.State
	open := -1
	for _, p := range points {
		e, changed := c.Step(&st, p.At, p.Value)
		switch {
		case !changed:
		case e.From == rules.OK:
			out = append(out, Fired{Device: d.ID, Name: d.Name, Series: text, Level: e.To, From: time.UnixMilli(p.At).UTC(), Event: e})
			open = len(out) - 1
		case e.To == rules.OK && open >= 0:
			out[open].To = time.UnixMilli(p.At).UTC()
			open = -1
		case open >= 0:
			out[open].Level = max(out[open].Level, e.To)
		}
	}
	return out
}
