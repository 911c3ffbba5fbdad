-- +goose Up

-- Browsers that show a person what they are told though no page is open. endpoint is at the browser's push service, key is the browser's
-- public key, secret its authentication secret, sealed. failed counts refusals in a row.
CREATE TABLE notify_browsers (
  id       BIGINT NOT NULL PRIMARY KEY,
  user_id  BIGINT NOT NULL,
  endpoint TEXT   NOT NULL,
  key      TEXT   NOT NULL,
  secret   TEXT   NOT NULL,
  name     TEXT   NOT NULL DEFAULT '',
  failed   BIGINT NOT NULL DEFAULT 0,
  made_at  BIGINT NOT NULL,
  used_at  BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX notify_browsers_endpoint ON notify_browsers (endpoint);
CREATE INDEX notify_browsers_user ON notify_browsers (user_id, id);

-- -1 = as usual for the kind: whoever chose before could not choose this.
ALTER TABLE notify_choices ADD COLUMN pushed BIGINT NOT NULL DEFAULT -1;

-- When it is to be shown by the person's browsers, 0 = it is not.
ALTER TABLE notify_notices ADD COLUMN push_due BIGINT NOT NULL DEFAULT 0;
CREATE INDEX notify_notices_push ON notify_notices (push_due, user_id);
