package device

import (
	"errors"
	"testing"
	"time"

	"earshot/sync/wire"
)

func TestEachCloseCodeIsAnsweredAsTheProtocolSays(t *testing.T) {
	closing := func(code int) func(*peer) {
		return func(p *peer) {
			p.send(p.welcome())
			if code != 0 {
				p.close(code)
			}
		}
	}
	for name, c := range map[string]struct {
		script func(*peer)
		ends   error // nil: it comes back
		tokens int
	}{
		"cut off":                    {closing(0), nil, 1},
		"the server restarts":        {closing(wire.CloseRestart), nil, 1},
		"no hello in time":           {closing(wire.CloseNoHello), nil, 1},
		"too fast":                   {closing(wire.CloseTooFast), nil, 1},
		"a code that nobody knows":   {closing(4999), nil, 1},
		"the token counts no more":   {closing(wire.CloseNoToken), nil, 2},
		"malformed, to no push":      {closing(wire.CloseMalformed), nil, 1},
		"forbidden":                  {closing(wire.CloseForbidden), ErrForbidden, 1},
		"taken over":                 {closing(wire.CloseTakenOver), ErrTakenOver, 1},
		"malformed, to the hello":    {func(p *peer) { p.close(wire.CloseMalformed) }, ErrHello, 1},
		"the error without its code": {func(p *peer) { p.send(p.welcome()); p.send(&wire.Error{Code: wire.CodeForbidden}) }, ErrForbidden, 1},
		"a frame that is none":       {func(p *peer) { _ = p.conn.WriteMessage(1, []byte("{")); p.read() }, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			d := h.enrolled(NewMemory(), "coordinator")
			h.next(c.script)
			if c.ends != nil {
				if err := ends(t, d); !errors.Is(err, c.ends) {
					t.Fatalf("Run ended with %v, want %v", err, c.ends)
				}
			} else {
				n := saves(t, d, made("a"))
				runs(t, d)
				comes(t, d, n)
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.tokens != c.tokens {
				t.Errorf("%d tokens, want %d", h.tokens, c.tokens)
			}
		})
	}
}

func TestItWaitsLongerFromFailureToFailureAndAsLongAsTheServerAsks(t *testing.T) {
	h, c := newHouse(t), newClock()
	h.clock = c.Now
	d := h.enrolled(NewMemory(), "coordinator", func(o *Options) {
		o.Now, o.After, o.Dice = c.Now, c.After, func() float64 { return 0.5 }
	})
	refuse := func(p *peer) { p.close(wire.CloseRestart) }
	asks := func(p *peer) {
		p.send(&wire.Error{Code: wire.CodeUnavailable, RetryAfter: 7})
		p.close(wire.CloseRestart)
	}
	h.next(refuse, refuse, asks)
	n := saves(t, d, made("a"))
	runs(t, d)
	for _, wait := range []time.Duration{500 * time.Millisecond, time.Second, 9 * time.Second} {
		c.awaits(t, wait)
		c.advance(wait)
	}
	comes(t, d, n)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.hellos) != 4 || h.hellos[3].Holds.Trouble != wire.CodeUnavailable || h.hellos[3].Holds.Ops != 1 {
		t.Errorf("%d hellos, the last holds %+v", len(h.hellos), h.hellos[len(h.hellos)-1].Holds)
	}
}

func TestAPushThatTheServerCannotStoreGoesAgainWhenItAsks(t *testing.T) {
	h, c := newHouse(t), newClock()
	h.clock = c.Now
	d := h.enrolled(NewMemory(), "coordinator", func(o *Options) { o.Now, o.After = c.Now, c.After })
	h.next(func(p *peer) {
		p.send(p.welcome())
		p.push()
		p.send(&wire.Error{Code: wire.CodeUnavailable, RetryAfter: 3})
		p.send(p.take(p.push()))
		p.read()
	})
	n := saves(t, d, made("a"), made("b"))
	runs(t, d)
	c.awaits(t, 3*time.Second)
	c.advance(3 * time.Second)
	comes(t, d, n+1)
}

func TestADeviceWhoseClockIsOffCorrectsItsAssertionAlone(t *testing.T) {
	h, c := newHouse(t), newClock()
	c.now = c.now.AddDate(-1, 0, 0)
	d := h.enrolled(NewMemory(), "coordinator", func(o *Options) { o.Now, o.After = c.Now, c.After })
	d.offset = 0 // as after a start: nothing has told it the time
	n := saves(t, d, made("a"))
	runs(t, d)
	comes(t, d, n)
	h.mu.Lock()
	defer h.mu.Unlock()
	if at := h.hellos[0].Now.Std(); !at.Equal(c.Now().UTC().Truncate(time.Microsecond)) {
		t.Errorf("hello says %v, the device's clock %v", at, c.Now())
	}
}

func TestATokenIsRenewedInTheOpenConnection(t *testing.T) {
	h, c := newHouse(t), newClock()
	h.clock = c.Now
	d := h.enrolled(NewMemory(), "coordinator", func(o *Options) { o.Now, o.After = c.Now, c.After })
	h.life = 27 // renewed 9 s before its end, ahead of the first ping
	fresh := make(chan string)
	h.next(func(p *peer) {
		p.send(p.welcome())
		for f := p.read(); f != nil; f = p.read() {
			if token, ok := f.(*wire.Token); ok {
				fresh <- token.Access
			}
		}
	})
	runs(t, d)
	c.awaits(t, 18*time.Second)
	c.advance(18 * time.Second)
	select {
	case got := <-fresh:
		if got != "token-2" {
			t.Errorf("it sends %s", got)
		}
	case <-soon(t).Done():
		t.Fatal("no fresh token")
	}
}

