package storetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"earshot/server/store"
	"earshot/sync/record"
)

// A command beside a running server is a second store on the same directory.
func testTwoProcesses(t *testing.T, open Open) {
	// second gives the same world, through another store on its directory.
	second := func(w *World) *World {
		other := *w
		other.devices = 500
		other.Open()
		w.Cleanup(func() { other.Close() })
		return &other
	}
	// through gives the same phone, talking to another store.
	through := func(w *World, p *Phone) *Phone {
		q := *p
		q.w = w
		return &q
	}

	inWorld(t, open, "what one writes the other's readers learn of, by themselves", func(t *testing.T, w *World) {
		other := second(w)
		desk := w.Replica("coordinator").Catch()
		heard := make(chan store.Commit, 100)
		defer w.Watch(func(c store.Commit) {
			select {
			case heard <- c:
			default:
			}
		})()
		id := other.Matter()
		for deadline := time.After(10 * time.Second); ; {
			select {
			case c := <-heard:
				if c.DAT != w.DAT.Num || !c.Any {
					continue
				}
			case <-deadline:
				t.Fatal("nobody was told")
			}
			break
		}
		desk.Catch().Get("matter", id)
		w.agrees(desk)
	})

	t.Run("a commit that follows the other's tells of both", func(t *testing.T) {
		w := NewWorld(t, open, store.Options{Manual: false})
		other := second(w)
		var mu sync.Mutex
		any := false
		defer w.Watch(func(c store.Commit) {
			mu.Lock()
			defer mu.Unlock()
			any = any || c.Any
		})()
		other.Matter()
		w.Matter()
		mu.Lock()
		defer mu.Unlock()
		if !any {
			t.Fatal("the other's was not told")
		}
	})

	inWorld(t, open, "no seq is given twice and none is left out, whoever writes", func(t *testing.T, w *World) {
		other := second(w)
		first := w.seq() + 1
		var mu sync.Mutex
		var seqs []int64
		var group sync.WaitGroup
		for i, at := range []*World{w, other, w, other} {
			phone := at.Phone("volunteer")
			for range 60 {
				phone.View(m{"share": []string{"words", "team"}[i%2]})
			}
			group.Add(1)
			go func() {
				defer group.Done()
				for n := 0; n < 60; n += 5 {
					ack, err := phone.TryPush(phone.outbox[n : n+5])
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, r := range ack.Results {
						seqs = append(seqs, r.Seq)
					}
					mu.Unlock()
				}
			}()
		}
		group.Wait()
		slices.Sort(seqs)
		for i, seq := range seqs {
			if seq != first+int64(i) {
				t.Fatalf("%d is not %d", seq, first+int64(i))
			}
		}
		if len(seqs) != 240 {
			t.Fatalf("%d", len(seqs))
		}
		w.Check()
		other.Check()
		w.agrees(w.Replica("coordinator").Catch())
		w.agrees(other.Replica("coordinator").Catch())
	})

	inWorld(t, open, "a device may hand in at both, and each op takes effect once", func(t *testing.T, w *World) {
		other := second(w)
		phone := w.Phone("volunteer")
		for range 6 {
			phone.View(nil)
		}
		there := through(other, phone)
		for _, step := range []struct {
			p    *Phone
			to   int
			news int
		}{{phone, 2, 2}, {there, 4, 2}, {phone, 4, 0}, {phone, 5, 1}, {there, 6, 1}, {phone, 6, 0}} {
			ack, err := step.p.TryPush(step.p.outbox[:step.to])
			w.must(err)
			news := 0
			for _, r := range ack.Results {
				if r.Status == record.Applied {
					news++
				}
			}
			if ack.Gap || ack.Acked != int64(step.to) || news != step.news {
				t.Fatalf("to %d: %+v", step.to, ack)
			}
		}
		if n, _ := w.Counted("view"); n != 6 {
			t.Fatalf("%d views", n)
		}
		w.Check()
	})

	inWorld(t, open, "what one changes in who may do what counts for the other at once", func(t *testing.T, w *World) {
		other := second(w)
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		phone.View(nil)
		phone.Push()
		matter := w.Matter()
		w.Is(desk.Set("matter", matter, m{"title": "One"}), record.Applied)
		other.must(other.Revoke(ctx, w.DAT.Num, phone.ID, ""))
		other.do("member", desk.Member, m{"role": "lead"})
		phone.View(nil)
		if ack := phone.PushFrom(2); !ack.Revoked {
			t.Fatalf("%+v", ack)
		}
		w.Refused(desk.Set("matter", matter, m{"title": "Two"}), record.NotAllowed)
		enrolled := through(w, other.Phone("volunteer2"))
		enrolled.View(nil)
		w.Is(enrolled.Push()[1], record.Applied)
		w.Check()
	})

	inWorld(t, open, "what waits in one is woken by the other", func(t *testing.T, w *World) {
		other := second(w)
		phone := w.Phone("volunteer")
		service := w.NewID()
		id := phone.View(m{"service": service})
		broken := phone.View(m{"colour": "red"})
		phone.Push()
		other.do("service", service, theVan)
		w.Has("view", id, "words", `"The queue was long."`)
		other.Is(other.Mended(other.Held(1)[0], m{"c": "view", "r": broken, "set": m{
			"service": service, "method": "conv", "words": "Mended.", "share": "words",
		}}), record.Applied)
		w.Is(phone.Set("view", broken, m{"share": "team"}), record.Applied)
		other.must(other.WithdrawReceipt(ctx, code, "address"))
		taken := phone.View(m{"receipt": code})
		phone.Push()
		if !w.Get("view", taken).Gone {
			t.Fatal("a withdrawal that waited in the other did not take effect")
		}
		w.Check()
	})

	inWorld(t, open, "whoever reads for long in one holds nobody up in the other, and what was erased meanwhile goes from every file", func(t *testing.T, w *World) {
		const secret = "zanzibar"
		other := second(w)
		phone := w.Phone("volunteer")
		id := phone.View(m{"words": secret})
		phone.Push()
		w.must(other.Each(ctx, w.DAT.Num, "dat", func(*record.Record) error {
			phone.Op(m{"c": "view", "r": id, "withdraw": true})
			for range 5 {
				phone.View(nil)
			}
			for n := range phone.outbox {
				soon, cancel := context.WithTimeout(ctx, 4*time.Second)
				_, err := w.Store.Push(soon, store.Push{DAT: w.DAT.Num, Device: phone.ID, Ops: w.Incoming(phone.outbox[n : n+1])})
				cancel()
				if err != nil {
					t.Fatalf("a push waits for the other's reader: %v", err)
				}
			}
			return nil
		}))
		w.must(w.Close())
		w.scan(secret)
	})

	inWorld(t, open, "what was erased goes from every file after a start, where the last process did not come to it", func(t *testing.T, w *World) {
		const secret = "zanzibar"
		other := second(w)
		phone := w.Phone("volunteer")
		id := phone.View(m{"words": secret})
		phone.Push()
		w.must(other.Each(ctx, w.DAT.Num, "dat", func(*record.Record) error {
			w.Is(phone.PushOne(m{"c": "view", "r": id, "withdraw": true}), record.Applied)
			w.Restart()
			return nil
		}))
		w.must(w.Close())
		w.scan(secret)
	})

	inWorld(t, open, "a DAT that one makes is there for the other", func(t *testing.T, w *World) {
		other := second(w)
		there := other.Elsewhere()
		found, err := w.Store.DAT(ctx, "elsewhere")
		w.must(err)
		if found != there.DAT {
			t.Fatalf("%+v %+v", found, there.DAT)
		}
		w.Matter()
		there.Matter()
		w.Check()
	})
}
