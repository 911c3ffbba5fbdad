// SPDX-License-Identifier: Apache-2.0

package sepa_test

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/practice/payments/sepa"
)

// Account numbers as the registry of SWIFT prints them as examples.
func TestIBAN(t *testing.T) {
	for _, s := range []string{
		"DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19", "ch93 0076 2011 6238 5295 7", "FR1420041010050500013M02606",
		"MT84MALT011000012345MTLCAST001S", "NO9386011117947", "LC55HEMM000100010012001200023015",
	} {
		if got, err := sepa.IBAN(s); err != nil || strings.ContainsAny(got, " abc") {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	for s, want := range map[string]string{
		"DE89370400440532013001": "check digits", "DE8937040044053201300": "has 22 characters", "XX89370400440532013000": "begin with XX", "": "no IBAN",
		"DE00370400440532013000": "check digits", "0532013000": "no IBAN", "DE89-3704-0044-0532-0130-0ß": "no IBAN",
	} {
		if _, err := sepa.IBAN(s); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", s, err)
		}
	}
	// Any one wrong digit is found.
	rapid.Check(t, func(t *rapid.T) {
		b := []byte("DE89370400440532013000")
		i := rapid.IntRange(2, len(b)-1).Draw(t, "at")
		d := byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		same := b[i] == d
		b[i] = d
		if _, err := sepa.IBAN(string(b)); (err == nil) != same {
			t.Fatalf("%s: %v", b, err)
		}
	})
}

func TestOtherIdentifiers(t *testing.T) {
	for s, ok := range map[string]bool{"COBADEFFXXX": true, "cobadeff": true, "COBADEF": false, "COBA1EFF": false, "COBADEFFX": false} {
		if _, err := sepa.BIC(s); (err == nil) != ok {
			t.Errorf("BIC %s: %v", s, err)
		}
	}
	for s, ok := range map[string]bool{"DE98ZZZ09999999999": true, "DE98ABC09999999999": true, "DE97ZZZ09999999999": false, "": false, "DE98": false} {
		if _, err := sepa.CreditorID(s); (err == nil) != ok {
			t.Errorf("creditor %s: %v", s, err)
		}
	}
}

func TestBankingDays(t *testing.T) {
	day := func(y, m, d int) civil.Date { return civil.MustDate(y, m, d) }
	for d, open := range map[civil.Date]bool{
		day(2026, 1, 1): false, day(2026, 1, 2): true, day(2026, 4, 3): false, day(2026, 4, 6): false, day(2026, 4, 7): true, day(2026, 5, 1): false,
		day(2026, 10, 3): false, day(2026, 12, 24): true, day(2026, 12, 25): false, day(2025, 4, 18): false, day(2024, 4, 1): false, day(2024, 5, 9): true, day(2027, 3, 26): false,
	} {
		if sepa.IsOpen(d) != open {
			t.Errorf("%s: open %v", d, !open)
		}
	}
	if got := sepa.Earliest(day(2026, 4, 2), 1); got != day(2026, 4, 7) { // Maundy Thursday
		t.Error(got)
	}
	if got := sepa.Earliest(day(2026, 12, 23), 3); got != day(2026, 12, 29) {
		t.Error(got)
	}
}

func TestLatin(t *testing.T) {
	for in, want := range map[string]string{
		"Müller & Söhne": "Mueller + Soehne", "Café René – Paris": "Cafe Rene - Paris", "Łódź": "Lodz", "株式会社": "", " a\n b ": "a b", "Zażółć": "Zazolc",
	} {
		if got := sepa.Latin(in, 70); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
	if got := sepa.Latin(strings.Repeat("ä", 80), 70); len(got) != 70 {
		t.Error(len(got))
	}
}

func file(v sepa.Version) sepa.File {
	mandate := func(ref, name, iban string, scheme sepa.Scheme) sepa.Mandate {
		return sepa.Mandate{Reference: ref, Signed: civil.MustDate(2026, 1, 15), Scheme: scheme, Name: name, IBAN: iban}
	}
	moved := mandate("M-3", "Café René & Co", "AT61 1904 3002 3457 3201", sepa.Core)
	moved.Was, moved.BIC = "DE02120300000000202051", "BKAUATWW"
	return sepa.File{
		Version: v, ID: "MS-7", Created: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), Collect: civil.MustDate(2026, 3, 10),
		Creditor: sepa.Creditor{Name: "Muster <IT> GmbH", IBAN: "DE89370400440532013000", BIC: "COBADEFFXXX", ID: "DE98ZZZ09999999999"},
		Debits: []sepa.Debit{
			{EndToEnd: "MS-7-1", Amount: 35700, Mandate: mandate("M-1", "Zahnärzte Ülkü", "DE02120300000000202051", sepa.Core), Sequence: sepa.First, Text: "Rechnung RE-2026-0042"},
			{EndToEnd: "MS-7-2", Amount: 1, Mandate: mandate("M-2", "Korn", "NL91ABNA0417164300", sepa.B2B), Sequence: sepa.Recurring, Text: strings.Repeat("lang ", 60)},
			{EndToEnd: "MS-7-3", Amount: 99_999_999_999, Mandate: moved, Sequence: sepa.Recurring},
			{EndToEnd: "MS-7-4", Amount: 5, Mandate: mandate("M-4", "Kiosk", "DE02120300000000202051", sepa.Core), Sequence: sepa.OneOff},
		},
	}
}

func TestWrite(t *testing.T) {
	for _, v := range []sepa.Version{sepa.V02, sepa.V08} {
		var b bytes.Buffer
		if err := sepa.Write(&b, file(v)); err != nil {
			t.Fatal(err)
		}
		golden(t, string(v)+".xml", b.Bytes())
		sums(t, b.Bytes(), file(v))
	}
}

// sums reads a file as a bank does: its counts and sums are those of its debits.
func sums(t interface{ Fatalf(string, ...any) }, data []byte, f sepa.File) {
	var doc struct {
		N      int    `xml:"CstmrDrctDbtInitn>GrpHdr>NbOfTxs"`
		Sum    string `xml:"CstmrDrctDbtInitn>GrpHdr>CtrlSum"`
		Blocks []struct {
			ID  string `xml:"PmtInfId"`
			N   int    `xml:"NbOfTxs"`
			Sum string `xml:"CtrlSum"`
			Seq string `xml:"PmtTpInf>SeqTp"`
			Tx  []struct {
				E2E    string `xml:"PmtId>EndToEndId"`
				Amount string `xml:"InstdAmt"`
			} `xml:"DrctDbtTxInf"`
		} `xml:"CstmrDrctDbtInitn>PmtInf"`
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Fatalf("%v", err)
	}
	cents := func(s string) (n int64) {
		for _, c := range s {
			if c != '.' {
				n = n*10 + int64(c-'0')
			}
		}
		return n
	}
	want := map[string]int64{}
	for _, d := range f.Debits {
		want[d.EndToEnd] = d.Amount
	}
	var sum int64
	n := 0
	for _, b := range doc.Blocks {
		var within int64
		for _, tx := range b.Tx {
			if want[tx.E2E] != cents(tx.Amount) {
				t.Fatalf("%s: %s", tx.E2E, tx.Amount)
			}
			delete(want, tx.E2E)
			within += cents(tx.Amount)
		}
		if b.N != len(b.Tx) || cents(b.Sum) != within {
			t.Fatalf("block %s: %d, %s", b.ID, b.N, b.Sum)
		}
		sum, n = sum+within, n+b.N
	}
	if doc.N != n || n != len(f.Debits) || cents(doc.Sum) != sum || len(want) != 0 {
		t.Fatalf("%d of %d, %s of %d, left %v", doc.N, n, doc.Sum, sum, want)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if os.Getenv("GOLDEN") != "" {
		if err := os.WriteFile(name, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs (GOLDEN=1 writes it): %v\n%s", name, err, got)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*sepa.File)
	}{
		{"version", func(f *sepa.File) { f.Version = "x" }},
		{"needs an id", func(f *sepa.File) { f.ID = "with blank" }},
		{"needs an id", func(f *sepa.File) { f.ID = strings.Repeat("a", 29) }},
		{"check digits", func(f *sepa.File) { f.Creditor.IBAN = "DE89370400440532013001" }},
		{"creditor identifier", func(f *sepa.File) { f.Creditor.ID = "DE97ZZZ09999999999" }},
		{"firm's name", func(f *sepa.File) { f.Creditor.Name = "株" }},
		{"Choose 2026-04-07", func(f *sepa.File) { f.Collect = civil.MustDate(2026, 4, 4) }},
		{"no day", func(f *sepa.File) { f.Collect = civil.NoDate }},
		{"nothing to collect", func(f *sepa.File) { f.Debits = nil }},
		{"twice", func(f *sepa.File) { f.Debits[1].EndToEnd = f.Debits[0].EndToEnd }},
		{"no id that", func(f *sepa.File) { f.Debits[1].EndToEnd = "ä" }},
		{"cannot be collected", func(f *sepa.File) { f.Debits[1].Amount = 0 }},
		{"cannot be collected", func(f *sepa.File) { f.Debits[1].Amount = -5 }},
		{"cannot be collected", func(f *sepa.File) { f.Debits[1].Amount++; f.Debits[1].Amount += 99_999_999_999 }},
		{"sequence", func(f *sepa.File) { f.Debits[1].Sequence = "" }},
		{"mandate's reference", func(f *sepa.File) { f.Debits[1].Mandate.Reference = "a//b" }},
		{"scheme", func(f *sepa.File) { f.Debits[1].Mandate.Scheme = "" }},
		{"after the day", func(f *sepa.File) { f.Debits[1].Mandate.Signed = civil.MustDate(2026, 3, 11) }},
		{"signed", func(f *sepa.File) { f.Debits[1].Mandate.Signed = civil.NoDate }},
		{"holder", func(f *sepa.File) { f.Debits[1].Mandate.Name = "" }},
		{"IBAN", func(f *sepa.File) { f.Debits[1].Mandate.IBAN = "5" }},
		{"BIC", func(f *sepa.File) { f.Debits[1].Mandate.BIC = "5" }},
	} {
		f := file(sepa.V08)
		c.change(&f)
		var b bytes.Buffer
		if err := sepa.Write(&b, f); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) || b.Len() != 0 {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
}

// Files of random debits and names are valid under the schemas of ISO 20022, and one without an amount is not.
func TestSchemas(t *testing.T) {
	dir := os.Getenv("MAINSTAY_RULES")
	if dir == "" {
		t.Skip("MAINSTAY_RULES names no folder that holds pain.008/pain.008.001.NN.xsd (practice/payments/sepa/doc.go)")
	}
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed (libxml2-utils)")
	}
	valid := func(v sepa.Version, data []byte) (string, bool) {
		cmd := exec.Command(lint, "--noout", "--nonet", "--schema", filepath.Join(dir, "pain.008", string(v)+".xsd"), "-")
		cmd.Stdin = bytes.NewReader(data)
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	for _, v := range []sepa.Version{sepa.V02, sepa.V08} {
		var b bytes.Buffer
		if err := sepa.Write(&b, file(v)); err != nil {
			t.Fatal(err)
		}
		if out, ok := valid(v, b.Bytes()); !ok {
			t.Errorf("%s: %s", v, out)
		}
		if _, ok := valid(v, bytes.Replace(b.Bytes(), []byte("<InstdAmt Ccy=\"EUR\">357.00</InstdAmt>"), nil, 1)); ok {
			t.Errorf("%s: a debit without an amount is found valid", v)
		}
	}
	for i := range 20 {
		f := rapid.Custom(func(t *rapid.T) sepa.File {
			f := file(rapid.SampledFrom([]sepa.Version{sepa.V02, sepa.V08}).Draw(t, "version"))
			f.Creditor.Name = "M" + rapid.String().Draw(t, "firm")
			for k := range f.Debits {
				d := &f.Debits[k]
				d.Amount = rapid.Int64Range(1, 99_999_999_999).Draw(t, "amount")
				d.Text, d.Mandate.Name = rapid.String().Draw(t, "text"), "X"+rapid.String().Draw(t, "name")
			}
			return f
		}).Example(i)
		var b bytes.Buffer
		if err := sepa.Write(&b, f); err != nil {
			t.Fatal(err)
		}
		sums(t, b.Bytes(), f)
		if out, ok := valid(f.Version, b.Bytes()); !ok {
			t.Errorf("%s\n%s", out, b.Bytes())
		}
	}
}
