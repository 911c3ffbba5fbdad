// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"errors"
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
	Held    string // the session token that it still holds: a new sign-in ends that session
}

// How a session was opened.
const (
	methodPassword = "password" // with a code from the app where one is set up
	methodPasskey  = "passkey"
	methodOIDC     = "single-sign-on"
	methodLink     = "link"
	methodEnter    = "enter"
)

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
	if err := s.limits(ctx, folded, c); err != nil {
		return SignIn{}, err
	}
	u, err := store.New(s.db.Reader()).UserByEmail(ctx, folded)
	if !checkPassword(u.Password, password) || err != nil || u.Active != 1 {
		s.failed(ctx, c, folded, "password", ids.ID(u.ID))
		return SignIn{}, wrong()
	}
	if u.Totp != "" {
		second, err := s.hold(ctx, pending{Kind: secondStep, User: ids.ID(u.ID), Email: folded})
		return SignIn{Second: second}, err
	}
	session, err := s.signIn(ctx, u.Name, "password", opening{user: ids.ID(u.ID), method: methodPassword, client: c, email: folded})
	return SignIn{Session: session}, err
}

// SecondFactor completes a sign-in that needs a code from the authenticator app or a
// recovery code. The token of a wrong attempt stays valid until it has been
// tried five times or five minutes have passed.
func (s *Service) SecondFactor(ctx context.Context, second, code string, c Client) (session string, err error) {
	p, ok, err := s.held(ctx, second, secondStep)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fault.NewUnauthenticated("This took too long. Please sign in again.")
	}
	if err := s.limits(ctx, p.Email, c); err != nil {
		return "", err
	}
	u, err := store.New(s.db.Reader()).UserByID(ctx, int64(p.User))
	if err != nil || u.Active != 1 {
		return "", wrong()
	}
	how, err := s.checkCode(ctx, u, code)
	if err != nil {
		s.failed(ctx, c, p.Email, "second factor", p.User)
		return "", err
	}
	return s.signIn(ctx, u.Name, "password and "+how, opening{user: p.User, method: methodPassword, client: c, email: p.Email, pending: second})
}

func (s *Service) limits(ctx context.Context, email string, c Client) error {
	return s.allow(ctx, addressKey(c.Address), accountKey(email))
}

// opening is a session about to be opened.
type opening struct {
	user     ids.ID
	method   string
	sid      string // the provider's name of the session
	client   Client
	verified time.Time // when the provider saw the person; zero: now
	email    string    // whose failures are forgotten; "" none
	pending  string    // what is used up with it; "" nothing
}

// signIn opens a session and writes it into the audit trail.
func (s *Service) signIn(ctx context.Context, name, how string, o opening) (session string, err error) {
	ctx = With(withAddress(ctx, o.client.Address), &Identity{User: o.user, Name: name})
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if o.email != "" {
			if err := q.DeleteStrike(ctx, accountKey(o.email)); err != nil {
				return err
			}
		}
		if o.pending != "" {
			if err := q.DeletePending(ctx, digest(o.pending)); err != nil {
				return err
			}
		}
		if session, _, err = s.openSession(ctx, q, o); err != nil {
			return err
		}
		return s.Record(ctx, tx, "access.sign-in", name, how)
	})
	return session, err
}

// openSession makes a new session with a fresh token; the one that the browser held before ends and
// is never taken over (no session fixation).
func (s *Service) openSession(ctx context.Context, q *store.Queries, o opening) (string, ids.ID, error) {
	secret, stored := newToken()
	now, id := clock.Micros(s.clock.Now()), s.ids.New()
	verified := now
	if !o.verified.IsZero() {
		verified = min(now, clock.Micros(o.verified))
	}
	if o.client.Held != "" {
		if err := q.DeleteSessionByToken(ctx, digest(o.client.Held)); err != nil {
			return "", 0, err
		}
	}
	if err := q.TouchUser(ctx, int64(o.user), now); err != nil {
		return "", 0, err
	}
	err := q.InsertSession(ctx, store.InsertSessionParams{
		ID: int64(id), UserID: int64(o.user), Token: stored, CreatedAt: now, SeenAt: now, VerifiedAt: verified,
		Address: o.client.Address, Agent: cutAgent(o.client.Agent), Method: o.method, Sid: o.sid,
	})
	if err != nil {
		return "", 0, err
	}
	return secret, id, s.place(ctx, q, o.user, id, o.method, o.client)
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
		Theme: r.Theme, Session: ids.ID(r.ID), Verified: clock.FromMicros(r.VerifiedAt), Method: r.Method, Notices: r.Notices,
		Lacks: FactorRule(r.Rule).lack(Role(r.Role), r.Totp != "", r.Passkeys > 0, r.Method),
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

// Sweep removes what has ended or is forgotten, and keeps the head of the audit trail; run it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	before := func(life time.Duration) int64 { return clock.Micros(s.clock.Now().Add(-life)) }
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		_, err := q.DeleteOldSessions(ctx, before(sessionAbsolute), before(sessionIdle))
		return errors.Join(
			err, s.pruneStrikes(ctx, q), s.prunePending(ctx, q),
			q.DeleteOldPlaces(ctx, before(placeLife)), q.DeleteOldNotices(ctx, before(noticeLife)),
		)
	})
	return errors.Join(err, s.KeepHead(ctx))
}
