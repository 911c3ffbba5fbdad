// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

const (
	stormFor   = 5 * time.Minute // so many devices of a client within this are a storm
	stormSize  = 5
	stormSites = 3                // and storms of so many clients at once are the firm's own matter
	stormLasts = 15 * time.Minute // what comes within this after belongs to the storm
)

// storms are the clients at which many devices alarm just now. What makes no work does not count.
func (s *Service) storms(ctx context.Context) (map[ids.ID]bool, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT client_id FROM monitoring_alerts
		WHERE resolved_at = 0 AND opened_at > $1 AND silenced = '' AND (work_at > 0 OR ticket_id > 0) GROUP BY client_id HAVING count(DISTINCT device_id) >= $2`,
		micros(s.now().Add(-stormFor)), stormSize)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]bool{}
	for rows.Next() {
		var c ids.ID
		if err := rows.Scan(&c); err != nil {
			return nil, err
		}
		out[c] = true
	}
	return out, rows.Err()
}

// workOnStorm makes one ticket of a client's storm. Those that still have a part of their minute before them belong to it as well.
func (s *Service) workOnStorm(ctx context.Context, client ids.ID, due []Alert, storms map[ids.ID]bool) error {
	more, err := s.alerts(ctx, s.p.DB.Reader(), `WHERE client_id = $1 AND resolved_at = 0 AND work_at > $2 AND opened_at > $3 AND ticket_id = 0
		AND silenced = '' AND state = 'open' AND clear_at = 0 ORDER BY id LIMIT 1000`, int64(client), micros(s.now()), micros(s.now().Add(-stormFor)))
	if err != nil {
		return err
	}
	everywhere, quietly := 0, false
	if len(storms) >= stormSites {
		everywhere = len(storms)
		if quietly, err = s.stormTold(ctx, client, storms); err != nil {
			return err
		}
	}
	return s.workOn(ctx, append(due, more...), true, everywhere, quietly)
}

// stormTold reports whether somebody was called already for the storm of another client.
func (s *Service) stormTold(ctx context.Context, client ids.ID, storms map[ids.ID]bool) (bool, error) {
	list, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE resolved_at = 0 AND opened_at > $1 AND ticket_id > 0 AND client_id <> $2 AND (step > 0 OR step_at > 0) ORDER BY id",
		micros(s.now().Add(-stormFor)), int64(client))
	return slices.ContainsFunc(list, func(a Alert) bool { return storms[a.Client] }), err
}

// shared are the open alerts, the newest first, that share a ticket with another device of their client: that is so of storms alone.
func (s *Service) shared(ctx context.Context, q db.Query, client ids.ID) ([]Alert, error) {
	return s.alerts(ctx, q, `WHERE client_id = $1 AND resolved_at = 0 AND ticket_id > 0 AND opened_at > $2 AND EXISTS
		(SELECT 1 FROM monitoring_alerts b WHERE b.ticket_id = monitoring_alerts.ticket_id AND b.device_id <> monitoring_alerts.device_id) ORDER BY id DESC LIMIT 20`,
		int64(client), micros(s.now().Add(-stormLasts)))
}

// stormTicket is the ticket of a storm to which what comes now belongs, 0 = there is none.
func (s *Service) stormTicket(ctx context.Context, tx *sql.Tx, client ids.ID) (ids.ID, error) {
	list, err := s.shared(ctx, tx, client)
	if err != nil {
		return 0, err
	}
	return s.unfinished(ctx, tx, client, list)
}

// stormGoesOn reports whether what comes now belongs to a storm of a short while ago.
func (s *Service) stormGoesOn(ctx context.Context, client ids.ID) (bool, error) {
	list, err := s.shared(ctx, s.p.DB.Reader(), client)
	if err != nil {
		return false, err
	}
	seen := map[ids.ID]bool{}
	for _, a := range list {
		if seen[a.Ticket] {
			continue
		}
		seen[a.Ticket] = true
		t, err := s.p.Desk.Get(ctx, access.WholeFirm(), a.Ticket)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return false, err
		}
		if err == nil && t.State.Unfinished() && t.MergedInto == 0 && t.Client == client {
			return true, nil
		}
	}
	return false, nil
}

// stormAlerts are the alerts of a storm that got tickets before anybody could know that it is one, the oldest first. A ticket that was
// there before is not the storm's.
func (s *Service) stormAlerts(ctx context.Context, tx *sql.Tx, client ids.ID) ([]Alert, error) {
	return s.alerts(ctx, tx, `WHERE client_id = $1 AND resolved_at = 0 AND ticket_id > 0 AND opened_at > $2 AND silenced = '' AND NOT EXISTS
		(SELECT 1 FROM monitoring_alerts b WHERE b.ticket_id = monitoring_alerts.ticket_id AND b.opened_at <= $2) ORDER BY id LIMIT 200`,
		int64(client), micros(s.now().Add(-stormFor)))
}

// becomesStorm makes a ticket that was of one device that of a storm. Words of a person stay.
func (s *Service) becomesStorm(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket, e *helpdesk.Edit, loud []Alert) error {
	there, err := s.alerts(ctx, tx, "WHERE ticket_id = $1 AND resolved_at = 0 ORDER BY id", int64(t.ID))
	if err != nil {
		return err
	}
	wide := helpdesk.Level(1)
	if t.Impact > wide {
		e.Impact = &wide
		keepPriority(t, e)
	}
	untouched, err := s.untouched(ctx, tx, t)
	if err != nil || !untouched {
		return err
	}
	if slices.ContainsFunc(there, func(a Alert) bool { return a.Device != there[0].Device }) {
		return nil // it is called so already
	}
	text := s.words(ctx).subject(loud[0], append(there, loud...))
	e.Subject = &text
	return nil
}

// absorb lets the alerts of a storm that have tickets of their own go on with it. Those that nobody has taken up are solved.
func (s *Service) absorb(ctx context.Context, tx *sql.Tx, storm helpdesk.Ticket, joining []Alert) error {
	list, err := s.stormAlerts(ctx, tx, storm.Client)
	if err != nil {
		return err
	}
	w := s.words(ctx)
	var moved []Alert
	done := map[ids.ID]bool{storm.ID: true}
	for _, a := range list {
		if done[a.Ticket] {
			continue
		}
		done[a.Ticket] = true
		t, err := s.p.Desk.In(ctx, tx, a.Ticket)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		untouched, err := s.untouched(ctx, tx, t)
		if err != nil {
			return err
		}
		if !untouched || t.MergedInto != 0 {
			continue
		}
		solved := helpdesk.StateSolved
		m := helpdesk.Message{Kind: helpdesk.Note, Author: robot(), Body: w.P.T("Many devices of this client report something at once: this goes on as ticket #%d.", storm.Number), Then: helpdesk.Edit{State: &solved}}
		if _, _, err := s.p.Desk.ChangeIn(ctx, tx, t.ID, m); err != nil {
			return err
		}
		for i := range list {
			if list[i].Ticket == t.ID && !slices.ContainsFunc(joining, func(j Alert) bool { return j.ID == list[i].ID }) {
				moved = append(moved, list[i])
			}
		}
	}
	if len(moved) == 0 {
		return nil
	}
	if _, _, err := s.p.Desk.ChangeIn(ctx, tx, storm.ID, helpdesk.Message{Kind: helpdesk.Note, Author: robot(), Body: w.joins(moved)}); err != nil {
		return err
	}
	for i := range moved {
		a := &moved[i]
		called, err := s.called(ctx, tx, storm.ID, moved[i:i+1], true)
		if err != nil {
			return err
		}
		if called { // one chain is enough
			a.StepAt = time.Time{}
		}
		a.Ticket, a.Number = storm.ID, storm.Number
		if err := s.updateAlert(ctx, tx, a); err != nil {
			return err
		}
		if err := s.note(ctx, tx, a.ID, "ticket", number64(storm.Number)); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, "ticket", *a); err != nil {
			return err
		}
	}
	return nil
}

// callForStorm calls for the storm of another client that nobody was called for, as the one in whose place it was is over.
func (s *Service) callForStorm(ctx context.Context, tx *sql.Tx, a Alert) error {
	list, err := s.alerts(ctx, tx, `WHERE resolved_at = 0 AND state = 'open' AND silenced = '' AND clear_at = 0 AND client_id <> $1 AND ticket_id > 0 AND step = 0 AND step_at = 0
		AND opened_at > $2 AND opened_at < $3 ORDER BY level DESC, id LIMIT 200`, int64(a.Client), micros(a.Opened.Add(-stormFor)), micros(a.Opened.Add(stormFor)))
	if err != nil {
		return err
	}
	seen := map[ids.ID]bool{}
	for i := range list {
		if seen[list[i].Ticket] {
			continue
		}
		seen[list[i].Ticket] = true
		var devices, called int
		err := tx.QueryRowContext(ctx, "SELECT count(DISTINCT device_id), max(step + CASE WHEN step_at > 0 THEN 1 ELSE 0 END) FROM monitoring_alerts WHERE ticket_id = $1", int64(list[i].Ticket)).Scan(&devices, &called)
		if err != nil {
			return err
		}
		if devices < stormSize || called > 0 {
			continue
		}
		if err := s.startChain(ctx, tx, &list[i]); err != nil {
			return err
		}
		return s.updateAlert(ctx, tx, &list[i])
	}
	return nil
}
