package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

func testAudiences(t *testing.T, open Open) {
	inWorld(t, open, "a new one is read from its beginning by itself, and what comes replaces what is held, at an equal v too", func(t *testing.T, w *World) {
		phone, admin := w.Phone("volunteer"), w.Phone("admin")
		own := phone.View(nil)
		phone.Push()
		second := w.Phone("volunteer2")
		other := second.View(nil)
		second.Push()
		r := w.Replica("volunteer").Catch()
		before := r.Get("view", own)
		if before.F["words"] != nil || r.Has("view", other) {
			t.Fatal("a volunteer holds words, or another's view")
		}
		admin.Set("member", phone.Member, m{"role": "coordinator"})
		r.Reader = w.Reader("volunteer")
		after := r.Catch().Get("view", own)
		if after.V != before.V || after.F["words"] == nil || !r.Has("view", other) {
			t.Fatalf("%+v", after)
		}
		w.agrees(r)
	})

	inWorld(t, open, "what narrows in the commit that makes it is not named to those who might have read it", func(t *testing.T, w *World) {
		desk, service := w.Phone("coordinator"), w.Services[0]
		matter := w.NewID()
		manager := w.Replica("manager").Catch()
		board := w.Replica("lead").Catch()
		quiet := func(why string) {
			t.Helper()
			p, err := w.Read(ctx, manager.Reader, manager.Cursor)
			w.must(err)
			if p.Count != 0 {
				t.Fatalf("%s: %s", why, p.Records)
			}
		}
		ask := m{"c": "ask", "r": w.NewID(), "set": m{"matter": matter, "service": service, "question": "Why?"}}
		w.Is(desk.PushOne(ask), record.Applied)
		quiet("its matter is not here")
		w.Is(desk.PushOne(m{"c": "matter", "r": matter, "set": m{"title": "x", "level": "dat", "handling": "sensitive"}}), record.Applied)
		answer := m{"c": "answer", "r": w.NewID(), "set": m{"matter": matter, "said": "a", "did": "b"}, "add": m{"services": []string{service}}}
		w.Is(desk.PushOne(answer), record.Applied)
		quiet("its matter is sensitive")
		board.Catch().Get("ask", ask["r"].(string))
		w.agrees(board)
		w.agrees(manager)
		w.Check()
		// Whoever has read it is told.
		w.Is(desk.Set("matter", matter, m{"handling": "open"}), record.Applied)
		manager.Catch().Get("ask", ask["r"].(string))
		w.Is(desk.Set("matter", matter, m{"handling": "sensitive"}), record.Applied)
		if manager.Catch().Has("ask", ask["r"].(string)) {
			t.Fatal("it is held")
		}
		w.agrees(manager)
		w.Check()
	})

	inWorld(t, open, "a reader who is another by now is given nothing", func(t *testing.T, w *World) {
		admin, phone := w.Phone("admin"), w.Phone("manager")
		w.accepted(nil)
		reader := func() store.Reader {
			now, err := w.Member(ctx, w.DAT.Num, w.Members["manager"])
			w.must(err)
			r := w.Reader("manager")
			r.MemberV, r.Device = now.V, phone.ID
			return r
		}
		before := reader()
		stale := func(r store.Reader, want bool) {
			t.Helper()
			p, err := w.Read(ctx, r, "")
			w.must(err)
			if p.Stale != want || want && (p.Count != 0 || p.Cursor != "" || p.Records != nil) {
				t.Fatalf("%+v", p)
			}
		}
		stale(before, false)
		me := w.Members["manager"]
		admin.Change("member", me, w.V("member", me), m{"remove": m{"services": []string{w.Services[0]}}})
		stale(before, true)
		stale(reader(), false)
		w.must(w.Revoke(ctx, w.DAT.Num, phone.ID, ""))
		stale(reader(), true)
	})

	inWorld(t, open, "one that is lost is dropped, before anything else comes", func(t *testing.T, w *World) {
		admin := w.Phone("admin")
		id := w.accepted(nil)
		r := w.Replica("manager").Catch()
		r.Get("view", id)
		me := w.Members["manager"]
		admin.Change("member", me, w.V("member", me), m{"remove": m{"services": []string{w.Services[0]}}})
		r.Reader = w.Reader("manager")
		p, err := w.Read(ctx, r.Reader, r.Cursor)
		w.must(err)
		if !slices.Contains(p.Dropped, "service:"+w.Services[0]) || p.Count != 0 || !p.More {
			t.Fatalf("%+v", p)
		}
		r.store(p)
		if r.Catch().Has("view", id) {
			t.Fatal("it is held")
		}
		w.agrees(r)
		// Whom the desk lets go reads nothing at all.
		admin.Set("member", me, m{"status": "left"})
		r.Reader = w.Reader("manager")
		if len(r.Reader.Audiences) != 0 {
			t.Fatal(r.Reader.Audiences)
		}
		if r.Catch(); len(r.Records) != 0 {
			t.Fatalf("%d are held", len(r.Records))
		}
	})

	inWorld(t, open, "one whose sum was wrong is dropped and read again, the others are not", func(t *testing.T, w *World) {
		w.many("view", 30, w.viewed("x"))
		r := w.Replica("coordinator").Catch()
		pages := len(r.Records)
		for key := range r.Records { // the replica has drifted
			if strings.HasPrefix(key, "view/") {
				delete(r.Records, key)
				break
			}
		}
		r.Reader.Again = []string{"desk", "board"} // board is none of theirs
		p, err := w.Read(ctx, r.Reader, r.Cursor)
		w.must(err)
		if !slices.Equal(p.Dropped, []string{"desk"}) || p.Count != 0 {
			t.Fatalf("%+v", p.Dropped)
		}
		r.Reader.Again = nil
		r.store(p)
		if r.Catch(); len(r.Records) != pages {
			t.Fatalf("%d records, %d before", len(r.Records), pages)
		}
		w.agrees(r)
	})

	inWorld(t, open, "nothing of another DAT is sent, whoever asks", func(t *testing.T, w *World) {
		there := w.Elsewhere()
		phone := there.Phone("volunteer")
		id := phone.View(nil)
		phone.Push()
		for _, as := range []string{"coordinator", "admin", "lead", "manager", "volunteer"} {
			r := w.Replica(as)
			r.Reader.Audiences = append(r.Reader.Audiences, "service:"+there.Services[0], "person:"+phone.Member)
			for _, h := range r.Catch().Records {
				if h.R == id || slices.Contains(there.Services, h.R) || h.R == there.DAT.ID {
					t.Fatalf("%s was sent %s %s", as, h.C, h.R)
				}
			}
		}
		// A reader of another DAT, with a cursor of this one.
		r := w.Replica("coordinator").Catch()
		r.Reader = there.Reader("coordinator")
		if p, err := w.Read(ctx, r.Reader, r.Cursor); err != nil || p.Reset != wire.ResetCursor {
			t.Fatalf("%+v %v", p, err)
		}
	})
}

