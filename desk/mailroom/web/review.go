// SPDX-License-Identifier: Apache-2.0

package web

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"mainstay/desk/mailroom"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// listView is the page of a state: review, rejected, or of what could not be delivered.
type listView struct {
	tab    string
	rows   []mailroom.Message
	out    []mailroom.Delivery
	older  string
	review int64
	ill    []mailroom.Mailbox
	names  map[ids.ID]string // of mailboxes
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &listView{tab: r.FormValue("show"), names: map[ids.ID]string{}}
	before, _ := ids.Parse(r.FormValue("before")) // none: from the newest
	var more bool
	var err error
	switch v.tab {
	case "rejected":
		v.rows, more, err = h.Mail.Messages(ctx, mailroom.Rejected, before)
	case "failed", "bounced", "waiting":
		v.out, more, err = h.Mail.Deliveries(ctx, v.tab, before)
	default:
		v.tab = "review"
		v.rows, more, err = h.Mail.Messages(ctx, mailroom.Review, before)
	}
	if err != nil {
		return err
	}
	if more {
		last := ids.ID(0)
		if len(v.rows) > 0 {
			last = v.rows[len(v.rows)-1].ID
		} else if len(v.out) > 0 {
			last = v.out[len(v.out)-1].ID
		}
		v.older = "/mail?show=" + v.tab + "&before=" + last.String()
	}
	if v.review, err = h.Mail.Count(ctx, mailroom.Review); err != nil {
		return err
	}
	boxes, err := h.Mail.Mailboxes(ctx)
	if err != nil {
		return err
	}
	for _, b := range boxes {
		v.names[b.ID] = b.Name
		if b.Enabled && b.Error != "" {
			v.ill = append(v.ill, b)
		}
	}
	return page.Render(w, r, http.StatusOK, listPage(v))
}

// messageView is one mail and the form that decides on it.
type messageView struct {
	m      mailroom.Message
	err    error
	client string
	ticket string
	known  []clients.Client // offered as the client
	number int64            // of the ticket that it was filed on
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	return h.showMessage(w, r, nil)
}

func (h *Handlers) showMessage(w http.ResponseWriter, r *http.Request, failed error) error {
	ctx := r.Context()
	id, err := pathID(r, "message")
	if err != nil {
		return err
	}
	v := &messageView{err: failed, client: r.PostFormValue("client"), ticket: r.PostFormValue("ticket")}
	if v.m, err = h.Mail.Message(ctx, id); err != nil {
		return err
	}
	list, err := h.Clients.List(ctx, scope(r), clients.Query{Limit: 1000})
	if err != nil {
		return err
	}
	v.known = list.Rows
	if v.m.Ticket != 0 {
		switch t, err := h.Desk.Get(ctx, scope(r), v.m.Ticket); {
		case err == nil:
			v.number = t.Number
			if v.ticket == "" && v.m.State == mailroom.Review {
				v.ticket = strconv.FormatInt(t.Number, 10)
			}
		case !fault.Is(err, fault.NotFound):
			return err
		}
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, messagePage(v))
}

// raw hands out the mail as it came. Browsers keep it as a file and never show it.
func (h *Handlers) raw(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "message")
	if err != nil {
		return err
	}
	src, err := h.Mail.Raw(r.Context(), id)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="mail.eml"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.Copy(w, src) // the reader has gone
	return nil
}

func (h *Handlers) assign(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "message")
	if err != nil {
		return err
	}
	d := mailroom.Decision{MakePerson: r.PostFormValue("person") != "", Domain: r.PostFormValue("domain") != ""}
	if s := strings.TrimPrefix(strings.TrimSpace(r.PostFormValue("ticket")), "#"); s != "" {
		if d.Ticket, err = strconv.ParseInt(s, 10, 64); err != nil || d.Ticket < 1 {
			return h.showMessage(w, r, fault.NewInvalid("%q is not the number of a ticket.", s).On("ticket"))
		}
	}
	if name := strings.TrimSpace(r.PostFormValue("client")); name != "" {
		d.Client, err = h.Clients.Resolve(ctx, name)
		if fault.Is(err, fault.NotFound) {
			return h.showMessage(w, r, fault.NewInvalid("There is no client called %q.", name).On("client"))
		}
		if err != nil {
			return err
		}
	}
	if err := h.Mail.Assign(ctx, scope(r), id, d); err != nil {
		if mendable(err) {
			return h.showMessage(w, r, err)
		}
		return err
	}
	m, err := h.Mail.Message(ctx, id)
	if err != nil {
		return err
	}
	t, err := h.Desk.Get(ctx, scope(r), m.Ticket)
	if err != nil {
		return err
	}
	return saved(w, r, locale.T(ctx, "The mail is filed."), "/tickets/"+strconv.FormatInt(t.Number, 10))
}

func (h *Handlers) reject(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "message")
	if err != nil {
		return err
	}
	if err := h.Mail.Reject(r.Context(), id); err != nil {
		return err
	}
	return saved(w, r, locale.T(r.Context(), "The mail is put aside."), "/mail")
}

// block puts a mail aside and lets its sender in no more.
func (h *Handlers) block(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "message")
	if err != nil {
		return err
	}
	m, err := h.Mail.Message(r.Context(), id)
	if err != nil {
		return err
	}
	if err := h.Mail.Block(r.Context(), m.From); err != nil {
		return err
	}
	if err := h.Mail.Reject(r.Context(), id); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return saved(w, r, locale.T(r.Context(), "Mail of this sender is let in no more."), "/mail")
}

func (h *Handlers) retry(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "outgoing")
	if err != nil {
		return err
	}
	if err := h.Mail.RetryDelivery(r.Context(), id); err != nil {
		return err
	}
	return saved(w, r, locale.T(r.Context(), "The mail is sent again."), "/mail?show=waiting")
}
