// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"encoding/json"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Template is what tickets are often begun with.
type Template struct {
	ID      ids.ID
	Name    string
	Outline Outline
	Version int64
}

const maxTemplates = 500

// Templates lists the templates by name.
func (s *Service) Templates(ctx context.Context) ([]Template, error) {
	rows, err := store.New(s.p.DB.Reader()).Templates(ctx)
	if err != nil {
		return nil, err
	}
	var out []Template
	for _, r := range rows {
		t := Template{ID: ids.ID(r.ID), Name: r.Name, Version: r.Version}
		if err := json.Unmarshal([]byte(r.Draft), &t.Outline); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// SaveTemplate adds a template (ID 0) or changes one whose version the caller has seen. Site and person, which are of one
// client, are not kept.
func (s *Service) SaveTemplate(ctx context.Context, t Template) (ids.ID, error) {
	name, err := cleanName(t.Name)
	if err != nil {
		return 0, err
	}
	t.Outline.Site, t.Outline.Person = 0, 0
	if err := t.Outline.check(ctx, s, 0); err != nil {
		return 0, err
	}
	draft, err := json.Marshal(t.Outline)
	if err != nil {
		return 0, err
	}
	have, err := s.Templates(ctx)
	if err != nil {
		return 0, err
	}
	fresh := t.ID == 0
	if fresh && len(have) >= maxTemplates {
		return 0, fault.NewConflict("There are %d templates already. Remove one first.", maxTemplates)
	}
	if fresh {
		t.ID = s.p.IDs.New()
	}
	return t.ID, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if fresh {
			err = q.InsertTemplate(ctx, int64(t.ID), name, string(draft))
		} else {
			var n int64
			n, err = q.UpdateTemplate(ctx, store.UpdateTemplateParams{ID: int64(t.ID), Name: name, Draft: string(draft), Version: t.Version})
			err = orChanged(n, err)
		}
		if err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "helpdesk.template", name, "")
	})
}

// DropTemplate removes a template.
func (s *Service) DropTemplate(ctx context.Context, id ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n, err := store.New(tx).DropTemplate(ctx, int64(id))
		if err == nil && n == 0 {
			err = fault.NewNotFound("There is no such template.")
		}
		if err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "helpdesk.template.removed", id.String(), "")
	})
}
