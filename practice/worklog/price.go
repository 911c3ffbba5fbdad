// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"
	"errors"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/practice/worklog/rates"
	"mainstay/practice/worklog/store"
)

// Covered is what an agreement says of work: what it grants for it, or that it is included.
type Covered struct {
	Coverage  Coverage // Prepaid or Agreement
	Agreement string   // its number
	Name      string   // of the allowance, or of the agreement where the work is simply included
}

// decide says who pays: what was chosen by hand, else what the client's agreement says, else what goes with the kind of work.
func (s *Service) decide(ctx context.Context, q db.Query, d Draft, t Type) (Coverage, Covered, error) {
	if d.Chosen {
		return d.Coverage, Covered{}, nil
	}
	if s.p.Cover != nil && d.Client != 0 && t.Billable { // what is free anyway draws on nothing
		c, ok, err := s.p.Cover(ctx, q, d.Client, d.Type, d.Day)
		if err != nil || ok {
			return c.Coverage, c, err
		}
	}
	if t.Billable {
		return Billable, Covered{}, nil
	}
	return Free, Covered{}, nil
}

// reactive says whether work counts as such in the journey: by its kind, and never on a ticket that was planned.
func reactive(t Type, o Origin) bool { return t.Reactive && o != FromPlan }

// pricer reckons entries within one transaction and reads the cards of a client once.
type pricer struct {
	s     *Service
	tx    *sql.Tx
	q     *store.Queries
	cards map[ids.ID][]rates.Card
	done  map[ids.ID]bool // tickets
}

func (p *pricer) rule(ctx context.Context, r store.WorklogEntry) (rates.Rule, error) {
	client := ids.ID(r.ClientID)
	if _, ok := p.cards[client]; !ok {
		if p.cards == nil {
			p.cards = map[ids.ID][]rates.Card{}
		}
		list, err := cardsFor(ctx, p.q, client)
		if err != nil {
			return rates.Rule{}, err
		}
		p.cards[client] = list
	}
	return alone(rates.Find(p.cards[client], rates.Ask{Client: client, Type: ids.ID(r.TypeID), Person: ids.ID(r.PersonID), Day: civil.Date(r.Day), After: r.AfterHours == 1}), r.TicketID == 0), nil
}

// alone takes the rules of tickets away where there is none.
func alone(r rates.Rule, yes bool) rates.Rule {
	if yes {
		r.MinTicket, r.ByTicket = 0, false
	}
	return r
}

