// SPDX-License-Identifier: Apache-2.0

package access

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// relying returns the WebAuthn relying party for the public origin. Passkeys exist
// on HTTPS and on localhost only: browsers allow them nowhere else.
func (s *Service) relying() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(s.options.URL)
	if err != nil || u.Hostname() == "" {
		return nil, fault.NewInvalid("Passkeys need the public address of this server: set --url.")
	}
	name := s.options.FirmName
	if name == "" {
		name = "Mainstay"
	}
	return webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host}})
}

// keyHolder is a person to the webauthn package.
type keyHolder struct {
	user store.AccessUser
	keys []webauthn.Credential
}

func (h keyHolder) WebAuthnID() []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(h.user.ID))
}
func (h keyHolder) WebAuthnName() string                       { return h.user.Email }
func (h keyHolder) WebAuthnDisplayName() string                { return h.user.Name }
func (h keyHolder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func (s *Service) holder(ctx context.Context, user ids.ID) (keyHolder, error) {
	q := store.New(s.db.Reader())
	u, err := q.UserByID(ctx, int64(user))
	if err != nil {
		return keyHolder{}, dbFound(err)
	}
	rows, err := q.PasskeysOf(ctx, u.ID)
	if err != nil {
		return keyHolder{}, err
	}
	h := keyHolder{user: u}
	for _, r := range rows {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(r.Data), &c); err != nil {
			return keyHolder{}, err
		}
		h.keys = append(h.keys, c)
	}
	return h, nil
}

// BeginPasskey starts the registration of a passkey for the caller. options is what
// navigator.credentials.create wants, as JSON.
func (s *Service) BeginPasskey(ctx context.Context) (token string, options []byte, err error) {
	rp, err := s.relying()
	if err != nil {
		return "", nil, err
	}
	h, err := s.holder(ctx, From(ctx).User)
	if err != nil {
		return "", nil, err
	}
	creation, session, err := rp.BeginRegistration(h,
		// Signing in asks for verification, so a key that cannot do it is of no use here.
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		}),
		webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return "", nil, err
	}
	if options, err = json.Marshal(creation); err != nil {
		return "", nil, err
	}
	token, err = s.hold(ctx, pending{Kind: enrolPasskey, User: From(ctx).User, WebAuthn: session})
	return token, options, err
}

// FinishPasskey stores the passkey that the browser made. It was just used, so the session counts as
// opened by passkey.
func (s *Service) FinishPasskey(ctx context.Context, token, name string, answer []byte) error {
	id := From(ctx)
	p, ok, err := s.take(ctx, token, enrolPasskey)
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
	parsed, err := protocol.ParseCredentialCreationResponseBody(bytes.NewReader(answer))
	if err != nil {
		return fault.NewInvalid("The browser's answer cannot be read.").Because(err)
	}
	c, err := rp.CreateCredential(h, *p.WebAuthn, parsed)
	if err != nil || !trusted(c) {
		return fault.NewInvalid("The passkey was not accepted. Please try again.").Because(err)
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if name = strings.TrimSpace(name); name == "" || len(name) > 100 {
		name = "Passkey"
	}
	return s.change(ctx, "access.passkey-added", id.Email, name, func(q *store.Queries) error {
		if err := s.tell(ctx, q, notice{user: id.User, kind: ToldPasskeyAdded, detail: name}); err != nil {
			return err
		}
		if err := q.VerifySession(ctx, int64(id.Session), clock.Micros(s.clock.Now()), methodPasskey); err != nil {
			return err
		}
		return q.InsertPasskey(ctx, store.InsertPasskeyParams{
			ID: int64(s.ids.New()), UserID: int64(id.User), Credential: keyID(c.ID), Name: name,
			Data: string(data), CreatedAt: clock.Micros(s.clock.Now()),
		})
	})
}

// BeginPasskeySignIn starts a sign-in with any passkey that the browser has for us.
func (s *Service) BeginPasskeySignIn(ctx context.Context) (token string, options []byte, err error) {
	rp, err := s.relying()
	if err != nil {
		return "", nil, err
	}
	assertion, session, err := rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return "", nil, err
	}
	if options, err = json.Marshal(assertion); err != nil {
		return "", nil, err
	}
	token, err = s.hold(ctx, pending{Kind: passkeySignIn, WebAuthn: session})
	return token, options, err
}

// FinishPasskeySignIn checks the browser's answer and signs in. A passkey with
// user verification is two factors in one, so no code is asked for.
func (s *Service) FinishPasskeySignIn(ctx context.Context, token string, answer []byte, c Client) (session string, err error) {
	if err := s.limits(ctx, "", c); err != nil {
		return "", err
	}
	refused := func(cause error) error {
		s.failed(ctx, c, "", "passkey", 0)
		return fault.NewUnauthenticated("The passkey was not accepted.").Because(cause)
	}
	p, ok, err := s.take(ctx, token, passkeySignIn)
	if err != nil {
		return "", err
	}
	if !ok || p.WebAuthn == nil {
		return "", fault.NewUnauthenticated("This took too long. Please sign in again.")
	}
	rp, err := s.relying()
	if err != nil {
		return "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(bytes.NewReader(answer))
	if err != nil {
		return "", refused(err)
	}
	var h keyHolder
	find := func(_, handle []byte) (webauthn.User, error) {
		if len(handle) != 8 {
			return nil, fault.NewUnauthenticated("unknown handle")
		}
		h, err = s.holder(ctx, ids.ID(binary.BigEndian.Uint64(handle)))
		return h, err
	}
	cred, err := rp.ValidateDiscoverableLogin(find, *p.WebAuthn, parsed)
	switch {
	case err != nil:
		return "", refused(err)
	case h.user.Active != 1, !trusted(cred):
		return "", refused(nil)
	}
	if err := s.usedPasskey(withAddress(ctx, c.Address), h.user.Email, cred); err != nil {
		return "", err
	}
	return s.signIn(ctx, h.user.Name, "passkey", opening{user: ids.ID(h.user.ID), method: methodPasskey, client: c})
}

// Passkey is a passkey as its owner sees it.
type Passkey struct {
	ID      ids.ID
	Name    string
	Created time.Time
	Used    time.Time // zero: never
}

// Passkeys lists the caller's passkeys.
func (s *Service) Passkeys(ctx context.Context) ([]Passkey, error) {
	rows, err := store.New(s.db.Reader()).PasskeysOf(ctx, int64(From(ctx).User))
	var out []Passkey
	for _, r := range rows {
		p := Passkey{ID: ids.ID(r.ID), Name: r.Name, Created: clock.FromMicros(r.CreatedAt)}
		if r.UsedAt > 0 {
			p.Used = clock.FromMicros(r.UsedAt)
		}
		out = append(out, p)
	}
	return out, err
}

// DeletePasskey removes one of the caller's passkeys.
func (s *Service) DeletePasskey(ctx context.Context, key ids.ID) error {
	return s.change(ctx, "access.passkey-removed", From(ctx).Email, key.String(), func(q *store.Queries) error {
		n, err := q.DeletePasskey(ctx, int64(key), int64(From(ctx).User))
		if err := wanted(n, err, "passkey"); err != nil {
			return err
		}
		return s.tell(ctx, q, notice{user: From(ctx).User, kind: ToldPasskeyRemoved})
	})
}

func keyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }
