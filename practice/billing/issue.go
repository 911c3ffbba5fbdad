// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/store"
)

// chained is where a series stands inside a transaction that issues documents: the row of its counter is locked until the
// transaction ends, so that numbers have no gaps and the chain no forks.
type chained struct {
	series   store.BillingSeries
	year     int64
	next     int64
	hash     string
	day      civil.Date
	accounts Accounts
}

// chain locks a series for documents issued on a day.
func (s *Service) chain(ctx context.Context, tx *sql.Tx, code string, day civil.Date, accounts Accounts) (*chained, error) {
	q := store.New(tx)
	r, err := q.SeriesOf(ctx, code)
	if err != nil {
		return nil, found(err, fault.NewInvalid("There is no number series %s.", code))
	}
	c := &chained{series: r, day: day, accounts: accounts}
	if r.Yearly != 0 {
		year, _, _ := day.Civil()
		c.year = int64(year)
	}
	for {
		x, err := q.LockCounter(ctx, code, c.year)
		if err == nil {
			c.next, c.hash = x.Next, x.Hash
			return c, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		if err := q.AddCounter(ctx, code, c.year); err != nil {
			return nil, err
		}
	}
}

// keep writes back where the series stands now.
func (c *chained) keep(ctx context.Context, tx *sql.Tx) error {
	return store.New(tx).SetCounter(ctx, store.SetCounterParams{Series: c.series.Code, Year: c.year, Next: c.next, Hash: c.hash})
}

// issue gives a document its number, day and place in the chain, and returns its bytes.
func (c *chained) issue(f *invoice.Invoice, d *Doc) ([]byte, error) {
	f.Series, f.Issued = c.series.Code, c.day
	f.Number = numberOf(c.series.Pattern, c.day, c.next)
	if f.Pay.Reference == "" {
		f.Pay.Reference = f.Number
	}
	if err := f.Check(invoice.Paper).Err(); err != nil {
		return nil, err
	}
	b, err := f.Canonical()
	if err != nil {
		return nil, err
	}
	d.Prev, d.Hash = c.hash, hashOf(c.hash, b)
	d.State, d.Series, d.Year, d.Seq, d.Number, d.Issued, d.Due = IssuedDoc, c.series.Code, c.year, c.next, f.Number, f.Issued, f.Due
	d.Open = f.Totals.Payable
	c.hash = d.Hash
	c.next++
	return b, nil
}

// hashOf chains the bytes of a document to the hash of the one before it.
func hashOf(prev string, body []byte) string {
	h := sha256.New()
	h.Write([]byte(prev + "\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// numberOf fills in a pattern such as "INV-{year}-{number:5}".
func numberOf(pattern string, day civil.Date, n int64) string {
	year, month, _ := day.Civil()
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		word, after, _ := strings.Cut(rest, "}")
		name, width, _ := strings.Cut(word, ":")
		w, _ := strconv.Atoi(width)
		switch name {
		case "year":
			fmt.Fprintf(&b, "%04d", year)
		case "month":
			fmt.Fprintf(&b, "%02d", month)
		case "number":
			fmt.Fprintf(&b, "%0*d", min(w, 12), n)
		}
		pattern = after
	}
}

// Series is a number series.
type Series struct {
	Code, Name, Pattern string
	Yearly              bool
}

// SeriesList returns the number series by code.
func (s *Service) SeriesList(ctx context.Context) ([]Series, error) {
	rows, err := s.read().SeriesList(ctx)
	out := make([]Series, len(rows))
	for i, r := range rows {
		out[i] = Series{r.Code, r.Name, r.Pattern, r.Yearly != 0}
	}
	return out, err
}

// SetSeries adds a number series or changes how its numbers are written from now on.
func (s *Service) SetSeries(ctx context.Context, x Series) error {
	x.Code, x.Pattern = strings.TrimSpace(x.Code), strings.TrimSpace(x.Pattern)
	switch {
	case x.Code == "" || len(x.Code) > 40 || len(x.Name) > 200 || len(x.Pattern) > 60:
		return fault.NewInvalid("Please enter a name of at most %d characters.", 40).On("code")
	case strings.Count(x.Pattern, "{number") != 1:
		return fault.NewInvalid("The pattern must contain {number} once, such as INV-{year}-{number:5}.").On("pattern")
	case x.Yearly && !strings.Contains(x.Pattern, "{year}"):
		return fault.NewInvalid("A series that begins anew each year must contain {year}: else two documents get one number.").On("pattern")
	}
	return s.change(ctx, "billing.series", x.Code, x.Pattern, func(tx *sql.Tx, q *store.Queries) error {
		n, err := q.UpdateSeries(ctx, store.UpdateSeriesParams{Code: x.Code, Name: x.Name, Pattern: x.Pattern, Yearly: flag(x.Yearly)})
		if err != nil || n > 0 {
			return err
		}
		return q.InsertSeries(ctx, store.InsertSeriesParams{Code: x.Code, Name: x.Name, Pattern: x.Pattern, Yearly: flag(x.Yearly)})
	})
}

// journal gathers the entry of a document that is issued: what the client owes, against what was earned and the taxes.
func (w *writer) journal(names Accounts, f *invoice.Invoice, d *Doc) error {
	sign := int64(1)
	if f.Kind == invoice.CreditNote {
		sign = -1
	}
	e := Entry{Day: f.Issued, Kind: string(f.Kind), Ref: f.ID, Number: f.Number, Client: d.Client}
	e.add(names.Receivable, sign*f.Totals.Gross, f.Currency)
	fallback := names.Revenue
	if f.Kind == invoice.Fee {
		fallback = names.Fees
	}
	for i := range f.Lines {
		e.add(or(f.Lines[i].Account, fallback), -sign*f.Lines[i].Net, f.Currency)
	}
	for _, x := range f.Allowances {
		e.add(fallback, sign*x.Net, f.Currency)
	}
	for _, g := range f.Totals.Groups {
		e.add(names.Tax, -sign*g.Tax, f.Currency)
	}
	return w.post(&e)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Entry is one entry of the journal: its postings sum to 0 in each currency. A debit is above zero.
type Entry struct {
	Day      civil.Date
	Kind     string // what it is of: invoice, credit_note, fee, payment, …
	Ref      ids.ID
	Number   string
	Client   ids.ID
	Text     string
	Postings []Posting
}

// Posting is an amount on an account.
type Posting struct {
	Account  string
	Minor    int64
	Currency money.Currency
}

// add puts an amount on an account, together with what is there already.
func (e *Entry) add(account string, minor int64, c money.Currency) {
	for i := range e.Postings {
		if p := &e.Postings[i]; p.Account == account && p.Currency == c {
			p.Minor += minor
			return
		}
	}
	e.Postings = append(e.Postings, Posting{account, minor, c})
}

// Balanced says in words which currency does not sum to 0.
func (e *Entry) Balanced() error {
	sums := map[money.Currency]int64{}
	for _, p := range e.Postings {
		n, err := money.AddMinor(sums[p.Currency], p.Minor)
		if err != nil {
			return err
		}
		sums[p.Currency] = n
	}
	for c, n := range sums {
		if n != 0 {
			return fault.NewInvalid("An entry of the journal must sum to 0, not to %[1]s %[2]s.", money.FormatMinor(n, c.Digits()), c)
		}
	}
	return nil
}

// post gathers an entry of the journal.
func (w *writer) post(e *Entry) error {
	if err := e.Balanced(); err != nil {
		return err
	}
	id := w.s.p.IDs.New()
	w.add(entryRows, int64(id), int64(e.Day), e.Kind, int64(e.Ref), e.Number, int64(e.Client), e.Text, w.s.now())
	n := 0
	for _, p := range e.Postings {
		if p.Minor == 0 {
			continue
		}
		n++
		w.add(postingRows, int64(id), int64(n), p.Account, p.Minor, string(p.Currency))
	}
	return nil
}
