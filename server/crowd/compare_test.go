package crowd

import (
	"testing"
	"time"
)

func TestWhatIsLostAndWhatCameTwiceIsCounted(t *testing.T) {
	handed := HandedIn{
		Views:   map[string]int64{"a": 1, "b": 2, "c": 3},
		members: map[string]bool{"sam": true},
	}
	all := []View{{ID: "a", By: "sam", V: 1}, {ID: "b", By: "sam", V: 2}, {ID: "c", By: "sam", V: 3}}
	for _, c := range []struct {
		name        string
		taken       []View
		lost, twice int
	}{
		{"all of them, once", all, 0, 0},
		{"nothing", nil, 3, 0},
		{"one is missing", all[1:], 1, 0},
		{"one came twice", append(all[:3:3], all[0]), 0, 1},
		{"one came twice under another id", append(all[:3:3], View{ID: "d", By: "sam", V: 4}), 0, 1},
		{"somebody else's is nobody's loss", append(all[:3:3], View{ID: "d", By: "jess", V: 4}), 0, 0},
		{"one took effect twice", append(all[1:3:3], View{ID: "a", By: "sam", V: 9}), 0, 1},
		{"one was accepted meanwhile", append(all[1:3:3], View{ID: "a", By: "sam", V: 9, Touched: true}), 0, 0},
		{"one is missing, another is there for it", append(all[1:3:3], View{ID: "d", By: "sam", V: 1}), 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if lost, twice := handed.Compare(Taken{Views: c.taken}); lost != c.lost || twice != c.twice {
				t.Errorf("%d lost and %d twice, not %d and %d", lost, twice, c.lost, c.twice)
			}
		})
	}
}

func TestPercentiles(t *testing.T) {
	var hundred []time.Duration
	for n := 100; n >= 1; n-- {
		hundred = append(hundred, time.Duration(n))
	}
	if p50, p99 := Percentile(hundred, 0.50), Percentile(hundred, 0.99); p50 != 50 || p99 != 99 {
		t.Errorf("p50 %d, p99 %d", p50, p99)
	}
	if p := Percentile(nil, 0.99); p != 0 {
		t.Errorf("%d of nothing", p)
	}
}
