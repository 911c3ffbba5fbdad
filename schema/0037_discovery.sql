-- +goose Up

-- What devices let people read with by SNMP. client_id 0 = of the whole firm, site_id 0 = all sites. secret is sealed JSON. version: '1', '2c', '3'.
CREATE TABLE network_credentials (
  id         BIGINT NOT NULL PRIMARY KEY,
  client_id  BIGINT NOT NULL DEFAULT 0,
  site_id    BIGINT NOT NULL DEFAULT 0,
  name       TEXT   NOT NULL,
  version    TEXT   NOT NULL,
  secret     TEXT   NOT NULL,
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX network_credentials_client ON network_credentials (client_id, id);

-- Devices that are asked by SNMP. address is host or host:port. every is in seconds. oids are the firm's own values, one a line; watch the
-- names of ports whose fall is trouble, one a line. about is the description as the device gave it, JSON. run counts how often the
-- description was asked for out of turn. state as in network_states.
CREATE TABLE network_polled (
  device_id     BIGINT NOT NULL PRIMARY KEY,
  version       BIGINT NOT NULL DEFAULT 1,
  credential_id BIGINT NOT NULL,
  prober_id     BIGINT NOT NULL DEFAULT 0,
  address       TEXT   NOT NULL,
  every         BIGINT NOT NULL DEFAULT 60,
  oids          TEXT   NOT NULL DEFAULT '',
  watch         TEXT   NOT NULL DEFAULT '',
  paused        BIGINT NOT NULL DEFAULT 0,
  run           BIGINT NOT NULL DEFAULT 0,
  about         TEXT   NOT NULL DEFAULT '',
  described_at  BIGINT NOT NULL DEFAULT 0,
  at            BIGINT NOT NULL DEFAULT 0,
  state         BIGINT NOT NULL DEFAULT 3,
  since_at      BIGINT NOT NULL DEFAULT 0,
  text          TEXT   NOT NULL DEFAULT '',
  author        TEXT   NOT NULL DEFAULT '',
  made_at       BIGINT NOT NULL
);

-- Networks that are looked into, each by one device. networks '' = those that the device is in. beyond 1 = a person allowed others.
-- every is in seconds. alert 1 = devices that nobody knows are told. run counts how often it was started out of turn; runs how often it was done.
CREATE TABLE network_scans (
  id         BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  client_id  BIGINT NOT NULL,
  site_id    BIGINT NOT NULL DEFAULT 0,
  prober_id  BIGINT NOT NULL,
  networks   TEXT   NOT NULL DEFAULT '',
  beyond     BIGINT NOT NULL DEFAULT 0,
  every      BIGINT NOT NULL DEFAULT 86400,
  alert      BIGINT NOT NULL DEFAULT 1,
  paused     BIGINT NOT NULL DEFAULT 0,
  run        BIGINT NOT NULL DEFAULT 0,
  runs       BIGINT NOT NULL DEFAULT 0,
  at         BIGINT NOT NULL DEFAULT 0,
  state      BIGINT NOT NULL DEFAULT 3,
  text       TEXT   NOT NULL DEFAULT '',
  gateway    TEXT   NOT NULL DEFAULT '',
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL
);
CREATE INDEX network_scans_client ON network_scans (client_id, id);

-- Hosts that were found. host_key is the hardware address, else 'ip:' and the address. state: 'new' = nobody decided, 'ignored', 'device' =
-- it is device_id. first_run 1 = it was there when the network was first looked into. missed: how many looks in a row did not find it.
-- services are separated by line feeds. about is what it said by SNMP, JSON.
CREATE TABLE network_hosts (
  id            BIGINT NOT NULL PRIMARY KEY,
  client_id     BIGINT NOT NULL,
  scan_id       BIGINT NOT NULL,
  host_key      TEXT   NOT NULL,
  address       TEXT   NOT NULL,
  mac           TEXT   NOT NULL DEFAULT '',
  name          TEXT   NOT NULL DEFAULT '',
  named_by      TEXT   NOT NULL DEFAULT '',
  vendor        TEXT   NOT NULL DEFAULT '',
  model         TEXT   NOT NULL DEFAULT '',
  services      TEXT   NOT NULL DEFAULT '',
  about         TEXT   NOT NULL DEFAULT '',
  credential_id BIGINT NOT NULL DEFAULT 0,
  state         TEXT   NOT NULL DEFAULT 'new',
  device_id     BIGINT NOT NULL DEFAULT 0,
  first_run     BIGINT NOT NULL DEFAULT 0,
  missed        BIGINT NOT NULL DEFAULT 0,
  first_at      BIGINT NOT NULL,
  seen_at       BIGINT NOT NULL,
  reason        TEXT   NOT NULL DEFAULT '',
  author        TEXT   NOT NULL DEFAULT '',
  decided_at    BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX network_hosts_key ON network_hosts (scan_id, host_key);
CREATE INDEX network_hosts_client ON network_hosts (client_id, state, id);
CREATE INDEX network_hosts_device ON network_hosts (device_id, id);

-- What the network says of behind which device another one is. how: 'lldp', 'cdp', 'fdb', 'gateway'. state: 'set' = it was taken over,
-- 'open' = a person is asked, 'refused' = a person said no.
CREATE TABLE network_parents (
  device_id BIGINT NOT NULL PRIMARY KEY,
  parent_id BIGINT NOT NULL,
  how       TEXT   NOT NULL,
  port      TEXT   NOT NULL DEFAULT '',
  state     TEXT   NOT NULL DEFAULT 'open',
  at        BIGINT NOT NULL
);

-- Makers by the beginning of hardware addresses, six hexadecimal digits, imported from the registry of the IEEE.
CREATE TABLE network_makers (
  prefix TEXT NOT NULL PRIMARY KEY,
  name   TEXT NOT NULL
);
