// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/notify"
	"mainstay/schema"
)

var ctx = context.Background()

// rig is the service with a table of sent letters in place of a mail server.
type rig struct {
	*notify.Service
	t     testing.TB
	d     *db.DB
	clock *clock.Fixed
	can   bool
	post  error
}

// build makes the service; letters go into a table of the test's own, in the transaction that they are posted in.
func build(t testing.TB, d *db.DB, c clock.Clock) *rig {
	t.Helper()
	return buildWith(t, d, c, nil)
}

func buildWith(t testing.TB, d *db.DB, c clock.Clock, push *notify.Push) *rig {
	t.Helper()
	r := &rig{t: t, d: d, can: true}
	r.clock, _ = c.(*clock.Fixed)
	r.Service = notify.New(notify.Parts{
		DB: d, Clock: c, IDs: ids.NewSource(c), URL: "https://desk.example",
		Kinds: []notify.Kind{
			{Code: "given", Need: access.TicketsRead, Shown: true, Mailed: true, Pushed: true},
			{Code: "quiet", Need: access.TicketsRead, Shown: true},
			{Code: "new", Need: access.TicketsRead},
			{Code: "owners", Need: access.UsersManage, Shown: true},
		},
		Offer: func(context.Context) ([]notify.Offer, error) {
			return []notify.Offer{{Code: "given"}, {Code: "quiet"}, {Code: "new/1"}, {Code: "new/2"}, {Code: "owners"}}, nil
		},
		Say: func(_ context.Context, n notify.Notice) notify.Text {
			var text string
			_ = json.Unmarshal(n.Data, &text)
			return notify.Text{About: n.About, What: text, Excerpt: "so it is"}
		},
		CanSend: func(context.Context) (bool, error) { return r.can, nil },
		Post: func(ctx context.Context, tx *sql.Tx, l notify.Letter) error {
			if r.post != nil {
				return r.post
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO test_letters (recipient, subject, body) VALUES ($1, $2, $3)", l.To, l.Subject, l.Body)
			return err
		},
		Push: push,
		Printer: func(_ context.Context, language, _ string) locale.Printer {
			return locale.New(locale.Tag(language), time.UTC)
		},
	})
	return r
}

func fresh(t *testing.T, d *db.DB) *rig {
	t.Helper()
	return freshWith(t, d, nil)
}

func freshWith(t *testing.T, d *db.DB, push *notify.Push) *rig {
	t.Helper()
	r := buildWith(t, d, clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), push)
	r.exec("CREATE TABLE test_letters (recipient TEXT, subject TEXT, body TEXT)")
	r.person(1, "ada", "owner", "en-US", 1)
	r.person(2, "ben", "technician", "de-DE", 1)
	r.person(3, "cleo", "technician", "en-US", 0)
	return r
}

func (r *rig) exec(query string, args ...any) {
	r.t.Helper()
	if err := r.d.Write(ctx, func(tx *sql.Tx) error { _, err := tx.ExecContext(ctx, query, args...); return err }); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) person(id int, name, role, language string, active int) {
	r.t.Helper()
	r.exec("INSERT INTO access_users (id, email, name, role, password, language, zone, active, created_at) VALUES ($1, $2, $3, $4, '', $5, '', $6, 0)", id, name+"@firm.example", name, role, language, active)
}

func (r *rig) tell(n notify.News) {
	r.t.Helper()
	if err := r.d.Write(ctx, func(tx *sql.Tx) error { return r.Tell(ctx, tx, n) }); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) flush() {
	r.t.Helper()
	if err := r.Flush(ctx); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) unread(user ids.ID, want int64) {
	r.t.Helper()
	if n, err := r.Unread(ctx, user); err != nil || n != want {
		r.t.Errorf("%d are unread of %d, want %d (%v)", n, user, want, err)
	}
}

// letters returns "recipient | subject | body" of what was sent so far.
func (r *rig) letters(want int) (out []string) {
	r.t.Helper()
	err := r.d.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT recipient, subject, body FROM test_letters ORDER BY recipient, subject")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a, b, c string
			if err := rows.Scan(&a, &b, &c); err != nil {
				return err
			}
			out = append(out, a+" | "+b+" | "+c)
		}
		return rows.Err()
	})
	if err != nil || len(out) != want {
		r.t.Fatalf("%d letters, want %d: %q, %v", len(out), want, out, err)
	}
	return out
}

func each(t *testing.T, fn func(r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(fresh(t, d)) })
}

