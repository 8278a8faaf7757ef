package record

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var anything = drawing{redact: true, steps: true, held: true, length: 25}

// No value vanishes unseen: whatever was written either still stands (shown, or
// kept as a loser), or somebody saw it who wrote the field after. For all clocks.
func TestNoValueVanishesUnseen(t *testing.T) {
	d := anything
	d.redact = false // a redaction is meant to erase what it has not seen
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, d)
		order := h.reorder(t)
		o := play(order, nil)
		for i, e := range order {
			for _, c := range e.op.Changes {
				kind := h.c.Fields[c.Field].Kind
				if o.status[e] == Refused || kind != Register && kind != Steps || kind == Steps && e.device == Server {
					continue
				}
				if stands(o.rec, c.Field, c.Value) {
					continue
				}
				if !slices.ContainsFunc(order, func(x *event) bool {
					sawIt := i < x.received || x.device == e.device && x.op.N > e.op.N
					return sawIt && o.status[x] != Refused && writes(&x.op, c.Field)
				}) {
					t.Fatalf("%q of %s is gone, and nobody saw it:\n%s", c.Value, e, narrate(order, o))
				}
			}
		}
	})
}

func stands(r *Record, field int, v Value) bool {
	now := r.Fields[field]
	return v == now || v == Null && now == "" ||
		slices.ContainsFunc(r.Losers(field), func(w Write) bool { return w.Value == v })
}

func writes(op *Op, field int) bool {
	return slices.ContainsFunc(op.Changes, func(c Change) bool { return c.Field == field })
}

// An op applied twice is applied once, at once or at the end of all. What a
// redaction overtook, and another that came late gave back, is heard again only
// at once: a record does not keep what was erased, to know it by. The store does,
// by the numbers of each device.
func TestTwiceIsOnce(t *testing.T) {
	again := func(t *rapid.T, rec *Record, e *event, op *Op) {
		r := Apply(rec, op, writerOf(deviceLetter(e.device)), Arrival{Seq: rec.V + 1, Time: e.time})
		if r.Record != nil && describe(r.Record) != describe(rec) {
			t.Fatalf("%s, heard again, changed\n%s\nto\n%s", e, describe(rec), describe(r.Record))
		}
	}
	for name, d := range map[string]drawing{
		"redactions":         {redact: true, steps: true, length: 25},
		"ops that come late": {held: true, steps: true, length: 25},
		"both":               anything,
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				order := drawHistory(t, d).reorder(t)
				o := play(order, func(_ *Record, e *event, op *Op, r Result) {
					if r.Record != nil {
						again(t, r.Record, e, op)
					}
				})
				if d.redact && d.held {
					return
				}
				for i, e := range order {
					if o.status[e] != Refused {
						again(t, o.rec, e, o.ops[i])
					}
				}
			})
		})
	}
}

// Neither the record before nor the op is changed by Apply.
func TestApplyChangesNothingInPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, anything)
		var before []*Record
		var texts []string
		play(h.events, func(rec *Record, e *event, _ *Op, r Result) {
			if r.Record != nil {
				before = append(before, r.Record)
				texts = append(texts, describe(r.Record)+string(MarshalState(r.Record)))
			}
		})
		for i, r := range before {
			if now := describe(r) + string(MarshalState(r)); now != texts[i] {
				t.Fatalf("the record at %d was\n%q, and is now\n%q", r.V, texts[i], now)
			}
		}
	})
}

// A withdraw wins over everything, from whatever time, and stays.
func TestWithdrawAlwaysWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, anything)
		at := rapid.IntRange(0, len(h.events)).Draw(t, "at")
		var rec *Record
		seq := int64(0)
		for i := 0; i <= len(h.events); i++ {
			if i == at {
				op := &Op{N: 1, Collection: h.c, ID: "p1", Withdraw: true, Base: int64(rapid.IntRange(0, 9).Draw(t, "base"))}
				r := Apply(rec, op, writerOf("e9"), Arrival{Seq: seq + 1, Time: Time(rapid.Int64Range(0, 1<<50).Draw(t, "time"))})
				if r.Status != Applied || !r.Record.Gone {
					t.Fatalf("withdraw: %v %v", r.Status, r.Problem)
				}
				rec, seq = r.Record, seq+1
			}
			if i == len(h.events) {
				break
			}
			e := h.events[i]
			r := Apply(rec, &e.op, writerOf(deviceLetter(e.device)), Arrival{Seq: seq + 1, Time: e.time})
			if i >= at && (r.Status != Refused || r.Problem.Code != GoneRecord || r.Record != nil) {
				t.Fatalf("after the withdraw: %v %v", r.Status, r.Problem)
			}
			if r.Record != nil {
				rec, seq = r.Record, seq+1
			}
		}
		want := &Record{Collection: h.c, ID: "p1", V: rec.V, Gone: true, Made: Write{Seq: rec.Made.Seq}}
		if !reflect.DeepEqual(rec, want) {
			t.Fatalf("something is left of it: %+v", rec)
		}
	})
}

