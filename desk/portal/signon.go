// SPDX-License-Identifier: Apache-2.0

package portal

import "context"

// HasSignOn reports whether any client signs in with accounts of its own.
func (s *Service) HasSignOn(ctx context.Context) (bool, error) {
	rows, err := s.read().SignOns(ctx)
	return len(rows) > 0, err
}
