// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/worklog"
)

// Balance is an allowance as it stands on a day.
type Balance struct {
	Agreement ids.ID
	Number    string
	Currency  money.Currency // of the agreement: of an allowance of money
	Pot       *agreements.Pot
	Usage     rating.Usage
	Granted   money.Exact // in the interval that the day lies in, with what was carried over
	Low       bool        // less is left than the allowance warns at
	Unpriced  int         // entries of an allowance of money for which no rate card has a price: they draw nothing
}

// Balances returns a client's allowances on a day.
func (s *Service) Balances(ctx context.Context, client ids.ID, day civil.Date) ([]Balance, error) {
	list, err := s.p.Agreements.OfClient(ctx, client)
	if err != nil {
		return nil, err
	}
	var out []Balance
	for _, a := range list {
		if !a.Holds(day) {
			continue
		}
		for i := range a.Pots {
			if !a.Pots[i].Valid.Has(day) {
				continue // another one came in its place
			}
			u, unpriced, err := s.usage(ctx, s.p.DB.Reader(), list, a, &a.Pots[i], day)
			if err != nil {
				return nil, err
			}
			b := balance(a, &a.Pots[i], u, day)
			b.Unpriced = unpriced
			out = append(out, b)
		}
	}
	return out, nil
}

func balance(a *agreements.Agreement, p *agreements.Pot, u rating.Usage, day civil.Date) Balance {
	b := Balance{Agreement: a.ID, Number: a.Number, Currency: a.Currency, Pot: p, Usage: u}
	for _, g := range u.Grants {
		if g.From <= day && (!g.Until.Known() || day < g.Until) {
			b.Granted = b.Granted.Plus(g.Amount)
		}
	}
	b.Low = b.Granted.Sign() > 0 && u.Left.Cmp(b.Granted.Times(money.Fraction(int64(p.Alert), 100))) <= 0
	return b
}

// usage reckons what was drawn on an allowance through a day: work draws on one allowance alone, that which covers it. all are the
// client's agreements. unpriced counts work that has no price to draw money by.
func (s *Service) usage(ctx context.Context, q db.Query, all []*agreements.Agreement, a *agreements.Agreement, p *agreements.Pot, through civil.Date) (u rating.Usage, unpriced int, err error) {
	return s.usageOf(ctx, q, all, a, p, through, through)
}

// usageOf is usage with the work of fewer days.
func (s *Service) usageOf(ctx context.Context, q db.Query, all []*agreements.Agreement, a *agreements.Agreement, p *agreements.Pot, last, through civil.Date) (u rating.Usage, unpriced int, err error) {
	list, err := s.p.Work.Drawn(ctx, q, a.Client, p.Valid.From, last, p.Measure == agreements.Money)
	if err != nil {
		return u, 0, err
	}
	list = slices.DeleteFunc(list, func(x worklog.Drawn) bool {
		_, on := agreements.DrawnOn(all, x.Type, x.Day)
		return on == nil || on.ID != p.ID
	})
	pot := p.Pot
	if pot.Bought, err = s.withRest(ctx, q, all, a, p); err != nil {
		return u, 0, err
	}
	pot.Weights = map[ids.ID]money.Decimal{}
	for id, w := range p.Weights {
		pot.Weights[id] = w
	}
	for id, w := range p.After {
		pot.Weights[-id] = w // the same work after hours has a weight of its own
	}
	work, unpriced := draws(p, a.Currency, list)
	u, err = pot.Use(work, through)
	return u, unpriced, err
}

// draws turns work into what it draws: hours, its price by the rate card, or tickets, each of which counts once, on its first day.
func draws(p *agreements.Pot, currency money.Currency, list []worklog.Drawn) (out []rating.Work, unpriced int) {
	tickets := map[ids.ID]bool{}
	for _, x := range list {
		w := rating.Work{ID: x.ID, Day: x.Day, Type: x.Type}
		if _, own := p.After[x.Type]; x.After && own {
			w.Type = -x.Type
		}
		switch p.Measure {
		case agreements.Tickets:
			if x.Ticket == 0 || tickets[x.Ticket] {
				continue
			}
			tickets[x.Ticket] = true
			w.Amount = money.Decimal{Coef: 1}
		case agreements.Money:
			if !x.Priced || x.Currency != currency {
				unpriced++
				continue
			}
			w.Amount = money.Decimal{Coef: x.Minor, Scale: uint8(currency.Digits())}
		default:
			n, err := money.Fraction(x.Minutes, 60).Round(6)
			if err != nil {
				continue
			}
			w.Amount = money.Decimal{Coef: n, Scale: 6}
		}
		out = append(out, w)
	}
	return out, unpriced
}

