// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"slices"
	"strings"

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
			u, err := s.usage(ctx, s.p.DB.Reader(), a, &a.Pots[i], day)
			if err != nil {
				return nil, err
			}
			out = append(out, balance(a, &a.Pots[i], u, day))
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

// usage reckons what was drawn on an allowance through a day.
func (s *Service) usage(ctx context.Context, q db.Query, a *agreements.Agreement, p *agreements.Pot, through civil.Date) (rating.Usage, error) {
	list, err := s.p.Work.Drawn(ctx, q, a.Client, p.Valid.From, through)
	if err != nil {
		return rating.Usage{}, err
	}
	pot := p.Pot
	pot.Weights = map[ids.ID]money.Decimal{}
	for id, w := range p.Weights {
		pot.Weights[id] = w
	}
	for id, w := range p.After {
		pot.Weights[-id] = w // the same work after hours has a weight of its own
	}
	return pot.Use(draws(p, list), through)
}

// draws turns work into what it draws: hours, or tickets, each of which counts once, on its first day.
func draws(p *agreements.Pot, list []worklog.Drawn) []rating.Work {
	kinds := strings.Fields(p.Work)
	tickets := map[ids.ID]bool{}
	var out []rating.Work
	for _, x := range list {
		if len(kinds) > 0 && !slices.Contains(kinds, x.Type.String()) {
			continue
		}
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
		default:
			n, err := money.Fraction(x.Minutes, 60).Round(6)
			if err != nil {
				continue
			}
			w.Amount = money.Decimal{Coef: n, Scale: 6}
		}
		out = append(out, w)
	}
	return out
}

// allowances notes, as facts of the lines that bill it, what was used beyond allowances in the intervals that are over. Facts are
// only added: work that is entered late adds what is missing, work that is taken back a smaller sum.
func (w *biller) allowances(ctx context.Context, list []*agreements.Agreement) error {
	for i, a := range list {
		changed := false
		for j := range a.Pots {
			more, err := w.beyond(ctx, a, &a.Pots[j])
			if err != nil {
				return err
			}
			changed = changed || more
		}
		if changed {
			again, err := w.s.p.Agreements.GetIn(ctx, w.tx, a.ID)
			if err != nil {
				return err
			}
			list[i] = again
		}
	}
	return nil
}

func (w *biller) beyond(ctx context.Context, a *agreements.Agreement, p *agreements.Pot) (changed bool, err error) {
	line := a.Line(p.Line)
	if line == nil {
		return false, nil
	}
	day := max(w.run.Day, a.LastRun)
	u, err := w.s.usage(ctx, w.tx, a, p, day)
	if err != nil {
		return false, err
	}
	for k := p.Cycle.Index(p.Valid.From); ; k++ {
		part := p.Cycle.Interval(k).Cut(p.Valid)
		if part.From >= p.Valid.To || part.To > day {
			return changed, nil
		}
		if part.Empty() {
			continue
		}
		used, _ := rating.Used(line.Facts, part)
		diff := u.Beyond(part).Minus(used)
		if diff.Sign() == 0 {
			continue
		}
		n, err := diff.Round(6)
		if err != nil || n == 0 {
			continue
		}
		fact := agreements.NewFact{Day: part.To - 1, Quantity: money.Decimal{Coef: n, Scale: 6}, Source: agreements.CountedWork, Evidence: p.Name}
		if err := w.s.p.Agreements.UseIn(ctx, w.tx, a, line.ID, fact); err != nil {
			return changed, err
		}
		changed = true
	}
}
