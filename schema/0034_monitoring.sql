-- +goose Up

-- Rules as places say them. level: 'firm', 'client', 'site', 'group', 'device'; place_id of the firm is 0. rule is the JSON of a whole
-- rule (care/monitoring/rules.Watch). off 1 = the rule does not hold here, whatever is said further up.
CREATE TABLE monitoring_rules (
  id         BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  level      TEXT   NOT NULL,
  place_id   BIGINT NOT NULL DEFAULT 0,
  rule_key   TEXT   NOT NULL,
  rule       TEXT   NOT NULL,
  off        BIGINT NOT NULL DEFAULT 0,
  author     TEXT   NOT NULL DEFAULT '',
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX monitoring_rules_place ON monitoring_rules (level, place_id, rule_key);

-- What a rule has learned of a device's series: a text of the engine's own, deflated and in base64. It may be lost without harm but
-- that it is learned again.
CREATE TABLE monitoring_states (
  device_id BIGINT NOT NULL PRIMARY KEY,
  taken_at  BIGINT NOT NULL,
  body      TEXT   NOT NULL
);

-- Alerts. state: 'open', 'acknowledged', 'snoozed', 'resolved'. level: 1 warning, 2 critical; worst is the worst it had. measure, bound,
-- low, high and value are decimal numbers. silenced: '' = it makes noise, 'window', 'mute', 'behind'; silenced_id says which.
-- clear_at: when the end of a flapping one is believed, 0 = it has not ended. work_at: when it becomes work, 0 = it has or will not.
-- step_at: when the next step of its chain is due, 0 = never. ended: '' by its values, 'rule', 'gone', 'device', 'moved', 'hand'.
CREATE TABLE monitoring_alerts (
  id          BIGINT NOT NULL PRIMARY KEY,
  version     BIGINT NOT NULL DEFAULT 1,
  device_id   BIGINT NOT NULL,
  client_id   BIGINT NOT NULL,
  site_id     BIGINT NOT NULL DEFAULT 0,
  device      TEXT   NOT NULL DEFAULT '',
  rule_key    TEXT   NOT NULL,
  series      TEXT   NOT NULL DEFAULT '',
  rule        TEXT   NOT NULL,
  state       TEXT   NOT NULL DEFAULT 'open',
  level       BIGINT NOT NULL,
  worst       BIGINT NOT NULL,
  measure     TEXT   NOT NULL DEFAULT '0',
  bound       TEXT   NOT NULL DEFAULT '0',
  low         TEXT   NOT NULL DEFAULT '0',
  high        TEXT   NOT NULL DEFAULT '0',
  value       TEXT   NOT NULL DEFAULT '0',
  began_at    BIGINT NOT NULL,
  opened_at   BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL,
  resolved_at BIGINT NOT NULL DEFAULT 0,
  ended       TEXT   NOT NULL DEFAULT '',
  occurrences BIGINT NOT NULL DEFAULT 1,
  recent      TEXT   NOT NULL DEFAULT '',
  flapping    BIGINT NOT NULL DEFAULT 0,
  clear_at    BIGINT NOT NULL DEFAULT 0,
  owner_id    BIGINT NOT NULL DEFAULT 0,
  owner       TEXT   NOT NULL DEFAULT '',
  snooze_at   BIGINT NOT NULL DEFAULT 0,
  silenced    TEXT   NOT NULL DEFAULT '',
  silenced_id BIGINT NOT NULL DEFAULT 0,
  work_at     BIGINT NOT NULL DEFAULT 0,
  ticket_id   BIGINT NOT NULL DEFAULT 0,
  ticket      BIGINT NOT NULL DEFAULT 0,
  chain_id    BIGINT NOT NULL DEFAULT 0,
  step        BIGINT NOT NULL DEFAULT 0,
  step_at     BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX monitoring_alerts_open ON monitoring_alerts (device_id, rule_key, series) WHERE resolved_at = 0;
CREATE INDEX monitoring_alerts_matter ON monitoring_alerts (device_id, rule_key, series, id);
CREATE INDEX monitoring_alerts_state ON monitoring_alerts (resolved_at, id);
CREATE INDEX monitoring_alerts_client ON monitoring_alerts (client_id, id);
CREATE INDEX monitoring_alerts_ticket ON monitoring_alerts (ticket_id, id);

-- What happened to an alert. Rows are only ever added. what: 'opened', 'worse', 'better', 'cleared', 'reopened', 'resolved',
-- 'acknowledged', 'snoozed', 'woken', 'silenced', 'heard', 'ticket', 'refused', 'flapping', 'told'. detail is a text or a number of it.
CREATE TABLE monitoring_events (
  id       BIGINT NOT NULL PRIMARY KEY,
  alert_id BIGINT NOT NULL REFERENCES monitoring_alerts (id),
  at       BIGINT NOT NULL,
  what     TEXT   NOT NULL,
  author   TEXT   NOT NULL DEFAULT '',
  detail   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX monitoring_events_alert ON monitoring_events (alert_id, id);

-- Mutes: a rule ('' = all) makes no noise at a place until an instant.
CREATE TABLE monitoring_mutes (
  id       BIGINT NOT NULL PRIMARY KEY,
  level    TEXT   NOT NULL,
  place_id BIGINT NOT NULL DEFAULT 0,
  rule_key TEXT   NOT NULL DEFAULT '',
  until_at BIGINT NOT NULL,
  reason   TEXT   NOT NULL,
  author   TEXT   NOT NULL DEFAULT '',
  made_at  BIGINT NOT NULL
);
CREATE INDEX monitoring_mutes_until ON monitoring_mutes (until_at, id);

-- Maintenance windows. Once: starts_at to ends_at. Each week: on the weekdays of days (bits, Monday lowest) at minute of the day on
-- the wall clock of zone, for length minutes, from starts_at on and until ends_at (0 = for good).
CREATE TABLE monitoring_windows (
  id        BIGINT NOT NULL PRIMARY KEY,
  version   BIGINT NOT NULL DEFAULT 1,
  level     TEXT   NOT NULL,
  place_id  BIGINT NOT NULL DEFAULT 0,
  name      TEXT   NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at   BIGINT NOT NULL DEFAULT 0,
  days      BIGINT NOT NULL DEFAULT 0,
  minute    BIGINT NOT NULL DEFAULT 0,
  length    BIGINT NOT NULL DEFAULT 0,
  zone      TEXT   NOT NULL DEFAULT '',
  author    TEXT   NOT NULL DEFAULT '',
  made_at   BIGINT NOT NULL
);

-- Escalation chains: who is told after how many minutes, as JSON. least is the lowest level that it is for. The chain of the
-- place furthest down counts.
CREATE TABLE monitoring_chains (
  id       BIGINT NOT NULL PRIMARY KEY,
  version  BIGINT NOT NULL DEFAULT 1,
  level    TEXT   NOT NULL,
  place_id BIGINT NOT NULL DEFAULT 0,
  name     TEXT   NOT NULL,
  least    BIGINT NOT NULL DEFAULT 1,
  steps    TEXT   NOT NULL DEFAULT '[]'
);

-- On-call schedules: people take turns, as JSON, on the wall clock of zone. anchor is the day of the first turn.
CREATE TABLE monitoring_schedules (
  id      BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL DEFAULT 1,
  name    TEXT   NOT NULL,
  zone    TEXT   NOT NULL DEFAULT '',
  anchor  BIGINT NOT NULL,
  minute  BIGINT NOT NULL DEFAULT 0,
  days    BIGINT NOT NULL DEFAULT 7,
  people  TEXT   NOT NULL DEFAULT '[]'
);
CREATE TABLE monitoring_overrides (
  id          BIGINT NOT NULL PRIMARY KEY,
  schedule_id BIGINT NOT NULL REFERENCES monitoring_schedules (id),
  user_id     BIGINT NOT NULL,
  starts_at   BIGINT NOT NULL,
  ends_at     BIGINT NOT NULL
);
CREATE INDEX monitoring_overrides_schedule ON monitoring_overrides (schedule_id, ends_at, id);

-- Where messages go besides people: chats and pushes. form: 'ntfy', 'slack', 'teams', 'json'. url is sealed, for it often is the secret.
CREATE TABLE monitoring_hooks (
  id        BIGINT NOT NULL PRIMARY KEY,
  version   BIGINT NOT NULL DEFAULT 1,
  name      TEXT   NOT NULL,
  form      TEXT   NOT NULL,
  url       TEXT   NOT NULL,
  token     TEXT   NOT NULL DEFAULT '',
  host      TEXT   NOT NULL DEFAULT '',
  failed    TEXT   NOT NULL DEFAULT '',
  failed_at BIGINT NOT NULL DEFAULT 0
);

-- Messages to hooks that are to be sent. once names the occurrence, so that each goes out once. state: 'waiting', 'sent', 'failed'.
CREATE TABLE monitoring_messages (
  id       BIGINT NOT NULL PRIMARY KEY,
  hook_id  BIGINT NOT NULL,
  alert_id BIGINT NOT NULL,
  once     TEXT   NOT NULL,
  title    TEXT   NOT NULL,
  body     TEXT   NOT NULL,
  link     TEXT   NOT NULL DEFAULT '',
  urgent   BIGINT NOT NULL DEFAULT 0,
  state    TEXT   NOT NULL DEFAULT 'waiting',
  tries    BIGINT NOT NULL DEFAULT 0,
  due_at   BIGINT NOT NULL,
  failed   TEXT   NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX monitoring_messages_once ON monitoring_messages (once);
CREATE INDEX monitoring_messages_due ON monitoring_messages (state, due_at, id);
