// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// story is a line's life as it becomes known: each part of it with the day from which runs know it.
type story struct {
	terms []told[rating.Terms]
	facts []told[rating.Fact]
	last  []told[civil.Date] // the latest known is true
	end   civil.Date         // everything is known and over
}

type told[T any] struct {
	is    T
	known civil.Date
}

// on returns the line as it is known on a day.
func (s *story) on(day civil.Date) *rating.Line {
	l := &rating.Line{ID: 7, Last: civil.NoDate}
	for _, t := range s.terms {
		if t.known <= day {
			l.Terms = append(l.Terms, t.is)
		}
	}
	slices.SortFunc(l.Terms, func(a, b rating.Terms) int { return int(a.From) - int(b.From) })
	for _, f := range s.facts {
		if f.known <= day {
			l.Facts = append(l.Facts, f.is)
		}
	}
	for _, d := range s.last {
		if d.known <= day {
			l.Last = d.is
		}
	}
	return l
}

var day0 = civil.MustDate(2023, 11, 20)

func drawPrice(t *rapid.T) rating.Price {
	dec := func(name string, low int64) money.Decimal {
		return money.Decimal{Coef: rapid.Int64Range(low, 99999).Draw(t, name), Scale: uint8(rapid.IntRange(0, 3).Draw(t, name+" scale"))}
	}
	p := rating.Price{Model: rapid.SampledFrom([]rating.Model{rating.Flat, rating.PerUnit, rating.PerUnit, rating.Graduated, rating.Volume, rating.Package}).Draw(t, "model")}
	p.Unit, p.Size, p.Free = dec("unit", 0), dec("size", 1), dec("free", 0)
	p.Tiers = []rating.Tier{{UpTo: whole(5), Unit: dec("tier 1", 0), Flat: dec("fee", 0)}, {UpTo: whole(9), Unit: dec("tier 2", 0)}, {Open: true, Unit: dec("tier 3", 0)}}
	if rapid.Bool().Draw(t, "minimum?") {
		d := dec("minimum", 0)
		p.Least = &d
	}
	return p
}

func drawTerms(t *rapid.T, id ids.ID, from civil.Date) rating.Terms {
	unit := rapid.SampledFrom([]rating.Unit{rating.Month, rating.Month, rating.Quarter, rating.Year, rating.Week, rating.Day}).Draw(t, "unit")
	c := rating.Cycle{Anchor: from.AddDays(rapid.IntRange(-40, 40).Draw(t, "anchor")), Unit: unit, Every: rapid.IntRange(1, 3).Draw(t, "every")}
	if unit <= rating.Year {
		c.Day = rapid.SampledFrom([]int{0, 0, 1, 15, 29, 31}).Draw(t, "anchor day")
	}
	x := rating.Terms{
		ID: id, From: from, Cycle: c, Price: drawPrice(t), Arrears: rapid.Bool().Draw(t, "arrears"),
		Prorate: rapid.SampledFrom([]rating.Proration{rating.Actual, rating.Actual, rating.Thirty, rating.Strict30, rating.Never}).Draw(t, "proration"),
		Rule:    rapid.SampledFrom([]rating.Rule{rating.EachDay, rating.EachDay, rating.AtEnd, rating.AtStart, rating.Maximum, rating.Average, rating.DayByDay}).Draw(t, "rule"),
	}
	if unit == rating.Month && rapid.Bool().Draw(t, "longer bill") {
		x.Bill = c
		x.Bill.Every = c.Every * 3
	}
	if x.Prorate == rating.Never && x.Rule == rating.EachDay {
		x.Rule = rating.Maximum
	}
	return x
}

