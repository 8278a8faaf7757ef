package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"earshot/server/store"
	"earshot/sync/record"
)

func testTimes(t *testing.T, open Open) {
	t.Run("a device's time is corrected by how far its clock was off when it said hello", func(t *testing.T) {
		for _, offset := range []time.Duration{0, 3 * time.Hour, -26 * time.Hour, 300 * 24 * time.Hour} {
			w := NewWorld(t, open, store.Options{})
			phone := w.Phone("volunteer")
			phone.Offset = offset
			at := w.Clock.Now()
			id := phone.View(nil)
			w.Clock.Move(time.Hour) // it is handed in later
			phone.Push()
			w.Has("view", id, "at", quoted(at))
			if made := w.Get("view", id).Made.Time.Std(); !made.Equal(at) {
				t.Errorf("off by %v: %v", offset, made)
			}
		}
	})

	inWorld(t, open, "what a maker leaves out is filled in: at, by, week, and what starts by itself", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(nil)
		phone.Push()
		for field, want := range map[string]string{
			"by": `"` + phone.Member + `"`, "at": `"2026-03-03T10:00:00Z"`, "week": `"2026-03-02"`,
			"review": `"new"`, "handling": `"open"`, "times": "1", "speaker": `"unsaid"`, "themes": "[]", "matters": "[]",
			"cleared": "[]", "kind": "", "summary": "", "weight": "", "released": "", "consent": "", "same_as": "",
		} {
			w.Has("view", id, field, want)
		}
		visit := w.NewID()
		w.Is(phone.PushOne(m{"c": "visit", "r": visit, "set": m{"service": w.Services[0], "method": "conv"}}), record.Applied)
		for field, want := range map[string]string{
			"by": `"` + phone.Member + `"`, "purpose": `"listen"`, "spoken": "0", "declined": "0", "status": `"planned"`, "note": "",
		} {
			w.Has("visit", visit, field, want)
		}
		for field, want := range map[string]string{
			"term": `"Drug Action Team"`, "capture_locked": "true", "hold_minutes": "5", "keep_months": "12", "lease_days": "14",
			"escalate_minutes": "30", "training_blocks": "false", "name": `"Anytown"`,
		} {
			w.Has("dat", w.DAT.ID, field, want)
		}
	})

	inWorld(t, open, "a time inside set is a person's word", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		phone.Offset = time.Hour
		id := phone.View(m{"at": "2026-01-01T00:30:00+01:00"})
		phone.Push()
		w.Has("view", id, "at", `"2025-12-31T23:30:00Z"`)
		w.Has("view", id, "week", `"2025-12-29"`)
		// A clock on the wall may be ahead.
		ahead := phone.View(m{"at": "2031-01-01T00:00:00Z"})
		w.Is(phone.Push()[2], record.Applied)
		w.Has("view", ahead, "at", `"2031-01-01T00:00:00Z"`)
	})

	inWorld(t, open, "the week is the server's to say", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		phone.View(m{"week": "2026-03-02"})
		w.Refused(phone.Push()[1], record.NotAllowed)
		id := phone.View(nil)
		phone.Push()
		w.Refused(w.Phone("coordinator").Set("view", id, m{"week": "2026-02-23"}), record.NotAllowed)
	})

	inWorld(t, open, "a change is not after its arrival", func(t *testing.T, w *World) {
		phone, one, other := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone("coordinator2")
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		ahead := w.Clock.Now().Add(48 * time.Hour)
		one.PushOne(m{"c": "view", "r": id, "base": v, "at": ahead, "set": m{"kind": "idea"}})
		w.Clock.Move(time.Minute)
		w.Is(other.Change("view", id, v, m{"set": m{"kind": "gap"}}), record.Kept)
		w.Has("view", id, "kind", `"gap"`, `"idea"`)
	})

	t.Run("the later one is the value, in whatever order they come", func(t *testing.T) {
		for _, laterFirst := range []bool{false, true} {
			w := NewWorld(t, open, store.Options{})
			phone, one, other := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone("coordinator2")
			id := phone.View(nil)
			phone.Push()
			v := w.V("view", id)
			w.Clock.Move(time.Minute)
			one.Op(m{"c": "view", "r": id, "base": v, "set": m{"kind": "idea"}})
			w.Clock.Move(time.Minute)
			other.Op(m{"c": "view", "r": id, "base": v, "set": m{"kind": "gap"}})
			w.Clock.Move(time.Minute)
			if laterFirst {
				other.Push()
				one.Push()
			} else {
				one.Push()
				other.Push()
			}
			w.Has("view", id, "kind", `"gap"`, `"idea"`)
			w.Check()
		}
	})

	inWorld(t, open, "a change is later than the commit of its base, however slow its clock", func(t *testing.T, w *World) {
		phone, one, other, third := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone("coordinator2"), w.Phone("coordinator")
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		w.Clock.Move(time.Minute)
		one.Change("view", id, v, m{"set": m{"kind": "idea"}})
		third.Change("view", id, v, m{"set": m{"kind": "praise"}})
		seen := w.V("view", id)
		w.Clock.Move(time.Minute)
		// It settles nothing, so what it saw lost stays; but it is later than all of it.
		w.Is(other.PushOne(m{"c": "view", "r": id, "base": seen, "at": "1999-01-01T00:00:00Z", "set": m{"kind": "gap"}}), record.Kept)
		rec := w.Get("view", id)
		if rec.Get("kind") != `"gap"` {
			t.Fatalf("%s", rec.Get("kind"))
		}
		w.Check()
	})

	inWorld(t, open, "and than the op before it of its device", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		desk.Op(m{"c": "view", "r": id, "base": v, "set": m{"kind": "idea"}})
		desk.Op(m{"c": "view", "r": id, "base": v, "at": "1999-01-01T00:00:00Z", "set": m{"kind": "gap"}})
		desk.Push()
		w.Has("view", id, "kind", `"gap"`)
	})

	inWorld(t, open, "commit times never go back, also where the server's clock does", func(t *testing.T, w *World) {
		phone, one, other := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone("coordinator2")
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		one.Change("view", id, v, m{"set": m{"kind": "idea"}})
		seen := w.V("view", id)
		w.Clock.Move(-72 * time.Hour)
		w.Is(other.Change("view", id, seen, m{"set": m{"kind": "gap"}}), record.Applied)
		w.Has("view", id, "kind", `"gap"`)
		w.Restart()
		w.Is(one.Change("view", id, w.V("view", id), m{"set": m{"kind": "praise"}}), record.Applied)
		w.Has("view", id, "kind", `"praise"`)
		w.Check()
	})

	inWorld(t, open, "an entry of a log has the op's time and member, whatever it says itself", func(t *testing.T, w *World) {
		desk, matter, entry := w.Phone("coordinator"), w.Matter(), w.NewID()
		desk.Offset = time.Hour
		w.Clock.Move(time.Minute)
		w.Is(desk.Change("matter", matter, w.V("matter", matter), m{"add": m{"notes": []m{
			{"id": entry, "text": "A note.", "by": w.Members["lead"], "at": "1999-01-01T00:00:00Z"},
		}}}), record.Applied)
		var notes []m
		w.must(json.Unmarshal([]byte(w.Get("matter", matter).Get("notes")), &notes))
		if len(notes) != 1 || notes[0]["by"] != desk.Member || notes[0]["at"] != "2026-03-03T10:01:00Z" {
			t.Fatalf("%v", notes)
		}
		v := w.V("matter", matter)
		w.Is(desk.Change("matter", matter, v, m{"add": m{"notes": []m{{"id": entry, "text": "Another."}}}}), record.Applied)
		if again := string(w.Get("matter", matter).Get("notes")); again != string(w.json(notes)) {
			t.Fatalf("%s", again)
		}
	})
}

func quoted(at time.Time) string { return string(record.At(at).Value()) }
