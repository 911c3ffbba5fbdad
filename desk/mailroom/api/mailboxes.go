// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
)

func (h *Handlers) mountMailboxes(a *api.API) {
	manage := access.DeskManage
	api.Register(a, "GET", "/mail/mailboxes", manage, "list-mailboxes", "List mailboxes; what they sign in with is never told", h.mailboxes)
	api.Register(a, "POST", "/mail/mailboxes", manage, "create-mailbox", "Add a mailbox", h.createMailbox)
	api.Register(a, "PUT", "/mail/mailboxes/{id}", manage, "update-mailbox", "Change a mailbox", h.updateMailbox)
	api.Register(a, "POST", "/mail/mailboxes/{id}/check", manage, "check-mailbox", "Try everything that a mailbox needs, without changing anything", h.check)
}

// Mailbox is an account on a mail server.
type Mailbox struct {
	ID          string     `json:"id,omitempty" readOnly:"true"`
	Version     int64      `json:"version,omitempty" readOnly:"true"`
	Name        string     `json:"name,omitempty" maxLength:"250"`
	Address     string     `json:"address" maxLength:"250"`
	Enabled     bool       `json:"enabled,omitempty"`
	Board       string     `json:"board,omitempty" maxLength:"13" doc:"Of the tickets that are made"`
	Auth        string     `json:"auth" enum:"password,microsoft,google"`
	Username    string     `json:"username,omitempty" maxLength:"250" doc:"Empty: the address"`
	Secret      string     `json:"secret,omitempty" maxLength:"4000" writeOnly:"true" doc:"Password or refresh token; empty: as before"`
	HasSecret   bool       `json:"hasSecret,omitempty" readOnly:"true"`
	OAuthTenant string     `json:"oauthTenant,omitempty" maxLength:"250"`
	OAuthClient string     `json:"oauthClient,omitempty" maxLength:"250"`
	OAuthSecret string     `json:"oauthSecret,omitempty" maxLength:"4000" writeOnly:"true"`
	IMAP        Server     `json:"imap" doc:"An empty host: is not read from"`
	Folder      string     `json:"folder,omitempty" maxLength:"250" doc:"Empty: INBOX"`
	FolderDone  string     `json:"folderDone,omitempty" maxLength:"250" doc:"Empty: mails stay, marked as seen"`
	SMTP        Server     `json:"smtp" doc:"An empty host: is not written from"`
	Trusted     string     `json:"trusted,omitempty" maxLength:"250" doc:"The name under which the mail server writes Authentication-Results"`
	Plus        bool       `json:"plus,omitempty" doc:"The server also takes address+anything"`
	Acknowledge bool       `json:"acknowledge,omitempty" doc:"A first mail is answered with the receipt"`
	Receipt     string     `json:"receipt,omitempty" maxLength:"10000"`
	Signature   string     `json:"signature,omitempty" maxLength:"10000"`
	Read        *time.Time `json:"read,omitempty" readOnly:"true" doc:"When it was last read without an error"`
	Error       string     `json:"error,omitempty" readOnly:"true"`
}

// Server is where a protocol is spoken.
type Server struct {
	Host     string `json:"host,omitempty" maxLength:"250"`
	Port     int    `json:"port,omitempty" minimum:"0" maximum:"65535"`
	Security string `json:"security,omitempty" enum:"tls,starttls,plain" doc:"plain is for a server on this machine only"`
}

func wireMailbox(m mailroom.Mailbox) Mailbox {
	server := func(s mailroom.Server) Server { return Server{s.Host, s.Port, string(s.Security)} }
	return Mailbox{
		ID: m.ID.String(), Version: m.Version, Name: m.Name, Address: m.Address, Enabled: m.Enabled, Board: optional(m.Board), Auth: string(m.Auth), Username: m.Username,
		HasSecret: m.HasSecret, OAuthTenant: m.OAuthTenant, OAuthClient: m.OAuthClient, IMAP: server(m.IMAP), Folder: m.Folder, FolderDone: m.FolderDone, SMTP: server(m.SMTP),
		Trusted: m.Trusted, Plus: m.Plus, Acknowledge: m.Acknowledge, Receipt: m.Receipt, Signature: m.Signature, Read: at(m.Read), Error: m.Error,
	}
}

