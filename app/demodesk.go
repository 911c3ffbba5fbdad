// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog"
	"mainstay/practice/worklog/rates"
	"mainstay/test/world"
)

// demoWork names the value that lists the time entries of the invented firm, with its rate card first.
const demoWork = "demo.work"

// demoTickets names the value that lists the tickets of the invented firm, so that they can go with it.
const demoTickets = "demo.tickets"

// loadDemoDesk puts the tickets of the invented firm on the desk, once.
func (a *App) loadDemoDesk(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoTickets)
	if err != nil || have != "" {
		return err
	}
	set, err := a.Desk.Setup(ctx)
	if err != nil {
		return err
	}
	statuses := map[string]ids.ID{}
	for _, s := range set.Statuses {
		statuses[s.Code] = s.ID
	}
	card, err := a.Work.SaveCard(ctx, worklog.Card{Card: rates.Card{
		From: civil.MustDate(2020, 1, 1), Name: "Standard", Currency: world.FirmCurrency, Minor: 12500, Step: 15, MinEntry: 15, MinTicket: rates.Unset, ByTicket: rates.Unset, Factor: 150, Km: money.Decimal{Coef: rates.Unset},
	}})
	if err != nil {
		return err
	}
	if err := a.loadDemoPeople(ctx); err != nil {
		return err
	}
	var made []string
	var tickets []ids.ID
	work := []string{card.String()}
	for _, t := range world.Desk() {
		id, err := a.loadDemoTicket(ctx, t, statuses)
		if err != nil {
			return err
		}
		made, tickets = append(made, id.String()), append(tickets, id)
		if err := a.loadDemoPortal(ctx, t, id); err != nil {
			return err
		}
		if t.Worked > 0 {
			entry, err := a.loadDemoWork(ctx, t, id)
			if err != nil {
				return err
			}
			work = append(work, entry.String())
		}
	}
	if err := a.Values.Set(ctx, demoWork, strings.Join(work, " ")); err != nil {
		return err
	}
	if err := a.loadDemoNews(ctx, made); err != nil {
		return err
	}
	if err := a.Values.Set(ctx, demoTickets, strings.Join(made, " ")); err != nil {
		return err
	}
	return a.loadDemoDispatch(ctx, tickets)
}

// loadDemoWork enters what the owner worked on a ticket, on the day on which it was opened.
func (a *App) loadDemoWork(ctx context.Context, t world.Ticket, ticket ids.ID) (ids.ID, error) {
	types, err := a.Work.Types(ctx)
	if err != nil {
		return 0, err
	}
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		return 0, err
	}
	owner := a.demoOwner(ctx)
	d := worklog.Draft{Ticket: ticket, Day: civil.DateOf(a.Clock.Now().Add(-t.Ago).In(firm.Location())), Starts: worklog.NoStart, Minutes: t.Worked, Note: t.Subject}
	for _, x := range types {
		if x.Code == t.Work {
			d.Type = x.ID
		}
	}
	return a.Work.Create(ctx, worklog.Actor{ID: owner.ID, Name: owner.Name, Others: true}, d)
}

// removeDemoWork takes the invented work away, as long as nobody has handed it in.
func (a *App) removeDemoWork(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoWork)
	list := strings.Fields(have)
	if err != nil || len(list) == 0 {
		return err
	}
	slices.Reverse(list) // the entries before the card that prices them
	for i, x := range list {
		id, err := ids.Parse(x)
		if err != nil {
			return err
		}
		if i == len(list)-1 {
			err = a.Work.DeleteCard(ctx, id)
		} else if e, found := a.Work.Get(ctx, access.WholeFirm(), id); found == nil {
			err = a.Work.Delete(ctx, worklog.Actor{Others: true}, id, e.Version)
		}
		if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Denied) {
			return err
		}
	}
	return a.Values.Set(ctx, demoWork, "")
}

func (a *App) loadDemoTicket(ctx context.Context, t world.Ticket, statuses map[string]ids.ID) (ids.ID, error) {
	client, err := a.Clients.Resolve(ctx, t.Client)
	if err != nil {
		return 0, err
	}
	now, owner := a.Clock.Now(), a.demoOwner(ctx)
	kind, _ := helpdesk.ParseKind(t.Kind)
	origin, _ := helpdesk.ParseOrigin(t.Origin)
	d := helpdesk.Draft{
		Client: client, Kind: kind, Origin: origin, OriginNote: t.Note, Channel: t.Channel, Impact: helpdesk.Level(t.Impact), Urgency: helpdesk.Level(t.Urgency),
		Subject: t.Subject, Body: t.Said[0].Text, Internal: t.Said[0].Internal, Tags: t.Tags, Steps: t.Steps, At: now.Add(-t.Ago), Author: demoAuthor(t, t.Said[0], owner),
	}
	if t.Taken {
		d.Assignee = owner.ID
	}
	if d.Person, err = a.demoPerson(ctx, client, t.Said[0].By); err != nil {
		return 0, err
	}
	made, err := a.Desk.Create(ctx, access.WholeFirm(), d)
	if err != nil {
		return 0, err
	}
	at := d.At
	for _, s := range t.Said[1:] {
		at = now.Add(-s.Ago)
		m := helpdesk.Message{Body: s.Text, Public: !s.Internal, Author: demoAuthor(t, s, owner), At: at}
		if _, _, err := a.Desk.Say(ctx, access.WholeFirm(), made.ID, 0, m); err != nil {
			return 0, err
		}
	}
	status := statuses[t.Status]
	_, err = a.Desk.UpdateAt(ctx, access.WholeFirm(), made.ID, helpdesk.Edit{Status: &status}, at)
	return made.ID, err
}

// demoOwner is who wrote for the firm: the invented owner, else the first owner there is.
func (a *App) demoOwner(ctx context.Context) helpdesk.Author {
	out := helpdesk.Author{Kind: "user", Name: "Ada Moreau"}
	people, err := a.Access.People(ctx)
	if err != nil {
		return out
	}
	for _, p := range people {
		if p.Email == DemoOwner || out.ID == 0 && p.Role == access.Owner && p.Active {
			out = helpdesk.Author{Kind: "user", ID: p.ID, Name: p.Name}
		}
	}
	return out
}

func demoAuthor(t world.Ticket, s world.Said, owner helpdesk.Author) *helpdesk.Author {
	switch {
	case s.By != "":
		return &helpdesk.Author{Kind: "person", Name: s.By}
	case t.Origin == "monitor" && s.Ago == 0:
		return &helpdesk.Author{Kind: "system", Name: "Mainstay"}
	}
	return &owner
}

// removeDemoDesk takes the invented tickets away.
func (a *App) removeDemoDesk(ctx context.Context) error {
	if err := errors.Join(a.removeDemoWork(ctx), a.removeDemoDispatch(ctx)); err != nil {
		return err
	}
	have, err := a.Values.Get(ctx, demoTickets)
	if err != nil || have == "" {
		return err
	}
	if err := a.removeDemoNews(ctx, strings.Fields(have)); err != nil {
		return err
	}
	for _, x := range strings.Fields(have) {
		id, err := ids.Parse(x)
		if err != nil {
			return err
		}
		if err := a.Portal.Forget(ctx, id); err != nil {
			return err
		}
		if err := a.Desk.Remove(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if err := a.removeDemoPeople(ctx); err != nil {
		return err
	}
	return a.Values.Set(ctx, demoTickets, "")
}
