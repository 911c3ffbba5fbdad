// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/json"
	"fmt"
	"maps"
	neturl "net/url"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/money"
	"mainstay/practice/books"
)

// How the preview's form names its fields: t0.kind and t0.c3 are the kind of the first table and what its
// fourth column means; t0.on2 and t0.o2 are a value of the channel and what it means, t0.wn2 and t0.w2 one of a
// category of work.

// readChoices makes of the form what the user decided about the file. A table whose mapping is left as it was
// found stays out of the choices, so that nothing is remembered that nobody said.
func readChoices(form neturl.Values, i books.Import, raw []books.RawTable) books.Choices {
	c := i.Choices
	c.Provider = strings.TrimSpace(form.Get("provider"))
	c.LeaveBadRows = form.Get("leave") != ""
	c.Mappings = maps.Clone(c.Mappings)
	if c.Mappings == nil {
		c.Mappings = map[string]*books.Mapping{}
	}
	if i.Report == nil {
		return c
	}
	for n, t := range i.Report.Tables {
		sig, m := t.Signature, (*books.Mapping)(nil)
		if t.Kind == "" {
			sig, m = byHand(form, n, t, raw)
		} else {
			m = changed(form, n, t)
		}
		if m != nil {
			c.Mappings[sig] = m
		}
	}
	if len(c.Mappings) == 0 {
		c.Mappings = nil
	}
	return c
}

func key(table int, name string) string { return fmt.Sprintf("t%d.%s", table, name) }

// byHand makes the first mapping of a table that was not recognised: the user said where its header is and
// what its rows are.
func byHand(form neturl.Values, n int, t books.TableReport, raw []books.RawTable) (string, *books.Mapping) {
	kind := books.Kind(form.Get(key(n, "kind")))
	row, err := strconv.Atoi(form.Get(key(n, "header")))
	at := slices.IndexFunc(raw, func(r books.RawTable) bool { return r.Name == t.Name })
	if err != nil || at < 0 || row < 0 || row >= len(raw[at].Rows) || !slices.Contains(books.Kinds(), kind) {
		return "", nil
	}
	return raw[at].Signature(row), books.Suggest(kind, raw[at].Rows[row])
}

// changed returns the mapping as the form has it, nil when it is the one that was found.
func changed(form neturl.Values, n int, t books.TableReport) *books.Mapping {
	if t.Mapping == nil || !form.Has(key(n, "kind")) {
		return nil
	}
	kind := books.Kind(form.Get(key(n, "kind")))
	if kind != t.Kind && slices.Contains(books.Kinds(), kind) {
		return books.Suggest(kind, t.Mapping.Header)
	}
	m := *t.Mapping
	m.Columns = columnsOf(form, n, t)
	m.DayOrder = oneOf(form.Get(key(n, "days")), "dmy", "mdy")
	m.Decimal = oneOf(form.Get(key(n, "decimal")), ".", ",")
	m.Currency = currencyOf(form.Get(key(n, "currency")))
	m.Client = strings.TrimSpace(form.Get(key(n, "client")))
	m.Origins, m.Works = originsOf(form, n, t), worksOf(form, n, t)
	if same(m, *t.Mapping) {
		return nil
	}
	return &m
}

// columnsOf reads what each column means. Where two columns say the same, the one that the user
// changed wins over the one that was found.
func columnsOf(form neturl.Values, n int, t books.TableReport) map[books.Field]int {
	found := map[int]books.Field{}
	for f, col := range t.Mapping.Columns {
		found[col] = f
	}
	allowed := books.FieldsOf(t.Kind)
	out, wasFound := map[books.Field]int{}, map[books.Field]bool{}
	for col := range t.Mapping.Header {
		name := key(n, "c"+strconv.Itoa(col))
		f := books.Field(form.Get(name))
		if !form.Has(name) {
			f = found[col] // a column beyond those that the form shows
		}
		if f == "" || !slices.Contains(allowed, f) {
			continue
		}
		if _, taken := out[f]; taken && found[col] == f && !wasFound[f] {
			continue
		}
		out[f], wasFound[f] = col, found[col] == f
	}
	return out
}

// originsOf adds to the map what the user changed about the values of the channel.
func originsOf(form neturl.Values, n int, t books.TableReport) map[string]books.Origin {
	out := maps.Clone(t.Mapping.Origins)
	for i := range t.Channels {
		value, means := strings.ToLower(strings.TrimSpace(form.Get(key(n, "on"+strconv.Itoa(i))))), form.Get(key(n, "o"+strconv.Itoa(i)))
		at := slices.IndexFunc(t.Channels, func(s books.Share) bool { return strings.ToLower(strings.TrimSpace(s.Name)) == value })
		if value == "" || at < 0 || t.Channels[at].Means == means {
			continue
		}
		for o := books.OriginUnknown; o <= books.OriginTechnician; o++ {
			if o.String() == means {
				if out == nil {
					out = map[string]books.Origin{}
				}
				out[value] = o
			}
		}
	}
	return out
}

// worksOf is the same for categories of work.
func worksOf(form neturl.Values, n int, t books.TableReport) map[string]int8 {
	out := maps.Clone(t.Mapping.Works)
	for i := range t.Works {
		value, means := strings.ToLower(strings.TrimSpace(form.Get(key(n, "wn"+strconv.Itoa(i))))), form.Get(key(n, "w"+strconv.Itoa(i)))
		at := slices.IndexFunc(t.Works, func(s books.Share) bool { return strings.ToLower(strings.TrimSpace(s.Name)) == value })
		code, ok := map[string]int8{"reactive": 1, "planned": -1, "unknown": 0}[means]
		if value == "" || at < 0 || t.Works[at].Means == means || !ok {
			continue
		}
		if out == nil {
			out = map[string]int8{}
		}
		out[value] = code
	}
	return out
}

func oneOf(v string, allowed ...string) string {
	if slices.Contains(allowed, v) {
		return v
	}
	return ""
}

func currencyOf(s string) money.Currency {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 3 || strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return ""
	}
	return money.Currency(s)
}

func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// samePreview reports whether two choices read a file in the same way: then a preview of one
// holds for the other.
func samePreview(a, b books.Choices) bool {
	a.LeaveBadRows = b.LeaveBadRows
	return same(a, b)
}
