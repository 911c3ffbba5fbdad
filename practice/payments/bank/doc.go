// SPDX-License-Identifier: Apache-2.0

// Package bank reads what a bank says came into and went out of an account: CAMT.052, .053 and .054 (all versions that
// banks deliver, from .02 on), SWIFT MT940 and CSV or XLSX exports in any layout. Each becomes the same [Statement] of
// [Line]s. The package has no database and changes nothing.
//
// # What is guaranteed
//
// A file is taken whole or refused with a sentence that names the line. Amounts are read exactly; one that cannot be read is
// refused, never guessed. Memory is bounded by [Limits]. Entries that the bank has not booked yet are left out and counted.
// A bundle of payments becomes its single payments where their amounts come to the bundle, else it stays one line.
//
// [Line.Hash] is the same whenever the same bank tells of the same booking again, and differs between two bookings that are
// alike in every respect, so that an export that overlaps the one before adds only what is new. It does not depend on where
// in the file the line stands. Exports of different formats do not share hashes: an account is read in one format.
package bank
