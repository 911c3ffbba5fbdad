-- +goose Up

-- Where other programs are told of what happens here. events is a list with spaces around each, or '*'. reason says why
-- it is off: by-hand, gone (it answered 410), failing. secret and former are sealed; former also signs until former_until.
-- failing_since 0 = the last delivery arrived.
CREATE TABLE webhook_endpoints (
  id            BIGINT NOT NULL PRIMARY KEY,
  version       BIGINT NOT NULL DEFAULT 1,
  url           TEXT   NOT NULL,
  description   TEXT   NOT NULL DEFAULT '',
  events        TEXT   NOT NULL,
  enabled       BIGINT NOT NULL DEFAULT 1,
  reason        TEXT   NOT NULL DEFAULT '',
  secret        TEXT   NOT NULL,
  former        TEXT   NOT NULL DEFAULT '',
  former_until  BIGINT NOT NULL DEFAULT 0,
  made_by       BIGINT NOT NULL DEFAULT 0,
  failing_since BIGINT NOT NULL DEFAULT 0,
  created_at    BIGINT NOT NULL
);

-- One row: its number grows with every change of the endpoints, so that each process knows whether it still knows them.
CREATE TABLE webhook_state (
  id      BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
);
INSERT INTO webhook_state (id, version) VALUES (1, 1);

-- What happened, as it is sent: written in the transaction of the change.
CREATE TABLE webhook_messages (
  id         BIGINT NOT NULL PRIMARY KEY,
  event      TEXT   NOT NULL,
  body       TEXT   NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX webhook_messages_created ON webhook_messages (created_at, id);

-- A message on its way to an endpoint. state: waiting, sent, failed. lease = somebody sends it until then. error is the
-- code of why it failed. status and took are of the last attempt.
CREATE TABLE webhook_deliveries (
  id          BIGINT NOT NULL PRIMARY KEY,
  endpoint_id BIGINT NOT NULL,
  message_id  BIGINT NOT NULL,
  event       TEXT   NOT NULL,
  state       TEXT   NOT NULL DEFAULT 'waiting',
  attempts    BIGINT NOT NULL DEFAULT 0,
  due         BIGINT NOT NULL,
  lease       BIGINT NOT NULL DEFAULT 0,
  status      BIGINT NOT NULL DEFAULT 0,
  took        BIGINT NOT NULL DEFAULT 0,
  error       TEXT   NOT NULL DEFAULT '',
  created_at  BIGINT NOT NULL
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, state, due, id);
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_created ON webhook_deliveries (created_at, id);
CREATE INDEX webhook_deliveries_message ON webhook_deliveries (message_id, id);

-- Each try. status 0 = there was no answer; error says why. answer is how the answer begins.
CREATE TABLE webhook_attempts (
  id          BIGINT NOT NULL PRIMARY KEY,
  delivery_id BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  status      BIGINT NOT NULL DEFAULT 0,
  took        BIGINT NOT NULL DEFAULT 0,
  error       TEXT   NOT NULL DEFAULT '',
  answer      TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX webhook_attempts_delivery ON webhook_attempts (delivery_id, id);
CREATE INDEX webhook_attempts_at ON webhook_attempts (at, id);
