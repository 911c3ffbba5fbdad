// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
)

const (
	maxSeries = 4096             // of a device; further ones are not watched
	ahead     = 10 * time.Minute // a value that comes from so far in the future is of no use
	goneAfter = time.Hour        // a series that its device does not send any more, or three of its rhythms where that is longer
	rarest    = 8 * 24 * time.Hour
)

// Cause is why an alert ends other than by its values.
type Cause string

// The causes.
const (
	ByValue Cause = ""
	ByRule  Cause = "rule"   // the rule is not there any more
	Gone    Cause = "gone"   // the series is not there any more
	Retired Cause = "device" // nor is the device
	Moved   Cause = "moved"  // the device belongs to another client now
	ByHand  Cause = "hand"
)

// Change is a change of level that the engine saw.
type Change struct {
	Device ids.ID
	Series string // "" = the device itself
	Watch  rules.Watch
	Event  rules.Event
	Cause  Cause
}

// Engine holds the latest value of every series and runs rules over values as they arrive. It is safe for concurrent use.
type Engine struct {
	clock  clock.Clock
	zone   *time.Location
	device func(ids.ID) (Device, bool)
	keys   *keys
	begun  int64 // ms: when this process came up
	before int64 // ms: when the process before it heard somebody last, 0 = nobody knows; between the two nobody listened

	mu      sync.RWMutex
	devices map[ids.ID]*dev
	book    book
	plans   map[string]*plan
	round   uint64 // of the book

	out struct {
		sync.Mutex
		list []Change
	}
	wake chan struct{}

	// Checked, where it is set, is told of each new result that a rule about checks judged. It is called while the device is held: it may
	// not wait. It is set before the first value comes.
	Checked func(device ids.ID, series string, at int64, v float64)
}

// dev is what the engine holds of one device.
type dev struct {
	mu     sync.Mutex
	id     ids.ID
	round  uint64 // of the book that plan is of; 0 = look again
	plan   *plan
	quiet  bool
	seen   int64 // ms
	list   []row
	sorted []int32 // indexes of list by key
	absent []rules.State
	dirty  bool
}

// row is a series with its latest value.
type row struct {
	key   Key
	every uint32 // seconds between the last two arrivals, 0 = not known
	at    int64
	got   int64 // when it arrived, ms
	value float64
	which []uint16 // its rules in the plan
	state []rules.State
}

// NewEngine returns an engine that asks device for what it needs to know of one. zone is where people's days begin and end.
func NewEngine(c clock.Clock, zone *time.Location, device func(ids.ID) (Device, bool)) *Engine {
	return &Engine{
		clock: c, zone: zone, device: device, keys: newKeys(), begun: c.Now().UnixMilli(), devices: map[ids.ID]*dev{}, book: book{}, plans: map[string]*plan{}, round: 1,
		wake: make(chan struct{}, 1),
	}
}

// Key returns the key of a series, for Observe. It may be kept for good. 0 = it is not watched: there are too many.
func (e *Engine) Key(metric string, labels ...Label) Key { return e.keys.intern(metric, labels) }

// Observe takes the values of a device at an instant (ms since 1970), beside their keys. What is no number is passed over.
func (e *Engine) Observe(device ids.ID, at int64, keys []Key, values []float64) {
	now := e.clock.Now().UnixMilli()
	d := e.dev(device)
	d.mu.Lock()
	defer d.mu.Unlock()
	e.prepare(d)
	if d.quiet {
		return
	}
	e.heard(d, now)
	if at > now+ahead.Milliseconds() {
		return
	}
	for i, k := range keys {
		if i >= len(values) {
			break
		}
		v := values[i]
		r := e.row(d, i, k)
		if r == nil || v != v {
			continue
		}
		fresh := at > r.at
		if fresh {
			if r.at != 0 {
				r.every = uint32(max(0, min(now-r.got, rarest.Milliseconds())) / 1000)
			}
			r.at, r.got, r.value = at, now, v
		}
		for j := range r.which {
			w := &d.plan.watches[r.which[j]]
			ev, changed := w.rule.StepIf(&r.state[j], at, v, len(w.And) == 0 || e.also(d, w.And))
			if changed {
				e.emit(Change{Device: d.id, Series: e.keys.get(k).text, Watch: w.Watch, Event: ev})
			}
			if fresh && e.Checked != nil && w.rule.Kind == rules.Check {
				e.Checked(d.id, e.keys.get(k).text, at, v)
				fresh = false
			}
		}
	}
	d.dirty = true
}

// Heard says that a device was heard of without values.
func (e *Engine) Heard(device ids.ID) {
	d := e.dev(device)
	d.mu.Lock()
	defer d.mu.Unlock()
	e.prepare(d)
	if !d.quiet {
		e.heard(d, e.clock.Now().UnixMilli())
	}
}

