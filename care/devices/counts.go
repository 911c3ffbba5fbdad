// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Count is how many devices a query meant on a day, and which.
type Count struct {
	Day     civil.Date
	Number  int64
	Members []Member
	Made    int64 // when it was counted, microseconds
}

// Member is a device that was counted, as it was called then.
type Member struct {
	ID   ids.ID
	Name string
}

// CountToday counts the devices of a client that a query means and keeps the count of the day with its evidence. Later in the day
// it counts anew, and the last count is true.
func (s *Service) CountToday(ctx context.Context, client ids.ID, q Query) (Count, error) {
	list, err := s.Find(ctx, access.WholeFirm(), client, q)
	if err != nil {
		return Count{}, err
	}
	c := Count{Day: s.Today(), Number: int64(len(list)), Made: s.now()}
	var b strings.Builder
	for _, d := range list {
		c.Members = append(c.Members, Member{d.ID, d.Name})
		b.WriteString(d.ID.String() + " " + d.Name + "\n")
	}
	return c, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return store.New(tx).PutCount(ctx, store.PutCountParams{ClientID: int64(client), Query: q.String(), Day: int64(c.Day), Number: c.Number, Members: b.String(), MadeAt: c.Made})
	})
}

// Counts returns the counts of a client's query from one day to another, by day. Days on which the server did not run have none.
func (s *Service) Counts(ctx context.Context, scope access.Scope, client ids.ID, q Query, from, to civil.Date) ([]Count, error) {
	if !scope.Covers(client) {
		return nil, noDevice()
	}
	rows, err := store.New(s.p.DB.Reader()).Counts(ctx, store.CountsParams{ClientID: int64(client), Query: q.String(), FromDay: int64(from), ToDay: int64(to)})
	if err != nil {
		return nil, err
	}
	out := make([]Count, len(rows))
	for i, r := range rows {
		out[i] = Count{Day: civil.Date(r.Day), Number: r.Number, Made: r.MadeAt}
		for l := range strings.Lines(r.Members) {
			id, name, _ := strings.Cut(strings.TrimSuffix(l, "\n"), " ")
			if n, err := ids.Parse(id); err == nil {
				out[i].Members = append(out[i].Members, Member{n, name})
			}
		}
	}
	return out, nil
}

// MaxCountDays is how many days of counts are read at once.
const MaxCountDays = 92

// DayCount is a day's count with who came and who went since the count before it.
type DayCount struct {
	Count
	First      bool // none was counted before: nobody came
	Came, Went []Member
}

// CountDays returns the counts of a client's query from one day to another, by day, with what changed from one to the next.
func (s *Service) CountDays(ctx context.Context, scope access.Scope, client ids.ID, q Query, from, to civil.Date) ([]DayCount, error) {
	if to < from || int(to-from) >= MaxCountDays {
		return nil, fault.NewInvalid("Choose at most %d days.", MaxCountDays).On("to")
	}
	if !scope.Covers(client) {
		return nil, noDevice()
	}
	var before int64 // the day of the last count before
	err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT coalesce(max(day), $1) FROM devices_counts WHERE client_id = $2 AND query = $3 AND day < $1", int64(from), int64(client), q.String()).Scan(&before)
	if err != nil {
		return nil, err
	}
	var list []Count
	if civil.Date(before) < from {
		if list, err = s.Counts(ctx, scope, client, q, civil.Date(before), civil.Date(before)); err != nil {
			return nil, err
		}
	}
	known := len(list)
	more, err := s.Counts(ctx, scope, client, q, from, to)
	if err != nil {
		return nil, err
	}
	list = append(list, more...)
	out := make([]DayCount, 0, len(more))
	for i := known; i < len(list); i++ {
		d := DayCount{Count: list[i], First: i == 0}
		if i > 0 {
			d.Came, d.Went = lacks(list[i].Members, list[i-1].Members), lacks(list[i-1].Members, list[i].Members)
		}
		out = append(out, d)
	}
	return out, nil
}

// lacks are the members of a list that another does not have.
func lacks(list, other []Member) (out []Member) {
	has := make(map[ids.ID]bool, len(other))
	for _, m := range other {
		has[m.ID] = true
	}
	for _, m := range list {
		if !has[m.ID] {
			out = append(out, m)
		}
	}
	return out
}

// CountedQueries returns the queries by which the devices of a client were counted, that of all of them first.
func (s *Service) CountedQueries(ctx context.Context, scope access.Scope, client ids.ID) ([]Query, error) {
	if !scope.Covers(client) {
		return nil, noDevice()
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT DISTINCT query FROM devices_counts WHERE client_id = $1", int64(client))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var texts []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	var out []Query
	for _, text := range texts {
		if q, err := ParseQuery(text); err == nil {
			out = append(out, q)
		}
	}
	return out, rows.Err()
}

// CountedClients returns the clients whose devices were ever counted: they go on to be, also when the last one is gone.
func (s *Service) CountedClients(ctx context.Context) ([]ids.ID, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT c.id FROM clients_clients c WHERE EXISTS (SELECT 1 FROM devices_counts d WHERE d.client_id = c.id AND d.query = '') ORDER BY c.id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ids.ID
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
