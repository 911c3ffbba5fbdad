// SPDX-License-Identifier: Apache-2.0

package bank

import (
	"context"
	"errors"
	"io"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
	"mainstay/practice/payments/sepa"
)

// searched is how many rows are looked at for headings.
const searched = 60

// Look finds out the layout of a table and shows its first rows, at most eight after the headings, so that a person can see
// and change what was found. The layout is nil where no headings were recognised.
func Look(ctx context.Context, name string, at io.ReaderAt, size int64, limits Limits) (*Layout, [][]string, error) {
	limits = limits.withDefaults()
	f := tabular.New(name, at, size, tabular.Options{Limits: tabular.Limits{Bytes: limits.Bytes}})
	var layout *Layout
	var rows, sample [][]string
	err := f.Each(ctx, func(t *tabular.Table) error {
		if layout != nil || len(sample) > 0 {
			return nil
		}
		words := vocabulary()
		for n := 0; n < searched; n++ {
			r, err := t.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			cells := texts(r)
			rows = append(rows, cells)
			if layout == nil {
				if layout = recognise(words, r.Line, cells); layout != nil {
					sample = append(sample, cells)
				}
				continue
			}
			if sample = append(sample, cells); len(sample) > 8 {
				break
			}
		}
		if layout == nil {
			sample = rows[:min(len(rows), 9)]
		}
		return nil
	})
	return layout, sample, err
}

func texts(r tabular.Row) []string {
	out := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		out[i] = squeeze(string(c), maxText)
	}
	return out
}

