package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"earshot/sync/record"
)

// A Copy is what a copy of the database holds.
type Copy struct {
	DATs  int
	Epoch string
	// Begun is when the copy was begun: what was committed before that is in it.
	Begun record.Time
	// Acked is up to which number it holds each device's ops.
	Acked map[string]int64
}

// CopyTo writes a consistent copy of the database into a new file, while others read
// and write. Nothing that was erased is in it, nor any free page.
func (s *Store) CopyTo(ctx context.Context, file string) (Copy, error) {
	if err := ctx.Err(); err != nil {
		return Copy{}, err
	}
	begun := record.At(s.o.Now())
	c, err := openConn(filepath.Join(s.dir, File), s.o.VFS)
	if err != nil {
		return Copy{}, err
	}
	if err := errors.Join(c.exec("VACUUM INTO ?", file), c.close()); err != nil {
		return Copy{}, fmt.Errorf("copy the database: %w", err)
	}
	return readCopy(file, begun)
}

// readCopy reads what a copy holds.
func readCopy(file string, begun record.Time) (Copy, error) {
	c, err := openConn(file, "", readerSetup...)
	if err != nil {
		return Copy{}, err
	}
	of := Copy{Begun: begun, Acked: map[string]int64{}}
	r, err := c.one("SELECT epoch, (SELECT count(*) FROM dats) FROM meta")
	if err == nil && r != nil {
		of.Epoch, of.DATs = r.str(0), int(r.int(1))
		err = c.each("SELECT id, acked FROM devices", func(r row) error {
			of.Acked[r.str(0)] = r.int(1)
			return nil
		})
	}
	if err := errors.Join(err, c.close()); err != nil {
		return Copy{}, fmt.Errorf("read the copy of the database: %w", err)
	}
	return of, nil
}

// Backed notes that a copy lies in a backup: what it holds of each device is safe.
func (s *Store) Backed(ctx context.Context, of Copy) error {
	return s.write(ctx, func(t *tx) error {
		for id, acked := range of.Acked {
			if err := t.exec("UPDATE devices SET safe = ? WHERE id = ? AND safe < ?", acked, id, acked); err != nil {
				return err
			}
		}
		if err := t.exec("UPDATE meta SET backed = max(backed, ?)", int64(of.Begun)); err != nil {
			return err
		}
		// Devices are remembered with what was safe before; whoever is connected looks again.
		t.mem.forget()
		t.dats, t.foreign = map[int64]*tenant{}, true
		return nil
	})
}

// LastBackup is when the newest backup was begun; 0: there is none.
func (s *Store) LastBackup(ctx context.Context) (at record.Time, err error) {
	err = s.read(ctx, func(v *snapshot) error {
		r, err := v.one("SELECT backed FROM meta")
		if err == nil && r != nil {
			at = record.Time(r.int(0))
		}
		return err
	})
	return at, err
}

// safe is up to which number a device's ops are safe: in the newest backup, where
// that is what safe means here, else on this disk.
func (s *Store) safe(acked, backed int64) int64 {
	if s.o.SafeByBackup {
		return min(acked, backed)
	}
	return acked
}

// Restored makes the database of a directory, which came out of a backup that was begun
// then, begin a new epoch at its next start; all that it holds is safe. Where it does
// not know its place in the ledger any more, all of that is done again. The file must
// not be open anywhere.
func Restored(dir string, begun record.Time, known bool) error {
	c, err := openConn(filepath.Join(dir, File), "", writerSetup...)
	if err != nil {
		return err
	}
	r, err := c.one("PRAGMA quick_check(1)")
	if err == nil && (r == nil || r.str(0) != "ok") {
		err = errBroken
	}
	if err == nil {
		err = c.exec("UPDATE meta SET epoch = '', backed = max(backed, ?), ledger = iif(?, ledger, 0)", int64(begun), known)
	}
	if err == nil {
		err = c.exec("UPDATE devices SET safe = acked")
	}
	return errors.Join(err, c.close())
}
