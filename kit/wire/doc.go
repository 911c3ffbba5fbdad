// SPDX-License-Identifier: Apache-2.0

// Package wire is the protocol between an endpoint's agent and the server: subjects, messages and the
// encoding of metrics. Both sides import it; it needs the standard library only.
//
// # Ways
//
// An agent keeps one outbound TLS connection that speaks NATS, directly or through a WebSocket. It signs in with a key pair
// made on the device (an nkey) and a credential (a JWT) that the server signed for it. The credential names what the agent
// may do, and the broker holds it to that:
//
//	publish    up.<device>.<kind>      a request; the server answers with an Ack (or a Welcome)
//	subscribe  down.<device>.>         what the server tells this device
//	subscribe  _INBOX.<device>.>       answers to its own requests
//
// Every client of the firm is an account of its own in the broker, so that no agent even shares a subject space with
// another client's. An agent gets none of the broker's own API.
//
// # Promises
//
// The server acknowledges only what is stored durably. An agent keeps what was not acknowledged and sends it again, in order.
// Everything is made so that a second arrival changes nothing: samples by their series and instant, sections of facts by
// their hash, results of checks by their instant. A frame that cannot be understood is answered with Refused, which
// means: never send it again; it is counted on both sides.
//
// Until signed orders exist no message makes an agent execute anything: the server tunes how often the agent looks and which
// observations it makes.
package wire
