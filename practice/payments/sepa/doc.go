// SPDX-License-Identifier: Apache-2.0

// Package sepa writes SEPA direct debits as pain.008.001.02 and pain.008.001.08, the two versions that banks take, and checks
// what such a file is made of: IBAN, BIC, creditor identifiers, mandates, characters, collection days with the bank
// holidays of TARGET. It has no database.
//
// # What is guaranteed
//
// [Write] writes a file that is valid under its schema and whose sums are those of its debits, or nothing. Debits are put into one
// block for each scheme and sequence. The same input gives the same bytes.
//
// The schemas are public and stay outside of this repository: a test runs xmllint with them where MAINSTAY_RULES names a folder
// that holds them as pain.008/pain.008.001.NN.xsd.
package sepa
