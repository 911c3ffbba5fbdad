// SPDX-License-Identifier: Apache-2.0

// Package relay takes in what the devices of a network write to syslog, for a server that they cannot reach. Between two looks, messages
// wait in memory, bounded; what does not fit is counted. Only senders with private addresses are heard.
package relay

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"mainstay/kit/probe"
	"mainstay/kit/probe/discover"
	"mainstay/kit/syslog"
	"mainstay/kit/wire"
)

// Kind is the name of the kind.
const Kind = "syslog"

// ParamPort is the port on which it listens, 514 when missing.
const ParamPort = "port"

// Line is a message: who sent it, when it came (microseconds since 1970 by the machine's own clock, which may be wrong), and what it says.
type Line struct {
	From string `json:"from"`
	At   int64  `json:"at"`
	Data string `json:"data"`
}

// Found is what came since the last look.
type Found struct {
	Lines   []Line `json:"lines"`
	Dropped int64  `json:"dropped,omitempty"`
	At      int64  `json:"at,omitempty"` // now by the clock of the lines; 0 = an older version
}

const (
	maxWaiting = 1 << 20               // bytes of messages in memory
	maxGrave   = maxWaiting / 4        // as many more of grave ones
	maxTaken   = wire.MaxFound * 3 / 4 // bytes of one observation, as JSON
	forgotten  = 5 * time.Minute       // nobody looks any more: the port is closed
)

// ear is an open port.
type ear struct {
	mu      sync.Mutex
	waiting []Line
	size    int
	dropped int64
	l       *syslog.Listener
	stop    context.CancelFunc
	closing *time.Timer
}

// New returns the kind. It opens the port at the first look, and closes it when nobody looks any more.
func New() probe.Kind {
	var mu sync.Mutex
	ears := map[string]*ear{}
	return func(ctx context.Context, t *probe.Task) (wire.State, wire.Said) {
		port := t.Params.Count(ParamPort, 514, 1, 65535)
		if t.Params.Err != nil {
			return wire.StateUnknown, wire.Said{}
		}
		address := net.JoinHostPort(t.Target, strconv.Itoa(port)) // no target: all addresses of the machine
		mu.Lock()
		defer mu.Unlock()
		e := ears[address]
		if e == nil {
			e = &ear{}
			if err := e.open(ctx, address); err != nil {
				return wire.StateCritical, reason(port, err)
			}
			ears[address] = e
			e.closing = time.AfterFunc(forgotten, func() {
				mu.Lock()
				defer mu.Unlock()
				delete(ears, address)
				e.stop()
			})
		}
		e.closing.Reset(forgotten)
		f := e.take()
		if !t.Find(f) { // never, by what take takes; but if so, it is known
			e.lost(int64(len(f.Lines)) + f.Dropped)
		}
		return wire.StateOK, wire.Say("%d message.|%d messages.", len(f.Lines))
	}
}

func (e *ear) open(ctx context.Context, address string) error {
	e.l = &syslog.Listener{Take: e.hear, Now: time.Now}
	if err := e.l.Listen(ctx, address); err != nil {
		return err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.stop = stop
	go e.l.Run(run)
	return nil
}

func (e *ear) hear(l syslog.Line) {
	if !discover.Private(l.From) && !l.From.IsLoopback() && !l.From.IsLinkLocalUnicast() {
		return
	}
	data, most := strings.ToValidUTF8(string(l.Data), "\uFFFD"), maxWaiting
	if syslog.Grave(l.Data) {
		most += maxGrave
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.size+len(data) > most {
		e.dropped++
		return
	}
	e.size += len(data)
	e.waiting = append(e.waiting, Line{From: l.From.String(), At: l.At.UnixMicro(), Data: data})
}

func (e *ear) lost(n int64) {
	e.mu.Lock()
	e.dropped += n
	e.mu.Unlock()
}

// take takes as many messages as an observation holds, the oldest first.
func (e *ear) take() Found {
	dropped := e.l.Dropped()
	e.mu.Lock()
	defer e.mu.Unlock()
	f := Found{Lines: []Line{}, Dropped: dropped + e.dropped, At: time.Now().UnixMicro()}
	e.dropped = 0
	size := 0
	for len(e.waiting) > 0 {
		l := e.waiting[0]
		b, _ := json.Marshal(l) // texts and a number: cannot fail. It writes < and control characters as six bytes
		cost := len(b) + len(",")
		if size+cost > maxTaken {
			break
		}
		size, e.size = size+cost, e.size-len(l.Data)
		f.Lines, e.waiting = append(f.Lines, l), e.waiting[1:]
	}
	if len(e.waiting) == 0 {
		e.waiting, e.size = nil, 0
	}
	return f
}

func reason(port int, err error) wire.Said {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return wire.Say("Port %d is taken by another program of the machine, perhaps its own syslog.", port)
	case errors.Is(err, fs.ErrPermission):
		return wire.Say("The agent may not listen on port %d: it needs the rights of an administrator for ports below 1024.", port)
	}
	return wire.Say("It is not possible to listen on port %d: %s", port, err.Error())
}
