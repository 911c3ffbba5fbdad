// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// State is where an alert stands.
type State string

// The states.
const (
	Open         State = "open"
	Acknowledged State = "acknowledged"
	Snoozed      State = "snoozed"
	Resolved     State = "resolved"
)

// States lists the states.
func States() []State { return []State{Open, Acknowledged, Snoozed, Resolved} }

// Silence is why an alert makes no noise.
type Silence string

// The silences.
const (
	Loud     Silence = ""
	ByWindow Silence = "window" // a maintenance window
	ByMute   Silence = "mute"
	Behind   Silence = "behind" // it lies behind a device that is down
)

// Alert is one matter: a rule, a device and a series.
type Alert struct {
	ID, Device, Client, Site ids.ID
	Version                  int64
	Name                     string // of the device, when it opened
	Series                   string // "" = the device itself
	Watch                    rules.Watch
	State                    State
	Level, Worst             rules.Level
	Event                    rules.Event // measure, limit, band and value as last seen
	Began, Opened, Changed   time.Time
	Ended                    time.Time
	Cause                    Cause
	Occurrences              int // how often it was there again within an hour of its end
	Flapping                 bool
	Clear                    time.Time // it has ended, and is believed then
	Owner                    ids.ID    // who acknowledged it
	OwnerName                string
	Snooze                   time.Time
	Silenced                 Silence
	SilencedBy               ids.ID
	Work                     time.Time // when it becomes work; zero = it has or will not
	Ticket                   ids.ID
	Number                   int64
	Chain                    ids.ID
	Step                     int
	StepAt                   time.Time

	recent []int64 // when it came, seconds: for damping
}

func (a Alert) clearing() bool { return !a.Clear.IsZero() }

// Metric is the name of the series.
func (a Alert) Metric() string { m, _, _ := strings.Cut(a.Series, "{"); return m }

const alertColumns = `id, version, device_id, client_id, site_id, device, rule_key, series, rule, state, level, worst, measure, bound, low, high, value,
	began_at, opened_at, changed_at, resolved_at, ended, occurrences, recent, flapping, clear_at, owner_id, owner, snooze_at, silenced, silenced_id, work_at,
	ticket_id, ticket, chain_id, step, step_at`

func scanAlert(row interface{ Scan(...any) error }) (a Alert, err error) {
	var key, rule, measure, bound, low, high, value, recent string
	var began, opened, changed, ended, clear, snooze, work, stepAt, flapping int64
	err = row.Scan(&a.ID, &a.Version, &a.Device, &a.Client, &a.Site, &a.Name, &key, &a.Series, &rule, &a.State, &a.Level, &a.Worst, &measure, &bound, &low, &high,
		&value, &began, &opened, &changed, &ended, &a.Cause, &a.Occurrences, &recent, &flapping, &clear, &a.Owner, &a.OwnerName, &snooze, &a.Silenced,
		&a.SilencedBy, &work, &a.Ticket, &a.Number, &a.Chain, &a.Step, &stepAt)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(rule), &a.Watch); err != nil {
		return a, err
	}
	a.Watch.Key = key
	a.Event = rules.Event{Measure: number(measure), Limit: number(bound), Low: number(low), High: number(high), Value: number(value), To: a.Level}
	a.Began, a.Opened, a.Changed, a.Ended, a.Clear = instant(began), instant(opened), instant(changed), instant(ended), instant(clear)
	a.Snooze, a.Work, a.StepAt, a.Flapping = instant(snooze), instant(work), instant(stepAt), flapping == 1
	for _, f := range strings.Fields(recent) {
		n, _ := strconv.ParseInt(f, 10, 64) // written by us
		a.recent = append(a.recent, n)
	}
	return a, nil
}

func number(s string) float64 { v, _ := strconv.ParseFloat(s, 64); return v } // written by us

