// SPDX-License-Identifier: Apache-2.0

// Package portal is where people of clients follow what the firm does for them: they raise tickets, read what was said,
// answer, approve, and say how it went.
//
// Who comes in is a person of a client with an e-mail address. An account is what was decided of such a person; without
// one the usual holds: they see the tickets that they asked. They sign in by a link that is mailed to them, by a password
// that they set afterwards, or by the single sign-on of their own client. A password belongs to an address; whose address is
// that of people of several clients chooses. What single sign-on of one client says holds within that client only.
//
// The access router lets a person of a client in under one part of the address only, with permissions that nobody of the
// firm has. What they may see is a scope of one client, and within it a share (helpdesk.Share): their own tickets, those of
// their site, or all. Only what is public of a thread is shown, searched or handed out.
//
// An approval is a question of the firm to a client; its answer is kept with who, when and from where, and with the digest of
// what was asked; neither is ever changed. A rating is how a client found a ticket was dealt with.
//
// What may never happen: a byte of one client shown to a person of another; an internal note, or that it has a word, told to
// anybody outside; an answer that tells whether an address is known; a decision that changes; a rating asked twice.
package portal