func drawStory(t *rapid.T) *story {
	s := &story{}
	start := day0.AddDays(rapid.IntRange(0, 60).Draw(t, "start"))
	length := rapid.IntRange(1, 300).Draw(t, "length")
	at := func(name string) civil.Date { return start.AddDays(rapid.IntRange(0, length).Draw(t, name)) }
	later := func(d civil.Date) civil.Date {
		return d.AddDays(rapid.SampledFrom([]int{0, 0, 0, 1, 9, 40}).Draw(t, "late"))
	}
	s.terms = append(s.terms, told[rating.Terms]{drawTerms(t, 1, start), start})
	used := map[civil.Date]bool{start: true}
	for i := range rapid.IntRange(0, 2).Draw(t, "changes") {
		if d := at("change"); !used[d] {
			used[d] = true
			s.terms = append(s.terms, told[rating.Terms]{drawTerms(t, ids.ID(i+2), d), d.AddDays(rapid.IntRange(-30, 30).Draw(t, "known"))})
		}
	}
	for range rapid.IntRange(0, 8).Draw(t, "facts") {
		d := at("fact")
		s.facts = append(s.facts, told[rating.Fact]{rating.Fact{Day: d, Quantity: rapid.SampledFrom([]money.Decimal{
			whole(0), whole(1), whole(5), {Coef: 5001, Scale: 3}, {Coef: 50, Scale: 1}, whole(12),
		}).Draw(t, "quantity")}, later(d)})
	}
	slices.SortStableFunc(s.facts, func(a, b told[rating.Fact]) int { return int(a.known) - int(b.known) })
	for range rapid.IntRange(0, 2).Draw(t, "ends") { // terminations that are taken back or moved
		d := at("end")
		s.last = append(s.last, told[civil.Date]{d, later(d)})
		if rapid.Bool().Draw(t, "taken back") {
			s.last = append(s.last, told[civil.Date]{civil.NoDate, later(d) + 3})
		}
	}
	final := start.AddDays(length)
	s.last = append(s.last, told[civil.Date]{final, final.AddDays(60)})
	slices.SortStableFunc(s.last, func(a, b told[civil.Date]) int { return int(a.known) - int(b.known) })
	s.end = final.AddDays(400)
	return s
}

