// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/notify/store"
	"mainstay/kit/webpush"
)

// Push is what is needed to tell browsers.
type Push struct {
	Keys    func(ctx context.Context) (*webpush.Keys, error)
	Contact string // mailto: or https: address of whoever runs this server
	// Check refuses an endpoint that may not be called; Post calls one, under the same guard, and returns the status of its answer, 0
	// when there was none.
	Check  func(endpoint string) error
	Post   func(ctx context.Context, endpoint string, header map[string]string, body []byte) (status int)
	Sealer *access.Sealer
}

// Browser is a browser that shows a person what they are told.
type Browser struct {
	ID   ids.ID
	Name string // "Firefox on Linux"
	Made time.Time
	Used time.Time // when it was told last; zero = never
}

const (
	maxBrowsers = 20
	pushLease   = time.Minute // another try when the process ended in between
	pushFor     = time.Hour   // what could not be told by then is news no more
	pushFails   = 20          // refusals in a row after which a browser is forgotten
)

func noPush() error {
	return fault.NewConflict("This server cannot tell browsers.")
}

// PushKey is the public key with which a browser subscribes.
func (s *Service) PushKey(ctx context.Context) (string, error) {
	if s.p.Push == nil {
		return "", noPush()
	}
	k, err := s.p.Push.Keys(ctx)
	if err != nil {
		return "", err
	}
	return k.Public, nil
}

// Subscribe keeps a browser of a person. One that subscribes again, or that somebody else used before, is theirs from now on.
func (s *Service) Subscribe(ctx context.Context, user ids.ID, sub webpush.Subscription, name string) error {
	if s.p.Push == nil {
		return noPush()
	}
	if u, err := url.Parse(sub.Endpoint); err != nil || u.Host == "" || len(sub.Endpoint) > 1000 {
		return fault.NewInvalid("The browser named no address at which it can be told.").Because(err)
	}
	if err := s.p.Push.Check(sub.Endpoint); err != nil {
		return err
	}
	if err := sub.Check(); err != nil {
		return fault.NewInvalid("The browser named no key for which it can be told.").Because(err)
	}
	if r := []rune(strings.TrimSpace(name)); len(r) > 60 {
		name = string(r[:60])
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := q.DropEndpoint(ctx, sub.Endpoint); err != nil {
			return err
		}
		if n, err := q.BrowserCount(ctx, int64(user)); err != nil || n >= maxBrowsers {
			if err != nil {
				return err
			}
			return fault.NewConflict("You are told on %d browsers already. Take one of them away first.", maxBrowsers)
		}
		return q.InsertBrowser(ctx, store.InsertBrowserParams{
			ID: int64(s.p.IDs.New()), UserID: int64(user), Endpoint: sub.Endpoint, Key: sub.Key, Secret: s.p.Push.Sealer.Seal(sealedFor, sub.Auth), Name: strings.TrimSpace(name), MadeAt: s.now(),
		})
	})
}

// Browsers lists a person's browsers.
func (s *Service) Browsers(ctx context.Context, user ids.ID) ([]Browser, error) {
	rows, err := s.read().Browsers(ctx, int64(user))
	out := make([]Browser, len(rows))
	for i, r := range rows {
		out[i] = Browser{ID: ids.ID(r.ID), Name: r.Name, Made: clock.FromMicros(r.MadeAt)}
		if r.UsedAt > 0 {
			out[i].Used = clock.FromMicros(r.UsedAt)
		}
	}
	return out, err
}

// Unsubscribe forgets a browser of a person.
func (s *Service) Unsubscribe(ctx context.Context, user, id ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n, err := store.New(tx).DropBrowser(ctx, int64(id), int64(user))
		if err == nil && n == 0 {
			err = fault.NewNotFound("There is no such browser.")
		}
		return err
	})
}

// message is what the browser's worker shows, see push-worker.js.
type message struct {
	Title string `json:"title"`
	Body  string `json:"body"`
	URL   string `json:"url"`
	Tag   string `json:"tag,omitempty"` // a later one of the same takes the place of an earlier
}

// Try tells all browsers of a person that it works.
func (s *Service) Try(ctx context.Context, user ids.ID) (reached int, err error) {
	if s.p.Push == nil {
		return 0, noPush()
	}
	return s.push(ctx, user, message{Title: "Mainstay", Body: locale.T(ctx, "This is how you will be told."), URL: "/notices", Tag: "try"}, false)
}

