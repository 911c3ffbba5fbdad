// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"encoding/base64"
	"encoding/binary"
	"errors"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// What is learned of a device is kept as one text: deflated and in base64. It holds for each rule and series its key, its text
// (under another text it is not taken up again) and the state.
const (
	snapshotMark = 2
	maxSnapshot  = 16 << 20
)

var errSnapshot = errors.New("monitoring: this is no stored state")

// snapshot packs the states of d; "" where nothing is worth keeping. d is locked.
func (e *Engine) snapshot(d *dev) string {
	if d.plan == nil {
		return ""
	}
	b := []byte{snapshotMark}
	b = binary.AppendVarint(b, d.seen)
	some := false
	put := func(series string, w *watch, s *rules.State) {
		if s.Idle() {
			return
		}
		some = true
		b = text(b, series)
		b = text(b, w.Key)
		b = text(b, w.mark)
		b = text(b, string(s.Append(nil)))
	}
	for i := range d.list {
		r := &d.list[i]
		for j := range r.state {
			put(e.keys.get(r.key).text, &d.plan.watches[r.which[j]], &r.state[j])
		}
	}
	for i := range d.absent {
		put("", &d.plan.watches[d.plan.absent[i]], &d.absent[i])
	}
	if !some {
		return ""
	}
	return base64.RawStdEncoding.EncodeToString(wire.Deflate(b))
}

func text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// restore takes up what snapshot packed. What cannot be read or is of another rule is learned anew.
func (e *Engine) restore(device ids.ID, packed string) error {
	b, err := base64.RawStdEncoding.DecodeString(packed)
	if err != nil {
		return errSnapshot
	}
	raw, err := wire.Inflate(b, maxSnapshot)
	if err != nil || len(raw) == 0 || raw[0] != snapshotMark {
		return errSnapshot
	}
	d := e.dev(device)
	d.mu.Lock()
	defer d.mu.Unlock()
	e.prepare(d)
	raw = raw[1:]
	seen, n := binary.Varint(raw)
	if n <= 0 {
		return errSnapshot
	}
	d.seen, raw = max(d.seen, seen), raw[n:]
	next := func() string {
		size, n := binary.Uvarint(raw)
		if n <= 0 || size > uint64(len(raw)-n) {
			raw = nil
			return ""
		}
		s := string(raw[n : n+int(size)])
		raw = raw[n+int(size):]
		return s
	}
	for len(raw) > 0 {
		series, key, mark, state := next(), next(), next(), next()
		if raw == nil {
			return errSnapshot
		}
		if s, w := e.find(d, series, key); s != nil && w.mark == mark {
			if _, err := w.rule.Load(s, []byte(state)); err != nil {
				return err
			}
		}
	}
	return nil
}

// find returns the state of a rule and a series of d, and makes the series known. d is locked and prepared.
func (e *Engine) find(d *dev, series, key string) (*rules.State, *watch) {
	if series == "" {
		for i := range d.absent {
			if w := &d.plan.watches[d.plan.absent[i]]; w.Key == key {
				return &d.absent[i], w
			}
		}
		return nil, nil
	}
	r := e.row(d, len(d.list), e.keys.parse(series))
	if r == nil {
		return nil, nil
	}
	for j := range r.state {
		if w := &d.plan.watches[r.which[j]]; w.Key == key {
			return &r.state[j], w
		}
	}
	return nil, nil
}

// Set says at which level an alert stands: after a start what is stored of alerts counts, and not what a snapshot says.
func (e *Engine) Set(device ids.ID, series, key string, l rules.Level) bool {
	d := e.dev(device)
	d.mu.Lock()
	defer d.mu.Unlock()
	e.prepare(d)
	s, _ := e.find(d, series, key)
	if s == nil {
		return false
	}
	s.Force(l)
	return true
}

// calm sets every level to OK, before Set says which are not.
func (e *Engine) calm() {
	for _, d := range e.all() {
		d.mu.Lock()
		for i := range d.list {
			for j := range d.list[i].state {
				d.list[i].state[j].Force(rules.OK)
			}
		}
		for i := range d.absent {
			d.absent[i].Force(rules.OK)
		}
		d.mu.Unlock()
	}
}
