package desk

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// importBatch is how many views go into one commit: enough to be quick, few
// enough that phones of a running server are not kept waiting.
const importBatch = 500

// unsaid is the service of a row that names none.
const unsaid = "Not stated"

// An Import is one file on its way in.
type Import struct {
	Store *store.Store
	DAT   store.DAT
	// Service is the name of the service of rows that name none; "" for "Not stated".
	Service string
	// Now is when the import is run, and Random makes the ids of services and
	// themes that are made.
	Now    time.Time
	Random io.Reader
}

// Imported is what became of a file.
type Imported struct {
	Rows         int          `json:"rows"`
	Taken        int          `json:"taken"`
	Same         int          `json:"same"` // here already, from an earlier run
	Refused      []RefusedRow `json:"refused"`
	Undated      int          `json:"undated"` // have no date of their own, and the file's latest instead
	ServicesMade int          `json:"services_made"`
	ThemesMade   int          `json:"themes_made"`
}

// A RefusedRow is a row that was not taken. The first row below the header is 1.
type RefusedRow struct {
	Row     int    `json:"row"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Run takes the views of a CSV in. A second run over the same file changes
// nothing: a row's id comes from what stands in it, and from how many equal rows
// stand above it. So an interrupted run is simply run again.
func (i Import) Run(ctx context.Context, file io.Reader) (Imported, error) {
	rows, err := readRows(file)
	if err != nil {
		return Imported{}, err
	}
	known, err := i.directory(ctx)
	if err != nil {
		return Imported{}, err
	}
	run := importing{Import: i, known: known, outcome: Imported{Rows: len(rows), Refused: []RefusedRow{}}}
	latest := latestDate(rows)
	equal := map[[32]byte]int{}
	for n := range rows {
		key := rows[n].hash(i.DAT.ID)
		equal[key]++
		if err := run.take(ctx, rows[n].number, rows[n], key, equal[key], latest); err != nil {
			return run.outcome, err
		}
	}
	return run.outcome, run.commit(ctx)
}

// importing is a run in the middle.
type importing struct {
	Import
	known   *directory
	outcome Imported
	ops     []*record.Op
	rows    []int // of each op
}

// take prepares one row's op, with the services and themes that it needs.
func (i *importing) take(ctx context.Context, number int, r row, key [32]byte, occurrence int, latest time.Time) error {
	refuse := func(p *record.Problem) error {
		i.outcome.Refused = append(i.outcome.Refused, RefusedRow{number, p.Code, p.Message})
		return nil
	}
	view, problem := r.view(latest)
	if problem != nil {
		return refuse(problem)
	}
	if r.date == "" {
		i.outcome.Undated++
	}
	id := rowID(key, occurrence, view.at)
	switch _, err := i.Store.Record(ctx, i.DAT.Num, "view", id); {
	case err == nil: // gone ones too: what was taken back stays so
		i.outcome.Same++
		return nil
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("desk: looking for an earlier import: %w", err)
	}
	// Judged before anything is made for it: a refused row leaves no service behind.
	if _, problem := i.view(view, id, uuid.Nil.String(), nil); problem != nil {
		return refuse(problem)
	}
	service, problem, err := i.service(ctx, r.service)
	if problem != nil {
		return refuse(problem)
	}
	if err != nil {
		return err
	}
	var themes []string
	for _, label := range r.themes {
		theme, problem, err := i.theme(ctx, label)
		if problem != nil {
			return refuse(problem)
		}
		if err != nil {
			return err
		}
		themes = append(themes, theme)
	}
	op, problem := i.view(view, id, service, themes)
	if problem != nil {
		return refuse(problem)
	}
	i.ops, i.rows = append(i.ops, op), append(i.rows, number)
	if len(i.ops) >= importBatch {
		return i.commit(ctx)
	}
	return nil
}

func (i *importing) commit(ctx context.Context) error {
	if len(i.ops) == 0 {
		return nil
	}
	results, err := i.Store.Do(ctx, i.DAT.Num, "", i.ops)
	if err != nil {
		return fmt.Errorf("desk: importing; %d rows are in, run it again for the rest: %w", i.outcome.Taken, err)
	}
	for n, result := range results {
		if result.Problem != nil {
			i.outcome.Refused = append(i.outcome.Refused, RefusedRow{i.rows[n], result.Problem.Code, result.Problem.Message})
		} else {
			i.outcome.Taken++
		}
	}
	i.ops, i.rows = i.ops[:0], i.rows[:0]
	return nil
}

// A viewRow is a row understood: what its view says, but for service and themes.
type viewRow struct {
	at  time.Time
	set map[string]any
}

// view reads a row. latest is the date of one that has none.
func (r row) view(latest time.Time) (viewRow, *record.Problem) {
	refuse := func(code, field, message string) (viewRow, *record.Problem) {
		return viewRow{}, &record.Problem{Code: code, Field: field, Message: message}
	}
	for _, text := range r.cells() {
		if !utf8.ValidString(text) {
			return refuse(record.WrongType, "", "This row is not in UTF-8. Save the file as \"CSV UTF-8\" and import it again.")
		}
	}
	at := latest
	if r.date != "" {
		var ok bool
		if at, ok = readDate(r.date); !ok {
			return refuse(record.WrongType, "at", "Write the date like 2024-05-31.")
		}
	} else if latest.IsZero() {
		return refuse(record.MissingField, "at", "No row of this file has a date. Write at least one, like 2024-05-31.")
	}
	set := map[string]any{"at": record.At(at).String(), "method": "surv", "share": "team"}
	if r.method != "" {
		set["method"] = strings.ToLower(r.method)
	}
	if set["method"] == "box" {
		// Who puts a slip into a box wants it read; nobody asked how far their words may go.
		set["share"] = "summary"
	}
	if r.words == "" && len(r.themes) == 0 {
		return refuse(record.NotARule, "words", "Write down the words, or name at least one theme.")
	}
	if r.words != "" {
		set["words"] = r.words
	}
	set["kind"] = "idea"
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
	return viewRow{at, set}, nil
}

// view makes the op that makes a row's view.
func (i *importing) view(v viewRow, id, service string, themes []string) (*record.Op, *record.Problem) {
	v.set["service"] = service
	var add map[string]any
	if len(themes) > 0 {
		add = map[string]any{"themes": themes}
	}
	return i.op("view", id, v.set, add)
}

// op checks an op that came from outside as strictly as a phone's.
func (i *importing) op(collection, id string, set, add map[string]any) (*record.Op, *record.Problem) {
	op := map[string]any{
		"at": record.At(i.Now).String(), "c": collection, "r": id, "base": 0, "schema": programme.Version, "set": set,
	}
	if add != nil {
		op["add"] = add
	}
	raw, err := json.Marshal(op)
	if err != nil {
		return nil, &record.Problem{Code: record.Malformed, Message: "This can't be written down. Look for characters that are no text."}
	}
	return wire.DecodeOp(programme.Schema(), raw, 1)
}

// rowID makes a UUIDv7 whose time bits are the start of the view's ISO week, as
// a phone makes them, the rest from what stands in the row and which of its
// equals it is.
func rowID(key [32]byte, occurrence int, at time.Time) string {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(key[:], uint64(occurrence)))
	var id uuid.UUID
	copy(id[:], sum[:])
	binary.BigEndian.PutUint64(id[:8], uint64(programme.Monday(at).UnixMilli())<<16|uint64(sum[6])<<8|uint64(sum[7]))
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
