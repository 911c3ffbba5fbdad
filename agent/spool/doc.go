// SPDX-License-Identifier: Apache-2.0

// Package spool keeps batches until the server has acknowledged them: oldest first, in order,
// within a limit.
//
// What holds for [Disk]:
//   - A batch that [Disk.Append] took is there after kill -9 and after a power cut, unless the disk takes nothing: then the
//     newest batches wait in memory, bounded, until it does or the server has them. That the disk is full can be told so.
//   - Numbers grow by one with each batch and are never given twice, not even after the
//     folder was lost: they begin at the instant in microseconds at which the spool was new.
//   - Beyond the limit, and beyond that of memory, the oldest batches give way, and how many that were is kept until it was
//     reported: nothing is lost silently. The same holds for what the disk damaged.
//   - What was acknowledged may be given once more after a power cut: the server knows a
//     batch by its number.
//
// [Memory] is the same without the disk, for simulated agents.
package spool

import "errors"

// Entry is a batch with its number.
type Entry struct {
	Seq  uint64
	Data []byte
}

// State tells what a spool holds and what it has lost since it was new.
type State struct {
	Batches int    // waiting for their acknowledgement
	Bytes   int64  // what they take, on disk with their headers
	Dropped int64  // given up at the limit, ever
	Damaged int64  // found unreadable, ever
	Held    int    `json:",omitempty"` // of Batches those that are in memory only
	Trouble string `json:",omitempty"` // why they are; empty: all lie on the disk
}

// MaxBatch is the most that one batch may take.
const MaxBatch = 1 << 20

// ErrTooLarge is the answer to a batch beyond [MaxBatch] or beyond the whole limit.
var ErrTooLarge = errors.New("the batch is larger than the spool takes")
