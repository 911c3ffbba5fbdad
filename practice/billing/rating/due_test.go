// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

func d(s string) civil.Date {
	x, err := civil.Parse(s)
	if err != nil {
		panic(err)
	}
	return x
}

func dec(s string) money.Decimal {
	x, err := money.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return x
}

func monthly(anchor string) rating.Cycle { return rating.Cycle{Anchor: d(anchor)} }

// told writes entries as "2026-01-01..2026-02-01 × 5 = 50.00", credits with a minus in front.
func lines(due []rating.Entry) string {
	var out []string
	for _, e := range due {
		out = append(out, fmt.Sprintf("%s..%s × %s = %s", e.Period.From, e.Period.To, e.Quantity, show(e.Amount)))
	}
	return strings.Join(out, "\n")
}

// Each step changes the line and runs; the amounts were worked out by hand.
func TestRunsByHand(t *testing.T) {
	type step struct {
		change func(l *rating.Line)
		on     string
		want   string
	}
	fact := func(day, q string) func(*rating.Line) {
		return func(l *rating.Line) { l.Facts = append(l.Facts, rating.Fact{Day: d(day), Quantity: dec(q)}) }
	}
	last := func(day string) func(*rating.Line) { return func(l *rating.Line) { l.Last = d(day) } }
	same := func(*rating.Line) {}
	seats := rating.Price{Model: rating.PerUnit, Unit: dec("10.00")}
	for _, c := range []struct {
		what  string
		terms rating.Terms
		steps []step
	}{
		{"seats in advance, a late fact, a termination and its end", rating.Terms{Cycle: monthly("2026-01-01"), Price: seats}, []step{
			{fact("2026-01-01", "5"), "2026-01-01", "2026-01-01..2026-02-01 × 5 = 50.00"},
			{same, "2026-01-20", ""},
			// known late: 8 from the 16th; 16/31 of 50 are 25.81 (15/31 are 24.19), 16/31 of 80 are 41.29
			{fact("2026-01-16", "8"), "2026-02-02", "2026-01-16..2026-02-01 × 5 = -25.81\n2026-01-16..2026-02-01 × 8 = 41.29\n2026-02-01..2026-03-01 × 8 = 80.00"},
			// the 14th is still consumed: 14/28 of 80 go back
			{last("2026-02-14"), "2026-02-20", "2026-02-15..2026-03-01 × 8 = -40.00"},
			{func(l *rating.Line) { l.Last = civil.NoDate }, "2026-02-21", "2026-02-15..2026-03-01 × 8 = 40.00"},
		}},
		{"high-water mark, then a correction of the fact itself", rating.Terms{Cycle: monthly("2026-01-01"), Price: seats, Rule: rating.Maximum, Prorate: rating.Never}, []step{
			{fact("2026-01-01", "10"), "2026-01-01", "2026-01-01..2026-02-01 × 10 = 100.00"},
			{fact("2026-01-05", "5"), "2026-01-05", ""},
			{fact("2026-01-09", "15"), "2026-01-09", "2026-01-01..2026-02-01 × 5 = 50.00"},
			{fact("2026-01-09", "12"), "2026-01-10", "2026-01-01..2026-01-01 × 5 = -30.00"},
			{last("2026-01-10"), "2026-01-12", ""}, // never prorated: the month is owed
		}},
		{"arrears by the average of days", rating.Terms{Cycle: monthly("2026-01-01"), Price: seats, Rule: rating.Average, Arrears: true}, []step{
			{fact("2026-01-01", "10"), "2026-01-31", ""},
			{fact("2026-01-16", "20"), "2026-02-01", "2026-01-01..2026-02-01 × 15.161290323 = 151.61"}, // (15×10 + 16×20)/31
		}},
		{"arrears at the end, with a first stub of 17/31", rating.Terms{From: d("2026-01-15"), Cycle: monthly("2026-01-01"), Price: seats, Rule: rating.AtEnd, Arrears: true}, []step{
			{fact("2026-01-15", "1"), "2026-01-20", ""},
			{fact("2026-01-31", "4"), "2026-02-01", "2026-01-15..2026-02-01 × 4 = 21.94"},
		}},
		{"a monthly price billed by quarters, three nights missed", rating.Terms{
			From: d("2026-01-10"), Cycle: monthly("2026-01-01"), Bill: rating.Cycle{Anchor: d("2026-01-01"), Unit: rating.Quarter}, Price: rating.Price{Unit: dec("31.00")},
		}, []step{
			{same, "2026-01-13", "2026-01-10..2026-04-01 × 1 = 84.00"}, // 22/31 + 2
			{same, "2026-04-04", "2026-04-01..2026-07-01 × 1 = 93.00"},
		}},
		{"what is used, with a minimum for the stub", rating.Terms{
			From: d("2026-02-15"), Cycle: monthly("2026-02-01"), Rule: rating.Sum, Arrears: true,
			Price: rating.Price{Model: rating.PerUnit, Unit: dec("0.015"), Least: ptr("10.00")},
		}, []step{
			{fact("2026-02-20", "100"), "2026-02-28", ""},
			{fact("2026-02-20", "103"), "2026-03-01", "2026-02-15..2026-03-01 × 203 = 5.00"}, // 3.045 < 10 × 14/28
			{fact("2026-03-02", "1001"), "2026-04-01", "2026-03-01..2026-04-01 × 1001 = 15.02"},
		}},
		{"once", rating.Terms{From: d("2026-01-10"), Once: true, Price: rating.Price{Unit: dec("99.00")}}, []step{
			{same, "2026-01-09", ""},
			{same, "2026-03-01", "2026-01-10..2026-01-11 × 1 = 99.00"},
			{last("2026-01-31"), "2026-03-02", ""},
		}},
		{"a discount line below zero", rating.Terms{Cycle: monthly("2026-01-01"), Price: rating.Price{Unit: dec("-31.00")}}, []step{
			{same, "2026-01-01", "2026-01-01..2026-02-01 × 1 = -31.00"},
			{last("2026-01-10"), "2026-01-10", "2026-01-11..2026-02-01 × 1 = 21.00"},
		}},
		{"five seats, eight, five again: the days at five are rounded together", rating.Terms{
			Cycle: monthly("2026-01-01"), Arrears: true, Price: rating.Price{Model: rating.PerUnit, Unit: dec("0.05")},
		}, []step{
			{
				func(l *rating.Line) {
					fact("2026-01-01", "1")(l)
					fact("2026-01-09", "2")(l)
					fact("2026-01-23", "1")(l)
				}, "2026-02-01",
				// at 1: 8/31 and 9/31 of 5 cents are 1.29 and 1.45, together 2.74 → 3; the second piece carries 2. At 2: 14/31 of 10 are 4.52
				"2026-01-01..2026-01-09 × 1 = 0.01\n2026-01-09..2026-01-23 × 2 = 0.05\n2026-01-23..2026-02-01 × 1 = 0.02",
			},
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			c.terms.ID = 1
			if c.terms.From == 0 {
				c.terms.From = d("2026-01-01")
			}
			l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{c.terms}}
			b := &book{T: t}
			for _, s := range c.steps {
				s.change(l)
				if got := lines(b.run(l, d(s.on))); got != s.want {
					t.Errorf("on %s:\n%s\nwant\n%s", s.on, got, s.want)
				}
				if again := b.run(l, d(s.on)); len(again) != 0 {
					t.Errorf("again on %s: %s", s.on, lines(again))
				}
			}
		})
	}
}

