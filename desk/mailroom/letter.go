// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"database/sql"
	"net/mail"
	"strings"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom/store"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// The kinds of mail that belong to no ticket.
const (
	letterKind = "letter"
	secretKind = "secret"
)

// Letter is a mail of ours that belongs to no ticket: a notice, a sign-in link. Body is plain text; the HTML alternative
// is made of it.
type Letter struct {
	To      string // one address
	Subject string
	Body    string
	Secret  bool // what it says lets somebody in: it is sealed while it waits and forgotten once it is sent
	Files   []LetterFile
}

// LetterFile is a file of the file store that goes with a letter.
type LetterFile struct {
	Ref, Name, Type string
	Size            int64
}

// CanSend reports whether a mailbox is set up to send.
func (s *Service) CanSend(ctx context.Context) (bool, error) {
	box, err := s.sendingBox(ctx, s.read(), 0, 0)
	return box.ID != 0, err
}

// Post puts a letter into the outbox, in the transaction of what it tells. Where no mailbox can send it is a Conflict:
// whoever must not fail for it asks [Service.CanSend] before.
func (s *Service) Post(ctx context.Context, tx *sql.Tx, l Letter) error {
	to, err := mail.ParseAddress(l.To)
	if err != nil {
		return fault.NewInvalid("%q is not an e-mail address.", l.To).On("email")
	}
	q := store.New(tx)
	box, err := s.sendingBox(ctx, q, 0, 0)
	if err != nil {
		return err
	}
	if box.ID == 0 {
		return fault.NewConflict("No mail can be sent yet: no mailbox has a server for sending. An owner sets one up under Mailboxes.")
	}
	kind := letterKind
	if l.Secret {
		kind = secretKind
	}
	subject := strings.Join(strings.Fields(l.Subject), " ")
	var files []attached
	for _, f := range l.Files {
		files = append(files, attached(f))
	}
	err = s.putOut(ctx, q, box, helpdesk.Ticket{}, 0, envelope{kind: kind, to: strings.ToLower(to.Address), subject: subject, body: l.Body, files: files})
	nudge(s.wake)
	return err
}

func sealFor(id int64) string { return "letter/" + ids.ID(id).String() }

// unseal gives a secret letter its text back.
func (s *Service) unseal(row store.MailroomOutgoing) (store.MailroomOutgoing, error) {
	if row.Kind != secretKind {
		return row, nil
	}
	body, err := s.p.Sealer.Open(sealFor(row.ID), row.Body)
	row.Body, row.Html = body, asHTML(body)
	return row, err
}
