-- +goose Up

-- What the firm says of its portal: one row, id 1. everybody = whoever is a client's person with an address may come in.
-- work = time entries are shown; rate = clients are asked how it went. accent is "#rrggbb", logo_ref a file of the store;
-- hosts are the origins that may embed the form, with spaces between them.
CREATE TABLE portal_settings (
  id           BIGINT NOT NULL PRIMARY KEY,
  version      BIGINT NOT NULL DEFAULT 1,
  enabled      BIGINT NOT NULL DEFAULT 0,
  everybody    BIGINT NOT NULL DEFAULT 1,
  work         BIGINT NOT NULL DEFAULT 1,
  rate         BIGINT NOT NULL DEFAULT 1,
  accent       TEXT   NOT NULL DEFAULT '',
  logo_ref     TEXT   NOT NULL DEFAULT '',
  logo_type    TEXT   NOT NULL DEFAULT '',
  welcome      TEXT   NOT NULL DEFAULT '',
  phone        TEXT   NOT NULL DEFAULT '',
  imprint      TEXT   NOT NULL DEFAULT '',
  privacy      TEXT   NOT NULL DEFAULT '',
  form_enabled BIGINT NOT NULL DEFAULT 0,
  hosts        TEXT   NOT NULL DEFAULT ''
);
INSERT INTO portal_settings (id) VALUES (1);

-- What was decided of a client's person. Without a row the usual holds: their own tickets, and approvals for who decides.
-- sees: own, site, client. language "" = as the browser asks.
CREATE TABLE portal_accounts (
  person_id BIGINT NOT NULL PRIMARY KEY,
  invited   BIGINT NOT NULL DEFAULT 0,
  blocked   BIGINT NOT NULL DEFAULT 0,
  sees      TEXT   NOT NULL DEFAULT 'own',
  billing   BIGINT NOT NULL DEFAULT 0,
  approver  BIGINT NOT NULL DEFAULT 0,
  language  TEXT   NOT NULL DEFAULT '',
  seen_at   BIGINT NOT NULL DEFAULT 0
);

-- A password belongs to an address, which may be that of people of several clients. It is a PHC string.
CREATE TABLE portal_passwords (
  email      TEXT   NOT NULL PRIMARY KEY,
  password   TEXT   NOT NULL,
  changed_at BIGINT NOT NULL
);

-- token is the SHA-256 of the secret; email is the address that was shown to be theirs: when the person's changes, the
-- session ends. method: link, password, single-sign-on.
CREATE TABLE portal_sessions (
  id         BIGINT NOT NULL PRIMARY KEY,
  person_id  BIGINT NOT NULL,
  token      TEXT   NOT NULL UNIQUE,
  email      TEXT   NOT NULL,
  method     TEXT   NOT NULL,
  address    TEXT   NOT NULL DEFAULT '',
  agent      TEXT   NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL
);
CREATE INDEX portal_sessions_person ON portal_sessions (person_id);
CREATE INDEX portal_sessions_email ON portal_sessions (email);

-- Links that sign in once. token is the SHA-256 of the secret.
CREATE TABLE portal_links (
  token      TEXT   NOT NULL PRIMARY KEY,
  email      TEXT   NOT NULL,
  back       TEXT   NOT NULL DEFAULT '',
  expires_at BIGINT NOT NULL
);
CREATE INDEX portal_links_email ON portal_links (email);

-- Single sign-on of a client; domains are those of its people, with spaces between them. secret is sealed.
CREATE TABLE portal_sign_ons (
  client_id   BIGINT NOT NULL PRIMARY KEY,
  issuer      TEXT   NOT NULL,
  oidc_client TEXT   NOT NULL,
  secret      TEXT   NOT NULL DEFAULT '',
  domains     TEXT   NOT NULL DEFAULT ''
);

-- What a client was asked to approve. person_id 0 = whoever of the client may. digest is the SHA-256 of what was asked.
CREATE TABLE portal_approvals (
  id         BIGINT NOT NULL PRIMARY KEY,
  ticket_id  BIGINT NOT NULL,
  client_id  BIGINT NOT NULL,
  person_id  BIGINT NOT NULL DEFAULT 0,
  text       TEXT   NOT NULL,
  minor      BIGINT NOT NULL DEFAULT 0,
  currency   TEXT   NOT NULL DEFAULT '',
  digest     TEXT   NOT NULL,
  asked_by   BIGINT NOT NULL,
  asked_name TEXT   NOT NULL,
  asked_at   BIGINT NOT NULL
);
CREATE INDEX portal_approvals_ticket ON portal_approvals (ticket_id, id);
CREATE INDEX portal_approvals_client ON portal_approvals (client_id, id);

-- What became of it: one row each, which is never changed. answer: yes, no, withdrawn. digest is that of what was shown.
CREATE TABLE portal_decisions (
  approval_id BIGINT NOT NULL PRIMARY KEY REFERENCES portal_approvals (id),
  answer      TEXT   NOT NULL,
  person_id   BIGINT NOT NULL DEFAULT 0,
  name        TEXT   NOT NULL,
  email       TEXT   NOT NULL DEFAULT '',
  comment     TEXT   NOT NULL DEFAULT '',
  digest      TEXT   NOT NULL,
  address     TEXT   NOT NULL DEFAULT '',
  agent       TEXT   NOT NULL DEFAULT '',
  decided_at  BIGINT NOT NULL
);

-- How a client found a ticket was dealt with. grade: 0 asked and not answered, 1 good, 2 middling, 3 bad. asked_at 0 =
-- was not asked by mail. solved_at and technician_id are as they were when it was asked or said first.
CREATE TABLE portal_ratings (
  ticket_id     BIGINT NOT NULL PRIMARY KEY,
  client_id     BIGINT NOT NULL,
  person_id     BIGINT NOT NULL DEFAULT 0,
  email         TEXT   NOT NULL DEFAULT '',
  technician_id BIGINT NOT NULL DEFAULT 0,
  solved_at     BIGINT NOT NULL,
  asked_at      BIGINT NOT NULL DEFAULT 0,
  grade         BIGINT NOT NULL DEFAULT 0,
  comment       TEXT   NOT NULL DEFAULT '',
  rated_at      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX portal_ratings_solved ON portal_ratings (solved_at, ticket_id);
CREATE INDEX portal_ratings_client ON portal_ratings (client_id);
CREATE INDEX portal_ratings_email ON portal_ratings (email, asked_at);
