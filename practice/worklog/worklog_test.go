// SPDX-License-Identifier: Apache-2.0

package worklog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/clients"
	"mainstay/practice/worklog"
	"mainstay/practice/worklog/rates"
	"mainstay/practice/worklog/store"
)

// rig is a worklog at nine in the morning of Monday, 2 March 2026, in Berlin, with two clients, two people and two tickets.
type rig struct {
	*worklog.Service
	db      *db.DB
	clock   *clock.Fixed
	jobs    *jobs.Queue
	clients *clients.Service
	parts   worklog.Parts
	ada     worklog.Actor // a manager
	ben     worklog.Actor // a technician
	harbour ids.ID
	kestrel ids.ID
	told    int // how often the other areas heard of approved work
}

const (
	remote, onSite, project, internal ids.ID = 1, 2, 4, 6
	printer, planned                  ids.ID = 7001, 7002
)

var (
	all    = access.WholeFirm()
	monday = civil.MustDate(2026, 3, 2)
	ctx    = context.Background()
)

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	c := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, zone))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, slog.New(slog.DiscardHandler))
	a := access.New(d, c, s, sealer, access.Options{})
	r := &rig{db: d, clock: c, jobs: q, clients: clients.New(d, c, s, a, q)}
	join := func(link string, err error, name, email string) ids.ID {
		if err != nil {
			t.Fatal(err)
		}
		session, err := a.UseLink(ctx, link, access.Join{Name: name, Email: email, Password: "correct horse battery staple"}, access.Client{})
		if err != nil {
			t.Fatal(err)
		}
		id, err := a.Session(ctx, session, "")
		if err != nil {
			t.Fatal(err)
		}
		return id.User
	}
	link, err := a.OwnerLink(ctx)
	r.ada = worklog.Actor{ID: join(link, err, "Ada Moreau", "ada@tidegate.example"), Name: "Ada Moreau", Others: true}
	link, err = a.Invite(ctx, "ben@tidegate.example", access.Technician)
	r.ben = worklog.Actor{ID: join(link, err, "Ben Osei", "ben@tidegate.example"), Name: "Ben Osei"}
	for name, id := range map[string]*ids.ID{"Harbour Dental": &r.harbour, "Kestrel Trust": &r.kestrel} {
		if *id, err = r.clients.Create(ctx, clients.Details{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	r.parts = worklog.Parts{
		DB: d, Clock: c, Zone: zone, IDs: s, Access: a, Jobs: q, Currency: func(context.Context) money.Currency { return "EUR" },
		Ticket: func(_ context.Context, id ids.ID, number int64) (worklog.TicketRef, error) {
			switch {
			case id == printer || number == 1001:
				return worklog.TicketRef{ID: printer, Number: 1001, Subject: "Printer offline", Client: r.harbour, Origin: worklog.FromClient}, nil
			case id == planned || number == 1002:
				return worklog.TicketRef{ID: planned, Number: 1002, Subject: "Check the backups", Client: r.harbour, Origin: worklog.FromPlan}, nil
			}
			return worklog.TicketRef{}, fault.NewNotFound("There is no such ticket.")
		},
	}
	q.Handle(worklog.ChangedJob, func(context.Context, string) error { r.told++; return nil })
	r.Service = worklog.New(r.parts)
	return r
}

// card saves a card: 120.00 an hour, 140.00 on site, in steps of 15 minutes, 150 % outside working hours, 0.42 a kilometre.
func (r *rig) card(t testing.TB, change func(*worklog.Card)) ids.ID {
	t.Helper()
	c := worklog.Card{Card: rates.Card{
		Name: "Standard", From: civil.MustDate(2026, 1, 1), Currency: "EUR", Minor: 12000, Step: 15, MinEntry: 0, MinTicket: 0, ByTicket: 0, Factor: 150,
		Km: money.Decimal{Coef: 42, Scale: 2}, Prices: []rates.Price{{Type: onSite, Minor: 14000}},
	}}
	if change != nil {
		change(&c)
	}
	id, err := r.SaveCard(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	r.work(t)
	return id
}

// work does the jobs that are due.
func (r *rig) work(t testing.TB) {
	t.Helper()
	for {
		did, err := r.jobs.One(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !did {
			return
		}
	}
}

func (r *rig) make(t testing.TB, by worklog.Actor, change func(*worklog.Draft)) worklog.Entry {
	t.Helper()
	d := worklog.Draft{Client: r.harbour, Type: remote, Day: monday, Starts: worklog.NoStart, Minutes: 67, Note: "Mailbox repaired"}
	if change != nil {
		change(&d)
	}
	id, err := r.Create(ctx, by, d)
	if err != nil {
		t.Fatal(err)
	}
	return r.get(t, id)
}

func (r *rig) get(t testing.TB, id ids.ID) worklog.Entry {
	t.Helper()
	e, err := r.Get(ctx, all, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// must is a step that has to succeed.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused is a step that has to fail in a way.
func refused(t testing.TB, what string, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: %v", what, err)
	}
}

func english(e worklog.Entry) string {
	return worklog.Explain(locale.New(locale.EnGB, time.UTC), e)
}

func TestPriceIsDecidedAndExplained(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		e := r.make(t, r.ben, nil)
		if e.Price.Found || english(e) != "billable, but no rate card has a price for it on 2 Mar 2026" {
			t.Errorf("without a card: %q", english(e))
		}
		r.card(t, nil) // the job reckons what is there anew
		e = r.get(t, e.ID)
		if e.Price.Minor != 15000 || e.Price.Billed != 75 || english(e) != "billable: 1:07 h rounded up to 1:15 h × €120.00/h = €150.00, by the card “Standard” since 1 Jan 2026" {
			t.Errorf("%+v %q", e.Price, english(e))
		}
		german := worklog.Explain(locale.New(locale.DeDE, time.UTC), e)
		if !strings.Contains(german, "120,00\u00a0€/h") || !strings.Contains(german, "aufgerundet") {
			t.Errorf("in German: %q", german)
		}
		for _, c := range []struct {
			what   string
			change func(*worklog.Draft)
			minor  int64
			cover  worklog.Coverage
			text   string
		}{
			{"another kind of work", func(d *worklog.Draft) { d.Type, d.Minutes = onSite, 60 }, 14000, worklog.Billable, "billable: 1:00 h × €140.00/h = €140.00, by the card “Standard” since 1 Jan 2026"},
			{"out of hours", func(d *worklog.Draft) { d.Minutes, d.After = 30, true }, 9000, worklog.Billable, "billable: 0:30 h × €120.00/h × 150 % outside working hours = €90.00, by the card “Standard” since 1 Jan 2026"},
			{"free by hand", func(d *worklog.Draft) { d.Chosen = true }, 0, worklog.Free, "free: chosen by hand"},
			{"free by its kind", func(d *worklog.Draft) { d.Type = internal }, 0, worklog.Free, "free: this kind of work is not charged"},
			{"billable by hand", func(d *worklog.Draft) { d.Type, d.Minutes, d.Chosen, d.Coverage = internal, 15, true, worklog.Billable }, 3000, worklog.Billable, "billable: 0:15 h × €120.00/h = €30.00, by the card “Standard” since 1 Jan 2026"},
		} {
			e := r.make(t, r.ben, c.change)
			if e.Price.Minor != c.minor || e.Coverage != c.cover || english(e) != c.text {
				t.Errorf("%s: %d %s %q", c.what, e.Price.Minor, e.Coverage, english(e))
			}
			dr := e.Draft()
			if q, err := r.Quote(ctx, dr, e.ID); err != nil || english(q) != c.text {
				t.Errorf("%s while typing: %q, %v", c.what, english(q), err)
			}
		}
		if _, err := r.Quote(ctx, worklog.Draft{Person: r.ben.ID}, 0); !worklog.NotYet(err) {
			t.Errorf("an empty form: %v", err)
		}
	})
}

func TestWrongEntries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for what, change := range map[string]func(*worklog.Draft){
			"client":   func(d *worklog.Draft) { d.Client = 0 },
			"ghost":    func(d *worklog.Draft) { d.Client = 5 },
			"type":     func(d *worklog.Draft) { d.Type = 0 },
			"no type":  func(d *worklog.Draft) { d.Type = 99 },
			"day":      func(d *worklog.Draft) { d.Day = civil.NoDate },
			"old":      func(d *worklog.Draft) { d.Day = civil.MustDate(1999, 12, 31) },
			"time":     func(d *worklog.Draft) { d.Minutes = 0 },
			"negative": func(d *worklog.Draft) { d.Minutes = -5 },
			"long":     func(d *worklog.Draft) { d.Minutes = 1441 },
			"midnight": func(d *worklog.Draft) { d.Starts = 23 * 60 },
			"note":     func(d *worklog.Draft) { d.Note = strings.Repeat("x", 4001) },
			"ticket":   func(d *worklog.Draft) { d.Number = 4 },
			"theirs":   func(d *worklog.Draft) { d.Client, d.Ticket = r.kestrel, printer },
		} {
			dr := worklog.Draft{Client: r.harbour, Type: remote, Day: monday, Starts: worklog.NoStart, Minutes: 67}
			change(&dr)
			_, err := r.Create(ctx, r.ben, dr)
			refused(t, what, err, fault.Invalid)
		}
		_, err := r.Create(ctx, r.ben, worklog.Draft{Person: r.ada.ID, Client: r.harbour, Type: remote, Day: monday, Starts: worklog.NoStart, Minutes: 67})
		refused(t, "for somebody else", err, fault.Denied)
		if e := r.make(t, r.ada, func(d *worklog.Draft) { d.Person = r.ben.ID }); e.Name != "Ben Osei" || e.Person != r.ben.ID {
			t.Errorf("a manager for a technician: %+v", e)
		}
		if p, err := r.List(ctx, all, worklog.Query{}); err != nil || len(p.Rows) != 1 {
			t.Errorf("what was refused left %d rows, %v", len(p.Rows), err)
		}
	})
}

