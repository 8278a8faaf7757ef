package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/server/store/storetest"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// sayings makes texts as people's answers are: some 35 words, few of them often and
// most of them seldom.
func sayings(rnd *rand.Rand) func() string {
	zipf := rand.NewZipf(rnd, 1.1, 4, 30_000)
	return func() string {
		var b strings.Builder
		for range 20 + rnd.IntN(30) {
			n := zipf.Uint64() + 26*26 // words of three letters and four, and no two alike
			for ; n > 0; n /= 26 {
				b.WriteByte(byte('a' + n%26))
			}
			b.WriteByte(' ')
		}
		return b.String()
	}
}

// A database of a release that had no index, or another one, gets it at its start.
func TestAnIndexThatIsNotOfThisReleaseIsMadeAnew(t *testing.T) {
	for what, change := range map[string]string{"the rules": "rules = 'older'", "how texts are cut": "words = 0"} {
		t.Run(what, func(t *testing.T) { testOldIndex(t, change) })
	}
}

func testOldIndex(t *testing.T, change string) {
	w := storetest.NewWorld(t, open, store.Options{IndexAfter: -1})
	id := w.Matter()
	if err := errors.Join(w.Index(t.Context()), w.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", filepath.Join(w.Dir, store.File))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("INSERT INTO search (search) VALUES ('delete-all'); INSERT INTO search (rowid, words) VALUES (7, '_1 _view old'); UPDATE meta SET " + change)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	w.Open()
	for range 2 { // not yet indexed again, and indexed
		found, _, err := w.Search(t.Context(), w.Reader("lead"), store.Search{Text: "opening", Most: 9})
		if err != nil || len(found) != 1 || found[0].ID != id {
			t.Errorf("found %v %v", found, err)
		}
		w.Check()
		if err := w.Index(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever somebody writes is words to look for, and never a command.
func TestWhateverIsLookedForIsWords(t *testing.T) {
	w := storetest.NewWorld(t, open, store.Options{})
	w.Matter()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([ "*+^:(){}_-]|OR|AND|NOT|NEAR|words|search|opening){1,9}`)).Draw(t, "text")
		if _, _, err := w.Search(context.Background(), w.Reader("lead"), store.Search{Text: text, Most: 9}); err != nil && !errors.Is(err, store.ErrSearch) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// manyViews makes so many accepted views, a thousand a commit.
func manyViews(tb testing.TB, w *storetest.World, n int, words func() string) {
	for from := 0; from < n; from += 1000 {
		var ops []*record.Op
		for i := from; i < from+1000; i++ {
			raw := fmt.Appendf(nil, `{"at":"2026-03-03T10:00:00Z","c":"view","r":%q,"base":0,"schema":1,"set":{"service":%q,"method":"nxc","words":%q,"share":"words","review":"accepted","released":"2026-03-02"}}`,
				w.NewID(), w.Services[i%10/9], words())
			op, p := wire.DecodeOp(programme.Schema(), raw, 1)
			if p != nil {
				tb.Fatal(p)
			}
			ops = append(ops, op)
		}
		if _, err := w.Do(context.Background(), w.DAT.Num, "", ops); err != nil {
			tb.Fatal(err)
		}
	}
}

// A search among 100,000 views is to take less than 50 ms, whoever looks for what.
// Beside it, in the same run: reading the views one by one.
func BenchmarkSearch(b *testing.B) {
	const n = 100_000
	w := storetest.NewWorld(b, open, store.Options{})
	next := sayings(rand.New(rand.NewPCG(3, 4)))
	manyViews(b, w, n, next)
	if err := w.Index(b.Context()); err != nil {
		b.Fatal(err)
	}
	count := map[string]int{}
	for range 1000 {
		for _, word := range strings.Fields(next()) {
			count[word]++
		}
	}
	words := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return count[b] - count[a] })
	often, seldom := words[0], words[len(words)-1]
	start, one := time.Now(), 0
	if err := w.Each(b.Context(), w.DAT.Num, "view", func(r *record.Record) error {
		if strings.Contains(r.Get("words").Text(), seldom) {
			one++
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	scan := time.Since(start)
	b.Logf("%d of %d views have it, found one by one in %v", one, n, scan)
	for _, c := range []struct{ name, as, text string }{
		{"a seldom word", "coordinator", seldom},
		{"the most frequent word", "coordinator", often + " " + words[1]},
		{"how the most frequent word begins", "coordinator", often[:3]},
		{"a seldom and a frequent one", "coordinator", seldom + " " + often},
		{"the twelve most frequent", "coordinator", strings.Join(words[:12], " ")},
		{"a word that is nowhere", "coordinator", "zzzzzzzz"},
		{"a manager's, frequent", "manager", often},
		{"a lead's, of which they see none", "lead", often},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := w.Reader(c.as)
			var took []time.Duration
			hits := 0
			for b.Loop() {
				start := time.Now()
				found, _, err := w.Search(b.Context(), r, store.Search{Text: c.text, Most: 50})
				if err != nil {
					b.Fatal(err)
				}
				took, hits = append(took, time.Since(start)), len(found)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[0].Microseconds())/1000, "ms-least")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
			b.ReportMetric(float64(hits), "hits")
			b.ReportMetric(float64(scan)/float64(took[len(took)/2]), "times-faster")
		})
	}
}
