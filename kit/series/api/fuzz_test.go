// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/series"
)

// sink is a store that takes everything and looks at what it is given: whatever bytes come in, nothing may get here that
// is not a series within its limits and its client's.
type sink struct {
	series.Store
	t *testing.T
}

func (s sink) Series(l series.Labels) (*series.Series, error) {
	if err := series.CheckLabels(l); err != nil {
		s.t.Errorf("%s: %v", l, err)
	}
	if l.Get(series.ClientLabel) != ids.ID(7).String() {
		s.t.Errorf("%s is not the client's", l)
	}
	return &series.Series{}, nil
}

func (s sink) Commit(_ context.Context, b *series.Batch) (series.Outcome, error) {
	return series.Outcome{Stored: b.Len()}, nil
}

// fuzzed walks a body in each of the ways in which it can be meant.
func fuzzed(t *testing.T, body []byte) {
	h := &Handlers{}
	fresh := func() *intake {
		return &intake{h: &Handlers{Clock: clock.System{}}, store: sink{t: t}, reach: series.Only(ids.ID(7)), build: labels.NewScratchBuilder(16)}
	}
	ctx := context.Background()
	for _, in := range []*intake{fresh(), fresh()} {
		if err := h.takeV1(ctx, in, body); err == nil {
			_ = in.commit(ctx)
			_ = in.verdict()
		}
	}
	in := fresh()
	_ = h.takeV2(ctx, in, body)
	otlp := &otlpIntake{intake: fresh(), known: &h.known, ctx: ctx}
	_ = otlp.request(body)
	if queries, _, err := parseRead(body); err == nil {
		for _, q := range queries {
			for _, m := range q.match {
				_ = m.Matches("x")
			}
		}
	}
	if b, err := otlpFromJSON(body); err == nil {
		_ = (&otlpIntake{intake: fresh(), known: &h.known, ctx: ctx}).request(b)
	}
	if in.taken > maxSamples+1 || in.series > maxSeries+1 {
		t.Errorf("%d samples, %d series", in.taken, in.series)
	}
}

func FuzzBodies(f *testing.F) {
	for _, s := range []string{
		"\x0a\x1d\x0a\x0d\x0a\x08__name__\x12\x01x\x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10\x80\x01", "\x22\x08__name__\x22\x01x\x2a\x12\x0a\x02\x00\x01\x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10\x80\x01",
		`{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeMetrics":[{"metrics":[{"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"1","count":"6","sum":1,"bucketCounts":["1","2"],"explicitBounds":[1]}]}}]}]}]}`,
		"\x0a\x00", "\x0a\x04\x0a\x02\x08\x01", "", "\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzed(t, body)
	})
}
