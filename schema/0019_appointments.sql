-- +goose Up

-- Time that somebody of the firm has set aside. kind: work (on a ticket), busy (something else), away. title is what it
-- is about where there is no ticket, and a remark beside one. onsite = it is at the client's place.
CREATE TABLE helpdesk_appointments (
  id        BIGINT NOT NULL PRIMARY KEY,
  user_id   BIGINT NOT NULL,
  ticket_id BIGINT NOT NULL DEFAULT 0,
  kind      TEXT   NOT NULL,
  title     TEXT   NOT NULL DEFAULT '',
  onsite    BIGINT NOT NULL DEFAULT 0,
  starts_at BIGINT NOT NULL,
  ends_at   BIGINT NOT NULL,
  version   BIGINT NOT NULL DEFAULT 1,
  made_at   BIGINT NOT NULL,
  made_by   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX helpdesk_appointments_starts ON helpdesk_appointments (starts_at, id);
CREATE INDEX helpdesk_appointments_user ON helpdesk_appointments (user_id, starts_at);
CREATE INDEX helpdesk_appointments_ticket ON helpdesk_appointments (ticket_id, starts_at);

-- The address under which a calendar program reads somebody's appointments. token is a SHA-256.
CREATE TABLE helpdesk_feeds (
  user_id BIGINT NOT NULL PRIMARY KEY,
  token   TEXT   NOT NULL UNIQUE,
  made_at BIGINT NOT NULL
);
