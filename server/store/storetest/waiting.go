package storetest

import (
	"strings"
	"testing"

	"earshot/sync/record"
)

// Ops that come before what they need: they are refused "early", lie in
// quarantine, and the server tries them again by itself.
func testWaiting(t *testing.T, open Open) {
	inWorld(t, open, "a change with a base, of a record that is not here, waits for the record", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(nil)
		w.Refused(desk.Change("view", id, 7, m{"set": m{"kind": "idea"}}), record.TooEarly)
		w.Held(1)
		w.Check()
		w.Is(phone.Push()[1], record.Applied)
		w.Held(0)
		w.Has("view", id, "kind", `"idea"`)
		w.Check()
	})

	inWorld(t, open, "one without all that making requires waits, and stands in nobody's way", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(nil)
		w.Refused(desk.Change("view", id, 0, m{"set": m{"kind": "idea"}}), record.TooEarly)
		w.Refused(desk.Change("view", id, 0, m{"add": m{"themes": []string{w.NewID()}}}), record.TooEarly)
		w.Held(2)
		w.Check()
		w.Is(phone.Push()[1], record.Applied)
		w.Held(0)
		w.Has("view", id, "kind", `"idea"`)
		w.Check()
	})

	inWorld(t, open, "a change of a record whose making op is in quarantine waits until that is mended, in order of n", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := w.NewID()
		made := m{"service": w.Services[0], "method": "conv"}
		phone.Op(m{"c": "visit", "r": id, "set": m{"service": w.Services[0], "method": "conv", "colour": "red"}})
		phone.Op(m{"c": "visit", "r": id, "set": m{"status": "running"}})
		phone.Op(m{"c": "visit", "r": id, "set": m{"spoken": 3}})
		phone.Op(m{"c": "visit", "r": id, "set": m{"spoken": 4, "status": "done"}})
		view := phone.View(m{"visit": id})
		res := phone.Push()
		w.Refused(res[1], record.UnknownField)
		for n := int64(2); n <= 4; n++ {
			w.Refused(res[n], record.TooEarly)
		}
		w.Is(res[5], record.Applied) // it names the visit, which may be still to come
		w.Has("view", view, "visit", `"`+id+`"`)
		w.Is(w.Mended(w.Held(4)[0], m{"c": "visit", "r": id, "set": made}), record.Applied)
		w.Held(0)
		w.Has("visit", id, "status", `"done"`)
		w.Has("visit", id, "spoken", "4")
		w.Check()
	})

	inWorld(t, open, "what waited for a making op that was discarded goes on waiting", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(m{"colour": "red"})
		phone.Op(m{"c": "view", "r": id, "set": m{"share": "team"}})
		phone.Push()
		w.must(w.Discard(ctx, w.DAT.Num, w.Held(2)[0].ID, "", ""))
		if h := w.Held(1)[0]; h.N != 2 || h.Problem.Code != record.TooEarly {
			t.Fatalf("%+v", h)
		}
		w.Check()
		// Made anew, under the id that it waits for.
		w.Is(phone.PushOne(m{"c": "view", "r": id, "set": m{
			"service": w.Services[0], "method": "conv", "words": "Again.", "share": "words",
		}}), record.Applied)
		w.Held(0)
		w.Has("view", id, "share", `"team"`)
		w.Check()
	})

	inWorld(t, open, "an op that names a service which is not here waits for the service, and all behind it for the record", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		service := w.NewID()
		id := phone.View(m{"service": service})
		phone.Op(m{"c": "view", "r": id, "set": m{"share": "summary"}})
		late := phone.View(m{"service": service})
		for _, r := range phone.Push() {
			w.Refused(r, record.TooEarly)
		}
		w.Check()
		w.Is(desk.PushOne(m{"c": "service", "r": service, "set": theVan}), record.Applied)
		w.Held(0)
		w.Has("view", id, "share", `"summary"`)
		if w.V("view", id) > w.V("view", late) {
			t.Fatal("op 3 took effect before op 2")
		}
		w.Check()
	})

	inWorld(t, open, "one that waits for several services waits for all of them", func(t *testing.T, w *World) {
		desk := w.Phone("coordinator")
		one, two, id := w.NewID(), w.NewID(), w.NewID()
		w.Refused(desk.PushOne(m{"c": "matter", "r": id, "set": m{"title": "Both", "level": "dat"}, "add": m{"services": []string{one, two}}}), record.TooEarly)
		desk.PushOne(m{"c": "service", "r": one, "set": theVan})
		if h := w.Held(1)[0]; h.Problem.Code != record.TooEarly {
			t.Fatalf("%+v", h)
		}
		w.Check()
		desk.PushOne(m{"c": "service", "r": two, "set": theVan})
		w.Held(0)
		if w.Get("matter", id) == nil {
			t.Fatal("it is not here")
		}
		w.Check()
	})

	inWorld(t, open, "a service that was taken back is no reason to wait", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		w.Is(desk.Change("service", w.Services[0], w.V("service", w.Services[0]), m{"withdraw": true}), record.Applied)
		phone.View(nil)
		w.Is(phone.Push()[1], record.Applied)
	})

	inWorld(t, open, "a redact erases at once what quarantine holds, and its value waits", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		service := w.NewID()
		id := phone.View(m{"service": service, "words": "Ask for Jim."})
		phone.Op(m{"c": "view", "r": id, "set": m{"words": "Jim, he said."}, "add": m{"themes": []string{w.NewID()}}})
		phone.Push()
		w.Refused(desk.Change("view", id, 0, m{"redact": m{"words": "Ask for a worker."}}), record.TooEarly)
		for _, h := range w.Held(3) {
			if strings.Contains(string(h.Op), "Jim") {
				t.Fatalf("%s", h.Op)
			}
		}
		desk.Change("view", id, 0, m{"redact": m{"summary": "Who to ask."}})
		w.Check()
		w.do("service", service, theVan)
		w.Has("view", id, "words", `"Ask for a worker."`)
		w.Has("view", id, "summary", `"Who to ask."`)
		w.Check()
	})

	inWorld(t, open, "a redact takes nothing out of quarantine that its own device has said after it", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		service := w.NewID()
		id := phone.View(m{"service": service})
		phone.Push()
		desk.Op(m{"c": "view", "r": id, "redact": m{"summary": nil}})
		desk.Op(m{"c": "view", "r": id, "set": m{"summary": "After it."}})
		desk.Push()
		w.do("service", service, theVan)
		w.Held(0)
		w.Has("view", id, "summary", `"After it."`)
		w.Check()
	})

	inWorld(t, open, "a redact by one who may not leaves quarantine as it is", func(t *testing.T, w *World) {
		phone, other := w.Phone("volunteer"), w.Phone("volunteer2")
		id := phone.View(m{"service": w.NewID(), "words": "Ask for Jim."})
		phone.Push()
		for _, p := range []*Phone{phone, other} {
			if r := p.Change("view", id, 0, m{"redact": m{"words": nil}}); r.Status != record.Refused {
				t.Fatalf("%+v", r)
			}
		}
		if h := w.Held(3)[0]; !strings.Contains(string(h.Op), "Jim") {
			t.Fatalf("%s", h.Op)
		}
	})

	inWorld(t, open, "references other than to services may name what is not here yet", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(m{"visit": w.NewID()})
		w.Is(phone.Push()[1], record.Applied)
		w.Is(desk.Set("view", id, m{"same_as": w.NewID()}), record.Applied)
		w.Is(desk.Change("view", id, w.V("view", id), m{"add": m{"matters": []string{w.NewID()}, "themes": []string{w.NewID()}}}), record.Applied)
		w.Is(desk.PushOne(m{"c": "ask", "r": w.NewID(), "set": m{"matter": w.NewID(), "service": w.Services[0], "question": "Why?"}}), record.Applied)
		w.Check()
	})

	inWorld(t, open, "one that only the mended op of a device made is woken too", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		service := w.NewID()
		id := phone.View(m{"service": service})
		phone.Push()
		desk.Op(m{"c": "service", "r": service, "set": m{"name": "The Van", "kind": "barge", "sector": "council"}})
		w.Refused(desk.Push()[1], record.WrongType)
		w.Is(w.Mended(w.Held(2)[1], m{"c": "service", "r": service, "set": m{"name": "The Van", "kind": "other", "sector": "council"}}), record.Applied)
		w.Held(0)
		w.Has("view", id, "service", `"`+service+`"`)
		w.Check()
	})
}
