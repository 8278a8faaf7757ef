package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"earshot/server/store"
	"earshot/sync/record"
)

const code = "PINE-RIVER-LAMP-42"

// back is a withdrawal by receipt.
func back(code string) m { return m{"c": "view", "receipt": code, "withdraw": true} }

func testReceipts(t *testing.T, open Open) {
	t.Run("a receipt takes back what lies in quarantine, whichever comes first", func(t *testing.T) {
		for _, first := range []string{"the view", "the withdrawal"} {
			t.Run(first, func(t *testing.T) {
				w := NewWorld(t, open, store.Options{})
				phone, other := w.Phone("volunteer"), w.Phone("volunteer2")
				id := ""
				view := func() {
					id = phone.View(m{"receipt": code, "service": w.NewID(), "words": "zanzibar"})
					phone.Push()
				}
				if first == "the view" {
					view()
					w.Held(1)
				}
				w.Is(other.PushOne(back(code)), record.Applied)
				if first != "the view" {
					view()
				}
				w.Held(0)
				if rec := w.Get("view", id); !rec.Gone {
					t.Fatal("no tombstone stands for it")
				}
				w.Check()
			})
		}
	})
	inWorld(t, open, "receipts that are no words of ours take back none but their own", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		odd := []string{"!!!", "???", "ЖУК-12", "РЕКА-12"}
		var ids []string
		for _, code := range odd {
			ids = append(ids, phone.View(m{"receipt": code}))
		}
		phone.Push()
		for i, code := range odd {
			w.Is(w.Phone("volunteer2").PushOne(back(code)), record.Applied)
			for j, id := range ids {
				if gone := w.Get("view", id).Gone; gone != (j <= i) {
					t.Fatalf("after %s: the view of %s is gone: %v", code, odd[j], gone)
				}
			}
		}
	})
	inWorld(t, open, "a receipt is found by its code, said in any way, and sent to nobody", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(m{"receipt": code})
		phone.Push()
		for _, said := range []string{code, "pine river lamp 42", " Pine-River  lamp-42 "} {
			found, waiting, err := w.Receipts(ctx, 0, said)
			w.must(err)
			if len(found) != 1 || found[0].ID != id || found[0].Gone || waiting {
				t.Fatalf("%q: %+v %v", said, found, waiting)
			}
		}
		for _, as := range []string{"coordinator", "volunteer"} {
			if h := w.Replica(as).Catch().Get("view", id); h.F["receipt"] != nil {
				t.Fatalf("%s was sent it", as)
			}
		}
		if w.Get("view", id).Get("receipt") != "" {
			t.Fatal("the record holds it")
		}
	})

	inWorld(t, open, "it takes back its view, through whichever member carries it", func(t *testing.T, w *World) {
		phone, other := w.Phone("volunteer"), w.Phone("volunteer2")
		id := phone.View(m{"receipt": code})
		phone.Push()
		w.Is(other.PushOne(back("pine river lamp 42")), record.Applied)
		if !w.Get("view", id).Gone {
			t.Fatal("it stands")
		}
		found, waiting, err := w.Receipts(ctx, 0, code)
		w.must(err)
		if len(found) != 1 || !found[0].Gone || waiting {
			t.Fatalf("%+v %v", found, waiting)
		}
		w.Is(other.PushOne(back(code)), record.Applied) // again: the same answer
		w.Held(0)
		w.Check()
	})

	inWorld(t, open, "a code that is not known yet waits, with the same answer, until its receipt comes", func(t *testing.T, w *World) {
		phone, other := w.Phone("volunteer"), w.Phone("volunteer2")
		res := w.Is(other.PushOne(back(code)), record.Applied)
		if res.Problem != nil {
			t.Fatalf("%+v", res)
		}
		_, waiting, err := w.Receipts(ctx, 0, code)
		w.must(err)
		if !waiting {
			t.Fatal("it does not wait")
		}
		id := phone.View(m{"receipt": code})
		w.Is(phone.Push()[1], record.Applied)
		if !w.Get("view", id).Gone {
			t.Fatal("it stands")
		}
		if desk := w.Replica("coordinator").Catch(); desk.Has("view", id) {
			t.Fatal("the desk was sent it")
		}
		w.Check()
	})

	t.Run("each counts against the guesses of its device, known or not; above them it goes to quarantine", func(t *testing.T) {
		for _, atOnce := range []bool{false, true} {
			w := NewWorld(t, open, store.Options{})
			phone, other := w.Phone("volunteer"), w.Phone("volunteer2")
			id := phone.View(m{"receipt": code})
			last := phone.View(m{"receipt": "OAK-MOSS-BELL-11"})
			phone.Push()
			for n := range 20 {
				op := back(fmt.Sprintf("OAK-MOSS-BELL-%d", 20+n))
				if n == 3 {
					op = back(code)
				}
				if other.Op(op); !atOnce {
					w.Is(other.Push()[int64(n+1)], record.Applied)
				}
			}
			other.Op(back("OAK-MOSS-BELL-11"))
			res := other.Push()
			if r := res[21]; r.Status != record.Refused {
				t.Fatalf("at once %v: the 21st guess of a day is %v", atOnce, r.Status)
			}
			if !w.Get("view", id).Gone || w.Get("view", last).Gone {
				t.Fatal("another was taken back")
			}
			w.Held(1)
			// Another device has guesses of its own, and tomorrow is another day.
			w.Is(phone.PushOne(back("OAK-MOSS-BELL-90")), record.Applied)
			w.Clock.Move(25 * time.Hour)
			w.Is(other.PushOne(back("OAK-MOSS-BELL-11")), record.Applied)
			if !w.Get("view", last).Gone {
				t.Fatal("it stands")
			}
			w.Check()
		}
	})

	inWorld(t, open, "of two views with one code neither is taken back: it goes to the desk", func(t *testing.T, w *World) {
		phone, other := w.Phone("volunteer"), w.Phone("volunteer2")
		one := phone.View(m{"receipt": code})
		phone.Push()
		two := other.View(m{"receipt": code})
		other.Push()
		found, _, err := w.Receipts(ctx, 0, code)
		w.must(err)
		if len(found) != 2 {
			t.Fatalf("%+v", found)
		}
		w.Refused(phone.PushOne(back(code)), record.NotAllowed)
		if err := w.WithdrawReceipt(ctx, code, "somewhere"); !errors.Is(err, store.ErrTaken) {
			t.Fatal(err)
		}
		if w.Get("view", one).Gone || w.Get("view", two).Gone {
			t.Fatal("one was taken back")
		}
		w.Held(1)
	})

	inWorld(t, open, "a receipt is for taking back, and for nothing else", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		phone.View(m{"receipt": code})
		phone.Push()
		if r := phone.PushOne(m{"c": "view", "receipt": code, "set": m{"share": "team"}}); r.Status != record.Refused {
			t.Fatalf("%+v", r)
		}
		if r := phone.PushOne(m{"c": "view", "r": w.NewID(), "receipt": code, "set": m{"share": "team"}}); r.Status != record.Refused {
			t.Fatalf("%+v", r)
		}
	})

	inWorld(t, open, "from the public page", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(m{"receipt": code})
		phone.Push()
		w.must(w.WithdrawReceipt(ctx, strings.ToLower(code), "address"))
		if !w.Get("view", id).Gone {
			t.Fatal("it stands")
		}
		w.must(w.WithdrawReceipt(ctx, code, "address"))
		w.must(w.WithdrawReceipt(ctx, "OAK-MOSS-BELL-11", "address"))
		late := phone.View(m{"receipt": "OAK-MOSS-BELL-11"})
		phone.Push()
		if !w.Get("view", late).Gone {
			t.Fatal("it stands")
		}
		w.Check()
	})

	inWorld(t, open, "of one address no more than 20 wait, the latest ones", func(t *testing.T, w *World) {
		for n := range 30 {
			w.Clock.Move(time.Second)
			w.must(w.WithdrawReceipt(ctx, fmt.Sprintf("OAK-MOSS-BELL-%d", 10+n), "address"))
		}
		waits := 0
		for n := range 30 {
			_, waiting, err := w.Receipts(ctx, 0, fmt.Sprintf("OAK-MOSS-BELL-%d", 10+n))
			w.must(err)
			if waiting {
				waits++
			}
			if waiting != (n >= 10) {
				t.Errorf("number %d waits: %v", n, waiting)
			}
		}
		if waits != 20 {
			t.Fatal(waits)
		}
	})

	inWorld(t, open, "a code of another DAT takes nothing back there", func(t *testing.T, w *World) {
		there := w.Elsewhere()
		phone := there.Phone("volunteer")
		id := phone.View(m{"receipt": code})
		phone.Push()
		w.Is(w.Phone("volunteer").PushOne(back(code)), record.Applied)
		if there.Get("view", id).Gone {
			t.Fatal("taken back from another DAT")
		}
	})
}
