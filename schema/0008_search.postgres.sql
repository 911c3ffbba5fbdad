-- +goose Up
-- The words of weight C are what a search may be narrowed to, so that narrowing costs no look at each hit:
-- "k" and the kind, "c" and the client.
UPDATE search_docs SET words = words || setweight(to_tsvector('simple', 'k' || kind || ' c' || client), 'C');
