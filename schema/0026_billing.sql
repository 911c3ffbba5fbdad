-- +goose Up

-- How a client is billed: what an invoice copies. treatment: '' = taxed where it is, 'reverse', 'exempt', 'export', 'outside'.
-- jurisdiction '' = the firm's. pay_days -1 = as the firm says. delivery: 'mail', 'portal', 'none'. format: '' = PDF,
-- 'ubl', 'peppol', 'xrechnung' besides. work: 0 = time and materials on request, 1 = with every run of a new month.
CREATE TABLE billing_accounts (
  client_id       BIGINT NOT NULL PRIMARY KEY,
  version         BIGINT NOT NULL DEFAULT 1,
  name            TEXT   NOT NULL DEFAULT '',
  contact         TEXT   NOT NULL DEFAULT '',
  street          TEXT   NOT NULL DEFAULT '',
  extra           TEXT   NOT NULL DEFAULT '',
  postcode        TEXT   NOT NULL DEFAULT '',
  city            TEXT   NOT NULL DEFAULT '',
  region          TEXT   NOT NULL DEFAULT '',
  country         TEXT   NOT NULL DEFAULT '',
  vat             TEXT   NOT NULL DEFAULT '',
  company         TEXT   NOT NULL DEFAULT '',
  endpoint        TEXT   NOT NULL DEFAULT '',
  scheme          TEXT   NOT NULL DEFAULT '',
  buyer_reference TEXT   NOT NULL DEFAULT '',
  purchase_order  TEXT   NOT NULL DEFAULT '',
  email           TEXT   NOT NULL DEFAULT '',
  currency        TEXT   NOT NULL DEFAULT '',
  language        TEXT   NOT NULL DEFAULT '',
  jurisdiction    TEXT   NOT NULL DEFAULT '',
  treatment       TEXT   NOT NULL DEFAULT '',
  exemption       TEXT   NOT NULL DEFAULT '',
  pay_days        BIGINT NOT NULL DEFAULT -1,
  series          TEXT   NOT NULL DEFAULT '',
  delivery        TEXT   NOT NULL DEFAULT 'mail',
  format          TEXT   NOT NULL DEFAULT '',
  work            BIGINT NOT NULL DEFAULT 1,
  changed_at      BIGINT NOT NULL
);

