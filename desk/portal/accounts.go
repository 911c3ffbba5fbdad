// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"mainstay/desk/portal/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// Sees says which tickets of their client somebody may read.
type Sees string

// What people may see.
const (
	SeesOwn    Sees = "own"
	SeesSite   Sees = "site" // those of the site that they belong to
	SeesClient Sees = "client"
)

// SeesChoices lists them from least to most.
func SeesChoices() []Sees { return []Sees{SeesOwn, SeesSite, SeesClient} }

// Rights are what was decided of a client's person.
type Rights struct {
	Invited  bool // may come in although not everybody may
	Blocked  bool
	Sees     Sees
	Billing  bool
	Approver bool
}

// Account is a client's person as the portal knows them.
type Account struct {
	Person ids.ID
	Client ids.ID
	Site   ids.ID
	Name   string
	Email  string // folded; "" = cannot come in
	Firm   string // name of the client
	Rights
	Language string
	Seen     time.Time // zero = never
	May      bool      // may come in, as things stand
}

// Permissions of an account, as the access router checks them.
func (a Account) permissions() (out []access.Permission) {
	if a.Approver {
		out = append(out, access.PortalApprove)
	}
	if a.Billing {
		out = append(out, access.PortalBilling)
	}
	return out
}

// usual is what holds of somebody of whom nothing was decided.
func usual(decides bool) Rights { return Rights{Sees: SeesOwn, Approver: decides} }

func (a *Account) settle(set Settings, row *store.PortalAccount, decides bool, status clients.Status) {
	a.Rights = usual(decides)
	if row != nil {
		a.Rights = Rights{Invited: row.Invited == 1, Blocked: row.Blocked == 1, Sees: Sees(row.Sees), Billing: row.Billing == 1, Approver: row.Approver == 1}
		a.Language, a.Seen = row.Language, instant(row.SeenAt)
	}
	a.May = set.Enabled && a.Email != "" && !a.Blocked && (set.Everybody || a.Invited) && status != clients.Former && status != clients.Merged
}

func foldOrNone(email string) string {
	e, err := access.FoldEmail(email)
	if err != nil {
		return ""
	}
	return e
}

// account reads a person with what was decided of them. It is NotFound where there is no such person any more.
func (s *Service) account(ctx context.Context, q *store.Queries, person ids.ID) (Account, error) {
	row, err := q.PersonByID(ctx, int64(person))
	if err != nil {
		return Account{}, orMissing(err, fault.NewNotFound("There is no such person."))
	}
	return s.fill(ctx, q, store.PeopleWithRow(row))
}

func (s *Service) fill(ctx context.Context, q *store.Queries, row store.PeopleWithRow) (Account, error) {
	a := Account{Person: ids.ID(row.ID), Client: ids.ID(row.ClientID), Site: ids.ID(row.SiteID), Name: row.Name, Email: foldOrNone(row.Email), Firm: row.Client}
	set, err := q.Settings(ctx)
	if err != nil {
		return a, err
	}
	own, err := q.Account(ctx, row.ID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return a, err
	}
	known := &own
	if err != nil {
		known = nil
	}
	a.settle(settingsOf(set), known, row.Decides == 1, clients.Status(row.Status))
	return a, nil
}

// admitted are the people with an address who may come in, by the names of their clients.
func (s *Service) admitted(ctx context.Context, q *store.Queries, email string) (out []Account, err error) {
	rows, err := q.PeopleWith(ctx, email)
	for _, r := range rows {
		a, err := s.fill(ctx, q, r)
		if err != nil {
			return nil, err
		}
		if a.May && a.Email == email {
			out = append(out, a)
		}
	}
	return out, err
}

// Account returns a person of a client in scope.
func (s *Service) Account(ctx context.Context, scope access.Scope, client, person ids.ID) (Account, error) {
	a, err := s.account(ctx, s.read(), person)
	if err == nil && (a.Client != client || !scope.Covers(client)) {
		err = fault.NewNotFound("There is no such person.")
	}
	return a, err
}