func decimal(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (s *Service) alerts(ctx context.Context, q db.Query, rest string, args ...any) (out []Alert, err error) {
	rows, err := q.QueryContext(ctx, "SELECT "+alertColumns+" FROM monitoring_alerts "+rest, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanAlert(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

func (s *Service) insertAlert(ctx context.Context, tx *sql.Tx, a Alert) error {
	rule, err := json.Marshal(a.Watch)
	if err != nil {
		return err
	}
	holes := make([]string, 37)
	for i := range holes {
		holes[i] = "$" + strconv.Itoa(i+1)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO monitoring_alerts ("+alertColumns+") VALUES ("+strings.Join(holes, ", ")+")",
		int64(a.ID), 1, int64(a.Device), int64(a.Client), int64(a.Site), a.Name, a.Watch.Key, a.Series, string(rule), string(a.State), int64(a.Level), int64(a.Worst),
		decimal(a.Event.Measure), decimal(a.Event.Limit), decimal(a.Event.Low), decimal(a.Event.High), decimal(a.Event.Value), micros(a.Began), micros(a.Opened),
		micros(a.Changed), 0, "", a.Occurrences, recentText(a.recent), flag(a.Flapping), 0, 0, "", 0, string(a.Silenced), int64(a.SilencedBy), micros(a.Work), 0, 0,
		int64(a.Chain), a.Step, micros(a.StepAt))
	return err
}

// errMeanwhile says that another process changed an alert since it was read: the transaction is done again later, from the start.
var errMeanwhile = errors.New("monitoring: the alert was changed meanwhile")

// updateAlert writes all that can change of an alert, provided that it is still as it was read.
func (s *Service) updateAlert(ctx context.Context, tx *sql.Tx, a *Alert) error {
	was := a.Version
	a.Changed = s.now()
	a.Version++
	res, err := tx.ExecContext(ctx, `UPDATE monitoring_alerts SET version = $2, state = $3, level = $4, worst = $5, measure = $6, bound = $7, low = $8, high = $9, value = $10,
		changed_at = $11, resolved_at = $12, ended = $13, occurrences = $14, recent = $15, flapping = $16, clear_at = $17, owner_id = $18, owner = $19, snooze_at = $20,
		silenced = $21, silenced_id = $22, work_at = $23, ticket_id = $24, ticket = $25, chain_id = $26, step = $27, step_at = $28 WHERE id = $1 AND version = $29`,
		int64(a.ID), a.Version, string(a.State), int64(a.Level), int64(a.Worst), decimal(a.Event.Measure), decimal(a.Event.Limit), decimal(a.Event.Low),
		decimal(a.Event.High), decimal(a.Event.Value), micros(a.Changed), micros(a.Ended), string(a.Cause), a.Occurrences, recentText(a.recent), flag(a.Flapping),
		micros(a.Clear), int64(a.Owner), a.OwnerName, micros(a.Snooze), string(a.Silenced), int64(a.SilencedBy), micros(a.Work), int64(a.Ticket), a.Number,
		int64(a.Chain), a.Step, micros(a.StepAt), was)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errMeanwhile, err)
	}
	return nil
}

func recentText(list []int64) string {
	var b strings.Builder
	for i, n := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	return b.String()
}

// Happened is an entry of an alert's history.
type Happened struct {
	At     time.Time
	What   string
	Author string
	Detail string
}

func (s *Service) note(ctx context.Context, tx *sql.Tx, alert ids.ID, what, detail string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO monitoring_events (id, alert_id, at, what, author, detail) VALUES ($1, $2, $3, $4, $5, $6)",
		int64(s.p.IDs.New()), int64(alert), micros(s.now()), what, author(ctx), detail)
	return err
}

func noAlert() *fault.Error { return fault.NewNotFound("There is no such alert.") }

// Alert returns an alert in scope.
func (s *Service) Alert(ctx context.Context, scope access.Scope, id ids.ID) (Alert, error) {
	a, err := s.alertIn(ctx, s.p.DB.Reader(), id)
	if err == nil && !scope.Covers(a.Client) {
		err = noAlert()
	}
	return a, err
}

func (s *Service) alertIn(ctx context.Context, q db.Query, id ids.ID) (Alert, error) {
	a, err := scanAlert(q.QueryRowContext(ctx, "SELECT "+alertColumns+" FROM monitoring_alerts WHERE id = $1", int64(id)))
	if errors.Is(err, sql.ErrNoRows) {
		err = noAlert()
	}
	return a, err
}

// History is what happened to an alert, from the first.
func (s *Service) History(ctx context.Context, id ids.ID) (out []Happened, err error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT at, what, author, detail FROM monitoring_events WHERE alert_id = $1 ORDER BY id LIMIT 1000", int64(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var h Happened
		var at int64
		if err := rows.Scan(&at, &h.What, &h.Author, &h.Detail); err != nil {
			return nil, err
		}
		h.At = instant(at)
		out = append(out, h)
	}
	return out, rows.Err()
}

