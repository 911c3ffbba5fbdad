// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
)

const (
	stormFor   = 5 * time.Minute // so many devices of a client within this are a storm
	stormSize  = 5
	stormSites = 3                // and storms of so many clients at once are the firm's own matter
	joinFor    = 15 * time.Minute // what comes within this after belongs to the storm
	changesFor = 48 * time.Hour   // what changed on a device before
	aroundFor  = 6 * time.Hour    // what the drawing shows
)

// wake ends snoozes that are over.
func (s *Service) wake(ctx context.Context) error {
	list, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE resolved_at = 0 AND state = 'snoozed' AND snooze_at <= $1 ORDER BY id LIMIT 500", micros(s.now()))
	if err != nil {
		return err
	}
	for _, a := range list {
		err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			a, err := s.alertIn(ctx, tx, a.ID)
			if err != nil || a.State != Snoozed {
				return err
			}
			a.State, a.Snooze = Open, time.Time{}
			if a.Chain != 0 && a.Silenced == Loud {
				a.Step, a.StepAt = 0, s.now()
			}
			if err := s.updateAlert(ctx, tx, &a); err != nil {
				return err
			}
			return s.note(ctx, tx, a.ID, "woken", "")
		})
		if err != nil {
			return err
		}
		s.told(a.ID)
	}
	return nil
}

// makeWork makes tickets of the alerts that are due: one for each device, or one for a client at which many devices are
// concerned at once.
func (s *Service) makeWork(ctx context.Context) error {
	due, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE resolved_at = 0 AND work_at > 0 AND work_at <= $1 ORDER BY id LIMIT 1000", micros(s.now()))
	if err != nil || len(due) == 0 {
		return err
	}
	byClient := map[ids.ID][]Alert{}
	for _, a := range due {
		byClient[a.Client] = append(byClient[a.Client], a)
	}
	clients := make([]ids.ID, 0, len(byClient))
	storms := 0
	size := map[ids.ID]int{}
	for c := range byClient {
		clients = append(clients, c)
		if size[c], err = s.stormAt(ctx, c); err != nil {
			return err
		}
		if size[c] >= stormSize {
			storms++
		}
	}
	slices.Sort(clients)
	for i, c := range clients {
		list := byClient[c]
		if size[c] >= stormSize {
			everywhere := 0
			if storms >= stormSites {
				everywhere = storms
			}
			if err := s.workOn(ctx, list, true, everywhere, everywhere > 0 && i > 0); err != nil {
				return err
			}
			continue
		}
		slices.SortStableFunc(list, func(a, b Alert) int { return cmp.Compare(a.Device, b.Device) })
		for len(list) > 0 {
			n := 1
			for n < len(list) && list[n].Device == list[0].Device {
				n++
			}
			if err := s.workOn(ctx, list[:n], false, 0, false); err != nil {
				return err
			}
			list = list[n:]
		}
	}
	return nil
}

// stormAt counts the devices of a client for which something opened just now.
func (s *Service) stormAt(ctx context.Context, client ids.ID) (n int, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, `SELECT count(DISTINCT device_id) FROM monitoring_alerts
		WHERE client_id = $1 AND resolved_at = 0 AND opened_at > $2 AND silenced = ''`, int64(client), micros(s.now().Add(-stormFor))).Scan(&n)
	return n, err
}

// workOn makes work of alerts that belong together, in one transaction. What the helpdesk refuses (its client is gone) is noted on
// the alerts, which stay as they are.
func (s *Service) workOn(ctx context.Context, list []Alert, storm bool, everywhere int, quietly bool) error {
	drawings := map[ids.ID]helpdesk.File{}
	for _, a := range list[:min(len(list), 3)] {
		if f, ok := s.drawing(ctx, a); ok {
			drawings[a.ID] = f
		}
	}
	ticket := ids.ID(0)
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) (err error) {
		ticket, err = s.workIn(ctx, tx, list, storm, everywhere, quietly, drawings)
		return err
	})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		refused := fault.TextOf(err)
		err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			for _, a := range list {
				if _, err := tx.ExecContext(ctx, "UPDATE monitoring_alerts SET work_at = 0 WHERE id = $1", int64(a.ID)); err != nil {
					return err
				}
				if err := s.note(ctx, tx, a.ID, "refused", refused); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil && ticket != 0 {
		s.p.Desk.Told(ticket)
	}
	for _, a := range list {
		s.told(a.ID)
	}
	return err
}

