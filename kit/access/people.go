// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Person is somebody with an account.
type Person struct {
	ID       ids.ID
	Name     string
	Email    string
	Role     Role
	Active   bool
	TOTP     bool
	Passkeys int64
	Password bool // has one; people of single sign-on may not
	Language string
	Zone     string
	Theme    string
	Seen     time.Time // zero: never
}

// Invitation is an open invitation.
type Invitation struct {
	Email   string
	Role    Role
	Expires time.Time
}

func person(u store.AccessUser) Person {
	p := Person{
		ID: ids.ID(u.ID), Name: u.Name, Email: u.Email, Role: Role(u.Role), Active: u.Active == 1, TOTP: u.Totp != "", Password: u.Password != "",
		Language: u.Language, Zone: u.Zone, Theme: u.Theme,
	}
	if u.SeenAt > 0 {
		p.Seen = clock.FromMicros(u.SeenAt)
	}
	return p
}

// People lists everybody with an account.
func (s *Service) People(ctx context.Context) ([]Person, error) {
	q := store.New(s.db.Reader())
	rows, err := q.Users(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := q.CountPasskeys(ctx)
	if err != nil {
		return nil, err
	}
	keys := map[int64]int64{}
	for _, c := range counts {
		keys[c.UserID] = c.Passkeys
	}
	var out []Person
	for _, r := range rows {
		p := person(r)
		p.Passkeys = keys[r.ID]
		out = append(out, p)
	}
	return out, nil
}

// Me returns the caller's account.
func (s *Service) Me(ctx context.Context) (Person, error) {
	u, err := store.New(s.db.Reader()).UserByID(ctx, int64(From(ctx).User))
	return person(u), db.Found(err, "person")
}

// Invitations lists the open invitations.
func (s *Service) Invitations(ctx context.Context) ([]Invitation, error) {
	rows, err := store.New(s.db.Reader()).OpenInvitations(ctx, clock.Micros(s.clock.Now()))
	var out []Invitation
	for _, r := range rows {
		out = append(out, Invitation{r.Email, Role(r.Role), clock.FromMicros(r.ExpiresAt)})
	}
	return out, err
}

// WithdrawInvitation voids the open invitation of an address.
func (s *Service) WithdrawInvitation(ctx context.Context, email string) error {
	return s.change(ctx, "access.invitation-withdrawn", email, "", func(q *store.Queries) error {
		return q.DeleteLinksFor(ctx, "invite", email)
	})
}

// SetRole changes a person's role and whether the account can be used. A
// deactivated person's sessions end at once. The last owner stays.
func (s *Service) SetRole(ctx context.Context, user ids.ID, role Role, active bool) error {
	if _, ok := ParseRole(string(role)); !ok {
		return fault.NewInvalid("There is no role %q.", role).On("role")
	}
	var on int64
	if active {
		on = 1
	}
	return s.change(ctx, "access.role", user.String(), string(role), func(q *store.Queries) error {
		u, err := q.UserByID(ctx, int64(user))
		if err != nil {
			return db.Found(err, "person")
		}
		if Role(u.Role) == Owner && u.Active == 1 && (role != Owner || !active) {
			if n, err := q.CountOwners(ctx); err != nil || n <= 1 {
				return orElse(err, fault.NewConflict("This is the only owner. Make somebody else an owner first."))
			}
		}
		if !active {
			if err := q.DeleteSessionsOf(ctx, u.ID, 0); err != nil {
				return err
			}
		}
		return q.SetRole(ctx, u.ID, string(role), on)
	})
}

// NotificationsPage is where a person chooses what they are told. It stands among the pages of their account; the
// application mounts it.
const NotificationsPage = "/account/notifications"

// Profile is what a person sets for themselves.
type Profile struct {
	Name, Language, Zone, Theme string
}

// SetProfile changes the caller's name, language, time zone and theme.
func (s *Service) SetProfile(ctx context.Context, p Profile) error {
	if p.Name = strings.TrimSpace(p.Name); p.Name == "" || len(p.Name) > 200 {
		return fault.NewInvalid("Please enter your name.").On("name")
	}
	if p.Zone != "" {
		if _, err := time.LoadLocation(p.Zone); err != nil {
			return fault.NewInvalid("There is no time zone %q.", p.Zone).On("zone")
		}
	}
	id := From(ctx)
	return s.change(ctx, "access.profile", id.Email, "", func(q *store.Queries) error {
		return q.SetProfile(ctx, store.SetProfileParams{ID: int64(id.User), Name: p.Name, Language: p.Language, Zone: p.Zone, Theme: p.Theme})
	})
}

// ChangePassword sets a new password after the present one was given, and ends the caller's
// other sessions. A person who signs in by other means sets the first one after a fresh
// confirmation instead.
func (s *Service) ChangePassword(ctx context.Context, current, password string) error {
	id := From(ctx)
	u, err := store.New(s.db.Reader()).UserByID(ctx, int64(id.User))
	if err != nil {
		return dbFound(err)
	}
	if u.Password == "" && !id.Fresh(s.clock.Now()) {
		return notFresh()
	}
	if u.Password != "" {
		if err := s.Reverify(ctx, current); err != nil {
			return err
		}
	}
	if err := s.checkNewPassword(ctx, password, u.Email, u.Name); err != nil {
		return err
	}
	hash := hashPassword(password)
	return s.change(ctx, "access.password", id.Email, "", func(q *store.Queries) error {
		if err := q.SetPassword(ctx, u.ID, hash); err != nil {
			return err
		}
		if err := q.DeleteStrike(ctx, accountKey(id.Email)); err != nil {
			return err
		}
		if err := s.tell(ctx, q, notice{user: id.User, kind: ToldPassword}); err != nil {
			return err
		}
		return q.DeleteSessionsOf(ctx, u.ID, int64(id.Session))
	})
}

// Token is an API token as its owner sees it.
type Token struct {
	ID      ids.ID
	Name    string
	Scopes  []Permission
	Clients []ids.ID // whom it is limited to
	Created time.Time
	Expires time.Time // zero: never
	Used    time.Time // zero: never
}

// NewToken makes an API token for the caller. The secret is shown this once. Its scopes cannot
// exceed what the caller may do, now or later. With clients it reaches their time series and nothing else.
func (s *Service) NewToken(ctx context.Context, name string, scopes []Permission, life time.Duration, clients ...ids.ID) (secret string, err error) {
	id := From(ctx)
	if id.ByToken {
		return "", fault.NewDenied("A token cannot make tokens.")
	}
	if name = strings.TrimSpace(name); name == "" || len(name) > 100 {
		return "", fault.NewInvalid("Please give the token a name, such as the program that will use it.").On("name")
	}
	if len(scopes) == 0 {
		return "", fault.NewInvalid("Choose at least one thing that the token may do.").On("scopes")
	}
	for _, p := range scopes {
		if !id.May(p) {
			return "", fault.NewInvalid("You cannot give a token the permission %q.", p).On("scopes")
		}
		if len(clients) > 0 && !p.OfSeries() {
			return "", fault.NewInvalid("A token for one client can read and write time series and nothing else.").On("scopes")
		}
	}
	raw, _ := newToken()
	secret = "mst_" + raw
	var expires int64
	if life > 0 {
		expires = clock.Micros(s.clock.Now().Add(life))
	}
	granted := joinGrants(scopes, clients)
	err = s.change(ctx, "access.token-made", name, granted, func(q *store.Queries) error {
		if err := s.tell(ctx, q, notice{user: id.User, kind: ToldTokenMade, detail: name}); err != nil {
			return err
		}
		return q.InsertToken(ctx, store.InsertTokenParams{
			ID: int64(s.ids.New()), UserID: int64(id.User), Name: name, Token: digest(secret), Scopes: granted,
			CreatedAt: clock.Micros(s.clock.Now()), ExpiresAt: expires,
		})
	})
	return secret, err
}

// Tokens lists the caller's API tokens, newest first.
func (s *Service) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := store.New(s.db.Reader()).TokensOf(ctx, int64(From(ctx).User))
	var out []Token
	for _, r := range rows {
		t := Token{ID: ids.ID(r.ID), Name: r.Name, Created: clock.FromMicros(r.CreatedAt)}
		if t.Scopes, t.Clients, err = splitGrants(r.Scopes); err != nil {
			return nil, err
		}
		if r.ExpiresAt > 0 {
			t.Expires = clock.FromMicros(r.ExpiresAt)
		}
		if r.UsedAt > 0 {
			t.Used = clock.FromMicros(r.UsedAt)
		}
		out = append(out, t)
	}
	return out, err
}

