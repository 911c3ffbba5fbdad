// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// oidcState is what must come back with the browser.
type oidcState struct {
	nonce, verifier, back string
}

type provider struct {
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier
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
	found, err := oidc.NewProvider(ctx, s.options.OIDCIssuer)
	if err != nil {
		return nil, fault.NewBusy("The single sign-on provider cannot be reached.").Because(err)
	}
	p = &provider{
		config: oauth2.Config{
			ClientID: s.options.OIDCClient, ClientSecret: s.options.OIDCSecret, Endpoint: found.Endpoint(),
			RedirectURL: strings.TrimSuffix(s.options.URL, "/") + "/sign-in/oidc/back",
			Scopes:      []string{oidc.ScopeOpenID, "email", "profile"},
		},
		verifier: found.Verifier(&oidc.Config{ClientID: s.options.OIDCClient}),
	}
	s.mu.Lock()
	s.provider = p
	s.mu.Unlock()
	return p, nil
}

// BeginOIDC returns where to send the browser, and the token to keep in its cookie until it is
// back. back is the page to show afterwards.
func (s *Service) BeginOIDC(ctx context.Context, back string) (location, token string, err error) {
	p, err := s.discover(ctx)
	if err != nil {
		return "", "", err
	}
	st := oidcState{nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), back: back}
	token = s.hold(pending{oidc: st})
	return p.config.AuthCodeURL(digest(token), oidc.Nonce(st.nonce), oauth2.S256ChallengeOption(st.verifier)), token, nil
}

// FinishOIDC checks what the provider sent back and signs in: a known identity; else the
// account with the same verified e-mail address; else, within the configured domain, a
// new read-only account.
func (s *Service) FinishOIDC(ctx context.Context, token, state, code string, c Client) (session, back string, err error) {
	pend, ok := s.take(token)
	if !ok || pend.oidc.nonce == "" || state != digest(token) {
		return "", "", fault.NewUnauthenticated("This took too long or did not start here. Please sign in again.")
	}
	p, err := s.discover(ctx)
	if err != nil {
		return "", "", err
	}
	refused := func(cause error) error {
		s.byAddress.fail(c.Address)
		return fault.NewUnauthenticated("The single sign-on provider's answer was not accepted.").Because(cause)
	}
	tokens, err := p.config.Exchange(ctx, code, oauth2.VerifierOption(pend.oidc.verifier))
	if err != nil {
		return "", "", refused(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	idt, err := p.verifier.Verify(ctx, raw)
	if err != nil || idt.Nonce != pend.oidc.nonce {
		return "", "", refused(err)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Name     string `json:"name"`
	}
	if err := idt.Claims(&claims); err != nil {
		return "", "", refused(err)
	}
	u, err := s.oidcUser(ctx, idt.Issuer, idt.Subject, claims.Email, claims.Name, claims.Verified)
	if err != nil {
		return "", "", err
	}
	session, err = s.signIn(ctx, ids.ID(u.ID), u.Name, "single sign-on", c)
	return session, pend.oidc.back, err
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
		return s.Record(ctx, tx, "access.identity-linked", folded, issuer)
	})
	if err == nil && u.Active != 1 {
		err = stranger
	}
	return u, err
}
