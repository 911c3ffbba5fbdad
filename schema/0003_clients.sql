-- +goose Up

-- Organisations served. version grows with each change (ETag).
CREATE TABLE clients_clients (
  id          BIGINT NOT NULL PRIMARY KEY,
  name        TEXT   NOT NULL,
  name_key    TEXT   NOT NULL,
  status      TEXT   NOT NULL DEFAULT 'active',
  reference   TEXT   NOT NULL DEFAULT '',
  email       TEXT   NOT NULL DEFAULT '',
  phone       TEXT   NOT NULL DEFAULT '',
  website     TEXT   NOT NULL DEFAULT '',
  since       BIGINT NOT NULL DEFAULT -2147483648,
  tags        TEXT   NOT NULL DEFAULT '',
  made_by     BIGINT NOT NULL DEFAULT 0,
  merged_into BIGINT NOT NULL DEFAULT 0,
  version     BIGINT NOT NULL DEFAULT 1,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
);
CREATE INDEX clients_by_name ON clients_clients (name_key, id);
CREATE INDEX clients_by_status ON clients_clients (status, name_key, id);

-- Every spelling under which a client is known, folded; imports find the client by it.
CREATE TABLE clients_names (
  name_key  TEXT   NOT NULL PRIMARY KEY,
  client_id BIGINT NOT NULL REFERENCES clients_clients (id)
);

CREATE TABLE clients_sites (
  id         BIGINT NOT NULL PRIMARY KEY,
  client_id  BIGINT NOT NULL REFERENCES clients_clients (id),
  name       TEXT   NOT NULL,
  street     TEXT   NOT NULL DEFAULT '',
  postcode   TEXT   NOT NULL DEFAULT '',
  city       TEXT   NOT NULL DEFAULT '',
  country    TEXT   NOT NULL DEFAULT '',
  zone       TEXT   NOT NULL DEFAULT '',
  made_by    BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE INDEX clients_sites_client ON clients_sites (client_id);

CREATE TABLE clients_people (
  id         BIGINT NOT NULL PRIMARY KEY,
  client_id  BIGINT NOT NULL REFERENCES clients_clients (id),
  site_id    BIGINT NOT NULL DEFAULT 0,
  name       TEXT   NOT NULL,
  title      TEXT   NOT NULL DEFAULT '',
  email      TEXT   NOT NULL DEFAULT '',
  phone      TEXT   NOT NULL DEFAULT '',
  decides    BIGINT NOT NULL DEFAULT 0,
  made_by    BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE INDEX clients_people_client ON clients_people (client_id);

CREATE TABLE clients_notes (
  id         BIGINT NOT NULL PRIMARY KEY,
  client_id  BIGINT NOT NULL REFERENCES clients_clients (id),
  author_id  BIGINT NOT NULL,
  author     TEXT   NOT NULL,
  body       TEXT   NOT NULL,
  pinned     BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE INDEX clients_notes_client ON clients_notes (client_id);
