-- +goose Up

-- Files taken over, or looked at before that. state: uploaded → committing → committed → undone.
-- ref is the SHA-256 of the content; choices and report are JSON.
CREATE TABLE books_imports (
  id           BIGINT NOT NULL PRIMARY KEY,
  file         TEXT   NOT NULL,
  size         BIGINT NOT NULL,
  ref          TEXT   NOT NULL,
  state        TEXT   NOT NULL,
  choices      TEXT   NOT NULL DEFAULT '{}',
  report       TEXT   NOT NULL DEFAULT '',
  added        BIGINT NOT NULL DEFAULT 0,
  known        BIGINT NOT NULL DEFAULT 0,
  origin       TEXT   NOT NULL DEFAULT '',
  made_by      TEXT   NOT NULL DEFAULT '',
  created_at   BIGINT NOT NULL,
  committed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX books_imports_state ON books_imports (state, id);
CREATE INDEX books_imports_ref ON books_imports (ref, state);

-- The tables inside a file. Rows point here.
CREATE TABLE books_sources (
  id          BIGINT NOT NULL PRIMARY KEY,
  import_id   BIGINT NOT NULL REFERENCES books_imports (id),
  name        TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  added       BIGINT NOT NULL DEFAULT 0,
  known       BIGINT NOT NULL DEFAULT 0,
  known_minor BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX books_sources_import ON books_sources (import_id);

-- How tables of one shape are read, as the user left it. mapping is JSON.
CREATE TABLE books_mappings (
  signature  TEXT   NOT NULL PRIMARY KEY,
  mapping    TEXT   NOT NULL,
  updated_at BIGINT NOT NULL
);