// entry reckons one entry anew, with all of its ticket.
func (p *pricer) entry(ctx context.Context, id ids.ID) error {
	r, err := p.q.EntryByID(ctx, int64(id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	if r.TicketID != 0 {
		return p.ticket(ctx, ids.ID(r.TicketID))
	}
	return p.all(ctx, []store.WorklogEntry{r})
}

// ticket reckons the entries of a ticket anew: its minimum is shared among them. Two who write on one ticket at the same
// time do it one after the other.
func (p *pricer) ticket(ctx context.Context, ticket ids.ID) error {
	if ticket == 0 || p.done[ticket] {
		return nil
	}
	if p.done == nil {
		p.done = map[ids.ID]bool{}
	}
	p.done[ticket] = true
	if p.s.p.DB.Engine == db.Postgres {
		if _, err := p.tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(ticket)); err != nil {
			return err
		}
	}
	rows, err := p.q.EntriesOfTicket(ctx, int64(ticket))
	if err != nil {
		return err
	}
	return p.all(ctx, rows)
}

func (p *pricer) all(ctx context.Context, rows []store.WorklogEntry) error {
	var charged []store.WorklogEntry
	var parts []rates.Part
	for _, r := range rows {
		if r.Minutes < 0 {
			continue // a correction has the price of what it corrects
		}
		if Coverage(r.Coverage) != Billable {
			if err := p.set(ctx, r, Price{Own: int(r.Minutes), Factor: 100, From: civil.NoDate}); err != nil {
				return err
			}
			continue
		}
		rule, err := p.rule(ctx, r)
		if err != nil {
			return err
		}
		charged = append(charged, r)
		parts = append(parts, rates.Part{Minutes: int(r.Minutes), Rule: rule, Billed: int(r.BilledMinutes), Fixed: State(r.State) >= Approved})
	}
	for i, billed := range rates.Spread(parts) {
		rule := parts[i].Rule
		w := Price{Own: rule.Own(parts[i].Minutes), Billed: billed, Found: rule.Found, Rate: rule.Minor, Factor: rule.Factor, Currency: rule.Currency, Card: rule.Name, From: rule.From}
		if rule.Found {
			var err error
			if w.Minor, err = rates.Amount(billed, rule.Minor, rule.Factor); err != nil {
				return err
			}
		} else {
			w.Currency = p.s.Currency(ctx)
		}
		if err := p.set(ctx, charged[i], w); err != nil {
			return err
		}
	}
	return nil
}

// set keeps a price that differs from what is there; what is approved keeps its own.
func (p *pricer) set(ctx context.Context, r store.WorklogEntry, w Price) error {
	if State(r.State) >= Approved || priceOf(r) == w {
		return nil
	}
	return p.q.SetPrice(ctx, store.SetPriceParams{
		ID: r.ID, OwnMinutes: int64(w.Own), BilledMinutes: int64(w.Billed), Rate: w.Rate, Factor: int64(w.Factor), Minor: w.Minor, Currency: string(w.Currency),
		Priced: flag(w.Found), Card: w.Card, CardFrom: int64(w.From),
	})
}

// Quote is what work would come to, for a form that is being filled in; except is the entry that it changes, 0 = a new
// one.
func (s *Service) Quote(ctx context.Context, d Draft, except ids.ID) (Entry, error) {
	if d.Person == 0 || d.Minutes <= 0 || !d.Day.Known() {
		return Entry{}, errNotYet
	}
	t, err := s.onTicket(ctx, &d.Client, d.Ticket, d.Number)
	if err != nil {
		return Entry{}, err
	}
	q := s.read()
	rows, err := q.Types(ctx)
	if err != nil {
		return Entry{}, err
	}
	kind, err := typeIn(typesOf(rows), d.Type)
	if err != nil || d.Client == 0 {
		return Entry{}, errors.Join(errNotYet, err)
	}
	cover, by, err := s.decide(ctx, s.p.DB.Reader(), d, kind)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Person: d.Person, Client: d.Client, Ticket: t, Type: d.Type, Day: d.Day, Starts: d.Starts, Minutes: d.Minutes, After: d.After, Chosen: d.Chosen, Coverage: cover, Covered: by, Price: Price{Own: d.Minutes, Factor: 100, From: civil.NoDate}}
	if e.Coverage != Billable {
		return e, nil
	}
	cards, err := cardsFor(ctx, q, d.Client)
	if err != nil {
		return Entry{}, err
	}
	find := func(kind, person ids.ID, day civil.Date, after bool) rates.Rule {
		return rates.Find(cards, rates.Ask{Client: d.Client, Type: kind, Person: person, Day: day, After: after})
	}
	rule := alone(find(d.Type, d.Person, d.Day, d.After), t.ID == 0)
	var parts []rates.Part
	if t.ID != 0 {
		before, err := q.EntriesOfTicket(ctx, int64(t.ID))
		if err != nil {
			return Entry{}, err
		}
		for _, r := range before {
			if Coverage(r.Coverage) == Billable && r.Minutes > 0 && ids.ID(r.ID) != except {
				parts = append(parts, rates.Part{Minutes: int(r.Minutes), Rule: find(ids.ID(r.TypeID), ids.ID(r.PersonID), civil.Date(r.Day), r.AfterHours == 1), Billed: int(r.BilledMinutes), Fixed: true})
			}
		}
	}
	billed := rates.Spread(append(parts, rates.Part{Minutes: d.Minutes, Rule: rule}))
	e.Price = Price{Own: rule.Own(d.Minutes), Billed: billed[len(billed)-1], Found: rule.Found, Rate: rule.Minor, Factor: rule.Factor, Currency: rule.Currency, Card: rule.Name, From: rule.From}
	if rule.Found {
		e.Price.Minor, err = rates.Amount(e.Price.Billed, rule.Minor, rule.Factor)
	}
	return e, err
}

var errNotYet = errors.New("not enough is said yet")

// NotYet reports whether err of Quote only says that the form is not filled in yet.
func NotYet(err error) bool { return errors.Is(err, errNotYet) }
