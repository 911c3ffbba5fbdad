// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mainstay/kit/access"
	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

const good = "four unrelated lamps"

var browser = access.Client{Address: "192.0.2.1", Agent: "test"}

type rig struct {
	*access.Service
	db     *db.DB
	clock  *clock.Fixed
	sealer *access.Sealer
}

// another is a second server on the same database with the same key, or the first one after a restart.
func (r rig) another(o access.Options) rig {
	if o.URL == "" {
		o.URL = "http://localhost:8377"
	}
	r.Service = access.New(r.db, r.clock, ids.NewSource(r.clock), r.sealer, o)
	return r
}

// as returns the context of a session.
func (r rig) as(t *testing.T, session string) context.Context {
	t.Helper()
	id, err := r.Session(context.Background(), session, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	return access.With(context.Background(), id)
}

// join makes an account with a role and returns the context of its session.
func (r rig) join(t *testing.T, email string, role access.Role) context.Context {
	t.Helper()
	link, err := r.Invite(context.Background(), email, role)
	if err != nil {
		t.Fatal(err)
	}
	session, err := r.UseLink(context.Background(), link, access.Join{Name: "Tom Okafor", Password: good}, browser)
	if err != nil {
		t.Fatal(err)
	}
	return r.as(t, session)
}

// app gives the caller an authenticator app and returns its secret and the recovery codes.
func (r rig) app(t *testing.T, ctx context.Context) (secret string, recovery []string) {
	t.Helper()
	e, err := r.BeginTOTP(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if recovery, err = r.ConfirmTOTP(ctx, e.Token, r.code(t, e.Secret)); err != nil {
		t.Fatal(err)
	}
	return e.Secret, recovery
}

func (r rig) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, r.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func count(t *testing.T, d *db.DB, text string, args ...any) (n int) {
	t.Helper()
	if err := d.Reader().QueryRowContext(context.Background(), text, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func newRig(t *testing.T, d *db.DB) rig {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	return rig{access.New(d, c, ids.NewSource(c), sealer, access.Options{URL: "http://localhost:8377"}), d, c, sealer}
}

// owner sets the owner up and returns the context of their session.
func (r rig) owner(t *testing.T) context.Context {
	t.Helper()
	ctx := context.Background()
	link, err := r.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := r.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "Ada@Example.com", Password: good}, browser)
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.Session(ctx, session, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	return access.With(ctx, id)
}

func TestOwnerLinkWorksOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		link, err := r.OwnerLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, weak := range []string{"short", "passwordpassword", "aaaaaaaaaaaaaa", "123456789012345", "my name is moreau"} {
			if _, err := r.UseLink(ctx, link, access.Join{Name: "Moreau", Email: "a@example.com", Password: weak}, browser); !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", weak, err)
			}
		}
		if _, err := r.UseLink(ctx, link, access.Join{Name: "Ada", Email: "a@example.com", Password: good}, browser); err != nil {
			t.Fatal(err)
		}
		if _, err := r.UseLink(ctx, link, access.Join{Name: "Eve", Email: "e@example.com", Password: good}, browser); !fault.Is(err, fault.NotFound) {
			t.Fatalf("second use: %v", err)
		}
		if _, err := r.OwnerLink(ctx); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a second owner link: %v", err)
		}
	})
}

func TestPasswordSignInTellsNothingAndIsLimited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.owner(t)
		if in, err := r.Password(ctx, " ADA@example.com ", good, browser); err != nil || in.Session == "" {
			t.Fatalf("%+v, %v", in, err)
		}
		_, e1 := r.Password(ctx, "ada@example.com", "wrong wrong wrong", browser)
		_, e2 := r.Password(ctx, "nobody@example.com", "wrong wrong wrong", browser)
		if e1 == nil || e2 == nil || e1.Error() != e2.Error() {
			t.Fatalf("the answers differ: %v / %v", e1, e2)
		}
		for range 5 {
			_, _ = r.Password(ctx, "ada@example.com", "wrong wrong wrong", browser)
		}
		if _, err := r.Password(ctx, "ada@example.com", good, browser); !fault.Is(err, fault.Busy) {
			t.Fatalf("after six failures: %v", err)
		}
		r.clock.Advance(time.Minute)
		if _, err := r.Password(ctx, "ada@example.com", good, browser); err != nil {
			t.Fatalf("after the wait: %v", err)
		}
	})
}

