// SPDX-License-Identifier: Apache-2.0

package access

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
)

// freshFor is how long after a sign-in or confirmation a person may change how they sign in.
const freshFor = 10 * time.Minute

// Fresh says whether the person showed lately who they are. An API token never did.
func (id *Identity) Fresh(now time.Time) bool {
	return id != nil && id.Session != 0 && !id.Verified.IsZero() && now.Sub(id.Verified) <= freshFor
}

func notFresh() error {
	return &detour{fault.NewDenied("Please confirm first that it is you."), ConfirmPage}
}

// Ways are the means by which the caller can confirm that it is them.
type Ways struct {
	Password, Passkey, SingleSignOn bool
}

// Ways returns what the caller has.
func (s *Service) Ways(ctx context.Context) (Ways, error) {
	user, q := int64(From(ctx).User), store.New(s.db.Reader())
	u, err := q.UserByID(ctx, user)
	if err != nil {
		return Ways{}, dbFound(err)
	}
	keys, err := q.PasskeysOf(ctx, user)
	if err != nil {
		return Ways{}, err
	}
	linked, err := q.CountIdentities(ctx, user)
	return Ways{Password: u.Password != "", Passkey: len(keys) > 0, SingleSignOn: linked > 0 && s.options.OIDCIssuer != ""}, err
}

// Reverify asks the caller's password again before something that matters.
func (s *Service) Reverify(ctx context.Context, password string) error {
	id := From(ctx)
	c := Client{Address: Address(ctx)}
	if err := s.limits(ctx, id.Email, c); err != nil {
		return err
	}
	u, err := store.New(s.db.Reader()).UserByID(ctx, int64(id.User))
	if err != nil {
		return dbFound(err)
	}
	if !checkPassword(u.Password, password) {
		s.failed(ctx, c, id.Email, "confirmation", id.User)
		return fault.NewInvalid("The present password is not right.").On("current")
	}
	return nil
}

// Confirm is Reverify that counts for the session: for ten minutes the caller may change how they sign in.
func (s *Service) Confirm(ctx context.Context, password string) error {
	if err := s.Reverify(ctx, password); err != nil {
		return err
	}
	return s.confirmed(ctx, From(ctx).Method, "password")
}

func (s *Service) confirmed(ctx context.Context, method, how string) error {
	id := From(ctx)
	return s.change(ctx, "access.confirmed", id.Email, how, func(q *store.Queries) error {
		if err := q.DeleteStrike(ctx, accountKey(id.Email)); err != nil {
			return err
		}
		return q.VerifySession(ctx, int64(id.Session), clock.Micros(s.clock.Now()), method)
	})
}

// BeginConfirm starts a confirmation with one of the caller's passkeys.
func (s *Service) BeginConfirm(ctx context.Context) (token string, options []byte, err error) {
	rp, err := s.relying()
	if err != nil {
		return "", nil, err
	}
	id := From(ctx)
	h, err := s.holder(ctx, id.User)
	if err != nil {
		return "", nil, err
	}
	if len(h.keys) == 0 {
		return "", nil, fault.NewInvalid("You have no passkey here.")
	}
	assertion, session, err := rp.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return "", nil, err
	}
	if options, err = json.Marshal(assertion); err != nil {
		return "", nil, err
	}
	token, err = s.hold(ctx, pending{Kind: passkeyConfirm, User: id.User, WebAuthn: session})
	return token, options, err
}

// FinishConfirm checks the browser's answer. The session counts from now on as opened by passkey.
func (s *Service) FinishConfirm(ctx context.Context, token string, answer []byte) error {
	id := From(ctx)
	c := Client{Address: Address(ctx)}
	if err := s.limits(ctx, "", c); err != nil {
		return err
	}
	p, ok, err := s.take(ctx, token, passkeyConfirm)
	if err != nil {
		return err
	}
	if !ok || p.WebAuthn == nil || p.User != id.User {
		return fault.NewInvalid("This took too long. Please start again.")
	}
	rp, err := s.relying()
	if err != nil {
		return err
	}
	h, err := s.holder(ctx, id.User)
	if err != nil {
		return err
	}
	refused := func(cause error) error {
		s.failed(ctx, c, "", "confirmation", 0)
		return fault.NewInvalid("The passkey was not accepted.").Because(cause)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(bytes.NewReader(answer))
	if err != nil {
		return refused(err)
	}
	cred, err := rp.ValidateLogin(h, *p.WebAuthn, parsed)
	if err != nil {
		return refused(err)
	}
	if !trusted(cred) {
		return refused(nil)
	}
	if err := s.usedPasskey(ctx, id.Email, cred); err != nil {
		return err
	}
	return s.confirmed(ctx, methodPasskey, "passkey")
}

// trusted says whether the authenticator saw its owner, recognised them and is no clone.
func trusted(c *webauthn.Credential) bool {
	return c.Flags.UserPresent && c.Flags.UserVerified && !c.Authenticator.CloneWarning
}

// usedPasskey keeps the passkey's counter and when it was used.
func (s *Service) usedPasskey(ctx context.Context, email string, c *webauthn.Credential) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.change(ctx, "access.passkey-used", email, "", func(q *store.Queries) error {
		return q.UsePasskey(ctx, keyID(c.ID), string(data), clock.Micros(s.clock.Now()))
	})
}
