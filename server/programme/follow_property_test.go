package programme_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"earshot/sync/record"
)

// Whatever two coordinators, a volunteer and a lead do, seen or unseen, in
// whatever order: what must not stand together does not, after each op.
func TestWhatFollowsHoldsOverGeneratedHistories(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		var views, matters, answers []string
		for range 2 {
			views = append(views, w.view(""))
			matters = append(matters, w.matter(""))
		}
		for _, m := range matters {
			ask, answer := w.id(), w.id()
			w.must(jo, fmt.Sprintf(`{"c":"ask","r":%q,"set":{"matter":%q,"service":%q,"question":"Why?"}}`, ask, m, riverside))
			w.must(jo, fmt.Sprintf(`{"c":"answer","r":%q,"set":{"matter":%q,"said":"a","did":"b"}}`, answer, m))
			answers = append(answers, answer)
		}
		for range rapid.IntRange(1, 25).Draw(rt, "ops") {
			v, m, a := draw(rt, views...), draw(rt, matters...), draw(rt, answers...)
			c, id, change := "view", v, ""
			switch rapid.IntRange(0, 2).Draw(rt, "of") {
			case 0:
				change = draw(rt, `"set":{"handling":"open"}`, `"set":{"handling":"sensitive"}`, `"settle":{"handling":"closed"}`,
					`"set":{"service":"`+northgate+`"}`, `"set":{"service":"`+riverside+`"}`, `"set":{"share":"summary"}`,
					`"add":{"matters":["`+m+`"]}`, `"remove":{"matters":["`+m+`"]}`, `"redact":{"words":"It shuts at five."}`, `"withdraw":true`)
			case 1:
				c, id = "matter", m
				change = draw(rt, `"set":{"handling":"open"}`, `"set":{"handling":"sensitive"}`, `"settle":{"handling":"closed"}`,
					`"add":{"services":["`+northgate+`"]}`, `"remove":{"services":["`+riverside+`"]}`, `"add":{"services":["`+riverside+`"]}`,
					`"add":{"said":[{"id":"`+w.id()+`","text":"Never any 1 ml","view":"`+v+`"}]}`)
			case 2:
				c, id = "answer", a
				change = draw(rt, `"set":{"status":"published"}`, `"set":{"status":"withdrawn"}`)
			}
			r := w.Record(c, id)
			base := rapid.Int64Range(r.Made.Seq, r.V).Draw(rt, "base")
			by := rapid.SampledFrom([]person{jo, sam, ash, kim}).Draw(rt, "by")
			w.says(by, fmt.Sprintf(`{"c":%q,"r":%q,"base":%d,%s}`, c, id, base, change))
			if wrong := w.broken(); wrong != "" {
				rt.Fatalf("after %s of a %s by a %s: %s", change, c, by.role, wrong)
			}
		}
	})
}

// broken names what stands together that must not, or "".
func (w *world) broken() string {
	counts := func(r *record.Record) string {
		i := r.Collection.Field("handling")
		at := slices.Index(r.Collection.Fields[i].Values, r.Get("handling").Text())
		for _, l := range r.Losers(i) {
			at = max(at, slices.Index(r.Collection.Fields[i].Values, l.Value.Text()))
		}
		return r.Collection.Fields[i].Values[at]
	}
	for _, r := range w.records {
		if r.Gone {
			continue
		}
		switch r.Collection.Name {
		case "view":
			for _, m := range r.Get("matters").Elements() {
				matter := w.Record("matter", m.Text())
				if counts(r) == "sensitive" && counts(matter) != "sensitive" && slices.Contains(matter.Get("services").Elements(), r.Get("service")) {
					return "a sensitive view is linked to a matter that its service sees"
				}
			}
		case "matter":
			for _, e := range r.Get("said").Elements() {
				var said struct{ View, Text string }
				if err := json.Unmarshal([]byte(e), &said); err != nil {
					return err.Error()
				}
				view := w.Record("view", said.View)
				if view.Gone || view.Get("share").Text() != "words" || view.Get("words").Text() == "It shuts at five." {
					return "a sentence outlived its view's words"
				}
				if counts(view) == "sensitive" && counts(r) != "sensitive" && slices.Contains(r.Get("services").Elements(), view.Get("service")) {
					return "a sensitive sentence stands on a matter that its service sees"
				}
			}
		case "ask", "answer":
			matter := w.Record("matter", r.Get("matter").Text())
			if r.Get("handling").Text() != counts(matter) {
				return "a " + r.Collection.Name + " is handled otherwise than its matter"
			}
			if r.Get("status").Text() == "published" && r.Get("published") == "" {
				return "an answer is published without a time"
			}
		}
	}
	return ""
}
