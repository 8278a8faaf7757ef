package device

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/sync/record"
	"earshot/sync/wire"
)

func TestALostAnswerIsAskedForAgainAndCountsOnce(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		d := h.enrolled(s, "volunteer")
		h.next(func(p *peer) {
			p.send(p.welcome())
			p.take(p.push()) // and the answer is lost
		})
		n := saves(t, d, made("a"), made("b"))
		runs(t, d)
		it := comes(t, d, n+1)
		if it.Fate != Acked || it.Seq != 100+n+1 || it.Status != record.Same {
			t.Errorf("it is %+v", it)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.taken) != 2 || h.taken[0].seen != 2 || h.taken[1].seen != 2 {
			t.Errorf("the server has %v", h.taken)
		}
	})
}

func TestCutInMidPushEachOpGoesOnceAndInOrder(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		d := h.enrolled(s, "coordinator", func(o *Options) { o.Batch, o.InFlight = 2, 3 })
		cut := func(p *peer) { p.send(p.welcome()); p.take(p.push()); p.push() }
		h.next(cut, cut, cut)
		var want []string
		for _, l := range strings.Split("abcdefgh", "") {
			saves(t, d, made(l))
			want = append(want, d.ops[len(d.ops)-1].Raw)
		}
		runs(t, d)
		comes(t, d, 8)
		if got := h.holds(); !slices.Equal(got, want) {
			t.Errorf("the server has %v, want %v", got, want)
		}
	})
}

func TestAfterAGapItGoesOnFromWhereTheServerIs(t *testing.T) {
	h := newHouse(t)
	d := h.enrolled(NewMemory(), "coordinator", func(o *Options) { o.Batch, o.InFlight = 1, 2 })
	h.next(func(p *peer) {
		p.send(p.welcome())
		p.push() // is lost on the way, and the next one is not
		p.send(p.take(p.push()))
		for f := p.push(); f != nil; f = p.push() {
			p.send(p.take(f))
		}
	})
	saves(t, d, made("a"), made("b"), made("c"))
	runs(t, d)
	comes(t, d, 3)
	if got := h.holds(); len(got) != 3 {
		t.Errorf("the server has %v", got)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.hellos) != 1 {
		t.Errorf("%d connections", len(h.hellos))
	}
}

func TestAGapAheadOfAllThatWasSentIsACopy(t *testing.T) {
	h := newHouse(t)
	d := h.enrolled(NewMemory(), "coordinator")
	h.next(func(p *peer) {
		p.send(p.welcome())
		p.push()
		p.send(&wire.Error{Code: wire.CodeGap, Expected: 9})
		p.read()
	})
	saves(t, d, made("a"))
	if err := ends(t, d); !errors.Is(err, ErrCopied) {
		t.Fatal(err)
	}
}

func TestAnOpThatNoFrameTakesIsSetAsideAndTheOthersGo(t *testing.T) {
	for road, name := range map[Road]string{SocketRoad: "socket", HTTPRoad: "http"} {
		t.Run(name, func(t *testing.T) {
			everyStore(t, func(t *testing.T, s Store) {
				h := newHouse(t)
				h.refuse = func(e *wire.Envelope) bool { return strings.Contains(string(e.Raw), `"text":"b"`) }
				h.answer = func(c *wire.Call) (*wire.Reply, int) {
					if c.Push != nil && h.tooLarge(c.Push) {
						return &wire.Reply{Error: &wire.Error{Code: wire.CodeTooLarge}}, 413
					}
					return nil, 0
				}
				d := h.enrolled(s, "coordinator", func(o *Options) { o.Road, o.InFlight = road, 2 })
				n := saves(t, d, made("a"), made("b"), made("c"))
				whole := d.ops[1].Raw
				runs(t, d)
				comes(t, d, n+2)
				if it := comes(t, d, n+1); it.Fate != Aside {
					t.Errorf("it is %v", it.Fate)
				}
				if got := h.holds(); len(got) != 3 || got[1] != "" || got[0] == "" || got[2] == "" {
					t.Errorf("the server has %v", got)
				}
				aside, err := d.SetAside()
				if err != nil || len(aside) != 1 || string(aside[0]) != whole {
					t.Errorf("set aside is %s, %v", aside, err)
				}
			})
		})
	}
}

func TestWhatIsTooLargeGetsNoNumber(t *testing.T) {
	h := newHouse(t)
	d := h.enrolled(NewMemory(), "volunteer")
	c := made("a")
	c.Set["text"] = strings.Repeat("x", 240_000)
	if _, err := d.Save(c); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
	if n := saves(t, d, made("a")); n != 1 {
		t.Errorf("the next number is %d", n)
	}
	var p *record.Problem
	if _, err := d.Save(Change{Collection: "note", ID: noteID("a"), Set: map[string]any{"share": "all of it"}}); !errors.As(err, &p) || p.Field != "share" {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsHeldStaysAndMayBeTakenBack(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h, c := newHouse(t), newClock()
		h.clock = c.Now
		with := func(o *Options) { o.Now, o.After = c.Now, c.After }
		d := h.enrolled(s, "volunteer", with)
		held := made("b")
		held.Hold = 10 * time.Second
		saves(t, d, made("a"), held, made("c"))
		stop := runs(t, d)
		comes(t, d, 1)
		c.awaits(t, 10*time.Second) // it waits for the end of the hold
		if got := h.holds(); len(got) != 1 {
			t.Fatalf("the server has %v", got)
		}
		stop()
		d = h.enrolled(s, "volunteer", with) // also after a start
		if err := d.TakeBack(2); err != nil {
			t.Fatal(err)
		}
		again := made("d")
		again.Hold = 10 * time.Second
		saves(t, d, again)
		stop = runs(t, d)
		comes(t, d, 3)
		c.awaits(t, 10*time.Second)
		c.advance(10 * time.Second)
		comes(t, d, 4)
		stop()
		if got := h.holds(); len(got) != 4 || got[0] == "" || got[1] != "" || got[2] == "" || got[3] == "" {
			t.Errorf("the server has %v", got)
		}
		// It went; a clock that is set back does not bring the hold back.
		c.advance(-time.Hour)
		if err := d.TakeBack(4); !errors.Is(err, ErrGone) {
			t.Errorf("taken back after it went: %v", err)
		}
		if err := d.TakeBack(9); !errors.Is(err, ErrNoItem) {
			t.Errorf("a number that was not given: %v", err)
		}
		if it := d.Outbox()[1]; it.Fate != Void || it.ID != "" {
			t.Errorf("what was taken back is %+v", it)
		}
	})
}

