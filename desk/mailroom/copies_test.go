// SPDX-License-Identifier: Apache-2.0

package mailroom_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/kit/fault"
)

// Who was in copy of the client's mail gets the answer, unless the writer says otherwise. Our own mailboxes do not.
func TestCopies(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m := r.take(t, "From: Vera <vera@harbour.example>\nTo: HELP@firm.example, Tom <Tom@harbour.example>\nCc: help+tag@firm.example, tom@harbour.example, vendor@else.example, vera@harbour.example\nSubject: Door\n", "It sticks.")
		if want := []string{"tom@harbour.example", "vendor@else.example"}; !slices.Equal(m.Copies, want) {
			t.Fatalf("copies %v", m.Copies)
		}
		tk := r.ticket(t, m.Ticket)
		if to, copies, err := r.Addressees(ctx, tk); err != nil || to != "vera@harbour.example" || len(copies) != 2 {
			t.Error(to, copies, err)
		}
		say := func(msg helpdesk.Message) (helpdesk.Entry, error) {
			t.Helper()
			_, id, err := r.desk.Say(r.ada, all, tk.ID, 0, msg)
			for _, e := range r.thread(t, tk.ID) {
				if e.ID == id {
					return e, err
				}
			}
			return helpdesk.Entry{}, err
		}
		out := func(n int) mailroom.Delivery {
			t.Helper()
			list, _, err := r.Deliveries(ctx, "waiting", 0)
			if err != nil || len(list) < n {
				t.Fatal(list, err)
			}
			return list[0]
		}
		e, err := say(helpdesk.Message{Public: true, Body: "We come"})
		if err != nil || len(e.Copies) != 2 || !slices.Equal(out(2).Copies, e.Copies) {
			t.Errorf("as usual: %+v %v %v", e, out(2).Copies, err)
		}
		if e, err = say(helpdesk.Message{Public: true, Body: "Alone", Copies: &[]string{}}); err != nil || len(e.Copies) != 0 || len(out(3).Copies) != 0 {
			t.Errorf("to nobody else: %+v %v", e, err)
		}
		if e, err = say(helpdesk.Message{Public: true, Body: "Others", Copies: &[]string{" New@else.example ", "new@else.example", ""}}); err != nil || !slices.Equal(e.Copies, []string{"new@else.example"}) {
			t.Errorf("to another: %+v %v", e, err)
		}
		for _, bad := range [][]string{{"nobody"}, {"a@b.example\r\nBcc: c@d.example"}, strings.Fields(strings.Repeat("x ", 2)), many(11)} {
			if _, err := say(helpdesk.Message{Public: true, Body: "Bad", Copies: &bad}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if e, err = say(helpdesk.Message{Body: "Among us", Copies: &[]string{"new@else.example"}}); err != nil || len(e.Copies) != 0 {
			t.Errorf("a note: %+v %v", e, err)
		}
		circular := r.take(t, "From: vera@harbour.example\nTo: help@firm.example, "+strings.Join(many(11), ", ")+"\nSubject: To all\n", "Hello all.")
		if len(circular.Copies) != 0 {
			t.Errorf("a circular has copies: %v", circular.Copies)
		}
		machine := r.take(t, "From: vera@harbour.example\nTo: help@firm.example, tom@harbour.example\nSubject: Report\nAuto-Submitted: auto-generated\n", "All is well.")
		if len(machine.Copies) != 0 {
			t.Errorf("a machine's mail has copies: %v", machine.Copies)
		}
	})
}

func many(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("p%d@harbour.example", i))
	}
	return out
}

// A technician begins a ticket and has the person told: they get the text as a first mail, not as an answer.
func TestFirstMail(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		tk, err := r.desk.Create(r.ada, all, helpdesk.Draft{Client: r.harbour, Person: r.vera, Subject: "Disk nearly full", Body: "We clean up tonight.", Tell: true})
		if err != nil {
			t.Fatal(err)
		}
		list, _, err := r.Deliveries(ctx, "waiting", 0)
		if err != nil || len(list) != 1 || list[0].To != "vera@harbour.example" || list[0].Ticket != tk.ID || !strings.HasPrefix(list[0].Subject, "Disk nearly full [#") {
			t.Errorf("%+v %v", list, err)
		}
		if tk.Responded.IsZero() {
			t.Error("the first answer is not given")
		}
		for _, d := range []helpdesk.Draft{{Tell: true, Internal: true}, {}} {
			d.Client, d.Person, d.Subject, d.Body = r.harbour, r.vera, "Quiet", "Nobody is told."
			if _, err := r.desk.Create(r.ada, all, d); err != nil {
				t.Fatal(err)
			}
		}
		if again, _, err := r.Deliveries(ctx, "waiting", 0); err != nil || len(again) != 1 {
			t.Errorf("%+v %v", again, err)
		}
	})
}
