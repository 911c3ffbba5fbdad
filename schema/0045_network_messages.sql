-- +goose Up

-- From now on at is when a message came. said_at is when it was written, by the clock of whoever wrote it, 0 = it does not say, or nothing
-- that can be believed.
ALTER TABLE network_messages ADD COLUMN said_at BIGINT NOT NULL DEFAULT 0;
