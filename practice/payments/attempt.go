// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/payments/match"
	"mainstay/practice/payments/stripe"
)

// AttemptKind is how money is asked for through Stripe.
type AttemptKind string

// The kinds.
const (
	PayPage   AttemptKind = "page"   // the client pays on a page
	SetupPage AttemptKind = "setup"  // the client saves a way of paying
	SavedPay  AttemptKind = "charge" // a saved way is charged
)

// AttemptState is where an attempt stands.
type AttemptState int

// The states of an attempt.
const (
	AttemptOpen AttemptState = iota
	AttemptUnderWay
	AttemptDone
	AttemptFailed
	AttemptExpired
)

// Attempt is one try to take money through Stripe.
type Attempt struct {
	ID       ids.ID
	Client   ids.ID
	Invoice  ids.ID
	Kind     AttemptKind
	Minor    int64
	Currency money.Currency
	Session  string
	URL      string
	Provider string
	Method   ids.ID
	State    AttemptState
	Why      string
	Author   string
	MadeAt   int64
	Changed  int64
}

const attemptColumns = "t.id, t.client_id, t.invoice_id, t.kind, t.minor, t.currency, t.session, t.url, t.provider, t.method_id, t.state, t.why, t.author, t.made_at, t.changed_at"

func scanAttempt(row interface{ Scan(...any) error }) (t Attempt, err error) {
	err = row.Scan(&t.ID, &t.Client, &t.Invoice, &t.Kind, &t.Minor, &t.Currency, &t.Session, &t.URL, &t.Provider, &t.Method, &t.State, &t.Why, &t.Author, &t.MadeAt, &t.Changed)
	return t, err
}

// Attempt returns an attempt of a client.
func (s *Service) Attempt(ctx context.Context, client, id ids.ID) (Attempt, error) {
	t, err := attemptIn(ctx, s.p.DB.Reader(), id)
	if err == nil && client != 0 && t.Client != client {
		err = sql.ErrNoRows
	}
	return t, found(err, fault.NewNotFound("There is no such payment."))
}

func attemptIn(ctx context.Context, q db.Query, id ids.ID) (Attempt, error) {
	return scanAttempt(q.QueryRowContext(ctx, "SELECT "+attemptColumns+" FROM payments_attempts t WHERE t.id = $1", int64(id)))
}

// Attempts returns what was tried for an invoice, newest first.
func (s *Service) Attempts(ctx context.Context, inv ids.ID) ([]Attempt, error) {
	return all(ctx, s.p.DB.Reader(), scanAttempt, "SELECT "+attemptColumns+" FROM payments_attempts t WHERE t.invoice_id = $1 ORDER BY t.id DESC", int64(inv))
}

// stripe returns the client of Stripe's API.
func (s *Service) stripe(ctx context.Context) (*stripe.Client, error) {
	set, err := s.Settings(ctx)
	if err != nil {
		return nil, err
	}
	if !set.HasStripe() {
		return nil, fault.NewConflict("Payments by card are not set up.")
	}
	key, err := s.p.Sealer.Open(keyPurpose, set.Key)
	if err != nil {
		return nil, err
	}
	return stripe.New(stripe.Config{Key: key, URL: s.p.Stripe, HTTP: s.p.StripeHTTP})
}

func (s *Service) insertAttempt(ctx context.Context, t *Attempt) error {
	t.ID, t.MadeAt = s.p.IDs.New(), s.now()
	_, t.Author = by(ctx)
	return s.change(ctx, "payments.attempt", t.ID.String(), t.Invoice.String(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO payments_attempts (id, client_id, invoice_id, kind, minor, currency, method_id, author, made_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
			int64(t.ID), int64(t.Client), int64(t.Invoice), string(t.Kind), t.Minor, string(t.Currency), int64(t.Method), t.Author, t.MadeAt)
		return err
	})
}

// pageLives is how long a page of Stripe is offered again: it ends there after 24 hours.
const pageLives = 23 * time.Hour

