-- +goose Up
-- SQLite's index narrows by client as it goes.
SELECT 1;
