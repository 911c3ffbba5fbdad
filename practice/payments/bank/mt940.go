// SPDX-License-Identifier: Apache-2.0

package bank

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// mt940 reads a SWIFT statement: fields ":NN:" with lines that continue them.
type mt940 struct {
	limits Limits
	lines  *int
	out    []*Statement
	s      *Statement
	last   bool // the field before was a :61:, so an :86: is about it
}

func readMT940(r io.Reader, limits Limits, lines *int) ([]*Statement, error) {
	m := &mt940{limits: limits, lines: lines}
	sc := bufio.NewScanner(&counted{r: r, left: limits.Bytes, limits: limits})
	sc.Buffer(make([]byte, 0, 4096), 64<<10)
	var tag, text string
	row, at := 0, 0
	flush := func() error {
		if tag == "" {
			return nil
		}
		err := m.field(tag, text, at)
		tag, text = "", ""
		return err
	}
	for sc.Scan() {
		row++
		line := strings.TrimRight(decoded(sc.Bytes()), "\r\x03\x1a ")
		if i := strings.Index(line, ":20:"); i > 0 && line[0] == '{' {
			line = line[i:]
		}
		switch end := strings.IndexByte(strings.TrimPrefix(line, ":"), ':'); {
		case strings.HasPrefix(line, ":") && (end == 2 || end == 3) && line[1] >= '0' && line[1] <= '9':
			if err := flush(); err != nil {
				return nil, err
			}
			tag, text, at = line[1:end+1], line[end+2:], row
		case line == "-" || strings.HasPrefix(line, "-}"):
			if err := flush(); err != nil {
				return nil, err
			}
			m.s = nil
		case tag != "":
			if len(text)+len(line) > 16<<10 {
				return nil, fault.NewInvalid("Line %d of the bank's file is longer than a field of MT940 may be.", row)
			}
			text += "\n" + line
		}
	}
	if err := sc.Err(); err != nil {
		if fault.KindOf(err) == fault.Invalid {
			return nil, err
		}
		return nil, fault.NewInvalid("Line %d of the bank's file is longer than a field of MT940 may be.", row+1).Because(err)
	}
	if err := flush(); err != nil {
		return nil, err
	}
	if len(m.out) == 0 {
		return nil, fault.NewInvalid("The bank's file holds no statement.")
	}
	for _, s := range m.out {
		if err := s.finish(); err != nil {
			return nil, err
		}
	}
	return m.out, nil
}

// decoded makes UTF-8 of a line; what is none is Windows-1252.
func decoded(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out, _ := charmap.Windows1252.NewDecoder().Bytes(b)
	return string(out)
}

func (m *mt940) field(tag, text string, row int) error {
	about := m.last
	m.last = false
	switch tag {
	case "20":
		if len(m.out) >= m.limits.Members {
			return fault.NewInvalid("The bank's file has more than %d statements. Take a shorter time.", m.limits.Members)
		}
		m.s = &Statement{Format: "mt940"}
		m.out = append(m.out, m.s)
		return nil
	case "25", "60F", "60M", "61", "62F", "62M", "86":
		if m.s == nil {
			return fault.NewInvalid("Line %d of the bank's file stands before the beginning of a statement (:20:).", row)
		}
	}
	switch tag {
	case "25":
		m.s.Account = account(text)
		if bank, number, found := strings.Cut(m.s.Account, "/"); found && !strings.ContainsAny(bank, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			m.s.Account = bank + "/" + number // German: bank code / account number
		}
	case "60F", "60M", "62F", "62M":
		return m.balance(tag, text, row)
	case "61":
		m.last = true
		return m.booking(text, row)
	case "86":
		if about {
			m.s.Lines[len(m.s.Lines)-1].purpose(text)
		}
	}
	return nil
}

