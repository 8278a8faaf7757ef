package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A rule between fields sees what the change has seen, and what it says itself.
func TestJudge(t *testing.T) {
	c := pages()
	c.Judge = func(k Case) *Problem {
		if k.After("status").Text() == "closed" && k.After("body").Absent() {
			return &Problem{NotARule, "body", "Say why before it is closed."}
		}
		if !k.Making && k.Before("tags") == "[]" && k.After("tags") != "[]" && k.After("notes") == "[]" {
			return &Problem{NotARule, "tags", "The first tag needs a note."}
		}
		if k.Making && k.Before("title") != "" {
			return &Problem{NotARule, "title", "There was nothing before."}
		}
		return nil
	}
	begin := func(and ...string) *hand {
		h := newHand(t)
		NewSchema(1, c)
		h.c = c
		h.do("e1", 0, append([]string{"title=T"}, and...)...).is(Applied)
		return h
	}
	t.Run("the op itself may say what the rule needs", func(t *testing.T) {
		h := begin("status=shown")
		h.do("e1", 1, "status=closed").refused(NotARule)
		h.do("e1", 1, "status=closed", "body=because").is(Applied)
	})
	t.Run("or its own device's op before", func(t *testing.T) {
		h := begin("status=shown")
		h.do("f1", 1, "body=because").is(Applied)
		h.do("f1", 1, "status=closed").is(Applied)
	})
	t.Run("not what came since, neither for nor against it", func(t *testing.T) {
		h := begin("status=shown")
		h.do("f1", 1, "body=because").is(Applied)
		h.do("g1", 1, "status=closed").refused(NotARule)
		h.do("f1", 2, "body=null").is(Applied)
		h.do("e1", 2, "status=closed").is(Merged)
	})
	t.Run("sets and logs as they will be", func(t *testing.T) {
		h := begin()
		h.do("f1", 1, "tags+x").refused(NotARule)
		h.do("f1", 1, "tags+x", "notes+one").is(Applied)
		h.do("g1", 1, "tags+y").refused(NotARule)
		h.do("g1", 2, "tags+y").is(Applied)
	})
	t.Run("the op that makes a record is judged too", func(t *testing.T) {
		h := newHand(t)
		h.c = c
		h.do("e1", 0, "title=T", "status=closed").refused(NotARule)
	})
}

// A writer is judged by the sets and logs that they had seen as well.
func TestSeen(t *testing.T) {
	h := made(t, "tags+a", "notes+one", "body=A")
	h.do("e1", 1, "tags+b", "notes+two", "body=B") // 2
	h.do("f1", 2, "tags-a", "body=C")              // 3
	h.do("e1", 2, "tags+c")                        // 4
	seen := func(name string, base int64, device string, n int64) string {
		return plain(h.rec.Seen(h.c.Field(name), base, device, n))
	}
	for _, x := range []struct {
		field, device, want string
		base, n             int64
	}{
		{"tags", "g1", `["a"]`, 1, 1},
		{"tags", "g1", `["a","b"]`, 2, 1},
		{"tags", "g1", `["b"]`, 3, 1},
		{"tags", "g1", `["b","c"]`, 4, 1},
		{"tags", "e1", `["a","b"]`, 1, 2},     // its own, acked or not
		{"tags", "e1", `["a","b","c"]`, 2, 3}, // and not the remove
		{"tags", "f1", `["b"]`, 2, 2},
		{"body", "g1", "A", 1, 1},
		{"body", "g1", "B", 2, 1},
		{"body", "e1", "B", 1, 2},
		{"body", "g1", "", 0, 1}, // never received
		{"title", "w1", "T", 0, 2},
		{"title", "w1", "", 0, 1}, // the making op itself
	} {
		if got := seen(x.field, x.base, x.device, x.n); got != x.want {
			t.Errorf("%s as %s/%d saw it at %d: %q, want %q", x.field, x.device, x.n, x.base, got, x.want)
		}
	}
	if got := seen("notes", 1, "g1", 1); strings.Contains(got, "two") || !strings.Contains(got, "one") {
		t.Error(got)
	}
}

