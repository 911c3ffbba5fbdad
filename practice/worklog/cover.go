// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/practice/worklog/store"
)

// CoverJob is the kind of the job that decides anew what a client's agreements cover; its argument is the client's id.
const CoverJob = "worklog.cover"

// Recover decides anew who pays for a client's work that is not billed, after an agreement began, changed or ended. What was
// chosen by hand stays. What is approved is only ever taken out of what is billed as time and materials: it is never
// charged by a price that nobody has seen.
func (s *Service) Recover(ctx context.Context, arg string) error {
	client, err := ids.Parse(arg)
	if err != nil {
		return err
	}
	types, err := s.Types(ctx)
	if err != nil {
		return err
	}
	for after := int64(0); ; {
		list, err := s.read().ToCover(ctx, int64(client), after)
		if err != nil || len(list) == 0 {
			return err
		}
		err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			w := &pricer{s: s, tx: tx, q: store.New(tx)}
			for _, r := range list {
				if err := w.cover(ctx, types, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		after = list[len(list)-1].ID
	}
}

func (p *pricer) cover(ctx context.Context, types []Type, r store.WorklogEntry) error {
	kind, err := typeIn(types, ids.ID(r.TypeID))
	if err != nil {
		return nil //nolint:nilerr // of a kind that is gone: it stays as it is
	}
	now, _, err := p.s.decide(ctx, p.tx, Draft{Client: ids.ID(r.ClientID), Type: ids.ID(r.TypeID), Day: civil.Date(r.Day)}, kind)
	if err != nil || now == Coverage(r.Coverage) || State(r.State) >= Approved && now == Billable {
		return err
	}
	if err := p.q.SetCoverage(ctx, r.ID, int64(now), flag(now == Billable)); err != nil {
		return err
	}
	return p.entry(ctx, ids.ID(r.ID))
}
