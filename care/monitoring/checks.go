// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// Check is an observation that agents make at a place.
type Check struct {
	ID      ids.ID
	Version int64
	Place   Place
	Kind    string // of the agent: service, process, port …
	Name    string
	Every   time.Duration
	Params  map[string]string
	Kinds   []string // of devices; none = all
	Author  string
	At      time.Time
}

// drives is the check that is made without anybody having asked: whether drives say that they are failing.
const (
	drives      = "smart"
	drivesEvery = 6 * time.Hour
)

const (
	maxChecks   = 2000
	maxPerAgent = 200
	maxParam    = 500
	// CheckSeries is the series of results of checks.
	CheckSeries = "check_status"
)

// Param is what a kind of check wants to know.
type Param struct {
	Name    string
	Need    bool
	Choices []string // texts of the agent's
	Number  bool
}

// CheckKinds lists the kinds of checks that can be set up, in the order in which pages show them.
func CheckKinds() []string {
	return []string{"service", "process", "port", "disk", "file", "log", "backup", "certificate", "plugin"}
}

// CheckParams lists what a kind of check wants to know.
func CheckParams(kind string) []Param {
	switch kind {
	case "service":
		return []Param{{Name: "name", Need: true}, {Name: "state", Choices: []string{"running", "stopped"}}}
	case "process":
		return []Param{{Name: "name", Need: true}, {Name: "min", Number: true}, {Name: "max", Number: true}}
	case "port":
		return []Param{{Name: "port", Need: true, Number: true}, {Name: "address"}, {Name: "state", Choices: []string{"open", "closed"}}}
	case "disk":
		return []Param{{Name: "mount", Need: true}, {Name: "warn", Number: true}, {Name: "critical", Number: true}}
	case "file":
		return []Param{
			{Name: "path", Need: true},
			{Name: "state", Choices: []string{"there", "missing"}},
			{Name: "max_age", Number: true},
			{Name: "min_age", Number: true},
			{Name: "min_size", Number: true},
			{Name: "max_size", Number: true},
		}
	case "log":
		return []Param{
			{Name: "file"},
			{Name: "journal"},
			{Name: "eventlog"},
			{Name: "pattern"},
			{Name: "ignore"},
			{Name: "ids"},
			{Name: "level"},
			{Name: "warn", Number: true},
			{Name: "critical", Number: true},
		}
	case "backup":
		return []Param{{Name: "product", Need: true, Choices: []string{"restic", "borg", "veeam", "wsb"}}, {Name: "log"}, {Name: "job"}, {Name: "max_age", Number: true}}
	case "certificate":
		return []Param{{Name: "path"}, {Name: "store"}, {Name: "warn", Number: true}, {Name: "critical", Number: true}}
	case "plugin":
		return []Param{{Name: "name", Need: true}}
	}
	return nil
}

// clean brings a check into order and refuses what is none.
func (c *Check) clean() (err error) {
	if err := checkPlace(c.Place); err != nil {
		return err
	}
	if c.Name, err = oneLine(c.Name, "check", 80); err != nil {
		return err
	}
	list := CheckParams(c.Kind)
	switch {
	case len(list) == 0:
		return fault.NewInvalid("There is no such kind of check.").On("kind")
	case c.Name == "":
		return fault.NewInvalid("Give it a name.").On("check")
	case c.Every < time.Minute || c.Every > 7*24*time.Hour:
		return fault.NewInvalid("A check is made between once a minute and once a week.").On("every")
	case len(c.Kinds) > 20:
		return fault.NewInvalid("These are too many conditions for one rule.").On("kinds")
	}
	params := map[string]string{}
	for _, p := range list {
		v := strings.TrimSpace(c.Params[p.Name])
		switch {
		case v == "" && p.Need:
			return fault.NewInvalid("This is needed for the check.").On(p.Name)
		case v == "":
			continue
		case len(v) > maxParam || !utf8.ValidString(v) || strings.ContainsAny(v, "\x00\r\n"):
			return fault.NewInvalid("This is too long: at most %d characters.", maxParam).On(p.Name)
		case len(p.Choices) > 0 && !slices.Contains(p.Choices, v), p.Number && strings.Trim(v, "0123456789") != "":
			return fault.NewInvalid("%q is not one of the choices.", v).On(p.Name)
		}
		params[p.Name] = v
	}
	if c.Kind == "log" && params["file"] == "" && params["journal"] == "" && params["eventlog"] == "" {
		return fault.NewInvalid("Name a file, a unit of the journal or an event log.").On("file")
	}
	if c.Kind == "certificate" && params["path"] == "" && params["store"] == "" {
		return fault.NewInvalid("Name a file or a store of certificates.").On("path")
	}
	c.Params = params
	return nil
}

