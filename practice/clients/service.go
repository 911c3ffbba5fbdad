// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"database/sql"
	"maps"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/search"
	"mainstay/practice/clients/store"
)

// MergedJob is the kind of the job that tells the other areas of a merge; its argument is
// "FROM INTO", two ids.
const MergedJob = "clients.merged"

// RenamedJob is the kind of the job that tells the other areas of a client's new name; its argument
// is the id.
const RenamedJob = "clients.renamed"

// Service keeps clients. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	ids    *ids.Source
	search search.Index
	access *access.Service
	jobs   *jobs.Queue
	busy   []func(ctx context.Context) (map[ids.ID]bool, error)

	listeners []Listener
}

// Guard has fn asked which clients are in use before any is forgotten. Call it before the first request.
func (s *Service) Guard(fn func(ctx context.Context) (map[ids.ID]bool, error)) {
	s.busy = append(s.busy, fn)
}

// In returns the clients that a query lists, without 0, for what [Service.Guard] asks.
func In(ctx context.Context, q db.Query, text string, args ...any) (map[ids.ID]bool, error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]bool{}
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out[id] = true
	}
	delete(out, 0)
	return out, rows.Err()
}

// New returns the service on a migrated database.
func New(d *db.DB, c clock.Clock, s *ids.Source, a *access.Service, q *jobs.Queue) *Service {
	svc := &Service{db: d, clock: c, ids: s, search: search.Index{DB: d}, access: a, jobs: q}
	q.Handle(ReindexJob, svc.reindex)
	return svc
}

// Create adds a client. A name under which another client is known already is a Conflict.
func (s *Service) Create(ctx context.Context, d Details) (ids.ID, error) {
	if err := d.clean(); err != nil {
		return 0, err
	}
	id := s.ids.New()
	return id, s.change(ctx, "clients.create", d.Name, func(tx *sql.Tx, q *store.Queries) error {
		return s.insert(ctx, tx, q, id, d, 0)
	})
}

func (s *Service) insert(ctx context.Context, tx *sql.Tx, q *store.Queries, id ids.ID, d Details, madeBy ids.ID) error {
	key := NameKey(d.Name)
	if err := s.claimName(ctx, q, id, key, d.Name); err != nil {
		return err
	}
	if err := q.Insert(ctx, store.InsertParams{
		ID: int64(id), Name: d.Name, NameKey: key, Status: string(d.Status), Reference: d.Reference, Email: d.Email, Phone: d.Phone,
		Website: d.Website, Since: int64(d.Since), Tags: packTags(d.Tags), MadeBy: int64(madeBy), CreatedAt: s.now(),
	}); err != nil {
		return err
	}
	if err := q.InsertName(ctx, key, int64(id)); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, Happening{What: Made, Client: id, Details: d}); err != nil {
		return err
	}
	return s.index(ctx, tx, id, d)
}

// claimName refuses a name that leads to another client.
func (s *Service) claimName(ctx context.Context, q *store.Queries, id ids.ID, key, name string) error {
	other, err := q.ByNameKey(ctx, key)
	if err == nil && ids.ID(other) != id {
		return fault.NewConflict("There is a client known as %q already. Open it, or merge the two.", name).On("name")
	}
	if fault.Is(db.Found(err, ""), fault.NotFound) {
		return nil
	}
	return err
}

func (s *Service) index(ctx context.Context, tx *sql.Tx, id ids.ID, d Details) error {
	body := strings.Join([]string{d.Reference, d.Email, d.Phone, d.Website, strings.Join(d.Tags, " ")}, " ")
	return s.search.Put(ctx, tx, search.Doc{Kind: "client", Ref: id, Client: id, Title: d.Name, Body: body})
}

