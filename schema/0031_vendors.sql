-- +goose Up

-- Those who bill the firm for what it resells. mapping is the JSON of which column of their files means what, '' = not said yet.
CREATE TABLE vendors_vendors (
  id         BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  name       TEXT   NOT NULL,
  name_key   TEXT   NOT NULL,
  mapping    TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX vendors_vendors_name ON vendors_vendors (name_key);

-- Their bills. state: 0 = a file that was sent and waits for its columns, 1 = taken in. ref is the file's digest in the file store.
-- starts and ends: the days that it is for, half-open; rows without days of their own are for those. rows and amount (minor units)
-- are sums of vendors_rows.
CREATE TABLE vendors_bills (
  id        BIGINT NOT NULL PRIMARY KEY,
  vendor_id BIGINT NOT NULL REFERENCES vendors_vendors (id),
  state     BIGINT NOT NULL DEFAULT 0,
  file      TEXT   NOT NULL,
  ref       TEXT   NOT NULL,
  size      BIGINT NOT NULL DEFAULT 0,
  starts    BIGINT NOT NULL,
  ends      BIGINT NOT NULL,
  currency  TEXT   NOT NULL DEFAULT '',
  row_count BIGINT NOT NULL DEFAULT 0,
  amount    BIGINT NOT NULL DEFAULT 0,
  author    TEXT   NOT NULL DEFAULT '',
  made_at   BIGINT NOT NULL
);
CREATE INDEX vendors_bills_starts ON vendors_bills (starts, id);
CREATE INDEX vendors_bills_vendor ON vendors_bills (vendor_id, starts, id);

-- The rows of bills as they stood in the file. number is the line of the file. client_key and item_key are what rows are matched by. minor
-- below zero is a credit. unit_* is the price of one; unit_scale -1 = the file does not say.
CREATE TABLE vendors_rows (
  id             BIGINT NOT NULL PRIMARY KEY,
  bill_id        BIGINT NOT NULL REFERENCES vendors_bills (id),
  vendor_id      BIGINT NOT NULL,
  number         BIGINT NOT NULL,
  client_ref     TEXT   NOT NULL DEFAULT '',
  client_key     TEXT   NOT NULL DEFAULT '',
  sku            TEXT   NOT NULL DEFAULT '',
  name           TEXT   NOT NULL DEFAULT '',
  item_key       TEXT   NOT NULL DEFAULT '',
  quantity_coef  BIGINT NOT NULL DEFAULT 0,
  quantity_scale BIGINT NOT NULL DEFAULT 0,
  unit_coef      BIGINT NOT NULL DEFAULT 0,
  unit_scale     BIGINT NOT NULL DEFAULT -1,
  minor          BIGINT NOT NULL,
  starts         BIGINT NOT NULL,
  ends           BIGINT NOT NULL
);
CREATE INDEX vendors_rows_bill ON vendors_rows (bill_id, number, id);
CREATE INDEX vendors_rows_days ON vendors_rows (ends, starts, id);
CREATE INDEX vendors_rows_client ON vendors_rows (vendor_id, client_key, id);

-- Which client a vendor means by a name. own 1 = the firm itself.
CREATE TABLE vendors_clients (
  vendor_id  BIGINT NOT NULL,
  client_key TEXT   NOT NULL,
  client_id  BIGINT NOT NULL DEFAULT 0,
  own        BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (vendor_id, client_key)
);
CREATE INDEX vendors_clients_client ON vendors_clients (client_id, vendor_id);

-- Which item of the catalogue a vendor means by a number or name.
CREATE TABLE vendors_items (
  vendor_id BIGINT NOT NULL,
  item_key  TEXT   NOT NULL,
  item_id   BIGINT NOT NULL,
  PRIMARY KEY (vendor_id, item_key)
);

-- Differences that somebody has looked at: they stay so until the units or the money differ in another way.
CREATE TABLE vendors_acknowledged (
  client_id   BIGINT NOT NULL,
  item_id     BIGINT NOT NULL,
  currency    TEXT   NOT NULL,
  units_coef  BIGINT NOT NULL,
  units_scale BIGINT NOT NULL DEFAULT 0,
  minor       BIGINT NOT NULL,
  reason      TEXT   NOT NULL,
  author      TEXT   NOT NULL DEFAULT '',
  made_at     BIGINT NOT NULL,
  PRIMARY KEY (client_id, item_id, currency)
);
