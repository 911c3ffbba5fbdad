// SPDX-License-Identifier: Apache-2.0

package bank

import (
	"encoding/xml"
	"io"
	"strings"

	"mainstay/kit/fault"
)

// entry reads one Ntry into the lines that it stands for.
func (c *camt) entry(s *Statement, start xml.StartElement) error {
	row := c.row()
	var e xmlEntry
	if err := c.take(&e, start); err != nil {
		return err
	}
	status := strings.TrimSpace(e.Status.Cd)
	if status == "" {
		status = strings.TrimSpace(e.Status.Text)
	}
	if status != "" && status != "BOOK" {
		s.Pending++
		return nil
	}
	total, err := c.amount(e.Amount, e.Side, row)
	if err != nil {
		return err
	}
	day, ok := e.Booked.day()
	if !ok {
		if day, ok = e.Value.day(); !ok {
			return fault.NewInvalid("Line %d of the bank's file: a booking without a day.", row)
		}
	}
	value, ok := e.Value.day()
	if !ok {
		value = day
	}
	whole := Line{
		Row: row, Day: day, ValueDay: value, Amount: total, Currency: currency(e.Amount.Ccy), BankID: id(e.Bank),
		Kind: e.Code.word(), Text: squeeze(e.Info, maxText),
	}
	if whole.BankID == "" {
		whole.BankID = id(e.Ref)
	}
	if s.Currency == "" {
		s.Currency = whole.Currency
	}
	lines := c.parts(e, whole)
	if *c.lines += len(lines); *c.lines > c.limits.Lines {
		return tooMany(c.limits)
	}
	s.Lines = append(s.Lines, lines...)
	return nil
}

// parts splits a bundle into its payments where their amounts come to its own, to the last cent.
func (c *camt) parts(e xmlEntry, whole Line) []Line {
	var txs []xmlTx
	for _, d := range e.Details {
		txs = append(txs, d.Tx...)
		if whole.Bundle == "" {
			whole.Bundle = id(d.Batch.Bundle)
		}
		if whole.Bundle == "" {
			whole.Bundle = id(d.Batch.Message)
		}
	}
	reversal := strings.TrimSpace(e.Reversal)
	back := reversal == "true" || reversal == "1"
	if len(txs) == 1 {
		l := txs[0].line(whole)
		l.returned(txs[0], back)
		return []Line{l}
	}
	if back {
		whole.Returned = "MS03"
	}
	out, sum := make([]Line, 0, len(txs)), int64(0)
	for _, tx := range txs {
		a := tx.Amount
		if strings.TrimSpace(a.Value) == "" {
			a = tx.Within
		}
		side := tx.Side
		if strings.TrimSpace(side) == "" {
			side = e.Side
		}
		n, err := c.amount(a, side, whole.Row)
		if err != nil || currency(a.Ccy) != whole.Currency {
			return []Line{whole}
		}
		l := whole
		l.Amount = n
		l = tx.line(l)
		l.returned(tx, back)
		out, sum = append(out, l), sum+n
	}
	if len(out) == 0 || sum != whole.Amount {
		return []Line{whole}
	}
	return out
}

// line adds what a single payment says to what its entry said.
func (t xmlTx) line(l Line) Line {
	party, acct, agent := t.Debtor, t.DebtorA, t.DebtorB
	if l.Amount < 0 {
		party, acct, agent = t.Credit, t.CreditA, t.CreditB
	}
	if t.Return != nil { // a returned direct debit names the debtor on the other side
		party, acct, agent = t.Debtor, t.DebtorA, t.DebtorB
	}
	l.Name, l.IBAN, l.BIC = party.name(), acct.number(), agent.bic()
	if l.Name == "" && l.Amount > 0 {
		l.Name = t.Ultimate.name()
	}
	text := squeeze(strings.Join(t.Text, " "), maxText)
	if text == "" {
		text = squeeze(strings.Join(t.More, " "), maxText)
	}
	if text == "" {
		text = squeeze(t.Info, maxText)
	}
	if text != "" {
		l.Text = text
	}
	for _, r := range t.Ref {
		if l.Reference = account(r); l.Reference != "" {
			break
		}
	}
	l.EndToEnd, l.Mandate = id(t.Refs.EndToEnd), id(t.Refs.Mandate)
	if b := id(t.Refs.Bundle); b != "" {
		l.Bundle = b
	} else if b := id(t.Refs.Message); b != "" && l.Bundle == "" {
		l.Bundle = b
	}
	if b := id(t.Refs.Bank); b != "" {
		l.BankID = b
	} else if len(t.Refs.Tx) > 0 && l.BankID == "" {
		l.BankID = id(t.Refs.Tx[0])
	}
	return l
}

// returned notes why money came back.
func (l *Line) returned(t xmlTx, reversal bool) {
	switch {
	case t.Return != nil && strings.TrimSpace(t.Return.Code) != "":
		l.Returned = id(t.Return.Code)
	case t.Return != nil, reversal:
		l.Returned = "MS03" // reason not given
	}
}

func (b xmlCode) word() string {
	if b.Own != "" {
		return squeeze(b.Own, maxID)
	}
	return squeeze(strings.Trim(strings.Join([]string{b.Domain, b.Family, b.Sub}, "/"), "/"), maxID)
}

// counted stops a stream that is longer than it may be.
type counted struct {
	r      io.Reader
	left   int64
	limits Limits
}

func (c *counted) Read(p []byte) (int, error) {
	if c.left <= 0 {
		var one [1]byte
		if n, err := c.r.Read(one[:]); n == 0 && err != nil {
			return 0, err
		}
		return 0, tooLarge(c.limits)
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	return n, err
}
