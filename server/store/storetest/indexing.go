package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/server/store"
	"earshot/sync/record"
)

// aWord gives words of twelve letters, no two alike. An index may keep the first
// letters of several words once, so it is the last that tell of one.
func aWord(rnd *rand.Rand) string {
	letters := make([]byte, 12)
	for i := range letters {
		letters[i] = byte('a' + rnd.IntN(26))
	}
	return string(letters)
}

// A spoken is one view and a word that only it has.
type spoken struct{ id, word string }

// speak hands in so many views.
func (w *World) speak(phone *Phone, n int) (all []spoken) {
	for range n {
		s := spoken{word: aWord(w.rnd)}
		s.id = phone.View(m{"words": "They said " + s.word + " and the queue was long, longer than it ever was"})
		if all = append(all, s); len(all)%100 == 0 {
			phone.Push()
		}
	}
	phone.Push()
	return all
}

// heard fails the test where one of these is not found, or another instead.
func (w *World) heard(all ...spoken) {
	w.Helper()
	for _, s := range all {
		w.finds("coordinator", s.word, "view/"+s.id)
	}
}

// indexStopped indexes as much as one transaction does, and no more.
func (w *World) indexStopped(f *failing) {
	w.Helper()
	stopping, stop := context.WithCancel(ctx)
	f.before = stop
	if err := w.Index(stopping); !errors.Is(err, context.Canceled) {
		w.Fatalf("it was not stopped: %v", err)
	}
	f.before = nil
}

func (w *World) unindexed() int64 {
	w.Helper()
	r, err := w.Store.Check(ctx)
	w.must(err)
	return r.Unindexed
}

// byItself leaves the index to the store from here on.
func (w *World) byItself() {
	w.Helper()
	w.must(w.Close())
	w.options = store.Options{}
	w.Open()
}

