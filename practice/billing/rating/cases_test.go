// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the cases, wherever the test runs

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// published is one case of the shared file.
type published struct {
	ID, Topic, Rule string
	Given, Expect   map[string]any
}

// decided holds what we expect where a published case contradicts a decision of ours (the table in the package's documentation).
var decided = map[string]map[string]any{
	// The true previous boundary of an anchor on the 31st before 28 February is 31 January: 28 days, not Kill Bill's 31.
	"kb-f-bcd31": {"cycles": "14/28 + 1"},
}

// The 65 published cases, each mapped to calls of the package by its topic: what is given is read, never known. A topic, a
// field or a word that no reader knows fails.
func TestPublishedCases(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "cases", "billing.json"))
	if os.IsNotExist(err) {
		t.Skip("left out: the shared cases are not beside the project")
	}
	var all []published
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil || len(all) < 65 {
		t.Fatal(len(all), err)
	}
	for _, c := range all {
		t.Run(c.ID, func(t *testing.T) {
			read := topics[c.Topic]
			if read == nil {
				t.Fatalf("no reader for the topic %q", c.Topic)
			}
			want := c.Expect
			if d := decided[c.ID]; d != nil {
				want = d
			}
			g := &given{T: t, values: c.Given, used: map[string]bool{}, want: want}
			got := read(g)
			for k := range c.Given {
				if !g.used[k] {
					t.Errorf("the reader of %s does not know the field %q", c.Topic, k)
				}
			}
			for k, w := range want {
				v, ok := got[k]
				if a, b := plain(t, v), plain(t, w); !ok || a != b {
					t.Errorf("%s: got %s, want %s", k, a, b)
				}
			}
		})
	}
}