// Checks lists all checks by name.
func (s *Service) Checks(ctx context.Context) (out []Check, err error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, version, level, place_id, kind, name, every, params, kinds, author, changed_at FROM monitoring_checks ORDER BY name, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c Check
		var every, at int64
		var params, kinds string
		if err := rows.Scan(&c.ID, &c.Version, &c.Place.Level, &c.Place.ID, &c.Kind, &c.Name, &every, &params, &kinds, &c.Author, &at); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(params), &c.Params); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(kinds), &c.Kinds); err != nil {
			return nil, err
		}
		c.Every, c.At = time.Duration(every)*time.Second, instant(at)
		out = append(out, c)
	}
	return out, rows.Err()
}

// SaveCheck makes a check, or changes the one of its id. Agents that it concerns are told.
func (s *Service) SaveCheck(ctx context.Context, c Check) (ids.ID, error) {
	if err := c.clean(); err != nil {
		return 0, err
	}
	params, err := json.Marshal(c.Params)
	if err != nil {
		return 0, err
	}
	if c.Kinds == nil {
		c.Kinds = []string{}
	}
	kinds, err := json.Marshal(c.Kinds)
	if err != nil {
		return 0, err
	}
	fresh := c.ID == 0
	if fresh {
		c.ID = s.p.IDs.New()
	}
	err = s.change(ctx, "monitoring.check", c.ID.String(), c.Name, func(tx *sql.Tx) error {
		every, now := int64(c.Every/time.Second), micros(s.now())
		if !fresh {
			return one(tx.ExecContext(ctx, `UPDATE monitoring_checks SET version = version + 1, level = $3, place_id = $4, kind = $5, name = $6, every = $7, params = $8,
				kinds = $9, author = $10, changed_at = $11 WHERE id = $1 AND version = $2`, int64(c.ID), c.Version, string(c.Place.Level), int64(c.Place.ID), c.Kind, c.Name,
				every, string(params), string(kinds), author(ctx), now))
		}
		if err := s.room(ctx, tx, "monitoring_checks"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO monitoring_checks (id, version, level, place_id, kind, name, every, params, kinds, author, changed_at)
			VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, int64(c.ID), string(c.Place.Level), int64(c.Place.ID), c.Kind, c.Name, every, string(params), string(kinds),
			author(ctx), now)
		return err
	})
	if err != nil {
		return 0, err
	}
	return c.ID, s.reconfigure(ctx)
}

// DropCheck takes a check away; what it found goes with it, and its alerts end.
func (s *Service) DropCheck(ctx context.Context, id ids.ID) error {
	err := s.change(ctx, "monitoring.check-drop", id.String(), "", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM monitoring_results WHERE check_id = $1", int64(id)); err != nil {
			return err
		}
		return one(tx.ExecContext(ctx, "DELETE FROM monitoring_checks WHERE id = $1", int64(id)))
	})
	if err != nil {
		return err
	}
	open, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE resolved_at = 0 AND series LIKE $1 ORDER BY id", CheckSeries+`{check="`+id.String()+`"%`)
	if err != nil {
		return err
	}
	for _, a := range open {
		s.Engine.Set(a.Device, a.Series, a.Watch.Key, rules.OK)
		if err := s.end(ctx, a.ID, Gone); err != nil {
			return err
		}
	}
	return s.reconfigure(ctx)
}

// reconfigure forgets what agents are to do, and tells those that are there.
func (s *Service) reconfigure(ctx context.Context) error {
	s.mu.Lock()
	s.checksAt = time.Time{}
	s.mu.Unlock()
	if s.p.Configure == nil {
		return nil
	}
	return s.p.Devices(ctx, func(d Device) error {
		if d.Quiet {
			return nil
		}
		c, err := s.Config(ctx, d)
		if err == nil {
			s.p.Configure(d.ID, c.Revision)
		}
		return err
	})
}

// checksFor are the checks of a device. They are read again each half minute: another process may have changed them.
func (s *Service) checksFor(ctx context.Context, d Device) (out []Check, err error) {
	s.mu.Lock()
	list, at := s.checks, s.checksAt
	s.mu.Unlock()
	if now := s.now(); at.IsZero() || now.Sub(at) > 30*time.Second || now.Before(at) {
		if list, err = s.Checks(ctx); err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.checks, s.checksAt = list, now
		s.mu.Unlock()
	}
	for _, c := range list {
		if c.Place.covers(d) && (len(c.Kinds) == 0 || slices.Contains(c.Kinds, d.Kind)) && len(out) < maxPerAgent {
			out = append(out, c)
		}
	}
	return out, nil
}

