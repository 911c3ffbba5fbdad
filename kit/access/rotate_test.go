// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
)

// After the installation's key was changed, authenticator apps and the audit trail go on, before and after the old key is
// taken away.
func TestRewrapKeepsFactorsAndTrail(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		path := filepath.Join(t.TempDir(), "secret.key")
		open := func() {
			t.Helper()
			sealer, err := access.OpenSealer(path, true)
			if err != nil {
				t.Fatal(err)
			}
			r.Service = access.New(d, r.clock, ids.NewSource(r.clock), sealer, access.Options{URL: "http://localhost:8377"})
		}
		open()
		secret, _ := r.app(t, r.owner(t))
		check := func(step string) {
			t.Helper()
			r.clock.Advance(30 * time.Second)
			in, err := r.Password(ctx, "ada@example.com", good, browser)
			if err != nil {
				t.Fatal(step, err)
			}
			if _, err := r.SecondFactor(ctx, in.Second, r.code(t, secret), browser); err != nil {
				t.Error(step, err)
			}
			if _, err := r.VerifyAudit(ctx); err != nil {
				t.Error(step, err)
			}
		}
		check("before")
		if err := access.BeginRotation(path); err != nil {
			t.Fatal(err)
		}
		open()
		check("both keys")
		for range 2 {
			if err := r.Rewrap(ctx); err != nil {
				t.Fatal(err)
			}
		}
		check("sealed anew")
		if err := access.EndRotation(path); err != nil {
			t.Fatal(err)
		}
		open()
		check("the new key alone")
		if err := os.WriteFile(path, []byte("nonsense\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{access.BeginRotation(path), access.EndRotation(path)} {
			if err == nil {
				t.Error("a damaged key file was taken")
			}
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "nonsense\n" {
			t.Error("a damaged key file was overwritten")
		}
	})
}
