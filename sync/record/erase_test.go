package record

import "testing"

func TestRedact(t *testing.T) {
	t.Run("erases every value and loser that the field ever had", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("v1", 1, "body=B").is(Applied)
		h.do("w2", 1, "body=C").is(Kept)
		h.do("e1", 3, "body~gone").is(Applied)
		h.has("body=gone")
		for _, s := range h.rec.States[h.c.Field("body")].Writes {
			if s.Value != Text("gone") {
				t.Fatalf("%q is still there", s.Value)
			}
		}
	})
	t.Run("a later write that had not seen it is merged without effect", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("e1", 1, "body~null").is(Applied)
		h.do("v1", 1, "body=B").is(Merged)
		h.has("body=")
		h.do("v1", 3, "body=B").is(Applied)
		h.has("body=B")
	})
	t.Run("its own device has seen it", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("e1", 1, "body~null").is(Applied)
		h.do("e1", 1, "body=B").is(Applied)
		h.has("body=B")
	})
	t.Run("of two redactions the later stands, without loser", func(t *testing.T) {
		h := made(t, "body=A")
		early := h.op("f1", 1, "body~first")
		h.do("e1", 1, "body~second").is(Applied)
		h.deliver("f1", early).is(Merged)
		h.has("body=second")

		h = made(t, "body=A")
		h.do("f1", 1, "body~first").is(Applied)
		h.do("e1", 1, "body~second").is(Merged)
		h.has("body=second")
	})
	t.Run("of whoever may set it, where the schema says so", func(t *testing.T) {
		h := made(t, "body=A", "place=here", "status=shown")
		h.do("m1", 1, "body~null").refused(NotAllowed)
		h.do("e1", 1, "rank~1").refused(WrongKind)
		h.do("e1", 1, "title~null").refused(MissingField)
	})
	t.Run("from the server on a field of any kind", func(t *testing.T) {
		h := made(t, "tags+a,b", "origin=there", "share=few", "status=shown")
		h.do("s", 1, `tags~["a"]`, "origin~null", "share~all", "at~null").is(Applied)
		h.has(`tags=["a"]`, "origin=", "share=all", "at=")
		h.do("v1", 1, "tags+b", "share=few").is(Merged)
		h.has(`tags=["a"]`, "share=all")
		h.do("w1", 1, "origin=there").refused(OnceOnly)
		h.do("v1", 3, "tags+b", "share=some").is(Applied)
		h.has(`tags=["a","b"]`, "share=some")
	})
	t.Run("known before its op came, it erases at once, and the op sets its value", func(t *testing.T) {
		h := made(t, "body=A")
		op := h.op("e1", 1, "body~gone", "title=U")
		fact := *op
		fact.Changes = []Change{{Field: h.c.Field("body"), Verb: Redact}}
		h.deliver("e1", &fact).is(Applied)
		h.has("body=")
		h.do("v1", 1, "body=B").is(Merged)
		h.deliver("e1", op)
		h.has("body=gone", "title=U")
		h.deliver("e1", op).is(Same)
	})
	t.Run("arriving late, it leaves what its own device wrote after it", func(t *testing.T) {
		h := made(t, "body=A")
		held := h.op("e1", 1, "body~x")
		h.do("v1", 1, "body=B").is(Applied)
		h.do("e1", 1, "body=C").is(Kept)
		h.deliver("e1", held)
		h.has("body=C")
	})
}

func TestWithdraw(t *testing.T) {
	t.Run("erases everything, from whatever time, and stays", func(t *testing.T) {
		h := made(t, "body=A")
		early := h.op("w9", 0, "withdraw")
		h.do("e1", 1, "body=B").is(Applied)
		h.deliver("w9", early).is(Applied)
		r := h.rec
		if !r.Gone || r.Fields != nil || r.States != nil || r.Made.Member != "" || r.Grants() != nil || MarshalState(r) != nil {
			t.Fatalf("something is left: %+v", r)
		}
		h.do("e1", 2, "body=C").refused(GoneRecord)
		h.do("w1", 0, "title=T").refused(GoneRecord)
		h.do("w1", 0, "withdraw").refused(GoneRecord)
	})
	t.Run("is for the record's own writer, and for those the schema names", func(t *testing.T) {
		made(t).do("v1", 1, "withdraw").refused(NotAllowed)
		made(t).do("w2", 0, "withdraw").is(Applied)
		made(t).do("e1", 1, "withdraw").is(Applied)
		made(t).do("s", 1, "withdraw").is(Applied)
	})
	t.Run("of a record that is not here stands at once, or waits for it", func(t *testing.T) {
		h := newHand(t)
		if d := h.do("w1", 0, "withdraw").is(Applied); !d.Waits || d.Record != nil {
			t.Fatal("it did not wait")
		}
		if d := h.do("e1", 0, "withdraw").is(Applied); d.Waits || !d.Record.Gone {
			t.Fatal("it did not stand")
		}
		h.do("w1", 0, "title=T").refused(GoneRecord)
	})
}
