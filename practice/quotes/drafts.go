// SPDX-License-Identifier: Apache-2.0

package quotes

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/mail"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/quotes/store"
)

// Addressee is whom a quote is for.
type Addressee struct {
	Client ids.ID
	Person ids.ID // one of the client's people, whose name and address are taken over; 0 = as typed
	Name   string
	Email  string
}

// NewQuote begins a quote, from a plan where one is named.
type NewQuote struct {
	Addressee
	Plan    ids.ID // 0 = none
	Typical catalogue.Typical
	Content Content // what is known already; lines of the plan come after its own
}

// ValidFor is how many days a new quote is valid.
const ValidFor = 30

// Create begins a quote and returns its id.
func (s *Service) Create(ctx context.Context, n NewQuote) (ids.ID, error) {
	if err := s.address(ctx, &n.Addressee); err != nil {
		return 0, err
	}
	c := n.Content
	if !c.Valid.Known() || c.Valid == 0 {
		c.Valid = s.Today().AddDays(ValidFor)
	}
	if c.Starts == 0 {
		c.Starts = civil.NoDate
	}
	if n.Plan != 0 {
		if err := s.fromPlan(ctx, &c, n.Plan, n.Typical); err != nil {
			return 0, err
		}
	}
	if err := s.complete(ctx, &c); err != nil {
		return 0, err
	}
	id := s.p.IDs.New()
	body, t, err := packed(&c)
	if err != nil {
		return 0, err
	}
	owner, name := actor(ctx)
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		number, err := q.NextNumber(ctx)
		if err != nil {
			return err
		}
		if err := q.InsertQuote(ctx, store.InsertQuoteParams{
			ID: int64(id), Number: numberOf(number), ClientID: int64(n.Client), PersonID: int64(n.Person), Person: n.Name, Email: n.Email, Title: c.Title, Draft: body, Currency: string(c.Currency),
			MonthMinor: t.Month, OnceMinor: t.Once, Valid: int64(c.Valid), OwnerID: int64(owner), Owner: name, MadeAt: s.now(),
		}); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "quotes.created", id.String(), c.Title)
	})
	return id, err
}

// packed writes a content, with its sums for lists.
func packed(c *Content) (string, Totals, error) {
	t, err := c.Totals(c.Preset())
	if err != nil {
		return "", t, err
	}
	b, err := json.Marshal(c)
	return string(b), t, err
}

// address checks whom a quote is for.
func (s *Service) address(ctx context.Context, a *Addressee) error {
	if a.Client == 0 {
		return fault.NewInvalid("Choose the client.").On("client")
	}
	f, err := s.p.Clients.Get(ctx, access.WholeFirm(), a.Client)
	if fault.Is(err, fault.NotFound) {
		return fault.NewInvalid("Choose the client.").On("client").Because(err)
	}
	if err != nil {
		return err
	}
	if a.Person != 0 {
		person := a.Person
		a.Person = 0
		for _, p := range f.People {
			if p.ID == person {
				a.Person, a.Name, a.Email = p.ID, p.Name, p.Email
			}
		}
		if a.Person == 0 {
			return fault.NewInvalid("This person is not among the client's.").On("person")
		}
	}
	a.Name, a.Email = strings.TrimSpace(a.Name), strings.TrimSpace(a.Email)
	if len(a.Name) > maxName || odd(a.Name) || strings.Contains(a.Name, "\n") {
		return fault.NewInvalid("Please enter a name of at most %d characters.", maxName).On("name")
	}
	if a.Email != "" {
		x, err := mail.ParseAddress(a.Email)
		if err != nil || x.Address != a.Email || len(a.Email) > 254 {
			return fault.NewInvalid("%q is not an e-mail address.", a.Email).On("email")
		}
	}
	return nil
}

// fromPlan adds a plan's lines for a client of a size.
func (s *Service) fromPlan(ctx context.Context, c *Content, plan ids.ID, t catalogue.Typical) error {
	if min(t.People, t.Devices, t.Sites) < 0 || max(t.People, t.Devices, t.Sites) > catalogue.MaxTypical {
		return fault.NewInvalid("Enter whole numbers between 0 and %d.", catalogue.MaxTypical).On("people")
	}
	p, err := s.p.Catalogue.Plan(ctx, plan)
	if err != nil {
		return err
	}
	if c.Title == "" {
		c.Title = p.Name
	}
	if c.Terms == "" {
		c.Terms = p.Scope
	}
	c.Currency, c.Plan = p.Currency, p.ID
	if c.Least.Coef == 0 {
		c.Least = p.Least
	}
	for _, l := range p.Lines {
		n := map[catalogue.Counts]int64{catalogue.People: t.People, catalogue.Devices: t.Devices, catalogue.Sites: t.Sites}
		quantity := l.Quantity
		if of, counted := n[l.Counts]; counted {
			if quantity, err = times(quantity, money.Decimal{Coef: of}); err != nil {
				return err
			}
		}
		if quantity.Coef == 0 {
			continue
		}
		x := Line{Item: l.Item, Optional: l.Optional, Quantity: quantity, Every: catalogue.Monthly}
		if l.Own != nil {
			x.Own = true
			var list *catalogue.Price
			if price, err := s.p.Catalogue.PriceOn(ctx, l.Item, p.Currency, s.Today()); err == nil {
				list = &price
			} else if !fault.Is(err, fault.NotFound) {
				return err
			}
			own := l.PriceIn(list, p.Currency)
			x.Price, x.Every = own.Price, own.Every
		}
		c.Lines = append(c.Lines, x)
	}
	return nil
}

