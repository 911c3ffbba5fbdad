// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"errors"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/worklog"
)

// Preview is what a run would bill of one agreement, or of a client's work by itself. It comes about as in a run, by the same code,
// without the writing.
type Preview struct {
	Agreement *agreements.Agreement // nil of work by itself
	ClientID  ids.ID
	Client    string
	Document  *invoice.Invoice // nil when nothing is due, or it failed
	Day       civil.Date
	Net       int64 // of the agreement; below zero for a credit note
	Work      int64 // of time and materials that stand on it, net
	Last      int64 // of the document before
	First     bool  // there was none before
	Held      string
	Failed    string
	Changes   []Difference // against the document before; filled in by Compare
}

// Currency is that of the amounts.
func (p *Preview) Currency() money.Currency {
	if p.Document != nil {
		return p.Document.Currency
	}
	if p.Agreement != nil {
		return p.Agreement.Currency
	}
	return ""
}

// show takes over what stands on a draft.
func (p *Preview) show(d *draft) {
	p.Document, p.Client = d.doc, d.doc.Buyer.Name
	for i := range d.doc.Lines {
		if i >= len(d.spans) {
			p.Work += signed(d.doc.Kind, d.doc.Lines[i].Net)
		}
	}
}

// previewing is a preview under way.
type previewing struct {
	b        *book
	tx       *sql.Tx
	o        Order
	joined   map[ids.ID]bool   // clients whose work is on the invoice of an agreement
	taken    map[ids.ID]bool   // that work
	unpriced map[ids.ID]string // as in [biller]
	waiting  map[ids.ID]bool   // clients of whose agreements something is held back, or cannot be billed
}

// Previews calls fn for each document that a run would write, and for what it would hold back, in the order of the run; words
// says whether the reasons of lines are written too.
func (s *Service) Previews(ctx context.Context, o Order, words bool, fn func(*Preview) error) error {
	if o.Day == 0 || !o.Day.Known() {
		o.Day = s.Today()
	}
	b, err := s.book(ctx, words)
	if err != nil {
		return err
	}
	return s.p.DB.Read(ctx, func(tx *sql.Tx) error {
		v := previewing{b: b, tx: tx, o: o, joined: map[ids.ID]bool{}, taken: map[ids.ID]bool{}, waiting: map[ids.ID]bool{}, unpriced: map[ids.ID]string{}}
		for after := ids.ID(0); ; {
			list, err := s.p.Agreements.Due(ctx, tx, o.filter(after, batchSize))
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return v.work(ctx, fn)
			}
			if err := v.allowances(ctx, list); err != nil {
				return err
			}
			billed, err := spans(ctx, tx, list)
			if err != nil {
				return err
			}
			held, err := s.previewHolds(ctx, tx, b, list)
			if err != nil {
				return err
			}
			for _, a := range list {
				p, err := v.one(ctx, a, billed[a.ID], held)
				if err != nil {
					return err
				}
				if p != nil {
					if err := fn(p); err != nil {
						return err
					}
				}
			}
			after = list[len(list)-1].ID
		}
	})
}

// previewHolds also reads the last amounts where nothing is ever held, to show the difference.
func (s *Service) previewHolds(ctx context.Context, tx *sql.Tx, b *book, list []*agreements.Agreement) (holding, error) {
	h, err := s.holds(ctx, tx, b.firm.Hold, list)
	if err != nil || h.last != nil {
		return h, err
	}
	h.last, err = lastNets(ctx, tx, int64(list[0].ID), int64(list[len(list)-1].ID))
	return h, err
}

// one previews an agreement; nil when nothing is due of it.
func (v *previewing) one(ctx context.Context, a *agreements.Agreement, billed []rating.Span, held holding) (*Preview, error) {
	p := &Preview{Agreement: a, ClientID: a.Client, Day: v.o.Day}
	last, ok := held.last[a.ID]
	p.Last, p.First = last, !ok
	if name := v.unpriced[a.ID]; name != "" {
		p.Failed = v.b.noPrice(name)
		v.waiting[a.Client] = true
		return p, nil
	}
	r, err := Reckon(a, billed, v.o.Day)
	var d *draft
	if err == nil {
		p.Day, p.Net = r.Day, r.Net
		var work []worklog.ToBill
		if work, err = v.b.joins(ctx, v.tx, v.o, r, v.joined); err == nil {
			d, err = v.b.compose(ctx, v.tx, r, work)
		}
	}
	if said, ok := errors.AsType[*fault.Error](err); ok && said.Kind == fault.Invalid {
		p.Failed = said.Text
		v.waiting[a.Client] = true
		return p, nil
	}
	if err != nil || d == nil {
		return nil, err
	}
	p.show(d)
	if p.Held = held.why(v.b, r, d); p.Held != "" && !v.o.now() {
		v.waiting[a.Client] = true
		return p, nil
	}
	for _, x := range d.bills {
		v.joined[a.Client], v.taken[x.ID] = true, true
	}
	return p, nil
}

// Forecast returns the next documents of an agreement as it stands, or as it is edited: each on the day on which it would be
// billed, at most n of them and none later than two years ahead. billed is what was billed so far.
func (s *Service) Forecast(ctx context.Context, a *agreements.Agreement, n int) ([]*Preview, error) {
	b, err := s.book(ctx, true)
	if err != nil {
		return nil, err
	}
	var billed []rating.Span
	if a.LastRun.Known() {
		all, err := spans(ctx, s.p.DB.Reader(), []*agreements.Agreement{a})
		if err != nil {
			return nil, err
		}
		billed = all[a.ID]
	}
	copied := *a
	day := max(s.Today(), a.Starts.AddDays(-a.Lead))
	if a.NextDue > day && a.NextDue < Never && a.State == agreements.Active {
		day = a.NextDue
	}
	end := s.Today().AddDays(2 * 366)
	var out []*Preview
	for len(out) < n && day <= end {
		r, err := Reckon(&copied, billed, day)
		if err != nil {
			return out, err
		}
		d, err := b.compose(ctx, s.p.DB.Reader(), r, nil)
		if err != nil {
			return out, err
		}
		if d != nil {
			d.doc.Issued, d.doc.Due = day, day.AddDays(d.payDays)
			out = append(out, &Preview{Agreement: a, Client: d.doc.Buyer.Name, Document: d.doc, Day: day, Net: r.Net})
			for i := range r.Entries {
				billed = insertSpan(billed, r.Entries[i].Span)
			}
		}
		copied.LastRun = r.Day
		if r.Next <= day || r.Next == Never {
			break
		}
		day = r.Next
	}
	return out, nil
}

// insertSpan keeps spans ordered by line.
func insertSpan(list []rating.Span, s rating.Span) []rating.Span {
	for i := len(list); i > 0; i-- {
		if list[i-1].Line == s.Line {
			return append(list[:i:i], append([]rating.Span{s}, list[i:]...)...)
		}
	}
	return append(list, s)
}
