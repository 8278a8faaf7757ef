-- +goose Up

-- Each DAT has a chain of its own, that its people can go along without a row of
-- another's. The rows move over in the step after this one, since they have to be
-- linked anew.
ALTER TABLE audit RENAME TO audit_before;

CREATE TABLE audit (
  dat     INTEGER NOT NULL,
  num     INTEGER NOT NULL,              -- from 1, without gaps
  at      INTEGER NOT NULL,
  device  INTEGER NOT NULL,              -- devices.num, 0: the server
  member  TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  what    INTEGER NOT NULL,              -- names.num: what was done, and to which fields
  record  BLOB,
  hash    BLOB NOT NULL,
  PRIMARY KEY (dat, num)
) STRICT, WITHOUT ROWID;
