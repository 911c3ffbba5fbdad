// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"mainstay/kit/access"
)

// Stranger is an address that writes to the server's own port for syslog and is no device's, or that of devices of two clients: what
// it writes is counted and not kept, as nobody may read it.
type Stranger struct {
	Source   string
	Host     string // what it calls itself, "" = nothing
	Messages int64  // since the server was started
	Last     time.Time
}

// mostStrangers bounds what is remembered of them; who was silent for longest is forgotten first.
const mostStrangers = 200

type strangers struct {
	mu sync.Mutex
	of map[string]*Stranger
}

func (l *strangers) count(m *Message, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.of[m.Source]
	if x == nil {
		if l.of == nil {
			l.of = map[string]*Stranger{}
		}
		if len(l.of) >= mostStrangers {
			var oldest *Stranger
			for _, o := range l.of {
				if oldest == nil || o.Last.Before(oldest.Last) {
					oldest = o
				}
			}
			delete(l.of, oldest.Source)
		}
		x = &Stranger{Source: m.Source}
		l.of[m.Source] = x
	}
	x.Messages++
	x.Last = now
	if m.Host != "" {
		x.Host = m.Host
	}
}

// Strangers are the addresses that write to the server and are no device's, the latest first. They belong to no client: only who sees
// the whole firm sees them.
func (s *Service) Strangers(scope access.Scope) []Stranger {
	if !scope.Covers(0) {
		return nil
	}
	s.unknown.mu.Lock()
	defer s.unknown.mu.Unlock()
	out := make([]Stranger, 0, len(s.unknown.of))
	for _, x := range s.unknown.of {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Stranger) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Source, b.Source)) })
	return out
}