// Config is what a device's agent observes beside its metrics and facts. The revision is made of what it says.
func (s *Service) Config(ctx context.Context, d Device) (wire.Config, error) {
	list, err := s.checksFor(ctx, d)
	if err != nil {
		return wire.Config{}, err
	}
	var c wire.Config
	if d.Kind == "server" || d.Kind == "workstation" || d.Kind == "laptop" {
		c.Checks = append(c.Checks, wire.Check{ID: drives, Kind: drives, Every: int(drivesEvery / time.Second)})
	}
	for _, x := range list {
		c.Checks = append(c.Checks, wire.Check{ID: x.ID.String(), Kind: x.Kind, Every: int(x.Every / time.Second), Params: maps.Clone(x.Params)})
	}
	text, err := json.Marshal(c.Checks)
	if err != nil {
		return c, err
	}
	h := fnv.New64a()
	_, _ = h.Write(text)
	c.Revision = int64(h.Sum64() >> 1)
	if len(c.Checks) == 0 {
		c.Revision = 0
	}
	return c, nil
}

// OwnResults leaves of results those of checks that are the device's.
func (s *Service) OwnResults(ctx context.Context, d Device, results []wire.Result) ([]wire.Result, error) {
	_, own, err := s.ownResults(ctx, d, results)
	return own, err
}

func (s *Service) ownResults(ctx context.Context, d Device, results []wire.Result) (known map[string]Check, own []wire.Result, err error) {
	list, err := s.checksFor(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	known = map[string]Check{drives: {Kind: drives, Name: drives}}
	for _, c := range list {
		known[c.ID.String()] = c
	}
	return known, slices.DeleteFunc(slices.Clone(results), func(r wire.Result) bool { _, ok := known[r.Check]; return !ok }), nil
}

// TakeResults keeps what checks found on a device and hands it to the rules. A result that comes again, or is older than what is
// known, changes nothing; one of a check that is not the device's is passed over.
func (s *Service) TakeResults(ctx context.Context, d Device, results []wire.Result) error {
	if d.Quiet {
		return nil
	}
	known, results, err := s.ownResults(ctx, d, results)
	if err != nil || len(results) == 0 {
		return err
	}
	slices.SortStableFunc(results, func(a, b wire.Result) int { return int(clampInt(a.At - b.At)) })
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, r := range results {
			_, err := tx.ExecContext(ctx, `INSERT INTO monitoring_results (device_id, check_id, at, state, text, detail) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (device_id, check_id) DO UPDATE SET at = excluded.at, state = excluded.state, text = excluded.text, detail = excluded.detail
				WHERE monitoring_results.at < excluded.at`, int64(d.ID), int64(known[r.Check].ID), r.At, int64(r.State), storable(r.Text), storable(r.Detail))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range results {
		c := known[r.Check]
		if c.Kind == drives && r.State == wire.StateUnknown { // a virtual machine's drives say nothing
			continue
		}
		key := s.Engine.Key(CheckSeries, Label{Name: "check", Value: r.Check}, Label{Name: "kind", Value: c.Kind}, Label{Name: "name", Value: c.Name})
		s.Engine.Observe(d.ID, r.At/1000, []Key{key}, []float64{float64(r.State)})
	}
	return nil
}

func clampInt(n int64) int64 { return max(-1, min(1, n)) }

// storable is what of a text a database can keep.
func storable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "�")
}

// Outcome is what a check found last on a device.
type Outcome struct {
	Device ids.ID
	Check  ids.ID // 0 = the look at drives
	At     time.Time
	State  wire.State
	Text   string
	Detail string
}

// Outcomes are what checks found last: of a device (check is nil), or of one check on all devices.
func (s *Service) Outcomes(ctx context.Context, device ids.ID, check *ids.ID) (out []Outcome, err error) {
	where, arg := "device_id = $1", int64(device)
	if check != nil {
		where, arg = "check_id = $1", int64(*check)
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT device_id, check_id, at, state, text, detail FROM monitoring_results WHERE "+where+" ORDER BY state DESC, device_id LIMIT 1000", arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o Outcome
		var at int64
		if err := rows.Scan(&o.Device, &o.Check, &at, &o.State, &o.Text, &o.Detail); err != nil {
			return nil, err
		}
		o.At = clock.FromMicros(at)
		out = append(out, o)
	}
	return out, rows.Err()
}

// CountOutcomes counts for each check on how many devices it found what.
func (s *Service) CountOutcomes(ctx context.Context) (map[ids.ID][4]int, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT check_id, state, count(*) FROM monitoring_results GROUP BY check_id, state")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID][4]int{}
	for rows.Next() {
		var id ids.ID
		var state, n int
		if err := rows.Scan(&id, &state, &n); err != nil {
			return nil, err
		}
		if x := out[id]; state >= 0 && state < 4 {
			x[state] = n
			out[id] = x
		}
	}
	return out, rows.Err()
}
