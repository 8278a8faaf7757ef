package desk

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"

	"earshot/server/desk/suggest"
	"earshot/server/store"
)

// A RowSuggestion is what one row of a file may be about, and what it may repeat.
type RowSuggestion struct {
	Row    int              `json:"row"`    // the first below the header is 1
	Themes []SuggestedTheme `json:"themes"` // all that may be suggested, the likeliest first
	Same   *SuggestedSame   `json:"same"`
}

// A SuggestedTheme is a theme that may be right for a view.
type SuggestedTheme struct {
	Code    string   `json:"code"`
	Name    string   `json:"name"`
	Score   float64  `json:"score"`   // how likely, from 0 to 1
	Because []string `json:"because"` // words of the view that speak for it
}

// SuggestedSame is the earlier view that one may repeat.
type SuggestedSame struct {
	View  string  `json:"view"`
	Score float64 `json:"score"` // how likely, from 0 to 1
}

// SuggestFile calls f with suggestions for each row of a CSV, read as an import
// reads it, from what this DAT's desk has decided. Themes that stand in the file
// are not looked at, and nothing is changed.
func SuggestFile(ctx context.Context, s *store.Store, dat store.DAT, file io.Reader, f func(RowSuggestion) error) error {
	rows, err := readRows(file)
	if err != nil {
		return err
	}
	k := know(dat.Num)
	if _, err := k.catchUp(ctx, s); err != nil {
		return err
	}
	themes, err := suggest.LearnThemes(ctx, inOrder(k.themes), k.decided())
	if err != nil {
		return fmt.Errorf("desk: learning from what was decided: %w", err)
	}
	services := map[string]string{}
	for _, service := range inOrder(k.services) {
		first(services, service.name, service.id)
	}
	said, latest := k.said(), latestDate(rows)
	for _, r := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		v := suggest.View{Words: r.words, Service: services[named(cmp.Or(r.service, unsaid))]}
		// A row that no view can be made of still says what it says.
		if view := r.view(latest); view.Problem == nil {
			v.Day = dayOf(view.At)
			// An import calls it an idea where nobody says; that says nothing of what it is about.
			if r.kind != "" || r.sentiment != "" {
				v.Kind, _ = view.Set["kind"].(string)
			}
		}
		row := RowSuggestion{Row: r.number, Themes: []SuggestedTheme{}}
		for _, fit := range themes.Rank(&v) {
			row.Themes = append(row.Themes, suggested(fit))
		}
		if found, ok := said.Find(&v); ok {
			row.Same = &SuggestedSame{View: found.View, Score: rounded(found.Score)}
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

func suggested(fit suggest.Fit) SuggestedTheme {
	return SuggestedTheme{Code: fit.Theme.Code, Name: fit.Theme.Name, Score: rounded(fit.Score), Because: fit.Because}
}

// rounded keeps what a score says.
func rounded(score float64) float64 { return math.Round(score*1e5) / 1e5 }
