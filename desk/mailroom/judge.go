// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom/mime"
	"mainstay/desk/mailroom/store"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// Who writes more than this within an hour is a machine that answers a machine.
const (
	mostOnTicket = 20
	mostTickets  = 60
)

// judge decides what becomes of a mail. It changes nothing.
func (s *Service) judge(ctx context.Context, row store.MailroomMessage, m *incoming) (outcome, error) {
	switch {
	case m.fatal != "":
		return review("unreadable", m.fatal), nil
	case m.limit != "":
		return review(m.limit, ""), nil
	}
	if o, done, err := s.refuse(ctx, m); done || err != nil {
		return o, err
	}
	box, err := s.Mailbox(ctx, ids.ID(row.MailboxID))
	if err != nil {
		return outcome{}, err
	}
	m.dmarc = m.Verdict(box.Trusted)
	ticket, byToken, err := s.ticketOf(ctx, m)
	if err != nil {
		return outcome{}, err
	}
	switch {
	case m.Bounce != nil:
		return s.judgeBounce(ctx, m, ticket)
	case m.From.Email == "":
		return review("no-sender", ""), nil
	case m.dmarc == mime.Fail:
		return review("dmarc", m.From.Domain()), nil
	}
	if user, ok, err := s.colleague(ctx, m.From.Email); ok || err != nil {
		return s.judgeColleague(m, user, ticket, byToken), err
	}
	who, err := s.sender(ctx, m.From)
	if err != nil {
		return outcome{}, err
	}
	if ticket.ID != 0 {
		return s.judgeAnswer(ctx, m, who, ticket, byToken)
	}
	return s.judgeNew(ctx, m, who)
}

// refuse finds what is not let in at all: our own mail coming back, blocked senders.
func (s *Service) refuse(ctx context.Context, m *incoming) (outcome, bool, error) {
	if slices.Contains(m.Loops, s.loopMark()) {
		return reject("loop", ""), true, nil
	}
	if m.ID != "" {
		switch _, err := s.read().OutgoingByMessageID(ctx, m.ID); {
		case err == nil:
			return reject("loop", ""), true, nil
		case !errors.Is(err, sql.ErrNoRows):
			return outcome{}, false, err
		}
	}
	for _, pattern := range patterns(m.From) {
		switch r, err := s.read().Sender(ctx, pattern); {
		case err == nil && r.Blocked == 1:
			return reject("blocked", pattern), true, nil
		case err == nil:
			return outcome{}, false, nil // the address itself is known, whatever is said of its domain
		case !errors.Is(err, sql.ErrNoRows):
			return outcome{}, false, err
		}
	}
	return outcome{}, false, nil
}

// patterns are the rules that can name a sender, the closest first.
func patterns(a mime.Address) []string {
	if a.Email == "" {
		return nil
	}
	return []string{a.Email, "@" + a.Domain()}
}

// ticketOf finds the ticket that a mail belongs to, by its token or by what it answers. A merged one is followed.
func (s *Service) ticketOf(ctx context.Context, m *incoming) (t helpdesk.Ticket, byToken bool, err error) {
	if n := s.ticketNumber(&m.Message); n != 0 {
		t, err = s.p.Helpdesk.ByNumber(ctx, access.WholeFirm(), n)
		if err == nil {
			t, err = s.follow(ctx, t)
			return t, true, err
		}
		if !fault.Is(err, fault.NotFound) {
			return t, false, err
		}
	}
	refs := slices.Concat(m.InReplyTo, reversed(m.References))
	for _, ref := range refs {
		found, err := s.read().ThreadsOf(ctx, ref)
		if err != nil {
			return t, false, err
		}
		for _, id := range found {
			t, err = s.p.Helpdesk.Get(ctx, access.WholeFirm(), ids.ID(id))
			if err == nil {
				t, err = s.follow(ctx, t)
				return t, false, err
			}
			if !fault.Is(err, fault.NotFound) {
				return t, false, err
			}
		}
	}
	return helpdesk.Ticket{}, false, nil
}