// A ticket with a minimum of an hour: 10 minutes are charged as 60, the next 40 within them, 30 more as the 15 beyond.
func TestTicketMinimum(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.card(t, func(c *worklog.Card) { c.MinTicket = 60 })
		on := func(minutes int) worklog.Entry {
			return r.make(t, r.ben, func(d *worklog.Draft) { d.Client, d.Ticket, d.Minutes = 0, printer, minutes })
		}
		first, second, third := on(10), on(40), on(30)
		charged := func(e worklog.Entry) int { return r.get(t, e.ID).Price.Billed }
		if a, b, c := charged(first), charged(second), charged(third); a != 60 || b != 0 || c != 30 { // 15, +45 = 60, +30 = 90
			t.Errorf("%d, %d, %d minutes charged", a, b, c)
		}
		if first.Client != r.harbour || first.Ticket.Subject != "Printer offline" || !first.Reactive {
			t.Errorf("%+v", first)
		}
		if got := english(r.get(t, first.ID)); !strings.Contains(got, "0:10 h, with the minimum or rounding of the ticket 1:00 h, × €120.00/h = €120.00") {
			t.Error(got)
		}
		if got := english(r.get(t, second.ID)); !strings.Contains(got, "0:40 h, of which 0:00 h go beyond what the ticket was charged before,") {
			t.Error(got)
		}
		must(t, r.Delete(ctx, r.ben, first.ID, r.get(t, first.ID).Version))
		if b, c := charged(second), charged(third); b != 60 || c != 15 { // 45 → 60, +30 = 75
			t.Errorf("after the first is gone: %d, %d", b, c)
		}
		dr := r.get(t, third.ID).Draft()
		dr.Ticket, dr.Number = 0, 0
		must(t, r.Update(ctx, r.ben, third.ID, r.get(t, third.ID).Version, dr))
		if b, c := charged(second), charged(third); b != 60 || c != 30 {
			t.Errorf("after the third left the ticket: %d, %d", b, c)
		}
		onPlan := r.make(t, r.ben, func(d *worklog.Draft) { d.Number = 1002 })
		if onPlan.Reactive || onPlan.Ticket.ID != planned {
			t.Errorf("work on a planned ticket: %+v", onPlan)
		}
	})
}

