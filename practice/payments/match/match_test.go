// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/payments/match"
)

const (
	dental ids.ID = 1
	bakery ids.ID = 2
)

func day(d int) civil.Date { return civil.MustDate(2026, 3, 1).AddDays(d) }

// book: the dentist owes 357.00, 119.00 and 119.00; the baker 59.50 and 1,000.00, and 80 dollars; 0040 is paid.
func book() *match.Book {
	return match.NewBook([]match.Invoice{
		{ID: 42, Client: dental, Number: "RE-2026-0042", Currency: "EUR", Open: 35700, Due: day(0), Reference: match.RF("RE20260042")},
		{ID: 43, Client: dental, Number: "RE-2026-0043", Currency: "EUR", Open: 11900, Due: day(10)},
		{ID: 44, Client: dental, Number: "RE-2026-0044", Currency: "EUR", Open: 11900, Due: day(20), EndToEnd: []string{"MS-44"}},
		{ID: 51, Client: bakery, Number: "RE-2026-0051", Currency: "EUR", Open: 5950, Due: day(1), Reference: match.QRR("51")},
		{ID: 52, Client: bakery, Number: "17", Currency: "EUR", Open: 100000, Due: day(2)},
		{ID: 53, Client: bakery, Number: "RE-2026-0053", Currency: "USD", Open: 8000, Due: day(3)},
		{ID: 40, Client: bakery, Number: "RE-2026-0040", Currency: "EUR", Open: 0},
	}, []match.Payer{
		{Client: dental, IBAN: "AT61 1904 3002 3457 3201", Name: "Zahnarztpraxis Dr. Ülkü GmbH & Co. KG"},
		{Client: bakery, IBAN: "DE02120300000000202051", Name: "Bäckerei Korn"},
	}, []match.Bundle{
		{ID: 900, Names: []string{"MS-RUN-7"}, Currency: "EUR", Parts: []match.Allocation{{Invoice: 43, Amount: 11900}, {Invoice: 51, Amount: 5950}}},
	})
}

