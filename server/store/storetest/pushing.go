package storetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"earshot/server/store"
	"earshot/sync/record"
)

func testPushing(t *testing.T, open Open) {
	inWorld(t, open, "a view is in the records, and on the desk, once it is acked", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Replica("coordinator").Catch()
		id := phone.View(nil)
		res := w.Is(phone.Push()[1], record.Applied)
		h := desk.Catch().Get("view", id)
		if string(h.F["words"]) != `"The queue was long."` || h.V != res.Seq {
			t.Fatalf("%+v", h)
		}
		w.Check()
	})

	inWorld(t, open, "what is sent again is the same, with the seq and problem of the first time", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		phone.View(nil)
		phone.View(m{"colour": "red"})
		phone.View(nil)
		first := phone.Push()
		w.Refused(first[2], record.UnknownField)
		before := w.seq()
		for from := 1; from <= 3; from++ {
			ack := phone.PushFrom(from)
			if ack.Acked != 3 || len(ack.Results) != 4-from {
				t.Fatalf("%+v", ack)
			}
			for _, r := range ack.Results {
				w.Is(r, record.Same)
				was := first[r.N]
				if r.Seq != was.Seq || (r.Problem == nil) != (was.Problem == nil) || r.Problem != nil && *r.Problem != *was.Problem {
					t.Fatalf("op %d was %+v and is %+v", r.N, was, r)
				}
			}
		}
		if w.seq() != before {
			t.Fatal("a seq was given for an op that was here already")
		}
		w.Held(1)
		w.Check()
	})

	inWorld(t, open, "known and new ops may stand in one push", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		phone.View(nil)
		phone.Push()
		phone.View(nil)
		ack := phone.PushFrom(1)
		w.Is(ack.Results[0], record.Same)
		w.Is(ack.Results[1], record.Applied)
		if ack.Acked != 2 || ack.Safe != 2 {
			t.Fatalf("%+v", ack)
		}
	})

	inWorld(t, open, "a push that begins above acked+1, or whose numbers do not follow each other, takes no effect", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		for range 4 {
			phone.View(nil)
		}
		phone.PushFrom(1)
		for range 4 {
			phone.View(nil)
		}
		all := phone.outbox
		before := w.seq()
		for name, ops := range map[string][]string{
			"above":           all[5:],
			"a hole inside":   {all[4], all[6]},
			"a hole, known":   {all[0], all[2]},
			"backwards":       {all[5], all[4]},
			"twice in a push": {all[4], all[4]},
			"a void above":    {`{"n":6,"to":7,"void":true}`},
			"after a void":    {`{"n":5,"to":6,"void":true}`, all[5]},
		} {
			ack, err := phone.TryPush(ops)
			w.must(err)
			if !ack.Gap || ack.Expected != 5 || len(ack.Results) > 0 {
				t.Errorf("%s: %+v", name, ack)
			}
		}
		if w.seq() != before {
			t.Error("something took effect")
		}
		if ack := phone.PushFrom(5); ack.Gap || ack.Acked != 8 {
			t.Errorf("%+v", ack)
		}
	})

	inWorld(t, open, "a void is acked with all its numbers, and never replaces an op that is here", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(nil)
		phone.Push()
		ack, err := phone.TryPush([]string{`{"n":1,"to":4,"void":true}`, `{"n":5,"void":true}`})
		w.must(err)
		if ack.Acked != 5 || len(ack.Results) != 2 {
			t.Fatalf("%+v", ack)
		}
		for _, r := range ack.Results {
			if r.Status != record.Applied || r.Seq != 0 || r.Problem != nil {
				t.Fatalf("%+v", r)
			}
		}
		w.Has("view", id, "words", `"The queue was long."`)
		if tip := w.tip(phone); tip != nil {
			t.Fatal("a void has no tip")
		}
		// What was voided stays so, whatever comes under its number.
		ack, err = phone.TryPush([]string{strings.Replace(phone.outbox[0], `"n":1`, `"n":3`, 1)})
		w.must(err)
		w.Is(ack.Results[0], record.Same)
		if ack.Results[0].Seq != 0 {
			t.Fatalf("%+v", ack)
		}
		w.Check()
	})

	inWorld(t, open, "the tip is the hash of the op numbered acked, as it stood in the frame", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		if w.tip(phone) != nil {
			t.Fatal("a tip before the first op")
		}
		phone.View(nil)
		n := phone.Raw(`{ "c":"view", "n":2,"at":"not a time" }`)
		phone.Push()
		sum := sha256.Sum256([]byte(phone.outbox[n-1]))
		if !bytes.Equal(w.tip(phone), sum[:]) {
			t.Fatalf("%x", w.tip(phone))
		}
	})

	inWorld(t, open, "a refused op stops none behind it, and is in quarantine whole", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		phone.Op(m{"c": "view", "r": w.NewID(), "set": m{"service": w.Services[0], "weight": 5, "method": "conv", "words": "x", "share": "words"}})
		id := phone.View(nil)
		res := phone.Push()
		w.Refused(res[1], record.NotAllowed)
		if res[1].Problem.Field != "weight" {
			t.Fatalf("%+v", res[1].Problem)
		}
		w.Is(res[2], record.Applied)
		w.Has("view", id, "weight", "")
		h := w.Held(1)[0]
		if string(h.Op) != phone.outbox[0] || h.N != 1 || h.Device != phone.ID || h.Member != phone.Member || h.Problem != *res[1].Problem {
			t.Fatalf("%+v", h)
		}
		w.Check()
	})

	inWorld(t, open, "an op is applied whole or refused whole", func(t *testing.T, w *World) {
		desk := w.Phone("coordinator")
		id := w.Matter()
		res := desk.Change("matter", id, w.V("matter", id), m{
			"set": m{"title": "Another", "status": "decided"}, "add": m{"themes": []string{w.NewID()}},
		})
		w.Refused(res, record.WrongStep)
		w.Has("matter", id, "title", `"Opening times"`)
		w.Has("matter", id, "themes", "[]")
	})

	inWorld(t, open, "every op that is neither refused nor void gets a seq, which is the record's v, also where it had no effect", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(m{"share": "team"})
		made := phone.Push()[1].Seq
		for _, op := range []m{
			{"c": "view", "r": id, "base": made, "set": m{"share": "words"}}, // wider
			{"c": "view", "r": id, "base": made, "set": m{"share": "team"}},  // equal
			{"c": "view", "r": id, "base": made},                             // nothing
		} {
			if r := phone.PushOne(op); r.Seq == 0 || r.Seq != w.V("view", id) {
				t.Fatalf("%v: %+v, the record is at %d", op, r, w.V("view", id))
			}
		}
		if r := desk.Change("view", id, made, m{"add": m{"matters": []string{}}}); r.Seq != w.V("view", id) {
			t.Fatalf("%+v", r)
		}
		w.Has("view", id, "share", `"team"`)
		w.Check()
	})

	inWorld(t, open, "a base above the record's v is refused base_ahead, but for a withdraw", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		w.Refused(desk.Change("view", id, v+1, m{"set": m{"kind": "idea"}}), record.BaseAhead)
		w.Refused(desk.Change("view", id, 1<<50, m{"set": m{"kind": "idea"}}), record.BaseAhead)
		w.Has("view", id, "kind", "")
		w.Is(desk.Change("view", id, v+100, m{"withdraw": true}), record.Applied)
		if !w.Get("view", id).Gone {
			t.Fatal("it stands")
		}
		w.Held(0) // what was refused of it went with it
		w.Check()
	})

	inWorld(t, open, "an id that another creator has used is refused", func(t *testing.T, w *World) {
		one, other := w.Phone("volunteer"), w.Phone("volunteer2")
		id := one.View(nil)
		one.Push()
		set := m{"service": w.Services[0], "method": "conv", "words": "Mine.", "share": "words"}
		w.Refused(other.PushOne(m{"c": "view", "r": id, "set": set}), record.IDTaken)
		w.Has("view", id, "words", `"The queue was long."`)
		// The same id in another collection is another record.
		w.Is(other.PushOne(m{"c": "escalation", "r": id, "set": m{"kind": "talk", "told": "nobody"}}), record.Applied)
	})

	inWorld(t, open, "a sealed op that does not open is kept, and tried again at the next start", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(nil)
		plain := phone.outbox[0]
		phone.outbox[0] = sealed(1, "lost key", plain)
		w.Refused(phone.Push()[1], record.Unopened)
		h := w.Held(1)[0]
		if !h.Sealed || string(h.Op) != phone.outbox[0] {
			t.Fatalf("%+v", h)
		}
		taken, err := w.TryAgain(ctx, func(string, string, string, int64) ([]byte, error) { return nil, fmt.Errorf("still lost") })
		w.must(err)
		if taken != 0 || w.Get("view", id) != nil {
			t.Fatal("it opened without its key")
		}
		taken, err = w.TryAgain(ctx, func(key, seal, device string, n int64) ([]byte, error) {
			if key != "lost key" || device != phone.ID || n != 1 {
				t.Errorf("asked to open %q of %q, op %d", key, device, n)
			}
			return base64.RawURLEncoding.DecodeString(seal)
		})
		w.must(err)
		if taken != 1 {
			t.Fatalf("%d were taken", taken)
		}
		w.Has("view", id, "words", `"The queue was long."`)
		w.Held(0)
		w.Check()
	})

	t.Run("a device over its quota of quarantine is slowed to one op a push, never stopped", func(t *testing.T) {
		w := NewWorld(t, open, store.Options{Quarantine: 2})
		phone := w.Phone("volunteer")
		for range 4 {
			phone.View(m{"colour": "red"})
		}
		good := phone.View(nil)
		ack := phone.PushFrom(1)
		if ack.Acked != 2 || len(ack.Results) != 2 {
			t.Fatalf("%+v", ack)
		}
		for n := 3; n <= 5; n++ {
			if ack = phone.PushFrom(1); ack.Acked != int64(n) || ack.RetryAfter <= 0 || ack.RetryAfter > time.Minute {
				t.Fatalf("%+v", ack)
			}
		}
		w.Has("view", good, "words", `"The queue was long."`)
		held := w.Held(4)
		for _, h := range held[1:] {
			w.must(w.Discard(ctx, w.DAT.Num, h.ID, w.Members["coordinator"], "noise"))
		}
		phone.View(nil)
		phone.View(nil)
		if ack = phone.PushFrom(6); ack.Acked != 7 || ack.RetryAfter != 0 {
			t.Fatalf("under its quota again: %+v", ack)
		}
		w.Check()
	})

	t.Run("mending", func(t *testing.T) { testMending(t, open) })
	t.Run("copied", func(t *testing.T) { testCopied(t, open) })
}
