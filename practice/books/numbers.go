// SPDX-License-Identifier: Apache-2.0

package books

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"mainstay/kit/money"
)

// marks counts what a column's numbers say about their decimal mark.
type marks struct {
	point, comma int // values that can only be read with this decimal mark
	ambiguous    int // "1.234" and "1,234"
	points       int // of these, the ones with a point
}

// comma reports whether the column is read with a decimal comma; fallback decides where no
// value does.
func (m marks) decimalComma(fallback bool) bool {
	switch {
	case m.comma > m.point:
		return true
	case m.point > m.comma:
		return false
	case m.points > 0 && m.points == m.ambiguous:
		return true // money that always has three digits behind the point is in thousands
	case m.ambiguous > 0 && m.points == 0:
		return false
	}
	return fallback
}

// number is a parsed value: Coef × 10^−Scale, and the currency written with it.
type number struct {
	money.Decimal
	currency money.Currency
}

var errNumber = errors.New("not a number")

// missing are the words that exports write for "no value".
func missing(b []byte) bool {
	switch len(b) {
	case 0:
		return true
	case 1:
		return b[0] == '?' || b[0] == '-'
	case 2:
		return string(b) == "NA" || string(b) == "--" || string(b) == "na"
	case 3:
		return bytes.EqualFold(b, []byte("n/a")) || bytes.EqualFold(b, []byte("nil")) || string(b) == "–"
	case 4:
		return bytes.EqualFold(b, []byte("none")) || bytes.EqualFold(b, []byte("null"))
	}
	return false
}

// parseNumber reads one value. comma says how an ambiguous mark is read; what the value
// says about its own marks is counted in m.
func parseNumber(b []byte, comma bool, m *marks) (n number, err error) {
	if plainDecimal(b, &n, m) {
		return n, nil
	}
	if power, rest, ok := exponent(b); ok {
		return scientific(rest, power, m)
	}
	whole := b
	b, neg, cur, ok := stripSigns(b)
	if !ok {
		if c, is := dash(whole); is {
			return number{currency: c}, nil // "£ -" is how spreadsheets show nothing
		}
		return n, errNumber
	}
	n.currency = cur
	decimalAt, ok := decimalMark(b, comma, m)
	if !ok {
		return n, errNumber
	}
	digits := 0
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if n.Scale == money.MaxScale && i > decimalAt && decimalAt >= 0 {
				continue // beyond nine places nothing is told apart
			}
			if n.Coef > (1<<63-10)/10 {
				return n, errNumber
			}
			n.Coef = n.Coef*10 + int64(c-'0')
			digits++
			if decimalAt >= 0 && i > decimalAt {
				n.Scale++
			}
		case i == decimalAt, c == '.', c == ',', c == '\'', c == ' ':
		default:
			return n, errNumber
		}
	}
	if digits == 0 {
		return n, errNumber
	}
	if neg {
		n.Coef = -n.Coef
	}
	return n, nil
}

// exponent cuts a number as spreadsheets write very small and very large ones, 9.09495E-13, into its parts. Codes
// such as 51E2 are none: the exponent has a sign.
func exponent(b []byte) (power int, rest []byte, ok bool) {
	i := bytes.LastIndexAny(b, "eE")
	if i < 1 || len(b)-i < 3 || len(b)-i > 5 || b[i+1] != '+' && b[i+1] != '-' || !isDigit(b[i-1]) {
		return 0, nil, false
	}
	power, ok = digits(b[i+2:])
	if b[i+1] == '-' {
		power = -power
	}
	return power, b[:i], ok
}

// scientific reads the mantissa and moves its point; what lies beyond nine places is nothing.
func scientific(b []byte, power int, m *marks) (n number, err error) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	mark := -1
	for i, c := range b {
		switch {
		case isDigit(c) && i < 18:
			n.Coef = n.Coef*10 + int64(c-'0')
		case (c == '.' || c == ',') && mark < 0 && i > 0:
			mark = i
		default:
			return number{}, errNumber
		}
	}
	switch {
	case mark < 0:
	case b[mark] == ',':
		m.comma++
		n.Scale = uint8(len(b) - mark - 1)
	default:
		m.point++
		n.Scale = uint8(len(b) - mark - 1)
	}
	if neg {
		n.Coef = -n.Coef
	}
	scale := int(n.Scale) - power
	for ; scale < 0; scale++ {
		if n.Coef > (1<<63-1)/10 || n.Coef < -(1<<63-1)/10 {
			return number{}, errNumber
		}
		n.Coef *= 10
	}
	for ; scale > money.MaxScale; scale-- {
		n.Coef /= 10
	}
	n.Scale = uint8(scale)
	return n, nil
}

