// SPDX-License-Identifier: Apache-2.0

// Package signs measures where a provider, and each of its clients, stands
// between break/fix and managed: eight signs on four axes, every number with its
// 90 % interval, and the three blurs (data, mixture, motion) kept apart.
//
// What may never happen: a missing number imputed; a verdict word below the
// coverage floor or below the certainty asked for; a score outside 0–100; another
// number from the same books and seed.
//
// The package is pure: no clock, no files, no SQL, and randomness only from the
// seed that the caller gives.
package signs
