// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
)

// told returns the kinds of what the session of ctx has not put away, newest first.
func (r rig) told(t *testing.T, ctx context.Context) (kinds []access.Told) {
	t.Helper()
	list, err := r.Notices(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

func TestPeopleAreToldOfNewPlaces(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		me := r.owner(t)
		firefox := access.Client{Address: "192.0.2.1", Agent: "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
		steps := []struct {
			name string
			from access.Client
			news int // in the first session, in all
		}{
			{"the same browser", browser, 0},
			{"another browser", firefox, 1},
			{"its next version, a neighbouring address", access.Client{Address: "192.0.77.9", Agent: "Mozilla/5.0 (Windows NT 10.0) Firefox/141.0"}, 1},
			{"another network", access.Client{Address: "203.0.113.9", Agent: firefox.Agent}, 2},
			{"an IPv6 network", access.Client{Address: "2001:db8:1:2::3", Agent: firefox.Agent}, 3},
			{"its neighbour", access.Client{Address: "2001:db8:1:9::3", Agent: firefox.Agent}, 3},
		}
		for _, s := range steps {
			session := r.signIn(t, "ada@example.com", s.from)
			if got := r.told(t, me); len(got) != s.news {
				t.Errorf("%s: told %v", s.name, got)
			}
			if id, err := r.Session(context.Background(), session, ""); err != nil || id.Notices > int64(s.news) {
				t.Errorf("%s: the session itself: %+v, %v", s.name, id, err)
			}
		}
		list, err := r.Notices(me)
		if err != nil || list[0].Address != "2001:db8:1:2::3" || access.Device(list[0].Agent) != "Firefox, Windows" {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := r.DismissNotices(me, list[1].ID); err != nil { // the newest came after the page was read
			t.Fatal(err)
		}
		if got := r.told(t, me); len(got) != 1 {
			t.Errorf("after putting two away: %v", got)
		}
		r.clock.Advance(91 * 24 * time.Hour)
		if err := r.Sweep(me); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, "SELECT count(*) FROM access_notices"); n != 0 {
			t.Errorf("%d notices are kept for ever", n)
		}
	})
}

func TestPeopleAreToldOfChangedFactors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.owner(t)
		here := r.as(t, r.signIn(t, "ada@example.com", browser))
		r.app(t, here)
		if err := r.DisableTOTP(here); err != nil {
			t.Fatal(err)
		}
		if _, err := r.NewToken(here, "script", []access.Permission{access.ClientsRead}, 0); err != nil {
			t.Fatal(err)
		}
		run(t, d, "INSERT INTO access_passkeys (id, user_id, credential, name, data, created_at) SELECT 7, id, 'c', 'key', '{}', 1 FROM access_users")
		if err := r.DeletePasskey(here, 7); err != nil {
			t.Fatal(err)
		}
		if err := r.ChangePassword(here, good, "kettle orbit lantern moss"); err != nil {
			t.Fatal(err)
		}
		if got := r.told(t, here); len(got) != 0 {
			t.Errorf("whoever did it is told %v", got)
		}
		for range 5 {
			_, _ = r.Password(ctx, "ada@example.com", "wrong wrong wrong", browser)
		}
		r.clock.Advance(time.Minute)
		in, err := r.Password(ctx, "ada@example.com", "kettle orbit lantern moss", browser)
		if err != nil {
			t.Fatal(err)
		}
		want := []access.Told{access.ToldFailures, access.ToldPassword, access.ToldPasskeyRemoved, access.ToldTokenMade, access.ToldAppOff, access.ToldAppOn}
		if got := r.told(t, r.as(t, in.Session)); !slices.Equal(got, want) {
			t.Errorf("another session is told %v", got)
		}
		link, err := r.ResetLink(ctx, "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.UseLink(ctx, link, access.Join{Password: good}, browser); err != nil {
			t.Fatal(err)
		}
		if got := r.told(t, r.as(t, r.signIn(t, "ada@example.com", browser))); len(got) != 7 || got[0] != access.ToldReset {
			t.Errorf("after a reset: %v", got)
		}
	})
}
