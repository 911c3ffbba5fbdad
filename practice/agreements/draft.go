// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements/store"
	"mainstay/practice/billing/rating"
)

// NewLine is a line as it is written into a draft or added by an amendment.
type NewLine struct {
	ID ids.ID // 0 = a new one
	Copy
	// Terms: From, the anchors and what one invoice line covers are filled in from the agreement; Cycle.Unit and Cycle.Every
	// say what the price is for, 0 and 0 a month.
	Terms    rating.Terms
	Quantity *money.Decimal // from the first day; for what is counted, a first count. nil = 1 where fixed, none where counted
	Pot      int            // 1 = it bills what is used beyond the first allowance of the draft, 0 = none
}

// NewAgreement is a whole draft.
type NewAgreement struct {
	Head
	Lines []NewLine
	Pots  []Pot
}

// Create writes a draft and returns its id.
func (s *Service) Create(ctx context.Context, d NewAgreement) (id ids.ID, err error) {
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		id, err = s.CreateIn(ctx, tx, d)
		return err
	})
	return id, err
}

// CreateIn is Create inside a transaction, for a quote that is accepted.
func (s *Service) CreateIn(ctx context.Context, tx *sql.Tx, d NewAgreement) (ids.ID, error) {
	if err := s.cleanDraft(&d); err != nil {
		return 0, err
	}
	id := s.p.IDs.New()
	err := s.changeIn(ctx, tx, Made, "agreements.created", id, d.Name, func(tx *sql.Tx, q *store.Queries) error {
		n, err := q.NextNumber(ctx)
		if err != nil {
			return err
		}
		p := headParams(id, &d.Head)
		p.Number, p.MadeAt, p.ChangedAt = numberOf(n), s.now(), s.now()
		if err := q.InsertAgreement(ctx, p); err != nil {
			return err
		}
		return s.putParts(ctx, q, id, &d)
	})
	return id, err
}

// SaveDraft replaces a draft that is at a version.
func (s *Service) SaveDraft(ctx context.Context, id ids.ID, version int64, d NewAgreement) error {
	if err := s.cleanDraft(&d); err != nil {
		return err
	}
	return s.change(ctx, Altered, "agreements.changed", id, d.Name, func(tx *sql.Tx, q *store.Queries) error {
		if err := s.lockDraft(ctx, q, id, version); err != nil {
			return err
		}
		if err := q.UpdateHead(ctx, updateParams(id, &d.Head, s.now())); err != nil {
			return err
		}
		for _, wipe := range []func(context.Context, int64) error{q.DeleteWeights, q.DeleteGrants, q.DeletePots, q.DeleteFacts, q.DeleteTerms, q.DeleteLines} {
			if err := wipe(ctx, int64(id)); err != nil {
				return err
			}
		}
		return s.putParts(ctx, q, id, &d)
	})
}

// Discard deletes a draft.
func (s *Service) Discard(ctx context.Context, id ids.ID, version int64) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := s.lockDraft(ctx, q, id, version); err != nil {
			return err
		}
		for _, wipe := range []func(context.Context, int64) error{q.DeleteWeights, q.DeleteGrants, q.DeletePots, q.DeleteFacts, q.DeleteTerms, q.DeleteLines, q.DeleteAgreement} {
			if err := wipe(ctx, int64(id)); err != nil {
				return err
			}
		}
		return s.p.Access.Record(ctx, tx, "agreements.discarded", id.String(), "")
	})
}

// lockDraft takes the next version of a draft, or says why not.
func (s *Service) lockDraft(ctx context.Context, q *store.Queries, id ids.ID, version int64) error {
	state, err := q.StateOf(ctx, int64(id))
	if err != nil {
		return found(err, noAgreement())
	}
	if State(state) != Draft {
		return fault.NewConflict("The agreement is active: change it by an amendment.")
	}
	return s.lock(ctx, q, id, version)
}

// lock takes the next version of an agreement.
func (s *Service) lock(ctx context.Context, q *store.Queries, id ids.ID, version int64) error {
	n, err := q.Touch(ctx, int64(id), version, s.now())
	if err == nil && n == 0 {
		return changedMeanwhile()
	}
	return err
}

