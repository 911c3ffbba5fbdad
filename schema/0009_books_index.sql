-- +goose Up

-- What of the books stands in the full-text index: invoices, tickets, devices and what hours say, each once for a
-- client. print is a fingerprint of what was put in, so that only what changed is put in again.
CREATE TABLE books_indexed (
  client_id BIGINT NOT NULL,
  kind      TEXT   NOT NULL,
  ref       BIGINT NOT NULL,
  print     BIGINT NOT NULL,
  PRIMARY KEY (client_id, kind, ref)
);

-- Clients (0 = rows that name none) whose rows changed since. wanted grows with every change.
CREATE TABLE books_to_index (
  client_id BIGINT NOT NULL PRIMARY KEY,
  wanted    BIGINT NOT NULL
);
-- Books that are there already wait for the first time, and clients are put in as this release does. The ids are
-- below those of kit/ids: nobody else has them.
INSERT INTO books_to_index (client_id, wanted) SELECT id, 1 FROM clients_clients WHERE merged_into = 0;
INSERT INTO books_to_index (client_id, wanted) SELECT 0, 1 WHERE EXISTS (SELECT 1 FROM books_imports);
INSERT INTO jobs_jobs (id, kind, arg, state, due) SELECT 1, 'books.index', '', 'ready', 0 WHERE EXISTS (SELECT 1 FROM books_to_index);
INSERT INTO jobs_jobs (id, kind, arg, state, due) SELECT 2, 'clients.reindex', '', 'ready', 0 WHERE EXISTS (SELECT 1 FROM clients_clients);
