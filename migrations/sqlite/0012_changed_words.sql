-- +goose Up

-- Fields that have changed since they were indexed, as their rowid in search. Of
-- these the index holds nothing, as of records after meta.indexed, until they are
-- indexed anew.
CREATE TABLE reworded (
  num  INTEGER PRIMARY KEY
) STRICT;
