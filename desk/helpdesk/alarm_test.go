// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// alarms are those in a ticket's thread, in words: "response near 13:00".
func (r *rig) alarms(t testing.TB, id ids.ID) (out []string) {
	t.Helper()
	entries, err := r.Thread(r.ada, all, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Kind == helpdesk.System && (e.Public || e.Body != "" || len(e.Alarms) == 0) {
			t.Errorf("%+v", e)
		}
		for _, a := range e.Alarms {
			out = append(out, r.alarmText(a))
		}
	}
	return out
}

func (r *rig) alarmText(a helpdesk.Alarm) string {
	word := map[bool]string{false: "near", true: "broken"}[a.Breach] + map[bool]string{true: " stale"}[a.Stale]
	return fmt.Sprintf("%s %s %s", a.Promise, word, a.Due.In(r.parts.Zone).Format("02 15:04"))
}

func (r *rig) ring(t testing.TB) {
	t.Helper()
	if err := r.Alarms(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func equal(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestAlarms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.make(t, helpdesk.Draft{}) // answer by 13:00, warned at 12:00; solution by Friday 13:00, warned after 30 h: Thursday 12:00
		r.at(t, "02 11:59:59")
		r.ring(t)
		equal(t, "a second before", r.alarms(t, x.ID))
		r.at(t, "02 12:00")
		r.ring(t)
		r.ring(t)
		equal(t, "three quarters through", r.alarms(t, x.ID), "response near 02 13:00")
		if y := r.get(t, x.ID); y.Version != x.Version || y.Level.ResponseLate || y.Updated != x.Updated {
			t.Errorf("an alarm is no change: %+v", y)
		}
		r.at(t, "02 13:00")
		r.ring(t)
		equal(t, "over", r.alarms(t, x.ID), "response near 02 13:00", "response broken 02 13:00")
		if y := r.get(t, x.ID); !y.Level.ResponseLate {
			t.Error("not late")
		}
		// The answer comes too late; the next one is promised 16 h after it, warned after 12: Tuesday 17:00, due Wednesday 12:00.
		r.at(t, "02 14:00")
		r.say(t, x.ID, helpdesk.Message{Public: true})
		r.at(t, "03 17:00")
		// Somebody writes a note in the very minute: the warning is not lost.
		r.say(t, x.ID, helpdesk.Message{})
		r.at(t, "03 17:01")
		r.ring(t)
		equal(t, "after a late answer", r.alarms(t, x.ID)[2:], "update near 04 12:00")
		// A stop and a start do not warn again.
		r.update(t, x.ID, helpdesk.Edit{State: ptr(helpdesk.StateWaiting)})
		r.at(t, "10 10:00")
		r.ring(t)
		r.update(t, x.ID, helpdesk.Edit{State: ptr(helpdesk.StateOpen)})
		r.ring(t)
		equal(t, "after waiting", r.alarms(t, x.ID)[3:])
		// Answered: a new promise, warned 12 h later, on Wednesday 13:00, due on Wednesday 17:00.
		r.say(t, x.ID, helpdesk.Message{Public: true})
		r.at(t, "11 13:00")
		r.ring(t)
		equal(t, "the next promise", r.alarms(t, x.ID)[3:], "update near 11 17:00")
		// Solved: silence.
		r.update(t, x.ID, helpdesk.Edit{State: ptr(helpdesk.StateSolved)})
		r.at(t, "27 10:00")
		r.ring(t)
		equal(t, "solved", r.alarms(t, x.ID)[4:])
	})
}

// TestAlarmsAfterAStandstill: of what passed meanwhile only what is true now is told, once, whoever comes first.
func TestAlarmsAfterAStandstill(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		var mu sync.Mutex
		told := map[string]int{}
		r.parts.Alarmed = func(_ context.Context, _ *sql.Tx, x helpdesk.Ticket, a helpdesk.Alarm) error {
			mu.Lock()
			defer mu.Unlock()
			told[fmt.Sprintf("%d %s", x.Number, r.alarmText(a))]++
			return nil
		}
		var made []helpdesk.Ticket
		for range 7 {
			made = append(made, r.make(t, helpdesk.Draft{}))
		}
		r.at(t, "06 13:30") // the answers since Monday, the solutions for half an hour
		processes := []*helpdesk.Service{helpdesk.New(r.parts), helpdesk.New(r.parts), helpdesk.New(r.parts)}
		var wg sync.WaitGroup
		for _, p := range processes {
			wg.Go(func() {
				if err := p.Alarms(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, x := range made {
			equal(t, "after days", r.alarms(t, x.ID), "response broken stale 02 13:00", "resolve broken 06 13:00")
			for _, text := range []string{"response broken stale 02 13:00", "resolve broken 06 13:00"} {
				if n := told[fmt.Sprintf("%d %s", x.Number, text)]; n != 1 {
					t.Errorf("%d was told %d times: %s", x.Number, n, text)
				}
			}
		}
		if len(told) != 14 {
			t.Errorf("told %v", told)
		}
	})
}

func TestAnAlarmThatCannotBeTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		broken, told := true, 0
		bad := r.make(t, helpdesk.Draft{})
		good := r.make(t, helpdesk.Draft{})
		r.parts.Alarmed = func(_ context.Context, _ *sql.Tx, x helpdesk.Ticket, _ helpdesk.Alarm) error {
			if broken && x.ID == bad.ID {
				return errors.New("no way out")
			}
			told++
			return nil
		}
		s := helpdesk.New(r.parts)
		r.at(t, "02 12:00")
		if err := s.Alarms(context.Background()); err == nil {
			t.Error("nobody heard of the failure")
		}
		equal(t, "the one that failed", r.alarms(t, bad.ID))
		equal(t, "the other", r.alarms(t, good.ID), "response near 02 13:00")
		broken = false
		if err := s.Alarms(context.Background()); err != nil || told != 2 {
			t.Errorf("told %d, %v", told, err)
		}
		equal(t, "when it works again", r.alarms(t, bad.ID), "response near 02 13:00")
	})
}