func TestOnlyTheOthersHear(t *testing.T) {
	each(t, func(r *rig) {
		r.tell(notify.News{Kind: "given", About: "t/1", Once: "a", To: []ids.ID{1, 2, 2, 3, 0, 99}, By: 1})
		r.unread(1, 0) // did it
		r.unread(2, 1)
		r.unread(3, 0)                                                                         // has left
		r.tell(notify.News{Kind: "given", About: "t/1", Once: "a", To: []ids.ID{1, 2}, By: 1}) // the same occurrence
		r.tell(notify.News{Kind: "owners", About: "t/1", Once: "b", To: []ids.ID{1, 2}})       // only an owner may know
		r.unread(1, 1)
		r.unread(2, 1)
		if err := r.d.Write(ctx, func(tx *sql.Tx) error {
			return errors.Join(r.Tell(ctx, tx, notify.News{Kind: "given", Once: "c", To: []ids.ID{2}}), errors.New("undone"))
		}); err == nil {
			r.t.Fatal("no error")
		}
		r.unread(2, 1)
		if err := r.d.Write(ctx, func(tx *sql.Tx) error { return r.Tell(ctx, tx, notify.News{Kind: "unheard-of", To: []ids.ID{2}}) }); err == nil {
			r.t.Error("a kind that does not exist was told")
		}
	})
}

func TestTenChangesMakeOneMail(t *testing.T) {
	each(t, func(r *rig) {
		for i := range 10 {
			r.tell(notify.News{Kind: "given", About: "t/1", Link: "/tickets/1", Once: fmt.Sprint(i), Data: fmt.Sprintf("change %d", i), To: []ids.ID{2}})
			r.clock.Advance(10 * time.Second)
			r.flush()
		}
		r.letters(0)
		r.clock.Advance(2 * time.Minute)
		r.flush()
		got := r.letters(1)[0]
		for _, want := range []string{"ben@firm.example | t/1: 10 Änderungen | t/1\nhttps://desk.example/tickets/1\n", "change 0", "change 9", "> so it is", "https://desk.example/account/notifications"} {
			if !strings.Contains(got, want) {
				r.t.Errorf("%q lacks %q", got, want)
			}
		}
		r.clock.Advance(time.Hour)
		r.flush()
		r.letters(1)
		r.tell(notify.News{Kind: "given", About: "t/1", Once: "later", Data: "change 11", To: []ids.ID{2}})
		r.clock.Advance(notify.Bundle)
		r.flush()
		if got := r.letters(2); !strings.HasPrefix(got[1], "ben@firm.example | t/1: change 11 | ") {
			r.t.Errorf("%q", got[1])
		}
	})
}

func TestManyThingsAtOnceMakeOneMail(t *testing.T) {
	each(t, func(r *rig) {
		for i := range 70 {
			r.tell(notify.News{Kind: "given", About: fmt.Sprintf("t/%d", i), Once: fmt.Sprint(i), Data: "given", To: []ids.ID{1}})
		}
		r.clock.Advance(notify.Bundle)
		r.flush()
		got := r.letters(1)[0]
		if !strings.HasPrefix(got, "ada@firm.example | News of 70 things | ") || !strings.Contains(got, "t/59\n") || strings.Contains(got, "t/60\n") || !strings.Contains(got, "and 10 more") {
			r.t.Errorf("%q", got)
		}
	})
}

func TestWhatWasReadNeedsNoMail(t *testing.T) {
	each(t, func(r *rig) {
		r.tell(notify.News{Kind: "given", About: "t/1", Once: "a", Data: "x", To: []ids.ID{1}})
		r.tell(notify.News{Kind: "given", About: "t/2", Once: "b", Data: "x", To: []ids.ID{1}})
		r.tell(notify.News{Kind: "quiet", About: "t/3", Once: "c", Data: "x", To: []ids.ID{1}})
		if err := r.ReadAbout(ctx, 1, "t/1"); err != nil {
			r.t.Fatal(err)
		}
		r.unread(1, 2)
		r.clock.Advance(notify.Bundle)
		r.flush()
		if got := r.letters(1)[0]; !strings.Contains(got, "| t/2: x |") {
			r.t.Errorf("%q", got)
		}
		list, next, err := r.List(ctx, 1, 0, true)
		if err != nil || len(list) != 2 || next != 0 || list[0].About != "t/3" {
			r.t.Fatalf("%+v %v %v", list, next, err)
		}
		// What comes between looking and marking stays.
		r.tell(notify.News{Kind: "quiet", About: "t/4", Once: "d", Data: "x", To: []ids.ID{1}})
		if err := r.ReadUpTo(ctx, 1, list[0].ID); err != nil {
			r.t.Fatal(err)
		}
		r.unread(1, 1)
		all, _, err := r.List(ctx, 1, 0, false)
		if err != nil || len(all) != 4 || all[0].Read || !all[1].Read {
			r.t.Fatalf("%+v %v", all, err)
		}
		// Nobody else's can be opened or marked.
		if _, err := r.Open(ctx, 2, all[0].ID); !fault.Is(err, fault.NotFound) {
			r.t.Errorf("another's notice: %v", err)
		}
		if err := r.Mark(ctx, 2, all[0].ID, true); !fault.Is(err, fault.NotFound) {
			r.t.Errorf("another's notice: %v", err)
		}
		if n, err := r.Open(ctx, 1, all[0].ID); err != nil || n.About != "t/4" {
			r.t.Error(n, err)
		}
		r.unread(1, 0)
		if err := r.Mark(ctx, 1, all[0].ID, false); err != nil {
			r.t.Fatal(err)
		}
		r.unread(1, 1)
		r.clock.Advance(notify.Bundle)
		r.flush()
		r.letters(1) // what is put back sends no mail
	})
}

