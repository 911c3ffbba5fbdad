// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/payments/match"
)

// Method is how money came.
type Method string

// The methods.
const (
	ByBank   Method = "bank"
	ByCash   Method = "cash"
	ByCheque Method = "cheque"
	ByCard   Method = "card"
	ByDebit  Method = "debit"
	ByStripe Method = "stripe"
	ByOther  Method = "other"
)

// Methods are those that a person can enter.
func Methods() []Method { return []Method{ByBank, ByCash, ByCheque, ByCard, ByDebit, ByOther} }

// Payment is money that came in (Minor above 0) or went back.
type Payment struct {
	ID        ids.ID
	Version   int64
	Client    ids.ID
	Name      string // of the client when it was booked
	Day       civil.Date
	Minor     int64
	Left      int64 // belongs to no document yet
	Currency  money.Currency
	Method    Method
	Reference string
	Note      string
	Ledger    string // account of the journal; "" = the bank of the billing settings
	Line      ids.ID // the booking of a bank that it is
	Attempt   ids.ID
	Debit     ids.ID
	Of        ids.ID // the payment that it gives back
	Provider  string // Stripe's id
	Undone    bool
	UndoneDay civil.Date
	UndoneWhy string
	AuthorID  ids.ID
	Author    string
	MadeAt    int64
}

const paymentColumns = `p.id, p.version, p.client_id, p.client, p.day, p.minor, p.left_minor, p.currency, p.method, p.reference, p.note, p.ledger, p.line_id, p.attempt_id, p.debit_id, p.of_id, p.provider, p.state, p.undone_day, p.undone_why, p.author_id, p.author, p.made_at`

func scanPayment(row interface{ Scan(...any) error }) (p Payment, err error) {
	var state int64
	err = row.Scan(&p.ID, &p.Version, &p.Client, &p.Name, &p.Day, &p.Minor, &p.Left, &p.Currency, &p.Method, &p.Reference, &p.Note, &p.Ledger, &p.Line, &p.Attempt, &p.Debit, &p.Of, &p.Provider, &state, &p.UndoneDay, &p.UndoneWhy,
		&p.AuthorID, &p.Author, &p.MadeAt)
	p.Undone = state != 0
	return p, err
}

// Allocation is what of a payment went to a document; below 0 where it was taken back.
type Allocation struct {
	ID      ids.ID
	Payment ids.ID
	Invoice ids.ID
	Day     civil.Date
	Minor   int64
	Author  string
	MadeAt  int64
}

func scanAllocation(row interface{ Scan(...any) error }) (a Allocation, err error) {
	err = row.Scan(&a.ID, &a.Payment, &a.Invoice, &a.Day, &a.Minor, &a.Author, &a.MadeAt)
	return a, err
}

const allocationColumns = "a.id, a.payment_id, a.invoice_id, a.day, a.minor, a.author, a.made_at"

func noPayment() *fault.Error { return fault.NewNotFound("There is no such payment.") }

// Payment returns a payment with its allocations, oldest first.
func (s *Service) Payment(ctx context.Context, id ids.ID) (Payment, []Allocation, error) {
	p, err := paymentIn(ctx, s.p.DB.Reader(), id)
	if err != nil {
		return p, nil, err
	}
	list, err := allocationsIn(ctx, s.p.DB.Reader(), id)
	return p, list, err
}

func paymentIn(ctx context.Context, q db.Query, id ids.ID) (Payment, error) {
	p, err := scanPayment(q.QueryRowContext(ctx, "SELECT "+paymentColumns+" FROM payments_payments p WHERE p.id = $1", int64(id)))
	return p, found(err, noPayment())
}

func allocationsIn(ctx context.Context, q db.Query, payment ids.ID) ([]Allocation, error) {
	return all(ctx, q, scanAllocation, "SELECT "+allocationColumns+" FROM payments_allocations a WHERE a.payment_id = $1 ORDER BY a.id", int64(payment))
}

// Held returns what each document has of a payment now, in the order in which they first got something; documents that have
// nothing any more are left out.
func Held(list []Allocation) []match.Allocation {
	var out []match.Allocation
	at := map[ids.ID]int{}
	for _, a := range list {
		i, seen := at[a.Invoice]
		if !seen {
			i = len(out)
			at[a.Invoice] = i
			out = append(out, match.Allocation{Invoice: a.Invoice})
		}
		out[i].Amount += a.Minor
	}
	kept := out[:0]
	for _, x := range out {
		if x.Amount != 0 {
			kept = append(kept, x)
		}
	}
	return kept
}

