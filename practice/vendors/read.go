// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"context"
	"errors"
	"io"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
	"mainstay/practice/billing/rating"
)

// Sample is how a file begins, for a person who says what its columns mean.
type Sample struct {
	Mapping *Mapping // as remembered or suggested
	Known   bool     // the vendor's last file had the same columns
	Rows    [][]string
}

// sampleRows is how many rows below the header a sample shows.
const sampleRows = 5

// errEnough ends the reading of a file.
var errEnough = errors.New("enough")

// sample reads the beginning of a file.
func sample(ctx context.Context, f *tabular.File, known *Mapping, currency money.Currency) (*Sample, error) {
	var rows [][]string
	err := f.Each(ctx, func(t *tabular.Table) error {
		for len(rows) < heads+sampleRows {
			r, err := t.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			rows = append(rows, texts(r.Cells))
		}
		if len(rows) > 0 {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, fault.NewInvalid("The file has no rows below a heading.").On("file")
	}
	at := findHeader(rows[:min(len(rows), heads)], known)
	s := &Sample{Mapping: suggest(rows[at], known, currency)}
	s.Known = s.Mapping == known
	for _, r := range rows[at+1:] {
		if len(s.Rows) < sampleRows {
			s.Rows = append(s.Rows, r)
		}
	}
	return s, nil
}

func texts(cells [][]byte) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.TrimSpace(strings.ToValidUTF8(string(c), ""))
		if len(out[i]) > maxName {
			out[i] = strings.ToValidUTF8(out[i][:maxName], "")
		}
	}
	return out
}

// BadRow is a row that cannot be read, and why.
type BadRow struct {
	Line int64
	Err  error
}

// raw is a row as text, by field.
type raw struct {
	line  int64
	cells map[Field]string
}

// read reads all rows of a file. days are those of rows that name none. Where rows cannot be read, the first of them are returned and
// nothing else.
func read(ctx context.Context, f *tabular.File, m *Mapping, days rating.Period) ([]Row, []BadRow, error) {
	list, err := rawRows(ctx, f, m)
	if err != nil {
		return nil, nil, err
	}
	r := reader{m: m, days: days}
	r.decide(list)
	var out []Row
	var bad []BadRow
	var sum int64
	for _, x := range list {
		if r.total(x, sum) {
			continue
		}
		row, err := r.row(x)
		if err == nil {
			sum, err = money.AddMinor(sum, row.Minor)
		}
		if err != nil {
			if bad = append(bad, BadRow{x.line, err}); len(bad) == maxBad {
				break
			}
			continue
		}
		out = append(out, row)
	}
	if len(bad) > 0 {
		return nil, bad, nil
	}
	if len(out) == 0 {
		return nil, nil, fault.NewInvalid("The file has no rows below a heading.").On("file")
	}
	return out, nil, nil
}

