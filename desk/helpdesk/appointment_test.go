// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

func berlin(t testing.TB, s string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// An appointment on a ticket that nobody has taken gives it to that person, and the thread says so; moved and called off,
// too.
func TestAppointments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		tk, err := r.Create(r.ada, all, helpdesk.Draft{Client: r.harbour, Subject: "New printer"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.SaveAppointment(r.ada, all, helpdesk.Appointment{User: r.adaID, Kind: helpdesk.Work, Ticket: tk.ID, Onsite: true, Start: berlin(t, "2026-03-03 10:00"), End: berlin(t, "2026-03-03 11:30")})
		if err != nil {
			t.Fatal(err)
		}
		if tk, err = r.Get(r.ada, all, tk.ID); err != nil || tk.Assignee != r.adaID {
			t.Fatal(tk.Assignee, err)
		}
		stale := a
		a.Start, a.End = berlin(t, "2026-03-04 10:00"), berlin(t, "2026-03-04 11:30")
		if a, err = r.SaveAppointment(r.ada, all, a); err != nil || a.Version != 2 {
			t.Fatal(a, err)
		}
		if _, err := r.SaveAppointment(r.ada, all, stale); !fault.Is(err, fault.Conflict) {
			t.Error("an older version was taken:", err)
		}
		if err := r.DropAppointment(r.ada, all, a.ID, 1); !fault.Is(err, fault.Conflict) {
			t.Error("an older version was dropped:", err)
		}
		if err := r.DropAppointment(r.ada, all, a.ID, a.Version); err != nil {
			t.Fatal(err)
		}
		var said []string
		thread, err := r.Thread(r.ada, all, tk.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range thread {
			for _, c := range e.Changes {
				if c.Field == "appointment" {
					if e.Public {
						t.Error("the client sees the planning")
					}
					said = append(said, c.From+" -> "+c.To)
				}
			}
		}
		me := r.adaID.String()
		want := []string{
			" -> " + me + " 2026-03-03T09:00:00Z 2026-03-03T10:30:00Z",
			me + " 2026-03-03T09:00:00Z 2026-03-03T10:30:00Z -> " + me + " 2026-03-04T09:00:00Z 2026-03-04T10:30:00Z",
			me + " 2026-03-04T09:00:00Z 2026-03-04T10:30:00Z -> ",
		}
		if strings.Join(said, "\n") != strings.Join(want, "\n") {
			t.Errorf("the thread says\n%s", strings.Join(said, "\n"))
		}
		if user, start, end, ok := helpdesk.ParseAppointmentMark(strings.Split(said[1], " -> ")[1]); !ok || user != r.adaID || !start.Equal(berlin(t, "2026-03-04 10:00")) || !end.Equal(berlin(t, "2026-03-04 11:30")) {
			t.Error(user, start, end, ok)
		}
	})
}

func TestAppointmentsThatAreRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		tk, err := r.Create(r.ada, all, helpdesk.Draft{Client: r.harbour, Subject: "New printer"})
		if err != nil {
			t.Fatal(err)
		}
		solved := helpdesk.StateSolved
		done, err := r.Create(r.ada, all, helpdesk.Draft{Client: r.harbour, Subject: "Old printer"})
		if err == nil {
			_, err = r.Update(r.ada, all, done.ID, 0, helpdesk.Edit{State: &solved})
		}
		if err != nil {
			t.Fatal(err)
		}
		good := helpdesk.Appointment{User: r.adaID, Kind: helpdesk.Work, Ticket: tk.ID, Start: berlin(t, "2026-03-03 10:00"), End: berlin(t, "2026-03-03 11:00")}
		for name, c := range map[string]struct {
			change func(*helpdesk.Appointment)
			scope  access.Scope
			kind   fault.Kind
			field  string
		}{
			"no end":            {func(a *helpdesk.Appointment) { a.End = a.Start }, all, fault.Invalid, "minutes"},
			"a month and a day": {func(a *helpdesk.Appointment) { a.End = a.Start.AddDate(0, 0, 32) }, all, fault.Invalid, "minutes"},
			"nobody's":          {func(a *helpdesk.Appointment) { a.User = 0 }, all, fault.Invalid, "user"},
			"a stranger's":      {func(a *helpdesk.Appointment) { a.User = 42 }, all, fault.Invalid, "user"},
			"no ticket":         {func(a *helpdesk.Appointment) { a.Ticket = 0 }, all, fault.Invalid, "ticket"},
			"a lost ticket":     {func(a *helpdesk.Appointment) { a.Ticket = 42 }, all, fault.NotFound, ""},
			"finished":          {func(a *helpdesk.Appointment) { a.Ticket = done.ID }, all, fault.Conflict, ""},
			"another client":    {func(*helpdesk.Appointment) {}, access.OneClient(r.kestrel), fault.NotFound, ""},
			"a meeting":         {func(a *helpdesk.Appointment) { a.Kind = helpdesk.Busy }, all, fault.Invalid, "title"},
			"no kind":           {func(a *helpdesk.Appointment) { a.Kind = "x" }, all, fault.Invalid, "kind"},
			"far away":          {func(a *helpdesk.Appointment) { a.Start, a.End = a.Start.AddDate(90, 0, 0), a.End.AddDate(90, 0, 0) }, all, fault.Invalid, "day"},
		} {
			a := good
			c.change(&a)
			if _, err := r.SaveAppointment(r.ada, c.scope, a); fault.KindOf(err) != c.kind {
				t.Errorf("%s: %v", name, err)
			} else if f := fieldOf(err); f != c.field {
				t.Errorf("%s: is said of %q", name, f)
			}
		}
		if list, err := r.Appointments(r.ada, 0, berlin(t, "2026-03-01 00:00"), berlin(t, "2026-03-31 00:00")); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
	})
}

