-- name: Settings :one
SELECT body, version FROM journey_settings WHERE id = 1;

-- name: InsertSettings :exec
INSERT INTO journey_settings (id, body, updated_at) VALUES (1, $1, $2);

-- name: UpdateSettings :execrows
UPDATE journey_settings SET body = $1, version = version + 1, updated_at = $2 WHERE id = 1 AND version = $3;

-- name: Answers :many
SELECT * FROM journey_answers ORDER BY stream_key;

-- name: PutAnswer :exec
INSERT INTO journey_answers (stream_key, sample, class, answered_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (stream_key) DO UPDATE SET sample = excluded.sample, class = excluded.class, answered_at = excluded.answered_at;

-- name: DropAnswer :execrows
DELETE FROM journey_answers WHERE stream_key = $1;

-- name: State :one
SELECT wanted, measured FROM journey_state WHERE id = 1;

-- name: Want :exec
UPDATE journey_state SET wanted = wanted + 1 WHERE id = 1;

-- name: MarkMeasured :exec
UPDATE journey_state SET measured = $1 WHERE id = 1 AND measured < $1;

-- name: InsertAssessment :exec
INSERT INTO journey_assessments (id, made_at, reason, summary, body) VALUES ($1, $2, $3, $4, $5);

-- name: Newest :one
SELECT id, made_at FROM journey_assessments ORDER BY id DESC LIMIT 1;

-- name: Body :one
SELECT made_at, body FROM journey_assessments WHERE id = $1;

-- name: Past :many
SELECT id, made_at, reason, summary FROM journey_assessments ORDER BY id DESC LIMIT $1;

-- name: DropOldBodies :exec
UPDATE journey_assessments SET body = '' WHERE body <> '' AND id NOT IN (SELECT id FROM journey_assessments ORDER BY id DESC LIMIT 12);
