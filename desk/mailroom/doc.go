// SPDX-License-Identifier: Apache-2.0

// Package mailroom takes mail in and sends mail out.
//
// A mailbox is an account on a mail server that is read by IMAP and written from by SMTP. What comes in is a message:
// first the whole mail is written to the file store and synced, with a row that says "stored"; then it is filed in one
// transaction together with the ticket or the entry that it becomes; only then is the server told. A process that dies
// anywhere in between does the rest when it starts again: rows that are stored are filed, rows that are filed are
// acknowledged. Doubling is kept out twice, by the mailbox, UIDVALIDITY and UID under which the server knows a mail, and by
// a digest that all copies of a mail share.
//
// Filing asks, in this order: is it from ourselves, blocked, a delivery report, forged; does it carry the signed token of
// a ticket; does it answer a mail that a ticket knows; whose address, whose domain is it. What is not clear becomes
// review: a person decides. What is refused is kept with its reason.
//
// What goes out is an outgoing: written in the transaction of the reply that it carries, sent by the outbox with growing
// pauses between tries, at least once. Machines are never answered.
//
// What may never happen: a mail that is acknowledged and not kept; a mail that becomes two tickets; a client who reads
// another client's ticket because of what a mail claims; an answer to an answering machine.
package mailroom
