package figures_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"earshot/server/desk/figures"
	"earshot/server/programme"
	"earshot/sync/record"
)

// An attacker who has everything that the board is shown, of two quarters, learns of
// nothing that is withheld whether it is one or five: not from sums, nor from what is
// shown beside it.
func TestWhatIsWithheldFromTheBoardCannotBeWorkedOut(t *testing.T) {
	now := time.Date(2026, 10, 2, 10, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		facts := figures.NewFacts()
		drawQuarters(t, facts)
		p := figures.Period{From: 2026*12 + 6, To: 2026*12 + 8}
		true_, shown := facts.Report(p, now), facts.Board(p, now)
		if shown.Volunteers != nil {
			t.Fatal("the board is told who was out")
		}
		before := facts.Board(p.Before(), now)
		if shown.Before != before.Now {
			t.Fatalf("of the quarter before it says %+v, and that one says %+v", shown.Before, before.Now)
		}
		views := totalOf(shown.Now.Views, lists(shown)[:3]...)
		for i, list := range lists(shown)[:3] {
			attack(t, views, list, lists(true_)[i])
		}
		attack(t, totalOf(shown.Now.Spoken, lists(shown)[3]), lists(shown)[3], lists(true_)[3])
		if n := true_.Now.Views; n > 0 && n < 5 && views >= 0 {
			t.Fatalf("%d views are worked out", n)
		}
		for i := range shown.Themes {
			if n := shown.Themes[i].Views; n > 0 && n < 5 {
				t.Fatalf("a theme with %d views is shown", n)
			}
		}
		attackSteps(t, views, shown.Loop)
	})
}

// While a quarter lasts, nothing that people said is counted on the board.
func TestABoardCountsWhatWasSaidOnceTheQuarterIsOver(t *testing.T) {
	facts := figures.NewFacts()
	for i := range 40 {
		facts.Take(made("view", fmt.Sprint(i), map[string]any{"at": "2026-07-03T10:00:00Z", "service": "a", "by": "m", "kind": "praise", "method": "van", "review": "new", "themes": []string{"t"}}))
	}
	p := figures.Period{From: 2026*12 + 6, To: 2026*12 + 8}
	during := facts.Board(p, time.Date(2026, 9, 30, 23, 0, 0, 0, time.UTC))
	for _, n := range []figures.Count{during.Now.Views, during.Services[0].Views, during.Themes[0].Views, during.Loop[0].N, during.Loop[0].Waiting} {
		if n != figures.Withheld {
			t.Errorf("%d is counted before the quarter is over", n)
		}
	}
	raw, err := json.Marshal(during)
	if err != nil || strings.Contains(string(raw), "40") || strings.Contains(string(raw), "07-03") {
		t.Errorf("the board is sent %s (%v)", raw, err)
	}
	if after := facts.Board(p, time.Date(2026, 10, 1, 1, 0, 0, 0, time.UTC)); after.Now.Views != 40 || after.Services[0].Views != 40 || after.Loop[0].N != 40 {
		t.Errorf("afterwards it is sent %+v", after)
	}
}

// lists are the three that add up to the views, and the one of people spoken to.
func lists(r figures.Report) [][]figures.Count {
	all := make([][]figures.Count, 4)
	for _, s := range r.Services {
		all[0] = append(all[0], s.Views)
		all[3] = append(all[3], s.Spoken)
	}
	for _, k := range r.Kinds {
		all[1] = append(all[1], k.N)
	}
	for _, m := range r.Methods {
		all[2] = append(all[2], m.N)
	}
	return all
}

// totalOf is what the attacker knows of a sum: it is said, or a list is whole. -1: neither.
func totalOf(said figures.Count, of ...[]figures.Count) figures.Count {
	for _, list := range of {
		sum, whole := figures.Count(0), true
		for _, n := range list {
			sum, whole = sum+n, whole && n != figures.Withheld
		}
		if whole && len(list) > 0 {
			return sum
		}
	}
	return said
}

// attack gives, for each count that is withheld, the least and the greatest that it may
// be: the optimum of the linear programme with one equation, the others at their least.
func attack(t *rapid.T, total figures.Count, list, true_ []figures.Count) {
	hidden, rest := figures.Count(0), total
	for i, n := range list {
		if n == figures.Withheld {
			hidden++
		} else if rest -= n; n > 0 && n < 5 {
			t.Fatalf("%d is shown in %v", n, list)
		} else if n != true_[i] {
			t.Fatalf("%d is shown for %d", n, true_[i])
		}
	}
	if hidden == 0 || total == figures.Withheld {
		return // without the sum each may be anything from one on
	}
	least, greatest := figures.Count(1), rest-(hidden-1)
	if hidden == 1 {
		least = rest
	}
	if least != 1 || greatest < 5 {
		t.Fatalf("of %v with the sum %d, what is withheld is known to be from %d to %d", list, total, least, greatest)
	}
}

// attackSteps looks at what lies between the steps that are shown.
func attackSteps(t *rapid.T, views figures.Count, loop []figures.Step) {
	last := views
	for _, s := range loop {
		if s.N == figures.Withheld {
			if s.Half != nil || s.Slow != nil {
				t.Fatalf("how long %s took is shown, and not of how many", s.Step)
			}
			continue
		}
		if between := last - s.N; s.N > 0 && s.N < 5 || between > 0 && between < 5 {
			t.Fatalf("%s has %d, after %d", s.Step, s.N, last)
		}
		last = s.N
	}
}

// drawQuarters makes views and visits of two quarters, few of some and many of others.
func drawQuarters(t *rapid.T, facts *figures.Facts) {
	facts.Take(made("matter", "m", map[string]any{"status": "decided", "decision": "yes", "decided_by": map[string]any{"body": "b", "on": "2026-08-01"}}))
	num := 0
	for quarter := range 2 {
		for range rapid.IntRange(0, 8).Draw(t, "cells") {
			at := time.Date(2026, time.Month(4+3*quarter), 10, 9, 0, 0, 0, time.UTC).Format(time.RFC3339)
			set := map[string]any{
				"at": at, "by": "m", "service": rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "service"),
				"kind": rapid.SampledFrom([]string{"praise", "gap", "idea"}).Draw(t, "kind"), "method": rapid.SampledFrom([]string{"van", "door"}).Draw(t, "method"),
				"review": rapid.SampledFrom([]string{"new", "accepted"}).Draw(t, "review"), "themes": []string{rapid.SampledFrom([]string{"t", "u"}).Draw(t, "theme")},
			}
			if rapid.Bool().Draw(t, "joined") {
				set["matters"] = []string{"m"}
			}
			for range rapid.IntRange(1, 9).Draw(t, "views") {
				num++
				facts.Take(made("view", fmt.Sprint("view", num), set))
			}
			num++
			facts.Take(made("visit", fmt.Sprint("visit", num), map[string]any{"started": at, "status": "done", "by": "m", "service": set["service"], "method": "van", "spoken": rapid.IntRange(0, 8).Draw(t, "spoken")}))
		}
	}
}

func made(collection, id string, set map[string]any) *record.Record {
	r := &record.Record{Collection: programme.Schema().Collection(collection), ID: id, Made: record.Write{Time: record.At(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC))}}
	r.Fields = make([]record.Value, len(r.Collection.Fields))
	for name, v := range set {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		r.Fields[r.Collection.Field(name)] = record.Value(raw)
	}
	return r
}
