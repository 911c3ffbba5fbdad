// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// minimum is what an interval's lines must come to together; what is missing is billed in arrears as a line of its own.
type minimum struct {
	line    *line
	amount  money.Decimal
	cycle   rating.Cycle
	valid   rating.Period
	prorate rating.Proration
	of      []string // names of lines; empty = all
}

// discount lessens the charges of documents: by a percentage, or by an amount, once until it is used up or each time.
type discount struct {
	amount  int64
	each    bool // the amount is taken off every document, not once
	percent *money.Decimal
	most    *int64   // of a percentage, for each document
	times   int      // documents that it is taken off; 0 = all
	of      []string // names of lines; none = all
	valid   rating.Period
}

func (s *Scenario) readMinimum(n node) {
	n.fields("name", "tax", "amount", "from", "last", "interval", "every", "anchor", "anchor_day", "proration", "lines")
	from := n.get("from").mustDay()
	m := &minimum{
		line: s.add(n.get("name"), n.get("name").must(), s.taxCodes(n.get("tax"))), amount: n.get("amount").number(), cycle: readCycle(n, from),
		valid: rating.Through(from, n.get("last").day(civil.MustDate(civil.MaxYear, 1, 1))), prorate: choice(n.get("proration"), prorationWords, prorationValues),
	}
	if m.amount.Coef <= 0 {
		n.get("amount").fail(fault.NewInvalid("%s must be above 0.", n.get("amount").name()))
	}
	m.of = s.named(n.get("lines"))
	// What is missing is a quantity of currency units at one each, so that later corrections of other lines correct it too.
	t := rating.Terms{ID: 1, From: from, Cycle: m.cycle, Arrears: true, Rule: rating.Sum, Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: 1}}}
	if *n.err == nil {
		n.check(t.Check())
	}
	m.line.terms = []known[rating.Terms]{{t, always}}
	m.line.last = []known[civil.Date]{{m.valid.To - 1, always}}
	s.minimums = append(s.minimums, m)
}

// named reads the names of lines that the file has.
func (s *Scenario) named(n node) (out []string) {
	for _, x := range n.some(maxLines) {
		name := x.must()
		known := slices.ContainsFunc(s.lines, func(l *line) bool { return l.name == name }) || s.labour != nil && (name == "Work" || slices.Contains(s.labour.types, name))
		if !known {
			x.fail(fault.NewInvalid("%s names a line that the file does not have: %q.", x.name(), shortened(name)))
		}
		out = append(out, name)
	}
	return out
}

func (s *Scenario) readDiscount(n node) {
	n.fields("name", "amount", "each", "percent", "up_to", "times", "line", "lines", "from", "last")
	n.get("name").text()
	d := &discount{percent: n.get("percent").optional(), each: n.get("each").flag(), times: n.get("times").count(1, maxRuns, 0), of: append(s.named(n.get("line")), s.named(n.get("lines"))...)}
	d.valid = rating.Through(n.get("from").day(civil.MustDate(civil.MinYear, 1, 1)), n.get("last").day(civil.MustDate(civil.MaxYear, 1, 1)))
	d.amount = n.get("amount").minor(s.Currency.Digits())
	if m := n.get("up_to"); !m.missing() {
		most := m.minor(s.Currency.Digits())
		d.most = &most
	}
	switch {
	case (d.percent == nil) == n.get("amount").missing():
		n.fail(fault.NewInvalid("%s must have either an amount or a percent.", n.name()))
	case d.percent != nil && (d.percent.Coef < 0 || d.percent.Exact().Cmp(money.Whole(100)) > 0):
		n.get("percent").fail(fault.NewInvalid("%s must be between 0 and 100.", n.get("percent").name()))
	case d.percent == nil && d.most != nil:
		n.get("up_to").fail(fault.NewInvalid("%s belongs to a percent.", n.get("up_to").name()))
	case d.percent != nil && d.each:
		n.get("each").fail(fault.NewInvalid("%s belongs to an amount; a percent is taken off every document.", n.get("each").name()))
	}
	s.discounts = append(s.discounts, d)
}

