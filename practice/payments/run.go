// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/payments/match"
	"mainstay/practice/payments/sepa"
)

// DebitState is where a direct debit stands.
type DebitState int

// The states of a direct debit.
const (
	DebitWaiting DebitState = iota
	DebitPaid
	DebitReturned
	DebitDropped // taken back with its run
)

// Debit is one collection.
type Debit struct {
	ID       ids.ID
	Run      ids.ID
	Mandate  ids.ID
	Client   ids.ID
	Invoice  ids.ID
	Block    string
	EndToEnd string
	Sequence sepa.Sequence
	Minor    int64
	State    DebitState
	Why      string // it came back: the bank's reason
}

const debitColumns = "d.id, d.run_id, d.mandate_id, d.client_id, d.invoice_id, d.block, d.end_to_end, d.sequence, d.minor, d.state, d.why"

func scanDebit(row interface{ Scan(...any) error }) (d Debit, err error) {
	err = row.Scan(&d.ID, &d.Run, &d.Mandate, &d.Client, &d.Invoice, &d.Block, &d.EndToEnd, &d.Sequence, &d.Minor, &d.State, &d.Why)
	return d, err
}

// RunState is where a run of direct debits stands.
type RunState int

// The states of a run.
const (
	RunMade RunState = iota
	RunCollected
	RunDropped
)

// Run is a file of direct debits.
type Run struct {
	ID      ids.ID
	Code    string
	Form    sepa.Version
	Collect civil.Date
	Minor   int64
	Debits  int
	State   RunState
	Author  string
	MadeAt  int64
}

const runColumns = "r.id, r.code, r.form, r.collect, r.minor, r.debits, r.state, r.author, r.made_at"

func scanRun(row interface{ Scan(...any) error }) (r Run, err error) {
	err = row.Scan(&r.ID, &r.Code, &r.Form, &r.Collect, &r.Minor, &r.Debits, &r.State, &r.Author, &r.MadeAt)
	return r, err
}

// Runs returns the runs made last.
func (s *Service) Runs(ctx context.Context, limit int) ([]Run, error) {
	return all(ctx, s.p.DB.Reader(), scanRun, "SELECT "+runColumns+" FROM payments_runs r ORDER BY r.id DESC LIMIT $1", limit)
}

// Run returns a run with its debits.
func (s *Service) Run(ctx context.Context, id ids.ID) (Run, []Debit, error) {
	r, err := runIn(ctx, s.p.DB.Reader(), id)
	if err != nil {
		return r, nil, err
	}
	list, err := debitsIn(ctx, s.p.DB.Reader(), id)
	return r, list, err
}

func runIn(ctx context.Context, q db.Query, id ids.ID) (Run, error) {
	r, err := scanRun(q.QueryRowContext(ctx, "SELECT "+runColumns+" FROM payments_runs r WHERE r.id = $1", int64(id)))
	return r, found(err, fault.NewNotFound("There is no such run."))
}

func debitsIn(ctx context.Context, q db.Query, run ids.ID) ([]Debit, error) {
	return all(ctx, q, scanDebit, "SELECT "+debitColumns+" FROM payments_debits d WHERE d.run_id = $1 ORDER BY d.id", int64(run))
}

// RunFile returns the file of a run as it was made.
func (s *Service) RunFile(ctx context.Context, id ids.ID) (code, body string, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT code, body FROM payments_runs WHERE id = $1", int64(id)).Scan(&code, &body)
	return code, body, found(err, fault.NewNotFound("There is no such run."))
}

// Candidate is an open invoice that may be collected.
type Candidate struct {
	billing.Doc
	Mandate Mandate
}

// Candidates returns the open invoices in euro of clients with a mandate that are not being collected, oldest first.
func (s *Service) Candidates(ctx context.Context) ([]Candidate, error) {
	return s.candidates(ctx, s.p.DB.Reader())
}