func TestWhereSocketsAreBlockedItTalksOverHTTP(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		h.noSockets = true
		h.pages = append(h.pages, page("", "c1", true, "x 1"), page("c1", "c2", false, "y 2"))
		d := h.enrolled(s, "coordinator", func(o *Options) { o.Road = EitherRoad })
		n := saves(t, d, made("a"))
		runs(t, d)
		comes(t, d, n)
		if err := d.WaitRead(soon(t)); err != nil {
			t.Fatal(err)
		}
		n = saves(t, d, made("b"))
		comes(t, d, n) // it does not wait for its next turn
		if got := h.holds(); len(got) != 2 {
			t.Errorf("the server has %v", got)
		}
		// The first read has ended without a: that is for others to see.
		if list, err := d.Records("note"); err != nil || len(list) != 3 || !list[2].Pending || list[2].Text("text") != "b" {
			t.Errorf("%v, %v", list, err)
		}
		// So is b, once a later connection has brought all that there is without it.
		h.mu.Lock()
		h.pages = append(h.pages, page("c2", "c3", false, "z 3"))
		h.mu.Unlock()
		d.Online()
		if err := d.until(soon(t), func() bool { return d.own.Cursor == "c3" }); err != nil {
			t.Fatal(err)
		}
		if list, err := d.Records("note"); err != nil || len(list) != 3 || list[0].Pending || list[1].Pending || list[2].Pending {
			t.Errorf("%v, %v", list, err)
		}
	})
}

func TestAServerThatForgotTheDeviceGetsAllOfItAgain(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		d := h.enrolled(s, "volunteer")
		n := saves(t, d, made("a"), made("b"))
		stop := runs(t, d)
		comes(t, d, n+1)
		stop()
		was, id := h.holds(), d.Me().Device
		h.mu.Lock()
		h.unknown, h.taken, h.epoch = true, nil, "second"
		h.mu.Unlock()
		d = h.enrolled(s, "volunteer") // opened again: it has no token
		if err := ends(t, d); !errors.Is(err, ErrUnknown) {
			t.Fatal(err)
		}
		h.mu.Lock()
		h.unknown = false
		h.mu.Unlock()
		if me, err := d.Enrol(t.Context(), "volunteer", "again"); err != nil || me.Device != id {
			t.Fatal(me, err)
		}
		runs(t, d)
		last := saves(t, d, made("c"))
		if last != 3 {
			t.Errorf("numbering goes on at %d", last)
		}
		comes(t, d, last)
		if got := h.holds(); len(got) != 3 || got[0] != was[0] || got[1] != was[1] {
			t.Errorf("the server has %v, had %v", got, was)
		}
	})
}

func TestAStoreThatFailsIsTriedAgain(t *testing.T) {
	for name, road := range map[string]Road{"socket": SocketRoad, "http": HTTPRoad} {
		t.Run(name, func(t *testing.T) {
			h, c := newHouse(t), newClock()
			h.clock = c.Now
			h.pages = []*wire.Changes{page("", "c1", false, "a 5")}
			s := &full{Store: NewMemory()}
			d := h.enrolled(s, "coordinator", func(o *Options) {
				o.Road, o.Now, o.After, o.Dice = road, c.Now, c.After, func() float64 { return 0.5 }
			})
			s.is.Store(true)
			runs(t, d)
			// Each time the server welcomes it, and still it waits longer.
			for _, wait := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second} {
				c.awaits(t, wait)
				c.advance(wait)
			}
			c.awaits(t, 4*time.Second)
			s.is.Store(false)
			c.advance(4 * time.Second)
			if err := d.WaitRead(soon(t)); err != nil {
				t.Fatal(err)
			}
			if all, err := d.Records("note"); err != nil || len(all) != 1 {
				t.Errorf("%d records, and %v", len(all), err)
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			last := wire.Holds{}
			if n := len(h.hellos); n > 0 {
				last = h.hellos[n-1].Holds
			} else if n := len(h.calls); n > 0 {
				last = h.calls[n-1].Hello.Holds
			}
			if last.Trouble != "storage_gone" {
				t.Errorf("the desk is told of %q", last.Trouble)
			}
		})
	}
}

func TestOnAnotherNetworkASocketIsTriedAtOnce(t *testing.T) {
	h, c := newHouse(t), newClock()
	h.clock = c.Now
	h.noSockets = true
	d := h.enrolled(NewMemory(), "coordinator", func(o *Options) {
		o.Road, o.Now, o.After, o.Dice = EitherRoad, c.Now, c.After, func() float64 { return 0.5 }
	})
	runs(t, d)
	for _, wait := range []time.Duration{500 * time.Millisecond, time.Second} {
		c.awaits(t, wait)
		c.advance(wait)
	}
	c.awaits(t, poll) // over HTTP
	opened := make(chan struct{})
	h.next(func(p *peer) { close(opened); p.serve() })
	h.mu.Lock()
	h.noSockets = false
	h.mu.Unlock()
	d.Online()
	select {
	case <-opened:
	case <-soon(t).Done():
		t.Fatal("no socket was opened")
	}
	comes(t, d, saves(t, d, made("b")))
}
