// Package atomicfile writes a file whole or not at all, for its owner alone: what
// is exported and printed here holds people's words and their codes, and a half of
// it must neither stay behind nor take an older file's place.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write writes a file beside its place and moves it there when it is whole and on
// the disk. Where that fails, what stood there stays as it was.
func Write(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".earshot-*") // made 0600
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
