// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

// amendForm is an amendment as it was typed: the lines as they are to be, and new ones.
type amendForm struct {
	Version, Day, Reason string
	form
}

func (h *Handlers) amend(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	if a.State != agreements.Active {
		return fault.NewConflict("Only an active agreement is amended; a draft is simply changed.")
	}
	day := a.Reference(h.Agreements.Today(a.Zone))
	if d, err := dayOf(r.URL.Query().Get("day"), "day"); err == nil && d.Known() {
		day = d
	} else if n := a.Cycle.Boundary(a.Cycle.Index(day) + 1); !a.Ended(n) {
		day = n // most changes hold from the next interval on
	}
	f := amendForm{Version: versionText(a), Day: day.String()}
	for i := range a.Lines {
		if x, ok := lineOf(a, &a.Lines[i], day); ok {
			f.Lines = append(f.Lines, x)
		}
	}
	return h.amendPage(w, r, a, f, nil)
}

// lineOf shows a line as it stands on a day; false for what is charged once. One that has ended stands as it did at its end.
func lineOf(a *agreements.Agreement, l *agreements.Line, day civil.Date) (lineForm, bool) {
	t := termsOf(l, day)
	if t == nil || t.Once {
		return lineForm{}, false
	}
	var quantity *money.Decimal
	if q, f := l.Quantity(day); f.ID != 0 && l.Counted == agreements.CountedFixed {
		quantity = &q
	}
	x := lineFormOf(&a.Head, l.Copy, t, quantity)
	x.Of, x.Last = l.ID.String(), dayText(l.Own)
	return x, true
}

// termsOf returns the terms that hold on a day, or the last ones, or the first.
func termsOf(l *agreements.Line, day civil.Date) *rating.Terms {
	if t := l.On(day); t != nil {
		return t
	}
	var found *rating.Terms
	for i := range l.Terms {
		if found == nil || l.Terms[i].From <= day {
			found = &l.Terms[i]
		}
	}
	return found
}

func typedAmendment(r *http.Request) amendForm {
	return amendForm{Version: r.PostFormValue("version"), Day: r.PostFormValue("day"), Reason: r.PostFormValue("reason"), form: typedForm(r)}
}

// amendment reads what differs from the agreement as it stands on the day.
func (f amendForm) amendment(a *agreements.Agreement) (am agreements.Amendment, err error) {
	am.Reason = strings.TrimSpace(f.Reason)
	if am.Day, err = dayOf(f.Day, "day"); err != nil {
		return am, err
	}
	if !am.Day.Known() {
		return am, fault.NewInvalid("Enter the day from which the change holds.").On("day")
	}
	for _, x := range f.Lines {
		if x.Of == "" {
			if strings.TrimSpace(x.Name+x.Price) == "" {
				continue
			}
			n, err := x.line(&a.Head)
			if err != nil {
				return am, err
			}
			am.Changes = append(am.Changes, agreements.Change{New: &n})
			continue
		}
		l := a.Line(idOf(x.Of))
		if l == nil {
			return am, fault.NewInvalid("There is no such line in this agreement.").On("lines")
		}
		c, changed, err := x.change(a, l, am.Day)
		if err != nil {
			return am, err
		}
		if changed {
			am.Changes = append(am.Changes, c)
		}
	}
	return am, nil
}

func (l lineForm) change(a *agreements.Agreement, of *agreements.Line, day civil.Date) (c agreements.Change, changed bool, err error) {
	c.Line = of.ID
	l.Counted = of.Counted
	t, err := l.terms(&a.Head)
	if err != nil {
		return c, false, err
	}
	if old := termsOf(of, day); old != nil && !sameTerms(old, &t) {
		c.Terms, changed = &t, true
	}
	if of.Counted == agreements.CountedFixed && l.Quantity != "" {
		q, err := decimalOf(l.Quantity, "lines")
		if err != nil {
			return c, false, err
		}
		if old, _ := of.Quantity(day); old.Exact().Cmp(q.Exact()) != 0 {
			c.Quantity, changed = q, true
		}
	}
	last, err := dayOf(l.Last, "lines")
	if err != nil {
		return c, false, err
	}
	if last != of.Own {
		c.Last, changed = &last, true
	}
	return c, changed, nil
}

func sameTerms(a, b *rating.Terms) bool {
	same := func(x, y money.Decimal) bool { return x.Exact().Cmp(y.Exact()) == 0 }
	bound := func(x, y *money.Decimal) bool { return x == nil && y == nil || x != nil && y != nil && same(*x, *y) }
	p, q := &a.Price, &b.Price
	return a.Once == b.Once && a.Arrears == b.Arrears && a.Prorate == b.Prorate && a.Rule == b.Rule && a.Cycle.Unit == b.Cycle.Unit && max(1, a.Cycle.Every) == max(1, b.Cycle.Every) &&
		p.Model == q.Model && same(p.Unit, q.Unit) && same(p.Size, q.Size) && same(p.Free, q.Free) && bound(p.Least, q.Least) && bound(p.Most, q.Most) &&
		slices.EqualFunc(p.Tiers, q.Tiers, func(x, y rating.Tier) bool {
			return x.Open == y.Open && (x.Open || same(x.UpTo, y.UpTo)) && same(x.Unit, y.Unit) && same(x.Flat, y.Flat)
		})
}

func (h *Handlers) putAmendment(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	f := typedAmendment(r)
	if f.act(r.PostFormValue("do")) {
		return h.amendPage(w, r, a, f, nil)
	}
	am, err := f.amendment(a)
	if err == nil {
		_, err = h.Agreements.Amend(r.Context(), a.ID, versionOf(r), am)
	}
	if mendable(err) {
		return h.amendPage(w, r, a, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The agreement is amended from %s on.", locale.From(r.Context()).Date(am.Day)), address(urlOf(a.ID), "day", am.Day.String()))
}

func (h *Handlers) amendPage(w http.ResponseWriter, r *http.Request, a *agreements.Agreement, f amendForm, failed error) error {
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, amendRows(a, f, failed))
	}
	o, err := h.amended(r, a, f)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, amendPage(a, f, o, failed))
}

// forecastAmendment answers what an amendment comes to, as the part of the page that shows it.
func (h *Handlers) forecastAmendment(w http.ResponseWriter, r *http.Request) error {
	a, err := h.find(r)
	if err != nil {
		return err
	}
	o, err := h.amended(r, a, typedAmendment(r))
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, outlookPart(o))
}

// amended is what would be billed after an amendment, and what a month comes to before and after it.
func (h *Handlers) amended(r *http.Request, a *agreements.Agreement, f amendForm) (outlook, error) {
	am, err := f.amendment(a)
	after := a
	if err == nil && len(am.Changes) > 0 {
		after, err = h.Agreements.Try(r.Context(), a.ID, a.Version, am)
	}
	o, failed := h.look(r.Context(), after, err)
	if failed != nil || err != nil {
		return o, failed
	}
	monthly := func(x *agreements.Agreement, day civil.Date) string {
		n, err := x.Monthly(day)
		if err != nil {
			return "–"
		}
		return locale.From(r.Context()).Money(n, x.Currency)
	}
	o.was, o.now = monthly(a, am.Day-1), monthly(after, am.Day)
	if am.Day == a.Starts {
		o.was = monthly(a, am.Day)
	}
	return o, nil
}
