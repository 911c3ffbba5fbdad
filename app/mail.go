// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"
	"net/url"
	"strings"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	mailroomweb "mainstay/desk/mailroom/web"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// buildMail makes the mailroom on the helpdesk, which knows of no mail: it is told of replies by sendReply.
func (a *App) buildMail(sealer *access.Sealer) {
	host := ""
	if u, err := url.Parse(a.PublicURL()); err == nil && strings.Contains(u.Hostname(), ".") {
		host = u.Hostname()
	}
	a.Mail = mailroom.New(mailroom.Parts{
		DB: a.DB, Clock: a.Clock, IDs: a.IDs, Access: a.Access, Clients: a.Clients, Helpdesk: a.Desk, Blobs: a.Blobs, Bus: a.Bus, Sealer: sealer, Log: a.Log, Host: host, Scanner: a.Scanner,
		Undelivered: a.tellOfBounce, Waits: a.waits,
		Foot: a.mailFoot,
	})
	a.Jobs.Handle(clients.MergedJob, func(ctx context.Context, arg string) error {
		from, into, _ := strings.Cut(arg, " ")
		f, err := ids.Parse(from)
		if err != nil {
			return err
		}
		t, err := ids.Parse(into)
		if err != nil {
			return err
		}
		return a.Mail.ClientMerged(ctx, f, t)
	})
}

// sendReply hands a public reply to the mailroom, in the transaction that writes it.
func (a *App) sendReply(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket, e helpdesk.Entry) error {
	return a.Mail.SendReply(ctx, tx, t, e)
}

// addressees asks the mailroom who a reply goes to.
func (a *App) addressees(ctx context.Context, t helpdesk.Ticket) (string, []string, error) {
	return a.Mail.Addressees(ctx, t)
}

func (a *App) mailPages() *mailroomweb.Handlers {
	return &mailroomweb.Handlers{Mail: a.Mail, Desk: a.Desk, Clients: a.Clients}
}

// MailCheck is how far a check of one mailbox came.
type MailCheck struct {
	Address string     `json:"address"`
	Enabled bool       `json:"enabled"`
	Steps   []MailStep `json:"steps"`
}

// MailStep is one thing that was tried: server imap or smtp, step dns, connection, tls, greeting, sign-in or folder.
type MailStep struct {
	Server string `json:"server"`
	Step   string `json:"step"`
	State  string `json:"state"` // ok, bad
	Text   string `json:"text,omitempty"`
}

// CheckMail tries all mailboxes, or the one with an address, without changing anything.
func (a *App) CheckMail(ctx context.Context, address string) ([]MailCheck, error) {
	boxes, err := a.Mail.Mailboxes(ctx)
	if err != nil {
		return nil, err
	}
	var out []MailCheck
	for _, b := range boxes {
		if address != "" && !strings.EqualFold(address, b.Address) {
			continue
		}
		steps, err := a.Mail.Check(ctx, b.ID)
		if err != nil {
			return nil, err
		}
		c := MailCheck{Address: b.Address, Enabled: b.Enabled}
		for _, s := range steps {
			step := MailStep{Server: s.Server, Step: s.Name, State: "ok"}
			if s.Err != nil {
				step.State, step.Text = "bad", fault.TextOf(s.Err)
			}
			c.Steps = append(c.Steps, step)
		}
		out = append(out, c)
	}
	if address != "" && len(out) == 0 {
		return nil, fault.NewNotFound("There is no mailbox %s.", address)
	}
	return out, nil
}
