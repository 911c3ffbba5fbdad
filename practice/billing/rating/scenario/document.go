// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// extra is a reduction or surcharge of a document as a whole, with a tax of its own (an allowance or charge of EN 16931).
type extra struct {
	name    string
	off     bool // a reduction
	amount  int64
	percent *money.Decimal
	taxes   []string
	day     civil.Date // NoDate = the first document
	every   bool       // every document
}

// Extra is a reduction or surcharge as it was applied.
type Extra struct {
	Name   string `json:"name"`
	Amount string `json:"amount"`
	Tax    string `json:"tax,omitempty"`

	Minor int64         `json:"-"`
	Rates []rating.Rate `json:"-"`
}

func (s *Scenario) readExtra(n node, off bool) {
	n.fields("name", "amount", "percent", "tax", "day", "every")
	x := extra{
		name: n.get("name").text(), off: off, percent: n.get("percent").optional(), taxes: s.taxCodes(n.get("tax")), day: n.get("day").day(civil.NoDate), every: n.get("every").flag(),
	}
	if x.name == "" {
		x.name = map[bool]string{true: "Reduction", false: "Surcharge"}[off]
	}
	switch {
	case (x.percent == nil) == n.get("amount").missing():
		n.fail(fault.NewInvalid("%s must have either an amount or a percent.", n.name()))
	case x.percent == nil:
		x.amount = n.get("amount").minor(s.Currency.Digits())
	case x.percent.Coef < 0 || x.percent.Exact().Cmp(money.Whole(100)) > 0:
		n.get("percent").fail(fault.NewInvalid("%s must be between 0 and 100.", n.get("percent").name()))
	}
	s.extras = append(s.extras, x)
}

// extra returns the reductions and surcharges of a run's document.
func (s *state) extra(lines []Line, today civil.Date) (reductions, surcharges []Extra, err error) {
	sum := int64(0)
	for _, l := range lines {
		if sum, err = money.AddMinor(sum, l.Entry.Amount-l.Off); err != nil {
			return nil, nil, fault.NewInvalid("The amount is too large to be reckoned.").Because(err)
		}
	}
	for i, x := range s.extras {
		if s.given[i] && !x.every || x.day > today || len(lines) == 0 && (!x.day.Known() || x.every) {
			continue
		}
		s.given[i] = true
		amount := x.amount
		if x.percent != nil {
			if amount, err = rating.Percent(sum, *x.percent); err != nil {
				return nil, nil, err
			}
		}
		rates, err := s.taxed(x.name, x.taxes, today)
		if err != nil {
			return nil, nil, err
		}
		e := Extra{Name: x.name, Amount: s.money(amount), Tax: codes(rates), Minor: amount, Rates: rates}
		if x.off {
			reductions = append(reductions, e)
		} else {
			surcharges = append(surcharges, e)
		}
	}
	return reductions, surcharges, nil
}

// invoice sums a document.
func (s *state) invoice(lines []Line, today civil.Date) (*Invoice, error) {
	reductions, surcharges, err := s.extra(lines, today)
	if err != nil || len(lines)+len(reductions)+len(surcharges) == 0 {
		return nil, err
	}
	doc := rating.Document{Rounding: s.rounding, Inclusive: s.within}
	for _, l := range lines {
		doc.Lines = append(doc.Lines, rating.Item{Minor: l.Entry.Amount - l.Off, Taxes: l.Rates})
	}
	for _, x := range reductions {
		doc.Allowances = append(doc.Allowances, rating.Item{Minor: x.Minor, Taxes: x.Rates})
	}
	for _, x := range surcharges {
		doc.Charges = append(doc.Charges, rating.Item{Minor: x.Minor, Taxes: x.Rates})
	}
	t, err := doc.Total()
	if err != nil {
		return nil, err
	}
	v := &Invoice{
		Kind: "invoice", Lines: slices.Clip(lines), Reductions: reductions, Surcharges: surcharges, Net: s.money(t.Net), Tax: s.money(t.Tax), Total: s.money(t.Gross), Totals: t,
	}
	if v.Lines == nil {
		v.Lines = []Line{}
	}
	if len(reductions)+len(surcharges) > 0 {
		v.LinesTotal = s.money(t.Lines)
	}
	if t.Gross < 0 {
		v.Kind = "credit_note"
	}
	for _, g := range t.Groups {
		v.Taxes = append(v.Taxes, Tax{g.Code, string(g.Category), g.Percent.String(), s.money(g.Base), s.money(g.Tax)})
	}
	return v, nil
}
