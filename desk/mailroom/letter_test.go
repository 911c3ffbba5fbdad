// SPDX-License-Identifier: Apache-2.0

package mailroom_test

import (
	"database/sql"
	"strings"
	"testing"

	"mainstay/desk/mailroom"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

func (r *rig) post(t testing.TB, l mailroom.Letter) error {
	t.Helper()
	return r.db.Write(ctx, func(tx *sql.Tx) error { return r.Post(ctx, tx, l) })
}

// column reads a text of the outbox.
func (r *rig) column(t testing.TB, name, to string) string {
	t.Helper()
	var out string
	if err := r.db.Reader().QueryRowContext(ctx, "SELECT "+name+" FROM mailroom_outgoing WHERE recipients = $1", to).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// What lets somebody in does not lie in the database in clear text, neither while it waits nor afterwards.
func TestSecretLettersAreSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		if err := r.post(t, mailroom.Letter{To: "Vera@Harbour.example", Subject: "Sign in", Body: "https://desk.example/in/sesame-77", Secret: true}); err != nil {
			t.Fatal(err)
		}
		if err := r.post(t, mailroom.Letter{To: "tom@harbour.example", Subject: "Rate\r\nBcc: all@harbour.example", Body: "How was it?"}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"body", "html"} {
			if text := r.column(t, name, "vera@harbour.example"); strings.Contains(text, "sesame") {
				t.Errorf("%s is %q", name, text)
			}
		}
		if s := r.column(t, "subject", "tom@harbour.example"); s != "Rate Bcc: all@harbour.example" {
			t.Errorf("the subject is %q", s)
		}
	})
}

func TestLettersThatCannotBeSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for _, to := range []string{"", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: x@y.example"} {
			if err := r.post(t, mailroom.Letter{To: to, Subject: "x", Body: "y"}); !fault.Is(err, fault.Invalid) {
				t.Errorf("to %q: %v", to, err)
			}
		}
		if can, err := r.CanSend(ctx); err != nil || !can {
			t.Error(can, err)
		}
		box, err := r.Mailbox(ctx, r.box)
		if err != nil {
			t.Fatal(err)
		}
		box.Enabled = false
		if _, err := r.SaveMailbox(r.anyone(), box); err != nil {
			t.Fatal(err)
		}
		if can, err := r.CanSend(ctx); err != nil || can {
			t.Error(can, err)
		}
		if err := r.post(t, mailroom.Letter{To: "a@b.example", Subject: "x", Body: "y"}); !fault.Is(err, fault.Conflict) {
			t.Error("without a mailbox:", err)
		}
	})
}
