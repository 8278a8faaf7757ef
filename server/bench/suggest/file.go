package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strings"
	"time"

	"earshot/server/desk"
	"earshot/server/desk/suggest"
	"earshot/server/programme"
	"earshot/sync/record"
)

// A row is one answer of the file, with the themes that an import gives it.
type row struct {
	suggest.View
	// person wrote it, and may have written another row: the id without its question.
	person string
}

// A file is what stands in feedback.csv, as an import takes it.
type file struct {
	rows   []row
	themes []suggest.Theme
	// mapped are the default subthemes that a label of the file means; own are the
	// DAT's own that an import makes of the other labels.
	mapped, own map[string]bool
}

// read reads the file as `earshot import` does, and its ids beside.
func read(ctx context.Context, path string) (*file, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading what people said: %w (set EARSHOT_TESTDATA to the directory of feedback.csv, or name a file with -file)", err)
	}
	cells, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the file is no CSV: %w", err)
	}
	id := slices.Index(cells[0], "id")
	if id < 0 {
		return nil, fmt.Errorf("there is no column \"id\": it says which rows one person wrote")
	}
	views, err := desk.ReadViews(strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	f := &file{mapped: map[string]bool{}, own: map[string]bool{}}
	directory := desk.NewDirectory("", func(_ context.Context, collection string, set map[string]any) (string, *record.Problem, error) {
		name := set["name"].(string)
		if collection == "theme" {
			f.own[name] = true
			f.themes = append(f.themes, suggest.Theme{ID: name, Code: set["code"].(string), Name: name, About: name, Parent: "T12", Active: true})
		}
		return name, nil, nil
	})
	for _, t := range programme.DefaultThemes() {
		directory.KnowTheme(t.Code, t.Code, t.Name)
		f.themes = append(f.themes, suggest.Theme{
			ID: t.Code, Code: t.Code, Name: t.Name, Parent: t.Parent, Active: true,
			About: suggest.About(t.Name, t.Definition, programme.ThemeHints()[t.Code]),
		})
	}
	for _, v := range views {
		if v.Problem != nil {
			continue
		}
		r := row{person: strings.TrimSpace(strings.Split(cells[v.Row][id], " - Q")[0])}
		r.ID = cells[v.Row][id]
		r.Words, _ = v.Set["words"].(string)
		r.Kind, _ = v.Set["kind"].(string)
		r.Day = int(v.At.Unix() / int64(24*time.Hour/time.Second))
		if r.Service, r.Themes, _, err = directory.Find(ctx, v); err != nil {
			return nil, err
		}
		for _, theme := range r.Themes {
			if !f.own[theme] {
				f.mapped[theme] = true
			}
		}
		f.rows = append(f.rows, r)
	}
	return f, nil
}

// number spreads texts evenly and the same way each time.
func number(texts ...string) uint32 {
	h := fnv.New32a()
	for _, t := range texts {
		h.Write([]byte(t))
		h.Write([]byte{0})
	}
	x := h.Sum32() // its low bits alone are no good for that
	x = (x ^ x>>16) * 0x7feb352d
	x = (x ^ x>>15) * 0x846ca68b
	return x ^ x>>16
}

// tuning says whether a person's rows are those that everything was tuned on; the
// others were not looked at before the figures were taken.
func tuning(person string) bool { return number("half", person)%2 == 0 }
