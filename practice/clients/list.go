// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients/store"
)

// Query chooses clients.
type Query struct {
	Text   string // part of the name, folded
	Status Status // "" = all but merged
	Tag    string
	After  string // cursor of the page before
	Limit  int    // 1–1000; 0 = 50
}

// Page is one page of clients, by name.
type Page struct {
	Rows []Client
	Next string // cursor of the next page; "" = this is the last
}

// List returns the clients in scope, ordered by name.
func (s *Service) List(ctx context.Context, scope access.Scope, query Query) (Page, error) {
	limit := query.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 1000)
	where, args := []string{}, []any{}
	add := func(cond string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, cond)
	}
	if query.Status == "" {
		add("status <> ?", string(Merged))
	} else {
		add("status = ?", string(query.Status))
	}
	if !scope.All() {
		add("id = ?", int64(scope.Client()))
	}
	if key := NameKey(query.Text); key != "" {
		add(`name_key LIKE ? ESCAPE '\'`, "%"+strings.NewReplacer(`%`, `\%`, `_`, `\_`, `\`, `\\`).Replace(key)+"%")
	}
	if query.Tag != "" {
		add(`tags LIKE ? ESCAPE '\'`, "%,"+strings.NewReplacer(`%`, `\%`, `_`, `\_`, `\`, `\\`, ",", "").Replace(query.Tag)+",%")
	}
	if query.After != "" {
		key, id, err := openCursor(query.After)
		if err != nil {
			return Page{}, err
		}
		add("(name_key > ? OR (name_key = ? AND id > ?))", key, key, int64(id))
	}
	text := "SELECT id, name, name_key, status, reference, email, phone, website, since, tags, made_by, merged_into, version, created_at, updated_at FROM clients_clients WHERE " +
		strings.Join(where, " AND ") + fmt.Sprintf(" ORDER BY name_key, id LIMIT %d", limit+1)
	rows, err := s.db.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return Page{}, err
	}
	defer rows.Close()
	return scanPage(rows, limit)
}

// Choices returns the clients in scope of a status, or ("") of all but merged ones, by name and for a choice: all of them, for one that
// is missing cannot be chosen.
func (s *Service) Choices(ctx context.Context, scope access.Scope, status Status) (out []Client, err error) {
	for q := (Query{Status: status, Limit: 1000}); ; {
		p, err := s.List(ctx, scope, q)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Rows...)
		if q.After = p.Next; q.After == "" {
			return out, nil
		}
	}
}

func scanPage(rows *sql.Rows, limit int) (Page, error) {
	var p Page
	var last store.ClientsClient
	for rows.Next() {
		var r store.ClientsClient
		if err := rows.Scan(&r.ID, &r.Name, &r.NameKey, &r.Status, &r.Reference, &r.Email, &r.Phone, &r.Website, &r.Since, &r.Tags,
			&r.MadeBy, &r.MergedInto, &r.Version, &r.CreatedAt, &r.UpdatedAt); err != nil {
			return Page{}, err
		}
		if len(p.Rows) == limit {
			p.Next = cursor(last.NameKey, ids.ID(last.ID))
			break
		}
		p.Rows, last = append(p.Rows, client(r)), r
	}
	return p, rows.Err()
}

// cursor is the place after a row: the row's sort key, not its number, so that pages stay right while
// rows come and go.
func cursor(key string, id ids.ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id.String() + key))
}

func openCursor(s string) (key string, id ids.ID, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil && len(b) >= 13 {
		if id, err = ids.Parse(string(b[:13])); err == nil {
			return string(b[13:]), id, nil
		}
	}
	return "", 0, fault.NewInvalid("The page mark in the address is damaged. Start again from the first page.").On("after")
}

// Count returns the number of clients of a status.
func (s *Service) Count(ctx context.Context, status Status) (int64, error) {
	return store.New(s.db.Reader()).Count(ctx, string(status))
}

// Resolve returns the client known under a name, by any spelling, or a NotFound fault.
func (s *Service) Resolve(ctx context.Context, name string) (ids.ID, error) {
	id, err := store.New(s.db.Reader()).ByNameKey(ctx, NameKey(name))
	return ids.ID(id), orNoClient(err)
}

// ResolveAll returns the clients known under the names; names that nobody has are left out.
func (s *Service) ResolveAll(ctx context.Context, names []string) (map[string]ids.ID, error) {
	out := make(map[string]ids.ID, len(names))
	const chunk = 500 // placeholders of one statement
	for part := range slices.Chunk(names, chunk) {
		byKey, marks, args := map[string][]string{}, []string{}, []any{}
		for _, n := range part {
			key := NameKey(n)
			if key != "" && byKey[key] == nil {
				args = append(args, key)
				marks = append(marks, fmt.Sprintf("$%d", len(args)))
			}
			byKey[key] = append(byKey[key], n)
		}
		if len(args) == 0 {
			continue
		}
		if err := s.resolve(ctx, "SELECT name_key, client_id FROM clients_names WHERE name_key IN ("+strings.Join(marks, ", ")+")", args, func(key string, id ids.ID) {
			for _, n := range byKey[key] {
				out[n] = id
			}
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) resolve(ctx context.Context, text string, args []any, found func(string, ids.ID)) error {
	rows, err := s.db.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var id int64
		if err := rows.Scan(&key, &id); err != nil {
			return err
		}
		found(key, ids.ID(id))
	}
	return rows.Err()
}

// Duplicates returns pairs of clients that look like one: equal names but for word order, or one
// name the beginning of the other.
func (s *Service) Duplicates(ctx context.Context) ([][2]Client, error) {
	var all []Client
	for after := ""; ; {
		p, err := s.List(ctx, access.WholeFirm(), Query{After: after, Limit: 1000})
		if err != nil {
			return nil, err
		}
		all = append(all, p.Rows...)
		if after = p.Next; after == "" {
			break
		}
	}
	var out [][2]Client
	bySorted := map[string]Client{}
	for i, c := range all {
		key := NameKey(c.Name)
		if k := sortedWords(key); k != "" {
			if other, ok := bySorted[k]; ok {
				out = append(out, [2]Client{other, c})
				continue
			}
			bySorted[k] = c
		}
		if i > 0 { // names that begin alike stand side by side
			before := NameKey(all[i-1].Name)
			if len(before) >= 8 && strings.HasPrefix(key, before+" ") {
				out = append(out, [2]Client{all[i-1], c})
			}
		}
	}
	return out, nil
}

func sortedWords(key string) string {
	words := strings.Fields(key)
	slices.Sort(words)
	return strings.Join(words, " ")
}