// What lasts into a span belongs to it; what ends as it begins does not.
func TestAppointmentsBetween(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for _, x := range []struct{ title, from, to string }{
			{"holiday", "2026-02-20 08:00", "2026-03-10 08:00"}, {"before", "2026-03-02 08:00", "2026-03-03 00:00"}, {"in", "2026-03-03 08:00", "2026-03-03 09:00"}, {"after", "2026-03-04 00:00", "2026-03-04 01:00"},
		} {
			if _, err := r.SaveAppointment(r.ada, all, helpdesk.Appointment{User: r.adaID, Kind: helpdesk.Away, Title: x.title, Start: berlin(t, x.from), End: berlin(t, x.to)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, user := range []ids.ID{0, r.adaID} {
			list, err := r.Appointments(r.ada, user, berlin(t, "2026-03-03 00:00"), berlin(t, "2026-03-04 00:00"))
			if err != nil || len(list) != 2 || list[0].Title != "holiday" || list[1].Title != "in" {
				t.Error(list, err)
			}
		}
	})
}

// The firm works 08:00–17:00 on weekdays as it is set up; it is Monday, 2 March, nine o'clock.
func TestFreeSlot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		set, err := r.Setup(r.ada)
		if err != nil {
			t.Fatal(err)
		}
		begins := set.Calendars[0].Week[time.Tuesday][0]
		zone := berlin(t, "2026-03-03 00:00").Location()
		tuesday := civil.MustDate(2026, 3, 3)
		at := func(day civil.Date, length time.Duration) string {
			x, err := r.FreeSlot(r.ada, r.adaID, day, length, zone)
			if err != nil {
				t.Fatal(err)
			}
			return x.In(zone).Format("02 15:04")
		}
		open := time.Duration(begins.From) * time.Minute
		clock := func(day string, d time.Duration) string {
			return day + " " + time.Time{}.Add(d).Format("15:04")
		}
		if got := at(tuesday, time.Hour); got != clock("03", open) {
			t.Error("an empty day begins at", got)
		}
		if got := at(civil.MustDate(2026, 3, 2), time.Hour); got != "02 09:00" {
			t.Error("today begins now, not", got)
		}
		for _, x := range []struct{ from, to time.Duration }{{0, time.Hour}, {90 * time.Minute, 2 * time.Hour}} {
			start := tuesday.Time(zone).Add(open)
			if _, err := r.SaveAppointment(r.ada, all, helpdesk.Appointment{User: r.adaID, Kind: helpdesk.Busy, Title: "x", Start: start.Add(x.from), End: start.Add(x.to)}); err != nil {
				t.Fatal(err)
			}
		}
		if got := at(tuesday, 30*time.Minute); got != clock("03", open+time.Hour) {
			t.Error("half an hour fits at", got)
		}
		if got := at(tuesday, time.Hour); got != clock("03", open+2*time.Hour) {
			t.Error("an hour fits at", got)
		}
		if got := at(tuesday, 20*time.Hour); got != clock("03", open) {
			t.Error("what fits nowhere begins at", got)
		}
	})
}

