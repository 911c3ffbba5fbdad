// SPDX-License-Identifier: Apache-2.0

package payments_test

import (
	"strings"
	"testing"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/payments"
)

func TestReminders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a, b := r.issue(t, r.harbour, 300), r.issue(t, r.harbour, 100)
		acc, err := r.billing.Account(ctx, r.kestrel)
		must(t, err)
		acc.Language = "de-DE"
		must(t, r.billing.SetAccount(ctx, acc))
		c := r.issue(t, r.kestrel, 50)
		// Due on 16 March; the first reminder after 7 days.
		r.days(20) // 22 March
		if list, err := r.Reminders(ctx, r.Today()); err != nil || len(list) != 0 {
			t.Fatalf("%+v, %v", list, err)
		}
		r.days(1)
		list, err := r.Reminders(ctx, r.Today())
		must(t, err)
		if len(list) != 2 || list[0].Total != 47600 || list[0].Level != 1 || len(list[0].Docs) != 2 || list[0].Problem != "" || list[1].Language != "de-DE" {
			t.Fatalf("%+v", list)
		}
		must(t, r.SetHold(ctx, payments.Hold{Client: r.harbour, Invoice: b.ID, Until: march(25), Note: "disputed"}))
		if n, err := r.SendReminders(ctx, nil); err != nil || n != 2 {
			t.Fatalf("%d, %v", n, err)
		}
		if len(r.mails) != 2 || !strings.Contains(r.mails[0].Body, a.Number) || strings.Contains(r.mails[0].Body, b.Number) || !strings.Contains(r.mails[0].Body, "357.00") || !strings.Contains(r.mails[1].Body, "59,50") || !strings.Contains(r.mails[1].Subject, "Erinnerung") {
			t.Errorf("%+v", r.mails)
		}
		if n, err := r.SendReminders(ctx, nil); err != nil || n != 0 {
			t.Errorf("sent twice: %d, %v", n, err)
		}
		// The hold ends on the 25th; the other invoice gets its first reminder, while the first waits for its second until 14 days
		// after its first, 6 April.
		r.days(3)
		if list, _ := r.Reminders(ctx, r.Today()); len(list) != 1 || len(list[0].Docs) != 1 || list[0].Docs[0].ID != b.ID {
			t.Errorf("%+v", list)
		}
		r.days(30) // 25 April, after days on which nobody was there: one level, not three
		list, err = r.Reminders(ctx, r.Today())
		must(t, err)
		if len(list) != 2 || list[0].Level != 2 || len(list[0].Docs) != 2 {
			t.Fatalf("%+v", list)
		}
		if n, err := r.SendReminders(ctx, []ids.ID{r.kestrel}); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		r.days(13)
		for _, x := range func() []payments.Reminder { l, _ := r.Reminders(ctx, r.Today()); return l }() {
			if x.Client == r.kestrel {
				t.Errorf("the third 13 days after the second: %+v", x)
			}
		}
		r.days(1)
		found := false
		for _, x := range func() []payments.Reminder { l, _ := r.Reminders(ctx, r.Today()); return l }() {
			found = found || x.Client == r.kestrel && x.Level == 3 && x.Docs[0].ID == c.ID
		}
		if !found {
			t.Error("no third reminder")
		}
	})
}

func TestDailyCatchesUp(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	a := r.issue(t, r.harbour, 300)
	must(t, r.Daily(ctx))
	if len(r.told) != 0 || len(r.mails) != 0 {
		t.Error("too early")
	}
	r.days(40)
	must(t, r.Daily(ctx))
	must(t, r.Daily(ctx))
	if len(r.told) != 1 || r.told[0].What != payments.Overdue || r.told[0].Doc.ID != a.ID || len(r.mails) != 0 {
		t.Errorf("%+v %+v", r.told, r.mails)
	}
	set, err := r.Settings(ctx)
	must(t, err)
	set.Auto = true
	must(t, r.SetSettings(ctx, set, nil, nil))
	must(t, r.Daily(ctx))
	must(t, r.Daily(ctx))
	if len(r.mails) != 1 {
		t.Errorf("%d mails", len(r.mails))
	}
}

// 357.00 at 9.5 % a year for 40 days: 357 × 0.095 × 40 ÷ 365 = 3.7167… → 3.72; and a fee of 5.00.
func TestInterestIsADocumentOfItsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a := r.issue(t, r.harbour, 300)
		r.days(54) // 25 April, 40 days late
		if _, err := r.DraftInterest(ctx, r.harbour, "EUR"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%v", err)
		}
		set, err := r.Settings(ctx)
		must(t, err)
		set.Interest, set.Levels = money.Decimal{Coef: 95, Scale: 1}, []payments.Level{{Days: 7, Fee: 500}}
		must(t, r.SetSettings(ctx, set, nil, nil))
		if n, err := r.SendReminders(ctx, nil); err != nil || n != 1 {
			t.Fatalf("%d, %v", n, err)
		}
		id, err := r.DraftInterest(ctx, r.harbour, "EUR")
		must(t, err)
		docs, err := r.billing.Issue(ctx, id)
		must(t, err)
		fee := docs[0]
		if fee.Kind != "fee" || fee.Gross != 872 || fee.Tax != 0 || r.doc(t, a.ID).Gross != 35700 || r.doc(t, a.ID).Hash != a.Hash {
			t.Errorf("%+v", fee)
		}
		if got := r.balances(t)["Income:Late fees EUR"]; got != -872 {
			t.Errorf("%v", r.balances(t))
		}
		r.sound(t)
	})
}

func TestSettingsAreChecked(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	good, err := r.Settings(ctx)
	must(t, err)
	for want, change := range map[string]func(*payments.Settings){
		"later than the one before": func(s *payments.Settings) { s.Levels = []payments.Level{{Days: 7}, {Days: 7}} },
		"At most 5":                 func(s *payments.Settings) { s.Levels = make([]payments.Level, 6) },
		"0 or more":                 func(s *payments.Settings) { s.Levels = []payments.Level{{Days: 7, Fee: -1}} },
		"percentage":                func(s *payments.Settings) { s.Interest = money.Decimal{Coef: 101} },
		"version":                   func(s *payments.Settings) { s.Version = "x" },
		"banking days":              func(s *payments.Settings) { s.Lead = 0 },
		"this language":             func(s *payments.Settings) { s.Texts = map[string][]payments.ReminderText{"tlh": {{}}} },
	} {
		s := good
		change(&s)
		if err := r.SetSettings(ctx, s, nil, nil); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	bad := "pk_x"
	if err := r.SetSettings(ctx, good, &bad, nil); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	if err := r.SetSettings(ctx, good, nil, &bad); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
}
