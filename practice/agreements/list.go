// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Stage is where an agreement stands today, for people.
type Stage string

// The stages.
const (
	Drafted Stage = "draft"
	Coming  Stage = "coming" // signed, and begins later
	Current Stage = "active"
	Over    Stage = "ended"
	Undone  Stage = "cancelled"
)

// Stages lists them in the order in which pages show them.
func Stages() []Stage { return []Stage{Drafted, Coming, Current, Over, Undone} }

// Stage returns where an agreement stands on a day.
func (a *Agreement) Stage(day civil.Date) Stage {
	switch {
	case a.State == Draft:
		return Drafted
	case a.State == Cancelled:
		return Undone
	case a.Starts > day:
		return Coming
	case a.Ended(day):
		return Over
	}
	return Current
}

// Query chooses agreements. Zero values choose all.
type Query struct {
	Text   string // words, each of them part of the name, the number or the client's name
	Client ids.ID
	Stage  Stage
	After  ids.ID // the last of the page before
	Limit  int    // 1–500; 0 = 50
}

// Row is an agreement in a list.
type Row struct {
	*Agreement
	ClientName string
	Day        civil.Date // for which Monthly is
	Monthly    int64      // minor units of the agreement's currency
	Failed     bool       // it cannot be reckoned
}

// Page is a page of agreements, the latest first.
type Page struct {
	Rows []Row
	Next ids.ID // for After; 0 = this is the last
}

// List returns a page of agreements in scope.
func (s *Service) List(ctx context.Context, scope access.Scope, query Query) (Page, error) {
	limit := query.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	where, args := query.where(scope, s.Today(""))
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT a.id FROM agreements_agreements a LEFT JOIN clients_clients c ON c.id = a.client_id WHERE "+where+" ORDER BY a.id DESC LIMIT "+strconv.Itoa(limit+1), args...)
	if err != nil {
		return Page{}, err
	}
	list, err := idsOf(rows)
	if err != nil || len(list) == 0 {
		return Page{}, err
	}
	var p Page
	if len(list) > limit {
		list = list[:limit]
		p.Next = list[limit-1]
	}
	p.Rows, err = s.rows(ctx, list)
	return p, err
}

func (q Query) where(scope access.Scope, today civil.Date) (string, []any) {
	conds, args := []string{"1 = 1"}, []any{}
	add := func(cond string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			cond = strings.Replace(cond, "?", placeholder(len(args)), 1)
		}
		conds = append(conds, cond)
	}
	if !scope.All() {
		add("a.client_id = ?", int64(scope.Client()))
	}
	if q.Client != 0 {
		add("a.client_id = ?", int64(q.Client))
	}
	if q.After != 0 {
		add("a.id < ?", int64(q.After))
	}
	for _, t := range strings.Fields(strings.ToLower(q.Text)) {
		like := "%" + strings.NewReplacer(`%`, `\%`, `_`, `\_`, `\`, `\\`).Replace(t) + "%"
		add(`(lower(a.name) LIKE ? ESCAPE '\' OR lower(a.number) LIKE ? ESCAPE '\' OR lower(c.name) LIKE ? ESCAPE '\')`, like, like, like)
	}
	none := int64(civil.NoDate)
	switch q.Stage {
	case Drafted:
		add("a.state = ?", int64(Draft))
	case Undone:
		add("a.state = ?", int64(Cancelled))
	case Coming:
		add("a.state = ? AND a.starts > ?", int64(Active), int64(today))
	case Current:
		add("a.state = ? AND a.starts <= ? AND (a.ends = ? OR a.ends >= ?)", int64(Active), int64(today), none, int64(today))
	case Over:
		add("a.state = ? AND a.ends <> ? AND a.ends < ?", int64(Active), none, int64(today))
	}
	return strings.Join(conds, " AND "), args
}

// rows reads agreements in the order of a list.
func (s *Service) rows(ctx context.Context, list []ids.ID) ([]Row, error) {
	by := these(list)
	in, args := by.where, by.args
	all, err := load(ctx, s.p.DB.Reader(), by)
	if err != nil {
		return nil, err
	}
	names, err := s.clientNames(ctx, in, args)
	if err != nil {
		return nil, err
	}
	at := make(map[ids.ID]*Agreement, len(all))
	for _, a := range all {
		at[a.ID] = a
	}
	out := make([]Row, 0, len(list))
	for _, id := range list {
		a := at[id]
		if a == nil {
			continue // discarded meanwhile
		}
		out = append(out, s.row(a, names[a.Client]))
	}
	return out, nil
}

func (s *Service) row(a *Agreement, name string) Row {
	r := Row{Agreement: a, ClientName: name, Day: a.Reference(s.Today(a.Zone))}
	var err error
	r.Monthly, err = a.Monthly(r.Day)
	r.Failed = err != nil
	return r
}

func (s *Service) clientNames(ctx context.Context, in string, args []any) (map[ids.ID]string, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT c.id, c.name FROM clients_clients c WHERE c.id IN (SELECT a.client_id FROM agreements_agreements a WHERE a.id IN ("+in+"))", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]string{}
	for rows.Next() {
		var id ids.ID
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		out[id] = name
	}
	return out, rows.Err()
}

// Of returns a client's agreements that are drafts, or hold today or later, the latest first.
func (s *Service) Of(ctx context.Context, scope access.Scope, client ids.ID) ([]Row, error) {
	p, err := s.List(ctx, scope, Query{Client: client, Limit: 100})
	if err != nil {
		return nil, err
	}
	out := p.Rows[:0]
	for _, r := range p.Rows {
		if st := r.Stage(s.Today(r.Zone)); st != Undone && st != Over {
			out = append(out, r)
		}
	}
	return out, nil
}

// Tally counts the agreements of a stage.
func (s *Service) Tally(ctx context.Context, stage Stage) (n int64, err error) {
	where, args := Query{Stage: stage}.where(access.WholeFirm(), s.Today(""))
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM agreements_agreements a WHERE "+where, args...).Scan(&n)
	return n, err
}

// Choice is a client that an agreement can be made with.
type Choice struct {
	ID   ids.ID
	Name string
}

// Clients returns the clients that an agreement can be made with, by name.
func (s *Service) Clients(ctx context.Context) ([]Choice, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, name FROM clients_clients WHERE status <> 'merged' ORDER BY name_key, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Choice
	for rows.Next() {
		var c Choice
		if err := rows.Scan(&c.ID, &c.Name); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// ClientName returns the name of a client.
func (s *Service) ClientName(ctx context.Context, client ids.ID) (name string, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT name FROM clients_clients WHERE id = $1", int64(client)).Scan(&name)
	return name, found(err, fault.NewNotFound("There is no such client."))
}
