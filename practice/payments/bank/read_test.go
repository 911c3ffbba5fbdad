// SPDX-License-Identifier: Apache-2.0

package bank_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/practice/payments/bank"
)

func read(data []byte, opt bank.Options) ([]*bank.Statement, error) {
	return bank.Read(context.Background(), "file", bytes.NewReader(data), int64(len(data)), opt)
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func one(t *testing.T, data []byte, opt bank.Options) *bank.Statement {
	t.Helper()
	all, err := read(data, opt)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d statements, %v", len(all), err)
	}
	return all[0]
}

func bare(lines []bank.Line) []bank.Line {
	out := append([]bank.Line(nil), lines...)
	for i := range out {
		out[i].Hash, out[i].Row = "", 0
	}
	return out
}

func day(m, d int) civil.Date { return civil.MustDate(2026, m, d) }

func TestCamtVersion2(t *testing.T) {
	s := one(t, file(t, "camt053-02.xml"), bank.Options{})
	if s.Format != "camt" || s.Account != "DE89370400440532013000" || s.Currency != "EUR" || s.Pending != 1 || len(s.Warnings) != 0 {
		t.Errorf("%+v", s)
	}
	want := []bank.Line{
		{
			Day: day(3, 3), ValueDay: day(3, 4), Amount: 35700, Currency: "EUR", Name: "Zahnarztpraxis Dr. Ülkü & Söhne", IBAN: "AT611904300234573201",
			BIC: "BKAUATWW", Text: "Rechnung RE-2026-0042 vom 01.03.2026", BankID: "2026030300001", Kind: "PMNT/RCDT/ESCT",
		},
		{Day: day(3, 3), ValueDay: day(3, 3), Amount: 10000, Currency: "EUR", Name: "A", EndToEnd: "E-1", Mandate: "M-1", Bundle: "RUN-7"},
		{Day: day(3, 3), ValueDay: day(3, 3), Amount: 5000, Currency: "EUR", Name: "B", EndToEnd: "E-2", Mandate: "M-2", Bundle: "RUN-7"},
		{Day: day(3, 3), ValueDay: day(3, 3), Amount: -4250, Currency: "EUR", Name: "Bäckerei Korn", IBAN: "DE02120300000000202051", EndToEnd: "E-9", Returned: "AC04"},
	}
	if d := cmp.Diff(want, bare(s.Lines)); d != "" {
		t.Error(d)
	}
}

func TestCamtVersion8WithPrefixes(t *testing.T) {
	s := one(t, file(t, "camt053-08.xml"), bank.Options{})
	want := []bank.Line{{
		Day: day(3, 3), ValueDay: day(3, 3), Amount: 194975, Currency: "CHF", Name: "Pia Rutschmann", IBAN: "80-2-2", BIC: "POFICHBE",
		Text: "Auftrag 7", Reference: "210000000003139471430009017", BankID: "ZV1",
	}}
	if d := cmp.Diff(want, bare(s.Lines)); d != "" || s.Account != "CH9300762011623852957" || len(s.Warnings) != 0 {
		t.Errorf("%s %+v", d, s)
	}
}

// A bundle whose payments do not come to its amount stays one line: money is never made up.
func TestBundleThatDoesNotAddUp(t *testing.T) {
	data := bytes.Replace(file(t, "camt053-02.xml"), []byte(`<Amt Ccy="EUR">50.00`), []byte(`<Amt Ccy="EUR">51.00`), 1)
	s := one(t, data, bank.Options{})
	if len(s.Lines) != 3 || s.Lines[1].Amount != 15000 || s.Lines[1].Bundle != "RUN-7" {
		t.Errorf("%+v", s.Lines)
	}
}

func TestSumsAreChecked(t *testing.T) {
	data := bytes.Replace(file(t, "camt053-02.xml"), []byte("1464.50"), []byte("1464.51"), 1)
	s := one(t, data, bank.Options{})
	if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0].String(), "1464.50 EUR") || !strings.Contains(s.Warnings[0].String(), "1464.51 EUR") {
		t.Errorf("%v", s.Warnings)
	}
}

