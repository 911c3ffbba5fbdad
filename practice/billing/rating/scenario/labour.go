// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"cmp"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/worklog/rates"
)

// maxMinutes is the longest piece of work.
const maxMinutes = rates.MaxMinutes

// labour is work charged by the hour.
type labour struct {
	cards   []rates.Card
	types   []string // a type's number is its place, from 1
	taxes   []string
	byMonth bool
	work    []known[job]
}

// job is one piece of work, with its ticket.
type job struct {
	day     civil.Date
	minutes int
	kind    ids.ID
	ticket  string
	after   bool
}

func (s *Scenario) readLabour(n node) {
	if n.missing() {
		return
	}
	n.fields("cards", "tax", "bill")
	s.labour = &labour{taxes: s.taxCodes(n.get("tax")), byMonth: choice(n.get("bill"), []string{"at_once", "month"}, []bool{false, true})}
	cards := n.get("cards").list(maxTerms)
	if len(cards) == 0 {
		n.get("cards").fail(fault.NewInvalid("%s is missing: what does an hour cost?", n.get("cards").name()))
	}
	for i, x := range cards {
		x.fields("from", "hour", "types", "step", "minimum", "ticket_minimum", "per_ticket", "after_hours_percent")
		c := rates.Card{
			ID: ids.ID(i + 1), From: x.get("from").day(civil.MustDate(civil.MinYear, 1, 1)), Currency: s.Currency, Minor: x.get("hour").minor(s.Currency.Digits()),
			Step: x.get("step").count(1, 1440, 1), MinEntry: x.get("minimum").count(0, 1440, 0), MinTicket: x.get("ticket_minimum").count(0, 14400, 0),
			Factor: x.get("after_hours_percent").count(0, rates.MaxFactor, 100), Km: money.Decimal{Coef: rates.Unset},
		}
		if x.get("per_ticket").flag() {
			c.ByTicket = 1
		}
		if c.Minor > rates.MaxPrice {
			x.get("hour").fail(fault.NewInvalid("%s is too large to be reckoned.", x.get("hour").name()))
		}
		if x.get("hour").missing() {
			x.get("hour").fail(fault.NewInvalid("%s is missing.", x.get("hour").name()))
		}
		if i > 0 && c.From <= s.labour.cards[i-1].From {
			x.get("from").fail(fault.NewInvalid("%s: each change must begin after the one before it.", x.get("from").name()))
		}
		x.get("types").each(func(name string, v node) {
			c.Prices = append(c.Prices, rates.Price{Type: s.labour.kind(name), Minor: v.minor(s.Currency.Digits())})
		})
		s.labour.cards = append(s.labour.cards, c)
	}
}

// each reads an object whose fields may have any name.
func (n node) each(read func(string, node)) {
	if n.missing() {
		return
	}
	o, ok := n.v.(*object)
	if !ok {
		n.fail(fault.NewInvalid("%s must be an object.", n.name()))
		return
	}
	if len(o.keys) > maxTerms {
		n.fail(fault.NewInvalid("%s has more than %d entries.", n.name(), maxTerms))
		return
	}
	for _, k := range o.keys {
		read(k, n.get(k))
	}
}

func (l *labour) kind(name string) ids.ID {
	if name == "" {
		return 0
	}
	i := slices.Index(l.types, name)
	if i < 0 {
		i, l.types = len(l.types), append(l.types, name)
	}
	return ids.ID(i + 1)
}

func (s *Scenario) readLabourWork(n node) {
	n.fields("day", "minutes", "amount", "type", "ticket", "after_hours", "known")
	w := job{day: n.get("day").mustDay(), kind: s.labour.kind(n.get("type").text()), ticket: n.get("ticket").text(), after: n.get("after_hours").flag()}
	switch m, hours := n.get("minutes"), n.get("amount"); {
	case m.missing() && hours.missing():
		m.fail(fault.NewInvalid("%s is missing.", m.name()))
	case !m.missing() && !hours.missing():
		n.fail(fault.NewInvalid("%s has an amount and minutes: only one of them.", n.name()))
	case !m.missing():
		w.minutes = m.count(0, maxMinutes, 0)
	default:
		minutes := hours.number().Exact().Times(money.Whole(60))
		whole, err := minutes.Round(0)
		if err != nil || whole < 0 || whole > maxMinutes || money.Whole(whole).Cmp(minutes) != 0 {
			hours.fail(fault.NewInvalid("%s must be hours that are whole minutes, at most %d of them.", hours.name(), maxMinutes))
		}
		w.minutes = int(whole)
	}
	s.labour.work = append(s.labour.work, known[job]{w, s.known(n.get("known"), w.day)})
}

