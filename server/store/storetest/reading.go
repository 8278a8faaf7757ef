package storetest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

func testReading(t *testing.T, open Open) {
	t.Run("a first read", func(t *testing.T) { testFirstRead(t, open) })
	t.Run("what is new", func(t *testing.T) { testNews(t, open) })
	t.Run("audiences", func(t *testing.T) { testAudiences(t, open) })
	t.Run("cursors", func(t *testing.T) { testCursors(t, open) })
}

// many lets the server make records in one commit.
func (w *World) many(collection string, n int, set m) []string {
	w.Helper()
	ids := make([]string, n)
	ops := make([]*record.Op, n)
	for i := range ops {
		ids[i] = w.NewID()
		op, p := wire.DecodeOp(programme.Schema(), w.json(m{"c": collection, "r": ids[i], "at": w.Clock.Now(), "set": set}), 1)
		if p != nil {
			w.Fatal(p)
		}
		ops[i] = op
	}
	results, err := w.Do(ctx, w.DAT.Num, "", ops)
	w.must(err)
	for _, r := range results {
		w.Is(r, record.Applied)
	}
	return ids
}

func (w *World) viewed(words string) m {
	return m{"service": w.Services[0], "method": "surv", "words": words, "share": "words"}
}

func testFirstRead(t *testing.T, open Open) {
	inWorld(t, open, "the small collections first, then the rest newest first, then what is gone; what moved out is not said", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		taken := phone.View(nil)
		var views []string
		for range 5 {
			views = append(views, phone.View(nil))
		}
		phone.Push()
		matter := w.Matter()
		desk.Set("view", views[1], m{"kind": "idea"}) // it is the newest now
		phone.Change("view", taken, 0, withdraw)
		var all []Held
		r := w.Replica("coordinator")
		for more := true; more; {
			p, err := w.Read(ctx, r.Reader, r.Cursor)
			w.must(err)
			var page []Held
			w.must(unmarshal(p.Records, &page))
			all = append(all, page...)
			more = r.store(p)
		}
		phase, v := 0, int64(0)
		small := []string{"dat", "service", "theme", "member", "matter", "answer", "visit"}
		for _, h := range all {
			now := 1
			switch {
			case h.Gone:
				now = 2
			case slices.Contains(small, h.C):
				now = 0
			}
			if now < phase || now == phase && phase == 0 && h.V < v || now == phase && phase == 1 && h.V > v {
				t.Fatalf("%s at %d came after %d, in phase %d", h.C, h.V, v, phase)
			}
			if h.Out {
				t.Fatal("a first read says what moved out")
			}
			phase, v = now, h.V
		}
		if last := all[len(all)-1]; !last.Gone || last.R != taken || last.F != nil || last.A != nil {
			t.Fatalf("%+v", last)
		}
		if first := all[slices.IndexFunc(all, func(h Held) bool { return h.C == "view" })]; first.R != views[1] {
			t.Fatal("the newest did not come first")
		}
		r.Get("matter", matter)
	})

	inWorld(t, open, "a page is at most 1,000 records, or 512 KiB", func(t *testing.T, w *World) {
		w.many("view", 1100, w.viewed("x"))
		w.many("view", 120, w.viewed(strings.Repeat("wordy ", 1300)))
		r := w.Replica("coordinator").Catch() // which looks at each page
		if r.Pages < 3 || len(r.Records) < 1220 {
			t.Fatalf("%d records in %d pages", len(r.Records), r.Pages)
		}
		w.Check()
	})

	inWorld(t, open, "a page holds at least one record, whatever its size", func(t *testing.T, w *World) {
		matter := w.Matter()
		entries := make([]m, 300)
		for i := range entries {
			entries[i] = m{"id": w.NewID(), "text": strings.Repeat("wordy ", 333)}
		}
		w.doOp("matter", matter, m{"add": m{"notes": entries}})
		r := w.Replica("coordinator").Catch()
		if n := len(r.Get("matter", matter).F["notes"]); n < wire.MaxPageBytes {
			t.Fatalf("%d bytes", n)
		}
		// And as news.
		w.do("matter", matter, m{"title": "Another"})
		if string(r.Catch().Get("matter", matter).F["title"]) != `"Another"` {
			t.Fatal("it was not sent")
		}
	})

	inWorld(t, open, "live changes come in between, and nothing comes twice or is missed", func(t *testing.T, w *World) {
		ids := w.many("view", 1800, w.viewed("x"))
		r := w.Replica("coordinator")
		phone := w.Phone("volunteer")
		desk := w.Phone("coordinator")
		for n := 0; r.Page(); n++ {
			id := phone.View(nil)
			phone.Push()
			desk.Set("view", ids[n*7], m{"kind": "idea"})        // oldest: not read yet
			desk.Set("view", ids[1799-n*7], m{"kind": "praise"}) // newest: read already
			desk.Change("view", ids[n*7+1], 0, withdraw)
			r.Page()
			if !r.Has("view", id) {
				t.Fatal("what is new waits for what is old")
			}
		}
		r.Catch()
		w.agrees(r)
		w.Check()
	})

	inWorld(t, open, "a read that breaks off anywhere goes on from where it was, and ends as the same", func(t *testing.T, w *World) {
		w.many("view", 1500, w.viewed("x"))
		r := w.Replica("coordinator")
		for {
			again := &Replica{w: w, Reader: r.Reader, Cursor: r.Cursor, Records: maps.Clone(r.Records)}
			w.agrees(again.Catch())
			if !r.Page() {
				break
			}
			w.Restart()
		}
		w.agrees(r)
	})
}

