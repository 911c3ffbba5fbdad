// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"mainstay/agent/spool"
	"mainstay/kit/wire"
)

// Source is what an agent has to tell. Its methods may be called at the same time.
type Source interface {
	// Metrics takes a reading: the texts of the series and their values, NaN where there is none. While the series are
	// the same it returns the same slice.
	Metrics(ctx context.Context, self Self) (series []string, values []float64)
	// Sections are the sections of facts that there are.
	Sections() []wire.Section
	// Facts reads a section: what becomes its body. The error is sent in its place.
	Facts(ctx context.Context, section wire.Section) (any, error)
	// Check makes an observation; ctx ends with its time.
	Check(ctx context.Context, check wire.Check) wire.Result
	// Probe looks at something else than this machine. It keeps to the probe's own time.
	Probe(ctx context.Context, probe wire.Probe) wire.Observation
}

// Self is what the agent knows of itself and its source does not.
type Self struct {
	SpoolBytes  int64
	ClockOffset time.Duration // the machine's clock less the server's
	ClockKnown  bool
}

// Spool is what keeps batches until they are acknowledged, see agent/spool.
type Spool interface {
	Append(data []byte) (seq uint64, err error)
	After(seq uint64, n int) ([]spool.Entry, error)
	Ack(seq uint64) error
	State() spool.State
}

// Options are what an agent is made of. All without a remark must be there.
type Options struct {
	Version  string
	Identity *Identity
	Machine  wire.Machine
	Store    Store
	Spool    Spool
	Source   Source
	Clock    *Clock
	Wall     func() time.Time // the machine's own clock
	Log      *slog.Logger
	Dialer   *Dialer     // nil: directly
	TLS      *tls.Config // nil: made from the identity; shared by simulated agents, with its session cache. RootCAs are the server's own
	Rand     *rand.Rand  // nil: seeded by chance; used by one agent only

	Greet time.Duration // how often a server is greeted while a connection lasts; 0: once a day
}

// Agent observes through its source, keeps what it read, and sends it. Make it with [New] and let it [Agent.Run].
type Agent struct {
	o     Options
	start string

	rowMu   sync.Mutex // one row after the other, so that instants rise with numbers
	dict    dictionaries
	buf     []byte
	trouble bool // the spool keeps rows in memory only

	mu        sync.Mutex
	rand      *rand.Rand
	config    wire.Config
	tune      wire.Tune
	hints     wire.BackoffHints
	acked     map[wire.Section]string // hash of each section that the server has
	pending   map[wire.Section]wire.Facts
	wanted    map[wire.Section]bool // to be read anew
	renewed   time.Time
	askConfig bool  // the server has another configuration
	askedFor  int64 // the revision that was asked for last
	status    Status

	skipOnes int  // so many rows are to be sent one by one, because together they were refused; the connection's alone
	swept    bool // dictionaries were swept; the connection's alone

	wake     chan struct{} // something waits to be sent
	retimed  chan struct{} // the interval changed
	rechecks chan struct{} // the checks changed
	reprobes chan struct{} // the probes changed
	refacts  chan struct{} // facts are wanted
	hail     chan struct{} // the server wants to be greeted
}

// Status is how the agent does.
type Status struct {
	Version   string      `json:"version"`
	Every     int         `json:"every"` // seconds between readings now
	Device    string      `json:"device"`
	Name      string      `json:"name"`
	Client    string      `json:"client"`
	Connected bool        `json:"connected"`
	Server    string      `json:"server,omitempty"` // connected to, or tried last
	Since     int64       `json:"since,omitempty"`  // of the connection or of its loss, microseconds since 1970 UTC
	Error     string      `json:"error,omitempty"`  // why it is not connected
	Copied    bool        `json:"copied,omitempty"` // the identity was made on another machine
	Gone      bool        `json:"gone,omitempty"`   // the server has retired this device
	Revision  int64       `json:"revision"`         // of the configuration
	Refused   int64       `json:"refused"`          // messages that the server could not understand, since the start
	Sent      int64       `json:"sent"`             // rows acknowledged, since the start
	Spool     spool.State `json:"spool"`
	Offset    float64     `json:"clockOffset"` // seconds that the machine's clock is ahead of the server's
}

const (
	configName   = "config.json"
	sectionsName = "sections.json"
	anchorName   = "clock.json"
)

// LoadAnchor returns the anchor that store keeps, for [NewClock].
func LoadAnchor(store Store) Anchor {
	var a Anchor
	if b, err := store.Get(anchorName); err == nil && b != nil {
		_ = json.Unmarshal(b, &a) // without it the clock waits for the server
	}
	return a
}

