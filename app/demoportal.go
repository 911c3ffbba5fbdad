// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"strings"

	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
	"mainstay/test/world"
)

// demoPeople names the value that lists the people of the invented firm's clients, each with its client, and first whether
// the portal was opened for them.
const demoPeople = "demo.people"

// loadDemoPeople gives the clients of the invented firm their people and opens the portal.
func (a *App) loadDemoPeople(ctx context.Context) error {
	set, err := a.Portal.Settings(ctx)
	if err != nil {
		return err
	}
	sends, err := a.Mail.CanSend(ctx)
	if err != nil {
		return err
	}
	made := []string{"kept"}
	if !set.Enabled && !sends { // where mail goes out real people could come in
		made[0] = "opened"
		set.Enabled = true
		if err := a.Portal.SaveSettings(ctx, set); err != nil {
			return err
		}
	}
	for _, c := range world.Contacts() {
		client, err := a.Clients.Resolve(ctx, c.Client)
		if err != nil {
			return err
		}
		have, err := a.demoPerson(ctx, client, c.Name)
		if err != nil || have != 0 {
			if err != nil {
				return err
			}
			continue
		}
		id, err := a.Clients.SavePerson(ctx, access.WholeFirm(), client, clients.Person{Name: c.Name, Email: c.Email, Decides: c.Decides})
		if err != nil {
			return err
		}
		made = append(made, client.String()+"/"+id.String())
	}
	return a.Values.Set(ctx, demoPeople, strings.Join(made, " "))
}

// demoPerson finds the person of a client by name; 0 where there is none.
func (a *App) demoPerson(ctx context.Context, client ids.ID, name string) (ids.ID, error) {
	c, err := a.Clients.Get(ctx, access.WholeFirm(), client)
	for _, p := range c.People {
		if name != "" && p.Name == name {
			return p.ID, err
		}
	}
	return 0, err
}

// loadDemoPortal asks and answers what was asked on an invented ticket, and rates it.
func (a *App) loadDemoPortal(ctx context.Context, t world.Ticket, ticket ids.ID) error {
	if g, ok := portal.ParseGrade(t.Rated); ok {
		if err := a.Portal.RateFor(ctx, ticket, g, t.Comment); err != nil {
			return err
		}
	}
	set, err := a.Portal.Settings(ctx)
	if err != nil {
		return err
	}
	sends, err := a.Mail.CanSend(ctx)
	if err != nil || t.Asked == "" || sends || !set.Enabled { // nobody mails invented people
		return err
	}
	owner := a.demoOwner(ctx)
	as := access.With(ctx, &access.Identity{User: owner.ID, Name: owner.Name, Role: access.Owner})
	id, err := a.Portal.RequestApproval(as, access.WholeFirm(), ticket, portal.Request{Text: t.Asked, Minor: t.Minor, Currency: world.FirmCurrency})
	if err != nil || !t.Agreed {
		return err
	}
	client, err := a.Clients.Resolve(ctx, t.Client)
	if err != nil {
		return err
	}
	people, err := a.Portal.Approvers(ctx, access.WholeFirm(), client)
	if err != nil || len(people) == 0 {
		return err
	}
	p := people[0]
	by := access.With(ctx, &access.Identity{Person: p.Person, Client: client, Name: p.Name, Email: p.Email, Rights: []access.Permission{access.PortalApprove}})
	q, _, err := a.Portal.Approval(by, id)
	if err != nil {
		return err
	}
	return a.Portal.Decide(by, id, true, "", q.Digest, "")
}

// removeDemoPeople takes the invented people away, and shuts the portal where it was opened for them.
func (a *App) removeDemoPeople(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoPeople)
	list := strings.Fields(have)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, x := range list[1:] {
		client, person, _ := strings.Cut(x, "/")
		c, err := ids.Parse(client)
		if err != nil {
			return err
		}
		p, err := ids.Parse(person)
		if err != nil {
			return err
		}
		if err := a.Portal.DropAccount(ctx, p); err != nil {
			return err
		}
		if err := a.Clients.DeletePerson(ctx, access.WholeFirm(), c, p); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if list[0] == "opened" {
		set, err := a.Portal.Settings(ctx)
		if err != nil {
			return err
		}
		set.Enabled = false
		if err := a.Portal.SaveSettings(ctx, set); err != nil {
			return err
		}
	}
	return a.Values.Set(ctx, demoPeople, "")
}
