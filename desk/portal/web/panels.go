// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mainstay/desk/helpdesk"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
)

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

// ClientPanel shows on a client's page who of it may come into the portal and what they may do there.
func (h *Handlers) ClientPanel(ctx context.Context, client ids.ID) (templ.Component, error) {
	set, err := h.Portal.Settings(ctx)
	if err != nil {
		return nil, err
	}
	people, err := h.Portal.Accounts(ctx, access.From(ctx).Scope(), client)
	if err != nil || !set.Enabled || len(people) == 0 {
		return nil, err
	}
	return clientPanel(client, people, set, h.Clock.Now()), nil
}

func (h *Handlers) saveRights(w http.ResponseWriter, r *http.Request) error {
	client, err := pathID(r, "client")
	if err != nil {
		return err
	}
	person, err := formID(r.PostFormValue("person"))
	if err != nil {
		return err
	}
	is := func(name string) bool { return r.PostFormValue(name) != "" }
	a, err := h.Portal.Account(r.Context(), access.From(r.Context()).Scope(), client, person)
	if err != nil {
		return err
	}
	err = h.Portal.SetRights(r.Context(), access.From(r.Context()).Scope(), client, person, portal.Rights{
		Invited: a.Invited, Blocked: is("blocked"), Sees: portal.Sees(r.PostFormValue("sees")), Billing: is("billing"), Approver: is("approver"),
	})
	if err != nil {
		return err
	}
	return done(w, r, "/clients/"+client.String()+"#portal", locale.T(r.Context(), "Saved."))
}

func (h *Handlers) invite(w http.ResponseWriter, r *http.Request) error {
	client, err := pathID(r, "client")
	if err != nil {
		return err
	}
	person, err := formID(r.PostFormValue("person"))
	if err != nil {
		return err
	}
	if err := h.Portal.Invite(r.Context(), access.From(r.Context()).Scope(), client, person); err != nil {
		return err
	}
	return done(w, r, "/clients/"+client.String()+"#portal", locale.T(r.Context(), "The invitation is on its way."))
}

// visit leads into the portal as somebody who is invented.
func (h *Handlers) visit(w http.ResponseWriter, r *http.Request) error {
	client, err := pathID(r, "client")
	if err != nil {
		return err
	}
	person, err := formID(r.PostFormValue("person"))
	if err != nil {
		return err
	}
	token, err := h.Portal.Visit(r.Context(), access.From(r.Context()).Scope(), client, person)
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/portal/enter/"+token)
}

// ticketPanelView is what the portal knows of a ticket.
type ticketPanelView struct {
	t         helpdesk.Ticket
	rating    portal.Rating
	rated     bool
	approvals []portal.Approval
	may       bool // ask and withdraw
	now       time.Time
}

// TicketPanel shows on a ticket's page what was asked to be approved and how the client found it was dealt with.
func (h *Handlers) TicketPanel(ctx context.Context, t helpdesk.Ticket) (templ.Component, error) {
	set, err := h.Portal.Settings(ctx)
	if err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope()
	v := ticketPanelView{t: t, now: h.Clock.Now()}
	if v.rating, v.rated, err = h.Portal.RatingOf(ctx, scope, t.ID); err != nil {
		return nil, err
	}
	if v.approvals, err = h.Portal.ApprovalsOf(ctx, scope, t.ID); err != nil {
		return nil, err
	}
	v.may = set.Enabled && may(ctx, access.TicketsWrite) && t.State.Unfinished() && t.MergedInto == 0
	if !v.may && !v.rated && len(v.approvals) == 0 {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	return ticketPanel(v), nil
}

// firmTicket is the ticket that the path names, for the firm's people.
func (h *Handlers) firmTicket(r *http.Request) (helpdesk.Ticket, error) {
	n, err := numberOf(r)
	if err != nil {
		return helpdesk.Ticket{}, err
	}
	return h.Desk.ByNumber(r.Context(), access.From(r.Context()).Scope(), n)
}

func firmAddress(t helpdesk.Ticket) string { return "/tickets/" + strconv.FormatInt(t.Number, 10) }

// askView is the form with which an approval is asked.
type askView struct {
	t            helpdesk.Ticket
	people       []portal.Account
	currency     money.Currency
	text, amount string
	person       string
	err          error
}

func (h *Handlers) askView(r *http.Request) (v askView, err error) {
	if v.t, err = h.firmTicket(r); err != nil {
		return v, err
	}
	v.currency = h.Currency(r.Context())
	v.people, err = h.Portal.Approvers(r.Context(), access.From(r.Context()).Scope(), v.t.Client)
	return v, err
}

func (h *Handlers) askForm(w http.ResponseWriter, r *http.Request) error {
	v, err := h.askView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, askPage(v))
}

func (h *Handlers) askApproval(w http.ResponseWriter, r *http.Request) error {
	v, err := h.askView(r)
	if err != nil {
		return err
	}
	v.text, v.amount, v.person = r.PostFormValue("text"), r.PostFormValue("amount"), r.PostFormValue("person")
	ask := portal.Request{Text: v.text, Currency: v.currency}
	if ask.Person, err = formID(v.person); err == nil {
		if ask.Minor, err = minor(v.amount, v.currency); err == nil {
			_, err = h.Portal.RequestApproval(r.Context(), access.From(r.Context()).Scope(), v.t.ID, ask)
		}
	}
	if err != nil {
		if !mendable(err) {
			return err
		}
		v.err = err
		return page.Render(w, r, formStatus(w, err), askPage(v))
	}
	return done(w, r, firmAddress(v.t), locale.T(r.Context(), "The client is asked."))
}

func (h *Handlers) withdraw(w http.ResponseWriter, r *http.Request) error {
	t, err := h.firmTicket(r)
	if err != nil {
		return err
	}
	id, err := pathID(r, "approval")
	if err != nil {
		return err
	}
	if err := h.Portal.Withdraw(r.Context(), access.From(r.Context()).Scope(), t.ID, id); err != nil {
		return err
	}
	return done(w, r, firmAddress(t), locale.T(r.Context(), "The question is withdrawn."))
}

// minor reads an amount as people type it, "1250", "1,250.00" or "1.250,00"; "" is none. The last mark counts as the decimal
// one when as many digits follow as the currency has.
func minor(s string, c money.Currency) (int64, error) {
	wrong := fault.NewInvalid("Enter the amount as 1250 or 1,250.00.").On("amount")
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "’", "'")), "")
	if s == "" {
		return 0, nil
	}
	if c == "" {
		return 0, fault.NewInvalid("Say first in the firm's settings in which currency you charge.").On("amount")
	}
	digits := c.Digits()
	whole, part := s, ""
	if i := strings.LastIndexAny(s, ".,"); i >= 0 && len(s)-i-1 <= digits && len(s)-i-1 != 3 {
		whole, part = s[:i], s[i+1:]
	}
	whole = strings.NewReplacer(",", "", ".", "", "'", "").Replace(whole)
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", max(0, digits-len(part))), 10, 63)
	if err != nil || len(whole) > 12 || whole == "" {
		return 0, wrong
	}
	return int64(n), nil
}

func (v askView) choices(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Whoever of them may")}}
	for _, a := range v.people {
		out = append(out, page.Option{Value: a.Person.String(), Label: a.Name, Data: true})
	}
	return out
}
