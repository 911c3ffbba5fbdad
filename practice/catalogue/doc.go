// SPDX-License-Identifier: Apache-2.0

// Package catalogue is the firm's portfolio: what it sells, at which price, what that costs it, and the plans that clients can
// choose from.
//
// An item is one thing that can stand on an invoice: a service, licence, labour, hardware or fee, in one of the eight service families.
// Its prices and costs go by date and currency: the one that began last holds. They are only ever added. A price of the
// past stands for good, because invoices were reckoned with it; one whose day has not come may be withdrawn. A price
// has a model of billing's arithmetic ([rating.Price]) and says which interval it is for.
//
// A plan bundles items in a tier: Basic, Managed, Complete. Its lines say what a quantity follows from (devices, people, sites) and
// whether the item is part of it or optional.
//
// A margin is price less cost for the same quantity and interval; of a price in tiers it is that of the quantity at which
// least is left. An item without a cost is a named blind spot, and never counted as costing nothing.
//
// What may never happen: a price that changes for a day that has passed, a margin with a guessed cost, an import that leaves half
// a file behind.
package catalogue
