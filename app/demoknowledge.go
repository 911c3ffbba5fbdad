// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"strings"

	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/test/world"
)

// demoKnowledge names the value that lists what of the knowledge is invented, so that it can go with the firm: a letter for
// its sort before each id.
const demoKnowledge = "demo.knowledge"

// loadDemoKnowledge writes down what the invented firm knows, once.
func (a *App) loadDemoKnowledge(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoKnowledge)
	if err != nil || have != "" {
		return err
	}
	var made []string
	all := access.WholeFirm()
	keep := func(sort string, id ids.ID, err error) error {
		made = append(made, sort+id.String())
		return err
	}
	for _, x := range world.Articles() {
		client, err := a.demoClient(ctx, x.Client)
		if err != nil {
			return err
		}
		id, err := a.Know.CreateArticle(ctx, all, knowledge.Draft{Client: client, Shared: x.Shared, Published: !x.Draft, Title: x.Title, Folder: x.Folder, Tags: x.Tags, Body: x.Body})
		if err := keep("a", id, err); err != nil {
			return err
		}
	}
	for _, x := range world.Credentials() {
		client, err := a.demoClient(ctx, x.Client)
		if err != nil {
			return err
		}
		id, err := a.Know.CreateCredential(ctx, all, knowledge.CredentialDraft{
			Client: client, Name: x.Name, Username: x.Username, URL: x.URL, Device: x.Device, Site: x.Site, Secret: &x.Secret, TOTP: &x.TOTP, Notes: &x.Notes,
		})
		if err := keep("c", id, err); err != nil {
			return err
		}
	}
	for _, x := range world.RunningOut() {
		client, err := a.demoClient(ctx, x.Client)
		if err != nil {
			return err
		}
		id, err := a.Know.CreateRecord(ctx, all, knowledge.RecordDraft{Client: client, Type: knowledge.RecordType(x.Kind), Name: x.Name, Ends: a.Know.Today() + civil.Date(x.In), Notice: x.Notice, Fields: x.Fields})
		if err := keep("r", id, err); err != nil {
			return err
		}
	}
	return a.Values.Set(ctx, demoKnowledge, strings.Join(made, " "))
}

func (a *App) demoClient(ctx context.Context, name string) (ids.ID, error) {
	if name == "" {
		return 0, nil
	}
	return a.Clients.Resolve(ctx, name)
}

// removeDemoKnowledge takes it away, with the tickets that reminded of it.
func (a *App) removeDemoKnowledge(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoKnowledge)
	if err != nil || have == "" {
		return err
	}
	all := access.WholeFirm()
	for _, x := range strings.Fields(have) {
		id, err := ids.Parse(x[1:])
		if err != nil {
			return err
		}
		switch x[0] {
		case 'a':
			err = a.Know.DeleteArticle(ctx, all, id)
		case 'c':
			err = a.Know.DeleteCredential(ctx, all, id)
		default:
			if err = a.removeDemoReminders(ctx, id); err == nil {
				err = a.Know.DeleteRecord(ctx, all, id)
			}
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return a.Values.Set(ctx, demoKnowledge, "")
}

func (a *App) removeDemoReminders(ctx context.Context, record ids.ID) error {
	list, err := a.Know.Reminders(ctx, access.WholeFirm(), record)
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := a.Desk.Remove(ctx, m.Ticket); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}
