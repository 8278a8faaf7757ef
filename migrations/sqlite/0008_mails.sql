-- +goose Up

-- Who is to be told by mail that something waits for them. A row holds neither an
-- address, which is looked up when the mail goes, nor a word of what waits. It stays
-- for a while after it is done, so that one thing is told to one member once.
CREATE TABLE mails (
  num     INTEGER PRIMARY KEY,
  dat     INTEGER NOT NULL REFERENCES dats (num),
  member  TEXT NOT NULL,
  kind    TEXT NOT NULL,
  about   TEXT NOT NULL,                 -- the record that it is about, or a day
  made    INTEGER NOT NULL,
  next    INTEGER NOT NULL,              -- when it is due, or tried again
  tries   INTEGER NOT NULL DEFAULT 0,
  done    INTEGER NOT NULL DEFAULT 0,    -- when it was; 0: it waits
  how     TEXT NOT NULL DEFAULT '',      -- sent, moot, late, refused, nowhere
  UNIQUE (dat, member, kind, about)
) STRICT;
CREATE INDEX mails_next ON mails (next) WHERE done = 0;
