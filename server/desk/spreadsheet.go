package desk

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Bounds of a spreadsheet that is brought in at the desk. What is larger is brought in
// by parts, or by whoever runs the server.
const (
	mostRows, mostColumns = 20_000, 100
	// mostUnzipped and mostPart are how large a workbook may be unpacked, and any part
	// of it that is read at once: small files can hold very much of nothing.
	mostUnzipped, mostPart = 64 << 20, 32 << 20
)

var (
	errTooLong  = fmt.Errorf("the file has more than %d rows or %d columns: bring it in by parts", mostRows, mostColumns)
	errNoSheet  = errors.New("the file is neither a CSV nor a workbook (.xlsx): save it as one of these and choose it again")
	errNoHeader = errors.New("the first row names the columns, and there is none")
)

// A Spreadsheet is a file as it stands there: the cells of its first row, which name
// the columns, and those below, trimmed.
type Spreadsheet struct {
	Columns []string
	Rows    [][]string // as many cells as the file has in that row
	numbers []int      // of each row; the first below the header is 1
}

// ReadSpreadsheet reads a CSV, or the first sheet of a workbook. Rows of nothing but
// empty cells are left out, and counted.
func ReadSpreadsheet(file io.Reader) (*Spreadsheet, error) {
	buffered := bufio.NewReader(file)
	if head, err := buffered.Peek(4); err == nil && string(head) == "PK\x03\x04" {
		return readWorkbook(buffered)
	}
	return readCSV(buffered, mostRows)
}

func readCSV(file *bufio.Reader, most int) (*Spreadsheet, error) {
	// Spreadsheets put a byte order mark before the first column's name.
	if mark, err := file.Peek(3); err == nil && string(mark) == "\ufeff" {
		if _, err := file.Discard(3); err != nil {
			return nil, fmt.Errorf("desk: reading the file: %w", err)
		}
	}
	lines := csv.NewReader(file)
	lines.Comma = separator(file)
	lines.FieldsPerRecord = -1 // spreadsheets leave empty cells at the end out
	return readRowsOf(most, func() ([]string, error) {
		cells, err := lines.Read()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("the file is no CSV: %w", err)
		}
		return cells, err
	})
}

// separator is what stands between the cells of the first row: a spreadsheet writes
// what its country is used to.
func separator(file *bufio.Reader) rune {
	head, _ := file.Peek(2048) // a shorter file gives what there is
	line, _, _ := strings.Cut(string(head), "\n")
	best := ','
	for _, other := range ";\t" {
		if strings.Count(line, string(other)) > strings.Count(line, string(best)) {
			best = other
		}
	}
	return best
}

// readWorkbook reads numbers as they are kept, and dates with them: how they are
// shown differs from machine to machine.
func readWorkbook(file io.Reader) (*Spreadsheet, error) {
	book, err := excelize.OpenReader(file, excelize.Options{RawCellValue: true, UnzipSizeLimit: mostUnzipped, UnzipXMLSizeLimit: mostPart})
	if err != nil {
		return nil, errNoSheet
	}
	defer book.Close()
	sheets := book.GetSheetList()
	if len(sheets) == 0 {
		return nil, errNoSheet
	}
	rows, err := book.Rows(sheets[0])
	if err != nil {
		return nil, errNoSheet
	}
	defer rows.Close()
	return readRowsOf(mostRows, func() ([]string, error) {
		if !rows.Next() {
			if rows.Error() != nil {
				return nil, errNoSheet
			}
			return nil, io.EOF
		}
		cells, err := rows.Columns()
		if err != nil {
			return nil, errNoSheet
		}
		return cells, nil
	})
}

func readRowsOf(most int, next func() ([]string, error)) (*Spreadsheet, error) {
	header, err := next()
	if errors.Is(err, io.EOF) {
		return nil, errNoHeader
	}
	if err != nil {
		return nil, err
	}
	if len(header) > mostColumns {
		return nil, errTooLong
	}
	s := &Spreadsheet{Columns: trimmed(header)}
	for number := 1; ; number++ {
		cells, err := next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		if cells = trimmed(cells); strings.Join(cells, "") == "" {
			continue
		}
		if len(s.Rows) >= most || len(cells) > mostColumns {
			return nil, errTooLong
		}
		s.Rows, s.numbers = append(s.Rows, cells), append(s.numbers, number)
	}
}

