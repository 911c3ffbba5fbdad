-- +goose Up

-- Links under which a screen on the wall shows the state without anybody signed in. token is the SHA-256 of the secret; client_id 0 =
-- of all clients; names 0 = clients and devices are not named.
CREATE TABLE monitoring_boards (
  id        BIGINT NOT NULL PRIMARY KEY,
  name      TEXT   NOT NULL,
  token     TEXT   NOT NULL UNIQUE,
  client_id BIGINT NOT NULL DEFAULT 0,
  names     BIGINT NOT NULL DEFAULT 1,
  author    TEXT   NOT NULL DEFAULT '',
  made_at   BIGINT NOT NULL,
  seen_at   BIGINT NOT NULL DEFAULT 0
);

-- What a client sees of the state of its systems. shown 1 = its people see it in the portal. token is the SHA-256 of the secret of a
-- link that needs no sign-in, '' = there is none; secret is the same, sealed, so that the firm can show it again. note is a sentence of
-- the firm above it.
CREATE TABLE portal_statuses (
  client_id  BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  shown      BIGINT NOT NULL DEFAULT 0,
  token      TEXT   NOT NULL DEFAULT '',
  secret     TEXT   NOT NULL DEFAULT '',
  note       TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX portal_statuses_token ON portal_statuses (token);

-- The lines of it. ref: 'device-ID', 'group-ID' or 'service-ID'; name is what the client calls it.
CREATE TABLE portal_status_parts (
  id        BIGINT NOT NULL PRIMARY KEY,
  client_id BIGINT NOT NULL,
  position  BIGINT NOT NULL,
  ref       TEXT   NOT NULL,
  name      TEXT   NOT NULL
);
CREATE INDEX portal_status_parts_client ON portal_status_parts (client_id, position, id);