// Update changes a client whose version the caller has seen; a newer one is a Conflict and
// nothing changes. The former name stays a name of the client.
func (s *Service) Update(ctx context.Context, scope access.Scope, id ids.ID, version int64, d Details) error {
	if err := d.clean(); err != nil {
		return err
	}
	if !scope.Covers(id) {
		return noClient()
	}
	return s.change(ctx, "clients.update", d.Name, func(tx *sql.Tx, q *store.Queries) error {
		key := NameKey(d.Name)
		if err := s.claimName(ctx, q, id, key, d.Name); err != nil {
			return err
		}
		before, err := q.ByID(ctx, int64(id))
		if err != nil {
			return orNoClient(err)
		}
		n, err := q.Update(ctx, store.UpdateParams{
			ID: int64(id), Name: d.Name, NameKey: key, Status: string(d.Status), Reference: d.Reference, Email: d.Email, Phone: d.Phone,
			Website: d.Website, Since: int64(d.Since), Tags: packTags(d.Tags), UpdatedAt: s.now(), Version: version,
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NewConflict("Somebody changed this client in the meantime. Look at the newer version and enter your change again.")
		}
		if err := q.InsertName(ctx, key, int64(id)); err != nil {
			return err
		}
		if before.Name != d.Name {
			if err := s.jobs.Enqueue(ctx, tx, RenamedJob, id.String()); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, Happening{What: Changed, Client: id, Details: d}); err != nil {
			return err
		}
		return s.index(ctx, tx, id, d)
	})
}

// Get returns a client with all that belongs to it. One that was merged is returned as it is, with
// MergedInto set.
func (s *Service) Get(ctx context.Context, scope access.Scope, id ids.ID) (f Full, err error) {
	if !scope.Covers(id) {
		return f, noClient()
	}
	err = s.db.Read(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		row, err := q.ByID(ctx, int64(id))
		if err != nil {
			return orNoClient(err)
		}
		f.Client = client(row)
		if f.Names, err = q.NamesOf(ctx, int64(id)); err != nil {
			return err
		}
		return s.parts(ctx, q, &f)
	})
	return f, err
}

func (s *Service) parts(ctx context.Context, q *store.Queries, f *Full) error {
	sites, err := q.SitesOf(ctx, int64(f.ID))
	if err != nil {
		return err
	}
	for _, r := range sites {
		f.Sites = append(f.Sites, Site{ids.ID(r.ID), r.Name, r.Street, r.Postcode, r.City, r.Country, r.Zone})
	}
	people, err := q.PeopleOf(ctx, int64(f.ID))
	if err != nil {
		return err
	}
	for _, r := range people {
		f.People = append(f.People, Person{ids.ID(r.ID), ids.ID(r.SiteID), r.Name, r.Title, r.Email, r.Phone, r.Decides == 1})
	}
	notes, err := q.NotesOf(ctx, int64(f.ID))
	for _, r := range notes {
		f.Notes = append(f.Notes, Note{ids.ID(r.ID), r.Author, r.Body, r.Pinned == 1, clock.FromMicros(r.CreatedAt)})
	}
	return err
}

// Merge folds one client into another: names, sites, people and notes move, and the other areas are
// told by a job in the same transaction. It cannot be undone.
func (s *Service) Merge(ctx context.Context, from, into ids.ID) error {
	if from == into {
		return fault.NewInvalid("A client cannot be merged with itself.")
	}
	err := s.change(ctx, "clients.merge", from.String()+" "+into.String(), func(tx *sql.Tx, q *store.Queries) error {
		a, err := q.ByID(ctx, int64(from))
		if err != nil {
			return orNoClient(err)
		}
		b, err := q.ByID(ctx, int64(into))
		if err != nil {
			return orNoClient(err)
		}
		if Status(a.Status) == Merged || Status(b.Status) == Merged {
			return fault.NewConflict("One of the two was merged already.")
		}
		for _, move := range []func(context.Context, int64, int64) error{q.MoveNames, q.MoveSites, q.MovePeople, q.MoveNotes} {
			if err := move(ctx, a.ID, b.ID); err != nil {
				return err
			}
		}
		if err := q.MarkMerged(ctx, a.ID, b.ID, s.now()); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, Happening{What: Joined, Client: from, Into: into}); err != nil {
			return err
		}
		if err := s.search.Delete(ctx, tx, "client", from); err != nil {
			return err
		}
		if err := s.indexParts(ctx, tx, q, into); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, MergedJob, from.String()+" "+into.String())
	})
	if err == nil {
		s.jobs.Wake()
	}
	return err
}

