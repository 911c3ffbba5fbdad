// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/store"
)

// Firm is what stands on the firm's documents, and how it keeps its books.
type Firm struct {
	Party    invoice.Party   `json:"party"`
	Pay      invoice.Payment `json:"pay"`      // account and holder; the reference and the words follow from the document
	PayDays  int             `json:"pay_days"` // 14 when 0
	Currency money.Currency  `json:"currency"`
	Language string          `json:"language"` // of documents where the client's account names none
	Note     string          `json:"note"`     // at the foot of every document
	Creditor string          `json:"creditor"` // SEPA creditor identifier
	Accounts Accounts        `json:"accounts"`
	// Hold: a run holds an agreement back whose amount differs from the last one's by more than so many percent, until
	// somebody has acknowledged it; 0 = never.
	Hold int `json:"hold"`
	// Auto: the daily run issues what is due by itself; else it leaves drafts.
	Auto  bool `json:"auto"`
	Daily bool `json:"daily"` // there is a run every day
}

// Accounts are the names of the ledger accounts that postings go to.
type Accounts struct {
	Receivable string `json:"receivable"`
	Revenue    string `json:"revenue"` // of lines that name none
	Tax        string `json:"tax"`     // of taxes that name none
	Bank       string `json:"bank"`
	Credit     string `json:"credit"` // clients' credit balances and deposits
	WriteOff   string `json:"write_off"`
	Fees       string `json:"fees"`
}

// defaults are the accounts of a firm that has named none.
func (a Accounts) defaults() Accounts {
	for _, x := range []struct {
		at   *string
		name string
	}{
		{&a.Receivable, "Assets:Receivable"},
		{&a.Revenue, "Income:Services"},
		{&a.Tax, "Liabilities:Tax"},
		{&a.Bank, "Assets:Bank"},
		{&a.Credit, "Liabilities:Clients"},
		{&a.WriteOff, "Expenses:Bad debts"},
		{&a.Fees, "Income:Late fees"},
	} {
		if *x.at == "" {
			*x.at = x.name
		}
	}
	return a
}

const firmKey = "billing.firm"

// Firm returns what stands on documents; what was never said comes from the firm's settings.
func (s *Service) Firm(ctx context.Context) (Firm, error) {
	var f Firm
	raw, err := s.p.Values.Get(ctx, firmKey)
	if err != nil {
		return f, err
	}
	if raw != "" {
		if err := json.Unmarshal([]byte(raw), &f); err != nil {
			return f, err
		}
	}
	own, err := s.p.Values.Firm(ctx)
	if err != nil {
		return f, err
	}
	f.fill(own)
	return f, nil
}

func (f *Firm) fill(own config.Firm) {
	if f.Party.Name == "" {
		f.Party.Name = own.Name
	}
	if f.Currency == "" {
		f.Currency = own.Currency
	}
	if f.Language == "" {
		f.Language = own.Language
	}
	if !writable(f.Language) {
		f.Language = string(locale.EnUS)
	}
	if f.PayDays == 0 {
		f.PayDays = 14
	}
	if f.Pay.Holder == "" {
		f.Pay.Holder = f.Party.Name
	}
	f.Accounts = f.Accounts.defaults()
}

// Ready says in words what is missing before a document can be issued.
func (f *Firm) Ready() error {
	switch {
	case f.Party.Name == "":
		return fault.NewInvalid("The firm's name is missing: enter it in the billing settings.").On("name")
	case f.Party.Address.Country == "" || f.Party.Address.City == "" || f.Party.Address.Street == "":
		return fault.NewInvalid("The firm's address is missing: enter it in the billing settings.").On("country")
	}
	return nil
}

// SetFirm keeps what stands on documents from now on; those issued stay as they are.
func (s *Service) SetFirm(ctx context.Context, f Firm) error {
	a := &f.Party.Address
	a.Country = strings.ToUpper(strings.TrimSpace(a.Country))
	f.Pay.IBAN = strings.ToUpper(strings.ReplaceAll(f.Pay.IBAN, " ", ""))
	switch {
	case a.Country != "" && len(a.Country) != 2:
		return fault.NewInvalid("Enter the country as two letters, such as DE.").On("country")
	case f.PayDays < 0 || f.PayDays > 365:
		return fault.NewInvalid("Enter a time for payment between 0 and %d days.", 365).On("pay-days")
	case f.Currency != "" && !f.Currency.Known():
		return fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", f.Currency).On("currency")
	case f.Hold < 0 || f.Hold > 1000:
		return fault.NewInvalid("Enter a percentage between 0 and %d.", 1000).On("hold")
	case f.Pay.IBAN != "" && !invoice.ValidIBAN(f.Pay.IBAN):
		return fault.NewInvalid("This IBAN has a wrong check digit: compare it with the bank's papers.").On("iban")
	}
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return s.change(ctx, "billing.settings", "", "", func(tx *sql.Tx, _ *store.Queries) error {
		return config.SetIn(ctx, tx, firmKey, string(b))
	})
}
