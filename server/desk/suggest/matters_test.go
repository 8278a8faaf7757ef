package suggest_test

import (
	"slices"
	"testing"

	"earshot/server/desk/suggest"
)

var (
	evenings = suggest.Matter{ID: "evenings", Title: "The exchange is shut when people finish work", Services: []string{"s"}}
	counter  = suggest.Matter{ID: "counter", Title: "Nobody should be overheard at the pharmacy counter", Themes: []string{"privacy"}}
	linked   = []*suggest.View{
		{ID: "1", Words: "It shuts at five and I work until six", Service: "s", Matters: []string{"evenings"}},
		{ID: "2", Words: "Nobody is open in the evening after work", Service: "s", Matters: []string{"evenings"}},
		{ID: "3", Words: "They call out my dose across the shop and everybody hears", Service: "p", Matters: []string{"counter"}},
	}
)

func gather(matters ...suggest.Matter) *suggest.Matters {
	return suggest.GatherMatters(matters, linked)
}

func TestAViewIsBroughtToTheMatterWhoseViewsItResembles(t *testing.T) {
	m := gather(evenings, counter)
	link, ok := m.Find(&suggest.View{Words: "You shut before I finish work.", Service: "s"}, nil)
	if !ok || link.Matter != "evenings" || !link.Service || link.Theme || !slices.Contains(link.Because, "shut") {
		t.Errorf("%+v, %v", link, ok)
	}
	link, ok = m.Find(&suggest.View{Words: "Everybody hears my dose"}, []string{"privacy"})
	if !ok || link.Matter != "counter" || link.Service || !link.Theme {
		t.Errorf("%+v, %v", link, ok)
	}
	for _, words := range []string{"", "The tea was cold", "Thank you all"} {
		if link, ok := m.Find(&suggest.View{Words: words, Service: "s"}, []string{"privacy"}); ok {
			t.Errorf("%q belongs to %+v", words, link)
		}
	}
}

func TestAMatterIsNotSuggestedWhereALinkWouldNotStand(t *testing.T) {
	asked := suggest.View{Words: "It shuts at five and I work until six", Service: "s"}
	linkedAlready, sensitiveView := asked, asked
	linkedAlready.Matters = []string{"evenings"}
	sensitiveView.Sensitive = true
	closed, sensitive := evenings, evenings
	closed.Closed, sensitive.Sensitive = true, true
	for _, c := range []struct {
		name   string
		view   suggest.View
		matter suggest.Matter
		want   bool
	}{
		{"an open one", asked, evenings, true},
		{"one that it is linked to", linkedAlready, evenings, false},
		{"one that is done", asked, closed, false},
		{"an open one to a sensitive view", sensitiveView, evenings, false},
		{"a sensitive one to an open view", asked, sensitive, false},
		{"a sensitive one to a sensitive view", sensitiveView, sensitive, true},
	} {
		if _, ok := gather(c.matter).Find(&c.view, nil); ok != c.want {
			t.Errorf("%s: suggested %v, want %v", c.name, ok, c.want)
		}
	}
}
