package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// input is real input, where it is.
func input(t *testing.T) *file {
	t.Helper()
	dir := os.Getenv("EARSHOT_TESTDATA")
	if dir == "" {
		dir = "../../../../shared/data"
	}
	path := filepath.Join(dir, "feedback.csv")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real input is missing (set EARSHOT_TESTDATA to the directory of feedback.csv): %v", err)
	}
	f, err := read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// share keeps one person of so many: the race detector makes everything many times slower.
func (f *file) share(of uint32) {
	var some []row
	for _, r := range f.rows {
		if number("share", r.person)%of == 0 {
			some = append(some, r)
		}
	}
	f.rows = some
}

func TestThemesOfAnswersNotSeenAreRankedAsWellAsPromised(t *testing.T) {
	f := input(t)
	precision, three := 0.83, 0.92
	if raced { // a twelfth of the rows is learnt from
		f.share(12)
		precision, three = 0.70, 0.80
	}
	o, err := trial{file: f, rows: f.rows, counted: f.mapped, part: byChance, way: linear}.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := judge(o.rankings)
	t.Logf("%d rows, %d left out: label-ranking average precision %.3f, a right theme among three for %.3f", q.rows, o.out, q.precision, q.top3)
	if q.precision < precision || q.top3 < three {
		t.Errorf("want at least %.2f and %.2f", precision, three)
	}
}

func TestRepeatsAreFoundAndOthersAreNotTakenForThem(t *testing.T) {
	f := input(t)
	if raced {
		f.share(12)
	}
	got := find(f.rows, 0)
	t.Logf("precision %.3f, recall %.3f; %d false alarms in %d", got.precision(), got.recall(), got.alarms, got.different)
	if got.precision() < 0.95 || got.recall() < 0.80 {
		t.Error("want a precision of at least 0.95 and a recall of 0.80")
	}
}

func TestARankingIsJudgedAsOthersJudgeIt(t *testing.T) {
	themes := []string{"a", "b", "c", "d"}
	for _, c := range []struct {
		name   string
		scores []float64
		right  []string
		want   float64
	}{
		{"right ones first", []float64{4, 3, 2, 1}, []string{"a", "b"}, 1},
		{"one right, second", []float64{4, 3, 2, 1}, []string{"b"}, 0.5},
		{"first and third", []float64{4, 3, 2, 1}, []string{"a", "c"}, (1 + 2.0/3) / 2},
		{"equal ones share the worst place", []float64{1, 1, 1, 1}, []string{"a"}, 0.25},
	} {
		if got := (ranking{themes: themes, scores: c.scores, right: c.right}).precision(); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
}
