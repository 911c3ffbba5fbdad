// SPDX-License-Identifier: Apache-2.0

package export

import (
	"strings"
	"unicode"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
)

// Entry is one entry of the journal: its postings sum to 0 in each currency. A debit is above zero.
type Entry struct {
	Day      civil.Date
	Kind     string // what it is of: invoice, credit_note, fee, payment, …
	Ref      string // the document's number
	Client   string // its name
	Text     string
	Postings []Posting
}

// Posting is an amount on an account.
type Posting struct {
	Account  string
	Minor    int64
	Currency money.Currency
}

// Check says what is wrong with an entry.
func (e *Entry) Check() error {
	if e.Day == 0 || !e.Day.Known() {
		return fault.NewInvalid("The entry %s has no day.", e.Ref)
	}
	sums := map[money.Currency]int64{}
	for _, p := range e.Postings {
		n, err := money.AddMinor(sums[p.Currency], p.Minor)
		if err != nil {
			return fault.NewInvalid("The entry %s is too large.", e.Ref).Because(err)
		}
		sums[p.Currency] = n
		if strings.Trim(ledgerAccount(p.Account), ":") == "" || !invoice.KnownCurrency(p.Currency) {
			return fault.NewInvalid("The entry %s has a posting without account or currency.", e.Ref)
		}
	}
	for _, p := range e.Postings {
		if n := sums[p.Currency]; n != 0 {
			return fault.NewInvalid("The entry %s does not balance: %s too much.", e.Ref, money.Amount{Minor: n, Currency: p.Currency})
		}
	}
	return nil
}

// Names are what another program calls the firm's accounts and taxes. What is not named keeps its own name.
type Names struct {
	Accounts map[string]string
	Taxes    map[string]string // by code of the rate
}

func (n Names) account(s string) string {
	if t := n.Accounts[s]; t != "" {
		return t
	}
	return s
}

// line makes one line of a text: no control characters, single spaces, and no more than so many letters.
func line(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if r := []rune(s); most > 0 && len(r) > most {
		s = strings.TrimSpace(string(r[:most]))
	}
	return s
}