func (s *Service) workIn(ctx context.Context, tx *sql.Tx, list []Alert, storm bool, everywhere int, quietly bool, drawings map[ids.ID]helpdesk.File) (ids.ID, error) {
	var loud []Alert
	for _, a := range list {
		a, err := s.alertIn(ctx, tx, a.ID) // it may have ended meanwhile
		if err != nil {
			return 0, err
		}
		if a.State == Resolved || a.Work.IsZero() {
			continue
		}
		noisy, err := s.hear(ctx, tx, &a)
		if err != nil {
			return 0, err
		}
		if noisy {
			loud = append(loud, a)
		}
	}
	if len(loud) == 0 {
		return 0, nil
	}
	ticket, fresh, err := s.ticketFor(ctx, tx, loud, storm, everywhere, drawings)
	if err != nil {
		return 0, err
	}
	for i := range loud {
		a := &loud[i]
		again := a.Ticket == ticket.ID
		a.Ticket, a.Number, a.Work = ticket.ID, ticket.Number, time.Time{}
		// One of those that share a ticket is told of: the others are the same work.
		if fresh && i == 0 && !quietly || again && len(loud) == 1 {
			if err := s.startChain(ctx, tx, a); err != nil {
				return 0, err
			}
		}
		if err := s.updateAlert(ctx, tx, a); err != nil {
			return 0, err
		}
		if err := s.note(ctx, tx, a.ID, "ticket", number64(ticket.Number)); err != nil {
			return 0, err
		}
		if err := s.tell(ctx, tx, "ticket", *a); err != nil {
			return 0, err
		}
	}
	return ticket.ID, nil
}

// hear decides whether an alert that is due makes noise. One that does not is put off until its silence ends, or for good.
func (s *Service) hear(ctx context.Context, tx *sql.Tx, a *Alert) (bool, error) {
	why, by, again, err := s.silence(ctx, tx, *a)
	if err != nil {
		return false, err
	}
	if why != a.Silenced || by != a.SilencedBy {
		what := "silenced"
		if why == Loud {
			what = "heard"
		}
		if why != a.Silenced {
			if err := s.note(ctx, tx, a.ID, what, string(why)); err != nil {
				return false, err
			}
		}
		a.Silenced, a.SilencedBy = why, by
	}
	switch {
	case why != Loud:
		a.Work = again
	case a.Watch.Quiet, a.clearing():
		a.Work = time.Time{}
	case a.State == Snoozed:
		a.Work = a.Snooze
	default:
		return true, nil
	}
	return false, s.updateAlert(ctx, tx, a)
}

// allClear lets those be heard that a device kept silent which is there again, after a moment for them to come back as well.
func (s *Service) allClear(ctx context.Context, tx *sql.Tx, parent Alert) error {
	_, err := tx.ExecContext(ctx, "UPDATE monitoring_alerts SET work_at = $2 WHERE resolved_at = 0 AND silenced = 'behind' AND silenced_id = $1",
		int64(parent.ID), micros(s.now().Add(2*workAfter)))
	return err
}

// ticketFor finds the ticket that alerts belong to, or makes it. fresh says that it was made or opened again.
func (s *Service) ticketFor(ctx context.Context, tx *sql.Tx, loud []Alert, storm bool, everywhere int, drawings map[ids.ID]helpdesk.File) (t helpdesk.Ticket, fresh bool, err error) {
	w := s.words(ctx)
	if id, err := s.goingOn(ctx, tx, loud[0], storm); err != nil {
		return t, false, err
	} else if id != 0 {
		again := loud[0].Ticket == id
		body := w.joins(loud)
		if again {
			body = w.again(loud[0])
		}
		m := helpdesk.Message{Kind: helpdesk.Note, Body: body, Author: robot()}
		if t, err = s.p.Desk.In(ctx, tx, id); err != nil {
			return t, false, err
		}
		if again && t.State == helpdesk.StateSolved {
			back := helpdesk.StateOpen
			m.Then.State = &back
		}
		if !storm && s.p.DeviceRef != nil {
			m.Then.AddDevices = s.refs(loud)
		}
		t, _, err = s.p.Desk.ChangeIn(ctx, tx, id, m)
		return t, again, err
	}
	first := loud[0]
	for _, a := range loud {
		if a.Level > first.Level {
			first = a
		}
	}
	d := helpdesk.Draft{
		Client: first.Client, Site: first.Site, Kind: helpdesk.Incident, Origin: helpdesk.FromMonitor, OriginNote: w.name(first.Watch), Channel: "monitor",
		Impact: 2, Urgency: 2, Internal: true, Author: robot(), Subject: w.subject(first, loud), Devices: s.refs(loud),
	}
	if first.Level == 1 {
		d.Urgency = 3
	}
	if first.Watch.Urgent && first.Level == 2 {
		d.Urgency = 1
	}
	if storm {
		d.Impact = 1
	}
	d.Body = w.body(loud, storm, everywhere) + s.said(loud, w.P)
	if !storm && s.p.Changes != nil {
		changes, err := s.p.Changes(ctx, first.Device, s.now().Add(-changesFor))
		if err != nil {
			return t, false, err
		}
		d.Body += w.changes(changes)
	}
	d.Body += w.link(first)
	for _, a := range loud {
		if f, ok := drawings[a.ID]; ok {
			d.Files = append(d.Files, f)
		}
	}
	t, _, err = s.p.Desk.CreateIn(ctx, tx, d)
	return t, true, err
}