// complete takes items and list prices over from the catalogue, as they are today, and checks the whole.
func (s *Service) complete(ctx context.Context, c *Content) error {
	if c.Currency == "" {
		c.Currency = s.Currency(ctx)
	}
	if !c.Currency.Known() {
		return fault.NewInvalid("%q is not a currency. Enter three letters, such as EUR.", string(c.Currency)).On("currency")
	}
	if len(c.Lines) > MaxLines {
		return fault.NewInvalid("A quote has at most %d lines.", MaxLines).On("lines")
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.Item == 0 {
			l.Own, l.Counts, l.Rule = true, catalogue.Nothing, rating.EachDay
			continue
		}
		it, err := s.p.Catalogue.Item(ctx, l.Item)
		if fault.Is(err, fault.NotFound) {
			return fault.NewInvalid("There is no such item in the catalogue.").On("lines").Because(err)
		}
		if err != nil {
			return err
		}
		if strings.TrimSpace(l.Name) == "" {
			l.Name = it.Name
		}
		if strings.TrimSpace(l.Text) == "" {
			l.Text = it.Description
		}
		l.Code, l.Kind, l.Family, l.Unit, l.Label, l.Tax, l.Account = it.Code, string(it.Kind), string(it.Family), it.Unit, it.UnitLabel, it.Tax, it.Account
		l.Counts, l.Rule, l.Arrears = it.Counts, it.Rule, it.Arrears
		if l.Own {
			continue
		}
		p, err := s.p.Catalogue.PriceOn(ctx, l.Item, c.Currency, s.Today())
		if fault.Is(err, fault.NotFound) {
			return fault.NewInvalid("%s has no list price in %s: enter one.", l.Name, string(c.Currency)).On("lines").Because(err)
		}
		if err != nil {
			return err
		}
		l.Price, l.Every = p.Price, p.Every
	}
	if err := c.clean(); err != nil {
		return err
	}
	for i := range c.Lines {
		if _, err := c.Price(&c.Lines[i]); err != nil {
			return err
		}
	}
	_, err := c.Totals(c.Preset())
	return err
}

// SaveDraft replaces what is being written. version is what the caller has seen.
func (s *Service) SaveDraft(ctx context.Context, id ids.ID, version int64, a Addressee, c Content) error {
	if err := s.address(ctx, &a); err != nil {
		return err
	}
	was, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	c.Plan, c.Origin = was.Content().Plan, was.Content().Origin
	if err := s.complete(ctx, &c); err != nil {
		return err
	}
	body, t, err := packed(&c)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		old, err := q.QuoteByID(ctx, int64(id))
		if err != nil {
			return found(err, noQuote())
		}
		if State(old.State) == Yes {
			return accepted()
		}
		n, err := q.UpdateDraft(ctx, store.UpdateDraftParams{
			ID: int64(id), Version: version, ClientID: int64(a.Client), PersonID: int64(a.Person), Person: a.Name, Email: a.Email, Title: c.Title, Draft: body, Currency: string(c.Currency),
			MonthMinor: t.Month, OnceMinor: t.Once, Valid: int64(c.Valid), ChangedAt: s.now(),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		return s.p.Access.Record(ctx, tx, "quotes.changed", id.String(), c.Title)
	})
}

func accepted() error {
	return fault.NewConflict("The quote is accepted and does not change any more. Begin a new one.")
}

// Revise begins the next version with what was sent last; while it is written, that can still be accepted.
func (s *Service) Revise(ctx context.Context, id ids.ID) error {
	q, err := s.Get(ctx, id)
	if err != nil || q.Draft != nil {
		return err
	}
	if q.State == Yes {
		return accepted()
	}
	c := q.Current().Content
	if c.Valid < s.Today() {
		c.Valid = s.Today().AddDays(ValidFor)
	}
	if c.Starts.Known() && c.Starts < s.Today() {
		c.Starts = civil.NoDate
	}
	return s.SaveDraft(ctx, id, q.Version, Addressee{Client: q.Client, Person: 0, Name: q.Name, Email: q.Email}, c)
}

// Forget deletes a quote with its versions, whatever its state: for the invented firm.
func (s *Service) Forget(ctx context.Context, id ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if _, err := q.QuoteByID(ctx, int64(id)); err != nil {
			return found(err, noQuote())
		}
		if err := q.DeleteSent(ctx, int64(id)); err != nil {
			return err
		}
		if err := q.ForgetQuote(ctx, int64(id)); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "quotes.forgotten", id.String(), "")
	})
}

// Discard deletes a quote that was never sent.
func (s *Service) Discard(ctx context.Context, id ids.ID, version int64) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		old, err := q.QuoteByID(ctx, int64(id))
		if err != nil {
			return found(err, noQuote())
		}
		if old.Revision > 0 {
			return fault.NewConflict("What was sent is kept. Withdraw the quote instead.")
		}
		n, err := q.DeleteQuote(ctx, int64(id), version)
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		return s.p.Access.Record(ctx, tx, "quotes.discarded", id.String(), old.Title)
	})
}
