// SPDX-License-Identifier: Apache-2.0

package series

import (
	"slices"

	"mainstay/kit/ids"
)

// Reach is whose series a question or a write may touch. The zero value reaches nothing.
type Reach struct {
	all     bool
	clients []string
}

// Everything reaches all series: the firm's own people, its jobs and its rules.
func Everything() Reach { return Reach{all: true} }

// Only reaches the series of the named clients.
func Only(clients ...ids.ID) Reach {
	r := Reach{}
	for _, c := range clients {
		r.clients = append(r.clients, c.String())
	}
	return r
}

// All reports whether r reaches every series, also those of no client.
func (r Reach) All() bool { return r.all }

// Nothing reports whether r reaches no series at all.
func (r Reach) Nothing() bool { return !r.all && len(r.clients) == 0 }

// One returns the one client that r is limited to, false when there are none or several.
func (r Reach) One() (string, bool) {
	if r.all || len(r.clients) != 1 {
		return "", false
	}
	return r.clients[0], true
}

// Covers reports whether a series with these labels lies within r.
func (r Reach) Covers(l Labels) bool {
	return r.all || slices.Contains(r.clients, l.Get(ClientLabel))
}

// narrow adds what holds a selection to r. It must not be called on a reach of nothing.
func (r Reach) narrow(m []*Matcher) []*Matcher {
	if r.all {
		return m
	}
	return append(slices.Clip(m), OneOf(ClientLabel, r.clients...))
}