func TestWhereNoMailGoesItStandsInTheList(t *testing.T) {
	each(t, func(r *rig) {
		if err := r.Choose(ctx, 2, access.Technician, []notify.Choice{{Offer: notify.Offer{Code: "given"}, Mailed: true}, {Offer: notify.Offer{Code: "new/1"}, Shown: true}, {Offer: notify.Offer{Code: "owners"}, Shown: true}, {Offer: notify.Offer{Code: "made-up"}, Shown: true}}); err != nil {
			r.t.Fatal(err)
		}
		r.tell(notify.News{Kind: "given", About: "t/1", Once: "a", Data: "x", To: []ids.ID{2}})
		r.unread(2, 0)
		r.can = false
		r.clock.Advance(notify.Bundle)
		r.flush()
		r.unread(2, 1)
		r.can = true
		r.flush()
		r.letters(0)
		// A letter that is refused for good neither blocks others nor comes again.
		r.tell(notify.News{Kind: "given", About: "t/2", Once: "b", Data: "x", To: []ids.ID{1, 2}})
		r.clock.Advance(notify.Bundle)
		r.post = fault.NewInvalid("no address")
		r.flush()
		r.unread(2, 2)
		r.post = nil
		r.flush()
		r.letters(0)
		// A machine that fails for the moment leaves it for later.
		r.tell(notify.News{Kind: "given", About: "t/3", Once: "c", Data: "x", To: []ids.ID{2}})
		r.clock.Advance(notify.Bundle)
		r.post = errors.New("disk")
		if err := r.Flush(ctx); err == nil {
			r.t.Error("a failure is silent")
		}
		r.post = nil
		r.flush()
		r.letters(1)
		// Those who chose a board hear of it, of no other.
		r.tell(notify.News{Kind: "new/1", About: "t/4", Once: "d", Data: "x", All: true})
		r.tell(notify.News{Kind: "new/2", About: "t/5", Once: "e", Data: "x", All: true})
		r.unread(1, 1) // t/2
		r.unread(2, 3)
		// Stale news are never mailed, but shown also to who wanted mail only.
		r.tell(notify.News{Kind: "given", About: "t/6", Once: "f", Data: "x", To: []ids.ID{2}, Quiet: true})
		r.unread(2, 4)
		r.clock.Advance(notify.Bundle)
		r.flush()
		r.letters(1)
		list, err := r.Choices(ctx, 2, access.Technician)
		if err != nil || len(list) != 4 || list[0].Shown || !list[0].Mailed || !list[2].Shown {
			r.t.Errorf("%+v %v", list, err)
		}
	})
}

// Somebody who leaves while a mail waits gets none.
func TestWhoLeftGetsNothing(t *testing.T) {
	each(t, func(r *rig) {
		r.tell(notify.News{Kind: "given", About: "t/1", Once: "a", Data: "x", To: []ids.ID{2}})
		r.exec("UPDATE access_users SET active = 0 WHERE id = 2")
		r.clock.Advance(notify.Bundle)
		r.flush()
		r.letters(0)
	})
}

func TestOldNoticesGo(t *testing.T) {
	each(t, func(r *rig) {
		r.tell(notify.News{Kind: "quiet", About: "t/1", Once: "read", Data: "x", To: []ids.ID{1}})
		if err := r.ReadAbout(ctx, 1, "t/1"); err != nil {
			r.t.Fatal(err)
		}
		r.tell(notify.News{Kind: "quiet", About: "t/2", Once: "unread", Data: "x", To: []ids.ID{1}})
		for _, step := range []struct {
			days, want int
		}{{59, 2}, {2, 1}, {118, 1}, {2, 0}} {
			r.clock.Advance(time.Duration(step.days) * 24 * time.Hour)
			if err := r.Sweep(ctx); err != nil {
				r.t.Fatal(err)
			}
			if list, _, err := r.List(ctx, 1, 0, false); err != nil || len(list) != step.want {
				r.t.Errorf("after %d more days: %d, want %d (%v)", step.days, len(list), step.want, err)
			}
		}
	})
}

