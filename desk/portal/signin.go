// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"mainstay/desk/mailroom"
	"mainstay/desk/portal/store"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// How long things live.
const (
	linkLife    = 20 * time.Minute
	inviteLife  = 7 * 24 * time.Hour
	chooseLife  = 5 * time.Minute
	sessionIdle = 7 * 24 * time.Hour
	touchEvery  = time.Minute

	// SessionLife is how long a session lasts at most.
	SessionLife = 30 * 24 * time.Hour
)

// How a session was opened.
const (
	methodLink     = "link"
	methodPassword = "password"
	methodSignOn   = "single-sign-on"
)

// The doors at which tries are counted, each by itself.
const (
	linkDoor     = "portal-link"
	passwordDoor = "portal-password"
)

// linkJob sends a link. That is done outside of the request, so that its answer takes as long whether the address is
// known or not.
const linkJob = "portal.link"

type linkOrder struct {
	Email    string `json:"email"`
	Back     string `json:"back"`
	Language string `json:"language"`
}

// AskLink has a link to sign in mailed to an address, if it is known. The answer is the same if it is not. back is the page
// of the portal to show then, language that of the asking browser.
func (s *Service) AskLink(ctx context.Context, email, back, language string) error {
	email, err := access.FoldEmail(email)
	if err != nil {
		return err
	}
	if err := s.p.Access.GuestMay(ctx, linkDoor, email, access.Address(ctx)); err != nil {
		return err
	}
	if err := s.p.Access.GuestAsked(ctx, linkDoor, email, access.Address(ctx)); err != nil {
		return err
	}
	arg, err := json.Marshal(linkOrder{email, Back(back), language})
	if err != nil {
		return err
	}
	return s.p.Jobs.Add(ctx, linkJob, string(arg))
}

// Back is path when it is a page of the portal, else its start.
func Back(path string) string {
	if u, err := url.Parse(path); err != nil || u.IsAbs() || u.Host != "" || !access.InPortal(u.Path) || strings.ContainsAny(path, "\\\r\n\t") || strings.Contains(path, "..") {
		return access.PortalPath
	}
	return path
}

// sendLink does [linkJob].
func (s *Service) sendLink(ctx context.Context, arg string) error {
	var o linkOrder
	if err := json.Unmarshal([]byte(arg), &o); err != nil {
		return err
	}
	can, err := s.p.Mail.CanSend(ctx)
	if err != nil {
		return err
	}
	if !can {
		s.p.Log.Warn("portal: somebody asked for a link to sign in, and no mailbox can send")
		return nil
	}
	name, p, err := s.firm(ctx)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		who, err := s.admitted(ctx, q, o.Email)
		if err != nil || len(who) == 0 {
			return err
		}
		token, err := s.newLink(ctx, q, o.Email, o.Back, linkLife)
		if err != nil {
			return err
		}
		p = speaking(p, who[0].Language, o.Language)
		return s.p.Mail.Post(ctx, tx, mailroom.Letter{
			To: o.Email, Secret: true, Subject: p.T("Your link to sign in at %s", name),
			Body: p.T("Hello %s,", who[0].Name) + "\n\n" + p.T("this link signs you in once, within the next 20 minutes:") + "\n" + s.enterURL(token) + "\n\n" +
				p.T("If you did not ask for it, nothing needs to be done: nobody gets in without it.") + "\n\n" + name,
		})
	})
}

func (s *Service) enterURL(token string) string { return s.p.URL + "/portal/enter/" + token }

func (s *Service) newLink(ctx context.Context, q *store.Queries, email, back string, life time.Duration) (string, error) {
	secret, stored := access.NewToken()
	return secret, q.InsertLink(ctx, store.InsertLinkParams{Token: stored, Email: email, Back: back, ExpiresAt: clock.Micros(s.now().Add(life))})
}

