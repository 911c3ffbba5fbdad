// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// ticketView is a ticket as people of its client see it.
type ticketView struct {
	t         helpdesk.Ticket
	set       helpdesk.Setup
	thread    []helpdesk.Entry
	work      []Work
	approvals []portal.Approval
	approver  bool
	names     map[ids.ID]string
	site      string
	question  portal.Question
	now       time.Time
	body      string // as it was sent
	err       error
	rateErr   error
	grade     portal.Grade
	comment   string
}

func (h *Handlers) ticketView(ctx context.Context, t helpdesk.Ticket) (*ticketView, error) {
	v := &ticketView{t: t, now: h.Clock.Now(), approver: access.From(ctx).May(access.PortalApprove)}
	set, err := h.Portal.Settings(ctx)
	if err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		func() (err error) { v.set, err = h.Desk.Setup(ctx); return },
		func() (err error) { v.thread, err = h.Portal.Thread(ctx, t); return },
		func() (err error) { v.names, err = h.Portal.Names(ctx); return },
		func() (err error) { v.question, err = h.Portal.QuestionOf(ctx, t); return },
		func() (err error) { v.approvals, err = h.Portal.ApprovalsFor(ctx, t); return },
		func() (err error) {
			if set.Work && h.Work != nil {
				v.work, err = h.Work(ctx, t)
			}
			return err
		},
		func() error {
			_, sites, err := h.Portal.Me(ctx)
			for _, s := range sites {
				if s.ID == t.Site {
					v.site = s.Name
				}
			}
			return err
		},
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	v.grade, v.comment = v.question.Rating.Grade, v.question.Rating.Comment
	return v, nil
}

func (h *Handlers) ticketOf(r *http.Request) (helpdesk.Ticket, error) {
	n, err := numberOf(r)
	if err != nil {
		return helpdesk.Ticket{}, err
	}
	return h.Portal.Ticket(r.Context(), n)
}

func (h *Handlers) ticket(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticketOf(r)
	if err != nil {
		return err
	}
	v, err := h.ticketView(r.Context(), t)
	if err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, threadPart(v))
	}
	return page.Render(w, r, http.StatusOK, ticketPage(v))
}

// say adds what was written. With "solved" it also says that the matter is done.
func (h *Handlers) say(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticketOf(r)
	if err != nil {
		return err
	}
	if err = readForm(w, r, maxUpload); err == nil {
		var files []helpdesk.File
		if files, err = h.attach(r); err == nil {
			err = h.Portal.Say(r.Context(), t.Number, r.PostFormValue("body"), files, r.PostFormValue("solved") == "yes")
		}
	}
	if err != nil {
		if !mendable(err) {
			return err
		}
		v, e := h.ticketView(r.Context(), t)
		if e != nil {
			return e
		}
		v.err, v.body = err, r.PostFormValue("body")
		return page.Render(w, r, formStatus(w, err), ticketPage(v))
	}
	return page.Redirect(w, r, address(t)+"#end")
}

// solved says that the matter is done, or not after all.
func (h *Handlers) solved(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticketOf(r)
	if err != nil {
		return err
	}
	is := r.PostFormValue("solved") == "yes"
	if err := h.Portal.Solve(r.Context(), t.Number, is); err != nil {
		return err
	}
	if is {
		return page.Redirect(w, r, address(t)+"#rate")
	}
	return done(w, r, address(t), locale.T(r.Context(), "The ticket is open again."))
}

// watch tells a browser that the ticket changed, for as long as the person may read it.
func (h *Handlers) watch(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t, err := h.ticketOf(r)
	if err != nil {
		return err
	}
	notices, stop := h.Bus.Subscribe(helpdesk.Topic)
	defer stop()
	stream, err := page.Events(w, r)
	if err != nil {
		return err
	}
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case id := <-notices:
			if id != t.ID.String() {
				continue
			}
			if _, err := h.Portal.Ticket(ctx, t.Number); err != nil {
				return nil //nolint:nilerr // the answer has begun; there is nothing to say any more
			}
			if stream.JSON("changed", id) != nil {
				return nil
			}
		case <-beat.C:
			if stream.Beat() != nil {
				return nil
			}
		}
	}
}

// rate keeps how the person found the ticket was dealt with.
func (h *Handlers) rate(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticketOf(r)
	if err != nil {
		return err
	}
	g, _ := portal.ParseGrade(r.PostFormValue("grade"))
	comment := r.PostFormValue("comment")
	if err := h.Portal.Rate(r.Context(), t.Number, g, comment); err != nil {
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
			return err
		}
		v, e := h.ticketView(r.Context(), t)
		if e != nil {
			return e
		}
		v.rateErr, v.grade, v.comment = err, g, comment
		return page.Render(w, r, formStatus(w, err), ticketPage(v))
	}
	return done(w, r, address(t), locale.T(r.Context(), "Thank you. That helps us."))
}
