// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/notify/store"
)

// PageSize is how many notices a page has.
const PageSize = 50

// Unread counts what a person has not read, up to 100.
func (s *Service) Unread(ctx context.Context, user ids.ID) (int64, error) {
	return s.read().Unread(ctx, int64(user))
}

// List returns a person's notices, the newest first: before an id (0 = from the newest), all or only those unread. next is
// the id to go on before, 0 at the end.
func (s *Service) List(ctx context.Context, user, before ids.ID, unread bool) (out []Notice, next ids.ID, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	var rows []store.NotifyNotice
	if unread {
		rows, err = s.read().UnreadNotices(ctx, int64(user), int64(before), PageSize+1)
	} else {
		rows, err = s.read().Notices(ctx, int64(user), int64(before), PageSize+1)
	}
	for i, r := range rows {
		if i == PageSize {
			return out, out[PageSize-1].ID, err
		}
		out = append(out, noticeOf(r))
	}
	return out, 0, err
}

// Open marks one of a person's notices as read and returns it.
func (s *Service) Open(ctx context.Context, user, id ids.ID) (Notice, error) {
	r, err := s.read().NoticeOf(ctx, int64(id), int64(user))
	if err != nil {
		return Notice{}, db.Found(err, "entry")
	}
	return noticeOf(r), s.mark(ctx, user, func(q *store.Queries, now int64) (int64, error) { return q.ReadOne(ctx, int64(id), int64(user), now) })
}

// Mark marks one of a person's notices as read, or as unread.
func (s *Service) Mark(ctx context.Context, user, id ids.ID, read bool) error {
	if _, err := s.read().NoticeOf(ctx, int64(id), int64(user)); err != nil {
		return db.Found(err, "entry")
	}
	return s.mark(ctx, user, func(q *store.Queries, now int64) (int64, error) {
		if !read {
			return q.Unsee(ctx, int64(id), int64(user))
		}
		return q.ReadOne(ctx, int64(id), int64(user), now)
	})
}

// ReadAbout marks everything as read that concerns one thing: the person looks at it.
func (s *Service) ReadAbout(ctx context.Context, user ids.ID, about string) error {
	if n, err := s.read().HasUnreadAbout(ctx, int64(user), about); err != nil || n == 0 {
		return err
	}
	return s.mark(ctx, user, func(q *store.Queries, now int64) (int64, error) { return q.ReadAbout(ctx, int64(user), about, now) })
}

// ReadUpTo marks everything as read up to a notice, so that one that came meanwhile stays unread.
func (s *Service) ReadUpTo(ctx context.Context, user, newest ids.ID) error {
	return s.mark(ctx, user, func(q *store.Queries, now int64) (int64, error) {
		return q.ReadUpTo(ctx, int64(user), int64(newest), now)
	})
}

func (s *Service) mark(ctx context.Context, user ids.ID, fn func(*store.Queries, int64) (int64, error)) error {
	changed := int64(0)
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) (err error) {
		changed, err = fn(store.New(tx), s.now())
		return err
	})
	if err == nil && changed > 0 {
		s.told(user)
	}
	return err
}

// Choice is how a person wants to be told of a kind.
type Choice struct {
	Offer
	Shown, Mailed bool
	Pushed        bool
}

// Choices returns what a person of a role can be told of, and how they chose.
func (s *Service) Choices(ctx context.Context, user ids.ID, role access.Role) (out []Choice, err error) {
	offers, err := s.p.Offer(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.read().ChoicesOf(ctx, int64(user))
	if err != nil {
		return nil, err
	}
	for _, o := range offers {
		k, ok := s.kind(o.Code)
		if !ok || !slices.Contains(access.RolesWith(k.Need), role) {
			continue
		}
		c := Choice{o, k.Shown, k.Mailed, k.Pushed}
		for _, r := range rows {
			if r.Kind == o.Code {
				c.Shown, c.Mailed = r.Shown == 1, r.Mailed == 1
				if r.Pushed >= 0 {
					c.Pushed = r.Pushed == 1
				}
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// Choose keeps how a person wants to be told. What is not on offer is left out.
func (s *Service) Choose(ctx context.Context, user ids.ID, role access.Role, list []Choice) error {
	offered, err := s.Choices(ctx, user, role)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := q.DropChoices(ctx, int64(user)); err != nil {
			return err
		}
		for _, o := range offered {
			k, _ := s.kind(o.Code)
			i := slices.IndexFunc(list, func(c Choice) bool { return c.Code == o.Code })
			if i < 0 || list[i].Shown == k.Shown && list[i].Mailed == k.Mailed && list[i].Pushed == k.Pushed {
				continue
			}
			if err := q.PutChoice(ctx, store.PutChoiceParams{UserID: int64(user), Kind: o.Code, Shown: flag(list[i].Shown), Mailed: flag(list[i].Mailed), Pushed: flag(list[i].Pushed)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// How long notices are kept.
const (
	keepRead = 60 * 24 * time.Hour
	keepAll  = 180 * 24 * time.Hour
)

// Sweep forgets old notices. Call it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	for {
		n := int64(0)
		err := s.p.DB.Write(ctx, func(tx *sql.Tx) (err error) {
			n, err = store.New(tx).Sweep(ctx, now-keepRead.Microseconds(), now-keepAll.Microseconds())
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// Forget removes what was told of one thing: for what is itself removed.
func (s *Service) Forget(ctx context.Context, about string) error {
	if about == "" {
		return fault.NewInvalid("Say what is to be forgotten.")
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).Forget(ctx, about) })
}