// Invite lets a person in whoever else may come in, and mails them a link that signs in once within a week.
func (s *Service) Invite(ctx context.Context, scope access.Scope, client, person ids.ID) error {
	a, err := s.Account(ctx, scope, client, person)
	if err != nil {
		return err
	}
	set, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	switch {
	case !set.Enabled:
		return fault.NewConflict("The portal is switched off. Switch it on in its settings first.")
	case a.Email == "":
		return fault.NewInvalid("%s has no e-mail address.", a.Name)
	case a.Blocked:
		return fault.NewConflict("%s is blocked. Lift that first.", a.Name)
	}
	name, p, err := s.firm(ctx)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		a, err := s.account(ctx, q, person)
		if err != nil {
			return err
		}
		a.Invited = true
		if err := s.put(ctx, q, person, a.Rights); err != nil {
			return err
		}
		if a, err = s.account(ctx, q, person); err != nil {
			return err
		}
		if !a.May {
			return fault.NewConflict("%s is no client any more.", a.Firm)
		}
		token, err := s.newLink(ctx, q, a.Email, access.PortalPath, inviteLife)
		if err != nil {
			return err
		}
		p = speaking(p, a.Language)
		if err := s.p.Mail.Post(ctx, tx, mailroom.Letter{
			To: a.Email, Secret: true, Subject: p.T("%s invites you to its client portal", name),
			Body: p.T("Hello %s,", a.Name) + "\n\n" + p.T("in our portal you see how your tickets stand, answer and raise new ones. This link signs you in once, within the next seven days:") + "\n" +
				s.enterURL(token) + "\n\n" + p.T("Afterwards you can always have a new link sent to you here:") + "\n" + s.p.URL + access.PortalPath + "\n\n" + name,
		}); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "portal.invite", a.Name+", "+a.Firm, a.Email)
	})
}

// Visit makes a link that signs in once as an invented person: for the demo firm, whose clients get no mail. Nobody real has an
// address in the domain that it asks for (RFC 2606).
func (s *Service) Visit(ctx context.Context, scope access.Scope, client, person ids.ID) (token string, err error) {
	a, err := s.Account(ctx, scope, client, person)
	if err != nil {
		return "", err
	}
	f, err := config.Values{DB: s.p.DB}.Firm(ctx)
	if err != nil {
		return "", err
	}
	if !f.Demo || !Invented(a) {
		return "", fault.NewDenied("Only invented people of the demo firm can be visited.")
	}
	err = s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if token, err = s.newLink(ctx, q, a.Email, access.PortalPath, linkLife); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "portal.invite", a.Name+", "+a.Firm, "demo")
	})
	return token, err
}

// Invented reports whether an account is of somebody who cannot be real.
func Invented(a Account) bool { return a.May && strings.HasSuffix(a.Email, ".example") }

// Door is what opened, or what is still to be chosen.
type Door struct {
	Session string // the token of the new session; "" = choose
	Back    string // the page to show then
	Link    string // with which to come back once chosen
	Choices []Account
}

func gone() error {
	return fault.NewUnauthenticated("This link was used already or has expired. Have a new one sent to you.")
}

// PeekLink reports whether a link can still be used. It uses nothing up: programs that look at mails open links too.
func (s *Service) PeekLink(ctx context.Context, token string) error {
	_, err := s.read().Link(ctx, access.Digest(token), clock.Micros(s.now()))
	if errors.Is(err, sql.ErrNoRows) {
		return gone()
	}
	return err
}

// UseLink signs in with a link, once. Where the address is that of people of several clients, person chooses; while it is 0
// the choices are returned and the link stays.
func (s *Service) UseLink(ctx context.Context, token string, person ids.ID, c access.Client) (d Door, err error) {
	err = s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		l, err := q.Link(ctx, access.Digest(token), clock.Micros(s.now()))
		if errors.Is(err, sql.ErrNoRows) {
			return gone()
		}
		if err != nil {
			return err
		}
		who, err := s.admitted(ctx, q, l.Email)
		if err != nil {
			return err
		}
		a, ok := chosen(who, person)
		if !ok {
			if len(who) == 0 || person != 0 {
				return gone()
			}
			d = Door{Link: token, Choices: who}
			return nil
		}
		if n, err := q.TakeLink(ctx, l.Token, clock.Micros(s.now())); err != nil || n == 0 {
			return orElse(err, gone())
		}
		if err := q.DropLinks(ctx, l.Email); err != nil {
			return err
		}
		for _, door := range []string{linkDoor, passwordDoor} { // it is them
			if err := s.p.Access.GuestDone(ctx, tx, door, l.Email); err != nil {
				return err
			}
		}
		d = Door{Back: Back(l.Back)}
		d.Session, err = s.open(ctx, tx, q, a, methodLink, c)
		return err
	})
	return d, err
}

