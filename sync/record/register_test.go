package record

import "testing"

// The register rule, sentence by sentence.
func TestRegister(t *testing.T) {
	t.Run("a change that saw the last one replaces it", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("w2", 1, "body=B").is(Applied)
		h.has("body=B")
	})
	t.Run("the later of two is the value, a different loser is kept", func(t *testing.T) {
		h := made(t, "body=A")
		early := h.op("v1", 1, "body=B")
		h.do("w2", 1, "body=C").is(Applied)
		h.deliver("v1", early).is(Kept)
		h.has("body=C|B")
	})
	t.Run("equal values are no conflict", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("w2", 1, "body=B").is(Applied)
		h.do("v1", 1, "body=B").is(Merged)
		h.has("body=B")
	})
	t.Run("null clears, and a clearing can lose", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("w2", 1, "body=null").is(Applied)
		h.has("body=")
		h.do("v1", 1, "body=B").is(Kept)
		h.has("body=B|null")
	})
	t.Run("one device makes no conflict with itself, acked or not", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("v1", 1, "body=B").is(Applied)
		h.do("v1", 1, "body=C").is(Applied)
		h.do("v1", 1, "body=D").is(Applied)
		h.has("body=D")
	})
	t.Run("a change removes the value at its base, wherever it stands now", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("v1", 1, "body=B").is(Applied) // 2
		late := h.op("u1", 2, "body=D")
		h.do("w2", 1, "body=C").is(Kept) // 3: C is the value, B its loser
		h.has("body=C|B")
		h.deliver("u1", late).is(Kept) // saw B as the value
		h.has("body=C|D")
	})
	t.Run("and every equal one that had arrived up to its base", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("v1", 1, "body=B").is(Applied) // 2
		h.do("w2", 1, "body=B").is(Merged)  // 3: hidden
		h.do("u1", 3, "body=C").is(Applied)
		h.has("body=C")
	})
	t.Run("but not an equal one that came after its base", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("v1", 1, "body=B").is(Applied) // 2
		h.do("w2", 1, "body=B").is(Merged)  // 3
		h.do("u1", 2, "body=C").is(Kept)
		h.has("body=C|B")
	})
	t.Run("a plain change leaves the losers that it saw", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("v1", 1, "body=B").is(Applied)
		h.do("w2", 1, "body=C").is(Kept)
		h.do("u1", 3, "body=D").is(Kept)
		h.has("body=D|B")
	})
	t.Run("a settle clears exactly what it saw", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("v1", 1, "body=B").is(Applied) // 2
		h.do("w2", 1, "body=C").is(Kept)    // 3
		h.do("x1", 1, "body=E").is(Kept)    // 4: the settle has not seen this
		h.do("u1", 3, "body!B").is(Kept)    // 5
		h.has("body=B|E")
		h.do("u1", 5, "body!E").is(Applied)
		h.has("body=E")
	})
	t.Run("losers come latest first, each once", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("v1", 1, "body=B").is(Applied)
		h.do("w2", 1, "body=C").is(Kept)
		h.do("x1", 1, "body=B").is(Kept)
		h.do("y1", 1, "body=D").is(Kept)
		h.has("body=D|B|C")
	})
	t.Run("at one time the greater device wins, then the greater n", func(t *testing.T) {
		h := made(t, "body=A")
		a, b := h.op("v1", 1, "body=B"), h.op("u1", 1, "body=C")
		b.At = a.At
		h.deliver("v1", a).is(Applied)
		h.deliver("u1", b).is(Kept)
		h.has("body=B|C")
	})
	t.Run("beside another's change of another field it is merged", func(t *testing.T) {
		h := made(t, "body=A")
		h.do("v1", 1, "title=U").is(Applied)
		h.do("w2", 1, "body=B").is(Merged)
		h.has("title=U", "body=B")
	})
	t.Run("what is required can't be cleared", func(t *testing.T) {
		h := made(t)
		h.do("v1", 1, "title=null").refused(MissingField)
		h.do("v1", 1, "level=null").refused(MissingField)
	})
}

func TestWhatTakesEffectLate(t *testing.T) {
	t.Run("removes what it had seen, and does not stand", func(t *testing.T) {
		h := made(t, "body=A")
		held := h.op("v1", 1, "body=B")
		h.do("w2", 1, "body=X").is(Applied)
		h.do("v1", 1, "body=C").is(Kept)
		h.deliver("v1", held).is(Merged)
		h.has("body=C|X")
	})
	t.Run("stands where its device did nothing to that field since", func(t *testing.T) {
		h := made(t, "body=A")
		held := h.op("v1", 1, "body=B")
		h.do("v1", 1, "title=U").is(Applied)
		h.deliver("v1", held).is(Applied)
		h.has("body=B", "title=U")
	})
	t.Run("never takes away what came after its device's later change", func(t *testing.T) {
		h := made(t, "body=A")
		held := h.op("v1", 1, "body=B")
		h.do("v1", 1, "body=C").is(Applied)
		h.do("w2", 2, "body=D").is(Applied)
		held.Base = 3 // mended, and says that it saw everything
		h.deliver("v1", held).is(Merged)
		h.has("body=D")
	})
	t.Run("an add does not stand against a later remove by its own device", func(t *testing.T) {
		h := made(t)
		held := h.op("v1", 1, "tags+x")
		h.do("v1", 1, "tags-x")
		h.deliver("v1", held).is(Merged)
		h.has(`tags=[]`)
	})
}
