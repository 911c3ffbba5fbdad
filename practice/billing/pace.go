// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// pace makes the collector run less often while runs bill: they make much garbage over a small heap and keep little of it, and
// collected at the usual pace that is a quarter of their time.
type pace struct {
	mu     sync.Mutex
	runs   int
	before int
}

// garbage is how much more memory a run may let lie, in bytes; calm is the most that the collector's target is raised to, in percent.
const (
	garbage = 120 << 20
	calm    = 400
)

// begin returns what ends it. While several runs go on, the last one ends it.
func (p *pace) begin() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.runs++; p.runs == 1 {
		p.before = debug.SetGCPercent(-1)
		debug.SetGCPercent(paced(p.before))
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.runs--; p.runs == 0 {
			debug.SetGCPercent(p.before)
		}
	}
}

// paced is the target for a run: what lies about in a heap of this size at that target is no more than [garbage], unless it is so
// already.
func paced(before int) int {
	if before < 0 { // somebody has turned the collector off
		return before
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() != metrics.KindUint64 {
		return before
	}
	n := max(live[0].Value.Uint64(), 1<<20)
	return max(before, min(calm, int(garbage*100/n)))
}
