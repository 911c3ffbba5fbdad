// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Service is sign-in, people, tokens and the audit trail. It is safe for
// concurrent use.
type Service struct {
	db      *db.DB
	clock   clock.Clock
	ids     *ids.Source
	sealer  *Sealer
	options Options

	strikes atomic.Int64 // how many this process wrote, to tidy up now and then
	holds   atomic.Int64

	mu       sync.Mutex
	provider *provider // OIDC, found at first use
}

// Options are what the service needs to know of its surroundings.
type Options struct {
	URL        string // public origin, e.g. https://desk.example.com; passkeys and OIDC are bound to it
	FirmName   string // shown by authenticator apps; "" = Mainstay
	OIDCIssuer string
	OIDCClient string
	OIDCSecret string
	OIDCName   string
	OIDCDomain string

	Breached *Breached // passwords that are known to have leaked, besides the list inside; nil: none
	// Names are words that no password may hold besides the firm's name, such as clients' names. It may be nil.
	Names func(context.Context) ([]string, error)
	// HeadFile is where the head of the audit trail is kept outside the database; "" keeps it inside only.
	HeadFile string
}

// How long things live.
const (
	sessionIdle     = 24 * time.Hour
	sessionAbsolute = 14 * 24 * time.Hour
	ownerLinkLife   = 48 * time.Hour
	inviteLife      = 7 * 24 * time.Hour
	resetLife       = time.Hour
	touchEvery      = time.Minute
)

// New returns the service on a migrated database.
func New(d *db.DB, c clock.Clock, s *ids.Source, sealer *Sealer, o Options) *Service {
	return &Service{
		db: d, clock: c, ids: s, sealer: sealer, options: o,
	}
}

// OIDCLabel returns the label of the OIDC button, "" when no provider is configured.
func (s *Service) OIDCLabel() string {
	if s.options.OIDCIssuer == "" {
		return ""
	}
	if s.options.OIDCName != "" {
		return s.options.OIDCName
	}
	return "Single sign-on"
}

// NeedsOwner reports whether nobody has an account yet.
func (s *Service) NeedsOwner(ctx context.Context) (bool, error) {
	n, err := store.New(s.db.Reader()).CountUsers(ctx)
	return n == 0, err
}

// OwnerLink makes the one-time link with which the owner sets up the first account, and voids
// earlier ones. It is refused once somebody has an account.
func (s *Service) OwnerLink(ctx context.Context) (token string, err error) {
	return s.newLink(ctx, "owner", 0, Owner, "", ownerLinkLife, func(q *store.Queries) error {
		if n, err := q.CountUsers(ctx); err != nil || n > 0 {
			return orElse(err, fault.NewConflict("The owner is set up already. Use a reset link instead."))
		}
		return nil
	})
}

// Invite makes a link with which the holder of email can make an account with a role.
func (s *Service) Invite(ctx context.Context, email string, role Role) (token string, err error) {
	email, err = foldEmail(email)
	if err != nil {
		return "", err
	}
	if _, ok := ParseRole(string(role)); !ok {
		return "", fault.NewInvalid("There is no role %q.", role).On("role")
	}
	return s.newLink(ctx, "invite", 0, role, email, inviteLife, func(q *store.Queries) error {
		if _, err := q.UserByEmail(ctx, email); err == nil {
			return fault.NewConflict("%s has an account already.", email).On("email")
		}
		return nil
	})
}

// ResetLink makes a link with which a person who lost the password or second factor sets a
// new one. It is handed over by the owner, or printed by the command line for an owner.
func (s *Service) ResetLink(ctx context.Context, email string) (token string, err error) {
	email, err = foldEmail(email)
	if err != nil {
		return "", err
	}
	u, err := store.New(s.db.Reader()).UserByEmail(ctx, email)
	if err != nil {
		return "", db.Found(err, "person")
	}
	return s.newLink(ctx, "reset", ids.ID(u.ID), Role(u.Role), email, resetLife, func(*store.Queries) error { return nil })
}

func (s *Service) newLink(ctx context.Context, purpose string, user ids.ID, role Role, email string, life time.Duration, check func(*store.Queries) error) (string, error) {
	secret, stored := newToken()
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := check(q); err != nil {
			return err
		}
		if err := q.DeleteLinksFor(ctx, purpose, email); err != nil {
			return err
		}
		if err := q.InsertLink(ctx, store.InsertLinkParams{
			Token: stored, Purpose: purpose, UserID: int64(user), Role: string(role), Email: email,
			ExpiresAt: clock.Micros(s.clock.Now().Add(life)),
		}); err != nil {
			return err
		}
		return s.Record(ctx, tx, "access.link", purpose, email)
	})
	return secret, err
}

// LinkInfo is what a one-time link is for.
type LinkInfo struct {
	Purpose string // owner, invite or reset
	Email   string
	Role    Role
	Name    string // of the person, for reset
}

