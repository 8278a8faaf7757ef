package identity

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestKeysAreMadeOnceForTheirOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	first, err := OpenKeys(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, KeysFile))
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the file of keys has mode %o", mode)
	}
	second, err := OpenKeys(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := first.Intake()
	b, _ := second.Intake()
	if a != b || first.tokenID != second.tokenID || string(first.CodeKey("receipt")) != string(second.CodeKey("receipt")) {
		t.Error("opened again, the keys are others")
	}
	if string(first.CodeKey("receipt")) == string(first.CodeKey("invitation")) {
		t.Error("two purposes have one key")
	}
}

func TestTwoProcessesAtTheFirstUseEndWithTheSameKeys(t *testing.T) {
	dir := t.TempDir()
	ids := make([]string, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			k, err := OpenKeys(dir, rand.Reader)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i], _ = k.Intake()
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("different keys: %v", ids)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%d files are left, not one (%v)", len(left), err)
	}
}

func TestKeysThatOthersCanReadAreRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenKeys(dir, rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, KeysFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKeys(dir, rand.Reader); !errors.Is(err, ErrKeysReadable) {
		t.Errorf("got %v", err)
	}
}

func TestDamagedKeysAreNotReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, KeysFile)
	if err := os.WriteFile(path, []byte(`{"version":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKeys(dir, rand.Reader); err == nil {
		t.Fatal("damaged keys were taken")
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != `{"version":1}` {
		t.Errorf("the file was changed (%v)", err)
	}
}
