package suggest_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"earshot/server/desk/suggest"
)

var world = []suggest.Theme{
	{ID: "t2", Code: "T02", Name: "Getting help and waiting", Active: true},
	{ID: "t21", Code: "T0201", Name: "Waiting", About: "Waiting. Waits to start, waiting list, queue", Parent: "t2", Active: true},
	{ID: "t22", Code: "T0202", Name: "Opening times", About: "Opening times. Evenings, weekends, shut", Parent: "t2", Active: true},
	{ID: "t3", Code: "T03", Name: "Food", About: "Food. Tea, meals", Active: true},
	{ID: "t4", Code: "T04", Name: "Old", About: "Old. Gone", Active: false},
}

func learn(t *testing.T, decided ...*suggest.View) *suggest.Themes {
	t.Helper()
	themes, err := suggest.LearnThemes(t.Context(), world, decided)
	if err != nil {
		t.Fatal(err)
	}
	return themes
}

func codes(fits []suggest.Fit) (list []string) {
	for _, f := range fits {
		list = append(list, f.Theme.Code)
	}
	return list
}

// history is so many decisions that views which speak of a bus are about food.
func history(n int) (list []*suggest.View) {
	for i := range n {
		list = append(list,
			&suggest.View{ID: fmt.Sprintf("bus%03d", i), Words: fmt.Sprintf("The bus does not come on Mondays, said number %d", i), Themes: []string{"t3"}},
			&suggest.View{ID: fmt.Sprintf("else%03d", i), Words: fmt.Sprintf("They were kind to me, said another one of %d", i), Themes: []string{"t21"}})
	}
	return list
}

func TestWithoutHistoryTheThemesOwnWordsRank(t *testing.T) {
	themes := learn(t)
	for words, want := range map[string]string{
		"I have been on the waiting list since May": "T0201",
		"You are SHUT at the week-end, or weekends": "T0202",
		"The tea is cold": "T03",
		"They shut at five and I finish work at five": "T0202",
	} {
		if got := codes(themes.Rank(&suggest.View{Words: words})); got[0] != want {
			t.Errorf("%q: %v, not %s first", words, got, want)
		}
	}
}

func TestOnlyThemesThatTheDeskCodesWithAreSuggested(t *testing.T) {
	got := codes(learn(t).Rank(&suggest.View{Words: "gone"}))
	slices.Sort(got)
	if want := []string{"T0201", "T0202", "T03"}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v: no tile that is coded finer, and none that is not in use", got, want)
	}
	// Where the desk leaves it at a tile, the tile is what it decides.
	got = codes(learn(t, &suggest.View{ID: "1", Words: "hard to reach", Themes: []string{"t2"}}).Rank(&suggest.View{Words: "hard to reach"}))
	if got[0] != "T02" {
		t.Errorf("%v, not the decided tile first", got)
	}
}

func TestWhatTheDeskDecidesGoesBeforeTheHints(t *testing.T) {
	asked := &suggest.View{Words: "I wait for the bus, and no bus comes"}
	if got := codes(learn(t).Rank(asked)); got[0] != "T0201" {
		t.Errorf("without history: %v", got)
	}
	fits := learn(t, history(20)...).Rank(asked)
	if got := codes(fits); got[0] != "T03" {
		t.Errorf("with history: %v", got)
	}
	if !slices.Contains(fits[0].Because, "bus") {
		t.Errorf("because of %v, not of the bus", fits[0].Because)
	}
}

func TestTheTileThatAVolunteerTappedSpeaksForWhatIsBelowIt(t *testing.T) {
	themes := learn(t)
	of := func(v *suggest.View) float64 {
		for _, fit := range themes.Rank(v) {
			if fit.Theme.ID == "t21" {
				return fit.Score
			}
		}
		return 0
	}
	tapped, not := of(&suggest.View{Words: "always late", Themes: []string{"t2"}}), of(&suggest.View{Words: "always late"})
	if tapped <= not {
		t.Errorf("%v with the tile, %v without it", tapped, not)
	}
}

func TestReasonsAreTheViewsOwnWords(t *testing.T) {
	const words = "The Waiting List is long; it’s shut on weekends!"
	for _, fit := range learn(t, history(5)...).Rank(&suggest.View{Words: words}) {
		if len(fit.Because) > 3 {
			t.Errorf("%s: %d reasons", fit.Theme.Code, len(fit.Because))
		}
		for _, because := range fit.Because {
			if !strings.Contains(words, because) {
				t.Errorf("%s because of %q, which nobody said", fit.Theme.Code, because)
			}
		}
		if fit.Theme.Code == "T0201" && !slices.ContainsFunc(fit.Because, func(w string) bool { return strings.HasPrefix(w, "Waiting") }) {
			t.Errorf("because of %v, not of waiting", fit.Because)
		}
	}
}

func TestTheSameDecisionsMakeTheSameModel(t *testing.T) {
	decided := history(10)
	asked := &suggest.View{Words: "The bus was kind to me", Service: "s", Kind: "idea"}
	first := learn(t, decided...).Rank(asked)
	slices.Reverse(decided)
	if again := learn(t, decided...).Rank(asked); !reflect.DeepEqual(first, again) {
		t.Errorf("in another order:\n%v\n%v", first, again)
	}
}

func TestAViewWithoutWordsIsRankedToo(t *testing.T) {
	fits := learn(t, history(3)...).Rank(&suggest.View{})
	if len(fits) != 3 {
		t.Fatalf("%d themes", len(fits))
	}
	for _, fit := range fits {
		if fit.Because == nil || len(fit.Because) > 0 {
			t.Errorf("because of %#v", fit.Because)
		}
	}
}

func TestLearningEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := suggest.LearnThemes(ctx, world, history(200)); !errors.Is(err, context.Canceled) {
		t.Errorf("learning ended with %v", err)
	}
}
