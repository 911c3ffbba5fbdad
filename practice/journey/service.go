// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/books"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
	"mainstay/practice/journey/store"
)

// AssessJob is the kind of the job that measures anew; its argument is why, for the history:
// "import", "undo", "answer", "settings", "month", "agreement" or "manual".
const AssessJob = "journey.assess"

// Topic is where progress is published on the bus: the words of [Progress.Step].
const Topic = "journey"

// Load returns the firm's books, or those of one client; "" is all clients.
type Load func(ctx context.Context, client string) (*books.Ledger, error)

// Parts are what the service is built from.
type Parts struct {
	DB     *db.DB
	Clock  clock.Clock
	Zone   *time.Location // of the firm, for "today"; nil = UTC
	IDs    *ids.Source
	Access *access.Service // audit trail
	Jobs   *jobs.Queue
	Bus    *bus.Bus
	Log    *slog.Logger
	Load   Load
}

// Service keeps settings, answers and assessments. It is safe for concurrent use. New
// registers the handler of [AssessJob].
type Service struct {
	p       Parts
	running sync.Mutex // held while measuring: one at a time in this process
	mu      sync.Mutex
	cache   *kept
	state   Progress
}

// kept is the decoded copy of the newest assessment. It is never changed after it was put.
type kept struct {
	id         ids.ID
	made       time.Time
	assessment *Assessment
}

// Progress says what the service is doing.
type Progress struct {
	Running bool   `json:"running"`
	Step    string `json:"step"` // loading, measuring, keeping, done, failed
}

// New returns the service on a migrated database.
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	s := &Service{p: p}
	p.Jobs.Handle(AssessJob, func(ctx context.Context, why string) error { return s.Recalculate(ctx, why) })
	return s
}

// stored is the JSON of the settings row.
type stored struct {
	Settings Settings `json:"settings"`
	Seed     uint64   `json:"seed,string"`
}

// decodeSettings reads a settings row over the defaults, so that a setting which a later
// release added has its default and a scale that is gone does no harm.
func decodeSettings(body string) (stored, error) {
	s := stored{Settings: DefaultSettings(), Seed: DefaultSeed}
	if body == "" {
		return s, nil
	}
	defaults := s.Settings.Thresholds.Scales
	s.Settings.Thresholds.Scales, s.Settings.Pricing.Tiers = nil, nil
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		return s, err
	}
	own := map[signs.Indicator]signs.Scale{}
	for _, sc := range s.Settings.Thresholds.Scales {
		own[sc.Indicator] = sc
	}
	for i, sc := range defaults {
		if o, ok := own[sc.Indicator]; ok && o.Own {
			o.Sources = sc.Sources
			defaults[i] = o
		}
	}
	s.Settings.Thresholds.Scales = defaults
	return s, nil
}

func readSettings(ctx context.Context, q *store.Queries) (stored, int64, error) {
	row, err := q.Settings(ctx)
	if fault.Is(db.Found(err, ""), fault.NotFound) {
		s, err := decodeSettings("")
		return s, 0, err
	}
	if err != nil {
		return stored{}, 0, err
	}
	s, err := decodeSettings(row.Body)
	return s, row.Version, err
}

// Settings returns the firm's settings, the seed, and the version to give to [Service.Save];
// version 0 means that nothing was changed yet.
func (s *Service) Settings(ctx context.Context) (Settings, uint64, int64, error) {
	st, version, err := readSettings(ctx, store.New(s.p.DB.Reader()))
	return st.Settings, st.Seed, version, err
}

// Save keeps settings whose version the caller has seen and measures anew in the background.
// Scales that differ from the product's are marked as the firm's own.
func (s *Service) Save(ctx context.Context, version int64, set Settings, seed uint64) error {
	mark(&set)
	if err := set.Validate(); err != nil {
		return err
	}
	body, err := json.Marshal(stored{set, seed})
	if err != nil {
		return err
	}
	return s.change(ctx, "journey.settings", "thresholds", "settings", func(q *store.Queries) error {
		now := clock.Micros(s.p.Clock.Now())
		if version == 0 {
			err := q.InsertSettings(ctx, string(body), now)
			if db.IsUnique(err) {
				return changedMeanwhile()
			}
			return err
		}
		n, err := q.UpdateSettings(ctx, string(body), now, version)
		if err == nil && n == 0 {
			return changedMeanwhile()
		}
		return err
	})
}

