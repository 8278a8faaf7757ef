-- +goose Up

-- The words of a new record come into the index after its commit, some at a time.
-- indexed is the records.num up to which they are in it: of these the index holds
-- what each says now, of later ones nothing. words is in which way the index was
-- made; 0, as of an index made before, is none that is in use, so it is made anew.
ALTER TABLE meta ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meta ADD COLUMN words INTEGER NOT NULL DEFAULT 0;

-- Segments are brought together when the writer has nothing else to do, sixteen at
-- a time and some pages at a time; never within a commit that somebody waits for,
-- unless there are very many.
INSERT INTO search (search, rank) VALUES ('automerge', 0);
INSERT INTO search (search, rank) VALUES ('usermerge', 16);
INSERT INTO search (search, rank) VALUES ('crisismerge', 200);
