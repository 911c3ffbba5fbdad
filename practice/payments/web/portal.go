// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/billing"
	"mainstay/practice/payments"
)

type portalView struct {
	open    []billing.Doc
	late    map[ids.ID]bool
	state   map[ids.ID]payments.AttemptState // of the latest attempt
	methods []payments.SavedMethod
	card    bool // payments by card are set up
	firm    billing.Firm
	paid    bool // the client comes back from paying
	saved   bool
}

// portal shows a client what is open, and lets them pay it.
func (h *Handlers) portal(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	client := access.From(ctx).Scope().Client()
	v := portalView{late: map[ids.ID]bool{}, state: map[ids.ID]payments.AttemptState{}, paid: r.URL.Query().Get("paid") != "", saved: r.URL.Query().Get("saved") != ""}
	var err error
	if v.open, err = h.Payments.OpenOf(ctx, client); err != nil {
		return err
	}
	set, err := h.Payments.Settings(ctx)
	if err != nil {
		return err
	}
	v.card = set.HasStripe()
	for _, d := range v.open {
		v.late[d.ID] = d.Due < h.Payments.Today()
		list, err := h.Payments.Attempts(ctx, d.ID)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			v.state[d.ID] = list[0].State
		}
	}
	if v.methods, err = h.Payments.SavedMethods(ctx, client); err != nil {
		return err
	}
	if v.firm, err = h.Billing.Firm(ctx); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, portalPage(v))
}

func (h *Handlers) back() string { return h.URL + "/portal/pay" }

func (h *Handlers) portalPay(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "invoice")
	if err != nil {
		return err
	}
	who := access.From(ctx)
	to, err := h.Payments.PayURL(ctx, who.Scope().Client(), id, string(locale.From(ctx).Tag()), who.Email, h.back())
	if err != nil {
		return bad(w, r, err, "/portal/pay")
	}
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // an address that Stripe gave
	return nil
}

func (h *Handlers) portalSave(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := access.From(ctx)
	to, err := h.Payments.SetupURL(ctx, who.Scope().Client(), string(locale.From(ctx).Tag()), who.Email, h.back())
	if err != nil {
		return bad(w, r, err, "/portal/pay")
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (h *Handlers) portalForget(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "method")
	if err != nil {
		return err
	}
	if err := h.Payments.EndMethod(ctx, access.From(ctx).Scope().Client(), id); err != nil {
		return err
	}
	return good(w, r, locale.T(ctx, "It is not used any more."), "/portal/pay")
}
