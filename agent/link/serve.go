// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"mainstay/kit/wire"
)

// errAgain says that the connection is to be made anew at once.
var errAgain = errors.New("connect again")

// serve greets the server and sends what there is until the connection breaks. It tells whether the server greeted back.
func (a *Agent) serve(ctx context.Context, s *session) (welcomed bool, err error) {
	if err := a.hello(ctx, s); err != nil {
		return false, err
	}
	now := a.o.Clock.Now().UnixMicro()
	a.mark(func(st *Status) { st.Connected, st.Server, st.Since, st.Error = true, s.server, now, "" })
	a.o.Log.Info("Connected.", "server", s.server)
	nudge(a.wake)
	retry := time.NewTimer(0)
	defer retry.Stop()
	// A connection that lasts for months outlasts its credential: the server gives a new one with its welcome.
	greet := time.NewTimer(a.greeting())
	defer greet.Stop()
	missed := 0
	for {
		select {
		case <-ctx.Done():
			return true, nil
		case <-s.closed:
			return true, fmt.Errorf("the connection broke: %w", orUnknown(s.conn.LastError()))
		case <-a.hail:
			if err := a.hello(ctx, s); err != nil {
				return true, err
			}
		case <-greet.C:
			if err := a.hello(ctx, s); err != nil {
				return true, err
			}
			greet.Reset(a.greeting())
		case <-a.wake:
		case <-retry.C:
		}
		wait, err := a.send(ctx, s)
		switch {
		case errors.Is(err, errNoAnswer):
			// Twice: the other end is gone and nobody told us.
			if missed++; missed == 2 || s.conn.IsClosed() {
				return true, err
			}
			wait = time.Second
		case err != nil:
			return true, err
		default:
			missed = 0
		}
		if wait > 0 {
			retry.Reset(wait)
		}
	}
}

// greeting returns the time to the next greeting: each device has its own, so that not all come at once.
func (a *Agent) greeting() time.Duration {
	every := a.o.Greet
	if every == 0 {
		every = 24 * time.Hour
	}
	return every/2 + a.between(every/2)
}

func orUnknown(err error) error {
	if err == nil {
		return errors.New("no reason given")
	}
	return err
}

// hello introduces the device and takes what the server says to it.
func (a *Agent) hello(ctx context.Context, s *session) error {
	for {
		state := a.o.Spool.State()
		a.mu.Lock()
		h := wire.Hello{
			Agent: a.o.Version, Machine: a.o.Machine, Start: a.start, Sections: map[string]string{}, Dropped: state.Dropped + state.Damaged,
		}
		for section, hash := range a.acked {
			if !strings.HasPrefix(hash, failedPrefix) { // the server has no content of those
				h.Sections[string(section)] = hash
			}
		}
		a.mu.Unlock()
		wall := a.o.Wall()
		h.Clock, h.Boot = wall.UnixMicro(), wall.Add(-a.o.Clock.Uptime()).UnixMicro()
		b, err := json.Marshal(h)
		if err != nil {
			return fmt.Errorf("greet the server: %w", err)
		}
		var w wire.Welcome
		sent, got, err := s.ask(ctx, wire.KindHello, b, a.o.Clock, &w)
		if err != nil {
			return err
		}
		a.learn(w.Ack, sent, got)
		switch w.Code {
		case wire.OK:
			return a.welcome(w)
		case wire.Busy:
			if !sleep(ctx, a.busy(w.Wait)) {
				return ctx.Err()
			}
		case wire.Gone:
			return ErrGone
		default:
			return fmt.Errorf("the server refused the greeting: %s", w.Text)
		}
	}
}

// busy returns how long to leave a server alone that asked for it: up to half as long again, so that not all come back at once.
func (a *Agent) busy(seconds int) time.Duration {
	d := min(max(time.Duration(seconds)*time.Second, time.Second), longestWait)
	return d + a.between(d/2)
}

// learn sets the clock by an answer.
func (a *Agent) learn(ack wire.Ack, sent, got time.Duration) {
	anchor, first := a.o.Clock.Set(time.UnixMicro(ack.Time), sent, got)
	if !first {
		return
	}
	b, err := json.Marshal(anchor)
	if err == nil {
		err = a.o.Store.Put(anchorName, b)
	}
	if err != nil {
		a.o.Log.Error("The server's time could not be kept.", "err", err)
	}
}

func (a *Agent) welcome(w wire.Welcome) error {
	a.configure(w.Config)
	a.mu.Lock()
	a.hints = w.Backoff
	for _, name := range w.Resync {
		a.wanted[wire.Section(name)] = true
		delete(a.acked, wire.Section(name))
	}
	// A server that gives a new credential each time would keep the device connecting.
	fresh := a.renewed.IsZero() || a.o.Clock.Now().Sub(a.renewed).Abs() > time.Minute
	changed := false
	if fresh && w.Move != nil && w.Move.Device != "" && w.Move.Credential != "" && len(w.Move.Servers) > 0 {
		a.o.Identity.Reply = *w.Move
		changed = true
	} else if fresh && w.Credential != "" && w.Credential != a.o.Identity.Reply.Credential {
		a.o.Identity.Reply.Credential = w.Credential
		changed = true
	} else if !fresh && w.Move != nil {
		time.AfterFunc(time.Minute, func() { nudge(a.hail) }) // moved twice within a minute
	}
	var err error
	if changed {
		a.renewed = a.o.Clock.Now()
		err = a.o.Identity.Save(a.o.Store)
	}
	a.mu.Unlock()
	nudge(a.refacts)
	if err != nil { // it goes on with what it has in memory: a full disk must not part it from its server
		a.o.Log.Error("The device's new credential could not be kept.", "err", err)
	}
	if changed {
		return errAgain
	}
	return nil
}

// configure takes a configuration over and keeps it for a start without a connection.
func (a *Agent) configure(c wire.Config) {
	a.mu.Lock()
	same := c.Revision == a.config.Revision
	a.config = c
	a.mu.Unlock()
	if same {
		return
	}
	if b, err := json.Marshal(c); err != nil {
		a.o.Log.Error("The configuration could not be kept.", "err", err)
	} else if err := a.o.Store.Put(configName, b); err != nil {
		a.o.Log.Error("The configuration could not be kept.", "err", err)
	}
	nudge(a.retimed)
	nudge(a.refacts)
	nudge(a.rechecks)
	nudge(a.reprobes)
}

// heard takes what the server says of itself.
func (a *Agent) heard(word string, data []byte) {
	switch word {
	case wire.WordTune:
		var t wire.Tune
		if json.Unmarshal(data, &t) == nil {
			a.mu.Lock()
			a.tune = t
			a.mu.Unlock()
			nudge(a.retimed)
		}
	case wire.WordConfig:
		var c wire.Changed
		if json.Unmarshal(data, &c) == nil {
			a.mu.Lock()
			a.askConfig = c.Revision != a.config.Revision
			a.mu.Unlock()
			nudge(a.wake)
		}
	case wire.WordHello:
		nudge(a.hail)
	case wire.WordResync:
		a.mu.Lock()
		clear(a.acked)
		for _, s := range a.o.Source.Sections() {
			a.wanted[s] = true
		}
		a.mu.Unlock()
		nudge(a.refacts)
	}
}
