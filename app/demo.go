// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/page"
	"mainstay/practice/books"
	"mainstay/test/world"
)

// demoOrigin marks the imports of the invented firm.
const demoOrigin = "demo"

// DemoOwner is who runs the invented firm.
const DemoOwner = "ada@tidegate.example"

// LoadDemo imports the exports of the invented firm, as of today, like a person's files. Loading
// it again changes nothing.
func (a *App) LoadDemo(ctx context.Context) error {
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		return err
	}
	today := clock.Today(a.Clock, firm.Location())
	for _, f := range world.Files(today) {
		if err := a.loadDemoFile(ctx, f); err != nil {
			return err
		}
	}
	if firm.Name == "" {
		firm.Name = world.FirmName
	}
	if firm.Currency == "" {
		firm.Currency = world.FirmCurrency
	}
	firm.Demo = true
	if err := a.Values.SetFirm(ctx, firm); err != nil {
		return err
	}
	if err := a.loadDemoDesk(ctx); err != nil {
		return err
	}
	if err := a.loadDemoKnowledge(ctx); err != nil {
		return err
	}
	if err := a.loadDemoEstate(ctx); err != nil {
		return err
	}
	if err := a.loadDemoServices(ctx); err != nil {
		return err
	}
	if err := a.loadDemoCatalogue(ctx); err != nil {
		return err
	}
	if err := a.loadDemoMoney(ctx); err != nil {
		return err
	}
	if err := a.Journey.Recalculate(ctx, "import"); err != nil {
		return err
	}
	return a.Values.Set(ctx, started, "demo")
}

func (a *App) loadDemoFile(ctx context.Context, f world.File) error {
	i, err := a.Books.Upload(ctx, f.Name, bytes.NewReader(f.Data), demoOrigin)
	if err != nil {
		return err
	}
	choices := books.Choices{MonthFirst: true, Currency: world.FirmCurrency}
	if _, err := a.Books.Preview(ctx, i.ID, choices, nil); err != nil {
		return err
	}
	_, err = a.Books.Commit(ctx, i.ID, choices, nil)
	return err
}

// RemoveDemo undoes the imports of the invented firm. What people entered themselves stays.
func (a *App) RemoveDemo(ctx context.Context) error {
	if err := a.removeDemoMoney(ctx); err != nil {
		return err
	}
	if err := a.removeDemoServices(ctx); err != nil {
		return err
	}
	if err := a.removeDemoEstate(ctx); err != nil {
		return err
	}
	if err := a.removeDemoCatalogue(ctx); err != nil {
		return err
	}
	if err := a.removeDemoKnowledge(ctx); err != nil {
		return err
	}
	if err := a.removeDemoDesk(ctx); err != nil {
		return err
	}
	all, err := a.Books.List(ctx, 0, 1000)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Origin != demoOrigin || i.State != books.Committed {
			continue
		}
		if err := a.Books.Undo(ctx, i.ID); err != nil {
			return err
		}
	}
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		return err
	}
	firm.Demo = false
	if firm.Name == world.FirmName {
		firm.Name = ""
	}
	if err := a.Values.SetFirm(ctx, firm); err != nil {
		return err
	}
	return a.Values.Set(ctx, started, "")
}

// DemoLink sets up the invented owner where nobody has an account yet and returns a link that signs
// in once.
func (a *App) DemoLink(ctx context.Context) (string, error) {
	if err := a.makeDemoOwner(ctx); err != nil {
		return "", err
	}
	token, err := a.Access.EnterLink(ctx, DemoOwner)
	return a.PublicURL() + "/enter/" + token, err
}

func (a *App) makeDemoOwner(ctx context.Context) error {
	needs, err := a.Access.NeedsOwner(ctx)
	if err != nil || !needs {
		return err
	}
	token, err := a.Access.OwnerLink(ctx)
	if err != nil {
		return err
	}
	_, err = a.Access.UseLink(ctx, token, access.Join{Name: "Ada Moreau", Email: DemoOwner, Password: rand.Text()}, access.Client{Agent: "demo"})
	return err
}

// PrepareDemo fills an empty data folder with the invented firm.
func (a *App) PrepareDemo(ctx context.Context) error {
	done, err := a.Values.Get(ctx, started)
	if err != nil || done != "" {
		return err
	}
	if err := a.makeDemoOwner(ctx); err != nil {
		return err
	}
	return a.LoadDemo(ctx)
}

func (a *App) enter(w http.ResponseWriter, r *http.Request) error {
	session, err := a.Access.Enter(r.Context(), r.PathValue("token"), access.ClientOf(r))
	if err != nil {
		return err
	}
	access.SetSession(w, a.secure(), session)
	return page.Redirect(w, r, "/")
}

func (a *App) startDemo(w http.ResponseWriter, r *http.Request) error {
	if err := a.LoadDemo(r.Context()); err != nil {
		return err
	}
	return page.Redirect(w, r, "/journey")
}

func (a *App) removeDemo(w http.ResponseWriter, r *http.Request) error {
	if err := a.RemoveDemo(r.Context()); err != nil {
		return err
	}
	return page.Redirect(w, r, "/start")
}
