-- name: Settings :one
SELECT * FROM portal_settings WHERE id = 1;

-- name: SaveSettings :execrows
UPDATE portal_settings SET version = version + 1, enabled = $2, everybody = $3, work = $4, rate = $5, accent = $6, welcome = $7, phone = $8, imprint = $9,
  privacy = $10, form_enabled = $11, hosts = $12 WHERE id = 1 AND version = $1;

-- name: SaveLogo :exec
UPDATE portal_settings SET version = version + 1, logo_ref = $1, logo_type = $2 WHERE id = 1;

-- name: Account :one
SELECT * FROM portal_accounts WHERE person_id = $1;

-- name: AccountsOf :many
SELECT a.* FROM portal_accounts a JOIN clients_people p ON p.id = a.person_id WHERE p.client_id = $1;

-- name: PutAccount :exec
INSERT INTO portal_accounts (person_id, invited, blocked, sees, billing, approver) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (person_id) DO UPDATE SET invited = excluded.invited, blocked = excluded.blocked, sees = excluded.sees, billing = excluded.billing, approver = excluded.approver;

-- name: SetLanguage :execrows
UPDATE portal_accounts SET language = $2 WHERE person_id = $1;

-- name: SeenAccount :exec
UPDATE portal_accounts SET seen_at = $2 WHERE person_id = $1;

-- name: DropAccount :exec
DELETE FROM portal_accounts WHERE person_id = $1;

-- name: PeopleWith :many
SELECT p.id, p.client_id, p.site_id, p.name, p.email, p.decides, c.name AS client, c.status FROM clients_people p JOIN clients_clients c ON c.id = p.client_id
WHERE lower(p.email) = $1 ORDER BY c.name_key, p.id;

-- name: PersonByID :one
SELECT p.id, p.client_id, p.site_id, p.name, p.email, p.decides, c.name AS client, c.status FROM clients_people p JOIN clients_clients c ON c.id = p.client_id
WHERE p.id = $1;

-- name: Password :one
SELECT password FROM portal_passwords WHERE email = $1;

