package desk

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

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

// Export writes every collection of a DAT into a directory, which it makes where
// it is not there: COLLECTION.csv each, and earshot.xlsx with a sheet each. Files
// of the same name are replaced, each in one step, and nobody else on the
// machine may read them.
//
// A column is a field; sets are joined by "|", objects and logs are JSON. Records
// come in the order in which they were made; what is gone is gone from here too.
func Export(ctx context.Context, s *store.Store, dat store.DAT, dir string) ([]Written, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("desk: making the directory: %w", err)
	}
	// Before a word leaves, so that no export goes unnoted.
	if err := s.Note(ctx, store.AuditRow{DAT: dat.Num, What: "exported"}); err != nil {
		return nil, fmt.Errorf("desk: noting the export in the audit: %w", err)
	}
	// What does not fit in memory lies in files of its own meanwhile: in this
	// directory, that nobody else may read.
	book := excelize.NewFile(excelize.Options{TmpDir: dir})
	defer book.Close()
	var files []Written
	total := 0
	for n, c := range programme.Schema().Collections {
		sheet := &sheet{book: book, name: c.Name, first: n == 0, most: excelize.TotalRows}
		rows, err := exportCollection(ctx, s, dat, c, filepath.Join(dir, c.Name+".csv"), sheet)
		if err != nil {
			return files, fmt.Errorf("desk: writing %s: %w", c.Name, err)
		}
		files = append(files, Written{c.Name + ".csv", rows})
		total += rows
	}
	const name = "earshot.xlsx"
	if err := atomicfile.Write(filepath.Join(dir, name), func(w io.Writer) error { return book.Write(w) }); err != nil {
		return files, fmt.Errorf("desk: writing %s: %w", name, err)
	}
	return append(files, Written{name, total}), nil
}

// exportCollection writes one collection to both, out of one consistent state.
func exportCollection(ctx context.Context, s *store.Store, dat store.DAT, c *record.Collection, path string, sheet *sheet) (rows int, err error) {
	columns := []string{"id"}
	var fields []int
	for i, f := range c.Fields {
		if !f.Private {
			columns, fields = append(columns, f.Name), append(fields, i)
		}
	}
	sheet.columns = columns
	err = atomicfile.Write(path, func(w io.Writer) error {
		lines := csv.NewWriter(w)
		if err := errors.Join(lines.Write(columns), sheet.begin()); err != nil {
			return err
		}
		cells, typed := make([]string, len(columns)), make([]any, len(columns))
		err := s.Each(ctx, dat.Num, c.Name, func(r *record.Record) error {
			rows++
			cells[0], typed[0] = r.ID, r.ID
			for at, i := range fields {
				f, v := &c.Fields[i], r.Fields[i]
				cells[at+1] = cell(f, v)
				typed[at+1] = cells[at+1]
				if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && f.Type == record.Integer {
					typed[at+1] = n
				}
			}
			return errors.Join(sheet.write(typed), lines.Write(cells))
		})
		lines.Flush()
		return errors.Join(err, lines.Error(), sheet.end())
	})
	return rows, err
}

// cell is a value as a person reads it in a spreadsheet, and as no spreadsheet
// runs it.
func cell(f *record.Field, v record.Value) string {
	switch {
	case v.Absent():
		return ""
	case f.Kind == record.Set:
		var list []string
		if err := json.Unmarshal([]byte(v), &list); err == nil {
			return unformula(strings.Join(list, "|"))
		}
		return string(v)
	case f.Kind == record.Log || f.Type == record.Object || f.Type == record.Integer || f.Type == record.Boolean:
		return string(v)
	}
	return unformula(v.Text())
}

// unformula keeps a spreadsheet from running what a person said: a text that
// begins like a formula gets an apostrophe before it. In a workbook too: its
// cells are text and run nothing, until somebody saves it as CSV.
func unformula(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) { // wide ones too: some spreadsheets take them for the same
		return "'" + text
	}
	return text
}
