// SPDX-License-Identifier: Apache-2.0

package series

import "context"

// Compact writes what is in memory and complete into blocks now, rather than when the database gets to it.
func (l *Local) Compact(ctx context.Context) error {
	return l.read(func(r *raw) error { return r.db.Compact(ctx) })
}