func TestPages(t *testing.T) {
	each(t, func(r *rig) {
		for i := range 120 {
			r.tell(notify.News{Kind: "quiet", About: "t/1", Once: fmt.Sprint(i), Data: "x", To: []ids.ID{1}})
		}
		r.unread(1, 100) // it counts no further
		seen, before := 0, ids.ID(0)
		for range 3 {
			list, next, err := r.List(ctx, 1, before, false)
			if err != nil {
				r.t.Fatal(err)
			}
			seen, before = seen+len(list), next
		}
		if seen != 120 || before != 0 {
			r.t.Errorf("%d seen, then %s", seen, before)
		}
	})
}

// TestTeller is no test of its own: it is the process that TestNewsThroughKills kills.
func TestTeller(t *testing.T) {
	target := os.Getenv("MAINSTAY_NOTIFY_DATABASE")
	if target == "" {
		t.Skip("only as a process of TestNewsThroughKills")
	}
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	r := build(t, d, clock.System{})
	for ctx.Err() == nil {
		var n int64
		err := d.Write(ctx, func(tx *sql.Tx) error { // one change of what is told: the next number
			if err := tx.QueryRowContext(ctx, "UPDATE test_changes SET n = n + 1 RETURNING n").Scan(&n); err != nil {
				return err
			}
			return r.Tell(ctx, tx, notify.News{Kind: "given", About: fmt.Sprintf("t/%d", n), Once: fmt.Sprint(n), Data: fmt.Sprintf("<%d>", n), To: []ids.ID{1}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if n%3 == 0 { // the bundling wait is over for all of them
			if err := d.Write(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE notify_notices SET mail_due = 1 WHERE mail_due > 1")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := r.Flush(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A process tells and mails while it is killed again and again. In the end each change that was kept stands once in the
// list and in one mail.
func TestNewsThroughKills(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { throughKills(t, filepath.Join(t.TempDir(), "mainstay.db")) })
	t.Run("postgres", func(t *testing.T) { throughKills(t, dbtest.PostgresURL(t)) })
}

func throughKills(t *testing.T, target string) {
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Migrate(ctx, schema.Files); err != nil {
		t.Fatal(err)
	}
	r := build(t, d, clock.System{})
	r.exec("CREATE TABLE test_letters (recipient TEXT, subject TEXT, body TEXT)")
	r.exec("CREATE TABLE test_changes (n BIGINT)")
	r.exec("INSERT INTO test_changes (n) VALUES (0)")
	r.person(1, "ada", "owner", "en-US", 1)
	count := func(query string) (n int64) {
		if err := d.Reader().QueryRowContext(ctx, query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const kills = 12
	for k := range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^TestTeller$", "-test.timeout=0")
		cmd.Env = append(os.Environ(), "MAINSTAY_NOTIFY_DATABASE="+target)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for want, until := count("SELECT n FROM test_changes")+int64(3+k%7), time.Now().Add(time.Minute); count("SELECT n FROM test_changes") < want; {
			if time.Now().After(until) {
				t.Fatal("the process does nothing")
			}
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
			t.Fatalf("kill %d: the process ended by itself: %v", k, err)
		}
	}
	r.exec("UPDATE notify_notices SET mail_due = 1 WHERE mail_due > 1")
	r.flush()
	n := count("SELECT n FROM test_changes")
	if got := count("SELECT count(*) FROM notify_notices"); got != n {
		t.Errorf("%d changes, %d notices", n, got)
	}
	var all strings.Builder
	err = d.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT body FROM test_letters")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var body string
			if err := rows.Scan(&body); err != nil {
				return err
			}
			all.WriteString(body)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := int64(1); i <= n; i++ {
		if got := strings.Count(all.String(), fmt.Sprintf("<%d>", i)); got != 1 {
			t.Errorf("change %d of %d stands in %d mails", i, n, got)
		}
	}
	t.Logf("%d changes, %d kills", n, kills)
}

// A kind that people have from the start reaches all of them who may see it, unless they chose otherwise.
func TestAllReachesThoseWhoHaveItFromTheStart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := fresh(t, d)
		r.tell(notify.News{Kind: "owners", About: "o/1", Once: "a", Data: "x", All: true})
		r.unread(1, 1)
		r.unread(2, 0)
		if err := r.Choose(ctx, 2, access.Technician, []notify.Choice{{Offer: notify.Offer{Code: "given"}}}); err != nil {
			t.Fatal(err)
		}
		r.tell(notify.News{Kind: "given", About: "t/1", Once: "b", Data: "x", All: true})
		r.unread(1, 2)
		r.unread(2, 0)
	})
}