// balance reads C260131EUR1234,56.
func (m *mt940) balance(tag, text string, row int) error {
	bad := fault.NewInvalid("Line %d of the bank's file: %q is no balance.", row, cut(text, 40))
	if len(text) < 11 || text[0] != 'C' && text[0] != 'D' {
		return bad
	}
	day, ok := shortDay(text[1:7])
	cur := currency(text[7:10])
	if !ok || cur == "" {
		return bad
	}
	n, ok := swiftAmount(text[10:], cur)
	if !ok {
		return bad
	}
	if text[0] == 'D' {
		n = -n
	}
	m.s.Currency = cur
	b := &Balance{Day: day, Amount: n}
	if tag[0:2] == "60" {
		m.s.Opening = b
	} else {
		m.s.Closing = b
	}
	return nil
}

func swiftAmount(s string, cur money.Currency) (int64, bool) {
	s = strings.TrimSpace(s)
	if strings.Count(s, ",") != 1 || strings.Contains(s, ".") {
		return 0, false
	}
	return plain(strings.Replace(s, ",", ".", 1), cur.Digits())
}

// shortDay reads YYMMDD; SWIFT's years 80–99 are of the last century.
func shortDay(s string) (civil.Date, bool) {
	n, ok := digits(s)
	if !ok || len(s) != 6 {
		return civil.NoDate, false
	}
	year := 2000 + n/10000
	if year >= 2080 {
		year -= 100
	}
	return civil.NewDate(year, n/100%100, n%100)
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || i > 8 {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}

// booking reads a :61:, value day, booking day, side, amount, kind, the payer's reference and the bank's.
func (m *mt940) booking(text string, row int) error {
	bad := fault.NewInvalid("Line %d of the bank's file: %q is no booking of MT940.", row, cut(text, 60))
	if len(text) < 10 || m.s.Currency == "" {
		return bad
	}
	l := Line{Row: row, Currency: m.s.Currency}
	var ok bool
	if l.ValueDay, ok = shortDay(text[:6]); !ok {
		return bad
	}
	l.Day = l.ValueDay
	rest := text[6:]
	if md, is := digits(rest[:4]); is {
		if l.Day, ok = near(l.ValueDay, md/100, md%100); !ok {
			return bad
		}
		rest = rest[4:]
	}
	neg, back := false, false
	for _, side := range []struct {
		mark      string
		neg, back bool
	}{{"RC", true, true}, {"RD", false, true}, {"C", false, false}, {"D", true, false}} {
		if after, found := strings.CutPrefix(rest, side.mark); found {
			neg, back, rest, ok = side.neg, side.back, after, true
			break
		}
		ok = false
	}
	if !ok || rest == "" {
		return bad
	}
	if rest[0] >= 'A' && rest[0] <= 'Z' {
		rest = rest[1:] // third letter of the currency
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r != ',' && (r < '0' || r > '9') })
	if end < 0 {
		return bad
	}
	if l.Amount, ok = swiftAmount(rest[:end], l.Currency); !ok {
		return bad
	}
	if neg {
		l.Amount = -l.Amount
	}
	if back {
		l.Returned = "MS03"
	}
	head, more, _ := strings.Cut(rest[end:], "\n")
	if len(head) > 4 {
		l.Kind = head[:4]
		ours, theirs, _ := strings.Cut(head[4:], "//")
		l.EndToEnd, l.BankID = id(ours), id(theirs)
	}
	l.Text = squeeze(more, maxText)
	if *m.lines++; *m.lines > m.limits.Lines {
		return tooMany(m.limits)
	}
	m.s.Lines = append(m.s.Lines, l)
	return nil
}

// near gives a booking's month and day the year that brings it next to its value day.
func near(value civil.Date, month, day int) (civil.Date, bool) {
	year, _, _ := value.Civil()
	best, found := civil.NoDate, false
	for y := year - 1; y <= year+1; y++ {
		if d, ok := civil.NewDate(y, month, day); ok && (!found || far(d, value) < far(best, value)) {
			best, found = d, true
		}
	}
	return best, found
}

func far(a, b civil.Date) int {
	if a < b {
		a, b = b, a
	}
	return int(a - b)
}
