// SPDX-License-Identifier: Apache-2.0

package billing_test

import (
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/worklog"
)

// technician joins the firm; what they enter is approved by material.
func (r *rig) technician(t testing.TB) worklog.Actor {
	t.Helper()
	link, err := r.access.OwnerLink(ctx)
	must(t, err)
	session, err := r.access.UseLink(ctx, link, access.Join{Name: "Ben Osei", Email: "ben@tidegate.example", Password: "correct horse battery staple"}, access.Client{})
	must(t, err)
	who, err := r.access.Session(ctx, session, "")
	must(t, err)
	return worklog.Actor{ID: who.User, Name: "Ben Osei", Others: true}
}

// material enters approved material of a client at a price.
func (r *rig) material(t testing.TB, by worklog.Actor, client ids.ID, on string, note, price string) ids.ID {
	t.Helper()
	id, err := r.work.CreateItem(ctx, by, worklog.ItemDraft{Client: client, Day: day(on), Note: note, Quantity: money.Decimal{Coef: 1}, Price: num(price), Priced: true, Currency: "EUR"})
	must(t, err)
	must(t, r.work.Submit(ctx, by, by.ID, day(on)))
	must(t, r.work.Approve(ctx, by, by.ID, day(on)))
	return id
}

func (r *rig) billing(t testing.TB, how billing.WorkBilling) {
	t.Helper()
	a, err := r.Account(ctx, r.harbour)
	must(t, err)
	a.Work = how
	must(t, r.SetAccount(ctx, a))
}

// previewed returns what previews say: client, agreement or work, net and the part of work.
func (r *rig) previewed(t testing.TB) (out []billing.Preview) {
	t.Helper()
	must(t, r.Previews(ctx, billing.Order{}, true, func(p *billing.Preview) error { out = append(out, *p); return nil }))
	return out
}

func (r *rig) at(on string) {
	r.clock.Advance(day(on).Time(time.UTC).Add(9 * time.Hour).Sub(r.clock.Now()))
}

// Work stands on the agreement's invoice, once, or on one of its own; what a preview shows is what the run writes.
func TestWorkJoinsTheAgreement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		ben := r.technician(t)
		first, second := r.signed(t, r.managed("2026-03-01")), r.signed(t, r.managed("2026-03-01"))
		r.material(t, ben, r.harbour, "2026-02-12", "Cable", "40")
		r.billing(t, billing.WorkJoined)
		seen := r.previewed(t)
		if len(seen) != 2 || seen[0].Agreement.ID != first || seen[0].Net != 35500 || seen[0].Work != 4000 || seen[1].Agreement.ID != second || seen[1].Work != 0 {
			t.Fatalf("%+v", seen)
		}
		docs := r.bill(t, "2026-03-01", true)
		if len(docs) != 2 || docs[0].Net != 39500 || docs[1].Net != 35500 {
			t.Fatalf("%+v", docs)
		}
		if got := r.lines(t, docs[0].ID); len(got) != 3 || got[2] != "Cable 2026-02-12–2026-02-13 1 4000" {
			t.Errorf("%q", got)
		}
		// By itself, once no agreement is due.
		r.material(t, ben, r.harbour, "2026-02-19", "Switch", "90")
		seen = r.previewed(t)
		if len(seen) != 1 || seen[0].Agreement != nil || seen[0].ClientID != r.harbour || seen[0].Work != 9000 {
			t.Fatalf("%+v", seen)
		}
		if docs = r.bill(t, "2026-03-02", true); len(docs) != 1 || docs[0].Net != 9000 || docs[0].Agreement != 0 {
			t.Errorf("%+v", docs)
		}
		// A client who wants it apart gets it apart, and only on request where that is said.
		r.billing(t, billing.WorkAlone)
		r.material(t, ben, r.harbour, "2026-03-05", "Mouse", "15")
		r.at("2026-04-01")
		if seen = r.previewed(t); len(seen) != 3 || seen[0].Work+seen[1].Work != 0 || seen[2].Work != 1500 {
			t.Fatalf("%+v", seen)
		}
		r.billing(t, billing.WorkAsked)
		if seen = r.previewed(t); len(seen) != 2 {
			t.Errorf("%+v", seen)
		}
		if docs = r.bill(t, "2026-04-01", true); len(docs) != 2 || docs[0].Net != 35500 {
			t.Errorf("%+v", docs)
		}
		r.sound(t)
	})
}

