package desk

import (
	"errors"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// A sheet takes the rows of one collection into a workbook, in as many sheets as
// they need: "view", "view 2", …
type sheet struct {
	book    *excelize.File
	name    string
	first   bool // of the workbook, which comes with one
	columns []string
	most    int // rows that a sheet holds, its header counted; what is more goes on another one

	parts, rows int
	to          *excelize.StreamWriter
}

// newSheet makes the sheet of a table; first, of a workbook that has none yet.
func newSheet(book *excelize.File, t *table, first bool) *sheet {
	return &sheet{book: book, name: t.of.Name, first: first, columns: t.columns, most: excelize.TotalRows}
}

// begin opens the next sheet and writes its header.
func (s *sheet) begin() error {
	if s.to != nil {
		if err := s.end(); err != nil {
			return err
		}
	}
	s.parts++
	name := s.name
	if s.parts > 1 {
		name = fmt.Sprint(s.name, " ", s.parts)
	}
	var err error
	if s.first && s.parts == 1 {
		err = s.book.SetSheetName("Sheet1", name)
	} else {
		_, err = s.book.NewSheet(name)
	}
	if err != nil {
		return fmt.Errorf("a sheet for %s: %w", name, err)
	}
	if s.to, err = s.book.NewStreamWriter(name); err != nil {
		return fmt.Errorf("a sheet for %s: %w", name, err)
	}
	s.rows = 0
	header := make([]any, len(s.columns))
	for i, c := range s.columns {
		header[i] = c
	}
	return errors.Join(
		s.to.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}),
		s.put(header),
	)
}

// write adds a row.
func (s *sheet) write(row []any) error {
	if s.rows >= s.most {
		if err := s.begin(); err != nil {
			return err
		}
	}
	return s.put(row)
}

func (s *sheet) put(row []any) error {
	s.rows++
	return s.to.SetRow(fmt.Sprint("A", s.rows), row)
}

func (s *sheet) end() error { return s.to.Flush() }
