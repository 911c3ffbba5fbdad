// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements/store"
	"mainstay/practice/billing/rating"
)

// Papers are what of an active agreement can be changed without a day: nothing of it changes what was billed.
type Papers struct {
	Name, Order, Scope string
	PayDays            int
	Renew, Notice      int
	Rise               Rise
	Work               string
	Level              ids.ID
}

// UpdatePapers changes them of an agreement that is at a version.
func (s *Service) UpdatePapers(ctx context.Context, id ids.ID, version int64, p Papers) error {
	return s.change(ctx, Altered, "agreements.papers", id, p.Name, func(tx *sql.Tx, q *store.Queries) error {
		a, err := s.get(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.State != Active {
			return fault.NewConflict("Only the papers of an active agreement are changed; a draft is simply changed.")
		}
		h := a.Head
		h.Name, h.Order, h.Scope, h.PayDays, h.Renew, h.Notice, h.Rise, h.Work, h.Level = p.Name, p.Order, p.Scope, p.PayDays, p.Renew, p.Notice, p.Rise, p.Work, p.Level
		if err := h.clean(); err != nil {
			return err
		}
		if err := s.lock(ctx, q, id, version); err != nil {
			return err
		}
		return q.UpdatePapers(ctx, store.UpdatePapersParams{
			ID: int64(id), Name: h.Name, PurchaseOrder: h.Order, Scope: h.Scope, PayDays: int64(h.PayDays), Renew: int64(h.Renew), Notice: int64(h.Notice), RiseCoef: h.Rise.Percent.Coef, RiseScale: int64(h.Rise.Percent.Scale),
			RiseEvery: int64(h.Rise.Every), RiseNext: int64(h.Rise.Next), RiseIndex: h.Rise.Index, CoversWork: h.Work, LevelID: int64(h.Level),
		})
	})
}

// PotChange changes the allowances of an active agreement: one that is there ends on the day before the amendment's, a new one
// begins on it. Both together are another allowance in the place of one: it takes over what is left of that.
type PotChange struct {
	End  ids.ID
	New  *Pot
	Line ids.ID // what is used beyond the new one is billed by this line; 0 = by that of the one that ends
	Free bool   // what is used beyond the new one is free
}

func (w *amender) pot(ctx context.Context, c *PotChange) error {
	old := w.a.Pot(c.End)
	if c.End != 0 && old == nil || c.End == 0 && c.New == nil {
		return fault.NewInvalid("There is no such allowance.").On("pots")
	}
	if old != nil {
		if next := w.a.Next(old); next != nil {
			return fault.NewConflict("%[1]s is changed from %[2]s on already. Choose a later day, or change it from that day.", old.Name, next.Valid.From).On("day")
		}
	}
	if old == nil {
		if err := w.another(c.New); err != nil {
			return err
		}
	}
	switch {
	case old != nil && (old.Valid.From > w.am.Day || old.Valid.To <= w.am.Day):
		return fault.NewInvalid("%s does not hold on this day.", old.Name).On("day")
	}
	if old != nil {
		if err := w.q.EndPot(ctx, int64(old.ID), int64(w.am.Day-1)); err != nil {
			return err
		}
		if c.New == nil {
			w.done = append(w.done, Summary{Line: old.Name, What: "pot ended"})
			return nil
		}
	}
	p := *c.New
	p.Valid = rating.Period{From: w.am.Day, To: farthest}
	p.Line, p.Follows, p.Bought = c.Line, c.End, nil
	if old != nil && (!w.a.Ends.Known() || old.Valid.To <= w.a.Ends) {
		p.Valid.To = old.Valid.To // it had an end of its own
	}
	switch {
	case c.Free:
		p.Line = 0
	case p.Line == 0 && old != nil:
		p.Line = old.Line
	}
	if p.Line != 0 && w.a.Line(p.Line) == nil {
		return fault.NewInvalid("There is no such line in this agreement.").On("lines")
	}
	if p.Cycle.Every == 0 {
		p.Cycle = w.a.Cycle
	}
	if !p.Cycle.Anchor.Known() || p.Cycle.Anchor == 0 {
		p.Cycle.Anchor, p.Cycle.Day = w.a.Cycle.Anchor, w.a.Cycle.Day
	}
	if err := p.clean(); err != nil {
		return err
	}
	w.done = append(w.done, potSummaries(old, &p)...)
	return w.s.putPot(ctx, w.q, w.a.ID, w.s.p.IDs.New(), &p)
}

// another refuses a new allowance beside one of the same name.
func (w *amender) another(p *Pot) error {
	for i := range w.a.Pots {
		x := &w.a.Pots[i]
		if strings.EqualFold(x.Name, strings.TrimSpace(p.Name)) && !x.Valid.Empty() && x.Valid.To > w.am.Day {
			return fault.NewConflict("There is an allowance called %[1]s from %[2]s on already. Change that one, or give this one another name.", x.Name, x.Valid.From).On("name")
		}
	}
	return nil
}

// potSummaries say what is new about an allowance that comes in the place of old; nil = of none.
func potSummaries(old, p *Pot) (out []Summary) {
	if old == nil {
		return []Summary{{Line: p.Name, What: "pot added", New: &p.Each}}
	}
	if old.Carry == nil != (p.Carry == nil) || p.Carry != nil && p.Carry.Exact().Cmp(old.Carry.Exact()) != 0 {
		out = append(out, Summary{Line: p.Name, What: "pot carry", Old: old.Carry, New: p.Carry})
	}
	if old.Keep != p.Keep {
		out = append(out, Summary{Line: p.Name, What: "pot keep", Old: &money.Decimal{Coef: int64(old.Keep)}, New: &money.Decimal{Coef: int64(p.Keep)}})
	}
	if len(out) == 0 || old.Each.Exact().Cmp(p.Each.Exact()) != 0 {
		out = append([]Summary{{Line: p.Name, What: "pot", Old: &old.Each, New: &p.Each}}, out...)
	}
	return out
}

// Block is what a client buys for an allowance besides what its intervals grant, with the line that charges it once.
type Block struct {
	Pot    ids.ID
	Day    civil.Date // drawn and charged from it on
	Until  civil.Date // the first day on which it no longer may be drawn; NoDate = never lapses
	Amount money.Decimal
	Note   string
	Line   *NewLine // nil = free
}

// BuyBlock adds a block to an allowance of an active agreement.
func (s *Service) BuyBlock(ctx context.Context, id ids.ID, version int64, b Block) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.buy(ctx, tx, id, version, b) })
}

