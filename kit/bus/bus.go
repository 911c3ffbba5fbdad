// SPDX-License-Identifier: Apache-2.0

// Package bus carries small notices inside one process, from work that goes on to pages
// that watch it. Notices are hints: they may be lost, and what they say can always
// be read from the database.
package bus

import "sync"

// Bus is a set of topics. Its zero value is ready; it is safe for concurrent use.
type Bus struct {
	mu   sync.Mutex
	subs map[string]map[chan string]struct{}
}

// Publish hands text to all who listen on topic. It never blocks: a listener that is behind
// loses the older notice.
func (b *Bus) Publish(topic, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.subs[topic] {
		select {
		case ch <- text:
		default:
			select {
			case <-ch:
			default:
			}
			ch <- text
		}
	}
}

// Subscribe listens on topic until stop is called.
func (b *Bus) Subscribe(topic string) (notices <-chan string, stop func()) {
	ch := make(chan string, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[string]map[chan string]struct{}{}
	}
	if b.subs[topic] == nil {
		b.subs[topic] = map[chan string]struct{}{}
	}
	b.subs[topic][ch] = struct{}{}
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs[topic], ch)
		if len(b.subs[topic]) == 0 {
			delete(b.subs, topic)
		}
	}
}
