package desk

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

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
	return viewsOf(rows), nil
}

func viewsOf(rows []row) []View {
	latest := latestDate(rows)
	views := make([]View, len(rows))
	for i, r := range rows {
		views[i] = r.view(latest)
	}
	return views
}

// hash tells views apart by what stands in their rows, within one DAT.
func (v View) hash(dat string) [32]byte { return v.row.hash(dat) }

// A row is one row of a file, as it stands there, its cells trimmed.
type row struct {
	number                                        int // the first below the header is 1
	date, service, words, sentiment, method, kind string
	themes                                        []string
}

// readRows reads a CSV whose columns have our own names.
func readRows(file io.Reader) ([]row, error) {
	sheet, err := readCSV(bufio.NewReader(file), math.MaxInt)
	if errors.Is(err, errNoHeader) {
		return nil, ErrColumns
	}
	if err != nil {
		return nil, err
	}
	m := Mapping{}
	for i, name := range sheet.Columns {
		m[strings.ToLower(name)] = i
	}
	for _, part := range m.Missing() {
		return nil, fmt.Errorf("there is no column %q: %w", part, ErrColumns)
	}
	return sheet.rows(m), nil
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

// plainDate writes a date that a workbook keeps as a number of days, as a person
// writes it; any other text it leaves alone.
func plainDate(text string) string {
	days, err := strconv.ParseFloat(text, 64)
	if err != nil || days < firstDay || days > lastDay {
		return text
	}
	at, err := excelize.ExcelDateToTime(days, false)
	if err != nil {
		return text
	}
	return at.Format(time.DateOnly)
}

// firstDay and lastDay are 1982-01-01 and 2119-02-06 as workbooks count days: a number
// between them is no year and no day of a month.
const firstDay, lastDay = 29_952, 80_000

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
