-- +goose Up

-- What is watched from outside: a website, a mail server, a port, a name. kind: of package kit/probe. prober_id: the device whose agent
-- looks, 0 = the server itself. device_id: the machine that it runs on, 0 = unknown. params is JSON, secret a sealed JSON ('' = none).
-- every and timeout are in seconds. paused 1 = nobody looks.
CREATE TABLE network_services (
  id         BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  client_id  BIGINT NOT NULL,
  site_id    BIGINT NOT NULL DEFAULT 0,
  device_id  BIGINT NOT NULL DEFAULT 0,
  prober_id  BIGINT NOT NULL DEFAULT 0,
  kind       TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  target     TEXT   NOT NULL,
  params     TEXT   NOT NULL DEFAULT '{}',
  secret     TEXT   NOT NULL DEFAULT '',
  every      BIGINT NOT NULL DEFAULT 60,
  timeout    BIGINT NOT NULL DEFAULT 10,
  paused     BIGINT NOT NULL DEFAULT 0,
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX network_services_client ON network_services (client_id, id);

-- What was found last. state: 0 fine, 1 warning, 2 critical, 3 unknown; since_at: from when on it is so. found is JSON by kind, '' = none.
-- took is in milliseconds. made_by: the device that looked, 0 = the server.
CREATE TABLE network_states (
  service_id BIGINT NOT NULL PRIMARY KEY,
  at         BIGINT NOT NULL,
  made_by    BIGINT NOT NULL DEFAULT 0,
  state      BIGINT NOT NULL,
  since_at   BIGINT NOT NULL,
  text       TEXT   NOT NULL DEFAULT '',
  detail     TEXT   NOT NULL DEFAULT '',
  took       BIGINT NOT NULL DEFAULT 0,
  found      TEXT   NOT NULL DEFAULT ''
);

-- Each change of state, for the history of a service. Rows are only ever added, and fall away after a year.
CREATE TABLE network_turns (
  id         BIGINT NOT NULL PRIMARY KEY,
  service_id BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  state      BIGINT NOT NULL,
  text       TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX network_turns_service ON network_turns (service_id, at, id);
