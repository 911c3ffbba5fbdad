// SPDX-License-Identifier: Apache-2.0

package agreements_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
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
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/agreements/store"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
)

var ctx = context.Background()

// rig is a firm on 15 March 2026 with one client, whose devices and people are what count says.
type rig struct {
	*agreements.Service
	db     *db.DB
	clock  *clock.Fixed
	client ids.ID
	count  map[string][]agreements.Member
	prices map[ids.ID]catalogue.Price
}

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	must(t, err)
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, slog.New(slog.DiscardHandler))
	a := access.New(d, c, s, sealer, access.Options{})
	r := &rig{db: d, clock: c, count: map[string][]agreements.Member{}}
	r.Service = agreements.New(agreements.Parts{DB: d, Clock: c, Zone: time.UTC, IDs: s, Access: a, Jobs: q, Count: func(_ context.Context, _ ids.ID, counted, _ string) ([]agreements.Member, bool, error) {
		list, ok := r.count[counted]
		return list, ok, nil
	}, Prices: func(context.Context, money.Currency, civil.Date) (map[ids.ID]catalogue.Price, error) {
		return r.prices, nil
	}})
	r.client, err = clients.New(d, c, s, a, q).Create(ctx, clients.Details{Name: "Harbour Dental"})
	must(t, err)
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused fails unless err is a fault that says a text.
func refused(t testing.TB, err error, want string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || !strings.Contains(f.Error(), want) && !strings.Contains(f.Text, want) {
		t.Fatalf("%v, want %q", err, want)
	}
}

func day(s string) civil.Date {
	d, err := civil.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func num(s string) money.Decimal {
	d, err := money.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

func ptr[T any](v T) *T { return &v }

func (r *rig) draft(starts string) agreements.NewAgreement {
	return agreements.NewAgreement{
		Head: agreements.Head{Client: r.client, Name: "Managed", Currency: "EUR", Starts: day(starts), Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: civil.NoDate, Unit: rating.Month}},
		Lines: []agreements.NewLine{
			{Copy: agreements.Copy{Name: "Monitoring"}, Terms: rating.Terms{Price: rating.Price{Unit: num("100")}}},
			{Copy: agreements.Copy{Name: "Users"}, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: num("25.50")}}, Quantity: ptr(num("10"))},
			{Copy: agreements.Copy{Name: "Devices", Counted: agreements.CountedDevices}, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: num("8")}}},
		},
		Pots: []agreements.Pot{{Name: "Hours", Measure: agreements.Hours, Alert: 10, Pot: rating.Pot{Each: num("4")}}},
	}
}

func (r *rig) active(t testing.TB, d agreements.NewAgreement) *agreements.Agreement {
	t.Helper()
	id, err := r.Create(ctx, d)
	must(t, err)
	must(t, r.Activate(ctx, id, 1, agreements.Sign{By: "Dr Mira Hansen"}))
	return r.get(t, id)
}

func (r *rig) get(t testing.TB, id ids.ID) *agreements.Agreement {
	t.Helper()
	a, err := r.Get(ctx, id)
	must(t, err)
	return a
}

func (r *rig) to(s string) {
	r.clock.Advance(day(s).Time(time.UTC).Add(9 * time.Hour).Sub(r.clock.Now()))
}

func price(s string) *rating.Terms {
	return &rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: num(s)}}
}

func TestDraftIsChangedFreelyAndThenSigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		id, err := r.Create(ctx, r.draft("2026-04-01"))
		must(t, err)
		a := r.get(t, id)
		if a.Number != "A-00001" || len(a.Lines) != 3 || len(a.Pots) != 1 || a.Cycle.Anchor != day("2026-04-01") || a.Pots[0].Each != num("4") || a.Pots[0].Cycle.Anchor != day("2026-04-01") {
			t.Fatalf("%+v", a)
		}
		again := a.Draft(day("2026-04-01"))
		again.Name, again.Lines = "Managed, smaller", again.Lines[:2]
		must(t, r.SaveDraft(ctx, id, 1, again))
		refused(t, r.SaveDraft(ctx, id, 1, again), "Somebody else has changed")
		if a = r.get(t, id); a.Name != "Managed, smaller" || len(a.Lines) != 2 || len(a.Pots) != 1 || a.Version != 2 {
			t.Fatalf("%+v", a)
		}
		if q, f := a.Lines[1].Quantity(day("2026-04-01")); q != num("10") || f.ID == 0 {
			t.Error("the quantity is lost:", q)
		}
		_, err = r.Amend(ctx, id, 2, agreements.Amendment{Day: day("2026-05-01"), Changes: []agreements.Change{{Line: a.Lines[0].ID, Quantity: ptr(num("2"))}}})
		refused(t, err, "a draft is simply changed")
		must(t, r.Activate(ctx, id, 2, agreements.Sign{By: "Dr Mira Hansen"}))
		refused(t, r.SaveDraft(ctx, id, 3, again), "change it by an amendment")
		refused(t, r.Discard(ctx, id, 3), "change it by an amendment")
		must(t, r.Cancel(ctx, id, 3, "changed their mind"))
		if a = r.get(t, id); a.State != agreements.Cancelled || a.Stage(day("2026-05-01")) != agreements.Undone {
			t.Error(a.State)
		}
		id, err = r.Create(ctx, r.draft("2026-04-01"))
		must(t, err)
		must(t, r.Discard(ctx, id, 1))
		_, err = r.Get(ctx, id)
		refused(t, err, "no such agreement")
	})
}