func TestAPriorityThatMakesItLate(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	x := r.make(t, helpdesk.Draft{Impact: 3, Urgency: 3}) // low: 8 h, 80 h
	r.at(t, "02 11:00")
	x = r.update(t, x.ID, helpdesk.Edit{Priority: ptr(helpdesk.Urgent)}) // an hour
	if !x.Level.ResponseLate {
		t.Errorf("%+v", x.Level)
	}
	r.ring(t)
	equal(t, "raised", r.alarms(t, x.ID), "response broken 02 10:00")
	// Lowered and raised again: told once.
	r.update(t, x.ID, helpdesk.Edit{Priority: ptr(helpdesk.Urgent)})
	r.ring(t)
	equal(t, "again", r.alarms(t, x.ID)[1:])
}

func TestEscalation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		var last helpdesk.Alarm
		r.parts.Alarmed = func(_ context.Context, _ *sql.Tx, _ helpdesk.Ticket, a helpdesk.Alarm) error { last = a; return nil }
		r.Service = helpdesk.New(r.parts)
		projects := r.setup(t).Boards[1].ID
		for _, e := range []helpdesk.Escalation{
			{Promise: helpdesk.FirstAnswer, Breach: true, AssignTo: r.adaID, Raise: true, Watchers: true, Role: access.Manager},
			{Board: projects, Role: access.Owner},
			{Priority: helpdesk.Urgent, Raise: true},
		} {
			if _, err := r.SaveEscalation(r.ada, e); err != nil {
				t.Fatal(err)
			}
		}
		x := r.make(t, helpdesk.Draft{})
		r.at(t, "02 12:00")
		r.ring(t)
		if y := r.get(t, x.ID); y.Assignee != 0 || len(last.Roles) != 0 || last.Watchers {
			t.Errorf("a warning did what a breach does: %+v, %+v", y, last)
		}
		r.at(t, "02 13:00")
		r.ring(t)
		y := r.get(t, x.ID)
		if y.Assignee != r.adaID || y.Priority != helpdesk.High || !slices.Equal(last.Roles, []access.Role{access.Manager}) || !last.Watchers || !last.Breach {
			t.Errorf("%+v, %+v", y, last)
		}
		r.due(t, "the solution of a raised one", y.Level.ResolveDue, "03 16:00")
		equal(t, "the thread", r.alarms(t, x.ID), "response near 02 13:00", "response broken 02 13:00")
		z := r.make(t, helpdesk.Draft{Board: projects})
		r.at(t, "02 16:00")
		r.ring(t)
		if !slices.Equal(last.Roles, []access.Role{access.Owner}) || last.Breach {
			t.Errorf("%+v of %d", last, z.Number)
		}
		list, err := r.Escalations(r.ada)
		if err != nil || len(list) != 3 {
			t.Fatalf("%v, %v", list, err)
		}
		list[0].Raise = false
		if _, err := r.SaveEscalation(r.ada, list[0]); err != nil {
			t.Error(err)
		}
		if err := r.DropEscalation(r.ada, list[1].ID); err != nil {
			t.Error(err)
		}
		if again, err := r.Escalations(r.ada); err != nil || len(again) != 2 || again[0] != list[0] {
			t.Errorf("%+v, %v", again, err)
		}
		for name, e := range map[string]helpdesk.Escalation{
			"nothing to do": {}, "promise": {Promise: "tea", Raise: true}, "board": {Board: 77, Raise: true}, "priority": {Priority: 9, Raise: true}, "role": {Role: "king"}, "assignee": {AssignTo: 77},
			"gone": {ID: 77, Raise: true},
		} {
			if _, err := r.SaveEscalation(r.ada, e); err == nil || fault.KindOf(err) == fault.Internal {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := r.DropEscalation(r.ada, 77); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}
