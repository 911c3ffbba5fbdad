// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"

	"mainstay/kit/syslog"
)

// Quieten looks again at what patterns found, as happens every half minute.
func (s *Service) Quieten(ctx context.Context) error { return s.quieten(ctx) }

// SweepEstate forgets what is old, as happens every six hours; at most so many messages stay.
func (s *Service) SweepEstate(ctx context.Context, most int64) error {
	s.bounded.most = most
	return s.sweepEstate(ctx)
}

// Keep takes in what came at the server's own port.
func (l *Listener) Keep(ctx context.Context, list []syslog.Line) {
	l.keep(ctx, list)
	l.tellLost()
}

// Share is how many each may have.
func Share(counts []int64, most int64) int64 { return share(counts, most) }