func TestEmptyAgreementIsNotSigned(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	x := r.draft("2026-04-01")
	x.Lines, x.Pots = nil, nil
	id, err := r.Create(ctx, x)
	must(t, err)
	refused(t, r.Activate(ctx, id, 1, agreements.Sign{}), "at least one line")
}

func TestAmendmentsHoldFromTheirDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a := r.active(t, r.draft("2026-01-01"))
		users := a.Lines[1].ID
		n, err := r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-04-01"), Reason: "more people", Changes: []agreements.Change{{Line: users, Terms: price("27"), Quantity: ptr(num("12"))}}})
		must(t, err)
		if n != 2 {
			t.Error("number", n)
		}
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-04-01"), Changes: []agreements.Change{{Line: users, Terms: price("28")}}})
		refused(t, err, "Somebody else")
		a = r.get(t, a.ID)
		for on, want := range map[string][2]string{"2026-01-01": {"25.50", "10"}, "2026-03-31": {"25.50", "10"}, "2026-04-01": {"27", "12"}, "2030-01-01": {"27", "12"}} {
			l := a.Line(users)
			if q, _ := l.Quantity(day(on)); l.On(day(on)).Price.Unit != num(want[0]) || q != num(want[1]) {
				t.Errorf("%s: %s × %s", on, q, l.On(day(on)).Price.Unit)
			}
		}
		if l := a.Line(users); l.On(day("2025-12-31")) != nil {
			t.Error("terms before the first day")
		}
		// An earlier one would overlap; one of the same day takes its place.
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-03-20"), Changes: []agreements.Change{{Line: users, Terms: price("26")}}})
		refused(t, err, "changed from 2026-04-01 on already")
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-03-20"), Changes: []agreements.Change{{Line: users, Quantity: ptr(num("11"))}}})
		refused(t, err, "changed from 2026-04-01 on already")
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-04-01"), Changes: []agreements.Change{{Line: users, Terms: price("26.40")}, {Line: users, Terms: price("26.50")}}})
		refused(t, err, "changed once")
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-04-01"), Changes: []agreements.Change{{Line: users, Terms: price("26.40"), Quantity: ptr(num("13"))}}})
		must(t, err)
		a = r.get(t, a.ID)
		l := a.Line(users)
		if q, _ := l.Quantity(day("2026-04-01")); len(l.Terms) != 2 || l.Terms[1].Price.Unit != num("26.40") || q != num("13") {
			t.Errorf("%d terms, %+v, %s", len(l.Terms), l.Terms[len(l.Terms)-1], q)
		}
		must(t, l.Check())
		done, err := r.Amendments(ctx, a.ID)
		must(t, err)
		if len(done) != 3 || done[2].Kind != "signed" || done[1].Reason != "more people" || len(done[1].Summaries) != 2 || *done[1].Summaries[0].Old != num("25.50") || *done[1].Summaries[0].New != num("27") {
			t.Errorf("%+v", done)
		}
	})
}

func TestLinesComeEndAndGoOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a := r.active(t, r.draft("2026-01-01"))
		users := a.Lines[1].ID
		_, err := r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-02-10"), Changes: []agreements.Change{
			{New: &agreements.NewLine{Copy: agreements.Copy{Name: "Backup"}, Terms: rating.Terms{Price: rating.Price{Unit: num("40")}}}},
			{New: &agreements.NewLine{Copy: agreements.Copy{Name: "Setup"}, Terms: rating.Terms{Once: true, Price: rating.Price{Unit: num("90")}}}},
			{Line: users, Last: ptr(day("2026-02-28"))},
		}})
		must(t, err)
		a = r.get(t, a.ID)
		if len(a.Lines) != 5 || a.Lines[3].Name != "Backup" || a.Lines[3].Position != 4 || a.Lines[4].Position != 5 || a.Lines[3].On(day("2026-02-09")) != nil || a.Lines[3].On(day("2026-02-10")) == nil {
			t.Fatalf("%+v", a.Lines)
		}
		if l := a.Line(users); l.On(day("2026-02-28")) == nil || l.On(day("2026-03-01")) != nil {
			t.Error("the last day is still consumed, the one after it is not")
		}
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-03-01"), Changes: []agreements.Change{{Line: users, Quantity: ptr(num("3"))}}})
		refused(t, err, "ended on 2026-02-28")
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-03-01"), Changes: []agreements.Change{{Line: users, Last: ptr(day("2025-06-01"))}}})
		refused(t, err, "before the first")
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-03-01"), Changes: []agreements.Change{{Line: users, Last: ptr(civil.Date(2_000_000_000))}}})
		refused(t, err, "between the years")
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-03-01"), Changes: []agreements.Change{{Line: users, Last: ptr(civil.NoDate)}}})
		must(t, err)
		a = r.get(t, a.ID)
		if l := a.Line(users); l.On(day("2027-03-01")) == nil {
			t.Error("the line does not go on")
		}
		must(t, r.End(ctx, a.ID, a.Version, day("2026-06-30"), "notice"))
		a = r.get(t, a.ID)
		if !a.Holds(day("2026-06-30")) || a.Holds(day("2026-07-01")) || a.Line(users).On(day("2026-07-01")) != nil || a.Stage(day("2026-07-01")) != agreements.Over {
			t.Error("the agreement does not end on its day")
		}
		_, err = r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-07-01"), Changes: []agreements.Change{{Line: users, Quantity: ptr(num("3"))}}})
		refused(t, err, "has ended by then")
		must(t, r.End(ctx, a.ID, a.Version, civil.NoDate, "they stay"))
		if a = r.get(t, a.ID); !a.Holds(day("2030-01-01")) {
			t.Error("the agreement does not go on")
		}
		refused(t, r.End(ctx, a.ID, a.Version, day("2025-12-31"), ""), "before the first")
	})
}

func TestTermsRenewalsAndNotice(t *testing.T) {
	a := &agreements.Agreement{State: agreements.Active, Head: agreements.Head{Starts: day("2025-01-31"), Ends: civil.NoDate, Term: 13, Renew: 1, Notice: 30}}
	for on, want := range map[string]string{"2025-01-31": "2026-02-28", "2026-02-27": "2026-02-28", "2026-02-28": "2026-03-31", "2026-03-30": "2026-03-31", "2026-03-31": "2026-04-30"} {
		if got := a.TermEnd(day(on)); got != day(want) {
			t.Errorf("the term of %s ends before %s, want %s", on, got, want)
		}
	}
	year := &agreements.Agreement{State: agreements.Active, Head: agreements.Head{Starts: day("2025-07-01"), Ends: civil.NoDate, Term: 12, Renew: 12, Notice: 90}}
	for on, want := range map[string][2]string{
		"2025-07-01": {"2026-04-01", "2026-06-30"}, // 90 whole days lie between: 2 April to 30 June
		"2026-04-01": {"2026-04-01", "2026-06-30"}, "2026-04-02": {"2027-04-01", "2027-06-30"}, "2026-07-01": {"2027-04-01", "2027-06-30"},
	} {
		by, last := year.NoticeBy(day(on))
		if by != day(want[0]) || last != day(want[1]) {
			t.Errorf("%s: by %s for %s, want %s", on, by, last, want)
		}
	}
	open := &agreements.Agreement{State: agreements.Active, Head: agreements.Head{Starts: day("2025-07-01"), Ends: civil.NoDate, Notice: 30}}
	if by, last := open.NoticeBy(day("2026-03-15")); by.Known() || last != day("2026-04-14") {
		t.Error(by, last)
	}
}

func TestTermWithoutRenewalEndsItself(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	x := r.draft("2026-01-31")
	x.Term = 13
	if a := r.active(t, x); a.Ends != day("2027-02-27") {
		t.Error(a.Ends)
	}
}

