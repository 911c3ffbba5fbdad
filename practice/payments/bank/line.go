// SPDX-License-Identifier: Apache-2.0

package bank

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/money"
)

// Line is one booking on the account.
type Line struct {
	Row       int        // of the file, from 1
	Day       civil.Date // booked
	ValueDay  civil.Date // counts from; Day where the bank says nothing else
	Amount    int64      // minor units of Currency: positive came in, negative went out
	Currency  money.Currency
	Name      string // of the other side
	IBAN      string // of the other side, without spaces; an account number where it has none
	BIC       string
	Text      string // what the payer wrote, in one line
	Reference string // structured creditor reference: RF…, a Swiss QR reference
	EndToEnd  string
	Mandate   string // of a direct debit
	Bundle    string // what we named a collection of ours: PmtInfId or MsgId
	BankID    string // the bank's own id of the booking
	Kind      string // what the bank calls this sort of booking
	Returned  string // why a direct debit came back: the ISO 20022 reason, "MS03" where the bank gives none; else ""
	Hash      string // the same whenever the same booking is read again
}

// Balance is what the account held on a day.
type Balance struct {
	Day    civil.Date
	Amount int64
}

// Statement is what one file says of one account.
type Statement struct {
	Format   string // "camt", "mt940", "csv"
	Account  string // IBAN or number of the firm's account; "" where the file does not say
	Currency money.Currency
	Opening  *Balance
	Closing  *Balance
	Lines    []Line
	Pending  int    // entries left out because they are not booked yet
	Skipped  int    // rows of a table without a day and an amount, such as sums
	Warnings []Note // what a person should look at
}

// Note is a sentence with its arguments, so that a page can say it in the reader's language.
type Note struct {
	Key  string
	Args []any
}

// String is the note in English.
func (n Note) String() string { return fmt.Sprintf(n.Key, n.Args...) }

func note(format string, args ...any) Note { return Note{format, args} }

// squeeze makes one line of a text: no control characters, one blank between words, at most n bytes.
func squeeze(s string, n int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), func(r rune) bool { return r <= ' ' || r == 0xa0 || r == 0x7f || r == 0xfeff }), " ")
	return cut(s, n)
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return strings.TrimSpace(s[:n])
}

// account writes an IBAN or number without blanks, in upper case.
func account(s string) string {
	return strings.ToUpper(cut(strings.Join(strings.Fields(s), ""), 64))
}

// none says whether an id is one of the words for "there is none".
func none(s string) bool {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "", "NOTPROVIDED", "NOTAVAILABLE", "NONREF", "NICHT ANGEGEBEN", "-", "N/A", "NONE":
		return true
	}
	return false
}

func id(s string) string {
	if none(s) {
		return ""
	}
	return squeeze(s, maxID)
}

// seal gives each line its hash. Lines that are alike in every respect are told apart by counting them, which is stable as
// long as a bank lists all bookings of a day.
func (s *Statement) seal() {
	seen := make(map[[sha256.Size]byte]int, len(s.Lines))
	for i := range s.Lines {
		l := &s.Lines[i]
		h := sha256.New()
		for _, part := range []string{
			l.Day.String(), fmt.Sprint(l.Amount), string(l.Currency), fold(l.Name), l.IBAN, fold(l.Text),
			fold(l.Reference), fold(l.EndToEnd), fold(l.Mandate), fold(l.Bundle), fold(l.BankID),
		} {
			_, _ = fmt.Fprintf(h, "%d:%s;", len(part), part)
		}
		var sum [sha256.Size]byte
		h.Sum(sum[:0])
		n := seen[sum]
		seen[sum] = n + 1
		if n > 0 {
			sum = sha256.Sum256(fmt.Appendf(sum[:], "/%d", n))
		}
		l.Hash = hex.EncodeToString(sum[:16])
	}
}

// fold takes away what differs between two exports of one booking: case and blanks.
func fold(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }

// finish checks the sums and seals the lines.
func (s *Statement) finish() error {
	for i := range s.Lines {
		if !s.Lines[i].ValueDay.Known() {
			s.Lines[i].ValueDay = s.Lines[i].Day
		}
	}
	s.seal()
	if s.Opening == nil || s.Closing == nil {
		return nil
	}
	sum := s.Opening.Amount
	for _, l := range s.Lines {
		var err error
		if sum, err = money.AddMinor(sum, l.Amount); err != nil {
			return tooMuch(l.Row)
		}
	}
	if sum != s.Closing.Amount {
		s.Warnings = append(s.Warnings, note("The bookings take the account from %s to %s, but the file states %s at the end. A page of the statement may be missing.",
			money.Amount{Minor: s.Opening.Amount, Currency: s.Currency}, money.Amount{Minor: sum, Currency: s.Currency}, money.Amount{Minor: s.Closing.Amount, Currency: s.Currency}))
	}
	return nil
}