// Entry is a payment as it is entered.
type Entry struct {
	Client      ids.ID
	Day         civil.Date
	Minor       int64
	Currency    money.Currency
	Method      Method
	Reference   string
	Note        string
	Allocations []match.Allocation
}

// Record books a payment that a person enters.
func (s *Service) Record(ctx context.Context, e Entry) (ids.ID, error) {
	p := Payment{
		Client: e.Client, Day: e.Day, Minor: e.Minor, Currency: e.Currency, Method: e.Method, Reference: strings.TrimSpace(e.Reference), Note: strings.TrimSpace(e.Note),
	}
	known := false
	for _, m := range Methods() {
		known = known || m == p.Method
	}
	switch {
	case !known:
		return 0, fault.NewInvalid("Choose how the money came.").On("method")
	case len(p.Reference) > 300 || len(p.Note) > 2000:
		return 0, fault.NewInvalid("Please enter at most %d characters.", 300).On("reference")
	}
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.put(ctx, tx, &p, e.Allocations) })
	return p.ID, err
}

// put books money that came in, in the transaction of what it comes from.
func (s *Service) put(ctx context.Context, tx *sql.Tx, p *Payment, to []match.Allocation) error {
	if err := s.check(ctx, p); err != nil {
		return err
	}
	if p.ID == 0 {
		p.ID = s.p.IDs.New()
	}
	p.AuthorID, p.Author = by(ctx)
	p.Left, p.UndoneDay, p.MadeAt, p.Version = p.Minor, civil.NoDate, s.now(), 1
	if err := insertPayment(ctx, tx, p); err != nil {
		return err
	}
	names, err := s.ledgers(ctx, p)
	if err != nil {
		return err
	}
	var given int64
	for _, a := range to {
		if given, err = money.AddMinor(given, a.Amount); err != nil || a.Amount <= 0 || given > p.Minor {
			return fault.NewInvalid("More is given to invoices than came in.").On("allocations")
		}
		if _, err := s.give(ctx, tx, p, a, p.Day, billing.ByPayment); err != nil {
			return err
		}
	}
	e := billing.Entry{Day: p.Day, Kind: "payment", Ref: p.ID, Number: p.Reference, Client: p.Client, Text: string(p.Method)}
	e.Put(names.Bank, p.Minor, p.Currency)
	e.Put(names.Receivable, -given, p.Currency)
	e.Put(names.Credit, given-p.Minor, p.Currency)
	if err := s.p.Billing.Post(ctx, tx, e); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, Happening{What: Received, Payment: *p}); err != nil {
		return err
	}
	return s.p.Access.Record(ctx, tx, "payments.record", p.ID.String(), p.Name+" "+p.amount())
}

func (p *Payment) amount() string { return money.Amount{Minor: p.Minor, Currency: p.Currency}.String() }

func (s *Service) check(ctx context.Context, p *Payment) error {
	switch {
	case p.Client == 0:
		return fault.NewInvalid("Which client paid?").On("client")
	case p.Minor <= 0 || p.Minor > 1e15:
		return fault.NewInvalid("Enter an amount above 0.").On("amount")
	case !p.Currency.Known():
		return fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", string(p.Currency)).On("currency")
	case !p.Day.Known():
		return fault.NewInvalid("On which day did the money come?").On("day")
	case p.Day > s.Today().AddDays(1):
		return fault.NewInvalid("The day lies in the future.").On("day")
	}
	names, err := s.p.Clients.Names(ctx, everything, p.Client)
	if err != nil {
		return err
	}
	if p.Name = names[p.Client]; p.Name == "" {
		return fault.NewInvalid("There is no such client.").On("client")
	}
	return nil
}

func insertPayment(ctx context.Context, tx *sql.Tx, p *Payment) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO payments_payments (id, client_id, client, day, minor, left_minor, currency, method, reference, note, ledger, line_id, attempt_id, debit_id, of_id, provider, author_id, author, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		int64(p.ID), int64(p.Client), p.Name, int64(p.Day), p.Minor, p.Left, string(p.Currency), string(p.Method), p.Reference, p.Note, p.Ledger, int64(p.Line), int64(p.Attempt), int64(p.Debit), int64(p.Of), p.Provider, int64(p.AuthorID), p.Author, p.MadeAt)
	if db.IsUnique(err) {
		return fault.NewConflict("This payment is booked already.").Because(err)
	}
	return err
}

// ledgers are the accounts of the journal that a payment touches.
func (s *Service) ledgers(ctx context.Context, p *Payment) (billing.Accounts, error) {
	firm, err := s.p.Billing.Firm(ctx)
	names := firm.Accounts
	if p.Ledger != "" {
		names.Bank = p.Ledger
	}
	return names, err
}

