// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// What the sign-in of clients' people shares with that of the firm's. Their accounts and sessions lie elsewhere.

// NewToken returns a secret of 256 bits and what is stored of it.
func NewToken() (secret, stored string) { return newToken() }

// Digest is what is stored of a secret.
func Digest(secret string) string { return digest(secret) }

// HashPassword returns the PHC string of a password.
func HashPassword(password string) string { return hashPassword(password) }

// CheckPassword compares in constant time; an empty hash costs as much as a real one and never matches.
func CheckPassword(hash, password string) bool { return checkPassword(hash, password) }

// CheckNewPassword refuses passwords that are short, well known, leaked or made of what is known of their owner.
func (s *Service) CheckNewPassword(ctx context.Context, password, email, name string) error {
	return s.checkNewPassword(ctx, password, email, name)
}

// FoldEmail returns an address as it is compared, or a fault on the field email.
func FoldEmail(email string) (string, error) { return foldEmail(email) }

// guestKey counts what is done for an address; purpose keeps different doors, and the firm's accounts, apart.
func guestKey(purpose, email string) string {
	return "guest/" + digest(purpose + " " + email)[:32]
}

// placeKey counts what is asked for from a place, where many honest people may sit behind one address.
func placeKey(purpose, address string) string {
	return "place/" + purpose + "/" + strings.TrimPrefix(addressKey(address), "address/")
}

// Place names where somebody calls from, for counting: an address, of IPv6 the network of a customer.
func Place(address string) string { return addressKey(address) }

// GuestMay says whether email and address may now try or ask for what purpose names. It is Busy when they must wait.
func (s *Service) GuestMay(ctx context.Context, purpose, email, address string) error {
	return s.allow(ctx, addressKey(address), placeKey(purpose, address), guestKey(purpose, email))
}

// GuestFailed counts a failure of email from address, as those of the firm's people are counted, and writes it into the
// audit trail.
func (s *Service) GuestFailed(ctx context.Context, purpose, email, address string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if _, err := s.strike(ctx, q, addressKey(address)); err != nil {
			return err
		}
		if _, err := s.strike(ctx, q, guestKey(purpose, email)); err != nil {
			return err
		}
		return s.Record(ctx, tx, "portal.sign-in-failed", email, purpose)
	})
}

// GuestAsked counts that email asked for something from address: five times, and a hundred times from a place, are free, then
// the wait grows.
func (s *Service) GuestAsked(ctx context.Context, purpose, email, address string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if _, err := s.strike(ctx, q, placeKey(purpose, address)); err != nil {
			return err
		}
		_, err := s.strike(ctx, q, guestKey(purpose, email))
		return err
	})
}

// GuestDone forgets the tries of email: it was the right person.
func (s *Service) GuestDone(ctx context.Context, tx *sql.Tx, purpose, email string) error {
	return store.New(tx).DeleteStrike(ctx, guestKey(purpose, email))
}

// GuestMayOften lets who is named do something up to most times within two hours, and counts it. It is Busy beyond.
func (s *Service) GuestMayOften(ctx context.Context, purpose, who string, most int64) error {
	key := guestKey(purpose, who)
	n := int64(0)
	err := s.db.Write(ctx, func(tx *sql.Tx) (err error) {
		now := s.clock.Now()
		n, err = store.New(tx).AddStrike(ctx, key, clock.Micros(now), clock.Micros(now.Add(-forget)))
		return err
	})
	if err == nil && n > most {
		return fault.NewBusy("That is a lot at once. Try again in an hour or two, or call us.")
	}
	return err
}

// GuestBegin returns where to send the browser of a client's person, and the token to keep in its cookie until it is back.
func (s *Service) GuestBegin(ctx context.Context, client ids.ID, o SignOn, back string) (location, token string, err error) {
	p, err := dial(ctx, o)
	if err != nil {
		return "", "", err
	}
	return s.send(ctx, p, pending{Kind: guestSignOn, User: client}, back, false)
}

// GuestFinish returns what the client's provider says of the person who is back; signOn finds the provider of the client that
// they set out for.
func (s *Service) GuestFinish(ctx context.Context, token, state, code string, signOn func(client ids.ID) (SignOn, error)) (c Claims, client ids.ID, back string, err error) {
	pend, err := s.came(ctx, token, state, guestSignOn)
	if err != nil {
		return c, 0, "", err
	}
	o, err := signOn(pend.User)
	if err != nil {
		return c, 0, "", err
	}
	p, err := dial(ctx, o)
	if err != nil {
		return c, 0, "", err
	}
	c, err = redeem(ctx, p, pend.OIDC, code)
	return c, pend.User, pend.OIDC.Back, err
}
