// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/catalogue"
)

// pricesForm is a price change as it was typed, and what it does.
type pricesForm struct {
	Day, Percent, Item, Reason string
	items                      []catalogue.Item
	list                       []agreements.Repriced
	shown                      bool
	err                        error
}

func (f *pricesForm) change() (c agreements.PriceChange, err error) {
	c.Item, c.Reason = idOf(f.Item), f.Reason
	if c.Day, err = dayOf(f.Day, "day"); err != nil {
		return c, err
	}
	if c.Percent, err = catalogue.ParseDecimal(f.Percent, "percent"); err != nil {
		return c, err
	}
	return c, c.Check()
}

func (h *Handlers) prices(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	f := pricesForm{Day: v.Get("day"), Percent: v.Get("percent"), Item: v.Get("item"), Reason: v.Get("reason")}
	if f.Day == "" {
		f.Day = (h.Agreements.Today("").Month() + 2).First().String()
	}
	return h.pricesPage(w, r, f, nil)
}

func (h *Handlers) pricesPage(w http.ResponseWriter, r *http.Request, f pricesForm, failed error) (err error) {
	ctx := r.Context()
	if h.Catalogue != nil {
		if f.items, err = h.Catalogue.Items(ctx, catalogue.Filter{}); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if f.err = failed; f.err == nil && f.Percent != "" {
		var c agreements.PriceChange
		if c, f.err = f.change(); f.err == nil {
			f.list, f.err = h.Agreements.Reprice(ctx, scope(r), c)
			f.shown = true
		}
	}
	if f.err != nil {
		if !mendable(f.err) {
			return f.err
		}
		status = page.StatusOf(f.err)
	}
	return page.Render(w, r, status, pricesPage(f))
}

// applyPrices changes the prices of the agreements that are ticked, each by itself: what cannot be changed is named, and what was
// changed already is left alone when the form is sent again.
func (h *Handlers) applyPrices(w http.ResponseWriter, r *http.Request) error {
	v := r.PostFormValue
	f := pricesForm{Day: v("day"), Percent: v("percent"), Item: v("item"), Reason: v("reason")}
	c, err := f.change()
	if err == nil && len(r.PostForm["agreement"]) == 0 {
		err = fault.NewInvalid("Tick the agreements whose prices are to change.")
	}
	if mendable(err) {
		return h.pricesPage(w, r, f, err)
	}
	if err != nil {
		return err
	}
	done := 0
	for _, s := range r.PostForm["agreement"] {
		changed, err := h.Agreements.ApplyPrices(r.Context(), idOf(s), c)
		if mendable(err) {
			return h.pricesPage(w, r, f, err)
		}
		if err != nil {
			return err
		}
		if changed {
			done++
		}
	}
	return good(w, r, locale.N(r.Context(), "The prices of %d agreement rise.|The prices of %d agreements rise.", int64(done)), address("/agreements/prices", "day", f.Day, "percent", f.Percent, "item", f.Item, "reason", f.Reason))
}

func itemOptions(ctx context.Context, list []catalogue.Item) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "all recurring prices")}}
	for _, it := range list {
		out = append(out, page.Option{Value: it.ID.String(), Label: it.Name, Data: true})
	}
	return out
}
