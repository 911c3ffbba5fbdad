// SPDX-License-Identifier: Apache-2.0

package network

import (
	"maps"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// Watched is a service: something that is looked at from outside.
type Watched struct {
	ID      ids.ID
	Version int64
	Client  ids.ID
	Site    ids.ID // 0 = none
	Device  ids.ID // the machine that it runs on, 0 = not said
	Prober  ids.ID // the device that looks, 0 = the server
	Kind    string // of kit/probe
	Name    string
	Target  string
	Params  map[string]string
	Secret  map[string]string // never shown again
	Every   time.Duration
	Timeout time.Duration
	Paused  bool
	Author  string
	Made    time.Time
	Changed time.Time
}

// State is how a service did when it was looked at last. Its zero value: nobody has looked yet.
type State struct {
	At     time.Time
	By     ids.ID // the device that looked, 0 = the server
	State  wire.State
	Since  time.Time // from when on the state is this one
	Text   string    // in English
	Detail string
	Told   Told // both, for other languages
	Took   time.Duration
	Found  string // JSON by kind
}

// Known reports whether anybody has looked.
func (s State) Known() bool { return !s.At.IsZero() }

// partServices begins the ids of probes of services; partTries those that are tried once before anything is saved.
const (
	partServices = "s"
	partTries    = "t"
)

// ServiceKind is what monitoring knows a service as, beside the kinds of devices.
const ServiceKind = "service"

// probe is the service as whoever looks is told.
func (w *Watched) probe() wire.Probe {
	return wire.Probe{
		ID: partServices + w.ID.String(), Kind: w.Kind, Target: w.Target, Every: int(w.Every / time.Second), Timeout: int(w.Timeout / time.Second),
		Params: maps.Clone(w.Params), Secret: maps.Clone(w.Secret),
	}
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return clock.FromMicros(us)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return clock.Micros(t)
}
