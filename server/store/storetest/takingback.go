package storetest

import (
	"strings"
	"testing"

	"earshot/server/store"
	"earshot/sync/record"
)

// secret is a word that stands nowhere else, to look for in files.
const secret = "kingfisher"

var withdraw = m{"withdraw": true}

func testTakingBack(t *testing.T, open Open) {
	t.Run("withdraw", func(t *testing.T) { testWithdraw(t, open) })
	t.Run("withdraw of what is not here", func(t *testing.T) { testWithdrawUnseen(t, open) })
	t.Run("redact", func(t *testing.T) { testRedact(t, open) })
	t.Run("sentences", func(t *testing.T) { testSentences(t, open) })
}

func testWithdraw(t *testing.T, open Open) {
	inWorld(t, open, "by the record's by, a coordinator or an admin, and by nobody else", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		for as, may := range map[string]bool{
			"volunteer": true, "coordinator": true, "coordinator2": true, "admin": true,
			"volunteer2": false, "outreach": false, "manager": false, "lead": false,
		} {
			id := phone.View(nil)
			phone.Push()
			res := w.Phone(as).Change("view", id, 0, withdraw)
			if may {
				w.Is(res, record.Applied)
			} else {
				w.Refused(res, record.NotAllowed)
			}
			if w.Get("view", id).Gone != may {
				t.Errorf("%s: gone %v", as, !may)
			}
		}
		w.Check()
	})

	inWorld(t, open, "nothing is left of it, on the server and on every device, but a tombstone for the counts", func(t *testing.T, w *World) {
		phone, one, other := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone("coordinator2")
		desk, own := w.Replica("coordinator").Catch(), w.Replica("volunteer").Catch()
		id := phone.View(m{"words": "The " + secret + " is shut."})
		phone.Push()
		v := w.V("view", id)
		one.Change("view", id, v, m{"set": m{"summary": "A " + secret + "."}})
		w.Is(other.Change("view", id, v, m{"set": m{"summary": "No " + secret + "."}}), record.Kept)
		w.Refused(other.Change("view", id, v, m{"set": m{"summary": "Any " + secret + "?", "weight": 9}}), record.WrongType)
		desk.Catch().Get("view", id)
		own.Catch().Get("view", id)
		before, goneBefore := w.Counted("view")
		res := w.Is(phone.Change("view", id, 0, withdraw), record.Applied)
		rec := w.Get("view", id)
		if !rec.Gone || rec.V != res.Seq || rec.Fields != nil || rec.States != nil || rec.Made.Device != "" || rec.Made.Member != "" {
			t.Fatalf("%+v", rec)
		}
		w.Held(0)
		w.Nowhere(secret)
		if desk.Catch().Has("view", id) || own.Catch().Has("view", id) {
			t.Fatal("a replica holds it")
		}
		if n, gone := w.Counted("view"); n != before-1 || gone != goneBefore+1 {
			t.Fatalf("%d records, %d gone", n, gone)
		}
		w.Check()
	})

	inWorld(t, open, "a later op for it is refused gone, and its content is not kept", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		phone.Change("view", id, 0, withdraw)
		w.Refused(desk.Change("view", id, v, m{"set": m{"summary": secret}}), record.GoneRecord)
		w.Refused(desk.Change("view", id, v, m{"set": m{"colour": secret}}), record.UnknownField)
		w.Refused(desk.Change("view", id, v, withdraw), record.GoneRecord)
		phone.Op(m{"c": "view", "r": id, "set": m{"service": w.Services[0], "method": "conv", "words": secret, "share": "words"}})
		w.Refused(phone.Push()[3], record.GoneRecord)
		w.Held(0)
		w.Nowhere(secret)
		if got := w.Get("view", id); !got.Gone {
			t.Fatal("undone")
		}
		w.Check()
	})

	inWorld(t, open, "it wins from whatever time, over what it has not seen", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(nil)
		phone.Push()
		w.Is(desk.Set("view", id, m{"review": "accepted"}), record.Applied)
		w.Is(phone.PushOne(m{"c": "view", "r": id, "base": 0, "at": "2001-01-01T00:00:00Z", "withdraw": true}), record.Applied)
		if !w.Get("view", id).Gone {
			t.Fatal("it stands")
		}
	})

	inWorld(t, open, "it takes back the record that it names, and none with the same id in another collection", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(nil)
		phone.Op(m{"c": "escalation", "r": id, "set": m{"kind": "talk", "told": "nobody"}})
		phone.Push()
		phone.Change("view", id, 0, withdraw)
		if w.Get("escalation", id).Gone {
			t.Fatal("the other is gone")
		}
	})

	inWorld(t, open, "nobody takes back the settings of a DAT", func(t *testing.T, w *World) {
		for _, as := range []string{"coordinator", "admin", "volunteer"} {
			w.Refused(w.Phone(as).Change("dat", w.DAT.ID, 0, withdraw), record.NotAllowed)
		}
	})
}

