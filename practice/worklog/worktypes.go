// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/worklog/store"
)

// Type is a kind of work.
type Type struct {
	ID       ids.ID
	Code     string // of the built-in ones, whose name is then translated; "" once it was renamed
	Name     string
	Reactive bool // because something broke or somebody called
	Billable bool // unless somebody says otherwise
	Archived bool // not offered any more
	Version  int64
}

// Types lists the kinds of work in the order in which pages show them.
func (s *Service) Types(ctx context.Context) ([]Type, error) {
	rows, err := s.read().Types(ctx)
	return typesOf(rows), err
}

func typesOf(rows []store.WorklogType) []Type {
	out := make([]Type, len(rows))
	for i, r := range rows {
		out[i] = Type{ids.ID(r.ID), r.Code, r.Name, r.Reactive == 1, r.Billable == 1, r.Archived == 1, r.Version}
	}
	return out
}

func typeIn(list []Type, id ids.ID) (Type, error) {
	for _, t := range list {
		if t.ID == id {
			return t, nil
		}
	}
	return Type{}, fault.NewInvalid("There is no such kind of work.").On("type")
}

// SaveType adds a kind of work, or changes the one whose ID is set and whose version the caller has seen. What it says
// holds for entries written from now on.
func (s *Service) SaveType(ctx context.Context, t Type) (ids.ID, error) {
	t.Name = strings.TrimSpace(t.Name)
	if t.Name == "" && t.Code == "" || len(t.Name) > maxName {
		return 0, fault.NewInvalid("Please enter a name of at most %d characters.", maxName).On("name")
	}
	id := t.ID
	if id == 0 {
		id = s.p.IDs.New()
	}
	return id, s.change(ctx, "worklog.type", id.String(), t.Name, func(_ *sql.Tx, q *store.Queries) error {
		rows, err := q.Types(ctx)
		if err != nil {
			return err
		}
		for _, o := range rows {
			if ids.ID(o.ID) != id && t.Name != "" && strings.EqualFold(o.Name, t.Name) {
				return fault.NewConflict("There is a kind of work of that name already.").On("name")
			}
		}
		if t.ID == 0 {
			return q.InsertType(ctx, store.InsertTypeParams{ID: int64(id), Name: t.Name, Reactive: flag(t.Reactive), Billable: flag(t.Billable), Position: int64(len(rows) + 1)})
		}
		n, err := q.UpdateType(ctx, store.UpdateTypeParams{
			ID: int64(id), Version: t.Version, Code: t.Code, Name: t.Name, Reactive: flag(t.Reactive), Billable: flag(t.Billable), Archived: flag(t.Archived),
		})
		if err == nil && n == 0 {
			return changedMeanwhile()
		}
		return err
	})
}
