// SPDX-License-Identifier: Apache-2.0

package invoicetest

import (
	"strconv"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// Random draws a document that keeps the rules of all profiles: any kind, every tax category in the mixtures that are legal, several
// percentages, plain lines and lines whose amount is not quantity × price, what is given back, discounts, deposits.
func Random(t *rapid.T) *invoice.Invoice {
	v := German()
	v.ID = ids.ID(rapid.Int64Range(1, 1<<60).Draw(t, "id"))
	v.Number = "R-" + strconv.Itoa(rapid.IntRange(1, 1e9).Draw(t, "number"))
	v.Currency = rapid.SampledFrom([]money.Currency{"EUR", "EUR", "USD", "CHF", "JPY"}).Draw(t, "currency")
	v.Kind = rapid.SampledFrom([]invoice.Kind{invoice.Bill, invoice.Bill, invoice.CreditNote, invoice.Fee}).Draw(t, "kind")
	if v.Kind == invoice.CreditNote {
		v.Preceding = []invoice.Reference{{Number: "R-2026-0001", Issued: v.Issued - 30}}
	}
	rates := []rating.Rate{O0}
	if !rapid.Bool().Draw(t, "untaxed") || rapid.Bool().Draw(t, "taxed all the same") {
		rates = rapid.SliceOfNDistinct(rapid.SampledFrom([]rating.Rate{
			S19, S7, {Code: "s8.1", Category: rating.Standard, Percent: Dec("8.10")}, {Code: "s5.5", Category: rating.Standard, Percent: Dec("5.5")}, Z0, E0, AE, G0, K0,
		}), 1, 4, func(r rating.Rate) string { return r.Code }).Draw(t, "rates")
	}
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ äöüßéŁЖΩ&<>\"'–€ 1234567890,.")), 1, 60, -1)
	named := func(label string) string { return "x" + text.Draw(t, label) }
	v.Lines, v.Allowances = nil, nil
	for range rapid.IntRange(1, 12).Draw(t, "lines") {
		v.Lines = append(v.Lines, line(t, v, rates, named))
	}
	for range rapid.IntRange(0, 2).Draw(t, "discounts") {
		v.Allowances = append(v.Allowances, invoice.Adjustment{
			Reason: named("reason"), Net: rapid.Int64Range(0, 5000).Draw(t, "discount"), Taxes: []rating.Rate{rapid.SampledFrom(rates).Draw(t, "rate")},
		})
	}
	v.Buyer.Name, v.Notes = named("buyer"), []string{named("note"), named("note")}
	v.Prepaid = rapid.SampledFrom([]int64{0, 0, 1, 12345}).Draw(t, "prepaid")
	Sum(v)
	if v.Kind == invoice.CreditNote && v.Totals.Gross < 0 {
		v.Kind, v.Preceding = invoice.Bill, nil
	}
	return v
}

func line(t *rapid.T, v *invoice.Invoice, rates []rating.Rate, named func(string) string) invoice.Line {
	l := invoice.Line{
		Name: named("name"), Unit: rapid.SampledFrom([]string{"C62", "HUR", "MON", "KMT", "E34"}).Draw(t, "unit"),
		Quantity: money.Decimal{Coef: rapid.Int64Range(-1000, 1_000_000).Draw(t, "quantity"), Scale: uint8(rapid.IntRange(0, 6).Draw(t, "places"))},
		Price:    money.Decimal{Coef: rapid.Int64Range(-500, 500_000).Draw(t, "price"), Scale: uint8(rapid.IntRange(0, 5).Draw(t, "places"))},
		Taxes:    []rating.Rate{rapid.SampledFrom(rates).Draw(t, "rate")},
	}
	n, err := l.Quantity.Exact().Times(l.Price.Exact()).Round(v.Currency.Digits())
	if err != nil {
		t.Fatal(err)
	}
	l.Net = n
	if rapid.Bool().Draw(t, "prorated") {
		l.Net = rapid.Int64Range(-200_000, 2_000_000).Draw(t, "net")
		l.Why = []string{named("why"), named("why")}
	}
	if rapid.Bool().Draw(t, "described") {
		l.Description, l.Code, l.Evidence = named("description"), "C-1", []string{named("evidence")}
	}
	if rapid.Bool().Draw(t, "dated") {
		from := Month.From + civil.Date(rapid.IntRange(0, 20).Draw(t, "from"))
		l.Period = rating.Period{From: from, To: from + civil.Date(rapid.IntRange(1, 10).Draw(t, "days"))}
	}
	return l
}
