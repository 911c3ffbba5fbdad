// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements/store"
	"mainstay/practice/billing/rating"
)

// Amendment changes an active agreement from a day on.
type Amendment struct {
	Day     civil.Date
	Kind    string // "amended", or what made it: "signed", "ended", "raised", "renewed"
	Reason  string
	Changes []Change
	Pots    []PotChange
	Grants  []Block // by [Service.BuyBlock]
}

// Change is one change of a line: a new line, or new terms, another quantity or a last day of one that is there.
type Change struct {
	Line     ids.ID         `json:"line,omitempty"`
	New      *NewLine       `json:"new,omitempty"`
	Terms    *rating.Terms  `json:"terms,omitempty"` // From is the amendment's day; cycles are filled in
	Quantity *money.Decimal `json:"quantity,omitempty"`
	Last     *civil.Date    `json:"last,omitempty"` // its last day; NoDate = it goes on
}

// Done is an amendment that was made.
type Done struct {
	Number    int
	Day       civil.Date
	Kind      string
	Reason    string
	Author    string
	Made      time.Time
	Summaries []Summary
}

// Summary is what an amendment did to one line, as data.
type Summary struct {
	Line     string         `json:"line"` // its name
	What     string         `json:"what"` // "added", "price", "quantity", "ended", "resumed"; of allowances "pot", "pot carry", "pot keep", "pot added", "pot ended", "bought"
	Old      *money.Decimal `json:"old,omitempty"`
	New      *money.Decimal `json:"new,omitempty"`
	Day      *civil.Date    `json:"day,omitempty"`
	OldModel rating.Model   `json:"old_model,omitempty"`
	NewModel rating.Model   `json:"new_model,omitempty"`
}

// Amend changes an active agreement that is at a version, and returns the amendment's number.
func (s *Service) Amend(ctx context.Context, id ids.ID, version int64, am Amendment) (number int, err error) {
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		number, err = s.AmendIn(ctx, tx, id, version, am)
		return err
	})
	return number, err
}

// AmendIn is Amend inside a transaction.
func (s *Service) AmendIn(ctx context.Context, tx *sql.Tx, id ids.ID, version int64, am Amendment) (number int, err error) {
	if am.Kind == "" {
		am.Kind = "amended"
	}
	err = s.changeIn(ctx, tx, Altered, "agreements."+am.Kind, id, am.Day.String()+" "+am.Reason, func(tx *sql.Tx, _ *store.Queries) error {
		number, err = s.apply(ctx, tx, id, version, &am)
		return err
	})
	return number, err
}

