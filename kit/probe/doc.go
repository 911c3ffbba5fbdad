// SPDX-License-Identifier: Apache-2.0

// Package probe looks at things from outside: does a website answer, has a certificate run out, how many packets are lost. The server
// and the agents use the same code; [mainstay/kit/wire.Probe] says what is to be looked at, an Observation what was found.
//
// A kind is a function in [Kinds]. Those of this package are [Usual]; what needs more lives in packages beside it, and package all puts
// them together for both programs.
//
// What holds for all kinds:
//   - Every address is shown to the [Guard] at the moment at which a packet is about to go there, after names were resolved and for
//     each redirect anew. A kind that dials itself asks [Guard.Check] for each address.
//   - A probe asks and changes nothing. What would send text of one's own choice (a body, a line) needs a guard that lets it.
//   - Whatever goes wrong is an observation with a sentence that has the numbers in it; nothing of what came back is trusted, all of it
//     is bounded, and a panic is an unknown state.
//   - Secrets never come into an observation.
package probe
