// Package ledger keeps, beside the database, what no older copy of the database
// may undo: what was taken back, erased or narrowed, which devices were revoked,
// which codes were used, and how far the history had come (protocol section 6).
//
// The ledger is a file that is only ever added to. An entry is on the disk before
// the commit that it speaks of. The [Mark] is a second, small file, which says how
// many commits there were and the last seq that was given; it is on the disk before
// a commit is answered. Neither holds a word: ids, the values of enums, hashes.
//
// A line is the CRC-32C of the rest, a blank, and the entry as JSON. A line that a
// crash has torn is passed by: its commit was never answered.
package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/go-json-experiment/json"
)

// Names of the two files in the data directory.
const (
	File     = "earshot.ledger"
	MarkFile = "earshot.mark"
)

// A Kind says what an entry keeps.
type Kind string

// The kinds of entry.
const (
	Withdrawn Kind = "withdrawn" // a record is gone
	Waits     Kind = "waits"     // a withdrawal, by Member, of what was not here
	Receipt   Kind = "receipt"   // a withdrawal that waits for the receipt with this Hash; By says where it came from
	Redacted  Kind = "redacted"  // Fields were erased, by op N of Device; of a log, Values are the ids of entries
	Narrowed  Kind = "narrowed"  // a field that decides who sees has Values now: narrower, or wider again
	Revoked   Kind = "revoked"   // a device
	Used      Kind = "used"      // the code with this Hash, by Device
)

// An Entry is one thing that a restored backup may not undo.
type Entry struct {
	Kind       Kind     `json:"kind"`
	At         int64    `json:"at"` // of the change, in microseconds
	DAT        string   `json:"dat,omitzero"`
	Collection string   `json:"c,omitzero"`
	Record     string   `json:"r,omitzero"`
	Fields     []string `json:"f,omitzero"`
	Values     []string `json:"v,omitzero"`
	Member     string   `json:"member,omitzero"`
	Device     string   `json:"device,omitzero"`
	N          int64    `json:"n,omitzero"`
	Hash       []byte   `json:"hash,omitzero"`
	By         string   `json:"by,omitzero"`
}

// A Ledger is the file, open. It is for one goroutine at a time; another process may
// add to the same file, as long as the two take turns (the database's write lock sees to that).
type Ledger struct {
	f *os.File
}

// Open opens the ledger of a directory and makes it where there is none; then made
// is true.
func Open(dir string) (l *Ledger, made bool, err error) {
	path := filepath.Join(dir, File)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		made = true
	} else if err != nil {
		return nil, false, fmt.Errorf("look for the ledger: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("open the ledger: %w", err)
	}
	if made {
		if err := syncDir(dir); err != nil {
			return nil, false, errors.Join(err, f.Close())
		}
	}
	return &Ledger{f: f}, made, nil
}

// Close closes the file.
func (l *Ledger) Close() error { return l.f.Close() }

// Append adds entries; when it comes back they are on the disk. It gives where the
// file ends then.
func (l *Ledger) Append(entries []Entry) (end int64, err error) {
	var b bytes.Buffer
	if torn, err := l.torn(); err != nil {
		return 0, err
	} else if torn {
		b.WriteByte('\n')
	}
	for i := range entries {
		text, err := json.Marshal(&entries[i])
		if err != nil {
			return 0, fmt.Errorf("write the ledger: %w", err)
		}
		fmt.Fprintf(&b, "%08x %s\n", crc32.Checksum(text, castagnoli), text)
	}
	if _, err := l.f.Write(b.Bytes()); err != nil {
		return 0, fmt.Errorf("write the ledger: %w", err)
	}
	if err := l.f.Sync(); err != nil {
		return 0, fmt.Errorf("write the ledger: %w", err)
	}
	return l.end()
}

// torn says whether the file ends in the middle of a line.
func (l *Ledger) torn() (bool, error) {
	end, err := l.end()
	if err != nil || end == 0 {
		return false, err
	}
	var last [1]byte
	if _, err := l.f.ReadAt(last[:], end-1); err != nil {
		return false, fmt.Errorf("read the ledger: %w", err)
	}
	return last[0] != '\n', nil
}

func (l *Ledger) end() (int64, error) {
	info, err := l.f.Stat()
	if err != nil {
		return 0, fmt.Errorf("look at the ledger: %w", err)
	}
	return info.Size(), nil
}

// Read gives the entries from a place on, which an earlier Append or Read has given,
// and where the file ends. A place beyond the end counts as the beginning: the file
// is not the one that it was.
func (l *Ledger) Read(from int64) (entries []Entry, end int64, err error) {
	if end, err = l.end(); err != nil {
		return nil, 0, err
	}
	if from > end {
		from = 0
	}
	text, err := io.ReadAll(io.NewSectionReader(l.f, from, end-from))
	if err != nil {
		return nil, 0, fmt.Errorf("read the ledger: %w", err)
	}
	return Parse(text), end, nil
}

// Parse gives the entries that can be read; a torn line is none.
func Parse(text []byte) []Entry {
	var entries []Entry
	for line := range bytes.Lines(text) {
		sum, rest, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		want, err := strconv.ParseUint(string(sum), 16, 32)
		if !ok || err != nil || uint32(want) != crc32.Checksum(rest, castagnoli) {
			continue
		}
		var e Entry
		if json.Unmarshal(rest, &e) == nil {
			entries = append(entries, e)
		}
	}
	return entries
}

// Merge gives one ledger out of two: where one goes on from the other, the longer one;
// else the first, and after it what the second alone holds.
func Merge(first, second []byte) []byte {
	switch {
	case bytes.HasPrefix(first, second):
		return first
	case bytes.HasPrefix(second, first):
		return second
	}
	out := bytes.Clone(first)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	known := map[string]bool{}
	for line := range bytes.Lines(first) {
		known[string(line)] = true
	}
	for line := range bytes.Lines(second) {
		if !known[string(line)] {
			out = append(out, line...)
		}
	}
	return out
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