// apply writes an amendment; who must know is told by its callers.
func (s *Service) apply(ctx context.Context, tx *sql.Tx, id ids.ID, version int64, am *Amendment) (int, error) {
	q := store.New(tx)
	a, err := s.get(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	if err := amendable(a, am); err != nil {
		return 0, err
	}
	if err := s.lock(ctx, q, id, version); err != nil {
		return 0, err
	}
	last, err := q.LastAmendment(ctx, int64(id))
	if err != nil {
		return 0, err
	}
	number := int(last) + 1
	w := amender{s: s, q: q, a: a, am: am, id: s.p.IDs.New(), first: am.Day}
	for i := range am.Changes {
		if err := w.change(ctx, &am.Changes[i]); err != nil {
			return 0, err
		}
	}
	for i := range am.Pots {
		if err := w.pot(ctx, &am.Pots[i]); err != nil {
			return 0, err
		}
	}
	for i := range am.Grants {
		if err := w.grant(ctx, &am.Grants[i]); err != nil {
			return 0, err
		}
	}
	if err := s.putAmendment(ctx, q, id, w.id, number, *am, w.done); err != nil {
		return 0, err
	}
	return number, s.Reopen(ctx, tx, id, w.first, s.dueOf(a.Ends, a.Zone))
}

func amendable(a *Agreement, am *Amendment) error {
	switch {
	case a.State != Active:
		return fault.NewConflict("Only an active agreement is amended; a draft is simply changed.")
	case !am.Day.Known() || !possible(am.Day):
		return fault.NewInvalid("Enter the day from which the change holds.").On("day")
	case am.Day < a.Starts:
		return fault.NewInvalid("The day is before the agreement begins.").On("day")
	case a.Ended(am.Day):
		return fault.NewInvalid("The agreement has ended by then.").On("day")
	case len(am.Changes)+len(am.Pots)+len(am.Grants) == 0:
		return fault.NewInvalid("Nothing is changed.")
	case len(am.Reason) > 2000:
		return fault.NewInvalid("Please enter at most %d characters.", 2000).On("reason")
	}
	seen := map[ids.ID]bool{}
	for _, c := range am.Changes {
		if c.Line != 0 && seen[c.Line] {
			return fault.NewInvalid("Each line is changed once in an amendment.").On("lines")
		}
		seen[c.Line] = true
	}
	return nil
}

// amender writes the changes of one amendment.
type amender struct {
	s     *Service
	q     *store.Queries
	a     *Agreement
	am    *Amendment
	id    ids.ID
	first civil.Date // from which intervals are to be settled anew
	done  []Summary
	added int // new lines so far
}

func (w *amender) change(ctx context.Context, c *Change) error {
	if c.Line == 0 {
		return w.add(ctx, c)
	}
	l := w.a.Line(c.Line)
	if l == nil {
		return fault.NewInvalid("There is no such line in this agreement.").On("lines")
	}
	for _, t := range l.Terms {
		if t.From > w.am.Day && (c.Terms != nil || c.Last != nil && c.Last.Known()) {
			return fault.NewConflict("%[1]s is changed from %[2]s on already. Choose a later day, or change it from that day.", l.Name, t.From).On("day")
		}
	}
	if c.Quantity != nil {
		for _, f := range l.Facts {
			if f.Day > w.am.Day {
				return fault.NewConflict("%[1]s is changed from %[2]s on already. Choose a later day, or change it from that day.", l.Name, f.Day).On("day")
			}
		}
	}
	if c.Last == nil && l.Own.Known() && l.Own < w.am.Day {
		return fault.NewInvalid("%[1]s ended on %[2]s.", l.Name, l.Own).On("day")
	}
	for _, step := range []func(context.Context, *Line, *Change) error{w.terms, w.quantity, w.last} {
		if err := step(ctx, l, c); err != nil {
			return err
		}
	}
	return nil
}

func (w *amender) add(ctx context.Context, c *Change) error {
	if c.New == nil {
		return fault.NewInvalid("Nothing is changed.")
	}
	if len(w.a.Lines)+w.added >= MaxLines {
		return fault.NewInvalid("An agreement has at most %d lines.", MaxLines).On("lines")
	}
	if err := w.s.cleanLine(&w.a.Head, c.New, w.am.Day); err != nil {
		return err
	}
	w.done = append(w.done, Summary{Line: c.New.Name, What: "added", New: &c.New.Terms.Price.Unit, NewModel: c.New.Terms.Price.Model})
	w.added++
	_, err := w.s.putLine(ctx, w.q, w.a.ID, w.id, len(w.a.Lines)+w.added, c.New)
	return err
}

func (w *amender) terms(ctx context.Context, l *Line, c *Change) error {
	if c.Terms == nil {
		return nil
	}
	t := *c.Terms
	t.From = w.am.Day
	if n := len(l.Terms); n > 0 && l.Terms[0].From > t.From {
		return fault.NewInvalid("%[1]s begins on %[2]s only.", l.Name, l.Terms[0].From).On("day")
	}
	if !t.Once && t.Cycle.Every == 0 {
		if old := l.On(w.am.Day); old != nil {
			t.Cycle.Unit, t.Cycle.Every = old.Cycle.Unit, old.Cycle.Every
		}
	}
	complete(&w.a.Head, &t)
	if err := checkTerms(&t); err != nil {
		return err
	}
	sum := Summary{Line: l.Name, What: "price", New: &t.Price.Unit, NewModel: t.Price.Model}
	if old := l.On(w.am.Day); old != nil {
		sum.Old, sum.OldModel = &old.Price.Unit, old.Price.Model
	}
	for _, old := range l.Terms { // also where the line has ended by then: it may go on again
		if old.From == t.From {
			if err := w.q.ReplaceTerms(ctx, int64(old.ID)); err != nil {
				return err
			}
		}
	}
	w.done = append(w.done, sum)
	return w.s.putTerms(ctx, w.q, w.a.ID, l.ID, w.id, &t)
}

func (w *amender) quantity(ctx context.Context, l *Line, c *Change) error {
	if c.Quantity == nil {
		return nil
	}
	if l.Counted != CountedFixed {
		return fault.NewInvalid("The quantity of %s is counted, not agreed.", l.Name).On("lines")
	}
	old, _ := l.Quantity(w.am.Day)
	w.done = append(w.done, Summary{Line: l.Name, What: "quantity", Old: &old, New: c.Quantity})
	return w.s.putFact(ctx, w.q, w.a.ID, l.ID, NewFact{Day: w.am.Day, Quantity: *c.Quantity, Source: "amendment"})
}

func (w *amender) last(ctx context.Context, l *Line, c *Change) error {
	if c.Last == nil {
		return nil
	}
	what := "ended"
	if l.Own.Known() { // the days after it may be billed now
		w.first = min(w.first, l.Own+1)
	}
	switch {
	case !c.Last.Known():
		what = "resumed"
	case !possible(*c.Last):
		return fault.NewInvalid("Enter a day between the years %d and %d.", firstYear, lastYear).On("last")
	case len(l.Terms) > 0 && *c.Last < l.Terms[0].From-1:
		return fault.NewInvalid("The last day is before the first.").On("last")
	default:
		w.first = min(w.first, *c.Last+1)
	}
	w.done = append(w.done, Summary{Line: l.Name, What: what, Day: c.Last})
	return w.q.SetLast(ctx, int64(l.ID), int64(*c.Last))
}

func (s *Service) putAmendment(ctx context.Context, q *store.Queries, agreement, id ids.ID, number int, am Amendment, done []Summary) error {
	changes := ""
	if len(done) > 0 {
		b, err := json.Marshal(done)
		if err != nil {
			return err
		}
		changes = string(b)
	}
	author, name := by(ctx)
	return q.InsertAmendment(ctx, store.InsertAmendmentParams{
		ID: int64(id), AgreementID: int64(agreement), Number: int64(number), Day: int64(am.Day), Kind: am.Kind, Reason: am.Reason, Changes: changes, AuthorID: int64(author), Author: name, MadeAt: s.now(),
	})
}

// Amendments returns what was changed, the latest first.
func (s *Service) Amendments(ctx context.Context, id ids.ID) ([]Done, error) {
	rows, err := s.read().Amendments(ctx, int64(id))
	if err != nil {
		return nil, err
	}
	out := make([]Done, len(rows))
	for i, r := range rows {
		out[i] = Done{Number: int(r.Number), Day: civil.Date(r.Day), Kind: r.Kind, Reason: r.Reason, Author: r.Author, Made: time.UnixMicro(r.MadeAt).UTC()}
		if r.Changes != "" {
			if err := json.Unmarshal([]byte(r.Changes), &out[i].Summaries); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// End gives an active agreement its last day, which is still consumed; NoDate lets it go on.
func (s *Service) End(ctx context.Context, id ids.ID, version int64, last civil.Date, reason string) error {
	return s.change(ctx, Stopped, "agreements.ended", id, last.String()+" "+reason, func(tx *sql.Tx, q *store.Queries) error {
		a, err := s.get(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case a.State != Active:
			return fault.NewConflict("Only an active agreement can be ended.")
		case last.Known() && (last < a.Starts || !possible(last)):
			return fault.NewInvalid("The last day is before the first.").On("last")
		}
		if err := s.lock(ctx, q, id, version); err != nil {
			return err
		}
		if err := q.SetEnds(ctx, int64(id), int64(last)); err != nil {
			return err
		}
		from, kind := last+1, "ended"
		if !last.Known() {
			from, kind = a.Starts, "resumed"
		}
		if a.Ends.Known() {
			from = min(from, a.Ends+1)
		}
		number, err := q.LastAmendment(ctx, int64(id))
		if err != nil {
			return err
		}
		day := last
		if !last.Known() {
			day = s.Today(a.Zone)
		}
		if err := s.putAmendment(ctx, q, id, s.p.IDs.New(), int(number)+1, Amendment{Day: day, Kind: kind, Reason: reason}, nil); err != nil {
			return err
		}
		return s.Reopen(ctx, tx, id, from, max(from, s.Today(a.Zone)))
	})
}
