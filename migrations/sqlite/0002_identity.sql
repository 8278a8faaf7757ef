-- +goose Up

-- A one-time code, as an HMAC, and whom it lets in. It stays when it is used, so
-- that the desk can see what became of it; no code can be read from it.
CREATE TABLE invitations (
  hash     BLOB PRIMARY KEY,
  dat      INTEGER NOT NULL REFERENCES dats (num),
  member   TEXT NOT NULL,
  made     INTEGER NOT NULL,
  expires  INTEGER NOT NULL,
  used     INTEGER NOT NULL DEFAULT 0,
  device   TEXT                          -- the one that it enrolled
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_dat ON invitations (dat, made);

-- Assertions that were exchanged for a token, until they have expired by themselves.
CREATE TABLE assertions (
  device  TEXT NOT NULL,
  jti     TEXT NOT NULL,
  until   INTEGER NOT NULL,
  PRIMARY KEY (device, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX assertions_until ON assertions (until);
