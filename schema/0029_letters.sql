-- +goose Up

-- Letters to clients about a change of prices. amendment is the number of the one that made it; recipient is the address as it stood
-- on paper, by lines; document the PDF's digest in the file store. sent_at and sent_to say when it was mailed and to whom, 0 and '' =
-- it was not: somebody prints it.
CREATE TABLE agreements_letters (
  id           BIGINT NOT NULL PRIMARY KEY,
  agreement_id BIGINT NOT NULL REFERENCES agreements_agreements (id),
  amendment    BIGINT NOT NULL,
  day          BIGINT NOT NULL,
  language     TEXT   NOT NULL DEFAULT '',
  recipient    TEXT   NOT NULL DEFAULT '',
  subject      TEXT   NOT NULL,
  body         TEXT   NOT NULL,
  document     TEXT   NOT NULL,
  author       TEXT   NOT NULL DEFAULT '',
  made_at      BIGINT NOT NULL,
  sent_at      BIGINT NOT NULL DEFAULT 0,
  sent_to      TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX agreements_letters_agreement ON agreements_letters (agreement_id, id);

-- The allowance in whose place this one came by an amendment; 0 = none.
ALTER TABLE agreements_pots ADD COLUMN follows BIGINT NOT NULL DEFAULT 0;
