// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"regexp"
	"slices"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

const (
	maxRules   = 20_000 // of all places
	maxAtPlace = 200
)

var (
	keyForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	metricForm = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$`)
)

// reload reads all rules and hands them to the engine.
func (s *Service) reload(ctx context.Context) error {
	list, err := s.entries(ctx, s.p.DB.Reader(), "")
	if err != nil {
		return err
	}
	b := book{}
	for _, e := range list {
		b[e.Place] = append(b[e.Place], e)
	}
	s.Engine.SetBook(b)
	return nil
}

func (s *Service) entries(ctx context.Context, q db.Query, rest string, args ...any) (out []Entry, err error) {
	rows, err := q.QueryContext(ctx, "SELECT id, version, level, place_id, rule_key, rule, off, author, changed_at FROM monitoring_rules "+rest, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		var key, text string
		var off, at int64
		if err := rows.Scan(&e.ID, &e.Version, &e.Place.Level, &e.Place.ID, &key, &text, &off, &e.Author, &at); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &e.Watch); err != nil {
			return nil, err
		}
		e.Watch.Key, e.Disable, e.At = key, off == 1, instant(at)
		out = append(out, e)
	}
	return out, rows.Err()
}

// EntriesAt are the rules that a place itself says, by key.
func (s *Service) EntriesAt(ctx context.Context, p Place) ([]Entry, error) {
	return s.entries(ctx, s.p.DB.Reader(), "WHERE level = $1 AND place_id = $2 ORDER BY rule_key", string(p.Level), int64(p.ID))
}

// PlacesWithRules counts what is said at each place.
func (s *Service) PlacesWithRules(ctx context.Context) (map[Place]int, error) {
	list, err := s.entries(ctx, s.p.DB.Reader(), "")
	out := map[Place]int{}
	for _, e := range list {
		out[e.Place]++
	}
	return out, err
}

// Effective lists the rules that hold where the places meet, each with all that is said of it on the way.
func (s *Service) Effective(ctx context.Context, places []Place) ([]Effective, error) {
	b := book{}
	for _, p := range places {
		list, err := s.EntriesAt(ctx, p)
		if err != nil {
			return nil, err
		}
		b[p] = list
	}
	return b.effective(places), nil
}

// CheckWatch refuses what is no rule.
func CheckWatch(w rules.Watch) (rules.Watch, error) {
	var err error
	if !keyForm.MatchString(w.Key) {
		return w, fault.NewInvalid("A rule's short name has small letters, digits and hyphens, at most 40.").On("key")
	}
	if w.Name, err = oneLine(w.Name, "name", 80); err != nil {
		return w, err
	}
	c, err := rules.Compile(w.Rule)
	if err != nil {
		return w, err
	}
	if c.Kind == rules.Absence && w.Metric != "" {
		return w, fault.NewInvalid("What is missed is the device: an absence names no series.").On("metric")
	}
	if c.Kind != rules.Absence && !metricForm.MatchString(w.Metric) {
		return w, fault.NewInvalid("Name the series that is watched, for example system_cpu_utilization_ratio.").On("metric")
	}
	if len(w.Labels) > 10 || len(w.And) > 5 || len(w.Kinds) > 20 {
		return w, fault.NewInvalid("These are too many conditions for one rule.").On("labels")
	}
	for k, v := range w.Labels {
		if !metricForm.MatchString(k) || len(v) > 200 {
			return w, fault.NewInvalid("A label is written name=value, one a line.").On("labels")
		}
	}
	for _, a := range w.And {
		if !metricForm.MatchString(a.Metric) || a.Limit != a.Limit {
			return w, fault.NewInvalid("Name the series that is watched, for example system_cpu_utilization_ratio.").On("and")
		}
	}
	return w, nil
}

func checkPlace(p Place) error {
	if !slices.Contains(Levels(), p.Level) || p.Level == ByFirm && p.ID != 0 || p.Level != ByFirm && p.ID == 0 {
		return fault.NewInvalid("Choose where the rule holds.").On("place")
	}
	return nil
}

// SaveRule keeps what a place says of a rule: the whole rule, or that it does not hold here. What was said of it there before is
// replaced; version is that of it, 0 = none was seen.
func (s *Service) SaveRule(ctx context.Context, e Entry) (Entry, error) {
	if err := checkPlace(e.Place); err != nil {
		return e, err
	}
	var err error
	if e.Watch, err = CheckWatch(e.Watch); err != nil {
		return e, err
	}
	text, err := json.Marshal(e.Watch)
	if err != nil {
		return e, err
	}
	action := "monitoring.rule"
	if e.Disable {
		action = "monitoring.rule-off"
	}
	err = s.change(ctx, action, string(e.Place.Level)+"/"+e.Place.ID.String(), e.Watch.Key, func(tx *sql.Tx) error {
		now := micros(s.now())
		var version int64
		err := tx.QueryRowContext(ctx, "SELECT id, version FROM monitoring_rules WHERE level = $1 AND place_id = $2 AND rule_key = $3", string(e.Place.Level), int64(e.Place.ID), e.Watch.Key).Scan(&e.ID, &version)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil && e.Version != version {
			return fault.NewConflict("Somebody changed this rule in the meantime. Look at it again.")
		}
		if err == nil {
			e.Version = version + 1
			_, err = tx.ExecContext(ctx, "UPDATE monitoring_rules SET version = $2, rule = $3, off = $4, author = $5, changed_at = $6 WHERE id = $1", int64(e.ID), e.Version, string(text), flag(e.Disable), author(ctx), now)
			return err
		}
		var all, here int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM monitoring_rules").Scan(&all); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM monitoring_rules WHERE level = $1 AND place_id = $2", string(e.Place.Level), int64(e.Place.ID)).Scan(&here); err != nil {
			return err
		}
		if all >= maxRules || here >= maxAtPlace {
			return fault.NewConflict("There are too many rules here already.")
		}
		e.ID, e.Version = s.p.IDs.New(), 1
		_, err = tx.ExecContext(ctx, "INSERT INTO monitoring_rules (id, version, level, place_id, rule_key, rule, off, author, changed_at) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)",
			int64(e.ID), string(e.Place.Level), int64(e.Place.ID), e.Watch.Key, string(text), flag(e.Disable), author(ctx), now)
		return err
	})
	if err != nil {
		return e, err
	}
	return e, s.reload(ctx)
}

// DropRule takes back what a place says of a rule: what is said further up holds again.
func (s *Service) DropRule(ctx context.Context, p Place, key string) error {
	err := s.change(ctx, "monitoring.rule-back", string(p.Level)+"/"+p.ID.String(), key, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM monitoring_rules WHERE level = $1 AND place_id = $2 AND rule_key = $3", string(p.Level), int64(p.ID), key)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(fault.NewNotFound("Nothing is said of this rule here."), err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.reload(ctx)
}

// DeviceMoved ends what is open of a device that belongs to another client or site now: what is still bad opens anew there, with a
// ticket of the client whose device it is.
func (s *Service) DeviceMoved(ctx context.Context, device ids.ID) error {
	open, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE device_id = $1 AND resolved_at = 0 ORDER BY id", int64(device))
	if err != nil {
		return err
	}
	s.Engine.Forget(device)
	for _, a := range open {
		s.Engine.Set(device, a.Series, a.Watch.Key, rules.OK)
		if err := s.end(ctx, a.ID, Moved); err != nil {
			return err
		}
	}
	return nil
}

// DeviceGone ends what is open of a device that is not watched any more, and forgets what was learned of it.
func (s *Service) DeviceGone(ctx context.Context, device ids.ID) error {
	s.Engine.drop(device)
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM monitoring_results WHERE device_id = $1", int64(device)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM monitoring_states WHERE device_id = $1", int64(device))
		return err
	})
}

// Uproot takes away whatever is known of devices, those of an invented firm, and returns the tickets that their alerts opened.
func (s *Service) Uproot(ctx context.Context, devices []ids.ID) (tickets []ids.ID, err error) {
	for _, d := range devices {
		s.Engine.drop(d)
	}
	s.Engine.Take()
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		tickets = tickets[:0]
		for _, d := range devices {
			list, err := s.alerts(ctx, tx, "WHERE device_id = $1", int64(d))
			if err != nil {
				return err
			}
			for _, a := range list {
				if a.Ticket != 0 && !slices.Contains(tickets, a.Ticket) {
					tickets = append(tickets, a.Ticket)
				}
				for _, table := range []string{"events", "messages"} {
					if _, err := tx.ExecContext(ctx, "DELETE FROM monitoring_"+table+" WHERE alert_id = $1", int64(a.ID)); err != nil {
						return err
					}
				}
			}
			for _, table := range []string{"alerts", "results", "states"} {
				if _, err := tx.ExecContext(ctx, "DELETE FROM monitoring_"+table+" WHERE device_id = $1", int64(d)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return tickets, err
}
