// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"strconv"
	"strings"
	"unicode"

	"mainstay/kit/civil"
	"mainstay/kit/money"
)

// number reads a number as people and programs write it: with a currency's sign or letters around it, marks between thousands, in
// brackets or with the minus behind where it is below zero. Letters within, as of an exponent, are refused.
func number(s string, comma bool) (money.Decimal, bool) {
	around := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsSpace(r) || unicode.Is(unicode.Sc, r) }
	bare := strings.TrimLeftFunc(strings.TrimRightFunc(s, func(r rune) bool { return r == '.' || around(r) }), around)
	text := strings.TrimFunc(bare, func(r rune) bool { return strings.ContainsRune("-−+()", r) || around(r) })
	neg := strings.ContainsAny(strings.Replace(bare, text, "", 1), "-−(")
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ',' && comma || r == '.' && !comma:
			b.WriteByte('.')
		case r == ',' || r == '.' || r == '\'' || r == '’' || unicode.IsSpace(r):
		default:
			return money.Decimal{}, false
		}
	}
	whole, frac, _ := strings.Cut(b.String(), ".")
	if whole == "" {
		whole = "0"
	}
	var d money.Decimal
	var err error
	if frac = strings.TrimRight(frac, "0"); frac == "" {
		d, err = money.ParseDecimal(whole)
	} else if len(frac) <= money.MaxScale {
		d, err = money.ParseDecimal(whole + "." + frac)
	} else {
		d, err = money.ParseRounded(whole+"."+frac, 6)
	}
	if err != nil || b.Len() == 0 {
		return money.Decimal{}, false
	}
	if neg {
		d.Coef = -d.Coef
	}
	return d, true
}

// comma finds out which mark divides whole numbers from the rest: the last of both, or one that is not followed by three digits.
// 0 = the values do not tell.
func comma(s string) int {
	at, dot := strings.LastIndexByte(s, ','), strings.LastIndexByte(s, '.')
	tail := func(i int) int { return len(strings.TrimRight(s[i+1:], " )-€$£")) }
	switch {
	case at >= 0 && dot >= 0 && at > dot:
		return 1
	case at >= 0 && dot >= 0:
		return -1
	case at >= 0 && (tail(at) != 3 || strings.HasPrefix(s, "0,")) && strings.Count(s, ",") == 1:
		return 1
	case dot >= 0 && (tail(dot) != 3 || strings.HasPrefix(s, "0.")) && strings.Count(s, ".") == 1:
		return -1
	}
	return 0
}

// parts are the three numbers of a day and whether the year comes first.
func parts(s string) (a, b, c int, yearFirst, ok bool) {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, "T "); i > 0 { // with a time
		s = s[:i]
	}
	f := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '.' || r == '/' })
	if len(f) == 1 && len(s) == 8 {
		f = []string{s[:4], s[4:6], s[6:]}
	}
	if len(f) != 3 {
		return 0, 0, 0, false, false
	}
	var n [3]int
	for i, x := range f {
		v, err := strconv.Atoi(x)
		if err != nil {
			return 0, 0, 0, false, false
		}
		n[i] = v
	}
	return n[0], n[1], n[2], len(f[0]) == 4, true
}

func day(s string, mdy bool) (civil.Date, bool) {
	a, b, c, yearFirst, ok := parts(s)
	switch {
	case !ok:
		return civil.NoDate, false
	case yearFirst:
		return civil.NewDate(a, b, c)
	case mdy:
		a, b = b, a
	}
	if c < 100 {
		c += 2000
	}
	return civil.NewDate(c, b, a)
}

// order finds out whether the day or the month comes first: 1 the day, −1 the month, 0 = it does not tell.
func order(s string) int {
	a, b, _, yearFirst, ok := parts(s)
	switch {
	case !ok || yearFirst:
		return 0
	case a > 12 || strings.Contains(s, "."):
		return 1
	case b > 12:
		return -1
	}
	return 0
}
