package desk

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/xuri/excelize/v2"

	"earshot/server/atomicfile"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// A Written is one file of an export.
type Written struct {
	Name string `json:"name"`
	Rows int    `json:"rows"` // records, the header not counted
}

// workbookName is the name of everything in one file, but for its ending.
const workbookName = "earshot"

// Export writes every collection of a DAT into a directory, which it makes where
// it is not there: COLLECTION.csv each, and earshot.xlsx with a sheet each. Files
// of the same name are replaced, each in one step, and nobody else on the
// machine may read them. Records come in the order in which they were made; what
// is gone is gone from here too.
func Export(ctx context.Context, s *store.Store, dat store.DAT, dir string) ([]Written, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("desk: making the directory: %w", err)
	}
	// Before a word leaves, so that no export goes unnoted.
	if err := s.Note(ctx, store.AuditRow{DAT: dat.Num, What: exported}); err != nil {
		return nil, fmt.Errorf("desk: noting the export in the audit: %w", err)
	}
	book := newBook(dir)
	defer book.Close()
	var files []Written
	total := 0
	for n, c := range programme.Schema().Collections {
		t := wholeTable(c)
		rows, err := exportCollection(ctx, s, dat, t, filepath.Join(dir, c.Name+".csv"), newSheet(book, t, n == 0))
		if err != nil {
			return files, fmt.Errorf("desk: writing %s: %w", c.Name, err)
		}
		files = append(files, Written{c.Name + ".csv", rows})
		total += rows
	}
	const name = workbookName + ".xlsx"
	if err := atomicfile.Write(filepath.Join(dir, name), func(w io.Writer) error { return writeBook(book, w) }); err != nil {
		return files, fmt.Errorf("desk: writing %s: %w", name, err)
	}
	return append(files, Written{name, total}), nil
}

// exported is what the audit says of every export.
const exported = "exported"

// exportCollection writes one collection to both, out of one consistent state.
func exportCollection(ctx context.Context, s *store.Store, dat store.DAT, t *table, path string, sheet *sheet) (rows int, err error) {
	err = atomicfile.Write(path, func(w io.Writer) error {
		lines := csv.NewWriter(w)
		if err := errors.Join(lines.Write(t.columns), sheet.begin()); err != nil {
			return err
		}
		err := s.Each(ctx, dat.Num, t.of.Name, func(r *record.Record) error {
			rows++
			text, typed := t.row(r)
			return errors.Join(sheet.write(typed), lines.Write(text))
		})
		lines.Flush()
		return errors.Join(err, lines.Error(), sheet.end())
	})
	return rows, err
}

// newBook begins a workbook. What does not fit in memory lies in files of its own
// meanwhile, in this directory, until the book is closed.
func newBook(dir string) *excelize.File {
	return excelize.NewFile(excelize.Options{TmpDir: dir})
}

// writeBook writes a workbook out as it goes. The library's own way makes the whole
// file in memory first.
func writeBook(book *excelize.File, w io.Writer) error {
	book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	_, err := book.WriteToBuffer()
	return err
}
