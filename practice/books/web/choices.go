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
// fourth column means, t0.as the kind whose fields were offered, t0.header the row with the names in a table that was
// not recognised; t0.on2 and t0.o2 are a value of the channel and what it means, t0.wn2 and t0.w2 one of a category of work.

func key(table int, name string) string { return fmt.Sprintf("t%d.%s", table, name) }

// readChoices makes of the form what the user decided about the file. A table whose mapping is left as it was
// found stays out of the choices, so that nothing is remembered that nobody said. Mappings that lack a column are
// returned as drafts, by table: nothing can be read by them yet.
func readChoices(form neturl.Values, i books.Import, raw []books.RawTable) (c books.Choices, drafts map[int]*books.Mapping) {
	c = i.Choices
	c.Provider = strings.TrimSpace(form.Get("provider"))
	c.LeaveBadRows = form.Get("leave") != ""
	c.Mappings = maps.Clone(c.Mappings)
	if c.Mappings == nil {
		c.Mappings = map[string]*books.Mapping{}
	}
	drafts = map[int]*books.Mapping{}
	if i.Report != nil {
		for n, t := range i.Report.Tables {
			sig, m := mappingOf(form, n, t, raw)
			switch {
			case m == nil:
			case len(books.Missing(m.Kind, m.Columns)) > 0:
				drafts[n] = m
			default:
				c.Mappings[sig] = m
			}
		}
	}
	if len(c.Mappings) == 0 {
		c.Mappings = nil
	}
	return c, drafts
}

// mappingOf returns the mapping of a table as the form has it and its signature, nil when it is the one that was
// found or when the table is left out.
func mappingOf(form neturl.Values, n int, t books.TableReport, raw []books.RawTable) (string, *books.Mapping) {
	kind, as := books.Kind(form.Get(key(n, "kind"))), books.Kind(form.Get(key(n, "as")))
	sig, header, ok := headerOf(form, n, t, raw)
	if !ok || !slices.Contains(books.Kinds(), kind) {
		return "", nil
	}
	m := books.Mapping{Kind: kind, Header: header}
	switch {
	case kind == t.Kind && (as == kind || as == ""):
		m = *t.Mapping
	case kind != as:
		return sig, books.Suggest(kind, header)
	}
	m.Columns = columnsOf(form, n, m)
	m.DayOrder = oneOf(form.Get(key(n, "days")), "dmy", "mdy")
	m.Decimal = oneOf(form.Get(key(n, "decimal")), ".", ",")
	m.Currency = currencyOf(form.Get(key(n, "currency")))
	m.Client = strings.TrimSpace(form.Get(key(n, "client")))
	if kind == t.Kind {
		m.Origins, m.Works = originsOf(form, n, t), worksOf(form, n, t)
		if same(m, *t.Mapping) {
			return "", nil
		}
	}
	return sig, &m
}

// headerOf returns the signature and the header of a table; in one that was not recognised, the row that the
// user points at.
func headerOf(form neturl.Values, n int, t books.TableReport, raw []books.RawTable) (string, []string, bool) {
	if t.Kind != "" && t.Mapping != nil {
		return t.Signature, t.Mapping.Header, true
	}
	row, err := strconv.Atoi(form.Get(key(n, "header")))
	at := slices.IndexFunc(raw, func(r books.RawTable) bool { return r.Name == t.Name })
	if err != nil || at < 0 || row < 0 || row >= len(raw[at].Rows) {
		return "", nil, false
	}
	return raw[at].Signature(row), raw[at].Rows[row], true
}

// draftQuery carries the drafts to the next page, which asks for what is missing.
func draftQuery(form neturl.Values, i books.Import, drafts map[int]*books.Mapping) string {
	v := neturl.Values{}
	for n := range drafts {
		found := i.Report.Tables[n].Mapping
		for k, values := range form {
			name, ours := strings.CutPrefix(k, key(n, ""))
			if !ours || len(values) == 0 {
				continue
			}
			col, isCol := strings.CutPrefix(name, "c")
			at, err := strconv.Atoi(col)
			switch {
			case slices.Contains([]string{"kind", "as", "header", "days", "decimal", "currency", "client"}, name):
				v.Set(k, values[0])
			case isCol && err == nil && (found == nil && values[0] != "" || found != nil && string(meaningOf(found, at)) != values[0]):
				v.Set(k, values[0])
			}
		}
	}
	return v.Encode()
}

// columnsOf reads what each column means. Where two columns say the same, the one that the user
// changed wins over the one that was found.
func columnsOf(form neturl.Values, n int, m books.Mapping) map[books.Field]int {
	found := map[int]books.Field{}
	for f, col := range m.Columns {
		found[col] = f
	}
	allowed := books.FieldsOf(m.Kind)
	out, wasFound := map[books.Field]int{}, map[books.Field]bool{}
	for col := range m.Header {
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
