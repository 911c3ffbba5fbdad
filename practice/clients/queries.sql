-- name: Insert :exec
INSERT INTO clients_clients (id, name, name_key, status, reference, email, phone, website, since, tags, made_by, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12);

-- name: ByID :one
SELECT * FROM clients_clients WHERE id = $1;

-- name: Update :execrows
UPDATE clients_clients SET name = $2, name_key = $3, status = $4, reference = $5, email = $6, phone = $7,
  website = $8, since = $9, tags = $10, updated_at = $11, version = version + 1
WHERE id = $1 AND version = $12;

-- name: MarkMerged :exec
UPDATE clients_clients SET merged_into = $2, status = 'merged', updated_at = $3, version = version + 1 WHERE id = $1;

-- name: Merges :many
SELECT id, merged_into FROM clients_clients WHERE merged_into <> 0;

-- name: Delete :execrows
DELETE FROM clients_clients WHERE id = $1;

-- name: Count :one
SELECT count(*) FROM clients_clients WHERE status = $1;

-- name: Names :many
SELECT id, name FROM clients_clients WHERE status <> 'merged' ORDER BY id;

-- name: InsertName :exec
INSERT INTO clients_names (name_key, client_id) VALUES ($1, $2) ON CONFLICT (name_key) DO NOTHING;

-- name: ByNameKey :one
SELECT client_id FROM clients_names WHERE name_key = $1;

-- name: NameKeys :many
SELECT name_key, client_id FROM clients_names;

-- name: NamesOf :many
SELECT name_key FROM clients_names WHERE client_id = $1 ORDER BY name_key;

-- name: MoveNames :exec
UPDATE clients_names SET client_id = $2 WHERE client_id = $1;

-- name: DeleteNames :exec
DELETE FROM clients_names WHERE client_id = $1;

-- name: InsertSite :exec
INSERT INTO clients_sites (id, client_id, name, street, postcode, city, country, zone, made_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: SitesOf :many
SELECT * FROM clients_sites WHERE client_id = $1 ORDER BY name, id;

-- name: AllSites :many
SELECT id, client_id, name FROM clients_sites ORDER BY client_id, name, id;

-- name: UpdateSite :execrows
UPDATE clients_sites SET name = $3, street = $4, postcode = $5, city = $6, country = $7, zone = $8 WHERE id = $1 AND client_id = $2;

-- name: DeleteSite :execrows
DELETE FROM clients_sites WHERE id = $1 AND client_id = $2;

-- name: MoveSites :exec
UPDATE clients_sites SET client_id = $2 WHERE client_id = $1;

-- name: InsertPerson :exec
INSERT INTO clients_people (id, client_id, site_id, name, title, email, phone, decides, made_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: PeopleOf :many
SELECT * FROM clients_people WHERE client_id = $1 ORDER BY name, id;

-- name: UpdatePerson :execrows
UPDATE clients_people SET site_id = $3, name = $4, title = $5, email = $6, phone = $7, decides = $8 WHERE id = $1 AND client_id = $2;

-- name: DeletePerson :execrows
DELETE FROM clients_people WHERE id = $1 AND client_id = $2;

-- name: MovePeople :exec
UPDATE clients_people SET client_id = $2 WHERE client_id = $1;

-- name: InsertNote :exec
INSERT INTO clients_notes (id, client_id, author_id, author, body, pinned, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: NotesOf :many
SELECT * FROM clients_notes WHERE client_id = $1 ORDER BY pinned DESC, id DESC;

-- name: PinNote :execrows
UPDATE clients_notes SET pinned = $3 WHERE id = $1 AND client_id = $2;

-- name: DeleteNote :execrows
DELETE FROM clients_notes WHERE id = $1 AND client_id = $2;

-- name: MoveNotes :exec
UPDATE clients_notes SET client_id = $2 WHERE client_id = $1;

-- name: ImportedBy :many
SELECT id FROM clients_clients WHERE made_by = $1;

-- name: DeletePeopleImportedBy :many
DELETE FROM clients_people WHERE made_by = $1 RETURNING id;
