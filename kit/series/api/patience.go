// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/fault"
)

// How long a caller may take to send a body or to read an answer, and how many calls of one go on at once: what all callers share is
// held by nobody who sends or reads nothing.
const (
	patience      = time.Minute
	bodiesOfOne   = 8 // bodies of one caller that are on their way or held in memory
	readsOfOne    = 1 // remote reads of one caller
	reads         = 2 // remote reads of all, of the questions that may be answered at once
	framesOfOne   = 4 // one frame has this part of the patience
	bodiesDecoded = 4 // bodies of all callers that are unpacked at once
)

func (h *Handlers) patience() time.Duration {
	if h.Patience > 0 {
		return h.Patience
	}
	return patience
}

// callers lets each caller have some things at once.
type callers struct {
	most int
	mu   sync.Mutex
	of   map[string]*turns
}

type turns struct {
	taken   chan struct{}
	waiting int // who has a turn or waits for one
}

// enter waits for a turn of the one who calls.
func (c *callers) enter(ctx context.Context, within time.Duration) (leave func(), err error) {
	key := ""
	if id := access.From(ctx); id != nil {
		key = fmt.Sprint(id.User, id.Name, id.Clients, id.Scopes)
	}
	c.mu.Lock()
	t := c.of[key]
	if t == nil {
		if c.of == nil {
			c.of = map[string]*turns{}
		}
		t = &turns{taken: make(chan struct{}, c.most)}
		c.of[key] = t
	}
	t.waiting++
	c.mu.Unlock()
	gone := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if t.waiting--; t.waiting == 0 {
			delete(c.of, key)
		}
	}
	release, err := take(ctx, t.taken, within)
	if err != nil {
		gone()
		return nil, err
	}
	return func() { release(); gone() }, nil
}

// take waits for one of the slots.
func take(ctx context.Context, slots chan struct{}, within time.Duration) (release func(), err error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
	}
	return nil, fault.NewBusy("The server is busy. Send it again.").Because(err)
}

// writeWithin has writes to w fail after a while, until done is called: then what was written is out, and the connection is as it was.
func writeWithin(w http.ResponseWriter, d time.Duration) (done func()) {
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(time.Now().Add(d)) // what is no connection does not stall
	return func() {
		_ = c.Flush()
		_ = c.SetWriteDeadline(time.Time{})
	}
}
