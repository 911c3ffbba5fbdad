// SPDX-License-Identifier: Apache-2.0

package sepa

import (
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// Version is a version of pain.008.
type Version string

// The versions. 02 is what German banks took until 2025, 08 what they take since.
const (
	V02 Version = "pain.008.001.02"
	V08 Version = "pain.008.001.08"
)

// Scheme is the rulebook of a mandate.
type Scheme string

// The schemes: of consumers and businesses, where money can be asked back for eight weeks; and between businesses, where it cannot.
const (
	Core Scheme = "CORE"
	B2B  Scheme = "B2B"
)

// Sequence says which debit of its mandate one is.
type Sequence string

// The sequences.
const (
	First     Sequence = "FRST"
	Recurring Sequence = "RCUR"
	Final     Sequence = "FNAL"
	OneOff    Sequence = "OOFF"
)

// Creditor is the firm.
type Creditor struct {
	Name string
	IBAN string
	BIC  string // "" = the bank finds it by the IBAN
	ID   string // creditor identifier, such as DE98ZZZ09999999999
}

// Mandate is a client's consent that its account is debited.
type Mandate struct {
	Reference string // at most 35 restricted characters
	Signed    civil.Date
	Scheme    Scheme
	Name      string // of the account's holder
	IBAN      string
	BIC       string
	// Was is the account that the mandate was last collected from, where it changed since.
	Was string
}

// Debit is one collection.
type Debit struct {
	EndToEnd string // comes back on the bank statement; at most 35 restricted characters, unique in the file
	Amount   int64  // euro cents, 1 to 99,999,999,999
	Mandate  Mandate
	Sequence Sequence
	Text     string // what the payer reads: the invoices' numbers
}

// File is what is handed to the bank.
type File struct {
	Version  Version
	ID       string    // MsgId, unique with the bank; each block's PmtInfId begins with it
	Created  time.Time // written in its own zone, without it
	Creditor Creditor
	Collect  civil.Date
	Debits   []Debit
}

// maxDebits and maxAmount bound a file: the latter is the scheme's own bound, 999,999,999.99.
const (
	maxDebits = 50_000
	maxAmount = 99_999_999_999
	maxID     = 28 // leaves room for the block's number in PmtInfId
)

// Check says what is wrong with a file in words, and writes what can be spelled one way only: IBANs without blanks.
func (f *File) Check() (err error) {
	if f.Version != V02 && f.Version != V08 {
		return fault.NewInvalid("%q is no version of direct debit files that can be written.", string(f.Version))
	}
	if !identifier(f.ID, maxID) {
		return fault.NewInvalid("A direct debit file needs an id of at most %d letters and digits.", maxID)
	}
	if err = f.Creditor.check(); err != nil {
		return err
	}
	if !f.Collect.Known() || !IsOpen(f.Collect) {
		return fault.NewInvalid("%s is no day on which banks settle. Choose %s.", f.Collect.String(), NextOpen(max(f.Collect, 0)).String()).On("collect")
	}
	if len(f.Debits) == 0 {
		return fault.NewInvalid("There is nothing to collect.")
	}
	if len(f.Debits) > maxDebits {
		return fault.NewInvalid("A direct debit file takes at most %d debits.", maxDebits)
	}
	seen := make(map[string]bool, len(f.Debits))
	var sum int64
	for i := range f.Debits {
		d := &f.Debits[i]
		if err = d.check(f.Collect); err != nil {
			return err
		}
		if seen[d.EndToEnd] {
			return fault.NewInvalid("The id %s stands twice in the direct debit file.", d.EndToEnd)
		}
		seen[d.EndToEnd] = true
		if sum, err = money.AddMinor(sum, d.Amount); err != nil {
			return fault.NewInvalid("The direct debits come to more than can be reckoned with.")
		}
	}
	return nil
}

func (c *Creditor) check() (err error) {
	if Latin(c.Name, 70) == "" {
		return fault.NewInvalid("The firm's name is missing for direct debits.")
	}
	if c.IBAN, err = IBAN(c.IBAN); err != nil {
		return err
	}
	if c.BIC != "" {
		if c.BIC, err = BIC(c.BIC); err != nil {
			return err
		}
	}
	c.ID, err = CreditorID(c.ID)
	return err
}

func (d *Debit) check(collect civil.Date) error {
	if !identifier(d.EndToEnd, 35) {
		return fault.NewInvalid("%q is no id that a direct debit can carry.", d.EndToEnd)
	}
	if d.Amount < 1 || d.Amount > maxAmount {
		return fault.NewInvalid("%s cannot be collected by direct debit.", money.Amount{Minor: d.Amount, Currency: "EUR"}.String())
	}
	switch d.Sequence {
	case First, Recurring, Final, OneOff:
	default:
		return fault.NewInvalid("%q is no sequence of a direct debit.", string(d.Sequence))
	}
	if err := d.Mandate.Check(); err != nil {
		return err
	}
	if d.Mandate.Signed > collect {
		return fault.NewInvalid("The mandate %s is signed on %s, after the day of collection.", d.Mandate.Reference, d.Mandate.Signed.String())
	}
	return nil
}

// Check says what is wrong with a mandate, and writes its IBAN and BIC in their one form.
func (m *Mandate) Check() (err error) {
	if !identifier(m.Reference, 35) {
		return fault.NewInvalid("A mandate's reference has 1 to 35 letters, digits or any of / - ? : ( ) . , ' +, without blanks.").On("reference")
	}
	if m.Scheme != Core && m.Scheme != B2B {
		return fault.NewInvalid("Choose whether the mandate is of the core or the business scheme.").On("scheme")
	}
	if !m.Signed.Known() {
		return fault.NewInvalid("On which day was the mandate signed?").On("signed")
	}
	if Latin(m.Name, 70) == "" {
		return fault.NewInvalid("Whose account is it? The holder's name is missing.").On("holder")
	}
	if m.IBAN, err = IBAN(m.IBAN); err != nil {
		return err
	}
	if m.Was != "" {
		if m.Was, err = IBAN(m.Was); err != nil {
			return err
		}
	}
	if m.BIC != "" {
		m.BIC, err = BIC(m.BIC)
	}
	return err
}
