// Package backup puts a data directory into one encrypted file while its server
// runs, and gets it back out of it.
//
// The file is an age file (https://age-encryption.org/v1) around a gzipped tar of
// the database, the keys, the ledger and a manifest. Whoever has it and its key has
// everything that was said; whoever has the file alone has nothing.
//
// What comes back begins a new epoch, so that phones hand in again what the backup
// had not. The ledger that lies in the directory is never replaced: what was taken
// back, redacted, narrowed or revoked since the backup stays so (protocol section 6).
package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"
	"github.com/go-json-experiment/json"

	"earshot/server/identity"
	"earshot/server/store"
	"earshot/server/store/ledger"
	"earshot/sync/record"
)

const manifestFile = "manifest.json"

// version is of the archive's shape.
const version = 1

type manifest struct {
	Version int    `json:"version"`
	Begun   int64  `json:"begun"` // microseconds
	DATs    int    `json:"dats"`
	Epoch   string `json:"epoch"`
}

// Write writes a backup of a directory whose store is open, for these recipients.
func Write(ctx context.Context, w io.Writer, dir string, s *store.Store, recipients ...age.Recipient) (of store.Copy, err error) {
	temp, err := os.MkdirTemp(dir, ".backup-*")
	if err != nil {
		return of, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	copied := filepath.Join(temp, store.File)
	if of, err = s.CopyTo(ctx, copied); err != nil {
		return of, err
	}
	said, err := json.Marshal(manifest{Version: version, Begun: int64(of.Begun), DATs: of.DATs, Epoch: of.Epoch})
	if err != nil {
		return of, err
	}
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return of, fmt.Errorf("encrypt: %w", err)
	}
	packed, _ := gzip.NewWriterLevel(sealed, gzip.BestSpeed) // the level is one that there is
	all := tar.NewWriter(packed)
	if err := add(all, manifestFile, said); err != nil {
		return of, err
	}
	// The ledger after the database: it holds at least what the copy knows of.
	for _, it := range [...]struct{ name, from string }{
		{store.File, copied}, {identity.KeysFile, filepath.Join(dir, identity.KeysFile)}, {ledger.File, filepath.Join(dir, ledger.File)},
	} {
		if err := addFile(ctx, all, it.name, it.from); err != nil {
			return of, err
		}
	}
	return of, errors.Join(all.Close(), packed.Close(), sealed.Close())
}

func add(to *tar.Writer, name string, text []byte) error {
	if err := to.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err := to.Write(text)
	return err
}

func addFile(ctx context.Context, to *tar.Writer, name, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := to.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size()}); err != nil {
		return err
	}
	// A ledger that grows meanwhile goes as far as it did.
	_, err = io.Copy(to, io.LimitReader(reader{ctx, f}, info.Size()))
	return err
}

// A reader ends with its context.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

// Sentinel errors of Restore.
var (
	ErrNotABackup = errors.New("this is no backup of Earshot, or it is damaged")
	ErrOtherKeys  = errors.New("this directory belongs to another server than the backup: its keys differ")
	ErrNewer      = errors.New("this backup was made by a newer Earshot")
)

// A Restored is what came back.
type Restored struct {
	DATs int
	// Begun is when the backup was begun.
	Begun record.Time
	// Bare: no ledger lay in the directory, so that what was taken back since the backup is not known.
	Bare bool
}

// Restore puts a backup in the place of what a directory holds, or makes the
// directory. Nothing is changed before all of it is there and whole. [store.ErrInUse]
// where somebody has the directory open.
func Restore(ctx context.Context, from io.Reader, dir string, identities ...age.Identity) (out Restored, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return out, err
	}
	alone, err := store.HoldAlone(dir)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, alone.Let()) }()
	temp, err := os.MkdirTemp(dir, ".restore-*")
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	of, err := unpack(ctx, from, temp, identities)
	if err != nil {
		return out, err
	}
	out.DATs, out.Begun = of.DATs, record.Time(of.Begun)
	if err := sameKeys(dir, temp); err != nil {
		return out, err
	}
	known, err := mergeLedgers(dir, temp, &out)
	if err != nil {
		return out, err
	}
	if err := store.Restored(temp, out.Begun, known); err != nil {
		return out, fmt.Errorf("%w: %w", ErrNotABackup, err)
	}
	return out, moveIn(dir, temp)
}

// unpack gets the files out; each is one of those that Write puts in, once.
func unpack(ctx context.Context, from io.Reader, to string, identities []age.Identity) (of manifest, err error) {
	sealed, err := age.Decrypt(reader{ctx, from}, identities...)
	if err != nil {
		return of, fmt.Errorf("decrypt: %w", err)
	}
	packed, err := gzip.NewReader(sealed)
	if err != nil {
		return of, fmt.Errorf("%w: %w", ErrNotABackup, err)
	}
	wanted := map[string]bool{manifestFile: true, store.File: true, identity.KeysFile: true, ledger.File: true}
	for all := tar.NewReader(packed); ; {
		head, err := all.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return of, fmt.Errorf("%w: %w", ErrNotABackup, err)
		}
		if !wanted[head.Name] {
			return of, fmt.Errorf("%w: it holds what no backup holds", ErrNotABackup)
		}
		delete(wanted, head.Name)
		if err := write(filepath.Join(to, head.Name), all); err != nil {
			return of, err
		}
	}
	// The last bytes say whether nothing was cut off or changed.
	if _, err := io.Copy(io.Discard, packed); err != nil {
		return of, fmt.Errorf("%w: %w", ErrNotABackup, err)
	}
	if len(wanted) > 0 {
		return of, fmt.Errorf("%w: something is missing", ErrNotABackup)
	}
	text, err := os.ReadFile(filepath.Join(to, manifestFile))
	if err != nil {
		return of, err
	}
	if err := json.Unmarshal(text, &of); err != nil {
		return of, fmt.Errorf("%w: %w", ErrNotABackup, err)
	}
	if of.Version > version {
		return of, ErrNewer
	}
	return of, nil
}

func write(path string, from io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Sync(), f.Close())
}
