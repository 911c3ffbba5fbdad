-- +goose Up
-- scope holds what a search may be narrowed to, as words of the index, so that narrowing costs no look at each hit:
-- "k" and the kind, "c" and the client.
CREATE VIRTUAL TABLE search_new USING fts5(
  kind UNINDEXED, ref UNINDEXED, client UNINDEXED, title, body, scope,
  tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
INSERT INTO search_new (rowid, kind, ref, client, title, body, scope)
  SELECT rowid, kind, ref, client, title, body, 'k' || kind || ' c' || client FROM search_docs ORDER BY rowid;
DROP TABLE search_docs;
ALTER TABLE search_new RENAME TO search_docs;
