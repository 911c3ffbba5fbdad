-- +goose Up

-- What somebody changed last, so that they can take it back: tickets as TICKET:VERSION, the version it had afterwards.
CREATE TABLE helpdesk_undo (
  id      BIGINT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  tickets TEXT   NOT NULL
);
CREATE INDEX helpdesk_undo_made ON helpdesk_undo (made_at);