func (s *Service) candidates(ctx context.Context, q db.Query) ([]Candidate, error) {
	mandates, err := all(ctx, q, scanMandate, "SELECT "+mandateColumns+" FROM payments_mandates m WHERE m.ended = 0")
	if err != nil || len(mandates) == 0 {
		return nil, err
	}
	of := map[ids.ID]Mandate{}
	for _, m := range mandates {
		of[m.Client] = m
	}
	waiting, err := all(ctx, q, scanDebit, "SELECT "+debitColumns+" FROM payments_debits d WHERE d.state = 0")
	if err != nil {
		return nil, err
	}
	under := map[ids.ID]bool{}
	for _, d := range waiting {
		under[d.Invoice] = true
	}
	open, err := s.p.Billing.OpenAsOf(ctx, q, s.Today().AddDays(366), 0)
	if err != nil {
		return nil, err
	}
	var out []Candidate
	for _, d := range open {
		m, has := of[d.Client]
		if has && d.Open > 0 && d.Currency == "EUR" && d.Kind != invoice.CreditNote && !under[d.ID] {
			out = append(out, Candidate{d.Doc, m})
		}
	}
	slices.SortFunc(out, func(a, b Candidate) int { return int(a.Due) - int(b.Due) })
	return out, nil
}

// EarliestCollect is the first day on which a file made today can be collected.
func (s *Service) EarliestCollect(ctx context.Context) (civil.Date, error) {
	set, err := s.Settings(ctx)
	return sepa.Earliest(s.Today(), set.Lead), err
}

// MakeRun makes a file that collects what is open of invoices.
func (s *Service) MakeRun(ctx context.Context, collect civil.Date, invoices []ids.ID) (ids.ID, error) {
	set, err := s.Settings(ctx)
	if err != nil {
		return 0, err
	}
	firm, err := s.p.Billing.Firm(ctx)
	if err != nil {
		return 0, err
	}
	if earliest := sepa.Earliest(s.Today(), set.Lead); collect < earliest {
		return 0, fault.NewInvalid("The bank wants the file %[1]d banking days before. The earliest day is %[2]s.", set.Lead, earliest.String()).On("collect")
	}
	if firm.Creditor == "" || firm.Pay.IBAN == "" {
		return 0, fault.NewInvalid("For direct debits the billing settings must hold the firm's IBAN and creditor identifier.")
	}
	var id ids.ID
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		id, err = s.makeRun(ctx, tx, firm, set, collect, invoices)
		return err
	})
	return id, err
}

func (s *Service) makeRun(ctx context.Context, tx *sql.Tx, firm billing.Firm, set Settings, collect civil.Date, invoices []ids.ID) (ids.ID, error) {
	list, err := s.candidates(ctx, tx)
	if err != nil {
		return 0, err
	}
	var n int64
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM payments_runs").Scan(&n); err != nil {
		return 0, err
	}
	year, month, day := s.Today().Civil()
	code := fmt.Sprintf("MS-%04d%02d%02d-%d", year, month, day, n+1)
	file := sepa.File{
		Version: set.Version, ID: code, Created: s.p.Clock.Now().In(s.p.Zone), Collect: collect,
		Creditor: sepa.Creditor{Name: firm.Pay.Holder, IBAN: firm.Pay.IBAN, BIC: firm.Pay.BIC, ID: firm.Creditor},
	}
	words := locale.New(locale.Tag(firm.Language), s.p.Zone)
	var chosen []Candidate
	first := map[ids.ID]bool{}
	var sum int64
	for _, c := range list {
		if !slices.Contains(invoices, c.ID) {
			continue
		}
		seq := sepa.Recurring
		if !c.Mandate.Used && !first[c.Mandate.ID] {
			seq, first[c.Mandate.ID] = sepa.First, true
		}
		file.Debits = append(file.Debits, sepa.Debit{EndToEnd: fmt.Sprintf("%s-%d", code, len(chosen)+1), Amount: c.Open, Mandate: c.Mandate.Mandate, Sequence: seq, Text: words.T("Invoice %s", c.Number)})
		chosen = append(chosen, c)
		if sum, err = money.AddMinor(sum, c.Open); err != nil {
			return 0, err
		}
	}
	if len(chosen) != len(invoices) || len(chosen) == 0 {
		return 0, fault.NewConflict("Some of these invoices cannot be collected any more. Look at the list again.")
	}
	var body bytes.Buffer
	if err := sepa.Write(&body, file); err != nil {
		return 0, err
	}
	id := s.p.IDs.New()
	_, author := by(ctx)
	if _, err := tx.ExecContext(ctx, "INSERT INTO payments_runs (id, code, form, collect, minor, debits, body, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		int64(id), code, string(file.Version), int64(collect), sum, len(chosen), body.String(), author, s.now()); err != nil {
		return 0, err
	}
	for i, c := range chosen {
		d := file.Debits[i]
		if _, err := tx.ExecContext(ctx, "INSERT INTO payments_debits (id, run_id, mandate_id, client_id, invoice_id, block, end_to_end, sequence, minor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			int64(s.p.IDs.New()), int64(id), int64(c.Mandate.ID), int64(c.Client), int64(c.ID), file.BlockOf(i), d.EndToEnd, string(d.Sequence), d.Amount); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE payments_mandates SET used = 1, was = '', version = version + 1 WHERE id = $1", int64(c.Mandate.ID)); err != nil {
			return 0, err
		}
	}
	return id, s.p.Access.Record(ctx, tx, "payments.run", id.String(), code)
}