func TestCountsKeepTheirEvidence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a := r.active(t, r.draft("2026-03-01"))
		line := a.Lines[2].ID
		r.count[agreements.CountedDevices] = nil
		must(t, r.CountAll(ctx))
		must(t, r.CountAll(ctx)) // nothing is there and nothing was: one count is enough
		if a = r.get(t, a.ID); len(a.Lines[2].Facts) != 1 || a.Lines[2].Facts[0].Quantity.Coef != 0 {
			t.Fatalf("%+v", a.Lines[2].Facts)
		}
		r.count[agreements.CountedDevices] = []agreements.Member{{Ref: "1", Name: "PC-1"}, {Ref: "2", Name: "PC-2"}}
		r.to("2026-03-16")
		must(t, r.CountAll(ctx))
		r.to("2026-03-20")
		must(t, r.CountAll(ctx)) // the same again
		r.count[agreements.CountedDevices] = []agreements.Member{{Ref: "2", Name: "PC-2"}, {Ref: "3", Name: "PC-3"}}
		r.to("2026-03-21")
		must(t, r.CountAll(ctx)) // one left, one came: as many, but others
		a = r.get(t, a.ID)
		l := a.Line(line)
		if len(l.Facts) != 3 {
			t.Fatalf("%+v", l.Facts)
		}
		if q, f := l.Quantity(day("2026-03-19")); q.Coef != 2 || f.Source != "devices" || l.Evidence[f.ID] != `["PC-1","PC-2"]` {
			t.Error(q, f, l.Evidence)
		}
		members, err := r.Members(ctx, line)
		must(t, err)
		if len(members) != 3 || members[0].Name != "PC-1" || members[0].Ends != day("2026-03-20") || members[2].Starts != day("2026-03-21") {
			t.Errorf("%+v", members)
		}
		covered, err := r.Covered(ctx, r.client, day("2026-03-19"))
		must(t, err)
		if len(covered) != 2 || covered[0].Kind != agreements.CountedDevices || covered[0].Line != "Devices" {
			t.Errorf("%+v", covered)
		}
		refused(t, r.Count(ctx, a.Lines[1].ID, agreements.NewFact{Day: day("2026-03-20"), Quantity: num("4")}), "change it by an amendment")
		refused(t, r.Count(ctx, line, agreements.NewFact{Day: day("2026-02-20"), Quantity: num("4")}), "before the agreement begins")
		refused(t, r.Count(ctx, line, agreements.NewFact{Day: day("2026-03-20"), Quantity: num("1000000001")}), "at most")
		refused(t, r.Count(ctx, line, agreements.NewFact{Day: day("2026-03-20"), Quantity: num("-1")}), "must not be below 0")
		refused(t, r.Count(ctx, ids.ID(77), agreements.NewFact{Day: day("2026-03-20")}), "no such line")
	})
}

// Thirty people were entered by hand. The first one who is noted does not make thirty one; who says so has them counted from then on.
func TestWhatIsEnteredByHandStands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.draft("2026-03-01")
		x.Lines[2].Counted = agreements.CountedPeople
		a := r.active(t, x)
		line := a.Lines[2].ID
		must(t, r.Count(ctx, line, agreements.NewFact{Day: day("2026-03-01"), Quantity: num("30"), Source: agreements.CountedHand}))
		refused(t, r.CountFromNow(ctx, a, line), "nothing to count yet")
		r.count[agreements.CountedPeople] = []agreements.Member{{Ref: "1", Name: "Kim"}}
		r.to("2026-03-16")
		must(t, r.CountAll(ctx))
		if q, _ := r.get(t, a.ID).Lines[2].Quantity(day("2026-03-16")); q.Coef != 30 {
			t.Fatalf("%s are billed", q)
		}
		must(t, r.CountFromNow(ctx, a, line))
		r.to("2026-03-17")
		r.count[agreements.CountedPeople] = append(r.count[agreements.CountedPeople], agreements.Member{Ref: "2", Name: "Ola"})
		must(t, r.CountAll(ctx))
		if q, _ := r.get(t, a.ID).Lines[2].Quantity(day("2026-03-16")); q.Coef != 1 {
			t.Errorf("%s are billed on the day", q)
		}
		if q, _ := r.get(t, a.ID).Lines[2].Quantity(day("2026-03-17")); q.Coef != 2 {
			t.Errorf("%s are billed on the next day", q)
		}
		refused(t, r.CountFromNow(ctx, a, a.Lines[1].ID), "no such line")
	})
}

