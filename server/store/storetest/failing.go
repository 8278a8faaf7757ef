package storetest

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

var errDisk = errors.New("the disk has gone away")

// failing are options whose commits fail while fails is above 0, counting down; none
// is made but those that are asked for.
// What is to happen before a commit may be put into before.
type failing struct {
	mu     sync.Mutex
	fails  int
	before func()
}

func (f *failing) options() store.Options {
	return store.Options{IndexAfter: -1, BeforeCommit: func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.before != nil {
			f.before()
		}
		if f.fails > 0 {
			f.fails--
			return errDisk
		}
		return nil
	}}
}

func (f *failing) next(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fails = n
}

func testFailingCommits(t *testing.T, open Open) {
	t.Run("a commit that fails refuses nothing: it is unavailable, nothing took effect, and sent again it does", func(t *testing.T) {
		var f failing
		w := NewWorld(t, open, f.options())
		phone, desk := w.Phone("volunteer"), w.Replica("coordinator").Catch()
		first := phone.View(nil)
		phone.Push()
		desk.Catch()
		seq, cursor := w.seq(), desk.Cursor
		id := phone.View(nil)
		phone.View(m{"colour": "red"})
		phone.Op(m{"c": "view", "r": first, "withdraw": true})
		heard := make(chan store.Commit, 10)
		stop := w.Watch(func(c store.Commit) { heard <- c })
		for range 3 {
			f.next(1)
			if _, err := phone.TryPush(phone.outbox[1:]); !errors.Is(err, store.ErrUnavailable) {
				t.Fatal(err)
			}
			d, err := w.Device(ctx, phone.ID)
			w.must(err)
			if d.Acked != 1 || w.Get("view", id) != nil || w.Get("view", first).Gone || w.seq() != seq {
				t.Fatalf("something took effect: %+v", d)
			}
			w.Held(0)
			if desk.Catch(); desk.Cursor != cursor {
				t.Fatal("a reader was sent something")
			}
			w.Check()
		}
		stop()
		if len(heard) > 0 {
			t.Fatal("the watchers were told")
		}
		res := phone.Push()
		if w.Is(res[2], record.Applied); res[2].Seq != seq+1 {
			t.Fatalf("seq %d after %d", res[2].Seq, seq)
		}
		w.Refused(res[3], record.UnknownField)
		w.Is(res[4], record.Applied)
		w.Held(1)
		w.agrees(desk.Catch())
		w.Check()
	})

	t.Run("nothing that writes takes effect by half", func(t *testing.T) {
		var f failing
		w := NewWorld(t, open, f.options())
		phone := w.Phone("volunteer")
		id := phone.View(m{"receipt": code})
		phone.View(m{"colour": "red"})
		phone.Push()
		h := w.Held(1)[0]
		matter := w.Matter()
		for name, write := range map[string]func() error{
			"Do": func() error {
				_, err := w.Do(ctx, w.DAT.Num, "", []*record.Op{{Collection: w.Get("matter", matter).Collection, ID: matter, Withdraw: true}})
				return err
			},
			"CreateDAT":       func() error { _, err := w.CreateDAT(ctx, "Elsewhere", "elsewhere"); return err },
			"AddDevice":       func() error { _, err := w.AddDevice(ctx, store.Device{ID: "d", DAT: w.DAT.Num, Key: "{}"}); return err },
			"Revoke":          func() error { return w.Revoke(ctx, w.DAT.Num, phone.ID, "") },
			"Mend":            func() error { _, err := w.Mend(ctx, w.DAT.Num, h.ID, "", h.Op); return err },
			"Discard":         func() error { return w.Discard(ctx, w.DAT.Num, h.ID, "", "") },
			"WithdrawReceipt": func() error { return w.WithdrawReceipt(ctx, code, "address") },
		} {
			before := w.seq()
			f.next(1)
			if err := write(); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: %v", name, err)
			}
			if w.seq() != before || w.Get("view", id).Gone || w.Get("matter", matter).Gone {
				t.Errorf("%s took effect", name)
			}
			w.Held(1)
			w.Check()
		}
		for name, err := range map[string]error{
			"CreateDAT": func() error { _, err := w.Store.DAT(ctx, "elsewhere"); return err }(),
			"AddDevice": func() error { _, err := w.Device(ctx, "d"); return err }(),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.must(w.WithdrawReceipt(ctx, code, "address"))
		if !w.Get("view", id).Gone {
			t.Fatal("it stands")
		}
		w.Check()
	})

	t.Run("pushes that share a commit which fails are each tried alone", func(t *testing.T) {
		var f failing
		o := f.options()
		w := NewWorld(t, open, o)
		one, other := w.Phone("volunteer"), w.Phone("volunteer2")
		w.byHand()
		a, b := one.View(nil), other.View(nil)
		for {
			f.next(2) // the group, and the first of them
			errs, shared := w.together(one, other)
			f.next(0)
			if !shared {
				continue // they came one after the other, and both failed
			}
			if !errors.Is(errors.Join(errs...), store.ErrUnavailable) || errs[0] != nil && errs[1] != nil {
				t.Fatalf("%v", errs)
			}
			break
		}
		if (w.Get("view", a) == nil) == (w.Get("view", b) == nil) {
			t.Fatal("not the one that failed is missing")
		}
		w.together(one, other)
		w.Has("view", a, "words", `"The queue was long."`)
		w.Has("view", b, "words", `"The queue was long."`)
		w.Check()
	})

	inWorld(t, open, "the commit step runs when it is called, and closing commits what waits", func(t *testing.T, w *World) {
		one, other := w.Phone("volunteer"), w.Phone("volunteer2")
		w.byHand()
		if w.Step() != 0 {
			t.Fatal("a step of nothing")
		}
		a, b := one.View(m{"words": secret}), other.View(nil)
		w.together(one, other)
		if w.Get("view", a) == nil || w.Get("view", b) == nil {
			t.Fatal("a step did not commit")
		}
		// What a step erases is out of every file when it ends.
		one.Op(m{"c": "view", "r": a, "withdraw": true})
		w.together(one, other)
		w.scan(secret)
		// What came too late for the last one is told so, and has left nothing.
		c := other.View(nil)
		done := w.send(other)
		w.must(w.Close())
		late := <-done
		if late != nil && !errors.Is(late, store.ErrClosed) {
			t.Fatal(late)
		}
		if err := <-w.send(one); !errors.Is(err, store.ErrClosed) {
			t.Fatal(err)
		}
		w.options.Manual = false
		w.Open()
		if (late == nil) != (w.Get("view", c) != nil) {
			t.Fatalf("answered %v", late)
		}
		w.Check()
	})

	t.Run("of a crash before the commit nothing is there, of one after it everything, and sent again it is once", func(t *testing.T) {
		var f failing
		w := NewWorld(t, open, f.options())
		phone := w.Phone("volunteer")
		known := phone.View(nil)
		phone.Push()
		id := phone.View(nil)
		phone.View(m{"colour": "red"})
		phone.Op(m{"c": "view", "r": known, "withdraw": true})
		before, after := t.TempDir(), t.TempDir()
		f.before = func() { w.copyTo(before) } // as the files stand when the machine stops
		w.byHand()
		w.must(w.stepped(phone))
		f.before = nil
		w.copyTo(after)
		w.must(w.Close())
		w.options.Manual = false
		w.Open()
		want := map[int64]wire.Result{}
		for _, r := range phone.PushFrom(1).Results {
			want[r.N] = r
		}
		for dir, survived := range map[string]bool{before: false, after: true} {
			again := *w
			again.Dir, again.options = dir, store.Options{}
			again.Open()
			// What was taken back stands in the ledger before the commit does, and is gone either way.
			if (again.Get("view", id) != nil) != survived || !again.Get("view", known).Gone {
				t.Fatalf("survived %v: %v", survived, again.Get("view", id))
			}
			again.Check()
			p := *phone
			p.w = &again
			for _, r := range p.PushFrom(1).Results[1:] {
				if survived && r.Seq != want[r.N].Seq || (r.Status == record.Same) != survived {
					t.Errorf("survived %v: %+v, want %+v", survived, r, want[r.N])
				}
			}
			again.Held(1)
			again.Check()
			again.agrees(again.Replica("coordinator").Catch())
			again.must(again.Close())
		}
	})
}

