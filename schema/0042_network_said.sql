-- +goose Up

-- What was found, told so that it can be read in any language: JSON of the sentence and of the lines below it, '' = there is only the text,
-- as with what older agents or an older server found.
ALTER TABLE network_states ADD COLUMN said TEXT NOT NULL DEFAULT '';
ALTER TABLE network_turns ADD COLUMN said TEXT NOT NULL DEFAULT '';
ALTER TABLE network_polled ADD COLUMN said TEXT NOT NULL DEFAULT '';
ALTER TABLE network_scans ADD COLUMN said TEXT NOT NULL DEFAULT '';
ALTER TABLE network_relays ADD COLUMN said TEXT NOT NULL DEFAULT '';
