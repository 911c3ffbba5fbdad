-- name: Bump :one
UPDATE helpdesk_state SET seq = seq + 1 WHERE id = 1 RETURNING seq;

-- name: NextNumber :one
UPDATE helpdesk_state SET seq = seq + 1, number = number + 1 WHERE id = 1 RETURNING seq, number;

-- name: Seq :one
SELECT seq FROM helpdesk_state WHERE id = 1;

-- name: Boards :many
SELECT * FROM helpdesk_boards ORDER BY position, id;

-- name: InsertBoard :exec
INSERT INTO helpdesk_boards (id, code, name, position) VALUES ($1, $2, $3, $4);

-- name: UpdateBoard :execrows
UPDATE helpdesk_boards SET name = $2, archived = $3, position = $4 WHERE id = $1;

-- name: Statuses :many
SELECT * FROM helpdesk_statuses ORDER BY position, id;

-- name: InsertStatus :exec
INSERT INTO helpdesk_statuses (id, code, name, state, stops, position) VALUES ($1, $2, $3, $4, $5, $6);

-- name: UpdateStatus :execrows
UPDATE helpdesk_statuses SET name = $2, stops = $3, archived = $4, position = $5 WHERE id = $1;

-- name: InsertTicket :exec
INSERT INTO helpdesk_tickets (id, number, seq, client_id, site_id, person_id, board_id, status_id, state, kind, origin, origin_note, channel,
  impact, urgency, priority, subject, assignee_id, parent_id, tags, opened_at, updated_at, responded_at, solved_at, closed_at, last_from,
  policy_id, calendar_id, response_due, update_due, resolve_due, elapsed, running_since, waited_update, response_late, resolve_late, alarm_at, made_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38);

-- name: UpdateTicket :execrows
UPDATE helpdesk_tickets SET seq = $3, version = version + 1, client_id = $4, site_id = $5, person_id = $6, board_id = $7, status_id = $8, state = $9, kind = $10,
  impact = $11, urgency = $12, priority = $13, subject = $14, assignee_id = $15, parent_id = $16, merged_into = $17, tags = $18, updated_at = $19,
  responded_at = $20, solved_at = $21, closed_at = $22, reopened = $23, last_from = $24, policy_id = $25, calendar_id = $26, response_due = $27,
  update_due = $28, resolve_due = $29, elapsed = $30, running_since = $31, waited_update = $32, response_late = $33, resolve_late = $34, alarm_at = $35,
  alarmed = $36, reassigned = $37
WHERE id = $1 AND version = $2;

-- name: TicketByID :one
SELECT * FROM helpdesk_tickets WHERE id = $1;

-- name: TicketByNumber :one
SELECT * FROM helpdesk_tickets WHERE number = $1;

-- name: ChildrenOf :many
SELECT * FROM helpdesk_tickets WHERE parent_id = $1 ORDER BY id;

-- name: MergedFrom :many
SELECT * FROM helpdesk_tickets WHERE merged_into = $1 ORDER BY id;