func TestUnplanned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		var made []helpdesk.Ticket
		for _, s := range []string{"one", "two", "three"} {
			tk, err := r.Create(r.ada, all, helpdesk.Draft{Client: r.harbour, Subject: s})
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, tk)
		}
		for i, day := range []string{"2026-03-01", "2026-03-02"} { // the first is over
			if _, err := r.SaveAppointment(r.ada, all, helpdesk.Appointment{User: r.adaID, Kind: helpdesk.Work, Ticket: made[i].ID, Start: berlin(t, day+" 10:00"), End: berlin(t, day+" 11:00")}); err != nil {
				t.Fatal(err)
			}
		}
		list, err := r.Unplanned(r.ada, all, helpdesk.Query{}, 10)
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		for _, x := range list {
			if x.ID == made[1].ID {
				t.Error("a planned ticket is to be planned")
			}
		}
		if list, err = r.Unplanned(r.ada, access.OneClient(r.kestrel), helpdesk.Query{}, 10); err != nil || len(list) != 0 {
			t.Error("another client's:", list, err)
		}
	})
}

func TestFeed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		tk, err := r.Create(r.ada, all, helpdesk.Draft{Client: r.harbour, Subject: "New printer; for Vera, in the office with a name that is much longer than a line of a calendar"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.SaveAppointment(r.ada, all, helpdesk.Appointment{User: r.adaID, Kind: helpdesk.Work, Ticket: tk.ID, Onsite: true, Title: "bring paper", Start: berlin(t, "2026-03-03 10:00"), End: berlin(t, "2026-03-03 11:30")}); err != nil {
			t.Fatal(err)
		}
		if since, err := r.FeedSince(r.ada); err != nil || !since.IsZero() {
			t.Fatal(since, err)
		}
		old, err := r.NewFeed(r.ada)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := r.NewFeed(r.ada)
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		for _, s := range []string{old, "", "x"} {
			if _, err := r.Feed(ctx, s, ""); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q reads a calendar: %v", s, err)
			}
		}
		text, err := r.Feed(ctx, secret, "https://desk.example")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(text, "\r\n") {
			if len(line) > 75 {
				t.Errorf("a line has %d bytes: %s", len(line), line)
			}
		}
		flat := strings.ReplaceAll(text, "\r\n ", "")
		for _, want := range []string{
			"BEGIN:VCALENDAR\r\n", "DTSTART:20260303T090000Z\r\n", "DTEND:20260303T103000Z\r\n", `SUMMARY:New printer\; for Vera\, in the office with a name that is much longer than a line of a calendar (Harbour Dental)`,
			`DESCRIPTION:bring paper\n#1001\nhttps://desk.example/tickets/1001`, "LOCATION:Harbour Dental\r\n", "SEQUENCE:0\r\n", "END:VCALENDAR\r\n",
		} {
			if !strings.Contains(flat, want) {
				t.Errorf("%q is not in\n%s", want, flat)
			}
		}
		if err := r.DropFeed(r.ada); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Feed(ctx, secret, ""); !fault.Is(err, fault.NotFound) {
			t.Error("an ended feed is read:", err)
		}
	})
}

func fieldOf(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Field
	}
	return ""
}
