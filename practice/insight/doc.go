// SPDX-License-Identifier: Apache-2.0

// Package insight says what agreements and their invoices mean for the firm: recurring revenue and how it moves, what is billed but
// not earned yet, and what is left of it after tools and labour. It keeps no tables of its own but the cost of an hour: everything follows
// from agreements, documents, the catalogue's costs and the worklog.
//
// # Words
//
// Recurring revenue of a month (MRR) is what the recurring lines of all agreements come to as they stand on its last day. New is a client's
// that had none a month before, churn one's that has none any more; expansion and contraction are what is more or less with one
// that stays. Together they are the whole movement, for each currency.
//
// A margin is what was earned in a month less vendors' bills, other items by the catalogue, materials, and hours at what they cost on
// their day: by agreement, client, service family or item. The worst month is the one of twelve in which least was left. Predictable is the
// share of revenue that agreements brought. What is owed is what of allowances is paid for and not drawn, in money.
//
// What is not known is named, never guessed: an item without a cost and hours without a rate are blind spots, and the margin says
// that it leaves them out.
package insight
