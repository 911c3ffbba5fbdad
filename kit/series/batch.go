// SPDX-License-Identifier: Apache-2.0

package series

import (
	"github.com/prometheus/prometheus/storage"
)

// Series is the handle of one series of one store: keep it and appending costs no look-up.
type Series struct {
	labels Labels

	// The rest belongs to the store that handed the handle out and is touched under its lock only.
	ref   storage.SeriesRef // of the opened database number run; 0 = not known
	run   uint32
	gone  bool    // no longer the handle of its labels: the store finds the new one
	known bool    // bound holds
	bound int64   // every sample later than this is new; those up to it may be there already
	used  int64   // milliseconds, when it last got samples
	next  *Series // another one with the same hash
}

// Labels returns the labels of the series.
func (s *Series) Labels() Labels { return s.labels }

type sample struct {
	series *Series
	at     int64
	v      float64
}

// Batch collects samples to be kept together. The zero value is empty and ready. It must not be used by two goroutines at
// once.
type Batch struct {
	samples []sample
}

// Add puts one sample of a series into the batch; at is in milliseconds since 1970 UTC. Samples of one series are best
// added oldest first.
func (b *Batch) Add(s *Series, at int64, v float64) {
	b.samples = append(b.samples, sample{s, at, v})
}

// Len is the number of samples in the batch.
func (b *Batch) Len() int { return len(b.samples) }

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() { clear(b.samples); b.samples = b.samples[:0] }
