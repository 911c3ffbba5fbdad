// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"time"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Client is the browser or program that signs in.
type Client struct {
	Address string // IP address, without port
	Agent   string // User-Agent
}

// SignIn is the result of a first factor.
type SignIn struct {
	Session string // set when the person is in
	Second  string // otherwise: the token with which SecondFactor goes on
}

// wrong is said for an unknown address, a wrong password and a person who was
// deactivated alike.
func wrong() error {
	return fault.NewUnauthenticated("The e-mail address or the password is not right.")
}

// Password signs in by e-mail address and password. Failures are limited by account and by
// address of origin, and take the same time whether the account exists or not.
func (s *Service) Password(ctx context.Context, email, password string, c Client) (SignIn, error) {
	folded, err := foldEmail(email)
	if err != nil {
		folded = ""
	}
	if err := s.limits(folded, c); err != nil {
		return SignIn{}, err
	}
	u, err := store.New(s.db.Reader()).UserByEmail(ctx, folded)
	if !checkPassword(u.Password, password) || err != nil || u.Active != 1 {
		s.byAccount.fail(folded)
		s.byAddress.fail(c.Address)
		_ = s.Note(withAddress(ctx, c.Address), "access.sign-in-failed", folded, "password")
		return SignIn{}, wrong()
	}
	if u.Totp != "" {
		return SignIn{Second: s.hold(pending{user: ids.ID(u.ID), email: folded})}, nil
	}
	s.byAccount.clear(folded)
	session, err := s.signIn(ctx, ids.ID(u.ID), u.Name, "password", c)
	return SignIn{Session: session}, err
}

// SecondFactor completes a sign-in that needs a code from the authenticator app or a
// recovery code. The token of a wrong attempt stays valid until it has been
// tried five times or five minutes have passed.
func (s *Service) SecondFactor(ctx context.Context, second, code string, c Client) (session string, err error) {
	p, ok := s.held(second)
	if !ok {
		return "", fault.NewUnauthenticated("This took too long. Please sign in again.")
	}
	if err := s.limits(p.email, c); err != nil {
		return "", err
	}
	u, err := store.New(s.db.Reader()).UserByID(ctx, int64(p.user))
	if err != nil || u.Active != 1 {
		return "", wrong()
	}
	how, err := s.checkCode(ctx, u, code)
	if err != nil {
		s.byAccount.fail(p.email)
		s.byAddress.fail(c.Address)
		_ = s.Note(withAddress(ctx, c.Address), "access.sign-in-failed", p.email, "second factor")
		return "", err
	}
	s.drop(second)
	s.byAccount.clear(p.email)
	return s.signIn(ctx, p.user, u.Name, "password and "+how, c)
}

func (s *Service) limits(email string, c Client) error {
	if err := s.byAddress.allow(c.Address); err != nil {
		return err
	}
	return s.byAccount.allow(email)
}

// signIn opens a session and writes it into the audit trail.
func (s *Service) signIn(ctx context.Context, user ids.ID, name, how string, c Client) (session string, err error) {
	ctx = With(withAddress(ctx, c.Address), &Identity{User: user, Name: name})
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		session, err = s.openSession(ctx, store.New(tx), user, c)
		if err != nil {
			return err
		}
		return s.Record(ctx, tx, "access.sign-in", name, how)
	})
	return session, err
}

// openSession makes a new session with a fresh token; the one a browser held before is never
// taken over (no session fixation).
func (s *Service) openSession(ctx context.Context, q *store.Queries, user ids.ID, c Client) (string, error) {
	secret, stored := newToken()
	now := clock.Micros(s.clock.Now())
	agent := c.Agent
	if len(agent) > 300 {
		agent = agent[:300]
	}
	if err := q.TouchUser(ctx, int64(user), now); err != nil {
		return "", err
	}
	return secret, q.InsertSession(ctx, store.InsertSessionParams{
		ID: int64(s.ids.New()), UserID: int64(user), Token: stored, CreatedAt: now, SeenAt: now, VerifiedAt: now,
		Address: c.Address, Agent: agent,
	})
}

