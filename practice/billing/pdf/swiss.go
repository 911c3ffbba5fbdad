// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"strings"

	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/paper"
	"mainstay/practice/billing/payqr"
)

// The words of a QR-bill are prescribed in each language (Implementation Guidelines QR-bill, annex C); where the document is in
// a language without any they are English.
type billWords struct {
	receipt, part, account, reference, info, payer, currency, amount, point, blank string
}

func wordsOf(t locale.Tag) billWords {
	switch t.Language() {
	case "de":
		return billWords{"Empfangsschein", "Zahlteil", "Konto / Zahlbar an", "Referenz", "Zusätzliche Informationen", "Zahlbar durch", "Währung", "Betrag", "Annahmestelle", "Zahlbar durch (Name/Adresse)"}
	case "fr":
		return billWords{"Récépissé", "Section paiement", "Compte / Payable à", "Référence", "Informations supplémentaires", "Payable par", "Monnaie", "Montant", "Point de dépôt", "Payable par (nom/adresse)"}
	}
	return billWords{"Receipt", "Payment part", "Account / Payable to", "Reference", "Additional information", "Payable by", "Currency", "Amount", "Acceptance point", "Payable by (name/address)"}
}

// Measures of the payment part (Style Guide QR-bill): 210 × 105 mm at the foot of the page, the receipt 62 mm of it.
const (
	billHeight = 105.0
	billWidth  = 210.0
	receipt    = 62.0
	codeSize   = 46.0
)

// swiss draws receipt and payment part at the foot of the last page, or of a page of their own.
func (d *document) swiss(b payqr.Swiss) {
	code, err := paper.NewQR(b.Text, payqr.MostSwiss)
	if err != nil {
		return // paid by its words
	}
	top := d.Size.H - billHeight
	if d.Y+6 > top {
		d.Page()
	}
	d.Bare()
	w := wordsOf(d.p.Tag())
	d.Dashed(0, top, d.Size.W, top)
	d.Dashed(receipt, top, receipt, d.Size.H)

	amount := francs(d.v.Totals.Payable)
	left := column{d.Sheet, 5, top + 12, receipt - 10, 6, 8}
	d.Text(5, top+9, paper.Font{Size: 11, Bold: true}, paper.Black, w.receipt)
	left.block(w.account, append([]string{b.IBAN}, b.Creditor...))
	if b.Reference != "" {
		left.block(w.reference, []string{b.Reference})
	}
	left.payer(w, b.Debtor, 52, 20)
	money := func(x float64, title, value float64) {
		d.Text(x, top+72, paper.Font{Size: title, Bold: true}, paper.Black, w.currency)
		d.Text(x, top+76.5, paper.Font{Size: value}, paper.Black, string(d.v.Currency))
		d.Text(x+14, top+72, paper.Font{Size: title, Bold: true}, paper.Black, w.amount)
		d.Text(x+14, top+76.5, paper.Font{Size: value}, paper.Black, amount)
	}
	money(5, 6, 8)
	f := paper.Font{Size: 6, Bold: true}
	d.Text(receipt-5-d.Measure(f, w.point), top+86, f, paper.Black, w.point)

	x := receipt + 5
	d.Text(x, top+9, paper.Font{Size: 11, Bold: true}, paper.Black, w.part)
	d.QR(code, x, top+17, codeSize)
	d.Swiss(x, top+17, codeSize)
	money(x, 8, 10)
	right := column{d.Sheet, x + codeSize + 5, top + 8, billWidth - receipt - codeSize - 15, 8, 10}
	right.block(w.account, append([]string{b.IBAN}, b.Creditor...))
	if b.Reference != "" {
		right.block(w.reference, []string{b.Reference})
	}
	if b.Message != "" {
		right.block(w.info, []string{b.Message})
	}
	right.payer(w, b.Debtor, 65, 25)
}

// francs writes an amount as the style guide says: blanks between thousands, a point.
func francs(minor int64) string {
	whole, cents, _ := strings.Cut(money.FormatMinor(minor, 2), ".")
	var b strings.Builder
	for i := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(whole[i])
	}
	return b.String() + "." + cents
}

// column is one of the two columns of text.
type column struct {
	*paper.Sheet
	x, y, width  float64
	title, value float64 // sizes
}

func (c *column) block(title string, lines []string) {
	c.Text(c.x, c.y+c.title*.35, paper.Font{Size: c.title, Bold: true}, paper.Black, title)
	c.y += c.title * .5
	for _, l := range lines {
		for _, part := range c.Break(l, paper.Font{Size: c.value}, c.width) {
			c.y += c.value * .4
			c.Text(c.x, c.y, paper.Font{Size: c.value}, paper.Black, part)
		}
	}
	c.y += c.value * .4
}

// payer writes who pays, or leaves a field for it where the client's address is incomplete.
func (c *column) payer(w billWords, lines []string, width, height float64) {
	if len(lines) > 0 {
		c.block(w.payer, lines)
		return
	}
	c.block(w.blank, nil)
	c.Corners(c.x, c.y-c.value*.3, width, height)
}
