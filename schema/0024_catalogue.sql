-- +goose Up

-- What the firm sells. code_key and name_key are code and name in lower case; find is what a search looks in. kind: service, licence,
-- labour, hardware, fee. family is one of the eight service families or none. unit is a code of UN/ECE Recommendation 20, unit_label what
-- pages say instead of its name. counts is what a quantity follows from: nothing, devices, people, sites, licences. rule is how the
-- quantity of a period follows from facts (rating.Rule). suggested = from the starting portfolio and not edited yet.
CREATE TABLE catalogue_items (
  id          BIGINT NOT NULL PRIMARY KEY,
  version     BIGINT NOT NULL DEFAULT 1,
  code        TEXT   NOT NULL DEFAULT '',
  code_key    TEXT   NOT NULL DEFAULT '',
  name        TEXT   NOT NULL,
  name_key    TEXT   NOT NULL,
  find        TEXT   NOT NULL,
  description TEXT   NOT NULL DEFAULT '',
  kind        TEXT   NOT NULL,
  family      TEXT   NOT NULL DEFAULT 'none',
  unit        TEXT   NOT NULL DEFAULT 'C62',
  unit_label  TEXT   NOT NULL DEFAULT '',
  tax         TEXT   NOT NULL DEFAULT 'standard',
  account     TEXT   NOT NULL DEFAULT '',
  counts      TEXT   NOT NULL DEFAULT 'nothing',
  rule        BIGINT NOT NULL DEFAULT 0,
  arrears     BIGINT NOT NULL DEFAULT 0,
  vendor      TEXT   NOT NULL DEFAULT '',
  vendor_sku  TEXT   NOT NULL DEFAULT '',
  suggested   BIGINT NOT NULL DEFAULT 0,
  archived    BIGINT NOT NULL DEFAULT 0,
  made_at     BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX catalogue_items_code ON catalogue_items (code_key) WHERE code_key <> '';
CREATE INDEX catalogue_items_name ON catalogue_items (name_key, id);

-- Prices by date and currency, only ever added: of those that begin on one day the newest holds. withdrawn = taken back before its
-- day came. every is what the price is for: month, quarter, year, once. tiers is "bound:unit:flat|…", the last with bound *.
-- has_least and has_most say whether there is a minimum and a maximum.
CREATE TABLE catalogue_prices (
  id          BIGINT NOT NULL PRIMARY KEY,
  item_id     BIGINT NOT NULL REFERENCES catalogue_items (id),
  currency    TEXT   NOT NULL,
  starts      BIGINT NOT NULL,
  every       TEXT   NOT NULL,
  model       BIGINT NOT NULL,
  unit_coef   BIGINT NOT NULL DEFAULT 0,
  unit_scale  BIGINT NOT NULL DEFAULT 0,
  size_coef   BIGINT NOT NULL DEFAULT 0,
  size_scale  BIGINT NOT NULL DEFAULT 0,
  free_coef   BIGINT NOT NULL DEFAULT 0,
  free_scale  BIGINT NOT NULL DEFAULT 0,
  has_least   BIGINT NOT NULL DEFAULT 0,
  least_coef  BIGINT NOT NULL DEFAULT 0,
  least_scale BIGINT NOT NULL DEFAULT 0,
  has_most    BIGINT NOT NULL DEFAULT 0,
  most_coef   BIGINT NOT NULL DEFAULT 0,
  most_scale  BIGINT NOT NULL DEFAULT 0,
  tiers       TEXT   NOT NULL DEFAULT '',
  withdrawn   BIGINT NOT NULL DEFAULT 0,
  made_by     TEXT   NOT NULL DEFAULT '',
  made_at     BIGINT NOT NULL
);
CREATE INDEX catalogue_prices_day ON catalogue_prices (item_id, currency, starts, id);
CREATE INDEX catalogue_prices_currency ON catalogue_prices (currency, starts, id);

-- What one unit costs the firm, kept like prices; of labour the loaded cost of an hour.
CREATE TABLE catalogue_costs (
  id        BIGINT NOT NULL PRIMARY KEY,
  item_id   BIGINT NOT NULL REFERENCES catalogue_items (id),
  currency  TEXT   NOT NULL,
  starts    BIGINT NOT NULL,
  every     TEXT   NOT NULL,
  coef      BIGINT NOT NULL,
  scale     BIGINT NOT NULL DEFAULT 0,
  withdrawn BIGINT NOT NULL DEFAULT 0,
  made_by   TEXT   NOT NULL DEFAULT '',
  made_at   BIGINT NOT NULL
);
CREATE INDEX catalogue_costs_day ON catalogue_costs (item_id, currency, starts, id);
CREATE INDEX catalogue_costs_currency ON catalogue_costs (currency, starts, id);

-- Plans are bundles of items; tier is their order, from the smallest. least is the least that a month costs, 0 = nothing. Prices that
-- a plan's lines set themselves are in its currency.
CREATE TABLE catalogue_plans (
  id          BIGINT NOT NULL PRIMARY KEY,
  version     BIGINT NOT NULL DEFAULT 1,
  name        TEXT   NOT NULL,
  tier        BIGINT NOT NULL DEFAULT 1,
  scope       TEXT   NOT NULL DEFAULT '',
  currency    TEXT   NOT NULL,
  least_coef  BIGINT NOT NULL DEFAULT 0,
  least_scale BIGINT NOT NULL DEFAULT 0,
  suggested   BIGINT NOT NULL DEFAULT 0,
  archived    BIGINT NOT NULL DEFAULT 0,
  made_at     BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL
);

-- A plan's lines. counts is what the quantity follows from, multiplied by quantity; of nothing it is the quantity itself.
CREATE TABLE catalogue_lines (
  plan_id        BIGINT NOT NULL REFERENCES catalogue_plans (id),
  position       BIGINT NOT NULL,
  item_id        BIGINT NOT NULL REFERENCES catalogue_items (id),
  optional       BIGINT NOT NULL DEFAULT 0,
  counts         TEXT   NOT NULL,
  quantity_coef  BIGINT NOT NULL,
  quantity_scale BIGINT NOT NULL DEFAULT 0,
  has_price      BIGINT NOT NULL DEFAULT 0,
  price_coef     BIGINT NOT NULL DEFAULT 0,
  price_scale    BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (plan_id, position)
);
CREATE INDEX catalogue_lines_item ON catalogue_lines (item_id, plan_id);
