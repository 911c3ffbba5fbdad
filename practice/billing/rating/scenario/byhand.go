// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/practice/billing/rating"
)

func (s *Scenario) readAdjustment(n node) {
	n.fields("day", "line", "from", "amount")
	a := adjustment{day: n.get("day").mustDay(), line: n.get("line").must(), from: n.get("from").mustDay(), path: n.path}
	minor, err := n.get("amount").number().Round(s.Currency.Digits())
	if err != nil || minor <= 0 {
		n.get("amount").fail(fault.NewInvalid("%s must be above 0: what is given back.", n.get("amount").name()))
	}
	a.amount = minor
	s.hands = append(s.hands, a)
}

// adjustments carries out those of a day: before the run's own charges where their charge is there already, so that credits of the
// run get what is left, and after them otherwise.
func (s *state) adjustments(lines *[]Line, today civil.Date, last bool) error {
	for i := range s.hands {
		a := &s.hands[i]
		if a.day > today || s.done[i] {
			continue
		}
		l, c := s.chargeOf(a)
		if c == nil {
			if last {
				return fault.NewInvalid("%s finds no charge of the line %q that begins on %s.", a.path, a.line, a.from).On(a.path)
			}
			continue
		}
		x, err := s.adjust(a, l, *c, today)
		if err != nil {
			return err
		}
		s.done[i], *lines = true, append(*lines, x)
	}
	return nil
}

// chargeOf returns the latest charge of a line that begins on a day.
func (s *state) chargeOf(a *adjustment) (*line, *rating.Span) {
	for _, l := range s.lines {
		if l.name != a.line {
			continue
		}
		spans := s.spans[l.id]
		for i := len(spans) - 1; i >= 0; i-- {
			if spans[i].Kind == rating.Charge && spans[i].Period.From == a.from {
				return l, &spans[i]
			}
		}
	}
	return nil, nil
}

// adjust gives back a part of a charge.
func (s *state) adjust(a *adjustment, l *line, c rating.Span, today civil.Date) (Line, error) {
	left := c.Amount
	for _, x := range s.spans[l.id] {
		if x.Of == c.ID {
			left += x.Amount
		}
	}
	if a.amount > left {
		return Line{}, fault.NewInvalid("%s gives back %s, but only %s is left of that charge.", a.path, s.money(a.amount), s.money(left)).On(a.path)
	}
	e := rating.Entry{Span: rating.Span{
		ID: s.id(), Line: l.id, Terms: c.Terms, Kind: rating.Adjustment, Of: c.ID, Period: rating.Period{From: c.Period.From, To: c.Period.From}, Bill: c.Bill,
		Quantity: c.Quantity, Amount: -a.amount, Run: today,
	}}
	s.spans[l.id] = append(s.spans[l.id], e.Span)
	return s.line(l, e)
}
