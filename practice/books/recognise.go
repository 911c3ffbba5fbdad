// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// Mapping says how a table is read. It can be changed by the user and is remembered under the
// table's signature. The zero value of an optional part means "find out".
type Mapping struct {
	Kind    Kind          `json:"kind"`
	Header  []string      `json:"header"`  // column names as found
	Columns map[Field]int `json:"columns"` // places in Header

	DayOrder string            `json:"dayOrder,omitempty"` // "dmy" or "mdy" for days such as 3/4/2024
	Decimal  string            `json:"decimal,omitempty"`  // "." or ","
	Currency money.Currency    `json:"currency,omitempty"` // of rows that name none
	Client   string            `json:"client,omitempty"`   // of rows that name none
	Origins  map[string]Origin `json:"origins,omitempty"`  // what the user said of the channel's values, in lower case
	Works    map[string]int8   `json:"works,omitempty"`    // likewise of categories of work: 1 reactive, −1 planned
}

// at returns the column of a field, −1 where it has none.
func (m *Mapping) at(f Field) int {
	if i, ok := m.Columns[f]; ok && i >= 0 && i < len(m.Header) {
		return i
	}
	return -1
}

// Check says in words what is wrong with a mapping that a person made.
func (m *Mapping) Check() error {
	if _, ok := needs[m.Kind]; !ok {
		return fault.NewInvalid("Choose what the rows are: invoice lines, tickets, time entries, recurring invoices, devices, contacts or clients.").On("kind")
	}
	used := map[int]Field{}
	for f, col := range m.Columns {
		if col < 0 || col >= len(m.Header) {
			return fault.NewInvalid("The column chosen for %s is not in the table.", f).On(string(f))
		}
		if other, twice := used[col]; twice {
			return fault.NewInvalid("The column %q is chosen for both %s and %s.", m.Header[col], min(f, other), max(f, other)).On(string(f))
		}
		used[col] = f
	}
	if group := lacks(m.Kind, m.Columns); group != nil {
		return fault.NewInvalid("For %s a column is missing. Usual names are: %s.", kindWords[m.Kind], lookedFor(m.Kind, group)).On(string(group[0]))
	}
	if m.DayOrder != "" && m.DayOrder != "dmy" && m.DayOrder != "mdy" {
		return fault.NewInvalid("The order of days is either day first or month first.").On("dayOrder")
	}
	if m.Decimal != "" && m.Decimal != "." && m.Decimal != "," {
		return fault.NewInvalid("The decimal mark is either a point or a comma.").On("decimal")
	}
	if _, ok := isoCode([]byte(m.Currency)); m.Currency != "" && !ok {
		return fault.NewInvalid("A currency has three letters, such as EUR.").On("currency")
	}
	return nil
}

// Recognition is what the first rows of a table tell.
type Recognition struct {
	Mapping    Mapping
	HeaderRow  int     // index in the sample
	Signature  string  // of the header
	Confidence float64 // 0–1: how well the columns fit, and how far the next kind is behind
}

// Signature identifies tables of one shape: the same columns in the same order, parted
// in the same way.
func Signature(header []string, delimiter byte) string {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = normHeader(h)
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	return fmt.Sprintf("%016x", xxhash.Sum64String(string(rune(delimiter))+"\x00"+strings.Join(names, "\x00")))
}

// Recognise finds the header among the first rows of a table, what kind of rows follow and
// what each column means. The fault of an unknown table names what was looked for.
func Recognise(rows [][]string, delimiter byte) (*Recognition, error) {
	return recognise(compile(), rows, delimiter, "")
}

const headerWithin = 40 // title rows before the header at most

