// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// spareTiers is how many empty tiers the form has.
const spareTiers = 3

type tierForm struct{ UpTo, Unit, Flat string }

// priceForm is a price as it was typed.
type priceForm struct {
	From, Currency, Every, Model, Unit, Size, Free, Least, Most string
	Tiers                                                       []tierForm
}

func text(d money.Decimal) string {
	if d.Coef == 0 {
		return ""
	}
	return d.String()
}

func textOf(d *money.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func priceFormOf(p catalogue.Price) priceForm {
	f := priceForm{
		Currency: string(p.Currency), Every: string(p.Every), Model: catalogue.ModelWord(p.Price.Model), Unit: p.Price.Unit.String(), Size: text(p.Price.Size), Free: text(p.Price.Free),
		Least: textOf(p.Price.Least), Most: textOf(p.Price.Most),
	}
	for _, t := range p.Price.Tiers {
		row := tierForm{Unit: t.Unit.String(), Flat: text(t.Flat)}
		if !t.Open {
			row.UpTo = t.UpTo.String()
		}
		f.Tiers = append(f.Tiers, row)
	}
	return f
}

func typedPrice(r *http.Request) priceForm {
	v := r.PostFormValue
	f := priceForm{
		From: v("from"), Currency: strings.ToUpper(strings.TrimSpace(v("currency"))), Every: v("every"), Model: v("model"), Unit: v("price"), Size: v("size"), Free: v("free"),
		Least: v("minimum"), Most: v("maximum"),
	}
	for i := range rating.MaxTiers + spareTiers {
		n := strconv.Itoa(i)
		t := tierForm{strings.TrimSpace(v("upto-" + n)), strings.TrimSpace(v("unit-" + n)), strings.TrimSpace(v("flat-" + n))}
		if t != (tierForm{}) {
			f.Tiers = append(f.Tiers, t)
		}
	}
	return f
}

// price reads what was typed. Fields that the model does not use are left aside.
func (f priceForm) price() (p catalogue.Price, err error) {
	p.Currency, p.Every = money.Currency(f.Currency), catalogue.Interval(f.Every)
	if p.From, err = dayOf(f.From, "from"); err != nil {
		return p, err
	}
	ok := false
	if p.Price.Model, ok = catalogue.ParseModel(f.Model); !ok {
		return p, fault.NewInvalid("A price is flat, per unit, graduated, by volume or by package.").On("model")
	}
	tiered := p.Price.Model == rating.Graduated || p.Price.Model == rating.Volume
	if !tiered {
		if strings.TrimSpace(f.Unit) == "" {
			return p, fault.NewInvalid("Enter the price, 0 where it costs nothing.").On("price")
		}
		if p.Price.Unit, err = catalogue.ParseDecimal(f.Unit, "price"); err != nil {
			return p, err
		}
	}
	if p.Price.Model == rating.Package {
		if p.Price.Size, err = catalogue.ParseDecimal(f.Size, "size"); err != nil {
			return p, err
		}
		if p.Price.Free, err = catalogue.ParseDecimal(f.Free, "free"); err != nil {
			return p, err
		}
	}
	for _, x := range []struct {
		text, field string
		into        **money.Decimal
	}{{f.Least, "minimum", &p.Price.Least}, {f.Most, "maximum", &p.Price.Most}} {
		if strings.TrimSpace(x.text) != "" {
			d, err := catalogue.ParseDecimal(x.text, x.field)
			if err != nil {
				return p, err
			}
			*x.into = &d
		}
	}
	if tiered {
		p.Price.Tiers, err = f.tiers()
	}
	return p, err
}

func (f priceForm) tiers() ([]rating.Tier, error) {
	out := make([]rating.Tier, len(f.Tiers))
	for i, t := range f.Tiers {
		if t.Unit == "" && t.Flat == "" {
			return nil, fault.NewInvalid("Tier %d has no price.", i+1).On("tiers")
		}
		out[i].Open = t.UpTo == ""
		for _, x := range []struct {
			text string
			into *money.Decimal
		}{{t.UpTo, &out[i].UpTo}, {t.Unit, &out[i].Unit}, {t.Flat, &out[i].Flat}} {
			var err error
			if *x.into, err = catalogue.ParseDecimal(x.text, "tiers"); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// newPrice offers the price that holds, from the first of next month.
func (h *Handlers) newPrice(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	history, err := h.Catalogue.PriceHistory(ctx, id)
	if err != nil {
		return err
	}
	f := priceForm{Currency: string(h.Catalogue.Currency(ctx)), Every: string(catalogue.Monthly), Model: catalogue.ModelWord(rating.PerUnit), From: h.Catalogue.Today().String()}
	currency := money.Currency(r.URL.Query().Get("currency"))
	if currency == "" {
		currency = h.Catalogue.Currency(ctx)
	}
	for _, p := range history {
		if p.Currency == currency && !p.Withdrawn {
			f = priceFormOf(p)
			f.From = (max(h.Catalogue.Today(), p.From).Month() + 1).First().String()
			break
		}
	}
	return h.priceForm(w, r, id, f, nil)
}

func (h *Handlers) priceForm(w http.ResponseWriter, r *http.Request, id ids.ID, f priceForm, failed error) error {
	it, err := h.Catalogue.Item(r.Context(), id)
	if err != nil {
		return err
	}
	for range spareTiers {
		f.Tiers = append(f.Tiers, tierForm{})
	}
	return page.Render(w, r, statusOf(failed), pricePage(it, f, failed))
}

func (h *Handlers) addPrice(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	f := typedPrice(r)
	p, err := f.price()
	if err == nil {
		p.Item = id
		_, err = h.Catalogue.AddPrice(r.Context(), p)
	}
	if mendable(err) {
		return h.priceForm(w, r, id, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The price holds from %s.", p.From), itemURL(id))
}

// costForm is a cost as it was typed.
type costForm struct{ From, Currency, Every, Cost string }

func (h *Handlers) newCost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	f := costForm{From: h.Catalogue.Today().String(), Currency: string(h.Catalogue.Currency(ctx)), Every: string(catalogue.Monthly)}
	if p, err := h.Catalogue.PriceOn(ctx, id, h.Catalogue.Currency(ctx), h.Catalogue.Today()); err == nil {
		f.Every = string(p.Every)
	}
	if c, err := h.Catalogue.CostOn(ctx, id, h.Catalogue.Currency(ctx), civil.MustDate(civil.MaxYear, 12, 31)); err == nil {
		f.Cost, f.Every, f.From = c.Unit.String(), string(c.Every), max(h.Catalogue.Today(), c.From).String()
	}
	return h.costForm(w, r, id, f, nil)
}

func (h *Handlers) costForm(w http.ResponseWriter, r *http.Request, id ids.ID, f costForm, failed error) error {
	it, err := h.Catalogue.Item(r.Context(), id)
	if err != nil {
		return err
	}
	return page.Render(w, r, statusOf(failed), costPage(it, f, failed))
}

func (h *Handlers) addCost(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	v := r.PostFormValue
	f := costForm{From: v("from"), Currency: strings.ToUpper(strings.TrimSpace(v("currency"))), Every: v("every"), Cost: v("cost")}
	c := catalogue.Cost{Item: id, Currency: money.Currency(f.Currency), Every: catalogue.Interval(f.Every)}
	c.From, err = dayOf(f.From, "from")
	if err == nil && strings.TrimSpace(f.Cost) == "" {
		err = fault.NewInvalid("Enter the cost, 0 where it costs nothing.").On("cost")
	}
	if err == nil {
		c.Unit, err = catalogue.ParseDecimal(f.Cost, "cost")
	}
	if err == nil {
		_, err = h.Catalogue.AddCost(r.Context(), c)
	}
	if mendable(err) {
		return h.costForm(w, r, id, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The cost holds from %s.", c.From), itemURL(id))
}

func (h *Handlers) withdraw(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	price, err := ids.Parse(r.PostFormValue("price"))
	if err != nil {
		return fault.NewNotFound("There is no such price.").Because(err)
	}
	if err := h.Catalogue.Withdraw(r.Context(), id, price); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "It is withdrawn and will not hold."), itemURL(id))
}