func TestSecondFactor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		me := r.owner(t)
		e, err := r.BeginTOTP(me)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.ConfirmTOTP(me, e.Token, "000000"); !fault.Is(err, fault.Invalid) {
			t.Fatalf("wrong code: %v", err)
		}
		code, _ := totp.GenerateCode(e.Secret, r.clock.Now())
		recovery, err := r.ConfirmTOTP(me, e.Token, code)
		if err != nil || len(recovery) != 10 {
			t.Fatalf("%d codes, %v", len(recovery), err)
		}
		in, err := r.Password(ctx, "ada@example.com", good, browser)
		if err != nil || in.Session != "" || in.Second == "" {
			t.Fatalf("%+v, %v", in, err)
		}
		if _, err := r.SecondFactor(ctx, in.Second, code, browser); err == nil {
			t.Fatal("the enrolment's code worked a second time")
		}
		r.clock.Advance(30 * time.Second)
		code, _ = totp.GenerateCode(e.Secret, r.clock.Now())
		if _, err := r.SecondFactor(ctx, in.Second, code, browser); err != nil {
			t.Fatal(err)
		}
		if _, err := r.SecondFactor(ctx, in.Second, code, browser); err == nil {
			t.Fatal("the half-done sign-in was used twice")
		}
		for i, want := range []bool{true, false} {
			if in, err = r.Password(ctx, "ada@example.com", good, browser); err != nil {
				t.Fatal(err)
			}
			if _, err = r.SecondFactor(ctx, in.Second, strings.ToUpper(recovery[3]), browser); (err == nil) != want {
				t.Fatalf("recovery code, use %d: %v", i+1, err)
			}
		}
		var stored string
		if err := d.Reader().QueryRowContext(ctx, "SELECT totp FROM access_users").Scan(&stored); err != nil || strings.Contains(stored, e.Secret) {
			t.Fatalf("the secret lies open: %q %v", stored, err)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	r, ctx := newRig(t, dbtest.Open(t)), context.Background()
	me := r.owner(t)
	in, _ := r.Password(ctx, "ada@example.com", good, browser)
	if list, err := r.Sessions(me); err != nil || len(list) != 2 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	if err := r.EndOtherSessions(me); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Session(ctx, in.Session, ""); !fault.Is(err, fault.Unauthenticated) {
		t.Fatalf("an ended session: %v", err)
	}
	in, _ = r.Password(ctx, "ada@example.com", good, browser)
	for n := range 20 { // used every 20 hours: lives until the two weeks are over
		_, err := r.Session(ctx, in.Session, "")
		if alive := err == nil; alive != (n*20 <= 14*24) {
			t.Fatalf("after %d h: alive %v", n*20, alive)
		}
		r.clock.Advance(20 * time.Hour)
	}
	in, _ = r.Password(ctx, "ada@example.com", good, browser)
	r.clock.Advance(25 * time.Hour)
	if _, err := r.Session(ctx, in.Session, ""); err == nil {
		t.Fatal("an idle session lives on")
	}
}

func TestResetTakesFactorsAndSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		me := r.owner(t)
		e, err := r.BeginTOTP(me)
		if err != nil {
			t.Fatal(err)
		}
		code, _ := totp.GenerateCode(e.Secret, r.clock.Now())
		if _, err := r.ConfirmTOTP(me, e.Token, code); err != nil {
			t.Fatal(err)
		}
		run(t, d, "INSERT INTO access_passkeys (id, user_id, credential, name, data, created_at) SELECT 1, id, 'c', 'lost phone', '{}', 1 FROM access_users")
		if _, err := r.NewToken(me, "lost laptop", []access.Permission{access.ClientsRead}, 0); err != nil {
			t.Fatal(err)
		}
		link, err := r.ResetLink(ctx, "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if info, err := r.Link(ctx, link); err != nil || info.Purpose != "reset" || info.Name != "Ada Moreau" {
			t.Fatalf("%+v, %v", info, err)
		}
		const other = "kettle orbit lantern moss"
		session, err := r.UseLink(ctx, link, access.Join{Name: "ignored", Email: "ignored@example.com", Password: other}, browser)
		if err != nil {
			t.Fatal(err)
		}
		id, err := r.Session(ctx, session, "")
		if err != nil {
			t.Fatal(err)
		}
		again := access.With(ctx, id)
		if keys, err := r.Passkeys(again); err != nil || len(keys) != 0 {
			t.Errorf("%d passkeys are left, %v", len(keys), err)
		}
		if tokens, err := r.Tokens(again); err != nil || len(tokens) != 0 {
			t.Errorf("%d API tokens are left, %v", len(tokens), err)
		}
		if list, err := r.Sessions(again); err != nil || len(list) != 1 {
			t.Errorf("%d sessions, %v", len(list), err)
		}
		if _, err := r.Password(ctx, "ada@example.com", good, browser); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("the old password: %v", err)
		}
		if in, err := r.Password(ctx, "ada@example.com", other, browser); err != nil || in.Session == "" {
			t.Errorf("the new password asks for a code still: %+v, %v", in, err)
		}
	})
}

