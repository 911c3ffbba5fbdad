-- name: AccountOf :one
SELECT * FROM billing_accounts WHERE client_id = $1;

-- name: Accounts :many
SELECT * FROM billing_accounts ORDER BY client_id;

-- name: InsertAccount :exec
INSERT INTO billing_accounts (client_id, changed_at) VALUES ($1, $2);

-- name: UpdateAccount :execrows
UPDATE billing_accounts SET name = $3, contact = $4, street = $5, extra = $6, postcode = $7, city = $8, region = $9, country = $10, vat = $11, company = $12, endpoint = $13, scheme = $14, buyer_reference = $15,
  purchase_order = $16, email = $17, currency = $18, language = $19, jurisdiction = $20, treatment = $21, exemption = $22, pay_days = $23, series = $24, delivery = $25, format = $26, work = $27, changed_at = $28,
  version = version + 1 WHERE client_id = $1 AND version = $2;

-- name: DeleteAccount :exec
DELETE FROM billing_accounts WHERE client_id = $1;

-- name: MoveAccount :exec
UPDATE billing_accounts SET client_id = $2 WHERE billing_accounts.client_id = $1 AND NOT EXISTS (SELECT 1 FROM billing_accounts x WHERE x.client_id = $2);

-- name: MoveInvoices :exec
UPDATE billing_invoices SET client_id = $2 WHERE client_id = $1;

-- name: MoveEntries :exec
UPDATE billing_entries SET client_id = $2 WHERE client_id = $1;

-- name: Taxes :many
SELECT * FROM billing_taxes ORDER BY code, jurisdiction, starts, component;

-- name: InsertTax :exec
INSERT INTO billing_taxes (id, code, jurisdiction, component, starts, category, coef, scale, name, reason, vatex, account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: DeleteTax :execrows
DELETE FROM billing_taxes WHERE id = $1;

-- name: SeriesList :many
SELECT * FROM billing_series ORDER BY code;

-- name: SeriesOf :one
SELECT * FROM billing_series WHERE code = $1;

-- name: InsertSeries :exec
INSERT INTO billing_series (code, name, pattern, yearly) VALUES ($1, $2, $3, $4);

-- name: UpdateSeries :execrows
UPDATE billing_series SET name = $2, pattern = $3, yearly = $4 WHERE code = $1;

-- name: LockCounter :one
UPDATE billing_counters SET next = next WHERE series = $1 AND year = $2 RETURNING next, hash;

-- name: AddCounter :exec
INSERT INTO billing_counters (series, year, next) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING;

-- name: SetCounter :exec
UPDATE billing_counters SET next = $3, hash = $4 WHERE series = $1 AND year = $2;

-- name: InsertRun :exec
INSERT INTO billing_runs (id, day, issue, client_id, agreement, total, author_id, author, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: RunOf :one
SELECT * FROM billing_runs WHERE id = $1;

-- name: Runs :many
SELECT * FROM billing_runs ORDER BY id DESC LIMIT $1;

-- name: OpenRuns :many
SELECT * FROM billing_runs WHERE state = 0 ORDER BY id;

-- name: AdvanceRun :execrows
UPDATE billing_runs SET after_id = $3, done = done + $4, documents = documents + $5, held = held + $6, failed = failed + $7 WHERE id = $1 AND after_id = $2;

-- name: AdvanceWork :execrows
UPDATE billing_runs SET client_after = $3, documents = documents + $4, failed = failed + $5 WHERE id = $1 AND client_after = $2;

-- name: FinishRun :execrows
UPDATE billing_runs SET state = 1, finished_at = $2 WHERE id = $1 AND state = 0;

-- name: PutException :exec
INSERT INTO billing_exceptions (run_id, subject_id, kind, text) VALUES ($1, $2, $3, $4) ON CONFLICT (run_id, subject_id) DO UPDATE SET kind = excluded.kind, text = excluded.text;

-- name: Exceptions :many
SELECT * FROM billing_exceptions WHERE run_id = $1 ORDER BY subject_id;

-- name: Acknowledge :exec
INSERT INTO billing_acknowledged (agreement_id, day, net, author, note, made_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (agreement_id, day) DO UPDATE SET net = excluded.net, author = excluded.author, note = excluded.note, made_at = excluded.made_at;

-- name: Acknowledged :many
SELECT * FROM billing_acknowledged WHERE agreement_id = $1 ORDER BY day;

-- name: UpdateDraft :execrows
UPDATE billing_invoices SET client = $3, currency = $4, starts = $5, ends = $6, net = $7, tax = $8, gross = $9, kind = $10, series = $11, changed_at = $12, version = version + 1 WHERE id = $1 AND version = $2 AND state = 0;

-- name: DiscardDoc :execrows
UPDATE billing_invoices SET state = 2, changed_at = $3, version = version + 1 WHERE id = $1 AND version = $2 AND state = 0;

-- name: MarkIssued :execrows
UPDATE billing_invoices SET state = 1, series = $3, year = $4, seq = $5, number = $6, issued = $7, due = $8, open = $9, prev_hash = $10, hash = $11, changed_at = $12, version = version + 1 WHERE id = $1 AND version = $2 AND state = 0;

-- name: SetBody :exec
UPDATE billing_documents SET body = $2 WHERE invoice_id = $1;

-- name: DeleteLinesOf :exec
DELETE FROM billing_lines WHERE invoice_id = $1;

-- name: DeleteLine :exec
DELETE FROM billing_lines WHERE id = $1;

-- name: LinesOf :many
SELECT * FROM billing_lines WHERE invoice_id = $1 ORDER BY position;

-- name: SetOpen :execrows
UPDATE billing_invoices SET open = open - $2, changed_at = $3 WHERE id = $1 AND state = 1 AND open >= $2;

-- name: InsertSettlement :exec
INSERT INTO billing_settlements (id, invoice_id, day, minor, kind, ref_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: SettlementsOf :many
SELECT * FROM billing_settlements WHERE invoice_id = $1 ORDER BY id;

-- name: CreditedOf :many
SELECT d.id, d.number, d.state, d.gross FROM billing_invoices d WHERE d.of_id = $1 AND d.state < 2 ORDER BY d.id;

-- name: SetFiles :exec
UPDATE billing_invoices SET pdf = $2, xml = $3 WHERE id = $1;

-- name: SetSent :exec
UPDATE billing_invoices SET sent_at = $2 WHERE id = $1;

-- name: SetSeen :exec
UPDATE billing_invoices SET seen_at = $2 WHERE id = $1 AND seen_at = 0;

-- name: WithoutPapers :many
SELECT id FROM billing_invoices WHERE pdf = '' AND state = 1 AND id > $1 ORDER BY id LIMIT 100;
