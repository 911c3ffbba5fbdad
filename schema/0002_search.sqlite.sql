-- +goose Up
CREATE VIRTUAL TABLE search_docs USING fts5(
  kind UNINDEXED, ref UNINDEXED, client UNINDEXED, title, body,
  tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
-- fts5 has no key of its own: the row number of each document, so that it can be replaced.
CREATE TABLE search_refs (
  kind  TEXT   NOT NULL,
  ref   BIGINT NOT NULL,
  docid BIGINT NOT NULL,
  PRIMARY KEY (kind, ref)
);
