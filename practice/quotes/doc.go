// SPDX-License-Identifier: Apache-2.0

// Package quotes is what the firm offers a client in writing, until the client says yes or no.
//
// A quote is written as a draft and sent as a version. What was sent is frozen: its content, its PDF and the digest of that. A newer
// version replaces it. The client's person opens it by a secret link, of which only the digest is kept and which ends with the
// quote's validity, ticks what is optional, and accepts with their name or declines with a reason. Kept are name, time,
// address, browser, what was ticked, the digest of the document that was shown, and a signed PDF that says all this.
//
// A line is fixed, optional, or one of several alternatives of which exactly one is chosen. Recurring lines are
// summed by interval, those that come once apart. A discount lowers the price of each line, so that the quote, the agreement
// and the invoices come to the same.
//
// What may never happen: a version that changes after it was sent; a yes that is lost because something behind it fails (the
// agreement and the first invoice are made by a job that is tried again); a quote that is accepted twice or after it has
// ended; an agreement or invoice that is made twice.
package quotes
