// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/billing"
	"mainstay/practice/payments"
	"mainstay/practice/payments/match"
)

type listView struct {
	query  string
	left   bool
	rows   []payments.Payment
	next   string
	totals []payments.AgeingRow
	credit map[money.Currency]int64
	review int64
	any    bool
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := listView{query: q.Get("q"), left: q.Get("left") != ""}
	list, err := h.Payments.List(ctx, payments.Query{Text: v.query, Left: v.left, After: idOf(q.Get("after"))})
	if err != nil {
		return err
	}
	v.rows, v.any = list.Rows, len(list.Rows) > 0 || v.query != "" || v.left
	if list.Next != 0 {
		v.next = address("/payments", "q", v.query, "left", q.Get("left"), "after", list.Next.String())
	}
	a, err := h.Payments.Ageing(ctx, h.Payments.Today(), 0)
	if err != nil {
		return err
	}
	v.totals = a.Totals
	if v.credit, err = h.Payments.CreditOf(ctx, 0); err != nil {
		return err
	}
	if v.review, err = h.Payments.CountBookings(ctx); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, listPage(v))
}

// measures are what stands above the list, in the first currency.
func (v listView) measures(ctx context.Context) page.KPIs {
	if len(v.totals) == 0 {
		return nil
	}
	p, t := locale.From(ctx), v.totals[0]
	for _, x := range v.totals {
		if x.Total() > t.Total() {
			t = x
		}
	}
	var open, late int64
	for i, n := range t.Days {
		if open += n; i > 0 {
			late += n
		}
	}
	out := page.KPIs{
		{Label: p.T("Open"), Value: p.Money(open, t.Currency), Note: p.N("%d invoice|%d invoices", int64(t.Invoices)), Href: "/payments/ageing"},
		{Label: p.T("Overdue"), Value: p.Money(late, t.Currency), Href: "/payments/ageing"},
		{Label: p.T("Clients' credit"), Value: p.Money(-t.Credit, t.Currency), Href: "/payments?left=yes"},
		{Label: p.T("Bookings to review"), Value: p.Number(v.review), Href: "/payments/bank"},
	}
	return out
}

type openRow struct {
	billing.Doc
	amount string
}

type newView struct {
	client, day, amount, currency, method, reference, note string
	clients                                                []page.Option
	open                                                   []openRow
	err                                                    error
}

func (h *Handlers) newPayment(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	firm, err := h.Billing.Firm(r.Context())
	if err != nil {
		return err
	}
	v := newView{client: q.Get("client"), day: h.Payments.Today().String(), currency: string(firm.Currency), method: string(payments.ByBank)}
	if inv := idOf(q.Get("invoice")); inv != 0 {
		d, err := h.Billing.Doc(r.Context(), inv)
		if err != nil {
			return err
		}
		v.client, v.currency, v.amount, v.reference = d.Client.String(), string(d.Currency), typed(r.Context(), d.Open, d.Currency), d.Number
		return h.newForm(w, r, v, map[ids.ID]string{inv: v.amount})
	}
	return h.newForm(w, r, v, nil)
}

func (h *Handlers) newForm(w http.ResponseWriter, r *http.Request, v newView, amounts map[ids.ID]string) (err error) {
	ctx := r.Context()
	if v.clients, err = h.choices(ctx, locale.T(ctx, "Choose a client")); err != nil {
		return err
	}
	if id := idOf(v.client); id != 0 {
		docs, err := h.Payments.OpenOf(ctx, id)
		if err != nil {
			return err
		}
		for _, d := range docs {
			v.open = append(v.open, openRow{d, amounts[d.ID]})
		}
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, newPage(v))
}

func (h *Handlers) createPayment(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), r.PostFormValue
	v := newView{client: f("client"), day: f("day"), amount: f("amount"), currency: strings.ToUpper(strings.TrimSpace(f("currency"))), method: f("method"), reference: f("reference"), note: f("note")}
	amounts := allocated(r)
	if f("show") != "" { // the client was chosen: show what is open
		return h.newForm(w, r, v, amounts)
	}
	e := payments.Entry{Client: idOf(v.client), Currency: money.Currency(v.currency), Method: payments.Method(v.method), Reference: v.reference, Note: v.note}
	err := func() (err error) {
		if e.Day, err = dayOf(v.day, "day"); err != nil {
			return err
		}
		if e.Minor, err = minorOf(ctx, v.amount, "amount", e.Currency); err != nil {
			return err
		}
		e.Allocations, err = allocations(ctx, amounts, e.Currency)
		return err
	}()
	var id ids.ID
	if err == nil {
		id, err = h.Payments.Record(ctx, e)
	}
	if mendable(err) {
		v.err = err
		return h.newForm(w, r, v, amounts)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(ctx, "The payment is booked."), paymentURL(id))
}

// allocated are the amounts that a form gives to invoices, as typed: fields "to-" and the invoice's id.
func allocated(r *http.Request) map[ids.ID]string {
	out := map[ids.ID]string{}
	_ = r.ParseForm()
	for name, values := range r.PostForm {
		if id := idOf(strings.TrimPrefix(name, "to-")); id != 0 && strings.HasPrefix(name, "to-") && strings.TrimSpace(values[0]) != "" {
			out[id] = values[0]
		}
	}
	return out
}

