// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"crypto/x509"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/hub"
)

// A server that runs for years shows a certificate that holds, each time by the authority that agents know.
func TestCertificatesAreRenewed(t *testing.T) {
	at := clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	a, err := hub.OpenAuthority(t.TempDir(), at.Now())
	if err != nil {
		t.Fatal(err)
	}
	get, err := a.Renewed(at, []string{"rmm.example.com", "192.0.2.7"})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(a.PEM())) {
		t.Fatal("no authority")
	}
	made := map[string]bool{}
	for range 3 * 365 {
		pair, err := get(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at.Now().AddDate(0, 0, 90), DNSName: "rmm.example.com"}); err != nil {
			t.Fatalf("on %s: %v", at.Now(), err)
		}
		made[pair.Leaf.SerialNumber.String()] = true
		at.Advance(24 * time.Hour)
	}
	if len(made) < 4 || len(made) > 6 {
		t.Errorf("%d certificates in three years", len(made))
	}
}
