// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

// TestBoards: a link is found by its secret alone, remembers when it was looked at, and ends when it is revoked.
func TestBoards(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ctx := context.Background()
		for _, name := range []string{"", "  ", strings.Repeat("x", 81)} {
			if _, err := r.MakeBoard(r.ada, monitoring.Board{Name: name}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%.10q: %v", name, err)
			}
		}
		secret, err := r.MakeBoard(r.ada, monitoring.Board{Name: "Door", Client: r.harbour, Names: true})
		if err != nil || len(secret) != 32 {
			t.Fatal(secret, err)
		}
		b, err := r.BoardBy(ctx, secret)
		if err != nil || b.Name != "Door" || b.Client != r.harbour || !b.Names || !b.Seen.IsZero() {
			t.Fatalf("%+v %v", b, err)
		}
		list, err := r.Boards(ctx)
		if err != nil || len(list) != 1 || !list[0].Seen.Equal(r.clock.Now()) || list[0].Author == "" {
			t.Fatalf("%+v %v", list, err)
		}
		for _, wrong := range []string{"", secret[:31], secret + "a", strings.Repeat("a", 9999)} {
			if _, err := r.BoardBy(ctx, wrong); !fault.Is(err, fault.NotFound) {
				t.Errorf("%.10q: %v", wrong, err)
			}
		}
		if err := r.DropBoard(r.ada, b.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := r.BoardBy(ctx, secret); !fault.Is(err, fault.NotFound) {
			t.Errorf("a revoked link: %v", err)
		}
		if err := r.DropBoard(r.ada, b.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("revoked twice: %v", err)
		}
	})
}

// TestDuring: what went on in a time is found, and what was over before or began after is not.
func TestDuring(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ctx, firm := context.Background(), access.WholeFirm()
		began := r.clock.Now()
		for id := range r.devices {
			for range 12 {
				r.clock.Advance(time.Minute)
				r.Engine.Observe(id, r.clock.Now().UnixMilli(), []monitoring.Key{r.disk}, []float64{.99})
			}
			break
		}
		if err := r.Work(ctx); err != nil {
			t.Fatal(err)
		}
		all, err := r.During(ctx, firm, 0, began, r.clock.Now(), 10)
		if err != nil || len(all) != 1 || all[0].Worst != rules.Critical {
			t.Fatalf("%+v %v", all, err)
		}
		if list, err := r.During(ctx, firm, all[0].Device, r.clock.Now(), r.clock.Now().Add(time.Hour), 10); err != nil || len(list) != 1 {
			t.Errorf("one that goes on: %+v %v", list, err)
		}
		if list, err := r.During(ctx, firm, 0, began.Add(-time.Hour), all[0].Began.Add(-time.Second), 10); err != nil || len(list) != 0 {
			t.Errorf("before it: %+v %v", list, err)
		}
		other := access.OneClient(r.kestrel)
		if other.Covers(all[0].Client) {
			other = access.OneClient(r.harbour)
		}
		if list, err := r.During(ctx, other, 0, began, r.clock.Now(), 10); err != nil || len(list) != 0 {
			t.Errorf("another client's: %+v %v", list, err)
		}
	})
}
