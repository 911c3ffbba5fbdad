// SPDX-License-Identifier: Apache-2.0

// Package scenario rehearses an agreement without a database: it reads a file with an agreement's lines, the facts and changes
// of its life and the days on which runs happen, and returns what each run bills, with the reasons. The arithmetic is that of
// [rating], so that a rehearsal is the run.
//
// A file may say what it expects; [Result.Differences] then tells where the runs bill something else. Published cases of other engines stand so in
// testdata/published.
//
// The form is described in docs/billing-scenarios.md. It is read strictly: an unknown field, a field given twice or a value out of
// range is refused with its place in the file.
package scenario