// plainDecimal reads the common form, 1234.50 or -12, without a look at anything else.
func plainDecimal(b []byte, n *number, m *marks) bool {
	i, neg := 0, false
	if len(b) > 0 && b[0] == '-' {
		i, neg = 1, true
	}
	if len(b) == i || len(b) > 17 {
		return false
	}
	dot := -1
	var v int64
	for k := i; k < len(b); k++ {
		switch c := b[k]; {
		case c >= '0' && c <= '9':
			v = v*10 + int64(c-'0')
		case c == '.' && dot < 0 && k > i:
			dot = k
		default:
			return false
		}
	}
	if dot >= 0 {
		places := len(b) - dot - 1
		if places == 0 || places > money.MaxScale || places == 3 && dot-i <= 3 && b[i] != '0' {
			return false // 1.234 may be a thousand
		}
		m.point++
		n.Scale = uint8(places)
	}
	if neg {
		v = -v
	}
	n.Coef = v
	return true
}

// currencySigns are tried at both ends, longest first.
var currencySigns = []struct {
	sign string
	code money.Currency
}{
	{"US$", "USD"},
	{"A$", "AUD"},
	{"AU$", "AUD"},
	{"CA$", "CAD"},
	{"C$", "CAD"},
	{"NZ$", "NZD"},
	{"£", "GBP"},
	{"€", "EUR"},
	{"$", "USD"},
	{"¥", "JPY"},
	{"₹", "INR"},
	{"Fr.", "CHF"},
	{"kr.", ""},
	{"kr", ""},
	{"zł", "PLN"},
	{"Euro", "EUR"},
	{"R", "ZAR"},
}

var currencyCodes = set("EUR GBP USD CHF CAD AUD NZD SEK NOK DKK PLN CZK HUF JPY INR ZAR SGD HKD BRL MXN RON BGN TRY AED SAR ILS KWD BHD")

// stripSigns takes off blanks, signs, parentheses, currencies and debit or credit marks.
func stripSigns(b []byte) (rest []byte, neg bool, cur money.Currency, ok bool) {
	for range 8 {
		b = bytes.TrimFunc(b, func(r rune) bool {
			return r == ' ' || r == '\t' || r == 0xa0 || r == 0x202f || r == 0xfeff || r == 0x2009
		})
		n := len(b)
		if n == 0 {
			return nil, false, "", false
		}
		switch {
		case b[0] == '(' && b[n-1] == ')':
			b, neg = b[1:n-1], true
			continue
		case b[0] == '-':
			b, neg = b[1:], !neg
			continue
		case b[0] == '+' || b[0] == '\'':
			b = b[1:]
			continue
		case b[n-1] == '-':
			b, neg = b[:n-1], !neg
			continue
		case bytes.HasPrefix(b, []byte("−")), bytes.HasPrefix(b, []byte("–")):
			b, neg = b[len("−"):], !neg
			continue
		case n > 2 && (bytes.EqualFold(b[n-2:], []byte("CR")) && (b[n-3] == ' ' || isDigit(b[n-3]))):
			b, neg = b[:n-2], !neg
			continue
		case n > 2 && (bytes.EqualFold(b[n-2:], []byte("DR")) && (b[n-3] == ' ' || isDigit(b[n-3]))):
			b = b[:n-2]
			continue
		}
		rest, c, found := stripCurrency(b)
		if !found {
			break
		}
		b = rest
		if c != "" {
			cur = c
		}
	}
	return b, neg, cur, len(b) > 0
}

