// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/practice/clients"
)

func TestBrowserDispatch(t *testing.T) {
	at := time.Date(2026, 3, 3, 9, 20, 0, 0, time.UTC) // a Tuesday
	s := newSiteAt(t, clock.At(at))
	ctx := context.Background()
	if err := s.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	list, err := s.Desk.Appointments(ctx, 0, at.AddDate(0, 0, -1), at.AddDate(0, 0, 10))
	if err != nil || len(list) != 6 {
		t.Fatal(len(list), err)
	}
	over := list[1]
	over.ID, over.Version, over.Start = 0, 0, over.Start.Add(15*time.Minute) // gets in the way of another
	over.Kind, over.Ticket, over.Title = helpdesk.Busy, 0, "Call with the bank"
	if _, err := s.Desk.SaveAppointment(ctx, access.WholeFirm(), over); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"dispatch-week": "/dispatch", "dispatch-day": "/dispatch?span=day", "dispatch-empty": "/dispatch?day=2027-01-01&todo=me", "dispatch-new": "/dispatch/new",
		"dispatch-one": "/dispatch/" + list[1].ID.String(), "dispatch-feed": "/dispatch/feed", "dispatch-today": "/today",
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
}

// A ticket is dragged into the week, moved with keys, changed by its form, and read by a calendar program.
func TestBrowserPlanning(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday
	s := newSiteAt(t, clock.At(now))
	ctx := context.Background()
	client, err := s.Clients.Create(ctx, clients.Details{Name: "Kestrel"})
	if err != nil {
		t.Fatal(err)
	}
	tk, err := s.Desk.Create(ctx, access.WholeFirm(), helpdesk.Draft{Client: client, Subject: "Fit the new switch"})
	if err != nil {
		t.Fatal(err)
	}
	look := s.look("planning", "/dispatch")
	look.Failing = true // a wrong form is answered with 422
	tab := s.Open(t, look)
	tab.Wait("[data-unplanned]")
	var centre []float64
	middle := func(selector string) (x, y float64) {
		tab.Eval(fmt.Sprintf(`(() => { const r = document.querySelector(%q).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, selector), &centre)
		return centre[0], centre[1]
	}
	planned := func() helpdesk.Appointment {
		t.Helper()
		list, err := s.Desk.AppointmentsOf(ctx, access.WholeFirm(), tk.ID)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0]
	}
	// The browser's own drag events, from the card to Wednesday.
	var done bool
	tab.Eval(`(() => {
		const card = document.querySelector("[data-unplanned]"), cell = [...document.querySelectorAll(".d-week tbody td")][2], data = new DataTransfer();
		card.dispatchEvent(new DragEvent("dragstart", { bubbles: true, dataTransfer: data }));
		cell.dispatchEvent(new DragEvent("dragover", { bubbles: true, cancelable: true, dataTransfer: data }));
		cell.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
		return true;
	})()`, &done)
	tab.Wait(".d-week .d-block")
	a := planned()
	if got := civil.DateOf(a.Start); got != civil.MustDate(2026, 3, 4) || a.End.Sub(a.Start) != time.Hour {
		t.Error("planned for", a.Start, a.End)
	}
	if x, err := s.Desk.Get(ctx, access.WholeFirm(), tk.ID); err != nil || x.Assignee != a.User {
		t.Error("the ticket is not the technician's:", x.Assignee, err)
	}
	tab.Eval(`document.querySelector(".d-block").focus(), true`, &done)
	tab.Press(kb.ArrowRight, chromedp.KeyModifiers(1)) // Alt
	tab.Wait(".d-week tbody td:nth-of-type(4) .d-block")
	if b := planned(); !b.Start.Equal(a.Start.AddDate(0, 0, 1)) || b.End.Sub(b.Start) != time.Hour {
		t.Error("moved to", b.Start, b.End)
	}
	if x, y := middle(".d-block"); x <= 0 || y <= 0 {
		t.Error("the appointment is not seen")
	}
	tab.Click(".d-block")
	tab.Wait("#f-to")
	tab.Eval(`document.querySelector("#f-to").value = document.querySelector("#f-from").value, true`, &done)
	tab.Click("form[action='/dispatch'] .btn-primary")
	tab.Wait(".field-error")
	if text := tab.Text(".field-error"); !strings.Contains(text, "must lie after") {
		t.Error(text)
	}
	tab.Eval(`document.querySelector("#f-to").value = "23:30", true`, &done)
	tab.Click("#f-onsite")
	tab.Click("form[action='/dispatch'] .btn-primary")
	tab.Wait(".d-week .d-block")
	if b := planned(); !b.Onsite || b.End.Minute() != 30 {
		t.Error("after the form:", b)
	}
	tab.Goto(s.url + "/dispatch/feed")
	tab.Click(".d-feed .btn-primary")
	tab.Wait(".d-address")
	var address string
	tab.Eval(`document.querySelector(".d-address").value`, &address)
	_, path, ok := strings.Cut(address, "/calendar/")
	if !ok {
		t.Fatal("the address is", address)
	}
	resp, err := http.Get(s.url + "/calendar/" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(text), "SUMMARY:Fit the new switch (Kestrel)") {
		t.Error(resp.Status, string(text), err)
	}
	tab.Quiet()
}
