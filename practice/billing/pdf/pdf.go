// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"io"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/paper"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/payqr"
	"mainstay/practice/billing/rating"
)

// Write draws the document. The look's name and foot may be empty: then they are the seller's.
func Write(w io.Writer, v *invoice.Invoice, look paper.Look) error {
	d := draw(v, look)
	return d.Write(w)
}

// Bytes is Write into memory.
func Bytes(v *invoice.Invoice, look paper.Look) ([]byte, error) { return draw(v, look).Bytes() }

// document is one that is being drawn.
type document struct {
	*paper.Sheet
	v *invoice.Invoice
	p locale.Printer
}

func draw(v *invoice.Invoice, look paper.Look) *paper.Sheet {
	p := locale.New(locale.Document(v.Language, locale.EnUS), nil)
	d := &document{v: v, p: p}
	if look.Name == "" {
		look.Name = v.Seller.Name
		if v.Seller.Trading != "" {
			look.Name = v.Seller.Trading
		}
	}
	if look.Accent == (paper.Color{}) {
		look.Accent = paper.Color{R: 15, G: 107, B: 92}
	}
	if look.Footer == nil {
		look.Footer = d.foot()
	}
	d.Sheet = paper.New(p, look, paper.SizeFor(v.Seller.Address.Country), strings.TrimSpace(d.title()), v.Issued)
	if v.Number == "" {
		d.Watermark(p.T("DRAFT"))
	}
	d.head()
	d.lines()
	begin := d.sums()
	if d.beside(begin) {
		d.taxes()
		return d.Sheet
	}
	d.taxes()
	d.payment()
	return d.Sheet
}

func known(d civil.Date) bool { return d != 0 && d.Known() }

func (d *document) money(minor int64) string { return d.p.Money(minor, d.v.Currency) }

// title names the kind of document and its number.
func (d *document) title() string {
	number := d.v.Number
	switch {
	case d.v.Kind == invoice.CreditNote && number == "":
		return d.p.T("Credit note")
	case d.v.Kind == invoice.CreditNote:
		return d.p.T("Credit note %s", number)
	case d.v.Kind == invoice.Fee && number == "":
		return d.p.T("Invoice for a fee")
	case d.v.Kind == invoice.Fee:
		return d.p.T("Invoice for a fee, %s", number)
	case number == "":
		return d.p.T("Invoice")
	}
	return d.p.T("Invoice %s", number)
}

func (d *document) head() {
	v, p := d.v, d.p
	facts := []paper.Fact{
		{Label: p.T("Date"), Value: d.date(v.Issued)},
		{Label: p.T("paper::Due"), Value: d.date(v.Due)},
		{Label: p.T("paper::Period"), Value: d.days(v.Period)},
		{Label: p.T("Client number"), Value: v.Buyer.Reference},
		{Label: p.T("Your order"), Value: v.Order},
		{Label: p.T("Your reference"), Value: v.BuyerReference},
		{Label: p.T("paper::Agreement"), Value: v.Contract},
		{Label: p.T("Your VAT number"), Value: v.Buyer.VAT},
		{Label: p.T("Delivered"), Value: d.date(v.Delivered)},
	}
	for _, r := range v.Preceding {
		value := r.Number
		if known(r.Issued) {
			value = p.T("paper::%s of %s", r.Number, r.Issued)
		}
		facts = append(facts, paper.Fact{Label: p.T("Refers to"), Value: value})
	}
	d.Letter(paper.Letter{
		Back:  join(" · ", v.Seller.Name, v.Seller.Address.Street, join(" ", d.town(&v.Seller.Address)...)),
		To:    append(append([]string{v.Buyer.Name, v.Buyer.Trading, v.Buyer.Contact}, v.Buyer.Address.Street, v.Buyer.Address.Extra), d.place(&v.Buyer.Address)...),
		Facts: facts, Title: d.title(),
	})
	if len(v.Notes) > 0 {
		d.Y -= 1
		for _, n := range v.Notes {
			d.Paragraph(n, paper.Font{Size: 9}, paper.Black)
		}
		d.Y += 4
	}
}

func (d *document) date(day civil.Date) string {
	if !known(day) {
		return ""
	}
	return d.p.Date(day)
}

// days writes a period with its first and last day.
func (d *document) days(p rating.Period) string {
	switch {
	case p.Empty():
		return ""
	case p.Days() == 1:
		return d.p.Date(p.From)
	}
	return d.p.T("%s – %s", p.From, p.To-1)
}