// Of very many the evidence holds the first names, and the quantity is right all the same; who is covered is known in full.
func TestManyAreCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a := r.active(t, r.draft("2026-03-01"))
		var list []agreements.Member
		for i := range 6000 {
			list = append(list, agreements.Member{Ref: fmt.Sprint(i), Name: fmt.Sprintf("WORKSTATION-%07d \"x\"", i)})
		}
		r.count[agreements.CountedDevices] = list
		must(t, r.CountAll(ctx))
		r.to("2026-03-16")
		r.count[agreements.CountedDevices] = list[1:]
		must(t, r.CountAll(ctx))
		l := r.get(t, a.ID).Lines[2]
		q, f := l.Quantity(day("2026-03-16"))
		if q.Coef != 5999 || len(l.Facts) != 2 {
			t.Fatalf("%s of %d counts", q, len(l.Facts))
		}
		var names []string
		must(t, json.Unmarshal([]byte(l.Evidence[f.ID]), &names))
		if names[0] != list[1].Name || names[len(names)-1] != "…" || len(names) < 3000 || len(l.Evidence[f.ID]) > 100_000 {
			t.Errorf("%d names, %d bytes", len(names), len(l.Evidence[f.ID]))
		}
		members, err := r.Members(ctx, l.ID)
		must(t, err)
		if len(members) != 6000 || members[0].Ends != day("2026-03-15") {
			t.Errorf("%d members, the first until %s", len(members), members[0].Ends)
		}
		counts, err := r.LineCounts(ctx, r.client, agreements.CountedDevices, day("2026-03-16"))
		must(t, err)
		if len(counts) != 1 || counts[0].Source != agreements.CountedDevices || !counts[0].Covers || counts[0].Ref == "" {
			t.Errorf("%+v", counts)
		}
	})
}

func TestBadInputIsRefusedInWords(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	for want, spoil := range map[string]func(*agreements.NewAgreement){
		"Choose the client":           func(d *agreements.NewAgreement) { d.Client = 0 },
		"enter a name":                func(d *agreements.NewAgreement) { d.Name = " " },
		"is not a currency":           func(d *agreements.NewAgreement) { d.Currency = "EURO" },
		"Enter the first day":         func(d *agreements.NewAgreement) { d.Starts = civil.NoDate },
		"first day of the agreement":  func(d *agreements.NewAgreement) { d.Starts = day("1900-01-01") },
		"The last day is before":      func(d *agreements.NewAgreement) { d.Ends = day("2020-01-01") },
		"Enter a term":                func(d *agreements.NewAgreement) { d.Term = -1 },
		"Only a fixed term":           func(d *agreements.NewAgreement) { d.Renew = 12 },
		"Enter a notice":              func(d *agreements.NewAgreement) { d.Notice = -1 },
		"no time zone":                func(d *agreements.NewAgreement) { d.Zone = "Mars/Base" },
		"A minimum is":                func(d *agreements.NewAgreement) { d.Least = ptr(num("-1")) },
		"Enter a percentage":          func(d *agreements.NewAgreement) { d.Rise = agreements.Rise{Every: 12, Next: civil.NoDate} },
		"at most 500 lines":           func(d *agreements.NewAgreement) { d.Lines = make([]agreements.NewLine, 501) },
		"needs a name":                func(d *agreements.NewAgreement) { d.Lines[0].Name = "" },
		"no such way of counting":     func(d *agreements.NewAgreement) { d.Lines[0].Counted = "sheep" },
		"A quantity is at most":       func(d *agreements.NewAgreement) { d.Lines[1].Quantity = ptr(num("1000000001")) },
		"must not be below 0":         func(d *agreements.NewAgreement) { d.Lines[1].Quantity = ptr(num("-2")) },
		"A price is at most":          func(d *agreements.NewAgreement) { d.Lines[0].Terms.Price.Unit = num("9000000000000000") },
		"between 1 and 100 tiers":     func(d *agreements.NewAgreement) { d.Lines[0].Terms.Price = rating.Price{Model: rating.Graduated} },
		"only be billed in arrears":   func(d *agreements.NewAgreement) { d.Lines[0].Terms.Rule = rating.Sum },
		"between 1 and 1200 units":    func(d *agreements.NewAgreement) { d.Cycle.Every = 1201 },
		"Each allowance needs a name": func(d *agreements.NewAgreement) { d.Pots[0].Name = "" },
		"hours, money or tickets":     func(d *agreements.NewAgreement) { d.Pots[0].Measure = "miles" },
		"no such allowance":           func(d *agreements.NewAgreement) { d.Lines[0].Pot = 2 },
	} {
		d := r.draft("2026-04-01")
		spoil(&d)
		_, err := r.Create(ctx, d)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Kind != fault.Invalid {
			t.Errorf("%q: %v", want, err)
			continue
		}
		if !strings.Contains(f.Error(), want) {
			t.Errorf("%q, want %q", f.Error(), want)
		}
	}
}