func (s *Service) cleanDraft(d *NewAgreement) error {
	if err := d.clean(); err != nil {
		return err
	}
	if len(d.Lines) > MaxLines {
		return fault.NewInvalid("An agreement has at most %d lines.", MaxLines).On("lines")
	}
	for i := range d.Lines {
		if err := s.cleanLine(&d.Head, &d.Lines[i], d.Starts); err != nil {
			return err
		}
		if d.Lines[i].Pot > len(d.Pots) || d.Lines[i].Pot < 0 {
			return fault.NewInvalid("There is no such allowance.").On("lines")
		}
	}
	for i := range d.Pots {
		p := &d.Pots[i]
		if !p.Valid.From.Known() || p.Valid.From < d.Starts {
			p.Valid.From = d.Starts
		}
		if p.Valid.To == 0 || !p.Valid.To.Known() {
			p.Valid.To = farthest
		}
		if p.Cycle == (rating.Cycle{}) {
			p.Cycle = d.Cycle
		}
		if !p.Cycle.Anchor.Known() || p.Cycle.Anchor == 0 {
			p.Cycle.Anchor, p.Cycle.Day = d.Cycle.Anchor, d.Cycle.Day
		}
		if err := p.clean(); err != nil {
			return err
		}
	}
	return nil
}

// cleanLine checks a line that begins on a day and fills in what follows from the agreement.
func (s *Service) cleanLine(h *Head, l *NewLine, from civil.Date) error {
	if err := l.clean(); err != nil {
		return err
	}
	t := &l.Terms
	t.From = from
	complete(h, t)
	if err := checkTerms(t); err != nil {
		return err
	}
	if l.Quantity != nil {
		if err := (rating.Fact{Day: from, Quantity: *l.Quantity}).Check(); err != nil {
			return err
		}
	}
	return nil
}

// complete fills in the cycles of terms: the price's own interval is counted from the agreement's anchor, and one line of an
// invoice covers an interval of the agreement where that is the longer one.
func complete(h *Head, t *rating.Terms) {
	if t.Once {
		t.Cycle, t.Bill = rating.Cycle{Anchor: t.From, Unit: rating.Month, Every: 1}, rating.Cycle{}
		return
	}
	if t.Cycle.Every == 0 {
		t.Cycle.Every = 1
	}
	t.Cycle.Anchor, t.Cycle.Day = h.Cycle.Anchor, h.Cycle.Day
	if t.Cycle.Unit == rating.Week || t.Cycle.Unit == rating.Day {
		t.Cycle.Day = 0
	}
	t.Bill = rating.Cycle{}
	if length(h.Cycle) > length(t.Cycle) {
		t.Bill = h.Cycle
	}
}

// length is about how many days an interval has, to compare two.
func length(c rating.Cycle) int { p := c.Interval(0); return p.Days() }

// putParts writes lines, their first quantities and the allowances.
func (s *Service) putParts(ctx context.Context, q *store.Queries, id ids.ID, d *NewAgreement) error {
	pots := make([]ids.ID, len(d.Pots))
	overage := make([]ids.ID, len(d.Pots))
	for i := range d.Lines {
		line, err := s.putLine(ctx, q, id, 0, i+1, &d.Lines[i])
		if err != nil {
			return err
		}
		if n := d.Lines[i].Pot; n > 0 {
			overage[n-1] = line
		}
	}
	for i := range d.Pots {
		pots[i] = s.p.IDs.New()
		d.Pots[i].Line = overage[i]
		if err := s.putPot(ctx, q, id, pots[i], &d.Pots[i]); err != nil {
			return err
		}
	}
	return nil
}

// putLine writes one line with its terms and first quantity.
func (s *Service) putLine(ctx context.Context, q *store.Queries, id, amendment ids.ID, position int, l *NewLine) (ids.ID, error) {
	line := s.p.IDs.New()
	err := q.InsertLine(ctx, store.InsertLineParams{
		ID: int64(line), AgreementID: int64(id), Position: int64(position), ItemID: int64(l.Item), Code: l.Code, Name: l.Name, Description: l.Description, Kind: l.Kind, Family: l.Family,
		Measure: l.Unit, TaxCode: l.Tax, Account: l.Account, Counted: l.Counted, Filter: l.Filter, Last: int64(civil.NoDate),
	})
	if err != nil {
		return 0, err
	}
	if err := s.putTerms(ctx, q, id, line, amendment, &l.Terms); err != nil {
		return 0, err
	}
	n := l.Quantity
	if n == nil && l.Counted == CountedFixed && l.Terms.Rule != rating.Sum {
		n = &money.Decimal{Coef: 1}
	}
	if n == nil {
		return line, nil
	}
	source := "agreement"
	if l.Counted != CountedFixed {
		source = "first count"
	}
	return line, s.putFact(ctx, q, id, line, NewFact{Day: l.Terms.From, Quantity: *n, Source: source})
}

