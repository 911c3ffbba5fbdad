// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/portal"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func approvalAddress(a portal.Approval) string { return "/portal/approvals/" + a.ID.String() }

// approvalsView is what a person may decide on, and has.
type approvalsView struct {
	list []portal.Approval
	now  time.Time
}

func (h *Handlers) approvals(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Portal.Mine(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, approvalsPage(approvalsView{list, h.Clock.Now()}))
}

// approvalView is one question.
type approvalView struct {
	a       portal.Approval
	t       helpdesk.Ticket
	reads   bool // the ticket, too
	comment string
	err     error
}

func (h *Handlers) approvalView(r *http.Request) (v approvalView, err error) {
	id, err := pathID(r, "approval")
	if err != nil {
		return v, err
	}
	if v.a, v.t, err = h.Portal.Approval(r.Context(), id); err != nil {
		return v, err
	}
	_, err = h.Portal.Ticket(r.Context(), v.t.Number)
	v.reads = err == nil
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return v, err
}

func (h *Handlers) approval(w http.ResponseWriter, r *http.Request) error {
	v, err := h.approvalView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, approvalPage(v))
}

func (h *Handlers) decide(w http.ResponseWriter, r *http.Request) error {
	v, err := h.approvalView(r)
	if err != nil {
		return err
	}
	v.comment = r.PostFormValue("comment")
	answer := r.PostFormValue("answer")
	if answer != string(portal.Yes) && answer != string(portal.No) {
		err = fault.NewInvalid("Say yes or no.")
	} else {
		err = h.Portal.Decide(r.Context(), v.a.ID, answer == string(portal.Yes), v.comment, r.PostFormValue("digest"), r.UserAgent())
	}
	if err != nil {
		if !mendable(err) {
			return err
		}
		v.err = err
		return page.Render(w, r, formStatus(w, err), approvalPage(v))
	}
	text := locale.T(r.Context(), "You declined. We know now.")
	if answer == string(portal.Yes) {
		text = locale.T(r.Context(), "You approved. We know now.")
	}
	return done(w, r, "/portal/approvals", text)
}
