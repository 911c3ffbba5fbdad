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
INSERT INTO access_sessions (id, user_id, token, created_at, seen_at, verified_at, address, agent, method, sid)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: SessionByToken :one
SELECT s.id, s.user_id, s.created_at, s.seen_at, s.verified_at, s.method, u.name, u.email, u.role, u.language, u.zone, u.theme, u.totp,
  (SELECT count(*) FROM access_passkeys k WHERE k.user_id = u.id) AS passkeys,
  (SELECT count(*) FROM access_notices n WHERE n.user_id = u.id AND n.session_id <> s.id) AS notices,
  CAST(COALESCE((SELECT c.value FROM config_values c WHERE c.key = 'access.second-factor'), '') AS TEXT) AS rule
FROM access_sessions s JOIN access_users u ON u.id = s.user_id
WHERE s.token = $1 AND u.active = 1;

-- name: TouchSession :exec
UPDATE access_sessions SET seen_at = $2, address = $3 WHERE id = $1;

-- name: VerifySession :exec
UPDATE access_sessions SET verified_at = $2, method = $3 WHERE id = $1;

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
SELECT t.id, t.user_id, t.scopes, t.expires_at, t.used_at, u.name, u.email, u.role, u.language, u.zone, u.totp,
  (SELECT count(*) FROM access_passkeys k WHERE k.user_id = u.id) AS passkeys,
  (SELECT count(*) FROM access_identities i WHERE i.user_id = u.id) AS identities,
  CAST(COALESCE((SELECT c.value FROM config_values c WHERE c.key = 'access.second-factor'), '') AS TEXT) AS rule
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

-- name: CountPasskeys :many
SELECT user_id, count(*) AS passkeys FROM access_passkeys GROUP BY user_id;

-- name: CountIdentities :one
SELECT count(*) FROM access_identities WHERE user_id = $1;

-- name: DeleteSessionByToken :exec
DELETE FROM access_sessions WHERE token = $1;

-- name: DeleteSessionsByMethod :execrows
DELETE FROM access_sessions WHERE user_id = $1 AND method = $2;

-- name: DeleteSessionsBySid :execrows
DELETE FROM access_sessions WHERE method = $1 AND sid = $2;

-- name: Strike :one
SELECT * FROM access_strikes WHERE key = $1;

-- name: AddStrike :one
INSERT INTO access_strikes (key, failures, last_at) VALUES ($1, 1, $2)
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN access_strikes.last_at < $3 THEN 1 ELSE access_strikes.failures + 1 END, last_at = excluded.last_at
RETURNING failures;

-- name: SetStrikeUntil :exec
UPDATE access_strikes SET until_at = $2 WHERE key = $1;

-- name: DeleteStrike :exec
DELETE FROM access_strikes WHERE key = $1;

-- name: DeleteOldStrikes :exec
DELETE FROM access_strikes WHERE last_at < $1;

-- name: DeleteStrikesOver :exec
DELETE FROM access_strikes WHERE last_at < (SELECT s.last_at FROM access_strikes s ORDER BY s.last_at DESC LIMIT 1 OFFSET $1);

-- name: InsertPending :exec
INSERT INTO access_pending (token, data, expires_at) VALUES ($1, $2, $3);

-- name: TryPending :one
UPDATE access_pending SET tries = tries + 1 WHERE token = $1 AND expires_at > $2 AND tries < $3 RETURNING data;

-- name: TakePending :one
DELETE FROM access_pending WHERE token = $1 AND expires_at > $2 AND tries < $3 RETURNING data;

-- name: DeletePending :exec
DELETE FROM access_pending WHERE token = $1;

-- name: DeleteOldPending :exec
DELETE FROM access_pending WHERE expires_at <= $1;

-- name: DeletePendingOver :exec
DELETE FROM access_pending WHERE expires_at < (SELECT p.expires_at FROM access_pending p ORDER BY p.expires_at DESC LIMIT 1 OFFSET $1);

-- name: CountPlaces :one
SELECT count(*) FROM access_places WHERE user_id = $1;

-- name: TouchPlace :execrows
UPDATE access_places SET last_at = $3 WHERE user_id = $1 AND place = $2;

-- name: InsertPlace :exec
INSERT INTO access_places (user_id, place, last_at) VALUES ($1, $2, $3)
ON CONFLICT (user_id, place) DO UPDATE SET last_at = excluded.last_at;

-- name: DeleteOldPlaces :exec
DELETE FROM access_places WHERE last_at < $1;

-- name: InsertNotice :exec
INSERT INTO access_notices (id, user_id, session_id, at, kind, detail, address, agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: Notices :many
SELECT * FROM access_notices WHERE user_id = $1 AND session_id <> $2 ORDER BY id DESC LIMIT 20;

-- name: DeleteNotices :exec
DELETE FROM access_notices WHERE user_id = $1 AND session_id <> $2 AND id <= $3;

-- name: DeleteOldNotices :exec
DELETE FROM access_notices WHERE at < $1;

-- name: AuditEntry :one
SELECT * FROM access_audit WHERE seq = $1;
