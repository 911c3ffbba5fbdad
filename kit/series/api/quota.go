// SPDX-License-Identifier: Apache-2.0

package api

import (
	"sync"
	"time"
)

// What the tokens of one client can write of different series: a tenth of what the store takes of the whole firm. What was counted is
// forgotten after a while, as the store lets go of series that nobody writes to.
const (
	maxOfClient = 500_000
	quotaFor    = 3 * 24 * time.Hour
)

// quotas count the series that were written for each client by tokens that are limited to clients.
type quotas struct {
	most int // 0 = maxOfClient
	mu   sync.Mutex
	of   map[string]*quota
}

type quota struct {
	since  time.Time
	series map[uint64]struct{} // by the hash of their labels
}

// admit counts a series, false when it is one too many of its client.
func (q *quotas) admit(client string, hash uint64, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	most := q.most
	if most == 0 {
		most = maxOfClient
	}
	c := q.of[client]
	if c == nil || now.Sub(c.since) > quotaFor {
		c = &quota{since: now, series: map[uint64]struct{}{}}
		if q.of == nil {
			q.of = map[string]*quota{}
		}
		q.of[client] = c
	}
	if _, ok := c.series[hash]; ok {
		return true
	}
	if len(c.series) >= most {
		return false
	}
	c.series[hash] = struct{}{}
	return true
}
