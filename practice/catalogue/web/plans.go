// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/catalogue"
)

const spareLines = 3

// plansView is the plans side by side.
type plansView struct {
	people, devices, sites string // as typed
	offers                 []catalogue.Offer
	items                  []catalogue.Item // that stand in any plan, in the order of the plans
	empty                  bool
	err                    error
}

// line is what a plan has of an item; nil = nothing.
func line(o *catalogue.Offer, id ids.ID) *catalogue.Offered {
	for i := range o.Lines {
		if o.Lines[i].Item == id {
			return &o.Lines[i]
		}
	}
	return nil
}

// plans compares them for a client whose numbers can be typed.
func (h *Handlers) plans(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := &plansView{people: first(q.Get("people"), "25"), devices: first(q.Get("devices"), "30"), sites: first(q.Get("sites"), "1")}
	list, err := h.Catalogue.Plans(ctx, q.Get("archived") == "yes")
	if err != nil {
		return err
	}
	var t catalogue.Typical
	for _, x := range []struct {
		text, field string
		into        *int64
	}{{v.people, "people", &t.People}, {v.devices, "devices", &t.Devices}, {v.sites, "sites", &t.Sites}} {
		n, err := strconv.ParseInt(strings.TrimSpace(x.text), 10, 64)
		if err != nil || n < 0 || n > catalogue.MaxTypical {
			v.err = fault.NewInvalid("Enter whole numbers between 0 and %d.", catalogue.MaxTypical).On(x.field)
			continue
		}
		*x.into = n
	}
	if v.offers, err = h.Catalogue.Offers(ctx, list, t, h.Catalogue.Today()); err != nil {
		return err
	}
	seen := map[ids.ID]bool{}
	for _, o := range v.offers {
		for _, l := range o.Lines {
			if !seen[l.Item] {
				seen[l.Item] = true
				v.items = append(v.items, l.Of)
			}
		}
	}
	if v.empty, err = h.Catalogue.Empty(ctx); err != nil {
		return err
	}
	return page.Render(w, r, statusOf(v.err), plansPage(v))
}

func first(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

type lineForm struct{ Item, Included, Counts, Quantity, Own string }

// planForm is a plan as it was typed.
type planForm struct {
	ID                                            ids.ID
	Version, Name, Tier, Scope, Currency, Minimum string
	Archived                                      bool
	Lines                                         []lineForm
}

func planFormOf(p catalogue.Plan) planForm {
	f := planForm{
		ID: p.ID, Version: strconv.FormatInt(p.Version, 10), Name: p.Name, Tier: strconv.Itoa(p.Tier), Scope: p.Scope, Currency: string(p.Currency), Minimum: text(p.Least), Archived: p.Archived,
	}
	for _, l := range p.Lines {
		f.Lines = append(f.Lines, lineForm{l.Item.String(), yesNo(!l.Optional), string(l.Counts), l.Quantity.String(), textOf(l.Own)})
	}
	return f
}

func typedPlan(r *http.Request, id ids.ID) planForm {
	v := r.PostFormValue
	f := planForm{
		ID: id, Version: v("version"), Name: v("name"), Tier: v("tier"), Scope: v("scope"), Currency: strings.ToUpper(strings.TrimSpace(v("currency"))), Minimum: v("minimum"), Archived: v("archived") != "",
	}
	for i := range catalogue.MaxLines + spareLines {
		n := strconv.Itoa(i)
		if v("item-"+n) != "" {
			f.Lines = append(f.Lines, lineForm{v("item-" + n), v("included-" + n), v("counts-" + n), v("quantity-" + n), v("own-" + n)})
		}
	}
	return f
}

func (f planForm) plan() (p catalogue.Plan, err error) {
	p = catalogue.Plan{ID: f.ID, Name: f.Name, Scope: f.Scope, Currency: money.Currency(f.Currency), Archived: f.Archived}
	p.Version, _ = strconv.ParseInt(f.Version, 10, 64)
	p.Tier, _ = strconv.Atoi(strings.TrimSpace(f.Tier)) // 0 is refused
	if p.Least, err = catalogue.ParseDecimal(f.Minimum, "minimum"); err != nil {
		return p, err
	}
	for _, x := range f.Lines {
		l := catalogue.Line{Optional: x.Included == "no", Counts: catalogue.Counts(x.Counts)}
		l.Item, _ = ids.Parse(x.Item) // 0 is refused
		if l.Quantity, err = catalogue.ParseDecimal(first(x.Quantity, "1"), "lines"); err != nil {
			return p, err
		}
		if strings.TrimSpace(x.Own) != "" {
			d, err := catalogue.ParseDecimal(x.Own, "lines")
			if err != nil {
				return p, err
			}
			l.Own = &d
		}
		p.Lines = append(p.Lines, l)
	}
	return p, nil
}

func (h *Handlers) newPlan(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Catalogue.Plans(r.Context(), true)
	if err != nil {
		return err
	}
	return h.planForm(w, r, planForm{Tier: strconv.Itoa(min(len(list)+1, catalogue.MaxTier)), Currency: string(h.Catalogue.Currency(r.Context()))}, nil)
}

func (h *Handlers) plan(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "plan")
	if err != nil {
		return err
	}
	p, err := h.Catalogue.Plan(r.Context(), id)
	if err != nil {
		return err
	}
	return h.planForm(w, r, planFormOf(p), nil)
}

func (h *Handlers) planForm(w http.ResponseWriter, r *http.Request, f planForm, failed error) error {
	items, err := h.Catalogue.Items(r.Context(), catalogue.Filter{All: true})
	if err != nil {
		return err
	}
	for range spareLines {
		f.Lines = append(f.Lines, lineForm{Counts: string(catalogue.Nothing)})
	}
	return page.Render(w, r, statusOf(failed), planPage(f, items, failed))
}

func (h *Handlers) createPlan(w http.ResponseWriter, r *http.Request) error {
	return h.putPlan(w, r, 0)
}

func (h *Handlers) savePlan(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "plan")
	if err != nil {
		return err
	}
	return h.putPlan(w, r, id)
}

func (h *Handlers) putPlan(w http.ResponseWriter, r *http.Request, id ids.ID) error {
	f := typedPlan(r, id)
	p, err := f.plan()
	if err == nil {
		_, err = h.Catalogue.SavePlan(r.Context(), p)
	}
	if mendable(err) {
		return h.planForm(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The plan is saved."), "/catalogue/plans")
}

func (h *Handlers) deletePlan(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "plan")
	if err != nil {
		return err
	}
	if err := h.Catalogue.DeletePlan(r.Context(), id); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The plan is deleted; its items stay."), "/catalogue/plans")
}

// itemOptions offers the items that are sold, and the one that is chosen.
func itemOptions(label string, items []catalogue.Item, chosen string) []page.Option {
	out := []page.Option{{Label: label}}
	for _, it := range items {
		if !it.Archived || it.ID.String() == chosen {
			out = append(out, page.Option{Value: it.ID.String(), Label: it.Name, Data: true})
		}
	}
	return out
}
