-- +goose Up

-- Where messages of syslog are taken in: port of the agent of a device, for the devices around it.
CREATE TABLE network_relays (
  device_id BIGINT NOT NULL PRIMARY KEY,
  port      BIGINT NOT NULL DEFAULT 514,
  made_at   BIGINT NOT NULL,
  author    TEXT   NOT NULL DEFAULT '',
  at        BIGINT NOT NULL DEFAULT 0,
  dropped   BIGINT NOT NULL DEFAULT 0,
  text      TEXT   NOT NULL DEFAULT ''
);

-- Messages. device_id 0 = the sender is not known; source is its address. client_id 0 = of nobody known. severity 0 emergency … 7 debugging.
CREATE TABLE network_messages (
  id        BIGINT NOT NULL PRIMARY KEY,
  client_id BIGINT NOT NULL DEFAULT 0,
  site_id   BIGINT NOT NULL DEFAULT 0,
  device_id BIGINT NOT NULL DEFAULT 0,
  source    TEXT   NOT NULL DEFAULT '',
  at        BIGINT NOT NULL,
  severity  BIGINT NOT NULL,
  facility  BIGINT NOT NULL,
  host      TEXT   NOT NULL DEFAULT '',
  app       TEXT   NOT NULL DEFAULT '',
  text      TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX network_messages_device ON network_messages (device_id, at, id);
CREATE INDEX network_messages_client ON network_messages (client_id, at, id);
CREATE INDEX network_messages_at ON network_messages (at, id);

-- What is looked for in messages: at least most messages within minutes whose severity is at most severity and whose text holds pattern.
CREATE TABLE network_patterns (
  id        BIGINT NOT NULL PRIMARY KEY,
  client_id BIGINT NOT NULL DEFAULT 0,
  name      TEXT   NOT NULL,
  pattern   TEXT   NOT NULL DEFAULT '',
  severity  BIGINT NOT NULL DEFAULT 7,
  number    BIGINT NOT NULL DEFAULT 1,
  minutes   BIGINT NOT NULL DEFAULT 10,
  critical  BIGINT NOT NULL DEFAULT 0,
  author    TEXT   NOT NULL DEFAULT '',
  made_at   BIGINT NOT NULL
);
