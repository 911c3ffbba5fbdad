// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"strings"
	"unicode"

	"mainstay/desk/helpdesk"
	"mainstay/kit/ids"
)

// TicketHappened is a listener of the helpdesk: where a client opens a ticket about a device for which an alert has a ticket
// already, it is noted on the new one, with the number to merge it into. That both are the same a person decides.
func (s *Service) TicketHappened(ctx context.Context, tx *sql.Tx, h helpdesk.Happening) error {
	if !h.Made || h.Ticket.Origin != helpdesk.FromClient || h.Ticket.Client == 0 {
		return nil
	}
	open, err := s.alerts(ctx, tx, "WHERE client_id = $1 AND resolved_at = 0 AND ticket_id > 0 ORDER BY id DESC LIMIT 50", int64(h.Ticket.Client))
	if err != nil || len(open) == 0 {
		return err
	}
	text := h.Ticket.Subject
	if h.Entry != nil {
		text += " " + h.Entry.Body
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	})
	linked, err := s.linked(ctx, tx, h.Ticket.ID)
	if err != nil {
		return err
	}
	seen, w := map[ids.ID]bool{}, s.words(ctx)
	var lines []string
	for _, a := range open {
		ref := ""
		if s.p.DeviceRef != nil {
			ref = s.p.DeviceRef(a.Device)
		}
		if seen[a.Ticket] || !linked[ref] && !named(words, a.Name) {
			continue
		}
		seen[a.Ticket] = true
		lines = append(lines, w.P.T("#%[1]d is open already: %[2]s – %[3]s (%[4]s).", a.Number, a.Name, w.Title(a), w.Evidence(a)))
	}
	if len(lines) == 0 {
		return nil
	}
	body := w.P.T("This may be about an alert that is being worked on:") + "\n" + strings.Join(lines, "\n") + "\n" +
		w.P.T("If it is the same, merge this ticket into that one.")
	_, _, err = s.p.Desk.ChangeIn(ctx, tx, h.Ticket.ID, helpdesk.Message{Kind: helpdesk.Note, Body: body, Author: robot()})
	return err
}

// named reports whether a device's name is among words. Names of less than four letters say nothing.
func named(words []string, name string) bool {
	name = strings.ToLower(name)
	short, _, _ := strings.Cut(name, ".")
	for _, x := range words {
		if len(x) >= 4 && (x == name || x == short) {
			return true
		}
	}
	return false
}