// town is postcode and city in the country's order.
func (d *document) town(a *invoice.Address) []string {
	switch a.Country {
	case "US", "CA", "AU":
		return []string{a.City + comma(a.City), a.Region, a.Postcode}
	case "GB", "IE":
		return []string{a.City, a.Postcode}
	}
	return []string{a.Postcode, a.City}
}

func comma(s string) string {
	if s == "" {
		return ""
	}
	return ","
}

// place is the last lines of an address; the country only where it is another than the firm's.
func (d *document) place(a *invoice.Address) []string {
	out := []string{join(" ", d.town(a)...)}
	if a.Country == "GB" || a.Country == "IE" {
		out = d.town(a)
	}
	if a.Region != "" && a.Country != "US" && a.Country != "CA" && a.Country != "AU" {
		out = append(out, a.Region)
	}
	if a.Country != d.v.Seller.Address.Country {
		out = append(out, country(a.Country))
	}
	return out
}

func join(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if strings.TrimSpace(p) != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}

func (d *document) foot() []paper.FootColumn {
	v := d.v
	s, p := &v.Seller, d.p
	out := []paper.FootColumn{
		{s.Name, s.Address.Street, s.Address.Extra, join(" ", d.town(&s.Address)...)},
		{s.Phone, s.Email},
	}
	numbers := paper.FootColumn{}
	if s.VAT != "" {
		numbers = append(numbers, p.T("VAT no. %s", s.VAT))
	}
	if s.TaxID != "" {
		numbers = append(numbers, p.T("Tax no. %s", s.TaxID))
	}
	numbers = append(numbers, s.Company)
	bank := paper.FootColumn{}
	if v.Pay.IBAN != "" {
		bank = append(bank, v.Pay.Holder, "IBAN "+spaced(v.Pay.IBAN))
		if v.Pay.BIC != "" {
			bank = append(bank, "BIC "+v.Pay.BIC)
		}
	}
	for _, c := range []paper.FootColumn{numbers, bank} {
		if join("", c...) != "" {
			out = append(out, c)
		}
	}
	for i := range out {
		kept := paper.FootColumn{}
		for _, l := range out[i] {
			if l != "" {
				kept = append(kept, l)
			}
		}
		out[i] = kept
	}
	return out
}

