// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/billing/store"
	"mainstay/practice/worklog"
)

// Order says what a run is to bill.
type Order struct {
	Day       civil.Date // 0 or NoDate = today
	Issue     bool       // issue at once; else drafts are left to be looked at
	Client    ids.ID     // 0 = all
	Agreement ids.ID     // 0 = all
}

// now reports whether one client or agreement is billed on request: then also what would ride along with its next invoice.
func (o Order) now() bool { return o.Client != 0 || o.Agreement != 0 }

// Run is a run as it stands.
type Run struct {
	ID ids.ID
	Order
	Finished                             bool
	Total, Done, Documents, Held, Failed int
	Author                               string
	Started                              time.Time
	Ended                                time.Time // zero = not yet
	After, ClientAfter                   ids.ID    // the agreement, and then the client, that it has come to
}

// Progress is told how far a run has come.
type Progress func(done, total int)

// batchSize is how many agreements are billed in one transaction: enough to share the cost of a commit and of preparing statements,
// few enough that other writers wait no longer than a sixth of a second.
const batchSize = 500

// Start writes down that a run is to be made and enqueues it; Continue does it.
func (s *Service) Start(ctx context.Context, o Order) (ids.ID, error) { return s.StartOnce(ctx, "", o) }

// ready fills in an order's day, and says what is missing before it can be done.
func (s *Service) ready(ctx context.Context, o Order) (Order, error) {
	if o.Day == 0 || !o.Day.Known() {
		o.Day = s.Today()
	}
	if o.Day > s.Today() {
		return o, fault.NewInvalid("A run cannot be for a day that has not come yet: look at a preview.").On("day")
	}
	firm, err := s.Firm(ctx)
	if err != nil {
		return o, err
	}
	return o, firm.Ready()
}

// startIn writes a run down, and the job that does it.
func (s *Service) startIn(ctx context.Context, tx *sql.Tx, q *store.Queries, id ids.ID, o Order) error {
	total, err := s.p.Agreements.CountDue(ctx, tx, o.filter(0, 0))
	if err != nil {
		return err
	}
	author, name := by(ctx)
	if err := q.InsertRun(ctx, store.InsertRunParams{
		ID: int64(id), Day: int64(o.Day), Issue: flag(o.Issue), ClientID: int64(o.Client), Agreement: int64(o.Agreement), Total: int64(total), AuthorID: int64(author), Author: name, StartedAt: s.now(),
	}); err != nil {
		return err
	}
	return s.p.Jobs.Enqueue(ctx, tx, RunJob, id.String())
}

func (o Order) filter(after ids.ID, limit int) agreements.DueFilter {
	return agreements.DueFilter{Day: o.Day, All: o.now(), Client: o.Client, Agreement: o.Agreement, After: after, Limit: limit}
}

// errMeanwhile says that something changed under a batch; it is done anew.
var errMeanwhile = errors.New("changed meanwhile")

// Continue does what is left of a run. It may be called again after a crash, and by two processes at once: an agreement is billed
// whole in one transaction, and what was billed is not due any more.
func (s *Service) Continue(ctx context.Context, id ids.ID, tell Progress) error {
	b, err := s.book(ctx, true)
	if err != nil {
		return err
	}
	defer s.pace.begin()()
	for {
		var finished bool
		err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			var err error
			finished, err = s.batch(ctx, tx, b, id)
			return err
		})
		if errors.Is(err, errMeanwhile) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return err
		}
		if tell != nil {
			if r, err := s.read().RunOf(ctx, int64(id)); err == nil {
				tell(int(r.Done), int(r.Total))
			}
		}
		if finished {
			s.p.Jobs.Wake()
			return nil
		}
	}
}

