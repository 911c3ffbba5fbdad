// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"time"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/ids"
)

const enterLife = 12 * time.Hour

// EnterLink makes a link that signs a person in once, without a password. It is for the demo firm,
// whose owner is invented, and for whoever runs the program on its data folder: both could read
// everything anyway.
func (s *Service) EnterLink(ctx context.Context, email string) (token string, err error) {
	email, err = foldEmail(email)
	if err != nil {
		return "", err
	}
	u, err := store.New(s.db.Reader()).UserByEmail(ctx, email)
	if err != nil {
		return "", db.Found(err, "person")
	}
	return s.newLink(ctx, "enter", ids.ID(u.ID), Role(u.Role), email, enterLife, func(*store.Queries) error { return nil })
}

// Enter consumes an enter link and signs in.
func (s *Service) Enter(ctx context.Context, token string, c Client) (session string, err error) {
	ctx = withAddress(ctx, c.Address)
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		l, err := q.Link(ctx, digest(token), clock.Micros(s.clock.Now()))
		if err != nil {
			return linkGone(err)
		}
		if n, err := q.DeleteLink(ctx, l.Token); err != nil || n == 0 || l.Purpose != "enter" {
			return linkGone(orNoRows(err))
		}
		u, err := q.UserByID(ctx, l.UserID)
		if err != nil || u.Active != 1 {
			return linkGone(orNoRows(err))
		}
		if session, _, err = s.openSession(ctx, q, opening{user: ids.ID(u.ID), method: methodEnter, client: c}); err != nil {
			return err
		}
		return s.Record(With(ctx, &Identity{User: ids.ID(u.ID), Name: u.Name}), tx, "access.sign-in", u.Name, "enter link")
	})
	return session, err
}