// dash reports whether a value is a currency and a dash.
func dash(b []byte) (cur money.Currency, is bool) {
	if b = bytes.TrimSpace(b); len(b) < 2 {
		return "", false
	}
	rest, cur, found := stripCurrency(b)
	rest = bytes.TrimSpace(rest)
	return cur, found && (string(rest) == "-" || string(rest) == "–")
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func stripCurrency(b []byte) ([]byte, money.Currency, bool) {
	if isDigit(b[0]) && isDigit(b[len(b)-1]) {
		return b, "", false
	}
	if len(b) > 3 {
		if code := string(bytes.ToUpper(b[:3])); currencyCodes[code] {
			return b[3:], money.Currency(code), true
		}
		if code := string(bytes.ToUpper(b[len(b)-3:])); currencyCodes[code] {
			return b[:len(b)-3], money.Currency(code), true
		}
	}
	for _, s := range currencySigns {
		if bytes.HasPrefix(b, []byte(s.sign)) && len(b) > len(s.sign) {
			return b[len(s.sign):], s.code, true
		}
		if s.sign != "R" && bytes.HasSuffix(b, []byte(s.sign)) {
			return b[:len(b)-len(s.sign)], s.code, true
		}
	}
	return b, "", false
}

// decimalMark returns the place of the decimal mark, −1 where there is none. ok is
// false where the marks make no number.
func decimalMark(b []byte, comma bool, m *marks) (at int, ok bool) {
	points, commas, lastPoint, lastComma, first := 0, 0, -1, -1, -1
	for i := 0; i < len(b); {
		c := b[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(b[i:])
			if r != 0xa0 && r != 0x202f && r != 0x2009 && r != '’' {
				return 0, false
			}
			for k := range size { // a blank or an apostrophe between thousands
				b[i+k] = ' '
			}
			i += size
			continue
		}
		switch c {
		case '.':
			points, lastPoint = points+1, i
		case ',':
			commas, lastComma = commas+1, i
		}
		if first < 0 && (c == '.' || c == ',') {
			first = i
		}
		i++
	}
	switch {
	case points == 0 && commas == 0:
		return -1, true
	case points > 0 && commas > 0:
		if lastPoint > lastComma && points == 1 {
			m.point++
			return lastPoint, true
		}
		if lastComma > lastPoint && commas == 1 {
			m.comma++
			return lastComma, true
		}
		return 0, false
	case points > 1:
		m.comma++
		return -1, grouped(b, '.')
	case commas > 1:
		m.point++
		return -1, grouped(b, ',')
	}
	single, mark := max(lastPoint, lastComma), b[first]
	if after := len(b) - single - 1; after != 3 || single > 3 || single == 0 || b[0] == '0' {
		if mark == ',' {
			m.comma++
		} else {
			m.point++
		}
		return single, true
	}
	m.ambiguous++
	if mark == '.' {
		m.points++
	}
	if (mark == ',') == comma {
		return single, true
	}
	return -1, true
}

// grouped reports whether all groups after the first mark have three digits (or two, in India).
func grouped(b []byte, mark byte) bool {
	n, begun := 0, false
	for _, c := range b {
		if c == mark {
			if begun && n != 3 && n != 2 {
				return false
			}
			n, begun = 0, true
		} else {
			n++
		}
	}
	return n == 3
}

// parseMinutes reads a duration: 1.5 hours, 1:30, 1:30:00, 1h 30m, 90m. unit is
// the minutes that a plain number stands for (60 for hours, 1 for minutes).
func parseMinutes(b []byte, unit int64, comma bool, m *marks) (int32, error) {
	if bytes.IndexByte(b, ':') > 0 {
		return clockMinutes(b)
	}
	if i := bytes.IndexAny(b, "hH"); i > 0 {
		return unitMinutes(b)
	}
	if n := len(b); n > 1 && (b[n-1] == 'm' || bytes.HasSuffix(b, []byte("min")) || bytes.HasSuffix(b, []byte("mins"))) {
		unit = 1
		b = bytes.TrimRight(b, "mins ")
	}
	v, err := parseNumber(b, comma, m)
	if err != nil {
		return 0, err
	}
	minutes, err := money.Mul(v.Decimal, money.Decimal{Coef: unit}, 0)
	if err != nil || minutes > 1<<30 || minutes < -1<<30 {
		return 0, errNumber
	}
	return int32(minutes), nil
}

func clockMinutes(b []byte) (int32, error) {
	neg := b[0] == '-'
	if neg {
		b = b[1:]
	}
	var part [3]int64
	k := 0
	for _, c := range b {
		switch {
		case c == ':' && k < 2:
			k++
		case isDigit(c) && part[k] < 1e6:
			part[k] = part[k]*10 + int64(c-'0')
		case c == '.' && k == 2: // fractions of a second
			goto done
		default:
			return 0, errNumber
		}
	}
done:
	if part[1] > 59 || part[2] > 59 {
		return 0, errNumber
	}
	v := part[0]*60 + part[1] + (part[2]+30)/60
	if neg {
		v = -v
	}
	return int32(v), nil
}

func unitMinutes(b []byte) (int32, error) {
	var total, n int64
	digits := false
	for _, c := range bytes.ToLower(b) {
		switch {
		case isDigit(c) && n < 1e6:
			n, digits = n*10+int64(c-'0'), true
		case c == 'h' && digits:
			total, n, digits = total+n*60, 0, false
		case c == 'm' && digits:
			total, n, digits = total+n, 0, false
		case c == ' ', c == 'p', c == 't', c == 'r', c == 's', c == 'i', c == 'n', c == 'o', c == 'u', c == 'e':
		default:
			return 0, errNumber
		}
	}
	return int32(total + n), nil
}