func testIndexing(t *testing.T, open Open) {
	t.Run("it goes on by itself once nobody hands in anything, and after a start", func(t *testing.T) {
		w := NewWorld(t, open, store.Options{IndexAfter: -1})
		phone := w.Phone("volunteer")
		all := w.speak(phone, 700)
		if n := w.unindexed(); n < 700 {
			t.Fatalf("%d are not indexed", n)
		}
		w.byItself()
		w.indexedByItself()
		all = append(all, w.speak(phone, 700)...)
		w.indexedByItself()
		for _, i := range w.rnd.Perm(len(all))[:50] {
			w.heard(all[i])
		}
		w.Check()
	})

	t.Run("what was acked is found at once, with the newest before what is indexed", func(t *testing.T) {
		var f failing
		w := NewWorld(t, open, f.options())
		phone := w.Phone("volunteer")
		w.speak(phone, 300)
		w.indexStopped(&f)
		all := w.speak(phone, 1)
		if n := w.unindexed(); n < 2 || n > 300 {
			t.Fatalf("%d are not indexed", n)
		}
		hits, more, err := w.Search(ctx, w.Reader("coordinator"), store.Search{Text: "queue longer", Most: 301})
		w.must(err)
		if len(hits) != 301 || more || hits[0].ID != all[0].id {
			t.Fatalf("%d are found, and more %v", len(hits), more)
		}
		if !slices.IsSortedFunc(hits, func(a, b store.Found) int { return int(w.V("view", b.ID) - w.V("view", a.ID)) }) {
			t.Fatal("they are not in order")
		}
		for most := 300; most > 0; most -= 37 {
			some, more, err := w.Search(ctx, w.Reader("coordinator"), store.Search{Text: "queue longer", Most: most})
			w.must(err)
			if len(some) != most || !more || some[most-1].ID != hits[most-1].ID {
				t.Fatalf("of %d, %d are found, and more %v", most, len(some), more)
			}
		}
		w.heard(all...)
	})

	t.Run("what has changed since it was indexed is found as it is now, in its order", func(t *testing.T) {
		var f failing
		w := NewWorld(t, open, f.options())
		phone := w.Phone("volunteer")
		all := w.speak(phone, 200)
		w.must(w.Index(ctx))
		all = append(all, w.speak(phone, 50)...)
		changed := map[int]bool{0: true, 1: true, 100: true, 198: true, 199: true, 249: true}
		for i := range changed {
			w.do("view", all[i].id, m{"summary": "once"})
			w.do("view", all[i].id, m{"summary": "twice"})
		}
		hidden := aWord(w.rnd) // said, and taken back, since
		w.do("view", all[150].id, m{"summary": hidden})
		w.doOp("view", all[150].id, m{"redact": m{"summary": nil}})
		w.do("view", all[151].id, m{"summary": hidden})
		phone.Op(m{"c": "view", "r": all[151].id, "withdraw": true})
		phone.Push()
		all = append(all[:151], all[152:]...)
		changed = map[int]bool{0: true, 1: true, 100: true, 197: true, 198: true, 248: true}
		if n := w.unindexed(); n != 50+7 {
			t.Fatalf("%d are not indexed", n)
		}
		for range 2 {
			var want []string
			for i := range all {
				if changed[i] {
					want = append([]string{"view/" + all[i].id}, want...)
				}
			}
			for most := 1; most <= 249; most += 31 {
				hits, more, err := w.Search(ctx, w.Reader("coordinator"), store.Search{Text: "queue", Most: most})
				w.must(err)
				if len(hits) != most || more != (most < 249) || hits[most-1].ID != all[249-most].id {
					t.Fatalf("of %d: %d, and more %v", most, len(hits), more)
				}
			}
			for text, want := range map[string][]string{"twice": want, "once": nil, hidden: nil} {
				hits, _, err := w.Search(ctx, w.Reader("coordinator"), store.Search{Text: text, Most: 99})
				w.must(err)
				var got []string
				for _, h := range hits {
					got = append(got, "view/"+h.ID)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s: %v, want %v", text, got, want)
				}
			}
			w.Check()
			w.must(w.Index(ctx))
		}
		w.heard(all[0], all[150], all[248])
	})

	t.Run("of a crash at any point of it nothing is missing and nothing twice", func(t *testing.T) {
		var f failing
		w := NewWorld(t, open, f.options())
		phone := w.Phone("volunteer")
		all := w.speak(phone, 600)
		var dirs []string
		crash := func() {
			dirs = append(dirs, t.TempDir())
			w.copyTo(dirs[len(dirs)-1])
		}
		crash() // between the push and its index
		f.before = crash
		w.must(w.Index(ctx))
		f.before = nil
		crash()
		if len(dirs) < 4 {
			t.Fatalf("it was done in %d transactions", len(dirs)-2)
		}
		var left []int64
		for _, dir := range dirs {
			again := *w
			again.Dir, again.options = dir, store.Options{IndexAfter: -1}
			again.Open()
			left = append(left, again.unindexed())
			again.Check()
			again.heard(all[0], all[299], all[599])
			again.Check()
			if n := again.unindexed(); n != 0 {
				t.Fatalf("%d are not indexed in the end", n)
			}
			again.must(again.Close())
		}
		if !slices.IsSortedFunc(left, func(a, b int64) int { return int(b - a) }) || left[0] < 600 || left[len(left)-1] != 0 {
			t.Fatalf("what was left to index: %v", left)
		}
	})

	t.Run("a transaction of it that fails leaves all as it was, and is done again", func(t *testing.T) {
		var f failing
		w := NewWorld(t, open, f.options())
		all := w.speak(w.Phone("volunteer"), 5)
		before := w.unindexed()
		f.next(1)
		if err := w.Index(ctx); !errors.Is(err, store.ErrUnavailable) {
			t.Fatal(err)
		}
		if n := w.unindexed(); n != before {
			t.Fatalf("%d are not indexed, it were %d", n, before)
		}
		w.Check()
		w.heard(all...)
		w.Check()
	})

	t.Run("what is erased is in no file, indexed or not, also when that had just begun", testErasedWhileIndexing(open))

	t.Run("each DAT finds its own, on whichever side of what is indexed", func(t *testing.T) {
		var f failing
		w := NewWorld(t, open, f.options())
		worlds := []*World{w, w.Elsewhere()}
		var all [2][]spoken
		phones := []*Phone{w.Phone("volunteer"), worlds[1].Phone("volunteer")}
		for range 30 {
			for i, at := range worlds {
				all[i] = append(all[i], at.speak(phones[i], 10)...)
			}
		}
		w.indexStopped(&f)
		check := func() {
			t.Helper()
			for i, at := range worlds {
				hits, _, err := at.Search(ctx, at.Reader("coordinator"), store.Search{Text: "queue", Most: 1000})
				w.must(err)
				if len(hits) != 300 {
					t.Fatalf("DAT %d finds %d", i, len(hits))
				}
				for j, s := range slices.Concat(all[:]...) {
					if j%29 > 0 {
						continue
					}
					hits, _, err := at.Search(ctx, at.Reader("coordinator"), store.Search{Text: s.word, Most: 9})
					w.must(err)
					if own := slices.Contains(all[i], s); own != (len(hits) == 1) {
						t.Fatalf("DAT %d finds %v, own %v", i, hits, own)
					}
				}
			}
			w.Check()
		}
		if w.unindexed() == 0 {
			t.Fatal("all is indexed")
		}
		check()
		w.must(w.Index(ctx))
		check()
	})

	t.Run("two processes index what either has taken, while both take more", func(t *testing.T) {
		w := NewWorld(t, open, store.Options{IndexAfter: time.Nanosecond})
		other := *w
		other.devices = 500
		other.Open()
		defer other.Close()
		var group sync.WaitGroup
		var all [2][]spoken
		for i, at := range []*World{w, &other} {
			mine := *at
			mine.rnd = rand.New(rand.NewPCG(7, uint64(i)))
			phone := mine.Phone("volunteer") // it takes its ids from mine, not from what both share
			group.Go(func() {
				for range 20 {
					all[i] = append(all[i], mine.speak(phone, 10)...)
				}
			})
		}
		group.Wait()
		w.indexedByItself()
		for i := range 200 {
			if i%20 == 0 {
				w.heard(all[0][i], all[1][i])
				other.heard(all[0][i], all[1][i])
			}
		}
		w.Check()
	})
}

