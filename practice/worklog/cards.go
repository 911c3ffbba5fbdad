// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog/rates"
	"mainstay/practice/worklog/store"
)

// Card is a rate card with its version.
type Card struct {
	rates.Card
	Version int64
}

// Cards lists all cards: the firm's first, each client's from the newest.
func (s *Service) Cards(ctx context.Context) ([]Card, error) {
	q := s.read()
	rows, err := q.Cards(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Card, len(rows))
	for i, r := range rows {
		if out[i], err = cardOf(ctx, q, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Card returns one card.
func (s *Service) Card(ctx context.Context, id ids.ID) (Card, error) {
	r, err := s.read().CardByID(ctx, int64(id))
	if err != nil {
		return Card{}, found(err, fault.NewNotFound("There is no such rate card."))
	}
	return cardOf(ctx, s.read(), r)
}

func cardOf(ctx context.Context, q *store.Queries, r store.WorklogCard) (Card, error) {
	c := Card{rates.Card{
		ID: ids.ID(r.ID), Client: ids.ID(r.ClientID), From: civil.Date(r.Starts), Name: r.Name, Currency: money.Currency(r.Currency), Minor: r.Minor,
		Step: int(r.Step), MinEntry: int(r.MinEntry), MinTicket: int(r.MinTicket), ByTicket: int(r.ByTicket), Factor: int(r.Factor),
		Km: money.Decimal{Coef: r.KmCoef, Scale: uint8(r.KmScale)},
	}, r.Version}
	prices, err := q.PricesOf(ctx, r.ID)
	for _, p := range prices {
		c.Prices = append(c.Prices, rates.Price{Type: ids.ID(p.TypeID), Person: ids.ID(p.PersonID), Minor: p.Minor})
	}
	return c, err
}

// cardsFor reads the cards that can hold for a client: its own and the firm's.
func cardsFor(ctx context.Context, q *store.Queries, client ids.ID) ([]rates.Card, error) {
	rows, err := q.CardsFor(ctx, int64(client))
	if err != nil {
		return nil, err
	}
	out := make([]rates.Card, len(rows))
	for i, r := range rows {
		c, err := cardOf(ctx, q, r)
		if err != nil {
			return nil, err
		}
		out[i] = c.Card
	}
	return out, nil
}

// clean says in words what is wrong with a card.
func clean(c *rates.Card) error {
	c.Name = strings.TrimSpace(c.Name)
	minutes := func(n int, field string) error {
		if n < rates.Unset || n > dayLong {
			return fault.NewInvalid("Enter minutes between 0 and %d.", dayLong).On(field)
		}
		return nil
	}
	for _, x := range []struct {
		n     int
		field string
	}{{c.Step, "step"}, {c.MinEntry, "min-entry"}, {c.MinTicket, "min-ticket"}} {
		if err := minutes(x.n, x.field); err != nil {
			return err
		}
	}
	switch {
	case c.Name == "" || len(c.Name) > maxName:
		return fault.NewInvalid("Please enter a name of at most %d characters.", maxName).On("name")
	case !c.From.Known() || !possible(c.From):
		return fault.NewInvalid("Enter the day from which the card holds.").On("from")
	case len(c.Currency) != 3:
		return fault.NewInvalid("Enter the currency as three letters, such as EUR.").On("currency")
	case c.Minor < rates.Unset || c.Minor > rates.MaxPrice:
		return fault.NewInvalid("This price cannot be reckoned with.").On("price")
	case c.Client == 0 && c.Minor == rates.Unset:
		return fault.NewInvalid("The firm's card needs a price of an hour.").On("price")
	case c.Factor < rates.Unset || c.Factor > rates.MaxFactor:
		return fault.NewInvalid("Enter a percentage between 0 and %d.", rates.MaxFactor).On("factor")
	case c.Km.Coef < rates.Unset || c.Km.Coef > rates.MaxPrice || c.Km.Scale > money.MaxScale:
		return fault.NewInvalid("This price cannot be reckoned with.").On("km")
	case c.ByTicket < rates.Unset || c.ByTicket > 1:
		return fault.NewInvalid("Time is rounded by entry or by ticket.").On("by-ticket")
	}
	seen := map[[2]ids.ID]bool{}
	for _, p := range c.Prices {
		switch {
		case p.Minor < 0 || p.Minor > rates.MaxPrice:
			return fault.NewInvalid("This price cannot be reckoned with.").On("prices")
		case p.Type == 0 && p.Person == 0:
			return fault.NewInvalid("A price that differs names a kind of work or a person.").On("prices")
		case seen[[2]ids.ID{p.Type, p.Person}]:
			return fault.NewInvalid("Two prices stand for the same kind of work and person.").On("prices")
		}
		seen[[2]ids.ID{p.Type, p.Person}] = true
	}
	return nil
}

// SaveCard adds a card, or changes the one whose ID is set and whose version the caller has seen. Entries from its first day
// on that are not approved are reckoned anew by a job.
func (s *Service) SaveCard(ctx context.Context, c Card) (ids.ID, error) {
	if err := clean(&c.Card); err != nil {
		return 0, err
	}
	if c.Client != 0 {
		if _, err := s.clientName(ctx, c.Client); err != nil {
			return 0, err
		}
	}
	id := c.ID
	if id == 0 {
		id = s.p.IDs.New()
	}
	err := s.change(ctx, "worklog.card", id.String(), c.Name+" "+c.From.String(), func(tx *sql.Tx, q *store.Queries) error {
		first := c.From
		if c.ID != 0 {
			old, err := q.CardByID(ctx, int64(id))
			if err != nil {
				return found(err, fault.NewNotFound("There is no such rate card."))
			}
			first = min(first, civil.Date(old.Starts))
		}
		if err := s.putCard(ctx, q, id, c); err != nil {
			return err
		}
		return s.p.Jobs.Enqueue(ctx, tx, RepriceJob, strconv.Itoa(int(first)))
	})
	if db.IsUnique(err) {
		return 0, fault.NewConflict("There is a card that begins on this day already. Change that one, or choose another day.").On("from").Because(err)
	}
	if err == nil {
		s.p.Jobs.Wake()
	}
	return id, err
}

func (s *Service) putCard(ctx context.Context, q *store.Queries, id ids.ID, c Card) error {
	if c.ID == 0 {
		err := q.InsertCard(ctx, store.InsertCardParams{
			ID: int64(id), ClientID: int64(c.Client), Starts: int64(c.From), Name: c.Name, Currency: string(c.Currency), Minor: c.Minor, Step: int64(c.Step), MinEntry: int64(c.MinEntry),
			MinTicket: int64(c.MinTicket), ByTicket: int64(c.ByTicket), Factor: int64(c.Factor), KmCoef: c.Km.Coef, KmScale: int64(c.Km.Scale), ChangedAt: s.now(),
		})
		if err != nil {
			return err
		}
	} else {
		n, err := q.UpdateCard(ctx, store.UpdateCardParams{
			ID: int64(id), Version: c.Version, ClientID: int64(c.Client), Starts: int64(c.From), Name: c.Name, Currency: string(c.Currency), Minor: c.Minor, Step: int64(c.Step), MinEntry: int64(c.MinEntry),
			MinTicket: int64(c.MinTicket), ByTicket: int64(c.ByTicket), Factor: int64(c.Factor), KmCoef: c.Km.Coef, KmScale: int64(c.Km.Scale), ChangedAt: s.now(),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		if err := q.DeletePrices(ctx, int64(id)); err != nil {
			return err
		}
	}
	for _, p := range c.Prices {
		if err := q.InsertPrice(ctx, store.InsertPriceParams{CardID: int64(id), TypeID: int64(p.Type), PersonID: int64(p.Person), Minor: p.Minor}); err != nil {
			return err
		}
	}
	return nil
}

// DeleteCard takes a card away; what is approved keeps its price.
func (s *Service) DeleteCard(ctx context.Context, id ids.ID) error {
	err := s.change(ctx, "worklog.card-removed", id.String(), "", func(tx *sql.Tx, q *store.Queries) error {
		old, err := q.CardByID(ctx, int64(id))
		if err != nil {
			return found(err, fault.NewNotFound("There is no such rate card."))
		}
		if err := q.DeletePrices(ctx, int64(id)); err != nil {
			return err
		}
		if _, err := q.DeleteCard(ctx, int64(id)); err != nil {
			return err
		}
		return s.p.Jobs.Enqueue(ctx, tx, RepriceJob, strconv.FormatInt(old.Starts, 10))
	})
	if err == nil {
		s.p.Jobs.Wake()
	}
	return err
}

// reprice reckons the entries that are not approved yet anew, from a day on.
func (s *Service) reprice(ctx context.Context, arg string) error {
	first, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return err
	}
	for after := int64(0); ; {
		list, err := s.read().ToReprice(ctx, first, after)
		if err != nil || len(list) == 0 {
			return err
		}
		err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			p := &pricer{s: s, tx: tx, q: store.New(tx)}
			for _, id := range list {
				if err := p.entry(ctx, ids.ID(id)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		after = list[len(list)-1]
	}
}