func ptr(s string) *money.Decimal { x := dec(s); return &x }

func notes(e rating.Entry) (out []rating.NoteCode) {
	for _, n := range e.Why.Notes {
		out = append(out, n.Code)
	}
	return out
}

// A line tells which facts its quantity comes from, which steps its price, and which days its share.
func TestWhy(t *testing.T) {
	l := &rating.Line{ID: 1, Last: d("2026-02-14"), Terms: []rating.Terms{{
		ID: 1, From: d("2026-01-15"), Cycle: monthly("2026-01-01"), Arrears: true, Rule: rating.Maximum,
		Price: rating.Price{Model: rating.Graduated, Least: ptr("70.00"), Tiers: []rating.Tier{{UpTo: dec("5"), Unit: dec("10.00")}, {Open: true, Unit: dec("8.00"), Flat: dec("1.00")}}},
	}}, Facts: []rating.Fact{{ID: 41, Day: d("2026-01-15"), Quantity: dec("4"), Source: "estate"}, {ID: 42, Day: d("2026-01-20"), Quantity: dec("7"), Source: "estate"}}}
	b := &book{T: t}
	due := b.run(l, d("2026-03-01"))
	if got, want := lines(due), "2026-01-15..2026-02-01 × 7 = 38.39\n2026-02-01..2026-02-15 × 7 = 35.00"; got != want { // 70 × 17/31, 70 × 14/28
		t.Fatalf("%s\nwant %s", got, want)
	}
	w := due[0].Why
	if len(w.Levels) != 2 || w.Levels[0].Fact != 41 || w.Levels[1].Fact != 42 || w.Levels[1].Period != (rating.Period{From: d("2026-01-20"), To: d("2026-02-01")}) {
		t.Errorf("facts %+v", w.Levels)
	}
	var steps []string
	for _, s := range w.Steps {
		steps = append(steps, fmt.Sprintf("%s %d: %s × %s = %s", s.Code, s.Tier, s.Units, s.Unit, s.Amount))
	}
	if want := []string{"tier 1: 5 × 10.00 = 50", "tier 2: 2 × 8.00 = 16", "tier_fee 2: 1 × 1.00 = 1", "minimum 0: 1 × 70.00 = 3"}; !slices.Equal(steps, want) {
		t.Errorf("steps %q", steps)
	}
	if len(w.Parts) != 1 || w.Parts[0].Days != 17 || w.Parts[0].Of != 31 || w.Whole.String() != "70" {
		t.Errorf("share %+v of %s", w.Parts, w.Whole)
	}
	if got := notes(due[0]); !slices.Equal(got, []rating.NoteCode{rating.NoteFirstStub, rating.NoteLate}) {
		t.Errorf("notes %v", got)
	}
	if got := notes(due[1]); !slices.Equal(got, []rating.NoteCode{rating.NoteLastStub, rating.NoteLate}) {
		t.Errorf("notes %v", got)
	}
}