-- The tax table: code of an item × jurisdiction × from a day. Several rows of one day are several taxes on one line, by
-- component. jurisdiction '' = the firm's own.
CREATE TABLE billing_taxes (
  id           BIGINT NOT NULL PRIMARY KEY,
  code         TEXT   NOT NULL,
  jurisdiction TEXT   NOT NULL DEFAULT '',
  component    TEXT   NOT NULL DEFAULT '',
  starts       BIGINT NOT NULL,
  category     TEXT   NOT NULL,
  coef         BIGINT NOT NULL,
  scale        BIGINT NOT NULL DEFAULT 0,
  name         TEXT   NOT NULL DEFAULT '',
  reason       TEXT   NOT NULL DEFAULT '',
  vatex        TEXT   NOT NULL DEFAULT '',
  account      TEXT   NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX billing_taxes_code ON billing_taxes (code, jurisdiction, component, starts);

-- Number series. pattern: {year}, {month} and {number} or {number:5} with leading zeros. yearly 1 = counts anew each year.
CREATE TABLE billing_series (
  code    TEXT   NOT NULL PRIMARY KEY,
  name    TEXT   NOT NULL DEFAULT '',
  pattern TEXT   NOT NULL,
  yearly  BIGINT NOT NULL DEFAULT 1
);
INSERT INTO billing_series (code, pattern) VALUES ('invoice', 'INV-{year}-{number:5}'), ('credit', 'CN-{year}-{number:5}'), ('fee', 'FEE-{year}-{number:5}');

-- Where a series stands: the next number, and the hash of its latest document, which the next one is chained to. year 0 =
-- the series does not begin anew.
CREATE TABLE billing_counters (
  series TEXT   NOT NULL,
  year   BIGINT NOT NULL,
  next   BIGINT NOT NULL,
  hash   TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (series, year)
);

-- Runs. state: 0 under way, 1 finished. issue 1 = documents are issued at once, 0 = they stay drafts. done counts agreements;
-- after_id and client_after are the agreement, and then the client whose work is billed, that it has come to.
CREATE TABLE billing_runs (
  id          BIGINT NOT NULL PRIMARY KEY,
  day         BIGINT NOT NULL,
  state       BIGINT NOT NULL DEFAULT 0,
  issue       BIGINT NOT NULL DEFAULT 0,
  client_id   BIGINT NOT NULL DEFAULT 0,
  agreement   BIGINT NOT NULL DEFAULT 0,
  after_id    BIGINT NOT NULL DEFAULT 0,
  client_after BIGINT NOT NULL DEFAULT 0,
  total       BIGINT NOT NULL DEFAULT 0,
  done        BIGINT NOT NULL DEFAULT 0,
  documents   BIGINT NOT NULL DEFAULT 0,
  held        BIGINT NOT NULL DEFAULT 0,
  failed      BIGINT NOT NULL DEFAULT 0,
  author_id   BIGINT NOT NULL DEFAULT 0,
  author      TEXT   NOT NULL DEFAULT '',
  started_at  BIGINT NOT NULL,
  finished_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX billing_runs_state ON billing_runs (state, id);

-- What a run left out, and why: an agreement that is 'held' (a difference that nobody has acknowledged) or 'failed' (a
-- sentence), a client whose 'work' failed.
CREATE TABLE billing_exceptions (
  run_id       BIGINT NOT NULL REFERENCES billing_runs (id),
  subject_id   BIGINT NOT NULL,
  kind         TEXT   NOT NULL,
  text         TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, subject_id)
);

-- Differences that somebody has looked at and accepted: an agreement's amount for the interval that begins on a day.
CREATE TABLE billing_acknowledged (
  agreement_id BIGINT NOT NULL,
  day          BIGINT NOT NULL,
  net          BIGINT NOT NULL,
  author       TEXT   NOT NULL DEFAULT '',
  note         TEXT   NOT NULL DEFAULT '',
  made_at      BIGINT NOT NULL,
  PRIMARY KEY (agreement_id, day)
);

-- Documents. kind: 'invoice', 'credit_note', 'fee'. state: 0 draft, 1 issued, 2 discarded. Amounts are minor units, positive
-- also on a credit note. open = what is still to be paid of an invoice, or still to be used of a credit note. of_id = the
-- invoice that a credit note is about. hash chains the document to its predecessor in the series and year.
CREATE TABLE billing_invoices (
  id           BIGINT NOT NULL PRIMARY KEY,
  version      BIGINT NOT NULL DEFAULT 1,
  kind         TEXT   NOT NULL,
  state        BIGINT NOT NULL DEFAULT 0,
  client_id    BIGINT NOT NULL,
  client       TEXT   NOT NULL DEFAULT '',
  agreement_id BIGINT NOT NULL DEFAULT 0,
  run_id       BIGINT NOT NULL DEFAULT 0,
  run_day      BIGINT NOT NULL DEFAULT -2147483648,
  series       TEXT   NOT NULL DEFAULT '',
  year         BIGINT NOT NULL DEFAULT 0,
  seq          BIGINT NOT NULL DEFAULT 0,
  number       TEXT   NOT NULL DEFAULT '',
  issued       BIGINT NOT NULL DEFAULT -2147483648,
  due          BIGINT NOT NULL DEFAULT -2147483648,
  starts       BIGINT NOT NULL DEFAULT -2147483648,
  ends         BIGINT NOT NULL DEFAULT -2147483648,
  currency     TEXT   NOT NULL,
  net          BIGINT NOT NULL DEFAULT 0,
  tax          BIGINT NOT NULL DEFAULT 0,
  gross        BIGINT NOT NULL DEFAULT 0,
  open         BIGINT NOT NULL DEFAULT 0,
  of_id        BIGINT NOT NULL DEFAULT 0,
  prev_hash    TEXT   NOT NULL DEFAULT '',
  hash         TEXT   NOT NULL DEFAULT '',
  pdf          TEXT   NOT NULL DEFAULT '',
  xml          TEXT   NOT NULL DEFAULT '',
  sent_at      BIGINT NOT NULL DEFAULT 0,
  seen_at      BIGINT NOT NULL DEFAULT 0,
  made_at      BIGINT NOT NULL,
  changed_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX billing_invoices_number ON billing_invoices (series, year, seq) WHERE seq <> 0;
CREATE INDEX billing_invoices_state ON billing_invoices (state, id);
CREATE INDEX billing_invoices_client ON billing_invoices (client_id, id);
CREATE INDEX billing_invoices_agreement ON billing_invoices (agreement_id, id);
CREATE INDEX billing_invoices_issued ON billing_invoices (issued, id);
CREATE INDEX billing_invoices_run ON billing_invoices (run_id, id);
CREATE INDEX billing_invoices_open ON billing_invoices (due, id) WHERE open <> 0 AND state = 1;
CREATE INDEX billing_invoices_papers ON billing_invoices (id) WHERE pdf = '' AND state = 1;

-- The document itself, as canonical JSON (practice/billing/invoice). Once issued it never changes.
CREATE TABLE billing_documents (
  invoice_id BIGINT NOT NULL PRIMARY KEY REFERENCES billing_invoices (id),
  body       TEXT   NOT NULL
);

-- Lines of documents. With a line_id it is a billed span (rating.Span), of which nothing is billed twice; kind: 0 charge,
-- 1 credit, 2 adjustment. amount is below zero where the line takes money back, on an invoice as on a credit note.
CREATE TABLE billing_lines (
  id             BIGINT NOT NULL PRIMARY KEY,
  invoice_id     BIGINT NOT NULL REFERENCES billing_invoices (id),
  position       BIGINT NOT NULL,
  agreement_id   BIGINT NOT NULL DEFAULT 0,
  line_id        BIGINT NOT NULL DEFAULT 0,
  terms_id       BIGINT NOT NULL DEFAULT 0,
  item_id        BIGINT NOT NULL DEFAULT 0,
  kind           BIGINT NOT NULL DEFAULT 0,
  of_id          BIGINT NOT NULL DEFAULT 0,
  starts         BIGINT NOT NULL DEFAULT -2147483648,
  ends           BIGINT NOT NULL DEFAULT -2147483648,
  bill_starts    BIGINT NOT NULL DEFAULT -2147483648,
  bill_ends      BIGINT NOT NULL DEFAULT -2147483648,
  quantity_coef  BIGINT NOT NULL DEFAULT 0,
  quantity_scale BIGINT NOT NULL DEFAULT 0,
  amount         BIGINT NOT NULL,
  run_day        BIGINT NOT NULL DEFAULT -2147483648,
  revision       BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX billing_lines_span ON billing_lines (line_id, starts, ends, kind, revision) WHERE line_id <> 0;
CREATE INDEX billing_lines_invoice ON billing_lines (invoice_id, position);
CREATE INDEX billing_lines_agreement ON billing_lines (agreement_id, line_id, bill_ends) WHERE agreement_id <> 0;

-- Double entry: an entry for every issued document and every payment, its postings summing to 0 in each currency. A debit is
-- above zero.
CREATE TABLE billing_entries (
  id        BIGINT NOT NULL PRIMARY KEY,
  day       BIGINT NOT NULL,
  kind      TEXT   NOT NULL,
  ref_id    BIGINT NOT NULL,
  number    TEXT   NOT NULL DEFAULT '',
  client_id BIGINT NOT NULL DEFAULT 0,
  text      TEXT   NOT NULL DEFAULT '',
  made_at   BIGINT NOT NULL
);
CREATE INDEX billing_entries_day ON billing_entries (day, id);
CREATE UNIQUE INDEX billing_entries_ref ON billing_entries (kind, ref_id);
CREATE TABLE billing_postings (
  entry_id BIGINT NOT NULL REFERENCES billing_entries (id),
  position BIGINT NOT NULL,
  account  TEXT   NOT NULL,
  minor    BIGINT NOT NULL,
  currency TEXT   NOT NULL,
  PRIMARY KEY (entry_id, position)
);
CREATE INDEX billing_postings_account ON billing_postings (account, entry_id);

-- What lessened what is open of a document. kind: 'payment', 'credit', 'refund', 'write_off'. minor below zero opens it again.
CREATE TABLE billing_settlements (
  id         BIGINT NOT NULL PRIMARY KEY,
  invoice_id BIGINT NOT NULL REFERENCES billing_invoices (id),
  day        BIGINT NOT NULL,
  minor      BIGINT NOT NULL,
  kind       TEXT   NOT NULL,
  ref_id     BIGINT NOT NULL,
  made_at    BIGINT NOT NULL
);
CREATE INDEX billing_settlements_invoice ON billing_settlements (invoice_id, id);
CREATE INDEX billing_settlements_ref ON billing_settlements (kind, ref_id);

-- A draft that is thrown away gives its work back.
CREATE INDEX worklog_entries_invoice ON worklog_entries (invoice) WHERE invoice <> '';
CREATE INDEX worklog_items_invoice ON worklog_items (invoice) WHERE invoice <> '';
