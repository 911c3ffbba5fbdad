-- +goose Up
-- The words of the index, without data of its own: what an unfinished word can become.
CREATE VIRTUAL TABLE search_terms USING fts5vocab(search_docs, 'instance');
