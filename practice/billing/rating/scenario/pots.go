// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/worklog/rates"
)

func (s *Scenario) readPot(n node) {
	n.fields("name", "tax", "from", "last", "each", "interval", "every", "anchor", "anchor_day", "proration", "keep", "carry", "weights", "bought", "overage", "alert_percent", "step", "minimum", "measure")
	from := n.get("from").mustDay()
	p := &pot{name: n.get("name").must(), alert: n.get("alert_percent").optional(), typeIDs: map[string]ids.ID{}}
	p.rules = rating.Pot{
		Cycle: readCycle(n, from), Each: n.get("each").number(), Valid: rating.Through(from, n.get("last").day(civil.MustDate(civil.MaxYear, 1, 1))),
		Prorate: choice(n.get("proration"), prorationWords, prorationValues), Keep: n.get("keep").count(-1, 1000, 0), Carry: n.get("carry").optional(),
		Weights: map[ids.ID]money.Decimal{},
	}
	p.tickets = map[string]int{}
	p.measure = choice(n.get("measure"), []string{"hours", "tickets", "money"}, []string{"", "tickets", "money"})
	p.step, p.least = n.get("step").number(), n.get("minimum").number()
	if p.step.Coef < 0 || p.least.Coef < 0 {
		n.fail(fault.NewInvalid("%s: step and minimum must not be below 0.", n.name()))
	}
	if w := n.get("weights"); !w.missing() {
		if o, ok := w.v.(*object); ok {
			for _, k := range o.keys {
				p.rules.Weights[p.typeID(k)] = w.get(k).number()
			}
		} else {
			w.fields()
		}
	}
	for i, b := range n.get("bought").list(maxTerms) {
		b.fields("from", "until", "amount")
		p.rules.Bought = append(p.rules.Bought, rating.Grant{
			ID: ids.ID(i + 1), From: b.get("from").mustDay(), Until: b.get("until").day(civil.NoDate), Amount: b.get("amount").number().Exact(),
		})
		if b.get("amount").number().Coef < 0 {
			b.get("amount").fail(fault.NewInvalid("%s must not be below 0.", b.get("amount").name()))
		}
	}
	if *n.err == nil {
		n.check(p.rules.Check())
		n.check(p.rules.Cycle.Check())
	}
	if o := n.get("overage"); !o.missing() {
		p.over = s.add(n.get("name"), p.name, s.taxCodes(n.get("tax")))
		t := rating.Terms{ID: 1, From: from, Cycle: p.rules.Cycle, Arrears: true, Rule: rating.Sum, Price: rating.Price{Model: rating.PerUnit, Unit: o.number()}}
		p.over.terms = []known[rating.Terms]{{t, always}}
		if !n.get("last").missing() {
			p.over.last = []known[civil.Date]{{n.get("last").day(civil.NoDate), always}}
		}
		if *n.err == nil {
			n.check(t.Check())
		}
	}
	for _, x := range s.pots {
		if x.name == p.name {
			n.get("name").fail(fault.NewInvalid("%s is given twice.", n.get("name").name()))
		}
	}
	s.pots = append(s.pots, p)
}

// typeID numbers the work types of an allowance.
func (p *pot) typeID(name string) ids.ID {
	id, ok := p.typeIDs[name]
	if !ok {
		id = ids.ID(len(p.typeIDs) + 1)
		p.typeIDs[name] = id
	}
	return id
}

// rounded returns what a piece of work counts: at least the minimum, and whole steps.
func (p *pot) rounded(d money.Decimal) (money.Decimal, error) {
	x := d.Exact()
	if least := p.least.Exact(); x.Sign() > 0 && x.Cmp(least) < 0 {
		x = least
	}
	if step := p.step.Exact(); step.Sign() > 0 {
		n, err := x.Over(step).Ceil()
		if err != nil {
			return d, fault.NewInvalid("The quantity is too large to be reckoned.").Because(err)
		}
		x = step.Times(money.Whole(n))
	}
	return decimal(x)
}

func (s *Scenario) readWork(n node) {
	if n.get("allowance").missing() && s.labour != nil {
		s.readLabourWork(n)
		return
	}
	n.fields("allowance", "day", "type", "amount", "minutes", "ticket", "after_hours", "known")
	name := n.get("allowance").must()
	i := slices.IndexFunc(s.pots, func(p *pot) bool { return p.name == name })
	if i < 0 {
		n.get("allowance").fail(fault.NewInvalid("%s names an allowance that the file does not have: %q.", n.get("allowance").name(), shortened(name)))
		return
	}
	p := s.pots[i]
	w := rating.Work{ID: ids.ID(len(p.work) + 1), Day: n.get("day").mustDay()}
	if t := n.get("type").text(); t != "" {
		w.Type = p.typeID(t)
	}
	from := s.known(n.get("known"), w.Day)
	switch m := n.get("minutes"); {
	case p.measure == "tickets":
		s.readTicket(n, p, w, from)
		return
	case !m.missing() && !n.get("amount").missing():
		n.fail(fault.NewInvalid("%s has an amount and minutes: only one of them.", n.name()))
	case !m.missing() && p.measure == "money":
		w.Amount = s.priced(n, w.Day)
	case !m.missing():
		var err error
		w.Amount, err = decimal(money.Fraction(int64(m.count(0, maxMinutes, 0)), 60))
		m.check(err)
	case n.get("amount").missing():
		n.get("amount").fail(fault.NewInvalid("%s is missing.", n.get("amount").name()))
	default:
		w.Amount = n.get("amount").number()
	}
	if w.Amount.Coef < 0 {
		n.get("amount").fail(fault.NewInvalid("%s must not be below 0.", n.get("amount").name()))
	}
	var err error
	w.Amount, err = p.rounded(w.Amount)
	n.check(err)
	p.work = append(p.work, known[rating.Work]{w, from})
}

// readTicket draws a ticket, which counts once, on the first day of its work.
func (s *Scenario) readTicket(n node, p *pot, w rating.Work, from int64) {
	ticket := n.get("ticket").must()
	i, seen := p.tickets[ticket]
	if seen {
		old := &p.work[i]
		old.is.Day, old.from = min(old.is.Day, w.Day), min(old.from, from)
		return
	}
	p.tickets[ticket] = len(p.work)
	w.Amount = money.Decimal{Coef: 1}
	p.work = append(p.work, known[rating.Work]{w, from})
}

// priced returns what minutes cost by the card of their day: what they draw on an allowance of money.
func (s *Scenario) priced(n node, day civil.Date) money.Decimal {
	minutes := n.get("minutes").count(0, maxMinutes, 0)
	if s.labour == nil {
		n.get("minutes").fail(fault.NewInvalid("%s needs labour.cards, which say what an hour costs.", n.get("minutes").name()))
		return money.Decimal{}
	}
	r := rates.Find(s.labour.cards, rates.Ask{Type: s.labour.kind(n.get("type").text()), Day: day, After: n.get("after_hours").flag()})
	if !r.Found {
		n.fail(fault.NewInvalid("No card of labour.cards holds on %s, on which work was done.", day))
		return money.Decimal{}
	}
	minor, err := rates.Amount(r.Own(minutes), r.Minor, r.Factor)
	n.check(err)
	return money.Decimal{Coef: minor, Scale: uint8(s.Currency.Digits())}
}