// said is what those who looked found, of as many as can be read.
func (s *Service) said(list []Alert, p locale.Printer) string {
	if s.p.Said == nil {
		return ""
	}
	var out []string
	for _, a := range list {
		if t := s.p.Said(a, p); t != "" && len(out) < 20 {
			out = append(out, a.Name+": "+cutTo(t, 500))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "\n" + strings.Join(slices.Compact(out), "\n") + "\n"
}

// refs are the devices of alerts as the helpdesk knows them.
func (s *Service) refs(list []Alert) (out []string) {
	if s.p.DeviceRef == nil {
		return nil
	}
	for _, a := range list {
		if r := s.p.DeviceRef(a.Device); r != "" && !slices.Contains(out, r) && len(out) < 50 {
			out = append(out, r)
		}
	}
	return out
}

// robot is who writes on tickets.
func robot() *helpdesk.Author { return &helpdesk.Author{Kind: "system", Name: "Mainstay"} }

// goingOn is the ticket on which an alert goes on: its own, that of another alert of the same device, or that of the storm.
func (s *Service) goingOn(ctx context.Context, tx *sql.Tx, a Alert, storm bool) (ids.ID, error) {
	if a.Ticket != 0 {
		t, err := s.p.Desk.In(ctx, tx, a.Ticket)
		if err == nil && t.State != helpdesk.StateClosed && t.MergedInto == 0 {
			return t.ID, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return 0, err
		}
	}
	list, err := s.alerts(ctx, tx, "WHERE device_id = $1 AND id <> $2 AND resolved_at = 0 AND ticket_id > 0 ORDER BY id DESC LIMIT 5", int64(a.Device), int64(a.ID))
	if err != nil {
		return 0, err
	}
	if storm {
		more, err := s.alerts(ctx, tx, `WHERE client_id = $1 AND ticket_id > 0 AND opened_at > $2 AND ticket_id IN
			(SELECT ticket_id FROM monitoring_alerts WHERE client_id = $1 AND ticket_id > 0 GROUP BY ticket_id HAVING count(DISTINCT device_id) >= 2) ORDER BY id DESC LIMIT 5`,
			int64(a.Client), micros(s.now().Add(-joinFor)))
		if err != nil {
			return 0, err
		}
		list = append(more, list...)
	}
	for _, other := range list {
		t, err := s.p.Desk.In(ctx, tx, other.Ticket)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if t.State.Unfinished() && t.MergedInto == 0 && t.Client == a.Client {
			return t.ID, nil
		}
	}
	return 0, nil
}

// sayOn notes something on an alert's ticket.
func (s *Service) sayOn(ctx context.Context, tx *sql.Tx, a Alert, body string) error {
	t, err := s.p.Desk.In(ctx, tx, a.Ticket)
	if fault.Is(err, fault.NotFound) || err == nil && (t.MergedInto != 0 || t.State == helpdesk.StateClosed) {
		return nil
	}
	if err != nil {
		return err
	}
	_, _, err = s.p.Desk.ChangeIn(ctx, tx, a.Ticket, helpdesk.Message{Kind: helpdesk.Note, Body: body, Author: robot()})
	return err
}

// recovered notes on a ticket that an alert has ended; once all of them have, it solves it where nobody took it up.
func (s *Service) recovered(ctx context.Context, tx *sql.Tx, a Alert) error {
	t, err := s.p.Desk.In(ctx, tx, a.Ticket)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || t.MergedInto != 0 || t.State == helpdesk.StateClosed {
		return err
	}
	left, all, err := s.leftOn(ctx, tx, a.Ticket)
	if err != nil {
		return err
	}
	if left > 0 && all > stormSize { // of a storm only the end is told
		return nil
	}
	untouched, err := s.untouched(ctx, tx, t)
	if err != nil {
		return err
	}
	m := helpdesk.Message{Kind: helpdesk.Note, Author: robot(), Body: s.words(ctx).recovered(a, left, all)}
	if left == 0 && untouched && t.State.Unfinished() {
		solved := helpdesk.StateSolved
		m.Then.State = &solved
	}
	_, _, err = s.p.Desk.ChangeIn(ctx, tx, a.Ticket, m)
	return err
}

// drawing keeps a small drawing of the series as a file for the ticket.
func (s *Service) drawing(ctx context.Context, a Alert) (f helpdesk.File, ok bool) {
	if s.p.Blobs == nil || a.Ticket != 0 {
		return f, false
	}
	g, err := s.Graph(ctx, a, s.words(ctx).P)
	if err != nil || g == nil {
		s.log(ctx, "draw a series", err)
		return f, false
	}
	metric, _, _ := strings.Cut(a.drawn(), "{")
	var b bytes.Buffer
	if err := g.Standalone(&b); err != nil {
		return f, false
	}
	ref, size, err := s.p.Blobs.Put(&b, 1<<20)
	if err != nil {
		s.log(ctx, "keep a drawing", err)
		return f, false
	}
	return helpdesk.File{Ref: string(ref), Name: metric + ".svg", Type: "image/svg+xml", Size: size}, true
}