// covered writes which days are billed after all credits, by terms and, where each quantity has its own days, quantity.
func covered(l *rating.Line, spans []rating.Span) string {
	rule := map[ids.ID]bool{}
	for _, t := range l.Terms {
		rule[t.ID] = t.Rule == rating.EachDay && t.Price.Model != rating.Flat
	}
	days := map[string]bool{}
	for _, s := range spans {
		if s.Kind != rating.Charge || s.Quantity.Coef == 0 { // what costs nothing need not be credited
			continue
		}
		for d := s.Period.From; d < s.Period.To; d++ {
			off := slices.ContainsFunc(spans, func(c rating.Span) bool { return c.Kind == rating.Credit && c.Of == s.ID && c.Period.Has(d) })
			if !off {
				k := fmt.Sprint(s.Terms, " ", d)
				if rule[s.Terms] {
					k += " × " + s.Quantity.String()
				}
				days[k] = true
			}
		}
	}
	keys := make([]string, 0, len(days))
	for k := range days {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return fmt.Sprint(keys)
}

// bill is book.run for rapid: it gives spans their IDs and checks that no credit takes more than is left and that the same run
// again, or one for an earlier day, gives nothing.
func bill(t *rapid.T, l *rating.Line, spans []rating.Span, today civil.Date) []rating.Span {
	due, err := l.Due(spans, rating.Ask{Today: today, Since: civil.NoDate, Digits: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range due {
		e.ID = ids.ID(len(spans) + 1)
		spans = append(spans, e.Span)
		if e.Kind == rating.Charge && e.Amount < 0 || e.Kind == rating.Credit && e.Amount > 0 || e.Run < today {
			t.Fatalf("%+v", e.Span)
		}
	}
	for _, c := range spans {
		left := c.Amount
		for _, x := range spans {
			if x.Of == c.ID {
				left += x.Amount
			}
		}
		if c.Kind == rating.Charge && left < 0 {
			t.Fatalf("more credited than billed: %d of %+v", left, c)
		}
	}
	type name struct {
		p rating.Period
		k rating.Kind
		r int
	}
	seen := map[name]bool{}
	for _, s := range spans {
		n := name{s.Period, s.Kind, s.Revision}
		if s.Kind != rating.Adjustment && seen[n] {
			t.Fatalf("twice: %+v", s)
		}
		seen[n] = true
	}
	for _, d := range []civil.Date{today, today - 40} {
		if d < today && !slices.ContainsFunc(spans, func(s rating.Span) bool { return s.Run == today }) {
			continue // nothing tells the package that this run took place
		}
		if again, err := l.Due(spans, rating.Ask{Today: d, Since: civil.NoDate, Digits: 2}); err != nil || len(again) != 0 {
			t.Fatalf("again on %s after %s: %+v, %v", d, today, again, err)
		}
	}
	return spans
}

func sumOf(spans []rating.Span) (n int64) {
	for _, s := range spans {
		n += s.Amount
	}
	return n
}

// Whatever became known when, on whichever days runs happened or were missed: in the end the same days are billed for the same
// total as by one run that knew everything.
func TestHistoryDoesNotMatter(t *testing.T) {
	zones := []*time.Location{time.UTC}
	for _, name := range []string{"Europe/Berlin", "America/Juneau", "Pacific/Apia"} {
		z, err := rating.Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, z)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t)
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		var spans []rating.Span
		instant := s.terms[0].is.From.AddDays(-5).Time(zone)
		for range rapid.IntRange(0, 25).Draw(t, "runs") {
			instant = instant.Add(time.Duration(rapid.IntRange(0, 30*24).Draw(t, "hours")) * time.Hour)
			if today := rating.DayIn(instant, zone); today < s.end {
				spans = bill(t, s.on(today), spans, today)
			}
		}
		line := s.on(s.end)
		spans = bill(t, line, spans, s.end)
		once := bill(t, line, nil, s.end)
		if sumOf(spans) != sumOf(once) {
			t.Fatalf("%d, but %d at once\n%+v\n%+v", sumOf(spans), sumOf(once), spans, once)
		}
		if cheap := slices.ContainsFunc(line.Terms, func(t rating.Terms) bool {
			return t.Prorate != rating.Actual || t.Price.Unit.Exact().Cmp(money.Whole(80)) < 0 || t.Price.Model > rating.PerUnit ||
				t.Price.Model == rating.PerUnit && t.Rule != rating.EachDay // one amount for a period, whatever its days
		}); !cheap { // a day that costs less than a cent may stay unbilled or uncredited
			if a, b := covered(line, spans), covered(line, once); a != b {
				t.Fatalf("days\n%s\nbut at once\n%s", a, b)
			}
		}
	})
}

// One run of a per-unit price against an independent reckoning day by day with math/big: every day costs its share of the
// interval it lies in, and the days of one quantity and billing interval are rounded together.
func TestAmountsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t)
		for i := range s.terms {
			x := &s.terms[i].is
			x.Prorate, x.Rule = rating.Actual, rating.EachDay
			x.Price = rating.Price{Model: rating.PerUnit, Unit: x.Price.Unit}
		}
		line := s.on(s.end)
		got := bill(t, line, nil, s.end)
		type place struct {
			terms int
			from  civil.Date
			q     string
		}
		sums := map[place]*big.Rat{}
		for d := day0 - 100; d < s.end; d++ {
			ti := -1
			for i, x := range line.Terms {
				if x.From <= d {
					ti = i
				}
			}
			if ti < 0 || d > line.Last {
				continue
			}
			q, on := money.Decimal{}, civil.NoDate
			for _, f := range line.Facts {
				if f.Day <= d && f.Day >= on {
					q, on = f.Quantity, f.Day
				}
			}
			x := line.Terms[ti]
			b := x.Bill
			if b == (rating.Cycle{}) {
				b = x.Cycle
			}
			r := new(big.Rat).Mul(q.Exact().Rat(), x.Price.Unit.Exact().Rat())
			r.Mul(r, big.NewRat(1, int64(x.Cycle.Around(d).Days())))
			p := place{ti, b.Around(d).From, q.Exact().String()}
			if sums[p] == nil {
				sums[p] = new(big.Rat)
			}
			sums[p].Add(sums[p], r)
		}
		want := int64(0)
		for _, r := range sums {
			want += halfAway(new(big.Rat).Mul(r, big.NewRat(100, 1)))
		}
		if sumOf(got) != want {
			t.Fatalf("%d, want %d: %+v", sumOf(got), want, got)
		}
	})
}

