// SPDX-License-Identifier: Apache-2.0

package match

import (
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Invoice is an issued invoice: Open is what is still to be paid, in minor units; 0 for one that is paid.
type Invoice struct {
	ID        ids.ID
	Client    ids.ID
	Number    string
	Currency  money.Currency
	Open      int64
	Issued    civil.Date
	Due       civil.Date
	Reference string   // the structured reference that stands on it, if one does
	EndToEnd  []string // ids under which we asked a bank or provider for the money
}

// Payer is an account or name that has paid for a client before.
type Payer struct {
	Client ids.ID
	IBAN   string
	Name   string
}

// Bundle is a collection of ours that a bank credits in one sum.
type Bundle struct {
	ID       ids.ID
	Names    []string // PmtInfId, MsgId
	Currency money.Currency
	Parts    []Allocation
}

// Line is what came in: Amount above 0.
type Line struct {
	Day       civil.Date
	Amount    int64
	Currency  money.Currency
	Name      string
	IBAN      string
	Text      string
	Reference string
	EndToEnd  string
	Bundle    string
}

// Allocation gives a part of a line to an invoice.
type Allocation struct {
	Invoice ids.ID
	Amount  int64
}

// Match is one answer.
type Match struct {
	Client      ids.ID // whose money it is; 0 where several clients are concerned
	Bundle      ids.ID // the collection that it is; else 0
	Allocations []Allocation
	Over        int64 // what is left after the allocations
	Score       int   // 0–100, to order by
	Certain     bool
	Reasons     []Reason
}

// Code is a reason for or against a match.
type Code string

// The codes, with their arguments.
const (
	ByReference Code = "reference"   // the structured reference is that of invoice Number
	ByEndToEnd  Code = "end_to_end"  // the end-to-end id is that of invoice Number
	ByNumber    Code = "number"      // the text names invoice Number
	ByDigits    Code = "digits"      // the text has the digits of invoice Number
	ByTypo      Code = "typo"        // the text names nearly invoice Number
	ByBundle    Code = "bundle"      // it is the collection Number
	ByIBAN      Code = "iban"        // the account has paid for this client before
	ByName      Code = "name"        // the name has paid for this client before
	Exact       Code = "exact"       // the amount is that of the invoice, or of the invoices together
	AllOpen     Code = "all_open"    // the amount is all that the client has open
	OneSum      Code = "one_sum"     // one set of the client's open invoices alone comes to the amount
	SomeSum     Code = "some_sum"    // several sets come to the amount; this is the oldest
	OnlyAmount  Code = "only_amount" // no other open invoice has this amount
	Part        Code = "part"        // less than what is open
	Over        Code = "over"        // more than what is open
	Several     Code = "several"     // other open invoices would fit as well
	OtherPayer  Code = "other_payer" // the account has paid for another client before
	Oldest      Code = "oldest"      // given to the oldest first
	Paid        Code = "paid"        // the text names invoice Number, which is paid already
	Mixed       Code = "mixed"       // the invoices belong to several clients
)

// Reason is why; Number names the invoice or collection where the code is about one.
type Reason struct {
	Code   Code
	Number string
}

func (m *Match) because(c Code, number string) {
	m.Reasons = append(m.Reasons, Reason{c, number})
}

// Has says whether a reason is among them.
func (m *Match) Has(c Code) bool {
	for _, r := range m.Reasons {
		if r.Code == c {
			return true
		}
	}
	return false
}
