-- name: InsertArticle :exec
INSERT INTO knowledge_articles (id, client_id, shared, published, title, folder, tags, body, ticket_id, author_id, author, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: UpdateArticle :execrows
UPDATE knowledge_articles SET version = version + 1, client_id = $3, shared = $4, published = $5, title = $6, folder = $7, tags = $8, body = $9,
  author_id = $10, author = $11, updated_at = $12
WHERE id = $1 AND version = $2;

-- name: ArticleByID :one
SELECT * FROM knowledge_articles WHERE id = $1;

-- name: ArticlesOfClient :many
SELECT * FROM knowledge_articles WHERE client_id = $1 ORDER BY id;

-- name: DeleteArticle :execrows
DELETE FROM knowledge_articles WHERE id = $1;

-- name: InsertVersion :exec
INSERT INTO knowledge_versions (id, article_id, number, title, body, shared, published, restored, author_id, author, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: VersionsOf :many
SELECT id, article_id, number, title, shared, published, restored, author_id, author, made_at FROM knowledge_versions WHERE article_id = $1 ORDER BY number DESC;

-- name: VersionOf :one
SELECT * FROM knowledge_versions WHERE article_id = $1 AND number = $2;

-- name: DeleteVersions :exec
DELETE FROM knowledge_versions WHERE article_id = $1;

-- name: InsertFile :exec
INSERT INTO knowledge_files (id, article_id, ref, name, size, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: FilesOf :many
SELECT * FROM knowledge_files WHERE article_id = $1 AND removed_at = 0 ORDER BY id;

-- name: FileOf :one
SELECT * FROM knowledge_files WHERE article_id = $1 AND id = $2;

-- name: RemoveFile :execrows
UPDATE knowledge_files SET removed_at = $3 WHERE article_id = $1 AND id = $2 AND removed_at = 0;

-- name: DeleteFiles :exec
DELETE FROM knowledge_files WHERE article_id = $1;

-- name: FolderNames :many
SELECT folder, count(*) AS n FROM knowledge_articles WHERE client_id = $1 AND folder <> '' GROUP BY folder ORDER BY folder;

-- name: SharedFolderNames :many
SELECT folder, count(*) AS n FROM knowledge_articles WHERE published = 1 AND shared = 1 AND client_id IN (0, $1) AND folder <> '' GROUP BY folder ORDER BY folder;

-- name: InsertCredential :exec
INSERT INTO knowledge_credentials (id, client_id, name, username, url, device, site, has_totp, has_notes, data_key, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: UpdateCredential :execrows
UPDATE knowledge_credentials SET version = version + 1, client_id = $3, name = $4, username = $5, url = $6, device = $7, site = $8, has_totp = $9, has_notes = $10, updated_at = $11
WHERE id = $1 AND version = $2;

-- name: CredentialByID :one
SELECT * FROM knowledge_credentials WHERE id = $1;

-- name: ArchiveCredential :execrows
UPDATE knowledge_credentials SET archived = $2, updated_at = $3 WHERE id = $1;

-- name: DeleteCredential :execrows
DELETE FROM knowledge_credentials WHERE id = $1;

-- name: CredentialKeys :many
SELECT id, data_key FROM knowledge_credentials WHERE id > $1 ORDER BY id LIMIT 200;

-- name: Rewrap :execrows
UPDATE knowledge_credentials SET data_key = $3 WHERE id = $1 AND data_key = $2;

-- name: InsertSecret :exec
INSERT INTO knowledge_secrets (id, credential_id, number, name, username, url, device, site, secret, totp, notes, restored, author_id, author, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: SecretOf :one
SELECT * FROM knowledge_secrets WHERE credential_id = $1 AND number = $2;

-- name: SecretsOf :many
SELECT id, credential_id, number, name, username, restored, author_id, author, made_at FROM knowledge_secrets WHERE credential_id = $1 ORDER BY number DESC;

-- name: DeleteSecrets :exec
DELETE FROM knowledge_secrets WHERE credential_id = $1;

-- name: InsertReading :exec
INSERT INTO knowledge_readings (id, credential_id, what, user_id, reader, address, read_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: ReadingsOf :many
SELECT * FROM knowledge_readings WHERE credential_id = $1 ORDER BY id DESC LIMIT 100;

-- name: DeleteReadings :exec
DELETE FROM knowledge_readings WHERE credential_id = $1;

-- name: InsertShare :exec
INSERT INTO knowledge_shares (id, digest, credential_id, client_id, label, sealed, salt, author_id, author, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: ShareByDigest :one
SELECT * FROM knowledge_shares WHERE digest = $1;

-- name: ShareByID :one
SELECT * FROM knowledge_shares WHERE id = $1;

-- name: Shares :many
SELECT * FROM knowledge_shares ORDER BY made_at DESC, id DESC LIMIT 200;

-- name: SharesOf :many
SELECT * FROM knowledge_shares WHERE credential_id = $1 ORDER BY id DESC LIMIT 100;

-- name: BurnShare :execrows
UPDATE knowledge_shares SET sealed = '', opened_at = $2, opened_from = $3 WHERE id = $1 AND opened_at = 0 AND recalled_at = 0 AND sealed <> '';

-- name: RecallShare :execrows
UPDATE knowledge_shares SET sealed = '', recalled_at = $2 WHERE id = $1 AND opened_at = 0 AND recalled_at = 0;

-- name: TryShare :execrows
UPDATE knowledge_shares SET tries = tries + 1 WHERE id = $1 AND tries < $2 AND opened_at = 0 AND recalled_at = 0;

-- name: EmptyShares :execrows
UPDATE knowledge_shares SET sealed = '' WHERE expires_at <= $1 AND sealed <> '';

-- name: DeleteShares :exec
DELETE FROM knowledge_shares WHERE credential_id = $1;

-- name: InsertRecord :exec
INSERT INTO knowledge_records (id, client_id, kind, name, ends, notice, due, set_on, fields, notes, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: UpdateRecord :execrows
UPDATE knowledge_records SET version = version + 1, client_id = $3, name = $4, ends = $5, notice = $6, due = $7, set_on = $8, fields = $9, notes = $10, updated_at = $11
WHERE id = $1 AND version = $2;

-- name: RecordByID :one
SELECT * FROM knowledge_records WHERE id = $1;

-- name: RecordsOfClient :many
SELECT * FROM knowledge_records WHERE client_id = $1 ORDER BY id;

-- name: ArchiveRecord :execrows
UPDATE knowledge_records SET version = version + 1, archived = $2, updated_at = $3 WHERE id = $1;

-- name: DeleteRecord :execrows
DELETE FROM knowledge_records WHERE id = $1;

-- name: DeleteReminders :exec
DELETE FROM knowledge_reminders WHERE record_id = $1;

-- name: RecordsDue :many
SELECT id, due FROM knowledge_records WHERE archived = 0 AND due <= $1 AND due >= set_on AND (due > $2 OR (due = $2 AND id > $3)) ORDER BY due, id LIMIT 200;

-- name: ReminderOf :one
SELECT * FROM knowledge_reminders WHERE record_id = $1 AND due = $2;

-- name: RemindersOf :many
SELECT * FROM knowledge_reminders WHERE record_id = $1 ORDER BY due DESC;

-- name: RemindersOfTicket :many
SELECT * FROM knowledge_reminders WHERE ticket_id = $1;

-- name: ClaimReminder :execrows
INSERT INTO knowledge_reminders (record_id, due, told, told_at) VALUES ($1, $2, $3, $4) ON CONFLICT (record_id, due) DO NOTHING;

-- name: RemindOn :exec
UPDATE knowledge_reminders SET ticket_id = $3 WHERE record_id = $1 AND due = $2;

-- name: RemindAgain :execrows
UPDATE knowledge_reminders SET told = $3, told_at = $4 WHERE record_id = $1 AND due = $2 AND told > $3;

-- name: Leads :many
SELECT * FROM knowledge_leads;

-- name: SetLeads :exec
INSERT INTO knowledge_leads (kind, days) VALUES ($1, $2) ON CONFLICT (kind) DO UPDATE SET days = excluded.days;

-- name: MoveArticles :exec
UPDATE knowledge_articles SET client_id = $2, version = version + 1 WHERE client_id = $1;

-- name: MoveCredentials :exec
UPDATE knowledge_credentials SET client_id = $2 WHERE client_id = $1;

-- name: MoveShares :exec
UPDATE knowledge_shares SET client_id = $2 WHERE client_id = $1;

-- name: MoveRecords :exec
UPDATE knowledge_records SET client_id = $2, version = version + 1 WHERE client_id = $1;
