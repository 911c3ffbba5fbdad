// SPDX-License-Identifier: Apache-2.0

package books

import (
	"bytes"
	"strings"
)

// first is the first cell of the row that is not empty.
func (r *tableReader) first() []byte {
	for i := range r.cells {
		if c := r.cell(i); c != nil {
			return c
		}
	}
	return nil
}

var totalWords = []string{"total", "grand total", "subtotal", "sub total", "sub-total", "summe", "gesamt", "zwischensumme", "endsumme", "overall total", "totals", "report total", "sum total", "gesamtsumme"}

// totalLabel reports whether a cell is the label of a total and no ordinary text: "Total for
// Acme", "TOTAL", "Summe". A service called "Total Defence" is not.
func totalLabel(c []byte) bool {
	if len(c) < 5 || !bytes.ContainsAny(c[:1], "tTsSgGzZeEoOrR") {
		return false
	}
	s := strings.ToLower(strings.TrimRight(string(c), ": "))
	if strings.HasPrefix(s, "total for ") || strings.HasPrefix(s, "summe für ") || strings.HasPrefix(s, "subtotal for ") || strings.HasPrefix(s, "gesamt für ") {
		return true
	}
	for _, w := range totalWords {
		if s == w {
			return true
		}
	}
	return false
}

// specialRow handles rows without a date or an amount: names of groups, totals, titles, footers and
// rows that leave to the one above what is the same. done is false where the row is data after all.
func (r *tableReader) specialRow(date []byte) (done bool, err error) {
	s := r.lines
	first, filled := r.first(), 0
	for i := range r.cells {
		if r.cell(i) != nil {
			filled++
		}
	}
	amount := r.cell(s.amountColumn())
	switch {
	case filled == 0:
		return true, nil
	case totalLabel(first), quickBooksTotal(first, date, filled):
		r.totalRow(first)
		return true, nil
	case filled == 1 && amount == nil:
		if date == nil {
			r.openGroup(first)
		} else {
			r.note(NoteSkippedRows, "", 0)
		}
		return true, nil
	case amount == nil && (s.price < 0 || r.cell(s.price) == nil):
		if date == nil {
			r.note(NoteSkippedRows, "", 0)
		} else {
			r.leaveOut(NoteNoAmount, "", 0)
		}
		return true, nil
	case date == nil && r.cell(s.client) == nil && r.cell(s.text) == nil && r.cell(s.item) == nil && r.cell(s.doc) == nil && r.cell(s.provider) == nil:
		// Only numbers: the sum under the columns.
		r.totalRow(nil)
		return true, nil
	}
	return false, nil
}

// quickBooksTotal knows "Total Acme Ltd" of the desktop edition: a label with nothing but numbers behind it.
func quickBooksTotal(first, date []byte, filled int) bool {
	return date == nil && filled >= 2 && filled <= 5 && len(first) > 6 && bytes.EqualFold(first[:6], []byte("total "))
}

func (r *tableReader) openGroup(name []byte) {
	s := r.lines
	if len(s.groups) >= 64 {
		s.groups = append(s.groups[:0], s.groups[1:]...)
	}
	s.groups = append(s.groups, group{name: string(name)})
}

func (r *tableReader) addSum(minor int64) {
	s := r.lines
	s.all.sum += minor
	s.all.rows++
	for i := range s.groups {
		s.groups[i].sum += minor
		s.groups[i].rows++
	}
}

// totalRow compares a stated total with what was read and closes its group.
func (r *tableReader) totalRow(label []byte) {
	s := r.lines
	name := strings.TrimSpace(string(label))
	lower := strings.ToLower(name)
	for _, p := range []string{"total for ", "subtotal for ", "summe für ", "gesamt für ", "total "} {
		if strings.HasPrefix(lower, p) {
			name = strings.TrimSpace(name[len(p):])
			break
		}
	}
	name = strings.TrimSuffix(name, " with sub-customers")
	at := -1
	for i := len(s.groups) - 1; i >= 0; i-- {
		if strings.EqualFold(s.groups[i].name, name) {
			at = i
			break
		}
	}
	of, grand := &s.all, at < 0
	if at >= 0 {
		of = &s.groups[at]
	}
	var said int64
	has := false
	col := s.amountColumn()
	if c := r.cell(col); c != nil {
		m := *r.mark(col)
		if n, err := parseNumber(c, r.comma(col), &m); err == nil {
			said, err = n.Round(r.cur.Digits())
			has = err == nil
		}
	}
	isGroupLike := strings.HasPrefix(lower, "total for ") || strings.HasPrefix(lower, "subtotal") || strings.HasPrefix(lower, "zwischensumme")
	if has && (at >= 0 || !isGroupLike) && len(r.rep.Stated) < 10_000 {
		r.rep.Stated = append(r.rep.Stated, Stated{Label: string(label), Line: r.line, Said: said, Read: of.sum, Grand: grand})
	}
	if at >= 0 {
		s.groups = s.groups[:at]
	}
}

// carry fills a row that leaves day, client and number to the row above.
func (r *tableReader) carry(out *LineRow) bool {
	s := r.lines
	if !s.prev.ok || r.cell(s.doc) != nil && !bytes.Equal(r.cell(s.doc), s.prev.doc) || s.client >= 0 && r.cell(s.client) != nil && !bytes.Equal(r.cell(s.client), s.prev.client) {
		return false
	}
	out.Day, out.Client, out.Doc = s.prev.day, s.prev.client, s.prev.doc
	if len(out.Doc) == 0 && len(out.Client) == 0 {
		return false
	}
	r.note(NoteCarried, "", 0)
	return true
}

// repeatState finds out whether an amount is the invoice's, repeated on each of its lines.
type repeatState struct {
	possible    bool
	doc         []byte
	minor       int64
	same, other int // neighbours of one invoice with an equal and with another amount
	skipped     int
}

// skip reports whether the row repeats the total of the row above; on tells to look at it so.
func (s *repeatState) skip(on bool, out *LineRow) bool {
	if !s.possible || len(out.Doc) == 0 {
		return false
	}
	if bytes.Equal(s.doc, out.Doc) {
		if s.minor != out.Minor {
			s.other++
		} else {
			s.same++
			if on {
				s.skipped++
				return true
			}
		}
		return false
	}
	s.doc, s.minor = append(s.doc[:0], out.Doc...), out.Minor
	return false
}

func (s *repeatState) decided() bool { return s.possible && s.same > 0 && s.other == 0 }

// inclusiveState finds out by the invoices' totals whether prices include tax.
type inclusiveState struct {
	doc           []byte
	lines, tax    int64
	total         int64
	with, without int
	open          bool
}

func (s *inclusiveState) see(doc []byte, line, tax, total int64) {
	if len(doc) == 0 {
		return
	}
	if !bytes.Equal(doc, s.doc) {
		s.close()
		s.doc, s.lines, s.tax, s.total, s.open = append(s.doc[:0], doc...), 0, 0, total, true
	}
	s.lines += line
	s.tax += tax
}

func (s *inclusiveState) close() {
	if !s.open || s.tax == 0 {
		return
	}
	near := func(a, b int64) bool { return a-b <= 1 && b-a <= 1 }
	if near(s.lines, s.total) {
		s.with++
	} else if near(s.lines+s.tax, s.total) {
		s.without++
	}
	s.open = false
}

func (s *inclusiveState) decided() bool { s.close(); return s.with > s.without }
