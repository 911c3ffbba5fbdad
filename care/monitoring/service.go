// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/locale"
	"mainstay/kit/webhook"
	"mainstay/practice/clients"
)

// Topic is where it is told on the bus that an alert changed; the text is its id.
const Topic = "monitoring"

// Point is a stored value.
type Point struct {
	At    int64 // ms since 1970
	Value float64
}

// Letter is a mail to one person of the firm.
type Letter struct{ To, Subject, Body string }

// News are what a person of the firm is told inside the application.
type News struct {
	To    []ids.ID
	Alert Alert
	Once  string // names the occurrence
}

// Parts are what the service is built from.
type Parts struct {
	DB     *db.DB
	Clock  clock.Clock
	Zone   *time.Location // of the firm; nil = UTC
	IDs    *ids.Source
	Access *access.Service
	Jobs   *jobs.Queue
	Bus    *bus.Bus
	Desk   *helpdesk.Service
	Blobs  *blob.Store
	Sealer *access.Sealer
	Poster *webhook.Poster // calls hooks
	Log    *slog.Logger
	URL    string // public origin, without a slash at the end

	// Devices gives all devices, Device one by its id. They are asked often: they answer from memory.
	Devices func(ctx context.Context, fn func(Device) error) error
	Device  func(id ids.ID) (Device, bool)
	// History gives stored values of a series, oldest first, at most one for each step. nil = none are stored.
	History func(ctx context.Context, device ids.ID, series string, from, to time.Time, step time.Duration) ([]Point, error)
	// Changes says in sentences what changed on a device since. nil = nobody knows.
	Changes func(ctx context.Context, device ids.ID, since time.Time) ([]string, error)
	// Said is what was found last, in a sentence of whoever looked, told in a language; nil or "" = nothing more is known.
	Said func(a Alert, p locale.Printer) string
	// Away reports whether whoever asks a device, or makes a ping service, said last that nothing at all comes back; nil = what is critical
	// is away.
	Away func(id ids.ID) bool
	// DeviceRef is how the helpdesk knows a device; nil or "" = it does not.
	DeviceRef func(id ids.ID) string
	// Printer writes in the firm's language.
	Printer func(ctx context.Context) locale.Printer
	// CanSend and Post send mail, Post in the caller's transaction; nil = there is none.
	CanSend func(ctx context.Context) (bool, error)
	Post    func(ctx context.Context, tx *sql.Tx, l Letter) error
	// Configure tells a device's agent that what it observes has a new revision; nil = they find out by themselves.
	Configure func(device ids.ID, revision int64)
	// Tell tells people inside the application, in the caller's transaction; nil = there is no such thing.
	Tell func(ctx context.Context, tx *sql.Tx, n News) error
}

// Happening is what became of an alert, for those who tell other programs.
type Happening struct {
	What  string // opened, worse, acknowledged, resolved …
	Alert Alert
}

// Listener is told of happenings in the transaction that writes them. An error undoes the change.
type Listener func(ctx context.Context, tx *sql.Tx, h Happening) error

// Service keeps rules and alerts. It is safe for concurrent use.
type Service struct {
	p         Parts
	Engine    *Engine
	listeners []Listener

	working sync.Mutex // one at a time writes what the engine saw
	mu      sync.Mutex
	saved   map[ids.ID]int64 // when a device's states were kept last, ms
	dry     map[ids.ID]*dry

	checks   []Check // as last read
	checksAt time.Time

	swept time.Time // when what is over was removed last
}

// New returns the service on a migrated database. It registers a handler of [clients.MergedJob].
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.Device == nil {
		p.Device = func(ids.ID) (Device, bool) { return Device{}, false }
	}
	if p.Devices == nil {
		p.Devices = func(context.Context, func(Device) error) error { return nil }
	}
	if p.Printer == nil {
		p.Printer = func(context.Context) locale.Printer { return locale.Printer{} }
	}
	s := &Service{p: p, Engine: NewEngine(p.Clock, p.Zone, p.Device), saved: map[ids.ID]int64{}, dry: map[ids.ID]*dry{}}
	p.Jobs.Handle(clients.MergedJob, s.clientMerged)
	return s
}