func (s *Service) putTerms(ctx context.Context, q *store.Queries, id, line, amendment ids.ID, t *rating.Terms) error {
	more, err := packMore(&t.Price)
	if err != nil {
		return err
	}
	p := store.InsertTermsParams{
		ID: int64(s.p.IDs.New()), LineID: int64(line), AgreementID: int64(id), AmendmentID: int64(amendment), Starts: int64(t.From), Anchor: int64(t.Cycle.Anchor), Unit: int64(t.Cycle.Unit),
		Every: int64(t.Cycle.Every), Day: int64(t.Cycle.Day), BillUnit: -1, Once: flag(t.Once), Arrears: flag(t.Arrears), Prorate: int64(t.Prorate), Rule: int64(t.Rule), Model: int64(t.Price.Model),
		PriceCoef: t.Price.Unit.Coef, PriceScale: int64(t.Price.Unit.Scale), More: more,
	}
	if t.Bill != (rating.Cycle{}) {
		p.BillAnchor, p.BillUnit, p.BillEvery, p.BillDay = int64(t.Bill.Anchor), int64(t.Bill.Unit), int64(t.Bill.Every), int64(t.Bill.Day)
	}
	return q.InsertTerms(ctx, p)
}

func (s *Service) putPot(ctx context.Context, q *store.Queries, id, pot ids.ID, p *Pot) error {
	carry := money.Decimal{Coef: -1}
	if p.Carry != nil {
		carry = *p.Carry
	}
	ends := civil.NoDate
	if p.Valid.To < farthest {
		ends = p.Valid.To - 1
	}
	err := q.InsertPot(ctx, store.InsertPotParams{
		ID: int64(pot), AgreementID: int64(id), LineID: int64(p.Line), Name: p.Name, Measure: p.Measure, Anchor: int64(p.Cycle.Anchor), Unit: int64(p.Cycle.Unit), Every: int64(p.Cycle.Every), Day: int64(p.Cycle.Day),
		Starts: int64(p.Valid.From), Ends: int64(ends), EachCoef: p.Each.Coef, EachScale: int64(p.Each.Scale), Prorate: int64(p.Prorate), CarryCoef: carry.Coef, CarryScale: int64(carry.Scale), Keep: int64(p.Keep),
		Alert: int64(p.Alert), Work: p.Work, Follows: int64(p.Follows),
	})
	if err != nil {
		return err
	}
	for after, weights := range []map[ids.ID]money.Decimal{p.Weights, p.After} {
		for kind, w := range weights {
			if err := q.InsertWeight(ctx, store.InsertWeightParams{PotID: int64(pot), TypeID: int64(kind), AfterHours: int64(after), Coef: w.Coef, Scale: int64(w.Scale)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sign is who agreed, and the document that was signed.
type Sign struct {
	By       string
	At       time.Time // zero = now
	Document string    // digest in the file store; "" = none
	Reason   string
}

// Activate makes a draft binding: from its first day it is billed.
func (s *Service) Activate(ctx context.Context, id ids.ID, version int64, sign Sign) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.ActivateIn(ctx, tx, id, version, sign) })
}

// ActivateIn is Activate inside a transaction.
func (s *Service) ActivateIn(ctx context.Context, tx *sql.Tx, id ids.ID, version int64, sign Sign) error {
	return s.changeIn(ctx, tx, Signed, "agreements.activated", id, sign.By, func(tx *sql.Tx, q *store.Queries) error {
		if err := s.lockDraft(ctx, q, id, version); err != nil {
			return err
		}
		a, err := s.get(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(a.Lines) == 0 {
			return fault.NewInvalid("An agreement needs at least one line before it can be activated.").On("lines")
		}
		ends := a.Ends
		if !ends.Known() && a.Term > 0 && a.Renew == 0 {
			ends = a.TermEnd(a.Starts) - 1
		}
		at := sign.At
		if at.IsZero() {
			at = s.p.Clock.Now()
		}
		if err := q.Activate(ctx, store.ActivateParams{
			ID: int64(id), Ends: int64(ends), SignedBy: sign.By, SignedAt: clock.Micros(at), Document: sign.Document, NextDue: int64(a.Starts.AddDays(-a.Lead)),
		}); err != nil {
			return err
		}
		return s.putAmendment(ctx, q, id, s.p.IDs.New(), 1, Amendment{Day: a.Starts, Kind: "signed", Reason: sign.Reason}, nil)
	})
}

// Cancel takes back an agreement that has not begun and of which nothing was billed.
func (s *Service) Cancel(ctx context.Context, id ids.ID, version int64, reason string) error {
	return s.change(ctx, Stopped, "agreements.cancelled", id, reason, func(tx *sql.Tx, q *store.Queries) error {
		a, err := s.get(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.State != Active || a.LastRun.Known() {
			return fault.NewConflict("This agreement has been billed already: end it instead.")
		}
		if err := s.lock(ctx, q, id, version); err != nil {
			return err
		}
		return q.Cancel(ctx, int64(id))
	})
}

func headParams(id ids.ID, h *Head) store.InsertAgreementParams {
	least := money.Decimal{Coef: -1}
	if h.Least != nil {
		least = *h.Least
	}
	return store.InsertAgreementParams{
		ID: int64(id), ClientID: int64(h.Client), Name: h.Name, Currency: string(h.Currency), Zone: h.Zone, Starts: int64(h.Starts), Ends: int64(h.Ends), Anchor: int64(h.Cycle.Anchor), Unit: int64(h.Cycle.Unit),
		Every: int64(h.Cycle.Every), Day: int64(h.Cycle.Day), Arrears: flag(h.Arrears), Prorate: int64(h.Prorate), Lead: int64(h.Lead), Term: int64(h.Term), Renew: int64(h.Renew), Notice: int64(h.Notice),
		LeastCoef: least.Coef, LeastScale: int64(least.Scale), RiseCoef: h.Rise.Percent.Coef, RiseScale: int64(h.Rise.Percent.Scale), RiseEvery: int64(h.Rise.Every), RiseNext: int64(h.Rise.Next), RiseIndex: h.Rise.Index,
		PayDays: int64(h.PayDays), PurchaseOrder: h.Order, Scope: h.Scope, CoversWork: h.Work, LevelID: int64(h.Level), QuoteID: int64(h.Quote), PlanID: int64(h.Plan), Origin: h.Origin,
	}
}

func updateParams(id ids.ID, h *Head, now int64) store.UpdateHeadParams {
	p := headParams(id, h)
	return store.UpdateHeadParams{
		ID: p.ID, ClientID: p.ClientID, Name: p.Name, Currency: p.Currency, Zone: p.Zone, Starts: p.Starts, Ends: p.Ends, Anchor: p.Anchor, Unit: p.Unit, Every: p.Every, Day: p.Day, Arrears: p.Arrears, Prorate: p.Prorate,
		Lead: p.Lead, Term: p.Term, Renew: p.Renew, Notice: p.Notice, LeastCoef: p.LeastCoef, LeastScale: p.LeastScale, RiseCoef: p.RiseCoef, RiseScale: p.RiseScale, RiseEvery: p.RiseEvery, RiseNext: p.RiseNext,
		RiseIndex: p.RiseIndex, PayDays: p.PayDays, PurchaseOrder: p.PurchaseOrder, Scope: p.Scope, CoversWork: p.CoversWork, LevelID: p.LevelID, ChangedAt: now,
	}
}

// by returns who acts.
func by(ctx context.Context) (ids.ID, string) {
	if id := access.From(ctx); id != nil {
		return id.User, id.Name
	}
	return 0, ""
}

// Forget deletes an agreement with everything that belongs to it, whatever its state: for the invented firm, after its documents
// were deleted.
func (s *Service) Forget(ctx context.Context, id ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if _, err := q.StateOf(ctx, int64(id)); err != nil {
			return found(err, noAgreement())
		}
		for _, wipe := range []func(context.Context, int64) error{q.DeleteWeights, q.DeleteGrants, q.DeletePots, q.DeleteFacts, q.DeleteMembers, q.DeleteTerms, q.DeleteLines, q.DeleteLetters, q.DeleteAmendments, q.DeleteAgreement} {
			if err := wipe(ctx, int64(id)); err != nil {
				return err
			}
		}
		return s.p.Access.Record(ctx, tx, "agreements.forgotten", id.String(), "")
	})
}
