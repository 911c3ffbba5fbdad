// SPDX-License-Identifier: Apache-2.0

package knowledge_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

func text(s string) *string { return &s }

func (r *rig) rowsIn(t testing.TB, table string) string {
	t.Helper()
	rows, err := r.db.Reader().QueryContext(context.Background(), "SELECT * FROM "+table)
	must(t, err)
	defer rows.Close()
	names, err := rows.Columns()
	must(t, err)
	cells := make([]any, len(names))
	for i := range cells {
		cells[i] = new(any)
	}
	var b strings.Builder
	for rows.Next() {
		must(t, rows.Scan(cells...))
		for _, c := range cells {
			if v, ok := (*c.(*any)).([]byte); ok {
				b.Write(v)
			} else {
				fmt.Fprint(&b, *c.(*any))
			}
			b.WriteByte(' ')
		}
	}
	must(t, rows.Err())
	return b.String()
}

// rowsOf returns everything that the tables of the database hold, as one text.
func (r *rig) rowsOf(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	for _, table := range []string{
		"knowledge_credentials", "knowledge_secrets", "knowledge_readings", "knowledge_shares", "knowledge_records", "knowledge_articles", "knowledge_versions", "access_audit", "search_docs", "jobs_jobs",
		"helpdesk_entries", "helpdesk_tickets",
	} {
		b.WriteString(r.rowsIn(t, table))
	}
	return b.String()
}

func (r *rig) audited(t testing.TB, action string) (out []access.Entry) {
	t.Helper()
	list, err := r.access.Audit(r.ada, 0, 200)
	must(t, err)
	for _, e := range list {
		if e.Action == action {
			out = append(out, e)
		}
	}
	return out
}

func TestCredentials(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, err := r.CreateCredential(r.ada, all, knowledge.CredentialDraft{
			Client: r.harbour, Name: "Firewall", Username: "admin", URL: "https://fw.harbour.example", Device: "FW-1", Secret: text("planted-alpha"), TOTP: text("gezd gnbv gy3t qojq gezd gnbv gy3t qojq"), Notes: text("planted-beta"),
		})
		must(t, err)
		c, err := r.Credential(r.ada, all, id)
		must(t, err)
		if !c.HasTOTP || !c.HasNotes || c.Version != 1 || c.Username != "admin" {
			t.Errorf("%+v", c)
		}
		if got := r.audited(t, "knowledge.credential.read"); len(got) != 0 {
			t.Error("looking at the list counts as a reading")
		}
		for what, want := range map[string]string{knowledge.ReadSecret: "planted-alpha", knowledge.ReadNotes: "planted-beta"} {
			if got, _, err := r.Reveal(r.ada, all, id, what); err != nil || got != want {
				t.Errorf("%s: %q %v", what, got, err)
			}
		}
		code, left, err := r.Reveal(r.ada, all, id, knowledge.ReadCode)
		if err != nil || len(code) != 6 || left <= 0 || left > 30*time.Second {
			t.Error(code, left, err)
		}
		got := r.audited(t, "knowledge.credential.read")
		if len(got) != 3 || got[0].Subject != "Harbour Dental: Firewall" || got[0].Actor != "Ada Moreau" || got[0].Detail != "code "+id.String() {
			t.Errorf("%+v", got)
		}
		if list, err := r.Readings(r.ada, all, id); err != nil || len(list) != 3 || list[0].What != "code" || list[0].Reader != "Ada Moreau" {
			t.Errorf("%+v %v", list, err)
		}
		// What is left out stays; what is given is changed; what was stays sealed and comes back.
		d := knowledge.CredentialDraft{Client: r.harbour, Name: "Firewall", Username: "root", Secret: text("planted-gamma"), Notes: text("")}
		must(t, r.UpdateCredential(r.ada, all, id, 1, d))
		if err := r.UpdateCredential(r.ada, all, id, 1, d); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		if plain, _, err := r.Reveal(r.ada, all, id, knowledge.ReadSecret); err != nil || plain != "planted-gamma" {
			t.Error(plain, err)
		}
		if _, _, err := r.Reveal(r.ada, all, id, knowledge.ReadNotes); !fault.Is(err, fault.NotFound) {
			t.Error("the notes are still there:", err)
		}
		if _, _, err := r.Reveal(r.ada, all, id, knowledge.ReadCode); err != nil {
			t.Error("the authenticator is gone:", err)
		}
		must(t, r.RestoreCredential(r.ada, all, id, 2, 1))
		if plain, _, err := r.Reveal(r.ada, all, id, knowledge.ReadNotes); err != nil || plain != "planted-beta" {
			t.Error(plain, err)
		}
		if list, err := r.SecretVersions(r.ada, all, id); err != nil || len(list) != 3 || list[0].Restored != 1 || list[1].Username != "root" {
			t.Errorf("%+v %v", list, err)
		}
		// Another client's people reach nothing of it.
		other := access.OneClient(r.kestrel)
		if _, _, err := r.Reveal(r.ada, other, id, knowledge.ReadSecret); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if _, _, err := r.MakeShare(r.ada, other, knowledge.ShareDraft{Credential: id, Life: time.Hour}); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if list, n, err := r.Credentials(r.ada, other, knowledge.CredentialQuery{}); err != nil || n != 0 || len(list) != 0 {
			t.Error(list, n, err)
		}
		if list, n, err := r.Credentials(r.ada, all, knowledge.CredentialQuery{Text: "FW-1"}); err != nil || n != 1 || list[0].ID != id {
			t.Error(list, n, err)
		}
		for _, planted := range []string{"planted-", "GEZDGNBV", "gezd gnbv"} {
			if strings.Contains(r.rowsOf(t), planted) {
				t.Errorf("%s lies in the database", planted)
			}
		}
		if s := fmt.Sprintf("%v %+v %#v", d, d, knowledge.Secrets{Secret: "planted-x"}); strings.Contains(s, "planted") {
			t.Error("printing shows", s)
		}
	})
}

