// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/kit/fault"
	"mainstay/kit/series"
)

// asked is one query of a remote read.
type asked struct {
	from, to int64
	match    []*series.Matcher
}

const (
	maxQueries  = 20
	maxMatchers = 50
	maxFrame    = 1 << 20
	sampled     = 128 << 20 // bytes of an answer that is not streamed
)

// remoteRead answers Prometheus' remote read, as a stream of chunks when the reader takes that, else as samples.
func (h *Handlers) remoteRead(w http.ResponseWriter, r *http.Request) error {
	packed, err := h.receive(w, r, maxAsked)
	if err != nil {
		return err
	}
	body, err := unpack(packed, r.Header.Get("Content-Encoding"))
	if err != nil {
		return err
	}
	queries, streamed, err := parseRead(body)
	if err != nil {
		return err
	}
	if streamed {
		return h.streamRead(w, r, queries)
	}
	out, err := h.sampledRead(r, queries)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.Header().Set("Content-Encoding", "snappy")
	defer writeWithin(w, h.patience())()
	_, _ = w.Write(out) //nolint:gosec // no page: the type above is application/x-protobuf; whoever asked is gone
	return nil
}

// place is a place for one remote read: each may hold one of the questions that can be answered at once for as long as the caller
// reads, and pages and rules shall not wait for that.
func (h *Handlers) place(ctx context.Context) (done func(), err error) {
	leave, err := h.readers.enter(ctx, h.patience())
	if err != nil {
		return nil, err
	}
	release, err := take(ctx, h.reads, h.patience())
	if err != nil {
		leave()
		return nil, err
	}
	return func() { release(); leave() }, nil
}

