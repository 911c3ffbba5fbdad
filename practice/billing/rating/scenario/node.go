// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// Limits of a file.
const (
	MaxBytes = 4 << 20
	maxDepth = 12
	maxText  = 200
)

// object is a JSON object with its fields in their order.
type object struct {
	keys   []string
	values map[string]any
}

// parse reads one JSON value: numbers as they are written, no field twice, not too deep.
func parse(data []byte) (any, error) {
	if len(data) > MaxBytes {
		return nil, fault.NewInvalid("The file is larger than %d MB.", MaxBytes>>20)
	}
	if !utf8.Valid(data) {
		return nil, fault.NewInvalid("The file is not UTF-8 text.")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := value(dec, "", 0)
	if err != nil {
		if _, ok := errors.AsType[*fault.Error](err); ok {
			return nil, err
		}
		return nil, fault.NewInvalid("The file is not JSON.").Because(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.NewInvalid("The file goes on after its end.")
	}
	return v, nil
}

func value(dec *json.Decoder, path string, depth int) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fault.NewInvalid("%s: the file is nested too deeply.", path)
	}
	switch t {
	case json.Delim('{'):
		o := &object{values: map[string]any{}}
		for dec.More() {
			k, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key, _ := k.(string)
			at := join(path, key)
			if _, twice := o.values[key]; twice {
				return nil, fault.NewInvalid("%s is given twice.", at)
			}
			v, err := value(dec, at, depth+1)
			if err != nil {
				return nil, err
			}
			o.keys, o.values[key] = append(o.keys, key), v
		}
		_, err := dec.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := value(dec, fmt.Sprintf("%s[%d]", path, len(list)), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		return list, err
	}
	return t, nil
}

func join(path, key string) string {
	if len(key) > 40 {
		key = key[:40] + "…"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

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
			n.fail(fault.NewInvalid("%s is not a field that is known here.", join(n.path, k)))
		}
	}
	return n
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
		n.fail(fault.NewInvalid("%s must be a number such as 12.34, with at most %d decimal places.", n.name(), money.MaxScale).Because(err))
	}
	return d
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
		n.fail(fault.NewInvalid("%s must be a day such as 2026-01-31.", n.name()).Because(err))
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
		n.fail(fault.NewInvalid("%s must be one of %s.", n.name(), fmt.Sprint(words)))
		return out
	}
	return values[i]
}
