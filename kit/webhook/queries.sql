-- name: Version :one
SELECT version FROM webhook_state WHERE id = 1;

-- name: Bump :exec
UPDATE webhook_state SET version = version + 1 WHERE id = 1;

-- name: Endpoints :many
SELECT * FROM webhook_endpoints ORDER BY id;

-- name: EndpointByID :one
SELECT * FROM webhook_endpoints WHERE id = $1;

-- name: InsertEndpoint :exec
INSERT INTO webhook_endpoints (id, url, description, events, enabled, reason, secret, made_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: UpdateEndpoint :execrows
UPDATE webhook_endpoints SET url = $3, description = $4, events = $5, enabled = $6, reason = $7, failing_since = $8, version = version + 1
WHERE id = $1 AND version = $2;

-- name: SetSecret :execrows
UPDATE webhook_endpoints SET former = secret, former_until = $3, secret = $2, version = version + 1 WHERE id = $1;

-- name: DropEndpoint :execrows
DELETE FROM webhook_endpoints WHERE id = $1;

-- name: SwitchOff :execrows
UPDATE webhook_endpoints SET enabled = 0, reason = $2, version = version + 1 WHERE id = $1 AND enabled = 1;

-- name: Hold :exec
UPDATE webhook_endpoints SET version = version WHERE id = $1;

-- name: Arrived :exec
UPDATE webhook_endpoints SET failing_since = 0 WHERE id = $1 AND failing_since <> 0;

-- name: Fails :exec
UPDATE webhook_endpoints SET failing_since = $2 WHERE id = $1 AND failing_since = 0;

-- name: InsertMessage :exec
INSERT INTO webhook_messages (id, event, body, created_at) VALUES ($1, $2, $3, $4);

-- name: InsertDelivery :exec
INSERT INTO webhook_deliveries (id, endpoint_id, message_id, event, due, created_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: DueEndpoints :many
SELECT e.id FROM webhook_endpoints e
WHERE e.enabled = 1 AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'waiting' AND d.due <= $1 AND d.lease < $1)
ORDER BY e.id;

-- name: Take :many
UPDATE webhook_deliveries SET lease = $3
WHERE id IN (SELECT d.id FROM webhook_deliveries d WHERE d.endpoint_id = $1 AND d.state = 'waiting' AND d.due <= $2 AND d.lease < $2 ORDER BY d.due, d.id LIMIT $4)
  AND state = 'waiting' AND lease < $2
RETURNING *;

-- name: MessageByID :one
SELECT * FROM webhook_messages WHERE id = $1;

-- name: InsertAttempt :exec
INSERT INTO webhook_attempts (id, delivery_id, at, status, took, error, answer) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: Settle :exec
UPDATE webhook_deliveries SET state = $2, attempts = attempts + 1, due = $3, lease = 0, status = $4, took = $5, error = $6 WHERE id = $1;

-- name: GiveUp :exec
UPDATE webhook_deliveries SET state = 'failed', lease = 0, error = $2 WHERE endpoint_id = $1 AND state = 'waiting';

-- name: Again :execrows
UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, due = $2, lease = 0, error = '' WHERE id = $1 AND state <> 'waiting';

-- name: DeliveryByID :one
SELECT * FROM webhook_deliveries WHERE id = $1;

-- name: DeliveriesOf :many
SELECT * FROM webhook_deliveries WHERE endpoint_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3;

-- name: DeliveriesIn :many
SELECT * FROM webhook_deliveries WHERE endpoint_id = $1 AND state = $2 AND id < $3 ORDER BY id DESC LIMIT $4;

-- name: CountIn :one
SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = $1 AND state = $2;

-- name: AttemptsOf :many
SELECT * FROM webhook_attempts WHERE delivery_id = $1 ORDER BY id DESC LIMIT 100;

-- name: DropDeliveries :exec
DELETE FROM webhook_deliveries WHERE endpoint_id = $1;

-- name: SweepDeliveries :execrows
DELETE FROM webhook_deliveries WHERE id IN (SELECT d.id FROM webhook_deliveries d WHERE d.created_at < $1 AND d.state <> 'waiting' ORDER BY d.created_at LIMIT 2000);

-- name: SweepAttempts :execrows
DELETE FROM webhook_attempts WHERE id IN (SELECT a.id FROM webhook_attempts a WHERE a.at < $1 ORDER BY a.at LIMIT 2000);

-- name: DropAttempts :exec
DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT d.id FROM webhook_deliveries d WHERE d.endpoint_id = $1);

-- name: SweepMessages :execrows
DELETE FROM webhook_messages WHERE id IN (
  SELECT m.id FROM webhook_messages m WHERE m.created_at < $1 AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.message_id = m.id) ORDER BY m.created_at LIMIT 2000);
