// SPDX-License-Identifier: Apache-2.0

package payments_test

import (
	"database/sql"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/billing"
	"mainstay/practice/payments"
	"mainstay/practice/payments/match"
)

func TestPartOverAndRefund(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a, b := r.issue(t, r.harbour, 300), r.issue(t, r.harbour, 100)
		part, err := r.Record(ctx, payments.Entry{Client: r.harbour, Day: march(2), Minor: 5700, Currency: "EUR", Method: payments.ByCash, Allocations: []match.Allocation{{Invoice: a.ID, Amount: 5700}}})
		must(t, err)
		if got := r.doc(t, a.ID).Open; got != 30000 {
			t.Errorf("open %d", got)
		}
		over, err := r.Record(ctx, payments.Entry{Client: r.harbour, Day: march(2), Minor: 31000, Currency: "EUR", Method: payments.ByBank, Allocations: []match.Allocation{{Invoice: a.ID, Amount: 30000}}})
		must(t, err)
		if credit, err := r.CreditOf(ctx, r.harbour); err != nil || credit["EUR"] != 1000 {
			t.Errorf("credit %v, %v", credit, err)
		}
		r.sound(t)
		must(t, r.Allocate(ctx, over, []match.Allocation{{Invoice: b.ID, Amount: 1000}}))
		if got := r.doc(t, b.ID).Open; got != 10900 {
			t.Errorf("open %d", got)
		}
		r.sound(t)
		// 15 back: 10 of the second invoice and, before it, nothing is left; then 5 of the first.
		must(t, r.Release(ctx, over, match.Allocation{Invoice: b.ID, Amount: 400}))
		back, err := r.Refund(ctx, over, 1500, payments.ByBank, "too much")
		must(t, err)
		if r.doc(t, b.ID).Open != 11900 || r.doc(t, a.ID).Open != 500 {
			t.Errorf("open %d and %d", r.doc(t, b.ID).Open, r.doc(t, a.ID).Open)
		}
		r.sound(t)
		if err := r.Undo(ctx, over, "wrong"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("undone although a part was given back: %v", err)
		}
		must(t, r.Undo(ctx, back, "not sent"))
		r.sound(t)
		must(t, r.Undo(ctx, over, "wrong"))
		must(t, r.Undo(ctx, part, "wrong"))
		if r.doc(t, a.ID).Open != 35700 || r.doc(t, b.ID).Open != 11900 || len(r.balances(t)) != 3 {
			t.Errorf("%v", r.balances(t))
		}
		r.sound(t)
		if v, err := r.billing.Verify(ctx); err != nil {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	a, other := r.issue(t, r.harbour, 300), r.issue(t, r.kestrel, 100)
	good := payments.Entry{Client: r.harbour, Day: march(2), Minor: 1000, Currency: "EUR", Method: payments.ByBank}
	for _, c := range []struct {
		want   string
		change func(*payments.Entry)
	}{
		{"above 0", func(e *payments.Entry) { e.Minor = 0 }},
		{"above 0", func(e *payments.Entry) { e.Minor = -5 }},
		{"above 0", func(e *payments.Entry) { e.Minor = 1e16 }},
		{"not a currency", func(e *payments.Entry) { e.Currency = "XXY" }},
		{"future", func(e *payments.Entry) { e.Day = march(9) }},
		{"which day", func(e *payments.Entry) { e.Day = civil.NoDate }},
		{"Which client", func(e *payments.Entry) { e.Client = 0 }},
		{"no such client", func(e *payments.Entry) { e.Client = 5 }},
		{"how the money came", func(e *payments.Entry) { e.Method = "magic" }},
		{"More is given", func(e *payments.Entry) { e.Allocations = []match.Allocation{{Invoice: a.ID, Amount: 1001}} }},
		{"More is given", func(e *payments.Entry) { e.Allocations = []match.Allocation{{Invoice: a.ID, Amount: -1}} }},
		{"another client", func(e *payments.Entry) { e.Allocations = []match.Allocation{{Invoice: other.ID, Amount: 1}} }},
		{"is in EUR", func(e *payments.Entry) {
			e.Currency = "USD"
			e.Allocations = []match.Allocation{{Invoice: a.ID, Amount: 1}}
		}},
		{"35700", func(e *payments.Entry) {
			e.Minor = 40000
			e.Allocations = []match.Allocation{{Invoice: a.ID, Amount: 35701}}
		}},
		{"no such document", func(e *payments.Entry) { e.Allocations = []match.Allocation{{Invoice: 5, Amount: 1}} }},
	} {
		e := good
		c.change(&e)
		_, err := r.Record(ctx, e)
		want := strings.ReplaceAll(c.want, "35700", "357.00")
		if k := fault.KindOf(err); k == fault.Internal || !strings.Contains(fault.TextOf(err), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	if len(r.told) != 0 {
		t.Errorf("%d were told of", len(r.told))
	}
	r.sound(t)
}

func TestCreditNotes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		paid := r.issue(t, r.harbour, 300)
		_, err := r.Record(ctx, payments.Entry{Client: r.harbour, Day: march(2), Minor: 35700, Currency: "EUR", Method: payments.ByBank, Allocations: []match.Allocation{{Invoice: paid.ID, Amount: 35700}}})
		must(t, err)
		id, err := r.billing.CreditNote(ctx, billing.Credit{Of: paid.ID, Reason: "Goodwill"})
		must(t, err)
		issued, err := r.billing.Issue(ctx, id)
		must(t, err)
		note, a := issued[0], r.issue(t, r.harbour, 100)
		moved, err := r.Offset(ctx, note.ID, a.ID)
		must(t, err)
		if moved != 11900 || r.doc(t, a.ID).Open != 0 || r.doc(t, note.ID).Open != 23800 {
			t.Errorf("moved %d", moved)
		}
		r.sound(t)
		out, err := r.PayOut(ctx, note.ID, payments.ByBank, "")
		must(t, err)
		if r.doc(t, note.ID).Open != 0 {
			t.Error("not paid out")
		}
		r.sound(t)
		must(t, r.Undo(ctx, out, "came back"))
		if r.doc(t, note.ID).Open != 23800 {
			t.Error("not opened again")
		}
		r.sound(t)
		if _, err := r.Offset(ctx, note.ID, a.ID); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%v", err)
		}
	})
}

