// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog/rates"
	"mainstay/practice/worklog/store"
)

func priceOf(r store.WorklogEntry) Price {
	return Price{
		Own: int(r.OwnMinutes), Billed: int(r.BilledMinutes), Found: r.Priced == 1, Rate: r.Rate, Factor: int(r.Factor), Minor: r.Minor,
		Currency: money.Currency(r.Currency), Card: r.Card, From: civil.Date(r.CardFrom),
	}
}

func entryOf(r store.WorklogEntry) Entry {
	return Entry{
		ID: ids.ID(r.ID), Version: r.Version, Person: ids.ID(r.PersonID), Name: r.Person, Client: ids.ID(r.ClientID),
		Ticket: TicketRef{ids.ID(r.TicketID), r.TicketNumber, r.Ticket, ids.ID(r.ClientID), Origin(r.Origin)}, Type: ids.ID(r.TypeID), Day: civil.Date(r.Day),
		Starts: int(r.Starts), Minutes: int(r.Minutes), After: r.AfterHours == 1, Note: r.Note, Internal: r.Internal, Coverage: Coverage(r.Coverage), Chosen: r.Chosen == 1,
		Reactive: r.Reactive == 1, Price: priceOf(r), State: State(r.State), Invoice: r.Invoice, Line: r.InvoiceLine, Corrects: ids.ID(r.CorrectsID),
		Made: clock.FromMicros(r.MadeAt), Changed: clock.FromMicros(r.ChangedAt),
	}
}

func entriesOf(rows []store.WorklogEntry) []Entry {
	out := make([]Entry, len(rows))
	for i, r := range rows {
		out[i] = entryOf(r)
	}
	return out
}

// Draft returns what a person would have said to make the entry.
func (e Entry) Draft() Draft {
	return Draft{
		Person: e.Person, Client: e.Client, Ticket: e.Ticket.ID, Number: e.Ticket.Number, Type: e.Type, Day: e.Day, Starts: e.Starts, Minutes: e.Minutes, After: e.After,
		Note: e.Note, Internal: e.Internal, Chosen: e.Chosen, Coverage: e.Coverage,
	}
}

// prepared is a draft with what was looked up for it.
type prepared struct {
	Draft
	name   string
	ticket TicketRef
	kind   Type
}

func (s *Service) prepare(ctx context.Context, by Actor, d Draft) (prepared, error) {
	if d.Person == 0 {
		d.Person = by.ID
	}
	p := prepared{name: by.Name}
	if err := d.clean(); err != nil {
		return p, err
	}
	if err := by.mine(d.Person); err != nil {
		return p, err
	}
	var err error
	if p.ticket, err = s.onTicket(ctx, &d.Client, d.Ticket, d.Number); err != nil {
		return p, err
	}
	if _, err = s.clientName(ctx, d.Client); err != nil {
		return p, err
	}
	if d.Person != by.ID {
		if p.name, err = s.personName(ctx, d.Person); err != nil {
			return p, err
		}
	}
	types, err := s.Types(ctx)
	if err != nil {
		return p, err
	}
	p.kind, err = typeIn(types, d.Type)
	p.Draft = d
	return p, err
}

// Create writes an entry. Its coverage and price are decided at once.
func (s *Service) Create(ctx context.Context, by Actor, d Draft) (ids.ID, error) {
	if d.Minutes < 0 {
		return 0, fault.NewInvalid("Enter how long you worked, such as 1:30 or 1.5.").On("time")
	}
	p, err := s.prepare(ctx, by, d)
	if err != nil {
		return 0, err
	}
	var id ids.ID
	return id, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if id, err = s.insert(ctx, tx, p, 0); err != nil {
			return err
		}
		if p.Person != by.ID {
			return s.p.Access.Record(ctx, tx, "worklog.entry-for-other", id.String(), p.name)
		}
		return nil
	})
}

