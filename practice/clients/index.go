// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/search"
	"mainstay/practice/clients/store"
)

// Kinds are the kinds of documents that clients put into the full-text search.
var Kinds = []string{"client", "site", "person", "note"}

func siteDoc(client, id ids.ID, s Site) search.Doc {
	return search.Doc{Kind: "site", Ref: id, Client: client, Title: s.Name, Body: strings.Join([]string{s.Street, s.Postcode, s.City, s.Country}, " ")}
}

func personDoc(client, id ids.ID, name, title, email, phone string) search.Doc {
	return search.Doc{Kind: "person", Ref: id, Client: client, Title: name, Body: title + " " + email + " " + phone}
}

func noteDoc(client, id ids.ID, body string) search.Doc {
	title, _, _ := strings.Cut(body, "\n")
	return search.Doc{Kind: "note", Ref: id, Client: client, Title: title, Body: body}
}

// indexParts puts everything that belongs to a client into the index anew, under that client.
func (s *Service) indexParts(ctx context.Context, tx *sql.Tx, q *store.Queries, client ids.ID) error {
	f := Full{Client: Client{ID: client}}
	if err := s.parts(ctx, q, &f); err != nil {
		return err
	}
	w := s.search.Writer(tx)
	defer w.Close()
	for _, x := range f.Sites {
		if err := w.Put(ctx, siteDoc(client, x.ID, x)); err != nil {
			return err
		}
	}
	for _, p := range f.People {
		if err := w.Put(ctx, personDoc(client, p.ID, p.Name, p.Title, p.Email, p.Phone)); err != nil {
			return err
		}
	}
	for _, n := range f.Notes {
		if err := w.Put(ctx, noteDoc(client, n.ID, n.Body)); err != nil {
			return err
		}
	}
	return nil
}

// ReindexJob is the kind of the job that puts all clients into the full-text search anew, as an earlier release did
// not: sites, and on PostgreSQL the parts of addresses and numbers.
const ReindexJob = "clients.reindex"

// reindex goes over all clients; running it again changes nothing.
func (s *Service) reindex(ctx context.Context, _ string) error {
	rows, err := store.New(s.db.Reader()).Names(ctx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(rows, 100) {
		err := s.db.Write(ctx, func(tx *sql.Tx) error {
			q := store.New(tx)
			for _, r := range part {
				c, err := q.ByID(ctx, r.ID)
				if err != nil {
					return err
				}
				if err := s.index(ctx, tx, ids.ID(r.ID), client(c).Details); err != nil {
					return err
				}
				if err := s.indexParts(ctx, tx, q, ids.ID(r.ID)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Names returns the names of clients in scope; those that are not there are left out.
func (s *Service) Names(ctx context.Context, scope access.Scope, list ...ids.ID) (map[ids.ID]string, error) {
	out := make(map[ids.ID]string, len(list))
	list = slices.Clone(list)
	slices.Sort(list)
	list = slices.DeleteFunc(slices.Compact(list), func(id ids.ID) bool { return !scope.Covers(id) })
	for part := range slices.Chunk(list, 500) {
		marks, args := make([]string, len(part)), make([]any, len(part))
		for i, id := range part {
			marks[i], args[i] = fmt.Sprintf("$%d", i+1), int64(id)
		}
		if err := s.name(ctx, "SELECT id, name FROM clients_clients WHERE id IN ("+strings.Join(marks, ", ")+")", args, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) name(ctx context.Context, query string, args []any, into map[ids.ID]string) error {
	rows, err := s.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		into[ids.ID(id)] = name
	}
	return rows.Err()
}
