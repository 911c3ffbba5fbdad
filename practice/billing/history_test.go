// SPDX-License-Identifier: Apache-2.0

package billing_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/rating"
)

// history is some agreements' life with the runs that bill them, or are missed, or stop half way.
type history struct {
	*rig
	t    *rapid.T
	tb   testing.TB
	list []ids.ID
}

// Whatever happens to agreements between runs, on whichever days runs happen, are missed, stop half way or write drafts that are
// thrown away: in the end the books hold for each line what one reckoning gives that knew everything, and nothing is due.
func TestHistoriesThroughTheBooks(t *testing.T) {
	checks := "12"
	if os.Getenv("MAINSTAY_SOAK") != "" {
		checks = "400"
	}
	f := flag.Lookup("rapid.checks")
	before := f.Value.String()
	must(t, f.Value.Set(checks))
	defer func() { must(t, f.Value.Set(before)) }()
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{rig: newRig(t, dbtest.Open(t)).settle(t), t: rt, tb: t}
		h.begin()
		for range rapid.IntRange(3, 14).Draw(rt, "steps") {
			h.clock.Advance(time.Duration(rapid.IntRange(0, 40).Draw(rt, "days")) * 24 * time.Hour)
			for range rapid.IntRange(0, 3).Draw(rt, "events") {
				h.event()
			}
			h.run()
		}
		h.finish()
	})
}

func (h *history) begin() {
	for i := range rapid.IntRange(1, 4).Draw(h.t, "agreements") {
		unit := rapid.SampledFrom([]rating.Unit{rating.Month, rating.Month, rating.Quarter, rating.Year}).Draw(h.t, "unit")
		starts := day("2026-03-01").AddDays(rapid.IntRange(-70, 40).Draw(h.t, "starts"))
		x := agreements.NewAgreement{Head: agreements.Head{
			Client: h.client(h.tb, fmt.Sprint("Client ", i)), Name: "Managed", Currency: "EUR", Starts: starts, Ends: civil.NoDate, PayDays: -1, Arrears: rapid.Bool().Draw(h.t, "arrears"),
			Prorate: rapid.SampledFrom([]rating.Proration{rating.Actual, rating.Thirty, rating.Never}).Draw(h.t, "proration"),
			Cycle:   rating.Cycle{Anchor: starts.AddDays(rapid.IntRange(-20, 20).Draw(h.t, "anchor")), Unit: unit, Every: 1},
		}}
		if rapid.Bool().Draw(h.t, "minimum") {
			x.Least = ptr(num("400"))
		}
		for k := range rapid.IntRange(1, 3).Draw(h.t, "lines") {
			l := agreements.NewLine{Copy: agreements.Copy{Name: fmt.Sprint("Line ", k)}, Terms: rating.Terms{Price: h.price()}}
			if rapid.Bool().Draw(h.t, "counted") {
				l.Counted, l.Terms.Price.Model = agreements.CountedHand, rating.PerUnit
				l.Terms.Rule = rapid.SampledFrom([]rating.Rule{rating.EachDay, rating.AtEnd, rating.Maximum, rating.Average}).Draw(h.t, "rule")
				if x.Prorate == rating.Never && l.Terms.Rule == rating.EachDay {
					l.Terms.Rule = rating.Maximum
				}
				l.Quantity = ptr(h.quantity())
			}
			x.Lines = append(x.Lines, l)
		}
		h.list = append(h.list, h.signed(h.tb, x))
	}
}

func (h *history) price() rating.Price {
	return rating.Price{Unit: money.Decimal{Coef: rapid.Int64Range(8000, 99999).Draw(h.t, "price"), Scale: 2}}
}

func (h *history) quantity() money.Decimal {
	return money.Decimal{Coef: rapid.Int64Range(0, 12).Draw(h.t, "quantity")}
}

// event changes one agreement, today, in the past or ahead; what is refused in words does not happen.
func (h *history) event() {
	id := rapid.SampledFrom(h.list).Draw(h.t, "agreement")
	a, err := h.agreements.Get(ctx, id)
	must(h.tb, err)
	on := h.Today().AddDays(rapid.IntRange(-50, 30).Draw(h.t, "on"))
	l := &a.Lines[rapid.IntRange(0, len(a.Lines)-1).Draw(h.t, "line")]
	switch rapid.IntRange(0, 4).Draw(h.t, "event") {
	case 0, 1:
		if l.Counted == agreements.CountedHand {
			err = h.agreements.Count(ctx, l.ID, agreements.NewFact{Day: on, Quantity: h.quantity()})
		}
	case 2:
		terms := l.Terms[len(l.Terms)-1]
		terms.Price.Unit = h.price().Unit
		_, err = h.agreements.Amend(ctx, id, a.Version, agreements.Amendment{Day: on, Changes: []agreements.Change{{Line: l.ID, Terms: &terms}}})
	case 3:
		last := civil.NoDate
		if rapid.Bool().Draw(h.t, "ends") {
			last = on
		}
		err = h.agreements.End(ctx, id, a.Version, last, "")
	case 4:
		_, err = h.agreements.Amend(ctx, id, a.Version, agreements.Amendment{Day: on, Changes: []agreements.Change{{Line: l.ID, Last: &on}}})
	}
	if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		h.t.Fatal(err)
	}
}

