// SPDX-License-Identifier: Apache-2.0

package spool

import (
	"slices"
	"sync"
	"time"
)

// Memory is a spool that ends with the process. It is safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	limit   int64
	next    uint64
	entries []Entry
	state   State
}

// NewMemory returns an empty spool that holds at most limit bytes; now is where its numbers begin.
func NewMemory(limit int64, now time.Time) *Memory {
	return &Memory{limit: limit, next: uint64(max(now.UnixMicro(), 1))}
}

// Append takes a batch. It keeps a copy of data.
func (m *Memory) Append(data []byte) (uint64, error) {
	if len(data) > MaxBatch || int64(len(data)) > m.limit {
		return 0, ErrTooLarge
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.state.Bytes+int64(len(data)) > m.limit {
		m.state.Bytes -= int64(len(m.entries[0].Data))
		m.entries = slices.Delete(m.entries, 0, 1)
		m.state.Dropped++
	}
	e := Entry{Seq: m.next, Data: slices.Clone(data)}
	m.next++
	m.entries = append(m.entries, e)
	m.state.Bytes += int64(len(data))
	return e.Seq, nil
}

// After returns the oldest batches behind the number seq, at most n.
func (m *Memory) After(seq uint64, n int) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, _ := slices.BinarySearchFunc(m.entries, seq+1, func(e Entry, s uint64) int {
		switch {
		case e.Seq < s:
			return -1
		case e.Seq > s:
			return 1
		}
		return 0
	})
	return slices.Clone(m.entries[i:min(i+n, len(m.entries))]), nil
}

// Ack lets go of all batches up to seq.
func (m *Memory) Ack(seq uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for n < len(m.entries) && m.entries[n].Seq <= seq {
		m.state.Bytes -= int64(len(m.entries[n].Data))
		n++
	}
	m.entries = slices.Delete(m.entries, 0, n)
	m.next = max(m.next, seq+1)
	return nil
}

// State returns what waits.
func (m *Memory) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.state
	s.Batches = len(m.entries)
	return s
}

// Close does nothing.
func (m *Memory) Close() error { return nil }
