package record

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// An event is an op of a generated history: who issued it, when, having received
// how much. received counts arrivals: an op saw the first so many ops that the
// server heard of, and those of its own device before it.
type event struct {
	device   string
	op       Op // without Base, which depends on what was refused before
	received int
	time     Time // the change's time, corrected and within its bounds
	held     bool // arrives after later ones of its device (mended, or early)
}

func (e *event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%d at %d having received %d:", e.device, e.op.N, e.time, e.received)
	for i := range e.op.Changes {
		c := &e.op.Changes[i]
		fmt.Fprintf(&b, " %s %s %s%v", c.Verb, e.op.Collection.Fields[c.Field].Name, c.Value, c.Values)
	}
	return b.String()
}

// A history is what devices did, in one order in which the server may hear of it.
type history struct {
	c      *Collection
	events []*event // in order of arrival; the first makes the record
}

// What histories are drawn from.
type drawing struct {
	punctual bool // no clock is fast or slow
	held     bool // some ops come late
	redact   bool
	steps    bool // steps that hang on what was seen
	length   int
}

var devices = []string{"e1", "f1", "g1", "v1", "e2", Server}

// drawHistory lets some devices, each with its own replica, issue ops with and
// without a connection, receive, and hand in.
func drawHistory(t *rapid.T, d drawing) *history {
	h := &history{c: pageSchema().Collection("page")}
	ns, received, last := map[string]int64{}, map[string]int{}, map[string]Time{}
	waiting := map[string][]*event{}
	commits := []Time{0} // by the count of arrivals
	clock := Time(1_000_000)
	arrive := func(e *event) {
		h.events = append(h.events, e)
		commits = append(commits, clock)
	}
	issue := func(device string, changes []Change) *event {
		ns[device]++
		at := clock
		if !d.punctual {
			at += Time(rapid.IntRange(-5000, 5000).Draw(t, "skew"))
		}
		e := &event{device: device, received: received[device], op: Op{N: ns[device], Collection: h.c, ID: "p1", Changes: changes}}
		e.time = max(at, commits[e.received]+1, last[device]+1)
		last[device] = e.time
		return e
	}
	arrive(issue("w1", []Change{{Field: h.c.Field("title"), Value: Text("T")}, {Field: h.c.Field("body"), Value: Text("a")}}))
	for i := 0; i < d.length; i++ {
		clock += Time(rapid.IntRange(0, 2).Draw(t, "tick")) * 10
		device := rapid.SampledFrom(devices).Draw(t, "device")
		switch rapid.IntRange(0, 5).Draw(t, "what") {
		case 0, 1, 2:
			waiting[device] = append(waiting[device], issue(device, drawChanges(t, h.c, device, ns[device]+1, d)))
		case 3, 4:
			clock++
			for _, e := range waiting[device] {
				arrive(e)
			}
			waiting[device] = nil
		case 5:
			received[device] = len(h.events)
		}
	}
	clock++
	for _, device := range devices {
		for _, e := range waiting[device] {
			arrive(e)
		}
	}
	if d.held {
		for _, e := range h.events[1:] {
			e.held = rapid.IntRange(0, 5).Draw(t, "held") == 0
		}
	}
	return h
}

