// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog/rates"
	"mainstay/practice/worklog/store"
)

// ItemKind is what an item is.
type ItemKind uint8

// The kinds of items.
const (
	Material ItemKind = iota
	Expense
	Mileage
)

var itemWords = []string{"material", "expense", "mileage"}

// ItemKinds lists the kinds.
func ItemKinds() []ItemKind { return []ItemKind{Material, Expense, Mileage} }

// String is the word of the API and of addresses.
func (k ItemKind) String() string { return wordOf(itemWords, k) }

// ParseItemKind is the inverse of String.
func ParseItemKind(s string) (ItemKind, bool) { return parseWord[ItemKind](itemWords, s) }

// ItemDraft is what a person says of an item. A mileage without a price takes that of the rate card.
type ItemDraft struct {
	Kind     ItemKind
	Person   ids.ID // 0 = the actor
	Client   ids.ID
	Ticket   ids.ID // or
	Number   int64  // of the ticket; both 0 = none
	Day      civil.Date
	Note     string
	Quantity money.Decimal
	Price    money.Decimal // of one, in units of the currency
	Priced   bool          // Price was said
	Cost     money.Decimal // what the firm paid for one
	Currency money.Currency
	Free     bool
}

// Item is material, an expense or kilometres: quantity × price, net of tax.
type Item struct {
	ID       ids.ID
	Version  int64
	Kind     ItemKind
	Person   ids.ID
	Name     string // of the person
	Client   ids.ID
	Ticket   TicketRef
	Day      civil.Date
	Note     string
	Quantity money.Decimal
	Price    money.Decimal
	Cost     money.Decimal
	Minor    int64
	Currency money.Currency
	Coverage Coverage
	State    State
	Invoice  string
	Line     string
	Made     time.Time
}

func itemOf(r store.WorklogItem) Item {
	return Item{
		ID: ids.ID(r.ID), Version: r.Version, Kind: ItemKind(r.Kind), Person: ids.ID(r.PersonID), Name: r.Person, Client: ids.ID(r.ClientID),
		Ticket: TicketRef{ID: ids.ID(r.TicketID), Number: r.TicketNumber, Subject: r.Ticket, Client: ids.ID(r.ClientID)}, Day: civil.Date(r.Day), Note: r.Note,
		Quantity: money.Decimal{Coef: r.QuantityCoef, Scale: uint8(r.QuantityScale)}, Price: money.Decimal{Coef: r.PriceCoef, Scale: uint8(r.PriceScale)},
		Cost: money.Decimal{Coef: r.CostCoef, Scale: uint8(r.CostScale)}, Minor: r.Minor, Currency: money.Currency(r.Currency), Coverage: Coverage(r.Coverage),
		State: State(r.State), Invoice: r.Invoice, Line: r.InvoiceLine, Made: clock.FromMicros(r.MadeAt),
	}
}

func itemsOf(rows []store.WorklogItem) []Item {
	out := make([]Item, len(rows))
	for i, r := range rows {
		out[i] = itemOf(r)
	}
	return out
}

// ParseDecimal reads a quantity or price with a point or comma, up to four places. An empty text is 0.
func ParseDecimal(s, field string) (money.Decimal, error) {
	t := strings.ReplaceAll(strings.Join(strings.Fields(s), ""), ",", ".")
	bad := fault.NewInvalid("%q is not a number such as 12.50.", s).On(field)
	whole, part, _ := strings.Cut(t, ".")
	if len(whole) > 9 || len(part) > 4 || t == "." {
		return money.Decimal{}, bad
	}
	d := money.Decimal{Scale: uint8(len(part))}
	for _, c := range whole + part {
		if c < '0' || c > '9' {
			return money.Decimal{}, bad
		}
		d.Coef = d.Coef*10 + int64(c-'0')
	}
	return d, nil
}

func (s *Service) item(ctx context.Context, by Actor, d ItemDraft) (it Item, err error) {
	d.Note = strings.TrimSpace(d.Note)
	if d.Person == 0 {
		d.Person = by.ID
	}
	switch {
	case d.Kind > Mileage:
		return it, fault.NewInvalid("There is no such kind of item.").On("kind")
	case d.Client == 0 && d.Ticket == 0 && d.Number == 0:
		return it, fault.NewInvalid("Choose the client that it is for.").On("client")
	case !d.Day.Known() || !possible(d.Day):
		return it, fault.NewInvalid("Enter the day, between 2000 and 2199.").On("day")
	case d.Note == "" && d.Kind != Mileage:
		return it, fault.NewInvalid("Say what it is: the client reads it.").On("note")
	case len(d.Note) > maxText:
		return it, fault.NewInvalid("This is too long: at most %d characters.", maxText).On("note")
	case d.Quantity.Coef <= 0:
		return it, fault.NewInvalid("Enter a quantity above 0.").On("quantity")
	case d.Price.Coef < 0 || d.Cost.Coef < 0:
		return it, fault.NewInvalid("A price is not below 0.").On("price")
	}
	if err := by.mine(d.Person); err != nil {
		return it, err
	}
	it = Item{Kind: d.Kind, Person: d.Person, Name: by.Name, Day: d.Day, Note: d.Note, Quantity: d.Quantity, Price: d.Price, Cost: d.Cost, Currency: d.Currency, Coverage: Billable}
	if it.Ticket, err = s.onTicket(ctx, &d.Client, d.Ticket, d.Number); err != nil {
		return it, err
	}
	if _, err = s.clientName(ctx, d.Client); err != nil {
		return it, err
	}
	it.Client = d.Client
	if d.Person != by.ID {
		if it.Name, err = s.personName(ctx, d.Person); err != nil {
			return it, err
		}
	}
	if d.Free {
		it.Coverage = Free
	}
	return it, s.priceItem(ctx, &it, d.Priced)
}

