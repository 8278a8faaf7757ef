package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"earshot/server/store"
	"earshot/server/store/storetest"
)

// A base that lies in the jump between two epochs counts as the last seq before
// it, which may be far above the v of a record that was restored. Restoring is
// not here yet, so the jump is written beside it.
func TestABaseInAJumpCountsAsTheLastSeqBeforeIt(t *testing.T) {
	w := storetest.NewWorld(t, open, store.Options{})
	phone := w.Phone("coordinator")
	id := w.Matter()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", filepath.Join(w.Dir, store.File))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"INSERT INTO jumps (dat, last, first) SELECT num, seq + 50, 1772532000 << 20 FROM dats",
		"INSERT INTO commits (dat, seq, at) SELECT num, seq + 50, at + 1 FROM dats",
		"UPDATE dats SET seq = 1772532000 << 20, at = at + 2",
		"INSERT INTO commits (dat, seq, at) SELECT num, seq, at FROM dats",
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	w.Open()
	lost := w.V("matter", id) + 60 // a version that only the lost history had
	w.Is(phone.Change("matter", id, lost, map[string]any{"set": map[string]any{"title": "What the phone had seen"}}), 0)
	w.Has("matter", id, "title", `"What the phone had seen"`)
	w.Refused(phone.Change("matter", id, w.V("matter", id)+1, map[string]any{"set": map[string]any{"title": "x"}}), "base_ahead")
	w.Check()
	// Numbers of that size go to readers and come back as any other.
	r := w.Replica("coordinator").Catch()
	v := r.Get("matter", id).V
	if v <= 1772532000<<20 || v != w.V("matter", id) {
		t.Fatal(v)
	}
	w.Is(phone.Change("matter", id, v, map[string]any{"set": map[string]any{"title": "Again"}}), 0)
	r.Catch()
}