func TestTimer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		start := worklog.Start{Client: r.harbour, Type: remote, Note: "Mailbox"}
		must(t, r.StartTimer(ctx, r.ben, start))
		refused(t, "a second timer", r.StartTimer(ctx, r.ben, start), fault.Conflict)
		must(t, r.StartTimer(ctx, r.ada, start)) // another person's
		r.clock.Advance(66*time.Minute + time.Second)
		again := worklog.New(r.parts) // after a restart
		running, err := again.Running(ctx, r.ben.ID)
		if err != nil || running == nil || running.Minutes() != 67 || running.Asks {
			t.Fatalf("%+v, %v", running, err)
		}
		start.Switch, start.Ticket, start.Client = true, printer, 0
		must(t, again.StartTimer(ctx, r.ben, start)) // makes an entry of 67 minutes
		r.clock.Advance(5 * time.Minute)
		note := "Printer restarted"
		id, err := again.StopTimer(ctx, r.ben, worklog.Finish{Note: &note})
		must(t, err)
		e := r.get(t, id)
		if e.Minutes != 5 || e.Starts != 10*60+6 || e.Day != monday || e.Ticket.Number != 1001 || e.Note != note {
			t.Errorf("%+v", e)
		}
		p, err := r.List(ctx, all, worklog.Query{Person: r.ben.ID, Oldest: true})
		if err != nil || len(p.Rows) != 2 || p.Rows[0].Minutes != 67 || p.Rows[0].Starts != 9*60 {
			t.Fatalf("%+v, %v", p, err)
		}
		_, err = r.StopTimer(ctx, r.ben, worklog.Finish{})
		refused(t, "no timer", err, fault.Conflict)

		// Ada's has run since nine: past twelve hours it asks, and goes on until it is told.
		r.clock.Advance(11 * time.Hour)
		_, err = r.StopTimer(ctx, r.ada, worklog.Finish{})
		refused(t, "more than twelve hours", err, fault.Conflict)
		if asks, err := r.Running(ctx, r.ada.ID); err != nil || asks == nil || !asks.Asks {
			t.Fatalf("%+v, %v", asks, err)
		}
		_, err = r.StopTimer(ctx, r.ada, worklog.Finish{Minutes: 13 * 60})
		refused(t, "longer than it ran", err, fault.Invalid)
		id, err = r.StopTimer(ctx, r.ada, worklog.Finish{Minutes: 90})
		must(t, err)
		if e := r.get(t, id); e.Minutes != 90 || e.Day != monday || e.Starts != 9*60 {
			t.Errorf("%+v", e)
		}
		// Half past eleven at night, and it is half past midnight.
		r.clock.Advance(time.Date(2026, 3, 2, 22, 30, 0, 0, time.UTC).Sub(r.clock.Now()))
		must(t, r.StartTimer(ctx, r.ada, worklog.Start{Client: r.harbour, Type: remote}))
		r.clock.Advance(time.Hour)
		_, err = r.StopTimer(ctx, r.ada, worklog.Finish{})
		refused(t, "over midnight", err, fault.Conflict)
		refused(t, "switching over midnight", r.StartTimer(ctx, r.ada, worklog.Start{Client: r.harbour, Type: remote, Switch: true}), fault.Conflict)
		id, err = r.StopTimer(ctx, r.ada, worklog.Finish{Minutes: 60})
		must(t, err)
		if e := r.get(t, id); e.Minutes != 60 || e.Day != monday || e.Starts != worklog.NoStart {
			t.Errorf("%+v", e)
		}
		must(t, r.StartTimer(ctx, r.ada, worklog.Start{Client: r.harbour, Type: remote}))
		must(t, r.DropTimer(ctx, r.ada))
		refused(t, "dropped already", r.DropTimer(ctx, r.ada), fault.Conflict)
	})
}

