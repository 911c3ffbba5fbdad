-- +goose Up

-- What a person of the firm is told. kind is a code of the application's, about what it concerns (mails are bundled by
-- it), data the application's own. once names the occurrence: nobody is told of one twice. shown = it stands in the list;
-- read_at 0 = unread. mail_due is when a mail is to go, 0 = none is.
CREATE TABLE notify_notices (
  id         BIGINT NOT NULL PRIMARY KEY,
  user_id    BIGINT NOT NULL,
  kind       TEXT   NOT NULL,
  about      TEXT   NOT NULL DEFAULT '',
  link       TEXT   NOT NULL DEFAULT '',
  data       TEXT   NOT NULL DEFAULT '',
  once       TEXT   NOT NULL,
  shown      BIGINT NOT NULL DEFAULT 1,
  read_at    BIGINT NOT NULL DEFAULT 0,
  mail_due   BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX notify_notices_once ON notify_notices (user_id, once);
CREATE INDEX notify_notices_list ON notify_notices (user_id, shown, read_at, id);
CREATE INDEX notify_notices_about ON notify_notices (user_id, about, id);
CREATE INDEX notify_notices_due ON notify_notices (mail_due, user_id);
CREATE INDEX notify_notices_created ON notify_notices (created_at, id);

-- How a person wants to be told of a kind, where it is not as usual.
CREATE TABLE notify_choices (
  user_id    BIGINT NOT NULL,
  kind       TEXT   NOT NULL,
  shown      BIGINT NOT NULL DEFAULT 0,
  mailed     BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, kind)
);
CREATE INDEX notify_choices_kind ON notify_choices (kind, user_id);
