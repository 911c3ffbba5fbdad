// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"context"
	"net/http"
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
	"mainstay/kit/notify"
	"mainstay/kit/webhook"
	"mainstay/kit/webpush"
	"mainstay/kit/webpush/webpushtest"
)

// pushing gives a rig the way to browsers, over real calls.
func pushing(t *testing.T, d *db.DB) *rig {
	t.Helper()
	secret, err := webpush.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := webpush.ParseKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	poster := webhook.NewPoster(true, "Mainstay/test")
	return freshWith(t, d, &notify.Push{
		Keys: func(context.Context) (*webpush.Keys, error) { return keys, nil }, Contact: "mailto:ops@firm.example", Sealer: sealer,
		Check: func(endpoint string) error { _, err := poster.Check(endpoint); return err }, Post: poster.Status,
	})
}

func TestPush(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := pushing(t, d)
		phone, desk := webpushtest.New(t), webpushtest.New(t)
		tell := func(once string) {
			t.Helper()
			r.tell(notify.News{Kind: "given", About: "ticket/1", Link: "/tickets/1", Once: once, Data: "news " + once, To: []ids.ID{1, 2}})
			if err := r.FlushPushes(ctx); err != nil {
				t.Fatal(err)
			}
		}
		tell("0") // nobody has a browser
		for _, b := range []*webpushtest.Browser{phone, desk} {
			if err := r.Subscribe(ctx, 1, b.Subscription, " Firefox, Linux "); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := r.Try(ctx, 1); err != nil || n != 2 {
			t.Fatalf("%d browsers were told, %v", n, err)
		}
		tell("1")
		tell("1") // the same occurrence
		for _, b := range []*webpushtest.Browser{phone, desk} {
			got := b.Got()
			if len(got) != 2 || !strings.Contains(got[1], `"title":"ticket/1","body":"news 1\nso it is"`) || !strings.Contains(got[1], `"tag":"ticket/1"`) {
				t.Fatalf("a browser was told %q", got)
			}
		}
		// It is gone: forgotten at once. It fails: kept, and told again later.
		phone.Answer(http.StatusGone)
		desk.Answer(http.StatusInternalServerError)
		tell("2")
		list, err := r.Browsers(ctx, 1)
		if err != nil || len(list) != 1 || list[0].Name != "Firefox, Linux" || list[0].Used.IsZero() {
			t.Fatalf("browsers %+v, %v", list, err)
		}
		desk.Answer(0)
		tell("3")
		if got := desk.Got(); len(got) != 3 {
			t.Errorf("told %q", got)
		}
		// What was read meanwhile, and what is old, is told no more.
		r.tell(notify.News{Kind: "given", About: "ticket/2", Once: "4", Data: "read", To: []ids.ID{1}})
		if err := r.ReadAbout(ctx, 1, "ticket/2"); err != nil {
			t.Fatal(err)
		}
		r.tell(notify.News{Kind: "given", About: "ticket/3", Once: "5", Data: "old", To: []ids.ID{1}})
		r.clock.Advance(2 * time.Hour)
		tell("6")
		if got := desk.Got(); len(got) != 4 || !strings.Contains(got[3], "news 6") {
			t.Errorf("told %q", got)
		}
		// Who chose otherwise is not told; what is shown only is not either.
		if err := r.Choose(ctx, 1, access.Owner, []notify.Choice{{Offer: notify.Offer{Code: "given"}, Shown: true}, {Offer: notify.Offer{Code: "quiet"}, Pushed: true}}); err != nil {
			t.Fatal(err)
		}
		tell("7")
		r.tell(notify.News{Kind: "quiet", About: "ticket/4", Once: "8", Data: "chosen", To: []ids.ID{1}})
		if err := r.FlushPushes(ctx); err != nil {
			t.Fatal(err)
		}
		if got := desk.Got(); len(got) != 5 || !strings.Contains(got[4], "chosen") {
			t.Errorf("told %q", got)
		}
		if err := r.Rewrap(ctx); err != nil {
			t.Error(err)
		}
		// Somebody else signs in on the same browser: it is theirs.
		if err := r.Subscribe(ctx, 2, desk.Subscription, ""); err != nil {
			t.Fatal(err)
		}
		if list, _ := r.Browsers(ctx, 1); len(list) != 0 {
			t.Errorf("the browser is still the first one's: %+v", list)
		}
		list, _ = r.Browsers(ctx, 2)
		if err := r.Unsubscribe(ctx, 1, list[0].ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else's browser is taken away: %v", err)
		}
		if err := r.Unsubscribe(ctx, 2, list[0].ID); err != nil {
			t.Error(err)
		}
	})
}

func TestPushRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := pushing(t, d)
		good := webpushtest.New(t).Subscription
		for name, change := range map[string]func(*webpush.Subscription){
			"no address":     func(s *webpush.Subscription) { s.Endpoint = "" },
			"another scheme": func(s *webpush.Subscription) { s.Endpoint = "ftp://push.example.net/1" },
			"the metadata":   func(s *webpush.Subscription) { s.Endpoint = "http://169.254.169.254/latest" },
			"no key":         func(s *webpush.Subscription) { s.Key = "" },
			"no secret":      func(s *webpush.Subscription) { s.Auth = "AAAA" },
		} {
			s := good
			change(&s)
			if err := r.Subscribe(ctx, 1, s, ""); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for i := range 21 {
			s := webpushtest.New(t).Subscription
			if err := r.Subscribe(ctx, 1, s, ""); (err != nil) != (i == 20) {
				t.Fatalf("browser %d: %v", i, err)
			}
		}
		without := build(t, d, clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)))
		if _, err := without.PushKey(ctx); !fault.Is(err, fault.Conflict) {
			t.Errorf("a server that cannot: %v", err)
		}
	})
}
