package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// suggestedPage is what GET /v1/reports/suggestions answers.
type suggestedPage struct {
	Learnt int
	Views  []struct {
		View   string
		Themes []struct {
			Theme, Code, Name string
			Score             float64
			Because           []string
		}
		Matter *struct {
			Matter         string
			Score          float64
			Because        []string
			Theme, Service bool
		}
		Same *struct {
			View  string
			Score float64
		}
	}
	After *string
}

const vanWords = "The marigold van did not come to Hill Road on Tuesday, and I waited an hour in the rain"

// suggestions asks as a coordinator does.
func (w *world) suggestions(p *phone, query string) (page suggestedPage) {
	w.t.Helper()
	w.get("/v1/reports/suggestions"+query, p.access).want(200, &page)
	return page
}

func TestTheDeskIsSuggestedThemesAMatterAndARepeatWithTheirReasons(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service, elsewhere := desk.service(l, "Riverside"), desk.service(l, "Quayside")
	matter, sensitive, first, second, staff := newID(), newID(), newID(), newID(), newID()
	l.applied(desk.op("matter", matter, 0, frame{"set": frame{"title": "The van does not come to Hill Road", "level": "dat"}, "add": frame{"services": []string{service}}}))
	l.applied(desk.op("matter", sensitive, 0, frame{"set": frame{"title": "How the van's driver shouted on Hill Road", "level": "dat", "handling": "sensitive"}}))
	l.applied(desk.view(first, service, vanWords))
	l.applied(desk.op("view", first, 1, frame{"add": frame{"matters": []string{matter}}, "set": frame{"review": "accepted"}}))
	l.applied(desk.view(second, service, strings.ToUpper(vanWords)))
	l.applied(desk.view(staff, elsewhere, "They shut on Saturday"))

	page := w.suggestions(desk, "")
	if len(page.Views) != 2 || page.After != nil {
		t.Fatalf("%+v, not the two that wait", page)
	}
	for _, v := range page.Views {
		if len(v.Themes) != 5 || len(v.Themes[0].Theme) != len(v.View) {
			t.Errorf("themes %+v", v.Themes)
		}
		switch v.View {
		case second:
			if v.Same == nil || v.Same.View != first {
				t.Errorf("it repeats %+v", v.Same)
			}
			if v.Matter == nil || v.Matter.Matter != matter || !v.Matter.Service || len(v.Matter.Because) == 0 {
				t.Errorf("it belongs to %+v", v.Matter)
			}
		case staff:
			if v.Themes[0].Code != "T0302" || !strings.Contains(strings.Join(v.Themes[0].Because, " "), "Saturday") {
				t.Errorf("Saturday is about %+v", v.Themes[0])
			}
			if v.Matter != nil || v.Same != nil {
				t.Errorf("it belongs to %+v and repeats %+v", v.Matter, v.Same)
			}
		default:
			t.Errorf("%s does not wait", v.View)
		}
	}

	// A sensitive view is not offered a matter that its service sees.
	l.applied(desk.op("view", second, 9, frame{"set": frame{"handling": "sensitive"}}))
	for _, v := range w.suggestions(desk, "").Views {
		if v.Matter != nil && v.Matter.Matter != sensitive {
			t.Errorf("a sensitive view belongs to %+v", v.Matter)
		}
	}
	// What was taken back is repeated by nobody.
	l.applied(desk.op("view", first, 9, frame{"withdraw": true}))
	for _, v := range w.suggestions(desk, "").Views {
		if v.Same != nil {
			t.Errorf("it repeats what is gone: %+v", v.Same)
		}
	}
	w.end()
	for _, word := range []string{"marigold", "Saturday", "T0302", first} {
		if strings.Contains(w.log.String(), word) {
			t.Errorf("%q is in the log", word)
		}
	}
}

func TestSuggestionsAreOfTheCallersDATAloneAndNotSentTwice(t *testing.T) {
	w := start(t)
	north, south := w.enrol(w.dat("north"), "coordinator"), w.enrol(w.dat("south"), "coordinator")
	l, _ := north.connect(pushing)
	service := north.service(l, "Riverside")
	view := newID()
	l.applied(north.view(view, service, vanWords))
	if page := w.suggestions(south, ""); len(page.Views) != 0 || page.Views == nil {
		t.Errorf("another DAT's coordinator is told %+v", page)
	}
	got := w.get("/v1/reports/suggestions", north.access)
	tag := got.header.Get("ETag")
	if got.header.Get("Cache-Control") != "no-store" || tag == "" {
		t.Errorf("headers %v", got.header)
	}
	again := func(want int) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/v1/reports/suggestions", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+north.access)
		request.Header.Set("If-None-Match", tag)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("got %d, want %d", response.StatusCode, want)
		}
	}
	again(http.StatusNotModified)
	l.applied(north.op("view", view, 9, frame{"set": frame{"review": "accepted"}}))
	again(http.StatusOK)
}

func TestWhatTheDeskDecidesIsLearntBehindItsAnswers(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, held := desk.connect(pushing)
	_ = held
	service := desk.service(l, "Riverside")
	reader, _ := desk.connect()
	records, _ := reader.catchUp()
	wifi := ""
	for key, r := range records {
		if f, ok := r["f"].(map[string]any); ok && f["code"] == "T0604" {
			wifi = strings.TrimPrefix(key, "theme/")
		}
	}
	asked := newID()
	l.applied(desk.view(asked, service, "the lift is broken"))
	if page := w.suggestions(desk, ""); page.Learnt != 0 || page.Views[0].Themes[0].Code == "T0604" {
		t.Fatalf("before anything is decided: %+v", page)
	}
	const decisions = 12
	for range decisions {
		id := newID()
		l.applied(desk.view(id, service, "the lift is broken again"))
		l.applied(desk.op("view", id, 1, frame{"add": frame{"themes": []string{wifi}}, "set": frame{"review": "accepted"}}))
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		page := w.suggestions(desk, "")
		if page.Learnt == decisions {
			if page.Views[0].Themes[0].Code != "T0604" {
				t.Errorf("lifts are about %+v", page.Views[0].Themes[0])
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d decisions are learnt", page.Learnt, decisions)
		}
	}
}

func TestManyThatWaitComeAHundredAtATime(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	const many = 230
	var ops []frame
	for range many {
		ops = append(ops, desk.view(newID(), service, "They shut on Saturday"))
	}
	l.hand(ops...)
	seen := map[string]bool{}
	pages := 0
	for query := ""; ; pages++ {
		page := w.suggestions(desk, query)
		for _, v := range page.Views {
			seen[v.View] = true
		}
		if page.After == nil {
			break
		}
		query = "?after=" + *page.After
	}
	if len(seen) != many || pages != 2 {
		t.Errorf("%d of %d views in %d pages and a last one", len(seen), many, pages)
	}
}