// An enter link signs in once and is no way to make an account.
func TestEnterLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.owner(t)
		link, err := r.EnterLink(ctx, "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.UseLink(ctx, link, access.Join{Name: "Eve", Email: "eve@example.com", Password: good}, browser); !fault.Is(err, fault.NotFound) {
			t.Fatalf("it made an account: %v", err)
		}
		if _, err := r.Enter(ctx, link, browser); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Enter(ctx, link, browser); !fault.Is(err, fault.NotFound) {
			t.Fatalf("second use: %v", err)
		}
		if link, err = r.Invite(ctx, "tom@example.com", access.Manager); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Enter(ctx, link, browser); !fault.Is(err, fault.NotFound) {
			t.Fatalf("an invitation signed in: %v", err)
		}
	})
}

func TestLockedOutAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		me := r.owner(t)
		link, err := r.Invite(me, "tom@example.com", access.Technician)
		if err != nil {
			t.Fatal(err)
		}
		session, err := r.UseLink(ctx, link, access.Join{Name: "Tom Okafor", Password: good}, browser)
		if err != nil {
			t.Fatal(err)
		}
		tom, err := r.Session(ctx, session, "")
		if err != nil {
			t.Fatal(err)
		}
		token, err := r.NewToken(access.With(ctx, tom), "script", []access.Permission{access.ClientsRead}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.SetRole(me, tom.User, access.ReadOnly, true); err != nil {
			t.Fatal(err)
		}
		if now, err := r.Session(ctx, session, ""); err != nil || now.May(access.ClientsWrite) {
			t.Errorf("a changed role is not in force at once: %v", err)
		}
		if err := r.SetRole(me, tom.User, access.ReadOnly, false); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Session(ctx, session, ""); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("the session of a locked account: %v", err)
		}
		router, err := access.NewRouter(r.Service, "")
		if err != nil {
			t.Fatal(err)
		}
		router.HandleFunc("GET /clients", access.ClientsRead, func(http.ResponseWriter, *http.Request) {})
		w, q := httptest.NewRecorder(), httptest.NewRequest("GET", "/clients", nil)
		q.Header.Set("Authorization", "Bearer "+token)
		if router.ServeHTTP(w, q); w.Code != http.StatusUnauthorized {
			t.Errorf("the token of a locked account: %d", w.Code)
		}
		if _, err := r.Password(ctx, "tom@example.com", good, browser); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("the password of a locked account: %v", err)
		}
	})
}

func TestLastOwnerStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		me := r.owner(t)
		if err := r.SetRole(me, access.From(me).User, access.Manager, true); !fault.Is(err, fault.Conflict) {
			t.Fatalf("got %v", err)
		}
		link, err := r.Invite(me, "tom@example.com", access.Owner)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.UseLink(context.Background(), link, access.Join{Name: "Tom", Password: good}, browser); err != nil {
			t.Fatal(err)
		}
		if err := r.SetRole(me, access.From(me).User, access.Manager, true); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAuditFindsChangedAndRemovedRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		me := r.owner(t)
		for range 5 {
			if err := r.Note(me, "test.act", "thing", ""); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := r.VerifyAudit(me); err != nil || n < 6 {
			t.Fatalf("%d, %v", n, err)
		}
		for _, c := range []struct{ harm, mend string }{
			{"UPDATE access_audit SET subject = 'x' WHERE seq = 3", "UPDATE access_audit SET subject = 'thing' WHERE seq = 3"},
			{"UPDATE access_audit SET at = at + 1 WHERE seq = 2", "UPDATE access_audit SET at = at - 1 WHERE seq = 2"},
			{"DELETE FROM access_audit WHERE seq = 4", ""},
		} {
			run(t, d, c.harm)
			if _, err := r.VerifyAudit(me); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", c.harm, err)
			}
			if c.mend != "" {
				run(t, d, c.mend)
				if _, err := r.VerifyAudit(me); err != nil {
					t.Errorf("mended: %v", err)
				}
			}
		}
	})
}

