// SPDX-License-Identifier: Apache-2.0

package quotes

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/quotes/store"
)

// Limits of what comes over a public link, by place and two hours.
const (
	mostTries   = 20 // unknown links
	mostAnswers = 60 // forms
	maxReason   = 2000
)

// NoLink is what a link says that leads nowhere: unknown, replaced or withdrawn.
func NoLink() *fault.Error {
	return fault.NewNotFound("This link does not lead to a quote any more. Please ask us for a new one.")
}

// ByToken returns the quote that a link opens, with the version that was sent with it. A link ends with the quote's validity, with a newer
// version, and when the quote is withdrawn.
func (s *Service) ByToken(ctx context.Context, token string) (*Quote, *Version, error) {
	if len(token) > 100 {
		return nil, nil, NoLink()
	}
	place := access.Place(access.Address(ctx))
	row, err := s.read().SentByToken(ctx, access.Digest(token))
	if errors.Is(err, sql.ErrNoRows) { // guessing is slowed down
		if err := s.p.Access.GuestMayOften(ctx, "quote-link", place, mostTries); err != nil {
			return nil, nil, err
		}
		return nil, nil, NoLink()
	}
	if err != nil {
		return nil, nil, err
	}
	v, err := versionOf(row)
	if err != nil {
		return nil, nil, err
	}
	if v.State == VersionReplaced || v.State == VersionWithdrawn {
		return nil, nil, NoLink()
	}
	if v.Valid < s.Today() {
		return nil, nil, fault.NewNotFound("This quote was valid until %s. Please ask us for a new one.", v.Valid)
	}
	q, err := s.Get(ctx, ids.ID(row.QuoteID))
	if err != nil {
		return nil, nil, err
	}
	return q, &v, nil
}

// Saw notes that a client's person has opened a version for the first time.
func (s *Service) Saw(ctx context.Context, q *Quote, v *Version) error {
	if !v.Seen.IsZero() || v.State != VersionOpen {
		return nil
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).Seen(ctx, int64(q.ID), v.Revision, s.now()) })
}

// Answer is a yes.
type Answer struct {
	Choice   Choice
	Name     string // typed as a signature
	Agreed   bool   // the box is ticked
	Document string // the digest that the page showed
	Agent    string // browser
}

// stamp is what a PDF says besides the content.
type stamp struct {
	draft    bool
	name     string
	at       time.Time
	address  string
	agent    string
	document string
	choice   Choice
}

// Accept signs a quote. What follows from it is made by a job, so that nothing can stand in the way of a yes.
func (s *Service) Accept(ctx context.Context, token string, a Answer) error {
	q, v, err := s.answering(ctx, token)
	if err != nil {
		return err
	}
	a.Name = strings.Join(strings.Fields(a.Name), " ")
	switch {
	case v.State == VersionAccepted:
		return nil // a second click
	case v.State != VersionOpen:
		return answered()
	case a.Document != v.Document:
		return NoLink()
	case len([]rune(a.Name)) < 2 || len(a.Name) > maxName || odd(a.Name):
		return fault.NewInvalid("Please type your full name: it is your signature.").On("name")
	case !a.Agreed:
		return fault.NewInvalid("Please tick the box to accept the quote.").On("agree")
	}
	if err := a.Choice.Check(&v.Content); err != nil {
		return err
	}
	t, err := v.Content.Totals(a.Choice)
	if err != nil {
		return err
	}
	sender, err := s.sender(ctx)
	if err != nil {
		return err
	}
	now := s.p.Clock.Now()
	address := access.Address(ctx)
	document, err := s.draw(ctx, q, &v.Content, v.Revision, sender, &stamp{name: a.Name, at: now, address: address, agent: a.Agent, document: v.Document, choice: a.Choice})
	if err != nil {
		return err
	}
	ref, err := s.keep(document)
	if err != nil {
		return err
	}
	choice, err := json.Marshal(a.Choice)
	if err != nil {
		return err
	}
	err = s.decide(ctx, q, Yes, Waiting, Accepted, store.DecideParams{
		QuoteID: int64(q.ID), Revision: v.Revision, State: int64(VersionAccepted), DecidedAt: clock.Micros(now), DecidedBy: a.Name, Address: address, Agent: shorten(a.Agent, 300),
		Choice: string(choice), Signed: string(ref),
	}, func(tx *sql.Tx, x *store.Queries) error {
		if err := x.SetSums(ctx, int64(q.ID), t.Month, t.Once); err != nil {
			return err
		}
		return s.p.Jobs.Enqueue(ctx, tx, FulfilJob, q.ID.String())
	})
	if err == nil {
		s.p.Jobs.Wake()
	}
	return err
}

// Decline says no, with a reason.
func (s *Service) Decline(ctx context.Context, token, name, reason, agent string) error {
	q, v, err := s.answering(ctx, token)
	if err != nil {
		return err
	}
	name, reason = strings.Join(strings.Fields(name), " "), plain(reason)
	switch {
	case v.State == VersionDeclined:
		return nil
	case v.State != VersionOpen:
		return answered()
	case len(name) > maxName || odd(name):
		return fault.NewInvalid("Please enter a name of at most %d characters.", maxName).On("decline-name")
	case reason == "":
		return fault.NewInvalid("Please tell us why: a few words help us.").On("reason")
	case len(reason) > maxReason || odd(reason):
		return fault.NewInvalid("This is too long: at most %d characters.", maxReason).On("reason")
	}
	return s.decide(ctx, q, No, NotYet, Declined, store.DecideParams{
		QuoteID: int64(q.ID), Revision: v.Revision, State: int64(VersionDeclined), DecidedAt: s.now(), DecidedBy: name, Address: access.Address(ctx), Agent: shorten(agent, 300), Reason: reason,
	}, nil)
}

// answering opens a link to answer by it, a bounded number of times.
func (s *Service) answering(ctx context.Context, token string) (*Quote, *Version, error) {
	if err := s.p.Access.GuestMayOften(ctx, "quote-answer", access.Place(access.Address(ctx)), mostAnswers); err != nil {
		return nil, nil, err
	}
	return s.ByToken(ctx, token)
}

func answered() error {
	return fault.NewConflict("This quote was answered already.")
}

// decide writes an answer, once.
func (s *Service) decide(ctx context.Context, q *Quote, state State, stage Fulfilment, what string, d store.DecideParams, then func(*sql.Tx, *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		x := store.New(tx)
		n, err := x.Decide(ctx, d)
		if err != nil {
			return err
		}
		if n == 0 {
			return answered()
		}
		n, err = x.SetState(ctx, store.SetStateParams{ID: int64(q.ID), State: int64(Open), State_2: int64(state), Made: int64(stage), ChangedAt: s.now()})
		if err != nil {
			return err
		}
		if n == 0 {
			return answered()
		}
		if then != nil {
			if err := then(tx, x); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, what, q.ID); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "quotes."+what, q.ID.String(), q.Number+" "+d.DecidedBy)
	})
}

func shorten(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