// Session returns the identity behind a session token. Sessions end after a day without use and
// two weeks at the latest.
func (s *Service) Session(ctx context.Context, token, address string) (*Identity, error) {
	if token == "" {
		return nil, fault.NewUnauthenticated("Please sign in.")
	}
	q := store.New(s.db.Reader())
	r, err := q.SessionByToken(ctx, digest(token))
	if err != nil {
		return nil, unlessMissing(err)
	}
	now := s.clock.Now()
	if now.Sub(clock.FromMicros(r.CreatedAt)) > sessionAbsolute || now.Sub(clock.FromMicros(r.SeenAt)) > sessionIdle {
		return nil, fault.NewUnauthenticated("Your session has ended. Please sign in again.")
	}
	if now.Sub(clock.FromMicros(r.SeenAt)) > touchEvery {
		err := s.db.Write(ctx, func(tx *sql.Tx) error {
			return store.New(tx).TouchSession(ctx, r.ID, clock.Micros(now), address)
		})
		if err != nil && !fault.Is(err, fault.Busy) { // reading goes on when the disk is full
			return nil, err
		}
	}
	return &Identity{
		User: ids.ID(r.UserID), Name: r.Name, Email: r.Email, Role: Role(r.Role), Language: r.Language, Zone: r.Zone,
		Theme: r.Theme, Session: ids.ID(r.ID), Verified: clock.FromMicros(r.VerifiedAt),
	}, nil
}

func unlessMissing(err error) error {
	if err := dbFound(err); fault.Is(err, fault.NotFound) {
		return fault.NewUnauthenticated("Please sign in.")
	}
	return err
}

// SignOut ends the caller's session.
func (s *Service) SignOut(ctx context.Context) error {
	id := From(ctx)
	if id == nil || id.Session == 0 {
		return nil
	}
	return s.EndSession(ctx, id.Session)
}

// SessionInfo is a session as its owner sees it.
type SessionInfo struct {
	ID      ids.ID
	Created time.Time
	Seen    time.Time
	Address string
	Agent   string
	Current bool
}

// Sessions lists the caller's sessions, the last used first.
func (s *Service) Sessions(ctx context.Context) ([]SessionInfo, error) {
	id := From(ctx)
	rows, err := store.New(s.db.Reader()).SessionsOf(ctx, int64(id.User))
	var out []SessionInfo
	for _, r := range rows {
		out = append(out, SessionInfo{
			ID: ids.ID(r.ID), Created: clock.FromMicros(r.CreatedAt), Seen: clock.FromMicros(r.SeenAt),
			Address: r.Address, Agent: r.Agent, Current: ids.ID(r.ID) == id.Session,
		})
	}
	return out, err
}

// EndSession ends one of the caller's sessions.
func (s *Service) EndSession(ctx context.Context, session ids.ID) error {
	return s.change(ctx, "access.sign-out", From(ctx).Email, "", func(q *store.Queries) error {
		n, err := q.DeleteSession(ctx, int64(session), int64(From(ctx).User))
		return wanted(n, err, "session")
	})
}

// EndOtherSessions ends all of the caller's sessions but the present one.
func (s *Service) EndOtherSessions(ctx context.Context) error {
	return s.change(ctx, "access.sign-out-others", From(ctx).Email, "", func(q *store.Queries) error {
		return q.DeleteSessionsOf(ctx, int64(From(ctx).User), int64(From(ctx).Session))
	})
}

// Sweep removes sessions that have ended; run it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.clock.Now()
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := store.New(tx).DeleteOldSessions(ctx, clock.Micros(now.Add(-sessionAbsolute)), clock.Micros(now.Add(-sessionIdle)))
		return err
	})
}