// Link looks a one-time link up without using it.
func (s *Service) Link(ctx context.Context, token string) (LinkInfo, error) {
	q := store.New(s.db.Reader())
	l, err := q.Link(ctx, digest(token), clock.Micros(s.clock.Now()))
	if err != nil {
		return LinkInfo{}, linkGone(err)
	}
	if l.Purpose == "enter" { // signs in and must not make an account: see Enter
		return LinkInfo{}, linkGone(sql.ErrNoRows)
	}
	info := LinkInfo{Purpose: l.Purpose, Email: l.Email, Role: Role(l.Role)}
	if l.Purpose == "reset" {
		u, err := q.UserByID(ctx, l.UserID)
		if err != nil {
			return LinkInfo{}, linkGone(err)
		}
		info.Name = u.Name
	}
	return info, nil
}

func linkGone(err error) error {
	if err := db.Found(err, "link"); fault.Is(err, fault.NotFound) {
		return fault.NewNotFound("This link was used already or has expired. Ask for a new one.")
	}
	return err
}

// Join is what a person fills in on a one-time link.
type Join struct {
	Name, Email, Password string
	Language, Zone        string
}

// UseLink consumes a one-time link: it makes the account (owner, invite) or sets the new
// password and removes the second factors (reset), ends the person's other sessions and
// signs in. The link works once even when two browsers use it at the same moment.
func (s *Service) UseLink(ctx context.Context, token string, j Join, client Client) (session string, err error) {
	info, err := s.Link(ctx, token)
	if err != nil {
		return "", err
	}
	j.Name = strings.TrimSpace(j.Name)
	switch info.Purpose {
	case "invite":
		j.Email = info.Email
	case "reset":
		j.Email, j.Name = info.Email, info.Name
	}
	if j.Email, err = foldEmail(j.Email); err != nil {
		return "", err
	}
	if j.Name == "" || len(j.Name) > 200 {
		return "", fault.NewInvalid("Please enter your name.").On("name")
	}
	if err := s.checkNewPassword(ctx, j.Password, j.Email, j.Name); err != nil {
		return "", err
	}
	hash := hashPassword(j.Password)
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		l, err := q.Link(ctx, digest(token), clock.Micros(s.clock.Now()))
		if err != nil {
			return linkGone(err)
		}
		if n, err := q.DeleteLink(ctx, l.Token); err != nil || n == 0 {
			return linkGone(orNoRows(err))
		}
		user := ids.ID(l.UserID)
		if l.Purpose == "reset" {
			err = s.resetIn(ctx, q, user, hash)
		} else {
			user = s.ids.New()
			err = q.InsertUser(ctx, store.InsertUserParams{
				ID: int64(user), Email: j.Email, Name: j.Name, Role: l.Role, Password: hash,
				Language: j.Language, Zone: j.Zone, CreatedAt: clock.Micros(s.clock.Now()),
			})
			if db.IsUnique(err) {
				err = fault.NewConflict("%s has an account already.", j.Email).On("email")
			}
		}
		if err != nil {
			return err
		}
		var id ids.ID
		if session, id, err = s.openSession(ctx, q, opening{user: user, method: methodLink, client: client}); err != nil {
			return err
		}
		if l.Purpose == "reset" {
			err = s.tell(withAddress(ctx, client.Address), q, notice{user: user, session: id, kind: ToldReset, agent: client.Agent})
			if err != nil {
				return err
			}
		}
		as := With(ctx, &Identity{User: user, Name: j.Name})
		return s.Record(as, tx, "access."+l.Purpose, j.Email, l.Role)
	})
	return session, err
}

func (s *Service) resetIn(ctx context.Context, q *store.Queries, user ids.ID, hash string) error {
	if err := q.SetPassword(ctx, int64(user), hash); err != nil {
		return err
	}
	if err := q.SetTOTP(ctx, store.SetTOTPParams{ID: int64(user)}); err != nil {
		return err
	}
	if err := q.DeletePasskeysOf(ctx, int64(user)); err != nil { // the lost device may hold one
		return err
	}
	if err := q.DeleteTokensOf(ctx, int64(user)); err != nil {
		return err
	}
	return q.DeleteSessionsOf(ctx, int64(user), 0)
}

func foldEmail(s string) (string, error) {
	a, err := mail.ParseAddress(strings.TrimSpace(s))
	if err != nil || a.Name != "" || len(a.Address) > 254 || !strings.Contains(a.Address, "@") {
		return "", fault.NewInvalid("%q is not an e-mail address.", s).On("email")
	}
	return strings.ToLower(a.Address), nil
}

func orElse(err error, refusal *fault.Error) error {
	if err != nil {
		return err
	}
	return refusal
}

func orNoRows(err error) error {
	if err != nil {
		return err
	}
	return sql.ErrNoRows
}
