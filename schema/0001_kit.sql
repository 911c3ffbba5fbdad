-- +goose Up

-- Settings of the firm (name, currency, languages) as text by key.
CREATE TABLE config_values (
  key   TEXT   NOT NULL PRIMARY KEY,
  value TEXT   NOT NULL
);

-- Durable jobs. ready → running → (row deleted) or failed.
CREATE TABLE jobs_jobs (
  id         BIGINT NOT NULL PRIMARY KEY,
  kind       TEXT   NOT NULL,
  arg        TEXT   NOT NULL DEFAULT '',
  state      TEXT   NOT NULL,
  due        BIGINT NOT NULL,
  attempts   BIGINT NOT NULL DEFAULT 0,
  lease      BIGINT NOT NULL DEFAULT 0,
  last_error TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX jobs_due ON jobs_jobs (state, due);

-- People who sign in. email is folded to lower case and unique.
CREATE TABLE access_users (
  id          BIGINT NOT NULL PRIMARY KEY,
  email       TEXT   NOT NULL UNIQUE,
  name        TEXT   NOT NULL,
  role        TEXT   NOT NULL,
  password    TEXT   NOT NULL DEFAULT '',
  totp        TEXT   NOT NULL DEFAULT '',
  totp_step   BIGINT NOT NULL DEFAULT 0,
  recovery    TEXT   NOT NULL DEFAULT '',
  language    TEXT   NOT NULL DEFAULT '',
  zone        TEXT   NOT NULL DEFAULT '',
  theme       TEXT   NOT NULL DEFAULT '',
  active      BIGINT NOT NULL DEFAULT 1,
  created_at  BIGINT NOT NULL,
  seen_at     BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE access_passkeys (
  id          BIGINT NOT NULL PRIMARY KEY,
  user_id     BIGINT NOT NULL REFERENCES access_users (id),
  credential  TEXT   NOT NULL UNIQUE,
  name        TEXT   NOT NULL,
  data        TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  used_at     BIGINT NOT NULL DEFAULT 0
);

-- Sign-in through an OIDC provider: (issuer, subject) → user.
CREATE TABLE access_identities (
  issuer      TEXT   NOT NULL,
  subject     TEXT   NOT NULL,
  user_id     BIGINT NOT NULL REFERENCES access_users (id),
  created_at  BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);

-- token is the SHA-256 of what the browser holds.
CREATE TABLE access_sessions (
  id          BIGINT NOT NULL PRIMARY KEY,
  user_id     BIGINT NOT NULL REFERENCES access_users (id),
  token       TEXT   NOT NULL UNIQUE,
  created_at  BIGINT NOT NULL,
  seen_at     BIGINT NOT NULL,
  verified_at BIGINT NOT NULL DEFAULT 0,
  address     TEXT   NOT NULL DEFAULT '',
  agent       TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX access_sessions_user ON access_sessions (user_id);

-- One-time links: owner set-up, invitations, password reset. token is a SHA-256.
CREATE TABLE access_links (
  token       TEXT   NOT NULL PRIMARY KEY,
  purpose     TEXT   NOT NULL,
  user_id     BIGINT NOT NULL DEFAULT 0,
  role        TEXT   NOT NULL DEFAULT '',
  email       TEXT   NOT NULL DEFAULT '',
  expires_at  BIGINT NOT NULL
);

-- API tokens. scopes are permission names separated by spaces.
CREATE TABLE access_tokens (
  id          BIGINT NOT NULL PRIMARY KEY,
  user_id     BIGINT NOT NULL REFERENCES access_users (id),
  name        TEXT   NOT NULL,
  token       TEXT   NOT NULL UNIQUE,
  scopes      TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL DEFAULT 0,
  used_at     BIGINT NOT NULL DEFAULT 0
);

-- Append-only: each row's hash covers the row and the hash before it.
CREATE TABLE access_audit (
  seq         BIGINT NOT NULL PRIMARY KEY,
  at          BIGINT NOT NULL,
  user_id     BIGINT NOT NULL,
  actor       TEXT   NOT NULL,
  action      TEXT   NOT NULL,
  subject     TEXT   NOT NULL DEFAULT '',
  detail      TEXT   NOT NULL DEFAULT '',
  address     TEXT   NOT NULL DEFAULT '',
  hash        TEXT   NOT NULL
);
