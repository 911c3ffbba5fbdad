// SPDX-License-Identifier: Apache-2.0

// Package ids makes the identifiers of rows: 63-bit integers that sort by the
// time at which they were made, so that they are cheap primary keys on
// every engine and a list ordered by id is ordered by age.
package ids

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"

	"mainstay/kit/clock"
)

// ID is 41 bits of milliseconds since 2020, 10 bits that a process draws at
// its start, and 12 bits of counter. The zero ID means "none". In URLs and JSON it
// is the text of [ID.String]: JavaScript would round the integer.
type ID int64

const (
	epoch       = 1577836800000 // 2020-01-01T00:00:00Z in milliseconds
	nodeBits    = 10
	counterBits = 12
	alphabet    = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32
	textLen     = 13
)

// Source makes ids. It is safe for concurrent use and never gives the same one
// twice; two processes on one database collide only when they drew the
// same node number and count within the same millisecond, which a primary key refuses.
type Source struct {
	mu    sync.Mutex
	clock clock.Clock
	node  int64
	last  int64 // milliseconds << counterBits | counter
}

// NewSource returns a source that reads c and draws its node number at random.
func NewSource(c clock.Clock) *Source {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return &Source{clock: c, node: int64(binary.BigEndian.Uint16(b[:])) & (1<<nodeBits - 1)}
}

// Seeded returns a source with a given node number (0–1023), for data that must come
// out the same every time, such as the demo firm.
func Seeded(c clock.Clock, node int64) *Source {
	return &Source{clock: c, node: node & (1<<nodeBits - 1)}
}

// New returns the next id. When the clock stands still, steps back or 4,096
// ids are made in one millisecond, it runs ahead of the clock and stays ordered.
func (s *Source) New() ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last+1, (s.clock.Now().UnixMilli()-epoch)<<counterBits)
	ms, n := s.last>>counterBits, s.last&(1<<counterBits-1)
	return ID(ms<<(nodeBits+counterBits) | s.node<<counterBits | n)
}

// String returns 13 characters of Crockford's base 32; they sort as the ids do.
func (id ID) String() string {
	var b [textLen]byte
	return string(id.Append(b[:0]))
}

// Append appends what [ID.String] returns.
func (id ID) Append(out []byte) []byte {
	var b [textLen]byte
	v := uint64(id)
	for i := textLen - 1; i >= 0; i-- {
		b[i] = alphabet[v&31]
		v >>= 5
	}
	return append(out, b[:]...)
}

// Parse is the inverse of [ID.String]; upper case is accepted.
func Parse(s string) (ID, error) {
	if len(s) != textLen {
		return 0, fmt.Errorf("%q is not an id", s)
	}
	var v uint64
	for _, c := range []byte(strings.ToLower(s)) {
		i := strings.IndexByte(alphabet, c)
		if i < 0 || v>>58 != 0 {
			return 0, fmt.Errorf("%q is not an id", s)
		}
		v = v<<5 | uint64(i)
	}
	return ID(v), nil
}

// MarshalText is [ID.String].
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is [Parse].
func (id *ID) UnmarshalText(b []byte) (err error) { *id, err = Parse(string(b)); return err }