func allocations(ctx context.Context, amounts map[ids.ID]string, c money.Currency) ([]match.Allocation, error) {
	var out []match.Allocation
	for id, text := range amounts {
		n, err := minorOf(ctx, text, "allocations", c)
		if err != nil {
			return nil, err
		}
		if n != 0 {
			out = append(out, match.Allocation{Invoice: id, Amount: n})
		}
	}
	sortAllocations(out)
	return out, nil
}

// sortAllocations puts them in the order of their invoices, so that the same form does the same.
func sortAllocations(list []match.Allocation) {
	slices.SortFunc(list, func(a, b match.Allocation) int { return cmp.Compare(a.Invoice, b.Invoice) })
}

type paymentView struct {
	p    payments.Payment
	held []match.Allocation
	docs map[ids.ID]billing.Doc
	open []billing.Doc
	most int64
}

func (h *Handlers) payment(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "payment")
	if err != nil {
		return err
	}
	v := paymentView{docs: map[ids.ID]billing.Doc{}}
	var list []payments.Allocation
	if v.p, list, err = h.Payments.Payment(ctx, id); err != nil {
		return err
	}
	v.held = payments.Held(list)
	v.most = v.p.Left
	for _, a := range v.held {
		v.most += a.Amount
		if v.docs[a.Invoice], err = h.Billing.Doc(ctx, a.Invoice); err != nil {
			return err
		}
	}
	if v.p.Left > 0 && may(ctx, access.PaymentsWrite) {
		open, err := h.Payments.OpenOf(ctx, v.p.Client)
		if err != nil {
			return err
		}
		for _, d := range open {
			if d.Currency == v.p.Currency {
				v.open = append(v.open, d)
			}
		}
	}
	return page.Render(w, r, http.StatusOK, paymentPage(v))
}

func (h *Handlers) allocate(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "payment")
	if err != nil {
		return err
	}
	p, _, err := h.Payments.Payment(r.Context(), id)
	if err != nil {
		return err
	}
	to, err := allocations(r.Context(), allocated(r), p.Currency)
	if err == nil {
		err = h.Payments.Allocate(r.Context(), id, to)
	}
	if err != nil {
		return bad(w, r, err, paymentURL(id))
	}
	return good(w, r, locale.T(r.Context(), "Saved."), paymentURL(id))
}

func (h *Handlers) release(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "payment")
	if err != nil {
		return err
	}
	_, list, err := h.Payments.Payment(r.Context(), id)
	if err != nil {
		return err
	}
	inv := idOf(r.PostFormValue("invoice"))
	for _, a := range payments.Held(list) {
		if a.Invoice == inv {
			if err := h.Payments.Release(r.Context(), id, a); err != nil {
				return bad(w, r, err, paymentURL(id))
			}
		}
	}
	return good(w, r, locale.T(r.Context(), "It is the client's credit again."), paymentURL(id))
}

func (h *Handlers) undo(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "payment")
	if err != nil {
		return err
	}
	p, _, err := h.Payments.Payment(r.Context(), id)
	if err != nil {
		return err
	}
	if p.Line != 0 {
		err = h.Payments.Reopen(r.Context(), p.Line)
	} else {
		err = h.Payments.Undo(r.Context(), id, r.PostFormValue("why"))
	}
	if err != nil {
		return bad(w, r, err, paymentURL(id))
	}
	return good(w, r, locale.T(r.Context(), "The payment is taken back."), paymentURL(id))
}

func (h *Handlers) refund(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "payment")
	if err != nil {
		return err
	}
	p, _, err := h.Payments.Payment(ctx, id)
	if err != nil {
		return err
	}
	n, err := minorOf(ctx, r.PostFormValue("amount"), "amount", p.Currency)
	if err != nil {
		return bad(w, r, err, paymentURL(id))
	}
	if p.Method == payments.ByStripe && r.PostFormValue("how") == "stripe" {
		err = h.Payments.RefundStripe(ctx, id, n, r.PostFormValue("note"))
	} else {
		_, err = h.Payments.Refund(ctx, id, n, payments.ByBank, r.PostFormValue("note"))
	}
	if err != nil {
		return bad(w, r, err, paymentURL(id))
	}
	return good(w, r, locale.T(ctx, "The money is given back."), paymentURL(id))
}

// charge takes what is open of an invoice by a saved way of paying.
func (h *Handlers) charge(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "invoice")
	if err != nil {
		return err
	}
	state, err := h.Payments.ChargeSaved(ctx, id, idOf(r.PostFormValue("method")))
	switch {
	case err != nil:
		return bad(w, r, err, invoiceURL(id))
	case state == payments.AttemptUnderWay:
		return good(w, r, locale.T(ctx, "The payment is under way: the bank confirms it within some days."), invoiceURL(id))
	}
	return good(w, r, locale.T(ctx, "The invoice is paid."), invoiceURL(id))
}
