// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

const perPage = 100

// listView is the list of items with what they leave today.
type listView struct {
	filter   catalogue.Filter
	after    string
	rows     []catalogue.Item
	more     string
	empty    bool
	currency money.Currency
	prices   map[ids.ID]catalogue.Price
	costs    map[ids.ID]catalogue.Cost
	err      error
}

func (v *listView) price(id ids.ID) *catalogue.Price {
	if p, ok := v.prices[id]; ok {
		return &p
	}
	return nil
}

func (v *listView) cost(id ids.ID) *catalogue.Cost {
	if c, ok := v.costs[id]; ok {
		return &c
	}
	return nil
}

func (v *listView) margin(id ids.ID) catalogue.Margin {
	return catalogue.MarginOf(v.price(id), v.cost(id))
}

func (v *listView) filtered() bool {
	f := v.filter
	return f.Text != "" || f.Kind != "" || f.Family != "" || f.Archived || v.after != ""
}

func (v *listView) link(after string) string {
	archived := ""
	if v.filter.Archived {
		archived = "yes"
	}
	return address("/catalogue", "q", v.filter.Text, "kind", string(v.filter.Kind), "family", string(v.filter.Family), "archived", archived, "after", after)
}

func (v *listView) suggested() bool {
	return slices.ContainsFunc(v.rows, func(it catalogue.Item) bool { return it.Suggested })
}

func (h *Handlers) items(w http.ResponseWriter, r *http.Request) error { return h.list(w, r, nil) }

func (h *Handlers) list(w http.ResponseWriter, r *http.Request, failed error) error {
	ctx, q := r.Context(), r.URL.Query()
	v := &listView{after: q.Get("after"), currency: h.Catalogue.Currency(ctx), err: failed}
	v.filter = catalogue.Filter{Text: strings.TrimSpace(q.Get("q")), Archived: q.Get("archived") == "yes", Limit: perPage + 1}
	if k := catalogue.Kind(q.Get("kind")); slices.Contains(catalogue.Kinds(), k) {
		v.filter.Kind = k
	}
	if f := catalogue.Family(q.Get("family")); slices.Contains(catalogue.Families(), f) {
		v.filter.Family = f
	}
	v.filter.After, _ = ids.Parse(v.after)
	var err error
	if v.empty, err = h.Catalogue.Empty(ctx); err != nil {
		return err
	}
	if v.rows, err = h.Catalogue.Items(ctx, v.filter); err != nil {
		return err
	}
	if len(v.rows) > perPage {
		v.rows = v.rows[:perPage]
		v.more = v.link(v.rows[perPage-1].ID.String())
	}
	today := h.Catalogue.Today()
	if v.prices, err = h.Catalogue.Prices(ctx, v.currency, today); err != nil {
		return err
	}
	if v.costs, err = h.Catalogue.Costs(ctx, v.currency, today); err != nil {
		return err
	}
	return page.Render(w, r, statusOf(failed), listPage(v))
}

// start fills the empty catalogue with suggestions.
func (h *Handlers) start(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	currency := h.Catalogue.Currency(ctx)
	if currency == "" {
		currency = money.Currency(strings.ToUpper(strings.TrimSpace(r.PostFormValue("currency"))))
	}
	p := locale.From(ctx)
	if h.Firm != nil {
		p = h.Firm(ctx)
	}
	err := h.Catalogue.Start(ctx, p, currency)
	if mendable(err) {
		return h.list(w, r, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(ctx, "The starting portfolio is in. All prices are suggestions: look through them."), "/catalogue")
}

// itemView is one item with its history.
type itemView struct {
	item   catalogue.Item
	prices []catalogue.Price
	costs  []catalogue.Cost
	by     []standing
}

// standing is an item's margin in one currency today.
type standing struct {
	currency money.Currency
	price    *catalogue.Price
	cost     *catalogue.Cost
	margin   catalogue.Margin
	drops    []rating.Drop
}

func (h *Handlers) item(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	v := &itemView{}
	if v.item, err = h.Catalogue.Item(ctx, id); err != nil {
		return err
	}
	if v.prices, err = h.Catalogue.PriceHistory(ctx, id); err != nil {
		return err
	}
	if v.costs, err = h.Catalogue.CostHistory(ctx, id); err != nil {
		return err
	}
	v.by = h.standings(ctx, v)
	return page.Render(w, r, http.StatusOK, itemPage(v, h.Catalogue.Today()))
}

// standings compares price and cost in each currency, the firm's first.
func (h *Handlers) standings(ctx context.Context, v *itemView) []standing {
	var order []money.Currency
	add := func(c money.Currency) {
		if c != "" && !slices.Contains(order, c) {
			order = append(order, c)
		}
	}
	add(h.Catalogue.Currency(ctx))
	for _, p := range v.prices {
		add(p.Currency)
	}
	for _, c := range v.costs {
		add(c.Currency)
	}
	out := make([]standing, len(order))
	for i, c := range order {
		s := standing{currency: c}
		for j := len(v.prices) - 1; j >= 0; j-- { // the oldest first: the last that holds wins
			if p := &v.prices[j]; p.Currency == c && !p.Withdrawn && p.From <= h.Catalogue.Today() {
				s.price = p
			}
		}
		for j := len(v.costs) - 1; j >= 0; j-- {
			if x := &v.costs[j]; x.Currency == c && !x.Withdrawn && x.From <= h.Catalogue.Today() {
				s.cost = x
			}
		}
		s.margin = catalogue.MarginOf(s.price, s.cost)
		if s.price != nil {
			s.drops = s.price.Price.Drops()
		}
		out[i] = s
	}
	return out
}

func (h *Handlers) newItem(w http.ResponseWriter, r *http.Request) error {
	return page.Render(w, r, http.StatusOK, itemForm(catalogue.Item{Kind: catalogue.Services, Family: catalogue.NoFamily, Unit: "C62", Tax: "standard", Counts: catalogue.Nothing}, nil))
}

func (h *Handlers) editItem(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	it, err := h.Catalogue.Item(r.Context(), id)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, itemForm(it, nil))
}