func reversed(list []string) []string {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

func (s *Service) follow(ctx context.Context, t helpdesk.Ticket) (helpdesk.Ticket, error) {
	for range 10 {
		if t.MergedInto == 0 {
			break
		}
		next, err := s.p.Helpdesk.Get(ctx, access.WholeFirm(), t.MergedInto)
		if err != nil {
			return t, err
		}
		t = next
	}
	return t, nil
}

// known is who a sender is: a person of one client, somebody of a client, or nobody.
type known struct {
	clients []ids.ID
	contact []clients.Contact
	author  helpdesk.Author
}

// of narrows to one client.
func (k known) of(client ids.ID) (person ids.ID, author helpdesk.Author) {
	author = k.author
	for _, c := range k.contact {
		if c.Client == client && c.Person != 0 {
			return c.Person, helpdesk.Author{Kind: "person", ID: c.Person, Name: c.Name}
		}
	}
	return 0, author
}

// sender asks people, then the rules, then the domains of clients.
func (s *Service) sender(ctx context.Context, from mime.Address) (k known, err error) {
	k.author = helpdesk.Author{Kind: "person", Name: from.Email}
	if from.Name != "" {
		k.author.Name = from.Name
	}
	if k.contact, err = s.p.Clients.ByEmail(ctx, from.Email); err != nil {
		return k, err
	}
	for _, c := range k.contact {
		k.clients = append(k.clients, c.Client)
	}
	for _, pattern := range patterns(from) {
		if len(k.clients) > 0 {
			break
		}
		switch r, err := s.read().Sender(ctx, pattern); {
		case err == nil && r.ClientID != 0:
			k.clients = append(k.clients, ids.ID(r.ClientID))
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return k, err
		}
	}
	if len(k.clients) == 0 && !everybodys(from.Domain()) {
		if k.clients, err = s.p.Clients.ByDomain(ctx, from.Domain()); err != nil {
			return k, err
		}
	}
	slices.Sort(k.clients)
	k.clients = slices.Compact(k.clients)
	return k, nil
}

// everybodys tells whether anybody can have an address in a domain: it says nothing of whom they work for.
func everybodys(domain string) bool {
	switch domain {
	case "gmail.com", "googlemail.com", "outlook.com", "outlook.de", "hotmail.com", "hotmail.de", "hotmail.co.uk", "live.com", "live.de", "msn.com",
		"yahoo.com", "yahoo.de", "yahoo.co.uk", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.de", "gmx.net", "gmx.com", "gmx.at",
		"gmx.ch", "web.de", "t-online.de", "freenet.de", "mail.de", "mail.com", "mailbox.org", "posteo.de", "proton.me", "protonmail.com", "pm.me",
		"bluewin.ch", "btinternet.com", "sky.com", "virginmedia.com", "comcast.net", "att.net", "verizon.net", "zoho.com", "fastmail.com", "yandex.com",
		"arcor.de", "1und1.de", "online.de", "vodafone.de", "kabelmail.de", "aon.at", "chello.at", "orange.fr", "free.fr", "laposte.net", "libero.it", "wp.pl":
		return true
	}
	return false
}

// colleague finds the person of the firm who has an address.
func (s *Service) colleague(ctx context.Context, email string) (a helpdesk.Author, ok bool, err error) {
	people, err := s.p.Access.People(ctx)
	for _, p := range people {
		if p.Active && strings.EqualFold(p.Email, email) {
			return helpdesk.Author{Kind: "user", ID: p.ID, Name: p.Name}, true, nil
		}
	}
	return a, false, err
}

// judgeColleague takes what a person of the firm mails as a note and never as an answer to the client: a sender is
// easily forged, and only a verdict of our own server shows that this one was not.
func (s *Service) judgeColleague(m *incoming, user helpdesk.Author, t helpdesk.Ticket, byToken bool) outcome {
	if t.ID != 0 && byToken && m.dmarc == mime.Pass && m.Auto == mime.ByHand {
		return outcome{state: Noted, ticket: t, author: user}
	}
	if m.Auto == mime.Reply {
		return reject("auto-reply", "")
	}
	return review("colleague", user.Name)
}

// judgeAnswer files a mail that belongs to a ticket.
func (s *Service) judgeAnswer(ctx context.Context, m *incoming, who known, t helpdesk.Ticket, byToken bool) (outcome, error) {
	if !byToken && !slices.Contains(who.clients, t.Client) {
		// It names a mail of the ticket, which a stranger can do as well who was once in copy.
		return outcome{state: Review, reason: "other-client", ticket: t}, nil
	}
	o := outcome{ticket: t, state: Answer, client: t.Client}
	o.person, o.author = who.of(t.Client)
	n, err := s.read().Recent(ctx, int64(t.ID), m.From.Email, clock.Micros(s.now().Add(-time.Hour)))
	switch {
	case err != nil:
		return o, err
	case n >= mostOnTicket:
		return outcome{state: Review, reason: "flood", ticket: t}, nil
	case m.Auto == mime.Reply:
		o.state = Noted
		o.author.Kind = "system" // it opens nothing again
		return o, nil
	case t.State == helpdesk.StateClosed: // an answer there would be seen by nobody: a new ticket that is part of it
		o.state = NewTicket
	}
	return o, nil
}

// judgeNew files a mail that belongs to no ticket.
func (s *Service) judgeNew(ctx context.Context, m *incoming, who known) (outcome, error) {
	switch {
	case m.Auto == mime.Reply:
		return reject("auto-reply", ""), nil
	case len(who.clients) == 0:
		return review("unknown-sender", ""), nil
	case len(who.clients) > 1:
		return review("several-clients", ""), nil
	}
	n, err := s.read().RecentTickets(ctx, m.From.Email, clock.Micros(s.now().Add(-time.Hour)))
	if err != nil {
		return outcome{}, err
	}
	if n >= mostTickets {
		return review("flood", ""), nil
	}
	o := outcome{state: NewTicket, client: who.clients[0]}
	o.person, o.author = who.of(o.client)
	return o, nil
}

// judgeBounce finds the mail that a delivery report is about.
func (s *Service) judgeBounce(ctx context.Context, m *incoming, t helpdesk.Ticket) (outcome, error) {
	b := m.Bounce
	detail := strings.TrimSpace(b.Recipient + " " + b.Why)
	if len(detail) > 500 {
		detail = strings.ToValidUTF8(detail[:500], "")
	}
	o := outcome{state: Bounce, detail: detail, ticket: t, client: t.Client, failed: b.Failed()}
	if b.Original != "" {
		sent, err := s.read().OutgoingByMessageID(ctx, b.Original)
		switch {
		case err == nil:
			o.outgoing = sent.ID
			if sent.TicketID == 0 { // a letter
				return o, nil
			}
			if o.ticket, err = s.p.Helpdesk.Get(ctx, access.WholeFirm(), ids.ID(sent.TicketID)); err != nil {
				return o, err
			}
			o.ticket, err = s.follow(ctx, o.ticket)
			return o, err
		case !errors.Is(err, sql.ErrNoRows):
			return o, err
		}
	}
	if t.ID == 0 {
		return reject("strange-report", detail), nil
	}
	return o, nil
}
