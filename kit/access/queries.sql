-- name: InsertUser :exec
INSERT INTO access_users (id, email, name, role, password, language, zone, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: UserByID :one
SELECT * FROM access_users WHERE id = $1;

-- name: UserByEmail :one
SELECT * FROM access_users WHERE email = $1;

-- name: Users :many
SELECT * FROM access_users ORDER BY name, id;

-- name: CountUsers :one
SELECT count(*) FROM access_users;

-- name: CountOwners :one
SELECT count(*) FROM access_users WHERE role = 'owner' AND active = 1;

-- name: SetPassword :exec
UPDATE access_users SET password = $2 WHERE id = $1;

-- name: SetTOTP :exec
UPDATE access_users SET totp = $2, totp_step = $3, recovery = $4 WHERE id = $1;

-- name: UseTOTPStep :execrows
UPDATE access_users SET totp_step = $2 WHERE id = $1 AND totp_step < $2;

-- name: UseRecovery :execrows
UPDATE access_users SET recovery = $3 WHERE id = $1 AND recovery = $2;

-- name: SetProfile :exec
UPDATE access_users SET name = $2, language = $3, zone = $4, theme = $5 WHERE id = $1;

-- name: SetRole :exec
UPDATE access_users SET role = $2, active = $3 WHERE id = $1;

-- name: TouchUser :exec
UPDATE access_users SET seen_at = $2 WHERE id = $1;

-- name: InsertPasskey :exec
INSERT INTO access_passkeys (id, user_id, credential, name, data, created_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: PasskeysOf :many
SELECT * FROM access_passkeys WHERE user_id = $1 ORDER BY id;

-- name: UsePasskey :exec
UPDATE access_passkeys SET data = $2, used_at = $3 WHERE credential = $1;

-- name: DeletePasskey :execrows
DELETE FROM access_passkeys WHERE id = $1 AND user_id = $2;

-- name: DeletePasskeysOf :exec
DELETE FROM access_passkeys WHERE user_id = $1;

-- name: Identity :one
SELECT * FROM access_identities WHERE issuer = $1 AND subject = $2;

-- name: InsertIdentity :exec
INSERT INTO access_identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4);

-- name: InsertSession :exec
INSERT INTO access_sessions (id, user_id, token, created_at, seen_at, verified_at, address, agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: SessionByToken :one
SELECT s.id, s.user_id, s.created_at, s.seen_at, s.verified_at, u.name, u.email, u.role, u.language, u.zone, u.theme
FROM access_sessions s JOIN access_users u ON u.id = s.user_id
WHERE s.token = $1 AND u.active = 1;

-- name: TouchSession :exec
UPDATE access_sessions SET seen_at = $2, address = $3 WHERE id = $1;

-- name: VerifySession :exec
UPDATE access_sessions SET verified_at = $2 WHERE id = $1;

-- name: SessionsOf :many
SELECT * FROM access_sessions WHERE user_id = $1 ORDER BY seen_at DESC;

-- name: DeleteSession :execrows
DELETE FROM access_sessions WHERE id = $1 AND user_id = $2;

-- name: DeleteSessionsOf :exec
DELETE FROM access_sessions WHERE user_id = $1 AND id <> $2;

-- name: DeleteOldSessions :execrows
DELETE FROM access_sessions WHERE created_at < $1 OR seen_at < $2;

-- name: InsertLink :exec
INSERT INTO access_links (token, purpose, user_id, role, email, expires_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: Link :one
SELECT * FROM access_links WHERE token = $1 AND expires_at > $2;

-- name: DeleteLink :execrows
DELETE FROM access_links WHERE token = $1;

-- name: DeleteLinksFor :exec
DELETE FROM access_links WHERE purpose = $1 AND email = $2;

-- name: OpenInvitations :many
SELECT email, role, expires_at FROM access_links WHERE purpose = 'invite' AND expires_at > $1 ORDER BY email;

-- name: InsertToken :exec
INSERT INTO access_tokens (id, user_id, name, token, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: TokensOf :many
SELECT * FROM access_tokens WHERE user_id = $1 ORDER BY id DESC;

-- name: TokenByHash :one
SELECT t.id, t.user_id, t.scopes, t.expires_at, t.used_at, u.name, u.email, u.role, u.language, u.zone
FROM access_tokens t JOIN access_users u ON u.id = t.user_id
WHERE t.token = $1 AND u.active = 1;

-- name: TouchToken :exec
UPDATE access_tokens SET used_at = $2 WHERE id = $1;

-- name: DeleteToken :execrows
DELETE FROM access_tokens WHERE id = $1 AND user_id = $2;

-- name: LastAudit :one
SELECT seq, hash FROM access_audit ORDER BY seq DESC LIMIT 1;

-- name: InsertAudit :exec
INSERT INTO access_audit (seq, at, user_id, actor, action, subject, detail, address, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: AuditBefore :many
SELECT * FROM access_audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2;

-- name: AuditFrom :many
SELECT * FROM access_audit WHERE seq > $1 ORDER BY seq LIMIT $2;

-- name: DeleteTokensOf :exec
DELETE FROM access_tokens WHERE user_id = $1;
