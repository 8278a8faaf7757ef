package device

import (
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"earshot/sync/wire"
)

// seen gives what a device shows, by the letter of a note: its text.
func seen(t *testing.T, d *Device) map[string]string {
	t.Helper()
	list, err := d.Records("note")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range list {
		out[r.ID] = r.Text("text")
	}
	return out
}

func shows(t *testing.T, d *Device, want map[string]string) {
	t.Helper()
	ids := map[string]string{}
	for letter, text := range want {
		ids[noteID(letter)] = text
	}
	if got := seen(t, d); !maps.Equal(got, ids) {
		t.Errorf("it shows %v, want %v", got, ids)
	}
}

// reads runs a device until it holds a cursor.
func reads(t *testing.T, d *Device, cursor string) {
	t.Helper()
	if err := d.until(soon(t), func() bool { return d.own.Cursor == cursor }); err != nil {
		t.Fatalf("it holds %q, want %q: %v", d.own.Cursor, cursor, err)
	}
}

func TestPagesComeWithTheirCursorsAndOutliveAStart(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		gone, out := page("c2", "c3", false, "x 5 gone", "y 6 out", "z 6"), page("c3", "c4", false)
		out.Dropped = []string{"desk"}
		h.pages = append(h.pages, page("", "c1", true, "x 1", "y 2"), page("c1", "c2", false, "w 3 desk", "z 4"), gone, out)
		d := h.enrolled(s, "coordinator")
		stored := make(chan struct{})
		h.next(func(p *peer) {
			p.send(p.welcome())
			for _, c := range p.pages[:2] {
				p.send(c)
				if f, ok := p.read().(*wire.Seen); !ok || f.Cursor != c.Cursor {
					t.Errorf("it answers %v", f)
				}
			}
			close(stored)
			p.read()
		})
		stop := runs(t, d)
		<-stored
		shows(t, d, map[string]string{"x": "x at 1", "y": "y at 2", "w": "w at 3", "z": "z at 4"})
		stop()
		d = h.enrolled(s, "coordinator")
		shows(t, d, map[string]string{"x": "x at 1", "y": "y at 2", "w": "w at 3", "z": "z at 4"})
		sums := maps.Clone(d.sums)
		runs(t, d)
		reads(t, d, "c4")
		shows(t, d, map[string]string{"z": "z at 6"})
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.sums["desk"] != 0 || d.sums["team"] != wire.Digest("note", noteID("z"), 6) || sums["desk"] != wire.Digest("note", noteID("w"), 3) {
			t.Errorf("sums %v, before %v", d.sums, sums)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if got := h.hellos[1]; got.Cursor != "c2" || got.Epoch != "first" || h.hellos[0].Epoch != "" || h.hellos[0].Cursor != "" || !h.hellos[0].Reads {
			t.Errorf("hellos %+v, %+v", h.hellos[0], got)
		}
	})
}

func TestAPageThatDoesNotFollowIsDropped(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		h.pages = append(h.pages, page("", "c1", true, "x 1"), page("c1", "c2", false, "y 2"))
		d := h.enrolled(s, "coordinator")
		h.next(func(p *peer) {
			p.send(p.welcome())
			p.send(p.pages[0])
			p.send(page("c9", "c10", false, "z 9"))
			for p.read() != nil {
			}
		})
		runs(t, d)
		reads(t, d, "c2")
		shows(t, d, map[string]string{"x": "x at 1", "y": "y at 2"})
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.hellos) != 2 || h.hellos[1].Cursor != "c1" {
			t.Errorf("%d hellos", len(h.hellos))
		}
	})
}

func TestAResetForgetsWhatWasReadAndNothingThatWasSaid(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		d := h.enrolled(s, "coordinator")
		held := made("a")
		held.Hold = time.Hour
		saves(t, d, held)
		h.next(func(p *peer) {
			p.send(p.welcome())
			p.send(page("", "c1", false, "x 1"))
			p.send(&wire.Reset{Reason: wire.ResetCursor})
			p.send(page("", "d1", false, "y 2"))
			for p.read() != nil {
			}
		})
		runs(t, d)
		reads(t, d, "d1")
		shows(t, d, map[string]string{"y": "y at 2", "a": "a"})
	})
}

