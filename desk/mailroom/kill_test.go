// SPDX-License-Identifier: Apache-2.0

package mailroom_test

import (
	"context"
	"crypto/x509"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/desk/mailroom"
	"mainstay/desk/mailroom/mailtest"
	"mainstay/desk/mailroom/mime/mimetest"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/schema"
)

// TestReaderProcess is no test of its own: it is the process that TestMailThroughKills kills.
func TestReaderProcess(t *testing.T) {
	dir := os.Getenv("MAINSTAY_MAIL_READER")
	if dir == "" {
		t.Skip("only as a process of TestMailThroughKills")
	}
	d, err := db.Open(ctx, os.Getenv("MAINSTAY_MAIL_DATABASE"))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(os.Getenv("MAINSTAY_MAIL_ROOTS"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	build(t, d, dir, clock.System{}, roots).Run(context.Background()) // until it is killed
}

// Mails arrive while the process that reads them is killed again and again, each time at another moment: while it
// fetches, keeps, files, or tells the server. In the end every mail is in one entry, no mail in two, and the server knows
// of all. Every fifth mail is broken: it becomes whatever it can, once. 10,000 mails and 50 kills with MAINSTAY_SOAK, fewer otherwise.
func TestMailThroughKills(t *testing.T) {
	mails, kills := 400, 25 // fewer kills do not find every fault that was planted
	if os.Getenv("MAINSTAY_SOAK") != "" {
		mails, kills = 10_000, 50
	}
	t.Run("sqlite", func(t *testing.T) { throughKills(t, filepath.Join(t.TempDir(), "mainstay.db"), mails, kills) })
	t.Run("postgres", func(t *testing.T) { throughKills(t, dbtest.PostgresURL(t), mails, kills) })
}

func throughKills(t *testing.T, target string, mails, kills int) {
	s := mailtest.Start(t, mailtest.Options{NoSMTP: true})
	dir := t.TempDir()
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Migrate(ctx, schema.Files); err != nil {
		t.Fatal(err)
	}
	r := build(t, d, dir, clock.System{}, s.Roots)
	r.people(t)
	r.box = r.mailbox(t, mailroom.Mailbox{Username: "help", Secret: mailtest.Secret(), IMAP: mailroom.Server{Host: "localhost", Port: s.IMAPS, Security: mailroom.TLS}})

	g := rand.New(rand.NewPCG(11, uint64(mails)))
	marks, came := make([]string, 0, mails), 0
	arrive := func(n int) {
		for range n {
			e := mimetest.Envelope{From: fmt.Sprintf("p%d@kestrel.example", came/10), To: "help@firm.example"}
			if came%5 == 4 {
				e.From = "stranger@nowhere.example"
			}
			m := mimetest.Make(g, came, e)
			if came%5 == 4 {
				m.Raw = mimetest.Break(g, m.Raw)
			} else {
				marks = append(marks, m.Mark)
			}
			s.Put(t, "help", fmt.Sprintf("%06d.test", came), m.Raw)
			came++
		}
	}
	start := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^TestReaderProcess$", "-test.timeout=0")
		cmd.Env = append(os.Environ(), "MAINSTAY_MAIL_READER="+dir, "MAINSTAY_MAIL_DATABASE="+target, "MAINSTAY_MAIL_ROOTS="+filepath.Join(s.Dir, "cert.pem"))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	each := mails / (kills + 1)
	for k := range kills {
		arrive(each)
		// Somewhere in this round's mails; what the round leaves is the next one's.
		want := filed(t, d) + int64(g.IntN(each))
		cmd := start()
		waitFor(t, cmd, d, func() bool { return filed(t, d) >= want })
		time.Sleep(time.Duration(g.IntN(30)) * time.Millisecond) // anywhere within the work on the next mail
		_ = cmd.Process.Kill()                                   // SIGKILL
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
			t.Fatalf("kill %d: the process ended by itself: %v", k, err)
		}
	}
	arrive(mails - came)
	cmd := start()
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	waitFor(t, cmd, d, func() bool { return filed(t, d) >= int64(mails) && unacked(t, d) == 0 })

	once(t, d, r.kestrel, marks, mails)
	seen := 0
	for name := range s.Mails(t, "help", "") {
		if _, flags, ok := strings.Cut(name, ":2,"); ok && strings.Contains(flags, "S") {
			seen++
		}
	}
	if seen != mails {
		t.Errorf("the server knows of %d of %d mails", seen, mails)
	}
	if !t.Failed() {
		t.Logf("%d mails, %d of them broken, %d kills: each became one thing", mails, mails-len(marks), kills)
	}
}

func waitFor(t *testing.T, cmd *exec.Cmd, d *db.DB, ok func() bool) {
	t.Helper()
	last, since := int64(-1), time.Now()
	for !ok() {
		if n := filed(t, d) - unacked(t, d); n != last {
			last, since = n, time.Now()
		} else if time.Since(since) > 2*time.Minute {
			t.Fatalf("process %d does not go on: %d filed, %d of them unknown to the server", cmd.Process.Pid, filed(t, d), unacked(t, d))
		}
		time.Sleep(3 * time.Millisecond)
	}
}

func scalar(t *testing.T, d *db.DB, query string) (n int64) {
	t.Helper()
	if err := d.Reader().QueryRowContext(ctx, query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func filed(t *testing.T, d *db.DB) int64 {
	return scalar(t, d, "SELECT count(*) FROM mailroom_messages WHERE state <> 'stored'")
}

func unacked(t *testing.T, d *db.DB) int64 {
	return scalar(t, d, "SELECT count(*) FROM mailroom_messages WHERE state <> 'stored' AND acked = 0")
}

// once checks that the text of every sound mail, which are those of one client, stands in exactly one entry, that every
// mail became one thing, and that every ticket is whole.
func once(t *testing.T, d *db.DB, client ids.ID, marks []string, mails int) {
	t.Helper()
	found := map[string]int{}
	err := d.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT e.body FROM helpdesk_entries e JOIN helpdesk_tickets t ON t.id = e.ticket_id WHERE t.client_id = $1", int64(client))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var body string
			if err := rows.Scan(&body); err != nil {
				return err
			}
			at := strings.Index(body, "marker")
			if at < 0 {
				return fmt.Errorf("an entry without a mark: %q", body)
			}
			found[strings.Fields(body[at:])[0]]++
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	lost, doubled := 0, 0
	for _, m := range marks {
		switch n := found[m]; {
		case n == 0:
			lost++
		case n > 1:
			doubled++
		}
	}
	if lost != 0 || doubled != 0 || len(found) != len(marks) {
		t.Errorf("%d mails: %d lost, %d doubled, %d marks found", len(marks), lost, doubled, len(found))
	}
	n, of := int64(len(marks)), fmt.Sprintf(" client_id = %d", int64(client))
	for _, c := range []struct {
		query string
		want  int64
	}{
		{"SELECT count(*) FROM mailroom_messages", int64(mails)},
		{"SELECT count(*) FROM mailroom_messages WHERE state = 'stored'", 0},
		{"SELECT count(*) FROM mailroom_messages WHERE state = 'ticket' AND" + of, n},
		{"SELECT count(*) FROM helpdesk_tickets WHERE" + of, n},
		{"SELECT count(*) FROM helpdesk_tickets t WHERE NOT EXISTS (SELECT 1 FROM helpdesk_entries e WHERE e.ticket_id = t.id)", 0},
		{"SELECT count(*) FROM (SELECT ref FROM mailroom_messages GROUP BY ref HAVING sum(CASE WHEN state = 'duplicate' THEN 0 ELSE 1 END) <> 1) x", 0},
		{"SELECT count(*) FROM mailroom_messages WHERE state IN ('review', 'rejected') AND reason = ''", 0},
		{"SELECT number - 1000 - (SELECT count(*) FROM helpdesk_tickets) FROM helpdesk_state", 0},
	} {
		if got := scalar(t, d, c.query); got != c.want {
			t.Errorf("%s: %d, want %d", c.query, got, c.want)
		}
	}
}
