// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge/store"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/search"
	"mainstay/practice/clients"
)

// Parts are what the service is built from.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Zone    *time.Location // of the firm; nil = UTC
	IDs     *ids.Source
	Access  *access.Service // audit trail
	Clients *clients.Service
	Desk    *helpdesk.Service
	Jobs    *jobs.Queue
	Blobs   *blob.Store
	Sealer  *access.Sealer
	Log     *slog.Logger
}

// Service keeps the knowledge. It is safe for concurrent use.
type Service struct {
	p      Parts
	search search.Index
	values config.Values
}

// New returns the service on a migrated database. It registers a handler of [clients.MergedJob].
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	s := &Service{p: p, search: search.Index{DB: p.DB}, values: config.Values{DB: p.DB}}
	p.Jobs.Handle(clients.MergedJob, s.ClientMerged)
	return s
}

func (s *Service) now() time.Time { return clock.FromMicros(clock.Micros(s.p.Clock.Now())) }

func (s *Service) micros() int64 { return clock.Micros(s.p.Clock.Now()) }

// Today is the day on the firm's wall clock.
func (s *Service) Today() civil.Date { return clock.Today(s.p.Clock, s.p.Zone) }

func (s *Service) read() *store.Queries { return store.New(s.p.DB.Reader()) }

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject, detail string, fn func(tx *sql.Tx, q *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(tx, store.New(tx)); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, detail)
	})
}

// who is the caller of a request; without one the system acts.
func who(ctx context.Context) (ids.ID, string) {
	if id := access.From(ctx); id != nil {
		return id.User, id.Name
	}
	return 0, "Mainstay"
}

// Choice is a client to choose.
type Choice struct {
	ID   ids.ID
	Name string
}

// Clients lists whom something can belong to, by name.
func (s *Service) Clients(ctx context.Context) ([]Choice, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, name FROM clients_clients WHERE status <> 'merged' ORDER BY name_key, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Choice
	for rows.Next() {
		var c Choice
		if err := rows.Scan(&c.ID, &c.Name); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// checkClient refuses a client that is not there or was merged, and one outside the scope. 0 is the firm itself, which only
// the firm's people may write for.
func (s *Service) checkClient(ctx context.Context, scope access.Scope, id ids.ID) error {
	if id == 0 {
		if !scope.All() {
			return fault.NewDenied("This belongs to the firm.")
		}
		return nil
	}
	c, err := s.p.Clients.Get(ctx, scope, id)
	if fault.Is(err, fault.NotFound) || err == nil && c.Status == clients.Merged {
		return fault.NewInvalid("There is no such client.").On("client")
	}
	return err
}

// covers says whether a scope reaches what belongs to a client, or (0) to the firm.
func covers(scope access.Scope, client ids.ID) bool {
	return scope.All() || client != 0 && scope.Covers(client)
}

// living is the client itself, or the one that it became part of.
func (s *Service) living(ctx context.Context, id ids.ID) (ids.ID, error) {
	for range 20 {
		c, err := s.p.Clients.Get(ctx, access.WholeFirm(), id)
		if err != nil || c.Status != clients.Merged || c.MergedInto == 0 {
			return id, err
		}
		id = c.MergedInto
	}
	return id, nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return clock.FromMicros(us)
}

func orMissing(err error, sentence *fault.Error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sentence
	}
	return err
}

// orChanged is a Conflict where no row had the version that the caller has seen.
func orChanged(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.NewConflict("Somebody else changed this meanwhile. Look at it again before you change it.")
	}
	return err
}

const maxLine = 200

// line trims a text of one line and bounds it.
func line(s, field string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxLine {
		return "", fault.NewInvalid("This is too long: at most %d characters.", maxLine).On(field)
	}
	return s, nil
}

func packTags(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	return "," + strings.Join(tags, ",") + ","
}

func unpackTags(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

// cleanTags folds, sorts and bounds tags.
func cleanTags(tags []string) ([]string, error) {
	var out []string
	for _, t := range tags {
		t = strings.ToLower(strings.Join(strings.FieldsFunc(t, func(r rune) bool { return r == ',' || r <= ' ' }), "-"))
		if t == "" {
			continue
		}
		if len(t) > 40 {
			return nil, fault.NewInvalid("A tag has at most %d characters.", 40).On("tags")
		}
		out = append(out, t)
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) > 20 {
		return nil, fault.NewInvalid("There are at most %d tags.", 20).On("tags")
	}
	return out, nil
}

// pattern is what LIKE finds a text by anywhere within, with ! as its escape.
func pattern(s string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(strings.TrimSpace(s))) + "%"
}

// ClientMerged moves what belongs to a client that became part of another one; its argument is that of
// clients.MergedJob, "FROM INTO". It may run again.
func (s *Service) ClientMerged(ctx context.Context, arg string) error {
	a, b, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(a)
	if err != nil {
		return err
	}
	into, err := ids.Parse(b)
	if err != nil {
		return err
	}
	if into, err = s.living(ctx, into); err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		articles, err := q.ArticlesOfClient(ctx, int64(from))
		if err != nil {
			return err
		}
		records, err := q.RecordsOfClient(ctx, int64(from))
		if err != nil {
			return err
		}
		for _, move := range []func(context.Context, int64, int64) error{q.MoveArticles, q.MoveCredentials, q.MoveShares, q.MoveRecords} {
			if err := move(ctx, int64(from), int64(into)); err != nil {
				return err
			}
		}
		for _, r := range articles {
			r.ClientID = int64(into)
			if err := s.indexArticle(ctx, tx, articleOf(r)); err != nil {
				return err
			}
		}
		for _, r := range records {
			r.ClientID = int64(into)
			x, err := recordOf(r)
			if err != nil {
				return err
			}
			if err := s.indexRecord(ctx, tx, x); err != nil {
				return err
			}
		}
		house, err := config.GetIn(ctx, tx, houseKey)
		if err != nil || house != from.String() {
			return err
		}
		return config.SetIn(ctx, tx, houseKey, into.String())
	})
}

// HasClients are the clients that have anything here: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM knowledge_articles UNION SELECT client_id FROM knowledge_credentials
		UNION SELECT client_id FROM knowledge_records`)
}

// Sweep empties links that are over. Call it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := store.New(tx).EmptyShares(ctx, s.micros())
		return err
	})
}
