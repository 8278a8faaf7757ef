package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The world of these tests: a page that people write together. It has a field of
// each kind, and a reader for each mask.
func pages() *Collection {
	return &Collection{
		Name: "page", By: "by", Service: "place",
		MadeBy:     []string{"writer", "editor", "manager"},
		ChangedBy:  []string{"writer", "editor"},
		WithdrawBy: []string{"by", "editor"},
		Fields: []Field{
			{Name: "title", Required: true, Redactable: true},
			{Name: "body", Redactable: true},
			{Name: "by", Kind: Once, Type: Ref, Target: "member", Required: true, Fill: "member"},
			{Name: "at", Kind: Once, Type: Instant, Required: true, Fill: "time"},
			{Name: "week", Type: Date, SetBy: []string{"server"}, Derive: func(made func(string) Value) Value {
				return Text(made("at").Text()[:4])
			}},
			{Name: "origin", Kind: Once},
			{Name: "place", Type: Ref, Target: "place"},
			{Name: "level", Type: Enum, Values: []string{"open", "closed", "secret"}, Default: Text("open"), Deciding: true},
			{Name: "share", Kind: Narrow, Type: Enum, Values: []string{"all", "some", "few"}, Default: Text("all")},
			{Name: "tags", Kind: Set},
			{Name: "notes", Kind: Log, Entry: []EntryKey{{Name: "source", Target: "page", ReadBy: []string{"desk"}}, {Name: "by", ReadBy: []string{"desk"}}}},
			{
				Name: "status", Kind: Steps, Type: Enum, Values: []string{"draft", "shown", "closed", "parked"},
				Steps: []Step{
					{From: []string{"draft"}, To: []string{"shown"}, By: []string{"writer", "editor"}},
					{From: []string{"shown"}, To: []string{"closed"}, By: []string{"editor"}},
					{From: []string{"shown"}, To: []string{"draft"}, By: []string{"writer", "editor"}, Note: "notes"},
					{To: []string{"parked"}, By: []string{"editor"}},
					{From: []string{"parked"}, To: []string{"draft"}, By: []string{"editor"}},
				},
			},
			{Name: "rank", Type: Integer, SetBy: []string{"editor"}, Stale: true},
			{Name: "code", Kind: Once, Private: true},
			{Name: "sealed"},
			{Name: "reply", SetBy: []string{"editor", "manager"}},
		},
		Rules: []Rule{
			{Audience: "desk"},
			{Audience: "writers", But: []string{"at", "sealed"}},
			{Audience: "person:", Of: "by", But: []string{"body", "at", "rank", "sealed"}},
			{
				Audience: "place:", Of: "place",
				When: []Cond{{Field: "status", In: []string{"shown"}}, {Field: "level", In: []string{"open", "closed"}}},
				Fields: []Show{
					{Field: "title"}, {Field: "tags"}, {Field: "notes"}, {Field: "reply"},
					{Field: "body", When: []Cond{{Field: "share", In: []string{"all"}}}},
				},
			},
			{Audience: "all", When: []Cond{{Field: "level", In: []string{"secret"}, Not: true}}, Fields: []Show{{Field: "title"}}},
		},
	}
}

func pageSchema() *Schema {
	s := NewSchema(1, pages())
	s.AudiencesOf = func(w Writer) []string {
		a := []string{"all", "person:" + w.Member}
		switch w.Role {
		case "editor":
			a = append(a, "desk")
		case "writer":
			a = append(a, "writers")
		}
		for _, p := range w.Services {
			a = append(a, "place:"+p)
		}
		return a
	}
	return s
}

// writerOf gives a writer by the name of a device, whose first letter is the
// member: "e1" and "e2" are two devices of the editor e.
func writerOf(device string) Writer {
	w := Writer{Device: device, Member: device[:1]}
	switch device[0] {
	case 'e', 'f', 'g':
		w.Role = "editor"
	case 'm':
		w.Role, w.Services = "manager", []string{"here"}
	case 's':
		return Writer{Device: Server, Member: Server, Server: true}
	default:
		w.Role = "writer"
	}
	return w
}

// A hand plays ops on one record, seq by seq.
type hand struct {
	t     testing.TB
	c     *Collection
	rec   *Record
	seq   int64
	ns    map[string]int64
	clock Time
}