// give gives a part of what is left of a payment to a document, without an entry of the journal. Below 0 it takes back.
func (s *Service) give(ctx context.Context, tx *sql.Tx, p *Payment, to match.Allocation, day civil.Date, kind string) (Allocation, error) {
	d, err := s.p.Billing.DocIn(ctx, tx, to.Invoice)
	if err != nil {
		return Allocation{}, err
	}
	switch {
	case d.Client != p.Client:
		return Allocation{}, fault.NewInvalid("%s belongs to another client.", d.Number).On("allocations")
	case d.Currency != p.Currency:
		return Allocation{}, fault.NewInvalid("%[1]s is in %[2]s.", d.Number, string(d.Currency)).On("allocations")
	case d.Kind == invoice.CreditNote && p.Minor > 0:
		return Allocation{}, fault.NewInvalid("%s is a credit note: it is paid out or set against an invoice.", d.Number).On("allocations")
	}
	if to.Amount > 0 && d.Issued > day {
		day = d.Issued
	}
	_, author := by(ctx)
	a := Allocation{ID: s.p.IDs.New(), Payment: p.ID, Invoice: to.Invoice, Day: day, Minor: to.Amount, Author: author, MadeAt: s.now()}
	if err := one(ctx, tx, fault.NewConflict("Less is left of the payment than that."), "UPDATE payments_payments SET left_minor = left_minor - $2, version = version + 1 WHERE id = $1 AND state = 0 AND left_minor - $2 >= 0", int64(p.ID), to.Amount); err != nil {
		return a, err
	}
	p.Left -= to.Amount
	p.Version++
	_, err = tx.ExecContext(ctx, "INSERT INTO payments_allocations (id, payment_id, invoice_id, day, minor, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)", int64(a.ID), int64(a.Payment), int64(a.Invoice), int64(a.Day), a.Minor, a.Author, a.MadeAt)
	if err != nil {
		return a, err
	}
	err = s.p.Billing.Settle(ctx, tx, billing.Settlement{Invoice: to.Invoice, Day: day, Minor: to.Amount, Kind: kind, Ref: a.ID})
	return a, err
}

// Allocate gives what is left of a payment to documents.
func (s *Service) Allocate(ctx context.Context, id ids.ID, to []match.Allocation) error {
	return s.reallocate(ctx, id, to, "payments.allocate")
}

// Release takes an amount back from a document: it is the client's credit again.
func (s *Service) Release(ctx context.Context, id ids.ID, from match.Allocation) error {
	if from.Amount <= 0 {
		return fault.NewInvalid("Enter an amount above 0.").On("amount")
	}
	from.Amount = -from.Amount
	return s.reallocate(ctx, id, []match.Allocation{from}, "payments.release")
}

func (s *Service) reallocate(ctx context.Context, id ids.ID, to []match.Allocation, action string) error {
	if len(to) == 0 {
		return fault.NewInvalid("To which invoice does the money belong?").On("allocations")
	}
	return s.change(ctx, action, id.String(), "", func(tx *sql.Tx) error {
		p, err := paymentIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Undone || p.Minor < 0 {
			return fault.NewConflict("This payment is taken back.")
		}
		names, err := s.ledgers(ctx, &p)
		if err != nil {
			return err
		}
		for _, x := range to {
			if x.Amount == 0 || action == "payments.allocate" && x.Amount < 0 {
				return fault.NewInvalid("Enter an amount above 0.").On("allocations")
			}
			if err := s.holds(ctx, tx, id, x); err != nil {
				return err
			}
			a, err := s.give(ctx, tx, &p, x, s.Today(), billing.ByPayment)
			if err != nil {
				return err
			}
			e := billing.Entry{Day: a.Day, Kind: "allocation", Ref: a.ID, Number: p.Reference, Client: p.Client}
			e.Put(names.Credit, x.Amount, p.Currency)
			e.Put(names.Receivable, -x.Amount, p.Currency)
			if err := s.p.Billing.Post(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// holds checks that a document has as much of a payment as is to be taken back.
func (s *Service) holds(ctx context.Context, tx *sql.Tx, payment ids.ID, x match.Allocation) error {
	if x.Amount > 0 {
		return nil
	}
	list, err := allocationsIn(ctx, tx, payment)
	if err != nil {
		return err
	}
	for _, h := range Held(list) {
		if h.Invoice == x.Invoice && h.Amount+x.Amount >= 0 {
			return nil
		}
	}
	return fault.NewConflict("Less of the payment belongs to this invoice than that.")
}