func TestWeekIsSubmittedApprovedAndBilled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.card(t, nil)
		sunday := monday.AddDays(6)
		a := r.make(t, r.ben, func(d *worklog.Draft) { d.Ticket = printer })
		r.make(t, r.ben, func(d *worklog.Draft) { d.Day, d.Minutes, d.Client = sunday, 30, r.kestrel })
		next := r.make(t, r.ben, func(d *worklog.Draft) { d.Day = monday.AddDays(7) })
		cable, err := r.CreateItem(ctx, r.ben, worklog.ItemDraft{Client: r.harbour, Day: monday, Note: "Cable", Quantity: money.Decimal{Coef: 3}, Price: money.Decimal{Coef: 1250, Scale: 2}, Priced: true})
		must(t, err)
		sh, err := r.Sheet(ctx, r.ben.ID, monday.AddDays(3))
		if err != nil || sh.Monday != monday || sh.Total != 97 || sh.Days[0] != 67 || sh.Days[6] != 30 || len(sh.Lines) != 2 || sh.Left != 3 {
			t.Fatalf("%+v, %v", sh, err)
		}
		refused(t, "somebody else's week", r.Submit(ctx, worklog.Actor{ID: 5}, r.ben.ID, monday), fault.Denied)
		must(t, r.Submit(ctx, r.ben, r.ben.ID, sunday))
		refused(t, "submitted already", r.Submit(ctx, r.ben, r.ben.ID, monday), fault.Conflict)
		refused(t, "changing what is submitted", r.Update(ctx, r.ben, a.ID, r.get(t, a.ID).Version, a.Draft()), fault.Conflict)
		if w, err := r.Waiting(ctx); err != nil || len(w) != 1 || w[0].Name != "Ben Osei" || w[0].Monday != monday {
			t.Errorf("%+v, %v", w, err)
		}
		refused(t, "without a reason", r.SendBack(ctx, r.ada, r.ben.ID, monday, " "), fault.Invalid)
		must(t, r.SendBack(ctx, r.ada, r.ben.ID, monday, "Which mailbox?"))
		if sh, err = r.Sheet(ctx, r.ben.ID, monday); err != nil || sh.State != worklog.WeekReturned || sh.Reason != "Which mailbox?" || sh.By != "Ada Moreau" || sh.Left != 3 {
			t.Fatalf("%+v, %v", sh, err)
		}
		dr := a.Draft()
		dr.Note = "Mailbox of the reception"
		refused(t, "an old version", r.Update(ctx, r.ben, a.ID, a.Version, dr), fault.Conflict)
		must(t, r.Update(ctx, r.ben, a.ID, r.get(t, a.ID).Version, dr))
		bill := []worklog.Bill{{ID: a.ID, Invoice: "R-1", Line: "1"}, {ID: cable, Item: true, Invoice: "R-1", Line: "2"}}
		refused(t, "billing what is not approved", r.MarkBilled(ctx, bill), fault.Conflict)
		must(t, r.Submit(ctx, r.ben, r.ben.ID, monday))
		must(t, r.Approve(ctx, r.ada, r.ben.ID, monday))
		if r.work(t); r.told != 1 {
			t.Errorf("the other areas heard %d times", r.told)
		}
		if st := r.get(t, next.ID).State; st != worklog.Open {
			t.Errorf("an entry of the next week is %s", st)
		}
		refused(t, "changing what is approved", r.Delete(ctx, r.ada, a.ID, r.get(t, a.ID).Version), fault.Conflict)
		must(t, r.MarkBilled(ctx, bill))
		must(t, r.MarkBilled(ctx, bill)) // said again after a crash
		refused(t, "billing twice", r.MarkBilled(ctx, []worklog.Bill{{ID: a.ID, Invoice: "R-2", Line: "1"}}), fault.Conflict)
		must(t, r.SendBack(ctx, r.ada, r.ben.ID, monday, "The Sunday"))
		before := r.get(t, a.ID)
		if before.State != worklog.Billed || before.Invoice != "R-1" || before.Line != "1" {
			t.Fatalf("%+v", before)
		}
		r.card(t, func(c *worklog.Card) { c.From, c.Minor = monday, 99900 }) // a billed entry keeps its price
		refused(t, "too much taken off", second(r.Correct(ctx, r.ada, a.ID, 76, "too much")), fault.Invalid)
		fix, err := r.Correct(ctx, r.ada, a.ID, 30, "Half an hour was ours")
		must(t, err)
		refused(t, "more than is left", second(r.Correct(ctx, r.ada, a.ID, 46, "again")), fault.Invalid)
		if c := r.get(t, fix); c.Minutes != -30 || c.Price.Minor != -6000 || c.Corrects != a.ID || c.State != worklog.Open || c.Ticket.ID != printer {
			t.Errorf("%+v", c)
		}
		r.make(t, r.ben, func(d *worklog.Draft) { d.Ticket = printer }) // reckons the ticket anew
		if after := r.get(t, a.ID); after != before {
			t.Errorf("the billed entry changed: %+v", after)
		}
		if c := r.get(t, fix); c.Price.Minor != -6000 {
			t.Errorf("the correction changed: %+v", c.Price)
		}
		refused(t, "correcting what is not billed", second(r.Correct(ctx, r.ada, fix, 10, "")), fault.Conflict)
	})
}

