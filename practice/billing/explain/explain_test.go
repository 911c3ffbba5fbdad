// SPDX-License-Identifier: Apache-2.0

package explain_test

import (
	"slices"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing/explain"
	"mainstay/practice/billing/rating"
)

func period(from, to string) rating.Period {
	a, _ := civil.Parse(from)
	b, _ := civil.Parse(to)
	return rating.Period{From: a, To: b}
}

func num(s string) money.Decimal { d, _ := money.ParseDecimal(s); return d }

// Every step and every note has a sentence of its own, in both languages, with nothing left unfilled.
func TestEverythingIsSaid(t *testing.T) {
	year := period("2026-01-01", "2027-01-01")
	e := rating.Entry{Why: rating.Why{
		Rule: rating.Average, Quantity: money.Fraction(470, 31), Levels: []rating.Level{{Period: period("2026-01-01", "2026-01-16"), Quantity: num("10")}, {Period: period("2026-01-16", "2026-02-01"), Quantity: num("20"), Fact: 4}},
		Parts: []rating.Part{{Days: 7, Of: 31, Times: 1}, {Days: 30, Of: 30, Times: 1}, {Days: 3, Of: 31, Times: 1}},
	}}
	for _, c := range []rating.Code{rating.StepFlat, rating.StepUnits, rating.StepTier, rating.StepTierFee, rating.StepPackage, rating.StepLeast, rating.StepMost, rating.StepBefore} {
		e.Why.Steps = append(e.Why.Steps, rating.Step{Code: c, Tier: 2, Units: money.Whole(3), Unit: num("0.00880"), Amount: num("0.0264").Exact()})
	}
	for _, c := range []rating.NoteCode{
		rating.NoteFirstStub, rating.NoteLastStub, rating.NoteLate, rating.NoteTogether, rating.NoteTopUp, rating.NoteUnused, rating.NoteCorrect, rating.NoteCapped, rating.NoteOnce,
	} {
		e.Why.Notes = append(e.Why.Notes, rating.Note{Code: c, Minor: 1234, Days: year})
	}
	source := func(l rating.Level) string { return map[bool]string{true: "estate"}[l.Fact == 4] }
	said := map[string]bool{}
	for _, tag := range []locale.Tag{locale.EnUS, locale.DeDE} {
		w := explain.Words{P: locale.New(tag, nil), Currency: "EUR"}
		got := w.Why(&e, source)
		if len(got) != 2+1+8+1+9 {
			t.Errorf("%d sentences: %q", len(got), got)
		}
		for _, s := range got {
			if said[s] || strings.Contains(s, "%!") || strings.Contains(s, "%[") {
				t.Errorf("%q", s)
			}
			said[s] = true
		}
		for _, c := range []rating.Category{rating.Reverse, rating.Exempt, rating.Export, rating.IntraEU, rating.Outside} {
			if s := w.Tax(rating.Rate{Category: c}); s == "" || said[s] {
				t.Errorf("%s: %q", c, s)
			} else {
				said[s] = true
			}
		}
	}
	w := explain.Words{P: locale.New(locale.EnUS, nil), Currency: "EUR"}
	for _, want := range []string{
		"Jan 1, 2026–Jan 15, 2026: 10", "Jan 16, 2026–Jan 31, 2026: 20 (estate)", "billed is the average of the days: 15.16129",
		"3 × 0.0088 EUR = 0.0264 EUR", "share: 7 of 31 days + 1 whole interval + 3 of 31 days", "was due on Jan 1, 2026 already",
	} {
		if !slices.Contains(w.Why(&e, source), want) {
			t.Errorf("not said: %q in %q", want, w.Why(&e, source))
		}
	}
	if got := w.Tax(rating.Rate{Category: rating.Standard, Percent: num("8.375")}); got != "tax 8.375 %" {
		t.Error(got)
	}
}
