package storetest

import (
	"errors"
	"testing"

	"earshot/server/store"
	"earshot/sync/record"
)

func testLosingAPhone(t *testing.T, open Open) {
	inWorld(t, open, "what a revoked device hands in is acked into quarantine, and never straight into the records", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		before := phone.View(nil)
		phone.Push()
		w.must(w.Revoke(ctx, w.DAT.Num, phone.ID, w.Members["coordinator"]))
		id := phone.View(nil)
		seal := phone.View(m{"words": "Sealed."})
		phone.outbox[2] = sealed(3, "open", phone.outbox[2])
		phone.outbox = append(phone.outbox, sealed(4, "lost key", "{}"), `{"n":5,"void":true}`)
		phone.Op(m{"c": "view", "r": before, "withdraw": true})
		ack := phone.PushFrom(1)
		if !ack.Revoked || ack.Acked != 6 || len(ack.Results) != 6 {
			t.Fatalf("%+v", ack)
		}
		w.Is(ack.Results[0], record.Same)
		for _, i := range []int{1, 2, 3, 5} {
			w.Refused(ack.Results[i], record.RevokedDevice)
		}
		if r := ack.Results[4]; r.Status != record.Applied {
			t.Fatalf("a void: %+v", r)
		}
		if w.Get("view", id) != nil || w.Get("view", seal) != nil || w.Get("view", before).Gone {
			t.Fatal("one took effect")
		}
		held := w.Held(4)
		if held[1].Sealed || !held[2].Sealed {
			t.Fatalf("%+v", held)
		}
		// A coordinator looks at it, and hands it on.
		var op m
		w.must(unmarshal(held[1].Op, &op))
		w.Is(w.Mended(held[1], op), record.Applied)
		w.Has("view", seal, "words", `"Sealed."`)
		w.Check()
	})

	inWorld(t, open, "its watchers hear of it, it stays revoked, and its key does not come back", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		heard := make(chan store.Commit, 10)
		defer w.Watch(func(c store.Commit) { heard <- c })()
		w.must(w.Revoke(ctx, w.DAT.Num, phone.ID, ""))
		if c := <-heard; len(c.Members) != 1 || c.Members[0] != phone.Member {
			t.Fatalf("%+v", c)
		}
		first, err := w.Device(ctx, phone.ID)
		w.must(err)
		w.Clock.Move(1e9)
		w.must(w.Revoke(ctx, w.DAT.Num, phone.ID, ""))
		w.Restart()
		again, err := w.Device(ctx, phone.ID)
		w.must(err)
		if first.Revoked == 0 || again.Revoked != first.Revoked {
			t.Fatalf("revoked at %v, then at %v", first.Revoked, again.Revoked)
		}
		if _, err := w.AddDevice(ctx, store.Device{ID: phone.ID, DAT: w.DAT.Num, Member: phone.Member, Key: "{}"}); !errors.Is(err, store.ErrTaken) {
			t.Fatal(err)
		}
		if err := w.Revoke(ctx, w.Elsewhere().DAT.Num, phone.ID, ""); !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
	})

	inWorld(t, open, "another device of the same member goes on", func(t *testing.T, w *World) {
		lost, second := w.Phone("volunteer"), w.Phone("volunteer")
		w.must(w.Revoke(ctx, w.DAT.Num, lost.ID, ""))
		second.View(nil)
		w.Is(second.Push()[1], record.Applied)
	})

	inWorld(t, open, "who has left is treated as if all their devices were revoked, who is resting is not", func(t *testing.T, w *World) {
		one, second := w.Phone("volunteer"), w.Phone("volunteer")
		w.do("member", one.Member, m{"status": "resting"})
		one.View(nil)
		w.Is(one.Push()[1], record.Applied)
		w.do("member", one.Member, m{"status": "left"})
		for _, p := range []*Phone{one, second} {
			id := p.View(nil)
			n := p.sent + 1
			ack := p.PushFrom(n)
			if !ack.Revoked || ack.Acked != int64(n) || w.Get("view", id) != nil {
				t.Fatalf("%+v", ack)
			}
			p.sent = n
		}
		w.do("member", one.Member, m{"status": "active"})
		one.View(nil)
		w.Is(one.Push()[3], record.Applied)
		// A member whose record was taken back has left.
		w.doOp("member", one.Member, m{"withdraw": true})
		one.View(nil)
		if ack := one.PushFrom(4); !ack.Revoked {
			t.Fatalf("%+v", ack)
		}
		w.Check()
	})

	t.Run("what a revoked device says of its mode does not matter, and it counts against its quota", func(t *testing.T) {
		w := NewWorld(t, open, store.Options{Quarantine: 3})
		phone := w.Phone("volunteer")
		w.must(w.Revoke(ctx, w.DAT.Num, phone.ID, ""))
		for range 6 {
			phone.View(nil)
		}
		ack := phone.PushFrom(1)
		if ack.Acked != 3 || !ack.Revoked {
			t.Fatalf("%+v", ack)
		}
		if ack = phone.PushFrom(4); ack.Acked != 4 || ack.RetryAfter <= 0 {
			t.Fatalf("%+v", ack)
		}
		w.Held(4)
	})

	inWorld(t, open, "what somebody may do is looked up as it is now", func(t *testing.T, w *World) {
		desk := w.Phone("coordinator2")
		matter := w.Matter()
		w.Is(desk.Set("matter", matter, m{"title": "Mine"}), record.Applied)
		w.do("member", desk.Member, m{"role": "volunteer"})
		w.Refused(desk.Set("matter", matter, m{"title": "Still mine"}), record.NotAllowed)
		w.Has("matter", matter, "title", `"Mine"`)
	})
}