// typedItem takes over what was typed.
func typedItem(r *http.Request, it catalogue.Item) catalogue.Item {
	v := r.PostFormValue
	it.Code, it.Name, it.Description, it.Kind, it.Family = v("code"), v("name"), v("description"), catalogue.Kind(v("kind")), catalogue.Family(v("family"))
	it.Unit, it.UnitLabel, it.Tax, it.Account, it.Counts = v("unit"), v("unit-label"), v("tax"), v("account"), catalogue.Counts(v("counts"))
	it.Vendor, it.VendorSKU, it.Arrears, it.Archived = v("vendor"), v("vendor-sku"), v("arrears") == "yes", v("archived") != ""
	it.Rule, _ = catalogue.ParseRule(v("rule"))
	return it
}

func (h *Handlers) createItem(w http.ResponseWriter, r *http.Request) error {
	it := typedItem(r, catalogue.Item{})
	id, err := h.Catalogue.SaveItem(r.Context(), it)
	if mendable(err) {
		return page.Render(w, r, page.StatusOf(err), itemForm(it, err))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The item is in the catalogue. Now say what it costs."), itemURL(id)+"/price")
}

func (h *Handlers) saveItem(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	it, err := h.Catalogue.Item(r.Context(), id)
	if err != nil {
		return err
	}
	it = typedItem(r, it)
	it.Version, _ = strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if _, err = h.Catalogue.SaveItem(r.Context(), it); mendable(err) {
		return page.Render(w, r, page.StatusOf(err), itemForm(it, err))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Saved."), itemURL(id))
}

func (h *Handlers) deleteItem(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "item")
	if err != nil {
		return err
	}
	if err := h.Catalogue.DeleteItem(r.Context(), id); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The item is deleted."), "/catalogue")
}

func options[T ~string](ctx context.Context, list []T, name func(context.Context, T) string) []page.Option {
	out := make([]page.Option, len(list))
	for i, x := range list {
		out[i] = page.Option{Value: string(x), Label: name(ctx, x)}
	}
	return out
}

// any is a choice of all before the others.
func anyOf(label string, list []page.Option) []page.Option {
	return append([]page.Option{{Label: label}}, list...)
}

func unitOptions(ctx context.Context, chosen string) []page.Option {
	list := catalogue.Units()
	if !slices.Contains(list, chosen) && chosen != "" {
		list = append(list, chosen)
	}
	return options(ctx, list, unitName)
}

func ruleOptions(ctx context.Context) []page.Option {
	var out []page.Option
	for r := rating.EachDay; r <= rating.Sum; r++ {
		out = append(out, page.Option{Value: catalogue.RuleWord(r), Label: ruleName(ctx, r)})
	}
	return out
}

func billedOptions(ctx context.Context) []page.Option {
	return []page.Option{{Value: "no", Label: locale.T(ctx, "in advance")}, {Value: "yes", Label: locale.T(ctx, "in arrears")}}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (h *Handlers) export(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="catalogue.csv"`)
	return h.Catalogue.Export(r.Context(), w)
}