-- name: InsertEntry :exec
INSERT INTO helpdesk_entries (id, ticket_id, kind, public, author_kind, author_id, author, body, html, data, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: EntriesOf :many
SELECT * FROM helpdesk_entries WHERE ticket_id = $1 OR ticket_id IN (SELECT t.id FROM helpdesk_tickets t WHERE t.merged_into = $1) ORDER BY id;

-- name: InsertFile :exec
INSERT INTO helpdesk_files (id, ticket_id, entry_id, ref, name, type, size) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: FilesOf :many
SELECT * FROM helpdesk_files WHERE ticket_id = $1 OR ticket_id IN (SELECT t.id FROM helpdesk_tickets t WHERE t.merged_into = $1) ORDER BY id;

-- name: AuthorOf :one
SELECT author_kind, author_id, author FROM helpdesk_entries WHERE id = $1 AND ticket_id = $2;

-- name: Watch :exec
INSERT INTO helpdesk_watchers (ticket_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: Unwatch :exec
DELETE FROM helpdesk_watchers WHERE ticket_id = $1 AND user_id = $2;

-- name: WatchersOf :many
SELECT user_id FROM helpdesk_watchers WHERE ticket_id = $1 ORDER BY user_id;

-- name: InsertStep :exec
INSERT INTO helpdesk_steps (id, ticket_id, position, text) VALUES ($1, $2, $3, $4);

-- name: StepsOf :many
SELECT * FROM helpdesk_steps WHERE ticket_id = $1 ORDER BY position, id;

-- name: TickStep :execrows
UPDATE helpdesk_steps SET done_at = $3, done_by = $4 WHERE id = $1 AND ticket_id = $2;

-- name: DropStep :execrows
DELETE FROM helpdesk_steps WHERE id = $1 AND ticket_id = $2;

-- name: PutDraft :exec
INSERT INTO helpdesk_drafts (ticket_id, user_id, public, body, updated_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (ticket_id, user_id) DO UPDATE SET public = excluded.public, body = excluded.body, updated_at = excluded.updated_at;

-- name: DropDraft :exec
DELETE FROM helpdesk_drafts WHERE ticket_id = $1 AND user_id = $2;

-- name: DraftOf :one
SELECT * FROM helpdesk_drafts WHERE ticket_id = $1 AND user_id = $2;

-- name: Seen :exec
INSERT INTO helpdesk_presence (ticket_id, user_id, writing, seen_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (ticket_id, user_id) DO UPDATE SET writing = excluded.writing, seen_at = excluded.seen_at;

-- name: Present :many
SELECT user_id, writing FROM helpdesk_presence WHERE ticket_id = $1 AND user_id <> $2 AND seen_at > $3 ORDER BY user_id;

-- name: DropAbsent :exec
DELETE FROM helpdesk_presence WHERE seen_at < $1;

-- name: Views :many
SELECT * FROM helpdesk_views WHERE user_id = 0 OR user_id = $1 ORDER BY user_id, position, id;

-- name: InsertView :exec
INSERT INTO helpdesk_views (id, user_id, name, query, position) VALUES ($1, $2, $3, $4, $5);

-- name: DropView :execrows
DELETE FROM helpdesk_views WHERE id = $1 AND (user_id = $2 OR (user_id = 0 AND sqlc.arg(shared) = 1));

-- name: Canned :many
SELECT * FROM helpdesk_canned ORDER BY name, id;

-- name: InsertCanned :exec
INSERT INTO helpdesk_canned (id, name, body) VALUES ($1, $2, $3);

-- name: UpdateCanned :execrows
UPDATE helpdesk_canned SET name = $2, body = $3 WHERE id = $1;

-- name: DropCanned :execrows
DELETE FROM helpdesk_canned WHERE id = $1;

-- name: Calendars :many
SELECT * FROM helpdesk_calendars ORDER BY name, id;

-- name: Holidays :many
SELECT * FROM helpdesk_holidays ORDER BY calendar_id, day;

-- name: InsertCalendar :exec
INSERT INTO helpdesk_calendars (id, name, zone, week) VALUES ($1, $2, $3, $4);

-- name: UpdateCalendar :execrows
UPDATE helpdesk_calendars SET name = $2, zone = $3, week = $4, version = version + 1 WHERE id = $1 AND version = $5;

-- name: DropHolidays :exec
DELETE FROM helpdesk_holidays WHERE calendar_id = $1;

-- name: InsertHoliday :exec
INSERT INTO helpdesk_holidays (calendar_id, day, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: Policies :many
SELECT * FROM helpdesk_policies ORDER BY name, id;

-- name: Targets :many
SELECT * FROM helpdesk_targets ORDER BY policy_id, priority;

-- name: InsertPolicy :exec
INSERT INTO helpdesk_policies (id, name, calendar_id, fallback) VALUES ($1, $2, $3, $4);

-- name: UpdatePolicy :execrows
UPDATE helpdesk_policies SET name = $2, calendar_id = $3, version = version + 1 WHERE id = $1 AND version = $4;

-- name: OnlyFallback :exec
UPDATE helpdesk_policies SET fallback = CASE WHEN id = $1 THEN 1 ELSE 0 END;

-- name: PutTarget :exec
INSERT INTO helpdesk_targets (policy_id, priority, response, update_in, resolve) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (policy_id, priority) DO UPDATE SET response = excluded.response, update_in = excluded.update_in, resolve = excluded.resolve;

-- name: ClientLevel :one
SELECT * FROM helpdesk_clients WHERE client_id = $1;

-- name: PutClientLevel :exec
INSERT INTO helpdesk_clients (client_id, policy_id, calendar_id) VALUES ($1, $2, $3)
ON CONFLICT (client_id) DO UPDATE SET policy_id = excluded.policy_id, calendar_id = excluded.calendar_id;

-- name: Unfinished :many
SELECT id FROM helpdesk_tickets WHERE state < 3 AND (client_id = $1 OR $1 = 0) AND id > $2 ORDER BY id LIMIT 500;

-- name: DueAlarms :many
SELECT id, alarm_at FROM helpdesk_tickets WHERE alarm_at > 0 AND alarm_at <= $1 AND (alarm_at > $2 OR alarm_at = $2 AND id > $3) ORDER BY alarm_at, id LIMIT 200;

-- name: TicketsOf :many
SELECT * FROM helpdesk_tickets WHERE client_id = $1 ORDER BY id LIMIT 200;

-- name: SetLevel :execrows
UPDATE helpdesk_tickets SET seq = $2, policy_id = $3, calendar_id = $4, response_due = $5, update_due = $6, resolve_due = $7, elapsed = $8,
  running_since = $9, response_late = $10, resolve_late = $11, alarm_at = $12, alarmed = $13
WHERE id = $1;

-- name: SetupState :one
SELECT * FROM helpdesk_setup WHERE id = 1;

-- name: LevelsChanged :exec
UPDATE helpdesk_setup SET levels_at = $1 WHERE id = 1;

-- name: DropClientLevel :exec
DELETE FROM helpdesk_clients WHERE client_id = $1;

-- name: Escalations :many
SELECT * FROM helpdesk_escalations ORDER BY id;

-- name: InsertEscalation :exec
INSERT INTO helpdesk_escalations (id, board_id, priority, promise, breach, assign_to, raises, watchers, role) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: UpdateEscalation :execrows
UPDATE helpdesk_escalations SET board_id = $2, priority = $3, promise = $4, breach = $5, assign_to = $6, raises = $7, watchers = $8, role = $9 WHERE id = $1;

-- name: DropEscalation :execrows
DELETE FROM helpdesk_escalations WHERE id = $1;

-- name: Templates :many
SELECT * FROM helpdesk_templates ORDER BY name, id;

-- name: InsertTemplate :exec
INSERT INTO helpdesk_templates (id, name, draft) VALUES ($1, $2, $3);

-- name: UpdateTemplate :execrows
UPDATE helpdesk_templates SET name = $2, draft = $3, version = version + 1 WHERE id = $1 AND version = $4;

-- name: DropTemplate :execrows
DELETE FROM helpdesk_templates WHERE id = $1;

-- name: Plans :many
SELECT * FROM helpdesk_plans WHERE (client_id = $1 OR CAST(sqlc.arg(every) AS BIGINT) = 1) ORDER BY name, id;

-- name: PlanByID :one
SELECT * FROM helpdesk_plans WHERE id = $1;

-- name: DuePlans :many
SELECT id, next_at FROM helpdesk_plans WHERE next_at > 0 AND next_at <= $1 AND paused = 0 AND (next_at > $2 OR next_at = $2 AND id > $3) ORDER BY next_at, id LIMIT 200;

-- name: InsertPlan :exec
INSERT INTO helpdesk_plans (id, name, client_id, rule, draft, zone, minute, next_day, next_at, paused) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: UpdatePlan :execrows
UPDATE helpdesk_plans SET name = $2, client_id = $3, rule = $4, draft = $5, zone = $6, minute = $7, next_day = $8, next_at = $9, paused = $10, problem = '',
  version = version + 1
WHERE id = $1 AND version = $11;

-- name: PlanGoesOn :execrows
UPDATE helpdesk_plans SET next_day = $3, next_at = $4, problem = '' WHERE id = $1 AND next_day = $2;

-- name: PlanProblem :exec
UPDATE helpdesk_plans SET problem = $2 WHERE id = $1;

-- name: DropPlanDays :exec
DELETE FROM helpdesk_plan_days WHERE plan_id = $1;

-- name: DropPlan :execrows
DELETE FROM helpdesk_plans WHERE id = $1;

-- name: PlanDay :execrows
INSERT INTO helpdesk_plan_days (plan_id, day, ticket_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: PlanDays :many
SELECT * FROM helpdesk_plan_days WHERE plan_id = $1 ORDER BY day DESC LIMIT 500;

-- name: MovePlans :exec
UPDATE helpdesk_plans SET client_id = $2 WHERE client_id = $1;

-- name: DevicesOf :many
SELECT * FROM helpdesk_devices WHERE ticket_id = $1 ORDER BY name_key, ref;

-- name: InsertDevice :exec
INSERT INTO helpdesk_devices (ticket_id, ref, name, name_key) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: DropDevice :exec
DELETE FROM helpdesk_devices WHERE ticket_id = $1 AND ref = $2;

-- name: WithDevice :many
SELECT ticket_id FROM helpdesk_devices WHERE ref = $1 ORDER BY ticket_id DESC LIMIT 5000;

-- name: WithDeviceNamed :many
SELECT DISTINCT ticket_id FROM helpdesk_devices WHERE name_key LIKE CAST($1 AS TEXT) ESCAPE '\' ORDER BY ticket_id DESC LIMIT 5000;

-- name: NamesOfDevice :many
SELECT name FROM helpdesk_devices WHERE ref = $1 ORDER BY ticket_id DESC LIMIT 1;

-- name: AppointmentByID :one
SELECT * FROM helpdesk_appointments WHERE id = $1;

-- name: AppointmentsBetween :many
SELECT * FROM helpdesk_appointments WHERE starts_at > CAST(sqlc.arg(earliest) AS BIGINT) AND starts_at < CAST(sqlc.arg(until) AS BIGINT) AND ends_at > CAST(sqlc.arg(since) AS BIGINT) ORDER BY starts_at, id LIMIT 5000;

-- name: AppointmentsOfUser :many
SELECT * FROM helpdesk_appointments WHERE user_id = $1 AND starts_at > CAST(sqlc.arg(earliest) AS BIGINT) AND starts_at < CAST(sqlc.arg(until) AS BIGINT) AND ends_at > CAST(sqlc.arg(since) AS BIGINT) ORDER BY starts_at, id LIMIT 5000;

-- name: AppointmentsOfTicket :many
SELECT * FROM helpdesk_appointments WHERE ticket_id = $1 ORDER BY starts_at, id LIMIT 500;

-- name: TicketsWithAppointments :many
SELECT DISTINCT ticket_id FROM helpdesk_appointments WHERE ends_at > $1 AND starts_at > $2 AND ticket_id <> 0 LIMIT 20000;

-- name: InsertAppointment :exec
INSERT INTO helpdesk_appointments (id, user_id, ticket_id, kind, title, onsite, starts_at, ends_at, made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: UpdateAppointment :execrows
UPDATE helpdesk_appointments SET user_id = $2, ticket_id = $3, kind = $4, title = $5, onsite = $6, starts_at = $7, ends_at = $8, version = version + 1
WHERE id = $1 AND version = $9;

-- name: DropAppointment :execrows
DELETE FROM helpdesk_appointments WHERE id = $1 AND version = $2;

-- name: DropFeed :exec
DELETE FROM helpdesk_feeds WHERE user_id = $1;

-- name: InsertFeed :exec
INSERT INTO helpdesk_feeds (user_id, token, made_at) VALUES ($1, $2, $3);

-- name: FeedOf :one
SELECT * FROM helpdesk_feeds WHERE user_id = $1;

-- name: FeedByToken :one
SELECT * FROM helpdesk_feeds WHERE token = $1;

-- name: InsertUndo :exec
INSERT INTO helpdesk_undo (id, user_id, made_at, tickets) VALUES ($1, $2, $3, $4);

-- name: TakeUndo :one
DELETE FROM helpdesk_undo WHERE id = $1 AND user_id = $2 AND made_at > $3 RETURNING tickets;

-- name: SweepUndo :exec
DELETE FROM helpdesk_undo WHERE made_at < $1;

-- name: LastChange :one
SELECT data, created_at FROM helpdesk_entries WHERE ticket_id = $1 AND kind = 'change' AND author_kind = 'user' AND author_id = $2 ORDER BY id DESC LIMIT 1;
