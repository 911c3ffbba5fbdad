// SPDX-License-Identifier: Apache-2.0

package payments_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/practice/billing"
)

// address gives a client's billing details an address, or takes it away.
func (r *rig) address(t testing.TB, of billing.Doc, email, language string) {
	t.Helper()
	a, err := r.billing.Account(ctx, of.Client)
	must(t, err)
	a.Email, a.Language = email, language
	must(t, r.billing.SetAccount(ctx, a))
}

func TestStatementsAreMailed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a, b := r.issue(t, r.harbour, 300), r.issue(t, r.kestrel, 100)
		r.address(t, a, "office@harbour.example", "de-DE")
		r.address(t, b, "", "en-GB")
		from, to := march(1), march(31)
		if err := r.MailStatement(ctx, r.kestrel, from, to); !fault.Is(err, fault.Invalid) || len(r.mails) != 0 {
			t.Errorf("without an address: %v", err)
		}
		must(t, r.MailStatement(ctx, r.harbour, from, to))
		if len(r.mails) != 1 {
			t.Fatalf("%d mails", len(r.mails))
		}
		m := r.mails[0]
		if m.To != "office@harbour.example" || m.Subject != "Kontoauszug vom 31.03.2026" || !strings.Contains(m.Body, "Offen am Ende dieser Tage: 357,00\u00a0€.") || len(m.Files) != 1 || m.Files[0].Name != "kontoauszug-2026-03-31.pdf" || m.Files[0].Type != "application/pdf" {
			t.Errorf("%+v", m)
		}
		sent, err := r.SentStatements(ctx, r.harbour, 10)
		must(t, err)
		if len(sent) != 1 || sent[0].From != from || sent[0].To != to || sent[0].Email != m.To || sent[0].File != m.Files[0].Ref {
			t.Fatalf("%+v", sent)
		}
		pdf, err := r.SentFile(ctx, sent[0].ID)
		must(t, err)
		if !bytes.HasPrefix(pdf, []byte("%PDF-")) || int64(len(pdf)) != m.Files[0].Size {
			t.Errorf("%d bytes", len(pdf))
		}
		// All with a balance: who had it is left out, who has no address is named.
		all, err := r.MailStatements(ctx, from, to)
		must(t, err)
		if all.Sent != 0 || all.Before != 1 || !slices.Equal(all.Without, []string{"Kestrel Trust"}) {
			t.Errorf("%+v", all)
		}
		r.address(t, b, "office@kestrel.example", "en-GB")
		if all, err = r.MailStatements(ctx, from, to); err != nil || all.Sent != 1 || all.Before != 1 || len(all.Without) != 0 || len(r.mails) != 2 {
			t.Errorf("%+v %v", all, err)
		}
		if m := r.mails[1]; m.Subject != "Statement of 31 Mar 2026" || !strings.Contains(m.Body, "Owed at the end of these days: €119.00.") {
			t.Errorf("%+v", m)
		}
		if all, err = r.MailStatements(ctx, from, to); err != nil || all.Sent != 0 || all.Before != 2 {
			t.Errorf("again: %+v %v", all, err)
		}
		if err := r.MailStatement(ctx, r.harbour, march(1).AddDays(-800), march(1).AddDays(-700)); !fault.Is(err, fault.Conflict) {
			t.Errorf("nothing to say: %v", err)
		}
		if _, err := r.SentFile(ctx, 42); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such: %v", err)
		}
		if _, err := r.PayOut(ctx, a.ID, "gold", ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("paid out in gold: %v", err)
		}
	})
}
