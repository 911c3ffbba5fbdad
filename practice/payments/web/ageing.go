// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"net/http"
	"strconv"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/paper"
	"mainstay/practice/payments"
)

type ageingView struct {
	payments.Ageing
	today civil.Date
}

func (h *Handlers) asOf(r *http.Request) (payments.Ageing, error) {
	day, err := dayOf(r.URL.Query().Get("day"), "day")
	if err != nil || !day.Known() {
		day = h.Payments.Today()
	}
	return h.Payments.Ageing(r.Context(), day, 0)
}

func (h *Handlers) ageing(w http.ResponseWriter, r *http.Request) error {
	a, err := h.asOf(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, ageingPage(ageingView{a, h.Payments.Today()}))
}

func (h *Handlers) exportAgeing(w http.ResponseWriter, r *http.Request) error {
	a, err := h.asOf(r)
	if err != nil {
		return err
	}
	out := csv(w, "ageing-"+a.Day.String()+".csv")
	if err := out.Write("Client", "Currency", "Not due", "1-30", "31-60", "61-90", "Over 90", "Credit", "Total", "Invoices", "Oldest due day"); err != nil {
		return err
	}
	for _, x := range a.Rows {
		m := func(n int64) string { return money.FormatMinor(n, x.Currency.Digits()) }
		if err := out.Write(x.Name, string(x.Currency), m(x.Days[0]), m(x.Days[1]), m(x.Days[2]), m(x.Days[3]), m(x.Days[4]), m(x.Credit), m(x.Total()), strconv.Itoa(x.Invoices), x.Oldest.String()); err != nil {
			return err
		}
	}
	return out.Flush()
}

type statementView struct {
	name     string
	client   string
	from, to string
	list     []payments.Statement
	sent     []payments.SentStatement
	email    string // that statements are mailed to
	err      error
}

// period reads the days of a statement: without them, the last three months.
func (h *Handlers) period(r *http.Request) (from, to civil.Date, err error) {
	today := h.Payments.Today()
	from, to = (today.Month() - 2).First(), today
	q := r.URL.Query()
	if d, err := dayOf(q.Get("from"), "from"); err != nil {
		return from, to, err
	} else if d.Known() {
		from = d
	}
	if d, err := dayOf(q.Get("to"), "to"); err != nil {
		return from, to, err
	} else if d.Known() {
		to = d
	}
	return from, to, nil
}

func (h *Handlers) statement(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "client")
	if err != nil {
		return err
	}
	names, err := h.names(r.Context(), id)
	if err != nil {
		return err
	}
	if names[id] == "" {
		return fault.NewNotFound("There is no such client.")
	}
	from, to, err := h.period(r)
	v := statementView{name: names[id], client: id.String(), from: from.String(), to: to.String()}
	if err == nil {
		v.list, err = h.Payments.Statements(r.Context(), id, from, to)
	}
	if err != nil && !mendable(err) {
		return err
	}
	failed := err
	if v.sent, err = h.Payments.SentStatements(r.Context(), id, 12); err != nil {
		return err
	}
	a, err := h.Billing.Account(r.Context(), id)
	if err != nil {
		return err
	}
	v.email = a.Email
	err = failed
	status := http.StatusOK
	if v.err = err; err != nil {
		status = page.StatusOf(err)
	}
	return page.Render(w, r, status, statementPage(v))
}

func (h *Handlers) statementPDF(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "client")
	if err != nil {
		return err
	}
	from, to, err := h.period(r)
	if err != nil {
		return err
	}
	look := paper.Look{}
	if h.Look != nil {
		if look, err = h.Look(ctx); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := h.Payments.WriteStatement(ctx, &b, id, from, to, look); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="statement-`+to.String()+`.pdf"`)
	_, err = w.Write(b.Bytes())
	return err
}

// bucketNames say how late what stands in a column is.
func bucketNames(p locale.Printer) []string {
	return []string{p.T("Not due"), p.T("1–30 days"), p.T("31–60 days"), p.T("61–90 days"), p.T("Over 90 days")}
}