func newHand(t testing.TB) *hand {
	return &hand{t: t, c: pageSchema().Collection("page"), ns: map[string]int64{}, clock: 1_700_000_000_000_000}
}

// made gives a hand that holds a page made by w1 as seq 1.
func made(t testing.TB, and ...string) *hand {
	t.Helper()
	h := newHand(t)
	h.do("w1", 0, append([]string{"title=T"}, and...)...).is(Applied)
	return h
}

// op parses "field=value", "field!value" (settle), "field~value" (redact),
// "field+a,b" (add), "field-a,b" (remove); the value "null" clears.
func (h *hand) op(device string, base int64, changes ...string) *Op {
	h.ns[device]++
	h.clock += 1000
	op := &Op{N: h.ns[device], At: h.clock, Collection: h.c, ID: "p1", Base: base, Schema: 1}
	for _, s := range changes {
		i := strings.IndexAny(s, "=!~+-")
		if s == "withdraw" {
			op.Withdraw = true
			continue
		}
		f := h.c.Field(s[:i])
		if f < 0 {
			h.t.Fatalf("no field %q", s[:i])
		}
		c := Change{Field: f, Verb: map[byte]Verb{'=': SetTo, '!': Settle, '~': Redact, '+': Add, '-': Remove}[s[i]]}
		if c.Verb >= Add {
			for _, v := range strings.Split(s[i+1:], ",") {
				if h.c.Fields[f].Kind == Log {
					c.Values = append(c.Values, Value(fmt.Sprintf(`{"id":%s,"text":"x"}`, Text(v))))
				} else {
					c.Values = append(c.Values, Text(v))
				}
			}
		} else {
			c.Value = valueFrom(&h.c.Fields[f], s[i+1:])
		}
		op.Changes = append(op.Changes, c)
	}
	slices.SortStableFunc(op.Changes, func(a, b Change) int { return a.Field*8 + int(a.Verb) - b.Field*8 - int(b.Verb) })
	return op
}

func valueFrom(f *Field, s string) Value {
	switch {
	case s == "null":
		return Null
	case !f.textual(), strings.HasPrefix(s, "["):
		return Value(s)
	}
	return Text(s)
}

// did is what came of one op.
type did struct {
	h *hand
	Result
}

func (h *hand) do(device string, base int64, changes ...string) did {
	h.t.Helper()
	return h.deliver(device, h.op(device, base, changes...))
}

func (h *hand) deliver(device string, op *Op) did {
	h.t.Helper()
	res := Apply(h.rec, op, writerOf(device), Arrival{Seq: h.seq + 1, Time: op.At})
	if res.Record != nil {
		h.seq++
		h.rec = res.Record
		if h.rec.V != h.seq {
			h.t.Fatalf("the record is at %d after seq %d", h.rec.V, h.seq)
		}
	}
	return did{h, res}
}

func (d did) is(want Status) did {
	d.h.t.Helper()
	if d.Status != want {
		d.h.t.Fatalf("status %v (%v), want %v", d.Status, d.Problem, want)
	}
	return d
}

func (d did) refused(code string) did {
	d.h.t.Helper()
	if d.Status != Refused || d.Problem.Code != code {
		d.h.t.Fatalf("status %v (%v), want refused %s", d.Status, d.Problem, code)
	}
	if d.Record != nil {
		d.h.t.Fatal("a refused op gave a record")
	}
	return d
}

// has checks "field=value" or "field=value|loser|loser".
func (h *hand) has(want ...string) *hand {
	h.t.Helper()
	for _, s := range want {
		name, value, _ := strings.Cut(s, "=")
		if got := h.shown(name); got != value {
			h.t.Fatalf("%s is %q, want %q", name, got, value)
		}
	}
	return h
}

func (h *hand) shown(name string) string {
	i := h.c.Field(name)
	out := []string{plain(h.rec.Fields[i])}
	for _, l := range h.rec.Losers(i) {
		out = append(out, plain(l.Value))
	}
	return strings.Join(out, "|")
}

func plain(v Value) string {
	if strings.HasPrefix(string(v), `"`) {
		return v.Text()
	}
	return string(v)
}
