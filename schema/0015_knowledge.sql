-- +goose Up

-- What is written down: an article of the firm (client_id 0) or a document of one client. shared 1 = may be read in the
-- portal once it is published: by the people of that client, or of all clients where client_id is 0. The text as it
-- stands; every version lies in knowledge_versions. tags are kept as ",a,b,".
CREATE TABLE knowledge_articles (
  id         BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  client_id  BIGINT NOT NULL DEFAULT 0,
  shared     BIGINT NOT NULL DEFAULT 0,
  published  BIGINT NOT NULL DEFAULT 0,
  title      TEXT   NOT NULL,
  folder     TEXT   NOT NULL DEFAULT '',
  tags       TEXT   NOT NULL DEFAULT '',
  body       TEXT   NOT NULL DEFAULT '',
  ticket_id  BIGINT NOT NULL DEFAULT 0,
  author_id  BIGINT NOT NULL DEFAULT 0,
  author     TEXT   NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX knowledge_articles_client ON knowledge_articles (client_id, updated_at, id);
CREATE INDEX knowledge_articles_updated ON knowledge_articles (updated_at, id);

-- Every version of an article; rows are only added. restored = the number of the one that was brought back, 0 = none.
CREATE TABLE knowledge_versions (
  id         BIGINT NOT NULL PRIMARY KEY,
  article_id BIGINT NOT NULL REFERENCES knowledge_articles (id),
  number     BIGINT NOT NULL,
  title      TEXT   NOT NULL,
  body       TEXT   NOT NULL,
  shared     BIGINT NOT NULL DEFAULT 0,
  published  BIGINT NOT NULL DEFAULT 0,
  restored   BIGINT NOT NULL DEFAULT 0,
  author_id  BIGINT NOT NULL DEFAULT 0,
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL,
  UNIQUE (article_id, number)
);

-- Pictures and files of an article, in the file store by ref. removed_at 0 = it is there.
CREATE TABLE knowledge_files (
  id         BIGINT NOT NULL PRIMARY KEY,
  article_id BIGINT NOT NULL REFERENCES knowledge_articles (id),
  ref        TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  size       BIGINT NOT NULL,
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL,
  removed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX knowledge_files_article ON knowledge_files (article_id, id);

-- Credentials. data_key is the credential's own key, sealed by the installation's; with it the secrets of all versions
-- are sealed. name, username, url, device and site can be read. client_id 0 = the firm's own.
CREATE TABLE knowledge_credentials (
  id         BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  client_id  BIGINT NOT NULL DEFAULT 0,
  name       TEXT   NOT NULL,
  username   TEXT   NOT NULL DEFAULT '',
  url        TEXT   NOT NULL DEFAULT '',
  device     TEXT   NOT NULL DEFAULT '',
  site       TEXT   NOT NULL DEFAULT '',
  has_totp   BIGINT NOT NULL DEFAULT 0,
  has_notes  BIGINT NOT NULL DEFAULT 0,
  data_key   TEXT   NOT NULL,
  archived   BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX knowledge_credentials_client ON knowledge_credentials (client_id, name, id);

-- Every version of a credential; rows are only added. secret, totp and notes are sealed with the data key, each bound to
-- credential, number and field; '' = none.
CREATE TABLE knowledge_secrets (
  id            BIGINT NOT NULL PRIMARY KEY,
  credential_id BIGINT NOT NULL REFERENCES knowledge_credentials (id),
  number        BIGINT NOT NULL,
  name          TEXT   NOT NULL,
  username      TEXT   NOT NULL DEFAULT '',
  url           TEXT   NOT NULL DEFAULT '',
  device        TEXT   NOT NULL DEFAULT '',
  site          TEXT   NOT NULL DEFAULT '',
  secret        TEXT   NOT NULL DEFAULT '',
  totp          TEXT   NOT NULL DEFAULT '',
  notes         TEXT   NOT NULL DEFAULT '',
  restored      BIGINT NOT NULL DEFAULT 0,
  author_id     BIGINT NOT NULL DEFAULT 0,
  author        TEXT   NOT NULL DEFAULT '',
  made_at       BIGINT NOT NULL,
  UNIQUE (credential_id, number)
);

-- Who read what of a credential: secret, code, notes, share. Written before it is shown.
CREATE TABLE knowledge_readings (
  id            BIGINT NOT NULL PRIMARY KEY,
  credential_id BIGINT NOT NULL REFERENCES knowledge_credentials (id),
  what          TEXT   NOT NULL,
  user_id       BIGINT NOT NULL DEFAULT 0,
  reader        TEXT   NOT NULL DEFAULT '',
  address       TEXT   NOT NULL DEFAULT '',
  read_at       BIGINT NOT NULL
);
CREATE INDEX knowledge_readings_credential ON knowledge_readings (credential_id, id);

-- Links that open once. digest is the SHA-256 of the token; sealed is the text under a key that is made of the token (and
-- of the passphrase with salt), so that the database alone cannot read it; it is emptied when the link has been opened,
-- was taken back or is over. credential_id 0 = a text that was typed in.
CREATE TABLE knowledge_shares (
  id            BIGINT NOT NULL PRIMARY KEY,
  digest        TEXT   NOT NULL UNIQUE,
  credential_id BIGINT NOT NULL DEFAULT 0,
  client_id     BIGINT NOT NULL DEFAULT 0,
  label         TEXT   NOT NULL DEFAULT '',
  sealed        TEXT   NOT NULL,
  salt          TEXT   NOT NULL DEFAULT '',
  tries         BIGINT NOT NULL DEFAULT 0,
  author_id     BIGINT NOT NULL DEFAULT 0,
  author        TEXT   NOT NULL DEFAULT '',
  made_at       BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  opened_at     BIGINT NOT NULL DEFAULT 0,
  opened_from   TEXT   NOT NULL DEFAULT '',
  recalled_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX knowledge_shares_made ON knowledge_shares (made_at, id);
CREATE INDEX knowledge_shares_expires ON knowledge_shares (expires_at, id);
CREATE INDEX knowledge_shares_credential ON knowledge_shares (credential_id, id);

-- What runs out: domain, certificate, vendor, warranty, licence. client_id 0 = the firm's own. ends is the last day
-- (-2147483648 = not known), due the day by which somebody must act: ends less the notice (2147483647 = never). set_on is
-- the day on which due was last set: what lay behind then is not reminded of. fields is JSON: texts by name.
CREATE TABLE knowledge_records (
  id         BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  client_id  BIGINT NOT NULL DEFAULT 0,
  kind       TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  ends       BIGINT NOT NULL,
  notice     BIGINT NOT NULL DEFAULT 0,
  due        BIGINT NOT NULL,
  set_on     BIGINT NOT NULL,
  fields     TEXT   NOT NULL DEFAULT '{}',
  notes      TEXT   NOT NULL DEFAULT '',
  archived   BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX knowledge_records_due ON knowledge_records (due, id);
CREATE INDEX knowledge_records_client ON knowledge_records (client_id, due, id);

-- Which ticket reminds of which due day of a record, one at most, and the smallest number of days before it of which was
-- told already.
CREATE TABLE knowledge_reminders (
  record_id BIGINT NOT NULL REFERENCES knowledge_records (id),
  due       BIGINT NOT NULL,
  ticket_id BIGINT NOT NULL DEFAULT 0,
  told      BIGINT NOT NULL,
  told_at   BIGINT NOT NULL,
  PRIMARY KEY (record_id, due)
);
CREATE INDEX knowledge_reminders_ticket ON knowledge_reminders (ticket_id);

-- How many days before the due day is reminded, by kind: "60 30 7"; '' = never. A kind without a row has the usual days.
CREATE TABLE knowledge_leads (
  kind TEXT NOT NULL PRIMARY KEY,
  days TEXT NOT NULL DEFAULT ''
);
