// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/practice/books"
	"mainstay/practice/journey/recurring"
)

func assessJSON(t testing.TB, l *books.Ledger) string {
	t.Helper()
	a, err := Assess(l, DefaultSettings(), nil, DefaultSeed)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func BenchmarkAssess(b *testing.B) {
	l := generated(2000, 1_000_000, 200_000, 1)
	runtime.GC()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Assess(l, DefaultSettings(), nil, DefaultSeed); err != nil {
			b.Fatal(err)
		}
	}
}

// TestOrderDoesNotMatter shuffles rows, clients, texts and sources.
func TestOrderDoesNotMatter(t *testing.T) {
	l := generated(40, 8000, 2000, 2)
	want := assessJSON(t, l)
	for seed := range uint64(3) {
		if got := assessJSON(t, shuffled(l, seed)); got != want {
			t.Fatal("another order of rows gave another assessment")
		}
	}
}

func shuffled(l *books.Ledger, seed uint64) *books.Ledger {
	rng := rand.New(rand.NewPCG(seed, 5))
	perm := func(list []string) ([]string, []int32) {
		to, out := make([]int32, len(list)), make([]string, len(list))
		p := rng.Perm(len(list) - 1)
		out[0] = list[0]
		for i, j := range p {
			to[i+1], out[j+1] = int32(j+1), list[i+1]
		}
		return out, to
	}
	s := *l
	var ct, tt []int32
	s.Clients, ct = perm(l.Clients)
	s.Texts, tt = perm(l.Texts)
	s.Sources = []books.Source{l.Sources[1], l.Sources[0]}
	s.Lines, s.Tickets = append([]books.Line(nil), l.Lines...), append([]books.Ticket(nil), l.Tickets...)
	for i := range s.Lines {
		x := &s.Lines[i]
		x.Client, x.Text, x.Source = ct[x.Client], tt[x.Text], 1-x.Source
	}
	for i := range s.Tickets {
		x := &s.Tickets[i]
		x.Client, x.Source = ct[x.Client], 1-x.Source
	}
	rng.Shuffle(len(s.Lines), func(i, j int) { s.Lines[i], s.Lines[j] = s.Lines[j], s.Lines[i] })
	rng.Shuffle(len(s.Tickets), func(i, j int) { s.Tickets[i], s.Tickets[j] = s.Tickets[j], s.Tickets[i] })
	return &s
}

// small is a firm with so many clients that pay kinds of lines every month.
type small struct {
	l     *books.Ledger
	texts map[string]int32
}

func newSmall() *small {
	return &small{l: &books.Ledger{Currency: "EUR", Clients: []string{""}, Texts: []string{""}, Docs: []string{""}, People: []string{""}, Sources: []books.Source{{Name: "a.csv", Kind: books.KindLines}}}, texts: map[string]int32{}}
}

func (s *small) client(name string) int32 {
	s.l.Clients = append(s.l.Clients, name)
	return int32(len(s.l.Clients) - 1)
}

func (s *small) line(client int32, text string, day civil.Date, minor int64) {
	t, ok := s.texts[text]
	if !ok {
		t = int32(len(s.l.Texts))
		s.texts[text] = t
		s.l.Texts = append(s.l.Texts, text)
	}
	s.l.Lines = append(s.l.Lines, books.Line{Row: books.Row{Number: int64(len(s.l.Lines) + 2)}, Client: client, Text: t, Day: day, Minor: minor})
}

// background gives the firm some clients by the hour in every month of three years.
func background(s *small) {
	for _, name := range []string{"Adler", "Bach", "Cech", "Dorn", "Egger"} {
		c := s.client(name)
		for m := range 36 {
			s.line(c, "On-site labour, hours", (civil.NewMonth(2022, 1) + civil.Month(m)).First(), int64(20000+1000*(m%7)))
		}
	}
}

