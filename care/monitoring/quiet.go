// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// Mute keeps a rule quiet at a place until an instant.
type Mute struct {
	ID     ids.ID
	Place  Place
	Rule   string // key; "" = all rules
	Until  time.Time
	Reason string
	Author string
	Made   time.Time
}

// Window is a time of maintenance at a place: once, or each week on some days.
type Window struct {
	ID      ids.ID
	Version int64
	Place   Place
	Name    string
	Starts  time.Time
	Ends    time.Time     // once: its end. Each week: when it ends for good; zero = never
	Days    int           // bits of weekdays, Monday lowest; 0 = once
	Minute  int           // of the day on the wall clock of Zone, at which it begins
	Length  time.Duration // of each time
	Zone    string        // IANA; "" = the firm's
	Author  string
}

const (
	maxQuiet  = 2000
	maxLength = 7 * 24 * time.Hour
)

// At reports whether at lies in the window, and until when that part of it lasts. A window that begins at an hour that the clock
// leaves out begins when the clock goes on; one that lasts four hours lasts four hours also in the night in which clocks change.
func (w Window) At(at time.Time, firm *time.Location) (until time.Time, in bool) {
	if at.Before(w.Starts) || !w.Ends.IsZero() && !at.Before(w.Ends) {
		return time.Time{}, false
	}
	if w.Days == 0 {
		return w.Ends, !w.Ends.IsZero()
	}
	zone := firm
	if w.Zone != "" {
		if z, err := time.LoadLocation(w.Zone); err == nil {
			zone = z
		}
	}
	local := at.In(zone)
	for back := range int(w.Length/(24*time.Hour)) + 2 {
		y, m, d := local.AddDate(0, 0, -back).Date()
		begin := time.Date(y, m, d, w.Minute/60, w.Minute%60, 0, 0, zone)
		day := (int(time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Weekday()) + 6) % 7
		end := begin.Add(w.Length)
		if w.Days>>day&1 == 1 && !at.Before(begin) && at.Before(end) && !begin.Before(w.Starts.Add(-24*time.Hour)) {
			if !w.Ends.IsZero() && end.After(w.Ends) {
				end = w.Ends
			}
			return end, true
		}
	}
	return time.Time{}, false
}

func (s *Service) windows(ctx context.Context, q db.Query) (out []Window, err error) {
	rows, err := q.QueryContext(ctx, "SELECT id, version, level, place_id, name, starts_at, ends_at, days, minute, length, zone, author FROM monitoring_windows ORDER BY starts_at, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var w Window
		var starts, ends, length int64
		if err := rows.Scan(&w.ID, &w.Version, &w.Place.Level, &w.Place.ID, &w.Name, &starts, &ends, &w.Days, &w.Minute, &length, &w.Zone, &w.Author); err != nil {
			return nil, err
		}
		w.Starts, w.Ends, w.Length = instant(starts), instant(ends), time.Duration(length)*time.Minute
		out = append(out, w)
	}
	return out, rows.Err()
}

// Windows lists the maintenance windows that are not over.
func (s *Service) Windows(ctx context.Context) ([]Window, error) {
	list, err := s.windows(ctx, s.p.DB.Reader())
	now := s.now()
	return slices.DeleteFunc(list, func(w Window) bool { return !w.Ends.IsZero() && w.Ends.Before(now) }), err
}

// Zone is the firm's.
func (s *Service) Zone() *time.Location { return s.p.Zone }

// SaveWindow makes a maintenance window, or changes the one of its id.
func (s *Service) SaveWindow(ctx context.Context, w Window) (ids.ID, error) {
	if err := checkPlace(w.Place); err != nil {
		return 0, err
	}
	var err error
	if w.Name, err = oneLine(w.Name, "name", 80); err != nil {
		return 0, err
	}
	switch {
	case w.Name == "":
		return 0, fault.NewInvalid("Say what is being done, so that others understand the silence.").On("name")
	case w.Starts.IsZero():
		return 0, fault.NewInvalid("Say when it begins.").On("starts")
	case w.Days == 0 && (!w.Ends.After(w.Starts) || w.Ends.Sub(w.Starts) > 31*24*time.Hour):
		return 0, fault.NewInvalid("It ends after it begins, and within 31 days.").On("ends")
	case w.Days < 0 || w.Days > 127 || w.Minute < 0 || w.Minute >= 24*60:
		return 0, fault.NewInvalid("Choose at least one weekday and a time.").On("days")
	case w.Days != 0 && (w.Length < 5*time.Minute || w.Length > maxLength):
		return 0, fault.NewInvalid("It lasts between five minutes and seven days.").On("length")
	case w.Days != 0 && !w.Ends.IsZero() && !w.Ends.After(w.Starts):
		return 0, fault.NewInvalid("It ends after it begins.").On("ends")
	}
	if w.Zone != "" {
		if _, err := time.LoadLocation(w.Zone); err != nil {
			return 0, fault.NewInvalid("This time zone is not known.").On("zone")
		}
	}
	fresh := w.ID == 0
	if fresh {
		w.ID = s.p.IDs.New()
	}
	err = s.change(ctx, "monitoring.window", w.ID.String(), w.Name, func(tx *sql.Tx) error {
		if fresh {
			if err := s.room(ctx, tx, "monitoring_windows WHERE ends_at = 0 OR ends_at > $1", micros(s.now())); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO monitoring_windows (id, version, level, place_id, name, starts_at, ends_at, days, minute, length, zone, author, made_at)
				VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, int64(w.ID), string(w.Place.Level), int64(w.Place.ID), w.Name, micros(w.Starts),
				micros(w.Ends), w.Days, w.Minute, int64(w.Length/time.Minute), w.Zone, author(ctx), micros(s.now()))
			return err
		}
		if err := s.loudAgain(ctx, tx, ByWindow, w.ID, s.now()); err != nil {
			return err
		}
		return one(tx.ExecContext(ctx, `UPDATE monitoring_windows SET version = version + 1, level = $3, place_id = $4, name = $5, starts_at = $6, ends_at = $7, days = $8,
			minute = $9, length = $10, zone = $11 WHERE id = $1 AND version = $2`, int64(w.ID), w.Version, string(w.Place.Level), int64(w.Place.ID), w.Name,
			micros(w.Starts), micros(w.Ends), w.Days, w.Minute, int64(w.Length/time.Minute), w.Zone))
	})
	return w.ID, err
}