func (s *Service) insert(ctx context.Context, tx *sql.Tx, p prepared, corrects ids.ID) (ids.ID, error) {
	id, q := s.p.IDs.New(), store.New(tx)
	cover, _, err := s.decide(ctx, tx, p.Draft, p.kind)
	if err != nil {
		return 0, err
	}
	err = q.InsertEntry(ctx, store.InsertEntryParams{
		ID: int64(id), PersonID: int64(p.Person), Person: p.name, ClientID: int64(p.Client), TicketID: int64(p.ticket.ID), TicketNumber: p.ticket.Number, Ticket: p.ticket.Subject,
		Origin: int64(p.ticket.Origin), TypeID: int64(p.Type), Day: int64(p.Day), Starts: int64(p.Starts), Minutes: int64(p.Minutes), AfterHours: flag(p.After), Note: p.Note,
		Internal: p.Internal, Coverage: int64(cover), Chosen: flag(p.Chosen), Reactive: flag(reactive(p.kind, p.ticket.Origin)), Unbilled: flag(cover == Billable), CorrectsID: int64(corrects), MadeAt: s.now(),
	})
	if err != nil {
		return 0, err
	}
	if err := (&pricer{s: s, tx: tx, q: q}).entry(ctx, id); err != nil {
		return id, err
	}
	return id, s.tell(ctx, tx, Made, id)
}

// Get returns an entry in scope.
func (s *Service) Get(ctx context.Context, scope access.Scope, id ids.ID) (Entry, error) {
	r, err := s.read().EntryByID(ctx, int64(id))
	if err != nil {
		return Entry{}, found(err, noEntry())
	}
	if !scope.Covers(ids.ID(r.ClientID)) {
		return Entry{}, noEntry()
	}
	return entryOf(r), nil
}