// PayURL returns the address of a page where a client pays what is open of an invoice. A page that was opened before for the same
// amount is used again, so that nobody pays twice by going back and forth. back is where the browser returns to.
func (s *Service) PayURL(ctx context.Context, client, inv ids.ID, language, email, back string) (string, error) {
	d, err := s.p.Billing.Doc(ctx, inv)
	if err != nil {
		return "", err
	}
	if d.Client != client || d.State != billing.IssuedDoc || d.Kind == invoice.CreditNote {
		return "", fault.NewNotFound("There is no such document.") // before anything is said of it
	}
	api, err := s.stripe(ctx)
	if err != nil {
		return "", err
	}
	if d.Open <= 0 {
		return "", fault.NewConflict("This invoice is paid.")
	}
	list, err := s.Attempts(ctx, inv)
	if err != nil {
		return "", err
	}
	t := Attempt{Client: client, Invoice: inv, Kind: PayPage, Minor: d.Open, Currency: d.Currency}
	for _, old := range list {
		switch {
		case old.State == AttemptUnderWay:
			return "", fault.NewConflict("A payment of this invoice is under way. It can take some days until the bank confirms it.")
		case old.Kind == PayPage && old.State == AttemptOpen && old.Minor == d.Open && old.MadeAt > s.now()-pageLives.Microseconds():
			if old.URL != "" {
				return old.URL, nil
			}
			t = old // Stripe was never reached, or its answer was lost: ask with the same key
		}
	}
	if t.ID == 0 {
		if err := s.insertAttempt(ctx, &t); err != nil {
			return "", err
		}
	}
	customer, err := s.customerOf(ctx, client)
	if err != nil {
		return "", err
	}
	return s.open(ctx, api, &t, stripe.Page{
		Attempt: t.ID, Invoice: inv, Number: d.Number, Customer: customer, Email: email, Amount: t.Minor, Currency: t.Currency, Language: language, Done: back + "?paid=" + t.ID.String(), Back: back,
	})
}

func (s *Service) open(ctx context.Context, api *stripe.Client, t *Attempt, p stripe.Page) (string, error) {
	got, err := api.Open(ctx, "attempt-"+t.ID.String(), p)
	if err != nil {
		return "", err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE payments_attempts SET session = $2, url = $3, changed_at = $4 WHERE id = $1", int64(t.ID), got.ID, got.URL, s.now())
		return err
	})
	return got.URL, err
}

// SetupURL returns the address of a page where a client saves a way of paying.
func (s *Service) SetupURL(ctx context.Context, client ids.ID, language, email, back string) (string, error) {
	api, err := s.stripe(ctx)
	if err != nil {
		return "", err
	}
	firm, err := s.p.Billing.Firm(ctx)
	if err != nil {
		return "", err
	}
	customer, err := s.customerOf(ctx, client)
	if err != nil {
		return "", err
	}
	if customer == "" {
		names, err := s.p.Clients.Names(ctx, everything, client)
		if err != nil {
			return "", err
		}
		if customer, err = api.NewCustomer(ctx, "customer-"+client.String(), stripe.Customer{Client: client, Name: names[client], Email: email}); err != nil {
			return "", err
		}
		err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO payments_customers (client_id, customer, made_at) VALUES ($1, $2, $3) ON CONFLICT (client_id) DO NOTHING", int64(client), customer, s.now())
			return err
		})
		if err != nil {
			return "", err
		}
	}
	t := Attempt{Client: client, Kind: SetupPage, Currency: firm.Currency}
	if err := s.insertAttempt(ctx, &t); err != nil {
		return "", err
	}
	return s.open(ctx, api, &t, stripe.Page{Attempt: t.ID, Customer: customer, Currency: firm.Currency, Language: language, Done: back + "?saved=" + t.ID.String(), Back: back})
}

func (s *Service) customerOf(ctx context.Context, client ids.ID) (c string, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT customer FROM payments_customers WHERE client_id = $1", int64(client)).Scan(&c)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return c, err
}

// SavedMethod is a way of paying that a client saved.
type SavedMethod struct {
	ID               ids.ID
	Client           ids.ID
	Customer, Method string
	Label            string // "Visa ···· 4242"; "" until it is known
	MadeAt           int64
}

// SavedMethods returns the saved ways of paying of a client.
func (s *Service) SavedMethods(ctx context.Context, client ids.ID) ([]SavedMethod, error) {
	return all(ctx, s.p.DB.Reader(), scanMethod, "SELECT id, client_id, customer, method, label, made_at FROM payments_methods WHERE client_id = $1 AND ended = 0 ORDER BY id", int64(client))
}

func scanMethod(row interface{ Scan(...any) error }) (m SavedMethod, err error) {
	err = row.Scan(&m.ID, &m.Client, &m.Customer, &m.Method, &m.Label, &m.MadeAt)
	return m, err
}

// EndMethod stops using a saved way of paying. client 0 = whoever's it is.
func (s *Service) EndMethod(ctx context.Context, client, id ids.ID) error {
	return s.change(ctx, "payments.method_end", id.String(), "", func(tx *sql.Tx) error {
		return one(ctx, tx, fault.NewNotFound("There is no such way of paying."), "UPDATE payments_methods SET ended = 1 WHERE id = $1 AND ended = 0 AND (CAST($2 AS BIGINT) = 0 OR client_id = $2)", int64(id), int64(client))
	})
}

