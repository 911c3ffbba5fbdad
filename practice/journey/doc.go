// SPDX-License-Identifier: Apache-2.0

// Package journey measures from the firm's own books where it, and each of its
// clients, stands between a break/fix shop and a managed service provider, and
// what the next step is.
//
// [Assess] maps a ledger into the pure models (recurring, signs, pricing) and returns an
// [Assessment]: codes and numbers only; pages and [WriteText] make the sentences in the
// reader's language.
//
// What may never happen: a number without its evidence; a verdict that the data cannot
// carry; a missing month, ticket or price imputed; other numbers from the same rows in
// another order.
package journey
