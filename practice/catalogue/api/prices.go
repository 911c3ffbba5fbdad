// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"

	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// CatalogueTier is one step of a graduated or volume price.
type CatalogueTier struct {
	UpTo string `json:"upTo,omitempty" doc:"The last unit that belongs to it; left out in the last tier"`
	Unit string `json:"unit" doc:"Price of each unit, such as 9.95"`
	Flat string `json:"flat,omitempty" doc:"Once, when the tier is reached"`
}

// CataloguePrice is a price from a day on.
type CataloguePrice struct {
	ID        string          `json:"id,omitempty" readOnly:"true"`
	Currency  string          `json:"currency" minLength:"3" maxLength:"3"`
	From      string          `json:"from" doc:"First day, 2006-01-02"`
	Every     string          `json:"every" enum:"month,quarter,year,once" doc:"What the price is for"`
	Model     string          `json:"model" enum:"flat,per-unit,graduated,volume,package"`
	Unit      string          `json:"unit,omitempty" doc:"Price of everything, of one, or of a package, such as 9.95"`
	Size      string          `json:"size,omitempty" doc:"Units in a package"`
	Free      string          `json:"free,omitempty" doc:"Units before the first package"`
	Tiers     []CatalogueTier `json:"tiers,omitempty" maxItems:"100"`
	Least     string          `json:"minimum,omitempty" doc:"Of an interval"`
	Most      string          `json:"maximum,omitempty" doc:"Of an interval"`
	Withdrawn bool            `json:"withdrawn,omitempty" readOnly:"true"`
	By        string          `json:"by,omitempty" readOnly:"true"`
}

func number(d money.Decimal) string {
	if d == (money.Decimal{}) {
		return ""
	}
	return d.String()
}

func wirePrice(p catalogue.Price) CataloguePrice {
	out := CataloguePrice{
		ID: p.ID.String(), Currency: string(p.Currency), From: p.From.String(), Every: string(p.Every), Model: catalogue.ModelWord(p.Price.Model), Unit: p.Price.Unit.String(),
		Size: number(p.Price.Size), Free: number(p.Price.Free), Withdrawn: p.Withdrawn, By: p.By,
	}
	if p.Price.Least != nil {
		out.Least = p.Price.Least.String()
	}
	if p.Price.Most != nil {
		out.Most = p.Price.Most.String()
	}
	for _, t := range p.Price.Tiers {
		x := CatalogueTier{Unit: t.Unit.String(), Flat: number(t.Flat)}
		if !t.Open {
			x.UpTo = t.UpTo.String()
		}
		out.Tiers = append(out.Tiers, x)
	}
	return out
}

func (in CataloguePrice) price(item ids.ID) (p catalogue.Price, err error) {
	p = catalogue.Price{Item: item, Currency: money.Currency(in.Currency), Every: catalogue.Interval(in.Every)}
	if p.From, err = dayOf(in.From, "from"); err != nil {
		return p, err
	}
	p.Price.Model, _ = catalogue.ParseModel(in.Model) // the schema has checked it
	for _, x := range []struct {
		text, field string
		into        *money.Decimal
	}{{in.Unit, "unit", &p.Price.Unit}, {in.Size, "size", &p.Price.Size}, {in.Free, "free", &p.Price.Free}} {
		if *x.into, err = catalogue.ParseDecimal(x.text, x.field); err != nil {
			return p, err
		}
	}
	for _, x := range []struct {
		text, field string
		into        **money.Decimal
	}{{in.Least, "minimum", &p.Price.Least}, {in.Most, "maximum", &p.Price.Most}} {
		if x.text != "" {
			d, err := catalogue.ParseDecimal(x.text, x.field)
			if err != nil {
				return p, err
			}
			*x.into = &d
		}
	}
	for _, t := range in.Tiers {
		x := rating.Tier{Open: t.UpTo == ""}
		for _, y := range []struct {
			text string
			into *money.Decimal
		}{{t.UpTo, &x.UpTo}, {t.Unit, &x.Unit}, {t.Flat, &x.Flat}} {
			if *y.into, err = catalogue.ParseDecimal(y.text, "tiers"); err != nil {
				return p, err
			}
		}
		p.Price.Tiers = append(p.Price.Tiers, x)
	}
	return p, nil
}

type cataloguePricesOut struct {
	Body struct {
		Prices []CataloguePrice `json:"prices"`
	}
}

type cataloguePriceOut struct{ Body CataloguePrice }

type catalogueNewPriceIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body CataloguePrice
}

type catalogueOnIn struct {
	ID       string `path:"id" maxLength:"13"`
	Currency string `query:"currency" maxLength:"3" doc:"Left out: the firm's"`
	Day      string `query:"day" doc:"2006-01-02; left out: today"`
}

func (h *Handlers) prices(ctx context.Context, in *catalogueOneIn) (*cataloguePricesOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := h.Catalogue.Item(ctx, id); err != nil {
		return nil, err
	}
	list, err := h.Catalogue.PriceHistory(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &cataloguePricesOut{}
	out.Body.Prices = make([]CataloguePrice, len(list))
	for i, p := range list {
		out.Body.Prices[i] = wirePrice(p)
	}
	return out, nil
}

func (h *Handlers) addPrice(ctx context.Context, in *catalogueNewPriceIn) (*cataloguePriceOut, error) {
	item, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	p, err := in.Body.price(item)
	if err != nil {
		return nil, err
	}
	if p.ID, err = h.Catalogue.AddPrice(ctx, p); err != nil {
		return nil, err
	}
	return &cataloguePriceOut{wirePrice(p)}, nil
}

func (h *Handlers) priceOn(ctx context.Context, in *catalogueOnIn) (*cataloguePriceOut, error) {
	item, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	day := h.Catalogue.Today()
	if in.Day != "" {
		if day, err = dayOf(in.Day, "day"); err != nil {
			return nil, err
		}
	}
	currency := money.Currency(in.Currency)
	if currency == "" {
		currency = h.Catalogue.Currency(ctx)
	}
	p, err := h.Catalogue.PriceOn(ctx, item, currency, day)
	if err != nil {
		return nil, err
	}
	return &cataloguePriceOut{wirePrice(p)}, nil
}

// CatalogueCost is what one unit costs the firm from a day on.
type CatalogueCost struct {
	ID        string `json:"id,omitempty" readOnly:"true"`
	Currency  string `json:"currency" minLength:"3" maxLength:"3"`
	From      string `json:"from" doc:"First day, 2006-01-02"`
	Every     string `json:"every" enum:"month,quarter,year,once" doc:"What the cost is for"`
	Unit      string `json:"unit" minLength:"1" doc:"Of one; of labour the loaded cost of an hour"`
	Withdrawn bool   `json:"withdrawn,omitempty" readOnly:"true"`
}

func wireCost(c catalogue.Cost) CatalogueCost {
	return CatalogueCost{c.ID.String(), string(c.Currency), c.From.String(), string(c.Every), c.Unit.String(), c.Withdrawn}
}

type catalogueCostsOut struct {
	Body struct {
		Costs []CatalogueCost `json:"costs"`
	}
}

type catalogueCostOut struct{ Body CatalogueCost }

type catalogueNewCostIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body CatalogueCost
}

func (h *Handlers) costs(ctx context.Context, in *catalogueOneIn) (*catalogueCostsOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := h.Catalogue.Item(ctx, id); err != nil {
		return nil, err
	}
	list, err := h.Catalogue.CostHistory(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &catalogueCostsOut{}
	out.Body.Costs = make([]CatalogueCost, len(list))
	for i, c := range list {
		out.Body.Costs[i] = wireCost(c)
	}
	return out, nil
}

func (h *Handlers) addCost(ctx context.Context, in *catalogueNewCostIn) (*catalogueCostOut, error) {
	item, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	c := catalogue.Cost{Item: item, Currency: money.Currency(in.Body.Currency), Every: catalogue.Interval(in.Body.Every)}
	if c.From, err = dayOf(in.Body.From, "from"); err != nil {
		return nil, err
	}
	if c.Unit, err = catalogue.ParseDecimal(in.Body.Unit, "unit"); err != nil {
		return nil, err
	}
	if c.ID, err = h.Catalogue.AddCost(ctx, c); err != nil {
		return nil, err
	}
	return &catalogueCostOut{wireCost(c)}, nil
}

type catalogueWithdrawIn struct {
	ID    string `path:"id" maxLength:"13"`
	Price string `path:"price" maxLength:"13" doc:"Of a price or a cost"`
}

func (h *Handlers) withdraw(ctx context.Context, in *catalogueWithdrawIn) (*empty, error) {
	item, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	price, err := known(in.Price)
	if err != nil {
		return nil, err
	}
	return &empty{}, h.Catalogue.Withdraw(ctx, item, price)
}
