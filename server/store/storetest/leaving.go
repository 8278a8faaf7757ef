package storetest

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"earshot/server/store"
)

// A line that breaks while its push waits. The bytes of a frame are the next
// frame's as soon as Push comes back, so the store reads them no more by then.
func testLeaving(t *testing.T, open Open) {
	inWorld(t, open, "a push given up while it waits leaves nothing, whatever its bytes are used for next", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		w.byHand()
		id := phone.View(m{"words": secret})
		ops := w.Incoming(phone.outbox[phone.sent:])
		line, cut := context.WithCancel(ctx)
		done := w.leaving(line, phone, ops)
		for range 100 {
			runtime.Gosched() // so that it waits already, most times
		}
		cut()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		for i := range ops {
			clear(ops[i].Envelope.Raw)
		}
		if n := w.Step(); n != 0 {
			t.Fatalf("a step answered %d requests, of which nobody waits for one", n)
		}
		if w.Get("view", id) != nil {
			t.Fatal("what was given up was done")
		}
		w.must(w.stepped(phone))
		w.Has("view", id, "words", `"`+secret+`"`)
		w.Check()
	})

	f := &failing{}
	t.Run("a push that is being committed is waited for", func(t *testing.T) {
		w := NewWorld(t, open, f.options())
		phone := w.Phone("volunteer")
		w.byHand()
		id := phone.View(m{"words": secret})
		ops := w.Incoming(phone.outbox[phone.sent:])
		line, cut := context.WithCancel(ctx)
		defer cut()
		done := w.leaving(line, phone, ops)
		f.before = func() {
			cut()
			for range 100 {
				runtime.Gosched()
			}
			select {
			case err := <-done:
				t.Errorf("it came back in the middle of its commit: %v", err)
				done <- err
			default:
			}
		}
		for w.Step() == 0 {
			runtime.Gosched()
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		f.before = nil
		w.Has("view", id, "words", `"`+secret+`"`)
		w.Check()
	})
}

// leaving hands in ops on a line that may break, and gives what comes of it.
func (w *World) leaving(line context.Context, p *Phone, ops []store.Incoming) chan error {
	done := make(chan error, 1)
	go func() {
		_, err := w.Push(line, store.Push{DAT: w.DAT.Num, Device: p.ID, Ops: ops})
		done <- err
	}()
	return done
}
