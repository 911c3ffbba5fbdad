// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Group is a query with a name: its members are whichever devices it means at the moment.
type Group struct {
	ID      ids.ID
	Version int64
	Client  ids.ID // 0 = of all clients
	Name    string
	Query   Query
	Note    string
}

// Groups returns the groups of the whole firm and of the scope's clients, the firm's first.
func (s *Service) Groups(ctx context.Context, scope access.Scope) ([]Group, error) {
	rows, err := store.New(s.p.DB.Reader()).Groups(ctx)
	if err != nil {
		return nil, err
	}
	var out []Group
	for _, r := range rows {
		if r.ClientID != 0 && !scope.Covers(ids.ID(r.ClientID)) || r.ClientID == 0 && !scope.All() {
			continue
		}
		q, err := ParseQuery(r.Query)
		if err != nil {
			continue // a field that an older release knew: the group is empty rather than wrong
		}
		out = append(out, Group{ID: ids.ID(r.ID), Version: r.Version, Client: ids.ID(r.ClientID), Name: r.Name, Query: q, Note: r.Note})
	}
	return out, nil
}

// SaveGroup adds a group (ID 0) or changes its name, query and note.
func (s *Service) SaveGroup(ctx context.Context, scope access.Scope, g Group) (ids.ID, error) {
	g.Name, g.Note = line(g.Name, maxName), line(g.Note, 500)
	switch {
	case g.Name == "":
		return 0, fault.NewInvalid("Enter a name.").On("name")
	case len(g.Query.terms) == 0:
		return 0, fault.NewInvalid("Say which devices belong to it.").On("query")
	case g.Client != 0 && !scope.Covers(g.Client), g.Client == 0 && !scope.All():
		return 0, fault.NewNotFound("There is no such client.")
	}
	isNew := g.ID == 0
	if isNew {
		g.ID = s.p.IDs.New()
	}
	err := s.change(ctx, "devices.group", g.Name, g.Query.String(), func(_ *sql.Tx, q *store.Queries) error {
		if isNew {
			return q.InsertGroup(ctx, store.InsertGroupParams{ID: int64(g.ID), ClientID: int64(g.Client), Name: g.Name, Query: g.Query.String(), Note: g.Note, MadeAt: s.now()})
		}
		n, err := q.UpdateGroup(ctx, store.UpdateGroupParams{ID: int64(g.ID), Version: g.Version, Name: g.Name, Query: g.Query.String(), Note: g.Note})
		if err == nil && n == 0 {
			return fault.NewConflict("Somebody else changed this group meanwhile.")
		}
		return err
	})
	if db.IsUnique(err) {
		return 0, fault.NewConflict("There is a group of this name.").On("name")
	}
	return g.ID, err
}

// DeleteGroup removes a group; its devices stay.
func (s *Service) DeleteGroup(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "devices.group.delete", id.String(), "", func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.DeleteGroup(ctx, int64(id))
		if err == nil && n == 0 {
			return fault.NewNotFound("There is no such group.")
		}
		return err
	})
}
