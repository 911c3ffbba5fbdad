// SPDX-License-Identifier: Apache-2.0

package access

import (
	"sync"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/fault"
)

// limiter counts failures by key (an account, an address) in memory: after burst failures
// each further one must wait, and the wait doubles up to an hour. It never
// locks an account for good, so nobody can shut out somebody else for long.
type limiter struct {
	mu    sync.Mutex
	clock clock.Clock
	burst int
	max   int // keys kept
	keys  map[string]*strikes
}

type strikes struct {
	n     int
	until time.Time
	last  time.Time
}

const forget = 2 * time.Hour

func newLimiter(c clock.Clock, burst int) *limiter {
	return &limiter{clock: c, burst: burst, max: 100_000, keys: map[string]*strikes{}}
}

// allow says whether key may try now.
func (l *limiter) allow(key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.keys[key]
	if s == nil {
		return nil
	}
	if wait := s.until.Sub(l.clock.Now()); wait > 0 {
		return fault.NewBusy("Too many attempts. Try again in %d seconds.", int(wait.Seconds())+1)
	}
	return nil
}

// fail notes a failure of key.
func (l *limiter) fail(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	s := l.keys[key]
	if s == nil || now.Sub(s.last) > forget {
		if len(l.keys) >= l.max {
			l.prune(now)
		}
		s = &strikes{}
		l.keys[key] = s
	}
	s.n++
	s.last = now
	if over := s.n - l.burst; over >= 0 {
		s.until = now.Add(min(time.Second<<min(over, 12), time.Hour))
	}
}

// clear forgets key after a success.
func (l *limiter) clear(key string) {
	l.mu.Lock()
	delete(l.keys, key)
	l.mu.Unlock()
}

func (l *limiter) prune(now time.Time) {
	for k, s := range l.keys {
		if now.Sub(s.last) > forget || len(l.keys) >= l.max {
			delete(l.keys, k)
		}
	}
}