func changedMeanwhile() error {
	return fault.NewConflict("Somebody changed these settings in the meantime. Look at the newer ones and enter your change again.")
}

// mark sets Own on the scales whose knots are not the product's.
func mark(set *Settings) {
	defaults := map[signs.Indicator][]byte{}
	for _, sc := range signs.Defaults().Scales {
		defaults[sc.Indicator], _ = json.Marshal(sc.Knots)
	}
	for i := range set.Thresholds.Scales {
		sc := &set.Thresholds.Scales[i]
		knots, _ := json.Marshal(sc.Knots)
		sc.Own = !bytes.Equal(knots, defaults[sc.Indicator])
	}
}

// Answered is what the user said about a line text.
type Answered struct {
	Key    string
	Sample string
	Class  recurring.Class
	At     time.Time
}

// Answers lists what the user said, by key.
func (s *Service) Answers(ctx context.Context) ([]Answered, error) {
	return readAnswers(ctx, store.New(s.p.DB.Reader()))
}

func readAnswers(ctx context.Context, q *store.Queries) ([]Answered, error) {
	rows, err := q.Answers(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Answered, 0, len(rows))
	for _, r := range rows {
		a := Answered{Key: r.StreamKey, Sample: r.Sample, At: clock.FromMicros(r.AnsweredAt)}
		if err := a.Class.UnmarshalText([]byte(r.Class)); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// maxSample bounds the text that is kept with an answer.
const maxSample = 500

// Answer remembers what a line text is and measures anew in the background. key is
// that of a [Question]; an empty sample is allowed.
func (s *Service) Answer(ctx context.Context, key, sample string, class recurring.Class) error {
	if class == recurring.Undecided || class >= recurring.Classes {
		return fault.NewInvalid("Say what the line is: recurring, a project, time and materials, prepaid hours or resale.").On("class")
	}
	if len(key) > 4000 {
		return fault.NewInvalid("This text is too long to be remembered.").On("key")
	}
	if len(sample) > maxSample {
		sample = strings.ToValidUTF8(sample[:maxSample], "")
	}
	return s.change(ctx, "journey.answer", sample, "answer", func(q *store.Queries) error {
		return q.PutAnswer(ctx, store.PutAnswerParams{StreamKey: key, Sample: sample, Class: class.String(), AnsweredAt: clock.Micros(s.p.Clock.Now())})
	})
}

// Forget drops an answer; the lines are told by their words and amounts again.
func (s *Service) Forget(ctx context.Context, key string) error {
	return s.change(ctx, "journey.forget", key, "answer", func(q *store.Queries) error {
		n, err := q.DropAnswer(ctx, key)
		if err == nil && n == 0 {
			return fault.NewNotFound("There is no such answer.")
		}
		return err
	})
}

// change writes, records, and makes the assessment stale in one transaction.
func (s *Service) change(ctx context.Context, action, subject, why string, fn func(q *store.Queries) error) error {
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(store.New(tx)); err != nil {
			return err
		}
		if err := s.Stale(ctx, tx, why); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, "")
	})
	s.p.Jobs.Wake()
	return err
}

// Measure asks for a new assessment although nothing changed; it is made in the background.
func (s *Service) Measure(ctx context.Context) error {
	return s.change(ctx, "journey.measure", "", "manual", func(*store.Queries) error { return nil })
}

// Turned asks for a new assessment when a month has begun since the newest one: the month that was unfinished counts
// now. Without any assessment it does nothing.
func (s *Service) Turned(ctx context.Context) error {
	l, err := s.Latest(ctx)
	if err != nil || l.Assessment == nil || l.Stale || clock.Today(s.p.Clock, s.p.Zone).Month() <= civil.DateOf(l.Made.In(s.p.Zone)).Month() {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.Stale(ctx, tx, "month") })
	s.p.Jobs.Wake()
	return err
}

// Stale marks the assessment as stale inside somebody's transaction and asks for a new one: after
// an import, an undo, a merge of clients.
func (s *Service) Stale(ctx context.Context, tx *sql.Tx, why string) error {
	if err := store.New(tx).Want(ctx); err != nil {
		return err
	}
	return s.p.Jobs.Enqueue(ctx, tx, AssessJob, why)
}