// Listen adds a listener. Call it before the first request.
func (s *Service) Listen(fn Listener) { s.listeners = append(s.listeners, fn) }

func (s *Service) tell(ctx context.Context, tx *sql.Tx, what string, a Alert) error {
	for _, fn := range s.listeners {
		if err := fn(ctx, tx, Happening{what, a}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) now() time.Time { return clock.FromMicros(clock.Micros(s.p.Clock.Now())) }

func (s *Service) told(list ...ids.ID) {
	if s.p.Bus != nil {
		for _, id := range list {
			s.p.Bus.Publish(Topic, id.String())
		}
	}
}

// Prepare reads what is stored: rules, what was learned, and the alerts that are open. Call it before the first value.
func (s *Service) Prepare(ctx context.Context) error {
	if err := s.reload(ctx); err != nil {
		return err
	}
	err := s.p.Devices(ctx, func(d Device) error {
		if !d.Quiet && !d.Seen.IsZero() {
			s.Engine.known(d.ID, d.Seen.UnixMilli())
		}
		return nil
	})
	if err != nil {
		return err
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT device_id, body FROM monitoring_states")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id ids.ID
		var body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		if err := s.Engine.restore(id, body); err != nil {
			s.p.Log.Warn("monitoring: what was learned of a device cannot be read and is learned anew", "device", id.String(), "error", err)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return s.reconcile(ctx)
}

// reconcile makes levels those of the open alerts. An alert of what is not watched any more ends.
func (s *Service) reconcile(ctx context.Context) error {
	s.Engine.calm()
	// What somebody resolved by hand stays so until the values were fine once.
	hand, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE ended = 'hand' AND resolved_at > $1 ORDER BY id", micros(s.now().AddDate(0, 0, -7)))
	if err != nil {
		return err
	}
	for _, a := range hand {
		s.Engine.Set(a.Device, a.Series, a.Watch.Key, a.Level)
	}
	open, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE resolved_at = 0 ORDER BY id")
	if err != nil {
		return err
	}
	for _, a := range open {
		if a.clearing() {
			continue // it had ended; if it is bad again the values say so
		}
		if !s.Engine.Set(a.Device, a.Series, a.Watch.Key, a.Level) {
			if err := s.end(ctx, a.ID, ByRule); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	keepEvery = 10 * time.Minute // how often what is learned of a device is kept
	keepBatch = 100              // devices in one transaction
)

// Run does what time brings until ctx ends: it writes what the engine saw, makes work of alerts, escalates, sends, and keeps
// what was learned.
func (s *Service) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { s.sendHooks(ctx) })
	tick, soon := time.NewTicker(15*time.Second), time.NewTicker(2*time.Second)
	defer tick.Stop()
	defer soon.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			continue
		case <-tick.C:
			s.Engine.Tick()
			s.log(ctx, "keep what was learned", s.keepSome(ctx))
		case <-soon.C:
		case <-s.Engine.wake:
		}
		s.log(ctx, "write alerts", s.Work(ctx))
	}
	wg.Wait()
	s.log(context.WithoutCancel(ctx), "keep what was learned", s.Keep(context.WithoutCancel(ctx)))
}

func (s *Service) log(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		s.p.Log.Error("monitoring: cannot "+what, "error", err)
	}
}

// Work does once what is due now: for Run and for tests.
func (s *Service) Work(ctx context.Context) error {
	s.working.Lock()
	defer s.working.Unlock()
	return errors.Join(s.write(ctx), s.wake(ctx), s.believe(ctx), s.makeWork(ctx), s.escalate(ctx), s.sweep(ctx))
}

// keepSome keeps the devices that were not kept for a while, a few at a time, so that the disk is used evenly.
func (s *Service) keepSome(ctx context.Context) error {
	all := s.Engine.all()
	most := max(keepBatch, len(all)*int(15*time.Second)/int(keepEvery)+1)
	return s.keep(ctx, all, s.p.Clock.Now().Add(-keepEvery).UnixMilli(), most)
}

// Keep keeps all that was learned since it was kept last.
func (s *Service) Keep(ctx context.Context) error {
	all := s.Engine.all()
	return s.keep(ctx, all, s.p.Clock.Now().UnixMilli()+1, len(all))
}

func (s *Service) keep(ctx context.Context, all []*dev, before int64, most int) error {
	type kept struct {
		id   ids.ID
		body string
	}
	now := s.p.Clock.Now().UnixMilli()
	var batch []kept
	flush := func() error {
		err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			for _, k := range batch {
				_, err := tx.ExecContext(ctx, `INSERT INTO monitoring_states (device_id, taken_at, body) VALUES ($1, $2, $3)
					ON CONFLICT (device_id) DO UPDATE SET taken_at = excluded.taken_at, body = excluded.body`, int64(k.id), now, k.body)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			s.mu.Lock()
			for _, k := range batch {
				s.saved[k.id] = now
			}
			s.mu.Unlock()
		}
		batch = batch[:0]
		return err
	}
	for _, d := range all {
		if most <= 0 {
			break
		}
		s.mu.Lock()
		last := s.saved[d.id]
		s.mu.Unlock()
		d.mu.Lock()
		body := ""
		if d.dirty && last < before {
			body = s.Engine.snapshot(d)
			d.dirty = false
		}
		d.mu.Unlock()
		if body == "" {
			continue
		}
		batch, most = append(batch, kept{d.id, body}), most-1
		if len(batch) >= keepBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return flush()
}

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject, detail string, fn func(tx *sql.Tx) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, detail)
	})
}

