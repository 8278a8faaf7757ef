package store

import (
	"path/filepath"
	"testing"
	"time"
)

func TestTheLogBeginsAnewBesideAWriterThatNeverRests(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	beside, err := openConn(filepath.Join(dir, File), "")
	if err != nil {
		t.Fatal(err)
	}
	defer beside.close()
	write := func(bytes int) (pages int64) {
		t.Helper()
		if err := s.write(t.Context(), func(t *tx) error {
			if err := t.exec("CREATE TABLE IF NOT EXISTS scrap (bytes BLOB)"); err != nil {
				return err
			}
			return t.exec("INSERT INTO scrap (bytes) VALUES (zeroblob(?))", bytes)
		}); err != nil {
			t.Fatal(err)
		}
		r, err := beside.one("PRAGMA wal_checkpoint(NOOP)")
		if err != nil {
			t.Fatal(err)
		}
		return r.int(1)
	}
	var most int64
	for late := time.Now().Add(20 * time.Second); most < logPages; {
		if most = max(most, write(1<<20)); time.Now().After(late) {
			t.Fatalf("the log never came to more than %d pages", most)
		}
	}
	for late := time.Now().Add(20 * time.Second); write(1) >= logPages; {
		if time.Now().After(late) {
			t.Fatal("the log does not begin anew")
		}
	}
}
