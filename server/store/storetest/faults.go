package storetest

import (
	"errors"
	"runtime"
	"testing"

	"earshot/server/store"
)

// Faults are put into the files of a store.
type Faults interface {
	FailAfter(n int) // n reads and changes of a file go well, every later one fails
	Failed() int     // how many have failed since
	Heal()
}

// RunFaults runs what a store has to bear from its disk. o names the faulty files.
func RunFaults(t *testing.T, open Open, o store.Options, f Faults) {
	t.Run("whichever call of a commit fails, it took effect whole or not at all, also after a crash", func(t *testing.T) {
		w := NewWorld(t, open, o)
		phone := w.Phone("volunteer")
		w.byHand()
		var acked []string
		for n := 0; ; n++ {
			if n > 500 {
				t.Fatal("it never ends well")
			}
			id := phone.View(nil)
			phone.View(m{"colour": "red"})
			f.FailAfter(n)
			err := w.stepped(phone)
			failed := f.Failed()
			dir := t.TempDir()
			w.copyTo(dir)
			f.Heal()
			there := w.Get("view", id) != nil
			switch {
			case err == nil && there:
				acked = append(acked, id)
			case errors.Is(err, store.ErrUnavailable) && !there && failed > 0:
			default:
				t.Fatalf("call %d: %v, and it is there: %v", n, err, there)
			}
			w.Check()
			w.afterCrash(dir, phone, acked)
			if err == nil && failed == 0 {
				break
			}
			if err != nil {
				w.must(w.stepped(phone))
				acked = append(acked, id)
			}
		}
		w.Held(len(acked))
		w.Check()
		w.agrees(w.Replica("coordinator").Catch())
	})

	t.Run("whichever call of a withdrawal fails, its words are gone from every file in the end", func(t *testing.T) {
		w := NewWorld(t, open, o)
		phone := w.Phone("volunteer")
		w.byHand()
		for n := 0; ; n++ {
			if n > 500 {
				t.Fatal("it never ends well")
			}
			id := phone.View(m{"words": secret})
			w.must(w.stepped(phone))
			phone.Op(m{"c": "view", "r": id, "withdraw": true})
			f.FailAfter(n)
			err := w.stepped(phone)
			failed := f.Failed()
			f.Heal()
			if err != nil {
				if !errors.Is(err, store.ErrUnavailable) || w.Get("view", id).Gone {
					t.Fatalf("call %d: %v", n, err)
				}
				w.must(w.stepped(phone))
			} else if failed > 0 {
				// The commit went well and what cleans up after it did not: the next one does.
				phone.View(nil)
				w.must(w.stepped(phone))
			}
			if !w.Get("view", id).Gone {
				t.Fatalf("call %d: acked, and it stands", n)
			}
			w.scan(secret)
			w.Check()
			if failed == 0 {
				break
			}
		}
	})

	t.Run("whichever call of indexing fails, nothing is missing and nothing twice", func(t *testing.T) {
		w := NewWorld(t, open, o)
		phone := w.Phone("volunteer")
		w.byHand()
		var all []spoken
		for n := 0; ; n++ {
			if n > 500 {
				t.Fatal("it never ends well")
			}
			s := spoken{word: aWord(w.rnd)}
			s.id = phone.View(m{"words": s.word})
			all = append(all, s)
			w.must(w.stepped(phone))
			f.FailAfter(n)
			err := w.steppedIndex()
			failed := f.Failed()
			f.Heal()
			if left := w.unindexed(); err == nil && left > 0 || err != nil && (!errors.Is(err, store.ErrUnavailable) || failed == 0) {
				t.Fatalf("call %d: %v, and %d are not indexed", n, err, left)
			}
			w.Check()
			w.heard(all[n], all[n/2], all[0])
			if err == nil && failed == 0 {
				break
			}
		}
		w.must(w.steppedIndex())
		w.heard(all...)
		w.Check()
	})

	t.Run("a read that fails says so, and is whole when it is asked again", func(t *testing.T) {
		o := o
		o.IndexAfter = -1 // nothing else is to meet the fault
		w := NewWorld(t, open, o)
		w.many("view", 400, w.viewed("x"))
		want, err := w.Read(ctx, w.Reader("coordinator"), "")
		w.must(err)
		for n := 0; ; n++ {
			if n > 500 {
				t.Fatal("it never ends well")
			}
			w.Restart() // what was read once is remembered
			reader := w.Reader("coordinator")
			f.FailAfter(n)
			got, err := w.Read(ctx, reader, "")
			failed := f.Failed()
			f.Heal()
			for range 6 { // on each of its connections
				if err == nil && (string(got.Records) != string(want.Records) || got.Cursor != want.Cursor) {
					t.Fatalf("call %d: %d records of %d", n, got.Count, want.Count)
				}
				got, err = w.Read(ctx, reader, "")
				w.must(err)
			}
			if failed == 0 {
				break
			}
		}
	})
}

// steppedIndex indexes everything, in a store that commits by hand.
func (w *World) steppedIndex() error {
	done := make(chan error, 1)
	go func() { done <- w.Index(ctx) }()
	for {
		w.Step()
		select {
		case err := <-done:
			return err
		default:
			runtime.Gosched()
		}
	}
}

// afterCrash opens what a crash left, and fails the test where an acked view is not
// there, or the phone can't hand in the rest.
func (w *World) afterCrash(dir string, phone *Phone, acked []string) {
	w.Helper()
	again := *w
	again.Dir, again.options = dir, store.Options{}
	again.Open()
	defer again.Close()
	again.Check()
	for _, id := range acked {
		again.Has("view", id, "words", `"The queue was long."`)
	}
	p := *phone
	p.w = &again
	if ack := p.PushFrom(1); ack.Acked != int64(len(p.outbox)) {
		w.Fatalf("%+v", ack)
	}
	again.Check()
}