func TestMT940(t *testing.T) {
	s := one(t, file(t, "umsatz.sta"), bank.Options{})
	want := []bank.Line{
		{
			Day: day(3, 3), ValueDay: day(3, 4), Amount: 35700, Currency: "EUR", Name: "Zahnarztpraxis Ulku", IBAN: "AT611904300234573201", BIC: "BKAUATWWXXX",
			Text: "Rechnung RE-2026-0042", BankID: "POS 12", Kind: "GUTSCHRIFT",
		},
		{Day: civil.MustDate(2025, 12, 31), ValueDay: day(1, 2), Amount: -4250, Currency: "EUR", EndToEnd: "E-9", Mandate: "M-9", Kind: "RUECKLASTSCHRIFT"},
	}
	if d := cmp.Diff(want, bare(s.Lines)); d != "" || s.Account != "37040044/0532013000" || len(s.Warnings) != 0 {
		t.Errorf("%s %+v", d, s)
	}
	back := one(t, bytes.Replace(file(t, "umsatz.sta"), []byte("1231DR42"), []byte("1231RCR42"), 1), bank.Options{})
	if l := back.Lines[1]; l.Amount != -4250 || l.Returned != "MS03" {
		t.Errorf("%+v", l)
	}
}

func TestTables(t *testing.T) {
	latin := func(s string) []byte {
		b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	dental := bank.Line{Day: day(3, 3), ValueDay: day(3, 4), Amount: 123456, Currency: "EUR", Name: "Praxis Ülkü", IBAN: "AT611904300234573201", Text: "RE-2026-0042"}
	for _, c := range []struct {
		name    string
		data    []byte
		opt     bank.Options
		account string
		want    []bank.Line
		skipped int
		pending int
	}{
		{
			"German, sums beneath, Latin 1", latin("\"Konto:\";\"DE89 3704 0044 0532 0130 00\"\n\nBuchungstag;Valutadatum;Beguenstigter/Zahlungspflichtiger;Verwendungszweck;Kontonummer/IBAN;Betrag;Währung;Info\n" +
				"03.03.26;04.03.26;Praxis Ülkü;RE-2026-0042;AT611904300234573201;1.234,56;EUR;Umsatz gebucht\n04.03.26;04.03.26;Strom AG;Abschlag;;-80,00;EUR;Umsatz vorgemerkt\n;;;;;Summe;;\n"),
			bank.Options{},
			"DE89370400440532013000",
			[]bank.Line{dental},
			1, 1,
		},
		{
			"debit and credit columns", []byte("Date,Description,Paid out,Paid in,Balance\n03/03/2026,RE-2026-0042,,\"1,234.56\",2000\n25/03/2026,Rent,950.00,,1050\n"),
			bank.Options{Currency: "GBP"},
			"",
			[]bank.Line{
				{Day: day(3, 3), ValueDay: day(3, 3), Amount: 123456, Currency: "GBP", Text: "RE-2026-0042"},
				{Day: day(3, 25), ValueDay: day(3, 25), Amount: -95000, Currency: "GBP", Text: "Rent"},
			},
			0, 0,
		},
		{
			"month first, as one day shows", []byte("Posting Date\tAmount\tMemo\n03/04/2026\t12.5\tA\n03/25/2026\t(7)\tB\n"), bank.Options{Currency: "USD"}, "", []bank.Line{
				{Day: day(3, 4), ValueDay: day(3, 4), Amount: 1250, Currency: "USD", Text: "A"},
				{Day: day(3, 25), ValueDay: day(3, 25), Amount: -700, Currency: "USD", Text: "B"},
			}, 0, 0,
		},
		{
			"a sign in a column, a currency in the heading, tags in the text", []byte("Buchungstag;Umsatz (EUR);Soll/Haben;Name;Verwendungszweck\n03.03.2026;1234,56;H;Korn;EREF+E-1 SVWZ+Danke\n3.3.2026;10;S;Bank;Entgelt\n"), bank.Options{}, "", []bank.Line{
				{Day: day(3, 3), ValueDay: day(3, 3), Amount: 123456, Currency: "EUR", Name: "Korn", Text: "Danke", EndToEnd: "E-1"},
				{Day: day(3, 3), ValueDay: day(3, 3), Amount: -1000, Currency: "EUR", Name: "Bank", Text: "Entgelt"},
			}, 0, 0,
		},
		{
			"payer and payee; the column decides what a point is", []byte("Buchungsdatum;Zahlungspflichtige*r;Zahlungsempfänger*in;Verwendungszweck;Betrag (€)\n03.03.26;Korn;ISSUER;Danke;1.234\n04.03.26;ISSUER;Strom;Abschlag;-80,00\n"), bank.Options{}, "", []bank.Line{
				{Day: day(3, 3), ValueDay: day(3, 3), Amount: 123400, Currency: "EUR", Name: "Korn", Text: "Danke"},
				{Day: day(3, 4), ValueDay: day(3, 4), Amount: -8000, Currency: "EUR", Name: "Strom", Text: "Abschlag"},
			}, 0, 0,
		},
		{
			"columns said by a person", []byte("x;2026-03-03;RF18539007547034;5\n"),
			bank.Options{Currency: "EUR", Layout: &bank.Layout{Columns: map[bank.Field][]int{bank.FieldDay: {1}, bank.FieldAmount: {3}, bank.FieldRef: {2}, bank.FieldName: {0}}}},
			"",
			[]bank.Line{{Day: day(3, 3), ValueDay: day(3, 3), Amount: 500, Currency: "EUR", Name: "x", Reference: "RF18539007547034"}},
			0, 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := one(t, c.data, c.opt)
			if d := cmp.Diff(c.want, bare(s.Lines)); d != "" {
				t.Error(d)
			}
			if s.Account != c.account || s.Skipped != c.skipped || s.Pending != c.pending {
				t.Errorf("account %q, %d skipped, %d pending", s.Account, s.Skipped, s.Pending)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	camt := string(file(t, "camt053-02.xml"))
	sta := string(file(t, "umsatz.sta"))
	for _, c := range []struct{ name, data, want string }{
		{"cut off", camt[:len(camt)-300], "Line 33"},
		{"no statement", `<?xml version="1.0"?><Invoice/>`, "camt.053"},
		{"an empty document", `<?xml version="1.0"?><Document/>`, "no bank statement"},
		{"a document type", `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><Document/>`, "document type"},
		{"no currency", strings.Replace(camt, `<Amt Ccy="EUR">357.00</Amt><CdtDbtInd>`, `<Amt>357.00</Amt><CdtDbtInd>`, 1), "Line 10"},
		{"a letter in an amount", strings.Replace(camt, `<Amt Ccy="EUR">357.00</Amt><CdtDbtInd>`, `<Amt Ccy="EUR">35O.00</Amt><CdtDbtInd>`, 1), `"35O.00" is no amount in EUR`},
		{"a negative amount", strings.Replace(camt, `<Amt Ccy="EUR">357.00</Amt><CdtDbtInd>`, `<Amt Ccy="EUR">-357.00</Amt><CdtDbtInd>`, 1), "is no amount"},
		{"too exact", strings.Replace(camt, `<Amt Ccy="EUR">357.00</Amt><CdtDbtInd>`, `<Amt Ccy="EUR">357.005</Amt><CdtDbtInd>`, 1), "is no amount"},
		{"neither in nor out", strings.Replace(camt, "<CdtDbtInd>DBIT</CdtDbtInd><RvslInd>", "<CdtDbtInd>X</CdtDbtInd><RvslInd>", 1), "came in or went out"},
		{"no day", strings.Replace(camt, "<BookgDt><Dt>2026-03-03</Dt></BookgDt>\n    <NtryDtls><Btch>", "<NtryDtls><Btch>", 1), "without a day"},
		{"deep", "<Document><BkToCstmrStmt>" + strings.Repeat("<a>", 100), "within each other"},
		{"a broken booking", strings.Replace(sta, "2603040303CR", "2613040303CR", 1), "Line 5"},
		{"a broken balance", strings.Replace(sta, "EUR1000,00", "EUR1000.00", 1), "Line 4"},
		{"a booking before its statement", sta[len(":20:STARTUMS\n"):], "no headings"},
		{"no headings", "a;b\n1;2\n", "No headings"},
		{"a word for an amount", "Datum;Betrag;Text\n01.03.2026;viel;x\n", `Line 2 of the bank's file: "viel" is no amount in EUR.`},
		{"a day that is none", "Datum;Betrag;Text\n31.02.2026;5;x\n", `"31.02.2026" is no day`},
		{"nothing", "", "is empty"},
		{"only sums", "Datum;Betrag;Text\n;;x\n", "none with a day"},
	} {
		_, err := read([]byte(c.data), bank.Options{Currency: "EUR"})
		if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(strings.ToLower(fault.TextOf(err)), strings.ToLower(c.want)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := read([]byte("Datum;Betrag;Text\n01.03.2026;5;x\n"), bank.Options{}); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "currency") {
		t.Errorf("no currency: %v", err)
	}
	if _, err := read([]byte(camt), bank.Options{Limits: bank.Limits{Lines: 3}}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("too many lines: %v", err)
	}
	if _, err := read([]byte(camt), bank.Options{Limits: bank.Limits{Bytes: 2000}}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("too many bytes: %v", err)
	}
}

// The same bookings in another file have the same hashes; two that are alike differ; the order does not matter.
func TestHashes(t *testing.T) {
	head := "Datum;Betrag;Text\n"
	a, b := "01.03.2026;10,00;Kaffee\n", "02.03.2026;-5;Tee\n"
	hashes := func(rows string) (out []string) {
		for _, l := range one(t, []byte(head+rows), bank.Options{Currency: "EUR"}).Lines {
			out = append(out, l.Hash)
		}
		return out
	}
	first, later := hashes(a+a+b), hashes(b+a+a)
	if first[0] == first[1] || first[0] != later[1] || first[1] != later[2] || first[2] != later[0] {
		t.Errorf("%v, %v", first, later)
	}
	if spaced := hashes("01.03.2026;10,00; kaffee\n"); spaced[0] != first[0] {
		t.Error("blanks and case make another booking")
	}
}

func TestArchive(t *testing.T) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i, name := range []string{"camt053-02.xml", "camt053-08.xml", "umsatz.sta"} {
		w, err := z.Create(fmt.Sprintf("%d-%s", i, name))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(file(t, name))
	}
	_ = z.Close()
	all, err := read(buf.Bytes(), bank.Options{})
	if err != nil || len(all) != 3 || all[1].Currency != "CHF" || all[2].Format != "mt940" {
		t.Fatalf("%v, %v", all, err)
	}
	if _, err := read(buf.Bytes(), bank.Options{Limits: bank.Limits{Lines: 6}}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("the limit is of all together: %v", err)
	}
}

func TestLook(t *testing.T) {
	data := []byte("Bank\n\nDatum;Betrag (CHF);Text\n01.03.2026;5;x\n")
	l, rows, err := bank.Look(context.Background(), "f.csv", bytes.NewReader(data), int64(len(data)), bank.Limits{})
	if err != nil || l == nil || l.Header != 3 || l.Currency != "CHF" || len(rows) != 2 || rows[1][2] != "x" {
		t.Errorf("%+v %v %v", l, rows, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"camt053-02.xml", "camt053-08.xml", "umsatz.sta"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("Datum;Betrag;Text\n01.03.2026;1.234,56-;x\n"))
	f.Add([]byte("Date,Paid in,Paid out\n2026-01-02T10:00,5,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := read(data, bank.Options{Currency: "EUR", Limits: bank.Limits{Bytes: 1 << 20, Lines: 1000}})
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("not a sentence: %v", err)
			}
			return
		}
		seen := map[string]bool{}
		for i, s := range all {
			for _, l := range s.Lines {
				key := fmt.Sprint(i, l.Hash)
				if !l.Day.Known() || !l.ValueDay.Known() || l.Currency == "" || len(l.Text) > 1000 || seen[key] {
					t.Fatalf("%+v", l)
				}
				seen[key] = true
			}
		}
	})
}
