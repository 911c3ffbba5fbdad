// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients/store"
)

// SaveSite adds a site, or changes the one whose ID is set.
func (s *Service) SaveSite(ctx context.Context, scope access.Scope, client ids.ID, site Site) (ids.ID, error) {
	site.Name = strings.TrimSpace(site.Name)
	if site.Name == "" || tooLong(site.Name, site.Street, site.Postcode, site.City, site.Country) {
		return 0, fault.NewInvalid("A site needs a name; no field may be longer than %d characters.", maxText).On("name")
	}
	return s.part(ctx, scope, client, "clients.site", site.Name, site.ID, func(tx *sql.Tx, q *store.Queries, id ids.ID) error {
		var err error
		if site.ID != 0 {
			err = changed(q.UpdateSite(ctx, store.UpdateSiteParams{
				ID: int64(id), ClientID: int64(client), Name: site.Name, Street: site.Street, Postcode: site.Postcode,
				City: site.City, Country: site.Country, Zone: site.Zone,
			}))
		} else {
			err = q.InsertSite(ctx, store.InsertSiteParams{
				ID: int64(id), ClientID: int64(client), Name: site.Name, Street: site.Street, Postcode: site.Postcode,
				City: site.City, Country: site.Country, Zone: site.Zone, CreatedAt: s.now(),
			})
		}
		if err != nil {
			return err
		}
		return s.search.Put(ctx, tx, siteDoc(client, id, site))
	})
}

// SiteName is a site with the client that it is of.
type SiteName struct {
	ID, Client ids.ID
	Name       string
}

// SiteNames lists the sites of all clients in scope, by client and name.
func (s *Service) SiteNames(ctx context.Context, scope access.Scope) (out []SiteName, err error) {
	rows, err := store.New(s.db.Reader()).AllSites(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if scope.Covers(ids.ID(r.ClientID)) {
			out = append(out, SiteName{ID: ids.ID(r.ID), Client: ids.ID(r.ClientID), Name: r.Name})
		}
	}
	return out, nil
}

// DeleteSite removes a site.
func (s *Service) DeleteSite(ctx context.Context, scope access.Scope, client, site ids.ID) error {
	_, err := s.part(ctx, scope, client, "clients.site-removed", site.String(), site, func(tx *sql.Tx, q *store.Queries, id ids.ID) error {
		if err := changed(q.DeleteSite(ctx, int64(id), int64(client))); err != nil {
			return err
		}
		return s.search.Delete(ctx, tx, "site", id)
	})
	return err
}

// SavePerson adds a person, or changes the one whose ID is set.
func (s *Service) SavePerson(ctx context.Context, scope access.Scope, client ids.ID, p Person) (ids.ID, error) {
	return s.savePerson(ctx, scope, client, p, 0)
}

func (s *Service) savePerson(ctx context.Context, scope access.Scope, client ids.ID, p Person, madeBy ids.ID) (ids.ID, error) {
	p.Name, p.Email = strings.TrimSpace(p.Name), strings.TrimSpace(p.Email) // who is found by it must not be hidden by a space
	if p.Name == "" || tooLong(p.Name, p.Title, p.Email, p.Phone) {
		return 0, fault.NewInvalid("A person needs a name; no field may be longer than %d characters.", maxText).On("name")
	}
	var decides int64
	if p.Decides {
		decides = 1
	}
	return s.part(ctx, scope, client, "clients.person", p.Name, p.ID, func(tx *sql.Tx, q *store.Queries, id ids.ID) error {
		var err error
		if p.ID != 0 {
			err = changed(q.UpdatePerson(ctx, store.UpdatePersonParams{
				ID: int64(id), ClientID: int64(client), SiteID: int64(p.Site), Name: p.Name, Title: p.Title,
				Email: p.Email, Phone: p.Phone, Decides: decides,
			}))
		} else {
			err = q.InsertPerson(ctx, store.InsertPersonParams{
				ID: int64(id), ClientID: int64(client), SiteID: int64(p.Site), Name: p.Name, Title: p.Title,
				Email: p.Email, Phone: p.Phone, Decides: decides, MadeBy: int64(madeBy), CreatedAt: s.now(),
			})
		}
		if err != nil {
			return err
		}
		return s.search.Put(ctx, tx, personDoc(client, id, p.Name, p.Title, p.Email, p.Phone))
	})
}

// DeletePerson removes a person.
func (s *Service) DeletePerson(ctx context.Context, scope access.Scope, client, person ids.ID) error {
	_, err := s.part(ctx, scope, client, "clients.person-removed", person.String(), person, func(tx *sql.Tx, q *store.Queries, id ids.ID) error {
		if err := changed(q.DeletePerson(ctx, int64(id), int64(client))); err != nil {
			return err
		}
		return s.search.Delete(ctx, tx, "person", id)
	})
	return err
}

// AddNote writes a note about a client; its author is the caller.
func (s *Service) AddNote(ctx context.Context, scope access.Scope, client ids.ID, body string) (ids.ID, error) {
	body = strings.TrimSpace(body)
	if body == "" || len(body) > maxNote {
		return 0, fault.NewInvalid("A note has between 1 and %d characters.", maxNote).On("body")
	}
	author, name := ids.ID(0), "system"
	if id := access.From(ctx); id != nil {
		author, name = id.User, id.Name
	}
	return s.part(ctx, scope, client, "clients.note", client.String(), 0, func(tx *sql.Tx, q *store.Queries, id ids.ID) error {
		if err := q.InsertNote(ctx, store.InsertNoteParams{ID: int64(id), ClientID: int64(client), AuthorID: int64(author), Author: name, Body: body, CreatedAt: s.now()}); err != nil {
			return err
		}
		return s.search.Put(ctx, tx, noteDoc(client, id, body))
	})
}

// PinNote keeps a note at the top, or lets it go.
func (s *Service) PinNote(ctx context.Context, scope access.Scope, client, note ids.ID, pinned bool) error {
	var on int64
	if pinned {
		on = 1
	}
	_, err := s.part(ctx, scope, client, "clients.note-pinned", note.String(), note, func(_ *sql.Tx, q *store.Queries, id ids.ID) error {
		return changed(q.PinNote(ctx, int64(id), int64(client), on))
	})
	return err
}

// DeleteNote removes a note.
func (s *Service) DeleteNote(ctx context.Context, scope access.Scope, client, note ids.ID) error {
	_, err := s.part(ctx, scope, client, "clients.note-removed", note.String(), note, func(tx *sql.Tx, q *store.Queries, id ids.ID) error {
		if err := changed(q.DeleteNote(ctx, int64(id), int64(client))); err != nil {
			return err
		}
		return s.search.Delete(ctx, tx, "note", id)
	})
	return err
}

// part changes something that belongs to a client in scope; a zero id is replaced by a new one.
func (s *Service) part(ctx context.Context, scope access.Scope, client ids.ID, action, subject string, id ids.ID, fn func(*sql.Tx, *store.Queries, ids.ID) error) (ids.ID, error) {
	if !scope.Covers(client) {
		return 0, noClient()
	}
	if id == 0 {
		id = s.ids.New()
	}
	return id, s.change(ctx, action, subject, func(tx *sql.Tx, q *store.Queries) error {
		if _, err := q.ByID(ctx, int64(client)); err != nil {
			return orNoClient(err)
		}
		return fn(tx, q, id)
	})
}

func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.NewNotFound("This entry is not there any more.")
	}
	return err
}

func tooLong(texts ...string) bool {
	for _, t := range texts {
		if len(t) > maxText {
			return true
		}
	}
	return false
}
