// SPDX-License-Identifier: Apache-2.0

// Package agreements keeps what the firm and its clients have agreed: which lines are billed from which day at which price,
// how many there were on which day and how that is known, what is granted and may be drawn, for how long it holds.
//
// # Words
//
// An agreement has lines; each line has terms ([rating.Terms]) that hold from a day until the next ones. A fact says how
// many there were on a day, with its evidence; facts are only ever added. An allowance (a pot) grants hours, money or
// tickets. An amendment changes lines from a day on.
//
// # States
//
// A draft can be changed freely and bills nothing. Once it is active its terms are never changed: an amendment adds new ones
// with an ID of their own, and what was billed by the old ones is credited and charged by the difference. An agreement ends on
// its last day, which is still consumed; a draft or one that has not begun can be cancelled.
//
// # What may never happen
//
// History is not rewritten: the state on any past day can be shown. Two amendments of one line never overlap. A change
// for a day that was billed reopens the intervals from that day on, so that the next run settles the difference.
package agreements
