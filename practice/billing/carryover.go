// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"slices"

	"mainstay/kit/db"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

// withRest returns what was bought for an allowance and, where it came in the place of another one by an amendment, what was left of
// that on its first day: what its intervals granted, within its own limits of carry-over and life, and what was bought.
func (s *Service) withRest(ctx context.Context, q db.Query, all []*agreements.Agreement, a *agreements.Agreement, p *agreements.Pot) ([]rating.Grant, error) {
	old := a.Pot(p.Follows)
	if old == nil || old.Measure != p.Measure {
		return p.Bought, nil
	}
	u, _, err := s.usageOf(ctx, q, all, a, old, p.Valid.From-1, p.Valid.From)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(p.Bought)
	for _, h := range u.Grants {
		if h.Left.Sign() <= 0 {
			continue
		}
		g := h.Grant
		g.From, g.Amount = max(g.From, p.Valid.From), h.Left
		out = append(out, g)
	}
	for _, g := range old.Bought { // for later
		if g.From > p.Valid.From {
			out = append(out, g)
		}
	}
	return out, nil
}