func testNews(t *testing.T, open Open) {
	inWorld(t, open, "comes in order of v, each record once, as it is now", func(t *testing.T, w *World) {
		r := w.Replica("coordinator").Catch()
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		one, two, matter := phone.View(nil), phone.View(nil), w.Matter()
		phone.Push()
		for _, kind := range []string{"idea", "gap", "praise"} {
			desk.Set("view", one, m{"kind": kind})
		}
		p, err := w.Read(ctx, r.Reader, r.Cursor)
		w.must(err)
		var page []Held
		w.must(unmarshal(p.Records, &page))
		var got []string
		for i, h := range page {
			got = append(got, h.R)
			if i > 0 && h.V <= page[i-1].V {
				t.Fatalf("%d after %d", h.V, page[i-1].V)
			}
		}
		if !slices.Equal(got, []string{matter, two, one}) || string(page[2].F["kind"]) != `"praise"` || p.More {
			t.Fatalf("%v %+v", got, page)
		}
		r.store(p)
		if p, _ = w.Read(ctx, r.Reader, r.Cursor); p.Count != 0 || p.Cursor != r.Cursor || string(p.Records) != "[]" {
			t.Fatalf("%+v", p)
		}
	})

	inWorld(t, open, "what moves out of all of a reader's audiences is out, and comes in again", func(t *testing.T, w *World) {
		r, away := w.Replica("manager").Catch(), w.Replica("manager").Catch()
		desk := w.Phone("coordinator")
		id := w.accepted(nil)
		r.Catch().Get("view", id)
		away.Catch().Get("view", id)
		for range 2 {
			w.Is(desk.Set("view", id, m{"handling": "sensitive"}), record.Applied)
			if r.Catch().Has("view", id) {
				t.Fatal("it is held")
			}
			w.Is(desk.Set("view", id, m{"handling": "open"}), record.Applied)
			r.Catch().Get("view", id)
		}
		w.Is(desk.Set("view", id, m{"handling": "sensitive"}), record.Applied)
		w.Is(desk.Set("view", id, m{"kind": "idea"}), record.Applied) // changed since, out of sight
		if away.Catch().Has("view", id) {
			t.Fatal("one that was away holds it")
		}
		// Gone for good, and who was away then learns of it.
		w.Is(desk.Change("view", id, 0, withdraw), record.Applied)
		if r.Catch().Has("view", id) {
			t.Fatal("it is held")
		}
		w.Check()
	})

	inWorld(t, open, "what moves out of one audience and stays in another is told as it is", func(t *testing.T, w *World) {
		admin, desk := w.Phone("admin"), w.Phone("coordinator")
		id := w.Members["manager"]
		admin.Change("member", id, w.V("member", id), m{"add": m{"services": []string{w.Services[1]}}})
		matter := w.Matter()
		desk.Change("matter", matter, w.V("matter", matter), m{"add": m{"services": []string{w.Services[1]}}})
		r := w.Replica("manager").Catch()
		if a := r.Get("matter", matter).A; len(a) != 2 {
			t.Fatal(a)
		}
		desk.Change("matter", matter, w.V("matter", matter), m{"remove": m{"services": []string{w.Services[1]}}})
		if a := r.Catch().Get("matter", matter).A; !slices.Equal(a, []string{"service:" + w.Services[0]}) {
			t.Fatal(a)
		}
		w.agrees(r)
	})

	inWorld(t, open, "the last page carries the sum of each audience, the others none", func(t *testing.T, w *World) {
		w.many("view", 1500, w.viewed("x"))
		r := w.Replica("coordinator")
		for last := false; !last; {
			p, err := w.Read(ctx, r.Reader, r.Cursor)
			w.must(err)
			last = !p.More
			if last != (p.Sums != nil) {
				t.Fatalf("more %v, sums %v", p.More, p.Sums)
			}
			if last && len(p.Sums) != len(r.Reader.Audiences) {
				t.Fatalf("%v", p.Sums)
			}
			r.store(p) // which compares them
		}
	})

	inWorld(t, open, "a watcher hears of each commit: which audiences, and whose standing", func(t *testing.T, w *World) {
		heard := make(chan store.Commit, 10)
		stop := w.Watch(func(c store.Commit) { heard <- c })
		phone := w.Phone("volunteer")
		if c := <-heard; !slices.Equal(c.Members, []string{phone.Member}) {
			t.Fatalf("enrolled: %+v", c)
		}
		phone.View(nil)
		res := phone.Push()[1]
		if c := <-heard; c.DAT != w.DAT.Num || c.Seq != res.Seq || !slices.Equal(c.Audiences, []string{"desk", "person:" + phone.Member}) {
			t.Fatalf("%+v", c)
		}
		id := w.Members["manager"]
		w.do("member", id, m{"status": "resting"})
		if c := <-heard; !slices.Equal(c.Members, []string{id}) {
			t.Fatalf("%+v", c)
		}
		stop()
		phone.View(nil)
		phone.Push()
		select {
		case c := <-heard:
			t.Fatalf("after stop: %+v", c)
		default:
		}
	})
}
