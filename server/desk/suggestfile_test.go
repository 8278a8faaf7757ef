package desk_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"earshot/server/desk"
	"earshot/server/programme"
	"earshot/sync/record"
)

// suggestions asks for a file's.
func (h house) suggestions(t *testing.T, file string) (list []desk.RowSuggestion) {
	t.Helper()
	err := desk.SuggestFile(t.Context(), h.Store, h.dat, strings.NewReader(file), func(s desk.RowSuggestion) error {
		list = append(list, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func first(s desk.RowSuggestion) string { return s.Themes[0].Code }

// decide makes views of one theme and of another, as an import brings them.
func decide(n int, theme string) string {
	var b strings.Builder
	b.WriteString("date,service,words,themes\n")
	for i := range n {
		fmt.Fprintf(&b, "2024-05-%02d,Bridge,The lift is broken again on floor %d,%s\n", 1+i%28, i, theme)
		fmt.Fprintf(&b, "2024-05-%02d,Bridge,Number %d at the desk was kind to me,T0101\n", 1+i%28, i)
	}
	return b.String()
}

const asked = "date,service,words,themes\n2024-06-01,Bridge,the lift is broken,T0604\n2024-06-02,Harbour,They shut on Saturday,\n"

func TestAYoungDeskHasSuggestionsFromTheThemesHints(t *testing.T) {
	got := aHouse(t).suggestions(t, asked)
	if len(got) != 2 || got[0].Row != 1 || got[1].Row != 2 {
		t.Fatalf("%+v", got)
	}
	if first(got[1]) != "T0302" || !slices.Contains(got[1].Themes[0].Because, "Saturday") {
		t.Errorf("Saturday is about %+v", got[1].Themes[0])
	}
	if n := len(got[0].Themes); n != 58 {
		t.Errorf("%d themes are ranked, not all 58 that the desk codes with", n)
	}
	if got[0].Same != nil {
		t.Error("it repeats what nobody has said")
	}
}

func TestSuggestionsLearnFromWhatThisDesksImportBrought(t *testing.T) {
	h := aHouse(t)
	h.take(t, decide(15, "T0604"))
	if got := h.suggestions(t, asked); first(got[0]) != "T0604" {
		t.Errorf("%+v, not what the desk has decided of lifts", got[0].Themes[:3])
	}
	other, err := h.CreateDAT(t.Context(), "Theirtown DAT", "theirtown")
	if err != nil {
		t.Fatal(err)
	}
	if got := (house{h.Store, other}).suggestions(t, asked); first(got[0]) == "T0604" {
		t.Error("one DAT's desk has learnt from another's")
	}
}

func TestOnlyWhatTheDeskHasAcceptedIsADecision(t *testing.T) {
	h := aHouse(t)
	h.take(t, decide(15, "T0604"))
	themes := map[string]string{}
	for _, r := range h.all(t, "theme") {
		themes[r.Get("code").Text()] = r.ID
	}
	review := func(r *record.Record, step string) *record.Op {
		op := &record.Op{Collection: r.Collection, ID: r.ID, Schema: programme.Version}
		op.Changes = append(op.Changes, record.Change{Field: r.Collection.Field("review"), Value: record.Text(step)})
		return op
	}
	var ops []*record.Op
	for _, r := range h.all(t, "view") {
		if strings.Contains(r.Get("words").Text(), "lift") {
			ops = append(ops, review(r, "set_aside"))
		}
	}
	h.do(t, ops...)
	if got := h.suggestions(t, asked); first(got[0]) == "T0604" {
		t.Error("what was set aside is learnt from")
	}
}

func TestARowThatRepeatsAViewNamesIt(t *testing.T) {
	h := aHouse(t)
	h.take(t, decide(5, "T0604")+"2024-05-30,Bridge,\"The van did not come to Hill Road on Tuesday, and I waited an hour in the rain\",\n")
	var id string
	for _, r := range h.all(t, "view") {
		if strings.Contains(r.Get("words").Text(), "Hill Road") {
			id = r.ID
		}
	}
	const repeat = "date,service,words\n2024-06-01,Bridge,I waitd an hour in the rain on Tuesday and the van did not come to Hill Road\n2024-06-01,Bridge,Nobody tells us when the van is late\n"
	got := h.suggestions(t, repeat)
	if got[0].Same == nil || got[0].Same.View != id || got[0].Same.Score <= 0 || got[0].Same.Score > 1 {
		t.Errorf("%+v, not view %s", got[0].Same, id)
	}
	if got[1].Same != nil {
		t.Errorf("another person's words repeat %+v", got[1].Same)
	}
	h.do(t, &record.Op{Collection: programme.Schema().Collection("view"), ID: id, Schema: programme.Version, Withdraw: true})
	if got := h.suggestions(t, repeat); got[0].Same != nil {
		t.Errorf("it repeats what was taken back: %+v", got[0].Same)
	}
}

func TestTheSameRecordsGiveTheSameSuggestions(t *testing.T) {
	h := aHouse(t)
	h.take(t, decide(20, "T0604"))
	once := h.suggestions(t, asked)
	if again := h.suggestions(t, asked); !reflect.DeepEqual(once, again) {
		t.Error("asked twice, they differ")
	}
}

func TestARowThatNoViewCanBeMadeOfIsAnsweredToo(t *testing.T) {
	got := aHouse(t).suggestions(t, "date,service,words\nyesterday,Bridge,They shut on Saturday\n,,\n2024-06-01,,They shut on Saturday\n")
	if len(got) != 2 || got[0].Row != 1 || got[1].Row != 3 || first(got[0]) != "T0302" {
		t.Errorf("%d rows: %+v", len(got), got)
	}
}

// do applies ops as the server.
func (h house) do(t *testing.T, ops ...*record.Op) {
	t.Helper()
	results, err := h.Do(context.Background(), h.dat.Num, "", ops)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Problem != nil {
			t.Fatalf("%+v", r.Problem)
		}
	}
}
