-- +goose Up

-- Who else a mail went to, theirs and ours: addresses separated by blanks.
ALTER TABLE mailroom_messages ADD COLUMN copies TEXT NOT NULL DEFAULT '';
ALTER TABLE mailroom_outgoing ADD COLUMN copies TEXT NOT NULL DEFAULT '';
