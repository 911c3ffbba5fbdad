// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"strconv"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// caller is the account of who calls, as it stands now.
func (s *Service) caller(ctx context.Context) (Account, error) {
	id := access.From(ctx)
	if id == nil || id.Person == 0 {
		return Account{}, fault.NewUnauthenticated("Please sign in.")
	}
	a, err := s.account(ctx, s.read(), id.Person)
	if err == nil && (!a.May || a.Client != id.Client) {
		err = fault.NewUnauthenticated("Please sign in.")
	}
	return a, err
}

// share is what of the tickets the caller may read.
func (s *Service) share(ctx context.Context) (helpdesk.Share, Account, error) {
	a, err := s.caller(ctx)
	if err != nil {
		return helpdesk.Share{}, a, err
	}
	return s.shareOf(ctx, a)
}

func (s *Service) shareOf(ctx context.Context, a Account) (helpdesk.Share, Account, error) {
	out := helpdesk.Share{Person: a.Person, All: a.Sees == SeesClient}
	if a.Sees == SeesSite && a.Site != 0 {
		out.Site = a.Site
		c, err := s.p.Clients.Get(ctx, access.OneClient(a.Client), a.Client)
		if err != nil {
			return out, a, err
		}
		for _, p := range c.People {
			if p.Site == a.Site {
				out.People = append(out.People, p.ID)
			}
		}
	}
	return out, a, nil
}

// List returns the tickets that the caller may read, the last changed first, and how many there are.
func (s *Service) List(ctx context.Context, q helpdesk.SharedQuery) ([]helpdesk.Ticket, int, error) {
	share, a, err := s.share(ctx)
	if err != nil {
		return nil, 0, err
	}
	q.ID, q.Number = 0, 0
	return s.p.Desk.Shared(ctx, access.OneClient(a.Client), share, q)
}

// Ticket returns one that the caller may read; what they may not does not exist.
func (s *Service) Ticket(ctx context.Context, number int64) (helpdesk.Ticket, error) {
	share, a, err := s.share(ctx)
	if err != nil {
		return helpdesk.Ticket{}, err
	}
	return s.p.Desk.SharedOne(ctx, access.OneClient(a.Client), share, number)
}

// Thread returns what is public of a ticket that the caller may read.
func (s *Service) Thread(ctx context.Context, t helpdesk.Ticket) ([]helpdesk.Entry, error) {
	return s.p.Desk.Thread(ctx, access.From(ctx).Scope(), t.ID)
}

// File returns an attachment of what is public of a ticket that the caller may read.
func (s *Service) File(ctx context.Context, number int64, file ids.ID) (helpdesk.File, error) {
	t, err := s.Ticket(ctx, number)
	if err != nil {
		return helpdesk.File{}, err
	}
	return s.p.Desk.File(ctx, access.From(ctx).Scope(), t.ID, file)
}

// Say adds what the caller wrote to a ticket. On one that is solved it opens it again, unless solved says that it is.
func (s *Service) Say(ctx context.Context, number int64, body string, files []helpdesk.File, solved bool) error {
	t, err := s.Ticket(ctx, number)
	if err != nil {
		return err
	}
	if t.State == helpdesk.StateClosed {
		return fault.NewConflict("This ticket is closed. Raise a new one: it can name this one.")
	}
	if err := s.busy(ctx); err != nil {
		return err
	}
	m := helpdesk.Message{Public: true, Body: body, Files: files}
	if solved {
		state := helpdesk.StateSolved
		m.Then.State = &state
	}
	_, _, err = s.p.Desk.Say(ctx, access.From(ctx).Scope(), t.ID, 0, m)
	return err
}