func TestFind(t *testing.T) {
	dentist := func(amount int64, text string) match.Line {
		return match.Line{Amount: amount, Currency: "EUR", IBAN: "AT611904300234573201", Name: "Praxis Ülkü", Text: text}
	}
	stranger := func(amount int64, text string) match.Line {
		return match.Line{Amount: amount, Currency: "EUR", IBAN: "FR7630006000011234567890189", Name: "Jemand", Text: text}
	}
	for _, c := range []struct {
		name    string
		line    match.Line
		want    []match.Allocation
		over    int64
		certain bool
		codes   string
	}{
		{"number and amount", dentist(35700, "Rechnung RE-2026-0042 vom 1.3."), []match.Allocation{{42, 35700}}, 0, true, "number:RE-2026-0042 iban exact"},
		{"from a stranger, number and amount", stranger(35700, "RE-2026-0042"), []match.Allocation{{42, 35700}}, 0, true, "number:RE-2026-0042 exact"},
		{"blanks instead of dashes", stranger(35700, "re 2026 0042"), []match.Allocation{{42, 35700}}, 0, true, "number:RE-2026-0042 exact"},
		{"without its letters", stranger(35700, "Rg. 2026-0042"), []match.Allocation{{42, 35700}}, 0, true, "digits:RE-2026-0042 exact"},
		{"within a longer number", stranger(4711, "Kd 920260042"), nil, 0, false, ""},
		{"a typing error", stranger(35700, "RE-2026-0o42"), []match.Allocation{{42, 35700}}, 0, false, "typo:RE-2026-0042 exact"},
		{"two swapped", stranger(35700, "RE-2026-0024"), []match.Allocation{{42, 35700}}, 0, false, "typo:RE-2026-0042 exact"},
		{"two numbers", dentist(47600, "RE-2026-0042, RE-2026-0043"), []match.Allocation{{42, 35700}, {43, 11900}}, 0, true, "number:RE-2026-0042 number:RE-2026-0043 iban exact"},
		{"two numbers, too little", dentist(40000, "RE-2026-0042 RE-2026-0043"), []match.Allocation{{42, 35700}, {43, 4300}}, 0, false, "number:RE-2026-0042 number:RE-2026-0043 iban part oldest"},
		{"a part", dentist(30000, "RE-2026-0042 abzgl. Skonto"), []match.Allocation{{42, 30000}}, 0, false, "number:RE-2026-0042 iban part"},
		{"too much", dentist(35800, "RE-2026-0042"), []match.Allocation{{42, 35700}}, 100, false, "number:RE-2026-0042 iban over"},
		{"paid by somebody who is known as another", match.Line{Amount: 35700, Currency: "EUR", IBAN: "DE02120300000000202051", Text: "RE-2026-0042"}, []match.Allocation{{42, 35700}}, 0, false, "number:RE-2026-0042 other_payer exact"},
		{"two clients' invoices", stranger(41650, "RE-2026-0042 RE-2026-0051"), []match.Allocation{{42, 35700}, {51, 5950}}, 0, false, "number:RE-2026-0042 number:RE-2026-0051 exact mixed"},
		{"a reference", match.Line{Amount: 35700, Currency: "EUR", Reference: match.RF("RE20260042")}, []match.Allocation{{42, 35700}}, 0, true, "reference:RE-2026-0042 exact"},
		{"a reference typed into the text", stranger(35700, "RF "+match.RF("RE20260042")[2:4]+" RE20 2600 42"), []match.Allocation{{42, 35700}}, 0, true, "reference:RE-2026-0042 exact"},
		{"a Swiss reference", match.Line{Amount: 5950, Currency: "EUR", Reference: match.QRR("51")}, []match.Allocation{{51, 5950}}, 0, true, "reference:RE-2026-0051 exact"},
		{"our end-to-end id", match.Line{Amount: 11900, Currency: "EUR", EndToEnd: "MS-44"}, []match.Allocation{{44, 11900}}, 0, true, "end_to_end:RE-2026-0044 exact"},
		{"known account, one invoice of the amount", dentist(35700, "Danke"), []match.Allocation{{42, 35700}}, 0, true, "iban exact"},
		{"known account, two of the amount", dentist(11900, "Danke"), []match.Allocation{{43, 11900}}, 0, false, "iban exact several"},
		{"known name", match.Line{Amount: 35700, Currency: "EUR", Name: "ZAHNARZTPRAXIS DR ÜLKÜ"}, []match.Allocation{{42, 35700}}, 0, false, "name exact"},
		{"all that is open", dentist(59500, ""), []match.Allocation{{42, 35700}, {43, 11900}, {44, 11900}}, 0, true, "iban all_open"},
		{"some sum, in two ways", dentist(47600, ""), []match.Allocation{{42, 35700}, {43, 11900}}, 0, false, "iban some_sum"},
		{"one sum", dentist(23800, ""), []match.Allocation{{43, 11900}, {44, 11900}}, 0, false, "iban one_sum"},
		{"on account", dentist(20000, "Anzahlung"), []match.Allocation{{42, 20000}}, 0, false, "iban oldest part"},
		{"more than all", dentist(60000, ""), []match.Allocation{{42, 35700}, {43, 11900}, {44, 11900}}, 500, false, "iban all_open over"},
		{"the amount alone", stranger(5950, "Danke"), []match.Allocation{{51, 5950}}, 0, false, "exact only_amount"},
		{"an amount that two have", stranger(11900, "Danke"), nil, 0, false, ""},
		{"the amount in another currency", match.Line{Amount: 35700, Currency: "USD", Text: "RE-2026-0042"}, nil, 0, false, ""},
		{"dollars", match.Line{Amount: 8000, Currency: "USD", Text: "RE-2026-0053"}, []match.Allocation{{53, 8000}}, 0, true, "number:RE-2026-0053 exact"},
		{"a short number is in many texts", stranger(500, "Tisch 17"), []match.Allocation{{52, 500}}, 0, false, "number:17 part"},
		{"a short number of a known payer", match.Line{Amount: 100000, Currency: "EUR", IBAN: "DE02120300000000202051", Text: "Nr. 17"}, []match.Allocation{{52, 100000}}, 0, true, "number:17 iban exact"},
		{"our collection", match.Line{Amount: 17850, Currency: "EUR", Bundle: "MS-RUN-7"}, []match.Allocation{{43, 11900}, {51, 5950}}, 0, true, "bundle:MS-RUN-7 exact"},
		{"our collection, less a fee", match.Line{Amount: 17000, Currency: "EUR", Bundle: "MS-RUN-7"}, []match.Allocation{{43, 11900}, {51, 5100}}, 0, false, "bundle:MS-RUN-7 part"},
		{"names a paid invoice", match.Line{Amount: 5950, Currency: "EUR", IBAN: "DE02120300000000202051", Text: "RE-2026-0040"}, []match.Allocation{{51, 5950}}, 0, false, "iban exact paid:RE-2026-0040"},
		{"went out", dentist(-35700, "RE-2026-0042"), nil, 0, false, ""},
		{"nothing to say", stranger(1, "Zinsen"), nil, 0, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := book().Find(c.line)
			if len(all) == 0 {
				if c.want != nil {
					t.Fatal("no answer")
				}
				return
			}
			m := all[0]
			var codes []string
			for _, r := range m.Reasons {
				codes = append(codes, strings.TrimSuffix(fmt.Sprintf("%s:%s", r.Code, r.Number), ":"))
			}
			if d := cmp.Diff(c.want, m.Allocations); d != "" || m.Over != c.over || m.Certain != c.certain || strings.Join(codes, " ") != c.codes {
				t.Errorf("%s over %d, certain %v: %s (score %d)", d, m.Over, m.Certain, strings.Join(codes, " "), m.Score)
			}
		})
	}
}

