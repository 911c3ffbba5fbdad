// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/billing"
)

// shownDue is how many agreements the page of what is due lists; the sums are of all.
const shownDue = 200

// dueView is what a run would bill.
type dueView struct {
	day    civil.Date
	rows   []*billing.Preview
	more   int
	sums   map[money.Currency]*dueSum
	order  []money.Currency
	held   int
	failed int
	drafts int
	ready  error // what is missing before anything can be issued
	open   ids.ID
}

type dueSum struct {
	count     int
	net, last int64
	work      int64 // of net
}

func (h *Handlers) due(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := dueView{day: h.Billing.Today(), sums: map[money.Currency]*dueSum{}}
	day, failed := dayOf(r.URL.Query().Get("day"), "day")
	if failed == nil && day.Known() {
		v.day = day
	}
	firm, err := h.Billing.Firm(ctx)
	if err != nil {
		return err
	}
	v.ready = firm.Ready()
	if v.open, err = h.Billing.Open(ctx); err != nil {
		return err
	}
	if err := h.collect(ctx, &v); err != nil {
		return err
	}
	state := billing.DraftDoc
	drafts, err := h.Billing.List(ctx, billing.Filter{State: &state, Limit: 500})
	if err != nil {
		return err
	}
	v.drafts = len(drafts.Rows)
	return page.Render(w, r, http.StatusOK, duePage(&v, failed))
}

func (h *Handlers) collect(ctx context.Context, v *dueView) error {
	err := h.Billing.Previews(ctx, billing.Order{Day: v.day}, false, func(p *billing.Preview) error {
		if p.Failed != "" {
			v.failed++
		} else {
			s := v.sums[p.Currency()]
			if s == nil {
				s = &dueSum{}
				v.sums[p.Currency()] = s
				v.order = append(v.order, p.Currency())
			}
			s.count++
			s.net += p.Net + p.Work
			s.work += p.Work
			s.last += p.Last
		}
		if p.Held != "" {
			v.held++
		}
		if len(v.rows) < shownDue || p.Held != "" || p.Failed != "" {
			v.rows = append(v.rows, p)
		} else {
			v.more++
		}
		return nil
	})
	slices.Sort(v.order)
	// What needs somebody comes first, then what has changed most.
	slices.SortStableFunc(v.rows, func(a, b *billing.Preview) int { return weight(b) - weight(a) })
	return err
}

func weight(p *billing.Preview) int {
	switch {
	case p.Failed != "":
		return 3
	case p.Held != "":
		return 2
	case p.Agreement != nil && p.Net != p.Last:
		return 1
	}
	return 0
}

