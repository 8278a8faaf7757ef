package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFile says who has a data directory open: everybody who does shares it, and
// who puts another database in its place has it alone.
const lockFile = "earshot.lock"

// ErrInUse: a server or a command has the directory open.
var ErrInUse = errors.New("store: the directory is in use")

// A Hold is a data directory's lock, held.
type Hold struct{ f *os.File }

// HoldAlone takes a directory for oneself, until it is let go, or gives ErrInUse.
func HoldAlone(dir string) (*Hold, error) { return hold(dir, syscall.LOCK_EX) }

func hold(dir string, how int) (*Hold, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Hold{f}, nil
}

// Let lets go.
func (h *Hold) Let() error { return h.f.Close() }
