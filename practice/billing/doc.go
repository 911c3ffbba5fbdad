// SPDX-License-Identifier: Apache-2.0

// Package billing turns agreements and work into documents: it finds what is due, writes invoices and credit notes, gives them
// their numbers, and keeps the journal.
//
// # Words
//
// A run bills everything that is due by a day. A document is an invoice, a credit note or a fee: a draft until it is issued.
// A billed span (a line of a document that belongs to an agreement) says what was charged for which days; nothing is
// billed twice, because a run bills only the difference between what should be billed and the spans.
//
// # What may never happen
//
// An issued document never changes: its bytes are kept as they are and chained by a hash to the one before it in its series.
// Its number is taken in the transaction that issues it, so that a series has no gaps. What is wrong is corrected by a credit
// note, whose lines never take more than is left. A run that dies is taken up where it was: an agreement is billed
// whole, in one transaction, or not at all. A preview is the same code as a run, without the writing.
package billing
