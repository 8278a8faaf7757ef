package desk

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"earshot/server/identity"
	"earshot/server/jsonbody"
	"earshot/server/problem"
	"earshot/server/store"
)

const (
	// mostFile is how large a file may be that is brought in.
	mostFile = 10 << 20
	// shownRows is how many rows a preview shows, and shownRefused of how many that
	// would be refused it says why.
	shownRows, shownRefused = 5, 50
	// imported is what the audit says of every file that is brought in.
	imported = "imported"
)

var (
	errSheet     = problem.New(http.StatusUnprocessableEntity, "file_unreadable", "Choose a CSV or a workbook (.xlsx) whose first row names its columns, of 20,000 rows and 100 columns at most.")
	errMapping   = problem.New(http.StatusUnprocessableEntity, "columns_missing", "Say which columns hold the date, the service and the words: each by its number, counted from 0, and none twice.")
	errImporting = problem.New(http.StatusTooManyRequests, "import_running", "A file is being brought in already. Wait until it has ended, then try again.").After(5 * time.Second)
)

// Imports answers for older spreadsheets that the desk brings in: first what would
// become of one, then it becomes that. It goes the road that the command's import goes.
type Imports struct {
	store *store.Store
	now   func() time.Time
	// busy are the DATs that bring a file in: two at once would make a service twice.
	busy sync.Map
}

// NewImports makes an Imports.
func NewImports(s *store.Store, now func() time.Time) *Imports { return &Imports{store: s, now: now} }

// importOutcome is what became of a file, or would.
type importOutcome struct {
	Imported
	// RefusedRows is how many were refused; Refused has the first of them.
	RefusedRows int      `json:"refused_rows"`
	Services    []string `json:"services"`
	Themes      []string `json:"themes"`
}

// Preview answers POST /v1/import/preview: a form with the file, "columns" and
// "service" as in [Imports.Post]; without "columns" these are guessed. It says which
// columns there are, the first rows, which column is taken for what, and what would
// become of the rows. Nothing is changed.
func (i *Imports) Preview(c echo.Context) error {
	sheet, m, err := i.read(c)
	if err != nil {
		return err
	}
	if m == nil {
		m = Guess(sheet.Columns)
	}
	answer := struct {
		Columns []string       `json:"columns"`
		First   [][]string     `json:"first"`
		Rows    int            `json:"rows"`
		Mapping Mapping        `json:"mapping"`
		Missing []string       `json:"missing"`
		Would   *importOutcome `json:"would"` // null while a column is missing
	}{Columns: []string{}, First: sheet.First(shownRows), Rows: len(sheet.Rows), Mapping: m, Missing: m.Missing()}
	for _, column := range sheet.Columns {
		answer.Columns = append(answer.Columns, shortened(column))
	}
	if len(answer.Missing) == 0 {
		if answer.Would, err = i.take(c, sheet, m, true); err != nil {
			return err
		}
	}
	return jsonbody.Send(c, http.StatusOK, answer)
}

// Post answers POST /v1/import: a form with "file", "columns" (as JSON, the number of
// the column of each of [Parts]) and "service", the name of the service of rows that
// name none. Brought in twice, a file changes nothing.
func (i *Imports) Post(c echo.Context) error {
	sheet, m, err := i.read(c)
	if err != nil {
		return err
	}
	if m == nil || len(m.Missing()) > 0 {
		return errMapping
	}
	by := identity.CallerOf(c)
	if _, running := i.busy.LoadOrStore(by.DAT, true); running {
		return errImporting
	}
	defer i.busy.Delete(by.DAT)
	note := store.AuditRow{DAT: by.DAT, Device: by.Device, Member: by.Member, What: imported, Collection: "view"}
	if err := i.store.Note(c.Request().Context(), note); err != nil {
		return problem.Unavailable.Because(err)
	}
	outcome, err := i.take(c, sheet, m, false)
	if err != nil {
		return err
	}
	return jsonbody.Send(c, http.StatusOK, outcome)
}

// read reads a request's file and columns; no mapping where none is said.
func (i *Imports) read(c echo.Context) (*Spreadsheet, Mapping, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, mostFile)
	if err := r.ParseMultipartForm(mostFile); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return nil, nil, err
		}
		return nil, nil, errSheet.Because(err)
	}
	defer r.MultipartForm.RemoveAll()
	file, _, err := r.FormFile("file")
	if err != nil {
		return nil, nil, errSheet.Because(err)
	}
	defer file.Close()
	sheet, err := ReadSpreadsheet(file)
	if err != nil {
		return nil, nil, errSheet.Because(err)
	}
	columns := r.FormValue("columns")
	if columns == "" {
		return sheet, nil, nil
	}
	var m Mapping
	if err := json.Unmarshal([]byte(columns), &m); err != nil || m == nil || !m.fits(sheet) {
		return nil, nil, errMapping
	}
	return sheet, m, nil
}

// fits says whether a mapping names parts and columns that there are, each once.
func (m Mapping) fits(s *Spreadsheet) bool {
	known, taken := 0, map[int]bool{}
	for _, part := range Parts {
		if column, ok := m[part]; ok {
			if column < 0 || column >= len(s.Columns) || taken[column] {
				return false
			}
			taken[column] = true
			known++
		}
	}
	return known == len(m)
}

func (i *Imports) take(c echo.Context, sheet *Spreadsheet, m Mapping, dry bool) (*importOutcome, error) {
	by, ctx := identity.CallerOf(c), c.Request().Context()
	dat, err := i.store.DATByNum(ctx, by.DAT)
	if err != nil {
		return nil, problem.Unavailable.Because(err)
	}
	into := Import{
		Store: i.store, DAT: dat, Service: strings.TrimSpace(c.FormValue("service")),
		Now: i.now(), Random: rand.Reader, By: by.Member, Dry: dry,
	}
	got, err := into.Take(ctx, sheet.Views(m))
	if err != nil {
		return nil, problem.Unavailable.Because(err)
	}
	outcome := &importOutcome{Imported: got, RefusedRows: len(got.Refused), Services: got.Services, Themes: got.Themes}
	outcome.Refused = got.Refused[:min(shownRefused, len(got.Refused))]
	return outcome, nil
}
