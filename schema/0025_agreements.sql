-- +goose Up

-- Agreements with clients. state: 0 draft, 1 active, 2 cancelled before it began. That one has ended follows from ends, its
-- last day, which is still consumed. Days are civil days in zone. anchor, unit, every and day are the cycle in which it is
-- billed (rating.Cycle). lead = days before a period's first day on which it is already billed. term and renew are months:
-- how long it holds at first, and how long again when nobody gives notice (0 = without end, or not again). notice is days
-- before the end of a term. pay_days -1 = as the client's account says. least_* is the minimum of an interval over all
-- lines, least_coef -1 = none. rise_* is the escalator: percent each rise_every months, next on rise_next.
-- level_id = the service level that it promises. reminded, rise_reminded = the last day of notice and the escalation of which people were reminded.
-- billed_through: intervals that end on or before it are closed. last_run: the day of the latest run; no run is for an
-- earlier day. next_due: the first day on which something may be due.
CREATE TABLE agreements_agreements (
  id             BIGINT NOT NULL PRIMARY KEY,
  version        BIGINT NOT NULL DEFAULT 1,
  number         TEXT   NOT NULL,
  client_id      BIGINT NOT NULL,
  name           TEXT   NOT NULL,
  state          BIGINT NOT NULL DEFAULT 0,
  currency       TEXT   NOT NULL,
  zone           TEXT   NOT NULL DEFAULT '',
  starts         BIGINT NOT NULL,
  ends           BIGINT NOT NULL DEFAULT -2147483648,
  anchor         BIGINT NOT NULL,
  unit           BIGINT NOT NULL DEFAULT 0,
  every          BIGINT NOT NULL DEFAULT 1,
  day            BIGINT NOT NULL DEFAULT 0,
  arrears        BIGINT NOT NULL DEFAULT 0,
  prorate        BIGINT NOT NULL DEFAULT 0,
  lead           BIGINT NOT NULL DEFAULT 0,
  term           BIGINT NOT NULL DEFAULT 0,
  renew          BIGINT NOT NULL DEFAULT 0,
  notice         BIGINT NOT NULL DEFAULT 0,
  least_coef     BIGINT NOT NULL DEFAULT -1,
  least_scale    BIGINT NOT NULL DEFAULT 0,
  rise_coef      BIGINT NOT NULL DEFAULT 0,
  rise_scale     BIGINT NOT NULL DEFAULT 0,
  rise_every     BIGINT NOT NULL DEFAULT 0,
  rise_next      BIGINT NOT NULL DEFAULT -2147483648,
  rise_index     TEXT   NOT NULL DEFAULT '',
  pay_days       BIGINT NOT NULL DEFAULT -1,
  purchase_order TEXT   NOT NULL DEFAULT '',
  scope          TEXT   NOT NULL DEFAULT '',
  covers_work    TEXT   NOT NULL DEFAULT '',
  level_id       BIGINT NOT NULL DEFAULT 0,
  quote_id       BIGINT NOT NULL DEFAULT 0,
  plan_id        BIGINT NOT NULL DEFAULT 0,
  origin         TEXT   NOT NULL DEFAULT '',
  signed_by      TEXT   NOT NULL DEFAULT '',
  signed_at      BIGINT NOT NULL DEFAULT 0,
  document       TEXT   NOT NULL DEFAULT '',
  billed_through BIGINT NOT NULL DEFAULT -2147483648,
  last_run       BIGINT NOT NULL DEFAULT -2147483648,
  next_due       BIGINT NOT NULL DEFAULT 2147483647,
  reminded       BIGINT NOT NULL DEFAULT -2147483648,
  rise_reminded  BIGINT NOT NULL DEFAULT -2147483648,
  made_at        BIGINT NOT NULL,
  changed_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX agreements_number ON agreements_agreements (number);
CREATE INDEX agreements_client ON agreements_agreements (client_id, id);
CREATE INDEX agreements_due ON agreements_agreements (state, next_due, id);
CREATE INDEX agreements_state ON agreements_agreements (state, id);

-- The number that the next agreement gets.
CREATE TABLE agreements_counter (
  id   BIGINT NOT NULL PRIMARY KEY,
  next BIGINT NOT NULL
);
INSERT INTO agreements_counter (id, next) VALUES (1, 1);

-- Lines. What stands on invoices is copied from the catalogue when the line is made. counted: '' = a fixed quantity,
-- 'devices', 'people', 'sites', 'licences', 'hand' = by facts, 'work' = used up beyond an allowance. filter says which of them.
-- last = its last day; -2147483648 = goes on.
CREATE TABLE agreements_lines (
  id           BIGINT NOT NULL PRIMARY KEY,
  agreement_id BIGINT NOT NULL REFERENCES agreements_agreements (id),
  position     BIGINT NOT NULL,
  item_id      BIGINT NOT NULL DEFAULT 0,
  code         TEXT   NOT NULL DEFAULT '',
  name         TEXT   NOT NULL,
  description  TEXT   NOT NULL DEFAULT '',
  kind         TEXT   NOT NULL DEFAULT '',
  family       TEXT   NOT NULL DEFAULT '',
  measure      TEXT   NOT NULL DEFAULT 'C62',
  tax_code     TEXT   NOT NULL DEFAULT '',
  account      TEXT   NOT NULL DEFAULT '',
  counted      TEXT   NOT NULL DEFAULT '',
  filter       TEXT   NOT NULL DEFAULT '',
  last         BIGINT NOT NULL DEFAULT -2147483648
);
CREATE INDEX agreements_lines_agreement ON agreements_lines (agreement_id, position, id);
CREATE INDEX agreements_lines_item ON agreements_lines (item_id, id);

-- Terms of a line from a day on (rating.Terms). replaced 1 = taken back by a later amendment for the same day: what was
-- billed by it is credited. more holds tiers, package, minimum and maximum as JSON, '' = none. bill_unit -1 = billed by the
-- price's own cycle. They are never changed.
CREATE TABLE agreements_terms (
  id           BIGINT NOT NULL PRIMARY KEY,
  line_id      BIGINT NOT NULL REFERENCES agreements_lines (id),
  agreement_id BIGINT NOT NULL,
  amendment_id BIGINT NOT NULL DEFAULT 0,
  starts       BIGINT NOT NULL,
  replaced     BIGINT NOT NULL DEFAULT 0,
  anchor       BIGINT NOT NULL,
  unit         BIGINT NOT NULL,
  every        BIGINT NOT NULL,
  day          BIGINT NOT NULL DEFAULT 0,
  bill_anchor  BIGINT NOT NULL DEFAULT 0,
  bill_unit    BIGINT NOT NULL DEFAULT -1,
  bill_every   BIGINT NOT NULL DEFAULT 0,
  bill_day     BIGINT NOT NULL DEFAULT 0,
  once         BIGINT NOT NULL DEFAULT 0,
  arrears      BIGINT NOT NULL DEFAULT 0,
  prorate      BIGINT NOT NULL DEFAULT 0,
  rule         BIGINT NOT NULL DEFAULT 0,
  model        BIGINT NOT NULL DEFAULT 0,
  price_coef   BIGINT NOT NULL DEFAULT 0,
  price_scale  BIGINT NOT NULL DEFAULT 0,
  more         TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX agreements_terms_agreement ON agreements_terms (agreement_id, line_id, starts, id);

-- What was changed from which day on, and by whom. The first is the agreement itself. changes is JSON.
CREATE TABLE agreements_amendments (
  id           BIGINT NOT NULL PRIMARY KEY,
  agreement_id BIGINT NOT NULL REFERENCES agreements_agreements (id),
  number       BIGINT NOT NULL,
  day          BIGINT NOT NULL,
  kind         TEXT   NOT NULL,
  reason       TEXT   NOT NULL DEFAULT '',
  changes      TEXT   NOT NULL DEFAULT '',
  author_id    BIGINT NOT NULL DEFAULT 0,
  author       TEXT   NOT NULL DEFAULT '',
  made_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX agreements_amendments_agreement ON agreements_amendments (agreement_id, number);

-- Quantities: how many there were on a day, and how that is known. Rows are only ever added; of one day the last is true.
CREATE TABLE agreements_facts (
  id           BIGINT NOT NULL PRIMARY KEY,
  agreement_id BIGINT NOT NULL,
  line_id      BIGINT NOT NULL REFERENCES agreements_lines (id),
  day          BIGINT NOT NULL,
  coef         BIGINT NOT NULL,
  scale        BIGINT NOT NULL DEFAULT 0,
  source       TEXT   NOT NULL DEFAULT '',
  evidence     TEXT   NOT NULL DEFAULT '',
  author       TEXT   NOT NULL DEFAULT '',
  made_at      BIGINT NOT NULL
);
CREATE INDEX agreements_facts_agreement ON agreements_facts (agreement_id, line_id, day, id);

-- Which devices and people a counted line covers, from which day to which (the last one, still covered).
CREATE TABLE agreements_members (
  id           BIGINT NOT NULL PRIMARY KEY,
  agreement_id BIGINT NOT NULL,
  line_id      BIGINT NOT NULL REFERENCES agreements_lines (id),
  kind         TEXT   NOT NULL,
  ref          TEXT   NOT NULL,
  name         TEXT   NOT NULL,
  starts       BIGINT NOT NULL,
  ends         BIGINT NOT NULL DEFAULT 2147483647,
  made_at      BIGINT NOT NULL
);
CREATE INDEX agreements_members_line ON agreements_members (line_id, starts, id);
CREATE INDEX agreements_members_ref ON agreements_members (kind, ref, id);

-- Allowances (rating.Pot). measure: 'hours', 'money', 'tickets'. line_id is the line that bills what is used beyond it, 0 =
-- it is free. keep -1 = never lapses; carry_coef -1 = everything goes over. alert is the percentage left at which is warned.
-- work lists the kinds of work that draw on it, by id with spaces, '' = all.
CREATE TABLE agreements_pots (
  id           BIGINT NOT NULL PRIMARY KEY,
  agreement_id BIGINT NOT NULL REFERENCES agreements_agreements (id),
  line_id      BIGINT NOT NULL DEFAULT 0,
  name         TEXT   NOT NULL,
  measure      TEXT   NOT NULL,
  anchor       BIGINT NOT NULL,
  unit         BIGINT NOT NULL,
  every        BIGINT NOT NULL,
  day          BIGINT NOT NULL DEFAULT 0,
  starts       BIGINT NOT NULL,
  ends         BIGINT NOT NULL DEFAULT -2147483648,
  each_coef    BIGINT NOT NULL,
  each_scale   BIGINT NOT NULL DEFAULT 0,
  prorate      BIGINT NOT NULL DEFAULT 0,
  carry_coef   BIGINT NOT NULL DEFAULT -1,
  carry_scale  BIGINT NOT NULL DEFAULT 0,
  keep         BIGINT NOT NULL DEFAULT 0,
  alert        BIGINT NOT NULL DEFAULT 10,
  work         TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX agreements_pots_agreement ON agreements_pots (agreement_id, id);

-- What an hour of a kind of work draws: after_hours 1 = outside the hours of business.
CREATE TABLE agreements_weights (
  pot_id      BIGINT NOT NULL REFERENCES agreements_pots (id),
  type_id     BIGINT NOT NULL,
  after_hours BIGINT NOT NULL DEFAULT 0,
  coef        BIGINT NOT NULL,
  scale       BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (pot_id, type_id, after_hours)
);

-- Blocks bought besides what intervals grant. until = the first day on which it may no longer be drawn.
CREATE TABLE agreements_grants (
  id           BIGINT NOT NULL PRIMARY KEY,
  agreement_id BIGINT NOT NULL,
  pot_id       BIGINT NOT NULL REFERENCES agreements_pots (id),
  starts       BIGINT NOT NULL,
  until        BIGINT NOT NULL DEFAULT -2147483648,
  coef         BIGINT NOT NULL,
  scale        BIGINT NOT NULL DEFAULT 0,
  note         TEXT   NOT NULL DEFAULT '',
  made_at      BIGINT NOT NULL
);
CREATE INDEX agreements_grants_agreement ON agreements_grants (agreement_id, pot_id, id);
