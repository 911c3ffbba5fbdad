// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// SpentDay is what was worked for a client on one day, by kind of work and who pays.
type SpentDay struct {
	Client  ids.ID
	Type    ids.ID
	Day     civil.Date
	Cover   Coverage
	Minutes int64
}

// SpentOn returns what was worked from a day through another, day by day: what an hour costs may change on any of them.
func (s *Service) SpentOn(ctx context.Context, from, through civil.Date) ([]SpentDay, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT client_id, type_id, day, coverage, CAST(sum(minutes) AS BIGINT) FROM worklog_entries WHERE day >= $1 AND day <= $2
GROUP BY client_id, type_id, day, coverage ORDER BY client_id, day, type_id, coverage`, int64(from), int64(through))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []SpentDay
	for rows.Next() {
		var d SpentDay
		if err := rows.Scan(&d.Client, &d.Type, &d.Day, &d.Cover, &d.Minutes); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// PartCost is what material for a client cost the firm.
type PartCost struct {
	Client   ids.ID
	Currency money.Currency
	Minor    int64
	Known    bool // the cost of one was entered
	Note     string
}

// PartsIn returns what materials from a day through another cost; expenses and mileage are none.
func (s *Service) PartsIn(ctx context.Context, from, through civil.Date) ([]PartCost, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT client_id, currency, note, quantity_coef, quantity_scale, cost_coef, cost_scale FROM worklog_items WHERE kind = 0 AND day >= $1 AND day <= $2 ORDER BY id`, int64(from), int64(through))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []PartCost
	for rows.Next() {
		var p PartCost
		var n, each money.Decimal
		if err := rows.Scan(&p.Client, &p.Currency, &p.Note, &n.Coef, &n.Scale, &each.Coef, &each.Scale); err != nil {
			return nil, err
		}
		p.Known = each.Coef != 0
		if p.Minor, err = n.Exact().Times(each.Exact()).Round(p.Currency.Digits()); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}
