// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

func everything() access.Scope { return access.WholeFirm() }

func (m Mailbox) user() string {
	if m.Username != "" {
		return m.Username
	}
	return m.Address
}

// tokens keeps access tokens until they run out, by mailbox and its version.
type tokens struct {
	mu   sync.Mutex
	have map[tokenKey]oauth2.TokenSource
}

type tokenKey struct {
	box     ids.ID
	version int64
}

// saslClient is how a mailbox signs in; nil = it needs not.
func (s *Service) saslClient(ctx context.Context, box Mailbox, offers func(string) bool) (sasl.Client, error) {
	secret, oauth, err := s.secrets(ctx, box.ID)
	if err != nil {
		return nil, err
	}
	if box.Auth != Password {
		token, err := s.token(ctx, box, secret, oauth)
		if err != nil {
			return nil, err
		}
		return &xoauth2{box.user(), token}, nil
	}
	switch {
	case secret == "":
		return nil, nil
	case offers("PLAIN"):
		return sasl.NewPlainClient("", box.user(), secret), nil
	case offers("LOGIN"):
		return sasl.NewLoginClient(box.user(), secret), nil
	}
	return nil, fault.NewInvalid("The server offers no way to sign in with a password. Microsoft and Google want OAuth2.")
}

// xoauth2 is the mechanism of Microsoft and Google.
type xoauth2 struct{ user, token string }

func (x *xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the server's account of what is wrong, after which it refuses.
func (x *xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

// token fetches an access token, or gives the one that still holds.
func (s *Service) token(ctx context.Context, box Mailbox, refresh, secret string) (string, error) {
	s.tokens.mu.Lock()
	key := tokenKey{box.ID, box.Version}
	src := s.tokens.have[key]
	if src == nil {
		// The source outlives this call: it refreshes by itself, with a client that gives up.
		long := context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, &http.Client{Timeout: 30 * time.Second})
		src = s.tokenSource(long, box, refresh, secret)
		if s.tokens.have == nil {
			s.tokens.have = map[tokenKey]oauth2.TokenSource{}
		}
		s.tokens.have[key] = src
	}
	s.tokens.mu.Unlock()
	t, err := src.Token()
	if err != nil {
		return "", oauthFault(err)
	}
	return t.AccessToken, nil
}

func (s *Service) tokenSource(ctx context.Context, box Mailbox, refresh, secret string) oauth2.TokenSource {
	if box.Auth == Microsoft {
		c := clientcredentials.Config{
			ClientID: box.OAuthClient, ClientSecret: secret, Scopes: []string{"https://outlook.office365.com/.default"},
			TokenURL: "https://login.microsoftonline.com/" + box.OAuthTenant + "/oauth2/v2.0/token", AuthStyle: oauth2.AuthStyleInParams,
		}
		if s.p.TokenURL != "" {
			c.TokenURL = s.p.TokenURL
		}
		return c.TokenSource(ctx)
	}
	c := oauth2.Config{ClientID: box.OAuthClient, ClientSecret: secret}
	c.Endpoint.AuthStyle, c.Endpoint.TokenURL = oauth2.AuthStyleInParams, "https://oauth2.googleapis.com/token"
	if s.p.TokenURL != "" {
		c.Endpoint.TokenURL = s.p.TokenURL
	}
	return c.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh})
}

func oauthFault(err error) error {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return fault.NewBusy("The sign-in service does not answer.").Because(err)
	}
	switch e.ErrorCode {
	case "invalid_client", "unauthorized_client":
		return fault.NewInvalid("The sign-in service does not know the application, or its secret has run out.").Because(err)
	case "invalid_grant":
		return fault.NewInvalid("The consent for this mailbox was withdrawn or has run out. Give it anew and enter the new refresh token.").Because(err)
	}
	return fault.NewInvalid("The sign-in service refuses: %s.", e.ErrorCode).Because(err)
}

func signInFault(box Mailbox, host string, err error) error {
	if box.Auth != Password {
		return fault.NewInvalid("%s does not take the token for %s. Has the application the right to this mailbox?", host, box.user()).Because(err)
	}
	if strings.Contains(strings.ToLower(err.Error()), "basic authentication") {
		return fault.NewInvalid("%s no longer takes passwords. Choose OAuth2.", host).Because(err)
	}
	return fault.NewInvalid("%s does not take the name %s with this password.", host, box.user()).Because(err)
}