// DropRun takes a run back that was not handed to the bank: its invoices may be collected again.
func (s *Service) DropRun(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "payments.run_drop", id.String(), "", func(tx *sql.Tx) error {
		var paid int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM payments_debits WHERE run_id = $1 AND state <> 0", int64(id)).Scan(&paid); err != nil {
			return err
		}
		if paid > 0 {
			return fault.NewConflict("Some of this run is collected already.")
		}
		if err := one(ctx, tx, changedMeanwhile(), "UPDATE payments_runs SET state = 2 WHERE id = $1 AND state = 0", int64(id)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE payments_debits SET state = 3 WHERE run_id = $1 AND state = 0", int64(id))
		return err
	})
}

// CollectRun books what waits of a run as paid on its day, where no bank file says so.
func (s *Service) CollectRun(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "payments.run_collect", id.String(), "", func(tx *sql.Tx) error {
		r, err := runIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.State != RunMade {
			return changedMeanwhile()
		}
		if r.Collect > s.Today() {
			return fault.NewConflict("This run is collected on %s.", r.Collect.String())
		}
		list, err := debitsIn(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, d := range list {
			if d.State == DebitWaiting {
				if err := s.payDebit(ctx, tx, d, Payment{Day: r.Collect}); err != nil {
					return err
				}
			}
		}
		return s.closeRun(ctx, tx, id)
	})
}

// payDebit books a direct debit: what its invoice does not need any more is the client's credit.
func (s *Service) payDebit(ctx context.Context, tx *sql.Tx, d Debit, p Payment) error {
	if err := one(ctx, tx, changedMeanwhile(), "UPDATE payments_debits SET state = 1 WHERE id = $1 AND state = 0", int64(d.ID)); err != nil {
		return err
	}
	doc, err := s.p.Billing.DocIn(ctx, tx, d.Invoice)
	if err != nil {
		return err
	}
	p.Client, p.Minor, p.Currency, p.Method, p.Reference, p.Debit = doc.Client, d.Minor, doc.Currency, ByDebit, d.EndToEnd, d.ID
	var to []match.Allocation
	if n := min(d.Minor, doc.Open); n > 0 {
		to = []match.Allocation{{Invoice: d.Invoice, Amount: n}}
	}
	return s.put(ctx, tx, &p, to)
}

// closeRun marks a run as collected once nothing of it waits.
func (s *Service) closeRun(ctx context.Context, tx *sql.Tx, id ids.ID) error {
	_, err := tx.ExecContext(ctx, "UPDATE payments_runs SET state = 1 WHERE id = $1 AND state = 0 AND NOT EXISTS (SELECT 1 FROM payments_debits d WHERE d.run_id = $1 AND d.state = 0)", int64(id))
	return err
}

// collectedBy books the debits of a run, or of a block of it, that a bank credits in one sum.
func (s *Service) collectedBy(ctx context.Context, tx *sql.Tx, d Decision, l Booking, ledger string) error {
	list, err := debitsIn(ctx, tx, d.Bundle)
	if err != nil {
		return err
	}
	left := l.Minor
	for _, x := range list {
		if x.State != DebitWaiting || !slices.ContainsFunc(d.Allocations, func(a match.Allocation) bool { return a.Invoice == x.Invoice }) {
			continue
		}
		left -= x.Minor
		if err := s.payDebit(ctx, tx, x, Payment{Day: l.Day, Line: l.ID, Ledger: ledger}); err != nil {
			return err
		}
	}
	if left != 0 {
		return fault.NewConflict("The amount is not what this run collects. Divide it among the invoices by hand.")
	}
	return s.closeRun(ctx, tx, d.Bundle)
}

