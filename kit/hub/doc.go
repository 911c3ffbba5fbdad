// SPDX-License-Identifier: Apache-2.0

// Package hub is where agents connect: an embedded NATS server, or a NATS cluster that the operator runs.
//
// Each client of the firm is an account of the broker, so that no subject is shared between clients. The broker itself holds
// an agent to the subjects of its own device (kit/wire names them); an agent has no access to the broker's own API and
// none to JetStream. The server hears all agents through one account, whose export puts the account into the subject: what is said
// on up.<account>.<device>.<kind> was said by a credential of that account for that device, whatever the message claims.
//
// Nothing is kept in the broker: a message is answered when the areas have stored it, and what is not answered is sent again by
// the agent. All keys follow from one secret: a lost data folder is restored by a backup of that secret, and
// no list of keys has to be kept in step.
package hub
