// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// T returns the text of key in the reader's language with args in place of its
// verbs. A key without a translation comes out in English.
func (p Printer) T(key string, args ...any) string {
	return p.finish(p.lookup(key), args)
}

// N returns the form of key that fits n, with n as the first argument and
// args after it. The key has the English singular and plural, "%d ticket|%d tickets".
func (p Printer) N(key string, n int64, args ...any) string {
	forms := strings.Split(p.lookup(key), "|")
	i := 0
	none := n == 0 && (p.tag == FrFR || p.tag == PtBR)
	if n != 1 && n != -1 && !none { // CLDR: "one" is i = 1 and v = 0 in English, German and Spanish; 0 too in French and Portuguese
		i = len(forms) - 1
	}
	if !strings.Contains(forms[i], "%") { // "once"
		return p.finish(forms[i], nil)
	}
	return p.finish(forms[i], append([]any{n}, args...))
}

// Fault returns the sentence of err in the reader's language; like
// [fault.TextOf] it never shows what has no sentence.
func (p Printer) Fault(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok:
		return p.T(fault.TextOf(err))
	case e.Key == "", e.Key == "%s": // a sentence out of a table
		return p.T(e.Text)
	case len(e.Args) == 0 && strings.Contains(e.Key, "%%"):
		return strings.ReplaceAll(p.T(e.Key), "%%", "%")
	}
	return p.T(e.Key, e.Args...)
}

// lookup returns the translated pattern of key, without its context.
func (p Printer) lookup(key string) string {
	if s, ok := p.texts[key]; ok {
		return s
	}
	if context, s, ok := strings.Cut(key, "::"); ok && !strings.Contains(context, " ") {
		return s
	}
	return key
}

func (p Printer) finish(pattern string, args []any) string {
	if p.tag == Pseudo {
		pattern = accent(pattern)
	}
	if len(args) > 0 {
		wrapped := make([]any, len(args))
		for i, a := range args {
			wrapped[i] = p.wrap(a)
		}
		pattern = fmt.Sprintf(pattern, wrapped...)
	}
	if p.tag == Pseudo {
		return bracket(pattern)
	}
	return pattern
}

// wrap gives a value its regional form under whichever verb it is printed with.
func (p Printer) wrap(a any) any {
	switch v := a.(type) {
	case int:
		return integer{p.Number(int64(v))}
	case int64:
		return integer{p.Number(v)}
	case int32:
		return integer{p.Number(int64(v))}
	case uint64:
		return integer{p.Number(int64(v))}
	case float64:
		return float{p, v}
	case civil.Date:
		return p.Date(v)
	case civil.Month:
		return p.Month(v)
	case time.Time:
		return p.DateTime(v)
	case money.Amount:
		return p.Money(v.Minor, v.Currency)
	case money.Decimal:
		return p.Decimal(v)
	case fault.Word:
		return p.lookup(string(v))
	}
	return a
}

// integer prints its text under %d, %s and %v.
type integer struct{ text string }

// Format writes the text whatever the verb.
func (i integer) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(i.text)) }

// float prints with the precision of its verb, %.1f; without one %f prints whole
// numbers, %g and %v as many places as the value has.
type float struct {
	p Printer
	v float64
}

// Format writes the number with the verb's precision.
func (f float) Format(s fmt.State, verb rune) {
	digits, ok := s.Precision()
	if !ok && verb != 'f' {
		_, fraction, _ := strings.Cut(strconv.FormatFloat(f.v, 'f', -1, 64), ".")
		digits = len(fraction)
	}
	_, _ = s.Write([]byte(f.p.Float(f.v, digits)))
}
