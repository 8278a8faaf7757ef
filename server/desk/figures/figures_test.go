package figures_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"earshot/server/desk/figures"
	"earshot/server/programme"
	"earshot/sync/record"
)

// The figures are those of a plain recount, over histories in which phones are
// late, and records are corrected, withdrawn, merged, and told of in any order.
func TestTheFiguresAreThoseOfAPlainRecount(t *testing.T) {
	now := time.Date(2026, 7, 9, 10, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		facts, plain := figures.NewFacts(), recount{map[string]*record.Record{}}
		for range rapid.IntRange(1, 6).Draw(t, "times looked at") {
			for range rapid.IntRange(0, 25).Draw(t, "changes") {
				r := drawRecord(t)
				facts.Take(r)
				plain.records[r.ID] = r
			}
			from := rapid.IntRange(2026*12+2, 2026*12+7).Draw(t, "from")
			p := figures.Period{From: from, To: from + rapid.IntRange(0, 3).Draw(t, "and months")}
			got, want := facts.Report(p, now), plain.report(p, now)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("the figures are as a recount gives them but for:\n%s", differing(lines(got), lines(want)))
			}
		}
	})
}

func lines(of figures.Report) []string {
	raw, err := json.MarshalIndent(of, "", " ")
	if err != nil {
		return []string{err.Error()}
	}
	return strings.Split(string(raw), "\n")
}

func differing(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("line %d: %s, not %s, after\n%s", i, got[i], want[i], strings.Join(want[max(0, i-8):i], "\n"))
		}
	}
	return fmt.Sprintf("%d lines, not %d", len(got), len(want))
}

// drawRecord gives a record as it might stand at any time: few ids, so that they
// are told of again and lead to one another.
func drawRecord(t *rapid.T) *record.Record {
	one := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
	some := func(what string, n int) string { return fmt.Sprintf("%s-%d", what, rapid.IntRange(1, n).Draw(t, what)) }
	several := func(what string, n int) []string {
		var list []string
		for i := 1; i <= n; i++ {
			if rapid.Bool().Draw(t, what) {
				list = append(list, fmt.Sprintf("%s-%d", what, i))
			}
		}
		return list
	}
	at := func(what string) time.Time {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 300*24*60).Draw(t, what)) * time.Minute)
	}
	instant := func(what string) string { return record.At(at(what)).String() }
	date := func(what string) string { return at(what).Format(time.DateOnly) }

	collection := one("collection", "view", "view", "view", "visit", "matter", "matter", "answer", "telling", "theme", "member")
	set := map[string]any{}
	var id string
	switch collection {
	case "view":
		id = some("view", 8)
		set = map[string]any{
			"at": instant("at"), "service": some("service", 3), "by": some("member", 3), "kind": one("kind", "praise", "gap"), "method": one("method", "door", "van"),
			"themes": several("theme", 3), "matters": several("matter", 3), "review": one("review", "new", "accepted", "set_aside"),
		}
	case "visit":
		id = some("visit", 5)
		set = map[string]any{"service": some("service", 4), "by": some("member", 3), "method": "van", "status": one("status", "planned", "running", "done", "missed"), "spoken": rapid.IntRange(0, 9).Draw(t, "spoken"), "declined": rapid.IntRange(0, 2).Draw(t, "declined")}
		if rapid.Bool().Draw(t, "began") {
			set["started"] = instant("started")
		}
		if rapid.Bool().Draw(t, "over") {
			set["ended"] = instant("ended")
		}
	case "matter":
		id = some("matter", 3)
		set = map[string]any{
			"status": one("status", "raised", "decided", "done", "parked"), "decision": one("decision", "yes", "no"), "outcome": one("outcome", "place", "none"),
			"decided_by": map[string]any{"body": "The group", "on": date("on")},
		}
		if rapid.IntRange(0, 2).Draw(t, "merged") == 0 {
			set["merged_into"] = some("matter", 3)
		}
		if rapid.Bool().Draw(t, "is claimed") {
			set["claimed"] = date("claimed")
		}
		if rapid.Bool().Draw(t, "is confirmed") {
			set["confirmed"] = date("confirmed")
		}
	case "answer":
		id = some("answer", 3)
		set = map[string]any{"matter": some("matter", 3), "status": one("status", "draft", "published", "withdrawn")}
		if set["status"] != "draft" {
			set["published"] = instant("published")
		}
	case "telling":
		id = some("telling", 4)
		set = map[string]any{"answer": some("answer", 3), "service": some("service", 3), "at": instant("told at")}
	case "theme":
		id = some("theme", 3)
		if rapid.Bool().Draw(t, "below") {
			set["parent"] = some("theme", 3)
		}
	case "member":
		id = some("member", 3)
		set = map[string]any{"role": one("role", "volunteer", "outreach", "coordinator"), "status": one("status", "active", "resting")}
	}
	r := &record.Record{Collection: programme.Schema().Collection(collection), ID: id, Made: record.Write{Time: record.At(at("made"))}}
	r.Gone = rapid.IntRange(0, 6).Draw(t, "gone") == 0
	r.Fields = make([]record.Value, len(r.Collection.Fields))
	if r.Gone {
		return r
	}
	for name, v := range set {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if string(raw) != "null" {
			r.Fields[r.Collection.Field(name)] = record.Value(raw)
		}
	}
	if collection == "view" && rapid.Bool().Draw(t, "reviewed later") {
		r.States = make([]*record.State, len(r.Fields))
		r.States[r.Collection.Field("review")] = &record.State{Writes: []record.Stood{{Until: 9, Write: record.Write{Time: record.At(at("once"))}}, {Write: record.Write{Time: record.At(at("reviewed"))}}}}
	}
	return r
}
