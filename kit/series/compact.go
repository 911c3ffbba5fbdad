// SPDX-License-Identifier: Apache-2.0

package series

import "context"

// Compact writes what is in memory and complete into blocks now, rather than when the database gets to it.
func (l *Local) Compact(ctx context.Context) error {
	return l.read(func(r *raw) error { return r.db.Compact(ctx) })
}

// Blocks tells the bytes and samples of the raw blocks on the disk.
func (l *Local) Blocks() (bytes int64, samples uint64) {
	_ = l.read(func(r *raw) error {
		for _, b := range r.db.Blocks() {
			bytes += b.Size()
			samples += b.Meta().Stats.NumSamples
		}
		return nil
	})
	return bytes, samples
}