// halfAway rounds a number that is not below zero.
func halfAway(r *big.Rat) int64 {
	x := new(big.Rat).Add(r, big.NewRat(1, 2))
	return new(big.Int).Quo(x.Num(), x.Denom()).Int64()
}

// With credits by hand in between, no credit ever takes more than is left, and runs stay without effect when repeated.
func TestAdjustmentsCapCredits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStory(t)
		var spans []rating.Span
		for today := s.terms[0].is.From; today < s.end; today = today.AddDays(rapid.IntRange(1, 60).Draw(t, "pause")) {
			spans = bill(t, s.on(today), spans, today)
			if len(spans) == 0 || rapid.IntRange(0, 2).Draw(t, "adjust") > 0 {
				continue
			}
			c := spans[rapid.IntRange(0, len(spans)-1).Draw(t, "of")]
			left := c.Amount
			for _, x := range spans {
				if x.Of == c.ID {
					left += x.Amount
				}
			}
			if c.Kind == rating.Charge && left > 0 {
				spans = append(spans, rating.Span{
					ID: ids.ID(len(spans) + 1), Line: c.Line, Terms: c.Terms, Kind: rating.Adjustment, Of: c.ID, Run: today,
					Amount: -rapid.Int64Range(1, left).Draw(t, "by hand"),
				})
			}
		}
		bill(t, s.on(s.end), spans, s.end)
	})
}

// However an interval is cut, the shares of its pieces sum to one, and their amounts, rounded together, to the whole.
func TestPartitionSumsToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawTerms(t, 1, day0)
		rule := rapid.SampledFrom([]rating.Proration{rating.Actual, rating.Strict30}).Draw(t, "rule")
		p := x.Cycle.Interval(rapid.IntRange(-30, 30).Draw(t, "k"))
		var sum money.Exact
		for from := p.From; from < p.To; {
			to := min(p.To, from.AddDays(rapid.IntRange(1, 40).Draw(t, "days")))
			share, _ := rule.Share(x.Cycle, rating.Period{From: from, To: to})
			sum, from = sum.Plus(share), to
		}
		if sum.Cmp(money.Whole(1)) != 0 {
			t.Fatalf("%s of %v", sum, p)
		}
	})
}

// Boundaries rise, an interval holds its days and no others, and cutting leaves nothing out.
func TestIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawTerms(t, 1, day0).Cycle
		d := day0.AddDays(rapid.IntRange(-5000, 5000).Draw(t, "day"))
		k := c.Index(d)
		if p := c.Interval(k); !p.Has(d) || p.Empty() || c.Around(d) != p || c.Boundary(k+1) != p.To {
			t.Fatalf("%s is not in %v", d, p)
		}
		whole := rating.Period{From: d, To: d.AddDays(rapid.IntRange(0, 900).Draw(t, "length"))}
		at := d
		for i, p := range c.Split(whole) {
			if p.From != at || p.Empty() || i > 0 && c.Around(at).From != at {
				t.Fatalf("%v", p)
			}
			at = p.To
		}
		if at != whole.To {
			t.Fatalf("%s is left out", at)
		}
	})
}
