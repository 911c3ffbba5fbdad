// SPDX-License-Identifier: Apache-2.0

// Package rating is the arithmetic of agreements: which periods a line is billed for, for how many, at what price, what was
// billed already, and which charges and credits are therefore due. It is pure: the same agreement, facts and billed spans
// give the same answer, in a preview as in the run.
//
// # Values
//
// Money is whole minor units of one currency. Prices, quantities and rates are [money.Decimal], at most 9 decimal places.
// Everything between is a [money.Exact]; an amount is rounded once, half away from zero, where it becomes a line. Days
// are civil days in the agreement's zone ([DayIn]); periods hold their first day and not the day they end on.
//
// # How a line is billed
//
// [Terms] say from which day a line has which price, interval, proration and rule for its quantity; [Fact] is what was there
// on a day. [Line.Due] reckons from them and from the [Span]s billed so far what is to be charged and credited by a day. It
// compares what should be billed with what is: a missed night, a late fact, a change within a period, a termination and its
// being taken back are all the same to it, and asking twice gives nothing the second time. A credit is never larger than what is
// left of the span it takes from.
//
// # Decisions where engines disagree
//
//   - The day of a termination is still consumed; the day of a change belongs to the new terms.
//   - A stub's share is its days over those of the whole period it lies in, measured between boundaries of the original
//     anchor: 14–28 February with the anchor on the 31st is 14/28. In a quarter or year it is the whole quarter's or year's days.
//   - A tier's upper bound belongs to it: 5.001 opens the next. The first tier's flat fee is due at zero units. A split period
//     continues the count.
//   - A quantity changed within a period paid in advance and not prorated is billed at its high-water mark: 10, 5, 15 bills
//     10, 0, 5.
//   - Pieces of one period with one quantity are rounded together, so that they always sum to the whole.
//   - A credit's total is its rounded net plus its rounded tax.
package rating