// New makes an agent. It reads what the store kept from an earlier run.
func New(o Options) (*Agent, error) {
	if o.Dialer == nil {
		o.Dialer = &Dialer{}
	}
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if o.TLS == nil {
		roots, err := authorities(o.Identity.Reply.CA)
		if err != nil {
			return nil, err
		}
		o.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(4)}
	}
	var start [8]byte
	for i := range start {
		start[i] = byte(o.Rand.Uint32())
	}
	a := &Agent{
		o: o, start: hex.EncodeToString(start[:]), rand: o.Rand, dict: dictionaries{store: o.Store},
		acked: map[wire.Section]string{}, pending: map[wire.Section]wire.Facts{}, wanted: map[wire.Section]bool{},
		wake: make(chan struct{}, 1), retimed: make(chan struct{}, 1), rechecks: make(chan struct{}, 1), reprobes: make(chan struct{}, 1), refacts: make(chan struct{}, 1),
		hail: make(chan struct{}, 1),
	}
	a.status = Status{Version: o.Version, Copied: o.Identity.Machine != o.Machine.ID}
	// What cannot be read is told anew by the server.
	if b, err := o.Store.Get(configName); err == nil && b != nil {
		_ = json.Unmarshal(b, &a.config)
	}
	if b, err := o.Store.Get(sectionsName); err == nil && b != nil {
		_ = json.Unmarshal(b, &a.acked)
	}
	return a, nil
}

// Status returns how the agent does.
func (a *Agent) Status() Status {
	a.mu.Lock()
	s := a.status
	reply := a.o.Identity.Reply
	s.Revision = a.config.Revision
	a.mu.Unlock()
	s.Device, s.Name, s.Client = reply.Device, reply.Name, reply.Client
	s.Spool = a.o.Spool.State()
	s.Every = int(a.interval().Seconds())
	if off, known := a.offset(); known {
		s.Offset = off.Seconds()
	}
	return s
}

func (a *Agent) offset() (time.Duration, bool) {
	return a.o.Wall().Sub(a.o.Clock.Now()).Round(time.Millisecond), a.o.Clock.Synced()
}

// ErrGone is how [Agent.Run] ends when the server has retired the device: it must be enrolled anew.
var ErrGone = errors.New("the server has retired this device")

// Run observes and sends until ctx ends, then returns nil; or [ErrGone].
func (a *Agent) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	if a.status.Copied {
		a.o.Log.Warn("This device's identity was made on another machine; the server is told. Enrol this machine anew.")
	}
	wg.Go(func() { a.observe(ctx) })
	if len(a.o.Source.Sections()) > 0 {
		wg.Go(func() { a.inventory(ctx) })
	}
	wg.Go(func() { a.checks(ctx) })
	wg.Go(func() { a.probes(ctx) })
	return a.connect(ctx)
}

// connect keeps a connection open.
func (a *Agent) connect(ctx context.Context) error {
	server, attempt, misses := 0, 0, 0
	for {
		id := a.identity()
		servers := id.Reply.Servers
		if len(servers) == 0 {
			return errors.New("The identity names no server. Enrol this machine anew.")
		}
		server %= len(servers)
		began := a.o.Clock.Uptime()
		s, err := openSession(servers[server], id, a.o.Dialer, a.o.TLS, a.o.Clock, a.heard)
		welcomed := false
		if err == nil {
			welcomed, err = a.serve(ctx, s)
			s.close()
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrGone):
			a.mark(func(st *Status) { st.Connected, st.Gone, st.Error = false, true, err.Error() })
			return err
		case errors.Is(err, errAgain): // at once, with what the server has given
			attempt = 0
			continue
		}
		a.lost(servers[server], err)
		if welcomed {
			attempt = 0
			if a.o.Clock.Uptime()-began < time.Minute {
				attempt = 1
			}
			server, misses = 0, 0 // the best way first
		} else if misses++; undialled(err) || misses >= patience {
			misses = 0
			server++ // the next one may be reachable: another port, a WebSocket
			if server%len(servers) != 0 {
				continue
			}
		}
		wait := a.backoff(attempt)
		attempt++
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// patience is how often a server that takes connections and does not end a handshake is tried before the next way: it is busy with
// everybody's return, and the ways behind it cost it more.
const patience = 3

// undialled reports whether no connection came about at all: nobody listens, or something in between does not let it through.
func undialled(err error) bool {
	var op *net.OpError
	return errors.Is(err, nats.ErrNoServers) || errors.As(err, &op) && op.Op == "dial"
}

func (a *Agent) identity() *Identity {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := *a.o.Identity
	return &id
}

func (a *Agent) backoff(attempt int) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return backoff(a.hints, attempt, a.rand)
}

// between returns a random time below d.
func (a *Agent) between(d time.Duration) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Duration(a.rand.Int64N(int64(max(d, 1))))
}

func (a *Agent) lost(server string, err error) {
	now := a.o.Clock.Now().UnixMicro()
	a.mark(func(s *Status) {
		if s.Connected || s.Since == 0 {
			s.Since = now
		}
		s.Connected, s.Server, s.Error = false, server, fmt.Sprint(err)
	})
	a.o.Log.Info("No connection to the server.", "server", server, "err", err)
}

func (a *Agent) mark(change func(*Status)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(&a.status)
}

// sleep waits for d and is false when ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// nudge puts a token into c, where one is enough.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
