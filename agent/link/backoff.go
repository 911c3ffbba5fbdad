// SPDX-License-Identifier: Apache-2.0

package link

import (
	"math/rand/v2"
	"time"

	"mainstay/kit/wire"
)

// How an agent comes back before a server has told it anything else.
const (
	defaultFirst = 2 * time.Second
	defaultMost  = 5 * time.Minute
	longestWait  = time.Hour // whatever a server says
)

// backoff returns how long to wait before attempt n (0, 1, …): a random time between 0 and min(most, first·2ⁿ), so that those that
// broke off together do not come back together.
func backoff(h wire.BackoffHints, n int, r *rand.Rand) time.Duration {
	first, most := defaultFirst, defaultMost
	if h.First > 0 {
		first = time.Duration(h.First) * time.Second
	}
	if h.Most > 0 {
		most = time.Duration(h.Most) * time.Second
	}
	first, most = min(first, longestWait), min(most, longestWait)
	limit := most
	if n < 16 && first<<n < most {
		limit = first << n
	}
	return time.Duration(r.Int64N(int64(max(limit, time.Millisecond))))
}
