-- name: NextNumber :one
UPDATE agreements_counter SET next = next + 1 WHERE id = 1 RETURNING CAST(next - 1 AS BIGINT);

-- name: InsertAgreement :exec
INSERT INTO agreements_agreements (id, number, client_id, name, currency, zone, starts, ends, anchor, unit, every, day, arrears, prorate, lead, term, renew, notice, least_coef, least_scale,
  rise_coef, rise_scale, rise_every, rise_next, rise_index, pay_days, purchase_order, scope, covers_work, level_id, quote_id, plan_id, origin, made_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35);

-- name: UpdateHead :exec
UPDATE agreements_agreements SET client_id = $2, name = $3, currency = $4, zone = $5, starts = $6, ends = $7, anchor = $8, unit = $9, every = $10, day = $11, arrears = $12, prorate = $13, lead = $14, term = $15,
  renew = $16, notice = $17, least_coef = $18, least_scale = $19, rise_coef = $20, rise_scale = $21, rise_every = $22, rise_next = $23, rise_index = $24, pay_days = $25, purchase_order = $26, scope = $27,
  covers_work = $28, level_id = $29, changed_at = $30 WHERE id = $1;

-- name: UpdatePapers :exec
UPDATE agreements_agreements SET name = $2, purchase_order = $3, scope = $4, pay_days = $5, renew = $6, notice = $7, rise_coef = $8, rise_scale = $9, rise_every = $10, rise_next = $11, rise_index = $12, covers_work = $13, level_id = $14 WHERE id = $1;

-- name: Touch :execrows
UPDATE agreements_agreements SET version = version + 1, changed_at = $3 WHERE id = $1 AND version = $2;

-- name: StateOf :one
SELECT state FROM agreements_agreements WHERE id = $1;

-- name: Activate :exec
UPDATE agreements_agreements SET state = 1, ends = $2, signed_by = $3, signed_at = $4, document = $5, next_due = $6 WHERE id = $1;

-- name: Cancel :exec
UPDATE agreements_agreements SET state = 2, next_due = 2147483647 WHERE id = $1;

-- name: SetEnds :exec
UPDATE agreements_agreements SET ends = $2 WHERE id = $1;

-- name: SetRiseNext :exec
UPDATE agreements_agreements SET rise_next = $2 WHERE id = $1;

-- name: DeleteAgreement :exec
DELETE FROM agreements_agreements WHERE id = $1;

-- name: DeleteWeights :exec
DELETE FROM agreements_weights WHERE pot_id IN (SELECT id FROM agreements_pots WHERE agreement_id = $1);

-- name: DeleteGrants :exec
DELETE FROM agreements_grants WHERE agreement_id = $1;

-- name: DeletePots :exec
DELETE FROM agreements_pots WHERE agreement_id = $1;

-- name: DeleteFacts :exec
DELETE FROM agreements_facts WHERE agreement_id = $1;

-- name: DeleteTerms :exec
DELETE FROM agreements_terms WHERE agreement_id = $1;

-- name: DeleteLines :exec
DELETE FROM agreements_lines WHERE agreement_id = $1;

-- name: InsertLine :exec
INSERT INTO agreements_lines (id, agreement_id, position, item_id, code, name, description, kind, family, measure, tax_code, account, counted, filter, last)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: SetLast :exec
UPDATE agreements_lines SET last = $2 WHERE id = $1;

-- name: InsertTerms :exec
INSERT INTO agreements_terms (id, line_id, agreement_id, amendment_id, starts, anchor, unit, every, day, bill_anchor, bill_unit, bill_every, bill_day, once, arrears, prorate, rule, model, price_coef, price_scale, more)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21);

-- name: ReplaceTerms :exec
UPDATE agreements_terms SET replaced = 1 WHERE id = $1;

