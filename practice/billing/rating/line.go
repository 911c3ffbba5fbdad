// SPDX-License-Identifier: Apache-2.0

package rating

import (
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Terms are what holds for a line from a day until the next terms of it. They are never changed once billed: an amendment adds
// terms with an ID of their own.
type Terms struct {
	ID      ids.ID
	From    civil.Date // the first day; the day of a change belongs to the new terms
	Cycle   Cycle      // what the price is for: its interval, and the denominator of every stub
	Bill    Cycle      // what one line of an invoice covers, where that is not Cycle: a monthly price billed by quarters
	Once    bool       // charged once for the day From, never prorated; Cycle and Bill are not used
	Arrears bool       // billed when its period is over; else on its first day
	Prorate Proration
	Rule    Rule
	Price   Price

	// Interim: what is used is billed by every run up to its day, not only when the period is over. Tiers, packages and the
	// maximum go on counting within the period; its minimum, and a volume price that could still fall, wait for its end.
	Interim bool
}

// Check says what is wrong with terms.
func (t *Terms) Check() error {
	if err := t.Price.Check(); err != nil {
		return err
	}
	if !t.From.Known() {
		return fault.NewInvalid("The terms must have a first day.").On("from")
	}
	switch {
	case t.Rule > Sum:
		return fault.NewInvalid("There is no such rule for a quantity.").On("rule")
	case t.Rule == Sum && !t.Arrears:
		return fault.NewInvalid("What is used can only be billed in arrears.").On("rule")
	case t.Interim && (t.Rule != Sum || t.Once):
		return fault.NewInvalid("Only what is used can be billed before its period is over.").On("rule")
	case t.Rule == EachDay && t.Prorate == Never && !t.Once && t.Price.Model != Flat:
		return fault.NewInvalid("Without proration each change cannot count for its own days: choose the high-water mark.").On("rule")
	case t.Prorate > Never:
		return fault.NewInvalid("There is no such proration.").On("proration")
	case t.Once:
		return nil
	}
	if err := t.Cycle.Check(); err != nil {
		return err
	}
	return t.bill().Check()
}

func (t *Terms) bill() Cycle {
	if t.Bill == (Cycle{}) {
		return t.Cycle
	}
	return t.Bill
}

// Line is one line of an agreement through its whole life.
type Line struct {
	ID    ids.ID
	Terms []Terms    // by From
	Last  civil.Date // the last day, which is still consumed; NoDate = goes on
	Facts []Fact     // Flat prices need none
}

// Check says what is wrong with a line.
func (l *Line) Check() error {
	for i := range l.Terms {
		if err := l.Terms[i].Check(); err != nil {
			return err
		}
		if i > 0 && l.Terms[i].From <= l.Terms[i-1].From {
			return fault.NewInvalid("Each change must begin after the one before it.").On("from")
		}
	}
	for _, f := range l.Facts {
		if err := f.Check(); err != nil {
			return err
		}
	}
	return nil
}

// valid returns when terms i hold.
func (l *Line) valid(i int) Period {
	p := Period{l.Terms[i].From, farthest}
	if i+1 < len(l.Terms) {
		p.To = l.Terms[i+1].From
	}
	if l.Last.Known() {
		p.To = min(p.To, l.Last+1)
	}
	return p
}

// validOf is valid by the terms' ID; empty where the line has none such.
func (l *Line) validOf(id ids.ID) Period {
	for i := range l.Terms {
		if l.Terms[i].ID == id {
			return l.valid(i)
		}
	}
	return Period{}
}

// farthest is after every day that is billed.
var farthest = civil.MustDate(civil.MaxYear, 12, 31)

// Kind is what a span does.
type Kind uint8

// The kinds.
const (
	Charge Kind = iota
	// Credit takes days or money back from the charge it is Of.
	Credit
	// Adjustment is a credit by hand on the charge it is Of: it leaves the days billed, but later credits only get
	// what is left.
	Adjustment
)

// Span is what one line of an invoice billed: the unit of which nothing is billed twice.
type Span struct {
	ID       ids.ID // given by whoever keeps it
	Line     ids.ID
	Terms    ids.ID
	Kind     Kind
	Of       ids.ID // the charge that a Credit or Adjustment takes from
	Period   Period // the days charged or credited; empty for a credit of money alone
	Bill     Period // the billing interval they lie in
	Quantity money.Decimal
	Amount   int64      // minor units; below zero for credits of ordinary charges
	Run      civil.Date // the day of the run
	Revision int        // numbers the spans with one line, period and kind from 1
}

// MaxSpans bounds the billed spans and the periods of one reckoning.
const MaxSpans = 100_000
