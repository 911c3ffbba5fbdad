// SPDX-License-Identifier: Apache-2.0

// Package swarm plays many devices at once against a real server: each is an agent as it runs on an endpoint, with its own key, its
// own TLS connection and its own spool; only what it measures is made up. It is how the server is held to its figures.
package swarm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mainstay/agent/link"
	"mainstay/agent/spool"
	"mainstay/agent/state"
	"mainstay/kit/wire"
)

// RowSeries counts the rows of a device: its values are 1, 2, 3 … so that a row that is lost shows.
const RowSeries = "swarm_row"

// Options say what a swarm is like.
type Options struct {
	Token   wire.Token
	Devices int
	Series  int // of each device
	First   int // number of the first device: two swarms can share a server
	Log     *slog.Logger
	// Progress is told of each device that is enrolled. It may be nil.
	Progress func(enrolled int)
}

// Swarm is a number of enrolled devices.
type Swarm struct {
	o       Options
	members []*member
}

type member struct {
	id     *link.Identity
	store  *state.Memory
	spool  *spool.Memory
	source *source
	agent  *link.Agent
}

// How many devices enrol at the same time.
const enrolling = 16

// Enrol makes the devices known to the server.
func Enrol(ctx context.Context, o Options) (*Swarm, error) {
	s := &Swarm{o: o, members: make([]*member, o.Devices)}
	texts := seriesTexts(o.Series)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next, done atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range enrolling {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= o.Devices || ctx.Err() != nil {
					return
				}
				m, err := enrol(ctx, &o, texts, i)
				if err != nil {
					stop(err)
					return
				}
				s.members[i] = m
				if n := done.Add(1); o.Progress != nil {
					mu.Lock()
					o.Progress(int(n))
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return s, context.Cause(ctx)
}

func enrol(ctx context.Context, o *Options, texts []string, i int) (*member, error) {
	number := o.First + i
	machine := wire.Machine{
		ID: fmt.Sprintf("swarm-%08d", number), Name: fmt.Sprintf("swarm-%05d", number), Serial: fmt.Sprintf("SWARM%06d", number), OS: "linux", Arch: "amd64",
		MACs: []string{fmt.Sprintf("02:5a:%02x:%02x:%02x:%02x", number>>24&255, number>>16&255, number>>8&255, number&255)},
	}
	var id *link.Identity
	var err error
	for try := range 20 { // a server that is asked too fast says so
		if id, err = link.Enrol(ctx, o.Token, machine, "swarm", time.Now(), &link.Dialer{}); err == nil {
			break
		}
		if !strings.Contains(err.Error(), "Too many") || ctx.Err() != nil {
			return nil, err
		}
		time.Sleep(time.Duration(try+1) * 100 * time.Millisecond)
	}
	if err != nil {
		return nil, err
	}
	now := time.Now()
	m := &member{id: id, store: &state.Memory{}, spool: spool.NewMemory(10<<20, now), source: &source{texts: texts, number: number, machine: machine}}
	return m, nil
}

// Run lets all devices work until ctx ends.
func (s *Swarm) Run(ctx context.Context) error {
	shared, err := sharedTLS(s.members)
	if err != nil {
		return err
	}
	began := time.Now()
	uptime := func() time.Duration { return time.Since(began) }
	var wg sync.WaitGroup
	for _, m := range s.members {
		m.agent, err = link.New(link.Options{
			Version: "swarm", Identity: m.id, Machine: m.source.machine, Store: m.store, Spool: m.spool, Source: m.source,
			Clock: link.NewClock(time.Now(), uptime, "swarm", link.Anchor{}), Wall: time.Now, Log: s.o.Log, TLS: shared,
		})
		if err != nil {
			return err
		}
		wg.Go(func() {
			if err := m.agent.Run(ctx); err != nil && ctx.Err() == nil {
				s.o.Log.Error("a device of the swarm ended", "device", m.id.Reply.Device, "error", err)
			}
		})
	}
	wg.Wait()
	return nil
}

// sharedTLS is one configuration for all: ten thousand certificate pools would be the simulator's memory, not the server's.
func sharedTLS(members []*member) (*tls.Config, error) {
	if len(members) == 0 {
		return nil, errors.New("a swarm of no devices")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(members[0].id.Reply.CA)) {
		return nil, errors.New("the server's authority cannot be read")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13, ClientSessionCache: tls.NewLRUClientSessionCache(64)}, nil
}

// State is how a swarm does.
type State struct {
	Devices   int
	Connected int
	Rows      int64 // measured
	Acked     int64 // acknowledged by the server
	Waiting   int64 // rows in spools
	Dropped   int64 // rows that full spools lost
	Refused   int64
	Closely   int // devices that look more often than once a minute, because somebody looks at them
}

// State returns how the swarm does now.
func (s *Swarm) State() State {
	out := State{Devices: len(s.members)}
	for _, m := range s.members {
		out.Rows += m.source.rows.Load()
		if m.agent == nil {
			continue
		}
		st := m.agent.Status()
		if st.Connected {
			out.Connected++
		}
		out.Acked += st.Sent
		out.Waiting += int64(st.Spool.Batches)
		out.Dropped += st.Spool.Dropped
		out.Refused += st.Refused
		if st.Every > 0 && st.Every < 60 {
			out.Closely++
		}
	}
	return out
}

// Measure has every device take a reading now, beside its minutes.
func (s *Swarm) Measure(ctx context.Context) {
	for _, m := range s.members {
		if m.agent != nil {
			_ = m.agent.Sample(ctx) // a hushed device has none
		}
	}
}

// Hush lets the devices measure nothing more; what they have is still sent.
func (s *Swarm) Hush() {
	for _, m := range s.members {
		m.source.hushed.Store(true)
	}
}

// Rows returns how many rows each device measured, by its id.
func (s *Swarm) Rows() map[string]int64 {
	out := map[string]int64{}
	for _, m := range s.members {
		out[m.id.Reply.Device] = m.source.rows.Load()
	}
	return out
}

// source makes up what a device measures: the row's number, counters that rise and shares that move.
type source struct {
	texts   []string
	number  int
	machine wire.Machine
	rows    atomic.Int64
	hushed  atomic.Bool
}

// seriesTexts are the series of every device.
func seriesTexts(n int) []string {
	out := []string{RowSeries}
	for i := 1; i < n; i++ {
		switch {
		case i%5 == 4:
			out = append(out, wire.SeriesText("system_filesystem_utilization_ratio", wire.Label{Name: "mountpoint", Value: fmt.Sprintf("/data%d", i)}))
		case i%5 == 3:
			out = append(out, wire.SeriesText("system_memory_usage_bytes", wire.Label{Name: "kind", Value: fmt.Sprint(i)}))
		case i == 1:
			out = append(out, "system_cpu_utilization_ratio")
		default:
			out = append(out, wire.SeriesText("system_network_io_bytes_total", wire.Label{Name: "direction", Value: "receive"}, wire.Label{Name: "interface", Value: fmt.Sprintf("eth%d", i)}))
		}
	}
	return out
}

func (s *source) Metrics(context.Context, link.Self) (series []string, values []float64) {
	if s.hushed.Load() {
		return nil, nil
	}
	n := s.rows.Add(1)
	values = make([]float64, len(s.texts))
	values[0] = float64(n)
	for i := 1; i < len(values); i++ {
		wave := math.Sin(float64(n)/17 + float64(s.number%97) + float64(i))
		switch {
		case i%5 == 4 || i == 1:
			values[i] = math.Round((.4+.2*wave)*1e4) / 1e4
		case i%5 == 3:
			values[i] = math.Round(4e9 + 1e9*wave)
		default:
			values[i] = float64(n) * 1e6 * float64(1+s.number%7+i)
		}
	}
	return s.texts, values
}

func (s *source) Sections() []wire.Section {
	return []wire.Section{wire.SectionSystem, wire.SectionNetwork}
}

func (s *source) Facts(_ context.Context, section wire.Section) (any, error) {
	switch section {
	case wire.SectionSystem:
		return wire.System{Name: s.machine.Name, Family: "linux", OS: "Debian GNU/Linux 12 (bookworm)", Product: "debian", Version: "12.7", Arch: "amd64", Chassis: "server"}, nil
	case wire.SectionNetwork:
		return wire.Network{Interfaces: []wire.Interface{{Name: "eth0", MAC: s.machine.MACs[0], Addresses: []string{fmt.Sprintf("10.%d.%d.%d/8", s.number>>16&255, s.number>>8&255, s.number&255)}, Up: true}}}, nil
	}
	return nil, errors.New("not in a swarm")
}

// Probe answers at once: a simulated device is no probe.
func (s *source) Probe(_ context.Context, p wire.Probe) wire.Observation {
	return wire.Observation{Probe: p.ID, Text: "Not looked at."}
}

func (s *source) Check(_ context.Context, c wire.Check) wire.Result {
	return wire.Result{Check: c.ID, State: wire.StateOK, Text: "made up"}
}