// one is a conflict where no row was changed.
func one(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(fault.NewConflict("Somebody changed this in the meantime. Look at it again."), err)
	}
	return nil
}

// room refuses more of what there are too many of already. What is over does not count.
func (s *Service) room(ctx context.Context, tx *sql.Tx, of string, args ...any) error {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+of, args...).Scan(&n); err != nil {
		return err
	}
	if n >= maxQuiet {
		return fault.NewConflict("There are too many of these already: remove old ones first.")
	}
	return nil
}

const (
	keptFor    = 30 * 24 * time.Hour // what is over stays for so long
	sweepEvery = time.Hour
)

// sweep removes mutes, windows, overrides and messages that were over long ago.
func (s *Service) sweep(ctx context.Context) error {
	now := s.now()
	if now.Sub(s.swept) < sweepEvery {
		return nil
	}
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{
			"DELETE FROM monitoring_mutes WHERE until_at < $1",
			"DELETE FROM monitoring_windows WHERE ends_at > 0 AND ends_at < $1",
			"DELETE FROM monitoring_overrides WHERE ends_at < $1",
			"DELETE FROM monitoring_messages WHERE id IN (SELECT id FROM monitoring_messages WHERE state IN ('sent', 'failed') AND due_at < $1 ORDER BY id LIMIT 10000)",
		} {
			if _, err := tx.ExecContext(ctx, q, micros(now.Add(-keptFor))); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.swept = now
	}
	return err
}

// DropWindow takes a maintenance window away.
func (s *Service) DropWindow(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "monitoring.window-drop", id.String(), "", func(tx *sql.Tx) error {
		if err := s.loudAgain(ctx, tx, ByWindow, id, s.now()); err != nil {
			return err
		}
		return one(tx.ExecContext(ctx, "DELETE FROM monitoring_windows WHERE id = $1", int64(id)))
	})
}

func (s *Service) mutes(ctx context.Context, q db.Query) (out []Mute, err error) {
	rows, err := q.QueryContext(ctx, "SELECT id, level, place_id, rule_key, until_at, reason, author, made_at FROM monitoring_mutes WHERE until_at > $1 ORDER BY until_at, id", micros(s.now()))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Mute
		var until, made int64
		if err := rows.Scan(&m.ID, &m.Place.Level, &m.Place.ID, &m.Rule, &until, &m.Reason, &m.Author, &made); err != nil {
			return nil, err
		}
		m.Until, m.Made = instant(until), instant(made)
		out = append(out, m)
	}
	return out, rows.Err()
}

// Mutes lists what is muted now.
func (s *Service) Mutes(ctx context.Context) ([]Mute, error) { return s.mutes(ctx, s.p.DB.Reader()) }

// AddMute mutes a rule, or all, at a place.
func (s *Service) AddMute(ctx context.Context, m Mute) (ids.ID, error) {
	if err := checkPlace(m.Place); err != nil {
		return 0, err
	}
	var err error
	if m.Reason, err = oneLine(m.Reason, "reason", 200); err != nil {
		return 0, err
	}
	switch now := s.now(); {
	case m.Reason == "":
		return 0, fault.NewInvalid("Say why, so that others understand the silence.").On("reason")
	case !m.Until.After(now) || m.Until.Sub(now) > 366*24*time.Hour:
		return 0, fault.NewInvalid("A mute ends within a year: choose until when.").On("until")
	}
	m.ID = s.p.IDs.New()
	return m.ID, s.change(ctx, "monitoring.mute", string(m.Place.Level)+"/"+m.Place.ID.String(), m.Rule, func(tx *sql.Tx) error {
		if err := s.room(ctx, tx, "monitoring_mutes WHERE until_at > $1", micros(s.now())); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO monitoring_mutes (id, level, place_id, rule_key, until_at, reason, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			int64(m.ID), string(m.Place.Level), int64(m.Place.ID), m.Rule, micros(m.Until), m.Reason, author(ctx), micros(s.now()))
		return err
	})
}