func second[T any](_ T, err error) error { return err }

func TestItems(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		trip := worklog.ItemDraft{Kind: worklog.Mileage, Client: r.harbour, Day: monday, Quantity: money.Decimal{Coef: 375, Scale: 1}}
		refused(t, "kilometres without a price", second(r.CreateItem(ctx, r.ben, trip)), fault.Invalid)
		r.card(t, nil)
		id, err := r.CreateItem(ctx, r.ben, trip)
		must(t, err)
		it, err := r.Item(ctx, all, id)
		if err != nil || it.Minor != 1575 || it.Currency != "EUR" || it.Coverage != worklog.Billable { // 37.5 × 0.42
			t.Fatalf("%+v, %v", it, err)
		}
		trip.Price, trip.Priced = money.Decimal{Coef: 3333, Scale: 4}, true
		must(t, r.UpdateItem(ctx, r.ben, id, it.Version, trip))
		if it, err = r.Item(ctx, all, id); err != nil || it.Minor != 1250 { // 37.5 × 0.3333 = 12.49875
			t.Fatalf("%+v, %v", it, err)
		}
		refused(t, "an old version", r.UpdateItem(ctx, r.ben, id, 1, trip), fault.Conflict)
		for what, d := range map[string]worklog.ItemDraft{
			"no quantity": {Client: r.harbour, Day: monday, Note: "Cable"},
			"no text":     {Client: r.harbour, Day: monday, Quantity: money.Decimal{Coef: 1}},
			"no client":   {Day: monday, Note: "Cable", Quantity: money.Decimal{Coef: 1}},
			"too large":   {Client: r.harbour, Day: monday, Note: "Cable", Quantity: money.Decimal{Coef: 1e18}, Price: money.Decimal{Coef: 1e18}, Priced: true},
		} {
			refused(t, what, second(r.CreateItem(ctx, r.ben, d)), fault.Invalid)
		}
		free := worklog.ItemDraft{Kind: worklog.Expense, Client: r.kestrel, Day: monday, Note: "Parking", Quantity: money.Decimal{Coef: 1}, Price: money.Decimal{Coef: 4}, Priced: true, Free: true}
		_, err = r.CreateItem(ctx, r.ben, free)
		must(t, err)
		owed, err := r.Unbilled(ctx, all)
		if err != nil || len(owed) != 1 || owed[0].Goods != 1250 || owed[0].Items != 1 {
			t.Errorf("%+v, %v", owed, err)
		}
		must(t, r.DeleteItem(ctx, r.ben, id, it.Version))
		if p, err := r.Items(ctx, all, worklog.Query{}); err != nil || len(p.Rows) != 1 || p.Rows[0].Coverage != worklog.Free {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestUnbilled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.card(t, nil)
		r.card(t, func(c *worklog.Card) { c.Client, c.Currency, c.From, c.Minor = r.kestrel, "CHF", monday, 20000 })
		r.make(t, r.ben, nil)                                                                        // 150.00 €
		r.make(t, r.ben, func(d *worklog.Draft) { d.Day, d.Minutes = monday.AddDays(-7), 60 })       // 120.00 €
		r.make(t, r.ben, func(d *worklog.Draft) { d.Type = internal })                               // free
		r.make(t, r.ben, func(d *worklog.Draft) { d.Client, d.Minutes = r.kestrel, 30 })             // CHF 100.00
		r.make(t, r.ada, func(d *worklog.Draft) { d.Client, d.Day = r.kestrel, monday.AddDays(-1) }) // 150.00 € by the firm's card
		_, err := r.CreateItem(ctx, r.ben, worklog.ItemDraft{Client: r.harbour, Day: monday.AddDays(-9), Note: "Cable", Quantity: money.Decimal{Coef: 1}, Price: money.Decimal{Coef: 10}, Priced: true})
		must(t, err)
		must(t, r.Submit(ctx, r.ben, r.ben.ID, monday))
		must(t, r.Approve(ctx, r.ada, r.ben.ID, monday))
		got, err := r.Unbilled(ctx, all)
		want := []worklog.Owed{
			{Client: r.kestrel, Currency: "CHF", Entries: 1, Minutes: 30, Billed: 30, Time: 10000, Approved: 10000, Oldest: monday},
			{Client: r.harbour, Currency: "EUR", Entries: 2, Minutes: 127, Billed: 135, Time: 27000, Items: 1, Goods: 1000, Approved: 15000, Oldest: monday.AddDays(-9)},
			{Client: r.kestrel, Currency: "EUR", Entries: 1, Minutes: 67, Billed: 75, Time: 15000, Oldest: monday.AddDays(-1)},
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		p, err := r.List(ctx, all, worklog.Query{Client: r.harbour, Unbilled: true})
		if err != nil || len(p.Rows) != 2 {
			t.Errorf("behind it are %d entries, %v", len(p.Rows), err)
		}
		if one, err := r.Unbilled(ctx, access.OneClient(r.kestrel)); err != nil || len(one) != 2 {
			t.Errorf("in the scope of one client: %+v, %v", one, err)
		}
	})
}