-- name: InsertAmendment :exec
INSERT INTO agreements_amendments (id, agreement_id, number, day, kind, reason, changes, author_id, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: LastAmendment :one
SELECT CAST(coalesce(max(number), 0) AS BIGINT) FROM agreements_amendments WHERE agreement_id = $1;

-- name: Amendments :many
SELECT * FROM agreements_amendments WHERE agreement_id = $1 ORDER BY number DESC;

-- name: InsertFact :exec
INSERT INTO agreements_facts (id, agreement_id, line_id, day, coef, scale, source, evidence, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: FactsOf :many
SELECT * FROM agreements_facts WHERE line_id = $1 ORDER BY day DESC, id DESC LIMIT 500;

-- name: CountFacts :one
SELECT count(*) FROM agreements_facts WHERE line_id = $1;

-- name: LineAgreement :one
SELECT l.agreement_id, a.state, a.client_id, a.zone, a.starts, a.ends, l.counted, l.last FROM agreements_lines l JOIN agreements_agreements a ON a.id = l.agreement_id WHERE l.id = $1;

-- name: InsertPot :exec
INSERT INTO agreements_pots (id, agreement_id, line_id, name, measure, anchor, unit, every, day, starts, ends, each_coef, each_scale, prorate, carry_coef, carry_scale, keep, alert, work, follows)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20);

-- name: EndPot :exec
UPDATE agreements_pots SET ends = $2 WHERE id = $1;

-- name: InsertWeight :exec
INSERT INTO agreements_weights (pot_id, type_id, after_hours, coef, scale) VALUES ($1, $2, $3, $4, $5);

-- name: InsertGrant :exec
INSERT INTO agreements_grants (id, agreement_id, pot_id, starts, until, coef, scale, note, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: MembersOf :many
SELECT * FROM agreements_members WHERE line_id = $1 ORDER BY starts, id;

-- name: InsertMember :exec
INSERT INTO agreements_members (id, agreement_id, line_id, kind, ref, name, starts, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: EndMember :exec
UPDATE agreements_members SET ends = $2 WHERE id = $1;

-- name: CountedLines :many
SELECT l.id, l.agreement_id, l.counted, l.filter, l.last, a.client_id, a.zone, a.starts, a.ends FROM agreements_lines l JOIN agreements_agreements a ON a.id = l.agreement_id
WHERE a.state = 1 AND l.counted IN ('devices', 'people', 'sites') AND (l.last = -2147483648 OR l.last >= $1) AND a.starts <= $2 AND (a.ends = -2147483648 OR a.ends >= $3) ORDER BY l.id;

-- name: MoveClient :exec
UPDATE agreements_agreements SET client_id = $2 WHERE client_id = $1;

-- name: WithDates :many
SELECT id FROM agreements_agreements WHERE state = 1 AND (term > 0 OR rise_every > 0) ORDER BY id;

-- name: RiseDue :many
SELECT id FROM agreements_agreements WHERE state = 1 AND rise_every > 0 AND rise_index = '' AND rise_next <= $1 ORDER BY id;

-- name: LastRenewal :one
SELECT CAST(coalesce(max(day), -2147483648) AS BIGINT) FROM agreements_amendments WHERE agreement_id = $1 AND kind = 'renewed';

-- name: Reminded :one
SELECT reminded, rise_reminded FROM agreements_agreements WHERE id = $1;

-- name: SetReminded :exec
UPDATE agreements_agreements SET reminded = $2 WHERE id = $1;

-- name: SetRiseReminded :exec
UPDATE agreements_agreements SET rise_reminded = $2 WHERE id = $1;

-- name: MembersOfClient :many
SELECT a.id AS agreement_id, a.number, l.id AS line_id, l.name AS line, m.kind, m.ref, m.name, m.starts, m.ends FROM agreements_members m JOIN agreements_lines l ON l.id = m.line_id JOIN agreements_agreements a ON a.id = m.agreement_id
WHERE a.client_id = $1 AND a.state = 1 AND m.starts <= $2 AND m.ends >= $3 ORDER BY m.kind, m.name, m.id;

-- name: DeleteMembers :exec
DELETE FROM agreements_members WHERE agreement_id = $1;

-- name: DeleteAmendments :exec
DELETE FROM agreements_amendments WHERE agreement_id = $1;

-- name: RaisedOn :one
SELECT count(*) FROM agreements_amendments WHERE agreement_id = $1 AND kind = 'raised' AND day = $2;

-- name: InsertLetter :exec
INSERT INTO agreements_letters (id, agreement_id, amendment, day, language, recipient, subject, body, document, author, made_at, sent_at, sent_to) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: LettersOf :many
SELECT * FROM agreements_letters WHERE agreement_id = $1 ORDER BY id DESC;

-- name: LetterByID :one
SELECT * FROM agreements_letters WHERE id = $1 AND agreement_id = $2;

-- name: Letters :many
SELECT l.id, l.agreement_id, l.amendment, l.day, l.language, l.recipient, l.subject, l.body, l.document, l.author, l.made_at, l.sent_at, l.sent_to, a.number, a.name, a.client_id FROM agreements_letters l
JOIN agreements_agreements a ON a.id = l.agreement_id WHERE l.id < $1 ORDER BY l.id DESC LIMIT $2;

-- name: LetterSent :exec
UPDATE agreements_letters SET sent_at = $2, sent_to = $3 WHERE id = $1;

-- name: DeleteLetters :exec
DELETE FROM agreements_letters WHERE agreement_id = $1;
