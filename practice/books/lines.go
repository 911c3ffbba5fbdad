// SPDX-License-Identifier: Apache-2.0

package books

import (
	"bytes"
	"fmt"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
)

// lineState is what the reading of invoice lines carries from row to row.
type lineState struct {
	client, provider, date, doc, item, text, qty, price, amount, gross, tax, tax2, disc, total int
	spending                                                                                   bool // a list of payments, where every row is income to somebody
	cur, status, typ, itemType, recurring, frequency, account                                  int

	dates                    *order
	amounts, grosses, others *marks
	row                      LineRow
	buf                      []byte // text made of item and description
	statuses                 map[string]string
	types                    map[string]int
	accounts                 map[string]bool
	currencies               map[string]money.Currency
	provider1                string // key of the provider that is asked for
	providers                map[string]bool

	groups  []group
	all     group
	prev    prevRow
	repeats repeatState
	incl    inclusiveState
}

// group is a client or account whose rows are listed under its name.
type group struct {
	name string
	sum  int64
	rows int
}

// prevRow is what a row that names nothing takes over from the one above.
type prevRow struct {
	client, doc []byte
	day         civil.Date
	ok          bool
}

func (r *tableReader) startLines() {
	m := r.m
	s := &lineState{
		client: m.at(FieldClient), provider: m.at(FieldProvider), date: m.at(FieldDate), doc: m.at(FieldDoc), item: m.at(FieldItem), text: m.at(FieldText),
		qty: m.at(FieldQuantity), price: m.at(FieldPrice), amount: m.at(FieldAmount), gross: m.at(FieldGross), tax: m.at(FieldTax), tax2: m.at(FieldTax2), disc: m.at(FieldDiscount), total: m.at(FieldTotal),
		cur: m.at(FieldCurrency), status: m.at(FieldStatus), typ: m.at(FieldType), itemType: m.at(FieldItemType), recurring: m.at(FieldRecurring), frequency: m.at(FieldFrequency), account: m.at(FieldAccount),
		statuses: map[string]string{}, types: map[string]int{}, accounts: map[string]bool{}, currencies: map[string]money.Currency{}, providers: map[string]bool{},
	}
	if r.file.opt.Provider != "" {
		s.provider1 = ClientKey(r.file.opt.Provider)
	}
	s.dates = r.order(s.date)
	s.amounts = r.mark(s.amountColumn())
	s.grosses, s.others = r.mark(s.gross), r.mark(s.price)
	s.repeats.possible = s.amount < 0 && s.price < 0 && s.gross < 0
	r.lines = s
	r.row = r.lineRow
	r.end = r.endLines
}

// amountColumn is the column that stands for a row's money.
func (s *lineState) amountColumn() int {
	for _, c := range []int{s.amount, s.gross, s.total, s.price} {
		if c >= 0 {
			return c
		}
	}
	return -1
}

func (s *lineState) decide() (repeated, inclusive bool) {
	return s.repeats.decided(), s.incl.decided()
}

func (r *tableReader) lineRow(row tabular.Row) error {
	r.begin(row)
	s := r.lines
	date := r.cell(s.date)
	if date == nil || r.cell(s.amountColumn()) == nil && (s.qty < 0 || r.cell(s.price) == nil) || totalLabel(date) {
		if done, err := r.specialRow(date); done {
			return err
		}
	}
	if len(date) > 0 && s.date < len(r.m.Header) && string(date) == strings.TrimSpace(r.m.Header[s.date]) {
		return nil // the header again, on a new page
	}
	if s.provider < 0 && totalLabel(r.first()) && r.cell(s.doc) == nil && (s.client < 0 || totalLabel(r.cell(s.client))) {
		r.totalRow(r.first())
		return nil
	}
	out := &s.row
	*out = LineRow{Number: r.line, Currency: r.cur, Day: civil.NoDate}
	t, ok := r.day(s.date, s.dates)
	out.Day = t.day
	if ok && !out.Day.Known() {
		if !r.carry(out) {
			r.fail(s.date, nil, wantDay)
			ok = false
		}
	}
	minor, has := r.lineAmount(out)
	if !ok || r.problem {
		return nil
	}
	if !has {
		r.leaveOut(NoteNoAmount, "", 0)
		return nil
	}
	out.Minor = minor
	return r.lineDone(out)
}

