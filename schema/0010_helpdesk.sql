-- +goose Up

-- One row, id 1. epoch grows when tickets were removed. seq grows with every transaction that changes tickets and is written into their rows: by it each
-- process learns what changed since it last looked. number is the last ticket number given.
CREATE TABLE helpdesk_state (
  id     BIGINT NOT NULL PRIMARY KEY,
  seq    BIGINT NOT NULL,
  number BIGINT NOT NULL,
  epoch  BIGINT NOT NULL DEFAULT 1
);
INSERT INTO helpdesk_state (id, seq, number) VALUES (1, 1, 1000);

-- One row: version grows with every change of boards, statuses, calendars and service levels.
CREATE TABLE helpdesk_setup (
  id      BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
);
INSERT INTO helpdesk_setup (id, version) VALUES (1, 1);

-- Boards are the queues that the firm works through. code names the built-in ones, whose name is then translated.
CREATE TABLE helpdesk_boards (
  id       BIGINT NOT NULL PRIMARY KEY,
  code     TEXT   NOT NULL DEFAULT '',
  name     TEXT   NOT NULL DEFAULT '',
  position BIGINT NOT NULL,
  archived BIGINT NOT NULL DEFAULT 0
);

-- state: 0 new, 1 open, 2 waiting, 3 solved, 4 closed. stops = the clocks of the service level stand still.
CREATE TABLE helpdesk_statuses (
  id       BIGINT NOT NULL PRIMARY KEY,
  code     TEXT   NOT NULL DEFAULT '',
  name     TEXT   NOT NULL DEFAULT '',
  state    BIGINT NOT NULL,
  stops    BIGINT NOT NULL DEFAULT 0,
  position BIGINT NOT NULL,
  archived BIGINT NOT NULL DEFAULT 0
);

-- Working hours. week is JSON: seven lists (Sunday first) of [from, to] in minutes of the day. zone "" = the firm's.
CREATE TABLE helpdesk_calendars (
  id       BIGINT NOT NULL PRIMARY KEY,
  name     TEXT   NOT NULL,
  zone     TEXT   NOT NULL DEFAULT '',
  week     TEXT   NOT NULL,
  version  BIGINT NOT NULL DEFAULT 1
);
CREATE TABLE helpdesk_holidays (
  calendar_id BIGINT NOT NULL REFERENCES helpdesk_calendars (id),
  day         BIGINT NOT NULL,
  name        TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (calendar_id, day)
);

-- Service levels. Minutes of working time; 0 = no target. One policy is the firm's own default.
CREATE TABLE helpdesk_policies (
  id          BIGINT NOT NULL PRIMARY KEY,
  name        TEXT   NOT NULL,
  calendar_id BIGINT NOT NULL REFERENCES helpdesk_calendars (id),
  fallback    BIGINT NOT NULL DEFAULT 0,
  version     BIGINT NOT NULL DEFAULT 1
);
CREATE TABLE helpdesk_targets (
  policy_id BIGINT NOT NULL REFERENCES helpdesk_policies (id),
  priority  BIGINT NOT NULL,
  response  BIGINT NOT NULL DEFAULT 0,
  update_in BIGINT NOT NULL DEFAULT 0,
  resolve   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (policy_id, priority)
);
-- What a client has of its own; 0 = as the firm.
CREATE TABLE helpdesk_clients (
  client_id   BIGINT NOT NULL PRIMARY KEY,
  policy_id   BIGINT NOT NULL DEFAULT 0,
  calendar_id BIGINT NOT NULL DEFAULT 0
);

