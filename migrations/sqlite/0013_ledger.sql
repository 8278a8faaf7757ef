-- +goose Up

-- ledger: up to where in the ledger's file this database has everything. mark: how
-- many commits there were; a database that is behind the mark beside it is an older
-- copy. backed: when the newest backup was begun, microseconds. An empty epoch is of a
-- database that was restored, and gets a new one at its next start.
ALTER TABLE meta ADD COLUMN ledger INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meta ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meta ADD COLUMN backed INTEGER NOT NULL DEFAULT 0;

-- Up to which number the newest backup holds a device's ops.
ALTER TABLE devices ADD COLUMN safe INTEGER NOT NULL DEFAULT 0;

-- Fields that were narrowed once: what they become after that is in the ledger too.
CREATE TABLE narrowed (
  record  INTEGER NOT NULL REFERENCES records (num),
  field   INTEGER NOT NULL,              -- its index in the collection
  PRIMARY KEY (record, field)
) STRICT, WITHOUT ROWID;
