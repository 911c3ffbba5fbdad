-- +goose Up
CREATE TABLE search_docs (
  kind   TEXT   NOT NULL,
  ref    BIGINT NOT NULL,
  client BIGINT NOT NULL,
  title  TEXT   NOT NULL,
  body   TEXT   NOT NULL,
  words  TSVECTOR NOT NULL,
  PRIMARY KEY (kind, ref)
);
CREATE INDEX search_words ON search_docs USING gin (words);
