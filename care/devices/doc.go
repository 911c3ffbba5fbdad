// SPDX-License-Identifier: Apache-2.0

// Package devices knows the machines of the clients: which there are, what they are made of, what runs on them, and what changed.
//
// A device belongs to one client and may stand at one of its sites. It comes by an agent that enrols (source agent), by an import, by
// hand, or because it was found in a network. Its state follows from its rows: it is active, or retired since an instant, perhaps
// replaced by another. Retiring revokes the agent's key; the history stays.
//
// An agent enrols with a token of a client, makes its key pair itself and gets a credential for the broker (kit/hub). A machine
// that was here before is known again, by its operating system's identifier and else by its serial number, and keeps its
// history; the old key is revoked. A machine that enrols while the one with the same identifier is being heard is a copy: it becomes
// a device of its own, and both are marked.
//
// All devices are held in memory (Roster), because ten thousand of them are heard each minute: lists, groups by query
// and the intake read there. The database is the truth; what other processes write is taken up.
//
// What may never happen: an agent's word taken for another device; a change that is not in the log; a client's device shown to
// another client; history that goes when a device is renamed, moved or replaced.
package devices
