// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/desk/portal/store"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Grade is how a client found that a ticket was dealt with.
type Grade uint8

// The grades. Asked is a question without an answer yet.
const (
	Asked Grade = iota
	Good
	Middling
	Bad
)

var gradeWords = []string{"", "good", "middling", "bad"}

// Grades lists the answers.
func Grades() []Grade { return []Grade{Good, Middling, Bad} }

// String is the word of the API and of addresses.
func (g Grade) String() string { return gradeWords[min(int(g), len(gradeWords)-1)] }

// ParseGrade is the inverse of String.
func ParseGrade(s string) (Grade, bool) {
	for _, g := range Grades() {
		if g.String() == s {
			return g, true
		}
	}
	return Asked, false
}

// Rating is how a ticket was found to be dealt with.
type Rating struct {
	Ticket     ids.ID
	Client     ids.ID
	Person     ids.ID
	Technician ids.ID // whose the ticket was
	Grade      Grade
	Comment    string
	Solved     time.Time
	Asked      time.Time // zero = was not asked by mail
	Rated      time.Time // zero = not yet
}

func ratingOf(r store.PortalRating) Rating {
	return Rating{
		Ticket: ids.ID(r.TicketID), Client: ids.ID(r.ClientID), Person: ids.ID(r.PersonID), Technician: ids.ID(r.TechnicianID), Grade: Grade(r.Grade),
		Comment: r.Comment, Solved: instant(r.SolvedAt), Asked: instant(r.AskedAt), Rated: instant(r.RatedAt),
	}
}

const (
	rateWithin = 14 * 24 * time.Hour // a rating may be given and changed
	askEvery   = 7 * 24 * time.Hour  // nobody is asked more often
	maxComment = 4000
)

// askJob asks the person of a solved ticket how it went; its argument is the ticket's id.
const askJob = "portal.ask"

// Solved is what [helpdesk.Parts.Solved] is for: it has the person asked how it went.
func (s *Service) Solved(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket) error {
	if t.Origin != helpdesk.FromClient || t.Person == 0 {
		return nil
	}
	return s.p.Jobs.Enqueue(ctx, tx, askJob, t.ID.String())
}

// ask does [askJob]. Whatever happens in between, a ticket is asked about once.
func (s *Service) ask(ctx context.Context, arg string) error {
	id, err := ids.Parse(arg)
	if err != nil {
		return err
	}
	t, err := s.p.Desk.Get(ctx, access.WholeFirm(), id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	set, err := s.Settings(ctx)
	if err != nil || !set.Enabled || !set.Rate || t.State.Unfinished() || t.MergedInto != 0 {
		return err
	}
	if can, err := s.p.Mail.CanSend(ctx); err != nil || !can {
		return err
	}
	name, p, err := s.firm(ctx)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		a, err := s.account(ctx, q, t.Person)
		if fault.Is(err, fault.NotFound) || err == nil && (a.Email == "" || a.Blocked || a.Client != t.Client) {
			return nil
		}
		if err != nil {
			return err
		}
		if n, err := q.AskedSince(ctx, a.Email, clock.Micros(s.now().Add(-askEvery))); err != nil || n > 0 {
			return err
		}
		if err := s.begin(ctx, q, t); err != nil {
			return err
		}
		if n, err := q.Asked(ctx, int64(t.ID), clock.Micros(s.now()), a.Email); err != nil || n == 0 {
			return err
		}
		p := speaking(p, a.Language)
		var links [Bad + 1]string
		for g, label := range map[Grade]string{Good: p.T("rating::Good"), Middling: p.T("rating::Middling"), Bad: p.T("rating::Bad")} {
			links[g] = label + ": " + s.rateURL(t.ID, g)
		}
		return s.p.Mail.Post(ctx, tx, mailroom.Letter{
			To: a.Email, Subject: p.T("How did we do? %s", t.Subject),
			Body: p.T("Hello %s,", a.Name) + "\n\n" + p.T("your ticket %s is solved: %s", ticketNumber(t), t.Subject) + "\n\n" +
				p.T("How did it go? One click is enough, a word more is welcome.") + "\n\n" + strings.Join(links[Good:], "\n") + "\n\n" +
				p.T("If it is not solved after all, simply say so in the portal or call us.") + "\n\n" + name,
		})
	})
}

// begin makes the row of a ticket where there is none.
func (s *Service) begin(ctx context.Context, q *store.Queries, t helpdesk.Ticket) error {
	solved := t.Solved
	if solved.IsZero() {
		solved = s.now()
	}
	_, err := q.InsertRating(ctx, store.InsertRatingParams{
		TicketID: int64(t.ID), ClientID: int64(t.Client), PersonID: int64(t.Person), TechnicianID: int64(t.Assignee), SolvedAt: clock.Micros(solved),
	})
	return err
}

// A link to rate needs no sign-in: it is signed, and says which ticket.

func (s *Service) rateToken(ticket ids.ID) string {
	return ticket.String() + "-" + s.p.Sealer.MAC("portal-rating", ticket.String())[:40]
}

func (s *Service) rateURL(ticket ids.ID, g Grade) string {
	return s.p.URL + access.PortalPath + "/rate/" + s.rateToken(ticket) + "?grade=" + g.String()
}

// ticketOfToken is the ticket of a signed link.
func (s *Service) ticketOfToken(token string) (ids.ID, error) {
	ticket, _, ok := strings.Cut(token, "-")
	id, err := ids.Parse(ticket)
	if !ok || err != nil || subtle.ConstantTimeCompare([]byte(s.rateToken(id)), []byte(token)) != 1 {
		return 0, fault.NewNotFound("This link is not right. Copy it whole from the mail.")
	}
	return id, nil
}