// dueOne shows what one agreement would be billed, with the causes of the difference.
func (h *Handlers) dueOne(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := idIn(r, "agreement")
	if err != nil {
		return err
	}
	day, _ := dayOf(r.URL.Query().Get("day"), "day")
	var found *billing.Preview
	err = h.Billing.Previews(ctx, billing.Order{Agreement: id, Day: day}, true, func(p *billing.Preview) error { found = p; return nil })
	if err != nil {
		return err
	}
	if found == nil {
		return good(w, r, locale.T(ctx, "Nothing is due of this agreement."), "/billing")
	}
	if found.Document != nil {
		if err := h.Billing.Compare(ctx, found); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return page.Render(w, r, http.StatusOK, dueOnePage(found))
}

// dueWork shows what a client would be billed for work by itself.
func (h *Handlers) dueWork(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := idIn(r, "client")
	if err != nil {
		return err
	}
	day, _ := dayOf(r.URL.Query().Get("day"), "day")
	var found []*billing.Preview
	err = h.Billing.Previews(ctx, billing.Order{Day: day}, true, func(p *billing.Preview) error {
		if p.Agreement == nil && p.ClientID == id {
			found = append(found, p)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return good(w, r, locale.T(ctx, "No work of this client is billed by itself."), "/billing")
	}
	return page.Render(w, r, http.StatusOK, dueWorkPage(found))
}

func (h *Handlers) acknowledge(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "agreement")
	if err != nil {
		return err
	}
	day, err := dayOf(r.PostFormValue("day"), "day")
	if err != nil {
		return err
	}
	net, err := minorOf(r.PostFormValue("net"), "net", money.Currency(r.PostFormValue("currency")))
	if err != nil {
		return err
	}
	if err := h.Billing.Acknowledge(r.Context(), id, day, net, r.PostFormValue("note")); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The difference is accepted: the next run bills it."), "/billing")
}

func (h *Handlers) runs(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Billing.Runs(r.Context(), 100)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, runsPage(list))
}

func (h *Handlers) start(w http.ResponseWriter, r *http.Request) error {
	day, err := dayOf(r.PostFormValue("day"), "day")
	if err != nil {
		return bad(w, r, err, "/billing")
	}
	o := billing.Order{Day: day, Issue: r.PostFormValue("issue") == "yes", Client: idOf(r.PostFormValue("client")), Agreement: idOf(r.PostFormValue("agreement"))}
	id, err := h.Billing.Start(r.Context(), o)
	if err != nil {
		return bad(w, r, err, "/billing")
	}
	return page.Redirect(w, r, runURL(id))
}

// runView is a run with what it made.
type runView struct {
	billing.Run
	docs   billing.List
	left   []leftOut
	drafts int
}

type leftOut struct {
	billing.Exception
	name, href string
}

func (h *Handlers) run(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := idIn(r, "run")
	if err != nil {
		return err
	}
	v := runView{}
	if v.Run, err = h.Billing.Run(ctx, id); err != nil {
		return err
	}
	if v.docs, err = h.Billing.List(ctx, billing.Filter{Run: id, Limit: 500}); err != nil {
		return err
	}
	for _, d := range v.docs.Rows {
		if d.State == billing.DraftDoc {
			v.drafts++
		}
	}
	left, err := h.Billing.Exceptions(ctx, id)
	if err != nil {
		return err
	}
	for _, x := range left {
		l := leftOut{Exception: x}
		if x.Kind == "work" {
			names, err := h.Clients.Names(ctx, access.WholeFirm(), x.Subject)
			if err != nil {
				return err
			}
			l.name, l.href = names[x.Subject], accountURL(x.Subject)
		} else if a, err := h.Agreements.Get(ctx, x.Subject); err == nil {
			l.name, l.href = a.Number+" "+a.Name, "/billing/due/"+x.Subject.String()
		}
		v.left = append(v.left, l)
	}
	return page.Render(w, r, http.StatusOK, runPage(&v))
}

// runEvents tells how far a run has come, until it is finished.
func (h *Handlers) runEvents(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "run")
	if err != nil {
		return err
	}
	if _, err := h.Billing.Run(r.Context(), id); err != nil {
		return err
	}
	stream, err := page.Events(w, r)
	if err != nil {
		return err
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		run, err := h.Billing.Run(r.Context(), id)
		if err != nil {
			return err
		}
		if err := stream.Progress(runState(r.Context(), run)); err != nil || run.Finished {
			return err
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-tick.C:
		}
	}
}

func runState(ctx context.Context, run billing.Run) page.ProgressState {
	s := page.ProgressState{Done: int64(run.Done), Total: int64(run.Total), Text: locale.N(ctx, "%d document written|%d documents written", int64(run.Documents))}
	if run.Finished {
		s.Next = runURL(run.ID)
	}
	return s
}

// issueRun issues the drafts of a run that were chosen, or all of them.
func (h *Handlers) issueRun(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := idIn(r, "run")
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	var chosen []ids.ID
	for _, text := range r.PostForm["doc"] {
		if x := idOf(text); x != 0 {
			chosen = append(chosen, x)
		}
	}
	slices.Sort(chosen)
	if len(chosen) == 0 {
		return bad(w, r, fault.NewInvalid("Choose at least one draft."), runURL(id))
	}
	out, err := h.Billing.Issue(ctx, chosen...)
	if err != nil {
		return bad(w, r, err, runURL(id))
	}
	return good(w, r, locale.N(ctx, "%d document issued|%d documents issued", int64(len(out))), runURL(id))
}
