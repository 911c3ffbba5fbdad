// SPDX-License-Identifier: Apache-2.0

package discover

import (
	"context"

	"mainstay/kit/probe"
	"mainstay/kit/wire"
)

// Look is the kind of probes that looks into networks.
func Look(ctx context.Context, t *probe.Task) (wire.State, wire.Said) {
	o := Run(ctx, t.Probe, t.Guard.Control)
	if len(o.Found) > 0 {
		t.Find(o.Found)
	}
	return o.State, *o.Said
}
