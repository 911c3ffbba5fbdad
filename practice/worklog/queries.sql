-- name: Types :many
SELECT * FROM worklog_types ORDER BY position, id;

-- name: InsertType :exec
INSERT INTO worklog_types (id, name, reactive, billable, position) VALUES ($1, $2, $3, $4, $5);

-- name: UpdateType :execrows
UPDATE worklog_types SET code = $3, name = $4, reactive = $5, billable = $6, archived = $7, version = version + 1 WHERE id = $1 AND version = $2;

-- name: Cards :many
SELECT * FROM worklog_cards ORDER BY client_id, starts DESC;

-- name: CardsFor :many
SELECT * FROM worklog_cards WHERE client_id = 0 OR client_id = $1 ORDER BY client_id, starts;

-- name: CardByID :one
SELECT * FROM worklog_cards WHERE id = $1;

-- name: PricesOf :many
SELECT * FROM worklog_prices WHERE card_id = $1 ORDER BY type_id, person_id;

-- name: InsertCard :exec
INSERT INTO worklog_cards (id, client_id, starts, name, currency, minor, step, min_entry, min_ticket, by_ticket, factor, km_coef, km_scale, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: UpdateCard :execrows
UPDATE worklog_cards SET client_id = $3, starts = $4, name = $5, currency = $6, minor = $7, step = $8, min_entry = $9, min_ticket = $10, by_ticket = $11,
  factor = $12, km_coef = $13, km_scale = $14, changed_at = $15, version = version + 1 WHERE id = $1 AND version = $2;

-- name: DeleteCard :execrows
DELETE FROM worklog_cards WHERE id = $1;

-- name: DeletePrices :exec
DELETE FROM worklog_prices WHERE card_id = $1;

-- name: InsertPrice :exec
INSERT INTO worklog_prices (card_id, type_id, person_id, minor) VALUES ($1, $2, $3, $4);

-- name: InsertEntry :exec
INSERT INTO worklog_entries (id, person_id, person, client_id, ticket_id, ticket_number, ticket, origin, type_id, day, starts, minutes, after_hours, note, internal,
  coverage, chosen, reactive, unbilled, corrects_id, made_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21);

-- name: UpdateEntry :execrows
UPDATE worklog_entries SET version = version + 1, client_id = $3, ticket_id = $4, ticket_number = $5, ticket = $6, origin = $7, type_id = $8, day = $9, starts = $10,
  minutes = $11, after_hours = $12, note = $13, internal = $14, coverage = $15, chosen = $16, reactive = $17, unbilled = $18, changed_at = $19
WHERE id = $1 AND version = $2 AND state < 2;

-- name: DeleteEntry :execrows
DELETE FROM worklog_entries WHERE id = $1 AND version = $2 AND state < 2;

-- name: EntryByID :one
SELECT * FROM worklog_entries WHERE id = $1;

-- name: EntriesOfTicket :many
SELECT * FROM worklog_entries WHERE ticket_id = $1 AND ticket_id <> 0 ORDER BY day, id;

-- name: SetPrice :exec
UPDATE worklog_entries SET own_minutes = $2, billed_minutes = $3, rate = $4, factor = $5, minor = $6, currency = $7, priced = $8, card = $9, card_from = $10
WHERE id = $1 AND state < 2;

-- name: EntriesOfWeek :many
SELECT * FROM worklog_entries WHERE person_id = $1 AND day >= $2 AND day < $3 ORDER BY day, id;

-- name: SubmitEntries :execrows
UPDATE worklog_entries SET state = 1, version = version + 1, changed_at = $4 WHERE person_id = $1 AND day >= $2 AND day < $3 AND state = 0;

-- name: ApproveEntries :execrows
UPDATE worklog_entries SET state = 2, version = version + 1, changed_at = $4 WHERE person_id = $1 AND day >= $2 AND day < $3 AND state = 1;

-- name: ReturnEntries :execrows
UPDATE worklog_entries SET state = 0, version = version + 1, changed_at = $4 WHERE person_id = $1 AND day >= $2 AND day < $3 AND state IN (1, 2);

-- name: SubmitItems :execrows
UPDATE worklog_items SET state = 1, version = version + 1, changed_at = $4 WHERE person_id = $1 AND day >= $2 AND day < $3 AND state = 0;

-- name: ApproveItems :execrows
UPDATE worklog_items SET state = 2, version = version + 1, changed_at = $4 WHERE person_id = $1 AND day >= $2 AND day < $3 AND state = 1;

-- name: ReturnItems :execrows
UPDATE worklog_items SET state = 0, version = version + 1, changed_at = $4 WHERE person_id = $1 AND day >= $2 AND day < $3 AND state IN (1, 2);

-- name: BillEntry :execrows
UPDATE worklog_entries SET state = 3, unbilled = 0, invoice = $2, invoice_line = $3, version = version + 1, changed_at = $4 WHERE id = $1 AND state = 2 AND unbilled = 1;

-- name: BillItem :execrows
UPDATE worklog_items SET state = 3, unbilled = 0, invoice = $2, invoice_line = $3, version = version + 1, changed_at = $4 WHERE id = $1 AND state = 2 AND unbilled = 1;

-- name: ToReprice :many
SELECT id FROM worklog_entries WHERE state IN (0, 1) AND day >= $1 AND id > $2 ORDER BY id LIMIT 500;

-- name: InsertItem :exec
INSERT INTO worklog_items (id, kind, person_id, person, client_id, ticket_id, ticket_number, ticket, day, note, quantity_coef, quantity_scale, price_coef, price_scale,
  cost_coef, cost_scale, minor, currency, coverage, unbilled, made_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21);

-- name: UpdateItem :execrows
UPDATE worklog_items SET version = version + 1, kind = $3, client_id = $4, ticket_id = $5, ticket_number = $6, ticket = $7, day = $8, note = $9, quantity_coef = $10,
  quantity_scale = $11, price_coef = $12, price_scale = $13, cost_coef = $14, cost_scale = $15, minor = $16, currency = $17, coverage = $18, unbilled = $19, changed_at = $20
WHERE id = $1 AND version = $2 AND state < 2;

-- name: DeleteItem :execrows
DELETE FROM worklog_items WHERE id = $1 AND version = $2 AND state < 2;

-- name: ItemByID :one
SELECT * FROM worklog_items WHERE id = $1;

-- name: ItemsOfTicket :many
SELECT * FROM worklog_items WHERE ticket_id = $1 AND ticket_id <> 0 ORDER BY day, id;

-- name: ItemsOfWeek :many
SELECT * FROM worklog_items WHERE person_id = $1 AND day >= $2 AND day < $3 ORDER BY day, id;

-- name: Timer :one
SELECT * FROM worklog_timers WHERE person_id = $1;

-- name: InsertTimer :exec
INSERT INTO worklog_timers (person_id, client_id, ticket_id, ticket_number, ticket, origin, type_id, note, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: DeleteTimer :execrows
DELETE FROM worklog_timers WHERE person_id = $1 AND started_at = $2;

-- name: Week :one
SELECT * FROM worklog_weeks WHERE person_id = $1 AND monday = $2;

-- name: PutWeek :exec
INSERT INTO worklog_weeks (person_id, monday, person, state, reason, decided_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (person_id, monday) DO UPDATE SET state = excluded.state, person = excluded.person, reason = excluded.reason, decided_by = excluded.decided_by, changed_at = excluded.changed_at;

-- name: WeeksIn :many
SELECT * FROM worklog_weeks WHERE state = $1 ORDER BY monday, person;

-- name: UnbilledTime :many
SELECT client_id, currency, CAST(count(*) AS BIGINT) AS entries, CAST(sum(minutes) AS BIGINT) AS minutes, CAST(sum(billed_minutes) AS BIGINT) AS billed_minutes, CAST(sum(minor) AS BIGINT) AS minor,
  CAST(sum(CASE WHEN state = 2 THEN minor ELSE 0 END) AS BIGINT) AS approved, CAST(sum(1 - priced) AS BIGINT) AS unpriced, CAST(min(day) AS BIGINT) AS oldest
FROM worklog_entries WHERE unbilled = 1 GROUP BY client_id, currency;

-- name: UnbilledItems :many
SELECT client_id, currency, CAST(count(*) AS BIGINT) AS items, CAST(sum(minor) AS BIGINT) AS minor, CAST(sum(CASE WHEN state = 2 THEN minor ELSE 0 END) AS BIGINT) AS approved, CAST(min(day) AS BIGINT) AS oldest
FROM worklog_items WHERE unbilled = 1 GROUP BY client_id, currency;

-- name: MoveEntries :exec
UPDATE worklog_entries SET client_id = $2 WHERE client_id = $1;

-- name: MoveItems :exec
UPDATE worklog_items SET client_id = $2 WHERE client_id = $1;

-- name: MoveTimers :exec
UPDATE worklog_timers SET client_id = $2 WHERE client_id = $1;

-- name: MoveCards :exec
UPDATE worklog_cards SET client_id = $2 WHERE worklog_cards.client_id = $1
  AND NOT EXISTS (SELECT 1 FROM worklog_cards k WHERE k.client_id = $2 AND k.starts = worklog_cards.starts);

-- name: PricesLeft :exec
DELETE FROM worklog_prices WHERE card_id IN (SELECT id FROM worklog_cards WHERE client_id = $1);

-- name: CardsLeft :exec
DELETE FROM worklog_cards WHERE client_id = $1;

-- name: EntriesToBill :many
SELECT * FROM worklog_entries WHERE unbilled = 1 AND state = 2 AND priced = 1 AND client_id = $1 AND day <= $2 ORDER BY day, id;

-- name: ItemsToBill :many
SELECT * FROM worklog_items WHERE unbilled = 1 AND state = 2 AND client_id = $1 AND day <= $2 ORDER BY day, id;

-- name: PrepaidEntries :many
SELECT id, day, type_id, person_id, ticket_id, after_hours, minutes FROM worklog_entries WHERE client_id = $1 AND day >= $2 AND day <= $3 AND coverage = $4 ORDER BY day, id;

-- name: UnbillEntries :exec
UPDATE worklog_entries SET state = 2, unbilled = 1, invoice = '', invoice_line = '', changed_at = $2, version = version + 1 WHERE invoice = $1 AND state = 3;

-- name: UnbillItems :exec
UPDATE worklog_items SET state = 2, unbilled = 1, invoice = '', invoice_line = '', changed_at = $2, version = version + 1 WHERE invoice = $1 AND state = 3;

-- name: UnbillEntryLine :exec
UPDATE worklog_entries SET state = 2, unbilled = 1, invoice = '', invoice_line = '', changed_at = $3, version = version + 1 WHERE invoice = $1 AND invoice_line = $2 AND state = 3;

-- name: UnbillItemLine :exec
UPDATE worklog_items SET state = 2, unbilled = 1, invoice = '', invoice_line = '', changed_at = $3, version = version + 1 WHERE invoice = $1 AND invoice_line = $2 AND state = 3;

-- name: ToCover :many
SELECT * FROM worklog_entries WHERE client_id = $1 AND id > $2 AND chosen = 0 AND state < 3 AND minutes > 0 ORDER BY id LIMIT 200;

-- name: SetCoverage :exec
UPDATE worklog_entries SET coverage = $2, unbilled = $3 WHERE id = $1 AND state < 3;

-- name: WorkedIn :many
SELECT client_id, coverage, CAST(sum(minutes) AS BIGINT) AS minutes FROM worklog_entries WHERE day >= $1 AND day <= $2 GROUP BY client_id, coverage;
