-- name: Reader :one
SELECT u.id, u.role, coalesce(c.shown, -1) AS shown, coalesce(c.mailed, -1) AS mailed, coalesce(c.pushed, -1) AS pushed,
  (SELECT count(*) FROM notify_browsers b WHERE b.user_id = u.id) AS browsers
FROM access_users u LEFT JOIN notify_choices c ON c.user_id = u.id AND c.kind = $2
WHERE u.id = $1 AND u.active = 1;

-- name: Choosers :many
SELECT u.id FROM notify_choices c JOIN access_users u ON u.id = c.user_id
WHERE c.kind = $1 AND u.active = 1 AND (c.shown = 1 OR c.mailed = 1 OR c.pushed = 1)
ORDER BY u.id;

-- name: Everybody :many
SELECT id FROM access_users WHERE active = 1 ORDER BY id;

-- name: PendingMail :one
SELECT CAST(coalesce(min(mail_due), 0) AS BIGINT) FROM notify_notices WHERE user_id = $1 AND about = $2 AND mail_due > 0;

-- name: InsertNotice :execrows
INSERT INTO notify_notices (id, user_id, kind, about, link, data, once, shown, mail_due, created_at, push_due)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING;

-- name: Unread :one
SELECT count(*) FROM (SELECT id FROM notify_notices WHERE user_id = $1 AND shown = 1 AND read_at = 0 LIMIT 100) AS part;

-- name: Notices :many
SELECT * FROM notify_notices WHERE user_id = $1 AND shown = 1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: UnreadNotices :many
SELECT * FROM notify_notices WHERE user_id = $1 AND shown = 1 AND read_at = 0 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: NoticeOf :one
SELECT * FROM notify_notices WHERE id = $1 AND user_id = $2 AND shown = 1;

-- name: ReadOne :execrows
UPDATE notify_notices SET read_at = $3 WHERE id = $1 AND user_id = $2 AND read_at = 0;

-- name: ReadAbout :execrows
UPDATE notify_notices SET read_at = $3 WHERE user_id = $1 AND about = $2 AND read_at = 0;

-- name: HasUnreadAbout :one
SELECT count(*) FROM (SELECT id FROM notify_notices WHERE user_id = $1 AND about = $2 AND read_at = 0 LIMIT 1) AS part;

-- name: ReadUpTo :execrows
UPDATE notify_notices SET read_at = $3 WHERE user_id = $1 AND id <= $2 AND read_at = 0;

-- name: Unsee :execrows
UPDATE notify_notices SET read_at = 0, mail_due = 0 WHERE id = $1 AND user_id = $2 AND shown = 1;

-- name: ChoicesOf :many
SELECT * FROM notify_choices WHERE user_id = $1 ORDER BY kind;

-- name: DropChoices :exec
DELETE FROM notify_choices WHERE user_id = $1;

-- name: PutChoice :exec
INSERT INTO notify_choices (user_id, kind, shown, mailed, pushed) VALUES ($1, $2, $3, $4, $5);

-- name: DueReaders :many
SELECT DISTINCT user_id FROM notify_notices WHERE mail_due > 0 AND mail_due <= $1 ORDER BY user_id LIMIT 500;

-- name: TakeDue :many
UPDATE notify_notices SET mail_due = 0 WHERE user_id = $1 AND mail_due > 0 AND mail_due <= $2 RETURNING *;

-- name: ShowInstead :exec
UPDATE notify_notices SET mail_due = 0, shown = 1 WHERE user_id = $1 AND mail_due > 0 AND mail_due <= $2;

-- name: Person :one
SELECT id, name, email, language, zone, active FROM access_users WHERE id = $1;

-- name: Sweep :execrows
DELETE FROM notify_notices WHERE id IN (
  SELECT id FROM notify_notices AS old WHERE old.created_at < $2 OR (old.created_at < $1 AND (old.read_at > 0 OR (old.shown = 0 AND old.mail_due = 0 AND old.push_due = 0))) ORDER BY old.created_at LIMIT 5000);

-- name: Forget :exec
DELETE FROM notify_notices WHERE about = $1;

-- name: Browsers :many
SELECT * FROM notify_browsers WHERE user_id = $1 ORDER BY id;

-- name: BrowserCount :one
SELECT count(*) FROM notify_browsers WHERE user_id = $1;

-- name: DropEndpoint :exec
DELETE FROM notify_browsers WHERE endpoint = $1;

-- name: InsertBrowser :exec
INSERT INTO notify_browsers (id, user_id, endpoint, key, secret, name, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: DropBrowser :execrows
DELETE FROM notify_browsers WHERE id = $1 AND user_id = $2;

-- name: BrowserUsed :exec
UPDATE notify_browsers SET used_at = $2, failed = 0 WHERE id = $1;

-- name: BrowserFailed :exec
UPDATE notify_browsers SET failed = failed + 1 WHERE id = $1;

-- name: ClaimPushes :many
UPDATE notify_notices SET push_due = $2 WHERE id IN (
  SELECT due.id FROM notify_notices AS due WHERE due.push_due > 0 AND due.push_due <= $1 ORDER BY due.push_due LIMIT 200) AND push_due <= $1 RETURNING *;

-- name: PushDone :exec
UPDATE notify_notices SET push_due = 0 WHERE id = $1;
