// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
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
