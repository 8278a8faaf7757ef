package record

import "testing"

// What a server does for one captured view or the like: make a record of some
// 600 bytes, write its fields, say who reads it.

func benchOp(b *testing.B) (*Op, Writer) {
	c := pageSchema().Collection("page")
	words := make([]byte, 500)
	for i := range words {
		words[i] = 'a' + byte(i%26)
	}
	op := &Op{N: 1, Collection: c, ID: "0190c0de-0000-7000-8000-000000000001", Schema: 1}
	set := func(name string, v Value) { op.Changes = append(op.Changes, Change{Field: c.Field(name), Value: v}) }
	set("title", Text("A page"))
	set("body", Text(string(words)))
	set("origin", Text("0190c0de-0000-7000-8000-000000000002"))
	set("place", Text("0190c0de-0000-7000-8000-000000000003"))
	set("share", Text("some"))
	op.Changes = append(op.Changes, Change{Field: c.Field("tags"), Verb: Add, Values: []Value{Text("t1")}})
	return op, Writer{Device: "d", Member: "0190c0de-0000-7000-8000-000000000004", Role: "writer"}
}

func BenchmarkMake(b *testing.B) {
	op, w := benchOp(b)
	b.ReportAllocs()
	for b.Loop() {
		if r := Apply(nil, op, w, Arrival{Seq: 1, Time: 1_700_000_000_000_000}); r.Record == nil {
			b.Fatal(r.Problem)
		}
	}
}

func BenchmarkGrants(b *testing.B) {
	op, w := benchOp(b)
	rec := Apply(nil, op, w, Arrival{Seq: 1, Time: 1}).Record
	room := make([]Grant, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		room = rec.AppendGrants(room[:0])
	}
}

func BenchmarkAppendFields(b *testing.B) {
	op, w := benchOp(b)
	rec := Apply(nil, op, w, Arrival{Seq: 1, Time: 1}).Record
	dst := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendFields(dst[:0], rec, ^Mask(0))
	}
	b.SetBytes(int64(len(dst)))
}

func BenchmarkParseFields(b *testing.B) {
	op, w := benchOp(b)
	rec := Apply(nil, op, w, Arrival{Seq: 1, Time: 1}).Record
	text := AppendFields(nil, rec, ^Mask(0))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseFields(rec.Collection, text); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(text)))
}

// An editor changes two fields of a record that another has changed since.
func BenchmarkChange(b *testing.B) {
	h := made(b, "body=A", "place=here")
	h.do("f1", 1, "body=B")
	op := h.op("e1", 1, "title=U", "status=shown", "tags+x")
	w := writerOf("e1")
	w.Audiences = []string{"all", "desk"}
	b.ReportAllocs()
	for b.Loop() {
		if r := Apply(h.rec, op, w, Arrival{Seq: 3, Time: 1_700_000_000_000_000}); r.Record == nil {
			b.Fatal(r.Problem)
		}
	}
}

func BenchmarkState(b *testing.B) {
	h := made(b, "body=A", "place=here")
	h.do("f1", 1, "body=B", "tags+x")
	h.do("e1", 1, "body=C", "status=shown")
	state := MarshalState(h.rec)
	b.Run("marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			MarshalState(h.rec)
		}
		b.SetBytes(int64(len(state)))
	})
	b.Run("unmarshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			back := Record{Collection: h.c, ID: "p1", V: h.rec.V, Made: h.rec.Made, Fields: h.rec.Fields}
			if err := UnmarshalState(&back, state); err != nil {
				b.Fatal(err)
			}
		}
	})
}
