// SPDX-License-Identifier: Apache-2.0

// Package pdf draws an [invoice.Invoice] for people: invoices, credit notes and fees, with the reasons of each line, the code that a
// banking app reads, and a mark across what is still a draft. It draws on kit/paper in the document's own language; every word that
// it says stands in kit/locale for all languages of documents.
//
// The same document and look give the same bytes. What it shows is the value and nothing else: it reckons nothing.
package pdf
