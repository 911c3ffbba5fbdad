// SPDX-License-Identifier: Apache-2.0

package invoice_test

import (
	"bytes"
	"testing"

	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
)

// Whatever is read is refused, or is the canonical form of what it was read as; and the checks take any value.
func FuzzParse(f *testing.F) {
	for _, v := range invoicetest.Electronic() {
		b, err := v.Canonical()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := invoice.Parse(b)
		if err != nil {
			return
		}
		if again, err := v.Canonical(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%v: read %q, written %q", err, b, again)
		}
		for _, p := range invoice.Profiles() {
			_ = v.Check(p)
		}
	})
}
