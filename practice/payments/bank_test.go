// SPDX-License-Identifier: Apache-2.0

package payments_test

import (
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/payments"
	"mainstay/practice/payments/match"
	"mainstay/practice/payments/sepa"
)

const (
	harbourIBAN = "AT611904300234573201"
	kestrelIBAN = "DE02120300000000202051"
)

func TestBankFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a, b, c := r.issue(t, r.harbour, 300), r.issue(t, r.harbour, 100), r.issue(t, r.kestrel, 50)
		r.days(1)
		file := camt(
			entry{amount: "357.00", text: "Rechnung " + a.Number, iban: harbourIBAN, name: "Harbour"},
			entry{amount: "100.00", text: "Anzahlung " + b.Number, iban: harbourIBAN, name: "Harbour"},
			entry{amount: "12.34", text: "Zinsen", name: "Bank"},
			entry{amount: "800.00", text: "Miete", name: "Vermieter", out: true},
		)
		got := r.take(t, file)
		if len(got) != 1 || got[0].Lines != 4 || got[0].Added != 4 || got[0].Out != 1 || got[0].Account.Number != "DE89370400440532013000" {
			t.Fatalf("%+v", got)
		}
		// The same again, and a longer file of the same days: only what is new comes in.
		if again := r.take(t, file); again[0].Added != 0 {
			t.Errorf("taken twice: %+v", again)
		}
		v, err := r.Review(ctx)
		must(t, err)
		if len(v.Proposals) != 3 || !v.Proposals[0].Certain || v.Proposals[1].Certain || len(v.Proposals[1].Matches) == 0 || len(v.Proposals[2].Matches) != 0 {
			t.Fatalf("%+v", v.Proposals)
		}
		n, err := r.AcceptCertain(ctx)
		must(t, err)
		if n != 1 || r.doc(t, a.ID).Open != 0 {
			t.Errorf("%d accepted, open %d", n, r.doc(t, a.ID).Open)
		}
		r.sound(t)
		// A part, and the rest to another client's invoice.
		part := v.Proposals[1]
		must(t, r.Accept(ctx, payments.Decision{Booking: part.ID, Version: part.Version, Allocations: []match.Allocation{{Invoice: b.ID, Amount: 6000}, {Invoice: c.ID, Amount: 4000}}}))
		if r.doc(t, b.ID).Open != 5900 || r.doc(t, c.ID).Open != 1950 {
			t.Error("not divided")
		}
		if err := r.Accept(ctx, payments.Decision{Booking: part.ID, Version: part.Version, Client: r.harbour}); fault.KindOf(err) != fault.Conflict {
			t.Errorf("booked twice: %v", err)
		}
		interest := v.Proposals[2]
		if err := r.Accept(ctx, payments.Decision{Booking: interest.ID, Version: interest.Version}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("nobody's money: %v", err)
		}
		must(t, r.Ignore(ctx, interest.ID, interest.Version))
		if n, err := r.CountBookings(ctx); err != nil || n != 0 {
			t.Errorf("%d left, %v", n, err)
		}
		r.sound(t)
		must(t, r.Reopen(ctx, part.ID))
		must(t, r.Reopen(ctx, interest.ID))
		if r.doc(t, b.ID).Open != 11900 || r.doc(t, c.ID).Open != 5950 {
			t.Error("not taken back")
		}
		r.sound(t)
		// The payer's account is known now: an amount that only one invoice has is certain, without a word.
		r.take(t, camt(entry{amount: "119.00", text: "Danke", iban: harbourIBAN, name: "H. Dental"}))
		v, err = r.Review(ctx)
		must(t, err)
		last := v.Proposals[len(v.Proposals)-1]
		if !last.Certain || !last.Matches[0].Has(match.ByIBAN) {
			t.Errorf("%+v", last.Matches)
		}
	})
}

// Two bookings that both name one invoice: neither is accepted without a look.
func TestTwoForOneInvoice(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	a := r.issue(t, r.harbour, 300)
	r.days(1)
	r.take(t, camt(entry{amount: "357.00", text: a.Number, name: "A"}, entry{amount: "357.00", text: a.Number, name: "B"}))
	if n, err := r.AcceptCertain(ctx); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	if r.doc(t, a.ID).Open != 35700 {
		t.Error("paid")
	}
}

