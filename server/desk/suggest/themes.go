package suggest

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// A Theme is what a view can be about.
type Theme struct {
	ID, Code, Name string
	Parent         string // its id; ""
	About          string // in words: its name, what it means, a hint
	Active         bool
}

// A View is what is read of a view.
type View struct {
	ID      string
	Words   string
	Service string
	Kind    string
	Day     int // when it was heard, in days
	// Themes that the view has: for one that was decided, what was decided.
	Themes    []string
	Matters   []string // that it is linked to
	Sensitive bool
}

// A Fit is how well a theme fits a view.
type Fit struct {
	Theme Theme
	// Score is how likely it is right, from 0 to 1.
	Score float64
	// Because are the words of the view that speak most for it, at most three; none
	// where no single word does.
	Because []string
}

// Themes suggests what views are about.
type Themes struct {
	model
	themes  []Theme         // by label
	parents map[string]bool // themes that are coded finer
}

// LearnThemes learns from what was decided; from the themes' own words alone
// where nothing was. The order of either does not matter.
func LearnThemes(ctx context.Context, themes []Theme, decided []*View) (*Themes, error) {
	t := &Themes{parents: map[string]bool{}}
	for _, theme := range themes {
		if theme.Active && theme.Parent != "" {
			t.parents[theme.Parent] = true
		}
	}
	decided = slices.Clone(decided)
	slices.SortFunc(decided, func(a, b *View) int { return strings.Compare(a.ID, b.ID) })
	labels := t.name(themes, decided)
	lists := make([][]feature, 0, len(decided)+len(t.themes))
	examples := make([]example, 0, cap(lists))
	for k, theme := range t.themes {
		var facts []string
		if theme.Parent != "" {
			facts = []string{tile(theme.Parent)}
		}
		// Each part of what is known of a theme counts like one decision.
		for _, part := range strings.FieldsFunc(theme.About, func(r rune) bool { return strings.ContainsRune(",.;", r) }) {
			lists = append(lists, features(tokens(part), facts))
			examples = append(examples, example{labels: []int{k}})
		}
	}
	for _, v := range decided {
		var e example
		ids, finer := t.decided(v)
		for _, id := range ids {
			if k, ok := labels[id]; ok {
				e.labels = append(e.labels, k)
			}
		}
		lists = append(lists, features(tokens(v.Words), t.facts(v, finer)))
		examples = append(examples, e)
	}
	t.words = newVocabulary(lists)
	for i, list := range lists {
		examples[i].x = t.words.vector(list)
		examples[i].bare = t.words.withoutFacts(examples[i].x)
	}
	return t, t.fit(ctx, examples)
}

// name gives each theme that can be suggested its label: those that are not coded
// finer, and those that were decided all the same.
func (t *Themes) name(themes []Theme, decided []*View) map[string]int {
	used := map[string]bool{}
	for _, v := range decided {
		ids, _ := t.decided(v)
		for _, id := range ids {
			used[id] = true
		}
	}
	for _, theme := range themes {
		if theme.Active && (!t.parents[theme.ID] || used[theme.ID]) {
			t.themes = append(t.themes, theme)
		}
	}
	slices.SortFunc(t.themes, func(a, b Theme) int { return cmp.Or(strings.Compare(a.Code, b.Code), strings.Compare(a.ID, b.ID)) })
	labels := map[string]int{}
	for k, theme := range t.themes {
		labels[theme.ID] = k
	}
	t.labels = len(t.themes)
	return labels
}

// decided gives what was decided of a view, and whether it is finer than the
// tiles that a volunteer taps: those are no decision where the desk has coded finer.
func (t *Themes) decided(v *View) (themes []string, finer bool) {
	themes = slices.DeleteFunc(slices.Clone(v.Themes), func(id string) bool { return t.parents[id] })
	if len(themes) > 0 {
		return themes, true
	}
	return v.Themes, false
}

// facts are what is known of a view beside its words. Tiles that were tapped are
// known as long as they are not the answer themselves.
func (t *Themes) facts(v *View, tiles bool) []string {
	var facts []string
	if v.Service != "" {
		facts = append(facts, "service "+v.Service)
	}
	if v.Kind != "" {
		facts = append(facts, "kind "+v.Kind)
	}
	for _, id := range v.Themes {
		if tiles && t.parents[id] {
			facts = append(facts, tile(id))
		}
	}
	return facts
}

func tile(theme string) string { return "tile " + theme }

// Rank gives every theme that may be suggested, the likeliest first.
func (t *Themes) Rank(v *View) []Fit {
	words := tokens(v.Words)
	list := features(words, t.facts(v, true))
	x := t.words.vector(list)
	z := slices.Clone(t.bias)
	t.add(z, x, 1)
	why := t.explain(v.Words, words, list, x)
	fits := make([]Fit, len(t.themes))
	for k, theme := range t.themes {
		fits[k] = Fit{Theme: theme, Score: float64(sigmoid(z[k])), Because: why(k)}
	}
	slices.SortStableFunc(fits, func(a, b Fit) int { return cmp.Compare(b.Score, a.Score) })
	return fits
}

// About puts what is known of a theme in words into one text.
func About(name, definition, hint string) string {
	return strings.Join([]string{name, definition, hint}, ". ")
}
