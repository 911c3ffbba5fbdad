// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/notify/store"
)

const (
	apart    = 3  // up to so many things have a mail each; more go as one
	maxLines = 60 // of one mail
)

// Run sends mails and tells browsers as they become due, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	t := time.NewTicker(5 * time.Second)
	defer t.Stop()
	for {
		if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
			s.p.Log.Error("notify: cannot write mails", "error", err)
		}
		if err := s.FlushPushes(ctx); err != nil && ctx.Err() == nil {
			s.p.Log.Error("notify: cannot tell browsers", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Flush writes the mails that are due. Any number of processes may: taking the news and writing their mail is one
// transaction.
func (s *Service) Flush(ctx context.Context) error {
	now := s.now()
	readers, err := s.read().DueReaders(ctx, now)
	if err != nil || len(readers) == 0 {
		return err
	}
	can := s.p.Post != nil
	if can && s.p.CanSend != nil {
		if can, err = s.p.CanSend(ctx); err != nil {
			return err
		}
	}
	var failed error
	for _, user := range readers {
		err := s.flushOne(ctx, user, now, can)
		if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.Conflict) { // it would fail each time
			s.p.Log.Warn("notify: a person gets no mail", "person", ids.ID(user).String(), "error", err)
			err = s.flushOne(ctx, user, now, false)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

func (s *Service) flushOne(ctx context.Context, user, now int64, can bool) error {
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if !can {
			return q.ShowInstead(ctx, user, now)
		}
		rows, err := q.TakeDue(ctx, user, now)
		if err != nil || len(rows) == 0 { // another process was here first
			return err
		}
		who, err := q.Person(ctx, user)
		if errors.Is(err, sql.ErrNoRows) || err == nil && who.Active == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		rows = slices.DeleteFunc(rows, func(r store.NotifyNotice) bool { return r.ReadAt > 0 })
		slices.SortFunc(rows, func(a, b store.NotifyNotice) int { return int(min(1, max(-1, a.ID-b.ID))) })
		p := locale.New(locale.EnUS, time.UTC)
		if s.p.Printer != nil {
			p = s.p.Printer(ctx, who.Language, who.Zone)
		}
		for _, l := range s.letters(locale.With(ctx, p), rows) {
			l.To = who.Email
			if err := s.p.Post(ctx, tx, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !can {
		s.told(ids.ID(user))
	}
	return err
}

// letters makes the mails of one person's news.
func (s *Service) letters(ctx context.Context, rows []store.NotifyNotice) (out []Letter) {
	var order []string
	by := map[string][]Notice{}
	for _, r := range rows {
		if len(by[r.About]) == 0 {
			order = append(order, r.About)
		}
		by[r.About] = append(by[r.About], noticeOf(r))
	}
	if len(order) > apart {
		var b strings.Builder
		for i, about := range order {
			if i == maxLines {
				b.WriteString(locale.N(ctx, "and one more|and %d more", int64(len(order)-i)) + "\n\n")
				break
			}
			s.paragraph(ctx, &b, by[about], 3)
		}
		s.footer(ctx, &b)
		return []Letter{{Subject: locale.N(ctx, "News of one thing|News of %d things", int64(len(order))), Body: b.String()}}
	}
	for _, about := range order {
		list := by[about]
		last := s.p.Say(ctx, list[len(list)-1])
		subject := last.What
		if len(list) > 1 {
			subject = locale.N(ctx, "one change|%d changes", int64(len(list)))
		}
		if last.About != "" {
			subject = last.About + ": " + subject
		}
		var b strings.Builder
		s.paragraph(ctx, &b, list, maxLines)
		s.footer(ctx, &b)
		out = append(out, Letter{Subject: cut(subject, 200), Body: b.String()})
	}
	return out
}

// paragraph tells what happened to one thing, the newest lines where there are too many.
func (s *Service) paragraph(ctx context.Context, b *strings.Builder, list []Notice, most int) {
	p := locale.From(ctx)
	if head := s.p.Say(ctx, list[len(list)-1]).About; head != "" {
		b.WriteString(head + "\n")
	}
	if link := list[len(list)-1].Link; link != "" {
		b.WriteString(s.p.URL + link + "\n")
	}
	if n := len(list) - most; n > 0 {
		b.WriteString("\n" + locale.N(ctx, "one change before|%d changes before", int64(n)) + "\n")
		list = list[n:]
	}
	for _, n := range list {
		t := s.p.Say(ctx, n)
		b.WriteString("\n" + p.DateTime(n.At) + "  " + t.What + "\n")
		if t.Excerpt != "" {
			b.WriteString("> " + strings.ReplaceAll(t.Excerpt, "\n", "\n> ") + "\n")
		}
	}
	b.WriteString("\n")
}

func (s *Service) footer(ctx context.Context, b *strings.Builder) {
	b.WriteString("-- \n" + locale.T(ctx, "You choose what you are told, and how:") + "\n" + s.p.URL + access.NotificationsPage + "\n")
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
