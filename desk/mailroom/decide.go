// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/desk/mailroom/mime"
	"mainstay/desk/mailroom/store"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// Decision is what a person says of a mail in review.
type Decision struct {
	Client     ids.ID
	Ticket     int64 // number of the ticket that it belongs to; 0 = it becomes a new one
	MakePerson bool  // the sender is a person of the client from now on
	Domain     bool  // everybody of the sender's domain belongs to the client from now on
}

// Assign files a mail that waits for a decision, or was rejected, as the caller says.
func (s *Service) Assign(ctx context.Context, scope access.Scope, id ids.ID, d Decision) error {
	s.filing.Lock()
	defer s.filing.Unlock()
	row, err := s.undecided(ctx, id)
	if err != nil {
		return err
	}
	m, err := s.readMail(ctx, row)
	if err != nil {
		return err
	}
	m.dmarc = mime.DMARC(row.Dmarc)
	if m.limit != "" || m.fatal != "" { // what cannot be shown is attached as it came
		m.Broken = row.Reason != "size"
	}
	if err := s.disarm(ctx, row, m); err != nil {
		return err
	}
	o := outcome{state: NewTicket, client: d.Client}
	if d.Ticket != 0 {
		if o.ticket, err = s.p.Helpdesk.ByNumber(ctx, scope, d.Ticket); err != nil {
			return err
		}
		o.state, o.client = Answer, o.ticket.Client
	}
	if o.client == 0 {
		return fault.NewInvalid("Choose the client that the mail is from.").On("client")
	}
	if _, err := s.p.Clients.Get(ctx, scope, o.client); err != nil {
		return err
	}
	if err := s.learn(ctx, scope, m.From, o.client, d); err != nil {
		return err
	}
	who, err := s.sender(ctx, m.From)
	if err != nil {
		return err
	}
	o.person, o.author = who.of(o.client)
	if o.author.Name == "" {
		o.author.Name = "?"
	}
	return s.settle(ctx, row, m, o, State(row.State))
}

// undecided returns a mail that a person may still decide on.
func (s *Service) undecided(ctx context.Context, id ids.ID) (store.MailroomMessage, error) {
	row, err := s.read().MessageByID(ctx, int64(id))
	if err != nil {
		return row, orMissing(err, noMessage())
	}
	if State(row.State) != Review && State(row.State) != Rejected {
		return row, fault.NewConflict("Somebody has decided on this mail already.")
	}
	return row, nil
}

// learn remembers who the sender is.
func (s *Service) learn(ctx context.Context, scope access.Scope, from mime.Address, client ids.ID, d Decision) error {
	if d.Domain {
		if everybodys(from.Domain()) || from.Domain() == "" {
			return fault.NewInvalid("Anybody can have an address at %s: it does not tell the client.", from.Domain()).On("domain")
		}
		if err := s.rule(ctx, "@"+from.Domain(), client, false); err != nil {
			return err
		}
	}
	if !d.MakePerson || from.Email == "" {
		return nil
	}
	have, err := s.p.Clients.ByEmail(ctx, from.Email)
	if err != nil {
		return err
	}
	for _, c := range have {
		if c.Client == client && c.Person != 0 {
			return nil
		}
	}
	name := from.Name
	if name == "" {
		name = from.Email
	}
	_, err = s.p.Clients.SavePerson(ctx, scope, client, clients.Person{Name: name, Email: from.Email})
	return err
}

func (s *Service) rule(ctx context.Context, pattern string, client ids.ID, blocked bool) error {
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if err := q.PutSender(ctx, store.PutSenderParams{Pattern: pattern, ClientID: int64(client), Blocked: flag(blocked), CreatedAt: clock.Micros(s.now())}); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "mailroom.sender", pattern, client.String())
	})
}

// Reject puts a mail aside. It is kept and can still be assigned.
func (s *Service) Reject(ctx context.Context, id ids.ID) error {
	row, err := s.undecided(ctx, id)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		n, err := q.SetState(ctx, store.SetStateParams{ID: row.ID, Was: row.State, State: string(Rejected), Reason: "by-hand", DoneAt: clock.Micros(s.now())})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NewConflict("Somebody has decided on this mail already.")
		}
		return s.p.Access.Record(ctx, tx, "mailroom.reject", id.String(), row.Sender)
	})
}

// Block lets mail of an address, or with "@" before it of a domain, in no more.
func (s *Service) Block(ctx context.Context, pattern string) error {
	pattern = strings.ToLower(strings.TrimSpace(pattern))
	if i := strings.IndexByte(pattern, '@'); i < 0 || i == len(pattern)-1 || len(pattern) > 254 || strings.ContainsAny(pattern, " \t\r\n") {
		return fault.NewInvalid("%q is not an e-mail address.", pattern).On("pattern")
	}
	return s.rule(ctx, pattern, 0, true)
}

// Sender is a rule about who writes: an address, or a domain with "@" before it.
type Sender struct {
	Pattern string
	Client  ids.ID // whose mail it is; 0 = nobody's
	Blocked bool
}

// Senders lists the rules.
func (s *Service) Senders(ctx context.Context) (out []Sender, err error) {
	rows, err := s.read().Senders(ctx)
	for _, r := range rows {
		out = append(out, Sender{r.Pattern, ids.ID(r.ClientID), r.Blocked == 1})
	}
	return out, err
}

// ForgetSender removes a rule.
func (s *Service) ForgetSender(ctx context.Context, pattern string) error {
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		n, err := q.DropSender(ctx, pattern)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NewNotFound("There is no such rule.")
		}
		return s.p.Access.Record(ctx, tx, "mailroom.sender", pattern, "removed")
	})
}
