package storetest

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"earshot/server/store"
	"earshot/sync/record"
)

// look gives what a member finds. Where nothing is indexed by itself, as much is found
// before it is as after.
func (w *World) look(as string, q store.Search) ([]store.Found, bool) {
	w.Helper()
	hits, more, err := w.Search(ctx, w.Reader(as), q)
	w.must(err)
	if w.options.IndexAfter < 0 {
		w.must(w.Index(ctx))
		again, still, err := w.Search(ctx, w.Reader(as), q)
		w.must(err)
		if !reflect.DeepEqual(hits, again) || more != still {
			w.Fatalf("%s looks for %s and finds, before it is indexed, %+v and more %v; then %+v and more %v", as, q.Text, hits, more, again, still)
		}
	}
	return hits, more
}

// find gives what a member finds, the newest first, each as "COLLECTION/ID".
func (w *World) find(as, text string, collections ...string) (found []string) {
	w.Helper()
	hits, _ := w.look(as, store.Search{Text: text, Collections: collections, Most: 1000})
	for _, h := range hits {
		found = append(found, h.Collection+"/"+h.ID)
	}
	return found
}

// finds fails the test where a member finds anything else than these.
func (w *World) finds(as, text string, want ...string) {
	w.Helper()
	if got := w.find(as, text); !slices.Equal(got, want) {
		w.Fatalf("%s looks for %s and finds %v, want %v", as, text, got, want)
	}
}

func testSearching(t *testing.T, open Open) {
	for how, o := range map[string]store.Options{
		"indexed by itself": {},
		"indexed by hand":   {IndexAfter: -1},
	} {
		t.Run(how, func(t *testing.T) {
			testSearchingWith(t, open, o)
		})
	}
}

func testSearchingWith(t *testing.T, open Open, o store.Options) {
	in := func(name string, test func(*testing.T, *World)) {
		t.Run(name, func(t *testing.T) { test(t, NewWorld(t, open, o)) })
	}
	in("a text is found by its words and how they begin, without case, accents and apostrophes, and marked", testWordsAreFound)

	in("each finds what they may see, by what they may see of it", func(t *testing.T, w *World) {
		there := w.Elsewhere()
		phone := w.Phone("volunteer")
		id := phone.View(m{"words": "The lad at the desk sneered", "summary": nil, "share": "summary"})
		phone.Push()
		w.do("view", id, m{"summary": "Staff manner"})
		view := "view/" + id
		w.finds("coordinator", "sneered", view)
		w.finds("coordinator", "manner", view)
		for _, as := range []string{"manager", "lead", "admin", "volunteer", "volunteer2", "outreach"} {
			w.finds(as, "sneered")
			w.finds(as, "manner")
		}
		there.finds("coordinator", "sneered")

		w.do("view", id, m{"review": "accepted", "released": "2026-03-02"})
		w.finds("manager", "manner", view)
		w.finds("manager", "sneered") // shared as a summary
		w.do("view", id, m{"handling": "sensitive"})
		w.finds("manager", "manner")
		w.finds("coordinator", "manner", view)

		matter := w.Matter()
		w.doOp("matter", matter, m{"add": m{"notes": []m{{"id": w.NewID(), "text": "Rang the clinic"}}}})
		w.finds("lead", "opening times", "matter/"+matter)
		w.finds("manager", "opening times", "matter/"+matter)
		w.finds("lead", "rang", "matter/"+matter)
		w.finds("manager", "rang")
		w.finds("coordinator", "clinic", "matter/"+matter)
		w.Check()
	})

	in("it is found as it is now", func(t *testing.T, w *World) {
		id := w.Matter()
		w.do("matter", id, m{"title": "Closing hours"})
		w.finds("lead", "opening")
		w.finds("lead", "closing", "matter/"+id)
		w.Check()
	})

	in("the newest come first, in the collections that are named, no more than are asked for", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		var want []string
		for range 5 {
			want = append([]string{"view/" + phone.View(nil)}, want...)
			phone.Push()
		}
		matter := w.NewID()
		w.do("matter", matter, m{"title": "The queue", "level": "dat"})
		w.finds("coordinator", "queue", append([]string{"matter/" + matter}, want...)...)
		if got := w.find("coordinator", "queue", "view"); !slices.Equal(got, want) {
			t.Fatalf("among views: %v", got)
		}
		if got := w.find("coordinator", "queue", "nothing"); got != nil {
			t.Fatalf("among what there is not: %v", got)
		}
		hits, more := w.look("coordinator", store.Search{Text: "queue", Most: 2})
		if len(hits) != 2 || !more || hits[1].ID != strings.TrimPrefix(want[0], "view/") {
			t.Fatalf("two of six: %v %v", hits, more)
		}
		if _, more := w.look("coordinator", store.Search{Text: "queue", Most: 6}); more {
			t.Fatal("more than six of six")
		}
		for _, text := range []string{"", "  ", `""`, "?!", strings.Repeat("word1 other2 ", 1) + "a b c d e f g h i j k"} {
			if _, _, err := w.Search(ctx, w.Reader("coordinator"), store.Search{Text: text, Most: 1}); !errors.Is(err, store.ErrSearch) {
				t.Errorf("%q: %v", text, err)
			}
		}
	})

	in("an entry of a log is found by itself, and not when it has fallen", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		view := phone.View(m{"words": "The " + secret + " is shut"})
		phone.Push()
		matter, entry := w.Matter(), w.NewID()
		w.doOp("matter", matter, m{"add": m{"said": []m{{"id": entry, "text": "A " + secret, "view": view}, {"id": w.NewID(), "text": "else"}}}})
		hits, _ := w.look("lead", store.Search{Text: secret, Most: 9})
		want := []store.Found{{Collection: "matter", ID: matter, Texts: []store.Marked{{Field: "said", Entry: entry, Text: "A " + secret, Marks: [][2]int{{2, 2 + len(secret)}}}}}}
		if !reflect.DeepEqual(hits, want) {
			t.Fatalf("%+v", hits)
		}
		w.Is(phone.Change("view", view, 0, withdraw), record.Applied)
		w.finds("lead", secret)
		w.finds("lead", "else", "matter/"+matter)
		// All of what is looked for stands in one field, if not in one entry.
		w.doOp("matter", matter, m{"add": m{"said": []m{{"id": w.NewID(), "text": "something"}}}})
		w.finds("lead", "else something", "matter/"+matter)
		w.finds("lead", "else opening")
		w.Nowhere(secret)
		w.Check()
	})

	in("of what is erased no word stays in the index or in a file, wherever in it that was", testErasedWords)
}

