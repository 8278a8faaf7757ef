package desk

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"earshot/server/identity"
	"earshot/server/problem"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// Exports answers for what a member takes out of the app as a file: of each
// collection that they read because of their role, the records and fields that
// they see. What they read as themselves alone is theirs in the app, and in no file.
type Exports struct {
	store *store.Store
	dir   string
	log   *slog.Logger
	// busy are the members who have an export on its way: one at a time is what a
	// person needs, and nobody else waits for what more of them would cost.
	busy sync.Map
}

// NewExports makes an Exports that keeps what does not fit in memory, while a
// workbook is put together, in a directory of its own below the data directory.
// What a server that was killed had left there goes.
func NewExports(s *store.Store, data string, log *slog.Logger) (*Exports, error) {
	dir := filepath.Join(data, "exporting")
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return nil, fmt.Errorf("desk: making the directory of exports: %w", err)
	}
	return &Exports{store: s, dir: dir, log: log}, nil
}

// patience is how long a client that takes an export may take nothing of it.
const patience = time.Minute

var errBusy = problem.New(http.StatusTooManyRequests, "export_running", "An export of yours is still on its way. Wait until it has ended, then try again.").After(5 * time.Second)

// Get answers GET /v1/export/:file: COLLECTION.csv, COLLECTION.json and
// COLLECTION.xlsx, and with everything in one file earshot.json and earshot.xlsx.
func (e *Exports) Get(c echo.Context) error {
	by := identity.CallerOf(c)
	name, form, _ := strings.Cut(c.Param("file"), ".")
	f, known := forms[form]
	tables := tablesOf(programme.ByRole(by.Audiences), name)
	if !known || len(tables) == 0 || f.single && name == workbookName {
		return problem.NotFound
	}
	if _, running := e.busy.LoadOrStore(by.Member, true); running {
		return errBusy
	}
	defer e.busy.Delete(by.Member)
	// Before a word leaves, so that no export goes unnoted.
	note := store.AuditRow{DAT: by.DAT, Device: by.Device, Member: by.Member, What: exported}
	if name != workbookName {
		note.Collection = name
	}
	if err := e.store.Note(c.Request().Context(), note); err != nil {
		return problem.Unavailable.Because(err)
	}
	h := c.Response().Header()
	h.Set("Content-Type", f.media)
	h.Set("Content-Disposition", `attachment; filename="`+name+"."+form+`"`)
	h.Set("Cache-Control", "no-store")
	o := &outgoing{Exports: e, ctx: c.Request().Context(), reader: by.Reader(), tables: tables}
	o.reader.Audiences = programme.ByRole(by.Audiences)
	to := bufio.NewWriterSize(&patient{c.Response(), http.NewResponseController(c.Response())}, 64<<10)
	err := f.write(o, to)
	if err == nil {
		err = to.Flush()
	}
	if err == nil {
		return nil
	}
	if !c.Response().Committed {
		for _, name := range []string{"Content-Type", "Content-Disposition"} {
			h.Del(name)
		}
		return problem.Unavailable.Because(err)
	}
	// Half a file must not pass for a whole one: the connection breaks.
	e.log.Warn("an export was cut off", "error", err)
	panic(http.ErrAbortHandler)
}

// A form is how an export is written.
type form struct {
	media  string
	single bool // one collection is all that it holds
	write  func(*outgoing, io.Writer) error
}

var forms = map[string]form{
	"csv":  {"text/csv; charset=utf-8", true, (*outgoing).csv},
	"json": {echo.MIMEApplicationJSON, false, (*outgoing).json},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false, (*outgoing).xlsx},
}

// tablesOf gives the tables of one collection, or of all, that these audiences are
// ever let through to.
func tablesOf(audiences []string, name string) []*table {
	var tables []*table
	for _, c := range programme.Schema().Collections {
		if visible := c.Ever(audiences); visible != 0 && (name == workbookName || name == c.Name) {
			tables = append(tables, tableOf(c, visible))
		}
	}
	return tables
}

// An outgoing is one export.
type outgoing struct {
	*Exports
	ctx    context.Context
	reader store.Reader
	tables []*table
}

func (o *outgoing) each(t *table, f func(*record.Record) error) error {
	return o.store.EachSeen(o.ctx, o.reader, t.of.Name, f)
}

func (o *outgoing) csv(w io.Writer) error {
	t, lines := o.tables[0], csv.NewWriter(w)
	if err := lines.Write(t.columns); err != nil {
		return err
	}
	err := o.each(t, func(r *record.Record) error {
		text, _ := t.row(r)
		return lines.Write(text)
	})
	lines.Flush()
	return errors.Join(err, lines.Error())
}

// json writes {COLLECTION: [{"id", FIELD…}]}.
func (o *outgoing) json(w io.Writer) error {
	b := []byte{'{'}
	for n, t := range o.tables {
		if n > 0 {
			b = append(b, ",\n"...)
		}
		b = append(append(b, record.Text(t.of.Name)...), ":["...)
		first := true
		err := o.each(t, func(r *record.Record) error {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(append(b, "\n{\"id\":"...), record.Text(r.ID)...)
			if fields := record.AppendFields(nil, r, ^record.Mask(0)); len(fields) > len("{}") {
				b = append(append(b, ','), fields[1:]...)
			} else {
				b = append(b, '}')
			}
			_, err := w.Write(b)
			b = b[:0]
			return err
		})
		if err != nil {
			return err
		}
		b = append(b, ']')
	}
	_, err := w.Write(append(b, "}\n"...))
	return err
}

// xlsx puts a workbook together before its first byte goes: a workbook ends with
// what says where everything in it is.
func (o *outgoing) xlsx(w io.Writer) error {
	book := newBook(o.dir)
	defer book.Close()
	for n, t := range o.tables {
		sheet := newSheet(book, t, n == 0)
		if err := sheet.begin(); err != nil {
			return err
		}
		err := o.each(t, func(r *record.Record) error {
			_, typed := t.row(r)
			return sheet.write(typed)
		})
		if err := errors.Join(err, sheet.end()); err != nil {
			return err
		}
	}
	return writeBook(book, w)
}

// A patient writer waits for a client as long as it takes something now and then,
// where other answers have to be taken as a whole in a minute.
type patient struct {
	http.ResponseWriter
	line *http.ResponseController
}

func (p *patient) Write(b []byte) (int, error) {
	if err := p.line.SetWriteDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.ResponseWriter.Write(b)
}
