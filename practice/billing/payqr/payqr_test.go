// SPDX-License-Identifier: Apache-2.0

package payqr_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
	"mainstay/practice/billing/payqr"
)

func TestEPC(t *testing.T) {
	v := invoicetest.German()
	got, ok := payqr.EPC(v)
	if want := "BCD\n002\n1\nSCT\nCOBADEFFXXX\nNordwind IT GmbH\nDE89370400440532013000\nEUR1802.60\n\n\nR-2026-0042"; !ok || got != want {
		t.Errorf("%q", got)
	}
	v.Pay.Reference, v.Pay.BIC = "RF18 5390 0754 7034", ""
	if got, _ := payqr.EPC(v); !strings.HasSuffix(got, "\n\nRF18539007547034") || !strings.Contains(got, "\nSCT\n\nNordwind") {
		t.Errorf("with a creditor reference: %q", got)
	}
	for name, change := range map[string]func(v *invoice.Invoice){
		"another currency": func(v *invoice.Invoice) { v.Currency = "USD" },
		"a credit note":    func(v *invoice.Invoice) { v.Kind = invoice.CreditNote },
		"a draft":          func(v *invoice.Invoice) { v.Number = "" },
		"nothing to pay":   func(v *invoice.Invoice) { v.Totals.Payable = 0 },
		"too much":         func(v *invoice.Invoice) { v.Totals.Payable = 1e11 },
		"a direct debit":   func(v *invoice.Invoice) { v.Pay.Mandate = "M" },
		"no account":       func(v *invoice.Invoice) { v.Pay.IBAN = "" },
		"a wrong account":  func(v *invoice.Invoice) { v.Pay.IBAN = "DE88370400440532013000" },
	} {
		w := invoicetest.German()
		if change(w); has(payqr.EPC(w)) {
			t.Errorf("%s has a code", name)
		}
	}
}

func has(_ string, ok bool) bool { return ok }

func TestSwiss(t *testing.T) {
	v := invoicetest.Swiss()
	s, ok := payqr.SwissOf(v)
	if !ok || strings.Count(s.Text, "\n") != 30 || s.Reference != "" || s.Message != "R-2026-0043" {
		t.Fatalf("%v %+v", ok, s)
	}
	v.Pay.Reference = "RF18539007547034"
	if s, _ := payqr.SwissOf(v); !strings.Contains(s.Text, "\nSCOR\nRF18539007547034\n\nEPD") || s.Reference != "RF18 5390 0754 7034" {
		t.Errorf("with a creditor reference: %+v", s)
	}
	v.Pay.IBAN, v.Pay.Reference = "CH44 3199 9123 0008 8901 2", "21 00000 00003 13947 14300 09017"
	if s, ok := payqr.SwissOf(v); !ok || !strings.Contains(s.Text, "\nQRR\n210000000003139471430009017\n\nEPD") || s.Reference != "21 00000 00003 13947 14300 09017" {
		t.Errorf("with a QR reference: %v %+v", ok, s)
	}
	v.Pay.Reference = "21 00000 00003 13947 14300 09018"
	if _, ok := payqr.SwissOf(v); ok {
		t.Error("a QR-IBAN takes a wrong reference")
	}
	if _, ok := payqr.SwissOf(invoicetest.German()); ok {
		t.Error("a German account has a QR-bill")
	}
	w := invoicetest.Swiss()
	w.Buyer.Address.Postcode = ""
	if s, ok := payqr.SwissOf(w); !ok || len(s.Debtor) != 0 {
		t.Errorf("without the client's postcode: %v %+v", ok, s)
	}
}

func TestCreditor(t *testing.T) {
	// The first is the example of ISO 11649; 98 − 2720260042271500 mod 97 is 15.
	for number, want := range map[string]string{"539007547034": "RF18539007547034", "R-2026-0042": "RF15R20260042"} {
		if got, ok := payqr.Creditor(number); !ok || got != want {
			t.Errorf("%q has the reference %q, want %q", number, got, want)
		}
	}
	for _, bad := range []string{"", "–", strings.Repeat("1", 22)} {
		if got, ok := payqr.Creditor(bad); ok {
			t.Errorf("%q has the reference %q", bad, got)
		}
	}
	// What is made is recognised.
	rapid.Check(t, func(t *rapid.T) {
		v := invoicetest.Swiss()
		ref, ok := payqr.Creditor(rapid.StringMatching(`[A-Z0-9]{1,21}`).Draw(t, "number"))
		v.Pay.Reference = ref
		if s, _ := payqr.SwissOf(v); !ok || !strings.Contains(s.Text, "\nSCOR\n"+ref) {
			t.Fatalf("%q is not recognised", ref)
		}
	})
}

// Whatever people typed, a code keeps its number of rows and the lengths that the rules allow.
func TestRowsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, w := invoicetest.German(), invoicetest.Swiss()
		text := rapid.String().Draw(t, "text") + strings.Repeat("ä ", rapid.IntRange(0, 100).Draw(t, "more"))
		v.Pay.Holder, v.Pay.Reference, w.Pay.Holder, w.Pay.Reference, w.Buyer.Name, w.Buyer.Address.Street = text, text, "x"+text, text, text, text
		if s, ok := payqr.EPC(v); ok && (strings.Count(s, "\n") > 10 || strings.Count(s, "\n") < 5 || len([]rune(strings.Split(s, "\n")[5])) > 70) {
			t.Fatalf("%q", s)
		}
		s, ok := payqr.SwissOf(w)
		if !ok || strings.Count(s.Text, "\n") != 30 {
			t.Fatalf("%v %q", ok, s.Text)
		}
	})
}