func readTables(ctx context.Context, f *tabular.File, opt Options, limits Limits, lines *int) ([]*Statement, error) {
	var out []*Statement
	err := f.Each(ctx, func(t *tabular.Table) error {
		s, err := readTable(t, opt, limits, lines)
		if err != nil {
			return err
		}
		if s != nil {
			out = append(out, s)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fault.NewInvalid("No headings of a bank's list were found. A column for the day and one for the amount are needed; say below which they are.").On("layout")
	}
	return out, nil
}

// raw is a row before its marks are known.
type raw struct {
	line  int64
	cells []string
}

// readTable reads one table; nil where it holds no bookings. Rows are kept until the marks of days and amounts are known:
// both are properties of the whole column.
func readTable(t *tabular.Table, opt Options, limits Limits, lines *int) (*Statement, error) {
	layout := opt.Layout
	s := &Statement{Format: "csv"}
	words := vocabulary()
	var rows []raw
	for n := 0; ; n++ {
		r, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch {
		case layout == nil:
			cells := texts(r)
			if layout = recognise(words, r.Line, cells); layout == nil {
				s.look(cells)
				if n >= searched {
					return nil, nil
				}
			}
		case r.Line > layout.Header:
			if *lines++; *lines > limits.Lines {
				return nil, tooMany(limits)
			}
			rows = append(rows, raw{r.Line, texts(r)})
		default:
			s.look(texts(r))
		}
	}
	if layout == nil {
		return nil, nil
	}
	if !layout.enough() {
		return nil, fault.NewInvalid("A column for the day and one for the amount are needed.").On("layout")
	}
	b := &tableReader{layout: layout, s: s, comma: layout.Comma, order: layout.Order}
	b.marks(rows)
	s.Currency = layout.Currency
	if s.Currency == "" {
		s.Currency = opt.Currency
	}
	for _, r := range rows {
		if err := b.row(r); err != nil {
			return nil, err
		}
	}
	if len(s.Lines) == 0 && s.Skipped > 0 {
		return nil, fault.NewInvalid("The bank's file has %d rows, but none with a day and an amount.", s.Skipped)
	}
	return s, s.finish()
}

// look searches what stands above the headings for the account.
func (s *Statement) look(cells []string) {
	if s.Account != "" {
		return
	}
	for _, c := range cells {
		for _, word := range append(strings.Fields(c), strings.Join(strings.Fields(c), "")) {
			if iban, err := sepa.IBAN(word); err == nil {
				s.Account = iban
				return
			}
		}
	}
}

type tableReader struct {
	layout *Layout
	s      *Statement
	comma  bool
	order  DayOrder
}

// marks lets all values of the columns decide how days and amounts are written.
func (b *tableReader) marks(rows []raw) {
	votes, dmy, mdy, open := 0, 0, 0, 0
	for _, r := range rows {
		for _, f := range []Field{FieldAmount, FieldDebit, FieldCredit} {
			votes += vote(b.get(r, f))
		}
		a, c, sep, ok := dayParts(b.get(r, FieldDay))
		switch {
		case !ok || sep == '.':
		case a > 12 && c <= 12:
			dmy++
		case c > 12 && a <= 12:
			mdy++
		case a != c:
			open++
		}
	}
	switch {
	case votes > 0:
		b.comma = true
	case votes < 0:
		b.comma = false
	}
	if b.order == "" {
		b.order = DayMonth
	}
	switch {
	case mdy > 0 && dmy == 0:
		b.order = MonthDay
	case dmy > 0 && mdy == 0:
		b.order = DayMonth
	case open > 0:
		b.s.Warnings = append(b.s.Warnings, note("No day of the file shows whether its first number is the day or the month; it was read as the %s.", map[DayOrder]string{DayMonth: "day", MonthDay: "month"}[b.order]))
	}
}

func (b *tableReader) get(r raw, f Field) string {
	var parts []string
	for _, i := range b.layout.Columns[f] {
		if i >= 0 && i < len(r.cells) && r.cells[i] != "" {
			parts = append(parts, r.cells[i])
		}
	}
	return strings.Join(parts, " ")
}

// row adds a row's booking. A row with neither day nor amount is a sum or a remark; one with only one of them is refused.
func (b *tableReader) row(r raw) error {
	dayText := b.get(r, FieldDay)
	amounts := [3]string{b.get(r, FieldAmount), b.get(r, FieldDebit), b.get(r, FieldCredit)}
	empty := amounts == [3]string{}
	day, okDay := readDay(dayText, b.order)
	if !okDay && (empty || dayText == "" || len(r.cells) < 3 || !strings.ContainsAny(dayText, "0123456789")) || okDay && empty {
		b.s.Skipped++
		return nil
	}
	if !okDay {
		return fault.NewInvalid("Line %d of the bank's file: %q is no day.", r.line, cut(dayText, 40))
	}
	if pending(b.get(r, FieldStatus)) {
		b.s.Pending++
		return nil
	}
	cur := currency(b.get(r, FieldCurrency))
	if cur == "" {
		cur = b.s.Currency
	}
	if cur == "" {
		return fault.NewInvalid("The bank's file does not say which currency its amounts are in. Choose the account's currency.").On("currency")
	}
	if b.s.Currency == "" {
		b.s.Currency = cur
	}
	n, err := b.amount(r, amounts, cur)
	if err != nil {
		return err
	}
	value, ok := readDay(b.get(r, FieldValue), b.order)
	if !ok {
		value = day
	}
	l := Line{
		Row: int(r.line), Day: day, ValueDay: value, Amount: n, Currency: cur, Name: cut(b.name(r, n), maxName), IBAN: account(b.get(r, FieldIBAN)),
		BIC: account(b.get(r, FieldBIC)), Text: b.get(r, FieldText), EndToEnd: id(b.get(r, FieldEndToEnd)), Mandate: id(b.get(r, FieldMandate)),
		BankID: id(b.get(r, FieldID)), Kind: cut(b.get(r, FieldKind), maxID),
	}
	if ref := b.get(r, FieldRef); ref != "" && !none(ref) {
		if compact := account(ref); structured(compact) {
			l.Reference = compact
		} else if !strings.Contains(l.Text, ref) {
			l.Text = squeeze(l.Text+" "+ref, maxText)
		}
	}
	l.tagged([]string{l.Text})
	if own, err := sepa.IBAN(b.get(r, FieldOwn)); err == nil && b.s.Account == "" {
		b.s.Account = own
	}
	if n == 0 {
		b.s.Skipped++
		return nil
	}
	b.s.Lines = append(b.s.Lines, l)
	return nil
}

// structured says whether a text has the form of a creditor reference, ISO 11649 or of a Swiss QR bill.
func structured(s string) bool {
	if len(s) == 27 || len(s) == 26 {
		return strings.Trim(s, "0123456789") == ""
	}
	return len(s) > 4 && len(s) <= 25 && strings.HasPrefix(s, "RF") && s[2] >= '0' && s[2] <= '9' && s[3] >= '0' && s[3] <= '9'
}

func (b *tableReader) name(r raw, amount int64) string {
	f := FieldPayer
	if amount < 0 {
		f = FieldPayee
	}
	if n := b.get(r, f); n != "" {
		return n
	}
	return b.get(r, FieldName)
}

func (b *tableReader) amount(r raw, in [3]string, cur money.Currency) (int64, error) {
	bad := func(s string) error {
		return fault.NewInvalid("Line %d of the bank's file: %q is no amount in %s.", r.line, cut(s, 40), string(cur))
	}
	var sum int64
	for i, s := range in {
		if s == "" {
			continue
		}
		n, ok := spoken(s, b.comma, cur.Digits())
		if !ok {
			return 0, bad(s)
		}
		switch i {
		case 0:
			sign := b.get(r, FieldSign)
			if sign == "" {
				break
			}
			out, known := outgoing(sign)
			if !known {
				return 0, fault.NewInvalid("Line %d of the bank's file: %q does not say whether the amount came in or went out.", r.line, cut(sign, 40))
			}
			if n < 0 && !out || n > 0 && out {
				n = -n
			}
		case 1: // written with or without a sign, it went out
			if n > 0 {
				n = -n
			}
		}
		if i > 0 && in[0] != "" {
			continue // an amount of its own says it already
		}
		sum += n
	}
	return sum, nil
}

func outgoing(sign string) (out, known bool) {
	switch heading(sign) {
	case "s", "soll", "d", "dr", "debit", "dbit", "belastung", "out", "withdrawal", "lastschrift", "ausgang":
		return true, true
	case "h", "haben", "c", "cr", "credit", "crdt", "gutschrift", "in", "deposit", "eingang":
		return false, true
	}
	switch strings.TrimSpace(sign) {
	case "-":
		return true, true
	case "+":
		return false, true
	}
	return false, false
}

func pending(status string) bool {
	s := heading(status)
	return strings.Contains(s, "vorgemerkt") || strings.Contains(s, "pending") || strings.Contains(s, "declined") || strings.Contains(s, "reverted")
}

// readDay reads a day in any of the ways that banks write one; a time of day behind it is left away.
func readDay(s string, order DayOrder) (civil.Date, bool) {
	s = strings.TrimSpace(s)
	if len(s) >= 10 {
		if d, err := civil.Parse(s[:10]); err == nil && (len(s) == 10 || s[10] == ' ' || s[10] == 'T') {
			return d, true
		}
	}
	if n, ok := digits(s); ok && len(s) == 8 {
		return civil.NewDate(n/10000, n/100%100, n%100)
	}
	first, _, _ := strings.Cut(s, ",")
	if i := strings.IndexByte(first, ' '); i > 0 && strings.Count(first, ":") > 0 {
		first = first[:i]
	}
	p := strings.FieldsFunc(first, func(r rune) bool { return r == '.' || r == '/' || r == '-' || r == ' ' })
	if len(p) != 3 {
		return civil.NoDate, false
	}
	a, okA := digits(p[0])
	c, okC := digits(p[1])
	y, okY := digits(p[2])
	if !okC {
		c, okC = monthOf(p[1])
		order = DayMonth
		if !okA {
			return civil.NoDate, false
		}
	}
	if !okA || !okC || !okY {
		return civil.NoDate, false
	}
	switch {
	case len(p[0]) == 4:
		return civil.NewDate(a, c, y) // 2026/01/31
	case len(p[2]) == 2:
		y += 2000
	case len(p[2]) != 4:
		return civil.NoDate, false
	}
	if order == MonthDay && !strings.Contains(first, ".") {
		a, c = c, a
	}
	return civil.NewDate(y, c, a)
}

// dayParts returns the first two numbers of 03/04/2026 and what stands between them.
func dayParts(s string) (a, b int, sep byte, ok bool) {
	i := strings.IndexAny(s, "./-")
	if i < 1 || i > 2 {
		return 0, 0, 0, false
	}
	j := strings.IndexAny(s[i+1:], "./-")
	if j < 1 || j > 2 {
		return 0, 0, 0, false
	}
	a, okA := digits(s[:i])
	b, okB := digits(s[i+1 : i+1+j])
	return a, b, s[i], okA && okB
}

// months are the first three letters of the months, English and German.
const months = "janfebmaraprmayjunjulaugsepoctnovdec" + "janfebmrzaprmaijunjulaugsepoktnovdez"

func monthOf(s string) (int, bool) {
	if len(s) < 3 {
		return 0, false
	}
	for i := 0; i < len(months); i += 3 {
		if strings.EqualFold(months[i:i+3], s[:3]) {
			return i/3%12 + 1, true
		}
	}
	return 0, false
}
