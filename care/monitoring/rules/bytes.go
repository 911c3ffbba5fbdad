// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"encoding/binary"
	"errors"
	"math"
)

// The first byte of a stored state.
const (
	version    = 2
	versionUTC = 1 // what is usual goes by the hours of UTC
)

var errState = errors.New("rules: this is no stored state")

// Append appends s as bytes to b: what [Load] reads.
func (s *State) Append(b []byte) []byte {
	b = append(b, version, byte(s.level), byte(s.best), s.n)
	b = binary.AppendVarint(b, s.at)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.last))
	b = binary.AppendUvarint(b, s.bits)
	b = binary.AppendUvarint(b, uint64(s.warned))
	b = binary.AppendUvarint(b, uint64(s.alarmed))
	b = binary.AppendUvarint(b, uint64(s.better))
	switch m := s.more.(type) {
	case *line:
		b = m.append(append(b, 'l'))
	case *band:
		b = m.append(append(b, 'b'))
	default:
		b = append(b, '-')
	}
	return b
}

// Load reads a stored state of a rule of c's kind and returns what follows it. A state of another kind or that is damaged is an
// error; s is then empty.
func (c *Compiled) Load(s *State, b []byte) ([]byte, error) {
	r := reader{b: b}
	*s = State{}
	v := r.byte()
	if v != version && v != versionUTC {
		return nil, errState
	}
	var t State
	t.level, t.best, t.n = Level(r.byte()), Level(r.byte()), r.byte()
	t.at = r.varint()
	t.last = r.float()
	t.bits = r.uvarint()
	t.warned, t.alarmed, t.better = uint32(r.uvarint()), uint32(r.uvarint()), uint32(r.uvarint())
	switch r.byte() {
	case 'l':
		if c.Kind != Forecast {
			return nil, errState
		}
		l := &line{}
		l.read(&r)
		t.more = l
	case 'b':
		if c.Kind != Baseline {
			return nil, errState
		}
		x := &band{}
		if x.read(&r); v == versionUTC {
			x.turn(c)
		}
		t.more = x
	case '-':
	default:
		r.bad = true
	}
	if r.bad || t.level > Critical || t.best > Critical || t.n > 32 || t.at < 0 {
		return nil, errState
	}
	*s = t
	return r.b, nil
}

func (l *line) append(b []byte) []byte {
	b = binary.AppendVarint(b, l.part)
	b = float(b, l.sum)
	b = binary.AppendUvarint(b, uint64(l.count))
	b = append(b, byte(l.n))
	for i := range l.n {
		b = float(binary.AppendVarint(b, l.at[i]), float64(l.v[i]))
	}
	return float(b, l.hours)
}

func (l *line) read(r *reader) {
	l.part, l.sum, l.count = r.varint(), r.float(), int32(r.uvarint())
	if l.n = int32(r.byte()); l.n > points {
		r.bad = true
		return
	}
	for i := range l.n {
		l.at[i], l.v[i] = r.varint(), float32(r.float())
	}
	l.hours = r.float()
}

func (b *band) append(out []byte) []byte {
	out = binary.AppendVarint(out, b.slot)
	out = float(out, b.sum)
	out = binary.AppendUvarint(out, uint64(b.count))
	out = binary.AppendVarint(out, b.start)
	out = append(out, byte(b.filled), byte(b.next), byte(b.hold))
	for _, v := range b.hour {
		out = short(out, v)
	}
	for i, v := range b.usual {
		if out = append(out, b.seen[i]); b.seen[i] > 0 {
			out = short(out, v)
		}
	}
	for i := range b.ranges {
		g := &b.ranges[i]
		out = binary.AppendVarint(binary.AppendVarint(out, g.since), g.today)
		out = append(out, byte(g.days))
		for j := range g.days {
			out = short(short(out, g.low[j]), g.high[j])
		}
	}
	return short(short(short(short(out, b.cries), b.score), b.low), b.high)
}

func (b *band) read(r *reader) {
	b.slot, b.sum, b.count = r.varint(), r.float(), int32(r.uvarint())
	b.start = r.varint()
	b.filled, b.next, b.hold = int8(r.byte()), int8(r.byte()), int8(r.byte())
	if b.filled < 0 || b.filled > perHour || b.next < 0 || b.next >= perHour || b.hold < 0 || b.hold > holdSlots {
		r.bad = true
		return
	}
	for i := range b.hour {
		b.hour[i] = r.short()
	}
	for i := range b.usual {
		if b.seen[i] = r.byte(); b.seen[i] > 0 {
			b.usual[i] = r.short()
		}
	}
	for i := range b.ranges {
		g := &b.ranges[i]
		g.since, g.today, g.days = r.varint(), r.varint(), int8(r.byte())
		if g.days < 0 || g.days > bandDays {
			r.bad = true
			return
		}
		for j := range g.days {
			g.low[j], g.high[j] = r.short(), r.short()
		}
	}
	b.cries, b.score, b.low, b.high = r.short(), r.short(), r.short(), r.short()
}

func float(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

func short(b []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
}

// reader takes values off bytes; bad once there were too few.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || len(r.b) < n {
		r.bad = true
		return make([]byte, n)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte { return r.take(1)[0] }

func (r *reader) float() float64 {
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
	r.bad = r.bad || !finite(v)
	return v
}

func (r *reader) short() float32 {
	v := math.Float32frombits(binary.LittleEndian.Uint32(r.take(4)))
	r.bad = r.bad || !finite(float64(v))
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}
