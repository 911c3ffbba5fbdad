-- +goose Up

-- method is how the session was opened: password, passkey, single-sign-on, link, enter; "" before
-- it was kept. sid is the provider's own name of the session, by which it can end it.
ALTER TABLE access_sessions ADD COLUMN method TEXT NOT NULL DEFAULT '';
ALTER TABLE access_sessions ADD COLUMN sid TEXT NOT NULL DEFAULT '';

-- Failures by account and by address, so that limits hold across restarts and servers.
CREATE TABLE access_strikes (
  key         TEXT   NOT NULL PRIMARY KEY,
  failures    BIGINT NOT NULL,
  until_at    BIGINT NOT NULL DEFAULT 0,
  last_at     BIGINT NOT NULL
);
CREATE INDEX access_strikes_last ON access_strikes (last_at);

-- Sign-ins and ceremonies between their two requests. token is a SHA-256, data is sealed.
CREATE TABLE access_pending (
  token       TEXT   NOT NULL PRIMARY KEY,
  data        TEXT   NOT NULL,
  tries       BIGINT NOT NULL DEFAULT 0,
  expires_at  BIGINT NOT NULL
);
CREATE INDEX access_pending_expires ON access_pending (expires_at);

-- Where a person has signed in from: a digest of the kind of device and its network.
CREATE TABLE access_places (
  user_id     BIGINT NOT NULL REFERENCES access_users (id),
  place       TEXT   NOT NULL,
  last_at     BIGINT NOT NULL,
  PRIMARY KEY (user_id, place)
);

-- What a person should hear about their account. session_id is the session that did it.
CREATE TABLE access_notices (
  id          BIGINT NOT NULL PRIMARY KEY,
  user_id     BIGINT NOT NULL REFERENCES access_users (id),
  session_id  BIGINT NOT NULL DEFAULT 0,
  at          BIGINT NOT NULL,
  kind        TEXT   NOT NULL,
  detail      TEXT   NOT NULL DEFAULT '',
  address     TEXT   NOT NULL DEFAULT '',
  agent       TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX access_notices_user ON access_notices (user_id, id);
