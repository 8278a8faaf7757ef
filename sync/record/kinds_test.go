package record

import "testing"

func TestNarrow(t *testing.T) {
	t.Run("the narrowest ever set stands, a wider one is merged without effect", func(t *testing.T) {
		h := made(t)
		h.do("v1", 1, "share=few").is(Applied)
		h.do("w2", 2, "share=some").is(Merged)
		h.do("w2", 2, "share=all").is(Merged)
		h.has("share=few")
	})
	t.Run("whoever narrows less, unseen, loses nothing", func(t *testing.T) {
		h := made(t)
		h.do("v1", 1, "share=some").is(Applied)
		h.do("w2", 1, "share=few").is(Merged)
		h.has("share=few")
	})
	t.Run("an op without effect moves the version", func(t *testing.T) {
		h := made(t)
		h.do("v1", 1, "share=few").is(Applied)
		if d := h.do("v1", 2, "share=all").is(Merged); d.Record.V != 3 {
			t.Fatal(d.Record.V)
		}
	})
	t.Run("it is set, and nothing else", func(t *testing.T) {
		h := made(t)
		h.do("e1", 1, "share!few").refused(WrongKind)
		h.do("e1", 1, "share~few").refused(WrongKind)
		h.do("e1", 1, "share=null").refused(MissingField)
	})
}

func TestSet(t *testing.T) {
	t.Run("values merge", func(t *testing.T) {
		h := made(t, "tags+a")
		h.do("v1", 1, "tags+b").is(Applied)
		h.do("w2", 1, "tags+c", "tags-a").is(Merged)
		h.has(`tags=["b","c"]`)
	})
	t.Run("a remove takes only the adds that it had seen", func(t *testing.T) {
		h := made(t, "tags+a")
		h.do("v1", 1, "tags+a").is(Applied) // remembered, also when it was there
		h.do("w2", 1, "tags-a").is(Merged)
		h.has(`tags=["a"]`)
		h.do("w2", 3, "tags-a").is(Applied)
		h.has(`tags=[]`)
	})
	t.Run("of one device the latest add counts", func(t *testing.T) {
		h := made(t)
		h.do("v1", 1, "tags+a").is(Applied) // 2
		h.do("v1", 1, "tags+a").is(Applied) // 3
		h.do("w2", 2, "tags-a").is(Merged)
		h.has(`tags=["a"]`)
	})
	t.Run("values stand in the order of their bytes, each once", func(t *testing.T) {
		h := made(t, "tags+b,a,b")
		h.do("v1", 1, "tags+ä,B,a")
		h.has(`tags=["B","a","b","ä"]`)
	})
	t.Run("it is added to and taken from", func(t *testing.T) {
		h := made(t)
		h.do("e1", 1, "tags=[]").refused(WrongKind)
		h.do("e1", 1, "tags!x").refused(WrongKind)
	})
	t.Run("a value that one op adds and removes is in", func(t *testing.T) {
		h := made(t, "tags+a")
		h.do("v1", 1, "tags+a,b", "tags-a")
		h.has(`tags=["a","b"]`)
	})
}

func TestLog(t *testing.T) {
	t.Run("entries are added in the order of their time, with who and when", func(t *testing.T) {
		h := made(t)
		early := h.op("v1", 1, "notes+one")
		h.do("w2", 1, "notes+two").is(Applied)
		h.deliver("v1", early).is(Merged)
		h.has(`notes=[` +
			`{"at":"2023-11-14T22:13:20.002Z","by":"v","id":"one","text":"x"},` +
			`{"at":"2023-11-14T22:13:20.003Z","by":"w","id":"two","text":"x"}]`)
	})
	t.Run("an id that is there already is no change", func(t *testing.T) {
		h := made(t, "notes+one")
		before := h.shown("notes")
		h.do("w2", 1, "notes+one").is(Applied)
		h.has("notes=" + before)
	})
	t.Run("an entry that fell stays fallen, also when it comes after", func(t *testing.T) {
		h := made(t, "notes+one")
		h.do("s", 1, `notes~["one","two"]`).is(Applied)
		h.has("notes=[]")
		h.do("w2", 1, "notes+two").is(Merged)
		h.do("w2", 2, "notes+one").is(Merged)
		h.has("notes=[]")
	})
	t.Run("nobody takes an entry out but the server", func(t *testing.T) {
		h := made(t, "notes+one")
		h.do("e1", 1, "notes-one").refused(WrongKind)
		h.do("e1", 1, `notes~["one"]`).refused(WrongKind)
		h.do("e1", 1, "notes=[]").refused(WrongKind)
	})
	t.Run("a writer does not say who it was by", func(t *testing.T) {
		h := made(t)
		op := h.op("v1", 1, "notes+one")
		op.Changes[0].Values[0] = `{"at":"1999-01-01T00:00:00Z","by":"somebody","id":"one","source":"p9","text":"x"}`
		h.deliver("v1", op)
		h.has(`notes=[{"at":"2023-11-14T22:13:20.002Z","by":"v","id":"one","source":"p9","text":"x"}]`)
	})
}

