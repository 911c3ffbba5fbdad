// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/ids"
)

// WorkCover is what an agreement says of a kind of work on a day.
type WorkCover struct {
	Agreement ids.ID
	Number    string
	Pot       ids.ID // the allowance that it draws on; 0 = it is simply included
	Name      string // of the allowance, or of the agreement
}

// CoverWork says what covers a kind of work for a client on a day: an allowance first, of the oldest agreement that has one,
// else an agreement that includes it. It reports false where none does.
func (s *Service) CoverWork(ctx context.Context, q db.Query, client, kind ids.ID, day civil.Date) (WorkCover, bool, error) {
	list, err := inForce(ctx, q, client, day)
	if err != nil {
		return WorkCover{}, false, err
	}
	if a, p := DrawnOn(list, kind, day); p != nil {
		return WorkCover{a.ID, a.Number, p.ID, p.Name}, true, nil
	}
	for _, a := range list {
		if a.Includes(kind) {
			return WorkCover{a.ID, a.Number, 0, a.Name}, true, nil
		}
	}
	return WorkCover{}, false, nil
}

// DrawnOn returns the allowance, and its agreement, that a kind of work draws on on a day: the first of the oldest agreement in force
// then that has one for it. list are a client's agreements by id; nil where there is none.
func DrawnOn(list []*Agreement, kind ids.ID, day civil.Date) (*Agreement, *Pot) {
	for _, a := range list {
		if !a.Holds(day) {
			continue
		}
		for i := range a.Pots {
			if p := &a.Pots[i]; p.Valid.Has(day) && p.Draws(kind) {
				return a, p
			}
		}
	}
	return nil, nil
}

// Draws reports whether a kind of work draws on an allowance.
func (p *Pot) Draws(kind ids.ID) bool {
	list := strings.Fields(p.Work)
	return len(list) == 0 || slices.Contains(list, kind.String())
}

// Includes reports whether an agreement includes a kind of work.
func (a *Agreement) Includes(kind ids.ID) bool {
	return a.Work == "*" || slices.Contains(strings.Fields(a.Work), kind.String())
}

// LevelFor returns the service level that a client's agreements promise on a day: that of the latest one that promises any; 0
// where none does.
func (s *Service) LevelFor(ctx context.Context, q db.Query, client ids.ID, day civil.Date) (level ids.ID, err error) {
	rows, err := q.QueryContext(ctx, "SELECT a.level_id FROM agreements_agreements a WHERE "+holding+" AND a.level_id <> 0 ORDER BY a.starts DESC, a.id DESC LIMIT 1", int64(client), int64(day), int64(civil.NoDate))
	if err != nil {
		return 0, err
	}
	list, err := idsOf(rows)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0], nil
}

// holding selects the agreements of client $1 that are in force on day $2; $3 is NoDate.
const holding = "a.client_id = $1 AND a.state = 1 AND a.starts <= $2 AND (a.ends = $3 OR a.ends >= $2)"

// inForce reads a client's agreements that are in force on a day, the oldest first, with their allowances.
func inForce(ctx context.Context, q db.Query, client ids.ID, day civil.Date) ([]*Agreement, error) {
	l := loader{q: q, by: some{where: holding, args: []any{int64(client), int64(day), int64(civil.NoDate)}}, at: map[ids.ID]*Agreement{}, lines: map[ids.ID]*Line{}}
	if err := l.heads(ctx); err != nil || len(l.out) == 0 {
		return nil, err
	}
	return l.out, l.pots(ctx)
}
