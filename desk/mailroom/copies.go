// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"slices"
	"strings"

	"github.com/emersion/go-smtp"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom/mime"
	"mainstay/desk/mailroom/store"
	"mainstay/kit/ids"
)

// others are the people besides the sender whom a mail was sent to, who get our answers too: at most as many as an entry
// may have copies, otherwise it is a circular and nobody else does. Our own mailboxes are not among them, and what a machine
// sent has none.
func (s *Service) others(ctx context.Context, m *incoming) ([]string, error) {
	if m.Auto != mime.ByHand {
		return nil, nil
	}
	boxes, err := s.Mailboxes(ctx)
	if err != nil {
		return nil, err
	}
	ours := func(address string) bool {
		local, domain, _ := strings.Cut(address, "@")
		local, _, _ = strings.Cut(local, "+")
		return slices.ContainsFunc(boxes, func(b Mailbox) bool { return strings.EqualFold(b.Address, local+"@"+domain) || b.Address == address })
	}
	var out []string
	for _, a := range slices.Concat(m.To, m.Cc) {
		email := strings.ToLower(a.Email)
		if email == "" || email == m.From.Email || ours(email) || slices.Contains(out, email) || helpdesk.CheckCopy(email) != nil {
			continue
		}
		if out = append(out, email); len(out) > helpdesk.MaxCopies {
			return nil, nil
		}
	}
	return out, nil
}

// Addressees are who a reply on a ticket goes to by mail: "" where nobody has an address or no mailbox can send; and those
// who were sent the client's last mail besides.
func (s *Service) Addressees(ctx context.Context, t helpdesk.Ticket) (to string, copies []string, err error) {
	to, last, err := s.recipient(ctx, s.read(), t)
	if err != nil || to == "" {
		return "", nil, err
	}
	box, err := s.sendingBox(ctx, s.read(), last.MailboxID, t.Board)
	if err != nil || box.ID == 0 {
		return "", nil, err
	}
	return to, strings.Fields(last.Copies), nil
}

// copyTo names those who get a copy to the server. One that it does not take gets none; the others do.
func (s *Service) copyTo(c *smtp.Client, row store.MailroomOutgoing) (store.MailroomOutgoing, error) {
	var taken []string
	for _, a := range strings.Fields(row.Copies) {
		err := c.Rcpt(a, nil)
		if _, refused := err.(*smtp.SMTPError); refused { //nolint:errorlint // the library returns it bare
			s.p.Log.Warn("a copy of a mail was refused", "outgoing", ids.ID(row.ID).String(), "error", err)
			continue
		}
		if err != nil {
			return row, err
		}
		taken = append(taken, a)
	}
	row.Copies = strings.Join(taken, " ")
	return row, nil
}