// FlushPushes tells browsers what is due. What a person has read meanwhile is not told any more. A process that ends in between
// leaves it to be tried again a minute later.
func (s *Service) FlushPushes(ctx context.Context) error {
	if s.p.Push == nil {
		return nil
	}
	now := s.now()
	var rows []store.NotifyNotice
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) (err error) {
		rows, err = store.New(tx).ClaimPushes(ctx, now, now+pushLease.Microseconds())
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.ReadAt == 0 && now-r.CreatedAt < pushFor.Microseconds() {
			if err := s.pushNotice(ctx, r); err != nil {
				return err
			}
		}
		if err := s.p.DB.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).PushDone(ctx, r.ID) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) pushNotice(ctx context.Context, r store.NotifyNotice) error {
	who, err := s.read().Person(ctx, r.UserID)
	if err != nil || who.Active == 0 {
		return nil //nolint:nilerr // has left
	}
	p := locale.New(locale.EnUS, time.UTC)
	if s.p.Printer != nil {
		p = s.p.Printer(ctx, who.Language, who.Zone)
	}
	t := s.p.Say(locale.With(ctx, p), noticeOf(r))
	m := message{Title: t.About, Body: t.What, URL: "/notices/" + ids.ID(r.ID).String(), Tag: r.About}
	if m.Title == "" {
		m.Title = "Mainstay"
	}
	if t.Excerpt != "" {
		m.Body += "\n" + cut(t.Excerpt, 300)
	}
	_, err = s.push(ctx, ids.ID(r.UserID), m, t.Hot)
	return err
}

// push tells all browsers of a person and returns how many took it.
func (s *Service) push(ctx context.Context, user ids.ID, m message, hot bool) (reached int, err error) {
	m.Title, m.Body = cut(m.Title, 200), cut(m.Body, 1000)
	body, err := json.Marshal(m)
	if err != nil {
		return 0, err
	}
	keys, err := s.p.Push.Keys(ctx)
	if err != nil {
		return 0, err
	}
	rows, err := s.read().Browsers(ctx, int64(user))
	if err != nil {
		return 0, err
	}
	for _, b := range rows {
		auth, err := s.p.Push.Sealer.Open(sealedFor, b.Secret)
		if err != nil {
			return reached, err
		}
		sub := webpush.Subscription{Endpoint: b.Endpoint, Key: b.Key, Auth: auth}
		sealed, err := sub.Seal(body)
		if err != nil {
			return reached, err
		}
		header, err := keys.Header(b.Endpoint, s.p.Push.Contact, s.p.Clock.Now(), pushFor, hot)
		if err != nil {
			return reached, err
		}
		status := s.p.Push.Post(ctx, b.Endpoint, header, sealed)
		if status >= 200 && status < 300 {
			reached++
		}
		if err := s.answered(ctx, b, status); err != nil {
			return reached, err
		}
	}
	return reached, nil
}

// answered keeps what a push service said: a browser that is gone is forgotten, one that refuses again and again, too.
func (s *Service) answered(ctx context.Context, b store.NotifyBrowser, status int) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		switch {
		case status >= 200 && status < 300:
			return q.BrowserUsed(ctx, b.ID, s.now())
		case status == http.StatusNotFound || status == http.StatusGone || b.Failed+1 >= pushFails:
			s.p.Log.Info("notify: a browser is told no more", "person", ids.ID(b.UserID).String(), "browser", b.Name, "status", status)
			return q.DropEndpoint(ctx, b.Endpoint)
		}
		return q.BrowserFailed(ctx, b.ID)
	})
}

// sealedFor names what the secrets of browsers are sealed for.
const sealedFor = "notify.browser"

// Rewrap seals anew, with the installation's first key, the secrets of browsers. It may die and run again.
func (s *Service) Rewrap(ctx context.Context) error {
	if s.p.Push == nil {
		return nil
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		c := access.Column{Table: "notify_browsers", ID: "id", Name: "secret", Purpose: func(int64) string { return sealedFor }}
		return s.p.Push.Sealer.ResealColumn(ctx, tx, c)
	})
}