func testWithdrawUnseen(t *testing.T, open Open) {
	t.Run("from a coordinator or an admin it stands at once, and no later op undoes it", func(t *testing.T) {
		for _, as := range []string{"coordinator", "admin"} {
			w := NewWorld(t, open, store.Options{})
			phone, desk := w.Phone("volunteer"), w.Replica("coordinator").Catch()
			id := phone.View(m{"words": secret})
			res := w.Is(w.Phone(as).Change("view", id, 0, withdraw), record.Applied)
			if rec := w.Get("view", id); !rec.Gone || rec.V != res.Seq {
				t.Fatalf("%+v", rec)
			}
			w.Refused(phone.Push()[1], record.GoneRecord)
			w.Held(0)
			w.Nowhere(secret)
			if desk.Catch().Has("view", id) {
				t.Fatal("the desk was sent it")
			}
			w.Check()
		}
	})

	inWorld(t, open, "also as the first thing that a server does after its start", func(t *testing.T, w *World) {
		desk, id := w.Phone("coordinator"), w.NewID()
		w.Restart()
		w.Is(desk.Change("view", id, 0, withdraw), record.Applied)
		if !w.Get("view", id).Gone {
			t.Fatal("it is not taken back")
		}
		w.Check()
	})

	inWorld(t, open, "another member's waits, and takes effect if the record comes with them as by", func(t *testing.T, w *World) {
		phone, second, other := w.Phone("volunteer"), w.Phone("volunteer"), w.Phone("volunteer2")
		id := phone.View(nil)
		kept := other.View(nil)
		w.Is(second.Change("view", id, 0, withdraw), record.Applied)
		w.Is(second.Change("view", kept, 0, withdraw), record.Applied)
		if w.Get("view", id) != nil {
			t.Fatal("it stands already")
		}
		w.Is(phone.Push()[1], record.Applied)
		w.Is(other.Push()[1], record.Applied)
		if !w.Get("view", id).Gone || w.Get("view", kept).Gone {
			t.Fatal("the wrong one is gone")
		}
		w.Check()
	})

	t.Run("it erases the op that would make the record, where that lies in quarantine", func(t *testing.T) {
		for _, as := range []string{"volunteer", "coordinator"} {
			w := NewWorld(t, open, store.Options{})
			phone := w.Phone("volunteer")
			waits := phone.View(m{"service": w.NewID(), "words": secret})
			broken := phone.View(m{"colour": secret})
			phone.Push()
			w.Held(2)
			who := phone
			if as != "volunteer" {
				who = w.Phone(as)
			}
			for _, id := range []string{waits, broken} {
				if res := w.Is(who.Change("view", id, 0, withdraw), record.Applied); w.V("view", id) != res.Seq {
					t.Fatalf("%+v", res)
				}
			}
			w.Held(0)
			w.Nowhere(secret)
			w.Check()
		}
	})

	inWorld(t, open, "and nobody else's", func(t *testing.T, w *World) {
		phone, other := w.Phone("volunteer"), w.Phone("volunteer2")
		service := w.NewID()
		id := phone.View(m{"service": service})
		phone.Push()
		w.Is(other.Change("view", id, 0, withdraw), record.Applied)
		w.Held(1)
		w.do("service", service, theVan)
		w.Has("view", id, "words", `"The queue was long."`)
		w.Check()
	})
}