// Random payments, allocations, releases, refunds and takings-back: the books hold after each step, and what was owed on a past day
// never changes.
func TestRandomHistories(t *testing.T) {
	d := dbtest.Open(t)
	rapid.Check(t, func(rt *rapid.T) {
		must(t, d.Write(ctx, func(tx *sql.Tx) error {
			for _, table := range []string{
				"payments_allocations", "payments_payments", "billing_settlements", "billing_postings", "billing_entries", "billing_lines", "billing_documents", "billing_invoices", "billing_taxes", "billing_accounts", "billing_counters", "clients_names", "clients_clients",
			} {
				if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
					return err
				}
			}
			return nil
		}))
		r := newRig(t, d)
		var docs []billing.Doc
		for range rapid.IntRange(1, 4).Draw(rt, "invoices") {
			docs = append(docs, r.issue(t, r.harbour, rapid.Int64Range(1, 50).Draw(rt, "net")))
		}
		var made []ids.ID
		past := map[civil.Date]int64{}
		pick := func() ids.ID {
			if len(made) == 0 {
				return 1
			}
			return made[rapid.IntRange(0, len(made)-1).Draw(rt, "which")]
		}
		amount := func() int64 { return rapid.Int64Range(1, 6000).Draw(rt, "amount") }
		doc := func() ids.ID { return docs[rapid.IntRange(0, len(docs)-1).Draw(rt, "doc")].ID }
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			var id ids.ID
			var err error
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				e := payments.Entry{Client: r.harbour, Day: r.Today(), Minor: amount(), Currency: "EUR", Method: payments.ByBank}
				if rapid.Bool().Draw(rt, "give") {
					e.Allocations = []match.Allocation{{Invoice: doc(), Amount: amount()}}
				}
				id, err = r.Record(ctx, e)
			case 1:
				err = r.Allocate(ctx, pick(), []match.Allocation{{Invoice: doc(), Amount: amount()}})
			case 2:
				err = r.Release(ctx, pick(), match.Allocation{Invoice: doc(), Amount: amount()})
			case 3:
				id, err = r.Refund(ctx, pick(), amount(), payments.ByBank, "")
			case 4:
				err = r.Undo(ctx, pick(), "")
			case 5:
				a, err := r.Ageing(ctx, r.Today(), 0)
				must(t, err)
				past[r.Today()] = 0
				for _, x := range a.Totals {
					past[r.Today()] = x.Total()
				}
				r.days(1)
			}
			if err == nil && id != 0 {
				made = append(made, id)
			}
			if fault.KindOf(err) == fault.Internal && err != nil {
				rt.Fatal(err)
			}
			r.sound(t)
		}
		for day, want := range past {
			a, err := r.Ageing(ctx, day, 0)
			must(t, err)
			got := int64(0)
			for _, x := range a.Totals {
				got = x.Total()
			}
			if got != want {
				rt.Fatalf("owed on %s: %d then, %d now", day, want, got)
			}
		}
		st, err := r.Statements(ctx, r.harbour, march(1), r.Today())
		must(t, err)
		now, err := r.Ageing(ctx, r.Today(), r.harbour)
		must(t, err)
		var owed int64
		for _, x := range now.Rows {
			owed = x.Total()
		}
		if len(st) > 0 && st[0].Closing != owed {
			rt.Fatalf("the statement closes at %d, owed is %d: %+v", st[0].Closing, owed, st[0].Movements)
		}
	})
}
