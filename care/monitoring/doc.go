// SPDX-License-Identifier: Apache-2.0

// Package monitoring watches the devices of clients and makes work of what it sees, before the client calls.
//
// A value arrives ([Engine.Observe]) and goes through the rules of its device, which are streams (package rules): nothing is
// asked of the stored series. Rules are found by policy: what is shipped ← firm ← client ← site ← group ← device; each level
// may change, switch off or add a rule by its key, and the page says which level says what. When the level of a series
// changes, an alert opens, worsens or ends.
//
// An alert is one open matter: of a rule, a device and a series. It is open, acknowledged, snoozed or resolved; it may be
// silenced, by a maintenance window, a mute or the device that it lies behind, and then says so and makes no noise. A minute
// after it opened, unless it has ended by itself, it becomes work: a ticket of origin monitor, with what was measured, a drawing
// and what changed on the device. Many devices of a client at once make one ticket. Recovery is noted on the ticket, and solves
// it where nobody has taken it up. Those who are on call hear of it by the chain of the device's place.
//
// What may never happen: two open alerts of one matter; an alert lost or told anew because the process died; a ticket made
// twice for an alert; somebody woken by what is in maintenance, muted or behind a device that is down; a message sent to
// an address inside the firm's network that the operator did not allow; memory that grows with time.
package monitoring