func testRedact(t *testing.T, open Open) {
	inWorld(t, open, "erases every value and loser that the field ever had, in quarantine too, and sets the given one", func(t *testing.T, w *World) {
		phone, one, other := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone("coordinator2")
		id := phone.View(m{"words": "Ask for " + secret + "."})
		phone.Push()
		v := w.V("view", id)
		one.Change("view", id, v, m{"set": m{"summary": secret + " one"}})
		other.Change("view", id, v, m{"set": m{"summary": secret + " two"}})
		w.Refused(other.Change("view", id, v, m{"set": m{"summary": secret + " three", "weight": 9}}), record.WrongType)
		w.Is(one.Change("view", id, w.V("view", id), m{"redact": m{"words": "Ask for somebody.", "summary": nil}}), record.Applied)
		w.Has("view", id, "words", `"Ask for somebody."`)
		w.Has("view", id, "summary", "")
		w.Held(1)
		w.Nowhere(secret)
		if h := w.Replica("coordinator").Catch().Get("view", id); h.K != nil {
			t.Fatalf("%v", h.K)
		}
		w.Check()
	})

	inWorld(t, open, "a later write that had not seen it is merged without effect, one that had is not", func(t *testing.T, w *World) {
		phone, one, other := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone("coordinator2")
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		w.Is(one.Change("view", id, v, m{"redact": m{"summary": "Nobody's name."}}), record.Applied)
		w.Clock.Move(1e9)
		w.Is(other.Change("view", id, v, m{"set": m{"summary": "Jim's queue."}}), record.Merged)
		w.Has("view", id, "summary", `"Nobody's name."`)
		w.Is(other.Set("view", id, m{"summary": "A queue."}), record.Applied)
		w.Has("view", id, "summary", `"A queue."`)
	})

	inWorld(t, open, "of two the later stands, without loser", func(t *testing.T, w *World) {
		phone, one, other := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone("coordinator2")
		other.Offset = 0
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		w.Clock.Move(60e9)
		early := one.Now().Add(-1e9)
		w.Is(other.Change("view", id, v, m{"redact": m{"words": "later"}}), record.Applied)
		w.Is(one.PushOne(m{"c": "view", "r": id, "base": v, "at": early, "redact": m{"words": "earlier"}}), record.Merged)
		w.Has("view", id, "words", `"later"`)
	})

	inWorld(t, open, "is taken on what the schema marks, from who may set it", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		w.Refused(phone.Change("view", id, v, m{"redact": m{"words": nil}}), record.NotAllowed)
		for _, field := range []string{"method", "review", "share", "themes", "handling", "weight"} {
			value := any(nil)
			if field == "themes" {
				value = []string{}
			}
			w.Refused(desk.Change("view", id, v, m{"redact": m{field: value}}), record.WrongKind)
		}
		matter := w.Matter()
		w.Refused(desk.Change("matter", matter, w.V("matter", matter), m{"redact": m{"title": nil}}), record.MissingField)
		w.Refused(desk.Change("matter", matter, w.V("matter", matter), m{"redact": m{"said": []string{w.NewID()}}}), record.WrongKind)
		w.Is(desk.Change("matter", matter, w.V("matter", matter), m{"redact": m{"title": "Times"}}), record.Applied)
		w.Is(desk.Change("view", id, v, m{"redact": m{"words": nil}}), record.Applied)
		w.Has("view", id, "words", "")
	})
}