func plain(t *testing.T, v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// given reads the fields of a case and remembers which were read.
type given struct {
	*testing.T
	values map[string]any
	used   map[string]bool
	want   map[string]any // only to know how many periods are asked for
}

type answer = map[string]any

func (g *given) has(k string) bool { _, ok := g.values[k]; return ok }

func (g *given) any(k string) any {
	v, ok := g.values[k]
	if !ok {
		g.Fatalf("the field %q is missing", k)
	}
	g.used[k] = true
	return v
}

func text(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	s, _ := v.(string)
	return s
}

func (g *given) str(k string) string { return text(g.any(k)) }

func (g *given) dec(k string) money.Decimal { return g.decimal(g.str(k)) }

func (g *given) decimal(s string) money.Decimal {
	d, err := money.ParseDecimal(s)
	g.ok(err)
	return d
}

func (g *given) minor(k string) int64 { return g.cents(g.str(k)) }

func (g *given) cents(s string) int64 {
	n, err := g.decimal(s).Round(2)
	g.ok(err)
	return n
}

func (g *given) num(k string) int { return g.atoi(g.str(k)) }

func (g *given) atoi(s string) int {
	n, err := strconv.Atoi(s)
	g.ok(err)
	return n
}

func (g *given) ok(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

func (g *given) list(k string) []any {
	l, ok := g.any(k).([]any)
	if !ok {
		g.Fatalf("%q is not a list", k)
	}
	return l
}

func (g *given) texts(k string) (out []string) {
	for _, v := range g.list(k) {
		out = append(out, text(v))
	}
	return out
}

func (g *given) rows(k string) (out [][]string) {
	for _, v := range g.list(k) {
		var row []string
		for _, x := range v.([]any) {
			row = append(row, text(x))
		}
		out = append(out, row)
	}
	return out
}

func (g *given) day(k string) civil.Date { return g.date(g.str(k)) }

// date reads a day, or an instant of UTC.
func (g *given) date(s string) civil.Date {
	if strings.Contains(s, "T") {
		return rating.DayIn(g.instant(s), time.UTC)
	}
	d, err := civil.Parse(s)
	g.ok(err)
	return d
}

func (g *given) instant(s string) time.Time {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(form, s); err == nil {
			return at
		}
	}
	g.Fatalf("%q is no instant", s)
	return time.Time{}
}

// span reads "2023-05-15..05-23" or "…..2023-05-23", its end as written.
func (g *given) span(s string) (from, to civil.Date) {
	a, b, ok := strings.Cut(s, "..")
	if !ok {
		g.Fatalf("%q is no period", s)
	}
	if len(b) == len("01-02") {
		b = a[:5] + b
	}
	return g.date(a), g.date(b)
}

// sentence is a text whose known phrases are taken out one by one; what remains in the end is not understood.
type sentence struct {
	*given
	rest string
}

func (g *given) sentence(k string) *sentence { return &sentence{g, g.str(k)} }

// take removes what a pattern matches and returns its groups, nil when it does not match.
func (s *sentence) take(pattern string) []string {
	re := regexp.MustCompile(pattern)
	at := re.FindStringSubmatchIndex(s.rest)
	if at == nil {
		return nil
	}
	m := re.FindStringSubmatch(s.rest)
	s.rest = s.rest[:at[0]] + s.rest[at[1]:]
	return m
}

func (s *sentence) end() {
	if left := strings.Trim(s.rest, " ,;:()"); left != "" {
		s.Fatalf("not understood: %q", left)
	}
}

// offer is a price as the cases write it: "10.00/unit/month in advance, not prorated".
type offer struct {
	amount  money.Decimal
	per     rating.Cycle // without an anchor
	unit    bool
	terms   rating.Terms
	anchor  civil.Date // from the words, NoDate when there is none
	paidTo  civil.Date
	count   money.Decimal // "(5x3.00)": 5 at 3.00; else 1
	minimum *money.Decimal
	trial   int
}

var units = map[string]rating.Unit{"month": rating.Month, "quarter": rating.Quarter, "year": rating.Year, "week": rating.Week, "days": rating.Day, "day": rating.Day}

func (g *given) offer(k string) offer {
	s := g.sentence(k)
	o := offer{anchor: civil.NoDate, paidTo: civil.NoDate, count: money.Decimal{Coef: 1}}
	if m := s.take(`minimum (\d+\.\d+)/(month|quarter|year)`); m != nil {
		d := g.decimal(m[1])
		o.minimum, o.per.Unit = &d, units[m[2]]
	}
	m := s.take(`^(\d+(?:\.\d+)?)(/unit)?(?:/(?:(\d+) )?(month|quarter|year|week|days?))?`)
	if m == nil {
		g.Fatalf("%q has no price", s.rest)
	}
	o.amount, o.unit = g.decimal(m[1]), m[2] != ""
	if m[4] != "" {
		o.per.Unit = units[m[4]]
	}
	if m[3] != "" {
		o.per.Every = g.atoi(m[3])
	}
	if m := s.take(`\((\d+)x(\d+\.\d+)\)`); m != nil {
		o.count, o.amount, o.unit = g.decimal(m[1]), g.decimal(m[2]), true
	}
	if m := s.take(`paid for (\w+ \d{4})`); m != nil {
		at, err := time.Parse("January 2006", m[1])
		g.ok(err)
		o.paidTo = (civil.DateOf(at).Month() + 1).First()
	}
	if m := s.take(`paid to (\S+)`); m != nil {
		o.paidTo = g.date(m[1])
	}
	if m := s.take(`after (\d+)-day trial`); m != nil {
		o.trial = g.atoi(m[1])
	}
	if m := s.take(`anniversary from (\S+)`); m != nil {
		o.anchor = g.date(m[1])
	}
	if m := s.take(`billed every (\d+) months`); m != nil {
		o.terms.Bill = rating.Cycle{Every: g.atoi(m[1])}
	}
	if s.take(`not prorated`) != nil {
		o.terms.Prorate = rating.Never
	}
	s.take(`in advance|billed in advance`)
	s.take(`\bbilled\b`)
	s.take(`on the 1st`)
	s.take(`calendar`)
	o.terms.Arrears = s.take(`in arrears|arrears`) != nil
	s.end()
	o.terms.Price = rating.Price{Model: rating.Flat, Unit: o.amount}
	if o.unit {
		o.terms.Price.Model = rating.PerUnit
	}
	return o
}

// from returns the offer's terms from a day on. Without words about an anchor, intervals are those of the calendar.
func (o offer) from(id ids.ID, d civil.Date) rating.Terms {
	t := o.terms
	t.ID, t.From, t.Cycle = id, d, o.per
	t.Cycle.Anchor = o.anchor
	if !o.anchor.Known() {
		t.Cycle.Anchor = calendar(o.per, d)
	}
	if t.Bill != (rating.Cycle{}) {
		t.Bill.Anchor = t.Cycle.Anchor
		if t.Cycle.Unit == rating.Month { // quarters of the calendar year
			y, _, _ := d.Civil()
			t.Bill.Anchor = civil.MustDate(y, 1, 1)
		}
	}
	return t
}

func calendar(c rating.Cycle, d civil.Date) civil.Date {
	y, m, _ := d.Civil()
	switch c.Unit {
	case rating.Month:
		return civil.MustDate(y, m, 1)
	case rating.Week, rating.Day:
		return d
	}
	return civil.MustDate(y, 1, 1)
}

// book keeps what was billed of lines, as the real one will.
type book struct {
	*testing.T
	spans []rating.Span
	next  ids.ID
}

// run bills what is due of a line and returns it.
func (b *book) run(l *rating.Line, today civil.Date) []rating.Entry {
	b.Helper()
	if err := l.Check(); err != nil {
		b.Fatal(err)
	}
	due, err := l.Due(b.spans, rating.Ask{Today: today, Since: civil.NoDate, Digits: 2})
	if err != nil {
		b.Fatal(err)
	}
	for i := range due {
		b.next++
		due[i].ID = b.next
		b.spans = append(b.spans, due[i].Span)
	}
	return due
}

func total(due []rating.Entry) (sum int64) {
	for _, e := range due {
		sum += e.Amount
	}
	return sum
}

func amounts(due []rating.Entry) []string {
	out := []string{}
	for _, e := range due {
		out = append(out, show(e.Amount))
	}
	return out
}

func show(minor int64) string { return money.FormatMinor(minor, 2) }

func (g *given) rate(percent string) []rating.Rate {
	d := g.decimal(percent)
	if d.Coef == 0 {
		return []rating.Rate{{Category: rating.Zero, Percent: d}}
	}
	return []rating.Rate{{Category: rating.Standard, Percent: d}}
}

func (g *given) total(d rating.Document) rating.Totals {
	sum, err := d.Total()
	g.ok(err)
	return sum
}

// taxed is the totals of net amounts at one rate.
func (g *given) taxed(percent string, how rating.Rounding, nets ...int64) rating.Totals {
	d := rating.Document{Rounding: how}
	for _, n := range nets {
		d.Lines = append(d.Lines, rating.Item{Minor: n, Taxes: g.rate(percent)})
	}
	return g.total(d)
}

func facts(d civil.Date, q money.Decimal) []rating.Fact { return []rating.Fact{{Day: d, Quantity: q}} }

func whole(n int) money.Decimal { return money.Decimal{Coef: int64(n)} }

// inclusive writes a period with its last day.
func inclusive(p rating.Period) []string { return []string{p.From.String(), (p.To - 1).String()} }

func open(p rating.Period) []string { return []string{p.From.String(), p.To.String()} }

func sum(parts []rating.Part) string {
	var out []string
	for _, p := range parts {
		if p.Days == p.Of {
			out = append(out, strconv.Itoa(p.Times))
		} else {
			out = append(out, fmt.Sprintf("%d/%d", p.Days, p.Of))
		}
	}
	return strings.Join(out, " + ")
}

var topics = func() map[string]func(*given) answer {
	all := map[string]func(*given) answer{}
	for _, m := range []map[string]func(*given) answer{calendarTopics, prorationTopics, priceTopics, taxTopics, quantityTopics} {
		for k, f := range m {
			all[k] = f
		}
	}
	return all
}()
