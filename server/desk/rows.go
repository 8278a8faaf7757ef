package desk

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// ErrColumns is given for a file that lacks a column it must have.
var ErrColumns = errors.New("the first row must name the columns date, service and words (and may name themes, sentiment, method, kind)")

// A row is one row of a file, as it stands there, its cells trimmed.
type row struct {
	number                                        int // the first below the header is 1
	date, service, words, sentiment, method, kind string
	themes                                        []string
}

// readRows reads a whole file. Rows of nothing but empty cells are left out.
func readRows(file io.Reader) ([]row, error) {
	buffered := bufio.NewReader(file)
	// Spreadsheets put a byte order mark before the first column's name.
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		if _, err := buffered.Discard(3); err != nil {
			return nil, fmt.Errorf("desk: reading the file: %w", err)
		}
	}
	lines := csv.NewReader(buffered)
	lines.FieldsPerRecord = -1 // spreadsheets leave empty cells at the end out
	header, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return nil, ErrColumns
	}
	if err != nil {
		return nil, fmt.Errorf("the file is no CSV: %w", err)
	}
	column := map[string]int{}
	for i, name := range header {
		column[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, must := range []string{"date", "service", "words"} {
		if _, ok := column[must]; !ok {
			return nil, fmt.Errorf("there is no column %q: %w", must, ErrColumns)
		}
	}
	var rows []row
	for number := 1; ; number++ {
		cells, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the file is no CSV: %w", err)
		}
		cell := func(name string) string {
			if i, ok := column[name]; ok && i < len(cells) {
				return strings.TrimSpace(cells[i])
			}
			return ""
		}
		r := row{
			number: number,
			date:   cell("date"), service: cell("service"), words: cell("words"),
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
}

func (r row) cells() []string {
	return append([]string{r.date, r.service, r.words, r.sentiment, r.method, r.kind}, r.themes...)
}

// hash tells rows apart by what stands in them, within one DAT.
func (r row) hash(dat string) [32]byte {
	h := sha256.New()
	for _, cell := range append([]string{dat}, r.cells()...) {
		h.Write(binary.AppendUvarint(nil, uint64(len(cell))))
		io.WriteString(h, cell)
	}
	return [32]byte(h.Sum(nil))
}

// dates are the ways in which a spreadsheet writes one. A time of day is dropped.
var dates = []string{time.DateOnly, time.RFC3339Nano, time.DateTime, "2006-01-02T15:04:05", "02/01/2006", "2/1/2006", "02/01/2006 15:04"}

// readDate gives noon UTC of a day, which lies in the same ISO week wherever one looks from.
func readDate(text string) (time.Time, bool) {
	for _, layout := range dates {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1900 {
			return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC), true
		}
	}
	return time.Time{}, false
}

// latestDate is the date of rows that have none; zero where no row has one.
func latestDate(rows []row) time.Time {
	var latest time.Time
	for _, r := range rows {
		if t, ok := readDate(r.date); ok && t.After(latest) {
			latest = t
		}
	}
	return latest
}
