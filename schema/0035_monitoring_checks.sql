-- +goose Up

-- Checks that agents make at a place, beside what they measure anyway (kit/wire.Check). every is in seconds. params and kinds (of devices,
-- empty = all) are JSON.
CREATE TABLE monitoring_checks (
  id         BIGINT NOT NULL PRIMARY KEY,
  version    BIGINT NOT NULL DEFAULT 1,
  level      TEXT   NOT NULL,
  place_id   BIGINT NOT NULL DEFAULT 0,
  kind       TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  every      BIGINT NOT NULL DEFAULT 300,
  params     TEXT   NOT NULL DEFAULT '{}',
  kinds      TEXT   NOT NULL DEFAULT '[]',
  author     TEXT   NOT NULL DEFAULT '',
  changed_at BIGINT NOT NULL
);

-- What a check found last on a device. state: 0 fine, 1 warning, 2 critical, 3 unknown. check_id 0 = the shipped look at drives.
CREATE TABLE monitoring_results (
  device_id BIGINT NOT NULL,
  check_id  BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  state     BIGINT NOT NULL,
  text      TEXT   NOT NULL DEFAULT '',
  detail    TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (device_id, check_id)
);
CREATE INDEX monitoring_results_check ON monitoring_results (check_id, state, device_id);
