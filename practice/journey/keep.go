// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/journey/signs"
	"mainstay/practice/journey/store"
)

// Latest is the newest assessment and whether it still holds.
type Latest struct {
	ID         ids.ID
	Made       time.Time
	Stale      bool // something changed since; a new one is on its way
	Progress   Progress
	Assessment *Assessment // shared: only to be read; nil where nothing was measured yet
}

// Latest returns the newest assessment. The decoded copy is kept in memory, so that this costs two
// small queries. Without any it returns Assessment nil and no error.
func (s *Service) Latest(ctx context.Context) (Latest, error) {
	q := store.New(s.p.DB.Reader())
	st, err := q.State(ctx)
	if err != nil {
		return Latest{}, err
	}
	out := Latest{Stale: st.Wanted > st.Measured, Progress: s.progress()}
	newest, err := q.Newest(ctx)
	if fault.Is(db.Found(err, ""), fault.NotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	k, err := s.decoded(ctx, q, ids.ID(newest.ID))
	if err != nil || k == nil {
		out.Stale = out.Stale || k == nil
		return out, err
	}
	out.ID, out.Made, out.Assessment = k.id, k.made, k.assessment
	return out, nil
}

// Warm decodes the newest assessment ahead of the first page; call it in the background at start.
func (s *Service) Warm(ctx context.Context) {
	if _, err := s.Latest(ctx); err != nil {
		s.p.Log.Error("journey: cannot read the newest assessment", "error", err)
	}
}

func (s *Service) cached() *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cache
}

func (s *Service) keepCopy(k *kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cache == nil || s.cache.id <= k.id {
		s.cache = k
	}
}

// decoded returns the assessment id from memory or from its row; nil where it is of another
// version of this program.
func (s *Service) decoded(ctx context.Context, q *store.Queries, id ids.ID) (*kept, error) {
	if k := s.cached(); k != nil && k.id == id {
		return k, nil
	}
	row, err := q.Body(ctx, int64(id))
	if err != nil {
		return nil, db.Found(err, "assessment")
	}
	a, err := unpack(row.Body)
	if err != nil || a == nil {
		return nil, err
	}
	k := &kept{id, clock.FromMicros(row.MadeAt), a}
	s.keepCopy(k)
	return k, nil
}

// Past is one line of the history of assessments.
type Past struct {
	ID      ids.ID
	Made    time.Time
	Reason  string
	Summary Summary
}

// Summary is what the history keeps of an assessment.
type Summary struct {
	From      civil.Month    `json:"from"`
	To        civil.Month    `json:"to"`
	Measured  bool           `json:"measured"`
	Position  float64        `json:"position"`
	Interval  signs.Interval `json:"interval"`
	Coverage  float64        `json:"coverage"`
	Verdict   string         `json:"verdict"`
	Recurring signs.Interval `json:"recurring"`
	Undecided float64        `json:"undecided"`
	Axes      [4]*float64    `json:"axes"`
	Clients   int            `json:"clients"`
	Revenue   int64          `json:"revenue"`
}

func summary(a *Assessment) Summary {
	s := Summary{
		From: a.Window.From, To: a.Window.To, Measured: a.Firm.Measured, Position: a.Firm.Position, Interval: a.Firm.Interval,
		Coverage: a.Firm.Coverage, Verdict: a.Firm.Verdict.Word, Recurring: a.Recurring, Undecided: a.Undecided.Share, Clients: len(a.Clients),
	}
	for i, x := range a.Firm.Axes {
		if x.Measured {
			s.Axes[i] = &x.Position
		}
	}
	for i := range a.Clients {
		s.Revenue += a.Clients[i].Stand.Revenue
	}
	return s
}

