// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/payments/match"
)

// BookingState is where a booking stands.
type BookingState int

// The states of a booking.
const (
	ToReview BookingState = iota
	Booked
	Ignored
)

// Booking is a line of a bank file.
type Booking struct {
	ID        ids.ID
	Version   int64
	Account   ids.ID
	File      ids.ID
	Row       int
	Day       civil.Date
	ValueDay  civil.Date
	Minor     int64
	Currency  money.Currency
	Name      string
	IBAN      string
	Text      string
	Reference string
	EndToEnd  string
	Mandate   string
	Bundle    string
	Kind      string
	Returned  string
	State     BookingState
	Author    string
	DoneAt    int64
}

const bookingColumns = "l.id, l.version, l.account_id, l.file_id, l.row_no, l.day, l.value_day, l.minor, l.currency, l.name, l.iban, l.text, l.reference, l.end_to_end, l.mandate, l.bundle, l.kind, l.returned, l.state, l.author, l.done_at"

func scanBooking(row interface{ Scan(...any) error }) (l Booking, err error) {
	err = row.Scan(&l.ID, &l.Version, &l.Account, &l.File, &l.Row, &l.Day, &l.ValueDay, &l.Minor, &l.Currency, &l.Name, &l.IBAN, &l.Text, &l.Reference, &l.EndToEnd, &l.Mandate, &l.Bundle, &l.Kind, &l.Returned, &l.State, &l.Author, &l.DoneAt)
	return l, err
}

func bookingIn(ctx context.Context, q db.Query, id ids.ID) (Booking, error) {
	l, err := scanBooking(q.QueryRowContext(ctx, "SELECT "+bookingColumns+" FROM payments_lines l WHERE l.id = $1", int64(id)))
	return l, found(err, fault.NewNotFound("There is no such booking."))
}

// Bookings returns bookings in a state: those to review oldest first, others newest first, at most limit after an id.
func (s *Service) Bookings(ctx context.Context, state BookingState, after ids.ID, limit int) ([]Booking, error) {
	order, than := "l.id", ">"
	if state != ToReview {
		order, than = "l.id DESC", "<"
		if after == 0 {
			after = 1<<63 - 1
		}
	}
	return all(ctx, s.p.DB.Reader(), scanBooking, "SELECT "+bookingColumns+" FROM payments_lines l WHERE l.state = $1 AND l.id "+than+" $2 ORDER BY "+order+" LIMIT $3", int64(state), int64(after), limit)
}

// CountBookings counts the bookings that wait for a decision.
func (s *Service) CountBookings(ctx context.Context) (n int64, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM payments_lines WHERE state = 0").Scan(&n)
	return n, err
}

// Proposal is a booking with what it may be.
type Proposal struct {
	Booking
	Matches []match.Match
	Debit   *Debit // the direct debit that came back
	Certain bool   // the first match may be accepted without a look
}

// Review are the bookings that wait for a decision, with what they may be.
type Review struct {
	Proposals []Proposal
	Docs      map[ids.ID]billing.Doc // those that matches name
	More      bool                   // there are more than fit
}

// reviewed bounds how many bookings are shown at once.
const reviewed = 300

// Review finds out what the bookings that wait may be. Of two that are certain about the same invoice neither is.
func (s *Service) Review(ctx context.Context) (Review, error) {
	list, err := s.Bookings(ctx, ToReview, 0, reviewed+1)
	if err != nil {
		return Review{}, err
	}
	r := Review{More: len(list) > reviewed}
	list = list[:min(len(list), reviewed)]
	book, docs, err := s.book(ctx)
	if err != nil {
		return r, err
	}
	r.Docs = docs
	claimed := map[ids.ID]int{}
	for _, l := range list {
		p, err := s.propose(ctx, book, l)
		if err != nil {
			return r, err
		}
		if p.Certain {
			for _, a := range p.Matches[0].Allocations {
				claimed[a.Invoice]++
			}
		}
		r.Proposals = append(r.Proposals, p)
	}
	for i := range r.Proposals {
		p := &r.Proposals[i]
		if !p.Certain {
			continue
		}
		for _, a := range p.Matches[0].Allocations {
			if claimed[a.Invoice] > 1 {
				p.Certain, p.Matches[0].Certain = false, false
				p.Matches[0].Reasons = append(p.Matches[0].Reasons, match.Reason{Code: match.Several})
				break
			}
		}
	}
	return r, nil
}

