-- +goose Up

-- One row: the identity of this history, and what the rules of who reads what
-- were when the feed was written.
CREATE TABLE meta (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  epoch  TEXT NOT NULL,
  rules  TEXT NOT NULL
) STRICT;

CREATE TABLE dats (
  num     INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,           -- of its record in collection dat
  slug    TEXT NOT NULL UNIQUE,
  seq     INTEGER NOT NULL DEFAULT 0,     -- the last that was given
  at      INTEGER NOT NULL DEFAULT 0,     -- time of the last commit, microseconds
  n       INTEGER NOT NULL DEFAULT 0      -- the last number of the built-in device "server"
) STRICT;

-- Which seq was the first of a later epoch, after which last one: a base between
-- them counts as last.
CREATE TABLE jumps (
  dat    INTEGER NOT NULL REFERENCES dats (num),
  last   INTEGER NOT NULL,
  first  INTEGER NOT NULL,
  PRIMARY KEY (dat, last)
) STRICT, WITHOUT ROWID;

-- The time of the commit that gave every seq up to seq and above the row before.
CREATE TABLE commits (
  dat  INTEGER NOT NULL,
  seq  INTEGER NOT NULL,
  at   INTEGER NOT NULL,
  PRIMARY KEY (dat, seq)
) STRICT, WITHOUT ROWID;

-- Names of collections, and of references ("view.matters"), as small numbers.
CREATE TABLE names (
  num   INTEGER PRIMARY KEY,
  name  TEXT NOT NULL UNIQUE
) STRICT;

-- num is small, so that the feed can name a stream in few bytes. sum is the sum
-- of protocol section 5, as a signed number.
CREATE TABLE audiences (
  num   INTEGER PRIMARY KEY,
  dat   INTEGER NOT NULL REFERENCES dats (num),
  name  TEXT NOT NULL,
  sum   INTEGER NOT NULL DEFAULT 0,
  UNIQUE (dat, name)
) STRICT;

CREATE TABLE records (
  num     INTEGER PRIMARY KEY,
  dat     INTEGER NOT NULL,
  kind    INTEGER NOT NULL,              -- collection: names.num
  id      BLOB NOT NULL,                 -- the UUID's 16 bytes
  v       INTEGER NOT NULL,
  gone    INTEGER NOT NULL DEFAULT 0,
  kept    INTEGER NOT NULL DEFAULT 0,    -- bit n: field n has losers
  grants  BLOB NOT NULL,                 -- audiences that it is in, and what each lets through
  made    BLOB NOT NULL,                 -- who made it, when
  fields  BLOB NOT NULL,                 -- canonical JSON of all fields that leave the server
  state   BLOB                           -- what merging has to remember; null where only its maker wrote
) STRICT;
CREATE UNIQUE INDEX records_id ON records (id, kind, dat);