func trimmed(cells []string) []string {
	out := make([]string, len(cells))
	for i, cell := range cells {
		out[i] = strings.TrimSpace(cell)
	}
	return out
}

// A Mapping says in which column each part of a view stands, counted from 0: date,
// service and words, and where there are any themes, sentiment, method and kind.
type Mapping map[string]int

// Parts are what a column may be, those first that a file must have.
var Parts = []string{"date", "service", "words", "themes", "sentiment", "method", "kind"}

// must is how many of [Parts] a file must have.
const must = 3

// called are names that people give to columns, beside our own.
var called = map[string][]string{
	"date":      {"when", "day", "heard", "received", "timestamp", "heard on", "date heard", "date received"},
	"service":   {"where", "place", "site", "agency", "location", "provider", "project", "service name"},
	"words":     {"comment", "comments", "feedback", "view", "views", "what was said", "what they said", "said", "text", "answer", "response", "quote", "details"},
	"themes":    {"theme", "topic", "topics", "category", "categories", "subject", "code", "codes"},
	"sentiment": {"score", "rating", "feeling"},
	"method":    {"channel", "how", "source", "how heard", "collected by"},
	"kind":      {"type", "feedback type", "type of feedback"},
}

// Guess finds what the columns may be by their names, each once.
func Guess(columns []string) Mapping {
	m, taken := Mapping{}, map[int]bool{}
	find := func(part, name string) {
		for i, column := range columns {
			if _, found := m[part]; !found && !taken[i] && named(column) == name {
				m[part], taken[i] = i, true
			}
		}
	}
	for _, part := range Parts {
		find(part, part)
	}
	for _, part := range Parts {
		for _, name := range called[part] {
			find(part, name)
		}
	}
	return m
}

// Missing are the parts that a file must have and that this one lacks.
func (m Mapping) Missing() []string {
	missing := []string{}
	for _, part := range Parts[:must] {
		if _, ok := m[part]; !ok {
			missing = append(missing, part)
		}
	}
	return missing
}

// rows gives what a mapping makes of each row.
func (s *Spreadsheet) rows(m Mapping) []row {
	rows := make([]row, 0, len(s.Rows))
	for n, cells := range s.Rows {
		cell := func(part string) string {
			if i, ok := m[part]; ok && i >= 0 && i < len(cells) {
				return cells[i]
			}
			return ""
		}
		r := row{
			number: s.numbers[n],
			date:   plainDate(cell("date")), service: cell("service"), words: cell("words"),
			sentiment: cell("sentiment"), method: cell("method"), kind: cell("kind"),
		}
		for _, theme := range strings.Split(cell("themes"), "|") {
			if theme = strings.TrimSpace(theme); theme != "" {
				r.themes = append(r.themes, theme)
			}
		}
		if strings.Join(r.cells(), "") != "" {
			rows = append(rows, r)
		}
	}
	return rows
}

// Views reads the rows as views.
func (s *Spreadsheet) Views(m Mapping) []View { return viewsOf(s.rows(m)) }

// First gives the first rows, each with a cell for each column, for somebody to see
// whether the columns are what they are taken for.
func (s *Spreadsheet) First(n int) [][]string {
	first := make([][]string, 0, n)
	for _, cells := range s.Rows[:min(n, len(s.Rows))] {
		line := make([]string, len(s.Columns))
		for i := range line {
			if i < len(cells) {
				line[i] = shortened(cells[i])
			}
		}
		first = append(first, line)
	}
	return first
}

// shortened is as much of a cell as a preview shows.
func shortened(cell string) string {
	const most = 120
	cell = strings.ToValidUTF8(cell, "�")
	if utf8.RuneCountInString(cell) <= most {
		return cell
	}
	return string([]rune(cell)[:most]) + "…"
}
