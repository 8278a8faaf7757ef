package backup

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"earshot/server/atomicfile"
	"earshot/server/identity"
	"earshot/server/store"
	"earshot/server/store/ledger"
)

// sameKeys says whether what lies in a directory can be read with the backup's keys,
// and the other way round.
func sameKeys(dir, temp string) error {
	there, err := os.ReadFile(filepath.Join(dir, identity.KeysFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	backed, err := os.ReadFile(filepath.Join(temp, identity.KeysFile))
	if err != nil {
		return err
	}
	if !bytes.Equal(bytes.TrimSpace(there), bytes.TrimSpace(backed)) {
		return ErrOtherKeys
	}
	return nil
}

// mergeLedgers leaves in the directory one ledger that holds what both do, and says
// whether the backup's database knows its own place in it still.
func mergeLedgers(dir, temp string, out *Restored) (known bool, err error) {
	backed, err := os.ReadFile(filepath.Join(temp, ledger.File))
	if err != nil {
		return false, err
	}
	path := filepath.Join(dir, ledger.File)
	there, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		out.Bare = true
	} else if err != nil {
		return false, err
	}
	merged := ledger.Merge(there, backed)
	if !out.Bare && bytes.Equal(merged, there) {
		return bytes.HasPrefix(merged, backed), nil
	}
	return bytes.HasPrefix(merged, backed), atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(merged)
		return err
	})
}

// moveIn puts keys and database in their place. The log of the database that was
// there goes first: it must not be taken for the log of the one that comes.
func moveIn(dir, temp string) error {
	for _, log := range [...]string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(filepath.Join(dir, store.File+log)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, name := range [...]string{identity.KeysFile, store.File} {
		if err := os.Rename(filepath.Join(temp, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
