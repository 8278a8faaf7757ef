package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// importBatch is how many views go into one commit: enough to be quick, few
// enough that phones of a running server are not kept waiting.
const importBatch = 500

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
	// By is the member who brings it in; "" for whoever runs the server.
	By string
	// Dry only says what would become of it: nothing is made.
	Dry bool
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

	// Services and Themes are the names of those that were made.
	Services []string `json:"-"`
	Themes   []string `json:"-"`
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
	views, err := ReadViews(file)
	if err != nil {
		return Imported{}, err
	}
	return i.Take(ctx, views)
}

// Take takes in what was read of a file, all of it in one call: what is the same as
// in an earlier run is told by how often it stands there.
func (i Import) Take(ctx context.Context, views []View) (Imported, error) {
	run := importing{Import: i, outcome: Imported{Rows: len(views), Refused: []RefusedRow{}}}
	run.directory = NewDirectory(i.Service, run.make)
	if err := run.know(ctx); err != nil {
		return Imported{}, err
	}
	equal := map[[32]byte]int{}
	for _, v := range views {
		key := v.hash(i.DAT.ID)
		equal[key]++
		if err := run.take(ctx, v, key, equal[key]); err != nil {
			return run.outcome, err
		}
	}
	err := run.commit(ctx)
	run.outcome.ServicesMade, run.outcome.ThemesMade = run.directory.ServicesMade, run.directory.ThemesMade
	return run.outcome, err
}

// importing is a run in the middle.
type importing struct {
	Import
	directory *Directory
	outcome   Imported
	ops       []*record.Op
	rows      []int // of each op
}

// know tells the directory what is there.
func (i *importing) know(ctx context.Context) error {
	err := i.Store.Each(ctx, i.DAT.Num, "service", func(r *record.Record) error {
		i.directory.KnowService(r.ID, r.Get("name").Text())
		return nil
	})
	if err != nil {
		return fmt.Errorf("desk: reading the services: %w", err)
	}
	err = i.Store.Each(ctx, i.DAT.Num, "theme", func(r *record.Record) error {
		i.directory.KnowTheme(r.ID, r.Get("code").Text(), r.Get("name").Text())
		return nil
	})
	if err != nil {
		return fmt.Errorf("desk: reading the themes: %w", err)
	}
	return nil
}

// take prepares one row's op, with the services and themes that it needs.
func (i *importing) take(ctx context.Context, v View, key [32]byte, occurrence int) error {
	refuse := func(p *record.Problem) error {
		i.outcome.Refused = append(i.outcome.Refused, RefusedRow{v.Row, p.Code, p.Message})
		return nil
	}
	if v.Problem != nil {
		return refuse(v.Problem)
	}
	if v.Undated {
		i.outcome.Undated++
	}
	id, err := rowID(key, occurrence, v.At)
	if err != nil {
		return err
	}
	switch _, err := i.Store.Record(ctx, i.DAT.Num, "view", id); {
	case err == nil: // gone ones too: what was taken back stays so
		i.outcome.Same++
		return nil
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("desk: looking for an earlier import: %w", err)
	}
	v.Set["share"] = "team" // nobody asked how far these words may go
	if v.Set["method"] == "box" {
		v.Set["share"] = "summary" // who puts a slip into a box wants it read
	}
	// Judged before anything is made for it: a refused row leaves no service and no theme behind.
	unmade := make([]string, len(v.Themes))
	for n, label := range v.Themes {
		unmade[n] = uuid.NewSHA1(uuid.Nil, []byte(label)).String()
		theme := store.Creation{Collection: "theme", ID: unmade[n], Set: map[string]any{"code": "D01", "name": label}}
		if _, problem := theme.Op(); problem != nil {
			return refuse(problem)
		}
	}
	if _, problem := v.making(id, uuid.Nil.String(), unmade); problem != nil {
		return refuse(problem)
	}
	service, themes, problem, err := i.directory.Find(ctx, v)
	if err != nil {
		return err
	}
	if problem != nil {
		return refuse(problem)
	}
	op, problem := v.making(id, service, themes)
	if problem != nil {
		return refuse(problem)
	}
	i.ops, i.rows = append(i.ops, op), append(i.rows, v.Row)
	if len(i.ops) >= importBatch {
		return i.commit(ctx)
	}
	return nil
}

func (i *importing) commit(ctx context.Context) error {
	if len(i.ops) == 0 {
		return nil
	}
	if i.Dry {
		i.outcome.Taken += len(i.ops)
		i.ops, i.rows = i.ops[:0], i.rows[:0]
		return nil
	}
	results, err := i.Store.Do(ctx, i.DAT.Num, i.By, i.ops)
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

// making gives the op that makes a row's view.
func (v View) making(id, service string, themes []string) (*record.Op, *record.Problem) {
	v.Set["service"] = service
	return store.Creation{Collection: "view", ID: id, Set: v.Set, Add: map[string][]string{"themes": themes}}.Op()
}

// make makes a service or theme that a row needs.
func (i *importing) make(ctx context.Context, collection string, set map[string]any) (string, *record.Problem, error) {
	id, err := programme.NewID(i.Now, i.Random)
	if err != nil {
		return "", nil, fmt.Errorf("desk: %w", err)
	}
	creation := store.Creation{Collection: collection, ID: id, Set: set}
	_, problem := creation.Op()
	if problem == nil && !i.Dry {
		if problem, err = i.Store.Create(ctx, i.DAT.Num, i.By, creation); err != nil {
			return "", nil, fmt.Errorf("desk: making a %s: %w", collection, err)
		}
	}
	if name, _ := set["name"].(string); problem == nil && collection == "service" {
		i.outcome.Services = append(i.outcome.Services, name)
	} else if problem == nil {
		i.outcome.Themes = append(i.outcome.Themes, name)
	}
	return id, problem, nil
}

// rowID makes the id of a row's view from what stands in the row and which of its
// equals it is, so that it is the same each time.
func rowID(key [32]byte, occurrence int, at time.Time) (string, error) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(key[:], uint64(occurrence)))
	return programme.NewID(programme.Monday(at), bytes.NewReader(sum[:]))
}
