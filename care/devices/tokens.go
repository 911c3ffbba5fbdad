// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"time"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// Token is a permission to enrol devices of a client. Its secret is shown once, when it is made.
type Token struct {
	ID      ids.ID
	Client  ids.ID
	Site    ids.ID
	Kind    Kind // "" = as the agent finds
	Note    string
	Most    int64 // devices, 0 = any number
	Used    int64
	Expires int64 // microseconds
	Revoked int64
	MadeBy  string
	Made    int64
}

// Usable reports whether a device can enrol with the token now.
func (t *Token) Usable(now int64) bool {
	return t.Revoked == 0 && now < t.Expires && (t.Most == 0 || t.Used < t.Most)
}

// NewToken says what a token shall permit.
type NewToken struct {
	Client ids.ID
	Site   ids.ID
	Kind   Kind
	Note   string
	Most   int64
	For    time.Duration // at most a year
}

// The limits of tokens.
const (
	maxTokenUses = 100_000
	maxTokenLife = 366 * 24 * time.Hour
)

// MakeToken makes an enrolment token and returns the word that a device enrols with.
func (s *Service) MakeToken(ctx context.Context, scope access.Scope, n NewToken) (string, error) {
	switch {
	case s.reach.Server == "":
		return "", fault.NewConflict("This server takes no agents: it was started without an address for them.")
	case n.Most < 0 || n.Most > maxTokenUses:
		return "", fault.NewInvalid("Enter how many devices may use it, at most %d.", maxTokenUses).On("most")
	case n.For < time.Minute || n.For > maxTokenLife:
		return "", fault.NewInvalid("Choose until when it can be used: at most a year.").On("days")
	}
	c, err := s.p.Clients.Get(ctx, scope, n.Client)
	if err != nil {
		return "", err
	}
	known := n.Site == 0
	for _, x := range c.Sites {
		known = known || x.ID == n.Site
	}
	if !known {
		return "", fault.NewInvalid("This client has no such site.").On("site")
	}
	secret := make([]byte, 24)
	_, _ = rand.Read(secret) // never fails since Go 1.24
	id, now := s.p.IDs.New(), s.p.Clock.Now()
	word := wire.Token{Server: s.reach.Server, ID: id.String(), Secret: hex.EncodeToString(secret), CA: s.reach.Finger}
	return word.String(), s.change(ctx, "devices.token", c.Name, line(n.Note, 200), func(_ *sql.Tx, q *store.Queries) error {
		return q.InsertToken(ctx, store.InsertTokenParams{
			ID: int64(id), ClientID: int64(n.Client), SiteID: int64(n.Site), Kind: string(n.Kind), Digest: digest(word.Secret), Note: line(n.Note, 200), Most: n.Most,
			ExpiresAt: clock.Micros(now.Add(n.For)), MadeBy: author(ctx), MadeAt: clock.Micros(now),
		})
	})
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Tokens returns a client's tokens, newest first.
func (s *Service) Tokens(ctx context.Context, scope access.Scope, client ids.ID) ([]Token, error) {
	if !scope.Covers(client) {
		return nil, fault.NewNotFound("There is no such client.")
	}
	rows, err := store.New(s.p.DB.Reader()).Tokens(ctx, int64(client))
	if err != nil {
		return nil, err
	}
	out := make([]Token, len(rows))
	for i, r := range rows {
		out[i] = tokenOf(r)
	}
	return out, nil
}

func tokenOf(r store.DevicesToken) Token {
	return Token{
		ID: ids.ID(r.ID), Client: ids.ID(r.ClientID), Site: ids.ID(r.SiteID), Kind: Kind(r.Kind), Note: r.Note, Most: r.Most, Used: r.Used, Expires: r.ExpiresAt, Revoked: r.RevokedAt,
		MadeBy: r.MadeBy, Made: r.MadeAt,
	}
}

// RevokeToken ends a token. Devices that used it stay.
func (s *Service) RevokeToken(ctx context.Context, scope access.Scope, id ids.ID) error {
	none := fault.NewNotFound("There is no such token.")
	t, err := store.New(s.p.DB.Reader()).Token(ctx, int64(id))
	if err != nil {
		return found(err, none)
	}
	if !scope.Covers(ids.ID(t.ClientID)) {
		return none
	}
	return s.change(ctx, "devices.token.revoke", t.Note, "", func(_ *sql.Tx, q *store.Queries) error {
		_, err := q.RevokeToken(ctx, int64(id), s.now())
		return err
	})
}

// useToken counts one use of a token whose secret fits. Whoever holds no secret learns only that it does not work.
func (s *Service) useToken(ctx context.Context, q *store.Queries, id, secret string) (Token, error) {
	bad := fault.NewDenied("This enrolment token does not work: it is wrong, used up, expired or revoked. Make a new one on the client's page.")
	n, err := ids.Parse(id)
	if err != nil {
		return Token{}, bad
	}
	r, err := q.Token(ctx, int64(n))
	if err != nil {
		return Token{}, found(err, bad)
	}
	if subtle.ConstantTimeCompare([]byte(r.Digest), []byte(digest(secret))) != 1 {
		return Token{}, bad
	}
	done, err := q.UseToken(ctx, r.ID, s.now())
	if err != nil {
		return Token{}, err
	}
	if done == 0 {
		return Token{}, bad
	}
	return tokenOf(r), nil
}
