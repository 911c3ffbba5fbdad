// SPDX-License-Identifier: Apache-2.0

// Package explain puts the reasons of billed lines into words: the sentences that stand on an invoice's explanation, in a preview
// and in the client's portal, from what [rating] gives as data.
package explain

import (
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Words writes explanations in one language and currency.
type Words struct {
	P        locale.Printer
	Currency money.Currency
}

// Why returns the sentences for an entry: quantity, price, share and what else there is to know, in this order. Source
// names where a fact comes from ("estate"); it may be nil.
func (w Words) Why(e *rating.Entry, source func(rating.Level) string) []string {
	var out []string
	if e.Kind == rating.Charge {
		out = append(out, w.quantity(&e.Why, source)...)
		for _, s := range e.Why.Steps {
			out = append(out, w.step(s))
		}
		if s := w.share(&e.Why); s != "" {
			out = append(out, s)
		}
	}
	for _, n := range e.Why.Notes {
		if s := w.note(n, e); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// quantity says how the quantity follows from what was there.
func (w Words) quantity(y *rating.Why, source func(rating.Level) string) (out []string) {
	for _, l := range y.Levels {
		days := w.Days(l.Period)
		if from := sourceOf(l, source); from != "" {
			out = append(out, w.P.T("%s: %s (%s)", days, w.P.Decimal(l.Quantity), from))
		} else {
			out = append(out, w.P.T("%s: %s", days, w.P.Decimal(l.Quantity)))
		}
	}
	if len(y.Used) > 0 {
		out = append(out, w.P.N("used on one day: %[2]s|used in %[1]d records: %[2]s", int64(len(y.Used)), w.number(y.Quantity)))
	}
	if len(y.Levels) < 2 {
		return out
	}
	q := w.number(y.Quantity)
	switch y.Rule {
	case rating.AtEnd:
		out = append(out, w.P.T("billed is the quantity of the last day: %s", q))
	case rating.AtStart:
		out = append(out, w.P.T("billed is the quantity of the first day: %s", q))
	case rating.Maximum:
		out = append(out, w.P.T("billed is the highest quantity: %s", q))
	case rating.Average:
		out = append(out, w.P.T("billed is the average of the days: %s", q))
	case rating.DayByDay:
		out = append(out, w.P.T("each unit is billed for its own days; fees of tiers in full"))
	}
	return out
}

func sourceOf(l rating.Level, source func(rating.Level) string) string {
	if source == nil {
		return ""
	}
	return source(l)
}

// step is one term of the price.
func (w Words) step(s rating.Step) string {
	unit, units, amount := w.price(s.Unit), w.number(s.Units), w.exact(s.Amount)
	switch s.Code {
	case rating.StepFlat:
		return w.P.T("price: %s", amount)
	case rating.StepUnits:
		return w.P.T("%[1]s × %[2]s = %[3]s", units, unit, amount)
	case rating.StepTier:
		return w.P.T("tier %[1]d: %[2]s × %[3]s = %[4]s", s.Tier, units, unit, amount)
	case rating.StepTierFee:
		return w.P.T("fee of tier %[1]d: %[2]s", s.Tier, amount)
	case rating.StepPackage:
		return w.P.T("packages begun: %[1]s × %[2]s = %[3]s", units, unit, amount)
	case rating.StepLeast:
		return w.P.T("up to the minimum of %[1]s: %[2]s", unit, amount)
	case rating.StepMost:
		return w.P.T("above the maximum of %[1]s: %[2]s", unit, amount)
	}
	return w.P.T("billed before: %s", amount)
}

// share says which part of an interval is charged; "" for one whole.
func (w Words) share(y *rating.Why) string {
	if len(y.Parts) == 0 || len(y.Parts) == 1 && y.Parts[0].Days == y.Parts[0].Of && y.Parts[0].Times == 1 {
		return ""
	}
	var parts []string
	for _, p := range y.Parts {
		if p.Days == p.Of {
			parts = append(parts, w.P.N("%d whole interval|%d whole intervals", int64(p.Times)))
		} else {
			parts = append(parts, w.P.T("%[1]d of %[2]d days", p.Days, p.Of))
		}
	}
	return w.P.T("share: %s", strings.Join(parts, " + "))
}

func (w Words) note(n rating.Note, e *rating.Entry) string {
	amount := w.P.Money(n.Minor, w.Currency)
	switch n.Code {
	case rating.NoteFirstStub:
		return w.P.T("begins within the interval %s", w.Days(n.Days))
	case rating.NoteLastStub:
		return w.P.T("ends within the interval %s", w.Days(n.Days))
	case rating.NoteLate:
		return w.P.T("was due on %s already", w.P.Date(n.Days.From))
	case rating.NoteTogether:
		return w.P.T("rounded together with other days of the period; by itself it would be %s", amount)
	case rating.NoteTopUp:
		return w.P.T("%s of it was billed already", amount)
	case rating.NoteUnused:
		if parts := w.share(&e.Why); parts != "" {
			return w.P.T("not used, of %[1]s for %[2]s; %[3]s", amount, w.Days(n.Days), parts)
		}
		return w.P.T("not used, of %[1]s for %[2]s", amount, w.Days(n.Days))
	case rating.NoteCorrect:
		return w.P.T("correction: %[1]s was billed for %[2]s, less was due", amount, w.Days(n.Days))
	case rating.NoteCapped:
		return w.P.T("would be %s, but no more is left of what was billed", amount)
	case rating.NoteOnce:
		return w.P.T("charged once")
	}
	return ""
}

// Days names a period by its first and last day.
func (w Words) Days(p rating.Period) string {
	if p.Days() <= 1 {
		return w.P.Date(p.From)
	}
	return w.P.Date(p.From) + "–" + w.P.Date(p.To-1)
}

// Tax names a rate and why nothing is added where nothing is.
func (w Words) Tax(r rating.Rate) string {
	switch r.Category {
	case rating.Reverse:
		return w.P.T("reverse charge: the customer owes the tax")
	case rating.Exempt:
		return w.P.T("exempt from tax")
	case rating.Export:
		return w.P.T("export, free of tax")
	case rating.IntraEU:
		return w.P.T("supply within the EU, free of tax")
	case rating.Outside, "":
		return w.P.T("not subject to tax")
	}
	return w.P.T("tax %s %%", w.P.Decimal(r.Percent))
}

// number writes a quantity with as many places as it has, at most 6.
func (w Words) number(x money.Exact) string {
	d, ok := short(x, 6)
	if !ok {
		return x.String()
	}
	return w.P.Decimal(d)
}

// exact writes an amount as money where it is whole minor units, else with the places that it has.
func (w Words) exact(x money.Exact) string {
	digits := w.Currency.Digits()
	if n, err := x.Round(digits); err == nil && money.Minor(n, digits).Cmp(x) == 0 {
		return w.P.Money(n, w.Currency)
	}
	return w.number(x) + " " + string(w.Currency)
}

func (w Words) price(d money.Decimal) string { return w.exact(d.Exact()) }

// short rounds to at most places, without zeros at the end.
func short(x money.Exact, places int) (money.Decimal, bool) {
	n, err := x.Round(places)
	if err != nil {
		return money.Decimal{}, false
	}
	d := money.Decimal{Coef: n, Scale: uint8(places)}
	for d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return d, true
}

// Period names the days of an entry; for a credit of money alone, the day that its charge begins.
func (w Words) Period(p rating.Period) string {
	if !p.From.Known() {
		return ""
	}
	return w.Days(rating.Period{From: p.From, To: max(p.To, p.From+civil.Date(1))})
}
