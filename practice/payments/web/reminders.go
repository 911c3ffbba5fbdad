// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/billing"
	"mainstay/practice/payments"
)

type reminderRow struct {
	payments.Reminder
	text payments.ReminderText
}

type remindersView struct {
	rows    []reminderRow
	holds   []payments.Hold
	sent    []payments.SentReminder
	names   map[ids.ID]string
	docs    map[ids.ID]billing.Doc
	clients []page.Option
	auto    bool
	hold    payments.Hold
	until   string
	err     error
}

func (h *Handlers) reminders(w http.ResponseWriter, r *http.Request) error {
	return h.remindersPage(w, r, remindersView{hold: payments.Hold{Client: idOf(r.URL.Query().Get("client"))}})
}

func (h *Handlers) remindersPage(w http.ResponseWriter, r *http.Request, v remindersView) error {
	ctx := r.Context()
	list, err := h.Payments.Reminders(ctx, h.Payments.Today())
	if err != nil {
		return err
	}
	for _, x := range list {
		row := reminderRow{Reminder: x}
		if len(x.Docs) > 0 {
			if row.text, err = h.Payments.Letter(ctx, x); err != nil {
				return err
			}
		}
		v.rows = append(v.rows, row)
	}
	set, err := h.Payments.Settings(ctx)
	if err != nil {
		return err
	}
	v.auto = set.Auto
	if v.holds, err = h.Payments.Holds(ctx); err != nil {
		return err
	}
	if v.sent, err = h.Payments.SentReminders(ctx, 0, 20); err != nil {
		return err
	}
	var all []ids.ID
	v.docs = map[ids.ID]billing.Doc{}
	for _, x := range v.holds {
		all = append(all, x.Client)
		if x.Invoice != 0 {
			if v.docs[x.Invoice], err = h.Billing.Doc(ctx, x.Invoice); err != nil {
				return err
			}
		}
	}
	for _, x := range v.sent {
		all = append(all, x.Client)
		if v.docs[x.Invoice], err = h.Billing.Doc(ctx, x.Invoice); err != nil {
			return err
		}
	}
	if v.names, err = h.names(ctx, all...); err != nil {
		return err
	}
	if v.clients, err = h.choices(ctx, locale.T(ctx, "Choose a client")); err != nil {
		return err
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, remindersTempl(v))
}

// ready counts the reminders that can go out.
func (v remindersView) ready() (n int) {
	for _, r := range v.rows {
		if r.Problem == "" {
			n++
		}
	}
	return n
}

func (h *Handlers) sendReminders(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	_ = r.ParseForm()
	to := []ids.ID{}
	for _, s := range r.PostForm["client"] {
		if id := idOf(s); id != 0 {
			to = append(to, id)
		}
	}
	n, err := h.Payments.SendReminders(ctx, to)
	if err != nil {
		return bad(w, r, err, "/payments/reminders")
	}
	return good(w, r, locale.N(ctx, "%d reminder is on its way.|%d reminders are on their way.", int64(n)), "/payments/reminders")
}

func (h *Handlers) interest(w http.ResponseWriter, r *http.Request) error {
	id, err := h.Payments.DraftInterest(r.Context(), idOf(r.PostFormValue("client")), money.Currency(r.PostFormValue("currency")))
	if err != nil {
		return bad(w, r, err, "/payments/reminders")
	}
	return good(w, r, locale.T(r.Context(), "The draft of the fee is made. Look at it, then issue it."), invoiceURL(id))
}

func (h *Handlers) setHold(w http.ResponseWriter, r *http.Request) error {
	f := r.PostFormValue
	x := payments.Hold{Client: idOf(f("client")), Invoice: idOf(f("invoice")), Note: f("note")}
	var err error
	if x.Until, err = dayOf(f("until"), "until"); err == nil {
		err = h.Payments.SetHold(r.Context(), x)
	}
	if mendable(err) {
		return h.remindersPage(w, r, remindersView{hold: x, until: f("until"), err: err})
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "On hold: no reminder goes out."), "/payments/reminders")
}

func (h *Handlers) endHold(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "hold")
	if err != nil {
		return err
	}
	if err := h.Payments.EndHold(r.Context(), id); err != nil {
		return bad(w, r, err, "/payments/reminders")
	}
	return good(w, r, locale.T(r.Context(), "Reminders go out again."), "/payments/reminders")
}