// DeleteToken voids one of the caller's tokens.
func (s *Service) DeleteToken(ctx context.Context, token ids.ID) error {
	return s.change(ctx, "access.token-removed", token.String(), "", func(q *store.Queries) error {
		n, err := q.DeleteToken(ctx, int64(token), int64(From(ctx).User))
		return wanted(n, err, "token")
	})
}

// byToken returns the identity behind an API token.
func (s *Service) byToken(ctx context.Context, secret string) (*Identity, error) {
	no := fault.NewUnauthenticated("The API token is unknown or has expired.")
	r, err := store.New(s.db.Reader()).TokenByHash(ctx, digest(secret))
	if err != nil {
		if e := unlessMissing(err); !fault.Is(e, fault.Unauthenticated) {
			return nil, e
		}
		return nil, no
	}
	now := s.clock.Now()
	if r.ExpiresAt > 0 && now.After(clock.FromMicros(r.ExpiresAt)) {
		return nil, no
	}
	if FactorRule(r.Rule).covers(Role(r.Role)) && r.Totp == "" && r.Passkeys == 0 && r.Identities == 0 {
		return nil, fault.NewDenied("The firm asks for a second factor. Sign in and set one up; then this token works again.")
	}
	if now.Sub(clock.FromMicros(r.UsedAt)) > touchEvery {
		err := s.db.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).TouchToken(ctx, r.ID, clock.Micros(now)) })
		if err != nil && !fault.Is(err, fault.Busy) { // reading goes on when the disk is full
			return nil, err
		}
	}
	scopes, clients, err := splitGrants(r.Scopes)
	if err != nil {
		return nil, err
	}
	return &Identity{
		User: ids.ID(r.UserID), Name: r.Name, Email: r.Email, Role: Role(r.Role), Language: r.Language, Zone: r.Zone,
		ByToken: true, Scopes: scopes, Clients: clients,
	}, nil
}