// rawRows reads what the mapping names of every row below the header.
func rawRows(ctx context.Context, f *tabular.File, m *Mapping) ([]raw, error) {
	var out []raw
	found := false
	err := f.Each(ctx, func(t *tabular.Table) error {
		for n := 0; ; n++ {
			r, err := t.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			cells := texts(r.Cells)
			if !found {
				found = sameHeader(cells, m.Header)
				if !found && n > heads {
					break
				}
				continue
			}
			if len(out) == MaxRows {
				return fault.NewInvalid("A bill has at most %d rows.", MaxRows).On("file")
			}
			x := raw{r.Line, map[Field]string{}}
			for field, col := range m.Columns {
				if col < len(cells) && cells[col] != "" {
					x.cells[field] = cells[col]
				}
			}
			if len(x.cells) > 0 {
				out = append(out, x)
			}
		}
		if found {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	if !found {
		return nil, fault.NewInvalid("The columns of this file are not those that were said. Look at them again.").On("columns")
	}
	return out, nil
}

type reader struct {
	m     *Mapping
	days  rating.Period
	comma bool
	mdy   bool
}

// decide finds out how the file writes numbers and days, where nobody said it.
func (r *reader) decide(list []raw) {
	marks, days := 0, 0
	for _, x := range list {
		for _, f := range []Field{FieldAmount, FieldUnit, FieldQuantity} {
			marks += comma(x.cells[f])
		}
		days += order(x.cells[FieldStarts]) + order(x.cells[FieldEnds])
	}
	r.comma = r.m.Decimal == "," || r.m.Decimal == "" && marks > 0
	r.mdy = r.m.Days == "mdy" || r.m.Days == "" && days < 0
}

// total reports whether a row is the sum under the others and no row of its own: it names nobody and nothing.
func (r *reader) total(x raw, sum int64) bool {
	if x.cells[FieldSKU] != "" || x.cells[FieldName] != "" || x.cells[FieldQuantity] != "" {
		return false
	}
	d, ok := number(x.cells[FieldAmount], r.comma)
	if !ok {
		return false
	}
	n, err := d.Round(r.currency(x).Digits())
	return err == nil && n == sum
}

func (r *reader) currency(x raw) money.Currency {
	if c := money.Currency(strings.ToUpper(x.cells[FieldCurrency])); c != "" {
		return c
	}
	return r.m.Currency
}

func (r *reader) row(x raw) (Row, error) {
	out := Row{Number: x.line, Ref: x.cells[FieldClient], SKU: x.cells[FieldSKU], Name: x.cells[FieldName], Currency: r.currency(x), Days: r.days}
	if out.SKU == "" && out.Name == "" {
		return out, fault.NewInvalid("It does not name an item.")
	}
	if !out.Currency.Known() {
		return out, fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", out.Currency)
	}
	var ok bool
	if out.Quantity, ok = number(x.cells[FieldQuantity], r.comma); !ok {
		return out, fault.NewInvalid("%q is not a number.", x.cells[FieldQuantity])
	}
	if text := x.cells[FieldUnit]; text != "" {
		u, ok := number(text, r.comma)
		if !ok {
			return out, fault.NewInvalid("%q is not a number.", text)
		}
		out.Unit = &u
	}
	if err := r.amount(&out, x); err != nil {
		return out, err
	}
	return out, r.period(&out, x)
}

// amount takes what the file says; a file with prices of one only is multiplied out.
func (r *reader) amount(out *Row, x raw) error {
	text := x.cells[FieldAmount]
	if text == "" && out.Unit != nil {
		n, err := out.Unit.Exact().Times(out.Quantity.Exact()).Round(out.Currency.Digits())
		out.Minor = n
		return err
	}
	d, ok := number(text, r.comma)
	if !ok {
		return fault.NewInvalid("%q is not a number.", text)
	}
	n, err := d.Round(out.Currency.Digits())
	if err != nil || n > maxMinor || n < -maxMinor {
		return fault.NewInvalid("This amount cannot be reckoned with.").Because(err)
	}
	out.Minor = n
	return nil
}

// maxMinor bounds one row, so that sums of a whole file cannot overflow.
const maxMinor = 1_000_000_000_000

// period reads the row's own days. The last one is the last day that it covers; where it is the same day of a later month as the first
// one, it is the first day that it does not cover any more.
func (r *reader) period(out *Row, x raw) error {
	if x.cells[FieldStarts] == "" || x.cells[FieldEnds] == "" {
		return nil
	}
	from, ok := day(x.cells[FieldStarts], r.mdy)
	if !ok {
		return fault.NewInvalid("%q is not a day.", x.cells[FieldStarts])
	}
	to, ok := day(x.cells[FieldEnds], r.mdy)
	if !ok {
		return fault.NewInvalid("%q is not a day.", x.cells[FieldEnds])
	}
	_, _, a := from.Civil()
	_, _, b := to.Civil()
	if a != b || to == from {
		to++
	}
	if to <= from || to-from > maxDays {
		return fault.NewInvalid("%[1]s to %[2]s are no days of a bill.", x.cells[FieldStarts], x.cells[FieldEnds])
	}
	out.Days = rating.Period{From: from, To: to}
	return nil
}

// maxDays bounds what one row may cover: ten years.
const maxDays civil.Date = 3660