// debitPaid marks the debit that a single booking is, by its end-to-end id.
func (s *Service) debitPaid(ctx context.Context, tx *sql.Tx, p *Payment, l Booking) error {
	if l.EndToEnd == "" {
		return nil
	}
	d, err := s.debitOf(ctx, tx, l)
	if err != nil || d == nil || d.State != DebitWaiting || d.Client != p.Client {
		return err
	}
	p.Debit, p.Method = d.ID, ByDebit
	if _, err := tx.ExecContext(ctx, "UPDATE payments_debits SET state = 1 WHERE id = $1 AND state = 0", int64(d.ID)); err != nil {
		return err
	}
	return s.closeRun(ctx, tx, d.Run)
}

// debitOf finds the direct debit of ours that a booking is about; nil where it is about none.
func (s *Service) debitOf(ctx context.Context, q db.Query, l Booking) (*Debit, error) {
	if l.EndToEnd == "" {
		return nil, nil
	}
	d, err := scanDebit(q.QueryRowContext(ctx, "SELECT "+debitColumns+" FROM payments_debits d WHERE d.end_to_end = $1", l.EndToEnd))
	if err = found(err, fault.NewNotFound("")); fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &d, err
}

// acceptReturn books a direct debit that came back: its payment is taken back, and its invoice is open again.
func (s *Service) acceptReturn(ctx context.Context, tx *sql.Tx, l Booking, version int64) error {
	d, err := s.debitOf(ctx, tx, l)
	if err != nil {
		return err
	}
	if d == nil {
		return fault.NewInvalid("This is no direct debit of ours that came back. Ignore the booking, or give the money back on the page of its payment.")
	}
	if err := s.done(ctx, tx, l, version, Booked); err != nil {
		return err
	}
	why := strings.TrimSpace(l.Returned)
	list, err := all(ctx, tx, scanPayment, "SELECT "+paymentColumns+" FROM payments_payments p WHERE p.debit_id = $1 AND p.state = 0", int64(d.ID))
	if err != nil {
		return err
	}
	for _, p := range list {
		if err := s.undo(ctx, tx, p.ID, why); err != nil {
			return err
		}
	}
	if err := one(ctx, tx, fault.NewConflict("This direct debit came back before."), "UPDATE payments_debits SET state = 2, why = $2 WHERE id = $1 AND state IN (0, 1)", int64(d.ID), why); err != nil {
		return err
	}
	doc, err := s.p.Billing.DocIn(ctx, tx, d.Invoice)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, tx, Happening{What: Failed, Doc: doc, How: ByDebit, Minor: d.Minor, Why: why}); err != nil {
		return err
	}
	return s.closeRun(ctx, tx, d.Run)
}

// bundles are the runs that wait for the bank, whole and by block; each waiting debit's id is told of its invoice.
func (s *Service) bundles(ctx context.Context, q db.Query, tell func(invoiceID ids.ID, e2e string)) ([]match.Bundle, error) {
	list, err := all(ctx, q, scanDebit, "SELECT "+debitColumns+" FROM payments_debits d WHERE d.state = 0 ORDER BY d.run_id, d.id")
	if err != nil {
		return nil, err
	}
	var out []match.Bundle
	at := map[string]int{}
	put := func(name string, d Debit) {
		i, has := at[name]
		if !has {
			i, at[name] = len(out), len(out)
			out = append(out, match.Bundle{ID: d.Run, Names: []string{name}, Currency: "EUR"})
		}
		out[i].Parts = append(out[i].Parts, match.Allocation{Invoice: d.Invoice, Amount: d.Minor})
	}
	for _, d := range list {
		tell(d.Invoice, d.EndToEnd)
		put(d.Block, d)
		if code := d.Block[:max(0, strings.LastIndexByte(d.Block, '-'))]; code != "" {
			put(code, d)
		}
	}
	return out, nil
}
