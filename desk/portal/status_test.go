// SPDX-License-Identifier: Apache-2.0

package portal_test

import (
	"strings"
	"testing"

	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

// TestStatuses: what a client is shown is kept in its order, changed by who saw it last, and reached by its link alone until that is
// changed; a merge takes it along.
func TestStatuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		if err := r.LinkStatus(r.ada, all, r.harbour, true); !fault.Is(err, fault.Invalid) {
			t.Errorf("a link to nothing: %v", err)
		}
		x := portal.Status{Client: r.harbour, Shown: true, Parts: []portal.StatusPart{{Ref: "device-2", Name: "  E-mail "}, {Ref: "group-1", Name: "Files"}}}
		must(t, r.SaveStatus(r.ada, all, x))
		if err := r.SaveStatus(r.ada, all, x); !fault.Is(err, fault.Conflict) {
			t.Errorf("an older version was written over: %v", err)
		}
		for name, bad := range map[string]portal.Status{
			"nothing shown": {Client: r.harbour, Version: 1, Shown: true}, "twice": {Client: r.harbour, Version: 1, Parts: []portal.StatusPart{{"a", "x"}, {"a", "y"}}},
			"no name": {Client: r.harbour, Version: 1, Parts: []portal.StatusPart{{"a", " "}}}, "long": {Client: r.harbour, Version: 1, Note: strings.Repeat("x", 501)},
			"many": {Client: r.harbour, Version: 1, Parts: make([]portal.StatusPart, 41)},
		} {
			if err := r.SaveStatus(r.ada, all, bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := r.StatusOf(r.ada, access.OneClient(r.kestrel), r.harbour); !fault.Is(err, fault.NotFound) {
			t.Errorf("another client's: %v", err)
		}
		must(t, r.LinkStatus(r.ada, all, r.harbour, true))
		got, err := r.StatusOf(r.ada, all, r.harbour)
		must(t, err)
		if !got.Shown || got.Version != 2 || len(got.Parts) != 2 || got.Parts[0] != (portal.StatusPart{Ref: "device-2", Name: "E-mail"}) || len(got.Secret) != 32 {
			t.Fatalf("%+v", got)
		}
		must(t, r.Rewrap(ctx))
		by, err := r.StatusBy(ctx, got.Secret)
		if err != nil || by.Client != r.harbour || len(by.Parts) != 2 {
			t.Fatalf("%+v %v", by, err)
		}
		for _, wrong := range []string{"", got.Secret + "x", strings.Repeat("a", 300)} {
			if _, err := r.StatusBy(ctx, wrong); !fault.Is(err, fault.NotFound) {
				t.Errorf("%.20q: %v", wrong, err)
			}
		}
		must(t, r.LinkStatus(r.ada, all, r.harbour, true))
		if _, err := r.StatusBy(ctx, got.Secret); !fault.Is(err, fault.NotFound) {
			t.Errorf("the link before: %v", err)
		}
		must(t, r.SaveSignOn(r.ada, all, r.harbour, portal.SignOn{Issuer: "https://login.example.com", Client: "portal", Secret: "s3cret", Domains: []string{"harbour.example"}}))
		must(t, r.clients.Merge(r.ada, r.harbour, r.kestrel))
		for did := true; did; {
			did, err = r.jobs.One(ctx)
			must(t, err)
		}
		if got, err = r.StatusOf(r.ada, all, r.kestrel); err != nil || !got.Shown || len(got.Parts) != 2 || got.Secret != "" {
			t.Errorf("after the merge: %+v %v", got, err)
		}
		must(t, r.Rewrap(ctx)) // the secret of single sign-on came along and can be read
	})
}
