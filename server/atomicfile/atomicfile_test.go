package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"earshot/server/atomicfile"
)

func writes(text string, err error) func(io.Writer) error {
	return func(w io.Writer) error {
		if _, failed := io.WriteString(w, text); failed != nil {
			return failed
		}
		return err
	}
}

// alone says that a directory holds one file with this text and nothing else.
func alone(t *testing.T, path, want string) {
	t.Helper()
	if text, err := os.ReadFile(path); err != nil || string(text) != want {
		t.Errorf("it holds %q, %v", text, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("beside it lies %v, %v", left, err)
	}
}

func TestAFileIsReplacedWholeAndForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cards.pdf")
	if err := os.WriteFile(path, []byte("older, and longer"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(path, writes("new", nil)); err != nil {
		t.Fatal(err)
	}
	alone(t, path, "new")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it is open to others: %v, %v", info.Mode(), err)
	}
}

func TestWhatFailsLeavesTheOlderFileAndNothingBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cards.pdf")
	if err := os.WriteFile(path, []byte("older"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	if err := atomicfile.Write(path, writes("half", full)); !errors.Is(err, full) {
		t.Errorf("it failed with %v", err)
	}
	alone(t, path, "older")
}

func TestWhatCannotBeMovedToItsPlaceIsLeftNowhere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cards.pdf")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(path, writes("whole", nil)); err == nil {
		t.Error("a directory was replaced by a file")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("beside it lies %v, %v", left, err)
	}
}
