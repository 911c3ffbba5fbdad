// SPDX-License-Identifier: Apache-2.0

// Package helpdesk keeps tickets: what clients ask for, what monitors report, what is planned, and everything that was
// said and done about it.
//
// A ticket has a thread of entries, to which rows are only ever added. It lies on a board (the firm's queues) and has a
// status; each status belongs to one of five states: new, open, waiting, solved, closed. Who started it, its origin, is
// fixed when it is made, with what shows it: the journey counts origins. Its priority comes from impact and urgency.
//
// Service levels (package sla) give a ticket deadlines, which are kept in its row and worked out anew whenever
// something changes that they depend on: status, priority, client, policy, calendar. One clock of working time counts for
// all promises of a ticket; it stands in the states that stop it, and what it has counted stays whatever changes. An alarm
// is given once when a promise comes near its end and once when it is broken, and escalations follow it.
//
// Plans are work that recurs: one ticket for each due day, also for days that were missed. Reports are reckoned from the
// roll.
//
// Lists are answered from the [Roll]: what a list shows or filters by of every ticket, in memory, kept in step with the
// database by a sequence number. A list of a million tickets with any filter and order so costs milliseconds.
//
// What may never happen: an entry that changes or goes; an origin that changes; a ticket of one client shown to
// another; a number given twice; a deadline that lies although the clock stands; an alarm given twice or not at all; a due day of a plan
// without its ticket, or with two; how a finished ticket kept its promises, changed by what is promised later.
package helpdesk