func readMailbox(w Mailbox) (m mailroom.Mailbox, err error) {
	server := func(s Server, usual mailroom.Security) mailroom.Server {
		if s.Security != "" {
			usual = mailroom.Security(s.Security)
		}
		return mailroom.Server{Host: s.Host, Port: s.Port, Security: usual}
	}
	m = mailroom.Mailbox{
		Name: w.Name, Address: w.Address, Enabled: w.Enabled, Auth: mailroom.Auth(w.Auth), Username: w.Username, Secret: w.Secret, OAuthTenant: w.OAuthTenant,
		OAuthClient: w.OAuthClient, OAuthSecret: w.OAuthSecret, IMAP: server(w.IMAP, mailroom.TLS), Folder: w.Folder, FolderDone: w.FolderDone,
		SMTP: server(w.SMTP, mailroom.StartTLS), Trusted: w.Trusted, Plus: w.Plus, Acknowledge: w.Acknowledge, Receipt: w.Receipt, Signature: w.Signature,
	}
	m.Board, err = parse(w.Board)
	return m, err
}

type mailboxesOut struct {
	Body struct {
		Mailboxes []Mailbox `json:"mailboxes"`
	}
}

func (h *Handlers) mailboxes(ctx context.Context, _ *nothing) (*mailboxesOut, error) {
	list, err := h.Mail.Mailboxes(ctx)
	out := &mailboxesOut{}
	out.Body.Mailboxes = make([]Mailbox, 0, len(list))
	for _, m := range list {
		out.Body.Mailboxes = append(out.Body.Mailboxes, wireMailbox(m))
	}
	return out, err
}

type mailboxOut struct {
	ETag string `header:"ETag"`
	Body Mailbox
}

func (h *Handlers) save(ctx context.Context, m mailroom.Mailbox) (*mailboxOut, error) {
	id, err := h.Mail.SaveMailbox(ctx, m)
	if err != nil {
		return nil, err
	}
	m, err = h.Mail.Mailbox(ctx, id)
	return &mailboxOut{api.ETag(m.Version), wireMailbox(m)}, err
}

type createMailboxIn struct{ Body Mailbox }

func (h *Handlers) createMailbox(ctx context.Context, in *createMailboxIn) (*mailboxOut, error) {
	m, err := readMailbox(in.Body)
	if err != nil {
		return nil, err
	}
	return h.save(ctx, m)
}

type updateMailboxIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" required:"true" doc:"\"v\" and the version read, in quotes"`
	Body    Mailbox
}

func (h *Handlers) updateMailbox(ctx context.Context, in *updateMailboxIn) (*mailboxOut, error) {
	m, err := readMailbox(in.Body)
	if err != nil {
		return nil, err
	}
	if m.ID, err = parse(in.ID); err != nil {
		return nil, err
	}
	if m.Version, err = api.Version(in.IfMatch); err != nil {
		return nil, err
	}
	return h.save(ctx, m)
}

// Step is one thing that a check tried.
type Step struct {
	Server string `json:"server" enum:"imap,smtp"`
	Step   string `json:"step" enum:"dns,connection,tls,greeting,sign-in,folder"`
	State  string `json:"state" enum:"ok,bad"`
	Text   string `json:"text,omitempty" doc:"What is wrong, in words"`
}

type checkOut struct {
	Body struct {
		Steps []Step `json:"steps"`
	}
}

func (h *Handlers) check(ctx context.Context, in *idIn) (*checkOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	steps, err := h.Mail.Check(ctx, id)
	out := &checkOut{}
	out.Body.Steps = make([]Step, 0, len(steps))
	for _, s := range steps {
		x := Step{Server: s.Server, Step: s.Name, State: "ok"}
		if s.Err != nil {
			x.State, x.Text = "bad", fault.TextOf(s.Err)
		}
		out.Body.Steps = append(out.Body.Steps, x)
	}
	return out, err
}