func testCursors(t *testing.T, open Open) {
	t.Run("one of another epoch, ahead of the server, or broken gets reset, and a read from nothing is right", func(t *testing.T) {
		w, other := NewWorld(t, open, store.Options{}), NewWorld(t, open, store.Options{})
		if w.Epoch() == other.Epoch() || w.Epoch() == "" {
			t.Fatalf("%q %q", w.Epoch(), other.Epoch())
		}
		r := w.Replica("coordinator").Catch()
		for cursor, want := range map[string]string{
			other.Replica("coordinator").Catch().Cursor: wire.ResetEpoch,
			"nonsense": wire.ResetCursor, "e30": wire.ResetCursor, "====": wire.ResetCursor, "bnVsbA": wire.ResetCursor,
		} {
			p, err := w.Read(ctx, r.Reader, cursor)
			if err != nil || p.Reset != want || p.Count != 0 || p.Dropped != nil || p.Cursor != "" {
				t.Errorf("%.20q: %+v %v", cursor, p, err)
			}
		}
		held := len(r.Records)
		r.Cursor = "nonsense"
		if r.Catch(); len(r.Records) != held {
			t.Fatalf("%d records, %d before", len(r.Records), held)
		}
	})

	inWorld(t, open, "it holds no more than it must, whatever a reader went through", func(t *testing.T, w *World) {
		w.many("view", 40, w.viewed("x"))
		r := w.Replica("coordinator").Catch()
		size := len(r.Cursor)
		for range 50 {
			r.Reader.Again = []string{"desk", "team"}
			r.Page()
		}
		if r.Catch(); len(r.Cursor) > size+20 {
			t.Fatalf("%d bytes, %d at first", len(r.Cursor), size)
		}
	})

	inWorld(t, open, "a reader that reads nothing for long misses nothing", func(t *testing.T, w *World) {
		away := w.Replica("volunteer").Catch()
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		for i := range 40 {
			id := phone.View(m{"words": fmt.Sprint(i)})
			phone.Push()
			w.Clock.Move(24 * time.Hour)
			desk.Set("view", id, m{"review": "accepted"})
			if i%4 == 0 {
				phone.Change("view", id, 0, withdraw)
			}
		}
		w.agrees(away.Catch())
		w.Check()
	})
}