// byHand closes the store, and opens it so that nothing is committed but by a step,
// which has ended, cleaning up and all, when it is looked at.
func (w *World) byHand() {
	w.Helper()
	w.must(w.Close())
	w.options.Manual = true
	w.Open()
}

// stepped hands in what a phone has not had acked, and commits it.
func (w *World) stepped(p *Phone) error {
	for done := w.send(p); ; runtime.Gosched() {
		if w.Step() == 0 {
			continue
		}
		err := <-done
		if err == nil {
			p.sent = len(p.outbox)
		}
		return err
	}
}

// send hands in what a phone has not had acked, and gives what comes of it.
func (w *World) send(p *Phone) <-chan error {
	done := make(chan error, 1)
	ops := w.Incoming(p.outbox[p.sent:])
	go func() {
		_, err := w.Push(ctx, store.Push{DAT: w.DAT.Num, Device: p.ID, Ops: ops})
		done <- err
	}()
	return done
}

// together commits what two phones have to hand in, and says what became of each,
// and whether both were in one step.
func (w *World) together(one, other *Phone) (errs []error, shared bool) {
	w.Helper()
	a, b := w.send(one), w.send(other)
	for range 100 {
		runtime.Gosched()
	}
	for answered := 0; answered < 2; {
		n := w.Step()
		shared = shared || n == 2
		answered += n
	}
	errs = []error{<-a, <-b}
	for i, p := range []*Phone{one, other} {
		if errs[i] == nil {
			p.sent = len(p.outbox)
		}
	}
	return errs, shared
}

// copyTo copies the data directory as it stands.
func (w *World) copyTo(dir string) {
	files, err := os.ReadDir(w.Dir)
	w.must(err)
	for _, f := range files {
		if filepath.Ext(f.Name()) == ".sqlite-shm" {
			continue // shared memory, which no crash leaves
		}
		b, err := os.ReadFile(filepath.Join(w.Dir, f.Name()))
		w.must(err)
		w.must(os.WriteFile(filepath.Join(dir, f.Name()), b, 0o600))
	}
}