func TestListAndMonthlyValue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.draft("2026-01-01")
		x.Lines = append(x.Lines,
			agreements.NewLine{Copy: agreements.Copy{Name: "Licence"}, Terms: rating.Terms{Cycle: rating.Cycle{Unit: rating.Year, Every: 1}, Price: rating.Price{Unit: num("120.06")}}},
			agreements.NewLine{Copy: agreements.Copy{Name: "Setup"}, Terms: rating.Terms{Once: true, Price: rating.Price{Unit: num("900")}}})
		a := r.active(t, x)
		must(t, r.Count(ctx, a.Lines[2].ID, agreements.NewFact{Day: day("2026-03-01"), Quantity: num("17")}))
		_, err := r.Create(ctx, r.draft("2026-05-01"))
		must(t, err)
		p, err := r.List(ctx, access.WholeFirm(), agreements.Query{Stage: agreements.Current})
		must(t, err)
		// 100 + 10 × 25.50 + 17 × 8 + 120.06 ÷ 12 = 501.005, half away from zero
		if len(p.Rows) != 1 || p.Rows[0].Monthly != 50101 || p.Rows[0].ClientName != "Harbour Dental" {
			t.Fatalf("%+v", p.Rows)
		}
		for text, want := range map[string]int{"harbour": 2, "a-00002": 1, "MANAGED": 2, "%": 0, "nothing": 0} {
			if p, err = r.List(ctx, access.WholeFirm(), agreements.Query{Text: text}); err != nil || len(p.Rows) != want {
				t.Errorf("%q finds %d %v", text, len(p.Rows), err)
			}
		}
		p, err = r.List(ctx, access.WholeFirm(), agreements.Query{Limit: 1})
		must(t, err)
		if p.Next == 0 || p.Rows[0].Stage(day("2026-03-15")) != agreements.Drafted {
			t.Errorf("%+v", p)
		}
		if p, err = r.List(ctx, access.WholeFirm(), agreements.Query{Limit: 1, After: p.Next}); err != nil || p.Next != 0 || p.Rows[0].ID != a.ID {
			t.Errorf("%+v %v", p, err)
		}
	})
}

func TestPricesRiseOnTheirDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.draft("2025-01-31")
		x.Rise = agreements.Rise{Percent: num("3.5"), Every: 1, Next: day("2026-02-28")}
		x.Lines[0].Terms.Price = rating.Price{Model: rating.Graduated, Tiers: []rating.Tier{{UpTo: num("5"), Unit: num("10"), Flat: num("7")}, {Open: true, Unit: num("8.125")}}}
		a := r.active(t, x)
		must(t, r.Daily(ctx))
		must(t, r.Daily(ctx))
		a = r.get(t, a.ID)
		if a.Rise.Next != day("2026-03-31") { // the end of the month stays its end
			t.Error(a.Rise.Next)
		}
		if l := a.Lines[1]; l.On(day("2026-02-27")).Price.Unit != num("25.50") || l.On(day("2026-02-28")).Price.Unit != num("26.39") { // 26.3925
			t.Error(l.On(day("2026-02-28")).Price.Unit)
		}
		tiers := a.Lines[0].On(day("2026-02-28")).Price.Tiers
		if tiers[0].Unit != num("10.35") || tiers[0].Flat.String() != "7.25" || tiers[1].Unit != num("8.409") { // 7.245, 8.409375
			t.Errorf("%+v", tiers)
		}
		done, err := r.Amendments(ctx, a.ID)
		must(t, err)
		if len(done) != 2 || done[0].Kind != "raised" || done[0].Day != day("2026-02-28") || done[0].Reason != "3.5 %" {
			t.Errorf("%+v", done)
		}
	})
}

func TestRenewalsAreNotedAndRemindedOf(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.draft("2024-04-01")
		x.Term, x.Renew, x.Notice = 12, 12, 30
		a := r.active(t, x)
		said := map[string]int{}
		r.Listen(func(_ context.Context, _ *sql.Tx, what string, _ *agreements.Agreement) error {
			said[what]++
			return nil
		})
		r.to("2026-01-10")
		for range 2 {
			must(t, r.Daily(ctx))
		}
		if said[agreements.Renewed] != 1 || said[agreements.NoticeNear] != 0 {
			t.Error(said)
		}
		r.to("2026-02-15") // notice by 1 March
		for range 2 {
			must(t, r.Daily(ctx))
		}
		if said[agreements.NoticeNear] != 1 {
			t.Error(said)
		}
		list, err := r.Dates(ctx, access.WholeFirm(), day("2026-02-01"), day("2027-04-30"))
		must(t, err)
		var got []string
		for _, x := range list {
			got = append(got, x.What+" "+x.On.String())
		}
		if want := "notice 2026-03-01, renew 2026-04-01, notice 2027-03-01, renew 2027-04-01"; strings.Join(got, ", ") != want {
			t.Errorf("%s, want %s", strings.Join(got, ", "), want)
		}
		r.to("2026-04-01")
		must(t, r.Daily(ctx))
		done, err := r.Amendments(ctx, a.ID)
		must(t, err)
		if len(done) != 3 || done[0].Kind != "renewed" || done[0].Day != day("2026-04-01") {
			t.Errorf("%+v", done)
		}
	})
}

func TestPapersBlocksAndAllowancesChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.draft("2026-01-01")
		x.Term = 12
		x.Renew = 12
		a := r.active(t, x)
		p := agreements.Papers{Name: "Managed Plus", Order: "PO 7", Scope: "All devices", PayDays: 30, Renew: 6, Notice: 60, Rise: agreements.Rise{Percent: num("2"), Every: 12, Next: civil.NoDate}, Work: "*", Level: 9}
		must(t, r.UpdatePapers(ctx, a.ID, a.Version, p))
		refused(t, r.UpdatePapers(ctx, a.ID, a.Version, p), "Somebody else")
		a = r.get(t, a.ID)
		if a.Name != "Managed Plus" || a.Order != "PO 7" || a.PayDays != 30 || a.Renew != 6 || a.Notice != 60 || a.Rise.Next != day("2027-01-01") || a.Work != "*" || a.Level != 9 {
			t.Errorf("%+v", a.Head)
		}
		p.Notice = -1
		refused(t, r.UpdatePapers(ctx, a.ID, a.Version, p), "Enter a notice")
		pot := a.Pots[0].ID
		must(t, r.BuyBlock(ctx, a.ID, a.Version, agreements.Block{
			Pot: pot, Day: day("2026-03-15"), Until: day("2027-01-01"), Amount: num("10"), Note: "ten more",
			Line: &agreements.NewLine{Copy: agreements.Copy{Name: "Block of 10 hours"}, Terms: rating.Terms{Price: rating.Price{Unit: num("900")}}},
		}))
		a = r.get(t, a.ID)
		if len(a.Pots[0].Bought) != 1 || a.Pots[0].Bought[0].Amount.Cmp(money.Whole(10)) != 0 || len(a.Lines) != 4 || !a.Lines[3].Terms[0].Once {
			t.Fatalf("%+v", a.Pots)
		}
		refused(t, r.BuyBlock(ctx, a.ID, a.Version, agreements.Block{Pot: pot, Day: day("2026-03-15"), Until: civil.NoDate}), "above 0")
		refused(t, r.BuyBlock(ctx, a.ID, a.Version, agreements.Block{Pot: 5, Day: day("2026-03-15"), Until: civil.NoDate, Amount: num("1")}), "no such allowance")
		more := a.Pots[0]
		more.Each = num("6")
		_, err := r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-04-01"), Pots: []agreements.PotChange{{End: pot, New: &more}}})
		must(t, err)
		a = r.get(t, a.ID)
		if len(a.Pots) != 2 || a.Pots[0].Valid.To != day("2026-04-01") || a.Pots[1].Valid.From != day("2026-04-01") || a.Pots[1].Each != num("6") {
			t.Errorf("%+v", a.Pots)
		}
	})
}

func TestQueriesPrepareOnBothEngines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q, err := store.Prepare(ctx, d.Reader())
		must(t, err)
		must(t, q.Close())
	})
}

func TestPricesOfManyAreRaisedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.draft("2026-01-01")
		x.Term = 12
		x.Lines[1].Item = 7
		a := r.active(t, x)
		_, err := r.Create(ctx, r.draft("2026-01-01")) // a draft is not concerned
		must(t, err)
		c := agreements.PriceChange{Day: day("2026-07-01"), Percent: num("4"), Item: 7, Reason: "2026"}
		list, err := r.Reprice(ctx, access.WholeFirm(), c)
		must(t, err)
		// 10 users at 25.50 → 26.52, beside 100
		if len(list) != 1 || list[0].Lines != 1 || list[0].Before != 35500 || list[0].After != 36520 || list[0].Term != day("2027-01-01") {
			t.Fatalf("%+v", list)
		}
		for i, want := range []bool{true, false} {
			if done, err := r.ApplyPrices(ctx, a.ID, c, nil); err != nil || done.Changed != want || done.Letter != 0 {
				t.Errorf("%d: %+v %v", i, done, err)
			}
		}
		a = r.get(t, a.ID)
		if a.Lines[1].On(day("2026-07-01")).Price.Unit != num("26.52") || a.Lines[1].On(day("2026-06-30")).Price.Unit != num("25.50") || a.Lines[0].On(day("2026-07-01")).Price.Unit != num("100") {
			t.Errorf("%+v", a.Lines)
		}
		if list, err = r.Reprice(ctx, access.WholeFirm(), c); err != nil || len(list) != 1 || !list[0].Done {
			t.Errorf("%+v %v", list, err)
		}
		c.Percent = num("-1")
		_, err = r.Reprice(ctx, access.WholeFirm(), c)
		refused(t, err, "Enter a percentage")
	})
}