// lineDone decides whether the row counts and hands it on.
func (r *tableReader) lineDone(out *LineRow) error {
	s := r.lines
	if out.Doc == nil {
		out.Doc = r.cell(s.doc)
	}
	if s.repeats.skip(r.guess.repeated, out) {
		r.rep.LeftOut++
		return nil
	}
	sign := int64(1)
	if s.typ >= 0 {
		switch r.typeOf(r.cell(s.typ)) {
		case typeOther:
			r.addSum(out.Minor)
			r.leaveOut(NoteType, string(r.cell(s.typ)), out.Minor)
			return nil
		case typeCredit:
			if out.Minor > 0 {
				sign = -1
				r.note(NoteCreditSign, "", -out.Minor)
			}
		}
	}
	r.addSum(out.Minor)
	out.Minor *= sign
	if bad := r.badStatus(r.cell(s.status)); bad != "" {
		r.leaveOut(NoteStatus, bad, out.Minor)
		return nil
	}
	if a := r.accountOf(); a != nil && !r.income(a) {
		r.leaveOut(NoteAccount, string(a), out.Minor)
		return nil
	}
	if s.provider >= 0 {
		out.Provider = r.cell(s.provider)
		if out.Provider != nil {
			count(r.provs, out.Provider, out.Minor, "")
		}
		if s.provider1 != "" && !r.wantedProvider(out.Provider) {
			r.leaveOut(NoteProvider, r.file.opt.Provider, out.Minor)
			return nil
		}
	}
	r.describe(out)
	s.prev.ok = true
	s.prev.client, s.prev.doc, s.prev.day = append(s.prev.client[:0], out.Client...), append(s.prev.doc[:0], out.Doc...), out.Day
	out.Fingerprint = r.print(KindLines, out.Minor, int64(out.Day), r.clientKey(out.Client), out.Doc, out.Text, []byte(out.Currency), out.Provider)
	r.rep.Rows++
	r.span(out.Day)
	r.sum(out.Currency, out.Minor)
	if out.Client == nil {
		r.note(NoteNoClient, "", out.Minor)
	}
	if r.sampled() {
		r.addSample("date", out.Day.String(), "client", string(out.Client), "document", string(out.Doc), "text", string(out.Text), "amount", money.FormatMinor(out.Minor, out.Currency.Digits()), "currency", string(out.Currency), "provider", string(out.Provider))
	}
	return r.file.sink.Line(out)
}

// describe fills in client, text and what the export says of the line.
func (r *tableReader) describe(out *LineRow) {
	s := r.lines
	switch {
	case out.Client != nil:
	case s.client >= 0:
		out.Client = r.cell(s.client)
	case r.m.Client != "":
		out.Client = []byte(r.m.Client)
	case len(s.groups) > 0:
		out.Client = []byte(s.groups[len(s.groups)-1].name)
	}
	item, text := r.cell(s.item), r.cell(s.text)
	switch {
	case item == nil:
		out.Text = text
	case text == nil || bytes.HasPrefix(item, text):
		out.Text = item
	case bytes.HasPrefix(text, item):
		out.Text = text
	default:
		s.buf = append(append(append(s.buf[:0], item...), ": "...), text...)
		out.Text = s.buf
	}
	if c := r.cell(s.recurring); c != nil {
		if yesNo(c) < 0 {
			out.Told = ToldOneOff
		} else {
			out.Told = ToldRecurring
		}
	}
	if c := r.cell(s.itemType); c != nil && out.Told == ToldNothing {
		out.Told = itemTold(string(c))
	}
	if c := r.cell(s.frequency); c != nil {
		if out.Term = months(string(c)); out.Term > 0 && out.Told == ToldNothing {
			out.Told = ToldRecurring
		}
	}
}

// lineAmount is the row's amount net of tax. has is false where it has none.
func (r *tableReader) lineAmount(out *LineRow) (minor int64, has bool) {
	s := r.lines
	if c := r.cell(s.cur); c != nil {
		out.Currency = r.currencyOf(c)
	}
	digits := out.Currency.Digits()
	read := func(col int, m *marks) (int64, bool) {
		n, ok := r.numberAt(col, m)
		if !ok {
			return 0, false
		}
		if n.currency != "" && s.cur < 0 {
			out.Currency = n.currency
			digits = n.currency.Digits()
		}
		v, fits := r.minor(n, digits)
		if !fits {
			r.fail(col, r.cell(col), "an amount that is not so large")
		}
		return v, fits
	}
	tax := func() (sum int64, any bool) {
		for _, col := range []int{s.tax, s.tax2} {
			if v, ok := read(col, s.others); ok {
				sum, any = sum+v, true
			}
		}
		return sum, any
	}
	if s.amount >= 0 {
		return read(s.amount, s.amounts)
	}
	if s.price >= 0 {
		if v, ok := r.product(out, digits); ok {
			t, taxed := tax()
			total, hasTotal := read(s.total, s.others)
			if hasTotal {
				s.incl.see(r.cell(s.doc), v, t, total)
			}
			if r.guess.inclusive && taxed {
				r.note(NoteTaxIncluded, "", t)
				v -= t
			}
			return v, true
		}
	}
	if s.gross >= 0 {
		v, ok := read(s.gross, s.grosses)
		if t, taxed := tax(); ok && taxed {
			r.note(NoteTaxIncluded, "", t)
			v -= t
		} else if ok {
			r.note(NoteGross, "", v)
		}
		return v, ok
	}
	return read(s.total, s.amounts)
}

