// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"

	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/tabular"
	"mainstay/practice/books/store"
	"mainstay/practice/clients"
)

// Result is what taking a file over did.
type Result struct {
	Import  ids.ID
	Report  *Report
	Added   int64 // rows that were new
	Known   int64 // rows that the books had already
	Already bool  // the same file was taken over before; nothing changed
}

// Commit takes an uploaded file over: all of it or, on any error, nothing. Rows that
// the books have already are counted, not doubled. Mappings in the choices are remembered.
func (s *Service) Commit(ctx context.Context, id ids.ID, c Choices, p Progress) (Result, error) {
	i, err := s.Get(ctx, id)
	if err != nil {
		return Result{}, err
	}
	if i.State != Uploaded {
		return Result{}, notUploaded(i.State)
	}
	if r, done, err := s.alreadyThere(ctx, i.Ref, c); done || err != nil {
		if err == nil {
			err = s.Discard(ctx, id)
		}
		return r, err
	}
	f, closer, err := s.open(i, p)
	if err != nil {
		return Result{}, err
	}
	defer closer.Close()
	return s.take(ctx, id, f, c)
}

// alreadyThere finds an earlier import of the same bytes. With other choices than that one they would be
// other rows, hence doubled ones; another provider is the exception.
func (s *Service) alreadyThere(ctx context.Context, ref blob.Ref, c Choices) (r Result, done bool, err error) {
	q := store.New(s.p.DB.Reader())
	id, err := q.CommittedByRef(ctx, string(ref))
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	before, err := s.Get(ctx, ids.ID(id))
	if err != nil {
		return r, false, err
	}
	if before.Choices.Provider != c.Provider {
		return r, false, nil
	}
	same, err := s.sameChoices(ctx, &before, c)
	if err != nil {
		return r, false, err
	}
	if !same {
		return r, true, fault.NewConflict("This file was taken over before with other choices. Undo that import first; nothing was changed.")
	}
	return Result{Import: before.ID, Report: before.Report, Known: before.Added + before.Known, Already: true}, true, nil
}

// sameChoices reports whether the file would be read as it was: it matters what each table was and would be
// mapped by, not whether that was chosen for this file, remembered or recognised.
func (s *Service) sameChoices(ctx context.Context, before *Import, c Choices) (bool, error) {
	a, b := before.Choices, c
	a.Mappings, b.Mappings = nil, nil
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	if err := errors.Join(errX, errY); err != nil || string(x) != string(y) || before.Report == nil {
		return false, err
	}
	known, err := s.Mappings(ctx)
	if err != nil {
		return false, err
	}
	tables := map[string]bool{}
	for i := range before.Report.Tables {
		t := &before.Report.Tables[i]
		tables[t.Signature] = true
		now := c.Mappings[t.Signature]
		if now == nil {
			now = known[t.Signature]
		}
		switch {
		case t.Mapping == nil:
		case now == nil && t.Remembered, now != nil && !now.same(t.Mapping):
			return false, nil
		}
	}
	for sig := range c.Mappings {
		if !tables[sig] {
			return false, nil // of a table, or of a row of names, that was not gone by
		}
	}
	return true, nil
}

// same reports whether two mappings read a table alike.
func (m *Mapping) same(o *Mapping) bool {
	return m.Kind == o.Kind && m.DayOrder == o.DayOrder && m.Decimal == o.Decimal && m.Currency == o.Currency && m.Client == o.Client &&
		maps.Equal(m.Columns, o.Columns) && maps.Equal(m.Origins, o.Origins) && maps.Equal(m.Works, o.Works)
}

