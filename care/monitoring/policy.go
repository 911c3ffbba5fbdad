// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/ids"
)

// Level is where a policy stands. Those further down win.
type Level string

// The levels, from the firm to the device.
const (
	ByShipped Level = "shipped"
	ByFirm    Level = "firm"
	ByClient  Level = "client"
	BySite    Level = "site"
	ByGroup   Level = "group"
	ByDevice  Level = "device"
)

// Levels lists the levels on which rules can be kept.
func Levels() []Level { return []Level{ByFirm, ByClient, BySite, ByGroup, ByDevice} }

// Place is something that a policy holds for. The firm's id is 0.
type Place struct {
	Level Level
	ID    ids.ID
}

// Device is what monitoring needs to know of a device.
type Device struct {
	ID, Client, Site ids.ID
	Behind           ids.ID // the device that it is reached through; 0 = none
	On               ids.ID // the machine that a service runs on; 0 = not a service, or not said
	Groups           []ids.ID
	Name, Kind, OS   string    // kind: server, workstation, laptop, network …
	MayBeOff         bool      // it is not missed when it is switched off
	Quiet            bool      // not watched at all: retired, or has no agent
	Seen             time.Time // when it was last heard of
}

// Places are where rules for d are kept, from the firm to the device.
func (d Device) Places() []Place {
	out := []Place{{ByFirm, 0}, {ByClient, d.Client}}
	if d.Site != 0 {
		out = append(out, Place{BySite, d.Site})
	}
	groups := slices.Clone(d.Groups)
	slices.Sort(groups)
	for _, g := range groups {
		out = append(out, Place{ByGroup, g})
	}
	return append(out, Place{ByDevice, d.ID})
}

// Entry is a rule as a place says it: the whole rule, or that it is off here.
type Entry struct {
	ID      ids.ID
	Version int64
	Place   Place
	Watch   rules.Watch
	Disable bool
	Author  string
	At      time.Time
}

// Said is what one place says of a rule.
type Said struct {
	Place    Place
	Entry    ids.ID // 0 = shipped
	Watch    rules.Watch
	Disabled bool
}

// Effective is a rule as it holds for a device or place, with all that was said of it; the last one counts.
type Effective struct {
	Key  string
	Said []Said
}

// Last is what counts.
func (e Effective) Last() Said { return e.Said[len(e.Said)-1] }

// book holds all entries in memory, by place.
type book map[Place][]Entry

// effective lists the rules that hold where places meet, in the order in which they are shipped, then by key.
func (b book) effective(places []Place) []Effective {
	var out []Effective
	at := map[string]int{}
	add := func(s Said) {
		i, ok := at[s.Watch.Key]
		if !ok {
			i = len(out)
			at[s.Watch.Key] = i
			out = append(out, Effective{Key: s.Watch.Key})
		}
		out[i].Said = append(out[i].Said, s)
	}
	for _, w := range rules.Shipped() {
		add(Said{Place: Place{Level: ByShipped}, Watch: w})
	}
	for _, p := range places {
		list := slices.Clone(b[p])
		slices.SortFunc(list, func(x, y Entry) int { return strings.Compare(x.Watch.Key, y.Watch.Key) })
		for _, e := range list {
			add(Said{Place: p, Entry: e.ID, Watch: e.Watch, Disabled: e.Disable})
		}
	}
	return out
}

// watch is a rule as the engine runs it.
type watch struct {
	rules.Watch
	rule *rules.Compiled
	mark string // names the rule's text: a state goes on only under the same
}

// plan are the rules of devices for which the same places say something, compiled once.
type plan struct {
	watches []watch
	metric  map[string][]uint16 // indexes by metric
	absent  []uint16            // those of the device itself

	mu    sync.RWMutex
	match map[Key][]uint16
}

// compile makes a plan. A rule that does not compile (an older release may have let it in) is left out.
func compile(list []Effective, d Device, zone *time.Location) *plan {
	p := &plan{metric: map[string][]uint16{}, match: map[Key][]uint16{}}
	for _, e := range list {
		last := e.Last()
		if last.Disabled || len(last.Watch.Kinds) > 0 && !slices.Contains(last.Watch.Kinds, d.Kind) {
			continue
		}
		c, err := rules.Compile(last.Watch.Rule)
		if err != nil {
			continue
		}
		if c.Kind == rules.Absence && d.MayBeOff && !last.Watch.Off {
			continue
		}
		text, err := json.Marshal(last.Watch.Rule)
		if err != nil || len(p.watches) >= 1000 {
			continue
		}
		i := uint16(len(p.watches))
		p.watches = append(p.watches, watch{last.Watch, c.In(zone), string(text)})
		if c.Kind == rules.Absence {
			p.absent = append(p.absent, i)
		} else {
			p.metric[last.Watch.Metric] = append(p.metric[last.Watch.Metric], i)
		}
	}
	return p
}

// of returns the indexes of the rules for a series. The result is shared: do not change it.
func (p *plan) of(k Key, s *series) []uint16 {
	p.mu.RLock()
	list, ok := p.match[k]
	p.mu.RUnlock()
	if ok || s == nil {
		return list
	}
	for _, i := range p.metric[s.metric] {
		if fits(p.watches[i].Labels, s) {
			list = append(list, i)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.match[k] = list
	return list
}

// fits reports whether a series has the labels that a rule names.
func fits(labels map[string]string, s *series) bool {
	for name, want := range labels {
		list, not := strings.CutPrefix(want, "!")
		if slices.Contains(strings.Split(list, "|"), s.label(name)) == not {
			return false
		}
	}
	return true
}
