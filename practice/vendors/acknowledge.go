// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"context"
	"database/sql"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
)

// Acknowledgement says that somebody has looked at a difference, and why it may stay.
type Acknowledgement struct {
	Reason string
	Author string
	Made   time.Time
	Units  money.Decimal
	Minor  int64
}

// unitsOf is a difference of units as it is kept: to four places, which no count of days in a month comes closer than.
func unitsOf(x money.Exact) (money.Decimal, error) {
	n, err := x.Round(4)
	return money.Decimal{Coef: n, Scale: 4}, err
}

// see takes over an acknowledgement: of this very difference, or of one that has changed since.
func (d *Delta) see(a *Acknowledgement) {
	if a == nil || !d.Differs() {
		return
	}
	if n, err := unitsOf(d.Units); err == nil && n == a.Units && d.Minor == a.Minor {
		d.Seen = a
	} else {
		d.Before = a
	}
}

func (s *Service) acknowledged(ctx context.Context) (map[deltaKey]*Acknowledgement, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT client_id, item_id, currency, units_coef, units_scale, minor, reason, author, made_at FROM vendors_acknowledged")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[deltaKey]*Acknowledgement{}
	for rows.Next() {
		var k deltaKey
		var a Acknowledgement
		var made int64
		if err := rows.Scan(&k.client, &k.item, &k.currency, &a.Units.Coef, &a.Units.Scale, &a.Minor, &a.Reason, &a.Author, &made); err != nil {
			return nil, err
		}
		a.Made = clock.FromMicros(made)
		out[k] = &a
	}
	return out, rows.Err()
}

// Acknowledge says why a difference of a month may stay, until it changes.
func (s *Service) Acknowledge(ctx context.Context, m civil.Month, client, item ids.ID, c money.Currency, reason string) error {
	reason, err := text(reason, "reason", maxReason)
	if err != nil {
		return err
	}
	if reason == "" {
		return fault.NewInvalid("Say why this difference may stay.").On("reason")
	}
	r, err := s.reconcile(ctx, m, []ids.ID{client})
	if err != nil {
		return err
	}
	for i := range r.Deltas {
		d := &r.Deltas[i]
		if d.Item != item || d.Currency != c || !d.Differs() {
			continue
		}
		units, err := unitsOf(d.Units)
		if err != nil {
			return err
		}
		return s.change(ctx, "vendors.acknowledged", client.String(), d.Name+": "+reason, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO vendors_acknowledged (client_id, item_id, currency, units_coef, units_scale, minor, reason, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (client_id, item_id, currency) DO UPDATE SET units_coef = excluded.units_coef, units_scale = excluded.units_scale, minor = excluded.minor, reason = excluded.reason, author = excluded.author, made_at = excluded.made_at`,
				int64(client), int64(item), string(c), units.Coef, int64(units.Scale), d.Minor, reason, author(ctx), s.now())
			return err
		})
	}
	return fault.NewConflict("This difference is not there any more. Look at the reconciliation again.")
}

// Recall takes an acknowledgement back.
func (s *Service) Recall(ctx context.Context, client, item ids.ID, c money.Currency) error {
	return s.change(ctx, "vendors.recalled", client.String(), item.String(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM vendors_acknowledged WHERE client_id = $1 AND item_id = $2 AND currency = $3", int64(client), int64(item), string(c))
		return err
	})
}

// Held says of some clients why their agreements are not billed yet: a difference of the newest month that vendors have billed, as large as
// the firm has said, which nobody has acknowledged. Nothing is held where the firm has not turned it on.
func (s *Service) Held(ctx context.Context, p locale.Printer, of []ids.ID) (map[ids.ID]string, error) {
	h, err := s.Hold(ctx)
	if err != nil || h.Minor == 0 || len(of) == 0 {
		return nil, err
	}
	m, err := s.Latest(ctx)
	if err != nil || !m.Known() {
		return nil, err
	}
	r, err := s.reconcile(ctx, m, of)
	if err != nil {
		return nil, err
	}
	out := map[ids.ID]string{}
	for i := range r.Deltas { // the largest first
		d := &r.Deltas[i]
		if d.Open() && d.Currency == h.Currency && d.Stake >= h.Minor && out[d.Client] == "" {
			out[d.Client] = p.T("%[1]s: what vendors bill and what is charged differ by %[2]s; acknowledge it under Reconciliation", d.Name, p.Money(d.Stake, d.Currency))
		}
	}
	return out, nil
}