// Absorbed returns the clients that became part of some by merges, in whatever steps.
func (s *Service) Absorbed(ctx context.Context, list []ids.ID) (out []ids.ID, err error) {
	rows, err := store.New(s.db.Reader()).Merges(ctx)
	if err != nil {
		return nil, err
	}
	of := map[ids.ID]bool{}
	for _, id := range list {
		of[id] = true
	}
	for more := true; more; {
		more = false
		for _, r := range rows {
			if id := ids.ID(r.ID); of[ids.ID(r.MergedInto)] && !of[id] {
				of[id], more = true, true
				out = append(out, id)
			}
		}
	}
	return out, nil
}

// Ensure finds the client of each name, by any spelling, and makes those that are not there, marked as made
// by an import. The result has one id per name, in order.
func (s *Service) Ensure(ctx context.Context, names []string, madeBy ids.ID) ([]ids.ID, error) {
	out := make([]ids.ID, len(names))
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		rows, err := q.NameKeys(ctx)
		if err != nil {
			return err
		}
		known := make(map[string]ids.ID, len(rows)+len(names))
		for _, r := range rows {
			known[r.NameKey] = ids.ID(r.ClientID)
		}
		made := 0
		for i, name := range names {
			key := NameKey(name)
			if key == "" {
				continue // the caller's "no client"
			}
			if known[key] == 0 {
				known[key] = s.ids.New()
				d := Details{Name: strings.TrimSpace(name), Status: Active, Since: civil.NoDate}
				if len(d.Name) > maxText {
					d.Name = strings.ToValidUTF8(d.Name[:maxText], "")
				}
				if err := s.insert(ctx, tx, q, known[key], d, madeBy); err != nil {
					return err
				}
				made++
			}
			out[i] = known[key]
		}
		if made == 0 {
			return nil
		}
		return s.access.Record(ctx, tx, "clients.import", madeBy.String(), "")
	})
	return out, err
}

// Forget removes the clients among candidates that an import made and nobody has touched since:
// no notes, sites or people of another source, never edited. It returns those removed.
func (s *Service) Forget(ctx context.Context, madeBy ids.ID, keep func(ids.ID) bool) (removed []ids.ID, err error) {
	inUse := map[ids.ID]bool{}
	for _, fn := range s.busy {
		more, err := fn(ctx)
		if err != nil {
			return nil, err
		}
		maps.Copy(inUse, more)
	}
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		people, err := q.DeletePeopleImportedBy(ctx, int64(madeBy))
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := s.search.Delete(ctx, tx, "person", ids.ID(p)); err != nil {
				return err
			}
		}
		rows, err := q.ImportedBy(ctx, int64(madeBy))
		if err != nil {
			return err
		}
		for _, id := range rows {
			f := Full{}
			row, err := q.ByID(ctx, id)
			if err != nil {
				return err
			}
			f.Client = client(row)
			if err := s.parts(ctx, q, &f); err != nil {
				return err
			}
			if f.Version > 1 || f.Status == Merged || len(f.Sites)+len(f.People)+len(f.Notes) > 0 || keep(f.ID) || inUse[f.ID] {
				continue
			}
			if err := q.DeleteNames(ctx, id); err != nil {
				return err
			}
			if _, err := q.Delete(ctx, id); err != nil {
				return err
			}
			if err := s.search.Delete(ctx, tx, "client", f.ID); err != nil {
				return err
			}
			removed = append(removed, f.ID)
		}
		return nil
	})
	return removed, err
}

func (s *Service) now() int64 { return clock.Micros(s.clock.Now()) }

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject string, fn func(tx *sql.Tx, q *store.Queries) error) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(tx, store.New(tx)); err != nil {
			return err
		}
		return s.access.Record(ctx, tx, action, subject, "")
	})
}

func client(r store.ClientsClient) Client {
	return Client{
		ID: ids.ID(r.ID), MergedInto: ids.ID(r.MergedInto), Version: r.Version,
		Created: clock.FromMicros(r.CreatedAt), Updated: clock.FromMicros(r.UpdatedAt),
		Details: Details{
			Name: r.Name, Status: Status(r.Status), Reference: r.Reference, Email: r.Email, Phone: r.Phone,
			Website: r.Website, Since: civil.Date(r.Since), Tags: unpackTags(r.Tags),
		},
	}
}

// Tags are kept as ",a,b," so that one can be found by its commas.
func packTags(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	return "," + strings.Join(tags, ",") + ","
}

func unpackTags(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

func noClient() error { return fault.NewNotFound("There is no such client.") }

func orNoClient(err error) error { return db.Found(err, "client") }
