// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/syslog"
)

// Listener takes messages in on the server itself.
type Listener struct {
	s *Service
	l *syslog.Listener
	c chan syslog.Line

	full atomic.Int64 // messages that came faster than they could be written, or were too many of one sender
}

// Listen opens the server's own port for messages.
func (s *Service) Listen(ctx context.Context, address string) (*Listener, error) {
	out := &Listener{s: s, c: make(chan syslog.Line, 5000)}
	out.l = &syslog.Listener{Now: s.now, Take: func(x syslog.Line) {
		select {
		case out.c <- x:
		default: // the newest are lost, and the log says so
			out.full.Add(1)
		}
	}}
	return out, out.l.Listen(ctx, address)
}

// Address is where it listens.
func (l *Listener) Address() string { return l.l.Address() }

// Run takes messages in until ctx ends.
func (l *Listener) Run(ctx context.Context) {
	go l.l.Run(ctx)
	t := time.NewTicker(500 * time.Millisecond)
	defer t.Stop()
	var list []syslog.Line
	for {
		select {
		case <-ctx.Done():
			l.keep(context.WithoutCancel(ctx), list)
			return
		case x := <-l.c:
			if list = append(list, x); len(list) < messagesAtOnce {
				continue
			}
		case <-t.C:
		}
		l.keep(ctx, list)
		list = nil
		l.tellLost()
	}
}

// tellLost counts what was dropped since the last time, for the page and for the log.
func (l *Listener) tellLost() {
	if n := l.l.Dropped() + l.full.Swap(0); n > 0 {
		l.s.bounded.lost.Add(n)
		l.s.p.Log.Warn("messages of syslog were dropped: too many came at once, or too many of one sender within an hour", "number", n)
	}
}

func (l *Listener) keep(ctx context.Context, list []syslog.Line) {
	if len(list) == 0 {
		return
	}
	err := func() error {
		find, err := l.s.anySender(ctx)
		if err != nil {
			return err
		}
		var out []Message
		for _, x := range list {
			m := l.s.messageOf(x.Data, x.At)
			m.Source = x.From.String()
			if m.Client, m.Device = find(m.Source, m.Host); m.Device == 0 {
				l.s.unknown.count(&m, l.s.now())
				continue
			}
			out = append(out, m)
		}
		kept, dropped, err := l.s.keepMessages(ctx, out, func(*sql.Tx, int) error { return nil })
		if err != nil {
			return err
		}
		l.full.Add(int64(dropped))
		return l.s.watchMessages(ctx, kept)
	}()
	if err != nil {
		l.s.p.Log.Error("network: messages of syslog could not be kept", "error", err)
	}
}

// anySender finds the one device of all that has an address, else a name. Networks of clients overlap: what two could be is nobody.
func (s *Service) anySender(ctx context.Context) (func(source, host string) (client, device ids.ID), error) {
	list, err := s.p.Devices.All(ctx, access.WholeFirm())
	if err != nil {
		return nil, err
	}
	type who struct {
		client, device ids.ID
		n              int
	}
	byAddress, byName := map[string]who{}, map[string]who{}
	for _, d := range list {
		if !d.Active() {
			continue
		}
		put := func(m map[string]who, key string) {
			if w := m[key]; key != "" && w.device != d.ID {
				m[key] = who{d.Client, d.ID, w.n + 1}
			}
		}
		put(byAddress, bareAddress(d.Address))
		put(byName, shortName(d.Hostname))
		if shortName(d.Name) != shortName(d.Hostname) {
			put(byName, shortName(d.Name))
		}
	}
	return func(source, host string) (ids.ID, ids.ID) {
		for _, w := range []who{byAddress[source], byName[shortName(host)]} {
			if w.n == 1 {
				return w.client, w.device
			}
		}
		return 0, 0
	}, nil
}