// sampledRead returns a prometheus.ReadResponse, packed.
func (h *Handlers) sampledRead(r *http.Request, queries []asked) ([]byte, error) {
	done, err := h.place(r.Context())
	if err != nil {
		return nil, err
	}
	defer done()
	var out []byte
	for _, q := range queries {
		var result []byte
		err := h.selected(r.Context(), r, q, func(l series.Line) error {
			result = protowire.AppendTag(result, 1, protowire.BytesType)
			result = protowire.AppendBytes(result, sampledSeries(l))
			if len(out)+len(result) > sampled {
				return fault.NewInvalid("The answer would be larger than %d MB. Ask for less time or fewer series.", sampled>>20)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		out = protowire.AppendTag(out, 1, protowire.BytesType)
		out = protowire.AppendBytes(out, result)
	}
	return snappy.Encode(nil, out), nil
}

func (h *Handlers) selected(ctx context.Context, r *http.Request, q asked, fn func(series.Line) error) error {
	err := h.Store.Select(ctx, h.reading(r), q.match, time.UnixMilli(q.from), time.UnixMilli(q.to), fn)
	if err != nil && contextOver(err) {
		err = fault.NewBusy("The question took longer than it was given.").Because(err)
	}
	return err
}

// parseRead reads a prometheus.ReadRequest.
func parseRead(body []byte) (queries []asked, streamed bool, err error) {
	err = fields(body, func(f field) error {
		switch {
		case f.message(1):
			if len(queries) >= maxQueries {
				return fault.NewInvalid("A request may have at most %d queries.", maxQueries)
			}
			q, err := parseQuery(f.bytes)
			queries = append(queries, q)
			return err
		case f.num == 2 && f.typ == protowire.VarintType:
			streamed = streamed || f.n == 1
		case f.message(2): // packed
			streamed = streamed || slices.Contains(f.bytes, 1)
		}
		return nil
	})
	return queries, streamed, err
}

func parseQuery(b []byte) (q asked, err error) {
	err = fields(b, func(f field) error {
		switch {
		case f.num == 1 && f.typ == protowire.VarintType:
			q.from = f.whole()
		case f.num == 2 && f.typ == protowire.VarintType:
			q.to = f.whole()
		case f.message(3):
			if len(q.match) >= maxMatchers {
				return fault.NewInvalid("A query may have at most %d matchers.", maxMatchers)
			}
			m, err := parseMatcher(f.bytes)
			q.match = append(q.match, m)
			return err
		}
		return nil
	})
	if err == nil && len(q.match) == 0 {
		err = fault.NewInvalid("A query names no series.")
	}
	return q, err
}

func parseMatcher(b []byte) (*series.Matcher, error) {
	var typ uint64
	var name, value string
	err := fields(b, func(f field) error {
		switch {
		case f.num == 1 && f.typ == protowire.VarintType:
			typ = f.n
		case f.message(2):
			name = string(f.bytes)
		case f.message(3):
			value = string(f.bytes)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if typ > 3 || name == "" {
		return nil, broken()
	}
	m, err := labels.NewMatcher([]labels.MatchType{labels.MatchEqual, labels.MatchNotEqual, labels.MatchRegexp, labels.MatchNotRegexp}[typ], name, value)
	if err != nil {
		return nil, fault.NewInvalid("A query has a regular expression that cannot be read.").Because(err)
	}
	return m, nil
}

// sampledSeries writes a prometheus.TimeSeries.
func sampledSeries(l series.Line) []byte {
	out := labelFields(nil, l.Labels)
	var part []byte
	for _, p := range l.Points {
		part = protowire.AppendTag(part[:0], 1, protowire.Fixed64Type)
		part = protowire.AppendFixed64(part, math.Float64bits(p.V))
		part = protowire.AppendTag(part, 2, protowire.VarintType)
		part = protowire.AppendVarint(part, uint64(p.At))
		out = protowire.AppendTag(out, 2, protowire.BytesType)
		out = protowire.AppendBytes(out, part)
	}
	return out
}

func labelFields(out []byte, l series.Labels) []byte {
	var part []byte
	l.Range(func(p labels.Label) {
		part = protowire.AppendTag(part[:0], 1, protowire.BytesType)
		part = protowire.AppendString(part, p.Name)
		part = protowire.AppendTag(part, 2, protowire.BytesType)
		part = protowire.AppendString(part, p.Value)
		out = protowire.AppendTag(out, 1, protowire.BytesType)
		out = protowire.AppendBytes(out, part)
	})
	return out
}

// streamRead answers with frames of prometheus.ChunkedReadResponse.
func (h *Handlers) streamRead(w http.ResponseWriter, r *http.Request, queries []asked) error {
	done, err := h.place(r.Context())
	if err != nil {
		return err
	}
	defer done()
	out := &framed{w: w, c: http.NewResponseController(w), each: h.patience() / framesOfOne, end: time.Now().Add(h.patience())}
	defer out.done()
	begun := false
	for i, q := range queries {
		err := h.selected(r.Context(), r, q, func(l series.Line) error {
			if !begun {
				w.Header().Set("Content-Type", "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse")
				begun = true
			}
			return streamSeries(out, i, l)
		})
		if err != nil && begun {
			panic(http.ErrAbortHandler) // the answer has begun: breaking it off is what tells the reader
		}
		if err != nil {
			return err
		}
		if begun {
			_ = out.c.Flush()
		}
	}
	if !begun {
		w.Header().Set("Content-Type", "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse")
		w.WriteHeader(http.StatusOK)
	}
	return nil
}

// streamSeries writes a series in as many frames as it needs.
func streamSeries(w *framed, query int, l series.Line) error {
	head := labelFields(nil, l.Labels)
	one := slices.Clone(head)
	frame := func() error {
		if len(one) == len(head) {
			return nil
		}
		out := protowire.AppendTag(nil, 1, protowire.BytesType)
		out = protowire.AppendBytes(out, one)
		out = protowire.AppendTag(out, 2, protowire.VarintType)
		out = protowire.AppendVarint(out, uint64(query))
		one = append(one[:0], head...)
		return w.frame(out)
	}
	for part := range slices.Chunk(l.Points, 120) {
		c := chunkenc.NewXORChunk()
		app, err := c.Appender()
		if err != nil {
			return err
		}
		for _, p := range part {
			app.Append(0, p.At, p.V)
		}
		var chunk []byte
		chunk = protowire.AppendTag(chunk, 1, protowire.VarintType)
		chunk = protowire.AppendVarint(chunk, uint64(part[0].At))
		chunk = protowire.AppendTag(chunk, 2, protowire.VarintType)
		chunk = protowire.AppendVarint(chunk, uint64(part[len(part)-1].At))
		chunk = protowire.AppendTag(chunk, 3, protowire.VarintType)
		chunk = protowire.AppendVarint(chunk, 1) // XOR
		chunk = protowire.AppendTag(chunk, 4, protowire.BytesType)
		chunk = protowire.AppendBytes(chunk, c.Bytes())
		one = protowire.AppendTag(one, 2, protowire.BytesType)
		one = protowire.AppendBytes(one, chunk)
		if len(one) > maxFrame {
			if err := frame(); err != nil {
				return err
			}
		}
	}
	return frame()
}

// framed writes frames, each of which has to be read within some time, and all of them.
type framed struct {
	w    http.ResponseWriter
	c    *http.ResponseController
	each time.Duration
	end  time.Time
}

func (f *framed) frame(b []byte) error {
	now := time.Now()
	if now.After(f.end) {
		return fault.NewBusy("The answer was not read within the time for it.")
	}
	deadline := now.Add(f.each)
	if deadline.After(f.end) {
		deadline = f.end
	}
	_ = f.c.SetWriteDeadline(deadline) // what is no connection does not stall
	head := binary.AppendUvarint(nil, uint64(len(b)))
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	if _, err := f.w.Write(head); err != nil {
		return err
	}
	_, err := f.w.Write(b)
	return err
}

// done leaves the connection as it was.
func (f *framed) done() { _ = f.c.SetWriteDeadline(time.Time{}) }