func TestListPagesByKeyset(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for i := range 25 {
			r.make(t, r.ben, func(d *worklog.Draft) {
				d.Day, d.Minutes = monday.AddDays(i%4), i+1
				if i%5 == 0 {
					d.Client, d.Type = r.kestrel, project
				}
			})
		}
		walk := func(q worklog.Query) (out []worklog.Entry) {
			for q.Limit = 4; ; {
				p, err := r.List(ctx, all, q)
				must(t, err)
				out = append(out, p.Rows...)
				if q.After = p.Next; q.After == "" {
					return out
				}
			}
		}
		newest, oldest := walk(worklog.Query{}), walk(worklog.Query{Oldest: true})
		slices.Reverse(oldest)
		if len(newest) != 25 || !slices.Equal(newest, oldest) || !slices.IsSortedFunc(oldest, func(a, b worklog.Entry) int { return int(b.Day - a.Day) }) {
			t.Errorf("%d rows", len(newest))
		}
		open, billed := worklog.Open, worklog.Billed
		for _, c := range []struct {
			q    worklog.Query
			want int
		}{
			{worklog.Query{Client: r.kestrel}, 5},
			{worklog.Query{Type: remote}, 20},
			{worklog.Query{Person: r.ada.ID}, 0},
			{worklog.Query{State: &open}, 25},
			{worklog.Query{State: &billed}, 0},
			{worklog.Query{From: monday.AddDays(1), To: monday.AddDays(2)}, 12},
			{worklog.Query{Unbilled: true, Client: r.harbour}, 20},
			{worklog.Query{Ticket: printer}, 0},
		} {
			if got := walk(c.q); len(got) != c.want {
				t.Errorf("%+v: %d rows", c.q, len(got))
			}
		}
		refused(t, "a damaged cursor", second(r.List(ctx, all, worklog.Query{After: "###"})), fault.Invalid)
		if p, err := r.List(ctx, access.OneClient(r.kestrel), worklog.Query{}); err != nil || len(p.Rows) != 5 {
			t.Errorf("in the scope of one client: %d, %v", len(p.Rows), err)
		}
		if p, err := r.List(ctx, access.Scope{}, worklog.Query{}); err != nil || len(p.Rows) != 0 {
			t.Errorf("without a scope: %d, %v", len(p.Rows), err)
		}
		refused(t, "another client's entry", second(r.Get(ctx, access.OneClient(r.kestrel), newest[0].ID+1)), fault.NotFound)
	})
}

