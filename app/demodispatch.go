// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// demoMeetings names the value that lists the invented appointments that belong to no ticket.
const demoMeetings = "demo.meetings"

// loadDemoDispatch plans the owner's next days: work on some of the invented tickets, a meeting, and a day away.
func (a *App) loadDemoDispatch(ctx context.Context, tickets []ids.ID) error {
	owner := a.demoOwner(ctx)
	if owner.ID == 0 {
		return nil
	}
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		return err
	}
	zone := firm.Location()
	now := a.Clock.Now().In(zone)
	day := civil.DateOf(now)
	if now.Hour() >= 12 { // what is left of the day has no room for all
		day = day.AddDays(1)
	}
	next := func(n int) civil.Date { // the n-th working day from today on
		d := day
		for ; ; d = d.AddDays(1) {
			if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
				if n == 0 {
					return d
				}
				n--
			}
		}
	}
	plan := func(p helpdesk.Appointment, on civil.Date, length time.Duration) (ids.ID, error) {
		p.User = owner.ID
		if p.Start, err = a.Desk.FreeSlot(ctx, owner.ID, on, length, zone); err != nil {
			return 0, err
		}
		p.End = p.Start.Add(length)
		made, err := a.Desk.SaveAppointment(ctx, access.WholeFirm(), p)
		return made.ID, err
	}
	var own []string
	for _, x := range []struct {
		p      helpdesk.Appointment
		on     civil.Date
		length time.Duration
	}{
		{helpdesk.Appointment{Kind: helpdesk.Busy, Title: "Team meeting"}, next(0), 30 * time.Minute},
		{helpdesk.Appointment{Kind: helpdesk.Away, Title: "Training: firewall certification"}, next(4), 8 * time.Hour},
	} {
		id, err := plan(x.p, x.on, x.length)
		if err != nil {
			return err
		}
		own = append(own, id.String())
	}
	n := 0
	for _, id := range tickets {
		t, err := a.Desk.Get(ctx, access.WholeFirm(), id)
		if err != nil {
			return err
		}
		if !t.State.Unfinished() || t.Assignee != owner.ID || n == 4 {
			continue
		}
		if _, err := plan(helpdesk.Appointment{Kind: helpdesk.Work, Ticket: id, Onsite: n%2 == 1}, next(n/2), time.Duration(1+n%2)*time.Hour); err != nil {
			return err
		}
		n++
	}
	return a.Values.Set(ctx, demoMeetings, strings.Join(own, " "))
}

// removeDemoDispatch takes away what goes with no ticket.
func (a *App) removeDemoDispatch(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoMeetings)
	if err != nil || have == "" {
		return err
	}
	for _, x := range strings.Fields(have) {
		id, err := ids.Parse(x)
		if err != nil {
			return err
		}
		p, err := a.Desk.Appointment(ctx, id)
		if err == nil {
			err = a.Desk.DropAppointment(ctx, access.WholeFirm(), id, p.Version)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return a.Values.Set(ctx, demoMeetings, "")
}