// Query chooses alerts. Zero fields choose all.
type Query struct {
	States   []State
	Level    rules.Level // at least
	Client   ids.ID
	Site     ids.ID
	Device   ids.ID
	Ticket   ids.ID
	Rule     string
	Silenced *bool  // only those that are, or are not
	Text     string // part of a device's name or series
	Before   ids.ID // the page after this alert
	Limit    int    // at most 500, 0 = 50
}

// where makes the condition of a query.
func (q Query) where(scope access.Scope) (string, []any) {
	cond, args := []string{"1 = 1"}, []any{}
	hole := func(v any) string { args = append(args, v); return "$" + strconv.Itoa(len(args)) }
	if len(q.States) > 0 {
		var in []string
		for _, x := range q.States {
			in = append(in, hole(string(x)))
		}
		cond = append(cond, "state IN ("+strings.Join(in, ", ")+")")
	}
	if !scope.All() {
		cond = append(cond, "client_id = "+hole(int64(scope.Client())))
	}
	if q.Level > 0 {
		cond = append(cond, "level >= "+hole(int64(q.Level)))
	}
	for _, x := range []struct {
		column string
		id     ids.ID
	}{{"client_id", q.Client}, {"site_id", q.Site}, {"device_id", q.Device}, {"ticket_id", q.Ticket}} {
		if x.id != 0 {
			cond = append(cond, x.column+" = "+hole(int64(x.id)))
		}
	}
	if q.Rule != "" {
		cond = append(cond, "rule_key = "+hole(q.Rule))
	}
	if q.Silenced != nil && *q.Silenced {
		cond = append(cond, "silenced <> ''")
	} else if q.Silenced != nil {
		cond = append(cond, "silenced = ''")
	}
	if text := strings.ToLower(strings.TrimSpace(q.Text)); text != "" {
		part := hole("%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")) + "%")
		cond = append(cond, `(lower(device) LIKE `+part+` ESCAPE '\' OR lower(series) LIKE `+part+` ESCAPE '\')`)
	}
	return "WHERE " + strings.Join(cond, " AND "), args
}

// Alerts lists alerts, the newest first, and the id to give as Before for the next page, 0 at the end.
func (s *Service) Alerts(ctx context.Context, scope access.Scope, q Query) (out []Alert, next ids.ID, err error) {
	if len(q.Text) > 100 {
		return nil, 0, fault.NewInvalid("Enter fewer words.").On("q")
	}
	where, args := q.where(scope)
	if q.Before != 0 {
		args = append(args, int64(q.Before))
		where += " AND id < $" + strconv.Itoa(len(args))
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	args = append(args, limit+1)
	out, err = s.alerts(ctx, s.p.DB.Reader(), where+" ORDER BY id DESC LIMIT $"+strconv.Itoa(len(args)), args...)
	if err == nil && len(out) > limit {
		out = out[:limit]
		next = out[limit-1].ID
	}
	return out, next, err
}

// Count counts alerts.
func (s *Service) Count(ctx context.Context, scope access.Scope, q Query) (n int64, err error) {
	where, args := q.where(scope)
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM monitoring_alerts "+where, args...).Scan(&n)
	return n, err
}
