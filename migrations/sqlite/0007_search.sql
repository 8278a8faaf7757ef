-- +goose Up

-- What can be looked for: a row for each text field of a record, with the words of
-- its text as they are looked up, who is let through to it ("_" and an audience's
-- number), and where it is from ("_" and the collection). It keeps no texts, and
-- rowid is 64 × records.num + the field's place in its collection.
CREATE VIRTUAL TABLE search USING fts5 (
  words, content = '', columnsize = 0, detail = none, tokenize = "ascii tokenchars '_'"
);

-- What is taken out of it is gone from the file, not only marked as deleted.
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);

-- Each commit adds a segment. Bringing them together four at a time, as is usual,
-- costs every push more than it spares a search.
INSERT INTO search (search, rank) VALUES ('automerge', 16);

-- The words that it holds, to be checked against the records.
CREATE VIRTUAL TABLE search_terms USING fts5vocab (search, row);