func recognise(table *lookup, rows [][]string, delimiter byte, only Kind) (*Recognition, error) {
	type candidate struct {
		row, kind int
		header    []string
		columns   map[Field]int
		score     float64
		quality   float64
	}
	if len(rows) > 0 && len(rows[0]) > 2 && (rows[0][0] == "EXTF" || rows[0][0] == "DTVF") {
		return nil, fault.NewInvalid("This is a posting batch for DATEV: it names accounts and days without a year, not clients and services. Export the invoices with their lines instead.")
	}
	var all []candidate
	var near candidate
	for i := range min(len(rows), headerWithin) {
		for h, header := range headersAt(rows, i) {
			if !likeHeader(header) {
				continue
			}
			cols := examine(rows, i+1, len(header))
			names := table.names(header)
			for k, kind := range kindOrder {
				if only != "" && only != kind {
					continue
				}
				columns, score, quality := assign(table.rules[kind], names, cols)
				if _, net := columns[FieldAmount]; kind == KindLines && !net {
					if _, gross := columns[FieldGross]; gross {
						score += grossAlone
					}
				}
				if h > 0 {
					worth := joinedWorth(table.rules[kind], names, header, rows[i])
					if worth == 0 {
						continue
					}
					score *= worth
				}
				if kind == KindLines {
					rescue(columns, names, cols, header)
					accountIsClient(columns, cols, rows[i+1:])
				}
				c := candidate{i, k, header, columns, score, quality}
				if lacks(kind, columns) == nil {
					all = append(all, c)
				} else if score > near.score {
					near = c
				}
			}
		}
	}
	if len(all) == 0 {
		if near.columns == nil {
			return nil, fault.NewInvalid("No row with column names was found in the first %d rows. Names such as %s were looked for.", headerWithin, lookedFor(KindLines, lacks(KindLines, nil)))
		}
		kind := kindOrder[near.kind]
		return nil, fault.NewInvalid("The columns look like %s, but one is missing. Looked for: %s.", kindWords[kind], lookedFor(kind, lacks(kind, near.columns)))
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	best := all[0]
	confidence := best.quality
	for _, c := range all[1:] {
		if c.kind != best.kind && c.row == best.row {
			confidence *= min(1, .5+(best.score-c.score)/best.score)
			break
		}
	}
	header := slices.Clone(best.header)
	return &Recognition{
		Mapping:   Mapping{Kind: kindOrder[best.kind], Header: header, Columns: best.columns, Currency: headerCurrency(header, best.columns)},
		HeaderRow: best.row, Signature: Signature(header, delimiter), Confidence: confidence,
	}, nil
}

// grossAlone is what a gross amount counts more where it is the only one: the table is no less a list of invoice lines.
const grossAlone = 2

// joinedWorth weighs a header joined from two rows against the lower row alone. Where at least a third of the names that
// were put together are names that are known, the two rows belong together; else only a clear gain counts.
func joinedWorth(rules []rule, names []name, header, lower []string) float64 {
	joined, known := 0, 0
	for i, n := range names {
		if i >= len(lower) || strings.TrimSpace(lower[i]) == "" || header[i] == strings.TrimSpace(lower[i]) {
			continue
		}
		joined++
		if slices.ContainsFunc(rules, func(r rule) bool {
			_, plain := r.exact[n.plain]
			_, fixed := r.exact[n.fixed]
			return plain || fixed
		}) {
			known++
		}
	}
	if joined < 2 {
		return 0 // a title above the names, not a part of them
	}
	if known*3 >= joined && known > 1 {
		return 1.3
	}
	return .95
}

// name is a column's name as it stands and with its words written out.
type name struct{ plain, fixed string }

func (t *lookup) names(header []string) []name {
	out := make([]name, len(header))
	for i, h := range header {
		n := normHeader(h)
		out[i] = name{n, t.spell.fix(n)}
	}
	return out
}

// mended is what a name counts that had to be mended, against one that is right as it stands.
const mended = .95

// score says how well a column's name fits the field: 0–1.
func (n name) score(r *rule) float64 {
	s := r.score(n.plain)
	if n.fixed != n.plain {
		s = max(s, mended*r.score(n.fixed))
	}
	return s
}

// rescue finds the day and the amount of invoice lines by the values where no name tells them: one column of days, or
// one of money with its currency.
func rescue(columns map[Field]int, names []name, cols []column, header []string) {
	used := map[int]bool{}
	for _, c := range columns {
		used[c] = true
	}
	find := func(f Field, fits func(i int) bool) {
		at := -1
		for i := range cols {
			if !used[i] && names[i].plain != "" && cols[i].filled >= 3 && fits(i) {
				if at >= 0 {
					return // two that fit: the user must say
				}
				at = i
			}
		}
		if at >= 0 {
			columns[f] = at
			used[at] = true
		}
	}
	_, hasDate := columns[FieldDate]
	hasAmount := !slices.Contains(missingGroups(KindLines, columns), FieldAmount)
	named := !slices.Contains(missingGroups(KindLines, columns), FieldClient)
	if !hasDate && hasAmount && named {
		find(FieldDate, func(i int) bool { return cols[i].dates*10 >= cols[i].filled*9 && !anyWord(names[i].fixed, notTheDay) })
	}
	if hasDate && !hasAmount && named {
		find(FieldAmount, func(i int) bool {
			return cols[i].numbers*10 >= cols[i].filled*9 && (cols[i].money*2 > cols[i].filled || strings.ContainsAny(header[i], "£€$")) && !anyWord(names[i].fixed, notTheAmount)
		})
	}
}

// accountIsClient takes a column of accounts for the clients where there is no other and its values are names of no
// ledger account: service desks call their clients so.
func accountIsClient(columns map[Field]int, cols []column, rows [][]string) {
	at, ok := columns[FieldAccount]
	_, client := columns[FieldClient]
	_, provider := columns[FieldProvider]
	if !ok || client || provider || cols[at].filled == 0 || cols[at].numbers > 0 {
		return
	}
	for _, row := range rows {
		if at < len(row) && ledgerAccount(row[at]) {
			return
		}
	}
	delete(columns, FieldAccount)
	columns[FieldClient] = at
}

const (
	notTheDay    = "due expiry expires end start birth born created updated delivery order warranty contract"
	notTheAmount = "balance due budget tax vat discount credit limit outstanding target salary"
)

func anyWord(name, list string) bool {
	for _, w := range strings.Fields(name) {
		if slices.Contains(strings.Fields(list), w) {
			return true
		}
	}
	return false
}

// missingGroups returns the first field of each group of which the kind has none.
func missingGroups(kind Kind, columns map[Field]int) (out []Field) {
	for _, g := range Missing(kind, columns) {
		out = append(out, g[0])
	}
	return out
}

// kindWords are the kinds as a sentence names them.
var kindWords = map[Kind]string{
	KindLines: "invoice lines", KindTemplates: "recurring invoices", KindTickets: "tickets", KindHours: "time entries",
	KindClients: "clients", KindPeople: "contacts", KindAssets: "devices",
}

// likeHeader sorts out rows that cannot hold names: one cell only, or numbers.
func likeHeader(row []string) bool {
	filled, numbers := 0, 0
	var m marks
	for _, c := range row {
		if c = strings.TrimSpace(c); c == "" {
			continue
		}
		filled++
		if _, err := parseNumber([]byte(c), false, &m); err == nil {
			numbers++
		}
	}
	return filled >= 2 && numbers*3 <= filled
}

// assign gives each column at most one field and each field at most one column, the
// best fit first.
func assign(rules []rule, names []name, cols []column) (columns map[Field]int, score, quality float64) {
	type pair struct {
		rule, col int
		score     float64
	}
	var pairs []pair
	for r := range rules {
		for c, n := range names {
			if n.plain == "" {
				continue
			}
			if s := n.score(&rules[r]); s > 0 {
				if s *= cols[c].fits(rules[r].shape); s > .2 {
					pairs = append(pairs, pair{r, c, s})
				}
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.score, a.score) })
	columns = map[Field]int{}
	usedCol := map[int]bool{}
	weights := 0.0
	for _, p := range pairs {
		f := rules[p.rule].field
		if _, taken := columns[f]; taken || usedCol[p.col] {
			continue
		}
		columns[f] = p.col
		usedCol[p.col] = true
		score += rules[p.rule].weight * p.score
		weights += rules[p.rule].weight
		quality += rules[p.rule].weight * p.score
	}
	if weights > 0 {
		quality /= weights
	}
	return columns, score, quality
}

// lacks returns the first group of fields of which the kind has none.
func lacks(kind Kind, columns map[Field]int) []Field {
	for _, group := range needs[kind] {
		if !slices.ContainsFunc(group, func(f Field) bool { _, ok := columns[f]; return ok }) {
			return group
		}
	}
	return nil
}

// lookedFor lists the commonest names of the fields.
func lookedFor(kind Kind, fields []Field) string {
	var names []string
	for _, f := range fields {
		for _, r := range synonyms[kind] {
			if r.field == f {
				names = append(names, strings.Split(r.names, "|")[:min(4, strings.Count(r.names, "|")+1)]...)
			}
		}
	}
	return strings.Join(names, ", ")
}

// headerCurrency finds the currency that a header names: "Amount (£)", "Betrag EUR".
func headerCurrency(header []string, columns map[Field]int) money.Currency {
	for _, f := range []Field{FieldAmount, FieldGross, FieldTotal, FieldPrice} {
		i, ok := columns[f]
		if !ok {
			continue
		}
		h := header[i]
		switch {
		case strings.Contains(h, "£"), strings.Contains(strings.ToLower(h), "sterling"):
			return "GBP"
		case strings.Contains(h, "€"):
			return "EUR"
		case strings.Contains(h, "US$"), strings.Contains(h, "$"):
			return "USD"
		}
		for _, w := range strings.FieldsFunc(h, func(r rune) bool { return r < 'A' || r > 'Z' }) {
			if currencyCodes[w] {
				return money.Currency(w)
			}
		}
	}
	return ""
}