func drawChanges(t *rapid.T, c *Collection, device string, n int64, d drawing) []Change {
	var out []Change
	// Few fields and few values, so that changes meet.
	for _, name := range []string{"body", "level", "share", "tags", "notes", "status"} {
		if rapid.IntRange(0, 2).Draw(t, name) > 0 {
			continue
		}
		i := c.Field(name)
		f := &c.Fields[i]
		ch := Change{Field: i}
		switch f.Kind {
		case Set:
			ch.Verb = rapid.SampledFrom([]Verb{Add, Remove}).Draw(t, "verb")
			ch.Values = []Value{Text(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "value"))}
		case Log:
			ch.Verb = Add
			ch.Values = []Value{Value(fmt.Sprintf(`{"id":%s,"text":"t"}`, Text(fmt.Sprintf("%s-%d", device, n))))}
		case Narrow:
			ch.Value = Text(rapid.SampledFrom(f.Values).Draw(t, "value"))
		case Steps:
			if !d.steps && device != Server {
				ch.Value = Text("parked")
				break
			}
			ch.Value = Text(rapid.SampledFrom(f.Values).Draw(t, "value"))
			ch.Verb = rapid.SampledFrom([]Verb{SetTo, SetTo, Settle}).Draw(t, "verb")
		default:
			ch.Value = Text(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "value"))
			if name == "level" {
				ch.Value = Text(rapid.SampledFrom(f.Values).Draw(t, "value"))
			} else if rapid.IntRange(0, 4).Draw(t, "clears") == 0 {
				ch.Value = Null
			}
			verbs := []Verb{SetTo, SetTo, SetTo, Settle}
			if d.redact && f.Redactable {
				verbs = append(verbs, Redact)
			}
			ch.Verb = rapid.SampledFrom(verbs).Draw(t, "verb")
		}
		out = append(out, ch)
	}
	return out
}

// barriers are the counts of arrivals that somebody has received: what was heard
// before one can't have been heard after it.
func (h *history) barriers() []int {
	var out []int
	for _, e := range h.events {
		if e.received > 0 {
			out = append(out, e.received)
		}
	}
	slices.Sort(out)
	return append(slices.Compact(out), len(h.events))
}

// reorder draws another order in which the server may have heard of the same
// history: each device's ops in order of n, but those that were held, and nobody
// receives anything else than before.
func (h *history) reorder(t *rapid.T) []*event {
	var out []*event
	from := 1
	out = append(out, h.events[0])
	for _, to := range h.barriers() {
		if to <= from {
			continue
		}
		left := slices.Clone(h.events[from:to])
		for len(left) > 0 {
			i := rapid.IntRange(0, len(left)-1).Draw(t, "next")
			// An op waits for the earlier ones of its device, but for held ones; a held
			// one too.
			for j := 0; j < i; j++ {
				if left[j].device == left[i].device && left[j].op.N < left[i].op.N && !left[j].held {
					i = j
				}
			}
			out = append(out, left[i])
			left = slices.Delete(left, i, i+1)
		}
		from = to
	}
	return out
}

// An outcome is what the server has after a history.
type outcome struct {
	rec     *Record
	status  map[*event]Status
	problem map[*event]string
	ops     []*Op
	v       []int64 // the record's V after so many arrivals
}

// play hears the events in this order. check, if any, sees each step.
func play(order []*event, check func(before *Record, e *event, op *Op, r Result)) *outcome {
	out := &outcome{status: map[*event]Status{}, problem: map[*event]string{}, v: []int64{0}}
	seq := int64(0)
	for _, e := range order {
		op := e.op
		op.Base = out.v[e.received]
		r := Apply(out.rec, &op, writerOf(deviceLetter(e.device)), Arrival{Seq: seq + 1, Time: e.time})
		out.status[e] = r.Status
		if r.Problem != nil {
			out.problem[e] = r.Problem.Code + " " + r.Problem.Field
		}
		if check != nil {
			check(out.rec, e, &op, r)
		}
		if r.Record != nil {
			seq++
			out.rec = r.Record
		}
		out.ops = append(out.ops, &op)
		out.v = append(out.v, seq)
	}
	return out
}

func deviceLetter(device string) string {
	if device == Server {
		return "s"
	}
	return device
}

// describe gives fields and losers as text, to compare outcomes by.
func describe(r *Record) string {
	var b strings.Builder
	b.Write(AppendFields(nil, r, ^Mask(0)))
	b.WriteByte('\n')
	b.Write(AppendLosers(nil, r, ^Mask(0)))
	return b.String()
}

func narrate(order []*event, o *outcome) string {
	var b strings.Builder
	for i, e := range order {
		fmt.Fprintf(&b, "%d %s -> %v %s\n", i+1, e, o.status[e], o.problem[e])
	}
	fmt.Fprintf(&b, "= %s\n", describe(o.rec))
	return b.String()
}
