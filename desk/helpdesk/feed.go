// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// A feed holds what was and what comes, as far as somebody looks at it in a calendar.
const (
	feedPast   = 60 * 24 * time.Hour
	feedFuture = 400 * 24 * time.Hour
)

// NewFeed gives the caller a secret with which a calendar program reads their appointments. An older one stops working.
func (s *Service) NewFeed(ctx context.Context) (secret string, err error) {
	me := access.From(ctx)
	if me == nil {
		return "", fault.NewUnauthenticated("Please sign in.")
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	secret = base64.RawURLEncoding.EncodeToString(b)
	return secret, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := q.DropFeed(ctx, int64(me.User)); err != nil {
			return err
		}
		if err := q.InsertFeed(ctx, int64(me.User), digest(secret), micros(s.now())); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "helpdesk.feed", me.Name, "")
	})
}

// DropFeed ends the caller's feed.
func (s *Service) DropFeed(ctx context.Context) error {
	me := access.From(ctx)
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := store.New(tx).DropFeed(ctx, int64(me.User)); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "helpdesk.feed", me.Name, "")
	})
}

// FeedSince is when the caller's feed was made; zero = there is none.
func (s *Service) FeedSince(ctx context.Context) (time.Time, error) {
	f, err := store.New(s.p.DB.Reader()).FeedOf(ctx, int64(access.From(ctx).User))
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return instant(f.MadeAt), err
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Feed writes the appointments of whom a secret belongs to in the iCalendar format (RFC 5545). url is where tickets are
// found. A secret that is not known, or whose holder has left the firm, is NotFound.
func (s *Service) Feed(ctx context.Context, secret, url string) (string, error) {
	missing := fault.NewNotFound("There is no such calendar.")
	f, err := store.New(s.p.DB.Reader()).FeedByToken(ctx, digest(secret))
	if errors.Is(err, sql.ErrNoRows) {
		return "", missing
	}
	if err != nil {
		return "", err
	}
	people, err := s.p.Access.People(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(people, func(p access.Person) bool { return p.ID == ids.ID(f.UserID) && p.Active })
	if i < 0 {
		return "", missing
	}
	now := s.now()
	list, err := s.appointments(ctx, ids.ID(f.UserID), now.Add(-feedPast), now.Add(feedFuture))
	if err != nil {
		return "", err
	}
	cal := ics.NewCalendarFor("Mainstay")
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName(people[i].Name)
	cal.SetXPublishedTTL("PT15M")
	cal.SetRefreshInterval("PT15M")
	for _, a := range list {
		e := cal.AddEvent(a.ID.String() + "@mainstay")
		e.SetDtStampTime(now)
		e.SetStartAt(a.Start)
		e.SetEndAt(a.End)
		e.SetSequence(int(a.Version - 1))
		if err := s.describe(ctx, e, a, url); err != nil {
			return "", err
		}
	}
	return cal.Serialize(ics.WithNewLineWindows), nil
}

func (s *Service) describe(ctx context.Context, e *ics.VEvent, a Appointment, url string) error {
	if a.Ticket == 0 {
		e.SetSummary(a.Title)
		return nil
	}
	t, err := s.Get(ctx, access.WholeFirm(), a.Ticket)
	if err != nil {
		return err
	}
	c, err := s.p.Clients.Get(ctx, access.WholeFirm(), t.Client)
	if err != nil {
		return err
	}
	at := url + "/tickets/" + strconv.FormatInt(t.Number, 10)
	e.SetSummary(t.Subject + " (" + c.Name + ")")
	e.SetDescription(strings.TrimSpace(a.Title + "\n#" + strconv.FormatInt(t.Number, 10) + "\n" + at))
	e.SetURL(at)
	if !a.Onsite {
		return nil
	}
	place := c.Name
	for _, x := range c.Sites {
		if x.ID == t.Site || t.Site == 0 && len(c.Sites) == 1 {
			place = strings.Join(slices.DeleteFunc([]string{c.Name, x.Street, strings.TrimSpace(x.Postcode + " " + x.City)}, func(p string) bool { return p == "" }), ", ")
		}
	}
	e.SetLocation(place)
	return nil
}
