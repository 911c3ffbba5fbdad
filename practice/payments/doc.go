// SPDX-License-Identifier: Apache-2.0

// Package payments brings money and invoices together: payments by hand, from bank files, through Stripe and by SEPA direct
// debit; what is overdue, statements and reminders.
//
// # Words
//
// A payment is money that came in from a client or went back. What of it belongs to which document are its allocations;
// the rest is the client's credit. A booking is a line of a bank file; a person reviews it, or accepts at once what is
// certain (package match). A mandate is a client's consent to direct debits, a run a file of them. A reminder has a level; a hold
// keeps a client or an invoice from being reminded.
//
// # What may never happen
//
// No more of a payment is given to documents than came in, and none is paid beyond what is open: both are guarded where
// they are written. Allocations are only ever added; taking back is a row below zero, so that what was open on any past day can be
// told. Every payment, allocation and taking back stands in the journal of billing in the same transaction. A booking
// is taken in once, by its hash, and an event of Stripe acts once, by its id, however often they come. Nothing an issued
// document says is changed: interest and fees are documents of their own.
package payments