// batch bills the next agreements of a run; finished = there was none left.
func (s *Service) batch(ctx context.Context, tx *sql.Tx, b *book, id ids.ID) (finished bool, err error) {
	q := store.New(tx)
	row, err := q.RunOf(ctx, int64(id))
	if err != nil {
		return true, found(err, fault.NewNotFound("There is no such run."))
	}
	run := runOf(row)
	if run.Finished {
		return true, nil
	}
	list, err := s.p.Agreements.Due(ctx, tx, run.filter(run.After, s.p.Batch))
	if err != nil {
		return false, err
	}
	w := biller{s: s, tx: tx, b: b, run: &run, w: s.writer(tx).with(b.rows), chains: map[string]*chained{}, joined: map[ids.ID]bool{}, unpriced: map[ids.ID]string{}}
	defer func() {
		b.rows = w.w.rows
		w.w.close()
	}()
	if len(list) == 0 {
		return w.works(ctx)
	}
	if err := w.all(ctx, list); err != nil {
		return false, err
	}
	n, err := q.AdvanceRun(ctx, store.AdvanceRunParams{
		ID: int64(id), AfterID: int64(run.After), AfterID_2: int64(list[len(list)-1].ID), Done: int64(len(list)), Documents: int64(w.documents), Held: int64(w.held), Failed: int64(w.failed),
	})
	if err == nil && n == 0 {
		err = errMeanwhile // another process did this batch
	}
	return false, err
}

func runOf(r store.BillingRun) Run {
	out := Run{
		ID: ids.ID(r.ID), Order: Order{Day: civil.Date(r.Day), Issue: r.Issue != 0, Client: ids.ID(r.ClientID), Agreement: ids.ID(r.Agreement)}, Finished: r.State != 0, Total: int(r.Total), Done: int(r.Done),
		Documents: int(r.Documents), Held: int(r.Held), Failed: int(r.Failed), Author: r.Author, Started: time.UnixMicro(r.StartedAt).UTC(), After: ids.ID(r.AfterID), ClientAfter: ids.ID(r.ClientAfter),
	}
	if r.FinishedAt != 0 {
		out.Ended = time.UnixMicro(r.FinishedAt).UTC()
	}
	return out
}

// biller bills a batch inside one transaction.
type biller struct {
	s                       *Service
	tx                      *sql.Tx
	b                       *book
	run                     *Run
	w                       *writer
	chains                  map[string]*chained
	order                   []string
	documents, held, failed int
	issued                  []Doc // to be told of
	bills                   []worklog.Bill
	unpriced                map[ids.ID]string // agreements with an allowance of money on which work without a price draws: its name
	joined                  map[ids.ID]bool   // clients whose work is on the invoice of an agreement of this batch
	settled                 []agreements.Settled
}

func (w *biller) all(ctx context.Context, list []*agreements.Agreement) error {
	if err := w.allowances(ctx, list); err != nil {
		return err
	}
	billed, err := spans(ctx, w.tx, list)
	if err != nil {
		return err
	}
	held, err := w.s.holds(ctx, w.tx, w.b.firm.Hold, list)
	if err != nil {
		return err
	}
	for _, a := range list {
		if err := w.one(ctx, a, billed[a.ID], held); err != nil {
			return err
		}
	}
	return w.keep(ctx)
}

// write writes the documents of a batch, notes what was settled by them and tells of those that were issued.
func (w *biller) write(ctx context.Context) error {
	if err := w.w.flush(ctx); err != nil {
		return err
	}
	if len(w.bills) > 0 {
		if err := w.s.p.Work.MarkBilledIn(ctx, w.tx, w.bills); err != nil {
			return err
		}
	}
	ok, err := w.s.p.Agreements.Settle(ctx, w.tx, w.settled)
	if err == nil && !ok {
		err = errMeanwhile
	}
	if err != nil {
		return err
	}
	for _, d := range w.issued {
		if err := w.s.issued(ctx, w.tx, d); err != nil {
			return err
		}
	}
	return nil
}

// keep writes what was gathered, and back where the series stand, and asks for the papers of what was issued.
func (w *biller) keep(ctx context.Context) error {
	if err := w.write(ctx); err != nil {
		return err
	}
	if len(w.order) > 0 && w.s.p.Blobs != nil {
		if err := w.s.p.Jobs.Enqueue(ctx, w.tx, PapersJob, ""); err != nil {
			return err
		}
	}
	for _, code := range w.order {
		if err := w.chains[code].keep(ctx, w.tx); err != nil {
			return err
		}
	}
	return nil
}

