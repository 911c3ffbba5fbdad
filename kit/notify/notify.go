// SPDX-License-Identifier: Apache-2.0

// Package notify tells the firm's people of what concerns them: in a list behind the bell, by mail, and by their browsers while no
// page is open.
//
// The application says what there is to tell: it lists the kinds with [Kind], puts [News] beside the change that they are
// about, in its transaction, and gives the words. A person chooses for each kind how they want to hear of it.
//
// Mails are bundled: what concerns one thing within [Bundle] goes as one mail, and somebody to whom many things happen at
// once gets one mail about all. What was read meanwhile needs no mail. Where a mail cannot go, the news stand in the list
// instead.
//
// What may never happen: news of a change that was undone, or none of one that was kept; the same occurrence told to
// somebody twice, however often the process dies; news of what somebody did themselves; a mail to somebody who left.
package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/notify/store"
)

// Topic is where it is told on the bus that somebody's list changed; the text is the person's id.
const Topic = "notify"

// Bundle is how long a mail waits for more news of the same.
const Bundle = 3 * time.Minute

// Kind is something to be told of. The code of news may go on after it with a slash: "new/BOARD" is of kind "new", and
// can be chosen by itself.
type Kind struct {
	Code          string
	Need          access.Permission // who may be told of it
	Shown, Mailed bool              // how they are told who chose nothing
	Pushed        bool              // shown by the browsers that they named for it, too
}

// Offer is one line of the page on which a person chooses.
type Offer struct {
	Code  string
	Group string // heading, in the reader's language
	Label string
	Hint  string
	Data  bool // Label was typed by a person
}

// News are what is told. By is who did it and is not told.
type News struct {
	Kind  string
	About string // "ticket/ID": mails are bundled by it
	Link  string // path of the page to open
	Once  string // names the occurrence
	Data  any    // for [Parts.Say]; kept as JSON
	To    []ids.ID
	All   bool // everybody who has this kind, by choice or from the start, besides To
	By    ids.ID
	Quiet bool // no mail, whatever was chosen
}

// Notice is one of the news as a person has it.
type Notice struct {
	ID    ids.ID
	Kind  string
	About string
	Link  string
	Data  json.RawMessage
	At    time.Time
	Read  bool
}

// Text is how a notice reads.
type Text struct {
	Icon    string
	About   string // what it concerns, as people named it
	What    string // a sentence: what happened
	Excerpt string // the beginning of what was said; "" = nothing
	Hot     bool   // it needs attention
}

// Letter is a mail to one person.
type Letter struct{ To, Subject, Body string }

// Parts are what the service is built from.
type Parts struct {
	DB    *db.DB
	Clock clock.Clock
	IDs   *ids.Source
	Bus   *bus.Bus
	Log   *slog.Logger
	URL   string // public origin, without a slash at the end

	Kinds []Kind
	Offer func(ctx context.Context) ([]Offer, error)
	Say   func(ctx context.Context, n Notice) Text

	// CanSend and Post send mail; nil = there is none. Post writes the mail into the transaction.
	CanSend func(ctx context.Context) (bool, error)
	Post    func(ctx context.Context, tx *sql.Tx, l Letter) error
	// Push shows messages in browsers though no page is open; nil = that cannot be.
	Push *Push
	// Printer is the printer of a person; the arguments are what they chose.
	Printer func(ctx context.Context, language, zone string) locale.Printer
}

// Service tells people. It is safe for concurrent use.
type Service struct{ p Parts }

// New returns the service on a migrated database.
func New(p Parts) *Service {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{p}
}

func (s *Service) now() int64 { return clock.Micros(s.p.Clock.Now()) }

func (s *Service) read() *store.Queries { return store.New(s.p.DB.Reader()) }

func (s *Service) told(user ids.ID) {
	if s.p.Bus != nil {
		s.p.Bus.Publish(Topic, user.String())
	}
}

// kind returns the kind of a code, false where there is none.
func (s *Service) kind(code string) (Kind, bool) {
	code, _, _ = strings.Cut(code, "/")
	i := slices.IndexFunc(s.p.Kinds, func(k Kind) bool { return k.Code == code })
	if i < 0 {
		return Kind{}, false
	}
	return s.p.Kinds[i], true
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Tell keeps news for everybody whom they concern, in the transaction of the change. To tell the same occurrence again
// changes nothing.
func (s *Service) Tell(ctx context.Context, tx *sql.Tx, n News) error {
	kind, ok := s.kind(n.Kind)
	if !ok {
		return fault.NewInvalid("There is no kind of news %q.", n.Kind)
	}
	q := store.New(tx)
	to := slices.Clone(n.To)
	if n.All {
		who := func() ([]int64, error) { return q.Choosers(ctx, n.Kind) }
		if kind.Shown || kind.Mailed || kind.Pushed { // they have it from the start
			who = func() ([]int64, error) { return q.Everybody(ctx) }
		}
		choosers, err := who()
		if err != nil {
			return err
		}
		for _, id := range choosers {
			to = append(to, ids.ID(id))
		}
	}
	slices.Sort(to)
	to = slices.DeleteFunc(slices.Compact(to), func(id ids.ID) bool { return id == 0 || id == n.By })
	if len(to) == 0 {
		return nil
	}
	data, err := json.Marshal(n.Data)
	if err != nil {
		return err
	}
	for _, user := range to {
		if err := s.tellOne(ctx, q, kind, n, string(data), user); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tellOne(ctx context.Context, q *store.Queries, kind Kind, n News, data string, user ids.ID) error {
	r, err := q.Reader(ctx, int64(user), n.Kind)
	if errors.Is(err, sql.ErrNoRows) { // has left
		return nil
	}
	if err != nil {
		return err
	}
	if !slices.Contains(access.RolesWith(kind.Need), access.Role(r.Role)) {
		return nil
	}
	shown, mailed := kind.Shown, kind.Mailed
	if r.Shown >= 0 {
		shown, mailed = r.Shown == 1, r.Mailed == 1
	}
	pushed := s.p.Push != nil && r.Browsers > 0 && (r.Pushed == 1 || r.Pushed < 0 && kind.Pushed)
	if n.Quiet {
		shown, mailed, pushed = shown || mailed, false, false
	}
	if !shown && !mailed && !pushed {
		return nil
	}
	due, now := int64(0), s.now()
	if mailed {
		if due, err = q.PendingMail(ctx, int64(user), n.About); err != nil {
			return err
		}
		if due == 0 {
			due = now + Bundle.Microseconds()
		}
	}
	_, err = q.InsertNotice(ctx, store.InsertNoticeParams{
		ID: int64(s.p.IDs.New()), UserID: int64(user), Kind: n.Kind, About: n.About, Link: n.Link, Data: data, Once: n.Once, Shown: flag(shown), MailDue: due, CreatedAt: now, PushDue: flag(pushed) * now,
	})
	return err
}

func noticeOf(r store.NotifyNotice) Notice {
	return Notice{ids.ID(r.ID), r.Kind, r.About, r.Link, json.RawMessage(r.Data), clock.FromMicros(r.CreatedAt), r.ReadAt > 0}
}
