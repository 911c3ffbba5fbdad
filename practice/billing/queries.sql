-- name: Taxes :many
SELECT * FROM billing_taxes ORDER BY code, jurisdiction, starts, component;