// one bills one agreement, or notes why not: then it stays due.
func (w *biller) one(ctx context.Context, a *agreements.Agreement, billed []rating.Span, held holding) error {
	if name := w.unpriced[a.ID]; name != "" {
		w.failed++
		return w.except(ctx, a.ID, "failed", w.b.noPrice(name))
	}
	r, d, err := w.reckon(ctx, a, billed)
	if err == nil && d != nil {
		if why := held.why(w.b, r, d); why != "" && !w.run.now() {
			w.held++
			return w.except(ctx, a.ID, "held", why)
		}
		if err = w.document(ctx, d); err == nil && len(d.bills) > 0 {
			w.joined[a.Client] = true
		}
	}
	if said, ok := errors.AsType[*fault.Error](err); ok && said.Kind == fault.Invalid {
		w.failed++
		return w.except(ctx, a.ID, "failed", said.Text)
	}
	if err != nil {
		return err
	}
	w.settled = append(w.settled, agreements.Settled{Agreement: a, Day: r.Day, Next: r.Next})
	return nil
}

func (w *biller) reckon(ctx context.Context, a *agreements.Agreement, billed []rating.Span) (*Reckoned, *draft, error) {
	r, err := Reckon(a, billed, w.run.Day)
	if err != nil {
		return nil, nil, err
	}
	work, err := w.b.joins(ctx, w.tx, w.run.Order, r, w.joined)
	if err != nil {
		return r, nil, err
	}
	d, err := w.b.compose(ctx, w.tx, r, work)
	return r, d, err
}

func (w *biller) except(ctx context.Context, subject ids.ID, kind, text string) error {
	return store.New(w.tx).PutException(ctx, store.PutExceptionParams{RunID: int64(w.run.ID), SubjectID: int64(subject), Kind: kind, Text: text})
}

// document writes what is due: a draft, or issued at once.
func (w *biller) document(ctx context.Context, d *draft) error {
	if !w.run.Issue {
		_, err := w.w.put(d, w.run.ID, nil)
		if err == nil {
			w.documents++
			w.bills = append(w.bills, d.bills...)
		}
		return err
	}
	c, err := w.chain(ctx, d.doc.Series)
	if err != nil {
		return err
	}
	d.doc.Due = w.b.today.AddDays(d.payDays)
	out, err := w.w.put(d, w.run.ID, c)
	if err != nil {
		return err
	}
	w.documents++
	w.bills = append(w.bills, d.bills...)
	w.issued = append(w.issued, out)
	return nil
}

// issued tells of a document that was issued in tx. A credit note lessens what is open of its invoice.
func (s *Service) issued(ctx context.Context, tx *sql.Tx, d Doc) error {
	if err := s.tell(ctx, tx, Issued, d); err != nil || d.Kind != invoice.CreditNote || d.Of == 0 {
		return err
	}
	if err := s.workAgain(ctx, tx, d.ID); err != nil {
		return err
	}
	of, err := docIn(ctx, tx, d.Of)
	if err != nil {
		return err
	}
	n := min(of.Open, d.Open)
	if n <= 0 {
		return nil
	}
	if err := s.Settle(ctx, tx, Settlement{Invoice: of.ID, Day: d.Issued, Minor: n, Kind: "credit", Ref: d.ID}); err != nil {
		return err
	}
	return s.Settle(ctx, tx, Settlement{Invoice: d.ID, Day: d.Issued, Minor: n, Kind: "credit", Ref: of.ID})
}

// Runs returns the latest runs.
func (s *Service) Runs(ctx context.Context, limit int) ([]Run, error) {
	rows, err := s.read().Runs(ctx, int32(limit))
	out := make([]Run, len(rows))
	for i, r := range rows {
		out[i] = runOf(r)
	}
	return out, err
}

// Open returns the oldest run that is not finished, 0 when there is none.
func (s *Service) Open(ctx context.Context) (ids.ID, error) {
	rows, err := s.read().OpenRuns(ctx)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return ids.ID(rows[0].ID), nil
}

// Run returns a run.
func (s *Service) Run(ctx context.Context, id ids.ID) (Run, error) {
	r, err := s.read().RunOf(ctx, int64(id))
	return runOf(r), found(err, fault.NewNotFound("There is no such run."))
}

// Exception is what a run left out: an agreement, or a client's work.
type Exception struct {
	Subject ids.ID // an agreement, or the client of "work"
	Kind    string // "held", "failed" or "work"
	Text    string
}

// Exceptions returns what a run left out.
func (s *Service) Exceptions(ctx context.Context, run ids.ID) ([]Exception, error) {
	rows, err := s.read().Exceptions(ctx, int64(run))
	out := make([]Exception, len(rows))
	for i, r := range rows {
		out[i] = Exception{ids.ID(r.SubjectID), r.Kind, r.Text}
	}
	return out, err
}
