// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mainstay/agent/spool"
	"mainstay/kit/wire"
)

const (
	maxTogether  = 64                // rows in one message
	maxRowValues = 20_000            // values in one message
	frameRoom    = wire.MaxFrame / 2 // of what rows are expected to take
)

// send sends all that waits. It returns how long to wait before it tries again; 0 when nothing is left.
func (a *Agent) send(ctx context.Context, s *session) (time.Duration, error) {
	if err := a.fetchConfig(ctx, s); err != nil {
		return 0, err
	}
	if wait, err := a.sendRows(ctx, s); err != nil || wait > 0 {
		return wait, err
	}
	return a.sendFacts(ctx, s)
}

// fetchConfig asks for the configuration when the server has another one.
func (a *Agent) fetchConfig(ctx context.Context, s *session) error {
	a.mu.Lock()
	ask := a.askConfig
	a.askConfig = false
	a.mu.Unlock()
	if !ask {
		return nil
	}
	var c wire.Config
	if _, _, err := s.ask(ctx, wire.KindConfig, nil, a.o.Clock, &c); err != nil {
		a.mu.Lock()
		a.askConfig = true
		a.mu.Unlock()
		return err
	}
	a.configure(c)
	return nil
}

// answered takes from an answer what it says besides.
func (a *Agent) answered(ack wire.Ack, sent, got time.Duration) {
	a.learn(ack, sent, got)
	a.mu.Lock()
	defer a.mu.Unlock()
	// Asked once for each revision: a server that names one that it does not give is not asked forever.
	if ack.Code == wire.OK && ack.Revision != 0 && ack.Revision != a.config.Revision && ack.Revision != a.askedFor {
		a.askConfig, a.askedFor = true, ack.Revision
		nudge(a.wake)
	}
}

// sendRows empties the spool, oldest first.
func (a *Agent) sendRows(ctx context.Context, s *session) (time.Duration, error) {
	for {
		n := maxTogether
		if a.skipOnes > 0 {
			n = 1
		}
		entries, err := a.o.Spool.After(0, n)
		if err != nil {
			return 0, err
		}
		if len(entries) == 0 {
			a.rowMu.Lock()
			err := a.sweep()
			a.rowMu.Unlock()
			return 0, err
		}
		m := a.message(entries)
		code := wire.Refused
		if m.data != nil {
			wait, c, err := a.sendMessage(ctx, s, m)
			if err != nil || wait > 0 {
				return wait, err
			}
			code = c
		}
		if code == wire.Refused {
			if m.rows > 1 {
				a.skipOnes = m.rows // one of them is at fault; the others must not go with it
				continue
			}
			a.mark(func(st *Status) { st.Refused++ })
		} else {
			a.mark(func(st *Status) { st.Sent += int64(m.rows) })
		}
		a.skipOnes = max(a.skipOnes-1, 0)
		if err := a.o.Spool.Ack(m.last); err != nil {
			return 0, err
		}
	}
}

// sweep forgets dictionaries that no row needs, when there may be some.
func (a *Agent) sweep() error {
	if a.dict.texts == nil || len(a.dict.stored) == 1 && a.swept {
		return nil
	}
	if a.o.Spool.State().Batches > 0 {
		return nil // a row came in between
	}
	a.swept = true
	return a.dict.sweep()
}

// message is rows that go up together.
type message struct {
	kind  wire.Kind
	data  []byte
	batch *wire.Batch
	rows  int
	last  uint64 // number of the last row
}

// message puts the first rows together that can be: metrics of one dictionary whose instants rise, results of checks, or observations.
// Without data it is what cannot be sent so.
func (a *Agent) message(entries []spool.Entry) message {
	var b bundle
	for _, e := range entries {
		r, err := decodeRow(e.Data)
		if err != nil {
			if b.rows > 0 {
				break
			}
			a.o.Log.Error("A reading that waited cannot be read and is given up.", "number", e.Seq, "err", err)
			return message{rows: 1, last: e.Seq}
		}
		r.settle(a.o.Clock)
		if !b.add(r, e.Seq) {
			break
		}
	}
	return b.message()
}

// bundle is rows of one kind on their way into a message.
type bundle struct {
	kind    byte
	rows    int
	last    uint64
	batch   *wire.Batch
	results wire.Results
	seen    wire.Observations
	packed  int // bytes that the observations take each for itself
}

// add takes a row with its number; it is false when the row does not go with those before.
func (b *bundle) add(r *row, seq uint64) bool {
	mark := r.mark()
	if b.rows > 0 && b.kind != mark {
		return false
	}
	switch mark {
	case rowCheck:
		if len(b.results.Results) == wire.MaxResults {
			return false
		}
		r.result.At = r.at
		b.results.Results = append(b.results.Results, *r.result)
	case rowProbe:
		if len(b.seen.List) == wire.MaxObservations || b.packed+r.packed > frameRoom && b.rows > 0 {
			return false
		}
		r.observed.At = r.at
		b.seen.List, b.packed = append(b.seen.List, *r.observed), b.packed+r.packed
	default:
		at := max(r.at/1000, 1)
		if b.rows == 0 {
			b.batch = &wire.Batch{Dictionary: r.dictionary, Number: seq}
		}
		if b.batch.Dictionary != r.dictionary || b.rows > 0 && ((b.rows+1)*len(r.values) > maxRowValues ||
			at <= b.batch.Times[b.rows-1] || (b.rows+1)*len(r.values)*11 > frameRoom) {
			return false
		}
		b.batch.Times, b.batch.Values = append(b.batch.Times, at), append(b.batch.Values, r.values)
	}
	b.kind, b.last = mark, seq
	b.rows++
	return true
}