func spaced(iban string) string {
	s := strings.ToUpper(strings.ReplaceAll(iban, " ", ""))
	var b strings.Builder
	for i := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func (d *document) lines() {
	v, p := d.v, d.p
	taxWidth := 16.0
	for i := range v.Lines {
		taxWidth = max(taxWidth, d.Measure(paper.Font{Size: 9}, d.percent(v.Lines[i].Taxes))+4)
	}
	t := &paper.Table{
		Columns: []paper.Column{
			{Title: p.T("Description")},
			{Title: p.T("Quantity"), Width: 24, Right: true},
			{Title: p.T("Unit price"), Width: 24, Right: true},
			{Title: p.T("Tax"), Width: taxWidth, Right: true},
			{Title: p.T("Amount"), Width: 27, Right: true},
		},
		Strong: true,
		Carried: func(rows int) string {
			var sum int64
			for i := range rows {
				sum += v.Lines[i].Net
			}
			return d.money(sum)
		},
	}
	for i := range v.Lines {
		l := &v.Lines[i]
		r := paper.Row{Cells: []string{l.Name, join(" ", p.Decimal(trim(l.Quantity, 0)), d.unit(l)), d.price(l), d.percent(l.Taxes), d.money(l.Net)}}
		if l.Description != "" {
			r.Small = append(r.Small, l.Description)
		}
		days := ""
		if l.Period != v.Period {
			days = d.days(l.Period)
		}
		if s := join(" · ", l.Code, days); s != "" {
			r.Small = append(r.Small, s)
		}
		r.Note = append(append(r.Note, l.Why...), l.Evidence...)
		t.Rows = append(t.Rows, r)
	}
	d.Table(t)
}

// trim takes zeros off the end of a number, down to so many places.
func trim(n money.Decimal, least uint8) money.Decimal {
	for n.Scale > least && n.Coef%10 == 0 {
		n.Coef, n.Scale = n.Coef/10, n.Scale-1
	}
	return n
}

// price is that of one unit with at least the places of the currency.
func (d *document) price(l *invoice.Line) string {
	digits := uint8(d.v.Currency.Digits())
	n := trim(l.Price, digits)
	if n.Scale < digits {
		minor, err := n.Round(int(digits))
		if err == nil {
			return d.money(minor)
		}
	}
	if n.Scale == digits {
		return d.money(n.Coef)
	}
	return d.p.Decimal(n)
}

func (d *document) percent(taxes []rating.Rate) string {
	var out []string
	for _, r := range taxes {
		out = append(out, d.rate(r.Percent))
	}
	if len(out) == 0 {
		return "–"
	}
	return strings.Join(out, " + ")
}

func (d *document) rate(n money.Decimal) string { return d.p.Rate(trim(n, 0)) }

func (d *document) unit(l *invoice.Line) string {
	p := d.p
	n := int64(2)
	if l.Quantity.Exact().Cmp(money.Whole(1)) == 0 {
		n = 1
	}
	switch l.Unit {
	case "HUR":
		return p.T("unit::h")
	case "DAY":
		return p.N("unit::day|days", n)
	case "WEE":
		return p.N("unit::week|weeks", n)
	case "MON":
		return p.N("unit::month|months", n)
	case "ANN":
		return p.N("unit::year|years", n)
	case "KMT":
		return "km"
	case "SMI":
		return p.N("unit::mile|miles", n)
	case "E34":
		return "GB"
	case "E35":
		return "TB"
	case "MIN":
		return "min"
	}
	return ""
}

func (d *document) sums() (begin float64) {
	v, p := d.v, d.p
	t := &v.Totals
	var out []paper.Sum
	add := func(label, value string) { out = append(out, paper.Sum{Label: label, Value: value}) }
	if len(v.Allowances) > 0 {
		add(p.T("Sum of the lines"), d.money(t.Lines))
		for _, a := range v.Allowances {
			add(a.Reason, d.money(-a.Net))
		}
	}
	add(p.T("Total without tax"), d.money(t.Net))
	for _, g := range t.Groups {
		if g.Category == rating.Standard {
			add(p.T("Tax %s on %s", d.rate(g.Percent), d.money(g.Base)), d.money(g.Tax))
		}
	}
	if v.Prepaid != 0 {
		add(p.T("Total with tax"), d.money(t.Gross))
		add(p.T("Paid before"), d.money(-v.Prepaid))
	}
	label := p.T("Amount due")
	if v.Kind == invoice.CreditNote {
		label = p.T("Amount credited")
	}
	out = append(out, paper.Sum{Label: label, Value: d.money(t.Payable), Total: true})
	return d.Sums(out)
}

// taxes says why no tax is charged on what has none.
func (d *document) taxes() {
	for _, t := range d.v.Breakdown() {
		if t.Reason.Text == "" {
			continue
		}
		d.Y += 1.5
		d.Paragraph(d.p.T("On %s: %s", d.money(t.Base), t.Reason.Text), paper.Font{Size: 8.5}, paper.Black)
	}
}

func (d *document) payment() {
	pay, p := &d.v.Pay, d.p
	if bill, ok := payqr.SwissOf(d.v); ok {
		if pay.Terms != "" {
			d.Heading(p.T("Payment"))
			d.Paragraph(d.terms(), paper.Font{Size: 9}, paper.Black)
		}
		d.swiss(bill)
		return
	}
	facts, code := d.how(), d.code()
	if pay.Terms == "" && len(facts) == 0 {
		return
	}
	d.Room(payHeight(facts, code))
	d.Heading(p.T("Payment"))
	start, page := d.Y, d.Pages()
	width := d.Width()
	if code != nil {
		width -= 42
	}
	if pay.Terms != "" {
		d.Flow(paper.Left, width, d.terms(), paper.Font{Size: 9}, paper.Black)
		d.Y += 1.5
	}
	for _, f := range facts {
		d.fact(f, paper.Left, 34, width, paper.Font{Size: 8.5})
	}
	if code != nil && d.Pages() == page {
		d.scan(code, d.Size.W-paper.Right-30, start+2, 30)
		d.Y = max(d.Y, start+38)
	}
}

// code is the one that a banking app reads; nil where the document has none, or its text is too long for one.
func (d *document) code() *paper.QR {
	text, ok := payqr.EPC(d.v)
	if !ok {
		return nil
	}
	code, err := paper.NewQR(text, payqr.MostEPC)
	if err != nil {
		return nil // paid by its words
	}
	return code
}

func payHeight(facts []paper.Fact, code *paper.QR) float64 {
	need := 18 + float64(len(facts))*4.6
	if code != nil {
		need = max(need, 50)
	}
	return need
}

func (d *document) scan(code *paper.QR, x, y, size float64) {
	d.QR(code, x, y, size)
	label, f := d.p.T("Scan to pay"), paper.Font{Size: 7.5}
	d.Text(x+size/2-d.Measure(f, label)/2, y+size+4, f, paper.Soft, label)
}

// fact writes a label and its value, and makes the link one that can be clicked.
func (d *document) fact(f paper.Fact, x, at, width float64, font paper.Font) {
	d.Y += font.Size * .54
	d.Text(x, d.Y, font, paper.Soft, d.Cut(f.Label, font, at-2))
	link := f.Value == d.v.Pay.Link && strings.HasPrefix(f.Value, "https://")
	ink := paper.Black
	if link {
		ink = paper.Accent
	}
	for i, l := range d.Break(f.Value, font, width-at) {
		if i > 0 {
			d.Y += font.Size * .5
		}
		d.Text(x+at, d.Y, font, ink, l)
		if link {
			d.Link(x+at, d.Y-3, d.Measure(font, l), 4, d.v.Pay.Link)
		}
	}
}

// beside writes how to pay to the left of the totals where it would stand alone on another page otherwise, and reports whether it did.
func (d *document) beside(begin float64) bool {
	if _, ok := payqr.SwissOf(d.v); ok {
		return false
	}
	facts, code := d.how(), d.code()
	small, width := paper.Font{Size: 8}, d.BesideSums()
	terms := 0
	if d.v.Pay.Terms != "" {
		terms = len(d.Break(d.terms(), small, width))
	}
	x, block := paper.Left, 0.0 // labels stand above their values, right of the code
	if code != nil {
		x, block = paper.Left+31, 32
	}
	rows := 0
	for _, f := range facts {
		rows += len(d.Break(f.Value, small, width-x+paper.Left))
	}
	block = max(block, float64(len(facts))*3+float64(rows)*4.2)
	height := 13 + float64(terms)*4 + block
	reasons := 0.0
	for _, t := range d.v.Breakdown() {
		if t.Reason.Text != "" {
			reasons += 8
		}
	}
	if len(facts) == 0 || d.Y+reasons+payHeight(facts, code) <= d.Bottom || begin+height+reasons > d.Bottom {
		return false
	}
	after := d.Y
	d.Y = begin + 7
	d.Text(paper.Left, d.Y, paper.Font{Size: 10.5, Bold: true}, paper.Accent, d.p.T("Payment"))
	d.Y++
	if terms > 0 {
		d.Flow(paper.Left, width, d.terms(), small, paper.Black)
		d.Y++
	}
	if d.Y += 2; code != nil {
		d.scan(code, paper.Left, d.Y, 26)
	}
	end := d.Y + block
	d.Y -= 1.6
	for _, f := range facts {
		d.Y += 3.9
		d.Text(x, d.Y, paper.Font{Size: 6.5}, paper.Soft, f.Label)
		d.Y -= 1.3
		d.fact(paper.Fact{Value: f.Value}, x, 0, width-x+paper.Left, small)
	}
	d.Y = max(after, end, d.Y)
	return true
}

// terms are the terms of payment with what stands in them for machines put into words.
func (d *document) terms() string {
	lines := strings.Split(strings.TrimSpace(d.v.Pay.Terms), "\n")
	for i, l := range lines {
		days, text, ok := invoice.Discount(l)
		percent, err := money.ParseDecimal(text)
		switch {
		case !ok || err != nil:
		case days >= 0:
			lines[i] = d.p.N("%[2]s discount when paid within %[1]d day|%[2]s discount when paid within %[1]d days", int64(days), d.rate(percent))
		default:
			lines[i] = d.p.N("%[2]s more when paid after %[1]d day|%[2]s more when paid after %[1]d days", int64(-days), d.rate(percent))
		}
	}
	return strings.Join(lines, "\n")
}

// how lists where the money goes.
func (d *document) how() (out []paper.Fact) {
	pay, p := &d.v.Pay, d.p
	if d.v.Kind == invoice.CreditNote {
		return nil
	}
	add := func(label, value string) {
		if value != "" {
			out = append(out, paper.Fact{Label: label, Value: value})
		}
	}
	if pay.Mandate != "" {
		add(p.T("Direct debit from"), spaced(pay.Debited))
		add(p.T("Mandate"), pay.Mandate)
		add(p.T("Creditor identifier"), pay.Creditor)
		return out
	}
	if pay.IBAN != "" || pay.Account != "" {
		add(p.T("Account holder"), pay.Holder)
		add("IBAN", spaced(pay.IBAN))
		add("BIC", pay.BIC)
		add(p.T("paper::Account"), pay.Account)
		add(p.T("Reference"), pay.Reference)
	}
	add(p.T("By card"), pay.Link)
	return out
}