func TestFilesOfAnAccount(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	up := func(data string, account ids.ID) error {
		_, err := r.Import(ctx, payments.Upload{Name: "x.csv", At: strings.NewReader(data), Size: int64(len(data)), Account: account})
		return err
	}
	csv := "Datum;Betrag;Text\n02.03.2026;5,00;x\n"
	must(t, up(csv, 0)) // the first account is made, in the firm's currency
	must(t, up(camt(entry{amount: "1.00"}), 0))
	list, err := r.BankAccounts(ctx)
	must(t, err)
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	if err := up(csv, 0); err != nil {
		t.Errorf("one account has no number, so the file is its: %v", err)
	}
	for _, a := range list {
		if a.Number != "" {
			if err := up(csv, a.ID); err != nil {
				t.Error(err)
			}
		} else if _, err := r.SaveBankAccount(ctx, payments.BankAccount{ID: a.ID, Name: "Sparkasse", Number: "DE02120300000000202051", Currency: "EUR"}); err != nil {
			t.Error(err)
		}
	}
	if err := up(csv, 0); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "Choose the account") {
		t.Errorf("%v", err)
	}
	list, _ = r.BankAccounts(ctx)
	for _, a := range list {
		if a.Number == "DE02120300000000202051" {
			if err := up(camt(entry{amount: "1.00"}), a.ID); fault.KindOf(err) != fault.Conflict {
				t.Errorf("a file of another account: %v", err)
			}
		}
	}
	if err := up("nonsense", 0); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
}

func (r *rig) mandate(t *testing.T, client ids.ID, ref, iban string) ids.ID {
	t.Helper()
	id, err := r.SaveMandate(ctx, payments.Mandate{Client: client, Mandate: sepa.Mandate{Reference: ref, Signed: march(1), Scheme: sepa.Core, Name: "Holder " + ref, IBAN: iban}})
	must(t, err)
	return id
}

func TestDirectDebits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a, b, c := r.issue(t, r.harbour, 300), r.issue(t, r.kestrel, 100), r.issue(t, r.kestrel, 50)
		m := r.mandate(t, r.harbour, "M-1", harbourIBAN)
		r.mandate(t, r.kestrel, "M-2", kestrelIBAN)
		if _, err := r.SaveMandate(ctx, payments.Mandate{Client: r.kestrel, Mandate: sepa.Mandate{Reference: "M-3", Signed: march(1), Scheme: sepa.Core, Name: "x", IBAN: kestrelIBAN}}); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a second mandate: %v", err)
		}
		list, err := r.Candidates(ctx)
		must(t, err)
		if len(list) != 3 {
			t.Fatalf("%+v", list)
		}
		collect, err := r.EarliestCollect(ctx)
		must(t, err)
		if collect != march(3) {
			t.Errorf("earliest %s", collect)
		}
		if _, err := r.MakeRun(ctx, march(2), []ids.ID{a.ID}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("collected today: %v", err)
		}
		run, err := r.MakeRun(ctx, collect, []ids.ID{a.ID, b.ID, c.ID})
		must(t, err)
		if _, err := r.MakeRun(ctx, collect, []ids.ID{a.ID}); fault.KindOf(err) != fault.Conflict {
			t.Errorf("collected twice: %v", err)
		}
		code, body, err := r.RunFile(ctx, run)
		must(t, err)
		if code != "MS-20260302-1" || strings.Count(body, "<DrctDbtTxInf>") != 3 || !strings.Contains(body, "<CtrlSum>535.50</CtrlSum>") || strings.Count(body, "<SeqTp>FRST") != 1 || strings.Count(body, "<SeqTp>RCUR") != 1 {
			t.Errorf("%s\n%s", code, body)
		}
		r.days(1)
		// The bank credits the first block (M-1 and the first of M-2) in one sum, and the second, a single debit, by itself.
		r.take(t, camt(entry{amount: "476.00", bundle: code + "-1"}, entry{amount: "59.50", e2e: code + "-3"}))
		if n, err := r.AcceptCertain(ctx); err != nil || n != 2 {
			v, _ := r.Review(ctx)
			t.Fatalf("%d, %v: %+v", n, err, v.Proposals)
		}
		if got, debits, err := r.Run(ctx, run); err != nil || got.State != payments.RunCollected || debits[0].State != payments.DebitPaid {
			t.Errorf("%+v %+v %v", got, debits, err)
		}
		if r.doc(t, a.ID).Open+r.doc(t, b.ID).Open+r.doc(t, c.ID).Open != 0 {
			t.Error("not paid")
		}
		r.sound(t)
		// One comes back.
		r.take(t, camt(entry{amount: "357.00", e2e: code + "-1", out: true, returned: "AC04"}))
		v, err := r.Review(ctx)
		must(t, err)
		if len(v.Proposals) != 1 || v.Proposals[0].Debit == nil {
			t.Fatalf("%+v", v.Proposals)
		}
		must(t, r.Accept(ctx, payments.Decision{Booking: v.Proposals[0].ID, Version: v.Proposals[0].Version}))
		if r.doc(t, a.ID).Open != 35700 {
			t.Error("not open again")
		}
		r.sound(t)
		if _, debits, _ := r.Run(ctx, run); debits[0].State != payments.DebitReturned || debits[0].Why != "AC04" {
			t.Errorf("%+v", debits[0])
		}
		if f := r.failed(); len(f) != 1 || f[0].Doc.ID != a.ID || f[0].How != payments.ByDebit || f[0].Minor != 35700 || f[0].Why != "AC04" {
			t.Errorf("told: %+v", f)
		}
		// It may be collected again, from another account, which the bank is told of once.
		old, err := r.Mandate(ctx, m)
		must(t, err)
		old.IBAN = "NL91ABNA0417164300"
		_, err = r.SaveMandate(ctx, old)
		must(t, err)
		run, err = r.MakeRun(ctx, march(5), []ids.ID{a.ID})
		must(t, err)
		if _, body, _ := r.RunFile(ctx, run); !strings.Contains(body, "<SeqTp>RCUR") || !strings.Contains(body, "<OrgnlDbtrAcct>") {
			t.Error(body)
		}
		must(t, r.DropRun(ctx, run))
		run, err = r.MakeRun(ctx, march(5), []ids.ID{a.ID})
		must(t, err)
		if err := r.CollectRun(ctx, run); fault.KindOf(err) != fault.Conflict {
			t.Errorf("collected before its day: %v", err)
		}
		r.days(3)
		must(t, r.CollectRun(ctx, run))
		if r.doc(t, a.ID).Open != 0 {
			t.Error("not paid")
		}
		r.sound(t)
	})
}

