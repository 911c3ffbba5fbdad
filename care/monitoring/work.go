// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"mainstay/care/monitoring/rules"
	"mainstay/desk/helpdesk"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
)

const (
	joinFor    = 15 * time.Minute // what comes within this after a call on the same ticket is the same call
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
			if err := s.waits(ctx, tx, &a); err != nil {
				return err
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

// waits lets an alert wait for somebody again: it gets its ticket, or is told of anew.
func (s *Service) waits(ctx context.Context, tx *sql.Tx, a *Alert) error {
	a.State, a.Owner, a.OwnerName, a.Snooze = Open, 0, "", time.Time{}
	if a.Ticket == 0 || !a.Work.IsZero() {
		s.workSoon(a)
		return nil
	}
	return s.startChain(ctx, tx, a)
}

// workSoon makes an alert due now, or as soon as it has been there for a moment.
func (s *Service) workSoon(a *Alert) {
	at := s.now()
	if first := a.Opened.Add(workAfter); first.After(at) {
		at = first
	}
	if a.Work.IsZero() || a.Work.After(at) {
		a.Work = at
	}
}

// makeWork makes tickets of the alerts that are due: one for each device, or one for a client at which many devices are
// concerned at once.
func (s *Service) makeWork(ctx context.Context) error {
	due, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE resolved_at = 0 AND work_at > 0 AND work_at <= $1 ORDER BY id LIMIT 1000", micros(s.now()))
	if err != nil || len(due) == 0 {
		return err
	}
	byTicket, byClient := map[ids.ID][]Alert{}, map[ids.ID][]Alert{}
	for _, a := range due {
		if a.Ticket != 0 {
			byTicket[a.Ticket] = append(byTicket[a.Ticket], a)
		} else {
			byClient[a.Client] = append(byClient[a.Client], a)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(byTicket)) { // they are back
		if err := s.workOn(ctx, byTicket[t], false, 0, false); err != nil {
			return err
		}
	}
	storms, err := s.storms(ctx)
	if err != nil {
		return err
	}
	for _, c := range slices.Sorted(maps.Keys(byClient)) {
		if err := s.workAt(ctx, c, byClient[c], storms); err != nil {
			return err
		}
	}
	return nil
}

// workAt makes work of what is due at one client.
func (s *Service) workAt(ctx context.Context, client ids.ID, list []Alert, storms map[ids.ID]bool) error {
	if storms[client] {
		return s.workOnStorm(ctx, client, list, storms)
	}
	late, err := s.stormGoesOn(ctx, client)
	if err != nil {
		return err
	}
	if late {
		return s.workOn(ctx, list, true, 0, false)
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
	return nil
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
	slices.SortStableFunc(loud, func(a, b Alert) int { return cmp.Compare(b.Level, a.Level) })
	ticket, fresh, err := s.ticketFor(ctx, tx, loud, storm, everywhere, drawings)
	if err != nil {
		return 0, err
	}
	if storm {
		if err := s.absorb(ctx, tx, ticket, loud); err != nil {
			return 0, err
		}
	}
	// One of those that share a ticket is told of, the worst: the others are the same work.
	call := !quietly
	if call && !fresh {
		called, err := s.called(ctx, tx, ticket.ID, loud, storm)
		if err != nil {
			return 0, err
		}
		call = !called
	}
	for i := range loud {
		a := &loud[i]
		a.Ticket, a.Number, a.Work = ticket.ID, ticket.Number, time.Time{}
		if call && i == 0 {
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
	again, err := s.hush(ctx, tx, a)
	if err != nil {
		return false, err
	}
	switch {
	case a.Silenced != Loud:
		a.Work = again
	case a.Watch.Quiet:
		a.Work = time.Time{}
	case a.clearing(): // it may come back
		a.Work = a.Clear
	case a.State == Snoozed:
		a.Work = a.Snooze
	default:
		return true, nil
	}
	return false, s.updateAlert(ctx, tx, a)
}

// hush notes on an alert what silences it now, and returns when to look again.
func (s *Service) hush(ctx context.Context, tx *sql.Tx, a *Alert) (again time.Time, err error) {
	why, by, again, err := s.silence(ctx, tx, *a)
	if err != nil {
		return again, err
	}
	if why != a.Silenced {
		what := "silenced"
		if why == Loud {
			what = "heard"
		}
		if err := s.note(ctx, tx, a.ID, what, string(why)); err != nil {
			return again, err
		}
	}
	a.Silenced, a.SilencedBy = why, by
	return again, nil
}

// ticketFor finds the ticket that alerts belong to, or makes it. fresh says that it was made. The first of them is the worst.
func (s *Service) ticketFor(ctx context.Context, tx *sql.Tx, loud []Alert, storm bool, everywhere int, drawings map[ids.ID]helpdesk.File) (t helpdesk.Ticket, fresh bool, err error) {
	id, err := s.goingOn(ctx, tx, loud[0], storm)
	if err != nil {
		return t, false, err
	}
	if id != 0 {
		t, err = s.join(ctx, tx, id, loud, storm)
		return t, false, err
	}
	w, first := s.words(ctx), loud[0]
	storm = storm && slices.ContainsFunc(loud, func(a Alert) bool { return a.Device != first.Device })
	d := helpdesk.Draft{
		Client: first.Client, Site: first.Site, Kind: helpdesk.Incident, Origin: helpdesk.FromMonitor, OriginNote: w.name(first.Watch), Channel: "monitor",
		Impact: 2, Urgency: urgencyOf(first), Internal: true, Author: robot(), Subject: w.subject(first, loud), Devices: s.refs(loud),
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

// join notes alerts on a ticket that goes on, and makes it as urgent as the worst of them.
func (s *Service) join(ctx context.Context, tx *sql.Tx, id ids.ID, loud []Alert, storm bool) (t helpdesk.Ticket, err error) {
	if t, err = s.p.Desk.In(ctx, tx, id); err != nil {
		return t, err
	}
	w := s.words(ctx)
	var body string
	if i := slices.IndexFunc(loud, func(a Alert) bool { return a.Ticket == id }); i >= 0 {
		body = w.again(loud[i])
		if more := slices.Delete(slices.Clone(loud), i, i+1); len(more) > 0 {
			body += "\n" + w.joins(more)
		}
	} else {
		body = w.joins(loud)
	}
	m := helpdesk.Message{Kind: helpdesk.Note, Body: body, Author: robot()}
	if t.State == helpdesk.StateSolved {
		back := helpdesk.StateOpen
		m.Then.State = &back
	}
	if s.p.DeviceRef != nil {
		there, err := s.linked(ctx, tx, id)
		if err != nil {
			return t, err
		}
		refs := slices.DeleteFunc(s.refs(loud), func(r string) bool { return there[r] })
		m.Then.AddDevices = refs[:min(len(refs), max(0, mostRefs-len(there)))]
	}
	raise(t, &m.Then, loud[0])
	if storm {
		if err := s.becomesStorm(ctx, tx, t, &m.Then, loud); err != nil {
			return t, err
		}
	}
	t, _, err = s.p.Desk.ChangeIn(ctx, tx, id, m)
	return t, err
}

// urgencyOf is how urgent the ticket of an alert is.
func urgencyOf(a Alert) helpdesk.Level {
	switch {
	case a.Level < rules.Critical:
		return 3
	case a.Watch.Urgent:
		return 1
	}
	return 2
}

// raise makes a ticket as urgent as an alert of it. What a person set higher stays.
func raise(t helpdesk.Ticket, e *helpdesk.Edit, a Alert) {
	if u := urgencyOf(a); u < t.Urgency {
		e.Urgency = &u
	}
	keepPriority(t, e)
}

// keepPriority keeps the priority of a ticket where the matrix of what changes would make it less than it is.
func keepPriority(t helpdesk.Ticket, e *helpdesk.Edit) {
	impact, urgency := t.Impact, t.Urgency
	if e.Impact != nil {
		impact = *e.Impact
	}
	if e.Urgency != nil {
		urgency = *e.Urgency
	}
	if (e.Impact != nil || e.Urgency != nil) && t.Priority < helpdesk.PriorityOf(impact, urgency) {
		e.Priority = &t.Priority
	}
}

// mostRefs is how many devices a ticket names.
const mostRefs = 50

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
		if r := s.p.DeviceRef(a.Device); r != "" && !slices.Contains(out, r) && len(out) < mostRefs {
			out = append(out, r)
		}
	}
	return out
}

// robot is who writes on tickets.
func robot() *helpdesk.Author { return &helpdesk.Author{Kind: "system", Name: "Mainstay"} }

// goingOn is the ticket on which an alert goes on: its own, that of another alert of the same device, or that of the storm.
func (s *Service) goingOn(ctx context.Context, tx *sql.Tx, a Alert, storm bool) (ids.ID, error) {
	if storm {
		if id, err := s.stormTicket(ctx, tx, a.Client); err != nil || id != 0 {
			return id, err
		}
		list, err := s.stormAlerts(ctx, tx, a.Client)
		if err != nil {
			return 0, err
		}
		return s.unfinished(ctx, tx, a.Client, list)
	}
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
	return s.unfinished(ctx, tx, a.Client, list)
}

// unfinished is the first ticket of alerts on which a client's matter can go on, 0 = none.
func (s *Service) unfinished(ctx context.Context, tx *sql.Tx, client ids.ID, list []Alert) (ids.ID, error) {
	for _, a := range list {
		t, err := s.p.Desk.In(ctx, tx, a.Ticket)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if t.State.Unfinished() && t.MergedInto == 0 && t.Client == client {
			return t.ID, nil
		}
	}
	return 0, nil
}

// worsened says on an alert's ticket that it became worse, and calls anew. What has no ticket any more becomes work again.
func (s *Service) worsened(ctx context.Context, tx *sql.Tx, a *Alert, calling bool) error {
	t, err := s.p.Desk.In(ctx, tx, a.Ticket)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || t.MergedInto != 0 || !t.State.Unfinished() {
		s.workSoon(a)
		return nil
	}
	m := helpdesk.Message{Kind: helpdesk.Note, Body: s.words(ctx).worse(*a), Author: robot()}
	raise(t, &m.Then, *a)
	if _, _, err = s.p.Desk.ChangeIn(ctx, tx, a.Ticket, m); err != nil || !calling {
		return err
	}
	return s.startChain(ctx, tx, a)
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
