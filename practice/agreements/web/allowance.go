// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
)

// allowanceForm is an allowance as it is to be from a day on, as it was typed.
type allowanceForm struct {
	Of, Day, Reason, Line string // Of is the allowance that it comes in the place of; "" = it is a new one
	potForm
}

// allowanceView is the form with what the allowance was until now.
type allowanceView struct {
	a     *agreements.Agreement
	f     allowanceForm
	old   *agreements.Pot  // nil = a new one
	past  []agreements.Pot // the latest first, with the one that is changed
	types []Choice
	err   error
}

// noLine is the word of the form for what is free beyond an allowance.
const noLine = "free"

func (h *Handlers) askAllowance(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	if a.State != agreements.Active {
		return fault.NewConflict("Only an active agreement is amended; a draft is simply changed.")
	}
	today := a.Reference(h.Agreements.Today(a.Zone))
	f := allowanceForm{Of: r.URL.Query().Get("pot"), Line: noLine, potForm: potForm{Measure: agreements.Hours, Alert: "10"}}
	cycle := a.Cycle
	if old := a.Pot(idOf(f.Of)); old != nil {
		f.potForm = potFormOf(old)
		if old.Line != 0 {
			f.Line = old.Line.String()
		}
		cycle, today = old.Cycle, max(today, old.Valid.From)
	}
	day := cycle.Boundary(cycle.Index(today) + 1) // most changes hold from the next interval on
	if a.Ended(day) {
		day = today
	}
	f.Day = day.String()
	return h.allowancePage(w, r, a, f, nil)
}

func (h *Handlers) allowancePage(w http.ResponseWriter, r *http.Request, a *agreements.Agreement, f allowanceForm, failed error) error {
	v := allowanceView{a: a, f: f, old: a.Pot(idOf(f.Of)), err: failed}
	if f.Of != "" && v.old == nil {
		return fault.NewNotFound("There is no such allowance.")
	}
	for p := v.old; p != nil && len(v.past) < len(a.Pots); p = a.Pot(p.Follows) {
		if !p.Valid.Empty() {
			v.past = append(v.past, *p)
		}
	}
	var err error
	if v.types, err = h.choices(r.Context(), h.WorkTypes); err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, allowancePage(v))
}

func typedAllowance(r *http.Request) allowanceForm {
	v := r.PostFormValue
	return allowanceForm{v("of"), v("day"), v("reason"), v("line"), potForm{
		Name: v("name"), Measure: v("measure"), Each: v("each"), Every: v("every"), Carry: v("carry"), Keep: v("keep"), Alert: v("alert"), Work: r.PostForm["work"], After: v("after"), Weights: v("weights"),
	}}
}

// amendment is what the form asks for: another allowance in the place of one, a new one, or its end.
func (f allowanceForm) amendment(types []Choice, end bool) (am agreements.Amendment, err error) {
	am.Reason = f.Reason
	if am.Day, err = dayOf(f.Day, "day"); err != nil {
		return am, err
	}
	c := agreements.PotChange{End: idOf(f.Of), Line: idOf(f.Line), Free: f.Line == noLine}
	if !end {
		p, err := f.pot(types)
		if err != nil {
			return am, err
		}
		c.New = &p
	}
	am.Pots = []agreements.PotChange{c}
	return am, nil
}

func (h *Handlers) putAllowance(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	types, err := h.choices(r.Context(), h.WorkTypes)
	if err != nil {
		return err
	}
	f := typedAllowance(r)
	am, err := f.amendment(types, r.PostFormValue("do") == "end" && f.Of != "")
	if err == nil {
		_, err = h.Agreements.Amend(r.Context(), a.ID, versionOf(r), am)
	}
	if mendable(err) {
		return h.allowancePage(w, r, a, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The allowance is changed from %s on.", locale.From(r.Context()).Date(am.Day)), address(urlOf(a.ID), "day", am.Day.String()))
}

// beyondOptions are the lines that can bill what goes beyond an allowance.
func beyondOptions(ctx context.Context, a *agreements.Agreement) []page.Option {
	out := []page.Option{{Value: noLine, Label: locale.T(ctx, "is free")}}
	for i := range a.Lines {
		if l := &a.Lines[i]; l.Counted == agreements.CountedWork {
			out = append(out, page.Option{Value: l.ID.String(), Label: l.Name, Data: true})
		}
	}
	return out
}

func keepName(ctx context.Context, n int64) string {
	switch {
	case n < 0:
		return locale.T(ctx, "without end")
	case n == 0:
		return locale.T(ctx, "until its interval ends")
	}
	return locale.N(ctx, "one interval more|%d intervals more", n)
}
