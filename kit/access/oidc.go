// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// oidcState is what must come back with the browser.
type oidcState struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Back     string `json:"back"`
}

type provider struct {
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// SignOn is a provider of OpenID Connect as we are known there.
type SignOn struct{ Issuer, Client, Secret, Redirect string }

// dial asks a provider for its endpoints.
func dial(ctx context.Context, o SignOn) (*provider, error) {
	found, err := oidc.NewProvider(ctx, o.Issuer)
	if err != nil {
		return nil, fault.NewBusy("The single sign-on provider cannot be reached.").Because(err)
	}
	return &provider{
		config: oauth2.Config{
			ClientID: o.Client, ClientSecret: o.Secret, Endpoint: found.Endpoint(), RedirectURL: o.Redirect, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
		},
		verifier: found.Verifier(&oidc.Config{ClientID: o.Client}),
	}, nil
}

// discover asks the provider for its endpoints, once it is needed, so that an
// unreachable provider never keeps the server from starting.
func (s *Service) discover(ctx context.Context) (*provider, error) {
	s.mu.Lock()
	p := s.provider
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	if s.options.OIDCIssuer == "" {
		return nil, fault.NewNotFound("Single sign-on is not set up.")
	}
	p, err := dial(ctx, SignOn{s.options.OIDCIssuer, s.options.OIDCClient, s.options.OIDCSecret, strings.TrimSuffix(s.options.URL, "/") + "/sign-in/oidc/back"})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.provider = p
	s.mu.Unlock()
	return p, nil
}

// BeginOIDC returns where to send the browser, and the token to keep in its cookie until it is
// back. back is the page to show afterwards. again asks the provider to see the person anew, whatever
// session they have there.
func (s *Service) BeginOIDC(ctx context.Context, back string, again bool) (location, token string, err error) {
	p, err := s.discover(ctx)
	if err != nil {
		return "", "", err
	}
	return s.send(ctx, p, pending{Kind: singleSignOn}, back, again)
}

// send begins a sign-in at a provider.
func (s *Service) send(ctx context.Context, p *provider, hold pending, back string, again bool) (location, token string, err error) {
	st := oidcState{Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Back: back}
	hold.OIDC = st
	if token, err = s.hold(ctx, hold); err != nil {
		return "", "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(st.Nonce), oauth2.S256ChallengeOption(st.Verifier)}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.config.AuthCodeURL(digest(token), options...), token, nil
}

// FinishOIDC checks what the provider sent back and signs in: a known identity; else the
// account with the same verified e-mail address; else, within the configured domain, a
// new read-only account.
func (s *Service) FinishOIDC(ctx context.Context, token, state, code string, c Client) (session, back string, err error) {
	pend, err := s.came(ctx, token, state, singleSignOn)
	if err != nil {
		return "", "", err
	}
	p, err := s.discover(ctx)
	if err != nil {
		return "", "", err
	}
	claims, err := redeem(ctx, p, pend.OIDC, code)
	if err != nil {
		s.failed(ctx, c, "", "single sign-on", 0)
		return "", "", err
	}
	u, err := s.oidcUser(ctx, claims.Issuer, claims.Subject, claims.Email, claims.Name, claims.Verified)
	if err != nil {
		return "", "", err
	}
	o := opening{user: ids.ID(u.ID), method: methodOIDC, sid: claims.Sid, client: c}
	if claims.AuthTime > 0 {
		o.verified = time.Unix(claims.AuthTime, 0)
	}
	session, err = s.signIn(ctx, u.Name, "single sign-on", o)
	return session, pend.OIDC.Back, err
}

// came takes what was held for a browser that is back from a provider.
func (s *Service) came(ctx context.Context, token, state string, kind pendingKind) (pending, error) {
	pend, ok, err := s.take(ctx, token, kind)
	if err == nil && (!ok || pend.OIDC.Nonce == "" || state != digest(token)) {
		err = fault.NewUnauthenticated("This took too long or did not start here. Please sign in again.")
	}
	return pend, err
}

// Claims are what a provider says of a person.
type Claims struct {
	Issuer   string `json:"-"`
	Subject  string `json:"-"`
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	Name     string `json:"name"`
	Sid      string `json:"sid"`
	AuthTime int64  `json:"auth_time"` // seconds; when the provider last saw the person, where it says so
}

// redeem asks the provider for what it says of the person, and checks that it is meant for us.
func redeem(ctx context.Context, p *provider, st oidcState, code string) (c Claims, err error) {
	refused := func(cause error) error {
		return fault.NewUnauthenticated("The single sign-on provider's answer was not accepted.").Because(cause)
	}
	tokens, err := p.config.Exchange(ctx, code, oauth2.VerifierOption(st.Verifier))
	if err != nil {
		return c, refused(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	idt, err := p.verifier.Verify(ctx, raw)
	if err != nil || idt.Nonce != st.Nonce {
		return c, refused(err)
	}
	if err := idt.Claims(&c); err != nil {
		return c, refused(err)
	}
	c.Issuer, c.Subject = idt.Issuer, idt.Subject
	return c, nil
}

func (s *Service) oidcUser(ctx context.Context, issuer, subject, email, name string, verified bool) (u store.AccessUser, err error) {
	stranger := fault.NewDenied("You are signed in there, but have no account here. Ask the owner for an invitation.")
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		known, err := q.Identity(ctx, issuer, subject)
		if err == nil {
			u, err = q.UserByID(ctx, known.UserID)
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		folded, err := foldEmail(email)
		if err != nil || !verified {
			return stranger
		}
		u, err = q.UserByEmail(ctx, folded)
		if errors.Is(err, sql.ErrNoRows) {
			if _, domain, _ := strings.Cut(folded, "@"); s.options.OIDCDomain == "" || domain != strings.ToLower(s.options.OIDCDomain) {
				return stranger
			}
			if name == "" {
				name = folded
			}
			u = store.AccessUser{ID: int64(s.ids.New()), Email: folded, Name: name, Role: string(ReadOnly), Active: 1}
			err = q.InsertUser(ctx, store.InsertUserParams{ID: u.ID, Email: folded, Name: name, Role: u.Role, CreatedAt: clock.Micros(s.clock.Now())})
		}
		if err != nil {
			return err
		}
		if err := q.InsertIdentity(ctx, store.InsertIdentityParams{Issuer: issuer, Subject: subject, UserID: u.ID, CreatedAt: clock.Micros(s.clock.Now())}); err != nil {
			return err
		}
		if err := s.tell(ctx, q, notice{user: ids.ID(u.ID), kind: ToldLinked}); err != nil {
			return err
		}
		return s.Record(ctx, tx, "access.identity-linked", folded, issuer)
	})
	if err == nil && u.Active != 1 {
		err = stranger
	}
	return u, err
}

// logoutAge is how old a provider's word that somebody signed out may be.
const logoutAge = 10 * time.Minute

// EndByProvider ends the sessions that a logout token of the provider names (OpenID Connect Back-Channel
// Logout 1.0): one where it names a session, else all that the person opened by single sign-on.
func (s *Service) EndByProvider(ctx context.Context, token string) error {
	address := addressKey(Address(ctx))
	if err := s.allow(ctx, address); err != nil {
		return err
	}
	p, err := s.discover(ctx)
	if err != nil {
		return err
	}
	said, err := p.verifier.VerifyLogout(ctx, token)
	if err != nil || s.clock.Now().Sub(said.IssuedAt) > logoutAge {
		s.strikeAddress(ctx, Address(ctx))
		return fault.NewInvalid("The single sign-on provider's answer was not accepted.").Because(err)
	}
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		q, subject := store.New(tx), said.Subject
		var n int64
		if said.SessionID != "" {
			n, err = q.DeleteSessionsBySid(ctx, methodOIDC, said.SessionID)
		} else {
			known, missing := q.Identity(ctx, said.Issuer, subject)
			if errors.Is(missing, sql.ErrNoRows) {
				return nil
			}
			if missing != nil {
				return missing
			}
			n, err = q.DeleteSessionsByMethod(ctx, known.UserID, methodOIDC)
		}
		if err != nil || n == 0 {
			return err
		}
		return s.Record(ctx, tx, "access.provider-sign-out", subject, said.Issuer)
	})
}