// The last six digits of what RFC 6238 (appendix B, SHA-1) gives at its instants.
func TestCodes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for name, seed := range map[string]string{"plain": "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "address": "otpauth://totp/Firm:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Firm"} {
			id, err := r.CreateCredential(r.ada, all, knowledge.CredentialDraft{Name: name, TOTP: &seed})
			must(t, err)
			r.clock.Advance(time.Unix(2_000_000_000, 0).Sub(r.clock.Now()))
			code, left, err := r.Reveal(r.ada, all, id, knowledge.ReadCode)
			if err != nil || code != "279037" || left != 10*time.Second { // 2,000,000,000 is 20 s into its 30 s
				t.Error(code, left, err)
			}
		}
	})
}

// A sealed field that is moved to another row, version or field does not open.
func TestSealsAreBoundToTheirPlace(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a, err := r.CreateCredential(r.ada, all, knowledge.CredentialDraft{Name: "A", Secret: text("of a"), Notes: text("notes of a")})
		must(t, err)
		b, err := r.CreateCredential(r.ada, all, knowledge.CredentialDraft{Name: "B", Secret: text("of b")})
		must(t, err)
		exec := func(query string, args ...any) {
			t.Helper()
			must(t, r.exec(query, args...))
		}
		exec("UPDATE knowledge_secrets SET secret = notes WHERE credential_id = $1", int64(a))
		if _, _, err := r.Reveal(r.ada, all, a, knowledge.ReadSecret); err == nil {
			t.Error("a field opens in the place of another")
		}
		exec("UPDATE knowledge_credentials SET data_key = (SELECT x.data_key FROM knowledge_credentials x WHERE x.id = $1) WHERE id = $2", int64(a), int64(b))
		if _, _, err := r.Reveal(r.ada, all, b, knowledge.ReadSecret); err == nil {
			t.Error("the key of one credential opens another")
		}
	})
}

// No entry in the audit trail, no secret.
func TestNothingIsReadThatCannotBeAudited(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, err := r.CreateCredential(r.ada, all, knowledge.CredentialDraft{Name: "A", Secret: text("planted-delta")})
		must(t, err)
		must(t, r.exec("ALTER TABLE access_audit RENAME TO access_audit_away"))
		plain, _, err := r.Reveal(r.ada, all, id, knowledge.ReadSecret)
		if err == nil || plain != "" || strings.Contains(err.Error(), "planted") {
			t.Errorf("%q %v", plain, err)
		}
		if token, _, err := r.MakeShare(r.ada, all, knowledge.ShareDraft{Credential: id, Life: time.Hour}); err == nil {
			t.Error("a link was made:", token)
		}
		must(t, r.exec("ALTER TABLE access_audit_away RENAME TO access_audit"))
		if plain, _, err = r.Reveal(r.ada, all, id, knowledge.ReadSecret); err != nil || plain != "planted-delta" {
			t.Error(plain, err)
		}
	})
}