// History returns up to n past assessments, newest first.
func (s *Service) History(ctx context.Context, n int) ([]Past, error) {
	rows, err := store.New(s.p.DB.Reader()).Past(ctx, int32(max(1, min(n, 1000))))
	if err != nil {
		return nil, err
	}
	out := make([]Past, 0, len(rows))
	for _, r := range rows {
		p := Past{ID: ids.ID(r.ID), Made: clock.FromMicros(r.MadeAt), Reason: r.Reason}
		if err := json.Unmarshal([]byte(r.Summary), &p.Summary); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (s *Service) progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *Service) step(running bool, word string) {
	s.mu.Lock()
	s.state = Progress{running, word}
	s.mu.Unlock()
	s.p.Bus.Publish(Topic, word)
}

// Recalculate measures the books anew, unless the newest assessment has seen everything
// already. Calls that come while one runs wait for it, and then find nothing to do.
// why is kept in the history; "manual" always measures.
func (s *Service) Recalculate(ctx context.Context, why string) (err error) {
	s.running.Lock()
	defer s.running.Unlock()
	q := store.New(s.p.DB.Reader())
	st, err := q.State(ctx)
	if err != nil || st.Wanted <= st.Measured && why != "manual" {
		return err
	}
	defer func() {
		if err != nil {
			s.step(false, "failed")
		} else {
			s.step(false, "done")
		}
	}()
	s.step(true, "loading")
	set, _, err := readSettings(ctx, q)
	if err != nil {
		return err
	}
	answers, err := s.answers(ctx, q)
	if err != nil {
		return err
	}
	ledger, err := s.p.Load(ctx, "")
	if err != nil {
		return err
	}
	s.step(true, "measuring")
	set.Settings.Today = clock.Today(s.p.Clock, s.p.Zone)
	a, err := Assess(ledger, set.Settings, answers, set.Seed)
	if err != nil {
		return err
	}
	s.step(true, "keeping")
	return s.keep(ctx, a, st.Wanted, why)
}

func (s *Service) answers(ctx context.Context, q *store.Queries) (Answers, error) {
	list, err := readAnswers(ctx, q)
	if err != nil {
		return nil, err
	}
	out := Answers{}
	for _, x := range list {
		out[x.Key] = x.Class
	}
	return out, nil
}

// keep writes an assessment and what it has seen.
func (s *Service) keep(ctx context.Context, a *Assessment, seen int64, why string) error {
	body, err := pack(a)
	if err != nil {
		return err
	}
	short, err := json.Marshal(summary(a))
	if err != nil {
		return err
	}
	k := &kept{s.p.IDs.New(), s.p.Clock.Now().UTC(), a}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := q.InsertAssessment(ctx, store.InsertAssessmentParams{ID: int64(k.id), MadeAt: clock.Micros(k.made), Reason: why, Summary: string(short), Body: body}); err != nil {
			return err
		}
		if err := q.DropOldBodies(ctx); err != nil {
			return err
		}
		return q.MarkMeasured(ctx, seen)
	})
	if err == nil {
		s.keepCopy(k)
	}
	return err
}

// Rows returns the rows behind a number, newest first. Of a firm-wide selector of lines,
// tickets or hours the whole books are read; a page asks client by client.
func (s *Service) Rows(ctx context.Context, sel Selector) ([]EvidenceRow, error) {
	latest, err := s.Latest(ctx)
	if err != nil {
		return nil, err
	}
	if latest.Assessment == nil {
		return nil, fault.NewNotFound("Nothing was measured yet: import your books first.")
	}
	q := store.New(s.p.DB.Reader())
	set, _, err := readSettings(ctx, q)
	if err != nil {
		return nil, err
	}
	answers, err := s.answers(ctx, q)
	if err != nil {
		return nil, err
	}
	ledger, err := s.p.Load(ctx, sel.Client)
	if err != nil {
		return nil, err
	}
	return Rows(ledger, set.Settings, answers, latest.Assessment.Window, sel), nil
}

// pack writes an assessment as gzip in base64: text, so that both engines and the backup
// carry it.
func pack(a *Assessment) (string, error) {
	var b bytes.Buffer
	b64 := base64.NewEncoder(base64.StdEncoding, &b)
	zip, err := gzip.NewWriterLevel(b64, gzip.BestSpeed)
	if err != nil {
		return "", err
	}
	if err := json.NewEncoder(zip).Encode(a); err != nil {
		return "", err
	}
	if err := zip.Close(); err != nil {
		return "", err
	}
	if err := b64.Close(); err != nil {
		return "", err
	}
	return b.String(), nil
}

// maxBody bounds what is unpacked from a row: no firm's assessment comes near it.
const maxBody = 512 << 20

// unpack is the inverse of pack; an empty body or one of another version gives nil.
func unpack(body string) (*Assessment, error) {
	if body == "" {
		return nil, nil
	}
	zip, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(body)))
	if err != nil {
		return nil, err
	}
	var a Assessment
	if err := json.NewDecoder(io.LimitReader(zip, maxBody)).Decode(&a); err != nil {
		return nil, err
	}
	if a.Version != Version {
		return nil, nil
	}
	return &a, nil
}
