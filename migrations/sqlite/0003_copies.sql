-- +goose Up

-- What a copied device has handed in under its old key, by hash: each once, also
-- after it has left the quarantine.
CREATE TABLE copies (
  device   INTEGER NOT NULL REFERENCES devices (num),
  hash     BLOB NOT NULL,
  problem  TEXT NOT NULL,                -- that it was answered with, JSON
  PRIMARY KEY (device, hash)
) STRICT, WITHOUT ROWID;
INSERT INTO copies (device, hash, problem) SELECT device, hash, problem FROM quarantine WHERE copied = 1;

-- +goose Down
DROP TABLE copies;
