// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
	"mainstay/practice/books/store"
	"mainstay/practice/clients"
)

// ChangedJob is the kind of the job that is enqueued, in the same transaction, whenever
// the books changed; its argument is "import" or "undo".
const ChangedJob = "books.changed"

// Parts are what the service is built from.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	IDs     *ids.Source
	Clients *clients.Service
	Access  *access.Service // audit trail
	Jobs    *jobs.Queue
	Blobs   *blob.Store    // uploaded files
	Zone    *time.Location // of times that name none; nil = UTC
	Limits  tabular.Limits // of uploaded files

	// OwnTickets hands over the tickets of the firm's own helpdesk, of one client or (0) of all: they are part of the
	// ledger as those of exports are. nil = there is none.
	OwnTickets func(ctx context.Context, client ids.ID, fn func(OwnTicket) error) error
}

// OwnTicket is a ticket that was worked on here.
type OwnTicket struct {
	ID       ids.ID
	Number   int64
	Client   ids.ID
	Opened   int64 // microseconds since 1970 UTC
	Solved   int64 // 0 = not yet
	Origin   Origin
	Reopened bool
}

// Service keeps the books. It is safe for concurrent use; one file is committed at a time.
type Service struct{ p Parts }

// New returns the service on a migrated database. It registers the handler of [clients.MergedJob].
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	s := &Service{p: p}
	p.Jobs.Handle(clients.MergedJob, s.ClientMerged)
	p.Jobs.Handle(indexJob, s.index)
	return s
}

// State is where an import stands.
type State string

// The states of an import. Committing lasts while its rows are written.
const (
	Uploaded   State = "uploaded"
	Committing State = "committing"
	Committed  State = "committed"
	Undone     State = "undone"
)

// Choices are what the user decided about a file.
type Choices struct {
	MonthFirst   bool                `json:"monthFirst,omitempty"`
	DecimalComma bool                `json:"decimalComma,omitempty"`
	Currency     money.Currency      `json:"currency,omitempty"`
	Provider     string              `json:"provider,omitempty"`
	LeaveBadRows bool                `json:"leaveBadRows,omitempty"`
	Mappings     map[string]*Mapping `json:"mappings,omitempty"` // by signature; remembered at commit
}

// Import is one file.
type Import struct {
	ID        ids.ID
	File      string
	Size      int64
	Ref       blob.Ref // SHA-256 of the content
	State     State
	Choices   Choices
	Report    *Report // of the newest preview or of the commit; nil = not looked at yet
	Added     int64   // rows that were new
	Known     int64   // rows that the books had already
	Origin    string  // "" = a person's file, "demo" = the invented firm
	MadeBy    string
	Created   time.Time
	Committed time.Time // zero = never
}

func (s *Service) now() int64 { return clock.Micros(s.p.Clock.Now()) }

func imported(r store.BooksImport) (Import, error) {
	i := Import{
		ID: ids.ID(r.ID), File: r.File, Size: r.Size, Ref: blob.Ref(r.Ref), State: State(r.State), Added: r.Added, Known: r.Known,
		Origin: r.Origin, MadeBy: r.MadeBy, Created: clock.FromMicros(r.CreatedAt),
	}
	if r.CommittedAt > 0 {
		i.Committed = clock.FromMicros(r.CommittedAt)
	}
	if err := json.Unmarshal([]byte(r.Choices), &i.Choices); err != nil {
		return i, err
	}
	if r.Report != "" {
		i.Report = &Report{}
		return i, json.Unmarshal([]byte(r.Report), i.Report)
	}
	return i, nil
}

// Get returns an import.
func (s *Service) Get(ctx context.Context, id ids.ID) (Import, error) {
	row, err := store.New(s.p.DB.Reader()).ImportByID(ctx, int64(id))
	if err != nil {
		return Import{}, db.Found(err, "import")
	}
	return imported(row)
}

// List returns imports, newest first, older than before (0 = from the newest), at most limit (1–200).
func (s *Service) List(ctx context.Context, before ids.ID, limit int) ([]Import, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	rows, err := store.New(s.p.DB.Reader()).Imports(ctx, int64(before), int32(max(1, min(limit, 200))))
	if err != nil {
		return nil, err
	}
	out := make([]Import, 0, len(rows))
	for _, r := range rows {
		i, err := imported(r)
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// Mappings returns the remembered mappings by signature.
func (s *Service) Mappings(ctx context.Context) (map[string]*Mapping, error) {
	rows, err := store.New(s.p.DB.Reader()).Mappings(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*Mapping, len(rows))
	for _, r := range rows {
		m := &Mapping{}
		if err := json.Unmarshal([]byte(r.Mapping), m); err != nil {
			return nil, err
		}
		out[r.Signature] = m
	}
	return out, nil
}

// ForgetMapping drops a remembered mapping: tables of that shape are recognised anew.
func (s *Service) ForgetMapping(ctx context.Context, signature string) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if _, err := store.New(tx).DropMapping(ctx, signature); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "books.mapping-forgotten", signature, "")
	})
}

// options are the reader's, made of choices and what is remembered.
func (s *Service) options(ctx context.Context, c Choices) (Options, error) {
	known, err := s.Mappings(ctx)
	if err != nil {
		return Options{}, err
	}
	for sig, m := range c.Mappings {
		if err := m.Check(); err != nil {
			return Options{}, err
		}
		known[sig] = m
	}
	if _, ok := isoCode([]byte(c.Currency)); c.Currency != "" && !ok {
		return Options{}, fault.NewInvalid("A currency has three letters, such as EUR.").On("currency")
	}
	return Options{
		MonthFirst: c.MonthFirst, DecimalComma: c.DecimalComma, Currency: c.Currency, Location: s.p.Zone, Provider: c.Provider, LeaveBadRows: c.LeaveBadRows, Mappings: known,
	}, nil
}
