package store_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"earshot/server/store"
	"earshot/server/store/storetest"
)

// Check has to find whatever somebody changed behind the store's back. Each case
// changes one thing in the file; before it, everything agrees.
func TestCheckFindsWhatDoesNotAgree(t *testing.T) {
	for name, c := range map[string]struct{ change, says string }{
		"a field":                   {`UPDATE records SET fields = CAST(replace(CAST(fields AS TEXT), '{', '{ ') AS BLOB) WHERE num = (SELECT max(num) FROM records)`, "canonical"},
		"a row that is broken":      {`UPDATE records SET fields = x'7b' WHERE num = (SELECT max(num) FROM records)`, "can't be read"},
		"a version":                 {`UPDATE records SET v = v + 100000 WHERE num = (SELECT max(num) FROM records)`, "ahead of its DAT"},
		"an audience":               {`UPDATE records SET grants = x'' WHERE num = (SELECT max(num) FROM records)`, "is not granted"},
		"a missing feed row":        {`DELETE FROM feed WHERE record = (SELECT max(num) FROM records)`, "no row of it in the feed"},
		"a feed row too many":       {`INSERT INTO feed (stream, seq, record) SELECT stream, 999999, record FROM feed WHERE stream & 3 = 1 LIMIT 1`, "the feed has"},
		"a sum":                     {`UPDATE audiences SET sum = sum + 1 WHERE name = 'desk'`, "its sum"},
		"a count":                   {`UPDATE counts SET records = records + 1`, "are counted"},
		"an index":                  {`DELETE FROM pointers`, "not indexed"},
		"a word to look for":        {`INSERT INTO search (rowid, words) VALUES (999999, '_1 _view whispered')`, "words that can be looked for"},
		"a record twice in it":      {`UPDATE meta SET indexed = indexed - 1`, "words that can be looked for"},
		"a change that was none":    {`INSERT INTO reworded (num) VALUES (9999999)`, "and never was"},
		"a change of what is in it": {`INSERT INTO reworded (num) SELECT max(rowid) FROM search WHERE search MATCH '_view'`, "words that can be looked for"},
		"what is indexed":           {`UPDATE meta SET indexed = indexed + 1`, "is said to go up to record"},
		"a result":                  {`DELETE FROM runs WHERE last = 1`, "gap before"},
		"what is acked":             {`UPDATE devices SET acked = acked + 1`, "acked is"},
		"a quarantined op":          {`DELETE FROM quarantine`, "in quarantine are counted"},
		"a row of the audit":        {`UPDATE audit SET member = 'somebody else' WHERE num = 5`, "was changed at row 5"},
		"a missing audit row":       {`DELETE FROM audit WHERE num = 5`, "gap before row 6"},
		"the audit's end":           {`DELETE FROM audit WHERE num = (SELECT max(num) FROM audit)`, "ends before its records do"},
		"a commit":                  {`DELETE FROM commits WHERE seq = (SELECT max(seq) FROM commits)`, "last commit"},
	} {
		t.Run(name, func(t *testing.T) {
			w := storetest.NewWorld(t, open, store.Options{IndexAfter: -1})
			phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
			phone.View(map[string]any{"colour": "red"})
			id := phone.View(nil)
			phone.Push()
			desk.Change("view", id, w.V("view", id), map[string]any{"add": map[string]any{"matters": []string{w.Matter()}}})
			phone.View(nil)
			phone.Push()
			if err := w.Index(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Check()
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite3", filepath.Join(w.Dir, store.File))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(c.change); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			w.Open()
			r, err := w.Store.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(r.Problems, "\n"); !strings.Contains(all, c.says) || strings.Contains(all, "queue") {
				t.Fatalf("it says %q", all)
			}
		})
	}
}