-- One row a record and audience, moved forward at each change. stream is
-- 4 × audience + (0 small collections, 1 the rest, 2 gone or moved out).
CREATE TABLE feed (
  stream  INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  record  INTEGER NOT NULL,
  PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

-- Where the rows of what moved out of an audience stand, so that they can be taken
-- back when it comes in again, or goes for good.
CREATE TABLE outs (
  record    INTEGER NOT NULL,
  audience  INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  PRIMARY KEY (record, audience)
) STRICT, WITHOUT ROWID;

-- Indexed references, to be asked from the other side.
CREATE TABLE pointers (
  dat     INTEGER NOT NULL,
  field   INTEGER NOT NULL,              -- names.num of "collection.field"
  target  BLOB NOT NULL,
  record  INTEGER NOT NULL,
  PRIMARY KEY (dat, field, target, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE counts (
  dat      INTEGER NOT NULL,
  kind     INTEGER NOT NULL,
  records  INTEGER NOT NULL DEFAULT 0,
  gone     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (dat, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  num       INTEGER PRIMARY KEY,
  id        TEXT NOT NULL UNIQUE,
  dat       INTEGER NOT NULL REFERENCES dats (num),
  member    TEXT NOT NULL,
  name      TEXT NOT NULL,
  key       TEXT NOT NULL,
  enrolled  INTEGER NOT NULL,
  seen      INTEGER NOT NULL DEFAULT 0,
  holds     TEXT NOT NULL DEFAULT '',
  revoked   INTEGER NOT NULL DEFAULT 0,
  acked     INTEGER NOT NULL DEFAULT 0,
  tip       BLOB,                        -- hash of op number acked; null: none, or a void
  last      INTEGER NOT NULL DEFAULT 0,  -- time of its last op
  held      INTEGER NOT NULL DEFAULT 0   -- ops of its in quarantine
) STRICT;
CREATE INDEX devices_member ON devices (dat, member);

-- What became of a device's ops, in runs: applied ones with seqs in a row, voids,
-- single refused ones. hashes holds the first 16 bytes of each op's hash.
CREATE TABLE runs (
  device   INTEGER NOT NULL REFERENCES devices (num),
  last     INTEGER NOT NULL,             -- n of its last op
  first    INTEGER NOT NULL,
  seq      INTEGER NOT NULL,             -- of its first op; 0: refused, or void
  hashes   BLOB,                         -- null: void
  problem  TEXT,                         -- of a refused one, JSON
  PRIMARY KEY (device, last)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  num      INTEGER PRIMARY KEY,
  dat      INTEGER NOT NULL REFERENCES dats (num),
  device   INTEGER NOT NULL REFERENCES devices (num),
  n        INTEGER NOT NULL,
  at       INTEGER NOT NULL,             -- corrected time at its first arrival
  came     INTEGER NOT NULL,             -- its first arrival
  hash     BLOB NOT NULL,
  copied   INTEGER NOT NULL DEFAULT 0,
  sealed   INTEGER NOT NULL,
  op       BLOB NOT NULL,
  problem  TEXT NOT NULL,
  code     TEXT NOT NULL,
  kind     INTEGER,                      -- collection and record, where they can be told
  id       BLOB,
  making   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX quarantine_device ON quarantine (device, n);
CREATE INDEX quarantine_record ON quarantine (id, dat) WHERE id IS NOT NULL;

-- What a copied device has handed in under its old key, by hash: each once, also
-- after it has left the quarantine.
CREATE TABLE copies (
  device   INTEGER NOT NULL REFERENCES devices (num),
  hash     BLOB NOT NULL,
  problem  TEXT NOT NULL,                -- that it was answered with, JSON
  PRIMARY KEY (device, hash)
) STRICT, WITHOUT ROWID;

-- An early op waits for records: the one that it changes, or a service that it names.
CREATE TABLE waits (
  dat   INTEGER NOT NULL,
  id    BLOB NOT NULL,
  held  INTEGER NOT NULL REFERENCES quarantine (num) ON DELETE CASCADE,
  PRIMARY KEY (dat, id, held)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_held ON waits (held);

-- A withdrawal by a member of what is not here yet: it takes effect if the record
-- comes with that member as its own.
CREATE TABLE withdrawals (
  dat     INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  id      BLOB NOT NULL,
  member  TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (dat, kind, id, member)
) STRICT, WITHOUT ROWID;

-- Receipt codes as HMAC-SHA-256. Nothing sends them anywhere.
CREATE TABLE receipts (
  hash    BLOB NOT NULL,
  record  INTEGER NOT NULL REFERENCES records (num),
  PRIMARY KEY (hash, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_record ON receipts (record);

-- Receipt withdrawals that wait for their receipt. dat 0: from the public page.
CREATE TABLE receipt_withdrawals (
  hash  BLOB NOT NULL,
  dat   INTEGER NOT NULL,
  by    TEXT NOT NULL,                   -- the device, or the hash of an address
  at    INTEGER NOT NULL,
  PRIMARY KEY (hash, dat, by)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_withdrawals_by ON receipt_withdrawals (by, at);

-- Receipt withdrawals of each device, known code or not, against guessing.
CREATE TABLE guesses_by_receipt (
  device  INTEGER NOT NULL REFERENCES devices (num),
  at      INTEGER NOT NULL,
  PRIMARY KEY (device, at)
) STRICT, WITHOUT ROWID;

-- Who did what, when, to which record and fields; never the words. hash is
-- SHA-256 over the hash before and what the row says.
CREATE TABLE audit (
  num     INTEGER PRIMARY KEY,
  dat     INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  device  INTEGER NOT NULL,              -- devices.num, 0: the server
  member  TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  what    INTEGER NOT NULL,              -- names.num: what was done, and to which fields
  record  BLOB,
  hash    BLOB NOT NULL
) STRICT;
