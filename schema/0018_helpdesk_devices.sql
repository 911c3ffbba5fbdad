-- +goose Up

-- Devices that a ticket is about. ref is whatever the application knows a device by; name as it was when it was linked,
-- name_key the same in lower case.
CREATE TABLE helpdesk_devices (
  ticket_id BIGINT NOT NULL,
  ref       TEXT   NOT NULL,
  name      TEXT   NOT NULL,
  name_key  TEXT   NOT NULL,
  PRIMARY KEY (ticket_id, ref)
);
CREATE INDEX helpdesk_devices_ref ON helpdesk_devices (ref, ticket_id);
