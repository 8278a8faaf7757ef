package demo_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"earshot/server/demo"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// dice are random and the same each time.
func dice() *rand.ChaCha8 { return rand.NewChaCha8(sha256.Sum256([]byte("the same each time"))) }

func open(t *testing.T, now time.Time) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Now: func() time.Time { return now }, Random: dice()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func all(t *testing.T, s *store.Store, dat store.DAT, collection string) []*record.Record {
	t.Helper()
	var list []*record.Record
	if err := s.Each(context.Background(), dat.Num, collection, func(r *record.Record) error {
		list = append(list, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// Whatever day of the week it is shown on.
var days = []time.Time{
	time.Date(2026, 11, 23, 0, 5, 0, 0, time.UTC), // a Monday, just after midnight
	time.Date(2026, 11, 26, 15, 30, 0, 0, time.UTC),
	time.Date(2026, 11, 29, 23, 50, 0, 0, time.UTC), // a Sunday
}

func TestThereIsSomethingToSeeInEveryRoom(t *testing.T) {
	for _, now := range days {
		t.Run(now.Weekday().String(), func(t *testing.T) {
			s := open(t, now)
			d, err := demo.Make(t.Context(), s, now, dice())
			if err != nil {
				t.Fatal(err)
			}
			steps := map[string]bool{}
			for _, m := range all(t, s, d.DAT, "matter") {
				steps[m.Get("status").Text()] = true
			}
			for _, step := range programme.MatterSteps {
				if !steps[step] {
					t.Errorf("no matter is %s", step)
				}
			}
			views, fresh, released, linked := all(t, s, d.DAT, "view"), 0, 0, 0
			for _, v := range views {
				at, err := record.ParseTime(v.Get("at").Text())
				if err != nil || at > record.At(now) {
					t.Errorf("a view was heard at %s", v.Get("at"))
				}
				if v.Get("review").Text() == "new" {
					fresh++
				}
				if v.Get("released") != "" {
					released++
				}
				if v.Get("matters") != "[]" {
					linked++
				}
			}
			if len(views) < 60 || fresh < 4 || released < 40 || linked < 20 {
				t.Errorf("%d views, %d of them new, %d released, %d linked", len(views), fresh, released, linked)
			}
			published := 0
			for _, a := range all(t, s, d.DAT, "answer") {
				if a.Get("status").Text() == "published" && a.Get("published") != "" {
					published++
				}
			}
			if published != 3 {
				t.Errorf("%d answers are published", published)
			}
			for _, collection := range []string{"service", "visit", "escalation", "ask", "telling", "training", "member"} {
				if len(all(t, s, d.DAT, collection)) == 0 {
					t.Errorf("there is no %s", collection)
				}
			}
			report, err := s.Check(t.Context())
			if err != nil || len(report.Problems) > 0 {
				t.Errorf("check: %v %v", err, report.Problems)
			}
		})
	}
}

func TestWhatIsAskedAndAnsweredBelongsToAMatter(t *testing.T) {
	s := open(t, days[1])
	d, err := demo.Make(t.Context(), s, days[1], dice())
	if err != nil {
		t.Fatal(err)
	}
	matters := map[string]bool{}
	for _, m := range all(t, s, d.DAT, "matter") {
		matters[m.ID] = true
	}
	for _, r := range append(all(t, s, d.DAT, "answer"), all(t, s, d.DAT, "ask")...) {
		if !matters[r.Get("matter").Text()] {
			t.Errorf("%s %s belongs to no matter", r.Get("said"), r.Get("question"))
		}
	}
}

func TestTheSameTimeAndDiceMakeTheSameDemonstration(t *testing.T) {
	var texts [2]string
	for i := range texts {
		s := open(t, days[1])
		d, err := demo.Make(t.Context(), s, days[1], dice())
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, c := range programme.Schema().Collections {
			for _, r := range all(t, s, d.DAT, c.Name) {
				b.WriteString(c.Name + "/" + r.ID)
				b.Write(record.AppendFields(nil, r, ^record.Mask(0)))
			}
		}
		texts[i] = b.String()
	}
	if texts[0] != texts[1] {
		t.Error("they differ")
	}
}

func TestADirectoryThatHasOneIsLeftAlone(t *testing.T) {
	s := open(t, days[1])
	first, err := demo.Make(t.Context(), s, days[1], dice())
	if err != nil {
		t.Fatal(err)
	}
	again, err := demo.Make(t.Context(), s, days[2], rand.NewChaCha8([32]byte{9}))
	if err != nil || again != first {
		t.Errorf("%+v and %+v: %v", first, again, err)
	}
}

// People are named first, and nobody is called by what they use.
func TestTheDemonstrationSpeaksAsTheProductDoes(t *testing.T) {
	s := open(t, days[1])
	d, err := demo.Make(t.Context(), s, days[1], dice())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range programme.Schema().Collections {
		for _, r := range all(t, s, d.DAT, c.Name) {
			text := strings.ToLower(string(record.AppendFields(nil, r, ^record.Mask(0))))
			for _, word := range []string{"addict", "abuse", "junkie", "clean ", "dirty", "misuse"} {
				if strings.Contains(text, word) {
					t.Errorf("a %s says %q", c.Name, word)
				}
			}
		}
	}
}

// The whole road, in the real store: what was chosen from a view goes with it.
func TestASentenceGoesWithItsViewInTheStoreToo(t *testing.T) {
	s := open(t, days[1])
	d, err := demo.Make(t.Context(), s, days[1], dice())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all(t, s, d.DAT, "matter") {
		said := m.Get("said").Elements()
		if len(said) == 0 {
			continue
		}
		var sentence struct{ View string }
		if err := json.Unmarshal([]byte(said[0]), &sentence); err != nil {
			t.Fatal(err)
		}
		back := &record.Op{Collection: programme.Views, ID: sentence.View, Schema: programme.Version, Withdraw: true}
		if results, err := s.Do(t.Context(), d.DAT.Num, "", []*record.Op{back}); err != nil || results[0].Problem != nil {
			t.Fatal(results, err)
		}
		after, err := s.Record(t.Context(), d.DAT.Num, "matter", m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if left := after.Get("said").Elements(); len(left) != len(said)-1 {
			t.Errorf("%d of %d sentences are left", len(left), len(said))
		}
		return
	}
	t.Error("no matter holds a sentence")
}