// indexedByItself waits until all is indexed.
func (w *World) indexedByItself() {
	w.Helper()
	for deadline := time.Now().Add(time.Minute); w.unindexed() > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			w.Fatalf("%d are not indexed by themselves", w.unindexed())
		}
	}
}

// Words are erased out of records that are indexed, that are not, and that are from
// then on; and out of an index of which parts are brought together.
func testErasedWhileIndexing(open Open) func(*testing.T) {
	return func(t *testing.T) {
		var f failing
		w := NewWorld(t, open, f.options())
		phone := w.Phone("volunteer")
		var left []spoken
		gone := map[string]bool{}
		for round := range 12 {
			all := w.speak(phone, 100)
			if round%3 > 0 && w.unindexed() > 200 {
				w.indexStopped(&f)
			}
			all = append(all, left...)
			left = nil
			for _, s := range all {
				switch w.rnd.IntN(6) {
				case 0:
					phone.Op(m{"c": "view", "r": s.id, "withdraw": true})
					gone[s.word] = true
				case 1:
					w.doOp("view", s.id, m{"redact": m{"words": "They said [name]"}})
					gone[s.word] = true
				case 2: // said of the same words, and sent on
					w.do("view", s.id, m{"summary": fmt.Sprint("Heard ", strings.ToUpper(s.word)), "review": "accepted", "released": "2026-03-02"})
					w.doOp("view", s.id, m{"redact": m{"summary": nil}})
					left = append(left, s)
				default:
					left = append(left, s)
				}
			}
			for _, r := range phone.Push() {
				w.Is(r, record.Applied)
			}
			w.Check()
			for word := range gone {
				if hits, _, err := w.Search(ctx, w.Reader("coordinator"), store.Search{Text: word, Most: 1}); err != nil || len(hits) > 0 {
					t.Fatalf("%s is found: %+v %v", word, hits, err)
				}
			}
		}
		scan := func() {
			w.Helper()
			w.must(w.Close())
			for word := range gone {
				w.scan(word[len(word)-8:])
			}
			w.Open()
		}
		if w.unindexed() == 0 {
			t.Fatal("all is indexed")
		}
		scan()
		w.heard(left[0], left[len(left)/2], left[len(left)-1])
		if n := w.unindexed(); n != 0 {
			t.Fatalf("%d are not indexed", n)
		}
		w.Check()
		scan()
	}
}
