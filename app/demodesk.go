// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"strings"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/test/world"
)

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
	var made []string
	for _, t := range world.Desk() {
		id, err := a.loadDemoTicket(ctx, t, statuses)
		if err != nil {
			return err
		}
		made = append(made, id.String())
	}
	return a.Values.Set(ctx, demoTickets, strings.Join(made, " "))
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
	have, err := a.Values.Get(ctx, demoTickets)
	if err != nil || have == "" {
		return err
	}
	for _, x := range strings.Fields(have) {
		id, err := ids.Parse(x)
		if err != nil {
			return err
		}
		if err := a.Desk.Remove(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return a.Values.Set(ctx, demoTickets, "")
}
