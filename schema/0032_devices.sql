-- +goose Up

-- Devices of clients. kind: 'server', 'workstation', 'laptop', 'network', 'printer', 'phone', 'other'. source: 'agent', 'import', 'hand',
-- 'found'. name is the firm's, hostname the device's own. machine is the hash of the operating system's identifier. rhythm: how it is
-- expected to be there: '' = by its kind, 'always', 'free' (may be off). copied_at: since when its identity is used by two machines,
-- 0 = it is not. custom holds values of the firm's own fields as JSON. warranty, bought and eol are days, -2147483648 = unknown.
CREATE TABLE devices_devices (
  id          BIGINT NOT NULL PRIMARY KEY,
  version     BIGINT NOT NULL DEFAULT 1,
  client_id   BIGINT NOT NULL,
  site_id     BIGINT NOT NULL DEFAULT 0,
  person_id   BIGINT NOT NULL DEFAULT 0,
  parent_id   BIGINT NOT NULL DEFAULT 0,
  name        TEXT   NOT NULL,
  hostname    TEXT   NOT NULL DEFAULT '',
  kind        TEXT   NOT NULL DEFAULT 'other',
  source      TEXT   NOT NULL DEFAULT 'hand',
  family      TEXT   NOT NULL DEFAULT '',
  os          TEXT   NOT NULL DEFAULT '',
  product     TEXT   NOT NULL DEFAULT '',
  os_version  TEXT   NOT NULL DEFAULT '',
  arch        TEXT   NOT NULL DEFAULT '',
  vendor      TEXT   NOT NULL DEFAULT '',
  model       TEXT   NOT NULL DEFAULT '',
  serial      TEXT   NOT NULL DEFAULT '',
  address     TEXT   NOT NULL DEFAULT '',
  macs        TEXT   NOT NULL DEFAULT '',
  machine     TEXT   NOT NULL DEFAULT '',
  cpu         TEXT   NOT NULL DEFAULT '',
  cores       BIGINT NOT NULL DEFAULT 0,
  memory      BIGINT NOT NULL DEFAULT 0,
  storage     BIGINT NOT NULL DEFAULT 0,
  last_user   TEXT   NOT NULL DEFAULT '',
  agent       TEXT   NOT NULL DEFAULT '',
  rhythm      TEXT   NOT NULL DEFAULT '',
  tags        TEXT   NOT NULL DEFAULT '',
  location    TEXT   NOT NULL DEFAULT '',
  asset_tag   TEXT   NOT NULL DEFAULT '',
  note        TEXT   NOT NULL DEFAULT '',
  custom      TEXT   NOT NULL DEFAULT '',
  warranty    BIGINT NOT NULL DEFAULT -2147483648,
  bought      BIGINT NOT NULL DEFAULT -2147483648,
  eol         BIGINT NOT NULL DEFAULT -2147483648,
  reboot      BIGINT NOT NULL DEFAULT 0,
  dropped     BIGINT NOT NULL DEFAULT 0,
  copied_at   BIGINT NOT NULL DEFAULT 0,
  booted_at   BIGINT NOT NULL DEFAULT 0,
  enrolled_at BIGINT NOT NULL DEFAULT 0,
  retired_at  BIGINT NOT NULL DEFAULT 0,
  replaced_by BIGINT NOT NULL DEFAULT 0,
  made_at     BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL
);
CREATE INDEX devices_devices_client ON devices_devices (client_id, id);
CREATE INDEX devices_devices_machine ON devices_devices (machine, id);
CREATE INDEX devices_devices_serial ON devices_devices (serial, id);
CREATE INDEX devices_devices_changed ON devices_devices (changed_at, id);

-- When a device was last heard of. Apart from the device, because it changes each minute.
CREATE TABLE devices_seen (
  device_id BIGINT NOT NULL PRIMARY KEY,
  seen_at   BIGINT NOT NULL
);

-- Enrolment tokens. digest is the SHA-256 of the secret, in hex. most 0 = any number of devices. site_id 0 = none.
CREATE TABLE devices_tokens (
  id         BIGINT NOT NULL PRIMARY KEY,
  client_id  BIGINT NOT NULL,
  site_id    BIGINT NOT NULL DEFAULT 0,
  kind       TEXT   NOT NULL DEFAULT '',
  digest     TEXT   NOT NULL,
  note       TEXT   NOT NULL DEFAULT '',
  most       BIGINT NOT NULL DEFAULT 0,
  used       BIGINT NOT NULL DEFAULT 0,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL DEFAULT 0,
  made_by    TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL
);
CREATE INDEX devices_tokens_client ON devices_tokens (client_id, id);