// take goes over the rows twice: first to see that all of it can be read and which clients it names,
// then into the tables in one transaction.
func (s *Service) take(ctx context.Context, id ids.ID, f *tabular.File, c Choices) (r Result, err error) {
	r.Import = id
	opt, err := s.options(ctx, c)
	if err != nil {
		return r, err
	}
	reader := newFileReader(ctx, opt)
	seen := newNameSink(f.Size)
	if r.Report, err = reader.run(seen, f); err != nil {
		return r, err
	}
	if err := s.setState(ctx, id, Uploaded, Committing); err != nil {
		return r, err
	}
	defer func() {
		if err != nil {
			// The caller may have gone; what was begun is taken back all the same.
			err = errors.Join(err, s.takeBack(context.WithoutCancel(ctx), id))
		}
	}()
	known, err := s.clientIDs(ctx, seen, id)
	if err != nil {
		return r, err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		w := newRowSink(ctx, tx, s, id, known)
		rep, err := seen.second(reader, w, f)
		if err != nil {
			return err
		}
		r.Report, r.Added, r.Known = rep, w.added, w.known
		if r.Added > 0 {
			if err := s.toIndex(ctx, tx, seen.clientsIn(known)); err != nil {
				return err
			}
		}
		return s.finishCommit(ctx, tx, &r, f.Name, c)
	})
	if err == nil {
		s.p.Jobs.Wake()
	}
	return r, err
}

func (s *Service) setState(ctx context.Context, id ids.ID, from, to State) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n, err := store.New(tx).SetState(ctx, string(to), int64(id), string(from))
		if err == nil && n == 0 {
			err = fault.NewBusy("This file is being worked on elsewhere. Look again in a moment.")
		}
		return err
	})
}

// takeBack undoes what precedes the transaction of the rows: the clients made for them.
func (s *Service) takeBack(ctx context.Context, id ids.ID) error {
	if _, err := s.p.Clients.Forget(ctx, id, func(ids.ID) bool { return false }); err != nil {
		return err
	}
	return s.setState(ctx, id, Committing, Uploaded)
}

// Recover takes back imports that a dying process left half way: call it at start, before the first
// request. No row of theirs is in the books, since those come in one transaction.
func (s *Service) Recover(ctx context.Context) error {
	rows, err := store.New(s.p.DB.Reader()).ImportsInState(ctx, string(Committing))
	for _, r := range rows {
		err = errors.Join(err, s.takeBack(ctx, ids.ID(r.ID)))
	}
	if err != nil {
		return err
	}
	return s.dropLost(ctx)
}

