// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mainstay/app"
	"mainstay/kit/civil"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/judge"
	"mainstay/practice/billing/ubl"
)

// demoDocuments is the invented firm with the present month billed too, and all of its issued documents.
func demoDocuments(t *testing.T) (*app.App, []*invoice.Invoice) {
	t.Helper()
	ctx := context.Background()
	a := open(t)
	if err := a.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.RunBilling(ctx, app.BillOrder{Issue: true}, nil); err != nil {
		t.Fatal(err)
	}
	issued := billing.IssuedDoc
	list, err := a.Billing.List(ctx, billing.Filter{State: &issued, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var out []*invoice.Invoice
	for _, d := range list.Rows {
		_, f, err := a.Billing.Document(ctx, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	if len(out) < 40 {
		t.Fatalf("only %d documents", len(out))
	}
	return a, out
}

// Every document of the invented firm keeps the European norm: by our own rules, and by those of others where they are there.
func TestDemoDocumentsAreValid(t *testing.T) {
	_, docs := demoDocuments(t)
	files := map[string][]byte{}
	for _, f := range docs {
		if p := f.Check(invoice.EN16931); len(p) > 0 {
			t.Errorf("%s: %s", f.Number, p)
		}
		b, err := ubl.Write(f, invoice.EN16931)
		if err != nil {
			t.Fatalf("%s: %v", f.Number, err)
		}
		files[f.Number] = b
	}
	t.Logf("%d documents", len(files))
	t.Run("schema", func(t *testing.T) {
		invoices, notes := map[string][]byte{}, map[string][]byte{}
		for name, b := range files {
			if strings.HasPrefix(name, "CN") {
				notes[name] = b
			} else {
				invoices[name] = b
			}
		}
		for xsd, list := range map[string]map[string][]byte{"ubl-2.1/maindoc/UBL-Invoice-2.1.xsd": invoices, "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd": notes} {
			for name, said := range judge.Schema(t, xsd, list) {
				t.Errorf("%s: %s", name, said)
			}
		}
	})
	t.Run("norm", func(t *testing.T) {
		for name, broken := range judge.Schematron(t, "en16931/EN16931-UBL-validation.xslt", files) {
			t.Errorf("%s breaks %v", name, broken)
		}
	})
	t.Run("a cent", func(t *testing.T) {
		name := docs[0].Number
		for what, wrong := range aCent(t, docs[0]) {
			if broken := judge.Schematron(t, "en16931/EN16931-UBL-validation.xslt", map[string][]byte{name: wrong})[name]; len(broken) == 0 {
				t.Errorf("a cent more in %s is not seen", what)
			}
		}
	})
}

// aCent returns a document's XML with one amount a cent too high.
func aCent(t *testing.T, f *invoice.Invoice) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for what, change := range map[string]func(*invoice.Invoice){
		"a line": func(v *invoice.Invoice) { v.Lines[0].Net++ }, "the net sum": func(v *invoice.Invoice) { v.Totals.Net++ }, "the total": func(v *invoice.Invoice) { v.Totals.Gross++ },
		"what is to pay": func(v *invoice.Invoice) { v.Totals.Payable++ }, "the tax": func(v *invoice.Invoice) { v.Totals.Tax++ },
	} {
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		v, err := invoice.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		change(v)
		if len(v.Check(invoice.EN16931)) == 0 {
			t.Errorf("our own rules do not see a cent more in %s", what)
		}
		out[what] = ubl.Append(nil, v, invoice.EN16931)
	}
	return out
}

// The journal of the invented firm is taken by three programs, which say what our books say, and each sees a cent that is wrong.
func TestDemoJournalIsTaken(t *testing.T) {
	a, _ := demoDocuments(t)
	from, through := civil.MustDate(2000, 1, 1), civil.MustDate(2199, 1, 1)
	write := func(t *testing.T, f billing.Format) []byte {
		var b bytes.Buffer
		if err := a.Billing.Export(context.Background(), &b, f, from, through); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, c := range []struct {
		program, debian string
		format          billing.Format
		args            func(file string) []string
	}{
		{"hledger", "hledger", billing.Hledger, func(f string) []string { return []string{"-f", f, "check", "--strict"} }},
		{"ledger", "ledger", billing.Hledger, func(f string) []string { return []string{"--strict", "--pedantic", "-f", f, "bal"} }},
		{"bean-check", "beancount", billing.Beancount, func(f string) []string { return []string{f} }},
	} {
		t.Run(c.program, func(t *testing.T) {
			program := judge.Tool(t, c.program, c.debian)
			good := write(t, c.format)
			file := filepath.Join(t.TempDir(), "demo"+c.format.Ending())
			check := func(b []byte) (string, bool) {
				if err := os.WriteFile(file, b, 0o600); err != nil {
					t.Fatal(err)
				}
				return judge.Run(t, nil, program, c.args(file)...)
			}
			if said, ok := check(good); !ok {
				t.Fatalf("%s", said)
			}
			if _, ok := check(centMore(t, good)); ok {
				t.Error("a cent too much is not seen")
			}
		})
	}
}

// centMore raises the last amount of a journal by a cent.
func centMore(t *testing.T, b []byte) []byte {
	t.Helper()
	for i := len(b) - 1; i > 3; i-- {
		if b[i] >= '0' && b[i] <= '9' && b[i-1] >= '0' && b[i-1] <= '9' && b[i-2] == '.' {
			out := bytes.Clone(b)
			if out[i] == '9' {
				out[i] = '8'
			} else {
				out[i]++
			}
			return out
		}
	}
	t.Fatalf("no amount in %d bytes", len(b))
	return nil
}
