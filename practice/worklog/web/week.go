// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/worklog"
)

func (h *Handlers) week(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	day, err := dayOf(r.URL.Query().Get("week"), "week")
	if err != nil {
		return err
	}
	if !day.Known() {
		day = h.Work.Today()
	}
	person := idOf(r.URL.Query().Get("person"))
	if person == 0 {
		person = access.From(ctx).User
	}
	sh, err := h.Work.Sheet(ctx, person, day)
	if err != nil {
		return err
	}
	l, err := h.lists(ctx)
	if err != nil {
		return err
	}
	running, err := h.Work.Running(ctx, access.From(ctx).User)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, weekPage(sh, l, running, h.Work.Today(), nil))
}

// weekOf reads whose week a form is about.
func weekOf(r *http.Request) (ids.ID, civil.Date, error) {
	day, err := dayOf(r.PostFormValue("week"), "week")
	person := idOf(r.PostFormValue("person"))
	if person == 0 {
		person = access.From(r.Context()).User
	}
	return person, day, err
}

func weekURL(person ids.ID, monday civil.Date) string {
	return address("/time", "person", idText(person), "week", monday.String())
}

func (h *Handlers) submit(w http.ResponseWriter, r *http.Request) error {
	person, day, err := weekOf(r)
	if err == nil {
		err = h.Work.Submit(r.Context(), actor(r.Context()), person, day)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The week is submitted."), weekURL(person, worklog.Monday(day)))
}

func (h *Handlers) approve(w http.ResponseWriter, r *http.Request) error {
	person, day, err := weekOf(r)
	if err == nil {
		err = h.Work.Approve(r.Context(), actor(r.Context()), person, day)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The week is approved."), "/time/approval")
}

func (h *Handlers) sendBack(w http.ResponseWriter, r *http.Request) error {
	person, day, err := weekOf(r)
	if err == nil {
		err = h.Work.SendBack(r.Context(), actor(r.Context()), person, day, r.PostFormValue("reason"))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The week is open again, with your reason."), weekURL(person, worklog.Monday(day)))
}

func (h *Handlers) approval(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Work.Waiting(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, approvalPage(list))
}

func weekdayName(ctx context.Context, d civil.Date) string {
	switch d.Weekday() {
	case time.Monday:
		return locale.T(ctx, "Mon")
	case time.Tuesday:
		return locale.T(ctx, "Tue")
	case time.Wednesday:
		return locale.T(ctx, "Wed")
	case time.Thursday:
		return locale.T(ctx, "Thu")
	case time.Friday:
		return locale.T(ctx, "Fri")
	case time.Saturday:
		return locale.T(ctx, "Sat")
	}
	return locale.T(ctx, "Sun")
}

func sheetColumns(ctx context.Context, monday civil.Date) []page.Column {
	out := []page.Column{{Label: locale.T(ctx, "Client and ticket")}}
	for i := range 7 {
		d := monday.AddDays(i)
		_, _, day := d.Civil()
		out = append(out, page.Column{Label: locale.T(ctx, "%[1]s %[2]d", weekdayName(ctx, d), day), Num: true})
	}
	return append(out, page.Column{Label: locale.T(ctx, "Total"), Num: true})
}

func hours(minutes int) string {
	if minutes == 0 {
		return ""
	}
	return worklog.Clock(minutes)
}

func weekBadge(ctx context.Context, sh worklog.Sheet) page.Badge {
	switch {
	case sh.State == worklog.WeekReturned && sh.Left > 0:
		return page.Badge{Text: locale.T(ctx, "Sent back"), Tone: page.Warn}
	case sh.Waiting > 0:
		return page.Badge{Text: locale.T(ctx, "Submitted"), Tone: page.Info}
	case sh.Left > 0:
		return page.Badge{Text: locale.T(ctx, "work::Open")}
	case sh.Settled > 0:
		return page.Badge{Text: locale.T(ctx, "Approved"), Tone: page.Good}
	}
	return page.Badge{}
}
