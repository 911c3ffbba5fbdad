-- +goose Up

-- Kinds of work. code names the built-in ones, whose name is then translated. reactive = because something broke or
-- somebody called; billable = what an entry is when nobody says otherwise.
CREATE TABLE worklog_types (
  id       BIGINT NOT NULL PRIMARY KEY,
  code     TEXT   NOT NULL DEFAULT '',
  name     TEXT   NOT NULL DEFAULT '',
  reactive BIGINT NOT NULL DEFAULT 1,
  billable BIGINT NOT NULL DEFAULT 1,
  position BIGINT NOT NULL,
  archived BIGINT NOT NULL DEFAULT 0,
  version  BIGINT NOT NULL DEFAULT 1
);
INSERT INTO worklog_types (id, code, reactive, billable, position) VALUES
  (1, 'remote', 1, 1, 1), (2, 'on-site', 1, 1, 2), (3, 'travel', 1, 1, 3), (4, 'project', 0, 1, 4), (5, 'maintenance', 0, 1, 5), (6, 'internal', 0, 0, 6);

-- Rate cards by date. client_id 0 = the firm's own. minor is the price of an hour in minor units, -1 = none; of the rules
-- (minutes, percent) -1 = as on the firm's card. km_* is the price of a kilometre as a decimal, km_coef -1 = none.
CREATE TABLE worklog_cards (
  id         BIGINT NOT NULL PRIMARY KEY,
  client_id  BIGINT NOT NULL DEFAULT 0,
  starts     BIGINT NOT NULL,
  name       TEXT   NOT NULL,
  currency   TEXT   NOT NULL,
  minor      BIGINT NOT NULL DEFAULT -1,
  step       BIGINT NOT NULL DEFAULT -1,
  min_entry  BIGINT NOT NULL DEFAULT -1,
  min_ticket BIGINT NOT NULL DEFAULT -1,
  by_ticket  BIGINT NOT NULL DEFAULT -1,
  factor     BIGINT NOT NULL DEFAULT -1,
  km_coef    BIGINT NOT NULL DEFAULT -1,
  km_scale   BIGINT NOT NULL DEFAULT 0,
  version    BIGINT NOT NULL DEFAULT 1,
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX worklog_cards_day ON worklog_cards (client_id, starts);

-- Prices of a card that differ: by work type, by person (0 = all), or both.
CREATE TABLE worklog_prices (
  card_id   BIGINT NOT NULL REFERENCES worklog_cards (id),
  type_id   BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  minor     BIGINT NOT NULL,
  PRIMARY KEY (card_id, type_id, person_id)
);

-- Time. starts is the minute of the day, -1 = not said. origin is who started the ticket: 1 client, 2 monitor, 3 planned,
-- 4 technician, 0 = no ticket. coverage: 0 free, 1 billable, 2 agreement, 3 prepaid; chosen = by hand. own_minutes are the
-- minutes after the rules of one entry, billed_minutes those that are charged. state: 0 open, 1 submitted, 2 approved,
-- 3 billed, after which nothing changes. unbilled = billable and not billed yet. card and card_from say by which card
-- the price was found; priced 0 = no card gave one.
CREATE TABLE worklog_entries (
  id             BIGINT NOT NULL PRIMARY KEY,
  version        BIGINT NOT NULL DEFAULT 1,
  person_id      BIGINT NOT NULL,
  person         TEXT   NOT NULL,
  client_id      BIGINT NOT NULL,
  ticket_id      BIGINT NOT NULL DEFAULT 0,
  ticket_number  BIGINT NOT NULL DEFAULT 0,
  ticket         TEXT   NOT NULL DEFAULT '',
  origin         BIGINT NOT NULL DEFAULT 0,
  type_id        BIGINT NOT NULL,
  day            BIGINT NOT NULL,
  starts         BIGINT NOT NULL DEFAULT -1,
  minutes        BIGINT NOT NULL,
  after_hours    BIGINT NOT NULL DEFAULT 0,
  note           TEXT   NOT NULL DEFAULT '',
  internal       TEXT   NOT NULL DEFAULT '',
  coverage       BIGINT NOT NULL,
  chosen         BIGINT NOT NULL DEFAULT 0,
  reactive       BIGINT NOT NULL,
  own_minutes    BIGINT NOT NULL DEFAULT 0,
  billed_minutes BIGINT NOT NULL DEFAULT 0,
  rate           BIGINT NOT NULL DEFAULT 0,
  factor         BIGINT NOT NULL DEFAULT 100,
  minor          BIGINT NOT NULL DEFAULT 0,
  currency       TEXT   NOT NULL DEFAULT '',
  priced         BIGINT NOT NULL DEFAULT 0,
  card           TEXT   NOT NULL DEFAULT '',
  card_from      BIGINT NOT NULL DEFAULT -2147483648,
  state          BIGINT NOT NULL DEFAULT 0,
  unbilled       BIGINT NOT NULL DEFAULT 0,
  invoice        TEXT   NOT NULL DEFAULT '',
  invoice_line   TEXT   NOT NULL DEFAULT '',
  corrects_id    BIGINT NOT NULL DEFAULT 0,
  made_at        BIGINT NOT NULL,
  changed_at     BIGINT NOT NULL
);
CREATE INDEX worklog_entries_day ON worklog_entries (day, id);
-- What a list can be narrowed by stands in the index too, so that two filters that hardly meet need not read the rows.
CREATE INDEX worklog_entries_person ON worklog_entries (person_id, day, id, type_id, state, client_id);
CREATE INDEX worklog_entries_client ON worklog_entries (client_id, day, id);
CREATE INDEX worklog_entries_type ON worklog_entries (type_id, day, id, state, person_id, client_id);
CREATE INDEX worklog_entries_state ON worklog_entries (state, day, id, person_id, type_id, client_id);
CREATE INDEX worklog_entries_ticket ON worklog_entries (ticket_id, day, id) WHERE ticket_id <> 0;
CREATE INDEX worklog_entries_corrects ON worklog_entries (corrects_id) WHERE corrects_id <> 0;
-- Few rows of many: the unbilled report reads this index alone.
CREATE INDEX worklog_entries_unbilled ON worklog_entries (client_id, currency, day, id, state, priced, minutes, billed_minutes, minor) WHERE unbilled = 1;
CREATE INDEX worklog_entries_unbilled_day ON worklog_entries (day, id, person_id, type_id, state) WHERE unbilled = 1;

-- Materials, expenses and kilometres: quantity × price. kind: 0 material, 1 expense, 2 mileage. cost is what the firm paid
-- for one. States and coverage as above.
CREATE TABLE worklog_items (
  id             BIGINT NOT NULL PRIMARY KEY,
  version        BIGINT NOT NULL DEFAULT 1,
  kind           BIGINT NOT NULL,
  person_id      BIGINT NOT NULL,
  person         TEXT   NOT NULL,
  client_id      BIGINT NOT NULL,
  ticket_id      BIGINT NOT NULL DEFAULT 0,
  ticket_number  BIGINT NOT NULL DEFAULT 0,
  ticket         TEXT   NOT NULL DEFAULT '',
  day            BIGINT NOT NULL,
  note           TEXT   NOT NULL DEFAULT '',
  quantity_coef  BIGINT NOT NULL,
  quantity_scale BIGINT NOT NULL DEFAULT 0,
  price_coef     BIGINT NOT NULL DEFAULT 0,
  price_scale    BIGINT NOT NULL DEFAULT 0,
  cost_coef      BIGINT NOT NULL DEFAULT 0,
  cost_scale     BIGINT NOT NULL DEFAULT 0,
  minor          BIGINT NOT NULL DEFAULT 0,
  currency       TEXT   NOT NULL DEFAULT '',
  coverage       BIGINT NOT NULL DEFAULT 1,
  state          BIGINT NOT NULL DEFAULT 0,
  unbilled       BIGINT NOT NULL DEFAULT 0,
  invoice        TEXT   NOT NULL DEFAULT '',
  invoice_line   TEXT   NOT NULL DEFAULT '',
  made_at        BIGINT NOT NULL,
  changed_at     BIGINT NOT NULL
);
CREATE INDEX worklog_items_day ON worklog_items (day, id);
CREATE INDEX worklog_items_person ON worklog_items (person_id, day, id);
CREATE INDEX worklog_items_client ON worklog_items (client_id, day, id);
CREATE INDEX worklog_items_ticket ON worklog_items (ticket_id, day, id) WHERE ticket_id <> 0;
CREATE INDEX worklog_items_unbilled ON worklog_items (client_id, currency, day, id, state, minor) WHERE unbilled = 1;

-- The running timer of a person.
CREATE TABLE worklog_timers (
  person_id     BIGINT NOT NULL PRIMARY KEY,
  client_id     BIGINT NOT NULL,
  ticket_id     BIGINT NOT NULL DEFAULT 0,
  ticket_number BIGINT NOT NULL DEFAULT 0,
  ticket        TEXT   NOT NULL DEFAULT '',
  origin        BIGINT NOT NULL DEFAULT 0,
  type_id       BIGINT NOT NULL,
  note          TEXT   NOT NULL DEFAULT '',
  started_at    BIGINT NOT NULL
);

-- What was decided on a person's week, by its Monday. state: 1 submitted, 2 approved, 4 sent back.
CREATE TABLE worklog_weeks (
  person_id  BIGINT NOT NULL,
  monday     BIGINT NOT NULL,
  person     TEXT   NOT NULL,
  state      BIGINT NOT NULL,
  reason     TEXT   NOT NULL DEFAULT '',
  decided_by TEXT   NOT NULL DEFAULT '',
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, monday)
);
CREATE INDEX worklog_weeks_state ON worklog_weeks (state, monday);