// ChargeSaved takes what is open of an invoice by a saved way of paying. An attempt whose answer was lost is asked about again with
// the same key: money is taken once.
func (s *Service) ChargeSaved(ctx context.Context, inv, method ids.ID) (AttemptState, error) {
	api, err := s.stripe(ctx)
	if err != nil {
		return 0, err
	}
	d, err := s.p.Billing.Doc(ctx, inv)
	if err != nil {
		return 0, err
	}
	methods, err := s.SavedMethods(ctx, d.Client)
	if err != nil {
		return 0, err
	}
	var m SavedMethod
	for _, x := range methods {
		if x.ID == method {
			m = x
		}
	}
	switch {
	case m.ID == 0:
		return 0, fault.NewNotFound("There is no such way of paying.")
	case d.State != billing.IssuedDoc || d.Kind == invoice.CreditNote || d.Open <= 0:
		return 0, fault.NewConflict("There is nothing to be paid on this document.")
	}
	list, err := s.Attempts(ctx, inv)
	if err != nil {
		return 0, err
	}
	t := Attempt{Client: d.Client, Invoice: inv, Kind: SavedPay, Minor: d.Open, Currency: d.Currency, Method: method}
	for _, old := range list {
		switch {
		case old.State == AttemptUnderWay:
			return 0, fault.NewConflict("A payment of this invoice is under way. It can take some days until the bank confirms it.")
		case old.State == AttemptOpen && old.Kind == SavedPay:
			if old.Minor != d.Open || old.Method != method {
				return 0, fault.NewConflict("An earlier attempt of another amount has no answer yet. Look in Stripe what became of it.")
			}
			t = old
		}
	}
	if t.ID == 0 {
		if err := s.insertAttempt(ctx, &t); err != nil {
			return 0, err
		}
	}
	got, err := api.Charge(ctx, "attempt-"+t.ID.String(), stripe.Charge{Attempt: t.ID, Invoice: inv, Number: d.Number, Customer: m.Customer, Method: m.Method, Amount: t.Minor, Currency: t.Currency})
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		if err := s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.fail(ctx, tx, t, "", fault.TextOf(err)) }); err != nil {
			return 0, err
		}
		return AttemptFailed, err
	}
	if err != nil {
		return 0, err
	}
	got.Attempt = t.ID // what was asked for, whatever a mock answers
	state := AttemptOpen
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		state, err = s.settleAttempt(ctx, tx, got)
		return err
	})
	return state, err
}

func (s *Service) mark(ctx context.Context, tx *sql.Tx, id ids.ID, state AttemptState, provider, why string) error {
	_, err := tx.ExecContext(ctx, "UPDATE payments_attempts SET state = $2, provider = CASE WHEN $3 = '' THEN provider ELSE $3 END, why = $4, changed_at = $5 WHERE id = $1 AND state <> 2", int64(id), int64(state), provider, why, s.now())
	return err
}

// fail notes that an attempt did not come through. Of a saved way of paying the firm is told: nobody stood before a page.
func (s *Service) fail(ctx context.Context, tx *sql.Tx, t Attempt, provider, why string) error {
	if err := s.mark(ctx, tx, t.ID, AttemptFailed, provider, why); err != nil || t.Kind != SavedPay || t.State == AttemptFailed {
		return err
	}
	d, err := s.p.Billing.DocIn(ctx, tx, t.Invoice)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, Happening{What: Failed, Doc: d, How: ByCard, Minor: t.Minor, Why: why})
}

// settleAttempt books what Stripe says of a payment. What was booked before is not booked again; what is no attempt of ours is
// left alone.
func (s *Service) settleAttempt(ctx context.Context, tx *sql.Tx, got stripe.Payment) (AttemptState, error) {
	t, err := attemptIn(ctx, tx, got.Attempt)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil || t.State == AttemptDone || t.Kind == SetupPage {
		return t.State, err
	}
	switch got.Status {
	case stripe.Processing:
		return AttemptUnderWay, s.mark(ctx, tx, t.ID, AttemptUnderWay, got.ID, "")
	case stripe.Failed:
		if t.Kind == PayPage && got.Why != "" { // the page stays: the client may try another card
			return AttemptOpen, s.mark(ctx, tx, t.ID, AttemptOpen, got.ID, got.Why)
		}
		return AttemptFailed, s.fail(ctx, tx, t, got.ID, got.Why)
	case stripe.Open:
		return t.State, nil
	}
	var n int64
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM payments_payments WHERE provider = $1", got.ID).Scan(&n); err != nil || n > 0 {
		return AttemptDone, err
	}
	d, err := s.p.Billing.DocIn(ctx, tx, t.Invoice)
	if err != nil {
		return 0, err
	}
	p := Payment{Client: d.Client, Day: s.Today(), Minor: got.Amount, Currency: got.Currency, Method: ByStripe, Reference: d.Number, Attempt: t.ID, Provider: got.ID, UndoneDay: civil.NoDate}
	var to []match.Allocation
	if open := min(d.Open, got.Amount); open > 0 && d.Currency == got.Currency {
		to = []match.Allocation{{Invoice: d.ID, Amount: open}}
	}
	if err := s.put(ctx, tx, &p, to); err != nil {
		return 0, err
	}
	return AttemptDone, s.mark(ctx, tx, t.ID, AttemptDone, got.ID, "")
}
