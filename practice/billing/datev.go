// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/practice/billing/export"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/store"
)

// Datev is what the tax adviser says of the firm, for files that DATEV takes.
type Datev struct {
	Adviser int    `json:"adviser"` // Beraternummer
	Client  int    `json:"client"`  // Mandantennummer
	Month   int    `json:"month"`   // in which the fiscal year begins, 1–12
	Digits  int    `json:"digits"`  // of an account, 4–8
	Revenue string `json:"revenue"` // number of the usual revenue account
	Debtor  string `json:"debtor"`  // number of the collective account of clients, one digit more than others
	// Accounts are the numbers of the firm's other accounts by their names; Taxes are tax keys by code of the tax table.
	Accounts map[string]string `json:"accounts,omitempty"`
	Taxes    map[string]string `json:"taxes,omitempty"`
}

const datevKey = "billing.datev"

// Datev returns what is set for DATEV; a firm that has set nothing gets what is usual.
func (s *Service) Datev(ctx context.Context) (Datev, error) {
	d := Datev{Month: 1, Digits: 4}
	raw, err := s.p.Values.Get(ctx, datevKey)
	if err != nil || raw == "" {
		return d, err
	}
	return d, json.Unmarshal([]byte(raw), &d)
}

// SetDatev keeps what is set for DATEV.
func (s *Service) SetDatev(ctx context.Context, d Datev) error {
	clean := func(m map[string]string) map[string]string {
		out := map[string]string{}
		for k, v := range m {
			if v = strings.TrimSpace(v); v != "" {
				out[k] = v
			}
		}
		return out
	}
	d.Revenue, d.Debtor, d.Accounts, d.Taxes = strings.TrimSpace(d.Revenue), strings.TrimSpace(d.Debtor), clean(d.Accounts), clean(d.Taxes)
	if err := d.Check(); err != nil {
		return err
	}
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return s.change(ctx, "billing.datev", "", "", func(tx *sql.Tx, _ *store.Queries) error {
		return config.SetIn(ctx, tx, datevKey, string(b))
	})
}

// Check says in words what is missing or cannot be.
func (d *Datev) Check() error {
	number := func(text string, digits int) bool {
		return len(text) == digits && strings.Trim(text, "0123456789") == ""
	}
	switch {
	case d.Adviser < 1001 || d.Adviser > 9999999:
		return fault.NewInvalid("Enter the tax adviser's number with DATEV, between 1001 and 9999999.").On("adviser")
	case d.Client < 1 || d.Client > 99999:
		return fault.NewInvalid("Enter the firm's client number with the tax adviser, between 1 and 99999.").On("client")
	case d.Month < 1 || d.Month > 12:
		return fault.NewInvalid("Choose the month in which the fiscal year begins.").On("month")
	case d.Digits < 4 || d.Digits > 8:
		return fault.NewInvalid("Accounts have between 4 and 8 digits.").On("digits")
	case !number(d.Revenue, d.Digits):
		return fault.NewInvalid("Enter the number of the revenue account with %d digits.", d.Digits).On("revenue")
	case d.Debtor != "" && !number(d.Debtor, d.Digits+1):
		return fault.NewInvalid("The clients' account has one digit more than the others: %d.", d.Digits+1).On("debtor")
	}
	for name, n := range d.Accounts {
		if !number(n, d.Digits) {
			return fault.NewInvalid("Enter the number of %[1]s with %[2]d digits.", name, d.Digits).On("account-" + name)
		}
	}
	for code, n := range d.Taxes {
		if len(n) > 4 || strings.Trim(n, "0123456789") != "" {
			return fault.NewInvalid("A tax key has at most 4 digits: %s.", n).On("tax-" + code)
		}
	}
	return nil
}

// RevenueAccounts returns the names of the accounts that something was billed to, besides the usual one: DATEV wants a number for
// each.
func (s *Service) RevenueAccounts(ctx context.Context) ([]string, error) {
	f, err := s.Firm(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT DISTINCT p.account FROM billing_postings p JOIN billing_entries e ON e.id = p.entry_id WHERE e.kind IN ('invoice', 'credit_note', 'fee') ORDER BY p.account`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	not := []string{f.Accounts.Receivable, f.Accounts.Revenue, f.Accounts.Tax, f.Accounts.Bank, f.Accounts.Credit, f.Accounts.WriteOff}
	out := []string{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if !slices.Contains(not, name) {
			out = append(out, name)
		}
	}
	return out, rows.Err()
}

// exportDatev writes documents as a Buchungsstapel of the fiscal year that the first of them lies in.
func (s *Service) exportDatev(ctx context.Context, w io.Writer, docs []*invoice.Invoice) error {
	set, err := s.Datev(ctx)
	if err != nil {
		return err
	}
	if err := set.Check(); err != nil {
		return err
	}
	f, err := s.Firm(ctx)
	if err != nil {
		return err
	}
	if len(docs) == 0 {
		return fault.NewInvalid("There is nothing to export.")
	}
	first := docs[0].Issued
	for _, v := range docs {
		first = min(first, v.Issued)
	}
	accounts := map[string]string{f.Accounts.Revenue: set.Revenue}
	for name, n := range set.Accounts {
		accounts[name] = n
	}
	x := export.Datev{
		Names: export.Names{Accounts: accounts, Taxes: set.Taxes}, Adviser: set.Adviser, Client: set.Client, YearFrom: set.year(first), Digits: set.Digits, Revenue: set.Revenue,
		// A client whose number with the firm is a debtor's account has its own.
		Debtor: func(v *invoice.Invoice) string {
			if n := v.Buyer.Reference; len(n) == set.Digits+1 && strings.Trim(n, "0123456789") == "" {
				return n
			}
			return set.Debtor
		},
	}
	slices.Reverse(docs) // the oldest first, as they are numbered
	return x.Write(w, docs)
}

// year returns the first day of the fiscal year that a day lies in.
func (d *Datev) year(day civil.Date) civil.Date {
	y, m, _ := day.Civil()
	if m < d.Month {
		y--
	}
	return civil.MustDate(y, d.Month, 1)
}
