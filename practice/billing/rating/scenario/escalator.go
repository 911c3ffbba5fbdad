// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// rise is an escalator: from a day on, and again every so many months, prices are higher by a percentage.
type rise struct {
	line    *line
	first   civil.Date
	every   int
	percent money.Decimal
}

func (s *Scenario) readEscalator(n node, l *line) {
	if n.missing() || *n.err != nil {
		return
	}
	n.fields("percent", "every", "first")
	r := rise{line: l, every: n.get("every").count(1, rating.MaxEvery, 12), percent: n.get("percent").number()}
	from := l.terms[0].is.From
	r.first = n.get("first").day(rating.Cycle{Anchor: from, Every: r.every}.Boundary(1))
	switch last := l.terms[len(l.terms)-1].is; {
	case n.get("percent").missing():
		n.get("percent").fail(fault.NewInvalid("%s is missing.", n.get("percent").name()))
	case r.percent.Exact().Cmp(money.Whole(-100)) <= 0 || r.percent.Exact().Cmp(money.Whole(100)) > 0:
		n.get("percent").fail(fault.NewInvalid("%s must be between -100 and 100.", n.get("percent").name()))
	case last.Once:
		n.fail(becauseOnce(n.name()))
	case r.first <= last.From:
		n.get("first").fail(fault.NewInvalid("%s must lie after the beginning of the last terms, %s.", n.get("first").name(), last.From))
	}
	s.rises = append(s.rises, r)
}

// escalate writes the terms that escalators lead to until the last run.
func (s *Scenario) escalate() error {
	for _, r := range s.rises {
		c := rating.Cycle{Anchor: r.first, Every: r.every}
		until := s.runs[len(s.runs)-1].day
		if t := r.line.terms[len(r.line.terms)-1].is; t.Bill != (rating.Cycle{}) {
			until = t.Bill.Around(until).To
		} else {
			until = t.Cycle.Around(until).To // what is billed in advance
		}
		for k := 0; c.Boundary(k) <= until; k++ {
			last := r.line.terms[len(r.line.terms)-1]
			t, err := last.is, error(nil)
			if t.Price, err = t.Price.Raised(r.percent, s.Currency.Digits()); err != nil {
				return err
			}
			if len(r.line.terms) >= maxTerms {
				return fault.NewInvalid("The escalator of %q leads to more than %d prices.", r.line.name, maxTerms)
			}
			t.From, t.ID = c.Boundary(k), t.ID+1
			r.line.terms = append(r.line.terms, known[rating.Terms]{t, last.from})
		}
	}
	return nil
}
