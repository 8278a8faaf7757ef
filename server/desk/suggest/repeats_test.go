package suggest_test

import (
	"fmt"
	"testing"

	"earshot/server/desk/suggest"
)

const said = "They shut at five and I finish work at five. Nobody can come in the evening, and the van only stops on Tuesdays."

func heard(views ...suggest.View) *suggest.Repeats {
	r := suggest.NewRepeats()
	for _, v := range views {
		r.Add(&v)
	}
	return r
}

// crowd is what else was said.
func crowd() (list []suggest.View) {
	for i := range 30 {
		list = append(list, suggest.View{
			ID: fmt.Sprint("other", i), Service: "s",
			Words: fmt.Sprintf("The staff at desk %d are kind, and the waiting room number %d is cold in the evening", i, i*7),
		})
	}
	return list
}

func TestARepeatIsFoundHoweverItIsWritten(t *testing.T) {
	for _, others := range [][]suggest.View{nil, crowd()} {
		r := heard(append(others, suggest.View{ID: "first", Words: said, Service: "s"})...)
		for name, words := range map[string]string{
			"equal":               said,
			"with errors":         "Thy shut at five adn I finsh work at five. Nobody can come in the evenning, and the van only stosp on Tuesdays.",
			"in another order":    "The van only stops on Tuesdays. They shut at five and I finish work at five, and nobody can come in the evening.",
			"half as long":        "They shut at five and I finish work at five. Nobody can come.",
			"with words around":   "One man told me: " + said + " He was quite upset about it and asked me to pass it on to whoever runs the place.",
			"in capitals, broken": "THEY SHUT AT FIVE\nAND I FINISH WORK AT FIVE\nNOBODY CAN COME IN THE EVENING - THE VAN ONLY STOPS ON TUESDAYS",
		} {
			got, ok := r.Find(&suggest.View{ID: "asked", Words: words, Service: "s", Day: 3})
			if !ok || got.View != "first" || got.Score > 1 {
				t.Errorf("%s, beside %d others: %+v, %v", name, len(others), got, ok)
			}
		}
	}
}

func TestTwoPeopleWhoSpeakOfOneThingAreNotOne(t *testing.T) {
	r := heard(append(crowd(), suggest.View{ID: "first", Words: said, Service: "s"})...)
	for _, words := range []string{
		"You should be open in the evening, I work until six.",
		"The van was late on Tuesday and nobody told us.",
		"It is hard to come when I have to work.",
		"", "?!",
	} {
		if got, ok := r.Find(&suggest.View{ID: "asked", Words: words, Service: "s"}); ok {
			t.Errorf("%q is taken for a repeat of %s (%.2f)", words, got.View, got.Score)
		}
	}
}

func TestAViewRepeatsNeitherItselfNorWhatIsGone(t *testing.T) {
	first := suggest.View{ID: "first", Words: said, Service: "s"}
	r := heard(append(crowd(), first)...)
	if got, ok := r.Find(&first); ok {
		t.Errorf("it repeats %s", got.View)
	}
	asked := &suggest.View{ID: "asked", Words: said, Service: "s"}
	r.Add(&suggest.View{ID: "first", Words: "Something else altogether, about needles"})
	if _, ok := r.Find(asked); ok {
		t.Error("words that were changed are found")
	}
	r.Add(&first)
	if _, ok := r.Find(asked); !ok {
		t.Error("words that are back are not found")
	}
	r.Remove("first")
	r.Remove("first")
	if _, ok := r.Find(asked); ok {
		t.Error("a view that was removed is found")
	}
}

func TestAnotherServiceAndAnotherTimeSpeakAgainstARepeat(t *testing.T) {
	r := heard(append(crowd(), suggest.View{ID: "first", Words: said, Service: "s"})...)
	score := func(v suggest.View) float64 {
		v.ID, v.Words = "asked", "They shut at five and I finish work at five."
		got, _ := r.Find(&v)
		return got.Score
	}
	near := score(suggest.View{Service: "s"})
	if elsewhere := score(suggest.View{Service: "other"}); elsewhere >= near {
		t.Errorf("%v at another service, %v at the same", elsewhere, near)
	}
	if later := score(suggest.View{Service: "s", Day: 400}); later >= near {
		t.Errorf("%v a year later, %v at once", later, near)
	}
}