-- name: PutPassword :exec
INSERT INTO portal_passwords (email, password, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (email) DO UPDATE SET password = excluded.password, changed_at = excluded.changed_at;

-- name: DropPassword :exec
DELETE FROM portal_passwords WHERE email = $1;

-- name: InsertSession :exec
INSERT INTO portal_sessions (id, person_id, token, email, method, address, agent, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: SessionByToken :one
SELECT * FROM portal_sessions WHERE token = $1;

-- name: TouchSession :exec
UPDATE portal_sessions SET seen_at = $2, address = $3 WHERE id = $1;

-- name: EndSession :exec
DELETE FROM portal_sessions WHERE id = $1;

-- name: EndByToken :exec
DELETE FROM portal_sessions WHERE token = $1;

-- name: EndByEmail :exec
DELETE FROM portal_sessions WHERE email = $1 AND id <> $2;

-- name: EndByPerson :exec
DELETE FROM portal_sessions WHERE person_id = $1;

-- name: CountSessions :one
SELECT count(*) FROM portal_sessions WHERE email = $1;

-- name: SweepSessions :exec
DELETE FROM portal_sessions WHERE created_at < $1 OR seen_at < $2;

-- name: InsertLink :exec
INSERT INTO portal_links (token, email, back, expires_at) VALUES ($1, $2, $3, $4);

-- name: Link :one
SELECT * FROM portal_links WHERE token = $1 AND expires_at > $2;

-- name: TakeLink :execrows
DELETE FROM portal_links WHERE token = $1 AND expires_at > $2;

-- name: DropLinks :exec
DELETE FROM portal_links WHERE email = $1;

-- name: SweepLinks :exec
DELETE FROM portal_links WHERE expires_at < $1;

-- name: SignOn :one
SELECT * FROM portal_sign_ons WHERE client_id = $1;

-- name: SignOns :many
SELECT s.* FROM portal_sign_ons s JOIN clients_clients c ON c.id = s.client_id WHERE c.status <> 'former' AND c.status <> 'merged' ORDER BY s.client_id;

-- name: PutSignOn :exec
INSERT INTO portal_sign_ons (client_id, issuer, oidc_client, secret, domains) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (client_id) DO UPDATE SET issuer = excluded.issuer, oidc_client = excluded.oidc_client, secret = excluded.secret, domains = excluded.domains;

-- name: DropSignOn :exec
DELETE FROM portal_sign_ons WHERE client_id = $1;

-- name: InsertApproval :exec
INSERT INTO portal_approvals (id, ticket_id, client_id, person_id, text, minor, currency, digest, asked_by, asked_name, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: ApprovalByID :one
SELECT sqlc.embed(a), COALESCE(d.answer, '') AS answer, COALESCE(d.person_id, 0) AS decided_by, COALESCE(d.name, '') AS decider, COALESCE(d.email, '') AS decider_email,
  COALESCE(d.comment, '') AS comment, COALESCE(d.address, '') AS address, COALESCE(d.decided_at, 0) AS decided_at
FROM portal_approvals a LEFT JOIN portal_decisions d ON d.approval_id = a.id WHERE a.id = $1;

-- name: ApprovalsOfTicket :many
SELECT sqlc.embed(a), COALESCE(d.answer, '') AS answer, COALESCE(d.person_id, 0) AS decided_by, COALESCE(d.name, '') AS decider, COALESCE(d.email, '') AS decider_email,
  COALESCE(d.comment, '') AS comment, COALESCE(d.address, '') AS address, COALESCE(d.decided_at, 0) AS decided_at
FROM portal_approvals a LEFT JOIN portal_decisions d ON d.approval_id = a.id WHERE a.ticket_id = $1 ORDER BY a.id;

-- name: ApprovalsOfClient :many
SELECT sqlc.embed(a), COALESCE(d.answer, '') AS answer, COALESCE(d.person_id, 0) AS decided_by, COALESCE(d.name, '') AS decider, COALESCE(d.email, '') AS decider_email,
  COALESCE(d.comment, '') AS comment, COALESCE(d.address, '') AS address, COALESCE(d.decided_at, 0) AS decided_at
FROM portal_approvals a LEFT JOIN portal_decisions d ON d.approval_id = a.id WHERE a.client_id = $1 ORDER BY a.id DESC LIMIT 500;

-- name: InsertDecision :execrows
INSERT INTO portal_decisions (approval_id, answer, person_id, name, email, comment, digest, address, agent, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (approval_id) DO NOTHING;

-- name: Rating :one
SELECT * FROM portal_ratings WHERE ticket_id = $1;

-- name: InsertRating :execrows
INSERT INTO portal_ratings (ticket_id, client_id, person_id, email, technician_id, solved_at, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (ticket_id) DO NOTHING;

-- name: Asked :execrows
UPDATE portal_ratings SET asked_at = $2, email = $3 WHERE ticket_id = $1 AND asked_at = 0 AND grade = 0;

-- name: Rate :execrows
UPDATE portal_ratings SET client_id = $5, grade = $2, comment = $3, rated_at = $4 WHERE ticket_id = $1;

-- name: AskedSince :one
SELECT count(*) FROM portal_ratings WHERE email = $1 AND asked_at > $2;

-- name: RatingsBetween :many
SELECT r.*, c.name AS client FROM portal_ratings r JOIN clients_clients c ON c.id = r.client_id
WHERE r.solved_at >= $1 AND r.solved_at < $2 ORDER BY r.solved_at DESC, r.ticket_id DESC LIMIT 20001;

-- name: DropRating :exec
DELETE FROM portal_ratings WHERE ticket_id = $1;

-- name: DropDecisions :exec
DELETE FROM portal_decisions WHERE approval_id IN (SELECT id FROM portal_approvals WHERE ticket_id = $1);

-- name: DropApprovals :exec
DELETE FROM portal_approvals WHERE ticket_id = $1;

-- name: MoveApprovals :exec
UPDATE portal_approvals SET client_id = $2 WHERE client_id = $1;

-- name: MoveRatings :exec
UPDATE portal_ratings SET client_id = $2 WHERE client_id = $1;

-- name: DropSignOnUnlessFree :exec
DELETE FROM portal_sign_ons WHERE portal_sign_ons.client_id = $1 AND EXISTS (SELECT 1 FROM portal_sign_ons x WHERE x.client_id = $2);

-- name: MoveSignOn :exec
UPDATE portal_sign_ons SET client_id = $2 WHERE client_id = $1;
