// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"cmp"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// account is what becomes of documents: what was paid, what the client has in credit or paid in advance, and what is due then.
type account struct {
	opening  int64 // credit before the first run
	refund   bool  // credit notes are paid back as far as what they take from was paid
	step     int64 // what is due is rounded to a multiple: 5 for Swiss rappen; 0 = not at all
	payments []payment
	prepaid  []prepaid
}

type payment struct {
	day    civil.Date
	amount int64
}

// prepaid is money paid in advance, which documents draw on after tax.
type prepaid struct {
	name        string
	from, until civil.Date
	amount      int64
}

// holds reports whether it may be used on a day.
func (p *prepaid) holds(day civil.Date) bool {
	return p.from <= day && (!p.until.Known() || day < p.until)
}

func (s *Scenario) readAccount(n node) {
	if n.missing() {
		return
	}
	n.fields("credit", "credit_notes", "round_due_to", "payments", "prepaid")
	digits := s.Currency.Digits()
	a := &account{
		opening: n.get("credit").minor(digits), refund: choice(n.get("credit_notes"), []string{"keep", "refund"}, []bool{false, true}), step: n.get("round_due_to").minor(digits),
	}
	for i, p := range n.get("payments").list(maxRuns) {
		p.fields("day", "amount")
		x := payment{p.get("day").mustDay(), p.get("amount").minor(digits)}
		if i > 0 && x.day < a.payments[i-1].day {
			p.get("day").fail(fault.NewInvalid("%s lies before the payment above it.", p.get("day").name()))
		}
		a.payments = append(a.payments, x)
	}
	for _, p := range n.get("prepaid").list(maxTerms) {
		p.fields("name", "from", "until", "amount")
		x := prepaid{p.get("name").text(), p.get("from").day(civil.MustDate(civil.MinYear, 1, 1)), p.get("until").day(civil.NoDate), p.get("amount").entered(digits)}
		if x.name == "" {
			x.name = "Prepaid"
		}
		a.prepaid = append(a.prepaid, x)
	}
	s.account = a
}

// entered is a sum that others keep with any number of decimal places: it is rounded where it comes in.
func (n node) entered(digits int) int64 {
	var text string
	switch v := n.v.(type) {
	case string:
		text = v
	case interface{ String() string }:
		text = v.String()
	}
	d, err := money.ParseRounded(text, digits)
	if err != nil || d.Coef < 0 {
		n.fail(fault.NewInvalid("%s must be an amount of at least 0 such as 12.34.", n.name()).Because(err))
		return 0
	}
	m, err := d.Round(digits)
	n.check(err)
	return m
}

// books is what the runs keep of an account.
type books struct {
	credit int64
	paid   int // payments that were used
	left   int64
	drawn  []int64 // of each prepaid sum
	open   []*bill
	of     map[ids.ID]*bill // the document of a charge
}

// bill is a document that is to be paid.
type bill struct{ total, due, paid int64 }

// Account is an account after a run.
type Account struct {
	Credit  string    `json:"credit"`           // the client's, for later documents
	Owed    string    `json:"owed"`             // of all documents so far
	Refund  string    `json:"refund,omitempty"` // paid back by this run
	Prepaid []Prepaid `json:"prepaid,omitempty"`
}

// Prepaid is what is left of a sum paid in advance.
type Prepaid struct {
	Name string `json:"name"`
	Left string `json:"left"`
}

// pay uses the payments up to a day for the oldest documents. With final set, what is left of them becomes credit.
func (s *state) pay(day civil.Date, final bool) {
	a, b := s.account, s.books
	for b.left > 0 || b.paid < len(a.payments) && a.payments[b.paid].day <= day {
		if b.left == 0 {
			b.left = a.payments[b.paid].amount
			b.paid++
		}
		i := slices.IndexFunc(b.open, func(x *bill) bool { return x.due > 0 })
		if i < 0 {
			break
		}
		n := min(b.left, b.open[i].due)
		b.open[i].due -= n
		b.open[i].paid += n
		b.left -= n
	}
	if final {
		b.credit, b.left = b.credit+b.left, 0
	}
}

// settle takes a document into the account and says what is due of it.
func (s *state) settle(v *Invoice, today civil.Date) (*Account, error) {
	b, refund := s.books, int64(0)
	if v != nil {
		if total := v.Totals.Gross; total >= 0 {
			s.owe(v, total, today)
		} else {
			refund = s.giveBack(v, -total)
		}
	}
	s.pay(today, true)
	out := &Account{Credit: s.money(b.credit)}
	owed := int64(0)
	for _, x := range b.open {
		owed += x.due
	}
	out.Owed = s.money(owed)
	if refund > 0 {
		out.Refund = s.money(refund)
	}
	for i, p := range s.account.prepaid {
		if p.holds(today) {
			out.Prepaid = append(out.Prepaid, Prepaid{p.name, s.money(p.amount - b.drawn[i])})
		}
	}
	return out, nil
}

// owe takes an invoice: credit is used first, then what was paid in advance, first that which ends first.
func (s *state) owe(v *Invoice, total int64, today civil.Date) {
	a, b := s.account, s.books
	x := &bill{total: total}
	var used int64
	x.due, used = total, b.credit
	x.due, b.credit = rating.Settle(total, b.credit)
	used -= b.credit
	order := make([]int, len(a.prepaid))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(lastDay(a.prepaid[i].until), lastDay(a.prepaid[j].until)), cmp.Compare(a.prepaid[i].from, a.prepaid[j].from))
	})
	drawn := int64(0)
	for _, i := range order {
		p := a.prepaid[i]
		if !p.holds(today) {
			continue
		}
		n := max(0, min(x.due, p.amount-b.drawn[i]))
		b.drawn[i] += n
		x.due -= n
		drawn += n
	}
	if used > 0 {
		v.CreditUsed = s.money(used)
	}
	if drawn > 0 {
		v.PrepaidUsed = s.money(drawn)
	}
	x.paid = total - x.due
	if a.step > 1 {
		rounded, err := money.Fraction(x.due, a.step).Round(0)
		if err == nil {
			if n := rounded*a.step - x.due; n != 0 {
				v.Rounding = s.money(n)
				x.due += n
			}
		}
	}
	v.Due = s.money(x.due)
	b.open = append(b.open, x)
	for _, l := range v.Lines {
		if l.Entry.Kind == rating.Charge {
			b.of[l.Entry.ID] = x
		}
	}
}

// giveBack takes a credit note: what was paid beyond what is still owed may be refunded, the rest is the client's credit.
func (s *state) giveBack(v *Invoice, amount int64) (refund int64) {
	a, b := s.account, s.books
	if a.refund {
		var total, paid int64
		seen := map[*bill]bool{}
		for _, l := range v.Lines {
			if x := b.of[l.Entry.Of]; x != nil && !seen[x] {
				seen[x] = true
				total, paid = total+x.total, paid+x.paid
			}
		}
		refund, amount = rating.Refund(total, paid, amount)
	}
	b.credit += amount
	return refund
}

// lastDay puts what never ends last.
func lastDay(d civil.Date) civil.Date {
	if d.Known() {
		return d
	}
	return civil.MustDate(civil.MaxYear, 12, 31)
}
