-- name: NextNumber :one
UPDATE quotes_counter SET next = next + 1 WHERE id = 1 RETURNING CAST(next - 1 AS BIGINT);

-- name: QuoteByID :one
SELECT * FROM quotes_quotes WHERE id = $1;

-- name: InsertQuote :exec
INSERT INTO quotes_quotes (id, number, client_id, person_id, person, email, title, draft, currency, month_minor, once_minor, valid, owner_id, owner, made_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15);

-- name: UpdateDraft :execrows
UPDATE quotes_quotes SET version = version + 1, client_id = $3, person_id = $4, person = $5, email = $6, title = $7, draft = $8, currency = $9, month_minor = $10, once_minor = $11, valid = $12, changed_at = $13
WHERE id = $1 AND version = $2;

-- name: MarkSent :execrows
UPDATE quotes_quotes SET version = version + 1, state = 1, draft = '', revision = $3, month_minor = $4, once_minor = $5, valid = $6, owner_id = $7, owner = $8, changed_at = $9
WHERE id = $1 AND version = $2;

-- name: SetState :execrows
UPDATE quotes_quotes SET version = version + 1, state = $3, draft = '', made = $4, changed_at = $5 WHERE id = $1 AND state = $2;

-- name: SetSums :exec
UPDATE quotes_quotes SET month_minor = $2, once_minor = $3 WHERE id = $1;

-- name: SetMade :exec
UPDATE quotes_quotes SET made = $2, failure = $3, agreement_id = $4, invoices = $5, version = version + 1, changed_at = $6 WHERE id = $1;

-- name: DeleteQuote :execrows
DELETE FROM quotes_quotes WHERE id = $1 AND version = $2 AND revision = 0;

-- name: InsertSent :exec
INSERT INTO quotes_sent (quote_id, revision, body, document, token, valid, sent_at, sent_to, sent_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: SentOf :many
SELECT * FROM quotes_sent WHERE quote_id = $1 ORDER BY revision DESC;

-- name: SentByToken :one
SELECT * FROM quotes_sent WHERE token = $1;

-- name: CloseSent :exec
UPDATE quotes_sent SET state = $2 WHERE quote_id = $1 AND state = 0;

-- name: Seen :exec
UPDATE quotes_sent SET seen_at = $3 WHERE quote_id = $1 AND revision = $2 AND seen_at = 0;

-- name: Decide :execrows
UPDATE quotes_sent SET state = $3, decided_at = $4, decided_by = $5, address = $6, agent = $7, reason = $8, choice = $9, signed = $10 WHERE quote_id = $1 AND revision = $2 AND state = 0;

-- name: MoveQuotes :exec
UPDATE quotes_quotes SET client_id = $2 WHERE client_id = $1;

-- name: WithItem :one
SELECT CAST(count(*) AS BIGINT) AS quotes FROM quotes_quotes q WHERE q.draft LIKE $1 OR EXISTS (SELECT 1 FROM quotes_sent s WHERE s.quote_id = q.id AND s.body LIKE $1);

-- name: DeleteSent :exec
DELETE FROM quotes_sent WHERE quote_id = $1;

-- name: ForgetQuote :exec
DELETE FROM quotes_quotes WHERE id = $1;