func TestManagersOfAnyOfItsPlaces(t *testing.T) {
	c := &Collection{
		Name: "plan", Service: "places", MadeBy: []string{"manager"}, ChangedBy: []string{"manager"},
		Fields: []Field{{Name: "places", Kind: Set}, {Name: "text"}},
	}
	NewSchema(1, c)
	op := &Op{N: 1, Collection: c, ID: "p", Changes: []Change{{Field: 0, Verb: Add, Values: []Value{Text("there"), Text("here")}}}}
	for services, want := range map[string]Status{"here": Applied, "nowhere": Refused} {
		w := Writer{Device: "m1", Member: "m", Role: "manager", Services: []string{services}}
		if r := Apply(nil, op, w, Arrival{Seq: 1}); r.Status != want {
			t.Errorf("a manager of %s: %v", services, r.Status)
		}
	}
}

// What stands is said by the op that makes the record, and by none after it.
func TestStands(t *testing.T) {
	begin := func(and ...string) *hand {
		c := pages()
		body := &c.Fields[slices.IndexFunc(c.Fields, func(f Field) bool { return f.Name == "body" })]
		body.Stands = true
		h := newHand(t)
		h.c = NewSchema(1, c).Collection("page")
		h.do("w1", 0, append([]string{"title=T"}, and...)...).is(Applied)
		return h
	}
	h := begin("body=A")
	h.do("w1", 1, "body=B").refused(NotAllowed)
	h.do("e1", 1, "title=U", "body=B").refused(NotAllowed)
	h.do("e1", 1, "body!B").refused(NotAllowed)
	h.do("e1", 1, "body=null").refused(NotAllowed)
	h.has("title=T", "body=A")
	t.Run("the same again is no change", func(t *testing.T) {
		h.do("e1", 1, "body=A").is(Applied)
		begin().do("e1", 1, "body=null").is(Applied)
	})
	t.Run("what was left out stays out", func(t *testing.T) {
		begin().do("w1", 1, "body=A").refused(NotAllowed)
	})
	t.Run("it can be erased, and the server may set it", func(t *testing.T) {
		h.do("e1", 2, "body~null").is(Applied)
		h.do("s", 3, "body=C").is(Applied)
		h.has("body=C")
	})
}

func TestManagersOfWhatIsOfNoService(t *testing.T) {
	c := &Collection{Name: "note", MadeBy: []string{"manager"}, Fields: []Field{{Name: "text"}}}
	NewSchema(1, c)
	op := &Op{N: 1, Collection: c, ID: "p", Changes: []Change{{Field: 0, Verb: SetTo, Value: Text("x")}}}
	for role, want := range map[string]Status{"manager": Applied, "lead": Refused} {
		w := Writer{Device: "m1", Member: "m", Role: role, Services: []string{"here"}}
		if r := Apply(nil, op, w, Arrival{Seq: 1}); r.Status != want {
			t.Errorf("a %s: %v", role, r.Status)
		}
	}
}

