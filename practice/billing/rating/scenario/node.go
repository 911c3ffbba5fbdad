// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// node is a value with its place. The first thing that is wrong is kept in err; what is read after it is zero.
type node struct {
	path string
	v    any
	err  *error
}

func (n node) fail(f *fault.Error) {
	if *n.err == nil {
		*n.err = f.On(n.path)
	}
}

func (n node) missing() bool { return n.v == nil }

// fields says that n is an object with no fields but these.
func (n node) fields(known ...string) node {
	o, ok := n.v.(*object)
	if !ok {
		n.fail(fault.NewInvalid("%s must be an object.", n.name()))
		n.v = &object{}
		return n
	}
	for _, k := range o.keys {
		if !slices.Contains(known, k) {
			n.fail(unknown(join(n.path, k), k, known))
		}
	}
	return n
}

// unknown names the known field that a misspelt one is closest to, or all of them.
func unknown(place, word string, known []string) *fault.Error {
	best, least := "", 3
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < least && d < len(k) {
			best, least = k, d
		}
	}
	if best != "" {
		return fault.NewInvalid("%s is not a field that is known here; did you mean %s?", place, best)
	}
	return fault.NewInvalid("%s is not a field that is known here: there are %s.", place, strings.Join(known, ", "))
}

// distance counts the letters that two words differ by, two exchanged neighbours being one.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 40
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func (n node) name() string {
	if n.path == "" {
		return "The file"
	}
	return n.path
}

func (n node) get(key string) node {
	o, _ := n.v.(*object)
	m := node{join(n.path, key), nil, n.err}
	if o != nil {
		m.v = o.values[key]
	}
	return m
}

// list returns the elements, at most limit.
func (n node) list(limit int) []node {
	if n.missing() {
		return nil
	}
	l, ok := n.v.([]any)
	if !ok {
		n.fail(fault.NewInvalid("%s must be a list.", n.name()))
	}
	if len(l) > limit {
		n.fail(fault.NewInvalid("%s has more than %d entries.", n.name(), limit))
		return nil
	}
	out := make([]node, len(l))
	for i, v := range l {
		out[i] = node{fmt.Sprintf("%s[%d]", n.path, i), v, n.err}
	}
	return out
}

// one or several: an element by itself is a list of one.
func (n node) some(limit int) []node {
	if _, ok := n.v.([]any); !ok && !n.missing() {
		return []node{n}
	}
	return n.list(limit)
}

// text returns a text, "" where there is none.
func (n node) text() string {
	if n.missing() {
		return ""
	}
	s, ok := n.v.(string)
	switch {
	case !ok:
		n.fail(fault.NewInvalid("%s must be text.", n.name()))
	case len(s) > maxText:
		n.fail(fault.NewInvalid("%s is longer than %d letters.", n.name(), maxText))
		return ""
	}
	return s
}

// prose is text of any length that nothing is made of.
func (n node) prose() {
	if _, ok := n.v.(string); !ok && !n.missing() {
		n.fail(fault.NewInvalid("%s must be text.", n.name()))
	}
}

// must is text that may not be left out.
func (n node) must() string {
	s := n.text()
	if s == "" {
		n.fail(fault.NewInvalid("%s is missing.", n.name()))
	}
	return s
}

func (n node) flag() bool {
	if n.missing() {
		return false
	}
	b, ok := n.v.(bool)
	if !ok {
		n.fail(fault.NewInvalid("%s must be true or false.", n.name()))
	}
	return b
}

// number returns a decimal, written as text or as a number; 0 where there is none.
func (n node) number() money.Decimal {
	var s string
	switch v := n.v.(type) {
	case nil:
		return money.Decimal{}
	case string:
		s = v
	case json.Number:
		s = v.String()
	default:
		n.fail(fault.NewInvalid("%s must be a number.", n.name()))
		return money.Decimal{}
	}
	d, err := money.ParseDecimal(s)
	if err != nil {
		n.fail(fault.NewInvalid("%s must be a number such as 12.34, with at most %d decimal places; it is %q.", n.name(), money.MaxScale, shortened(s)).Because(err))
	}
	return d
}

// minor is a sum of money in minor units, at least 0; it may have no more places than the currency.
func (n node) minor(digits int) int64 {
	d := n.number()
	m, err := d.Round(digits)
	switch {
	case err != nil:
		n.fail(fault.NewInvalid("%s is too large to be reckoned.", n.name()).Because(err))
	case m < 0:
		n.fail(fault.NewInvalid("%s must not be below 0.", n.name()))
	case money.Minor(m, digits).Cmp(d.Exact()) != 0:
		n.fail(fault.NewInvalid("%s must have at most %d decimal places, as the currency has.", n.name(), digits))
	}
	return m
}

func shortened(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}

// numeric reports whether n is a number or looks like one.
func (n node) numeric() bool {
	switch v := n.v.(type) {
	case json.Number:
		return true
	case string:
		_, err := money.ParseDecimal(v)
		return err == nil
	}
	return false
}

// optional is number as a pointer, nil where there is none.
func (n node) optional() *money.Decimal {
	if n.missing() {
		return nil
	}
	d := n.number()
	return &d
}

// count returns a whole number between low and high, otherwise where there is none.
func (n node) count(low, high, otherwise int) int {
	if n.missing() {
		return otherwise
	}
	d := n.number()
	if d.Scale != 0 || d.Coef < int64(low) || d.Coef > int64(high) {
		n.fail(fault.NewInvalid("%s must be a whole number between %d and %d.", n.name(), low, high))
		return otherwise
	}
	return int(d.Coef)
}

// day returns a day, otherwise where there is none.
func (n node) day(otherwise civil.Date) civil.Date {
	if n.missing() {
		return otherwise
	}
	d, err := civil.Parse(n.text())
	if err != nil {
		n.fail(fault.NewInvalid("%s must be a day that there is, such as 2026-01-31; it is %q.", n.name(), shortened(n.text())).Because(err))
		return otherwise
	}
	return d
}

// mustDay is a day that may not be left out.
func (n node) mustDay() civil.Date {
	if n.missing() {
		n.fail(fault.NewInvalid("%s is missing.", n.name()))
	}
	return n.day(civil.NoDate)
}

// choice is one of some words and their values; the zero value where there is none.
func choice[T any](n node, words []string, values []T) (out T) {
	s := n.text()
	if s == "" {
		return out
	}
	i := slices.Index(words, s)
	if i < 0 {
		n.fail(fault.NewInvalid("%s must be one of %s; it is %q.", n.name(), strings.Join(words, ", "), shortened(s)))
		return out
	}
	return values[i]
}
