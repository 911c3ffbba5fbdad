// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/probe"
	"mainstay/kit/series"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

// Topic is where the bus says that something of a service changed; the text is its id.
const Topic = "network"

// Parts are what the service is built from.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Zone    *time.Location // the firm's, of times that name none; nil is UTC
	IDs     *ids.Source
	Access  *access.Service // audit trail
	Clients *clients.Service
	Devices *devices.Service
	Jobs    *jobs.Queue
	Bus     *bus.Bus
	Sealer  *access.Sealer
	Series  series.Store
	Engine  *monitoring.Engine
	Log     *slog.Logger

	Kinds probe.Kinds // how looks are made
	Guard probe.Guard // what the server's own looks may reach, see [Public]

	// Configure tells a device that what it shall look at changed. It may be nil.
	Configure func(ctx context.Context, device ids.ID)
	// Gone says that something is not watched any more, Moved that it belongs to another client now. They may be nil.
	Gone, Moved func(ctx context.Context, id ids.ID) error
}

// part is one of the things that the area has others look at. Its probes' ids begin with its letter.
type part struct {
	letter string
	// probes are those of a prober; nil is the server.
	probes func(ctx context.Context, prober *devices.Device) ([]wire.Probe, error)
	// take keeps observations of a prober, all with ids of the part, and returns how many of them were not the prober's to make.
	take func(ctx context.Context, prober *devices.Device, list []wire.Observation) (foreign int, err error)
}

// Service watches from outside. It is safe for concurrent use.
type Service struct {
	p     Parts
	parts []part

	mu     sync.RWMutex
	loaded bool
	round  int64               // of writes by this process
	list   map[ids.ID]*Watched // never changed: a new one takes its place
	states map[ids.ID]State

	keeping sync.Mutex // one after the other: what is news follows from what was before
	lanes   lanes
	tries   tries
	est     estate
	bounded messages
	unknown strangers
	soon    chan struct{} // what the server looks at changed
	foreign atomic.Int64
	taken   atomic.Int64
}

// New returns the service on a migrated database.
func New(p Parts) *Service {
	s := &Service{p: p, list: map[ids.ID]*Watched{}, states: map[ids.ID]State{}, soon: make(chan struct{}, 1)}
	s.parts = []part{
		{partServices, s.serviceProbes, s.takeServices},
		{partTries, s.tryProbes, s.takeTries},
	}
	s.parts = append(s.parts, s.discoveryParts()...)
	p.Jobs.Handle(clients.MergedJob, s.clientMerged)
	return s
}

// Counts tells what came in since the start.
type Counts struct {
	Taken   int64 // observations that were kept
	Foreign int64 // of probes that were not the sender's
}

// Counts returns the counts as they are now.
func (s *Service) Counts() Counts { return Counts{s.taken.Load(), s.foreign.Load()} }

// Probes are what the agent of a device is to look at besides its own machine.
func (s *Service) Probes(ctx context.Context, d *devices.Device) (out []wire.Probe, err error) {
	if d == nil || !d.Active() {
		return nil, nil
	}
	return s.probes(ctx, d)
}

func (s *Service) probes(ctx context.Context, prober *devices.Device) (out []wire.Probe, err error) {
	for _, p := range s.parts {
		list, err := p.probes(ctx, prober)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	if prober != nil && len(out) > wire.MaxProbes {
		out = out[:wire.MaxProbes]
	}
	return out, nil
}

// Take keeps what a device observed; nil is the server itself. What was not the device's to observe is dropped and counted; a message of
// nothing else is refused.
func (s *Service) Take(ctx context.Context, d *devices.Device, o *wire.Observations) error {
	byPart := make([][]wire.Observation, len(s.parts))
	foreign := 0
each:
	for _, x := range o.List {
		for i, p := range s.parts {
			if strings.HasPrefix(x.Probe, p.letter) {
				byPart[i] = append(byPart[i], x)
				continue each
			}
		}
		foreign++
	}
	for i, list := range byPart {
		if len(list) == 0 {
			continue
		}
		n, err := s.parts[i].take(ctx, d, list)
		if err != nil {
			return err
		}
		foreign += n
	}
	s.foreign.Add(int64(foreign))
	s.taken.Add(int64(len(o.List) - foreign))
	if foreign > 0 && foreign == len(o.List) {
		return fault.NewInvalid("None of this is for this device to look at.")
	}
	return nil
}

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject, detail string, fn func(tx *sql.Tx) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, detail)
	})
}

// configure tells a prober that its probes changed; 0 is the server.
func (s *Service) configure(ctx context.Context, prober ids.ID) {
	if prober == 0 {
		select {
		case s.soon <- struct{}{}:
		default:
		}
		return
	}
	if s.p.Configure != nil {
		s.p.Configure(ctx, prober)
	}
}

func author(ctx context.Context) string {
	if id := access.From(ctx); id != nil {
		return id.Name
	}
	return ""
}

func (s *Service) now() time.Time { return s.p.Clock.Now().UTC() }

// Now is the current instant.
func (s *Service) Now() time.Time { return s.now() }

func pack(m map[string]string) string {
	if len(m) == 0 {
		return "{}"
	}
	b, _ := json.Marshal(m) // strings only: cannot fail
	return string(b)
}

func unpack(text string) (m map[string]string, err error) {
	return m, json.Unmarshal([]byte(text), &m)
}

// storable is what of a text a database can keep.
func storable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "�")
}
