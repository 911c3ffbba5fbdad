// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"slices"
	"sync"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/books"
	"mainstay/practice/clients"
	clientsweb "mainstay/practice/clients/web"
	"mainstay/practice/journey"
	journeyweb "mainstay/practice/journey/web"
)

// standing finds a client's place in the newest assessment by the client's name. The index is made once
// per assessment.
type standing struct {
	journey *journey.Service

	mu     sync.Mutex
	of     ids.ID
	byName map[string]*journey.Client
}

// find returns nil where nothing was measured yet, or nothing of this client.
func (s *standing) find(ctx context.Context, name string) (*journey.Client, money.Currency, error) {
	latest, err := s.journey.Latest(ctx)
	if err != nil || latest.Assessment == nil {
		return nil, "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of != latest.ID {
		s.byName = make(map[string]*journey.Client, len(latest.Assessment.Clients))
		for i := range latest.Assessment.Clients {
			c := &latest.Assessment.Clients[i]
			s.byName[clients.NameKey(c.Name)] = c
		}
		s.of = latest.ID
	}
	return s.byName[clients.NameKey(name)], latest.Assessment.Currency, nil
}

// columns are what the journey adds to the list of clients.
func (s *standing) columns() []clientsweb.Column {
	cell := func(draw func(*journey.Client, money.Currency) templ.Component) func(context.Context, clients.Client) (templ.Component, error) {
		return func(ctx context.Context, c clients.Client) (templ.Component, error) {
			if !access.From(ctx).May(access.JourneyRead) {
				return nil, nil
			}
			found, currency, err := s.find(ctx, c.Name)
			if err != nil || found == nil {
				return nil, err
			}
			return draw(found, currency), nil
		}
	}
	return []clientsweb.Column{
		{Label: locale.Key("Revenue, 12 months"), Num: true, Wide: true, Cell: cell(revenueCell)},
		{Label: locale.Key("Break/fix to managed"), Cell: cell(positionCell)},
	}
}

// directory leads from names in the books to clients and back.
func (a *App) directory() journeyweb.Directory {
	return journeyweb.Directory{
		IDs: a.Clients.ResolveAll,
		Name: func(ctx context.Context, id ids.ID) (string, error) {
			c, err := a.Clients.Get(ctx, access.From(ctx).Scope(), id)
			return c.Name, err
		},
	}
}

// filled reports whether the books have anything to measure.
func (a *App) filled(ctx context.Context) (bool, error) {
	all, err := a.Books.List(ctx, 0, 20)
	return slices.ContainsFunc(all, func(i books.Import) bool { return i.State == books.Committed }), err
}

// permitted shows a panel only to those who may see what is in it.
func permitted(need access.Permission, p clientsweb.Panel) clientsweb.Panel {
	return func(ctx context.Context, client ids.ID) (templ.Component, error) {
		if !access.From(ctx).May(need) {
			return nil, nil
		}
		return p(ctx, client)
	}
}