// run bills what is due, perhaps with an interruption, perhaps as drafts of which some are thrown away.
func (h *history) run() {
	id, err := h.Start(ctx, billing.Order{Issue: rapid.Bool().Draw(h.t, "issue")})
	must(h.tb, err)
	if rapid.Bool().Draw(h.t, "interrupted") {
		stopped, cancel := context.WithCancel(ctx)
		if err := h.Continue(stopped, id, func(int, int) { cancel() }); err != nil && !errors.Is(err, context.Canceled) {
			h.t.Fatal(err)
		}
		cancel()
	}
	must(h.tb, h.Continue(ctx, id, nil))
	for _, x := range h.left(h.tb, id) {
		if !strings.Contains(x.Text, "stands on a draft") {
			h.t.Fatalf("left out: %+v", x)
		}
	}
	h.drafts(0)
}

// drafts decides on the drafts that there are: throws away, issues, leaves; sure leaves none.
func (h *history) drafts(sure int) {
	state := billing.DraftDoc
	drafts, err := h.List(ctx, billing.Filter{State: &state, Limit: 1000})
	must(h.tb, err)
	for _, d := range drafts.Rows {
		switch rapid.IntRange(0, 2-sure).Draw(h.t, "draft") {
		case 0:
			must(h.tb, h.Discard(ctx, d.ID, d.Version))
		case 1:
			_, err := h.Issue(ctx, d.ID)
			must(h.tb, err)
		}
	}
}

// finish ends everything, bills it, and compares the books with one reckoning.
func (h *history) finish() {
	last := h.Today().AddDays(10)
	for _, id := range h.list {
		a, err := h.agreements.Get(ctx, id)
		must(h.tb, err)
		if !a.Ends.Known() || a.Ends > last {
			must(h.tb, h.agreements.End(ctx, id, a.Version, max(last, a.Starts), ""))
		}
	}
	h.drafts(1)
	h.clock.Advance(800 * 24 * time.Hour)
	h.bill(h.tb, h.Today().String(), true)
	if seen := h.previewed(h.tb); len(seen) != 0 {
		h.t.Fatalf("still due: %+v", seen[0])
	}
	for _, id := range h.list {
		a, err := h.agreements.Get(ctx, id)
		must(h.tb, err)
		a.Through, a.LastRun = civil.NoDate, civil.NoDate
		once, err := billing.Reckon(a, nil, h.Today())
		must(h.tb, err)
		want := map[ids.ID]int64{}
		for _, e := range once.Entries {
			want[e.Line] += e.Amount
		}
		got, texts := h.billed(id)
		for _, l := range append(a.Lines, agreements.Line{Line: rating.Line{ID: id}}) {
			if got[l.ID] != want[l.ID] {
				h.t.Fatalf("%s %s: %d billed, %d at once\nbilled %s\nat once %s", a.Number, l.Name, got[l.ID], want[l.ID], strings.Join(texts, "\n"), entries(once))
			}
		}
	}
	v, err := h.Verify(ctx)
	must(h.tb, err)
	if len(v.Broken) > 0 {
		h.t.Fatalf("%q", v.Broken)
	}
}

// billed sums what was billed of an agreement by line, and writes the spans for a failing test.
func (h *history) billed(id ids.ID) (sums map[ids.ID]int64, texts []string) {
	sums = map[ids.ID]int64{}
	rows, err := h.db.Reader().QueryContext(ctx, "SELECT line_id, kind, starts, ends, bill_starts, bill_ends, amount, run_day FROM billing_lines WHERE agreement_id = $1 ORDER BY id", int64(id))
	must(h.tb, err)
	defer rows.Close()
	for rows.Next() {
		var s rating.Span
		must(h.tb, rows.Scan(&s.Line, &s.Kind, &s.Period.From, &s.Period.To, &s.Bill.From, &s.Bill.To, &s.Amount, &s.Run))
		sums[s.Line] += s.Amount
		texts = append(texts, spanText(s))
	}
	must(h.tb, rows.Err())
	return sums, texts
}

func entries(r *billing.Reckoned) string {
	var out []string
	for _, e := range r.Entries {
		out = append(out, spanText(e.Span))
	}
	return strings.Join(out, "\n")
}

func spanText(s rating.Span) string {
	return fmt.Sprintf("line %d kind %d %s–%s of %s–%s: %d, run %s", s.Line, s.Kind, s.Period.From, s.Period.To, s.Bill.From, s.Bill.To, s.Amount, s.Run)
}