-- kind: 0 incident, 1 request, 2 change, 3 problem, 4 maintenance, 5 project task. origin: 1 client, 2 monitor,
-- 3 planned, 4 technician; it never changes, and origin_note says what shows it. priority: 1 urgent … 4 low.
-- tags are kept as ",a,b,". last_from: who wrote last, 1 the client, 2 the firm. *_due are deadlines of the service
-- level, 0 = none; elapsed is the working time that the resolution clock has counted, running_since when it was last
-- started, 0 = it stands. alarm_at is when somebody must be warned, 0 = never.
CREATE TABLE helpdesk_tickets (
  id            BIGINT NOT NULL PRIMARY KEY,
  number        BIGINT NOT NULL UNIQUE,
  seq           BIGINT NOT NULL,
  version       BIGINT NOT NULL DEFAULT 1,
  client_id     BIGINT NOT NULL,
  site_id       BIGINT NOT NULL DEFAULT 0,
  person_id     BIGINT NOT NULL DEFAULT 0,
  board_id      BIGINT NOT NULL,
  status_id     BIGINT NOT NULL,
  state         BIGINT NOT NULL,
  kind          BIGINT NOT NULL,
  origin        BIGINT NOT NULL,
  origin_note   TEXT   NOT NULL DEFAULT '',
  channel       TEXT   NOT NULL DEFAULT '',
  impact        BIGINT NOT NULL,
  urgency       BIGINT NOT NULL,
  priority      BIGINT NOT NULL,
  subject       TEXT   NOT NULL,
  assignee_id   BIGINT NOT NULL DEFAULT 0,
  parent_id     BIGINT NOT NULL DEFAULT 0,
  merged_into   BIGINT NOT NULL DEFAULT 0,
  tags          TEXT   NOT NULL DEFAULT '',
  opened_at     BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL,
  responded_at  BIGINT NOT NULL DEFAULT 0,
  solved_at     BIGINT NOT NULL DEFAULT 0,
  closed_at     BIGINT NOT NULL DEFAULT 0,
  reopened      BIGINT NOT NULL DEFAULT 0,
  last_from     BIGINT NOT NULL DEFAULT 0,
  policy_id     BIGINT NOT NULL DEFAULT 0,
  calendar_id   BIGINT NOT NULL DEFAULT 0,
  response_due  BIGINT NOT NULL DEFAULT 0,
  update_due    BIGINT NOT NULL DEFAULT 0,
  resolve_due   BIGINT NOT NULL DEFAULT 0,
  elapsed       BIGINT NOT NULL DEFAULT 0,
  running_since BIGINT NOT NULL DEFAULT 0,
  waited_update BIGINT NOT NULL DEFAULT 0,
  response_late BIGINT NOT NULL DEFAULT 0,
  resolve_late  BIGINT NOT NULL DEFAULT 0,
  alarm_at      BIGINT NOT NULL DEFAULT 0,
  made_by       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX helpdesk_tickets_seq ON helpdesk_tickets (seq);
CREATE INDEX helpdesk_tickets_client ON helpdesk_tickets (client_id, id);
CREATE INDEX helpdesk_tickets_parent ON helpdesk_tickets (parent_id);
CREATE INDEX helpdesk_tickets_merged ON helpdesk_tickets (merged_into);
CREATE INDEX helpdesk_tickets_alarm ON helpdesk_tickets (alarm_at);

-- The thread of a ticket; rows are only ever added. kind: reply, note, mail, change, time, system. author_kind: user,
-- person, system. data is JSON, whose form goes with the kind.
CREATE TABLE helpdesk_entries (
  id          BIGINT NOT NULL PRIMARY KEY,
  ticket_id   BIGINT NOT NULL REFERENCES helpdesk_tickets (id),
  kind        TEXT   NOT NULL,
  public      BIGINT NOT NULL DEFAULT 0,
  author_kind TEXT   NOT NULL,
  author_id   BIGINT NOT NULL DEFAULT 0,
  author      TEXT   NOT NULL,
  body        TEXT   NOT NULL DEFAULT '',
  html        TEXT   NOT NULL DEFAULT '',
  data        TEXT   NOT NULL DEFAULT '',
  created_at  BIGINT NOT NULL
);
CREATE INDEX helpdesk_entries_ticket ON helpdesk_entries (ticket_id, id);

-- Files of a thread; ref is the SHA-256 of the content.
CREATE TABLE helpdesk_files (
  id        BIGINT NOT NULL PRIMARY KEY,
  ticket_id BIGINT NOT NULL REFERENCES helpdesk_tickets (id),
  entry_id  BIGINT NOT NULL,
  ref       TEXT   NOT NULL,
  name      TEXT   NOT NULL,
  type      TEXT   NOT NULL DEFAULT '',
  size      BIGINT NOT NULL
);
CREATE INDEX helpdesk_files_ticket ON helpdesk_files (ticket_id);

CREATE TABLE helpdesk_watchers (
  ticket_id BIGINT NOT NULL,
  user_id   BIGINT NOT NULL,
  PRIMARY KEY (ticket_id, user_id)
);

-- Things to be done on a ticket.
CREATE TABLE helpdesk_steps (
  id        BIGINT NOT NULL PRIMARY KEY,
  ticket_id BIGINT NOT NULL REFERENCES helpdesk_tickets (id),
  position  BIGINT NOT NULL,
  text      TEXT   NOT NULL,
  done_at   BIGINT NOT NULL DEFAULT 0,
  done_by   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX helpdesk_steps_ticket ON helpdesk_steps (ticket_id);

-- What somebody has begun to write and not sent.
CREATE TABLE helpdesk_drafts (
  ticket_id  BIGINT NOT NULL,
  user_id    BIGINT NOT NULL,
  public     BIGINT NOT NULL,
  body       TEXT   NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (ticket_id, user_id)
);

-- Who looks at a ticket now, and whether they are writing.
CREATE TABLE helpdesk_presence (
  ticket_id BIGINT NOT NULL,
  user_id   BIGINT NOT NULL,
  writing   BIGINT NOT NULL,
  seen_at   BIGINT NOT NULL,
  PRIMARY KEY (ticket_id, user_id)
);

-- Saved views of the list; user_id 0 = everybody's. query is the list's address.
CREATE TABLE helpdesk_views (
  id       BIGINT NOT NULL PRIMARY KEY,
  user_id  BIGINT NOT NULL DEFAULT 0,
  name     TEXT   NOT NULL,
  query    TEXT   NOT NULL,
  position BIGINT NOT NULL
);

-- Texts that are written often, with placeholders.
CREATE TABLE helpdesk_canned (
  id   BIGINT NOT NULL PRIMARY KEY,
  name TEXT   NOT NULL,
  body TEXT   NOT NULL
);
