-- name: InsertImport :exec
INSERT INTO books_imports (id, file, size, ref, state, choices, origin, made_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: ImportByID :one
SELECT * FROM books_imports WHERE id = $1;

-- name: Imports :many
SELECT * FROM books_imports WHERE id < sqlc.arg(before) AND state <> 'committing' ORDER BY id DESC LIMIT sqlc.arg(max_rows);

-- name: ImportsInState :many
SELECT * FROM books_imports WHERE state = $1 ORDER BY id;

-- name: CommittedByRef :one
SELECT id FROM books_imports WHERE ref = $1 AND state = 'committed' ORDER BY id LIMIT 1;

-- name: CountByRef :one
SELECT count(*) FROM books_imports WHERE ref = $1;

-- name: SetChoices :execrows
UPDATE books_imports SET choices = $2, report = $3 WHERE id = $1 AND state = 'uploaded';

-- name: SetState :execrows
UPDATE books_imports SET state = sqlc.arg(new_state) WHERE id = sqlc.arg(id) AND state = sqlc.arg(old_state);

-- name: Committed :execrows
UPDATE books_imports SET state = 'committed', report = $2, choices = $3, added = $4, known = $5, committed_at = $6 WHERE id = $1 AND state = 'committing';

-- name: DeleteImport :execrows
DELETE FROM books_imports WHERE id = $1 AND state = 'uploaded';

-- name: InsertSource :exec
INSERT INTO books_sources (id, import_id, name, kind) VALUES ($1, $2, $3, $4);

-- name: CountSource :exec
UPDATE books_sources SET added = $2, known = $3, known_minor = $4 WHERE id = $1;

-- name: SourcesOf :many
SELECT * FROM books_sources WHERE import_id = $1 ORDER BY id;

-- name: CommittedSources :many
SELECT s.* FROM books_sources s JOIN books_imports i ON i.id = s.import_id WHERE i.state = 'committed' ORDER BY s.id;

-- name: CommittedReports :many
SELECT report FROM books_imports WHERE state = 'committed' AND report <> '' ORDER BY id;

-- name: Mapping :one
SELECT mapping FROM books_mappings WHERE signature = $1;

-- name: Mappings :many
SELECT * FROM books_mappings ORDER BY signature;

-- name: PutMapping :exec
INSERT INTO books_mappings (signature, mapping, updated_at) VALUES ($1, $2, $3)
ON CONFLICT (signature) DO UPDATE SET mapping = excluded.mapping, updated_at = excluded.updated_at;

-- name: DropMapping :execrows
DELETE FROM books_mappings WHERE signature = $1;