func TestLimits(t *testing.T) {
	many := func(n int, prefix string) string {
		var ids []string
		for i := range n {
			ids = append(ids, fmt.Sprintf("%s%04d", prefix, i))
		}
		return strings.Join(ids, ",")
	}
	t.Run("a log holds 1,000 entries", func(t *testing.T) {
		newHand(t).do("w1", 0, "title=T", "notes+"+many(1001, "a")).refused(TooManyValues)
		h := made(t, "notes+"+many(999, "a"))
		h.do("e1", 1, "notes+"+many(2, "b")).refused(TooManyValues)
		h.do("e1", 1, "notes+b").is(Applied)
		h.do("e1", 2, "notes+b").is(Applied) // an id that is there takes no room
		h.do("e1", 2, "notes+c").refused(TooManyValues)
		h.do("s", h.seq, `notes~["b"]`).is(Applied)
		h.do("e1", h.seq, "notes+c").is(Applied)
	})
	t.Run("a set holds 200 values", func(t *testing.T) {
		newHand(t).do("w1", 0, "title=T", "tags+"+many(201, "a")).refused(TooManyValues)
		h := made(t, "tags+"+many(200, "a"))
		h.do("e1", 1, "tags+b").refused(TooManyValues)
		h.do("e1", 1, "tags+a0000").is(Applied)
		h.do("e1", 1, "tags+b", "tags-a0001").is(Applied)
	})
	t.Run("what was removed from a set is forgotten in time", func(t *testing.T) {
		h := made(t)
		for i := range 5 {
			h.do("e1", h.seq, "tags+"+many(200, string(rune('a'+i)))).is(Applied)
			h.do("e1", h.seq, "tags-"+many(200, string(rune('a'+i)))).is(Applied)
		}
		if n := len(h.rec.States[h.c.Field("tags")].Adds); n > maxOut {
			t.Fatal(n)
		}
		h.has("tags=[]")
	})
}

func TestRetentionErasesAWholeLog(t *testing.T) {
	h := made(t, "notes+one,two")
	h.do("s", 1, "notes~null").is(Applied)
	h.has("notes=[]")
	h.do("w1", 2, "notes+one").is(Merged)
	h.has("notes=[]")
}

func TestTimesOfALogDecideItsOrderAcrossDevices(t *testing.T) {
	h := made(t)
	a, b := h.op("v1", 1, "notes+one"), h.op("u1", 1, "notes+two")
	b.At = a.At
	h.deliver("v1", a)
	h.deliver("u1", b)
	if got := h.shown("notes"); strings.Index(got, "two") > strings.Index(got, "one") {
		t.Error(got)
	}
}

// A declaration that contradicts itself does not start.
func TestSchemaIsVerified(t *testing.T) {
	for name, c := range map[string]*Collection{
		"a field twice":                   {Fields: []Field{{Name: "a"}, {Name: "a"}}},
		"a rule on no field":              {Rules: []Rule{{Audience: "x:", Of: "a"}}},
		"a condition on no field":         {Rules: []Rule{{Audience: "x", When: []Cond{{Field: "a"}}}}},
		"a mask that names no field":      {Rules: []Rule{{Audience: "x", Fields: []Show{{Field: "a"}}}}},
		"a mask that keeps back no field": {Rules: []Rule{{Audience: "x", But: []string{"a"}}}},
		"a By that is no field":           {By: "a"},
		"steps without values":            {Fields: []Field{{Name: "a", Kind: Steps}}},
		"a step to nowhere":               {Fields: []Field{{Name: "a", Kind: Steps, Values: []string{"x"}, Steps: []Step{{To: []string{"y"}}}}}},
		"a note in what is no log":        {Fields: []Field{{Name: "a", Kind: Steps, Values: []string{"x"}, Steps: []Step{{To: []string{"x"}, Note: "b"}}}, {Name: "b"}}},
		"what stands and is no register":  {Fields: []Field{{Name: "a", Kind: Set, Stands: true}}},
		"a default that it may not be":    {Fields: []Field{{Name: "a", Type: Enum, Values: []string{"x"}, Default: Text("y")}}},
		"more fields than a mask has bits": {Fields: func() (f []Field) {
			for i := range 65 {
				f = append(f, Field{Name: fmt.Sprint(i)})
			}
			return f
		}()},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was taken")
				}
			}()
			c.Name = "c"
			NewSchema(1, c)
		})
	}
	defer func() {
		if recover() == nil {
			t.Error("two collections of one name were taken")
		}
	}()
	NewSchema(1, &Collection{Name: "c"}, &Collection{Name: "c"})
}