// A settle clears exactly what it saw: of what stood, nothing that had arrived
// up to its base is left, and everything else but its own device's earlier
// change (and a step of the server's) is.
func TestSettleClearsExactlyWhatItSaw(t *testing.T) {
	d := anything
	d.held = false
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, d)
		play(h.reorder(t), func(before *Record, e *event, op *Op, r Result) {
			if r.Record == nil || before == nil {
				return
			}
			for _, c := range op.Changes {
				if c.Verb != Settle {
					continue
				}
				old, now := before.state(c.Field), r.Record.States[c.Field]
				if old == nil {
					old = before.madeState(c.Field)
				}
				if red := &old.Redacted; red.Seq != 0 && !sees(op.Base, e.device, op.N, red) {
					continue
				}
				for _, s := range old.Writes {
					if s.Until != 0 {
						continue
					}
					left := slices.ContainsFunc(now.Writes, func(x Stood) bool {
						return x.Until == 0 && x.Device == s.Device && x.N == s.N
					})
					seen := s.Seq <= op.Base || s.Device == e.device
					yielded := h.c.Fields[c.Field].Kind == Steps && s.byServer()
					if left == seen && !yielded {
						t.Fatalf("%s: %s/%d %q left: %v, seen: %v", e, s.Device, s.N, s.Value, left, seen)
					}
				}
			}
		})
	})
}

// A record that goes through the store, at every step, is the same record.
func TestStateSurvivesTheStore(t *testing.T) {
	d := anything
	d.length = 60
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, d)
		o := play(h.events, func(_ *Record, _ *event, _ *Op, r Result) {
			if r.Record == nil {
				return
			}
			rec := r.Record
			fields, err := ParseFields(h.c, AppendFields(nil, rec, ^Mask(0)))
			if err != nil {
				t.Fatal(err)
			}
			back := &Record{Collection: rec.Collection, ID: rec.ID, V: rec.V, Made: rec.Made, Fields: fields}
			state := MarshalState(rec)
			if err := UnmarshalState(back, state); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(normal(rec), normal(back)) {
				t.Fatalf("went in\n%+v\ncame back\n%+v", normal(rec), normal(back))
			}
			if (state == nil) != (rec.V == rec.Made.Seq) {
				t.Fatalf("a state of %d bytes at version %d", len(state), rec.V)
			}
		})
		if o.rec == nil {
			t.Fatal("nothing was made")
		}
	})
}

// normal evens out nil and empty slices.
func normal(r *Record) *Record {
	n := *r
	for i, st := range n.States {
		if i == 0 {
			n.States = slices.Clone(n.States)
		}
		if st == nil {
			continue
		}
		c := *st
		c.Writes, c.Passed = slices.Clip(append([]Stood{}, st.Writes...)), append([]Passed{}, st.Passed...)
		c.Adds, c.Entries, c.Fallen = append([]Added{}, st.Adds...), append([]Entry{}, st.Entries...), append([]string{}, st.Fallen...)
		n.States[i] = &c
	}
	return &n
}

// Losers that went over the wire are the same losers.
func TestLosersSurviveTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, anything)
		rec := play(h.events, nil).rec
		k := AppendLosers(nil, rec, ^Mask(0))
		back := &Record{Collection: h.c, ID: rec.ID, V: rec.V, Fields: rec.Fields}
		if err := ParseLosers(back, k); err != nil {
			t.Fatal(err)
		}
		if again := AppendLosers(nil, back, ^Mask(0)); string(again) != string(k) {
			t.Fatalf("%s\ncame back as\n%s", k, again)
		}
		if rec.HasLosers() != (k != nil) {
			t.Fatal("HasLosers disagrees")
		}
	})
}

// What is remembered of a record does not grow without bound.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	h := made(t)
	for i := range 2000 {
		device := string(rune('e'+i%3)) + string(rune('a'+i%20))
		h.do(device, h.seq, "body="+string(rune('a'+i%26)), "tags+"+string(rune('a'+i%50)))
		h.do("w1", h.seq, "tags-"+string(rune('a'+(i+7)%50)))
	}
	if n := len(MarshalState(h.rec)); n > 16<<10 {
		t.Fatalf("%d bytes", n)
	}
	st := h.rec.States[h.c.Field("body")]
	if len(st.Writes) > maxStood+1 || st.Floor == 0 {
		t.Fatal(len(st.Writes), st.Floor)
	}
	// Older than what is remembered: nothing is lost, a loser may be kept.
	h.do("v1", 5, "body=old").is(Kept)
	if !stands(h.rec, h.c.Field("body"), Text("old")) {
		t.Fatal("lost")
	}
}

func TestLongValuesThatStandNoLongerAreNotKept(t *testing.T) {
	long := string(make([]byte, 0, 300))
	for range 300 {
		long += "x"
	}
	h := made(t, "body="+long)
	h.do("v1", 1, "body=B").is(Applied)
	if n := len(MarshalState(h.rec)); n > 150 {
		t.Fatalf("%d bytes", n)
	}
	if v := h.rec.Seen(h.c.Field("body"), 1, "e1", 1); v != Forgotten {
		t.Fatal(v)
	}
	// An equal one is known all the same.
	h.do("x1", 1, "body="+long).is(Kept) // 3
	h.do("y1", 1, "body=C").is(Kept)
	h.has("body=C|" + long + "|B")
	if v := h.rec.Seen(h.c.Field("body"), 1, "e1", 1); v != Text(long) {
		t.Fatal(v)
	}
}
