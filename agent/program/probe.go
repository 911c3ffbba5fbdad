// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"

	"mainstay/agent/collect"
	"mainstay/kit/probe"
	"mainstay/kit/probe/all"
	"mainstay/kit/wire"
)

// prober makes the probes that the server asks of this machine, in the network that it is in.
func prober() collect.Prober {
	kinds, guard := all.Kinds(), probe.Local()
	return func(ctx context.Context, p wire.Probe) wire.Observation { return kinds.Run(ctx, p, guard) }
}
