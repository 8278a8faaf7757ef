package desk

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"earshot/sync/record"
)

// ErrColumns is given for a file that lacks a column it must have.
var ErrColumns = errors.New("the first row must name the columns date, service and words (and may name themes, sentiment, method, kind)")

// A View is one row of a file, understood: what its view says, for whoever hands
// it in. How far the words may travel is not in it: that is the speaker's answer.
type View struct {
	Row     int       // the first below the header is 1
	At      time.Time // when it was heard
	Undated bool      // the row has no date of its own, and the file's latest instead
	// Service and Themes are as the file calls them; a [Directory] finds them.
	Service string
	Themes  []string
	Set     map[string]any // all other fields
	// Problem says why no view can be made of this row; then Set is nil.
	Problem *record.Problem

	row row
}

// ReadViews reads a CSV with the columns date, service and words, and optionally
// themes, sentiment, method and kind.
func ReadViews(file io.Reader) ([]View, error) {
	rows, err := readRows(file)
	if err != nil {
		return nil, err
	}
	latest := latestDate(rows)
	views := make([]View, len(rows))
	for i, r := range rows {
		views[i] = r.view(latest)
	}
	return views, nil
}

// hash tells views apart by what stands in their rows, within one DAT.
func (v View) hash(dat string) [32]byte { return v.row.hash(dat) }

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

// view reads a row. latest is the date of one that has none.
func (r row) view(latest time.Time) View {
	v := View{Row: r.number, Undated: r.date == "", Service: r.service, Themes: r.themes, row: r}
	refuse := func(code, field, message string) View {
		v.Problem = &record.Problem{Code: code, Field: field, Message: message}
		return v
	}
	for _, text := range r.cells() {
		if !utf8.ValidString(text) {
			return refuse(record.WrongType, "", "This row is not in UTF-8. Save the file as \"CSV UTF-8\" and import it again.")
		}
	}
	v.At = latest
	if !v.Undated {
		var ok bool
		if v.At, ok = readDate(r.date); !ok {
			return refuse(record.WrongType, "at", "Write the date like 2024-05-31.")
		}
	} else if latest.IsZero() {
		return refuse(record.MissingField, "at", "No row of this file has a date. Write at least one, like 2024-05-31.")
	}
	set := map[string]any{"at": record.At(v.At).String(), "method": "surv", "kind": "idea"}
	if r.method != "" {
		set["method"] = strings.ToLower(r.method)
	}
	if r.words == "" && len(r.themes) == 0 {
		return refuse(record.NotARule, "words", "Write down the words, or name at least one theme.")
	}
	if r.words != "" {
		set["words"] = r.words
	}
	if r.sentiment != "" {
		sentiment, err := strconv.Atoi(r.sentiment)
		if err != nil || sentiment < 1 || sentiment > 5 {
			return refuse(record.WrongType, "feeling", "The sentiment is a number from 1, very positive, to 5, very negative. Leave it empty where nobody knows.")
		}
		set["feeling"] = 3 - sentiment
		switch {
		case sentiment <= 2:
			set["kind"] = "praise"
		case sentiment >= 4:
			set["kind"] = "concern"
		}
	}
	if r.kind != "" {
		set["kind"] = strings.ToLower(r.kind)
	}
	v.Set = set
	return v
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