// Entries cut off at the end show, even when later ones were added on; so does a rewritten chain, and an older
// database that was put back.
func TestAuditFindsACutEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		me := r.owner(t)
		r = r.another(access.Options{HeadFile: filepath.Join(t.TempDir(), "audit.head")})
		note := func() {
			t.Helper()
			if err := r.Note(me, "test.act", "thing", ""); err != nil {
				t.Fatal(err)
			}
		}
		broken := func(what string) {
			t.Helper()
			if _, err := r.VerifyAudit(me); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for range 5 {
			note()
		}
		if err := r.KeepHead(me); err != nil {
			t.Fatal(err)
		}
		run(t, d, "CREATE TABLE kept_audit AS SELECT * FROM access_audit")
		run(t, d, "CREATE TABLE kept_values AS SELECT * FROM config_values")
		putBack := func() {
			for _, s := range []string{"DELETE FROM access_audit", "INSERT INTO access_audit SELECT * FROM kept_audit", "DELETE FROM config_values", "INSERT INTO config_values SELECT * FROM kept_values"} {
				run(t, d, s)
			}
		}
		run(t, d, "DELETE FROM access_audit WHERE seq > 4")
		broken("a cut end")
		note()
		broken("a cut end that was added to")
		if err := r.KeepHead(me); err != nil {
			t.Fatal(err)
		}
		broken("the next day")

		putBack()
		if n, err := r.VerifyAudit(me); err != nil || n < 6 {
			t.Fatalf("mended: %d, %v", n, err)
		}
		run(t, d, "DELETE FROM access_audit")
		broken("everything removed")
		putBack()
		run(t, d, "DELETE FROM access_audit WHERE seq > 4")
		run(t, d, "UPDATE config_values SET value = (SELECT '4 ' || hash || ' 00' FROM access_audit WHERE seq = 4) WHERE key = 'access.audit-head'")
		broken("a head made without the key")

		putBack()
		note()
		if err := r.KeepHead(me); err != nil {
			t.Fatal(err)
		}
		putBack()
		broken("yesterday's database")
		run(t, d, "DELETE FROM config_values WHERE key = 'access.audit-head'")
		broken("a removed head")
	})
}

// A trail from before heads were kept is sealed with its next entry.
func TestAuditOfBeforeIsSealed(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	me := r.owner(t)
	run(t, r.db, "DELETE FROM config_values WHERE key = 'access.audit-head'")
	if _, err := r.VerifyAudit(me); err != nil {
		t.Errorf("before the next entry: %v", err)
	}
	if err := r.Note(me, "test.act", "thing", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := r.VerifyAudit(me); err != nil {
		t.Errorf("after it: %v", err)
	}
	list, err := r.Audit(me, 0, 2)
	if err != nil || list[0].Action != "test.act" || list[1].Action != "audit.sealed" {
		t.Errorf("%+v, %v", list, err)
	}
}

func run(t *testing.T, d *db.DB, text string) {
	t.Helper()
	err := d.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.Background(), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRouterChecksEveryRoute(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	me := r.owner(t)
	router, err := access.NewRouter(r.Service, "10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	seen := ""
	router.HandleFunc("GET /secret", access.UsersManage, func(_ http.ResponseWriter, q *http.Request) { seen = access.Address(q.Context()) })
	router.HandleFunc("GET /clients", access.ClientsRead, func(http.ResponseWriter, *http.Request) {})
	router.HandleFunc("GET /account", access.SignedIn, func(http.ResponseWriter, *http.Request) {})
	get := func(path, auth string) int {
		w := httptest.NewRecorder()
		q := httptest.NewRequest("GET", path, nil)
		q.RemoteAddr = "10.1.2.3:999"
		q.Header.Set("X-Forwarded-For", "198.51.100.7, 203.0.113.9")
		if auth != "" {
			q.Header.Set("Authorization", "Bearer "+auth)
		}
		router.ServeHTTP(w, q)
		return w.Code
	}
	all, err := r.NewToken(me, "all", access.Permissions(), 0)
	if err != nil {
		t.Fatal(err)
	}
	some, err := r.NewToken(me, "some", []access.Permission{access.ClientsRead}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, auth string
		want       int
	}{
		{"/secret", "", 401},
		{"/secret", all, 200},
		{"/secret", some, 403},
		{"/clients", some, 200},
		{"/clients", "mst_unknown", 401},
		{"/account", all, 403}, // pages of the account are for the person: a token must not add a passkey
	} {
		if got := get(c.path, c.auth); got != c.want {
			t.Errorf("%s with %.8q: %d, want %d", c.path, c.auth, got, c.want)
		}
	}
	if seen != "203.0.113.9" {
		t.Errorf("address behind a trusted proxy: %q", seen)
	}
	r.clock.Advance(2 * time.Hour)
	if got := get("/clients", some); got != 401 {
		t.Errorf("an expired token: %d", got)
	}
}

func TestQueriesPrepareOnBothEngines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q, err := store.Prepare(context.Background(), d.Reader())
		if err != nil {
			t.Fatal(err)
		}
		_ = q.Close()
	})
}
