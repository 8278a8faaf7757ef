package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"earshot/migrations"
	"earshot/server/store"
)

// An audit that was one chain over all DATs becomes a chain of each.
func TestAnAuditOfBeforeIsLinkedAnewForEachDAT(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, store.File)+"?_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	must := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	must("INSERT INTO dats (num, id, slug) VALUES (1, 'a', 'a'), (2, 'b', 'b')")
	must("INSERT INTO names (num, name) VALUES (900, 'changed view words'), (901, 'exported')")
	for n := 1; n <= 9; n++ {
		must("INSERT INTO audit (num, dat, at, device, member, seq, what, record, hash) VALUES (?, ?, ?, 0, ?, ?, ?, ?, x'00')",
			n, 1+n%3/2, 1_700_000_000_000_000+n, fmt.Sprint("m", n), n, 900+n%2, []byte("0123456789abcdef"))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for dat, want := range map[int64]int{1: 6, 2: 3} {
		chain, err := s.AuditChain(t.Context(), dat)
		if err != nil || chain.Broken != 0 || chain.Rows != int64(want) {
			t.Errorf("DAT %d: %+v %v", dat, chain, err)
		}
		rows, _, err := s.Audit(t.Context(), store.AuditQuery{DAT: dat, Most: 10})
		if err != nil || len(rows) != want || rows[0].Hash != chain.Head || rows[0].Member == "" || rows[0].Record == "" {
			t.Errorf("DAT %d: %+v %v", dat, rows, err)
		}
	}
}
