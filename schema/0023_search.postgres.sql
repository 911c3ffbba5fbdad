-- +goose Up
-- What one client has is few: there each document is looked at, instead of the lists of all that have a common word.
CREATE INDEX search_client ON search_docs (client, kind, ref);
