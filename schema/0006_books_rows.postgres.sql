-- +goose Up

-- The rows of the books. row_key is a hash of what a row says, with a counter where one table says the same
-- twice, so that a row is known again in a later export. On SQLite the rows lie in the order of the key:
-- a client's history is one stretch of the file. A row belongs to the source that brought it first.
-- told of a line is what the export says of it, plus 256 × the months that it pays for, plus 65,536 × the
-- currency (its three letters as digits of base 27). Every column less is felt when a million rows come in.

CREATE TABLE books_lines (
  client_id BIGINT NOT NULL,
  day       BIGINT NOT NULL,
  row_key   BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  minor     BIGINT NOT NULL,
  text_id   BIGINT NOT NULL DEFAULT 0,
  doc       TEXT   NOT NULL DEFAULT '',
  told      BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (client_id, day, row_key)
);

CREATE TABLE books_templates (
  client_id BIGINT NOT NULL,
  day       BIGINT NOT NULL,
  row_key   BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  minor     BIGINT NOT NULL,
  currency  TEXT   NOT NULL DEFAULT '',
  text_id   BIGINT NOT NULL DEFAULT 0,
  months    BIGINT NOT NULL,
  active    BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (client_id, day, row_key)
);

CREATE TABLE books_tickets (
  client_id BIGINT NOT NULL,
  day       BIGINT NOT NULL,
  row_key   BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  identity  BIGINT NOT NULL,
  ref       TEXT   NOT NULL DEFAULT '',
  text_id   BIGINT NOT NULL DEFAULT 0,
  channel   TEXT   NOT NULL DEFAULT '',
  opened    BIGINT NOT NULL,
  solved    BIGINT NOT NULL DEFAULT 0,
  origin    BIGINT NOT NULL DEFAULT 0,
  reopened  BIGINT NOT NULL DEFAULT 0,
  covered   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (client_id, day, row_key)
);

CREATE TABLE books_hours (
  client_id BIGINT NOT NULL,
  day       BIGINT NOT NULL,
  row_key   BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  person    TEXT   NOT NULL DEFAULT '',
  text_id   BIGINT NOT NULL DEFAULT 0,
  minutes   BIGINT NOT NULL,
  minor     BIGINT NOT NULL DEFAULT 0,
  currency  TEXT   NOT NULL DEFAULT '',
  reactive  BIGINT NOT NULL DEFAULT 0,
  billable  BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (client_id, day, row_key)
);

CREATE TABLE books_assets (
  client_id BIGINT NOT NULL,
  day       BIGINT NOT NULL,
  row_key   BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  identity  BIGINT NOT NULL,
  name      TEXT   NOT NULL,
  type      TEXT   NOT NULL DEFAULT '',
  system    TEXT   NOT NULL DEFAULT '',
  serial    TEXT   NOT NULL DEFAULT '',
  server    BIGINT NOT NULL DEFAULT 0,
  endpoint  BIGINT NOT NULL DEFAULT 0,
  monitored BIGINT NOT NULL DEFAULT 0,
  patched   BIGINT NOT NULL DEFAULT 0,
  warranty  BIGINT NOT NULL DEFAULT -2147483648,
  PRIMARY KEY (client_id, day, row_key)
);

CREATE INDEX books_lines_day ON books_lines (day);

-- Later sources that told a row again: one of them keeps it when the first is undone. kind is l, r, t, h or a.
CREATE TABLE books_seen (
  kind      TEXT   NOT NULL,
  client_id BIGINT NOT NULL,
  day       BIGINT NOT NULL,
  row_key   BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  PRIMARY KEY (kind, client_id, day, row_key, source_id)
);

-- Texts of lines, hours and tickets, each once; id is a hash of the text.
CREATE TABLE books_texts (
  id   BIGINT NOT NULL PRIMARY KEY,
  text TEXT   NOT NULL
);