// Work explains a line of work: minutes worked and charged, at which price of an hour.
type Work struct {
	Minutes int    `json:"minutes"`
	Charged int    `json:"charged"`
	Hour    string `json:"hour"`
	Percent int    `json:"percent"`
	Ticket  string `json:"ticket,omitempty"`

	Price money.Decimal `json:"-"`
}

// work charges what was done up to a day and is not charged yet, by the rules of its card and ticket.
func (s *state) work(m moment) ([]Line, error) {
	l := s.labour
	if l == nil {
		return nil, nil
	}
	through := m.day
	if l.byMonth {
		through = m.day.Month().First() - 1
	}
	var order []int
	for i, w := range l.work {
		if w.from <= m.instant && w.is.day <= through {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l.work[a].is.day, l.work[b].is.day) })
	tickets := map[string][]int{}
	var lines []Line
	for _, i := range order {
		if t := l.work[i].is.ticket; t != "" {
			tickets[t] = append(tickets[t], i)
		}
	}
	for _, i := range order {
		if _, done := s.charged[i]; done {
			continue
		}
		group := []int{i}
		if t := l.work[i].is.ticket; t != "" {
			group = tickets[t]
		}
		parts := make([]rates.Part, len(group))
		for k, j := range group {
			w := l.work[j].is
			billed, fixed := s.charged[j]
			parts[k] = rates.Part{Minutes: w.minutes, Rule: rates.Find(l.cards, rates.Ask{Type: w.kind, Day: w.day, After: w.after}), Billed: billed, Fixed: fixed}
		}
		for k, minutes := range rates.Spread(parts) {
			j := group[k]
			if _, done := s.charged[j]; done {
				continue
			}
			s.charged[j] = minutes
			if minutes == 0 {
				continue
			}
			x, err := s.workLine(l, j, minutes, parts[k].Rule)
			if err != nil {
				return nil, err
			}
			lines = append(lines, x)
		}
	}
	return lines, nil
}

func (s *state) workLine(l *labour, i, minutes int, r rates.Rule) (Line, error) {
	w := l.work[i].is
	if !r.Found {
		return Line{}, fault.NewInvalid("No card of labour.cards holds on %s, on which work was done.", w.day).On("labour.cards")
	}
	amount, err := rates.Amount(minutes, r.Minor, r.Factor)
	if err != nil {
		return Line{}, err
	}
	name := "Work"
	if w.kind > 0 {
		name = l.types[w.kind-1]
	}
	taxes, err := s.taxed(name, l.taxes, w.day)
	if err != nil {
		return Line{}, err
	}
	quantity, err := decimal(money.Fraction(int64(minutes), 60))
	if err != nil {
		return Line{}, err
	}
	e := rating.Entry{Span: rating.Span{ID: s.id(), Kind: rating.Charge, Period: rating.Period{From: w.day, To: w.day + 1}, Quantity: quantity, Amount: amount}}
	s.spans[0] = append(s.spans[0], e.Span)
	s.rates[e.ID] = taxes
	price := money.Decimal{Coef: r.Minor, Scale: uint8(s.Currency.Digits())}
	return Line{
		Name: name, Kind: "work", From: w.day, To: w.day + 1, Quantity: quantity.String(), Amount: s.money(amount), Tax: codes(taxes), Entry: e, Rates: taxes,
		Work: &Work{Minutes: w.minutes, Charged: minutes, Hour: s.money(r.Minor), Percent: r.Factor, Ticket: w.ticket, Price: price},
	}, nil
}