func (b *bundle) message() message {
	m := message{rows: b.rows, last: b.last, batch: b.batch}
	var err error
	switch b.kind {
	case rowCheck:
		m.kind = wire.KindChecks
		m.data, err = json.Marshal(b.results)
	case rowProbe:
		m.kind = wire.KindProbes
		m.data, err = b.seen.Pack()
	default:
		m.kind = wire.KindMetrics
		m.data = wire.AppendBatch(nil, b.batch)
	}
	if err != nil {
		m.data = nil // values that JSON cannot say, or too much at once: given up when alone
	}
	return m
}

// sendMessage sends rows until they are answered for good.
func (a *Agent) sendMessage(ctx context.Context, s *session, m message) (time.Duration, wire.Code, error) {
	for withTexts := false; ; {
		if len(m.data) > wire.MaxFrame {
			return 0, wire.Refused, nil
		}
		var ack wire.Ack
		sent, got, err := s.ask(ctx, m.kind, m.data, a.o.Clock, &ack)
		if err != nil {
			return 0, "", err
		}
		a.answered(ack, sent, got)
		switch ack.Code {
		case wire.OK:
			return 0, wire.OK, nil
		case wire.Gone:
			return 0, "", ErrGone
		case wire.Busy:
			return a.busy(ack.Wait), "", nil
		case wire.Dictionary:
			if withTexts || m.batch == nil {
				return 0, "", errors.New("the server asks for a dictionary that it was given")
			}
			withTexts = true
			a.rowMu.Lock()
			m.batch.Series = a.dict.load(m.batch.Dictionary)
			a.rowMu.Unlock()
			if m.batch.Series == nil {
				a.o.Log.Error("The names of readings that waited are lost, and so are they.")
				return 0, wire.Refused, nil
			}
			m.data = wire.AppendBatch(m.data[:0], m.batch)
		case wire.Refused:
			a.o.Log.Warn("The server refused a message.", "kind", m.kind, "why", ack.Text)
			return 0, wire.Refused, nil
		default:
			return 0, "", fmt.Errorf("the server answers with %.40q", ack.Code)
		}
	}
}

// sendFacts sends the sections that wait.
func (a *Agent) sendFacts(ctx context.Context, s *session) (time.Duration, error) {
	for _, section := range wire.Sections {
		a.mu.Lock()
		f, ok := a.pending[section]
		a.mu.Unlock()
		if !ok {
			continue
		}
		data, err := wire.PackFacts(f)
		if err != nil {
			// The server learns why it does not get the section.
			f = wire.Facts{Section: section, Taken: f.Taken, Failed: err.Error()}
			if data, err = wire.PackFacts(f); err != nil {
				return 0, err
			}
		}
		var ack wire.Ack
		sent, got, err := s.ask(ctx, wire.KindFacts, data, a.o.Clock, &ack)
		if err != nil {
			return 0, err
		}
		a.answered(ack, sent, got)
		switch ack.Code {
		case wire.OK, wire.Refused:
			if ack.Code == wire.Refused {
				a.o.Log.Warn("The server refused a section of the inventory.", "section", section, "why", ack.Text)
				a.mark(func(st *Status) { st.Refused++ })
			}
			if err := a.factsSent(section, f); err != nil { // after the next start it is sent once more
				a.o.Log.Error("Which sections the server has could not be kept.", "err", err)
			}
		case wire.Busy:
			return a.busy(ack.Wait), nil
		case wire.Gone:
			return 0, ErrGone
		default:
			return 0, fmt.Errorf("the server answers with %.40q", ack.Code)
		}
	}
	return 0, nil
}

func (a *Agent) factsSent(section wire.Section, f wire.Facts) error {
	a.mu.Lock()
	if a.pending[section].Taken == f.Taken { // no newer one came meanwhile
		delete(a.pending, section)
	}
	a.acked[section] = factsKey(f)
	b, err := json.Marshal(a.acked)
	a.mu.Unlock()
	if err != nil {
		return fmt.Errorf("keep what was sent: %w", err)
	}
	return a.o.Store.Put(sectionsName, b)
}

const failedPrefix = "failed "

// factsKey is what a section is compared by; one that failed by why it did.
func factsKey(f wire.Facts) string {
	if f.Failed != "" {
		return failedPrefix + wire.HashFacts([]byte(f.Failed))
	}
	return f.Hash
}
