// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue/store"
)

// Limits of plans.
const (
	MaxPlans = 50
	MaxLines = 100
	MaxTier  = 20
)

// Plan is a bundle that clients can choose.
type Plan struct {
	ID        ids.ID
	Version   int64
	Name      string
	Tier      int    // its place among the plans, from 1
	Scope     string // what is in and what is not, for clients
	Currency  money.Currency
	Least     money.Decimal // a month costs at least this; 0 = no minimum
	Suggested bool
	Archived  bool
	Lines     []Line
	Made      time.Time
	Changed   time.Time
}

// Line is one item of a plan.
type Line struct {
	Item     ids.ID
	Optional bool
	Counts   Counts         // what the quantity follows from, times Quantity; of Nothing and Licences it is Quantity itself
	Quantity money.Decimal  // above 0
	Own      *money.Decimal // price of one, in the plan's currency, instead of the catalogue's
}

// Plans returns the plans by tier, without those that are archived unless all are asked for.
func (s *Service) Plans(ctx context.Context, all bool) ([]Plan, error) {
	rows, err := s.read().Plans(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := s.read().AllLines(ctx)
	if err != nil {
		return nil, err
	}
	of := map[int64][]store.CatalogueLine{}
	for _, l := range lines {
		of[l.PlanID] = append(of[l.PlanID], l)
	}
	out := []Plan{}
	for _, r := range rows {
		if all || r.Archived == 0 {
			out = append(out, planOf(r, of[r.ID]))
		}
	}
	return out, nil
}

// Plan returns one plan.
func (s *Service) Plan(ctx context.Context, id ids.ID) (Plan, error) {
	r, err := s.read().PlanByID(ctx, int64(id))
	if err != nil {
		return Plan{}, found(err, noPlan())
	}
	lines, err := s.read().LinesOf(ctx, r.ID)
	return planOf(r, lines), err
}

func planOf(r store.CataloguePlan, lines []store.CatalogueLine) Plan {
	p := Plan{
		ID: ids.ID(r.ID), Version: r.Version, Name: r.Name, Tier: int(r.Tier), Scope: r.Scope, Currency: money.Currency(r.Currency), Least: decimal(r.LeastCoef, r.LeastScale),
		Suggested: r.Suggested != 0, Archived: r.Archived != 0, Made: clock.FromMicros(r.MadeAt), Changed: clock.FromMicros(r.ChangedAt), Lines: make([]Line, len(lines)),
	}
	for i, l := range lines {
		p.Lines[i] = Line{Item: ids.ID(l.ItemID), Optional: l.Optional != 0, Counts: Counts(l.Counts), Quantity: decimal(l.QuantityCoef, l.QuantityScale)}
		if l.HasPrice != 0 {
			d := decimal(l.PriceCoef, l.PriceScale)
			p.Lines[i].Own = &d
		}
	}
	return p
}

func (p *Plan) clean() error {
	p.Name, p.Scope = strings.TrimSpace(p.Name), strings.TrimSpace(strings.ReplaceAll(p.Scope, "\r\n", "\n"))
	if err := line(p.Name, "name", maxName); err != nil {
		return err
	}
	if err := amount(p.Least, "minimum"); err != nil {
		return err
	}
	switch {
	case p.Name == "":
		return fault.NewInvalid("Please enter a name of at most %d characters.", maxName).On("name")
	case p.Tier < 1 || p.Tier > MaxTier:
		return fault.NewInvalid("A tier is a number between 1 and %d.", MaxTier).On("tier")
	case utf8.RuneCountInString(p.Scope) > maxScope || !utf8.ValidString(p.Scope) || strings.ContainsFunc(p.Scope, control):
		return fault.NewInvalid("This is too long: at most %d characters.", maxScope).On("scope")
	case !p.Currency.Known():
		return fault.NewInvalid("%q is not a currency. Enter three letters, such as EUR.", string(p.Currency)).On("currency")
	case len(p.Lines) > MaxLines:
		return fault.NewInvalid("A plan has at most %d lines.", MaxLines).On("lines")
	}
	seen := map[ids.ID]bool{}
	for _, l := range p.Lines {
		switch {
		case l.Item == 0:
			return fault.NewInvalid("Choose an item for each line.").On("lines")
		case seen[l.Item]:
			return fault.NewInvalid("An item stands in the plan twice.").On("lines")
		case !slices.Contains(Counted(), l.Counts):
			return fault.NewInvalid("Devices, people, sites or licences can be counted, or nothing.").On("lines")
		}
		seen[l.Item] = true
		if l.Quantity.Coef <= 0 {
			return fault.NewInvalid("A line's quantity is above 0.").On("lines")
		}
		if l.Quantity.Scale > money.MaxScale || l.Quantity.Exact().Cmp(money.Whole(rating.MaxQuantity)) > 0 {
			return fault.NewInvalid("A quantity is at most %d, with at most %d decimal places.", rating.MaxQuantity, money.MaxScale).On("lines")
		}
		if l.Own != nil {
			if err := amount(*l.Own, "lines"); err != nil {
				return err
			}
		}
	}
	return nil
}

// SavePlan adds a plan, or changes the one whose ID is set and whose version the caller has seen.
func (s *Service) SavePlan(ctx context.Context, p Plan) (ids.ID, error) {
	if err := p.clean(); err != nil {
		return 0, err
	}
	id := p.ID
	if id == 0 {
		id = s.p.IDs.New()
	}
	err := s.change(ctx, "catalogue.plan", id.String(), p.Name, func(q *store.Queries) error {
		if p.ID == 0 {
			p.ID = id
			return s.insertPlan(ctx, q, p)
		}
		if _, err := q.PlanByID(ctx, int64(id)); err != nil {
			return found(err, noPlan())
		}
		n, err := q.UpdatePlan(ctx, store.UpdatePlanParams{
			ID: int64(id), Version: p.Version, Name: p.Name, Tier: int64(p.Tier), Scope: p.Scope, Currency: string(p.Currency), LeastCoef: p.Least.Coef, LeastScale: int64(p.Least.Scale),
			Archived: flag(p.Archived), ChangedAt: s.now(),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		if err := q.DeleteLines(ctx, int64(id)); err != nil {
			return err
		}
		return s.insertLines(ctx, q, p)
	})
	return id, err
}

func (s *Service) insertPlan(ctx context.Context, q *store.Queries, p Plan) error {
	have, err := q.Plans(ctx)
	if err != nil {
		return err
	}
	if len(have) >= MaxPlans {
		return fault.NewInvalid("There are at most %d plans.", MaxPlans)
	}
	err = q.InsertPlan(ctx, store.InsertPlanParams{
		ID: int64(p.ID), Name: p.Name, Tier: int64(p.Tier), Scope: p.Scope, Currency: string(p.Currency), LeastCoef: p.Least.Coef, LeastScale: int64(p.Least.Scale),
		Suggested: flag(p.Suggested), Archived: flag(p.Archived), MadeAt: s.now(),
	})
	if err != nil {
		return err
	}
	return s.insertLines(ctx, q, p)
}

func (s *Service) insertLines(ctx context.Context, q *store.Queries, p Plan) error {
	for i, l := range p.Lines {
		if _, err := q.ItemByID(ctx, int64(l.Item)); err != nil {
			return found(err, fault.NewInvalid("There is no such item in the catalogue.").On("lines"))
		}
		x := store.InsertLineParams{
			PlanID: int64(p.ID), Position: int64(i), ItemID: int64(l.Item), Optional: flag(l.Optional), Counts: string(l.Counts), QuantityCoef: l.Quantity.Coef, QuantityScale: int64(l.Quantity.Scale),
		}
		if l.Own != nil {
			x.HasPrice, x.PriceCoef, x.PriceScale = 1, l.Own.Coef, int64(l.Own.Scale)
		}
		if err := q.InsertLine(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// DeletePlan takes a plan away; its items stay.
func (s *Service) DeletePlan(ctx context.Context, id ids.ID) error {
	p, err := s.Plan(ctx, id)
	if err != nil {
		return err
	}
	return s.change(ctx, "catalogue.plan-removed", id.String(), p.Name, func(q *store.Queries) error {
		if err := q.DeleteLines(ctx, int64(id)); err != nil {
			return err
		}
		_, err := q.DeletePlan(ctx, int64(id))
		return err
	})
}

// Typical is a client to reckon a plan's price for.
type Typical struct{ People, Devices, Sites int64 }

// Offer is a plan's price for a typical client. Sums are in units of the plan's currency, before rounding.
type Offer struct {
	Plan    Plan
	Lines   []Offered
	Month   money.Exact // what is included, in a month, with the plan's minimum
	Lifted  money.Exact // what the minimum adds to it
	Once    money.Exact // what is included and comes once
	Cost    money.Exact // of a month, as far as it is known
	Left    money.Exact // Month − Cost
	Percent money.Decimal
	Below   bool
	Blind   []Item // included each month, and their cost is not known: blind spots
	Missing []Item // included, and without a price
}

// Offered is one line of an offer.
type Offered struct {
	Line
	Of       Item
	Quantity money.Exact
	Every    Interval
	Price    *Price // nil = none
	Amount   money.Exact
	Month    money.Exact // Amount as a month's share; 0 of what comes once
}

// Count returns a line's quantity for a client.
func (l Line) Count(t Typical) money.Exact {
	q := l.Quantity.Exact()
	switch l.Counts {
	case People:
		return q.Times(money.Whole(t.People))
	case Devices:
		return q.Times(money.Whole(t.Devices))
	case Sites:
		return q.Times(money.Whole(t.Sites))
	}
	return q
}

// PriceIn returns a line's price: the plan's own, else the catalogue's, which may be nil.
func (l Line) PriceIn(list *Price, currency money.Currency) *Price {
	if l.Own == nil {
		return list
	}
	own := Price{Item: l.Item, Currency: currency, Every: Monthly, Price: rating.Price{Model: rating.PerUnit, Unit: *l.Own}}
	if list != nil {
		own.Every, own.From = list.Every, list.From
		if list.Price.Model == rating.Flat {
			own.Price.Model = rating.Flat
		}
	}
	return &own
}

// MaxTypical bounds what can be typed for a typical client.
const MaxTypical = 100_000

// Offers returns what the plans cost a typical client on a day.
func (s *Service) Offers(ctx context.Context, plans []Plan, t Typical, day civil.Date) ([]Offer, error) {
	if min(t.People, t.Devices, t.Sites) < 0 || max(t.People, t.Devices, t.Sites) > MaxTypical {
		return nil, fault.NewInvalid("Enter whole numbers between 0 and %d.", MaxTypical).On("people")
	}
	items, err := s.Items(ctx, Filter{All: true})
	if err != nil {
		return nil, err
	}
	of := make(map[ids.ID]Item, len(items))
	for _, it := range items {
		of[it.ID] = it
	}
	prices, costs := map[money.Currency]map[ids.ID]Price{}, map[money.Currency]map[ids.ID]Cost{}
	out := make([]Offer, len(plans))
	for i, p := range plans {
		if prices[p.Currency] == nil {
			if prices[p.Currency], err = s.Prices(ctx, p.Currency, day); err != nil {
				return nil, err
			}
			if costs[p.Currency], err = s.Costs(ctx, p.Currency, day); err != nil {
				return nil, err
			}
		}
		out[i] = offer(p, t, of, prices[p.Currency], costs[p.Currency])
	}
	return out, nil
}

func offer(p Plan, t Typical, of map[ids.ID]Item, prices map[ids.ID]Price, costs map[ids.ID]Cost) Offer {
	o := Offer{Plan: p}
	for _, l := range p.Lines {
		x := Offered{Line: l, Of: of[l.Item], Quantity: l.Count(t)}
		if list, ok := prices[l.Item]; ok {
			x.Price = l.PriceIn(&list, p.Currency)
		} else {
			x.Price = l.PriceIn(nil, p.Currency)
		}
		if x.Price != nil {
			x.Every, x.Amount = x.Price.Every, x.Price.Price.Rate(x.Quantity).Net
			x.Month, _ = per(x.Amount, x.Every, Monthly)
		}
		o.Lines = append(o.Lines, x)
		if l.Optional {
			continue
		}
		if x.Price == nil {
			o.Missing = append(o.Missing, x.Of)
			continue
		}
		if x.Every == Once {
			o.Once = o.Once.Plus(x.Amount)
			continue
		}
		o.Month = o.Month.Plus(x.Month)
		c, ok := costs[l.Item]
		each, same := per(c.Unit.Exact(), c.Every, Monthly)
		if !ok || !same {
			o.Blind = append(o.Blind, x.Of)
			continue
		}
		o.Cost = o.Cost.Plus(each.Times(x.Quantity))
	}
	if lift := p.Least.Exact().Minus(o.Month); lift.Sign() > 0 {
		o.Month, o.Lifted = p.Least.Exact(), lift
	}
	o.Left = o.Month.Minus(o.Cost)
	o.Below = o.Left.Sign() < 0
	o.Percent = percent(o.Left, o.Month)
	return o
}