// Where the agreement is held back, its work waits with it; the work on an invoice makes no difference by which it is held.
func TestWorkWaitsWithTheAgreement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		ben := r.technician(t)
		f, err := r.Firm(ctx)
		must(t, err)
		f.Hold = 10
		must(t, r.SetFirm(ctx, f))
		r.billing(t, billing.WorkJoined)
		id := r.signed(t, r.managed("2026-03-01"))
		r.material(t, ben, r.harbour, "2026-02-12", "Server", "5000")
		if docs := r.bill(t, "2026-03-01", true); len(docs) != 1 || docs[0].Net != 535500 {
			t.Fatalf("%+v", docs)
		}
		r.material(t, ben, r.harbour, "2026-03-10", "Cable", "40")
		r.at("2026-04-01")
		if seen := r.previewed(t); len(seen) != 1 || seen[0].Held != "" || seen[0].Last != 35500 {
			t.Fatalf("held for the work of the last time: %+v", seen)
		}
		a, err := r.agreements.Get(ctx, id)
		must(t, err)
		must(t, r.agreements.Count(ctx, a.Lines[1].ID, agreements.NewFact{Day: day("2026-04-01"), Quantity: num("30")}))
		if seen := r.previewed(t); len(seen) != 1 || seen[0].Held == "" {
			t.Fatalf("%+v", seen)
		}
		if docs := r.bill(t, "2026-04-01", true); len(docs) != 0 {
			t.Errorf("the work did not wait: %+v", docs)
		}
		r.sound(t)
	})
}

// Work that is taken off a draft is due again, and so is what a credit note takes back to be billed anew, once it is issued.
func TestWorkIsBilledAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		ben := r.technician(t)
		r.material(t, ben, r.harbour, "2026-02-12", "Cable", "40")
		r.material(t, ben, r.harbour, "2026-02-19", "Switch", "90")
		docs := r.bill(t, "2026-03-01", false)
		_, f, err := r.Document(ctx, docs[0].ID)
		must(t, err)
		must(t, r.EditDraft(ctx, docs[0].ID, docs[0].Version, billing.Edit{Remove: []ids.ID{f.Lines[0].Span}}))
		issued, err := r.Issue(ctx, docs[0].ID)
		must(t, err)
		if docs = r.bill(t, "2026-03-02", true); len(docs) != 1 || docs[0].Net != 4000 {
			t.Fatalf("what was taken off the draft is lost: %+v", docs)
		}
		note, err := r.CreditNote(ctx, billing.Credit{Of: issued[0].ID, Again: true})
		must(t, err)
		if docs = r.bill(t, "2026-03-03", true); len(docs) != 0 {
			t.Fatalf("billed twice: %+v", docs)
		}
		head, err := r.Doc(ctx, note)
		must(t, err)
		must(t, r.Discard(ctx, note, head.Version))
		note, err = r.CreditNote(ctx, billing.Credit{Of: issued[0].ID, Again: true})
		must(t, err)
		_, err = r.Issue(ctx, note)
		must(t, err)
		if docs = r.bill(t, "2026-03-04", true); len(docs) != 1 || docs[0].Net != 9000 {
			t.Errorf("what was credited is not due again: %+v", docs)
		}
		// Credited for good it is not.
		note, err = r.CreditNote(ctx, billing.Credit{Of: docs[0].ID})
		must(t, err)
		_, err = r.Issue(ctx, note)
		must(t, err)
		if docs = r.bill(t, "2026-03-05", true); len(docs) != 0 {
			t.Errorf("%+v", docs)
		}
		r.sound(t)
	})
}