func author(ctx context.Context) string {
	if id := access.From(ctx); id != nil {
		return id.Name
	}
	return ""
}

func user(ctx context.Context) ids.ID {
	if id := access.From(ctx); id != nil {
		return id.User
	}
	return 0
}

// oneLine is one line of text that a person typed.
func oneLine(s, field string, most int) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", fault.NewInvalid("This is too long: at most %d characters.", most).On(field)
	}
	return s, nil
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return clock.FromMicros(us)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return clock.Micros(t)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// HasClients tells which clients have alerts, or rules and checks of their own: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM monitoring_alerts UNION SELECT client_id FROM monitoring_boards
		UNION SELECT place_id FROM monitoring_rules WHERE level = 'client' UNION SELECT place_id FROM monitoring_mutes WHERE level = 'client'
		UNION SELECT place_id FROM monitoring_windows WHERE level = 'client' UNION SELECT place_id FROM monitoring_checks WHERE level = 'client'
		UNION SELECT place_id FROM monitoring_chains WHERE level = 'client'`)
}

// clientMerged moves what belongs to one client to another; its argument is that of clients.MergedJob, "FROM INTO". Where both say
// something of a rule, the one that goes on is right.
func (s *Service) clientMerged(ctx context.Context, arg string) error {
	a, b, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(a)
	if err != nil {
		return err
	}
	into, err := ids.Parse(b)
	if err != nil {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{
			"UPDATE monitoring_alerts SET client_id = $2 WHERE client_id = $1",
			"UPDATE monitoring_boards SET client_id = $2 WHERE client_id = $1",
			`DELETE FROM monitoring_rules WHERE level = 'client' AND place_id = $1 AND rule_key IN
				(SELECT rule_key FROM monitoring_rules WHERE level = 'client' AND place_id = $2)`,
			"UPDATE monitoring_rules SET place_id = $2 WHERE level = 'client' AND place_id = $1",
			"UPDATE monitoring_mutes SET place_id = $2 WHERE level = 'client' AND place_id = $1",
			"UPDATE monitoring_windows SET place_id = $2 WHERE level = 'client' AND place_id = $1",
			"UPDATE monitoring_checks SET place_id = $2 WHERE level = 'client' AND place_id = $1",
			"UPDATE monitoring_chains SET place_id = $2 WHERE level = 'client' AND place_id = $1",
		} {
			args := []any{int64(from), int64(into)}
			if _, err := tx.ExecContext(ctx, q, args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.reload(ctx)
}