func TestBadLinesAreRefused(t *testing.T) {
	good := func() *rating.Line {
		return &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{{ID: 1, From: d("2026-01-01"), Cycle: monthly("2026-01-01"), Price: rating.Price{Model: rating.PerUnit}}}}
	}
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func(*rating.Line){
		"no anchor":         func(l *rating.Line) { l.Terms[0].Cycle.Anchor = civil.NoDate },
		"every":             func(l *rating.Line) { l.Terms[0].Cycle.Every = rating.MaxEvery + 1 },
		"anchor day":        func(l *rating.Line) { l.Terms[0].Cycle.Day = 32 },
		"weekly anchor day": func(l *rating.Line) { l.Terms[0].Cycle = rating.Cycle{Anchor: 1, Unit: rating.Week, Day: 3} },
		"order of terms":    func(l *rating.Line) { l.Terms = append(l.Terms, l.Terms[0]) },
		"usage in advance":  func(l *rating.Line) { l.Terms[0].Rule = rating.Sum },
		"each day, never":   func(l *rating.Line) { l.Terms[0].Prorate = rating.Never },
		"below zero":        func(l *rating.Line) { l.Facts = []rating.Fact{{Day: 1, Quantity: dec("-1")}} },
		"ten places":        func(l *rating.Line) { l.Facts = []rating.Fact{{Day: 1, Quantity: money.Decimal{Coef: 1, Scale: 10}}} },
		"too many":          func(l *rating.Line) { l.Facts = []rating.Fact{{Day: 1, Quantity: whole(2_000_000_000)}} },
		"no tiers":          func(l *rating.Line) { l.Terms[0].Price.Model = rating.Volume },
		"package of 0":      func(l *rating.Line) { l.Terms[0].Price.Model = rating.Package },
		"tiers fall": func(l *rating.Line) {
			l.Terms[0].Price = rating.Price{Model: rating.Graduated, Tiers: []rating.Tier{{UpTo: dec("5")}, {UpTo: dec("5.0")}, {Open: true}}}
		},
		"last tier closed": func(l *rating.Line) {
			l.Terms[0].Price = rating.Price{Model: rating.Graduated, Tiers: []rating.Tier{{UpTo: dec("5")}}}
		},
		"minimum above maximum": func(l *rating.Line) { l.Terms[0].Price.Least, l.Terms[0].Price.Most = ptr("2"), ptr("1") },
	} {
		l := good()
		spoil(l)
		if err := l.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	l := good()
	l.Terms[0].Price.Unit = money.Decimal{Coef: 1 << 62}
	l.Facts = []rating.Fact{{Day: d("2026-01-01"), Quantity: whole(9)}}
	if _, err := l.Due(nil, rating.Ask{Today: d("2026-01-01"), Since: civil.NoDate, Digits: 2}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an amount beyond 64 bits: %v", err)
	}
}

func TestVolumeWarnings(t *testing.T) {
	p := rating.Price{Model: rating.Volume, Tiers: []rating.Tier{{UpTo: dec("15"), Unit: dec("10")}, {UpTo: dec("20"), Unit: dec("5")}, {Open: true, Unit: dec("5"), Flat: dec("1")}}}
	drops := p.Drops()
	if len(drops) != 1 || drops[0].Tier != 2 || drops[0].At != dec("15") || drops[0].Amount.String() != "150" || drops[0].Above.String() != "75" {
		t.Errorf("%+v", drops)
	}
}

// Intervals that end before Since are not looked at, and what was billed in them stays.
func TestSince(t *testing.T) {
	l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{{ID: 1, From: d("2025-01-01"), Cycle: monthly("2025-01-01"), Price: rating.Price{Unit: dec("1.00")}}}}
	b := &book{T: t}
	if n := len(b.run(l, d("2026-01-01"))); n != 13 {
		t.Fatal(n)
	}
	l.Terms[0].Price.Unit = dec("2.00") // a mistake: terms are never changed; only what is looked at would be corrected
	due, err := l.Due(b.spans, rating.Ask{Today: d("2026-01-01"), Since: d("2025-12-15"), Digits: 2})
	if err != nil || len(due) != 2 {
		t.Errorf("%s %v", lines(due), err)
	}
}