// Accounts returns the people of a client, by name.
func (s *Service) Accounts(ctx context.Context, scope access.Scope, client ids.ID) (out []Account, err error) {
	c, err := s.p.Clients.Get(ctx, scope, client)
	if err != nil {
		return nil, err
	}
	set, err := s.Settings(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.read().AccountsOf(ctx, int64(client))
	if err != nil {
		return nil, err
	}
	for _, p := range c.People {
		a := Account{Person: p.ID, Client: client, Site: p.Site, Name: p.Name, Email: foldOrNone(p.Email), Firm: c.Name}
		var own *store.PortalAccount
		for i := range rows {
			if rows[i].PersonID == int64(p.ID) {
				own = &rows[i]
			}
		}
		a.settle(set, own, p.Decides, c.Status)
		out = append(out, a)
	}
	return out, nil
}

// SetRights decides what a person of a client may do. Who is blocked is out at once.
func (s *Service) SetRights(ctx context.Context, scope access.Scope, client, person ids.ID, r Rights) error {
	if !slices.Contains(SeesChoices(), r.Sees) {
		return fault.NewInvalid("%q is not one of the choices.", r.Sees).On("sees")
	}
	if _, err := s.Account(ctx, scope, client, person); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		a, err := s.account(ctx, q, person)
		if err != nil {
			return err
		}
		if err := s.put(ctx, q, person, r); err != nil {
			return err
		}
		if r.Blocked {
			if err := q.EndByPerson(ctx, int64(person)); err != nil {
				return err
			}
		}
		return s.p.Access.Record(ctx, tx, "portal.rights", a.Name+", "+a.Firm, r.words())
	})
}

func (s *Service) put(ctx context.Context, q *store.Queries, person ids.ID, r Rights) error {
	return q.PutAccount(ctx, store.PutAccountParams{
		PersonID: int64(person), Invited: flag(r.Invited), Blocked: flag(r.Blocked), Sees: string(r.Sees), Billing: flag(r.Billing), Approver: flag(r.Approver),
	})
}

// words are for the audit trail.
func (r Rights) words() string {
	out := []string{string(r.Sees)}
	for word, on := range map[string]bool{"approver": r.Approver, "billing": r.Billing, "blocked": r.Blocked, "invited": r.Invited} {
		if on {
			out = append(out, word)
		}
	}
	slices.Sort(out[1:])
	return strings.Join(out, " ")
}

// SetLanguage keeps the language of the caller, "" = as the browser asks.
func (s *Service) SetLanguage(ctx context.Context, language string) error {
	id := access.From(ctx)
	return s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.SetLanguage(ctx, int64(id.Person), language)
		if err != nil || n > 0 {
			return err
		}
		a, err := s.account(ctx, q, id.Person)
		if err != nil {
			return err
		}
		if err := s.put(ctx, q, id.Person, a.Rights); err != nil {
			return err
		}
		_, err = q.SetLanguage(ctx, int64(id.Person), language)
		return err
	})
}

// clientMerged follows a merge of clients. People keep their accounts: they go with the person. It may run again.
func (s *Service) clientMerged(ctx context.Context, arg string) error {
	a, b, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(a)
	if err != nil {
		return err
	}
	into, err := ids.Parse(b)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		return errors.Join(
			q.MoveApprovals(ctx, int64(from), int64(into)), q.MoveRatings(ctx, int64(from), int64(into)),
			q.DropSignOnUnlessFree(ctx, int64(from), int64(into)), q.MoveSignOn(ctx, int64(from), int64(into)),
			s.resealSignOn(ctx, tx, from, into), moveStatus(ctx, tx, from, into),
		)
	})
}

// HasClients tells which clients have approvals, ratings, a sign-on or a status page: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM portal_approvals UNION SELECT client_id FROM portal_ratings UNION SELECT client_id FROM portal_sign_ons
		UNION SELECT client_id FROM portal_statuses`)
}

// DropAccount forgets what was decided of a person and ends their sessions. It is for people of the invented firm.
func (s *Service) DropAccount(ctx context.Context, person ids.ID) error {
	return s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
		return errors.Join(q.EndByPerson(ctx, int64(person)), q.DropAccount(ctx, int64(person)))
	})
}