func TestAgeingByHand(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	// Due on 16 March. As of 16 March nothing is late; on the 17th it is one day late; 31 days later it is in the second bucket.
	a := r.issue(t, r.harbour, 300)
	if a.Due != march(16) {
		t.Fatalf("due %s", a.Due)
	}
	r.days(120)
	for _, c := range []struct {
		day    civil.Date
		bucket int
	}{{march(16), 0}, {march(17), 1}, {march(16).AddDays(30), 1}, {march(16).AddDays(31), 2}, {march(16).AddDays(60), 2}, {march(16).AddDays(61), 3}, {march(16).AddDays(90), 3}, {march(16).AddDays(91), 4}} {
		got, err := r.Ageing(ctx, c.day, 0)
		must(t, err)
		var want payments.Buckets
		want.Days[c.bucket] = 35700
		if len(got.Rows) != 1 || got.Rows[0].Buckets != want {
			t.Errorf("%s: %+v", c.day, got.Rows)
		}
	}
	if got, err := r.Ageing(ctx, march(1), 0); err != nil || len(got.Rows) != 0 {
		t.Errorf("before it was issued: %+v, %v", got, err)
	}
	_, err := r.Record(ctx, payments.Entry{Client: r.harbour, Day: march(20), Minor: 40000, Currency: "EUR", Method: payments.ByBank, Allocations: []match.Allocation{{Invoice: a.ID, Amount: 35700}}})
	must(t, err)
	if got, _ := r.Ageing(ctx, march(19), 0); len(got.Rows) != 1 || got.Rows[0].Total() != 35700 {
		t.Errorf("%+v", got.Rows)
	}
	if got, _ := r.Ageing(ctx, march(20), 0); len(got.Rows) != 1 || got.Rows[0].Credit != -4300 || got.Rows[0].Total() != -4300 {
		t.Errorf("%+v", got.Rows)
	}
	st, err := r.Statements(ctx, r.harbour, march(10), march(31))
	must(t, err)
	if len(st) != 1 || st[0].Opening != 35700 || st[0].Closing != -4300 || len(st[0].Movements) != 1 || st[0].Movements[0].What != "payment" {
		t.Errorf("%+v", st)
	}
}

func TestMergeMovesPayments(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	_, err := r.Record(ctx, payments.Entry{Client: r.kestrel, Day: march(2), Minor: 500, Currency: "EUR", Method: payments.ByCash})
	must(t, err)
	r.mandate(t, r.kestrel, "M-2", kestrelIBAN)
	must(t, r.SetHold(ctx, payments.Hold{Client: r.kestrel, Until: civil.NoDate}))
	must(t, r.SetHold(ctx, payments.Hold{Client: r.harbour, Until: civil.NoDate}))
	r.jobs.Handle("clients.merged", r.billing.ClientMerged)
	must(t, r.clients.Merge(ctx, r.kestrel, r.harbour))
	r.work(t)
	p, err := r.List(ctx, payments.Query{Client: r.harbour})
	must(t, err)
	m, err := r.Mandates(ctx, r.harbour)
	must(t, err)
	h, err := r.Holds(ctx)
	must(t, err)
	if len(p.Rows) != 1 || len(m) != 1 || len(h) != 1 || h[0].Client != r.harbour {
		t.Errorf("%v %v %v", p.Rows, m, h)
	}
}