// missing returns what each interval of a minimum that is over lacks, as facts of its line.
func (s *state) missing(m *minimum, today civil.Date) ([]rating.Fact, error) {
	digits := s.Currency.Digits()
	billed := map[int]int64{} // by the interval that a charge begins in
	for _, l := range s.lines {
		if l == m.line || s.isMinimum(l) || len(m.of) > 0 && !slices.Contains(m.of, l.name) {
			continue
		}
		for _, x := range s.spans[l.id] {
			if x.Kind == rating.Adjustment || !m.valid.Has(x.Period.From) {
				continue
			}
			k := m.cycle.Index(x.Period.From)
			sum, err := money.AddMinor(billed[k], x.Amount)
			if err != nil {
				return nil, fault.NewInvalid("The amount is too large to be reckoned.").Because(err)
			}
			billed[k] = sum
		}
	}
	var out []rating.Fact
	first := m.cycle.Index(m.valid.From)
	for k := first; k-first <= rating.MaxSpans; k++ {
		part := m.cycle.Interval(k).Cut(m.valid)
		if part.Empty() || part.To > today {
			return out, nil
		}
		share, _ := m.prorate.Share(m.cycle, part)
		up, err := rating.TrueUp(m.amount, share, billed[k], digits)
		if err != nil {
			return nil, err
		}
		if up > 0 {
			out = append(out, rating.Fact{ID: ids.ID(k), Day: part.To - 1, Quantity: money.Decimal{Coef: up, Scale: uint8(digits)}})
		}
	}
	return nil, fault.NewInvalid("More than %d periods are due: bill them in steps.", rating.MaxSpans)
}

func (s *state) isMinimum(l *line) bool {
	return slices.ContainsFunc(s.minimums, func(m *minimum) bool { return m.line == l })
}

// lessen spreads the discounts over the charges of a document, in the ratio of what is left of each. A share counts as given back
// by hand: a later credit gets only what is left.
func (s *state) lessen(lines []Line, today civil.Date) error {
	for i, d := range s.discounts {
		if !d.valid.Has(today) || d.times > 0 && s.uses[i] >= d.times {
			continue
		}
		var err error
		weights, sum := make([]int64, len(lines)), int64(0)
		for k, l := range lines {
			if l.Entry.Kind == rating.Charge && l.Entry.Amount > 0 && (len(d.of) == 0 || slices.Contains(d.of, l.Name)) {
				weights[k] = l.Entry.Amount - l.Off
				if sum, err = money.AddMinor(sum, weights[k]); err != nil {
					return fault.NewInvalid("The amount is too large to be reckoned.").Because(err)
				}
			}
		}
		off := min(s.coupons[i], sum)
		if d.each {
			off = min(d.amount, sum)
		}
		if d.percent != nil {
			if off, err = rating.Percent(sum, *d.percent); err != nil {
				return err
			}
		}
		if d.most != nil {
			off = min(off, *d.most)
		}
		if off == 0 {
			continue
		}
		s.uses[i]++
		if !d.each {
			s.coupons[i] -= off
		}
		shares, err := rating.Spread(off, weights)
		if err != nil {
			return err
		}
		for k := range lines {
			if shares[k] == 0 {
				continue
			}
			e := &lines[k].Entry
			lines[k].Off += shares[k]
			lines[k].Discount = s.money(lines[k].Off)
			s.spans[e.Line] = append(s.spans[e.Line], rating.Span{
				ID: s.id(), Line: e.Line, Terms: e.Terms, Kind: rating.Adjustment, Of: e.ID, Period: rating.Period{From: e.Period.From, To: e.Period.From}, Bill: e.Bill, Amount: -shares[k], Run: today,
			})
		}
	}
	return nil
}
