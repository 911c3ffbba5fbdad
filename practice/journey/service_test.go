// SPDX-License-Identifier: Apache-2.0

package journey_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/books"
	"mainstay/practice/journey"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

type rig struct {
	*journey.Service
	db    *db.DB
	jobs  *jobs.Queue
	parts journey.Parts
	loads int
}

// firm is a ledger whose one telling line is "Hadrian".
func firm() *books.Ledger {
	l := &books.Ledger{
		Currency: "EUR", Clients: []string{"", "Adler", "Bach"}, Texts: []string{"", "On-site labour, hours", "Hadrian", "Monthly support"}, Docs: []string{""},
		People: []string{""}, Sources: []books.Source{{Name: "a.csv", Kind: books.KindLines, Rows: 72}},
	}
	for m := range 24 {
		day := (civil.NewMonth(2024, 1) + civil.Month(m)).First()
		for i, minor := range []int64{100000, int64(20000 + 9000*(m%5)), 50000} {
			l.Lines = append(l.Lines, books.Line{Row: books.Row{Number: int64(3*m + i + 2)}, Client: int32(1 + i%2), Text: int32(i + 1), Day: day, Minor: minor})
		}
	}
	return l
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	s := ids.NewSource(c)
	r := &rig{db: d, jobs: jobs.New(d, c, s, slog.New(slog.DiscardHandler))}
	var mu sync.Mutex
	r.parts = journey.Parts{
		DB: d, Clock: c, IDs: s, Access: access.New(d, c, s, sealer, access.Options{}), Jobs: r.jobs, Bus: &bus.Bus{}, Log: slog.New(slog.DiscardHandler),
		Load: func(_ context.Context, client string) (*books.Ledger, error) {
			mu.Lock()
			r.loads++
			mu.Unlock()
			return firm(), nil
		},
	}
	r.Service = journey.New(r.parts)
	return r
}