func (s *Service) buy(ctx context.Context, tx *sql.Tx, id ids.ID, version int64, b Block) error {
	switch {
	case b.Amount.Coef <= 0 || b.Amount.Exact().Cmp(money.Whole(1_000_000)) > 0:
		return fault.NewInvalid("Enter how much is bought, above 0 and at most %d.", 1_000_000).On("amount")
	case b.Until.Known() && (b.Until <= b.Day || !possible(b.Until)):
		return fault.NewInvalid("The last day is before the first.").On("until")
	case len(b.Note) > maxName:
		return fault.NewInvalid("Please enter at most %d characters.", maxName).On("note")
	}
	am := Amendment{Day: b.Day, Kind: "bought", Reason: b.Note, Grants: []Block{b}}
	if b.Line != nil {
		b.Line.Terms.Once = true
		am.Changes = append(am.Changes, Change{New: b.Line})
	}
	_, err := s.AmendIn(ctx, tx, id, version, am)
	return err
}

func (w *amender) grant(ctx context.Context, b *Block) error {
	for i := range w.a.Pots {
		p := &w.a.Pots[i]
		if p.ID != b.Pot {
			continue
		}
		if !p.Valid.Has(w.am.Day) {
			return fault.NewInvalid("%s does not hold on this day.", p.Name).On("day")
		}
		if len(p.Bought) >= rating.MaxGrants {
			return fault.NewInvalid("An allowance has at most %d blocks.", rating.MaxGrants).On("amount")
		}
		w.done = append(w.done, Summary{Line: p.Name, What: "bought", New: &b.Amount})
		return w.q.InsertGrant(ctx, store.InsertGrantParams{
			ID: int64(w.s.p.IDs.New()), AgreementID: int64(w.a.ID), PotID: int64(p.ID), Starts: int64(w.am.Day), Until: int64(b.Until), Coef: b.Amount.Coef, Scale: int64(b.Amount.Scale), Note: b.Note, MadeAt: w.s.now(),
		})
	}
	return fault.NewInvalid("There is no such allowance.").On("pots")
}
