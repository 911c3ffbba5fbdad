-- +goose Up

-- Requests of programs that made something: the same code again makes nothing more. code: who asks, and their key. digest is
-- of what was asked for, ref_id what it made.
CREATE TABLE billing_requests (
  code    TEXT   NOT NULL PRIMARY KEY,
  digest  TEXT   NOT NULL,
  ref_id  BIGINT NOT NULL,
  made_at BIGINT NOT NULL
);
CREATE INDEX billing_requests_made ON billing_requests (made_at);

-- Statements that were mailed to clients. file = the PDF in the file store.
CREATE TABLE payments_statements (
  id        BIGINT NOT NULL PRIMARY KEY,
  client_id BIGINT NOT NULL,
  starts    BIGINT NOT NULL,
  ends      BIGINT NOT NULL,
  email     TEXT   NOT NULL,
  file      TEXT   NOT NULL DEFAULT '',
  author    TEXT   NOT NULL DEFAULT '',
  made_at   BIGINT NOT NULL
);
CREATE INDEX payments_statements_client ON payments_statements (client_id, id);