// TestPrepaymentEqualsMonthlyFees: a yearly prepayment and twelve monthly fees of
// the same service measure the same.
func TestPrepaymentEqualsMonthlyFees(t *testing.T) {
	firm := func(yearly bool) *Assessment {
		s := newSmall()
		background(s)
		c := s.client("Fuchs")
		for m := range 36 {
			day := (civil.NewMonth(2022, 1) + civil.Month(m)).First()
			if !yearly {
				s.line(c, "Support contract, annual", day, 50000)
			} else if m%12 == 0 {
				s.line(c, "Support contract, annual", day, 12*50000)
			}
		}
		a, err := Assess(s.l, DefaultSettings(), nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	x, y := firm(false), firm(true)
	if diff := cmp.Diff(x.Firm, y.Firm); diff != "" {
		t.Error(diff)
	}
	if x.Recurring != y.Recurring || x.Clients[0].Months != y.Clients[0].Months {
		t.Error(x.Recurring, y.Recurring)
	}
	cash := y.Months[24].Cash[recurring.Recurring]
	if cash != 600000 || y.Months[25].Cash[recurring.Recurring] != 0 {
		t.Errorf("the cash view was spread too: %d", cash)
	}
}

// TestFlatFeesNeverLowerSubscription: more months of a flat fee on the same books.
func TestFlatFeesNeverLowerSubscription(t *testing.T) {
	before := -1.
	for fees := 0; fees <= 24; fees += 3 {
		s := newSmall()
		background(s)
		c := s.client("Fuchs")
		for m := range fees {
			s.line(c, "Monthly managed service", (civil.NewMonth(2022, 1) + civil.Month(35-m)).First(), 300000)
		}
		a, err := Assess(s.l, DefaultSettings(), nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Firm.Signs[3].Score; got < before-1e-9 {
			t.Errorf("%d months of fees: subscription fell from %v to %v", fees, before, got)
		} else {
			before = got
		}
	}
}

// TestAnswersSettle: an answer moves a stream out of the undecided, for good.
func TestAnswersSettle(t *testing.T) {
	s := newSmall()
	background(s)
	c := s.client("Fuchs")
	for m := range 36 {
		s.line(c, "Hadrian", (civil.NewMonth(2022, 1) + civil.Month(m)).First(), int64(10000+9000*(m%5)))
	}
	a, _ := Assess(s.l, DefaultSettings(), nil, 1)
	if len(a.Questions) != 1 || a.Questions[0].Text != "Hadrian" || a.Questions[0].Running != 1 || a.Recurring.Low == a.Recurring.High {
		t.Fatalf("%+v %+v", a.Questions, a.Recurring)
	}
	b, _ := Assess(s.l, DefaultSettings(), Answers{a.Questions[0].Key: recurring.Recurring}, 1)
	if len(b.Questions) != 0 || b.Recurring.Low != b.Recurring.High || b.Recurring.Low != a.Recurring.High {
		t.Errorf("%+v %+v", b.Questions, b.Recurring)
	}
}

func TestEmptyLedger(t *testing.T) {
	for _, l := range []*books.Ledger{{}, newSmall().l} {
		a, err := Assess(l, DefaultSettings(), nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if a.Firm.Measured || a.Firm.Verdict.Word != "none" {
			t.Errorf("nothing was measured as %+v", a.Firm.Verdict)
		}
		raw, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back Assessment
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if err := WriteText(io.Discard, a, locale.New("de-AT", nil)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStrayDates: one date of another century and a month that has only begun.
func TestStrayDates(t *testing.T) {
	s := newSmall()
	background(s)
	s.line(1, "On-site labour, hours", civil.MustDate(2103, 5, 1), 100)
	s.line(1, "On-site labour, hours", civil.MustDate(1903, 5, 1), 100)
	s.line(1, "On-site labour, hours", civil.MustDate(2018, 1, 2), 100)
	s.line(1, "On-site labour, hours", civil.MustDate(2025, 1, 2), 100)
	s.line(1, "On-site labour, hours", civil.NoDate, 100)
	a, err := Assess(s.l, DefaultSettings(), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if a.Window.To != civil.NewMonth(2024, 12) || a.Window.Partial != civil.NewMonth(2025, 1) || a.Window.First != civil.NewMonth(2022, 1) {
		t.Errorf("%+v", a.Window)
	}
	codes := map[string]int{}
	for _, n := range a.Notes {
		codes[n.Code] = n.Rows
	}
	if codes["lines-late"] != 1 || codes["lines-early"] != 2 || codes["lines-undated"] != 1 {
		t.Errorf("%+v", a.Notes)
	}
}

// TestFullBooksGiveAVerdict: with tickets, hours, devices and contacts the model is covered.
func TestFullBooksGiveAVerdict(t *testing.T) {
	s := newSmall()
	for i := range 8 {
		c := s.client("Client " + string(rune('A'+i)))
		for m := range 36 {
			day := (civil.NewMonth(2022, 1) + civil.Month(m)).First()
			s.line(c, "Managed workstations with helpdesk support, monthly", day, 100000)
			s.line(c, "Backup and firewall and antivirus and spam filter monthly", day, 20000)
			for k := range 4 {
				o := books.OriginMonitor
				if k == 0 {
					o = books.OriginClient
				}
				s.l.Tickets = append(s.l.Tickets, books.Ticket{Client: c, Opened: int64(day+civil.Date(k)) * microsPerDay, Origin: o, Covered: 1})
				s.l.Hours = append(s.l.Hours, books.Hours{Client: c, Day: day + civil.Date(k), Minutes: 30, Reactive: int8(1 - 2*min(1, k)), Minor: 5000})
			}
		}
		for k := range 10 {
			s.l.Assets = append(s.l.Assets, books.Asset{Client: c, Endpoint: true, Server: k == 0, Monitored: 1, Patched: 1})
		}
		s.l.Contacts = append(s.l.Contacts, books.Contact{Client: c, Day: civil.MustDate(2024, 11, 5), Review: true})
	}
	a, err := Assess(s.l, DefaultSettings(), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if a.Firm.Verdict.Word != "msp" || a.Firm.Position < 85 {
		t.Errorf("%+v at %v, coverage %v", a.Firm.Verdict, a.Firm.Position, a.Firm.Coverage)
	}
	if a.RateFrom != "hours" || a.Rate != 10000 {
		t.Errorf("rate %d from %s", a.Rate, a.RateFrom)
	}
	for _, f := range a.Money {
		// 8 clients: 1,200 a month; 2 hours a month; tools 10 × 12: (1200 − 120) ÷ 2 = 540 an hour.
		if f.Code == "hourly.agreement" && f.Value != 54000 {
			t.Errorf("%+v", f)
		}
	}
	var b strings.Builder
	_ = WriteText(&b, a, locale.New("en-GB", nil))
	t.Log("\n" + b.String())
}

// BenchmarkUnpack reads the kept assessment of a firm with 2,000 clients: the first page
// after a start pays for it, later ones do not.
func BenchmarkUnpack(b *testing.B) {
	a, err := Assess(generated(2000, 300_000, 50_000, 1), DefaultSettings(), nil, DefaultSeed)
	if err != nil {
		b.Fatal(err)
	}
	body, err := pack(a)
	if err != nil {
		b.Fatal(err)
	}
	raw, _ := json.Marshal(a)
	b.ReportMetric(float64(len(raw))/1e6, "MB-json")
	b.ReportMetric(float64(len(body))/1e6, "MB-kept")
	for b.Loop() {
		if _, err := unpack(body); err != nil {
			b.Fatal(err)
		}
	}
}
