-- +goose Up

-- Mailboxes that are read and written from. security: tls, starttls, plain (this machine only). auth: password,
-- microsoft, google. secret and oauth_secret are sealed. folder_done '' = mails stay and are marked as seen.
-- plus = the server also takes ADDRESS+anything.
-- uid_validity and uid_next say up to where the folder was read. acknowledge = a first mail is answered with a receipt.
CREATE TABLE mailroom_mailboxes (
  id            BIGINT NOT NULL PRIMARY KEY,
  version       BIGINT NOT NULL DEFAULT 1,
  name          TEXT   NOT NULL,
  address       TEXT   NOT NULL UNIQUE,
  enabled       BIGINT NOT NULL DEFAULT 1,
  board_id      BIGINT NOT NULL DEFAULT 0,
  auth          TEXT   NOT NULL DEFAULT 'password',
  username      TEXT   NOT NULL DEFAULT '',
  secret        TEXT   NOT NULL DEFAULT '',
  oauth_tenant  TEXT   NOT NULL DEFAULT '',
  oauth_client  TEXT   NOT NULL DEFAULT '',
  oauth_secret  TEXT   NOT NULL DEFAULT '',
  imap_host     TEXT   NOT NULL DEFAULT '',
  imap_port     BIGINT NOT NULL DEFAULT 0,
  imap_security TEXT   NOT NULL DEFAULT 'tls',
  folder        TEXT   NOT NULL DEFAULT 'INBOX',
  folder_done   TEXT   NOT NULL DEFAULT '',
  smtp_host     TEXT   NOT NULL DEFAULT '',
  smtp_port     BIGINT NOT NULL DEFAULT 0,
  smtp_security TEXT   NOT NULL DEFAULT 'starttls',
  trusted       TEXT   NOT NULL DEFAULT '',
  plus          BIGINT NOT NULL DEFAULT 0,
  acknowledge   BIGINT NOT NULL DEFAULT 0,
  receipt       TEXT   NOT NULL DEFAULT '',
  signature     TEXT   NOT NULL DEFAULT '',
  uid_validity  BIGINT NOT NULL DEFAULT 0,
  uid_next      BIGINT NOT NULL DEFAULT 0,
  read_at       BIGINT NOT NULL DEFAULT 0,
  error         TEXT   NOT NULL DEFAULT '',
  error_at      BIGINT NOT NULL DEFAULT 0,
  created_at    BIGINT NOT NULL
);

-- Every mail that came in. ref is the whole mail in the file store, written before this row. state: stored (not yet
-- filed), ticket, reply, note, bounce, review, rejected, duplicate. reason says why, as a code with its detail.
-- acked = the server was told. uid 0 = it did not come by IMAP.
CREATE TABLE mailroom_messages (
  id           BIGINT NOT NULL PRIMARY KEY,
  mailbox_id   BIGINT NOT NULL REFERENCES mailroom_mailboxes (id),
  uid_validity BIGINT NOT NULL,
  uid          BIGINT NOT NULL,
  acked        BIGINT NOT NULL DEFAULT 0,
  ref          TEXT   NOT NULL,
  size         BIGINT NOT NULL,
  state        TEXT   NOT NULL,
  reason       TEXT   NOT NULL DEFAULT '',
  detail       TEXT   NOT NULL DEFAULT '',
  message_id   TEXT   NOT NULL DEFAULT '',
  sender       TEXT   NOT NULL DEFAULT '',
  sender_name  TEXT   NOT NULL DEFAULT '',
  subject      TEXT   NOT NULL DEFAULT '',
  preview      TEXT   NOT NULL DEFAULT '',
  dmarc        TEXT   NOT NULL DEFAULT '',
  images       BIGINT NOT NULL DEFAULT 0,
  broken       BIGINT NOT NULL DEFAULT 0,
  ticket_id    BIGINT NOT NULL DEFAULT 0,
  entry_id     BIGINT NOT NULL DEFAULT 0,
  client_id    BIGINT NOT NULL DEFAULT 0,
  tries        BIGINT NOT NULL DEFAULT 0,
  received_at  BIGINT NOT NULL,
  done_at      BIGINT NOT NULL DEFAULT 0,
  UNIQUE (mailbox_id, uid_validity, uid)
);
CREATE INDEX mailroom_messages_state ON mailroom_messages (state, id);
CREATE INDEX mailroom_messages_entry ON mailroom_messages (entry_id);
CREATE INDEX mailroom_messages_ticket ON mailroom_messages (ticket_id, sender, received_at);
CREATE INDEX mailroom_messages_acked ON mailroom_messages (acked, mailbox_id, uid_validity);

-- One row for each mail that was filed, by what is the same of all its copies: the guard against doubling.
CREATE TABLE mailroom_seen (
  digest     TEXT   NOT NULL PRIMARY KEY,
  message_id BIGINT NOT NULL
);

-- Message-IDs, theirs and ours, and the ticket that they belong to.
CREATE TABLE mailroom_threads (
  message_id TEXT   NOT NULL,
  ticket_id  BIGINT NOT NULL,
  PRIMARY KEY (message_id, ticket_id)
);

-- Who writes: an address or a domain ("@harbour.example"). client_id 0 with blocked 1 = is not let in.
CREATE TABLE mailroom_senders (
  pattern    TEXT   NOT NULL PRIMARY KEY,
  client_id  BIGINT NOT NULL DEFAULT 0,
  blocked    BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE INDEX mailroom_senders_client ON mailroom_senders (client_id);

-- What goes out, written in the transaction of the entry that it carries. kind: reply, receipt. recipients, refs and
-- files are JSON. state: waiting, sent, failed, bounced. lease: until when somebody is sending it.
CREATE TABLE mailroom_outgoing (
  id         BIGINT NOT NULL PRIMARY KEY,
  mailbox_id BIGINT NOT NULL REFERENCES mailroom_mailboxes (id),
  ticket_id  BIGINT NOT NULL,
  entry_id   BIGINT NOT NULL,
  kind       TEXT   NOT NULL,
  message_id TEXT   NOT NULL UNIQUE,
  recipients TEXT   NOT NULL,
  subject    TEXT   NOT NULL,
  body       TEXT   NOT NULL,
  html       TEXT   NOT NULL DEFAULT '',
  refs       TEXT   NOT NULL DEFAULT '[]',
  files      TEXT   NOT NULL DEFAULT '[]',
  state      TEXT   NOT NULL DEFAULT 'waiting',
  attempts   BIGINT NOT NULL DEFAULT 0,
  due        BIGINT NOT NULL,
  lease      BIGINT NOT NULL DEFAULT 0,
  error      TEXT   NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  sent_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX mailroom_outgoing_state ON mailroom_outgoing (state, due);
CREATE INDEX mailroom_outgoing_entry ON mailroom_outgoing (entry_id);
CREATE INDEX mailroom_outgoing_ticket ON mailroom_outgoing (ticket_id, id);

-- Whom an address belongs to is asked for every mail.
CREATE INDEX clients_people_email ON clients_people (lower(email));
