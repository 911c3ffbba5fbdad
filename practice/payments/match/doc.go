// SPDX-License-Identifier: Apache-2.0

// Package match finds which open invoices a booking on the bank account pays. It is pure: the same line and the same
// [Book] give the same answer.
//
// # What is guaranteed
//
// A [Match] never gives out more than came in, never more to an invoice than is open, and names no invoice twice; what is
// left over is [Match.Over]. Currencies never mix. The best match comes first; each says why in [Reason]s.
//
// [Match.Certain] is true only where nobody would decide otherwise: a reference or number that names an invoice beyond doubt and an
// amount that pays it to the cent, or a payer who is known by account and one way only to make up the amount. Everything
// else is a proposal for a person. Two answers that are equally good are both no more than proposals.
package match
