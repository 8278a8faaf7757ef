package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func grantOf(r *Record, audience string) (Mask, bool) {
	for _, g := range r.Grants() {
		if g.Audience == audience {
			return g.Mask, true
		}
	}
	return 0, false
}

func (h *hand) reads(audience string) string {
	h.t.Helper()
	m, in := grantOf(h.rec, audience)
	if !in {
		return "out"
	}
	var names []string
	var f map[string]any
	if err := json.Unmarshal(AppendFields(nil, h.rec, m), &f); err != nil {
		h.t.Fatal(err)
	}
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestGrants(t *testing.T) {
	h := made(t, "place=here", "body=B", "sealed=S", "code=PINE")
	expect := func(audience, want string) {
		t.Helper()
		if got := h.reads(audience); got != want {
			t.Fatalf("%s reads %q, want %q", audience, got, want)
		}
	}
	t.Run("a rule without fields lets through all but what is private", func(t *testing.T) {
		expect("desk", "at body by level notes place sealed share status tags title week")
	})
	t.Run("or what it keeps back", func(t *testing.T) {
		expect("person:w", "by level notes place share status tags title week")
	})
	t.Run("conditions say who is in", func(t *testing.T) {
		expect("place:here", "out")
		h.do("e1", 1, "status=shown")
		expect("place:here", "body notes tags title")
	})
	t.Run("and what is let through", func(t *testing.T) {
		h.do("e1", h.seq, "share=some")
		expect("place:here", "notes tags title")
	})
	t.Run("an audience follows the field that names it", func(t *testing.T) {
		h.do("e1", h.seq, "place=there")
		expect("place:here", "out")
		expect("place:there", "notes tags title")
	})
	t.Run("of a conflict on a field that decides, the narrowest counts", func(t *testing.T) {
		at := h.seq
		h.do("e1", at, "level=secret")
		h.do("f1", at, "level=open").is(Kept)
		h.has("level=open|secret")
		expect("place:there", "out")
		expect("all", "out")
		h.do("e1", h.seq, "level!open")
		expect("place:there", "notes tags title")
		expect("all", "title")
	})
	t.Run("keys of a log's entries have readers of their own", func(t *testing.T) {
		op := h.op("e1", h.seq, "notes+one")
		op.Changes[0].Values[0] = `{"id":"one","source":"p7","text":"x"}`
		h.deliver("e1", op)
		for audience, want := range map[string][]string{"desk": {"at", "by", "id", "source", "text"}, "place:there": {"at", "id", "text"}} {
			m, _ := grantOf(h.rec, audience)
			var f struct{ Notes []map[string]any }
			if err := json.Unmarshal(AppendFields(nil, h.rec, m), &f); err != nil {
				t.Fatal(err)
			}
			var keys []string
			for k := range f.Notes[0] {
				keys = append(keys, k)
			}
			if slices.Sort(keys); !slices.Equal(keys, want) {
				t.Errorf("%s reads %v of an entry, want %v", audience, keys, want)
			}
		}
	})
}

func TestLosersAreForWhoMaySettle(t *testing.T) {
	h := made(t, "place=here", "status=shown")
	h.do("e1", 1, "reply=A")
	h.do("f1", 1, "reply=B")
	reply := h.c.Field("reply")
	for device, may := range map[string]bool{"e1": true, "m1": true, "v1": false, "s": true} {
		if h.rec.Settles(writerOf(device)).Has(reply) != may {
			t.Errorf("%s settles reply: %v", device, !may)
		}
	}
	if got := string(AppendLosers(nil, h.rec, bit(reply))); got != `{"reply":[{"at":"2023-11-14T22:13:20.002Z","by":"e","device":"e1","n":1,"value":"A"}]}` {
		t.Error(got)
	}
	if got := string(AppendLoserValues(nil, h.rec, bit(reply))); got != `{"reply":[{"value":"A"}]}` {
		t.Error(got)
	}
	if got := AppendLosers([]byte("x"), h.rec, ^bit(reply)); string(got) != "x" {
		t.Errorf("%s", got)
	}
}

func TestMaskRule(t *testing.T) {
	c := pageSchema().Collection("page")
	if c.MaskRule("place:here") != c.MaskRule("place:there") || c.MaskRule("place:here") == "" {
		t.Error("it is of the kind of audience, not of one of them")
	}
	if c.MaskRule("place:here") == c.MaskRule("desk") || c.MaskRule("nobody") != "" {
		t.Error("it tells audiences apart, and from none")
	}
	other := pages()
	other.Rules[3].Fields = append(other.Rules[3].Fields, Show{Field: "reply"})
	o := NewSchema(1, other).Collection("page")
	if o.MaskRule("place:here") == c.MaskRule("place:here") || o.MaskRule("desk") != c.MaskRule("desk") {
		t.Error("a release that changes one rule changes that one")
	}
	if m, ok := c.Unconditional("desk"); !ok || !m.Has(c.Field("sealed")) || m.Has(c.Field("code")) {
		t.Error("desk reads everything that is not private, always")
	}
	if _, ok := c.Unconditional("place:here"); ok {
		t.Error("a place's mask hangs on share")
	}
}

// A mask lets nothing through that it does not name: rules and records are
// generated, and read by another, plainer hand.
func TestMaskNeverLeaks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCollection(t)
		NewSchema(1, c)
		rec := drawRecord(t, c)
		grants := rec.Grants()
		for _, g := range grants {
			var got map[string]any
			if err := json.Unmarshal(AppendFields(nil, rec, g.Mask), &got); err != nil {
				t.Fatal(err)
			}
			allowed := plainlyAllowed(rec, g.Audience)
			for name := range got {
				if !allowed[name] {
					t.Fatalf("%s reads %s:\n%+v\n%s", g.Audience, name, c.Rules, describe(rec))
				}
			}
			for name := range allowed {
				if _, there := got[name]; !there && rec.Get(name) != "" {
					t.Fatalf("%s does not read %s:\n%+v\n%s", g.Audience, name, c.Rules, describe(rec))
				}
			}
		}
		for _, a := range []string{"one", "two", "of:x", "of:y", "of:z", "id:r1"} {
			_, in := grantOf(rec, a)
			if allowed := plainlyAllowed(rec, a); in != (allowed != nil) {
				t.Fatalf("in %s: %v:\n%+v\n%s", a, in, c.Rules, describe(rec))
			}
		}
	})
}