// A line that was changed and ended in one breath goes on again with another price of the same day: there is one price.
func TestResumedLineHasOnePriceOfADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a := r.active(t, r.draft("2026-01-01"))
		users := a.Lines[1].ID
		for _, c := range []agreements.Change{
			{Line: users, Terms: price("27"), Last: ptr(day("2026-01-31"))},
			{Line: users, Terms: price("28"), Last: ptr(civil.NoDate)},
		} {
			a = r.get(t, a.ID)
			_, err := r.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: day("2026-04-01"), Changes: []agreements.Change{c}})
			must(t, err)
		}
		l := r.get(t, a.ID).Line(users)
		must(t, l.Check())
		if l.On(day("2026-04-01")).Price.Unit != num("28") {
			t.Error(l.On(day("2026-04-01")).Price.Unit)
		}
	})
}

// The catalogue's prices are taken by lines of its items whose interval they are for, whether they rise or fall; what costs the same
// already is left alone.
func TestPricesBecomeThoseOfTheCatalogue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.draft("2026-01-01")
		for i, item := range []ids.ID{7, 8, 9} {
			x.Lines[i].Item = item
		}
		free := x.Lines[0]
		free.Copy = agreements.Copy{Name: "Written by hand"}
		x.Lines = append(x.Lines, free)
		a := r.active(t, x)
		of := func(every catalogue.Interval, m rating.Model, unit string) catalogue.Price {
			return catalogue.Price{Every: every, Price: rating.Price{Model: m, Unit: num(unit)}}
		}
		r.prices = map[ids.ID]catalogue.Price{7: of(catalogue.Monthly, rating.Flat, "90"), 8: of(catalogue.Monthly, rating.PerUnit, "25.5"), 9: of(catalogue.Yearly, rating.PerUnit, "90")}
		c := agreements.PriceChange{Day: day("2026-07-01"), Catalogue: true}
		list, err := r.Reprice(ctx, access.WholeFirm(), c)
		must(t, err)
		// 100 + 10 × 25.50 + 100 by hand; the devices are not counted
		if len(list) != 1 || list[0].Lines != 1 || list[0].Unpriced != 1 || list[0].Before != 45500 || list[0].After != 44500 || list[0].Prices[0].Before != 10000 || list[0].Prices[0].After != 9000 {
			t.Fatalf("%+v", list)
		}
		r.prices[8] = of(catalogue.Monthly, rating.PerUnit, "27")
		done, err := r.ApplyPrices(ctx, a.ID, c, nil)
		must(t, err)
		a = r.get(t, a.ID)
		if july, june := day("2026-07-01"), day("2026-06-30"); !done.Changed || a.Lines[0].On(july).Price.Unit != num("90") || a.Lines[0].On(june).Price.Unit != num("100") || a.Lines[1].On(july).Price.Unit != num("27") || a.Lines[2].On(july).Price.Unit != num("8") {
			t.Errorf("%+v %+v", done, a.Lines)
		}
		gone := r.prices[7]
		gone.Withdrawn = true
		r.prices = map[ids.ID]catalogue.Price{7: gone}
		c.Day = day("2026-08-01")
		if list, err = r.Reprice(ctx, access.WholeFirm(), c); err != nil || len(list) != 1 || list[0].Lines != 0 || list[0].Unpriced != 3 {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// A change is too early until the notice that is given today has run out, which with a term is at the end of one.
func TestPriceChangesThatComeTooEarly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for _, x := range []struct {
			term, renew, notice int
			earliest            string
			within              string // the first day after the term that 1 July lies in; "" = none
		}{
			{0, 0, 0, "2026-03-15", ""},
			{0, 0, 30, "2026-04-15", ""},
			{6, 6, 30, "2026-07-01", ""}, // the term ends with June
			{6, 6, 120, "2027-01-01", ""},
			{12, 12, 60, "2027-01-01", "2027-01-01"},
		} {
			n := r.draft("2026-01-01")
			n.Term, n.Renew, n.Notice = x.term, x.renew, x.notice
			a := r.active(t, n)
			got, err := r.RepriceOne(ctx, a.ID, agreements.PriceChange{Day: day("2026-07-01"), Percent: num("4")})
			must(t, err)
			within := civil.NoDate
			if x.within != "" {
				within = day(x.within)
			}
			if got.Earliest != day(x.earliest) || got.Early != (got.Earliest > day("2026-07-01")) || got.Term != within {
				t.Errorf("%+v: %s, early %v, within %s", x, got.Earliest, got.Early, got.Term)
			}
		}
	})
}