// overuse is what was used beyond an allowance and is not among the facts of the line that bills it.
type overuse struct {
	line ids.ID
	agreements.NewFact
}

// overused finds what was used beyond an agreement's allowances in the intervals that are over by a day. Facts are only added: work
// that is entered late adds what is missing, work that is taken back a smaller sum. unpriced names an allowance of money on
// which work without a price draws: then nobody can say.
func (s *Service) overused(ctx context.Context, q db.Query, a *agreements.Agreement, day civil.Date) (out []overuse, unpriced string, err error) {
	if len(a.Pots) == 0 {
		return nil, "", nil
	}
	all, err := s.p.Agreements.OfClientIn(ctx, q, a.Client)
	if err != nil {
		return nil, "", err
	}
	day = max(day, a.LastRun)
	for i := range a.Pots {
		p := &a.Pots[i]
		line := a.Line(p.Line)
		if line == nil {
			continue
		}
		u, missing, err := s.usage(ctx, q, all, a, p, day)
		if err != nil {
			return nil, "", err
		}
		if missing > 0 {
			return nil, p.Name, nil
		}
		for k := p.Cycle.Index(p.Valid.From); ; k++ {
			part := p.Cycle.Interval(k).Cut(p.Valid)
			if part.From >= p.Valid.To || part.To > day {
				break
			}
			if part.Empty() {
				continue
			}
			used, _ := rating.Used(line.Facts, part)
			if n, err := u.Beyond(part).Minus(used).Round(6); err == nil && n != 0 {
				out = append(out, overuse{line.ID, agreements.NewFact{Day: part.To - 1, Quantity: money.Decimal{Coef: n, Scale: 6}, Source: agreements.CountedWork, Evidence: p.Name}})
			}
		}
	}
	return out, "", nil
}

// allowances notes what was used beyond the allowances of a batch.
func (w *biller) allowances(ctx context.Context, list []*agreements.Agreement) error {
	for i, a := range list {
		more, unpriced, err := w.s.overused(ctx, w.tx, a, w.run.Day)
		if err != nil {
			return err
		}
		if unpriced != "" {
			w.unpriced[a.ID] = unpriced
		}
		for _, x := range more {
			if err := w.s.p.Agreements.UseIn(ctx, w.tx, a, x.line, x.NewFact); err != nil {
				return err
			}
		}
		if len(more) > 0 {
			if list[i], err = w.s.p.Agreements.GetIn(ctx, w.tx, a.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// allowances adds what was used beyond the allowances of a batch, as the run would note it, without writing it.
func (v *previewing) allowances(ctx context.Context, list []*agreements.Agreement) error {
	for _, a := range list {
		more, unpriced, err := v.b.s.overused(ctx, v.tx, a, v.o.Day)
		if err != nil {
			return err
		}
		if unpriced != "" {
			v.unpriced[a.ID] = unpriced
		}
		for _, x := range more {
			l := a.Line(x.line)
			f := rating.Fact{ID: v.b.s.p.IDs.New(), Day: x.Day, Quantity: x.Quantity, Source: x.Source}
			l.Facts = append(l.Facts, f)
			if l.Evidence == nil {
				l.Evidence = map[ids.ID]string{}
			}
			l.Evidence[f.ID] = x.Evidence
			a.Through = min(a.Through, x.Day)
		}
	}
	return nil
}

// noPrice says why an agreement cannot be billed on whose allowance of money work without a price draws.
func (b *book) noPrice(allowance string) string {
	return b.printer(b.firm.Language, b.s.p.Zone).T("Work that draws on the allowance %s has no price in the agreement's currency: complete the rate card.", allowance)
}
