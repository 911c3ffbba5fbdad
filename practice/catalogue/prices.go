// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"context"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue/store"
)

// MaxPrices bounds the prices, and the costs, of one item.
const MaxPrices = 1000

// PriceOn returns the price of an item in a currency on a day: a fault of kind NotFound where there is none.
func (s *Service) PriceOn(ctx context.Context, item ids.ID, currency money.Currency, day civil.Date) (Price, error) {
	r, err := s.read().PriceOn(ctx, int64(item), string(currency), int64(day))
	if err != nil {
		return Price{}, found(err, fault.NewNotFound("The item has no price in %s on %s.", string(currency), day))
	}
	return priceOf(r)
}

// CostOn returns what one unit of an item costs on a day: a fault of kind NotFound where that is not known.
func (s *Service) CostOn(ctx context.Context, item ids.ID, currency money.Currency, day civil.Date) (Cost, error) {
	r, err := s.read().CostOn(ctx, int64(item), string(currency), int64(day))
	if err != nil {
		return Cost{}, found(err, fault.NewNotFound("The item has no cost in %s on %s.", string(currency), day))
	}
	return costOf(r), nil
}

// Prices returns the prices of all items in a currency on a day.
func (s *Service) Prices(ctx context.Context, currency money.Currency, day civil.Date) (map[ids.ID]Price, error) {
	rows, err := s.read().PricesIn(ctx, string(currency), int64(day))
	if err != nil {
		return nil, err
	}
	out := make(map[ids.ID]Price, len(rows))
	for _, r := range rows { // by day, then as they were added: the last holds
		if out[ids.ID(r.ItemID)], err = priceOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Costs returns what all items cost in a currency on a day.
func (s *Service) Costs(ctx context.Context, currency money.Currency, day civil.Date) (map[ids.ID]Cost, error) {
	rows, err := s.read().CostsIn(ctx, string(currency), int64(day))
	if err != nil {
		return nil, err
	}
	out := make(map[ids.ID]Cost, len(rows))
	for _, r := range rows {
		out[ids.ID(r.ItemID)] = costOf(r)
	}
	return out, nil
}

// PriceHistory returns all prices of an item, the newest of each currency first, also those that were withdrawn or followed on their day.
func (s *Service) PriceHistory(ctx context.Context, item ids.ID) ([]Price, error) {
	rows, err := s.read().PricesOf(ctx, int64(item))
	if err != nil {
		return nil, err
	}
	out := make([]Price, len(rows))
	for i, r := range rows {
		if out[i], err = priceOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CostHistory returns all costs of an item in the same way.
func (s *Service) CostHistory(ctx context.Context, item ids.ID) ([]Cost, error) {
	rows, err := s.read().CostsOf(ctx, int64(item))
	if err != nil {
		return nil, err
	}
	out := make([]Cost, len(rows))
	for i, r := range rows {
		out[i] = costOf(r)
	}
	return out, nil
}

func priceOf(r store.CataloguePrice) (Price, error) {
	tiers, err := ParseTiers(r.Tiers)
	p := Price{
		ID: ids.ID(r.ID), Item: ids.ID(r.ItemID), Currency: money.Currency(r.Currency), From: civil.Date(r.Starts), Every: Interval(r.Every), Withdrawn: r.Withdrawn != 0, By: r.MadeBy,
		Made: clock.FromMicros(r.MadeAt),
		Price: rating.Price{
			Model: rating.Model(r.Model), Unit: decimal(r.UnitCoef, r.UnitScale), Size: decimal(r.SizeCoef, r.SizeScale), Free: decimal(r.FreeCoef, r.FreeScale), Tiers: tiers,
		},
	}
	if r.HasLeast != 0 {
		d := decimal(r.LeastCoef, r.LeastScale)
		p.Price.Least = &d
	}
	if r.HasMost != 0 {
		d := decimal(r.MostCoef, r.MostScale)
		p.Price.Most = &d
	}
	return p, err
}

func costOf(r store.CatalogueCost) Cost {
	return Cost{
		ID: ids.ID(r.ID), Item: ids.ID(r.ItemID), Currency: money.Currency(r.Currency), From: civil.Date(r.Starts), Every: Interval(r.Every), Unit: decimal(r.Coef, r.Scale),
		Withdrawn: r.Withdrawn != 0, By: r.MadeBy, Made: clock.FromMicros(r.MadeAt),
	}
}

func decimal(coef, scale int64) money.Decimal {
	return money.Decimal{Coef: coef, Scale: uint8(scale)}
}

// AddPrice adds a price. It may begin in the past only where no price of its currency held then: what was billed stays explained.
func (s *Service) AddPrice(ctx context.Context, p Price) (ids.ID, error) {
	if err := p.clean(); err != nil {
		return 0, err
	}
	p.ID = s.p.IDs.New()
	err := s.change(ctx, "catalogue.price", p.Item.String(), string(p.Currency)+" "+p.From.String(), func(q *store.Queries) error {
		if _, err := q.ItemByID(ctx, int64(p.Item)); err != nil {
			return found(err, noItem())
		}
		have, err := q.PricesOf(ctx, int64(p.Item))
		if err != nil {
			return err
		}
		if len(have) >= MaxPrices {
			return fault.NewInvalid("An item has at most %d prices.", MaxPrices)
		}
		for _, h := range have {
			if err := s.notPast(h.Currency, h.Withdrawn, p.Currency, p.From); err != nil {
				return err
			}
		}
		if err := q.Reviewed(ctx, int64(p.Item)); err != nil {
			return err
		}
		return s.insertPrice(ctx, q, p)
	})
	return p.ID, err
}

// notPast refuses to change what held on days that have passed.
func (s *Service) notPast(currency string, withdrawn int64, wanted money.Currency, from civil.Date) error {
	if from >= s.Today() || withdrawn != 0 || currency != string(wanted) {
		return nil
	}
	return fault.NewInvalid("What held on days that have passed stays. Choose today or a later day.").On("from")
}

func (s *Service) insertPrice(ctx context.Context, q *store.Queries, p Price) error {
	x := store.InsertPriceParams{
		ID: int64(p.ID), ItemID: int64(p.Item), Currency: string(p.Currency), Starts: int64(p.From), Every: string(p.Every), Model: int64(p.Price.Model), UnitCoef: p.Price.Unit.Coef,
		UnitScale: int64(p.Price.Unit.Scale), SizeCoef: p.Price.Size.Coef, SizeScale: int64(p.Price.Size.Scale), FreeCoef: p.Price.Free.Coef, FreeScale: int64(p.Price.Free.Scale),
		Tiers: FormatTiers(p.Price.Tiers), MadeBy: actor(ctx), MadeAt: s.now(),
	}
	if d := p.Price.Least; d != nil {
		x.HasLeast, x.LeastCoef, x.LeastScale = 1, d.Coef, int64(d.Scale)
	}
	if d := p.Price.Most; d != nil {
		x.HasMost, x.MostCoef, x.MostScale = 1, d.Coef, int64(d.Scale)
	}
	return q.InsertPrice(ctx, x)
}

// AddCost adds what one unit costs, by the same rule.
func (s *Service) AddCost(ctx context.Context, c Cost) (ids.ID, error) {
	if err := c.clean(); err != nil {
		return 0, err
	}
	c.ID = s.p.IDs.New()
	err := s.change(ctx, "catalogue.cost", c.Item.String(), string(c.Currency)+" "+c.From.String(), func(q *store.Queries) error {
		if _, err := q.ItemByID(ctx, int64(c.Item)); err != nil {
			return found(err, noItem())
		}
		have, err := q.CostsOf(ctx, int64(c.Item))
		if err != nil {
			return err
		}
		if len(have) >= MaxPrices {
			return fault.NewInvalid("An item has at most %d prices.", MaxPrices)
		}
		for _, h := range have {
			if err := s.notPast(h.Currency, h.Withdrawn, c.Currency, c.From); err != nil {
				return err
			}
		}
		return s.insertCost(ctx, q, c)
	})
	return c.ID, err
}

func (s *Service) insertCost(ctx context.Context, q *store.Queries, c Cost) error {
	return q.InsertCost(ctx, store.InsertCostParams{
		ID: int64(c.ID), ItemID: int64(c.Item), Currency: string(c.Currency), Starts: int64(c.From), Every: string(c.Every), Coef: c.Unit.Coef, Scale: int64(c.Unit.Scale),
		MadeBy: actor(ctx), MadeAt: s.now(),
	})
}

// Withdraw takes a price or a cost back whose day has not come; it stays in the history.
func (s *Service) Withdraw(ctx context.Context, item, id ids.ID) error {
	return s.change(ctx, "catalogue.withdrawn", item.String(), id.String(), func(q *store.Queries) error {
		p, err := q.PriceByID(ctx, int64(id))
		c, err2 := q.CostByID(ctx, int64(id))
		switch {
		case err == nil && p.ItemID == int64(item):
			n, err := q.WithdrawPrice(ctx, int64(id), int64(s.Today()))
			return withdrawn(n, err)
		case err2 == nil && c.ItemID == int64(item):
			n, err := q.WithdrawCost(ctx, int64(id), int64(s.Today()))
			return withdrawn(n, err)
		case err != nil && found(err, nil) != nil:
			return err
		}
		return fault.NewNotFound("There is no such price.")
	})
}

func withdrawn(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.NewConflict("Its day has come already. Add a new one from today or a later day.")
	}
	return err
}