// priceItem finds the price of a kilometre and reckons the amount.
func (s *Service) priceItem(ctx context.Context, it *Item, priced bool) error {
	cards, err := cardsFor(ctx, s.read(), it.Client)
	if err != nil {
		return err
	}
	if it.Kind == Mileage && !priced {
		c := rates.Kilometre(cards, it.Client, it.Day)
		if c == nil && it.Coverage == Billable {
			return fault.NewInvalid("No rate card has a price of a kilometre on this day. Enter one, or make it free.").On("price")
		}
		if c != nil {
			it.Price, it.Currency = c.Km, c.Currency
		}
	}
	if it.Currency == "" {
		for _, owner := range []ids.ID{it.Client, 0} {
			if c := rates.Of(cards, owner, it.Day); c != nil && it.Currency == "" {
				it.Currency = c.Currency
			}
		}
	}
	if it.Currency == "" {
		it.Currency = s.Currency(ctx)
	}
	if it.Coverage == Free {
		return nil
	}
	if it.Minor, err = money.Mul(it.Quantity, it.Price, it.Currency.Digits()); err != nil {
		return fault.NewInvalid("The amount is too large.").On("quantity").Because(err)
	}
	return nil
}

// CreateItem writes an item.
func (s *Service) CreateItem(ctx context.Context, by Actor, d ItemDraft) (ids.ID, error) {
	it, err := s.item(ctx, by, d)
	if err != nil {
		return 0, err
	}
	id := s.p.IDs.New()
	return id, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return store.New(tx).InsertItem(ctx, store.InsertItemParams{
			ID: int64(id), Kind: int64(it.Kind), PersonID: int64(it.Person), Person: it.Name, ClientID: int64(it.Client), TicketID: int64(it.Ticket.ID), TicketNumber: it.Ticket.Number, Ticket: it.Ticket.Subject,
			Day: int64(it.Day), Note: it.Note, QuantityCoef: it.Quantity.Coef, QuantityScale: int64(it.Quantity.Scale), PriceCoef: it.Price.Coef, PriceScale: int64(it.Price.Scale),
			CostCoef: it.Cost.Coef, CostScale: int64(it.Cost.Scale), Minor: it.Minor, Currency: string(it.Currency), Coverage: int64(it.Coverage), Unbilled: flag(it.Coverage == Billable), MadeAt: s.now(),
		})
	})
}

// Item returns an item in scope.
func (s *Service) Item(ctx context.Context, scope access.Scope, id ids.ID) (Item, error) {
	r, err := s.read().ItemByID(ctx, int64(id))
	if err != nil || !scope.Covers(ids.ID(r.ClientID)) {
		if err == nil {
			err = sql.ErrNoRows
		}
		return Item{}, found(err, fault.NewNotFound("There is no such item."))
	}
	return itemOf(r), nil
}

// UpdateItem changes an item that is not approved and whose version the caller has seen.
func (s *Service) UpdateItem(ctx context.Context, by Actor, id ids.ID, version int64, d ItemDraft) error {
	old, err := s.Item(ctx, access.WholeFirm(), id)
	if err != nil {
		return err
	}
	if err := mayChange(by, old.Person, old.State); err != nil {
		return err
	}
	d.Person = old.Person
	it, err := s.item(ctx, by, d)
	if err != nil {
		return err
	}
	return s.change(ctx, "worklog.item", id.String(), it.Note, func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.UpdateItem(ctx, store.UpdateItemParams{
			ID: int64(id), Version: version, Kind: int64(it.Kind), ClientID: int64(it.Client), TicketID: int64(it.Ticket.ID), TicketNumber: it.Ticket.Number, Ticket: it.Ticket.Subject,
			Day: int64(it.Day), Note: it.Note, QuantityCoef: it.Quantity.Coef, QuantityScale: int64(it.Quantity.Scale), PriceCoef: it.Price.Coef, PriceScale: int64(it.Price.Scale),
			CostCoef: it.Cost.Coef, CostScale: int64(it.Cost.Scale), Minor: it.Minor, Currency: string(it.Currency), Coverage: int64(it.Coverage), Unbilled: flag(it.Coverage == Billable), ChangedAt: s.now(),
		})
		if err == nil && n == 0 {
			return changedMeanwhile()
		}
		return err
	})
}

// DeleteItem takes an item away that is not approved.
func (s *Service) DeleteItem(ctx context.Context, by Actor, id ids.ID, version int64) error {
	old, err := s.Item(ctx, access.WholeFirm(), id)
	if err != nil {
		return err
	}
	if err := mayChange(by, old.Person, old.State); err != nil {
		return err
	}
	return s.change(ctx, "worklog.item-removed", id.String(), old.Note, func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.DeleteItem(ctx, int64(id), version)
		if err == nil && n == 0 {
			return changedMeanwhile()
		}
		return err
	})
}
