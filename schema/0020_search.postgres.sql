-- +goose Up
-- PostgreSQL finds by the beginnings of words itself.
SELECT 1;