func TestCardsAndTypes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		id := r.card(t, nil)
		again := worklog.Card{Card: rates.Card{Name: "Other", From: civil.MustDate(2026, 1, 1), Currency: "EUR", Minor: 1, Step: 1, Km: money.Decimal{Coef: rates.Unset}}}
		refused(t, "two cards of one day", second(r.SaveCard(ctx, again)), fault.Conflict)
		for what, change := range map[string]func(*worklog.Card){
			"name": func(c *worklog.Card) { c.Name = " " }, "from": func(c *worklog.Card) { c.From = civil.NoDate }, "currency": func(c *worklog.Card) { c.Currency = "" },
			"price": func(c *worklog.Card) { c.Minor = -2 }, "firm": func(c *worklog.Card) { c.Minor = rates.Unset }, "step": func(c *worklog.Card) { c.Step = 2000 }, "factor": func(c *worklog.Card) { c.Factor = 1001 },
			"twice": func(c *worklog.Card) { c.Prices = []rates.Price{{Type: 1, Minor: 1}, {Type: 1, Minor: 2}} }, "nobody": func(c *worklog.Card) { c.Prices = []rates.Price{{Minor: 1}} },
			"ghost": func(c *worklog.Card) { c.Client = 9 },
		} {
			c := again
			c.From = monday
			change(&c)
			refused(t, what, second(r.SaveCard(ctx, c)), fault.Invalid)
		}
		e := r.make(t, r.ben, nil)
		c, err := r.Card(ctx, id)
		must(t, err)
		c.Minor = 10000
		must(t, second(r.SaveCard(ctx, c)))
		refused(t, "an old version", second(r.SaveCard(ctx, c)), fault.Conflict)
		r.work(t)
		if got := r.get(t, e.ID).Price.Minor; got != 12500 { // 1:15 × 100.00
			t.Errorf("after the card changed: %d", got)
		}
		must(t, r.Submit(ctx, r.ben, r.ben.ID, monday))
		must(t, r.Approve(ctx, r.ada, r.ben.ID, monday))
		must(t, r.DeleteCard(ctx, id))
		r.work(t)
		if got := r.get(t, e.ID).Price; got.Minor != 12500 || got.Card != "Standard" {
			t.Errorf("what is approved lost its price: %+v", got)
		}
		refused(t, "the card is gone", second(r.Card(ctx, id)), fault.NotFound)

		made, err := r.SaveType(ctx, worklog.Type{Name: "Training", Billable: true})
		must(t, err)
		refused(t, "of the same name", second(r.SaveType(ctx, worklog.Type{Name: "TRAINING"})), fault.Conflict)
		refused(t, "no name", second(r.SaveType(ctx, worklog.Type{Name: " "})), fault.Invalid)
		must(t, second(r.SaveType(ctx, worklog.Type{ID: made, Name: "Training", Archived: true, Version: 1})))
		refused(t, "an old version", second(r.SaveType(ctx, worklog.Type{ID: made, Name: "Training", Version: 1})), fault.Conflict)
		types, err := r.Types(ctx)
		if err != nil || len(types) != 7 || types[6].Name != "Training" || !types[6].Archived || types[0].In(locale.New(locale.DeDE, nil)) != "Fernwartung" {
			t.Errorf("%+v, %v", types, err)
		}
	})
}

func TestMergeMovesWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.card(t, nil)
		for _, owner := range []ids.ID{r.harbour, r.kestrel} {
			r.card(t, func(c *worklog.Card) { c.Client = owner })
		}
		r.card(t, func(c *worklog.Card) { c.Client, c.From = r.kestrel, monday })
		e := r.make(t, r.ben, func(d *worklog.Draft) { d.Client = r.kestrel })
		must(t, second(r.CreateItem(ctx, r.ben, worklog.ItemDraft{Kind: worklog.Mileage, Client: r.kestrel, Day: monday, Quantity: money.Decimal{Coef: 1}})))
		must(t, r.StartTimer(ctx, r.ben, worklog.Start{Client: r.kestrel, Type: remote}))
		r.jobs.Handle(clients.MergedJob, r.ClientMerged)
		must(t, r.clients.Merge(ctx, r.kestrel, r.harbour))
		r.work(t)
		if got := r.get(t, e.ID); got.Client != r.harbour {
			t.Errorf("%+v", got)
		}
		if p, err := r.Items(ctx, all, worklog.Query{Client: r.harbour}); err != nil || len(p.Rows) != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		if running, err := r.Running(ctx, r.ben.ID); err != nil || running.Client != r.harbour {
			t.Errorf("%+v, %v", running, err)
		}
		cards, err := r.Cards(ctx)
		if err != nil || len(cards) != 3 { // the firm's, Harbour's of January, Kestrel's of March
			t.Errorf("%+v, %v", cards, err)
		}
		must(t, r.ClientMerged(ctx, r.kestrel.String()+" "+r.harbour.String())) // a job may run again
	})
}

func TestEachForLedger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.card(t, nil)
		r.make(t, r.ben, func(d *worklog.Draft) { d.Ticket, d.Note = printer, "" })
		r.make(t, r.ada, func(d *worklog.Draft) { d.Client, d.Type = r.kestrel, project })
		var got []string
		collect := func(w worklog.Worked) error {
			got = append(got, fmt.Sprintf("%s %s %s %d %d %s %v %v", w.Person, w.Text, w.Day, w.Minutes, w.Minor, w.Currency, w.Reactive, w.Billable))
			return nil
		}
		must(t, r.EachForLedger(ctx, 0, collect))
		if !slices.Equal(got, []string{"Ben Osei Printer offline 2026-03-02 67 15000 EUR true true", "Ada Moreau Mailbox repaired 2026-03-02 67 15000 EUR false true"}) {
			t.Errorf("%q", got)
		}
		got = nil
		must(t, r.EachForLedger(ctx, r.kestrel, collect))
		if len(got) != 1 {
			t.Errorf("of one client: %q", got)
		}
		stop := errors.New("enough")
		if err := r.EachForLedger(ctx, 0, func(worklog.Worked) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("%v", err)
		}
	})
}

