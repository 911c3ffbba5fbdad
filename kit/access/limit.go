// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"strings"
	"time"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Failures are counted by account and by address in the database: after a few each further one
// must wait, and the wait doubles up to an hour. A restart forgets nothing and all servers on one database
// count together. Nothing is ever locked for good, so nobody can shut out somebody else for long.
// Only failures write; who is made to wait is refused without a write.
const (
	accountBurst = 5
	addressBurst = 30
	placeBurst   = 100
	forget       = 2 * time.Hour
	maxStrikes   = 100_000 // rows kept
	pruneEvery   = 1000    // failures of this process between two tidyings
)

// accountKey names an account; the digest keeps mistyped addresses out of the table.
func accountKey(email string) string {
	if email == "" {
		return ""
	}
	return "account/" + digest(email)[:32]
}

// addressKey names where somebody calls from. An IPv6 customer has a network of 64 bits, so that is what
// counts as one address.
func addressKey(address string) string {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			address = p.String()
		}
	}
	return "address/" + address
}

func burstOf(key string) int64 {
	switch {
	case strings.HasPrefix(key, "address/"):
		return addressBurst
	case strings.HasPrefix(key, "place/"):
		return placeBurst
	}
	return accountBurst
}

// allow says whether all keys may try now.
func (s *Service) allow(ctx context.Context, keys ...string) error {
	q := store.New(s.db.Reader())
	for _, key := range keys {
		if key == "" {
			continue
		}
		r, err := q.Strike(ctx, key)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if wait := clock.FromMicros(r.UntilAt).Sub(s.clock.Now()); wait > 0 {
			return fault.NewBusy("Too many attempts. Try again in %d seconds.", int(wait.Seconds())+1)
		}
	}
	return nil
}

// strike notes a failure of key and returns how many there were.
func (s *Service) strike(ctx context.Context, q *store.Queries, key string) (int64, error) {
	now := s.clock.Now()
	n, err := q.AddStrike(ctx, key, clock.Micros(now), clock.Micros(now.Add(-forget)))
	if err != nil {
		return 0, err
	}
	var until int64
	if over := n - burstOf(key); over >= 0 {
		until = clock.Micros(now.Add(min(time.Second<<min(over, 12), time.Hour)))
	}
	if s.strikes.Add(1)%pruneEvery == 0 {
		if err := s.pruneStrikes(ctx, q); err != nil {
			return 0, err
		}
	}
	return n, q.SetStrikeUntil(ctx, key, until)
}

// pruneStrikes removes what is forgotten, and the oldest beyond what is kept.
func (s *Service) pruneStrikes(ctx context.Context, q *store.Queries) error {
	if err := q.DeleteOldStrikes(ctx, clock.Micros(s.clock.Now().Add(-forget))); err != nil {
		return err
	}
	return q.DeleteStrikesOver(ctx, maxStrikes)
}

// failed counts a failure of email (may be "") and of the address, and writes it into the audit trail. user
// is told once when it happens again and again; 0 where the account does not exist.
func (s *Service) failed(ctx context.Context, c Client, email, how string, user ids.ID) {
	ctx = withAddress(ctx, c.Address)
	_ = s.db.Write(ctx, func(tx *sql.Tx) error { // the refusal stands, whatever becomes of its note
		q := store.New(tx)
		if _, err := s.strike(ctx, q, addressKey(c.Address)); err != nil {
			return err
		}
		if key := accountKey(email); key != "" {
			n, err := s.strike(ctx, q, key)
			if err == nil && n == accountBurst && user != 0 {
				err = s.tell(ctx, q, notice{user: user, kind: ToldFailures, agent: c.Agent})
			}
			if err != nil {
				return err
			}
		}
		return s.Record(ctx, tx, "access.sign-in-failed", email, how)
	})
}

// strikeAddress counts a failure that has no account and no entry in the audit trail.
func (s *Service) strikeAddress(ctx context.Context, address string) {
	_ = s.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := s.strike(ctx, store.New(tx), addressKey(address))
		return err
	})
}

// refused writes into the audit trail that the caller may not do what pattern names: for each person
// and route once in two to three hours, so that a script cannot fill the trail.
func (s *Service) refused(ctx context.Context, pattern string) {
	id := From(ctx)
	key := "refused/" + digest(id.User.String() + " " + id.Person.String() + " " + pattern)[:32]
	if _, err := store.New(s.db.Reader()).Strike(ctx, key); !errors.Is(err, sql.ErrNoRows) {
		return
	}
	_ = s.db.Write(ctx, func(tx *sql.Tx) error { // the refusal stands, whatever becomes of its note
		now := clock.Micros(s.clock.Now())
		if n, err := store.New(tx).AddStrike(ctx, key, now, 0); err != nil || n > 1 {
			return err
		}
		return s.Record(ctx, tx, "access.refused", pattern, string(id.Role))
	})
}
