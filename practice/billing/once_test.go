// SPDX-License-Identifier: Apache-2.0

package billing_test

import (
	"sync"
	"testing"
	"time"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/billing"
)

// Requests of one key make one run, also when they come at the same moment, and also on the next day.
func TestOneKeyMakesOneRun(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		r.signed(t, r.managed("2026-03-01"))
		got := make([]ids.ID, 8)
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() { got[i], errs[i] = r.StartOnce(ctx, "night", billing.Order{}) })
		}
		wg.Wait()
		for i := range got {
			if errs[i] != nil || got[i] != got[0] || got[i] == 0 {
				t.Errorf("%v %v", got[i], errs[i])
			}
		}
		r.clock.Advance(24 * time.Hour)
		if id, err := r.StartOnce(ctx, "night", billing.Order{}); err != nil || id != got[0] {
			t.Errorf("on the next day: %v %v", id, err)
		}
		if _, err := r.StartOnce(ctx, "night", billing.Order{Issue: true}); !fault.Is(err, fault.Conflict) {
			t.Errorf("another request: %v", err)
		}
		// A request that failed made nothing, so that its key can be used again.
		if _, err := r.CreditOnce(ctx, "credit", billing.Credit{Of: got[0]}); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such invoice: %v", err)
		}
		runs, err := r.Runs(ctx, 10)
		if err != nil || len(runs) != 1 {
			t.Errorf("%d runs, %v", len(runs), err)
		}
		r.clock.Advance(91 * 24 * time.Hour)
		if _, err := r.StartOnce(ctx, "other", billing.Order{}); err != nil {
			t.Error(err)
		}
		if id, err := r.StartOnce(ctx, "night", billing.Order{}); err != nil || id == got[0] {
			t.Errorf("a key is remembered for ever: %v %v", id, err)
		}
	})
}
