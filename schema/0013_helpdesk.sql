-- +goose Up

-- alarmed holds which warnings were given, as bits: 1, 2 first answer is near, is overdue; 4, 8 next answer; 16, 32
-- solution. reassigned is how often the ticket was handed from one person or board to another.
ALTER TABLE helpdesk_tickets ADD COLUMN alarmed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE helpdesk_tickets ADD COLUMN reassigned BIGINT NOT NULL DEFAULT 0;
DROP INDEX helpdesk_tickets_alarm;
CREATE INDEX helpdesk_tickets_alarm ON helpdesk_tickets (alarm_at, id);

-- When something last changed by which service levels are reckoned.
ALTER TABLE helpdesk_setup ADD COLUMN levels_at BIGINT NOT NULL DEFAULT 0;

-- What is done when a deadline comes near (breach 0) or has passed (1). board_id, priority 0 and promise '' are any.
-- assign_to 0 leaves the assignee; raises 1 raises the priority by a step; watchers 1 and role say who is told besides.
CREATE TABLE helpdesk_escalations (
  id        BIGINT NOT NULL PRIMARY KEY,
  board_id  BIGINT NOT NULL DEFAULT 0,
  priority  BIGINT NOT NULL DEFAULT 0,
  promise   TEXT   NOT NULL DEFAULT '',
  breach    BIGINT NOT NULL DEFAULT 0,
  assign_to BIGINT NOT NULL DEFAULT 0,
  raises    BIGINT NOT NULL DEFAULT 0,
  watchers  BIGINT NOT NULL DEFAULT 0,
  role      TEXT   NOT NULL DEFAULT ''
);

-- What tickets are often begun with. draft is JSON.
CREATE TABLE helpdesk_templates (
  id      BIGINT NOT NULL PRIMARY KEY,
  name    TEXT   NOT NULL,
  draft   TEXT   NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);

-- Work that recurs. rule and draft are JSON; a ticket is made on each due day at minute of the day in zone ("" = the
-- firm's). next_day is the first due day for which no ticket was made, next_at its instant, both 0 where none is left.
-- problem is why the last attempt failed.
CREATE TABLE helpdesk_plans (
  id        BIGINT NOT NULL PRIMARY KEY,
  name      TEXT   NOT NULL,
  client_id BIGINT NOT NULL,
  rule      TEXT   NOT NULL,
  draft     TEXT   NOT NULL,
  zone      TEXT   NOT NULL DEFAULT '',
  minute    BIGINT NOT NULL,
  next_day  BIGINT NOT NULL DEFAULT 0,
  next_at   BIGINT NOT NULL DEFAULT 0,
  paused    BIGINT NOT NULL DEFAULT 0,
  problem   TEXT   NOT NULL DEFAULT '',
  version   BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX helpdesk_plans_next ON helpdesk_plans (next_at, id);
CREATE INDEX helpdesk_plans_client ON helpdesk_plans (client_id, id);

-- Which ticket was made for which day: one at most.
CREATE TABLE helpdesk_plan_days (
  plan_id   BIGINT NOT NULL REFERENCES helpdesk_plans (id),
  day       BIGINT NOT NULL,
  ticket_id BIGINT NOT NULL,
  PRIMARY KEY (plan_id, day)
);