// work does all jobs that are due.
func (r *rig) work(t *testing.T) {
	t.Helper()
	for {
		did, err := r.jobs.One(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !did {
			return
		}
	}
}

func TestAssessmentIsKeptAndRenewed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		r := newRig(t, d)
		l, err := r.Latest(ctx)
		if err != nil || l.Assessment != nil || !l.Stale {
			t.Fatalf("%+v %v", l, err)
		}
		if err := d.Write(ctx, func(tx *sql.Tx) error { return r.Stale(ctx, tx, "import") }); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if l, err = r.Latest(ctx); err != nil || l.Assessment == nil || l.Stale {
			t.Fatalf("%+v %v", l, err)
		}
		first := l.Assessment
		if len(first.Questions) != 1 || first.Questions[0].Text != "Hadrian" {
			t.Fatalf("%+v", first.Questions)
		}
		// An answer makes it stale and a job renews it.
		if err := r.Answer(ctx, first.Questions[0].Key, "Hadrian", recurring.Recurring); err != nil {
			t.Fatal(err)
		}
		if l, _ = r.Latest(ctx); !l.Stale || l.Assessment != first {
			t.Error("the old assessment is not shown as stale")
		}
		r.work(t)
		if l, _ = r.Latest(ctx); l.Stale || len(l.Assessment.Questions) != 0 {
			t.Errorf("the answer changed nothing: %+v", l.Assessment.Questions)
		}
		// Another process reads the same from the database.
		apart := r.parts
		apart.Jobs = jobs.New(d, r.parts.Clock, r.parts.IDs, slog.New(slog.DiscardHandler))
		other := journey.New(apart)
		m, err := other.Latest(ctx)
		if err != nil {
			t.Fatal(err)
		}
		x, _ := json.Marshal(l.Assessment)
		if y, _ := json.Marshal(m.Assessment); string(x) != string(y) {
			t.Errorf("what was kept is not what was measured:\n%s\n%s", x, y)
		}
		// Nothing changed: nothing is measured. "manual" measures all the same.
		loads := r.loads
		if err := r.Recalculate(ctx, "import"); err != nil || r.loads != loads {
			t.Error("measured without need", err)
		}
		if err := r.Recalculate(ctx, "manual"); err != nil || r.loads != loads+1 {
			t.Error("not measured when asked", err)
		}
		if err := r.Turned(ctx); err != nil {
			t.Fatal(err)
		}
		if l, _ = r.Latest(ctx); l.Stale {
			t.Error("no month has begun")
		}
		r.parts.Clock.(*clock.Fixed).Advance(31 * 24 * time.Hour)
		for range 2 { // the second finds it asked for already
			if err := r.Turned(ctx); err != nil {
				t.Fatal(err)
			}
		}
		r.work(t)
		if past, err := r.History(ctx, 1); err != nil || past[0].Reason != "month" {
			t.Errorf("a month has begun: %+v %v", past, err)
		}
		if err := r.Measure(ctx); err != nil {
			t.Fatal(err)
		}
		if l, _ = r.Latest(ctx); !l.Stale {
			t.Error("asked for, and nobody knows")
		}
		r.work(t)
		past, err := r.History(ctx, 10)
		if err != nil || len(past) != 5 || past[0].Reason != "manual" || past[4].Reason != "import" || past[0].Summary.Clients != 2 {
			t.Errorf("%+v %v", past, err)
		}
		if err := r.Forget(ctx, first.Questions[0].Key); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if l, _ = r.Latest(ctx); len(l.Assessment.Questions) != 1 {
			t.Error("a forgotten answer still counts")
		}
		if err := r.Forget(ctx, "nonsense"); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

func TestSettings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		r := newRig(t, d)
		set, seed, version, err := r.Settings(ctx)
		if err != nil || version != 0 || seed != journey.DefaultSeed {
			t.Fatal(version, seed, err)
		}
		set.Thresholds.Scales[0].Knots[0].Value = .35
		set.Pricing.Tiers = set.Pricing.Tiers[:2]
		set.Pricing.Rate, set.RateSet = 130_00, true
		if err := r.Save(ctx, version, set, 7); err != nil {
			t.Fatal(err)
		}
		if err := r.Save(ctx, 0, set, 7); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second first save: %v", err)
		}
		got, seed, version, err := r.Settings(ctx)
		if err != nil || seed != 7 || version != 1 || len(got.Pricing.Tiers) != 2 || !got.Thresholds.Scales[0].Own || got.Thresholds.Scales[1].Own {
			t.Errorf("%+v %d %d %v", got.Pricing.Tiers, seed, version, err)
		}
		if got.Thresholds.Scales[0].Knots[0].Value != .35 || got.Thresholds.Scales[1].Knots[0].Value != .30 {
			t.Errorf("%+v", got.Thresholds.Scales[:2])
		}
		bad := got
		bad.Thresholds.Scales = append([]signs.Scale(nil), got.Thresholds.Scales...)
		bad.Thresholds.Scales[3].Knots = nil
		if err := r.Save(ctx, version, bad, 7); !fault.Is(err, fault.Invalid) {
			t.Error("bad thresholds were kept", err)
		}
		if err := r.Save(ctx, version, got, 7); err != nil {
			t.Fatal(err)
		}
		if err := r.Save(ctx, version, got, 7); !fault.Is(err, fault.Conflict) {
			t.Error("somebody else's change was overwritten", err)
		}
		r.work(t)
		l, err := r.Latest(ctx)
		if err != nil || l.Assessment.Rate != 130_00 || l.Assessment.RateFrom != "settings" || l.Assessment.Seed != 7 {
			t.Error("the settings were not used", err)
		}
	})
}

func TestOneAtATime(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	ctx := context.Background()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := r.Recalculate(ctx, "import"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if r.loads != 1 {
		t.Errorf("measured %d times for one change", r.loads)
	}
}

// TestRowsBehindNumbers: the rows of every money evidence sum to its figure.
func TestRowsBehindNumbers(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	ctx := context.Background()
	if _, err := r.Rows(ctx, journey.Selector{Kind: "lines"}); !fault.Is(err, fault.NotFound) {
		t.Error("rows before anything was measured", err)
	}
	if err := r.Recalculate(ctx, "import"); err != nil {
		t.Fatal(err)
	}
	l, err := r.Latest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range l.Assessment.Evidence {
		if e.Hits.Kind != "lines" {
			continue
		}
		seen++
		rows, err := r.Rows(ctx, e.Hits)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, x := range rows {
			sum += x.Minor
		}
		if len(rows) != e.Rows || e.Minor != 0 && sum != e.Minor {
			t.Errorf("%s: %d rows of %d, sum %d of %d", e.Of, len(rows), e.Rows, sum, e.Minor)
		}
		one := e.Hits
		one.Client = "Bach"
		rows, _ = r.Rows(ctx, one)
		for _, x := range rows {
			if x.Client != "Bach" {
				t.Errorf("%s: a row of %s", e.Of, x.Client)
			}
		}
	}
	if seen == 0 {
		t.Error("no number has its rows")
	}
}