// Update changes an entry that is not approved and whose version the caller has seen. Of one that was submitted only
// somebody who may approve can.
func (s *Service) Update(ctx context.Context, by Actor, id ids.ID, version int64, d Draft) error {
	if d.Minutes < 0 {
		return fault.NewInvalid("Enter how long you worked, such as 1:30 or 1.5.").On("time")
	}
	old, err := s.changeable(ctx, by, id)
	if err != nil {
		return err
	}
	d.Person = old.Person
	p, err := s.prepare(ctx, by, d)
	if err != nil {
		return err
	}
	return s.change(ctx, "worklog.entry", id.String(), "", func(tx *sql.Tx, q *store.Queries) error {
		cover, _, err := s.decide(ctx, tx, p.Draft, p.kind)
		if err != nil {
			return err
		}
		n, err := q.UpdateEntry(ctx, store.UpdateEntryParams{
			ID: int64(id), Version: version, ClientID: int64(p.Client), TicketID: int64(p.ticket.ID), TicketNumber: p.ticket.Number, Ticket: p.ticket.Subject, Origin: int64(p.ticket.Origin),
			TypeID: int64(p.Type), Day: int64(p.Day), Starts: int64(p.Starts), Minutes: int64(p.Minutes), AfterHours: flag(p.After), Note: p.Note, Internal: p.Internal,
			Coverage: int64(cover), Chosen: flag(p.Chosen), Reactive: flag(reactive(p.kind, p.ticket.Origin)), Unbilled: flag(cover == Billable), ChangedAt: s.now(),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		w := &pricer{s: s, tx: tx, q: q}
		if err := w.entry(ctx, id); err != nil {
			return err
		}
		if err := w.ticket(ctx, old.Ticket.ID); err != nil { // the one that it has left
			return err
		}
		return s.tell(ctx, tx, Altered, id)
	})
}

// Delete takes an entry away that is not approved.
func (s *Service) Delete(ctx context.Context, by Actor, id ids.ID, version int64) error {
	old, err := s.changeable(ctx, by, id)
	if err != nil {
		return err
	}
	return s.change(ctx, "worklog.entry-removed", id.String(), old.Day.String()+" "+Clock(old.Minutes), func(tx *sql.Tx, q *store.Queries) error {
		n, err := q.DeleteEntry(ctx, int64(id), version)
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		if err := (&pricer{s: s, tx: tx, q: q}).ticket(ctx, old.Ticket.ID); err != nil {
			return err
		}
		return s.tellOf(ctx, tx, Removed, old)
	})
}

func (s *Service) changeable(ctx context.Context, by Actor, id ids.ID) (Entry, error) {
	e, err := s.Get(ctx, access.WholeFirm(), id)
	if err != nil {
		return e, err
	}
	return e, mayChange(by, e.Person, e.State)
}

func mayChange(by Actor, person ids.ID, state State) error {
	switch {
	case state >= Approved:
		return closed()
	case state == Submitted && !by.Others:
		return fault.NewConflict("This week is submitted. Ask for it to be sent back, and change it then.")
	}
	return by.mine(person)
}

// Correct takes minutes off a billed entry by a new one, at the price that was charged. The billed one stays as it is.
func (s *Service) Correct(ctx context.Context, by Actor, id ids.ID, minutes int, note string) (ids.ID, error) {
	old, err := s.Get(ctx, access.WholeFirm(), id)
	if err != nil {
		return 0, err
	}
	switch {
	case old.State != Billed || old.Minutes < 0:
		return 0, fault.NewConflict("Only what is billed is corrected by another entry. Change this one instead.")
	case minutes <= 0 || minutes > old.Price.Billed:
		return 0, fault.NewInvalid("Enter how much to take off, at most %s h.", Clock(old.Price.Billed)).On("time")
	}
	d := old.Draft()
	d.Day, d.Starts, d.Minutes, d.Note, d.Chosen, d.Coverage = s.Today(), NoStart, -minutes, note, true, Billable
	d.Ticket, d.Number = 0, 0 // as it was, without asking the desk
	p, err := s.prepare(ctx, by, d)
	if err != nil {
		return 0, err
	}
	p.ticket = old.Ticket
	minor, err := rates.Amount(minutes, old.Price.Rate, old.Price.Factor)
	if err != nil {
		return 0, err
	}
	var made ids.ID
	return made, s.change(ctx, "worklog.correction", id.String(), Clock(minutes), func(tx *sql.Tx, q *store.Queries) error {
		taken, err := correctedMinutes(ctx, tx, id)
		if err != nil {
			return err
		}
		if taken+int64(minutes) > int64(old.Price.Billed) {
			return fault.NewInvalid("Enter how much to take off, at most %s h.", Clock(old.Price.Billed-int(taken))).On("time")
		}
		if made, err = s.insert(ctx, tx, p, id); err != nil {
			return err
		}
		return q.SetPrice(ctx, store.SetPriceParams{
			ID: int64(made), OwnMinutes: int64(-minutes), BilledMinutes: int64(-minutes), Rate: old.Price.Rate, Factor: int64(old.Price.Factor), Minor: -minor,
			Currency: string(old.Price.Currency), Priced: flag(old.Price.Found), Card: old.Price.Card, CardFrom: int64(old.Price.From),
		})
	})
}

// correctedMinutes is what the corrections of an entry have taken off already.
func correctedMinutes(ctx context.Context, tx *sql.Tx, id ids.ID) (n int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT CAST(coalesce(-sum(minutes), 0) AS BIGINT) FROM worklog_entries WHERE corrects_id = $1 AND corrects_id <> 0`, int64(id)).Scan(&n)
	return n, err
}

// Bill is where an approved entry or item was billed.
type Bill struct {
	ID            ids.ID
	Item          bool // an item, not time
	Invoice, Line string
}

// MarkBilled notes for each where it was billed: all of them or none. To say the same again changes nothing; what is billed
// elsewhere, not approved or free is a Conflict.
func (s *Service) MarkBilled(ctx context.Context, list []Bill) error {
	return s.change(ctx, "worklog.billed", "", "", func(tx *sql.Tx, q *store.Queries) error { return s.markBilled(ctx, tx, q, list) })
}

func (s *Service) markBilled(ctx context.Context, tx *sql.Tx, q *store.Queries, list []Bill) error {
	for _, b := range list {
		if b.Invoice == "" || b.Line == "" {
			return fault.NewInvalid("What is billed names its invoice and line.")
		}
		var n int64
		var err error
		invoice, line := "", ""
		if b.Item {
			if n, err = q.BillItem(ctx, store.BillItemParams{ID: int64(b.ID), Invoice: b.Invoice, InvoiceLine: b.Line, ChangedAt: s.now()}); err == nil && n == 0 {
				var r store.WorklogItem
				r, err = q.ItemByID(ctx, int64(b.ID))
				invoice, line = r.Invoice, r.InvoiceLine
			}
		} else {
			if n, err = q.BillEntry(ctx, store.BillEntryParams{ID: int64(b.ID), Invoice: b.Invoice, InvoiceLine: b.Line, ChangedAt: s.now()}); err == nil && n == 0 {
				var r store.WorklogEntry
				r, err = q.EntryByID(ctx, int64(b.ID))
				invoice, line = r.Invoice, r.InvoiceLine
			}
		}
		if err != nil {
			return found(err, noEntry())
		}
		if n == 0 && (invoice != b.Invoice || line != b.Line) {
			return fault.NewConflict("Something of this is free, not approved yet, or billed already.")
		}
		if n > 0 && !b.Item {
			if err := s.tell(ctx, tx, Altered, b.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
