-- +goose Up

CREATE TABLE quotes_counter (
  id   BIGINT NOT NULL PRIMARY KEY,
  next BIGINT NOT NULL
);
INSERT INTO quotes_counter (id, next) VALUES (1, 1);

-- Quotes. state: 0 draft, 1 sent, 2 accepted, 3 declined, 4 withdrawn. draft is the content that is being written, as JSON, '' = none;
-- revision the number of the newest version that was sent, 0 = none. month_minor, once_minor and valid are those of the newest content,
-- for lists. made is what became of an acceptance: 0 nothing, 1 waits, 2 done, 3 failed, then failure says why.
CREATE TABLE quotes_quotes (
  id           BIGINT NOT NULL PRIMARY KEY,
  version      BIGINT NOT NULL DEFAULT 1,
  number       TEXT   NOT NULL,
  client_id    BIGINT NOT NULL,
  person_id    BIGINT NOT NULL DEFAULT 0,
  person       TEXT   NOT NULL DEFAULT '',
  email        TEXT   NOT NULL DEFAULT '',
  title        TEXT   NOT NULL,
  state        BIGINT NOT NULL DEFAULT 0,
  draft        TEXT   NOT NULL DEFAULT '',
  revision     BIGINT NOT NULL DEFAULT 0,
  currency     TEXT   NOT NULL,
  month_minor  BIGINT NOT NULL DEFAULT 0,
  once_minor   BIGINT NOT NULL DEFAULT 0,
  valid        BIGINT NOT NULL DEFAULT -2147483648,
  owner_id     BIGINT NOT NULL DEFAULT 0,
  owner        TEXT   NOT NULL DEFAULT '',
  made         BIGINT NOT NULL DEFAULT 0,
  failure      TEXT   NOT NULL DEFAULT '',
  agreement_id BIGINT NOT NULL DEFAULT 0,
  invoices     TEXT   NOT NULL DEFAULT '',
  made_at      BIGINT NOT NULL,
  changed_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX quotes_quotes_number ON quotes_quotes (number);
CREATE INDEX quotes_quotes_changed ON quotes_quotes (changed_at, id);
CREATE INDEX quotes_quotes_state ON quotes_quotes (state, changed_at, id);
CREATE INDEX quotes_quotes_client ON quotes_quotes (client_id, changed_at, id);

-- Versions that were sent. Nothing of them changes but what was decided. body is the content as JSON, document the SHA-256 of its PDF in
-- the file store, token the digest of the secret in its link. state: 0 open, 1 accepted, 2 declined, 3 replaced by a newer one,
-- 4 withdrawn. choice is what was ticked, as JSON; signed the SHA-256 of the signed PDF.
CREATE TABLE quotes_sent (
  quote_id   BIGINT NOT NULL REFERENCES quotes_quotes (id),
  revision   BIGINT NOT NULL,
  body       TEXT   NOT NULL,
  document   TEXT   NOT NULL,
  token      TEXT   NOT NULL,
  state      BIGINT NOT NULL DEFAULT 0,
  valid      BIGINT NOT NULL,
  sent_at    BIGINT NOT NULL,
  sent_to    TEXT   NOT NULL DEFAULT '',
  sent_by    TEXT   NOT NULL DEFAULT '',
  seen_at    BIGINT NOT NULL DEFAULT 0,
  decided_at BIGINT NOT NULL DEFAULT 0,
  decided_by TEXT   NOT NULL DEFAULT '',
  address    TEXT   NOT NULL DEFAULT '',
  agent      TEXT   NOT NULL DEFAULT '',
  reason     TEXT   NOT NULL DEFAULT '',
  choice     TEXT   NOT NULL DEFAULT '',
  signed     TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (quote_id, revision)
);
CREATE UNIQUE INDEX quotes_sent_token ON quotes_sent (token);