// DropMute ends a mute.
func (s *Service) DropMute(ctx context.Context, id ids.ID) error {
	err := s.change(ctx, "monitoring.unmute", id.String(), "", func(tx *sql.Tx) error {
		if err := s.loudAgain(ctx, tx, ByMute, id, s.now()); err != nil {
			return err
		}
		return one(tx.ExecContext(ctx, "DELETE FROM monitoring_mutes WHERE id = $1", int64(id)))
	})
	s.told(id)
	return err
}

// loudAgain lets what something silenced be looked at anew at an instant: its work, and the next step of its chain.
func (s *Service) loudAgain(ctx context.Context, tx *sql.Tx, why Silence, by ids.ID, at time.Time) error {
	for _, column := range []string{"work_at", "step_at"} {
		_, err := tx.ExecContext(ctx, "UPDATE monitoring_alerts SET version = version + 1, "+column+" = $3 WHERE resolved_at = 0 AND silenced = $1 AND silenced_id = $2 AND "+column+" > 0",
			string(why), int64(by), micros(at))
		if err != nil {
			return err
		}
	}
	return nil
}

// covers reports whether a place holds for a device.
func (p Place) covers(d Device) bool { return slices.Contains(d.Places(), p) }

// maxHops bounds how far it is looked what a device lies behind.
const maxHops = 10

// silence says why an alert makes no noise now, what it is that silences it, and when to look again.
func (s *Service) silence(ctx context.Context, q db.Query, a Alert) (why Silence, by ids.ID, again time.Time, err error) {
	now := s.now()
	d, ok := s.p.Device(a.Device)
	if !ok {
		return Loud, 0, again, nil
	}
	windows, err := s.windows(ctx, q)
	if err != nil {
		return Loud, 0, again, err
	}
	for _, w := range windows {
		if until, in := w.At(now, s.p.Zone); in && w.Place.covers(d) {
			return ByWindow, w.ID, until, nil
		}
	}
	mutes, err := s.mutes(ctx, q)
	if err != nil {
		return Loud, 0, again, err
	}
	for _, m := range mutes {
		if (m.Rule == "" || m.Rule == a.Watch.Key) && m.Place.covers(d) {
			return ByMute, m.ID, m.Until, nil
		}
	}
	seen := map[ids.ID]bool{d.ID: true}
	for next, hops := d.Behind, 0; next != 0 && hops < maxHops && !seen[next]; hops++ {
		parent, ok := s.p.Device(next)
		if !ok || parent.Client != d.Client { // what was moved to another client carries nothing of this one's any more
			break
		}
		seen[next] = true
		down, err := s.down(ctx, q, next, a)
		if err != nil {
			return Loud, 0, again, err
		}
		if down != 0 {
			return Behind, down, now.Add(time.Minute), nil
		}
		next = parent.Behind
	}
	return Loud, 0, again, nil
}

// down is the open alert that says that a machine is away, seen from an alert that lies behind it; 0 = there is none. It is missed, or does
// not answer whoever asks it: by SNMP, or as a ping service that watches it. That a port is closed says nothing.
func (s *Service) down(ctx context.Context, q db.Query, machine ids.ID, seen Alert) (ids.ID, error) {
	own, err := s.alerts(ctx, q, "WHERE device_id = $1 AND resolved_at = 0 AND level = 2 AND clear_at = 0 AND (series = '' OR series LIKE $2) ORDER BY id", int64(machine), CheckSeries+"{%")
	if err != nil {
		return 0, err
	}
	for _, x := range own {
		if x.Series == "" || x.says("of", "device") && s.away(machine) {
			return x.ID, nil
		}
	}
	pings, err := s.alerts(ctx, q, "WHERE client_id = $1 AND resolved_at = 0 AND level = 2 AND clear_at = 0 AND series LIKE $2 ORDER BY id", int64(seen.Client), CheckSeries+"{%")
	if err != nil {
		return 0, err
	}
	for _, x := range pings {
		if !x.says("of", "service") || !x.says("kind", "ping") || x.ID == seen.ID {
			continue
		}
		d, ok := s.p.Device(x.Device)
		if !ok || d.On != machine || !s.away(x.Device) {
			continue
		}
		if seen.says("kind", "ping") && seen.ID < x.ID {
			if mine, ok := s.p.Device(seen.Device); ok && mine.On == machine {
				continue // of two that ask the same machine the first is heard
			}
		}
		return x.ID, nil
	}
	return 0, nil
}

// away reports whether whoever looks at a device or a service says that nothing at all comes back.
func (s *Service) away(id ids.ID) bool { return s.p.Away == nil || s.p.Away(id) }

// says reports whether the series of an alert has a label.
func (a Alert) says(name, value string) bool {
	_, labels, err := wire.ParseSeries(a.Series)
	return err == nil && slices.Contains(labels, wire.Label{Name: name, Value: value})
}
