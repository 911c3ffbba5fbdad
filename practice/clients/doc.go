// SPDX-License-Identifier: Apache-2.0

// Package clients is who the firm serves: organisations with their sites, people and notes.
//
// A client is active, prospect or former; one that was merged into another keeps its row with the
// state merged, so that old links lead on. Every spelling under which a client appears in the books
// is kept as a name, and an import finds the client by any of them.
//
// What may never happen: two clients under one name; a merge that loses a site,
// person, note or name; a change over somebody else's newer one (version).
package clients
