// SPDX-License-Identifier: Apache-2.0

// Package vendors keeps what vendors bill the firm for what it resells, and compares it with what agreements bill and with what is
// really there.
//
// # Words
//
// A vendor's bill is a file: rows with the vendor's name for a client, its number or name of an item, a quantity, a price and an
// amount. A mapping says which column means what; it is remembered for the vendor, as is which client and which item of the
// catalogue its names mean. A reconciliation puts, for a month, client by client and item by item, three things side by side: what
// vendors billed, what agreements bill, and what was counted. A difference is acknowledged with a reason until it changes.
//
// # What may never happen
//
// No row of a bill is lost: each belongs to a client and an item, to the firm itself, or is shown as not matched, and the sums of a
// reconciliation are the sums of the bills. A row for more days than a month counts in each month by its days, and its months add up
// to the row to the minor unit. A file is taken whole or not at all.
package vendors
