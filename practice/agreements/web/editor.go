// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// forecasts is how many documents are shown while one edits.
const forecasts = 3

// editorView is what the editor's page shows.
type editorView struct {
	id      ids.ID // 0 = a new one
	f       form
	clients []agreements.Choice
	types   []Choice
	levels  []Choice
	plans   []catalogue.Plan
	err     error
	outlook outlook
}

// outlook is what would be billed, or why nobody can say.
type outlook struct {
	bills    []Bill
	note     string
	empty    bool   // nothing is due within two years
	was, now string // monthly value before and after an amendment
}

func (h *Handlers) choices(ctx context.Context, list func(context.Context) ([]Choice, error)) ([]Choice, error) {
	if list == nil {
		return nil, nil
	}
	return list(ctx)
}

func (h *Handlers) newDraft(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	today := h.Agreements.Today("")
	next := civil.NewMonth(today.Month().Civil()).First()
	if next < today {
		next = (today.Month() + 1).First()
	}
	d := agreements.NewAgreement{Head: agreements.Head{
		Client: idOf(r.URL.Query().Get("client")), Starts: next, Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: next, Unit: rating.Month, Every: 1},
	}}
	if h.Currency != nil {
		d.Currency = h.Currency(ctx)
	}
	var plan error
	if id := idOf(r.URL.Query().Get("plan")); id != 0 {
		if d.Lines, plan = h.fromPlan(ctx, id, &d); plan != nil && !mendable(plan) {
			return plan
		}
	}
	f := formOf(d, 0)
	if len(f.Lines) == 0 {
		f.Lines = []lineForm{{Model: strconv.Itoa(int(rating.PerUnit))}}
	}
	return h.editor(w, r, 0, f, plan)
}

// fromPlan makes lines of a plan of the catalogue, at the prices of the agreement's first day.
func (h *Handlers) fromPlan(ctx context.Context, id ids.ID, d *agreements.NewAgreement) ([]agreements.NewLine, error) {
	if h.Catalogue == nil {
		return nil, fault.NewNotFound("There is no such plan.")
	}
	list, missing, err := agreements.FromPlan(ctx, h.Catalogue, id, d.Starts)
	if err != nil {
		return nil, err
	}
	d.Name, d.Scope, d.Currency, d.Plan, d.Origin, d.Least = list.Name, list.Scope, list.Currency, id, "plan", list.Least
	if missing != "" {
		return list.Lines, fault.NewInvalid("These items have no price in %[1]s: %[2]s. Enter their prices.", list.Currency, missing).On("lines")
	}
	return list.Lines, nil
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	if a.State != agreements.Draft {
		return fault.NewConflict("The agreement is signed: change it by an amendment from a day on.")
	}
	return h.editor(w, r, a.ID, formOf(a.Draft(a.Starts), a.Version), nil)
}

func (h *Handlers) createDraft(w http.ResponseWriter, r *http.Request) error {
	return h.putDraft(w, r, 0, func(ctx context.Context, d agreements.NewAgreement) (ids.ID, error) {
		return h.Agreements.Create(ctx, d)
	})
}

func (h *Handlers) saveDraft(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	return h.putDraft(w, r, a.ID, func(ctx context.Context, d agreements.NewAgreement) (ids.ID, error) {
		return a.ID, h.Agreements.SaveDraft(ctx, a.ID, versionOf(r), d)
	})
}

func (h *Handlers) putDraft(w http.ResponseWriter, r *http.Request, id ids.ID, put func(context.Context, agreements.NewAgreement) (ids.ID, error)) (err error) {
	f := typedForm(r)
	if f.act(r.PostFormValue("do")) {
		return h.editor(w, r, id, f, nil)
	}
	if f.types, err = h.choices(r.Context(), h.WorkTypes); err != nil {
		return err
	}
	d, err := f.draft()
	if err == nil {
		id, err = put(r.Context(), d)
	}
	if mendable(err) {
		return h.editor(w, r, id, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The draft is saved."), urlOf(id))
}

// editor shows the form; a fragment is the form alone, for a row that was added.
func (h *Handlers) editor(w http.ResponseWriter, r *http.Request, id ids.ID, f form, failed error) error {
	ctx := r.Context()
	v := editorView{id: id, f: f, err: failed}
	var err error
	if v.clients, err = h.Agreements.Clients(ctx); err != nil {
		return err
	}
	if v.types, err = h.choices(ctx, h.WorkTypes); err != nil {
		return err
	}
	if v.levels, err = h.choices(ctx, h.Levels); err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, editorRows(&v))
	}
	if id == 0 && h.Catalogue != nil {
		if v.plans, err = h.Catalogue.Plans(ctx, false); err != nil {
			return err
		}
	}
	v.f.types = v.types
	if v.outlook, err = h.outlook(ctx, v.f); err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil && r.Method == http.MethodPost {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, editorPage(&v))
}

// forecastDraft answers what a form comes to, as the part of the page that shows it.
func (h *Handlers) forecastDraft(w http.ResponseWriter, r *http.Request) (err error) {
	f := typedForm(r)
	if f.types, err = h.choices(r.Context(), h.WorkTypes); err != nil {
		return err
	}
	o, err := h.outlook(r.Context(), f)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, outlookPart(o))
}

func (h *Handlers) outlook(ctx context.Context, f form) (outlook, error) {
	d, err := f.draft()
	var a *agreements.Agreement
	if err == nil && len(d.Lines) == 0 {
		return outlook{note: locale.T(ctx, "As soon as a line has a name and a price, the next invoices stand here.")}, nil
	}
	if err == nil {
		a, err = h.Agreements.Imagine(d)
	}
	return h.look(ctx, a, err)
}

// look forecasts an agreement; what nobody can reckon is said in words.
func (h *Handlers) look(ctx context.Context, a *agreements.Agreement, err error) (outlook, error) {
	var o outlook
	if err == nil && h.Forecast != nil {
		o.bills, err = h.Forecast(ctx, a, forecasts)
	}
	if mendable(err) {
		return outlook{note: locale.From(ctx).Fault(err)}, nil
	}
	o.empty = len(o.bills) == 0
	return o, err
}
