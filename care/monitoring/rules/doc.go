// SPDX-License-Identifier: Apache-2.0

// Package rules decides when a stream of values is worth an alert. It is arithmetic: no context, SQL, HTTP or clock; the
// same values give the same answers.
//
// A [Rule] is what a person wrote; [Compile] checks it. For each series there is a [State]; [Compiled.Step] takes one value
// and says whether the level changed: OK, Warning or Critical. [Compiled.Tick] is for the passing of time alone, which is all
// that an absence consists of.
//
// Every kind first makes a number of the stream (the value itself, its rate, the days until a disk is full, how far beyond
// everything usual, the share of bad results) and then one and the same machine with two limits, hysteresis and duration
// decides. A baseline needs no limit of its own: what is usual is learned from the series itself.
//
// What may never happen: a value that is no number, comes twice or out of order changes anything; a state stored and loaded
// answers otherwise than one that was kept; a level raised before its duration was seen in full; memory that grows with time.
package rules
