// SPDX-License-Identifier: Apache-2.0

// Package stripe takes payments through Stripe: a page where a client pays an invoice, a saved card or account that is charged
// later, refunds, and the events with which Stripe tells what became of them. It has no database and keeps nothing.
//
// # What is guaranteed
//
// Nothing is sent before somebody set the firm's key. Each request that moves money carries an idempotency key that the
// caller chose, so that asking again after a crash or a lost answer moves it once. Events are taken only with a signature of the
// endpoint's secret that is younger than [Tolerance]. Card numbers never reach this program: clients type them on Stripe's
// pages. Secrets are handed in opened and stand in no error and no log.
package stripe
