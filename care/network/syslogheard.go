// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"

	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// RecallHeard notes which devices wrote lately what patterns look for, so that the rules still watch those that nothing else tells of. It
// comes before the rules read their alerts back: else those would end with the process that found them.
func (s *Service) RecallHeard(ctx context.Context) error {
	patterns, err := s.Patterns(ctx, access.WholeFirm())
	if err != nil || len(patterns) == 0 {
		return err
	}
	list, err := s.wroteLately(ctx, patterns)
	if err != nil {
		return err
	}
	s.bounded.mu.Lock()
	defer s.bounded.mu.Unlock()
	if s.bounded.heard == nil {
		s.bounded.heard = map[ids.ID]bool{}
	}
	for _, key := range list {
		s.bounded.heard[key[2]] = true
	}
	return nil
}