-- Keys of agents. A device has one that is not revoked; the revoked ones are kept, for the broker must refuse them.
CREATE TABLE devices_keys (
  public_key TEXT   NOT NULL PRIMARY KEY,
  device_id  BIGINT NOT NULL REFERENCES devices_devices (id),
  client_id  BIGINT NOT NULL,
  token_id   BIGINT NOT NULL DEFAULT 0,
  issued_at  BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL DEFAULT 0,
  reason     TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX devices_keys_device ON devices_keys (device_id, issued_at);
CREATE INDEX devices_keys_client ON devices_keys (client_id, revoked_at);

-- The inventory as the device tells it, a row per section (kit/wire). body is JSON; packed 1 = deflated and in base64.
-- failed says why the device could not read the section, whose last good content stays.
CREATE TABLE devices_sections (
  device_id BIGINT NOT NULL REFERENCES devices_devices (id),
  section   TEXT   NOT NULL,
  hash      TEXT   NOT NULL,
  taken_at  BIGINT NOT NULL,
  packed    BIGINT NOT NULL DEFAULT 0,
  body      TEXT   NOT NULL DEFAULT '',
  failed    TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (device_id, section)
);

-- What changed on a device, and who or what tells of it. Rows are only ever added. what: 'added', 'removed', 'changed'.
CREATE TABLE devices_changes (
  id        BIGINT NOT NULL PRIMARY KEY,
  device_id BIGINT NOT NULL,
  client_id BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  section   TEXT   NOT NULL,
  what      TEXT   NOT NULL,
  item      TEXT   NOT NULL,
  before    TEXT   NOT NULL DEFAULT '',
  after     TEXT   NOT NULL DEFAULT '',
  author    TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX devices_changes_device ON devices_changes (device_id, at, id);
CREATE INDEX devices_changes_client ON devices_changes (client_id, at, id);

-- Software, each name, version and source once, and where it is installed.
CREATE TABLE devices_packages (
  id        BIGINT NOT NULL PRIMARY KEY,
  name      TEXT   NOT NULL,
  name_key  TEXT   NOT NULL,
  version   TEXT   NOT NULL DEFAULT '',
  source    TEXT   NOT NULL DEFAULT '',
  publisher TEXT   NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX devices_packages_name ON devices_packages (name_key, version, source, publisher, name);
CREATE TABLE devices_installed (
  device_id  BIGINT NOT NULL,
  package_id BIGINT NOT NULL,
  PRIMARY KEY (device_id, package_id)
);
CREATE INDEX devices_installed_package ON devices_installed (package_id, device_id);

-- Groups by query, of the firm (client_id 0) or of one client.
CREATE TABLE devices_groups (
  id        BIGINT NOT NULL PRIMARY KEY,
  version   BIGINT NOT NULL DEFAULT 1,
  client_id BIGINT NOT NULL DEFAULT 0,
  name      TEXT   NOT NULL,
  query     TEXT   NOT NULL,
  note      TEXT   NOT NULL DEFAULT '',
  made_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX devices_groups_name ON devices_groups (client_id, name);

-- How many devices of a client a query held on a day, and which: what bills by device are made from. Of one day the last is true.
CREATE TABLE devices_counts (
  client_id BIGINT NOT NULL,
  query     TEXT   NOT NULL,
  day       BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  members   TEXT   NOT NULL DEFAULT '',
  made_at   BIGINT NOT NULL,
  PRIMARY KEY (client_id, query, day)
);

-- Dictionaries of metrics: the texts of the series, each followed by a line feed, by their hash.
CREATE TABLE devices_dictionaries (
  hash    TEXT   NOT NULL PRIMARY KEY,
  series  TEXT   NOT NULL,
  made_at BIGINT NOT NULL
);

-- Releases of operating systems and when they are no longer cared for, by endoflife.date or by hand. eol and support are
-- days, -2147483648 = not known or never.
CREATE TABLE devices_releases (
  product TEXT   NOT NULL,
  cycle   TEXT   NOT NULL,
  label   TEXT   NOT NULL DEFAULT '',
  support BIGINT NOT NULL DEFAULT -2147483648,
  eol     BIGINT NOT NULL DEFAULT -2147483648,
  link    TEXT   NOT NULL DEFAULT '',
  taken_at BIGINT NOT NULL,
  PRIMARY KEY (product, cycle)
);

-- The firm's own fields of devices. kind: 'text', 'number', 'day', 'choice', 'yes'. choices are separated by line feeds.
CREATE TABLE devices_fields (
  id       BIGINT NOT NULL PRIMARY KEY,
  name     TEXT   NOT NULL UNIQUE,
  kind     TEXT   NOT NULL DEFAULT 'text',
  choices  TEXT   NOT NULL DEFAULT '',
  position BIGINT NOT NULL DEFAULT 0
);
