// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"

	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func (h *Handlers) mailboxes(w http.ResponseWriter, r *http.Request) error {
	boxes, err := h.Mail.Mailboxes(r.Context())
	if err != nil {
		return err
	}
	rules, err := h.Mail.Senders(r.Context())
	if err != nil {
		return err
	}
	var owners []ids.ID
	for _, x := range rules {
		if x.Client != 0 {
			owners = append(owners, x.Client)
		}
	}
	names, err := h.Clients.Names(r.Context(), access.WholeFirm(), owners...)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, mailboxesPage(boxes, rules, names))
}

// boxView is the form of a mailbox, with what a check found.
type boxView struct {
	m      mailroom.Mailbox
	boards []page.Option
	steps  []mailroom.Step
	err    error
}

func (h *Handlers) newMailbox(w http.ResponseWriter, r *http.Request) error {
	return h.showMailbox(w, r, &boxView{m: mailroom.Mailbox{
		Enabled: true, Auth: mailroom.Password, Folder: "INBOX", IMAP: mailroom.Server{Security: mailroom.TLS}, SMTP: mailroom.Server{Security: mailroom.StartTLS},
	}})
}

func (h *Handlers) mailbox(w http.ResponseWriter, r *http.Request) error {
	m, err := h.find(r)
	if err != nil {
		return err
	}
	return h.showMailbox(w, r, &boxView{m: m})
}

func (h *Handlers) find(r *http.Request) (mailroom.Mailbox, error) {
	id, err := pathID(r, "mailbox")
	if err != nil {
		return mailroom.Mailbox{}, err
	}
	return h.Mail.Mailbox(r.Context(), id)
}

func (h *Handlers) showMailbox(w http.ResponseWriter, r *http.Request, v *boxView) error {
	set, err := h.Desk.Setup(r.Context())
	if err != nil {
		return err
	}
	v.boards = []page.Option{{Label: locale.T(r.Context(), "The first")}}
	for _, b := range set.Boards {
		if !b.Archived {
			v.boards = append(v.boards, page.Option{Value: b.ID.String(), Label: boardName(r.Context(), b.Code, b.Name), Data: b.Name != ""})
		}
	}
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, mailboxPage(v))
}

func boardName(ctx context.Context, code, name string) string {
	switch {
	case name != "":
		return name
	case code == "projects":
		return locale.T(ctx, "Projects")
	case code == "support":
		return locale.T(ctx, "Support")
	}
	return code
}

func (h *Handlers) saveMailbox(w http.ResponseWriter, r *http.Request) error {
	f := r.PostFormValue
	m := mailroom.Mailbox{
		Name: f("name"), Address: f("address"), Enabled: f("enabled") != "", Auth: mailroom.Auth(f("auth")), Username: f("username"), Secret: f("secret"),
		OAuthTenant: f("oauth-tenant"), OAuthClient: f("oauth-client"), OAuthSecret: f("oauth-secret"), Folder: f("folder"), FolderDone: f("folder-done"),
		IMAP: server(r, "imap"), SMTP: server(r, "smtp"), Trusted: f("trusted"), Plus: f("plus") != "", Acknowledge: f("acknowledge") != "", Receipt: f("receipt"), Signature: f("signature"),
	}
	if r.PathValue("mailbox") != "" {
		old, err := h.find(r)
		if err != nil {
			return err
		}
		m.ID, m.HasSecret = old.ID, old.HasSecret
		if m.Version, err = strconv.ParseInt(f("version"), 10, 64); err != nil {
			return fault.NewInvalid("This form is damaged. Load the page again.").Because(err)
		}
	}
	if b := f("board"); b != "" {
		id, err := ids.Parse(b)
		if err != nil {
			return fault.NewInvalid("%q is not one of the choices.", b)
		}
		m.Board = id
	}
	if _, err := h.Mail.SaveMailbox(r.Context(), m); err != nil {
		if !mendable(err) {
			return err
		}
		m.Secret, m.OAuthSecret = "", "" // never shown again
		return h.showMailbox(w, r, &boxView{m: m, err: err})
	}
	return saved(w, r, locale.T(r.Context(), "Saved."), "/mailboxes")
}

func server(r *http.Request, name string) mailroom.Server {
	port, err := strconv.Atoi(r.PostFormValue(name + "-port"))
	if err != nil && r.PostFormValue(name+"-port") != "" {
		port = -1 // said to be wrong when it is saved
	}
	return mailroom.Server{Host: r.PostFormValue(name + "-host"), Port: port, Security: mailroom.Security(r.PostFormValue(name + "-security"))}
}

// check tries a mailbox as it was saved and shows how far it came.
func (h *Handlers) check(w http.ResponseWriter, r *http.Request) error {
	m, err := h.find(r)
	if err != nil {
		return err
	}
	steps, err := h.Mail.Check(r.Context(), m.ID)
	if err != nil {
		return err
	}
	return h.showMailbox(w, r, &boxView{m: m, steps: steps})
}

func (h *Handlers) forgetSender(w http.ResponseWriter, r *http.Request) error {
	if err := h.Mail.ForgetSender(r.Context(), r.PostFormValue("pattern")); err != nil {
		return err
	}
	return saved(w, r, locale.T(r.Context(), "The rule is removed."), "/mailboxes")
}

func portText(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
