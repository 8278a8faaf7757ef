package device

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// left gives how many values each shelf of a store holds.
func left(t *testing.T, s Store) map[string]int {
	t.Helper()
	n := map[string]int{}
	if err := s.View(func(tx Tx) error {
		for _, shelf := range []string{shelfOwn, shelfOps, shelfAside, shelfAgain, shelfRecords} {
			tx.Each(shelf, "", func(string, []byte) bool { n[shelf]++; return true })
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARevokedDeviceHandsInWhatIsSealedAndKeepsNothing(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		sealed := true
		d := h.enrolled(s, "coordinator", func(o *Options) { o.Sealed = func(_, _ string) bool { return sealed } })
		h.pages = append(h.pages, page("", "c1", false, "x 1"))
		saves(t, d, made("a"))
		sealed = false
		saves(t, d, made("b"))
		sealed = true
		saves(t, d, made("c"))
		h.next(func(p *peer) {
			p.send(p.welcome())
			p.send(p.pages[0])
			p.read()
			p.send(&wire.Wipe{Reason: "revoked"})
			p.close(wire.CloseForbidden)
		})
		// The first try to hand in fails.
		h.answer = func(c *wire.Call) (*wire.Reply, int) {
			if c.Hello.Reads || c.Push == nil {
				t.Errorf("a revoked device calls with %+v", c.Hello)
			}
			if n := left(t, s); n[shelfRecords] != 0 || n[shelfOps] != 2 {
				t.Errorf("while it hands in this is left: %v", n)
			}
			if len(h.calls) == 1 {
				if c.Push.Ops[1].Void {
					t.Error("plain ops are not tried at all")
				}
				return &wire.Reply{Error: &wire.Error{Code: wire.CodeUnavailable}}, 503
			}
			if !c.Push.Ops[1].Void {
				t.Error("plain ops are tried twice")
			}
			return nil, 0
		}
		if err := ends(t, d); !errors.Is(err, ErrRevoked) {
			t.Fatal(err)
		}
		if got := h.holds(); len(got) != 3 || got[0] == "" || got[1] != "" || got[2] == "" {
			t.Errorf("the server has %v", got)
		}
		if n := left(t, s); len(n) != 0 {
			t.Errorf("this is left: %v", n)
		}
		if _, err := d.Save(made("d")); !errors.Is(err, ErrNotEnrolled) {
			t.Errorf("got %v", err)
		}
		if err := ends(t, d); !errors.Is(err, ErrNotEnrolled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestARevokedDeviceThatCannotHandInTriesFor35Days(t *testing.T) {
	h, c := newHouse(t), newClock()
	h.clock = c.Now
	s := NewMemory()
	with := func(o *Options) { o.Now, o.After = c.Now, c.After }
	d := h.enrolled(s, "volunteer", with)
	saves(t, d, made("a"))
	h.next(func(p *peer) { p.send(&wire.Wipe{}); p.close(wire.CloseForbidden) })
	h.answer = func(*wire.Call) (*wire.Reply, int) {
		c.advance(keepFor / 2)
		return &wire.Reply{Error: &wire.Error{Code: wire.CodeUnavailable}}, 503
	}
	if err := ends(t, d); !errors.Is(err, ErrRevoked) {
		t.Fatal(err)
	}
	if n := left(t, s); len(n) != 0 {
		t.Errorf("this is left: %v", n)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.calls) != 3 {
		t.Errorf("%d tries", len(h.calls))
	}
}

func TestACopiedDeviceHandsInUnderTheOldKeyAndGoesOnUnderANewOne(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		sealed := true
		d := h.enrolled(s, "coordinator", func(o *Options) { o.Sealed = func(_, _ string) bool { return sealed } })
		old := d.Me().Device
		saves(t, d, made("a"))
		stop := runs(t, d)
		comes(t, d, 1)
		stop()
		// The copy hands in its own op 2, this one its own.
		h.mu.Lock()
		h.taken = append(h.taken, taken{raw: "other", tip: "other"})
		h.mu.Unlock()
		saves(t, d, made("b"))
		sealed = false
		saves(t, d, made("c"))
		h.answer = func(c *wire.Call) (*wire.Reply, int) {
			if !c.Hello.Copied || c.Hello.Reads {
				t.Errorf("it calls with %+v", c.Hello)
			}
			a := &wire.Ack{Acked: 2}
			for _, e := range c.Push.Ops {
				p := &record.Problem{Code: record.Copied, Message: "copied"}
				a.Results = append(a.Results, wire.Result{N: e.N, Status: record.Refused, Problem: p})
			}
			return &wire.Reply{Ack: a, Welcome: h.welcome()}, 200
		}
		if err := ends(t, d); !errors.Is(err, ErrCopied) {
			t.Fatal(err)
		}
		h.mu.Lock()
		if len(h.calls) != 1 || len(h.calls[0].Push.Ops) != 2 || h.calls[0].Push.Ops[0].N != 2 || h.calls[0].Push.Ops[0].Sealed == "" {
			t.Errorf("it handed in %+v", h.calls)
		}
		h.answer, h.taken = nil, nil // another key has numbers of its own
		h.mu.Unlock()
		if err := ends(t, d); !errors.Is(err, ErrCopied) {
			t.Errorf("asked again: %v", err)
		}
		// What is saved in between is handed in before the key goes.
		sealed = true
		n := saves(t, d, made("d"))
		h.mu.Lock()
		h.answer = func(c *wire.Call) (*wire.Reply, int) {
			return &wire.Reply{Ack: &wire.Ack{Acked: 2, Results: []wire.Result{{N: n, Status: record.Refused}}}}, 200
		}
		h.mu.Unlock()
		me, err := d.Enrol(t.Context(), "coordinator", "again")
		if err != nil || me.Device == old {
			t.Fatal(me, err)
		}
		h.mu.Lock()
		if got := h.calls[len(h.calls)-1].Push.Ops; len(got) != 1 || got[0].N != n {
			t.Errorf("before the new key it handed in %v", got)
		}
		h.answer = nil
		h.mu.Unlock()
		d = h.enrolled(s, "coordinator", func(o *Options) { o.Sealed = func(_, _ string) bool { return false } })
		runs(t, d)
		comes(t, d, 1)
		if n := left(t, s); n[shelfAgain] != 0 {
			t.Errorf("still to be handed in again: %v", n)
		}
		// The plain one, as number 1 of the new key, sealed as its member's ops are now.
		if got := h.holds(); len(got) != 1 || !strings.HasPrefix(got[0], `{"n":1,"key":`) {
			t.Errorf("the server has %v", got)
		}
	})
}

func TestADeviceThatWasSetBackSaysSo(t *testing.T) {
	h := newHouse(t)
	s := NewMemory()
	d := h.enrolled(s, "volunteer")
	kept := slices.Clone(s.(*memory).shelves[shelfOwn]["self"])
	saves(t, d, made("a"))
	stop := runs(t, d)
	comes(t, d, 1)
	stop()
	if err := s.Update(func(tx Tx) error {
		tx.Clear(shelfOps)
		tx.Put(shelfOwn, "self", kept)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := ends(t, h.enrolled(s, "volunteer")); !errors.Is(err, ErrCopied) {
		t.Fatal(err)
	}
	// With nothing of its own to lose, and a number of its own that never went.
	d = h.enrolled(s, "volunteer")
	if _, err := d.Enrol(t.Context(), "volunteer", "again"); err != nil {
		t.Fatal(err)
	}
	if n := saves(t, d, made("b")); n != 1 {
		t.Errorf("under the new key the first number is %d", n)
	}
}