// Two who write on one ticket at the same time do not both get its minimum.
func TestTogetherOnOneTicket(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.card(t, func(c *worklog.Card) { c.MinTicket = 60 })
		done := make(chan error, 8)
		for range 8 {
			go func() {
				done <- second(r.Create(ctx, r.ben, worklog.Draft{Ticket: printer, Type: remote, Day: monday, Starts: worklog.NoStart, Minutes: 10}))
			}()
		}
		for range 8 {
			must(t, <-done)
		}
		entries, _, err := r.OfTicket(ctx, all, printer)
		sum := 0
		for _, e := range entries {
			sum += e.Price.Billed
		}
		if err != nil || len(entries) != 8 || sum != 120 { // 8 × 15
			t.Errorf("%d entries charge %d minutes, %v", len(entries), sum, err)
		}
	})
}

func TestQueriesPrepareOnBothEngines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q, err := store.Prepare(ctx, d.Reader())
		if err != nil {
			t.Fatal(err)
		}
		_ = q.Close()
	})
}

// 67 minutes of Ada at 120.00 in steps of 15 are charged as 75: 150.00. Ben's half hour on site at 140.00 is 70.00; planned
// work counts as not reactive; internal work is free.
func TestReport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.card(t, nil)
		r.make(t, r.ada, func(d *worklog.Draft) { d.Ticket = printer })
		r.make(t, r.ada, func(d *worklog.Draft) { d.Ticket, d.Minutes, d.Day = planned, 60, civil.MustDate(2026, 2, 27) })
		r.make(t, r.ben, func(d *worklog.Draft) { d.Client, d.Type, d.Minutes = r.kestrel, onSite, 30 })
		r.make(t, r.ben, func(d *worklog.Draft) { d.Type, d.Minutes = internal, 20 })
		r.make(t, r.ben, func(d *worklog.Draft) { d.Day, d.Minutes = civil.MustDate(2025, 12, 31), 600 }) // before
		q := worklog.ReportQuery{From: civil.NewMonth(2026, 1), To: civil.NewMonth(2026, 3), By: worklog.PerPerson}
		got, err := r.Report(ctx, all, q)
		must(t, err)
		sums := func(x worklog.Sums) string {
			s := fmt.Sprintf("%d: %d worked, %d billable, %d reactive, %d charged", x.Entries, x.Minutes, x.Billable, x.Reactive, x.Charged)
			for _, a := range x.Amounts {
				s += fmt.Sprintf(", %s %d", a.Currency, a.Minor)
			}
			return s
		}
		check := func(what string, x worklog.Sums, want string) {
			t.Helper()
			if s := sums(x); s != want {
				t.Errorf("%s is\n%s\nnot\n%s", what, s, want)
			}
		}
		check("all", got.All, "4: 177 worked, 157 billable, 97 reactive, 165 charged, EUR 34000")
		check("Ada", got.Lines[0].Sums, "2: 127 worked, 127 billable, 67 reactive, 135 charged, EUR 27000")
		check("Ben", got.Lines[1].Sums, "2: 50 worked, 30 billable, 30 reactive, 30 charged, EUR 7000")
		if got.Lines[0].Name != "Ada Moreau" || got.Lines[1].Name != "Ben Osei" || len(got.Lines) != 2 {
			t.Errorf("%+v", got.Lines)
		}
		check("January", got.Months[0].Sums, "0: 0 worked, 0 billable, 0 reactive, 0 charged")
		check("February", got.Months[1].Sums, "1: 60 worked, 60 billable, 0 reactive, 60 charged, EUR 12000")
		check("March", got.Months[2].Sums, "3: 117 worked, 97 billable, 97 reactive, 105 charged, EUR 22000")
		for by, first := range map[worklog.Dimension]ids.ID{worklog.PerClient: r.harbour, worklog.PerType: remote} {
			q.By = by
			x, err := r.Report(ctx, all, q)
			must(t, err)
			if sums(x.All) != sums(got.All) || x.Lines[0].ID != first {
				t.Errorf("by %s: %s %+v", by, sums(x.All), x.Lines)
			}
		}
		one, err := r.Report(ctx, access.OneClient(r.kestrel), q)
		must(t, err)
		check("one client's", one.All, "1: 30 worked, 30 billable, 30 reactive, 30 charged, EUR 7000")
		q.Person = r.ada.ID
		if one, err = r.Report(ctx, all, q); err != nil || one.All.Entries != 2 {
			t.Errorf("one person's: %+v %v", one.All, err)
		}
		for _, bad := range []worklog.ReportQuery{{From: q.From, To: q.To, By: "x"}, {From: q.To, To: q.From, By: worklog.PerType}, {From: q.From - 200, To: q.To, By: worklog.PerType}} {
			_, err := r.Report(ctx, all, bad)
			refused(t, "a report that is none", err, fault.Invalid)
		}
	})
}