// The examples of the standards.
func TestReferences(t *testing.T) {
	if got := match.RF("539007547034"); got != "RF18539007547034" {
		t.Error(got)
	}
	if got := match.QRR("21000000000313947143000901"); got != "210000000003139471430009017" {
		t.Error(got)
	}
	for s, want := range map[string]bool{"RF18 5390 0754 7034": true, "RF19539007547034": false, "RF18": false, "": false} {
		if match.IsRF(s) != want {
			t.Error(s)
		}
	}
	for s, want := range map[string]bool{"21 00000 00003 13947 14300 09017": true, "210000000003139471430009018": false, strings.Repeat("0", 27): false} {
		if match.IsQRR(s) != want {
			t.Error(s)
		}
	}
	if match.RF("") != "" || match.RF(strings.Repeat("1", 22)) != "" || match.QRR("x") != "" || match.QRR(strings.Repeat("1", 27)) != "" {
		t.Error("a reference of nothing or too much")
	}
}

// Whatever is open and comes in: never more given out than came in nor than is open, nothing twice, no currencies mixed, and the
// same answer again.
func TestNeverTooMuch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SampledFrom([]int64{0, 1, 100, 11900, 35700, 5950, 1e15})
		currencies := rapid.SampledFrom([]money.Currency{"EUR", "USD"})
		numbers := rapid.SampledFrom([]string{"", "1", "17", "RE-2026-0001", "RE-2026-0002", "RE-2026-0010", "2026001", "A/2026/00123"})
		names := rapid.SampledFrom([]string{"", "Korn", "Ülkü GmbH", "Korn AG"})
		ibans := rapid.SampledFrom([]string{"", "DE02120300000000202051", "AT611904300234573201"})
		refs := rapid.SampledFrom([]string{"", "RF18539007547034", "E-1", "E-2", "RUN"})
		n := rapid.IntRange(0, 20).Draw(t, "invoices")
		var invoices []match.Invoice
		of := map[ids.ID]match.Invoice{}
		for i := range n {
			v := match.Invoice{
				ID: ids.ID(i + 1), Client: ids.ID(rapid.IntRange(1, 3).Draw(t, "client")), Number: numbers.Draw(t, "number"), Currency: currencies.Draw(t, "currency"),
				Open: amounts.Draw(t, "open"), Due: civil.Date(rapid.IntRange(0, 3).Draw(t, "due")), Reference: refs.Draw(t, "reference"), EndToEnd: []string{refs.Draw(t, "e2e")},
			}
			invoices, of[v.ID] = append(invoices, v), v
		}
		var payers []match.Payer
		for range rapid.IntRange(0, 4).Draw(t, "payers") {
			payers = append(payers, match.Payer{Client: ids.ID(rapid.IntRange(1, 3).Draw(t, "client")), IBAN: ibans.Draw(t, "iban"), Name: names.Draw(t, "name")})
		}
		bundle := match.Bundle{ID: 99, Names: []string{"RUN"}, Currency: currencies.Draw(t, "currency")}
		for range rapid.IntRange(0, 4).Draw(t, "parts") {
			bundle.Parts = append(bundle.Parts, match.Allocation{Invoice: ids.ID(rapid.IntRange(0, n).Draw(t, "part")), Amount: amounts.Draw(t, "amount")})
		}
		b := match.NewBook(invoices, payers, []match.Bundle{bundle})
		line := match.Line{
			Amount: amounts.Draw(t, "amount"), Currency: currencies.Draw(t, "currency"), Name: names.Draw(t, "name"), IBAN: ibans.Draw(t, "iban"),
			Text: numbers.Draw(t, "text") + " " + numbers.Draw(t, "text"), Reference: refs.Draw(t, "reference"), EndToEnd: refs.Draw(t, "e2e"), Bundle: refs.Draw(t, "bundle"),
		}
		answers := b.Find(line)
		if !reflect.DeepEqual(answers, b.Find(line)) {
			t.Fatal("another answer the second time")
		}
		certain := 0
		for _, m := range answers {
			left, seen := line.Amount, map[ids.ID]bool{}
			for _, a := range m.Allocations {
				v := of[a.Invoice]
				if a.Amount <= 0 || a.Amount > v.Open || v.Currency != line.Currency || seen[a.Invoice] || m.Client != 0 && m.Client != v.Client {
					t.Fatalf("%+v of %+v", m, v)
				}
				seen[a.Invoice] = true
				left -= a.Amount
			}
			if left != m.Over || left < 0 || m.Score < 1 || m.Score > 100 || len(m.Reasons) == 0 {
				t.Fatalf("%+v, left %d", m, left)
			}
			if m.Certain {
				if certain++; m.Over != 0 || certain > 1 {
					t.Fatalf("certain: %+v", answers)
				}
				for _, a := range m.Allocations {
					if m.Bundle == 0 && a.Amount != of[a.Invoice].Open {
						t.Fatalf("certain, but a part: %+v", m)
					}
				}
			}
		}
	})
}

// A month of a large firm: 5,000 open invoices, each line answered by its number.
func TestManyInvoices(t *testing.T) {
	var invoices []match.Invoice
	for i := range 5000 {
		invoices = append(invoices, match.Invoice{ID: ids.ID(i + 1), Client: ids.ID(i%200 + 1), Number: fmt.Sprintf("RE-2026-%05d", i), Currency: "EUR", Open: int64(1000 + i%70), Reference: match.RF(fmt.Sprintf("RE2026%05d", i))})
	}
	b := match.NewBook(invoices, nil, nil)
	for i := range 500 {
		all := b.Find(match.Line{Amount: int64(1000 + i%70), Currency: "EUR", Text: fmt.Sprintf("Zahlung zur Rechnung RE 2026 %05d vom 01.03.2026, herzlichen Dank und freundliche Grüße aus dem Büro", i)})
		if len(all) == 0 || !all[0].Certain || all[0].Allocations[0].Invoice != ids.ID(i+1) {
			t.Fatalf("%d: %+v", i, all)
		}
	}
}