// Proposal finds out what one booking may be.
func (s *Service) Proposal(ctx context.Context, id ids.ID) (Proposal, map[ids.ID]billing.Doc, error) {
	l, err := bookingIn(ctx, s.p.DB.Reader(), id)
	if err != nil {
		return Proposal{}, nil, err
	}
	book, docs, err := s.book(ctx)
	if err != nil {
		return Proposal{}, nil, err
	}
	p, err := s.propose(ctx, book, l)
	return p, docs, err
}

func (s *Service) propose(ctx context.Context, b *match.Book, l Booking) (Proposal, error) {
	p := Proposal{Booking: l}
	if l.Minor < 0 {
		d, err := s.debitOf(ctx, s.p.DB.Reader(), l)
		p.Debit = d
		return p, err
	}
	p.Matches = b.Find(match.Line{
		Day: l.Day, Amount: l.Minor, Currency: l.Currency, Name: l.Name, IBAN: l.IBAN, Text: l.Text, Reference: l.Reference, EndToEnd: l.EndToEnd, Bundle: l.Bundle,
	})
	p.Certain = len(p.Matches) > 0 && p.Matches[0].Certain
	return p, nil
}

// remembered is how long a paid invoice's number is still recognised, in days.
const remembered = 400

// book gathers what is open and who is known.
func (s *Service) book(ctx context.Context) (*match.Book, map[ids.ID]billing.Doc, error) {
	q := s.p.DB.Reader()
	list, err := s.p.Billing.RecentNumbers(ctx, q, s.Today().AddDays(-remembered))
	if err != nil {
		return nil, nil, err
	}
	docs := make(map[ids.ID]billing.Doc, len(list))
	at := make(map[ids.ID]int, len(list))
	var invoices []match.Invoice
	var payers []match.Payer
	named := map[ids.ID]bool{}
	for _, d := range list {
		if d.Kind == invoice.CreditNote {
			continue
		}
		docs[d.ID], at[d.ID] = d, len(invoices)
		invoices = append(invoices, match.Invoice{ID: d.ID, Client: d.Client, Number: d.Number, Currency: d.Currency, Open: d.Open, Issued: d.Issued, Due: d.Due, Reference: match.RF(d.Number)})
		if !named[d.Client] {
			named[d.Client] = true
			payers = append(payers, match.Payer{Client: d.Client, Name: d.Name})
		}
	}
	known, err := all(ctx, q, func(row interface{ Scan(...any) error }) (p match.Payer, err error) {
		err = row.Scan(&p.Client, &p.IBAN, &p.Name)
		return p, err
	}, `SELECT DISTINCT p.client_id, l.iban, l.name FROM payments_payments p JOIN payments_lines l ON l.id = p.line_id WHERE p.state = 0 AND p.debit_id = 0
UNION SELECT client_id, iban, holder FROM payments_mandates`)
	if err != nil {
		return nil, nil, err
	}
	bundles, err := s.bundles(ctx, q, func(invoiceID ids.ID, e2e string) {
		if i, open := at[invoiceID]; open {
			invoices[i].EndToEnd = append(invoices[i].EndToEnd, e2e)
		}
	})
	return match.NewBook(invoices, append(payers, known...), bundles), docs, err
}

// Decision is what a person decides a booking is.
type Decision struct {
	Booking     ids.ID
	Version     int64
	Client      ids.ID // whose credit the rest is; needed where something is left over and several or no clients are named
	Bundle      ids.ID // the direct debit run that it is
	Allocations []match.Allocation
	Note        string
}

// Accept books a booking: a payment for each client that its allocations name.
func (s *Service) Accept(ctx context.Context, d Decision) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.accept(ctx, tx, d) })
}