func TestOnce(t *testing.T) {
	h := made(t, "origin=there")
	h.do("e1", 1, "origin=there").is(Applied)
	h.do("e1", 1, "origin=here").refused(OnceOnly)
	h.do("e1", 1, "origin=null").refused(OnceOnly)
	h.do("w1", 1, "origin=here").refused(OnceOnly)
	h = made(t)
	h.do("e1", 1, "origin=here").refused(OnceOnly)
	h.do("w1", 0, "origin=here").is(Applied)
	h.has("origin=here")
	t.Run("what its writer may not read tells nothing by a guess", func(t *testing.T) {
		h.do("w1", 2, "at=2023-11-14T22:13:20.001Z").refused(NotAllowed)
	})
	t.Run("a private value leaves with the making op", func(t *testing.T) {
		h := newHand(t)
		d := h.do("w1", 0, "title=T", "code=PINE").is(Applied)
		if len(d.Private) != 1 || d.Private[0].Value != Text("PINE") || h.rec.Get("code") != "" {
			t.Fatal(d.Private, h.rec.Get("code"))
		}
		h.do("w1", 1, "code=PINE").refused(NotAllowed)
	})
}

func TestSteps(t *testing.T) {
	t.Run("a step leaves the one its writer had seen", func(t *testing.T) {
		h := made(t)
		h.do("e1", 1, "status=shown").is(Applied)  // 2
		h.do("e1", 2, "status=closed").is(Applied) // 3
		h.do("f1", 2, "status=closed").is(Merged)  // left shown
		h.do("g1", 1, "status=closed").refused(WrongStep)
	})
	t.Run("its own earlier step counts as seen", func(t *testing.T) {
		h := made(t)
		h.do("e1", 1, "status=shown").is(Applied)
		h.do("e1", 1, "status=closed").is(Applied)
		h.has("status=closed")
	})
	t.Run("two permitted ones meet as a register", func(t *testing.T) {
		h := made(t, "status=shown")
		h.do("e1", 1, "status=closed").is(Applied)
		h.do("f1", 1, "status=parked").is(Kept)
		h.has("status=parked|closed")
	})
	t.Run("a role makes only its steps", func(t *testing.T) {
		h := made(t, "status=shown")
		h.do("v1", 1, "status=closed").refused(WrongStep)
		h.do("m1", 1, "status=closed").refused(NotAllowed)
	})
	t.Run("back a step goes with a note in the same op", func(t *testing.T) {
		h := made(t, "status=shown")
		h.do("v1", 1, "status=draft").refused(WrongStep)
		h.do("v1", 1, "status=draft", "notes+why").is(Applied)
	})
	t.Run("the op that makes a record may name what its maker could reach", func(t *testing.T) {
		h := newHand(t)
		h.do("w1", 0, "title=T", "status=closed").refused(WrongStep)
		h.do("e1", 0, "title=T", "status=closed").is(Applied)
	})
	t.Run("a settle chooses the value, a loser that it has seen, or a step from one of them", func(t *testing.T) {
		for settle, want := range map[string]Status{"closed": Applied, "parked": Applied, "draft": Applied, "shown": Refused} {
			h := made(t, "status=shown")
			h.do("e1", 1, "status=closed").is(Applied)
			h.do("f1", 1, "status=parked").is(Kept)
			h.do("g1", 3, "status!"+settle).is(want)
			if want != Refused {
				h.has("status=" + settle)
			}
		}
	})
	t.Run("also one that somebody else has settled since", func(t *testing.T) {
		h := made(t, "status=shown")
		h.do("e1", 1, "status=closed").is(Applied)
		h.do("f1", 1, "status=parked").is(Kept)
		h.do("e1", 3, "status!parked").is(Applied)
		h.do("g1", 3, "status!closed").is(Kept)
		h.has("status=closed|parked")
	})
	t.Run("a step by the server yields to a person's that had not seen it", func(t *testing.T) {
		h := made(t, "status=shown")
		early := h.op("e1", 1, "status=closed")
		h.do("s", 1, "status=draft").is(Applied)
		h.deliver("e1", early).is(Merged)
		h.has("status=closed")

		h = made(t, "status=shown")
		h.do("e1", 1, "status=closed").is(Applied)
		h.do("s", 1, "status=draft").is(Merged) // as if it had not seen it
		h.has("status=closed")
		h.do("s", 3, "status=draft").is(Applied)
		h.has("status=draft")
	})
}

func TestStale(t *testing.T) {
	h := made(t)
	h.do("e1", 1, "rank=1").is(Applied) // 2
	h.do("f1", 1, "rank=2").refused(StaleField)
	h.do("f1", 2, "rank=2").is(Applied)
	h.do("f1", 2, "rank=3").is(Applied)
	h.has("rank=3")
}
