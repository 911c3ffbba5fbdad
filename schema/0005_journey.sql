-- +goose Up

-- The firm's own choices: thresholds, prices, seed. One row, id 1; body is JSON.
CREATE TABLE journey_settings (
  id         BIGINT NOT NULL PRIMARY KEY,
  body       TEXT   NOT NULL,
  version    BIGINT NOT NULL DEFAULT 1,
  updated_at BIGINT NOT NULL
);

-- What the user said about line texts.
CREATE TABLE journey_answers (
  stream_key  TEXT   NOT NULL PRIMARY KEY,
  sample      TEXT   NOT NULL,
  class       TEXT   NOT NULL,
  answered_at BIGINT NOT NULL
);

-- wanted grows with everything that makes the assessment stale; measured is the wanted that
-- the newest assessment saw. One row, id 1.
CREATE TABLE journey_state (
  id       BIGINT NOT NULL PRIMARY KEY,
  wanted   BIGINT NOT NULL DEFAULT 1,
  measured BIGINT NOT NULL DEFAULT 0
);
INSERT INTO journey_state (id) VALUES (1);

-- Every assessment made. summary is kept for the trend; body (gzip, base64) only of the newest few.
CREATE TABLE journey_assessments (
  id       BIGINT NOT NULL PRIMARY KEY,
  made_at  BIGINT NOT NULL,
  reason   TEXT   NOT NULL DEFAULT '',
  summary  TEXT   NOT NULL,
  body     TEXT   NOT NULL DEFAULT ''
);
