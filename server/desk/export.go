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
	"strings"

	"github.com/xuri/excelize/v2"

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
	book := excelize.NewFile()
	defer book.Close()
	var files []Written
	total := 0
	for n, c := range programme.Schema().Collections {
		sheet, err := newSheet(book, n, c.Name)
		if err != nil {
			return files, err
		}
		rows, err := exportCollection(ctx, s, dat, c, filepath.Join(dir, c.Name+".csv"), sheet)
		if err != nil {
			return files, fmt.Errorf("desk: writing %s: %w", c.Name, err)
		}
		files = append(files, Written{c.Name + ".csv", rows})
		total += rows
	}
	const name = "earshot.xlsx"
	if err := replace(filepath.Join(dir, name), func(w io.Writer) error { return book.Write(w) }); err != nil {
		return files, fmt.Errorf("desk: writing %s: %w", name, err)
	}
	return append(files, Written{name, total}), nil
}

func newSheet(book *excelize.File, n int, name string) (*excelize.StreamWriter, error) {
	var err error
	if n == 0 {
		err = book.SetSheetName("Sheet1", name)
	} else {
		_, err = book.NewSheet(name)
	}
	if err != nil {
		return nil, fmt.Errorf("desk: a sheet for %s: %w", name, err)
	}
	sheet, err := book.NewStreamWriter(name)
	if err != nil {
		return nil, fmt.Errorf("desk: a sheet for %s: %w", name, err)
	}
	return sheet, nil
}

// exportCollection writes one collection to both, out of one consistent state.
func exportCollection(ctx context.Context, s *store.Store, dat store.DAT, c *record.Collection, path string, sheet *excelize.StreamWriter) (rows int, err error) {
	columns := []string{"id"}
	var fields []int
	for i, f := range c.Fields {
		if !f.Private {
			columns, fields = append(columns, f.Name), append(fields, i)
		}
	}
	err = replace(path, func(w io.Writer) error {
		lines := csv.NewWriter(w)
		if err := errors.Join(lines.Write(columns), setRow(sheet, 1, columns)); err != nil {
			return err
		}
		err := s.Each(ctx, dat.Num, c.Name, func(r *record.Record) error {
			rows++
			cells := []string{r.ID}
			for _, i := range fields {
				cells = append(cells, cell(c.Fields[i], r.Fields[i]))
			}
			if err := setRow(sheet, rows+1, cells); err != nil {
				return err
			}
			for i := range cells {
				cells[i] = unformula(cells[i])
			}
			return lines.Write(cells)
		})
		lines.Flush()
		return errors.Join(err, lines.Error(), sheet.Flush())
	})
	return rows, err
}

func setRow(sheet *excelize.StreamWriter, n int, cells []string) error {
	row := make([]any, len(cells))
	for i, text := range cells {
		row[i] = text
	}
	return sheet.SetRow(fmt.Sprintf("A%d", n), row)
}

// cell is a value as a person reads it in a spreadsheet.
func cell(f record.Field, v record.Value) string {
	switch {
	case v.Absent():
		return ""
	case f.Kind == record.Set:
		var list []string
		if err := json.Unmarshal([]byte(v), &list); err == nil {
			return strings.Join(list, "|")
		}
		return string(v)
	case f.Kind == record.Log || f.Type == record.Object || f.Type == record.Integer || f.Type == record.Boolean:
		return string(v)
	}
	return v.Text()
}

// unformula keeps a spreadsheet from running what a person said: a text that
// begins like a formula gets an apostrophe before it, which a spreadsheet hides.
// A workbook's cells have a type, and need none.
func unformula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) && !number(text) {
		return "'" + text
	}
	return text
}

// number says whether a text is a negative number, as feelings are.
func number(text string) bool {
	return len(text) > 1 && text[0] == '-' && strings.Trim(text[1:], "0123456789") == ""
}

// replace writes a file beside its place and moves it there when it is whole.
func replace(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".earshot-*") // 0600
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
