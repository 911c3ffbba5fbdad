// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"

	"mainstay/kit/civil"
	"mainstay/practice/billing/store"
)

// Daily makes the day's run where the firm wants one every day and there was none yet: also for days on which the server was
// off, since what became due meanwhile is due still. It may be called as often as you like.
func (s *Service) Daily(ctx context.Context) error {
	f, err := s.Firm(ctx)
	if err != nil || !f.Daily || f.Ready() != nil {
		return err
	}
	last, err := s.read().Runs(ctx, 50)
	if err != nil {
		return err
	}
	today := s.Today()
	for _, r := range last {
		if everything(r) && civil.Date(r.Day) >= today {
			return nil
		}
	}
	_, err = s.Start(ctx, Order{Issue: f.Auto})
	return err
}

// everything reports whether a run was not for one client or agreement only.
func everything(r store.BillingRun) bool { return r.ClientID == 0 && r.Agreement == 0 }