// dropLost removes the entries of files that are not there any more: those that the command line was
// taking over, of which nothing is kept.
func (s *Service) dropLost(ctx context.Context) error {
	rows, err := store.New(s.p.DB.Reader()).ImportsInState(ctx, string(Uploaded))
	if err != nil {
		return err
	}
	for _, r := range rows {
		f, err := s.p.Blobs.Open(blob.Ref(r.Ref))
		if err == nil {
			err = f.Close()
		} else if fault.Is(err, fault.NotFound) {
			err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
				_, err := store.New(tx).DeleteImport(ctx, r.ID)
				return err
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) finishCommit(ctx context.Context, tx *sql.Tx, r *Result, file string, c Choices) error {
	q := store.New(tx)
	report, err := json.Marshal(r.Report)
	if err != nil {
		return err
	}
	choices, err := json.Marshal(c)
	if err != nil {
		return err
	}
	n, err := q.Committed(ctx, store.CommittedParams{
		ID: int64(r.Import), Report: string(report), Choices: string(choices), Added: r.Added, Known: r.Known, CommittedAt: s.now(),
	})
	if err != nil {
		return err
	}
	if n == 0 { // a server that started meanwhile has taken it back
		return fault.NewConflict("The server was started while this file was taken over, and took it back. Nothing was changed; import it again.")
	}
	for sig, m := range c.Mappings {
		b, err := json.Marshal(m)
		if err != nil {
			return err
		}
		if err := q.PutMapping(ctx, sig, string(b), s.now()); err != nil {
			return err
		}
	}
	if err := s.p.Jobs.Enqueue(ctx, tx, ChangedJob, "import"); err != nil {
		return err
	}
	return s.p.Access.Record(ctx, tx, "books.import", r.Import.String(), file)
}

// clientIDs finds or makes the client of every name in the file.
func (s *Service) clientIDs(ctx context.Context, seen *nameSink, id ids.ID) (map[string]int64, error) {
	known, err := s.knownClients(ctx)
	if err != nil {
		return nil, err
	}
	var keys, names []string
	for key, name := range seen.names {
		if _, ok := known[key]; !ok {
			keys, names = append(keys, key), append(names, name)
		}
	}
	if len(names) > 0 {
		made, err := s.p.Clients.Ensure(ctx, names, id)
		if err != nil {
			return nil, err
		}
		for i, key := range keys {
			known[key] = int64(made[i])
		}
	}
	fill := make([]clients.Imported, 0, len(seen.clients)+len(seen.people))
	for _, x := range append(seen.clients, seen.people...) {
		if x.Client = ids.ID(known[ClientKey(x.Name)]); x.Client != 0 {
			fill = append(fill, x)
		}
	}
	if len(fill) > 0 {
		err = s.p.Clients.FillIn(ctx, fill, id)
	}
	return known, err
}

// nameSink collects what has to be in place before rows can be written.
type nameSink struct {
	discard
	names   map[string]string   // key → best spelling
	seen    map[string]struct{} // spellings, bounded
	last    []byte
	clients []clients.Imported
	people  []clients.Imported
	spool   lineSpool
}

// newNameSink returns the sink for a file of so many bytes.
func newNameSink(size int64) *nameSink {
	return &nameSink{names: map[string]string{}, seen: map[string]struct{}{}, spool: lineSpool{large: size > 2*spoolLimit}}
}

// clientsIn are the ids of the clients that the file names, with 0 for rows that name none.
func (n *nameSink) clientsIn(known map[string]int64) []int64 {
	out := []int64{0}
	for key := range n.names {
		out = append(out, known[key])
	}
	return out
}

func (n *nameSink) name(raw []byte) {
	if string(raw) == string(n.last) {
		return
	}
	n.last = append(n.last[:0], raw...)
	if _, ok := n.seen[string(raw)]; ok || len(raw) == 0 {
		return
	}
	if len(n.seen) >= 1<<17 {
		clear(n.seen)
	}
	n.seen[string(raw)] = struct{}{}
	if key := ClientKey(string(raw)); key != "" {
		if old, ok := n.names[key]; !ok || better(string(raw), old) {
			n.names[key] = string(raw)
		}
	}
}

func (n *nameSink) Begin(string) error {
	n.names, n.seen, n.last, n.clients, n.people = map[string]string{}, map[string]struct{}{}, nil, nil, nil
	n.spool.begin()
	return nil
}
func (n *nameSink) Table(s Source) error          { n.spool.table(s); return nil }
func (n *nameSink) Line(r *LineRow) error         { n.name(r.Client); n.spool.add(r); return nil }
func (n *nameSink) Template(r *TemplateRow) error { n.name(r.Client); return nil }
func (n *nameSink) Ticket(r *TicketRow) error     { n.name(r.Client); return nil }
func (n *nameSink) Hours(r *HoursRow) error       { n.name(r.Client); return nil }
func (n *nameSink) Asset(r *AssetRow) error       { n.name(r.Client); return nil }

func (n *nameSink) Client(r *ClientRow) error {
	n.name(r.Name)
	n.clients = append(n.clients, clients.Imported{Name: string(r.Name), Email: string(r.Email), Phone: string(r.Phone), Website: string(r.Website)})
	return nil
}

func (n *nameSink) Person(r *PersonRow) error {
	n.name(r.Client)
	if len(r.Client) > 0 {
		n.people = append(n.people, clients.Imported{Name: string(r.Client), Person: string(r.Name), Title: string(r.Title), Email: string(r.Email), Phone: string(r.Phone)})
	}
	return nil
}