func TestCredentialMistakes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for name, d := range map[string]knowledge.CredentialDraft{
			"no name": {}, "address with a password": {Name: "x", URL: "https://a:b@x.example"}, "script": {Name: "x", URL: "javascript:alert(1)"}, "seed": {Name: "x", TOTP: text("planted!")},
			"long": {Name: "x", Secret: text(strings.Repeat("planted", 5000))}, "eight digits": {Name: "x", TOTP: text("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=8")},
		} {
			_, err := r.CreateCredential(r.ada, all, d)
			if !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "planted") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestGeneratePassword(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		p := knowledge.GeneratePassword(20, true)
		if len(p) != 20 || seen[p] || strings.ContainsAny(p, "0O1lI") || !strings.ContainsAny(p, "23456789") || !strings.ContainsAny(p, "!#$%&*+-=?@_") {
			t.Fatal(p)
		}
		seen[p] = true
	}
	if p := knowledge.GeneratePassword(3, false); len(p) != 12 {
		t.Error(p)
	}
}

func TestShares(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		outside := context.Background()
		cred, err := r.CreateCredential(r.ada, all, knowledge.CredentialDraft{Client: r.harbour, Name: "Wi-Fi", Username: "guest", Secret: text("planted-epsilon")})
		must(t, err)
		token, id, err := r.MakeShare(r.ada, all, knowledge.ShareDraft{Credential: cred, Life: 24 * time.Hour})
		must(t, err)
		if len(token) != 43 || strings.Contains(r.rowsOf(t), token) {
			t.Error("the token lies in the database")
		}
		for range 3 { // a scanner of links looks
			if x, err := r.Peek(outside, token); err != nil || x.State != knowledge.ShareWaiting {
				t.Fatal(x.State, err)
			}
		}
		got, err := r.OpenShare(outside, token, "")
		if err != nil || got.Secret != "planted-epsilon" || got.Username != "guest" || got.Label != "Wi-Fi" {
			t.Error(err)
		}
		if _, err := r.OpenShare(outside, token, ""); !fault.Is(err, fault.NotFound) {
			t.Error("it opened twice:", err)
		}
		if list, err := r.Shares(r.ada, all, cred); err != nil || len(list) != 1 || list[0].ID != id || list[0].State != knowledge.ShareOpened {
			t.Errorf("%+v %v", list, err)
		}
		for action, n := range map[string]int{"knowledge.share": 1, "knowledge.share.opened": 1} {
			if got := r.audited(t, action); len(got) != n || got[0].Subject != "Harbour Dental: Wi-Fi" {
				t.Errorf("%s: %+v", action, got)
			}
		}
		if list, err := r.Readings(r.ada, all, cred); err != nil || len(list) != 1 || list[0].What != knowledge.ReadShare {
			t.Errorf("%+v %v", list, err)
		}
		// A passphrase: five tries, then never again.
		token, _, err = r.MakeShare(r.ada, all, knowledge.ShareDraft{Label: "Recovery codes", Text: "planted-zeta", Life: time.Hour, Passphrase: "seven blue boats"})
		must(t, err)
		if _, err := r.OpenShare(outside, token, ""); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if _, err := r.OpenShare(outside, token, "wrong"); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if got, err := r.OpenShare(outside, token, "seven blue boats"); err != nil || got.Text != "planted-zeta" {
			t.Error(err)
		}
		token, _, err = r.MakeShare(r.ada, all, knowledge.ShareDraft{Label: "Codes", Text: "planted-eta", Life: time.Hour, Passphrase: "seven blue boats"})
		must(t, err)
		for range 5 {
			if _, err := r.OpenShare(outside, token, "wrong"); !fault.Is(err, fault.Invalid) {
				t.Error(err)
			}
		}
		if _, err := r.OpenShare(outside, token, "seven blue boats"); !fault.Is(err, fault.NotFound) {
			t.Error("it opens after five wrong passphrases:", err)
		}
		// Recalled, and over.
		token, id, err = r.MakeShare(r.ada, all, knowledge.ShareDraft{Label: "Note", Text: "planted-theta", Life: time.Hour})
		must(t, err)
		must(t, r.RecallShare(r.ada, all, id))
		if err := r.RecallShare(r.ada, all, id); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		if _, err := r.OpenShare(outside, token, ""); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		token, id, err = r.MakeShare(r.ada, all, knowledge.ShareDraft{Label: "Note", Text: "planted-iota", Life: time.Hour})
		must(t, err)
		r.clock.Advance(time.Hour)
		if _, err := r.OpenShare(outside, token, ""); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		must(t, r.Sweep(outside))
		var left string
		must(t, r.db.Reader().QueryRowContext(outside, "SELECT sealed FROM knowledge_shares WHERE id = $1", int64(id)).Scan(&left))
		if left != "" {
			t.Error("what is over was kept")
		}
		if strings.Contains(r.rowsOf(t), "planted-") {
			t.Error("a shared text lies in the database")
		}
		for name, d := range map[string]knowledge.ShareDraft{
			"too long": {Label: "x", Text: "x", Life: 8 * 24 * time.Hour}, "too short": {Label: "x", Text: "x", Life: time.Minute}, "nothing": {Label: "x", Life: time.Hour}, "no name": {Text: "x", Life: time.Hour},
			"weak passphrase": {Label: "x", Text: "x", Life: time.Hour, Passphrase: "1234"},
		} {
			if _, _, err := r.MakeShare(r.ada, all, d); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Of many who open a link at once exactly one sees it.
func TestShareOpensOnceForMany(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		token, _, err := r.MakeShare(r.ada, all, knowledge.ShareDraft{Label: "Race", Text: "prize", Life: time.Hour})
		must(t, err)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 12 {
			wg.Go(func() {
				got, err := r.OpenShare(context.Background(), token, "")
				mu.Lock()
				defer mu.Unlock()
				if err == nil && got.Text == "prize" {
					won++
				} else if !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Busy) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d have seen it", won)
		}
	})
}

// The installation's key is changed; it dies at every step and is begun again; every secret opens all along.
func TestRewrap(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		var list []ids.ID
		for i := range 450 {
			id, err := r.CreateCredential(r.ada, all, knowledge.CredentialDraft{Name: fmt.Sprint(i), Secret: text(fmt.Sprint("secret ", i))})
			must(t, err)
			list = append(list, id)
		}
		old, err := os.ReadFile(r.keyFile)
		must(t, err)
		reopen := func() {
			t.Helper()
			p := r.parts
			if p.Sealer, err = access.OpenSealer(r.keyFile, false); err != nil {
				t.Fatal(err)
			}
			r.Service = knowledge.New(p)
		}
		check := func(step string) {
			t.Helper()
			for i, id := range list {
				if i%90 != 0 && i != len(list)-1 {
					continue
				}
				if got, _, err := r.Reveal(r.ada, all, id, knowledge.ReadSecret); err != nil || got != fmt.Sprint("secret ", i) {
					t.Fatalf("%s: %d %v", step, i, err)
				}
			}
		}
		must(t, access.BeginRotation(r.keyFile))
		both, err := os.ReadFile(r.keyFile)
		must(t, err)
		if bytes.Count(both, []byte("\n")) != 2 || !bytes.HasSuffix(both, old) {
			t.Fatal("the old key is gone")
		}
		must(t, access.BeginRotation(r.keyFile)) // begun again after it died
		if again, err := os.ReadFile(r.keyFile); err != nil || !bytes.Equal(again, both) {
			t.Fatal("a second new key was made")
		}
		check("the server still has the old key")
		reopen()
		check("both keys")
		// It dies half way: the last of the second batch cannot be written.
		last := int64(list[399])
		must(t, r.exec("UPDATE knowledge_credentials SET data_key = 'x' || data_key WHERE id = $1", last))
		if err := r.Rewrap(ctx); !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
		must(t, r.exec("UPDATE knowledge_credentials SET data_key = substr(data_key, 2) WHERE id = $1", last))
		check("half way")
		must(t, r.Rewrap(ctx))
		must(t, r.Rewrap(ctx))
		must(t, access.EndRotation(r.keyFile))
		must(t, access.EndRotation(r.keyFile))
		reopen()
		check("the new key alone")
		must(t, os.WriteFile(r.keyFile, old, 0o600))
		reopen()
		if _, _, err := r.Reveal(r.ada, all, list[0], knowledge.ReadSecret); !fault.Is(err, fault.Conflict) {
			t.Error("the old key still opens:", err)
		}
		// A backup that was made meanwhile holds both.
		now, err := access.MergeKeys(old, both)
		if err != nil || !bytes.Equal(now, both) {
			t.Error("the keys of a backup:", err)
		}
	})
}
