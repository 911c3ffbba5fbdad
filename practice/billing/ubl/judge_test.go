// SPDX-License-Identifier: Apache-2.0

package ubl_test

import (
	"slices"
	"strings"
	"testing"

	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
	"mainstay/practice/billing/judge"
	"mainstay/practice/billing/ubl"
)

const (
	schemaBill   = "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd"
	schemaCredit = "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd"
)

// ruleSets are the judges and which profile they look at.
var ruleSets = []struct {
	xslt    string
	profile invoice.Profile
}{
	{"en16931/EN16931-UBL-validation.xslt", invoice.EN16931},
	{"en16931/EN16931-UBL-validation.xslt", invoice.Peppol},
	{"peppol/PEPPOL-EN16931-UBL.xslt", invoice.Peppol},
	{"en16931/EN16931-UBL-validation.xslt", invoice.XRechnung},
	{"xrechnung/XRechnung-UBL-validation.xslt", invoice.XRechnung},
}

func written(t *testing.T, p invoice.Profile) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for name, v := range invoicetest.Electronic() {
		b, err := ubl.Write(v, p)
		if err != nil {
			t.Fatalf("%s under %q: %v\n%s", name, p, err, v.Check(p))
		}
		out[name] = b
	}
	return out
}

func isCredit(b []byte) bool { return strings.Contains(string(b), "<CreditNote") }

func TestSchemas(t *testing.T) {
	for _, p := range invoice.Profiles() {
		bills, credits := map[string][]byte{}, map[string][]byte{}
		for name, b := range written(t, p) {
			if isCredit(b) {
				credits[name] = b
			} else {
				bills[name] = b
			}
		}
		for name, said := range judge.Schema(t, schemaBill, bills) {
			t.Errorf("%s: %s", name, said)
		}
		for name, said := range judge.Schema(t, schemaCredit, credits) {
			t.Errorf("%s: %s", name, said)
		}
	}
	// The judge can say no.
	broken := map[string][]byte{"broken": []byte(strings.Replace(string(written(t, invoice.Peppol)["german"]), "cbc:IssueDate", "cbc:IssueDay", 2))}
	if judge.Schema(t, schemaBill, broken)["broken"] == "" {
		t.Error("the schema takes an unknown element")
	}
}

func TestRuleSets(t *testing.T) {
	for _, r := range ruleSets {
		t.Run(r.xslt+" "+string(r.profile), func(t *testing.T) {
			for name, broken := range judge.Schematron(t, r.xslt, written(t, r.profile)) {
				t.Errorf("%s breaks %v", name, broken)
			}
		})
	}
}

// One cent in any amount is caught: by our own checks always; by the rule set of EN 16931 but for the taxable amount of a breakdown, which
// it holds to within one unit (BR-S-08).
func TestOneCentIsCaught(t *testing.T) {
	files := map[string][]byte{}
	for name, v := range mutations() {
		if len(v.Check(invoice.Peppol)) == 0 {
			t.Errorf("our checks let %s pass", name)
		}
		files[name] = ubl.Append(nil, v, invoice.Peppol)
	}
	en := judge.Schematron(t, "en16931/EN16931-UBL-validation.xslt", files)
	for name := range files {
		if caught := len(en[name]) > 0; caught == strings.HasPrefix(name, "base") {
			t.Errorf("EN 16931 says of %s: %v", name, en[name])
		}
	}
	for name, rule := range map[string]string{"lines": "BR-CO-10", "net": "BR-CO-13", "gross": "BR-CO-15", "payable": "BR-CO-16"} {
		if !slices.Contains(en[name], rule) {
			t.Errorf("%s breaks %v, not %s", name, en[name], rule)
		}
	}
}

// mutations are the German invoice with one cent more in one amount each.
func mutations() map[string]*invoice.Invoice {
	out := map[string]*invoice.Invoice{}
	at := func(name string, amount func(v *invoice.Invoice) *int64) {
		v := invoicetest.German()
		*amount(v)++
		out[name] = v
	}
	at("lines", func(v *invoice.Invoice) *int64 { return &v.Totals.Lines })
	at("allowances", func(v *invoice.Invoice) *int64 { return &v.Totals.Allowances })
	at("net", func(v *invoice.Invoice) *int64 { return &v.Totals.Net })
	at("tax", func(v *invoice.Invoice) *int64 { return &v.Totals.Tax })
	at("gross", func(v *invoice.Invoice) *int64 { return &v.Totals.Gross })
	at("payable", func(v *invoice.Invoice) *int64 { return &v.Totals.Payable })
	at("prepaid", func(v *invoice.Invoice) *int64 { return &v.Prepaid })
	at("allowance", func(v *invoice.Invoice) *int64 { return &v.Allowances[0].Net })
	for i := range invoicetest.German().Lines {
		at("line-"+string(rune('1'+i)), func(v *invoice.Invoice) *int64 { return &v.Lines[i].Net })
	}
	for i := range invoicetest.German().Totals.Groups {
		at("base-"+string(rune('1'+i)), func(v *invoice.Invoice) *int64 { return &v.Totals.Groups[i].Base })
		at("group-"+string(rune('1'+i)), func(v *invoice.Invoice) *int64 { return &v.Totals.Groups[i].Tax })
	}
	return out
}
