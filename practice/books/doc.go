// SPDX-License-Identifier: Apache-2.0

// Package books is the firm's history as imported from its old tools or made
// here: invoice lines, recurring templates, tickets, hours, clients, people and
// assets. It is the evidence base that the journey is measured from.
//
// What may never happen: a file half imported; a row imported twice; an amount changed on
// the way in; a row dropped without a note.
package books
