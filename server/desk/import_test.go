package desk_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/server/desk"
	"earshot/server/store"
	"earshot/sync/record"
)

// house is a store with one DAT.
type house struct {
	*store.Store
	dat store.DAT
}

func aHouse(t *testing.T) house {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	dat, err := s.CreateDAT(t.Context(), "Ourtown DAT", "ourtown")
	if err != nil {
		t.Fatal(err)
	}
	return house{s, dat}
}

// take imports a file's text.
func (h house) take(t *testing.T, file string) desk.Imported {
	t.Helper()
	got, err := desk.Import{Store: h.Store, DAT: h.dat, Now: time.Now(), Random: rand.Reader}.Run(t.Context(), strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// all gives the records of a collection, in the order in which they were made.
func (h house) all(t *testing.T, collection string) []*record.Record {
	t.Helper()
	var list []*record.Record
	err := h.Each(context.Background(), h.dat.Num, collection, func(r *record.Record) error {
		list = append(list, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestARowBecomesAView(t *testing.T) {
	const header = "date,service,words,themes,sentiment,method,kind\n"
	for _, c := range []struct {
		name, row string
		want      map[string]record.Value
	}{
		{"what stands in it", "2024-05-31,Bridge Street,They were kind,,1,conv,question\n", map[string]record.Value{
			"words": `"They were kind"`, "method": `"conv"`, "kind": `"question"`, "feeling": "2", "week": `"2024-05-27"`, "share": `"team"`,
		}},
		{"very positive is praise", "2024-05-31,B,w,,1,,\n", map[string]record.Value{"kind": `"praise"`, "feeling": "2"}},
		{"positive is praise", "2024-05-31,B,w,,2,,\n", map[string]record.Value{"kind": `"praise"`, "feeling": "1"}},
		{"in the middle is an idea", "2024-05-31,B,w,,3,,\n", map[string]record.Value{"kind": `"idea"`, "feeling": "0"}},
		{"negative is a concern", "2024-05-31,B,w,,4,,\n", map[string]record.Value{"kind": `"concern"`, "feeling": "-1"}},
		{"very negative is a concern", "2024-05-31,B,w,,5,,\n", map[string]record.Value{"kind": `"concern"`, "feeling": "-2"}},
		{"no sentiment is an idea without a feeling", "2024-05-31,B,w,,,,\n", map[string]record.Value{"kind": `"idea"`, "feeling": ""}},
		{"no method is a survey", "2024-05-31,B,w,,,,\n", map[string]record.Value{"method": `"surv"`}},
		{"a slip from a box may be summarised", "2024-05-31,B,w,,,BOX,\n", map[string]record.Value{"method": `"box"`, "share": `"summary"`}},
		{"a British date", "31/05/2024,B,w,,,,\n", map[string]record.Value{"week": `"2024-05-27"`}},
		{"blanks around words go", "2024-05-31,B,\"  w\n \",,,,\n", map[string]record.Value{"words": `"w"`}},
		{"words without a theme, a theme without words", "2024-05-31,B,,T0302,,,\n", map[string]record.Value{"words": ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := aHouse(t)
			if got := h.take(t, header+c.row); got.Taken != 1 || got.Rows != 1 || len(got.Refused) != 0 {
				t.Fatalf("outcome %+v", got)
			}
			view := h.all(t, "view")[0]
			for field, want := range c.want {
				if got := view.Get(field); got != want {
					t.Errorf("%s is %s, want %s", field, got, want)
				}
			}
			if by := view.Get("by").Text(); by != "server" {
				t.Errorf("by is %q, want server", by)
			}
		})
	}
}

// manyThemes gives a cell with so many labels that nobody knows yet.
func manyThemes(n int) string {
	labels := make([]string, n)
	for i := range labels {
		labels[i] = fmt.Sprint("unheard of ", i)
	}
	return strings.Join(labels, "|")
}

func TestARowThatCannotBeTakenIsRefusedAndStopsNoOther(t *testing.T) {
	for _, c := range []struct{ name, row, code string }{
		{"a date that is none", "yesterday,B,w,,,", "wrong_type"},
		{"a sentiment that is none", "2024-05-31,B,w,,6,", "wrong_type"},
		{"a kind that is none", "2024-05-31,B,w,,,rant", "wrong_type"},
		{"neither words nor theme", "2024-05-31,B,,,3,", "not_a_rule"},
		{"words that are too long", "2024-05-31,B," + strings.Repeat("w", 8001) + ",,,", "too_long"},
		{"a theme whose name is too long", "2024-05-31,B,w," + strings.Repeat("t", 201) + ",,", "too_long"},
		{"more themes than a view holds", "2024-05-31,B,w," + manyThemes(201) + ",,", "too_many"},
		{"letters that are not UTF-8", "2024-05-31,B,caf\xe9,,,", "wrong_type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := aHouse(t)
			got := h.take(t, "date,service,words,themes,sentiment,kind\n2024-05-31,A,before,,,\n"+c.row+"\n2024-05-31,A,after,,,\n")
			if got.Rows != 3 || got.Taken != 2 || len(got.Refused) != 1 {
				t.Fatalf("outcome %+v", got)
			}
			if r := got.Refused[0]; r.Row != 2 || r.Code != c.code || r.Message == "" {
				t.Errorf("refused %+v, want row 2, %s", r, c.code)
			}
			if got.ServicesMade != 1 || got.ThemesMade != 0 {
				t.Errorf("it left something behind: %+v", got)
			}
			if strings.Contains(fmt.Sprint(got.Refused), "caf") {
				t.Error("the problem repeats what was said")
			}
		})
	}
}

func TestTheSameFileTwiceChangesNothing(t *testing.T) {
	h := aHouse(t)
	const file = "\ufeffDate,Service,Words,Themes\n2024-05-31,Bridge,Twice said,Made up here\n2024-05-31,Bridge,Twice said,Made up here\n,Bridge,Without a date,\n"
	first := h.take(t, file)
	if first.Taken != 3 || first.ServicesMade != 1 || first.ThemesMade != 1 || first.Undated != 1 {
		t.Fatalf("first %+v", first)
	}
	before := h.all(t, "view")
	second := h.take(t, file)
	if second.Taken != 0 || second.Same != 3 || second.Undated != 1 || second.ServicesMade != 0 || second.ThemesMade != 0 {
		t.Fatalf("second %+v", second)
	}
	after := h.all(t, "view")
	if len(before) != 3 || len(after) != 3 {
		t.Fatalf("%d views, then %d; two equal rows stay two", len(before), len(after))
	}
	for i := range before {
		if before[i].ID != after[i].ID || before[i].V != after[i].V {
			t.Errorf("view %d was changed by the second run", i)
		}
	}
}

func TestRowsAreCountedAsTheyStandInTheFile(t *testing.T) {
	h := aHouse(t)
	got := h.take(t, "date,service,words\n2024-05-31,Bridge,one\n,,\nnever,Bridge,three\n")
	if got.Rows != 2 || len(got.Refused) != 1 || got.Refused[0].Row != 3 {
		t.Errorf("outcome %+v, want row 3 refused of two that hold something", got)
	}
}

func TestAWithdrawnRowStaysWithdrawn(t *testing.T) {
	h := aHouse(t)
	const file = "date,service,words\n2024-05-31,Bridge,Take this back\n"
	h.take(t, file)
	view := h.all(t, "view")[0]
	results, err := h.Do(t.Context(), h.dat.Num, "", []*record.Op{{Collection: view.Collection, ID: view.ID, Schema: 1, Withdraw: true}})
	if err != nil || results[0].Problem != nil {
		t.Fatal(results, err)
	}
	if got := h.take(t, file); got.Same != 1 || got.Taken != 0 {
		t.Errorf("outcome %+v", got)
	}
	if left := h.all(t, "view"); len(left) != 0 {
		t.Errorf("%d views, want none", len(left))
	}
}

func TestARowWithoutADateTakesTheFilesLatest(t *testing.T) {
	h := aHouse(t)
	got := h.take(t, "date,service,words\n2024-01-02,B,early\n,B,undated\n2024-05-31,B,late\n")
	if got.Undated != 1 || got.Taken != 3 {
		t.Fatalf("outcome %+v", got)
	}
	for _, view := range h.all(t, "view") {
		if view.Get("words").Text() == "undated" && view.Get("at").Text()[:10] != "2024-05-31" {
			t.Errorf("at %s", view.Get("at"))
		}
	}
	if got := h.take(t, "date,service,words\n,B,never dated\n"); len(got.Refused) != 1 || got.Refused[0].Code != "missing_field" {
		t.Errorf("a file without any date: %+v", got)
	}
}

func TestThemesAreFoundByCodeNameThenFrameworkLabel(t *testing.T) {
	h := aHouse(t)
	codes := map[string]string{}
	for _, theme := range h.all(t, "theme") {
		codes[theme.ID] = theme.Get("code").Text()
	}
	for _, c := range []struct {
		label string
		code  string
	}{
		{"t0302", "T0302"},
		{"Opening  Times", "T0302"},
		{"Staff manner & personal attributes", "T0101"},
		// Several subthemes carry this label: the first counts.
		{"Staffing levels & responsiveness", "T0104"},
	} {
		t.Run(c.label, func(t *testing.T) {
			if got := h.take(t, "date,service,words,themes\n2024-05-31,B,about "+c.label+","+c.label+"\n"); got.Taken != 1 || got.ThemesMade != 0 {
				t.Fatalf("outcome %+v", got)
			}
			views := h.all(t, "view")
			id := strings.Trim(string(views[len(views)-1].Get("themes")), `[]"`)
			if codes[id] != c.code {
				t.Errorf("found %s, want %s", codes[id], c.code)
			}
		})
	}
	got := h.take(t, "date,service,words,themes\n2024-05-31,B,several,T0302|Of our own| Another of ours |of OUR own\n")
	if got.ThemesMade != 2 || got.Taken != 1 {
		t.Errorf("outcome %+v, want two themes made", got)
	}
	tiles := 0
	for _, theme := range h.all(t, "theme") {
		if theme.Get("parent") == "" {
			tiles++
		}
	}
	if tiles != 12 {
		t.Errorf("%d themes stand below nothing, and so as tiles on each phone; want the 12", tiles)
	}
}

func TestServicesAreFoundByNameOrMade(t *testing.T) {
	h := aHouse(t)
	got := h.take(t, "date,service,words\n2024-05-31,Bridge,one\n2024-05-31, bridge ,two\n2024-05-31,,three\n")
	if got.ServicesMade != 2 || got.Taken != 3 {
		t.Fatalf("outcome %+v", got)
	}
	var names []string
	for _, s := range h.all(t, "service") {
		names = append(names, s.Get("name").Text())
		if s.Get("kind").Text() != "other" || s.Get("sector").Text() != "unsaid" {
			t.Errorf("a made service is %s, %s", s.Get("kind"), s.Get("sector"))
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"Bridge", "Not stated"}) {
		t.Errorf("services %q", names)
	}
}

func TestAFileThatLacksAColumnSaysWhich(t *testing.T) {
	h := aHouse(t)
	for _, file := range []string{"", "date,service\n", "date:service:words\n2024-05-31:B:w\n"} {
		_, err := desk.Import{Store: h.Store, DAT: h.dat, Now: time.Now(), Random: rand.Reader}.Run(t.Context(), strings.NewReader(file))
		if err == nil || !strings.Contains(err.Error(), "words") {
			t.Errorf("%q: %v", file, err)
		}
	}
}

// The real input: every row of it comes in.
func TestRealFeedbackComesInWhole(t *testing.T) {
	dir := os.Getenv("EARSHOT_TESTDATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	file, err := os.Open(filepath.Join(dir, "feedback.csv"))
	if err != nil {
		t.Skip("EARSHOT_TESTDATA has no feedback.csv: real answers are kept outside of the repository")
	}
	defer file.Close()
	h := aHouse(t)
	began := time.Now()
	got, err := desk.Import{Store: h.Store, DAT: h.dat, Now: time.Now(), Random: rand.Reader}.Run(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows in %s: %+v", got.Rows, time.Since(began).Round(time.Millisecond), got)
	if got.Rows == 0 || got.Taken != got.Rows || len(got.Refused) != 0 {
		t.Errorf("%d of %d rows taken, refused: %v", got.Taken, got.Rows, got.Refused)
	}
	if views := h.all(t, "view"); len(views) != got.Rows {
		t.Errorf("%d views of %d rows", len(views), got.Rows)
	}
}
