// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"mainstay/kit/money"
)

// letters marks a formatted value that holds words or letters as catalogue text
// when the reader is the pseudo-locale.
func (p Printer) letters(s string) string {
	if p.tag == Pseudo {
		return bracket(s)
	}
	return s
}

// Number returns a whole number with grouped thousands.
func (p Printer) Number(n int64) string {
	return p.form().write(strconv.FormatInt(n, 10), p.form().group)
}

// Float returns x with exactly digits decimal places (0–9), rounded half to even on its
// binary value. NaN and infinities come out as "–". Money never passes here.
func (p Printer) Float(x float64, digits int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "–"
	}
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-") // no minus zero
	}
	return p.form().write(s, p.form().group)
}

// Decimal returns an exact decimal with all its places.
func (p Printer) Decimal(d money.Decimal) string {
	return p.form().write(d.String(), p.form().group)
}

// Percent returns a share (1 = 100 %) with the given decimal places.
func (p Printer) Percent(share float64, digits int) string {
	s := p.Float(share*100, digits)
	if s == "–" {
		return s
	}
	return s + p.form().percent
}

// Rate returns percentage points with all their places: 19 %, 6.25%.
func (p Printer) Rate(points money.Decimal) string { return p.Decimal(points) + p.form().percent }

// Money returns an amount of minor units with its currency, all decimal places
// shown. An unknown currency ("") gives the bare number.
func (p Printer) Money(minor int64, c money.Currency) string {
	return p.money(money.FormatMinor(minor, c.Digits()), c)
}

// MoneyWhole is [Printer.Money] rounded to whole units, half away from zero: for tiles and
// charts where cents are noise.
func (p Printer) MoneyWhole(minor int64, c money.Currency) string {
	whole, err := money.Decimal{Coef: minor, Scale: uint8(c.Digits())}.Round(0)
	if err != nil {
		return p.Money(minor, c)
	}
	return p.money(strconv.FormatInt(whole, 10), c)
}

// MoneyShort returns an amount with three significant digits and the region's short suffix,
// for axes and narrow columns: €12.4K, €12.4k, 12.400 €, 1,23 Mio. €.
func (p Printer) MoneyShort(minor int64, c money.Currency) string {
	whole, err := money.Decimal{Coef: minor, Scale: uint8(c.Digits())}.Round(0)
	if err != nil {
		return p.Money(minor, c)
	}
	digits, suffix := p.form().compact(whole)
	f := p.form()
	pattern := f.money
	switch {
	case suffix != "" && f.bigMoney != f.money:
		pattern = strings.Replace(f.bigMoney, "#", "-#", 1)
		if !strings.HasPrefix(digits, "-") {
			pattern = f.bigMoney
		}
	case strings.HasPrefix(digits, "-"):
		pattern = f.moneyNegative
	}
	number := f.write(strings.TrimPrefix(digits, "-"), f.minTwo(digits, f.moneyGroup)) + suffix
	return p.place(pattern, number, c, suffix)
}

// NumberShort returns a whole number with three significant digits and a suffix: 12.4K.
func (p Printer) NumberShort(n int64) string {
	digits, suffix := p.form().compact(n)
	s := p.form().write(digits, p.form().minTwo(digits, p.form().group)) + suffix
	if suffix != "" {
		return p.letters(s)
	}
	return s
}

// Price returns a price in units of its currency with all its places, and at least those of the currency: $0.0025, €9.50.
func (p Printer) Price(d money.Decimal, c money.Currency) string {
	plain := d.String()
	if missing := c.Digits() - int(d.Scale); missing > 0 {
		if d.Scale == 0 {
			plain += "."
		}
		plain += strings.Repeat("0", missing)
	}
	return p.money(plain, c)
}

func (p Printer) money(plain string, c money.Currency) string {
	f := p.form()
	pattern := f.money
	digits, negative := strings.CutPrefix(plain, "-")
	if negative {
		pattern = f.moneyNegative
	}
	return p.place(pattern, f.write(digits, f.moneyGroup), c, "")
}

// place puts number and symbol into a pattern. CLDR inserts a no-break space between
// a letter of the symbol and a digit.
func (p Printer) place(pattern, number string, c money.Currency, suffix string) string {
	sign := symbol(p.Tag(), c)
	if sign == "" {
		s := strings.TrimSpace(strings.NewReplacer("¤", "", nbsp, "").Replace(pattern))
		return strings.Replace(s, "#", number, 1)
	}
	if last := sign[len(sign)-1]; last >= 'A' && last <= 'Z' {
		pattern = strings.Replace(pattern, "¤#", "¤"+nbsp+"#", 1)
	}
	out := fill(pattern, sign, number)
	if suffix != "" || strings.ContainsAny(sign, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return p.letters(out)
	}
	return out
}

// fill puts a symbol for each ¤ and a number for each # of a pattern.
func fill(pattern, sign, number string) string {
	out := make([]byte, 0, len(pattern)+len(sign)+len(number))
	for _, c := range pattern {
		switch c {
		case '¤':
			out = append(out, sign...)
		case '#':
			out = append(out, number...)
		default:
			out = utf8.AppendRune(out, c)
		}
	}
	return string(out)
}

// write groups the digits of a plain decimal and sets the region's decimal mark.
func (f *region) write(plain, group string) string {
	sign := ""
	if strings.HasPrefix(plain, "-") {
		sign, plain = "-", plain[1:]
	}
	whole, fraction, has := strings.Cut(plain, ".")
	var b strings.Builder
	b.Grow(len(plain) + len(sign) + len(group)*(len(whole)/3) + len(f.decimal))
	b.WriteString(sign)
	for i, c := range []byte(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 && len(whole) >= 3+max(1, f.fewest) {
			b.WriteString(group)
		}
		b.WriteByte(c)
	}
	if has {
		b.WriteString(f.decimal)
		b.WriteString(fraction)
	}
	return b.String()
}

// minTwo returns no group mark for four digits: compact numbers are grouped
// only where two digits would stand before the mark (CLDR "min2").
func (f *region) minTwo(digits, group string) string {
	whole, _, _ := strings.Cut(strings.TrimPrefix(digits, "-"), ".")
	if len(whole) == 4 {
		return ""
	}
	return group
}

// compact rounds n to three significant digits, half away from zero, and returns
// the plain decimal and its suffix.
func (f *region) compact(n int64) (plain, suffix string) {
	neg := n < 0
	u := uint64(n)
	if neg {
		u = -u
	}
	step := uint64(1) // round to three significant digits first: 999,950 is 1M
	for u/step >= 1000 {
		step *= 10
	}
	u = (u + step/2) / step * step
	power, scale := -1, uint64(1)
	for u/scale >= 1000 && power < trillion {
		scale, power = scale*1000, power+1
	}
	if power == thousand && !f.thousands {
		power, scale = -1, 1
	}
	plain = strconv.FormatUint(u/scale, 10)
	if rest := u % scale; rest > 0 {
		width := len(strconv.FormatUint(scale, 10)) - 1
		digits := strconv.FormatUint(rest, 10)
		digits = strings.Repeat("0", width-len(digits)) + digits
		plain += "." + strings.TrimRight(digits, "0")
	}
	if neg {
		plain = "-" + plain
	}
	if power >= 0 {
		suffix = f.shorts[power]
	}
	return plain, suffix
}
