// SPDX-License-Identifier: Apache-2.0

package intake

import "sync"

// How much may wait to be answered. An agent sends the next message of a kind once it has the answer to the one before, so a few are
// all that an honest one has here, after a connection that broke for instance. What is more is put off at once: it would make all
// others wait.
const (
	mostWaiting = 4         // messages of a device in each queue
	shareBytes  = 1 << 20   // of them, when there is more than one
	totalBytes  = 192 << 20 // of all devices
)

// place is a device in one of the queues.
type place struct {
	device string
	queue  byte
}

// share is what a device has in a queue.
type share struct{ messages, bytes int }

// waiting counts what is not answered yet.
type waiting struct {
	mu    sync.Mutex
	of    map[place]share
	bytes int
}

// enter counts a message of n bytes, false when it is one too many.
func (w *waiting) enter(p place, n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.of[p]
	if w.bytes+n > totalBytes || s.messages >= mostWaiting || s.messages > 0 && s.bytes+n > shareBytes {
		return false
	}
	w.of[p] = share{s.messages + 1, s.bytes + n}
	w.bytes += n
	return true
}

// leave takes a message out that was counted.
func (w *waiting) leave(p place, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.of[p]
	if s.messages <= 1 {
		delete(w.of, p)
	} else {
		w.of[p] = share{s.messages - 1, s.bytes - n}
	}
	w.bytes -= n
}
