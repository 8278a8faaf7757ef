-- +goose Up

-- Which records the entries of logs name in ops that lie in quarantine: where one
-- is taken back, what was chosen from its words falls there too.
CREATE TABLE quotes (
  dat   INTEGER NOT NULL,
  id    BLOB NOT NULL,
  held  INTEGER NOT NULL REFERENCES quarantine (num) ON DELETE CASCADE,
  PRIMARY KEY (dat, id, held)
) STRICT, WITHOUT ROWID;
CREATE INDEX quotes_held ON quotes (held);
CREATE INDEX quarantine_dat ON quarantine (dat);