// Solve says that a ticket is solved, or not after all.
func (s *Service) Solve(ctx context.Context, number int64, solved bool) error {
	t, err := s.Ticket(ctx, number)
	if err != nil {
		return err
	}
	if t.State == helpdesk.StateClosed {
		return fault.NewConflict("This ticket is closed. Raise a new one: it can name this one.")
	}
	state := helpdesk.StateOpen
	if solved {
		state = helpdesk.StateSolved
	}
	if t.State.Unfinished() != solved {
		return nil // it is so already
	}
	_, err = s.p.Desk.Update(ctx, access.From(ctx).Scope(), t.ID, 0, helpdesk.Edit{State: &state})
	return err
}

// Raised is a ticket as people raise it: in plain words.
type Raised struct {
	Subject string
	Body    string
	Held    helpdesk.Level // 1 work stands still, 2 is hindered, 3 goes on
	Whom    helpdesk.Level // 1 the whole firm, 2 several, 3 one
	Site    ids.ID
	After   int64 // number of a closed ticket that it follows
	Files   []helpdesk.File
}

// most is what one person may send within two hours: more is a machine.
const most = 120

// busy refuses who sends more than a person does.
func (s *Service) busy(ctx context.Context) error {
	id := access.From(ctx)
	key := "person " + id.Person.String()
	return s.p.Access.GuestMayOften(ctx, "portal-write", key, most)
}

// Raise makes a ticket of the caller.
func (s *Service) Raise(ctx context.Context, r Raised) (helpdesk.Ticket, error) {
	_, a, err := s.share(ctx)
	if err != nil {
		return helpdesk.Ticket{}, err
	}
	scope := access.OneClient(a.Client)
	d := helpdesk.Draft{
		Client: a.Client, Site: r.Site, Person: a.Person, Origin: helpdesk.FromClient, OriginNote: "portal", Channel: "portal",
		Impact: r.Whom, Urgency: r.Held, Subject: r.Subject, Body: r.Body, Files: r.Files,
	}
	if d.Body == "" && len(d.Files) == 0 {
		return helpdesk.Ticket{}, fault.NewInvalid("Tell us what is the matter.").On("body")
	}
	if r.After != 0 {
		before, err := s.Ticket(ctx, r.After)
		if err != nil {
			return before, err
		}
		d.Parent = before.ID
	}
	if d.Site == 0 {
		d.Site = a.Site
	}
	if err := s.busy(ctx); err != nil {
		return helpdesk.Ticket{}, err
	}
	return s.p.Desk.Create(ctx, scope, d)
}

// Me is the caller's account and the sites of their client.
func (s *Service) Me(ctx context.Context) (Account, []clients.Site, error) {
	id := access.From(ctx)
	a, err := s.account(ctx, s.read(), id.Person)
	if err != nil {
		return a, nil, err
	}
	c, err := s.p.Clients.Get(ctx, id.Scope(), a.Client)
	return a, c.Sites, err
}

// Names are the people of the caller's client who asked tickets that the caller reads.
func (s *Service) Names(ctx context.Context) (map[ids.ID]string, error) {
	id := access.From(ctx)
	c, err := s.p.Clients.Get(ctx, id.Scope(), id.Client)
	out := map[ids.ID]string{}
	for _, p := range c.People {
		out[p.ID] = p.Name
	}
	return out, err
}

// Foot is the line under mails about a ticket that leads to it in the portal; "" where there is none.
func (s *Service) Foot(ctx context.Context, t helpdesk.Ticket) (string, error) {
	set, err := s.Settings(ctx)
	if err != nil || !set.Enabled || t.Person == 0 {
		return "", err
	}
	a, err := s.account(ctx, s.read(), t.Person)
	if err != nil || !a.May || a.Client != t.Client {
		if fault.Is(err, fault.NotFound) {
			err = nil
		}
		return "", err
	}
	_, p, err := s.firm(ctx)
	return speaking(p, a.Language).T("This ticket in our portal: %s", s.ticketURL(t)), err
}

func (s *Service) ticketURL(t helpdesk.Ticket) string {
	return s.p.URL + access.PortalPath + "/tickets/" + strconv.FormatInt(t.Number, 10)
}

func ticketNumber(t helpdesk.Ticket) string { return strconv.FormatInt(t.Number, 10) }