// chosen is the only one, or the one that was chosen.
func chosen(who []Account, person ids.ID) (Account, bool) {
	for _, a := range who {
		if a.Person == person || person == 0 && len(who) == 1 {
			return a, true
		}
	}
	return Account{}, false
}

func wrong() error {
	return fault.NewUnauthenticated("The e-mail address or the password is not right.")
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Password signs in by address and password. It takes as long whether the address is known or not.
func (s *Service) Password(ctx context.Context, email, password, back string, c access.Client) (d Door, err error) {
	email, err = access.FoldEmail(email)
	if err != nil {
		return d, err
	}
	if err := s.p.Access.GuestMay(ctx, passwordDoor, email, c.Address); err != nil {
		return d, err
	}
	hash, err := s.read().Password(ctx, email)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return d, err
	}
	right := access.CheckPassword(hash, password)
	who, err := s.admitted(ctx, s.read(), email)
	if err != nil {
		return d, err
	}
	if !right || len(who) == 0 {
		return d, orElse(s.p.Access.GuestFailed(ctx, passwordDoor, email, c.Address), wrong())
	}
	err = s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if err := s.p.Access.GuestDone(ctx, tx, passwordDoor, email); err != nil {
			return err
		}
		d = Door{Back: Back(back), Choices: who}
		if len(who) > 1 {
			d.Link, err = s.newLink(ctx, q, email, d.Back, chooseLife)
			return err
		}
		d.Session, err = s.open(ctx, tx, q, who[0], methodPassword, c)
		return err
	})
	return d, err
}

// open makes a session with a fresh token; the one that the browser held before ends.
func (s *Service) open(ctx context.Context, tx *sql.Tx, q *store.Queries, a Account, method string, c access.Client) (string, error) {
	secret, stored := access.NewToken()
	now := clock.Micros(s.now())
	if c.Held != "" {
		if err := q.EndByToken(ctx, access.Digest(c.Held)); err != nil {
			return "", err
		}
	}
	if err := q.InsertSession(ctx, store.InsertSessionParams{
		ID: int64(s.p.IDs.New()), PersonID: int64(a.Person), Token: stored, Email: a.Email, Method: method, Address: c.Address,
		Agent: strings.ToValidUTF8(c.Agent[:min(len(c.Agent), 300)], ""), CreatedAt: now, SeenAt: now,
	}); err != nil {
		return "", err
	}
	if err := q.SeenAccount(ctx, int64(a.Person), now); err != nil {
		return "", err
	}
	as := access.With(ctx, &access.Identity{Person: a.Person, Client: a.Client, Name: a.Name, Email: a.Email})
	return secret, s.p.Access.Record(as, tx, "portal.sign-in", a.Name+", "+a.Firm, method)
}

// Identify returns who is behind a session token, nil when it is nobody's any more. It is what [access.Router.Portal] is for.
func (s *Service) Identify(ctx context.Context, token, address string) (*access.Identity, error) {
	q := s.read()
	r, err := q.SessionByToken(ctx, access.Digest(token))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // nobody is signed in
	}
	if err != nil {
		return nil, err
	}
	now := s.now()
	if now.Sub(instant(r.CreatedAt)) > SessionLife || now.Sub(instant(r.SeenAt)) > sessionIdle {
		return nil, nil //nolint:nilnil // nobody is signed in any more
	}
	a, err := s.account(ctx, q, ids.ID(r.PersonID))
	if fault.Is(err, fault.NotFound) || err == nil && (!a.May || a.Email != r.Email) {
		return nil, nil //nolint:nilnil // nobody who may come in
	}
	if err != nil {
		return nil, err
	}
	if now.Sub(instant(r.SeenAt)) > touchEvery {
		err := s.write(ctx, func(_ *sql.Tx, q *store.Queries) error { return q.TouchSession(ctx, r.ID, clock.Micros(now), address) })
		if err != nil && !fault.Is(err, fault.Busy) {
			return nil, err
		}
	}
	return &access.Identity{
		Name: a.Name, Email: a.Email, Language: a.Language, Session: ids.ID(r.ID), Method: r.Method, Person: a.Person, Client: a.Client, Rights: a.permissions(),
		Verified: instant(r.CreatedAt),
	}, nil
}

