// SPDX-License-Identifier: Apache-2.0

// Package knowledge keeps what the firm knows: articles, documents of clients, credentials, and what runs out.
//
// An article is Markdown with versions. One that belongs to a client is that client's document; the rest is the same.
// It is a draft or published, and internal or shared: a published shared article may be read in the portal, by the
// people of its client, or of all clients where it belongs to none. Files lie beside the text, which names
// them: ![The rack](rack.png).
//
// A credential has a key of its own that seals its secrets, and that key is sealed by the installation's key. Every version is
// kept sealed. Whoever reads one is written down first, in the audit trail and in the credential's history.
//
// A share is a link that opens once: of a credential, or of a text. What it holds is sealed by a key made of the link
// itself, of which only a digest is kept: the database alone cannot read it.
//
// A record is something that ends: a domain, a certificate, a contract with a vendor, a warranty, a licence. Its due day is
// the day by which somebody must act: the end less the notice. Before it one ticket reminds, at the days that the
// firm chose for the kind; at later ones a note is added to that ticket. A new due day starts anew.
//
// What may never happen: a secret in clear in database, log, search, export or an error; a secret that leaves without its
// line in the audit trail; a link that opens twice; an article shown to whom it is not for; a version that changes or
// goes while its article stays; two tickets for one due day of a record, or none because nobody was there on the day.
package knowledge