func drawCollection(t *rapid.T) *Collection {
	c := &Collection{Name: "c"}
	names := []string{}
	for i := range rapid.IntRange(2, 8).Draw(t, "fields") {
		f := Field{
			Name:     fmt.Sprintf("f%d", i),
			Kind:     rapid.SampledFrom([]Kind{Register, Register, Set, Once}).Draw(t, "kind"),
			Deciding: rapid.Bool().Draw(t, "deciding"),
			Private:  rapid.IntRange(0, 5).Draw(t, "private") == 0,
		}
		c.Fields = append(c.Fields, f)
		names = append(names, f.Name)
	}
	name := rapid.SampledFrom(names)
	conds := func() (out []Cond) {
		for range rapid.IntRange(0, 2).Draw(t, "conds") {
			k := Cond{Field: name.Draw(t, "on"), Not: rapid.Bool().Draw(t, "not")}
			if rapid.Bool().Draw(t, "in") {
				k.In = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 1, 2, rapid.ID).Draw(t, "values")
			}
			out = append(out, k)
		}
		return out
	}
	for range rapid.IntRange(1, 5).Draw(t, "rules") {
		r := Rule{Audience: rapid.SampledFrom([]string{"one", "two", "of:", "id:"}).Draw(t, "audience"), When: conds()}
		switch r.Audience {
		case "of:":
			r.Of = name.Draw(t, "of")
		case "id:":
			r.Of = "id"
		}
		if rapid.Bool().Draw(t, "all") {
			r.But = rapid.SliceOf(name).Draw(t, "but")
		} else {
			r.Fields = []Show{}
			for range rapid.IntRange(0, 4).Draw(t, "shows") {
				r.Fields = append(r.Fields, Show{Field: name.Draw(t, "show"), When: conds()})
			}
		}
		c.Rules = append(c.Rules, r)
	}
	return c
}

// drawRecord plays a few ops of two devices that see little of each other.
func drawRecord(t *rapid.T, c *Collection) *Record {
	var rec *Record
	n := map[string]int64{}
	for seq := int64(1); seq <= 5; seq++ {
		device := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "device")
		if seq == 1 {
			device = "a"
		}
		n[device]++
		op := &Op{N: n[device], Collection: c, ID: "r1"}
		if seq > 1 {
			op.Base = 1
		}
		for i := range c.Fields {
			f := &c.Fields[i]
			if rapid.Bool().Draw(t, "skip") || seq > 1 && f.Kind == Once {
				continue
			}
			v := Text(rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "value"))
			if f.Kind == Set {
				op.Changes = append(op.Changes, Change{Field: i, Verb: Add, Values: []Value{v}})
			} else {
				op.Changes = append(op.Changes, Change{Field: i, Value: v})
			}
		}
		w := Writer{Device: device, Member: device, Server: true}
		if r := Apply(rec, op, w, Arrival{Seq: seq, Time: Time(seq)}); r.Record != nil {
			rec = r.Record
		}
	}
	return rec
}

// plainlyAllowed reads the declaration as a person would: nil is not in, else
// the names of the fields.
func plainlyAllowed(r *Record, audience string) map[string]bool {
	c := r.Collection
	values := func(name string) []string { // the value and, where they decide, its losers
		i := c.Field(name)
		out := []string{plain(r.Fields[i])}
		if c.Fields[i].Deciding {
			for _, l := range r.Losers(i) {
				out = append(out, plain(l.Value))
			}
		}
		return out
	}
	members := func(s string) (out []string) { _ = json.Unmarshal([]byte(s), &out); return }
	ok := func(conds []Cond) bool {
		for _, k := range conds {
			set := c.Fields[c.Field(k.Field)].Kind == Set
			for _, v := range values(k.Field) {
				has := v != "" && v != "null"
				if set {
					has = len(members(v)) > 0
				}
				if k.In != nil {
					has = slices.Contains(k.In, v)
					if set {
						has = slices.ContainsFunc(members(v), func(m string) bool { return slices.Contains(k.In, m) })
					}
				}
				if has == k.Not {
					return false
				}
			}
		}
		return true
	}
	var out map[string]bool
	for _, rule := range c.Rules {
		var of []string
		switch rule.Of {
		case "":
			of = []string{""}
		case "id":
			of = []string{r.ID}
		default:
			v := values(rule.Of)
			if c.Fields[c.Field(rule.Of)].Kind == Set {
				of = members(v[0])
			} else if len(v) == 1 && v[0] != "" {
				of = v
			}
		}
		if !slices.ContainsFunc(of, func(s string) bool { return rule.Audience+s == audience }) || !ok(rule.When) {
			continue
		}
		if out == nil {
			out = map[string]bool{}
		}
		for _, f := range c.Fields {
			if rule.Fields == nil && !slices.Contains(rule.But, f.Name) && !f.Private {
				out[f.Name] = true
			}
		}
		for _, s := range rule.Fields {
			if ok(s.When) && !c.Fields[c.Field(s.Field)].Private {
				out[s.Field] = true
			}
		}
	}
	return out
}