func (e *Engine) heard(d *dev, now int64) {
	d.seen = max(d.seen, now)
	for i := range d.absent {
		w := &d.plan.watches[d.plan.absent[i]]
		if ev, changed := w.rule.Step(&d.absent[i], now, 1); changed {
			e.emit(Change{Device: d.id, Watch: w.Watch, Event: ev})
		}
	}
}

// also reports whether all further conditions of a rule hold.
func (e *Engine) also(d *dev, list []rules.And) bool {
	for _, a := range list {
		found := false
		for i := range d.list {
			r := &d.list[i]
			if r.at == 0 || e.keys.get(r.key).metric != a.Metric || d.seen-r.got > e.lasts(r) {
				continue
			}
			if a.Below && r.value <= a.Limit || !a.Below && r.value >= a.Limit {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func (e *Engine) dev(id ids.ID) *dev {
	e.mu.RLock()
	d := e.devices[id]
	e.mu.RUnlock()
	if d != nil {
		return d
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if d = e.devices[id]; d == nil {
		d = &dev{id: id}
		e.devices[id] = d
	}
	return d
}

// row finds the series of a key; a device sends the same ones in the same order each time.
func (e *Engine) row(d *dev, hint int, k Key) *row {
	if hint < len(d.list) && d.list[hint].key == k {
		return &d.list[hint]
	}
	i, ok := slices.BinarySearchFunc(d.sorted, k, func(i int32, k Key) int { return cmp.Compare(d.list[i].key, k) })
	if ok {
		return &d.list[d.sorted[i]]
	}
	if k == 0 || len(d.list) >= maxSeries {
		return nil
	}
	s := e.keys.get(k)
	if s == nil {
		return nil
	}
	which := d.plan.of(k, s)
	r := row{key: k, which: which}
	if len(which) > 0 {
		r.state = make([]rules.State, len(which))
	}
	d.list = append(d.list, r)
	d.sorted = slices.Insert(d.sorted, i, int32(len(d.list)-1))
	return &d.list[len(d.list)-1]
}

// prepare gives d the plan that holds for it now, and carries over what is known. d is locked.
func (e *Engine) prepare(d *dev) {
	e.mu.RLock()
	round := e.round
	e.mu.RUnlock()
	if d.round == round {
		return
	}
	info, ok := e.device(d.id)
	d.quiet = !ok || info.Quiet
	next := &plan{metric: map[string][]uint16{}, match: map[Key][]uint16{}}
	if !d.quiet {
		next = e.planFor(info)
	}
	was := d.plan
	d.plan, d.round = next, round
	if was == next {
		return
	}
	cause := ByRule
	if d.quiet {
		cause = Retired
	}
	for i := range d.list {
		r := &d.list[i]
		s := e.keys.get(r.key)
		which := next.of(r.key, s)
		state := make([]rules.State, len(which))
		e.carry(d, s.text, was, r.which, r.state, next, which, state, cause)
		r.which, r.state = which, state
	}
	absent := make([]rules.State, len(next.absent))
	if was != nil {
		e.carry(d, "", was, was.absent, d.absent, next, next.absent, absent, cause)
	}
	d.absent = absent
}

// carry moves states from the rules of one plan to those of another: the same rule goes on, a changed one keeps its level
// alone, and what is not there any more ends.
func (e *Engine) carry(d *dev, text string, was *plan, which []uint16, from []rules.State, next *plan, to []uint16, into []rules.State, cause Cause) {
	for i := range which {
		old := &was.watches[which[i]]
		found := false
		for j := range to {
			w := &next.watches[to[j]]
			if w.Key != old.Key {
				continue
			}
			found = true
			if w.mark == old.mark {
				into[j] = from[i]
			} else {
				into[j].Force(from[i].Level())
			}
		}
		if l := from[i].Level(); !found && l != rules.OK {
			e.emit(Change{Device: d.id, Series: text, Watch: old.Watch, Cause: cause, Event: rules.Event{At: e.clock.Now().UnixMilli(), From: l, To: rules.OK}})
		}
	}
}

// planFor returns the plan of a device, made once for all devices alike.
func (e *Engine) planFor(info Device) *plan {
	e.mu.Lock()
	defer e.mu.Unlock()
	var sign strings.Builder
	sign.WriteString(info.Kind)
	sign.WriteString(strconv.FormatBool(info.MayBeOff))
	var places []Place
	for _, p := range info.Places() {
		if len(e.book[p]) > 0 {
			places = append(places, p)
			sign.WriteByte('/')
			sign.WriteString(string(p.Level))
			sign.WriteString(p.ID.String())
		}
	}
	p := e.plans[sign.String()]
	if p == nil {
		p = compile(e.book.effective(places), info, e.zone)
		e.plans[sign.String()] = p
	}
	return p
}

// SetBook gives the engine new policies. Devices take them up with their next value, or with the next Tick.
func (e *Engine) SetBook(b map[Place][]Entry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.book, e.plans = b, map[string]*plan{}
	e.round++
}

// Forget makes the engine look again at what a device is: its client, site, groups or kind changed, or it was retired.
func (e *Engine) Forget(device ids.ID) {
	e.mu.RLock()
	d := e.devices[device]
	e.mu.RUnlock()
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.round = 0
	e.prepare(d)
}

// drop is Forget of a device that is not watched any more: its values go, too.
func (e *Engine) drop(device ids.ID) {
	e.Forget(device)
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.devices, device)
}

// Tick lets time pass: devices that were not heard of are missed, and series that a device sends no more end.
func (e *Engine) Tick() {
	now, deaf := e.clock.Now().UnixMilli(), e.deaf()
	for _, d := range e.all() {
		d.mu.Lock()
		e.prepare(d)
		for i := range d.absent {
			w := &d.plan.watches[d.plan.absent[i]]
			if ev, changed := w.rule.Tick(&d.absent[i], now, e.begun, deaf, time.Minute.Milliseconds()); changed {
				e.emit(Change{Device: d.id, Watch: w.Watch, Event: ev})
				d.dirty = true
			}
		}
		for i := range d.list {
			e.endGone(d, &d.list[i], now)
		}
		d.mu.Unlock()
	}
}

// lasts is how long the value of a series holds, in ms. What is looked at seldom, such as drives and networks, comes far more seldom than
// the rest of its device; after its first value, its rhythm is not known yet.
func (e *Engine) lasts(r *row) int64 {
	if m := e.keys.get(r.key).metric; r.every == 0 && (m == CheckSeries || m == unknownHosts) {
		return rarest.Milliseconds()
	}
	return min(max(goneAfter.Milliseconds(), 3000*int64(r.every)), rarest.Milliseconds())
}

// deaf is for how long nobody listened before this process came up, ms.
func (e *Engine) deaf() int64 {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.before == 0 {
		return 0
	}
	return max(0, e.begun-e.before)
}

// endGone ends what was said of a series that its device sends no more. One with an alert of the process before this one can have been
// sent until this one came up.
func (e *Engine) endGone(d *dev, r *row, now int64) {
	got := r.got
	if r.at == 0 {
		got = e.begun
	}
	if d.seen-got < goneAfter.Milliseconds() || d.seen-got < e.lasts(r) {
		return
	}
	for j := range r.state {
		if l := r.state[j].Level(); l != rules.OK {
			r.state[j].Force(rules.OK)
			e.emit(Change{Device: d.id, Series: e.keys.get(r.key).text, Watch: d.plan.watches[r.which[j]].Watch, Cause: Gone, Event: rules.Event{At: now, From: l, To: rules.OK}})
		}
	}
}

func (e *Engine) all() []*dev {
	e.mu.RLock()
	defer e.mu.RUnlock()
	out := make([]*dev, 0, len(e.devices))
	for _, d := range e.devices {
		out = append(out, d)
	}
	return out
}

func (e *Engine) emit(c Change) {
	e.out.Lock()
	e.out.list = append(e.out.list, c)
	e.out.Unlock()
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Take returns the changes since the last Take.
func (e *Engine) Take() []Change {
	e.out.Lock()
	defer e.out.Unlock()
	list := e.out.list
	e.out.list = nil
	return list
}

// giveBack puts changes that could not be written before those that came since.
func (e *Engine) giveBack(list []Change) {
	e.out.Lock()
	defer e.out.Unlock()
	e.out.list = append(list, e.out.list...)
}

// Value is the latest value of a series.
type Value struct {
	Series string
	At     time.Time
	Value  float64
	Level  rules.Level // the worst that a rule says of it
}

// Latest lists the latest values of a device by series.
func (e *Engine) Latest(device ids.ID) []Value {
	e.mu.RLock()
	d := e.devices[device]
	e.mu.RUnlock()
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]Value, 0, len(d.list))
	for i := range d.list {
		r := &d.list[i]
		if r.at == 0 {
			continue
		}
		v := Value{Series: e.keys.get(r.key).text, At: time.UnixMilli(r.at).UTC(), Value: r.value}
		for j := range r.state {
			v.Level = max(v.Level, r.state[j].Level())
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Value) int { return strings.Compare(a.Series, b.Series) })
	return out
}

// known says when a device was last heard of before this process began.
func (e *Engine) known(device ids.ID, seen int64) {
	e.mu.Lock()
	e.before = max(e.before, seen)
	e.mu.Unlock()
	d := e.dev(device)
	d.mu.Lock()
	defer d.mu.Unlock()
	e.prepare(d)
	d.seen = max(d.seen, seen)
	for i := range d.absent {
		d.plan.watches[d.plan.absent[i]].rule.Step(&d.absent[i], seen, 1)
	}
}
