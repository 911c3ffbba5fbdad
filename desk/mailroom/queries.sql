-- name: Mailboxes :many
SELECT * FROM mailroom_mailboxes ORDER BY name, id;

-- name: MailboxByID :one
SELECT * FROM mailroom_mailboxes WHERE id = $1;

-- name: InsertMailbox :exec
INSERT INTO mailroom_mailboxes (id, name, address, enabled, board_id, auth, username, secret, oauth_tenant, oauth_client, oauth_secret,
  imap_host, imap_port, imap_security, folder, folder_done, smtp_host, smtp_port, smtp_security, trusted, acknowledge, receipt, signature, created_at, plus)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25);

-- name: UpdateMailbox :execrows
UPDATE mailroom_mailboxes SET version = version + 1, name = $3, address = $4, enabled = $5, board_id = $6, auth = $7, username = $8, secret = $9,
  oauth_tenant = $10, oauth_client = $11, oauth_secret = $12, imap_host = $13, imap_port = $14, imap_security = $15, folder = $16, folder_done = $17,
  smtp_host = $18, smtp_port = $19, smtp_security = $20, trusted = $21, acknowledge = $22, receipt = $23, signature = $24, plus = $25
WHERE id = $1 AND version = $2;

-- name: ForgetPlace :exec
UPDATE mailroom_mailboxes SET uid_validity = 0, uid_next = 0 WHERE id = $1;

-- name: SetPlace :exec
UPDATE mailroom_mailboxes SET uid_validity = $2, uid_next = $3 WHERE id = $1;

-- name: MailboxWell :exec
UPDATE mailroom_mailboxes SET read_at = $2, error = '', error_at = 0 WHERE id = $1;

-- name: MailboxIll :exec
UPDATE mailroom_mailboxes SET error = $2, error_at = $3 WHERE id = $1;

-- name: InsertMessage :execrows
INSERT INTO mailroom_messages (id, mailbox_id, uid_validity, uid, ref, size, state, reason, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (mailbox_id, uid_validity, uid) DO NOTHING;

-- name: MessageByID :one
SELECT * FROM mailroom_messages WHERE id = $1;

-- name: Stored :many
SELECT id FROM mailroom_messages WHERE state = 'stored' AND id > $1 ORDER BY id LIMIT 200;

-- name: HasMessage :one
SELECT count(*) FROM mailroom_messages WHERE mailbox_id = $1 AND uid_validity = $2 AND uid = $3;

-- name: Unacked :many
SELECT id, uid FROM mailroom_messages WHERE acked = 0 AND mailbox_id = $1 AND uid_validity = $2 AND uid > 0 AND state <> 'stored' AND reason <> 'size' ORDER BY id LIMIT 500;

-- name: Acked :exec
UPDATE mailroom_messages SET acked = 1 WHERE id = $1;

-- name: Tried :exec
UPDATE mailroom_messages SET tries = tries + 1 WHERE id = $1;

-- name: FileMessage :execrows
UPDATE mailroom_messages SET state = $2, reason = $3, detail = $4, message_id = $5, sender = $6, sender_name = $7, subject = $8, preview = $9, dmarc = $10,
  images = $11, broken = $12, ticket_id = $13, entry_id = $14, client_id = $15, done_at = $16, copies = $17
WHERE id = $1 AND state = sqlc.arg(was);

-- name: See :execrows
INSERT INTO mailroom_seen (digest, message_id) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING;

-- name: Belongs :exec
INSERT INTO mailroom_threads (message_id, ticket_id) VALUES ($1, $2) ON CONFLICT (message_id, ticket_id) DO NOTHING;

-- name: ThreadsOf :many
SELECT ticket_id FROM mailroom_threads WHERE message_id = $1 ORDER BY ticket_id DESC LIMIT 10;

-- name: Recent :one
SELECT count(*) FROM mailroom_messages WHERE ticket_id = $1 AND sender = $2 AND received_at > $3;

-- name: RecentTickets :one
SELECT count(*) FROM mailroom_messages WHERE state = 'ticket' AND sender = $1 AND received_at > $2;

-- name: LastFrom :one
SELECT * FROM mailroom_messages WHERE ticket_id = $1 AND state IN ('ticket', 'reply') ORDER BY id DESC LIMIT 1;

-- name: ByState :many
SELECT * FROM mailroom_messages WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT 51;

-- name: CountState :one
SELECT count(*) FROM mailroom_messages WHERE state = $1;

-- name: MessagesOfEntries :many
SELECT m.* FROM mailroom_messages m WHERE m.ticket_id = $1 AND m.entry_id > 0 ORDER BY m.id;

-- name: Sender :one
SELECT * FROM mailroom_senders WHERE pattern = $1;

-- name: Senders :many
SELECT * FROM mailroom_senders ORDER BY pattern;

-- name: PutSender :exec
INSERT INTO mailroom_senders (pattern, client_id, blocked, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (pattern) DO UPDATE SET client_id = excluded.client_id, blocked = excluded.blocked;

-- name: DropSender :execrows
DELETE FROM mailroom_senders WHERE pattern = $1;

-- name: MoveSenders :exec
UPDATE mailroom_senders SET client_id = $2 WHERE client_id = $1;

-- name: MoveMessages :exec
UPDATE mailroom_messages SET client_id = $2 WHERE client_id = $1;

-- name: InsertOutgoing :exec
INSERT INTO mailroom_outgoing (id, mailbox_id, ticket_id, entry_id, kind, message_id, recipients, subject, body, html, refs, files, due, created_at, copies)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14);

-- name: TakeOutgoing :one
UPDATE mailroom_outgoing SET lease = $2, attempts = attempts + 1
WHERE id IN (SELECT o.id FROM mailroom_outgoing o WHERE o.state = 'waiting' AND o.due <= $1 AND o.lease < $1 ORDER BY o.due, o.id LIMIT 1) AND lease < $1
RETURNING *;

-- name: Sent :exec
UPDATE mailroom_outgoing SET state = 'sent', error = '', lease = 0, sent_at = $2,
  body = CASE WHEN kind = 'secret' THEN '' ELSE body END
WHERE id = $1;

-- name: Unsent :exec
UPDATE mailroom_outgoing SET state = $2, error = $3, due = $4, lease = 0 WHERE id = $1;

-- name: OutgoingByMessageID :one
SELECT * FROM mailroom_outgoing WHERE message_id = $1;

-- name: OutgoingOf :many
SELECT * FROM mailroom_outgoing WHERE ticket_id = $1 ORDER BY id;

-- name: OutgoingIn :many
SELECT * FROM mailroom_outgoing WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT 51;

-- name: OutgoingByID :one
SELECT * FROM mailroom_outgoing WHERE id = $1;

-- name: BounceOutgoing :exec
UPDATE mailroom_outgoing SET state = 'bounced', error = $2 WHERE id = $1;

-- name: RetryOutgoing :execrows
UPDATE mailroom_outgoing SET state = 'waiting', attempts = 0, due = $2, lease = 0 WHERE id = $1 AND state IN ('failed', 'bounced') AND (kind <> 'secret' OR body <> '');

-- name: Receipts :one
SELECT count(*) FROM mailroom_outgoing WHERE kind = 'receipt' AND recipients = $1 AND created_at > $2;

-- name: Claim :execrows
UPDATE mailroom_messages SET state = 'stored' WHERE id = $1 AND state = $2;

-- name: SetState :execrows
UPDATE mailroom_messages SET state = $2, reason = $3, done_at = $4 WHERE id = $1 AND state = sqlc.arg(was);
