package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
)

// A Mark is how far the history of a database had come when a commit was last
// answered.
type Mark struct {
	Commits int64 // how many there were, of all DATs together
	Seq     int64 // the greatest seq that any DAT has given
}

const slot = 24 // two numbers, and the CRC-32C of both

// Marks is the file that holds the mark: two slots, written in turn, so that one
// that a crash has torn leaves the one before.
type Marks struct {
	f    *os.File
	last Mark
	next int64 // the slot that is written next
}

// OpenMarks opens the mark of a directory. Where there is none it is zero.
func OpenMarks(dir string) (*Marks, error) {
	path := filepath.Join(dir, MarkFile)
	_, err := os.Stat(path)
	made := errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the mark: %w", err)
	}
	m := &Marks{f: f}
	if made {
		// Written whole once: from then on only its content changes, and a sync is short.
		if _, err = f.Write(make([]byte, 2*slot)); err == nil {
			err = errors.Join(f.Sync(), syncDir(dir))
		}
	} else {
		err = m.read()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the mark: %w", err), f.Close())
	}
	return m, nil
}

func (m *Marks) read() error {
	var b [2 * slot]byte
	if n, err := m.f.ReadAt(b[:], 0); n < len(b) && n > 0 {
		return err
	}
	for i := range int64(2) {
		s := b[i*slot:][:slot]
		if crc32.Checksum(s[:16], castagnoli) != binary.BigEndian.Uint32(s[16:]) {
			continue
		}
		it := Mark{int64(binary.BigEndian.Uint64(s)), int64(binary.BigEndian.Uint64(s[8:]))}
		if it.Commits >= m.last.Commits {
			m.last, m.next = it, 1-i
		}
	}
	return nil
}

// Last is the mark as it was read, or last put.
func (m *Marks) Last() Mark { return m.last }

// Put keeps a mark; when it comes back it is on the disk. The greatest seq of the
// one before stays, where it is greater.
func (m *Marks) Put(it Mark) error {
	it.Seq = max(it.Seq, m.last.Seq)
	var s [slot]byte
	binary.BigEndian.PutUint64(s[:], uint64(it.Commits))
	binary.BigEndian.PutUint64(s[8:], uint64(it.Seq))
	binary.BigEndian.PutUint32(s[16:], crc32.Checksum(s[:16], castagnoli))
	if _, err := m.f.WriteAt(s[:], m.next*slot); err != nil {
		return fmt.Errorf("write the mark: %w", err)
	}
	if err := m.f.Sync(); err != nil {
		return fmt.Errorf("write the mark: %w", err)
	}
	m.last, m.next = it, 1-m.next
	return nil
}

// Close closes the file.
func (m *Marks) Close() error { return m.f.Close() }