func (s *Service) accept(ctx context.Context, tx *sql.Tx, d Decision) error {
	l, err := bookingIn(ctx, tx, d.Booking)
	if err != nil {
		return err
	}
	if l.Minor < 0 {
		return s.acceptReturn(ctx, tx, l, d.Version)
	}
	if err := s.done(ctx, tx, l, d.Version, Booked); err != nil {
		return err
	}
	ledger := ""
	if err := tx.QueryRowContext(ctx, "SELECT ledger FROM payments_accounts WHERE id = $1", int64(l.Account)).Scan(&ledger); err != nil {
		return err
	}
	if d.Bundle != 0 {
		return s.collectedBy(ctx, tx, d, l, ledger)
	}
	var order []ids.ID
	parts := map[ids.ID][]match.Allocation{}
	left := l.Minor
	for _, a := range d.Allocations {
		if a.Amount <= 0 || a.Amount > left {
			return fault.NewInvalid("More is given to invoices than came in.").On("allocations")
		}
		left -= a.Amount
		doc, err := s.p.Billing.DocIn(ctx, tx, a.Invoice)
		if err != nil {
			return err
		}
		if _, known := parts[doc.Client]; !known {
			order = append(order, doc.Client)
		}
		parts[doc.Client] = append(parts[doc.Client], a)
	}
	rest := d.Client
	if left > 0 {
		if rest == 0 && len(order) == 1 {
			rest = order[0]
		}
		if rest == 0 {
			return fault.NewInvalid("%s is left over: say which client it belongs to.", money.Amount{Minor: left, Currency: l.Currency}.String()).On("client")
		}
		if _, known := parts[rest]; !known {
			order = append(order, rest)
		}
	}
	for _, client := range order {
		p := Payment{Client: client, Day: l.Day, Currency: l.Currency, Method: ByBank, Reference: reference(l), Note: d.Note, Ledger: ledger, Line: l.ID}
		for _, a := range parts[client] {
			p.Minor += a.Amount
		}
		if client == rest {
			p.Minor += left
		}
		if err := s.debitPaid(ctx, tx, &p, l); err != nil {
			return err
		}
		if err := s.put(ctx, tx, &p, parts[client]); err != nil {
			return err
		}
	}
	return nil
}

// reference is what a payment is remembered by.
func reference(l Booking) string {
	for _, s := range []string{l.Text, l.Reference, l.EndToEnd, l.Name} {
		if s != "" {
			if len(s) > 140 {
				s = s[:140]
			}
			return s
		}
	}
	return ""
}

// done marks a booking as decided.
func (s *Service) done(ctx context.Context, tx *sql.Tx, l Booking, version int64, state BookingState) error {
	if version != 0 && version != l.Version || l.State != ToReview {
		return fault.NewConflict("Somebody else has decided about this booking meanwhile.")
	}
	_, author := by(ctx)
	return one(ctx, tx, fault.NewConflict("Somebody else has decided about this booking meanwhile."), "UPDATE payments_lines SET state = $3, version = version + 1, author = $4, done_at = $5 WHERE id = $1 AND version = $2 AND state = 0",
		int64(l.ID), l.Version, int64(state), author, s.now())
}

// AcceptCertain books all bookings of which it is certain what they are, each in a transaction of its own, and counts them. One that
// changed meanwhile is left to a person.
func (s *Service) AcceptCertain(ctx context.Context) (n int, err error) {
	r, err := s.Review(ctx)
	if err != nil {
		return 0, err
	}
	for _, p := range r.Proposals {
		if !p.Certain {
			continue
		}
		m := p.Matches[0]
		err := s.Accept(ctx, Decision{Booking: p.ID, Version: p.Version, Client: m.Client, Bundle: m.Bundle, Allocations: m.Allocations})
		switch fault.KindOf(err) {
		case fault.Conflict, fault.Invalid:
			if err != nil {
				continue
			}
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Ignore says that bookings are nothing that belongs here.
func (s *Service) Ignore(ctx context.Context, id ids.ID, version int64) error {
	return s.change(ctx, "payments.ignore", id.String(), "", func(tx *sql.Tx) error {
		l, err := bookingIn(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.done(ctx, tx, l, version, Ignored)
	})
}

// Reopen takes the decision about a booking back: its payments are taken back, and it waits again.
func (s *Service) Reopen(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "payments.reopen", id.String(), "", func(tx *sql.Tx) error {
		l, err := bookingIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if l.State == ToReview {
			return changedMeanwhile()
		}
		list, err := all(ctx, tx, scanPayment, "SELECT "+paymentColumns+" FROM payments_payments p WHERE p.line_id = $1 AND p.state = 0 ORDER BY p.id", int64(id))
		if err != nil {
			return err
		}
		if l.State == Booked && len(list) == 0 {
			return fault.NewConflict("A direct debit that came back stays so. Collect the invoice again.")
		}
		for _, p := range list {
			if err := s.undo(ctx, tx, p.ID, ""); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "UPDATE payments_debits SET state = 0 WHERE state = 1 AND id = $1", int64(p.Debit)); err != nil {
				return err
			}
		}
		return one(ctx, tx, changedMeanwhile(), "UPDATE payments_lines SET state = 0, version = version + 1, author = '', done_at = 0 WHERE id = $1 AND version = $2", int64(id), l.Version)
	})
}