// product is quantity × price less the discount, rounded once.
func (r *tableReader) product(out *LineRow, digits int) (int64, bool) {
	s := r.lines
	price, ok := r.numberAt(s.price, s.others)
	if !ok {
		return 0, false
	}
	if price.currency != "" && s.cur < 0 {
		out.Currency = price.currency
		digits = price.currency.Digits()
	}
	qty, ok := r.numberAt(s.qty, r.mark(s.qty))
	if !ok {
		if r.problem {
			return 0, false
		}
		qty.Decimal = money.Decimal{Coef: 1}
	}
	factor := price.Decimal
	if disc, ok := r.numberAt(s.disc, r.mark(s.disc)); ok && disc.Coef != 0 && disc.Scale <= 4 {
		// (100 − discount) % of the quantity keeps the product exact until its one rounding.
		rest := money.Decimal{Coef: 100*pow10(disc.Scale) - disc.Coef, Scale: disc.Scale + 2}
		if q, err := money.Mul(qty.Decimal, rest, min(int(qty.Scale)+int(rest.Scale), money.MaxScale)); err == nil {
			qty.Decimal = money.Decimal{Coef: q, Scale: uint8(min(int(qty.Scale)+int(rest.Scale), money.MaxScale))}
		}
	}
	v, err := money.Mul(qty.Decimal, factor, digits)
	if err != nil {
		r.fail(s.price, r.cell(s.price), "an amount that is not so large")
		return 0, false
	}
	return v, true
}

func pow10(n uint8) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}

func (r *tableReader) currencyOf(c []byte) money.Currency {
	s := r.lines
	if v, ok := s.currencies[string(c)]; ok {
		return v
	}
	code, ok := isoCode(c)
	if !ok {
		if _, _, cur, _ := stripSigns(append(append([]byte(nil), c...), '0')); cur != "" {
			code = cur
		} else {
			code = r.cur
		}
	}
	if len(s.currencies) < maxCached {
		s.currencies[string(c)] = code
	}
	return code
}

// isoCode reads an ISO 4217 code; "British Pound - GBP" has one too.
func isoCode(c []byte) (money.Currency, bool) {
	u := bytes.ToUpper(c)
	if i := bytes.LastIndexByte(u, ' '); i >= 0 && currencyCodes[string(u[i+1:])] {
		u = u[i+1:]
	}
	if len(u) != 3 {
		return "", false
	}
	for _, x := range u {
		if x < 'A' || x > 'Z' {
			return "", false
		}
	}
	return money.Currency(u), true
}

func (r *tableReader) typeOf(c []byte) int {
	s := r.lines
	t, ok := s.types[string(c)]
	if !ok {
		t = transactionType(string(c))
		if len(s.types) < maxCached {
			s.types[string(c)] = t
		}
	}
	return t
}

func (r *tableReader) badStatus(c []byte) string {
	if c == nil {
		return ""
	}
	s := r.lines
	v, ok := s.statuses[string(c)]
	if !ok {
		if leftOutStatus(string(c)) {
			v = string(c)
		}
		if len(s.statuses) < maxCached {
			s.statuses[string(c)] = v
		}
	}
	return v
}

// accountOf is the ledger account of the row, from its column or, where the client has a
// column of its own, from the group that the row stands in.
func (r *tableReader) accountOf() []byte {
	s := r.lines
	if s.spending {
		return nil
	}
	if c := r.cell(s.account); c != nil {
		return c
	}
	if s.client >= 0 && len(s.groups) > 0 {
		return []byte(s.groups[0].name)
	}
	return nil
}

func (r *tableReader) income(a []byte) bool {
	s := r.lines
	v, ok := s.accounts[string(a)]
	if !ok {
		v = incomeAccount(string(a))
		if len(s.accounts) < maxCached {
			s.accounts[string(a)] = v
		}
	}
	return v
}

func (r *tableReader) wantedProvider(p []byte) bool {
	s := r.lines
	v, ok := s.providers[string(p)]
	if !ok {
		v = ClientKey(string(p)) == s.provider1
		if len(s.providers) < maxCached {
			s.providers[string(p)] = v
		}
	}
	return v
}

func (r *tableReader) endLines() error {
	s := r.lines
	if s.provider >= 0 && s.provider1 == "" && len(r.provs) > 1 {
		r.notes[[2]string{NoteProviders, ""}] = &Note{Code: NoteProviders, Arg: fmt.Sprint(len(r.provs)), Rows: r.rep.Rows}
	}
	if r.guess.repeated {
		r.notes[[2]string{NoteTotalRepeated, ""}] = &Note{Code: NoteTotalRepeated, Rows: s.repeats.skipped}
	}
	return nil
}
