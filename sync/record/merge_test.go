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

func TestMaking(t *testing.T) {
	t.Run("fills in what starts by itself", func(t *testing.T) {
		made(t).has("level=open", "share=all", "tags=[]", "notes=[]", "status=draft", "by=w", "at=2023-11-14T22:13:20.001Z", "week=2023", "body=")
	})
	t.Run("waits where its record is not here, or lacks what making it requires", func(t *testing.T) {
		newHand(t).do("w1", 3, "title=T").refused(TooEarly)
		newHand(t).do("w1", 0, "body=B").refused(TooEarly)
		newHand(t).do("e1", 0, "title=T", "body~x").refused(TooEarly)
	})
	t.Run("is for the roles that the schema names", func(t *testing.T) {
		newHand(t).do("m1", 0, "title=T").refused(NotAllowed)
		newHand(t).do("m1", 0, "title=T", "place=there").refused(NotAllowed)
		newHand(t).do("m1", 0, "title=T", "place=here").is(Applied)
		newHand(t).do("w1", 0, "title=T", "rank=1").refused(NotAllowed)
		newHand(t).do("w1", 0, "title=T", "week=2020").refused(NotAllowed)
		newHand(t).do("s", 0, "title=T", "week=2020").is(Applied)
	})
	t.Run("may write what its maker may not read", func(t *testing.T) {
		made(t, "sealed=A").do("w1", 0, "sealed=B").refused(NotAllowed)
	})
	t.Run("an id that another creator has used is taken", func(t *testing.T) {
		h := made(t)
		h.do("v1", 0, "title=U").refused(IDTaken)
		h.do("w1", 0, "title=U").is(Applied)
	})
	t.Run("a base above the record is ahead", func(t *testing.T) {
		made(t).do("v1", 2, "title=U").refused(BaseAhead)
	})
	t.Run("the server's own is by the server", func(t *testing.T) {
		h := newHand(t)
		h.do("s", 0, "title=T")
		h.has("by=server")
	})
}

func TestWhoMayWrite(t *testing.T) {
	t.Run("nobody writes a field that they may not read", func(t *testing.T) {
		h := made(t, "place=here")
		h.do("m1", 1, "reply=R").refused(NotAllowed) // not shown to the place yet
		h.do("e1", 1, "status=shown").is(Applied)
		h.do("m1", 2, "reply=R").is(Applied)
		h.do("m1", 2, "body=R").refused(NotAllowed)
	})
	t.Run("judged by what the change has seen, never by what came since", func(t *testing.T) {
		h := made(t, "place=here", "status=shown")
		h.do("e1", 1, "level=secret").is(Applied)
		h.do("m1", 1, "reply=R").is(Merged)
		h.do("m1", 3, "reply=S").refused(NotAllowed)
	})
	t.Run("a conflict on a field that decides is the narrowest until it is settled", func(t *testing.T) {
		h := made(t, "place=here", "status=shown")
		h.do("e1", 1, "level=secret").is(Applied)
		h.do("f1", 1, "level=open").is(Kept)
		h.has("level=open|secret")
		h.do("m1", 3, "reply=R").refused(NotAllowed)
		h.do("e1", 3, "level!open").is(Applied)
		h.do("m1", 4, "reply=R").is(Applied)
	})
	t.Run("one op changes a field in one way", func(t *testing.T) {
		made(t).do("e1", 1, "body=A", "body!B").refused(WrongKind)
	})
	t.Run("an op is refused whole", func(t *testing.T) {
		h := made(t)
		h.do("v1", 1, "body=B", "rank=1").refused(NotAllowed)
		h.has("body=")
	})
}
