-- +goose Up

-- The firm's bank accounts. number: IBAN, or what the bank's files name the account by. layout: the columns of its tables,
-- as JSON, where a person said them. ledger '' = the bank account of the billing settings.
CREATE TABLE payments_accounts (
  id       BIGINT NOT NULL PRIMARY KEY,
  name     TEXT   NOT NULL,
  number   TEXT   NOT NULL DEFAULT '',
  currency TEXT   NOT NULL,
  ledger   TEXT   NOT NULL DEFAULT '',
  layout   TEXT   NOT NULL DEFAULT '',
  made_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX payments_accounts_number ON payments_accounts (number, currency);

-- Bank files taken in. lines = read, added = new ones among them.
CREATE TABLE payments_files (
  id         BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES payments_accounts (id),
  name       TEXT   NOT NULL,
  format     TEXT   NOT NULL,
  lines      BIGINT NOT NULL,
  added      BIGINT NOT NULL,
  pending    BIGINT NOT NULL DEFAULT 0,
  starts     BIGINT NOT NULL DEFAULT -2147483648,
  ends       BIGINT NOT NULL DEFAULT -2147483648,
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL
);

-- Bookings on the bank accounts. state: 0 to review, 1 booked, 2 ignored. A booking is there once, by its hash, however often
-- the bank tells of it.
CREATE TABLE payments_lines (
  id         BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  account_id BIGINT NOT NULL REFERENCES payments_accounts (id),
  file_id    BIGINT NOT NULL REFERENCES payments_files (id),
  hash       TEXT   NOT NULL,
  row_no     BIGINT NOT NULL DEFAULT 0,
  day        BIGINT NOT NULL,
  value_day  BIGINT NOT NULL,
  minor      BIGINT NOT NULL,
  currency   TEXT   NOT NULL,
  name       TEXT   NOT NULL DEFAULT '',
  iban       TEXT   NOT NULL DEFAULT '',
  bic        TEXT   NOT NULL DEFAULT '',
  text       TEXT   NOT NULL DEFAULT '',
  reference  TEXT   NOT NULL DEFAULT '',
  end_to_end TEXT   NOT NULL DEFAULT '',
  mandate    TEXT   NOT NULL DEFAULT '',
  bundle     TEXT   NOT NULL DEFAULT '',
  bank_ref   TEXT   NOT NULL DEFAULT '',
  kind       TEXT   NOT NULL DEFAULT '',
  returned   TEXT   NOT NULL DEFAULT '',
  state      BIGINT NOT NULL DEFAULT 0,
  author     TEXT   NOT NULL DEFAULT '',
  done_at    BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX payments_lines_hash ON payments_lines (account_id, hash);
CREATE INDEX payments_lines_state ON payments_lines (state, id);

-- Money that came in (minor above 0) or went back (below). left_minor = what belongs to no invoice yet: the client's credit.
-- method: 'bank', 'cash', 'cheque', 'card', 'debit', 'stripe', 'other'. of_id = the payment that a refund gives back. state: 0
-- booked, 1 taken back on undone_day.
CREATE TABLE payments_payments (
  id          BIGINT NOT NULL PRIMARY KEY,
  version     BIGINT NOT NULL DEFAULT 1,
  client_id   BIGINT NOT NULL,
  client      TEXT   NOT NULL DEFAULT '',
  day         BIGINT NOT NULL,
  minor       BIGINT NOT NULL,
  left_minor  BIGINT NOT NULL DEFAULT 0,
  currency    TEXT   NOT NULL,
  method      TEXT   NOT NULL,
  reference   TEXT   NOT NULL DEFAULT '',
  note        TEXT   NOT NULL DEFAULT '',
  ledger      TEXT   NOT NULL DEFAULT '',
  line_id     BIGINT NOT NULL DEFAULT 0,
  attempt_id  BIGINT NOT NULL DEFAULT 0,
  debit_id    BIGINT NOT NULL DEFAULT 0,
  of_id       BIGINT NOT NULL DEFAULT 0,
  provider    TEXT   NOT NULL DEFAULT '',
  state       BIGINT NOT NULL DEFAULT 0,
  undone_day  BIGINT NOT NULL DEFAULT -2147483648,
  undone_why  TEXT   NOT NULL DEFAULT '',
  author_id   BIGINT NOT NULL DEFAULT 0,
  author      TEXT   NOT NULL DEFAULT '',
  made_at     BIGINT NOT NULL
);
CREATE INDEX payments_payments_client ON payments_payments (client_id, id);
CREATE INDEX payments_payments_day ON payments_payments (day, id);
CREATE INDEX payments_payments_line ON payments_payments (line_id) WHERE line_id <> 0;
CREATE INDEX payments_payments_left ON payments_payments (client_id, id) WHERE left_minor <> 0;
CREATE UNIQUE INDEX payments_payments_provider ON payments_payments (provider) WHERE provider <> '';

-- What of a payment went to which document; never changed: what is taken back is a row below 0.
CREATE TABLE payments_allocations (
  id         BIGINT NOT NULL PRIMARY KEY,
  payment_id BIGINT NOT NULL REFERENCES payments_payments (id),
  invoice_id BIGINT NOT NULL,
  day        BIGINT NOT NULL,
  minor      BIGINT NOT NULL,
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL
);
CREATE INDEX payments_allocations_payment ON payments_allocations (payment_id, id);
CREATE INDEX payments_allocations_invoice ON payments_allocations (invoice_id, id);

-- Attempts to take money through Stripe. kind: 'page' (the client pays), 'setup' (the client saves a way of paying), 'charge' (by a
-- saved way). state: 0 open, 1 under way, 2 paid or saved, 3 failed, 4 run out.
CREATE TABLE payments_attempts (
  id         BIGINT NOT NULL PRIMARY KEY,
  client_id  BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL DEFAULT 0,
  kind       TEXT   NOT NULL,
  minor      BIGINT NOT NULL DEFAULT 0,
  currency   TEXT   NOT NULL DEFAULT '',
  session    TEXT   NOT NULL DEFAULT '',
  url        TEXT   NOT NULL DEFAULT '',
  provider   TEXT   NOT NULL DEFAULT '',
  method_id  BIGINT NOT NULL DEFAULT 0,
  state      BIGINT NOT NULL DEFAULT 0,
  why        TEXT   NOT NULL DEFAULT '',
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX payments_attempts_client ON payments_attempts (client_id, id);
CREATE INDEX payments_attempts_invoice ON payments_attempts (invoice_id, id);
CREATE INDEX payments_attempts_provider ON payments_attempts (provider) WHERE provider <> '';

-- Events of Stripe that were taken: each once.
CREATE TABLE payments_events (
  id      TEXT   NOT NULL PRIMARY KEY,
  kind    TEXT   NOT NULL,
  made_at BIGINT NOT NULL
);

-- Clients as Stripe knows them, and their saved ways of paying.
CREATE TABLE payments_customers (
  client_id BIGINT NOT NULL PRIMARY KEY,
  customer  TEXT   NOT NULL,
  made_at   BIGINT NOT NULL
);
CREATE TABLE payments_methods (
  id        BIGINT NOT NULL PRIMARY KEY,
  client_id BIGINT NOT NULL,
  customer  TEXT   NOT NULL,
  method    TEXT   NOT NULL,
  label     TEXT   NOT NULL DEFAULT '',
  ended     BIGINT NOT NULL DEFAULT 0,
  made_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX payments_methods_method ON payments_methods (method);
CREATE INDEX payments_methods_client ON payments_methods (client_id, id);

-- SEPA mandates. was = the account before, where it changed since the last collection. used 1 = collected once: the next one is
-- recurring.
CREATE TABLE payments_mandates (
  id        BIGINT NOT NULL PRIMARY KEY,
  version   BIGINT NOT NULL DEFAULT 1,
  client_id BIGINT NOT NULL,
  reference TEXT   NOT NULL,
  signed    BIGINT NOT NULL,
  scheme    TEXT   NOT NULL,
  holder    TEXT   NOT NULL,
  iban      TEXT   NOT NULL,
  bic       TEXT   NOT NULL DEFAULT '',
  was       TEXT   NOT NULL DEFAULT '',
  used      BIGINT NOT NULL DEFAULT 0,
  ended     BIGINT NOT NULL DEFAULT 0,
  made_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX payments_mandates_reference ON payments_mandates (reference);
CREATE INDEX payments_mandates_client ON payments_mandates (client_id, id);

-- Direct debit runs. state: 0 made, 1 collected, 2 taken back. body = the file, as it was made.
CREATE TABLE payments_runs (
  id       BIGINT NOT NULL PRIMARY KEY,
  code     TEXT   NOT NULL,
  form     TEXT   NOT NULL,
  collect  BIGINT NOT NULL,
  minor    BIGINT NOT NULL,
  debits   BIGINT NOT NULL,
  state    BIGINT NOT NULL DEFAULT 0,
  body     TEXT   NOT NULL,
  author   TEXT   NOT NULL DEFAULT '',
  made_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX payments_runs_code ON payments_runs (code);

-- Their debits. state: 0 waiting, 1 paid, 2 came back, 3 taken back with the run.
CREATE TABLE payments_debits (
  id         BIGINT NOT NULL PRIMARY KEY,
  run_id     BIGINT NOT NULL REFERENCES payments_runs (id),
  mandate_id BIGINT NOT NULL REFERENCES payments_mandates (id),
  client_id  BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL,
  block      TEXT   NOT NULL DEFAULT '',
  end_to_end TEXT   NOT NULL,
  sequence   TEXT   NOT NULL,
  minor      BIGINT NOT NULL,
  state      BIGINT NOT NULL DEFAULT 0,
  why        TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX payments_debits_run ON payments_debits (run_id, id);
CREATE INDEX payments_debits_invoice ON payments_debits (invoice_id, id);
CREATE UNIQUE INDEX payments_debits_e2e ON payments_debits (end_to_end);

-- Reminders that went out: each level of an invoice once.
CREATE TABLE payments_reminders (
  id         BIGINT NOT NULL PRIMARY KEY,
  invoice_id BIGINT NOT NULL,
  client_id  BIGINT NOT NULL,
  level      BIGINT NOT NULL,
  day        BIGINT NOT NULL,
  email      TEXT   NOT NULL DEFAULT '',
  fee_id     BIGINT NOT NULL DEFAULT 0,
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX payments_reminders_level ON payments_reminders (invoice_id, level);
CREATE INDEX payments_reminders_client ON payments_reminders (client_id, id);

-- Who is not reminded: a client, or one invoice. until -2147483648 = until it is taken away.
CREATE TABLE payments_holds (
  id         BIGINT NOT NULL PRIMARY KEY,
  client_id  BIGINT NOT NULL,
  invoice_id BIGINT NOT NULL DEFAULT 0,
  until      BIGINT NOT NULL DEFAULT -2147483648,
  note       TEXT   NOT NULL DEFAULT '',
  author     TEXT   NOT NULL DEFAULT '',
  made_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX payments_holds_of ON payments_holds (client_id, invoice_id);

-- What invoices were told overdue of: each once.
CREATE TABLE payments_overdue (
  invoice_id BIGINT NOT NULL PRIMARY KEY,
  day        BIGINT NOT NULL
);
