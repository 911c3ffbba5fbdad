// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"mainstay/kit/locale"
)

func size(ctx context.Context, n int64) string {
	p := locale.From(ctx)
	switch {
	case n >= 1e6:
		return locale.T(ctx, "%s MB", p.Float(float64(n)/1e6, 1))
	case n >= 1000:
		return locale.T(ctx, "%s kB", p.Float(float64(n)/1000, 0))
	}
	return locale.N(ctx, "%d byte|%d bytes", n)
}
