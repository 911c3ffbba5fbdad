-- name: ItemByID :one
SELECT * FROM catalogue_items WHERE id = $1;

-- name: ItemByCode :one
SELECT * FROM catalogue_items WHERE code_key = $1 AND code_key <> '';

-- name: AllItems :many
SELECT * FROM catalogue_items ORDER BY name_key, id;

-- name: CountItems :one
SELECT CAST(count(*) AS BIGINT) AS items FROM catalogue_items;

-- name: InsertItem :exec
INSERT INTO catalogue_items (id, code, code_key, name, name_key, find, description, kind, family, unit, unit_label, tax, account, counts, rule, arrears, vendor, vendor_sku,
  suggested, archived, made_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21);

-- name: UpdateItem :execrows
UPDATE catalogue_items SET version = version + 1, code = $3, code_key = $4, name = $5, name_key = $6, find = $7, description = $8, kind = $9, family = $10, unit = $11,
  unit_label = $12, tax = $13, account = $14, counts = $15, rule = $16, arrears = $17, vendor = $18, vendor_sku = $19, suggested = 0, archived = $20, changed_at = $21
WHERE id = $1 AND version = $2;

-- name: Reviewed :exec
UPDATE catalogue_items SET suggested = 0 WHERE id = $1;

-- name: DeleteItem :execrows
DELETE FROM catalogue_items WHERE id = $1;

-- name: DeletePrices :exec
DELETE FROM catalogue_prices WHERE item_id = $1;

-- name: DeleteCosts :exec
DELETE FROM catalogue_costs WHERE item_id = $1;

-- name: InsertPrice :exec
INSERT INTO catalogue_prices (id, item_id, currency, starts, every, model, unit_coef, unit_scale, size_coef, size_scale, free_coef, free_scale, has_least, least_coef, least_scale,
  has_most, most_coef, most_scale, tiers, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21);

-- name: PricesOf :many
SELECT * FROM catalogue_prices WHERE item_id = $1 ORDER BY currency, starts DESC, id DESC;

-- name: AllPrices :many
SELECT * FROM catalogue_prices WHERE withdrawn = 0 ORDER BY item_id, currency, starts, id;

-- name: PricesIn :many
SELECT * FROM catalogue_prices WHERE currency = $1 AND starts <= $2 AND withdrawn = 0 ORDER BY starts, id;

-- name: PriceOn :one
SELECT * FROM catalogue_prices WHERE item_id = $1 AND currency = $2 AND starts <= $3 AND withdrawn = 0 ORDER BY starts DESC, id DESC LIMIT 1;

-- name: PriceByID :one
SELECT * FROM catalogue_prices WHERE id = $1;

-- name: WithdrawPrice :execrows
UPDATE catalogue_prices SET withdrawn = 1 WHERE id = $1 AND starts > $2 AND withdrawn = 0;

-- name: InsertCost :exec
INSERT INTO catalogue_costs (id, item_id, currency, starts, every, coef, scale, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: CostsOf :many
SELECT * FROM catalogue_costs WHERE item_id = $1 ORDER BY currency, starts DESC, id DESC;

-- name: AllCosts :many
SELECT * FROM catalogue_costs WHERE withdrawn = 0 ORDER BY item_id, currency, starts, id;

-- name: CostsIn :many
SELECT * FROM catalogue_costs WHERE currency = $1 AND starts <= $2 AND withdrawn = 0 ORDER BY starts, id;

-- name: CostOn :one
SELECT * FROM catalogue_costs WHERE item_id = $1 AND currency = $2 AND starts <= $3 AND withdrawn = 0 ORDER BY starts DESC, id DESC LIMIT 1;

-- name: CostByID :one
SELECT * FROM catalogue_costs WHERE id = $1;

-- name: WithdrawCost :execrows
UPDATE catalogue_costs SET withdrawn = 1 WHERE id = $1 AND starts > $2 AND withdrawn = 0;

-- name: Plans :many
SELECT * FROM catalogue_plans ORDER BY tier, name, id;

-- name: PlanByID :one
SELECT * FROM catalogue_plans WHERE id = $1;

-- name: InsertPlan :exec
INSERT INTO catalogue_plans (id, name, tier, scope, currency, least_coef, least_scale, suggested, archived, made_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10);

-- name: UpdatePlan :execrows
UPDATE catalogue_plans SET version = version + 1, name = $3, tier = $4, scope = $5, currency = $6, least_coef = $7, least_scale = $8, suggested = 0, archived = $9, changed_at = $10
WHERE id = $1 AND version = $2;

-- name: DeletePlan :execrows
DELETE FROM catalogue_plans WHERE id = $1;

-- name: AllLines :many
SELECT * FROM catalogue_lines ORDER BY plan_id, position;

-- name: LinesOf :many
SELECT * FROM catalogue_lines WHERE plan_id = $1 ORDER BY position;

-- name: InsertLine :exec
INSERT INTO catalogue_lines (plan_id, position, item_id, optional, counts, quantity_coef, quantity_scale, has_price, price_coef, price_scale) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: DeleteLines :exec
DELETE FROM catalogue_lines WHERE plan_id = $1;

-- name: PlansWith :one
SELECT CAST(count(*) AS BIGINT) AS plans FROM catalogue_lines WHERE item_id = $1;
