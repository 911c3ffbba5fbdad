// SPDX-License-Identifier: Apache-2.0

// Package worklog is the work that was done: time, materials, expenses and kilometres.
//
// A time entry says who worked for whom, on which day and for how long, with a text for the client. Its coverage is decided when
// it is written and can be explained at any time: free, or billable at the price and by the rounding of a rate card (see
// rates). Entries go open → submitted → approved → billed, a week of a person at a time; only an approved one can be billed.
//
// A person has at most one running timer. It is a row and survives every restart; stopping it makes an entry.
//
// What may never happen: an entry that is billed twice, or changed after it was billed (a correction is a new entry that names
// it); a ticket that is charged less than its minimum or the minimum twice; a timer that is lost.
//
// Tickets belong to the desk, which practice does not know: an entry carries a ticket's id, number and subject, and the
// application says what they are ([Parts.Ticket]).
package worklog