// testSentences: what the desk chose from a view for a matter falls with the view.
func testSentences(t *testing.T, open Open) {
	falls := map[string]m{
		"its withdrawal": withdraw,
		"its redaction":  {"redact": m{"words": "Ask for somebody."}},
		"its narrowing":  {"set": m{"share": "summary"}},
	}
	for name, op := range falls {
		as := map[string]string{"its withdrawal": "volunteer", "its redaction": "coordinator", "its narrowing": "volunteer"}[name]
		t.Run("fall with "+name, func(t *testing.T) {
			w := NewWorld(t, open, store.Options{})
			phone, desk, who := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone(as)
			id, matter := phone.View(m{"words": "Ask for " + secret + "."}), w.Matter()
			phone.Push()
			quote := func(base int64, want record.Status) {
				w.Is(desk.Change("matter", matter, base, m{"add": m{"said": []m{{"id": w.NewID(), "text": secret, "view": id}}}}), want)
			}
			base := w.V("matter", matter)
			quote(base, record.Applied)
			board := w.Replica("lead").Catch()
			if string(board.Get("matter", matter).F["said"]) == "[]" {
				t.Fatal("it was not said")
			}
			w.Is(who.Change("view", id, w.V("view", id), op), record.Applied)
			w.Has("matter", matter, "said", "[]")
			// Chosen without having seen it, it falls as it comes.
			quote(base, record.Merged)
			w.Has("matter", matter, "said", "[]")
			if said := string(board.Catch().Get("matter", matter).F["said"]); said != "[]" {
				t.Fatalf("the board holds %s", said)
			}
			if name != "its narrowing" {
				w.Nowhere(secret)
			}
			w.Check()
		})
	}

	t.Run("fall too where the view was not here when they were chosen", func(t *testing.T) {
		for name, as := range map[string]string{"taken back": "coordinator", "narrower": ""} {
			w := NewWorld(t, open, store.Options{})
			phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
			id, matter := phone.View(m{"share": "team"}), w.Matter()
			desk.Change("matter", matter, w.V("matter", matter), m{"add": m{"said": []m{{"id": w.NewID(), "text": secret, "view": id}}}})
			if as != "" {
				w.Is(desk.Change("view", id, 0, withdraw), record.Applied)
			} else {
				w.Is(phone.Push()[1], record.Applied)
			}
			if said := string(w.Get("matter", matter).Get("said")); said != "[]" {
				t.Errorf("%s: %s", name, said)
			}
			w.Nowhere(secret)
			w.Check()
		}
	})

	t.Run("are erased in quarantine too", func(t *testing.T) {
		for _, name := range []string{"its withdrawal", "its redaction"} {
			w := NewWorld(t, open, store.Options{})
			phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
			id, other, matter := phone.View(m{"words": secret}), phone.View(nil), w.Matter()
			phone.Push()
			// The matter itself has a sentence of it too, which falls as one of its entries.
			desk.Change("matter", matter, w.V("matter", matter), m{"add": m{"said": []m{{"id": w.NewID(), "text": secret, "view": id}}}})
			w.Refused(desk.Change("matter", matter, 0, m{
				"set": m{"level": "moon"},
				"add": m{"said": []m{{"id": w.NewID(), "text": secret, "view": id}, {"id": w.NewID(), "text": "The queue", "view": other}}},
			}), record.WrongType)
			// What is redacted of it besides its words leaves them.
			w.Is(desk.Change("view", id, w.V("view", id), m{"redact": m{"summary": nil}}), record.Applied)
			if h := w.Held(1)[0]; !strings.Contains(string(h.Op), secret) {
				t.Fatalf("%s", h.Op)
			}
			w.Is(desk.Change("view", id, w.V("view", id), falls[name]), record.Applied)
			w.Nowhere(secret)
			w.Has("matter", matter, "said", "[]")
			h := w.Held(1)[0]
			var op struct{ Add struct{ Said []m } }
			w.must(unmarshal(h.Op, &op))
			if len(op.Add.Said) != 1 || op.Add.Said[0]["text"] != "The queue" {
				t.Fatalf("%s", h.Op)
			}
			w.Check()
		}
	})
}