// Question is a ticket to rate, or that was rated.
type Question struct {
	Ticket helpdesk.Ticket
	Rating Rating // zero where there is none yet
	Open   bool   // a rating may be given or changed
}

// Question returns what a signed link asks.
func (s *Service) Question(ctx context.Context, token string) (Question, error) {
	id, err := s.ticketOfToken(token)
	if err != nil {
		return Question{}, err
	}
	if set, err := s.Settings(ctx); err != nil || !set.Enabled {
		return Question{}, orElse(err, fault.NewNotFound("This link is not right. Copy it whole from the mail."))
	}
	t, err := s.p.Desk.Get(ctx, access.WholeFirm(), id)
	if err != nil {
		return Question{}, err
	}
	return s.question(ctx, t)
}

// QuestionOf is Question of a ticket that the caller may read.
func (s *Service) QuestionOf(ctx context.Context, t helpdesk.Ticket) (Question, error) {
	return s.question(ctx, t)
}

func (s *Service) question(ctx context.Context, t helpdesk.Ticket) (Question, error) {
	out := Question{Ticket: t}
	r, err := s.read().Rating(ctx, int64(t.ID))
	if err == nil && ids.ID(r.ClientID) == t.Client { // of a ticket that was moved, the other client's word stays with it
		out.Rating = ratingOf(r)
	} else if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return out, err
	}
	since := t.Solved
	for _, x := range []time.Time{out.Rating.Solved, out.Rating.Asked, out.Rating.Rated} {
		if x.After(since) {
			since = x
		}
	}
	if !out.Rating.Rated.IsZero() {
		since = out.Rating.Rated
	}
	out.Open = t.Origin == helpdesk.FromClient && !since.IsZero() && s.now().Sub(since) <= rateWithin && (!t.State.Unfinished() || out.Rating.Ticket != 0)
	return out, nil
}

// RateByLink keeps what the holder of a signed link says.
func (s *Service) RateByLink(ctx context.Context, token string, g Grade, comment string) error {
	x, err := s.Question(ctx, token)
	if err != nil {
		return err
	}
	return s.rate(ctx, x, g, comment)
}

// Rate keeps what the caller says of a ticket that they may read.
func (s *Service) Rate(ctx context.Context, number int64, g Grade, comment string) error {
	t, err := s.Ticket(ctx, number)
	if err != nil {
		return err
	}
	x, err := s.question(ctx, t)
	if err != nil {
		return err
	}
	return s.rate(ctx, x, g, comment)
}

// RateFor keeps what a client said of a ticket elsewhere than here. It is for tickets of the invented firm.
func (s *Service) RateFor(ctx context.Context, ticket ids.ID, g Grade, comment string) error {
	t, err := s.p.Desk.Get(ctx, access.WholeFirm(), ticket)
	if err != nil {
		return err
	}
	x, err := s.question(ctx, t)
	if err != nil {
		return err
	}
	return s.rate(ctx, x, g, comment)
}

func (s *Service) rate(ctx context.Context, x Question, g Grade, comment string) error {
	comment = strings.TrimSpace(strings.ReplaceAll(comment, "\r\n", "\n"))
	switch {
	case g < Good || g > Bad:
		return fault.NewInvalid("Choose one of the three.").On("grade")
	case len(comment) > maxComment:
		return fault.NewInvalid("This is too long: at most %d characters.", maxComment).On("comment")
	case !x.Open:
		return fault.NewConflict("This was some time ago: a rating can be given and changed for two weeks.")
	}
	_, p, err := s.firm(ctx)
	if err != nil {
		return err
	}
	told := false
	err = s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if err := s.begin(ctx, q, x.Ticket); err != nil {
			return err
		}
		before, err := q.Rating(ctx, int64(x.Ticket.ID))
		if err != nil {
			return err
		}
		if n, err := q.Rate(ctx, store.RateParams{TicketID: int64(x.Ticket.ID), Grade: int64(g), Comment: comment, RatedAt: clock.Micros(s.now()), ClientID: int64(x.Ticket.Client)}); err != nil || n == 0 {
			return orElse(err, fault.NewNotFound("There is no such ticket."))
		}
		if told = g == Bad && (Grade(before.Grade) != Bad || before.Comment != comment); !told {
			return nil
		}
		body := p.T("The client is not content with how this was dealt with.")
		if comment != "" {
			body += "\n\n" + comment
		}
		_, _, err = s.p.Desk.SayIn(ctx, tx, goesOn(x.Ticket), helpdesk.Message{Kind: helpdesk.Note, Body: body, Author: &helpdesk.Author{Kind: "system", Name: "Mainstay"}})
		return err
	})
	if err == nil && told {
		s.p.Desk.Told(goesOn(x.Ticket))
	}
	return err
}

// goesOn is the ticket in which one that was merged goes on.
func goesOn(t helpdesk.Ticket) ids.ID {
	if t.MergedInto != 0 {
		return t.MergedInto
	}
	return t.ID
}

// RatingOf returns the rating of a ticket in scope, false where there is none.
func (s *Service) RatingOf(ctx context.Context, scope access.Scope, ticket ids.ID) (Rating, bool, error) {
	if _, err := s.p.Desk.Get(ctx, scope, ticket); err != nil {
		return Rating{}, false, err
	}
	r, err := s.read().Rating(ctx, int64(ticket))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !scope.Covers(ids.ID(r.ClientID)) {
		return Rating{}, false, nil
	}
	return ratingOf(r), err == nil, err
}
