// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"context"
	"sync"

	"mainstay/kit/probe"
	"mainstay/kit/wire"
)

// maxMemories is how many devices' counters are remembered.
const maxMemories = 4000

// New returns the kind of probes that asks devices by SNMP. It remembers the counters of each from reading to reading.
func New() probe.Kind {
	var mu sync.Mutex
	memories := map[string]*Memory{}
	return func(ctx context.Context, t *probe.Task) (wire.State, wire.Said) {
		mu.Lock()
		if len(memories) > maxMemories {
			clear(memories)
		}
		mem := memories[t.ID]
		if mem == nil {
			mem = &Memory{}
			memories[t.ID] = mem
		}
		mu.Unlock()
		o := Run(ctx, t.Probe, t.Guard.Control, mem)
		for _, m := range o.Measures {
			t.MeasureText(m.Series, m.Value)
		}
		if len(o.Found) > 0 {
			t.Find(o.Found)
		}
		return o.State, *o.Said
	}
}
