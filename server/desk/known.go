package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"earshot/server/desk/suggest"
	"earshot/server/programme"
	"earshot/server/store"
)

// known is what of a DAT's records suggestions are made from. It reads them as a
// coordinator's device does, from its cursor on: to look again costs what has
// changed and no more, and what was withdrawn or erased is gone with it.
type known struct {
	dat      int64
	cursor   string
	services map[string]knownService
	themes   map[string]suggest.Theme
	matters  map[string]suggest.Matter
	views    map[string]*knownView
}

// A knownService is a service by the name that a file calls it.
type knownService struct{ id, name string }

// A knownView is a view with where it stands.
type knownView struct {
	suggest.View
	waits   bool // nobody has reviewed it yet
	decided bool // its themes are the desk's decision
}

// desks are the audiences whose records suggestions are made from.
var desks = []string{"desk", "team"}

func know(dat int64) *known {
	return &known{
		dat: dat, services: map[string]knownService{}, themes: map[string]suggest.Theme{},
		matters: map[string]suggest.Matter{}, views: map[string]*knownView{},
	}
}

// errStartAgain: the history that was read is not the store's any more.
var errStartAgain = errors.New("desk: the records are of another history")

// news are what has changed.
type news struct {
	themes, matters bool
	// was is how each view was before that has changed; nil for a new one.
	was map[string]*knownView
}

// catchUp reads what has changed.
func (k *known) catchUp(ctx context.Context, s *store.Store) (news, error) {
	reader := store.Reader{DAT: k.dat, Role: "coordinator", Audiences: desks}
	n := news{was: map[string]*knownView{}}
	for {
		page, err := s.Read(ctx, reader, k.cursor)
		if err != nil {
			return news{}, fmt.Errorf("desk: reading what suggestions are made from: %w", err)
		}
		if page.Reset != "" || page.Dropped != nil {
			return news{}, errStartAgain
		}
		var records []changed
		if err := json.Unmarshal(page.Records, &records); err != nil {
			return news{}, fmt.Errorf("desk: reading what suggestions are made from: %w", err)
		}
		for i := range records {
			if err := k.take(&records[i], &n); err != nil {
				return news{}, fmt.Errorf("desk: reading what suggestions are made from: %w", err)
			}
		}
		k.cursor = page.Cursor
		if reader.Into = page.Records; !page.More {
			return n, nil
		}
	}
}

// changed is one record of a page.
type changed struct {
	C    string         `json:"c"`
	R    string         `json:"r"`
	F    jsontext.Value `json:"f"`
	Gone bool           `json:"gone"`
	Out  bool           `json:"out"`
}

// take takes a record in.
func (k *known) take(c *changed, news *news) (err error) {
	away := c.Gone || c.Out
	switch c.C {
	case "theme":
		news.themes = true
		delete(k.themes, c.R)
		if !away {
			k.themes[c.R], err = aTheme(c)
		}
	case "matter":
		news.matters = true
		delete(k.matters, c.R)
		if !away {
			k.matters[c.R], err = aMatter(c)
		}
	case "service":
		delete(k.services, c.R)
		if !away {
			k.services[c.R], err = aService(c)
		}
	case "view":
		if _, ok := news.was[c.R]; !ok {
			news.was[c.R] = k.views[c.R]
		}
		delete(k.views, c.R)
		if !away {
			k.views[c.R], err = aView(c)
		}
	}
	return err
}

func aService(c *changed) (knownService, error) {
	var f struct {
		Name string `json:"name"`
	}
	err := json.Unmarshal(c.F, &f)
	return knownService{c.R, f.Name}, err
}

func aTheme(c *changed) (suggest.Theme, error) {
	var f struct {
		Code       string `json:"code"`
		Name       string `json:"name"`
		Parent     string `json:"parent"`
		Definition string `json:"definition"`
		Hint       string `json:"hint"`
		Active     bool   `json:"active"`
	}
	if err := json.Unmarshal(c.F, &f); err != nil {
		return suggest.Theme{}, err
	}
	return suggest.Theme{
		ID: c.R, Code: f.Code, Name: f.Name, Parent: f.Parent, Active: f.Active,
		About: suggest.About(f.Name, f.Definition, cmp.Or(f.Hint, programme.ThemeHints()[f.Code])),
	}, nil
}

func aMatter(c *changed) (suggest.Matter, error) {
	var f struct {
		Title    string   `json:"title"`
		Handling string   `json:"handling"`
		Services []string `json:"services"`
		Themes   []string `json:"themes"`
		Status   string   `json:"status"`
		Merged   string   `json:"merged_into"`
	}
	if err := json.Unmarshal(c.F, &f); err != nil {
		return suggest.Matter{}, err
	}
	return suggest.Matter{
		ID: c.R, Title: f.Title, Services: f.Services, Themes: f.Themes, Sensitive: f.Handling == "sensitive",
		Closed: f.Status == "done" || f.Merged != "",
	}, nil
}

func aView(c *changed) (*knownView, error) {
	var f struct {
		By       string    `json:"by"`
		At       time.Time `json:"at"`
		Service  string    `json:"service"`
		Words    string    `json:"words"`
		Kind     string    `json:"kind"`
		Themes   []string  `json:"themes"`
		Matters  []string  `json:"matters"`
		Handling string    `json:"handling"`
		Review   string    `json:"review"`
	}
	if err := json.Unmarshal(c.F, &f); err != nil {
		return nil, err
	}
	return &knownView{
		View: suggest.View{
			ID: c.R, Words: f.Words, Service: f.Service, Kind: f.Kind, Day: dayOf(f.At), Themes: f.Themes, Matters: f.Matters,
			Sensitive: f.Handling == "sensitive",
		},
		waits: f.Review == "new",
		// What an import brought was decided before it came.
		decided: len(f.Themes) > 0 && (f.Review == "accepted" || f.Review == "new" && f.By == "server"),
	}, nil
}

func dayOf(t time.Time) int { return int(t.Unix() / (24 * 60 * 60)) }

// inOrder gives what is known in the order of ids, so that the same records give
// the same suggestions.
func inOrder[T any](known map[string]T) []T {
	list := make([]T, 0, len(known))
	for _, id := range slices.Sorted(maps.Keys(known)) {
		list = append(list, known[id])
	}
	return list
}

// learnFrom is how many decisions are learnt from at most, the latest: what a desk
// decided years ago is worth less, and learning is to end within seconds.
const learnFrom = 10_000

// decided gives the decisions to learn from.
func (k *known) decided() []*suggest.View {
	var list []*suggest.View
	for _, v := range k.views {
		if v.decided {
			list = append(list, &v.View)
		}
	}
	slices.SortFunc(list, func(a, b *suggest.View) int { return cmp.Or(cmp.Compare(b.Day, a.Day), strings.Compare(b.ID, a.ID)) })
	return list[:min(learnFrom, len(list))]
}

// said gives everything that was said, to find repeats in.
func (k *known) said() *suggest.Repeats {
	repeats := suggest.NewRepeats()
	for _, v := range inOrder(k.views) {
		repeats.Add(&v.View)
	}
	return repeats
}

// linked gives the views that were brought to matters.
func (k *known) linked() []*suggest.View {
	var list []*suggest.View
	for _, v := range inOrder(k.views) {
		if len(v.Matters) > 0 {
			list = append(list, &v.View)
		}
	}
	return list
}
