package storetest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

func testHostileInput(t *testing.T, open Open) {
	inWorld(t, open, "an op that says what it must not is refused and kept, and the next one is taken", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		service, id := w.Services[0], "01900000-0000-7000-8000-000000000001"
		head := `{"n":%d,"at":"2026-03-03T10:00:00Z","c":"view","r":"` + id + `","base":0,"schema":1,"set":{"service":"` + service + `","method":"conv","share":"words",`
		op := func(rest string) string { return head + rest + `}}` }
		for name, c := range map[string]struct{ op, code string }{
			"an unknown collection":    {strings.Replace(op(`"words":"x"`), `"view"`, `"rumour"`, 1), record.UnknownKind},
			"no collection":            {strings.Replace(op(`"words":"x"`), `"c":"view",`, ``, 1), record.UnknownKind},
			"an unknown field":         {op(`"postcode":"x"`), record.UnknownField},
			"another type":             {op(`"words":7`), record.WrongType},
			"a value that is none":     {op(`"words":"x","kind":"rumour"`), record.WrongType},
			"a number out of bounds":   {op(`"words":"x","times":0`), record.WrongType},
			"a fraction":               {op(`"words":"x","times":1.5`), record.WrongType},
			"words over their length":  {op(`"words":"` + strings.Repeat("ä", 8001) + `"`), record.TooLong},
			"invalid UTF-8":            {op(`"words":"` + "\xff\xfe" + `"`), record.Malformed},
			"half a surrogate":         {op(`"words":"\ud800"`), record.Malformed},
			"a name twice":             {op(`"words":"x","words":"y"`), record.Malformed},
			"an id that is no UUID":    {strings.Replace(op(`"words":"x"`), id, "1234", 1), record.WrongType},
			"a reference that is none": {op(`"words":"x","visit":"1234"`), record.WrongType},
			"no time":                  {strings.Replace(op(`"words":"x"`), `"at":"2026-03-03T10:00:00Z",`, ``, 1), record.Malformed},
			"a time that is none":      {strings.Replace(op(`"words":"x"`), "2026-03-03T", "yesterday ", 1), record.Malformed},
			"a base below nothing":     {strings.Replace(op(`"words":"x"`), `"base":0`, `"base":-1`, 1), record.WrongType},
			"an unknown member":        {strings.Replace(op(`"words":"x"`), `"schema":1`, `"schema":1,"who":"x"`, 1), record.Malformed},
			"a newer schema":           {strings.Replace(op(`"postcode":"x"`), `"schema":1`, `"schema":9`, 1), record.NewerSchema},
			"a set verb on a register": {strings.Replace(op(`"words":"x"`), `"set"`, `"add"`, 1), record.WrongKind},
			"another's work":           {op(`"words":"x","weight":5`), record.NotAllowed},
			"another's name":           {op(`"words":"x","by":"` + w.Members["volunteer2"] + `"`), record.NotAllowed},
			"what the server says":     {op(`"words":"x","released":"2026-03-02"`), record.NotAllowed},
		} {
			// Each is for a record of its own.
			n := phone.Raw("%s", strings.NewReplacer("%d", fmt.Sprint(len(phone.outbox)+1), id, w.NewID()).Replace(c.op))
			good := phone.View(nil)
			res := phone.Push()
			if r := res[n]; r.Status != record.Refused || r.Problem.Code != c.code {
				t.Errorf("%s: %v %v, want refused %s", name, r.Status, r.Problem, c.code)
			}
			w.Is(res[n+1], record.Applied)
			w.Has("view", good, "words", `"The queue was long."`)
			held := w.AllHeld()
			if last := held[len(held)-1]; string(last.Op) != phone.outbox[n-1] || last.N != n {
				t.Errorf("%s: in quarantine is %.80s", name, last.Op)
			}
		}
		if n, _ := w.Counted("view"); n != int64(len(phone.outbox)/2) {
			t.Fatalf("%d views of %d good ones", n, len(phone.outbox)/2)
		}
		w.Check()
	})

	inWorld(t, open, "a reference to another DAT's record is refused; what reads as its record reads like one that is not", func(t *testing.T, w *World) {
		there := w.Elsewhere()
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		far := there.Phone("volunteer")
		view := far.View(nil)
		far.Push()
		matter := there.Matter()
		phone.View(m{"visit": nil})
		phone.Push()
		id := w.NewID()
		for _, op := range []m{
			{"c": "matter", "r": id, "set": m{"title": "x", "level": "dat", "merged_into": matter}},
			{"c": "matter", "r": id, "set": m{"title": "x", "level": "dat", "owner": there.Members["lead"]}},
			{"c": "matter", "r": id, "set": m{"title": "x", "level": "dat"}, "add": m{"said": []m{{"id": w.NewID(), "text": "x", "view": view}}}},
			{"c": "ask", "r": id, "set": m{"matter": matter, "service": w.Services[0], "question": "x"}},
			// Inside an object too.
			{"c": "dat", "r": w.DAT.ID, "set": m{"paths": m{"conv": m{"owner": "The office"}, "box": m{"owner": there.Members["lead"]}}}},
			{"c": "escalation", "r": id, "set": m{"kind": "talk", "told": "nobody", "acknowledged": m{"by": there.Members["lead"], "at": w.Clock.Now()}}},
		} {
			w.Refused(desk.PushOne(op), record.UnknownRecord)
		}
		// A service of another DAT is one that is not here.
		mine, none := m{"service": there.Services[0]}, m{"service": w.NewID()}
		phone.View(mine)
		phone.View(none)
		res := phone.Push()
		if a, b := res[2].Problem, res[3].Problem; a == nil || b == nil || *a != *b || a.Code != record.TooEarly {
			t.Fatalf("%v, %v", a, b)
		}
		line := func(service string) m {
			return m{"c": "dat", "r": w.DAT.ID, "base": w.V("dat", w.DAT.ID), "set": m{"lines": []m{{"way": "risk", "service": service, "who": "x", "number": "x", "say": "x"}}}}
		}
		for _, service := range []string{there.Services[0], w.NewID()} {
			w.Refused(desk.PushOne(line(service)), record.TooEarly)
		}
		w.Is(desk.PushOne(line(w.Services[0])), record.Applied)
		// Its view can be changed, redacted and taken back as little as one that is nowhere.
		for _, change := range []m{{"set": m{"kind": "idea"}}, {"redact": m{"words": nil}}} {
			a, b := desk.Change("view", view, 1, change), desk.Change("view", w.NewID(), 1, change)
			if a.Status != b.Status || *a.Problem != *b.Problem {
				t.Fatalf("%+v, %+v", a, b)
			}
		}
		w.Is(desk.Change("view", view, 0, withdraw), record.Applied)
		if rec := there.Get("view", view); rec == nil || rec.Gone || rec.Get("words") == "" {
			t.Fatal("another DAT's view was touched")
		}
		// An id that another DAT uses is free here.
		w.Is(desk.PushOne(m{"c": "matter", "r": matter, "set": m{"title": "Mine", "level": "dat"}}), record.Applied)
		there.Has("matter", matter, "title", `"Opening times"`)
		w.Check()
	})

	inWorld(t, open, "a device hands in for its own DAT alone", func(t *testing.T, w *World) {
		there := w.Elsewhere()
		phone := w.Phone("volunteer")
		phone.View(nil)
		for _, p := range []store.Push{
			{DAT: there.DAT.Num, Device: phone.ID}, {DAT: w.DAT.Num, Device: "nobody"}, {DAT: 999, Device: phone.ID},
		} {
			p.Ops = w.Incoming(phone.outbox)
			if _, err := w.Push(ctx, p); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%v: %v", p.Device, err)
			}
		}
		if _, err := w.Mend(ctx, there.DAT.Num, "1", "", []byte("{}")); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	})

	inWorld(t, open, "one DAT's quarantine is not another's", func(t *testing.T, w *World) {
		there := w.Elsewhere()
		phone := w.Phone("volunteer")
		phone.View(m{"colour": "red"})
		phone.Push()
		h := w.Held(1)[0]
		there.Held(0)
		if _, err := there.Mend(ctx, there.DAT.Num, h.ID, "", h.Op); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		if err := there.Discard(ctx, there.DAT.Num, h.ID, "", ""); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		w.Held(1)
	})

	inWorld(t, open, "a cursor that somebody wrote themselves gives nothing that they may not read, and breaks nothing", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer2")
		secret := phone.View(nil)
		phone.Push()
		r := w.Replica("volunteer").Catch()
		mine, err := base64.RawURLEncoding.DecodeString(r.Cursor)
		w.must(err)
		var c m
		w.must(unmarshal(mine, &c))
		try := func(change func(m)) {
			forged := m{}
			w.must(unmarshal(mine, &forged))
			change(forged)
			again := w.Replica("volunteer")
			again.Reader.Sums = false // it does not hold what it says that it holds
			again.Cursor = base64.RawURLEncoding.EncodeToString(w.json(forged))
			for pages := 0; again.Page(); pages++ {
				if pages > 50 {
					t.Fatal("it does not end")
				}
			}
			if again.Has("view", secret) {
				t.Fatal("it gave another's view")
			}
		}
		top := c["t"]
		try(func(c m) { c["t"] = 0 })
		try(func(c m) { c["t"] = -5 })
		try(func(c m) { c["t"] = 1 << 40 })
		try(func(c m) { c["d"] = 7 })
		try(func(c m) { c["r"].(m)["desk"] = "x" })
		for phase := -1; phase <= 4; phase++ {
			for _, at := range []int{-9, 0, 1 << 40} {
				for _, audience := range []string{"desk", "team"} {
					try(func(c m) {
						c["f"] = []m{{"a": []string{audience}, "p": phase, "u": 0, "s": at}}
					})
				}
			}
		}
		try(func(c m) {
			c["f"] = []m{{"a": []string{"team"}, "p": 0, "u": top, "s": 0}, {"a": []string{"team"}, "p": 1, "u": top, "s": 0}}
		})
	})

	inWorld(t, open, "an object is as large as its field allows", func(t *testing.T, w *World) {
		desk, id := w.Phone("coordinator"), w.NewID()
		paper := func(bytes int) m {
			return m{"c": "paper", "r": id, "set": m{
				"from": "2026-01-01", "to": "2026-02-01", "content": m{"text": strings.Repeat("x", bytes)},
			}}
		}
		if r := desk.PushOne(paper(200 << 10)); r.Status != record.Refused {
			t.Fatalf("%+v", r)
		}
		id = w.NewID()
		w.Is(desk.PushOne(paper(100<<10)), record.Applied)
		if r := desk.PushOne(m{"c": "sheet", "r": w.NewID(), "set": m{"year": 2026, "figures": m{"x": strings.Repeat("x", 20<<10)}}}); r.Status != record.Refused {
			t.Fatalf("%+v", r)
		}
	})

	inWorld(t, open, "a sentence that lies in quarantine falls with its view, however it names it", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		view := phone.View(nil)
		phone.Push()
		names := fmt.Sprintf(`\u%04x%s`, view[0], strings.ToUpper(view[1:]))
		desk.Raw(`{"n":1,"at":"2026-03-03T10:00:00Z","c":"matter","r":"%s","base":0,"schema":1,"colour":"red","set":{"title":"x","level":"dat"},`+
			`"add":{"said":[{"id":"%s","text":"The queue","view":"%s"},{"id":"%s","text":"Another","view":"%s"}]}}`,
			w.NewID(), w.NewID(), names, w.NewID(), w.NewID())
		w.Refused(desk.Push()[1], record.Malformed)
		phone.Change("view", view, 0, withdraw)
		if op := string(w.Held(1)[0].Op); strings.Contains(op, "The queue") || !strings.Contains(op, "Another") {
			t.Fatalf("in quarantine is %s", op)
		}
	})

	t.Run("a start writes nothing for what lies in quarantine and can be read as little as before", func(t *testing.T) {
		commits := 0
		w := NewWorld(t, open, store.Options{BeforeCommit: func() error { commits++; return nil }})
		phone := w.Phone("volunteer")
		for range 5 {
			phone.View(m{"colour": "red"})
			phone.Op(m{"c": "rumour", "r": w.NewID()})
		}
		phone.Raw("%s", sealed(11, "lost key", "{}"))
		phone.Push()
		w.Held(11)
		before := commits
		taken, err := w.TryAgain(ctx, func(string, string, string, int64) ([]byte, error) { return nil, errors.New("still lost") })
		w.must(err)
		if taken != 0 || commits != before {
			t.Fatalf("%d were taken, in %d commits", taken, commits-before)
		}
	})

	t.Run("a push that writes much takes several commits, so that others get their turn", func(t *testing.T) {
		commits := 0
		w := NewWorld(t, open, store.Options{BeforeCommit: func() error { commits++; return nil }})
		desk, matter := w.Phone("coordinator"), w.Matter()
		notes := make([]m, 600)
		for i := range notes {
			notes[i] = m{"id": w.NewID(), "text": strings.Repeat("wordy ", 300)}
		}
		w.doOp("matter", matter, m{"add": m{"notes": notes}})
		for i := range 20 {
			desk.Op(m{"c": "matter", "r": matter, "base": w.V("matter", matter), "set": m{"title": fmt.Sprint("Title ", i)}})
		}
		before := commits
		res := desk.Push()
		if len(res) != 20 || desk.sent != 20 || commits-before < 5 {
			t.Fatalf("%d results of 20, %d acked, in %d commits", len(res), desk.sent, commits-before)
		}
		for n := int64(1); n <= 20; n++ {
			w.Is(res[n], record.Applied)
		}
		w.Has("matter", matter, "title", `"Title 19"`)
		// Sent again, nothing of it happens again.
		if ack := desk.PushFrom(1); len(ack.Results) != 20 || ack.Results[19].Status != record.Same || ack.Results[19].Seq != res[20].Seq {
			t.Fatalf("%+v", ack)
		}
		w.Check()
	})

	inWorld(t, open, "a push of nothing is no harm", func(t *testing.T, w *World) {
		ack, err := w.Phone("volunteer").TryPush(nil)
		w.must(err)
		if ack.Acked != 0 || ack.Gap || len(ack.Results) != 0 {
			t.Fatalf("%+v", ack)
		}
		w.Check()
	})

	inWorld(t, open, "a frame's worth of ops, and the same op from many devices", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		for range wire.MaxOps {
			phone.View(nil)
		}
		if ack := phone.PushFrom(1); ack.Acked != wire.MaxOps {
			t.Fatalf("%+v", ack.Acked)
		}
		for range 5 {
			other := w.Phone("volunteer2")
			other.outbox = phone.outbox[:1]
			w.Refused(other.Push()[1], record.IDTaken)
		}
		w.Check()
	})
}