func testWordsAreFound(t *testing.T, w *World) {
	phone := w.Phone("volunteer")
	const words = "Café’s shut at five — they DON’T open Saturdays, not once. Ünïque ﬁx. 日本 42nd."
	id := phone.View(m{"words": words})
	phone.Push()
	for text, want := range map[string][]string{
		"cafe":               {"Café’s"},
		"CAFÉS":              {"Café’s"},
		"don't":              {"DON’T"},
		"dont":               {"DON’T"},
		"sat":                {"Saturdays"},
		"open satur":         {"open", "Saturdays"},
		"saturday open":      {"open", "Saturdays"},
		"cafes saturdays at": {"Café’s", "at", "Saturdays"},
		"unique fix":         {"Ünïque", "ﬁx"},
		"日本":                 {"日本"},
		"42nd":               {"42nd"},
		"at":                 {"at"},
		"shut shut SHUT":     {"shut"},
		`open* ^five + "at"`: {"at", "five", "open"},
	} {
		hits, _ := w.look("coordinator", store.Search{Text: text, Most: 9})
		if want == nil {
			if len(hits) != 0 {
				t.Errorf("%s: found %+v", text, hits)
			}
			continue
		}
		if len(hits) != 1 || hits[0].ID != id || len(hits[0].Texts) != 1 || hits[0].Texts[0].Text != words || hits[0].Texts[0].Field != "words" {
			t.Errorf("%s: found %+v", text, hits)
			continue
		}
		var marked []string
		for _, at := range hits[0].Texts[0].Marks {
			marked = append(marked, string([]rune(words)[at[0]:at[1]]))
		}
		if !slices.Equal(marked, want) {
			t.Errorf("%s: marked %q, want %q", text, marked, want)
		}
	}
	for _, text := range []string{"sa", "satur open", "saturdaysx", "ve", "OR", `" OR "_1`, "_view", `"open" NOR (five)`, "1"} {
		w.finds("coordinator", text)
	}
}

// Erased words go from an index of many commits, of which some were brought
// together by then: those that stood alone on a page, at its beginning, or between
// others that are like them.
func testErasedWords(t *testing.T, w *World) {
	// A word's last letters are its own; an index may keep the others once for several.
	word := func(n int) string {
		letters := make([]byte, 12)
		for i := range letters {
			letters[i] = byte('a' + w.rnd.IntN(26))
		}
		return strings.Repeat("q", n%7) + string(letters)
	}
	phone := w.Phone("volunteer")
	type one struct{ id, words, summary string }
	var all []one
	for n := range 600 {
		v := one{words: word(n), summary: word(n)}
		v.id = phone.View(m{"words": "They said " + v.words + " and the queue was long", "summary": "About " + v.summary})
		all = append(all, v)
		if n%5 == 0 || w.rnd.IntN(9) == 0 {
			phone.Push()
		}
	}
	phone.Push()
	gone := map[string]bool{}
	for _, n := range w.rnd.Perm(len(all))[:300] {
		v := all[n]
		switch n % 3 {
		case 0:
			phone.Op(m{"c": "view", "r": v.id, "withdraw": true})
			gone[v.words], gone[v.summary] = true, true
		case 1:
			w.doOp("view", v.id, m{"redact": m{"words": "They said [name]"}})
			gone[v.words] = true
		default:
			w.doOp("view", v.id, m{"redact": m{"summary": nil}})
			gone[v.summary] = true
		}
		if w.rnd.IntN(20) == 0 {
			phone.Push()
		}
	}
	phone.Push()
	for _, v := range all {
		for _, word := range []string{v.words, v.summary} {
			if found := w.find("coordinator", word); (len(found) == 0) != gone[word] || len(found) > 1 {
				t.Fatalf("%s, erased %v, is found %d times", word, gone[word], len(found))
			}
		}
	}
	w.Check()
	w.must(w.Close())
	for word := range gone {
		w.scan(word[len(word)-8:])
	}
	w.Open()
}