// SignOut ends the caller's session or, with all, every session of their address.
func (s *Service) SignOut(ctx context.Context, all bool) error {
	id := access.From(ctx)
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if !all {
			return q.EndSession(ctx, int64(id.Session))
		}
		if err := q.EndByEmail(ctx, id.Email, 0); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "portal.sign-out-all", id.Email, "")
	})
}

// Proved reports whether the caller showed that the address is theirs: what single sign-on of a client says of an address
// holds within that client only.
func Proved(id *access.Identity) bool { return id.Method != methodSignOn }

// Others are the people of other clients with the caller's address, whom they may be as well.
func (s *Service) Others(ctx context.Context) (out []Account, err error) {
	id := access.From(ctx)
	if !Proved(id) {
		return nil, nil
	}
	who, err := s.admitted(ctx, s.read(), id.Email)
	for _, a := range who {
		if a.Person != id.Person {
			out = append(out, a)
		}
	}
	return out, err
}

// Become opens a session as another person with the caller's address.
func (s *Service) Become(ctx context.Context, person ids.ID, c access.Client) (session string, err error) {
	others, err := s.Others(ctx)
	if err != nil {
		return "", err
	}
	a, ok := chosen(others, person)
	if !ok || person == 0 {
		return "", fault.NewNotFound("There is no such person.")
	}
	id := access.From(ctx)
	err = s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		session, err = s.open(ctx, tx, q, a, id.Method, c)
		return err
	})
	return session, err
}

// HasPassword reports whether the caller's address has a password.
func (s *Service) HasPassword(ctx context.Context) (bool, error) {
	_, err := s.read().Password(ctx, access.From(ctx).Email)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// justCame is how long somebody who came in by a link need not say their password to set another.
const justCame = time.Hour

// AsksPassword reports whether the caller says their present password before they set another: unless they have just come in
// by a link.
func (s *Service) AsksPassword(id *access.Identity) bool {
	return id.Method != methodLink || s.now().Sub(id.Verified) > justCame
}

// SetPassword gives the caller's address a password, or with "" takes it away. Who has one says it first, see
// [Service.AsksPassword]. Every other session of the address ends, and its owner is told by mail.
func (s *Service) SetPassword(ctx context.Context, old, password string) error {
	id := access.From(ctx)
	if !Proved(id) {
		return fault.NewDenied("You sign in with your firm's account and need no password here.")
	}
	hash, err := s.read().Password(ctx, id.Email)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if hash != "" && s.AsksPassword(id) {
		if err := s.p.Access.GuestMay(ctx, passwordDoor, id.Email, access.Address(ctx)); err != nil {
			return err
		}
		if !access.CheckPassword(hash, old) {
			if err := s.p.Access.GuestFailed(ctx, passwordDoor, id.Email, access.Address(ctx)); err != nil {
				return err
			}
			return fault.NewInvalid("The present password is not right.").On("old")
		}
	}
	if password != "" {
		if err := s.p.Access.CheckNewPassword(ctx, password, id.Email, id.Name); err != nil {
			return err
		}
	}
	can, err := s.p.Mail.CanSend(ctx)
	if err != nil {
		return err
	}
	name, p, err := s.firm(ctx)
	if err != nil {
		return err
	}
	p = speaking(p, id.Language)
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if password == "" {
			err = q.DropPassword(ctx, id.Email)
		} else {
			err = q.PutPassword(ctx, id.Email, access.HashPassword(password), clock.Micros(s.now()))
		}
		if err != nil {
			return err
		}
		if err := q.EndByEmail(ctx, id.Email, int64(id.Session)); err != nil {
			return err
		}
		if can {
			if err := s.p.Mail.Post(ctx, tx, mailroom.Letter{
				To: id.Email, Subject: p.T("Your password at %s was changed", name),
				Body: p.T("Hello %s,", id.Name) + "\n\n" + p.T("the password for our portal was changed or taken away, and all other sessions were ended. If that was not you, have a link sent to you and set a new one:") + "\n" +
					s.p.URL + access.PortalPath + "/account\n\n" + name,
			}); err != nil {
				return err
			}
		}
		return s.p.Access.Record(ctx, tx, "portal.password", id.Email, "")
	})
}
