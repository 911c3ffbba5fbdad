// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"slices"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

func TestUndo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		create := func(s string) helpdesk.Ticket {
			t.Helper()
			tk, err := r.Create(r.ada, all, helpdesk.Draft{Client: r.harbour, Subject: s, Tags: []string{"old"}})
			if err != nil {
				t.Fatal(err)
			}
			r.clock.Advance(time.Minute)
			return tk
		}
		update := func(tk helpdesk.Ticket, e helpdesk.Edit) helpdesk.Ticket {
			t.Helper()
			tk, err := r.Update(r.ada, all, tk.ID, 0, e)
			if err != nil {
				t.Fatal(err)
			}
			r.clock.Advance(time.Minute)
			return tk
		}
		get := func(tk helpdesk.Ticket) helpdesk.Ticket {
			t.Helper()
			tk, err := r.Get(r.ada, all, tk.ID)
			if err != nil {
				t.Fatal(err)
			}
			return tk
		}
		solved, urgent, other, subject := helpdesk.StateSolved, helpdesk.Urgent, r.kestrel, "Other words"
		all4 := helpdesk.Edit{State: &solved, Priority: &urgent, Assignee: &r.adaID, Subject: &subject, Tags: &[]string{"new", "vip"}, Client: &other}
		one, two, three := create("one"), create("two"), create("three")
		was := []helpdesk.Ticket{get(one), get(two), get(three)}
		update(three, all4) // before: what is taken back is only the last change
		was[2] = get(three)
		changed := []helpdesk.Ticket{update(one, all4), update(two, all4), update(three, all4)}
		id, err := r.Undoable(r.ada, changed)
		if err != nil {
			t.Fatal(err)
		}
		title := "Again"
		later := update(two, helpdesk.Edit{Subject: &title})
		done, left, err := r.Undo(r.ada, all, id)
		if err != nil || done != 1 || left != 2 {
			t.Fatal(done, left, err)
		}
		for i, x := range []helpdesk.Ticket{get(one), get(two), get(three)} {
			w := was[i]
			if i == 1 { // changed since
				w = later
			}
			if x.Subject != w.Subject || x.State != w.State || x.Status != w.Status || x.Priority != w.Priority || x.Assignee != w.Assignee || x.Client != w.Client || !slices.Equal(x.Tags, w.Tags) {
				t.Errorf("%d is %+v, was %+v", i, x, w)
			}
			if x.State != helpdesk.StateSolved && !x.Solved.IsZero() {
				t.Errorf("%d was solved at %v", i, x.Solved)
			}
		}
		if _, _, err := r.Undo(r.ada, all, id); !fault.Is(err, fault.Conflict) {
			t.Error("taken back twice:", err)
		}
		id, err = r.Undoable(r.ada, []helpdesk.Ticket{update(one, helpdesk.Edit{Priority: &urgent})})
		if err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(time.Hour)
		if _, _, err := r.Undo(r.ada, all, id); !fault.Is(err, fault.Conflict) {
			t.Error("taken back after an hour:", err)
		}
	})
}
