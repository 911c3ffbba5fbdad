// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/worklog"
)

// startForm is what was typed on the timer's page.
type startForm struct{ Client, Ticket, Type, Note, Time string }

func timeHint(ctx context.Context) string {
	return locale.T(ctx, "Such as 1:30, 1.5 or 45m.")
}

func (h *Handlers) timer(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	return h.timerPage(w, r, startForm{Client: v.Get("client"), Ticket: v.Get("ticket"), Type: v.Get("type")}, nil)
}

func (h *Handlers) timerPage(w http.ResponseWriter, r *http.Request, f startForm, failed error) error {
	running, err := h.Work.Running(r.Context(), actor(r.Context()).ID)
	if err != nil {
		return err
	}
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, timerPage(running, l, f, h.Work.HasTickets(), failed))
}

func (h *Handlers) startTimer(w http.ResponseWriter, r *http.Request) error {
	v := r.PostFormValue
	f := startForm{Client: v("client"), Ticket: v("ticket"), Type: v("type"), Note: v("note")}
	number, err := ticketOf(f.Ticket)
	if err == nil {
		err = h.Work.StartTimer(r.Context(), actor(r.Context()), worklog.Start{Client: idOf(f.Client), Number: number, Type: idOf(f.Type), Note: f.Note, Switch: v("switch") != ""})
	}
	if mendable(err) {
		return h.timerPage(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The timer is running."), page.Local(orElse(v("back"), "/time/timer")))
}

func (h *Handlers) stopTimer(w http.ResponseWriter, r *http.Request) error {
	v := r.PostFormValue
	note := v("note")
	f := worklog.Finish{Internal: v("internal"), After: v("after") != ""}
	if r.PostForm.Has("note") {
		f.Note = &note
	}
	var err error
	if v("time") != "" {
		f.Minutes, err = worklog.ParseMinutes(v("time"))
	}
	if err == nil {
		_, err = h.Work.StopTimer(r.Context(), actor(r.Context()), f)
	}
	if mendable(err) {
		return h.timerPage(w, r, startForm{Time: v("time")}, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The timer is stopped, and its time is entered."), page.Local(orElse(v("back"), "/time")))
}

func (h *Handlers) dropTimer(w http.ResponseWriter, r *http.Request) error {
	if err := h.Work.DropTimer(r.Context(), actor(r.Context())); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The timer is discarded."), "/time/timer")
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