func TestAHoldEndsForWhatCannotWait(t *testing.T) {
	for name, c := range map[string]struct {
		then   Change
		voids  bool // what was held is void, not sent
		sealed bool
	}{
		"urgent":                         {Change{Collection: "note", ID: noteID("z"), Set: map[string]any{"text": "z"}, Urgent: true}, false, true},
		"a withdrawal of another":        {Change{Collection: "note", ID: noteID("z"), Withdraw: true}, false, true},
		"a withdrawal of it":             {Change{Collection: "note", ID: noteID("a"), Withdraw: true}, true, true},
		"a withdrawal of it, plain":      {Change{Collection: "note", ID: noteID("a"), Withdraw: true}, true, false},
		"a narrowing of what is held":    {Change{Collection: "note", ID: noteID("a"), Set: map[string]any{"share": "none"}}, false, true},
		"a release":                      {Change{}, false, true},
		"a narrowing of nothing that is": {Change{Collection: "note", ID: noteID("z"), Set: map[string]any{"share": "none"}}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			d := h.enrolled(NewMemory(), "volunteer", func(o *Options) { o.Sealed = func(string, string) bool { return c.sealed } })
			held := made("a")
			held.Hold = time.Hour
			saves(t, d, held)
			if c.then.Collection == "" {
				if err := d.Release(); err != nil {
					t.Fatal(err)
				}
			} else {
				saves(t, d, c.then)
			}
			still := d.Outbox()[0].HeldUntil
			if strings.HasSuffix(name, "nothing that is") {
				if still.IsZero() {
					t.Error("the hold has ended")
				}
				return
			}
			last := d.own.Last
			runs(t, d)
			comes(t, d, last)
			if got := h.holds(); (got[0] == "") != c.voids {
				t.Errorf("the server has %v", got)
			}
		})
	}
}

func TestAServerThatWasRestoredGetsWhatItLacks(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		h.pages = append(h.pages, page("", "c1", false, "x 1"))
		d := h.enrolled(s, "coordinator")
		saves(t, d, made("a"), made("b"), made("c"))
		stop := runs(t, d)
		comes(t, d, 3)
		stop()
		want := h.holds()
		h.mu.Lock()
		h.taken, h.epoch = h.taken[:1], "second"
		h.pages = append(h.pages, page("", "d1", false, "y 9"))
		h.pages = h.pages[1:]
		h.mu.Unlock()
		h.next(func(p *peer) {
			p.send(p.welcome())
			p.send(&wire.Reset{Reason: wire.ResetEpoch})
			p.hello.Cursor, p.hello.Reads = "", true
			p.mu.Lock()
			pages := p.after("")
			p.mu.Unlock()
			p.send(pages[0])
			for f := p.push(); f != nil; f = p.push() {
				p.send(p.take(f))
			}
		})
		d = h.enrolled(s, "coordinator")
		runs(t, d)
		if err := d.until(soon(t), func() bool { return d.own.Acked == 3 && d.own.Epoch == "second" && d.own.Cursor == "d1" }); err != nil {
			t.Fatal(err, d.own)
		}
		if got := h.holds(); !slices.Equal(got, want) {
			t.Errorf("the server has %v, had %v", got, want)
		}
		if r, err := d.Record("note", noteID("x")); err != nil || r != nil {
			t.Errorf("of the first epoch there is %v, %v", r, err)
		}
	})
}

func TestAnOpIsKeptUntilItIsSafeAnd35DaysLonger(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h, c := newHouse(t), newClock()
		h.clock = c.Now
		with := func(o *Options) { o.Now, o.After = c.Now, c.After }
		d := h.enrolled(s, "volunteer", with)
		saves(t, d, made("a"))
		stop := runs(t, d)
		comes(t, d, 1)
		stop()
		tip := d.own.Tip
		c.advance(keepFor)
		if err := d.prune(); err != nil || len(d.ops) != 1 {
			t.Fatalf("after 35 days %d ops are kept, %v", len(d.ops), err)
		}
		c.advance(time.Minute)
		if err := d.prune(); err != nil || len(d.ops) != 0 {
			t.Fatalf("%d ops are kept, %v", len(d.ops), err)
		}
		d = h.enrolled(s, "volunteer", with)
		if len(d.ops) != 0 || d.own.Tip != tip || tip == "" {
			t.Errorf("%d ops are kept, the tip is %q", len(d.ops), d.own.Tip)
		}
		// A server that lost it hears that it is held no more.
		h.mu.Lock()
		h.taken, h.epoch = nil, "second"
		h.mu.Unlock()
		saves(t, d, made("b"))
		runs(t, d)
		comes(t, d, 2)
		if got := h.holds(); len(got) != 2 || got[0] != "" || got[1] == "" {
			t.Errorf("the server has %v", got)
		}
		if it, err := d.Wait(context.Background(), 1); err != nil || it.Fate != Safe {
			t.Errorf("%v, %v", it, err)
		}
	})
}