func TestAReplicaThatHasDriftedIsReadAgainOnceADay(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h, c := newHouse(t), newClock()
		h.clock = c.Now
		sum := func(v int64) map[string]string {
			return map[string]string{"team": strconv.FormatUint(wire.Digest("note", noteID("x"), v), 10)}
		}
		first, again := page("", "c1", false, "x 1"), page("c1", "c2", false, "x 2")
		first.Sums = sum(2)
		again.Dropped, again.Sums = []string{"team"}, sum(2)
		d := h.enrolled(s, "coordinator", func(o *Options) { o.Now, o.After = c.Now, c.After })
		h.pages = append(h.pages, first, again)
		h.next(func(p *peer) { p.send(p.welcome()); p.send(first); p.read(); p.read() }, func(p *peer) {
			if !slices.Equal(p.hello.Again, []string{"team"}) || p.hello.Holds.Trouble != "sums" {
				t.Errorf("it says again %v, trouble %q", p.hello.Again, p.hello.Holds.Trouble)
			}
			p.send(p.welcome())
			p.send(again)
			off := page("c2", "c3", false)
			off.Sums = sum(7) // off again, on the same day
			p.send(off)
			p.push()
		})
		runs(t, d)
		reads(t, d, "c3")
		shows(t, d, map[string]string{"x": "x at 2"})
		d.mu.Lock()
		if len(d.again) != 0 || d.own.Trouble != "sums" {
			t.Errorf("again %v, trouble %q", d.again, d.own.Trouble)
		}
		d.mu.Unlock()
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.hellos) != 2 {
			t.Errorf("%d connections", len(h.hellos))
		}
	})
}

func TestAnOwnOpLiesOverItsRecordUntilThatComes(t *testing.T) {
	everyStore(t, func(t *testing.T, s Store) {
		h := newHouse(t)
		d := h.enrolled(s, "coordinator")
		step := make(chan *wire.Changes)
		h.next(func(p *peer) {
			p.send(p.welcome())
			p.send(page("", "c1", false, "x 1"))
			p.read()
			p.send(p.take(p.push()))
			for c := range step {
				p.send(c)
			}
		})
		stop := runs(t, d)
		reads(t, d, "c1")
		n := saves(t, d,
			Change{Collection: "note", ID: noteID("x"), Set: map[string]any{"text": "mine"}}, // seq 101
			made("a"), // seq 102
			Change{Collection: "note", ID: noteID("a"), Set: map[string]any{"text": "more"}}, // seq 103
			Change{Collection: "note", ID: noteID("q"), Set: map[string]any{"share": "few"}, Add: nil},
		)
		shows(t, d, map[string]string{"x": "mine", "a": "more", "q": ""})
		comes(t, d, n+3)
		step <- page("c1", "c2", false, "x 50", "a 102")
		reads(t, d, "c2")
		shows(t, d, map[string]string{"x": "mine", "a": "more", "q": ""})
		step <- page("c2", "c3", false, "x 101", "a 110", "q 120 out")
		reads(t, d, "c3")
		shows(t, d, map[string]string{"x": "x at 101", "a": "a at 110"})
		step <- page("c3", "c4", false, "a 130 gone")
		reads(t, d, "c4")
		shows(t, d, map[string]string{"x": "x at 101"})
		close(step)
		stop()
		for _, o := range d.ops[1:3] {
			if o.ID != "" || len(o.Hash) == 0 || !o.Void {
				t.Errorf("of a record that is gone this is left: %+v", o)
			}
		}
		shows(t, h.enrolled(s, "coordinator"), map[string]string{"x": "x at 101"})
	})
}
