package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"earshot/sync/record"
)

// How concurrent changes meet, as the store answers them and its readers are
// sent them. The tables of sync/record go through the rules themselves.
func testMeeting(t *testing.T, open Open) {
	t.Run("a register", func(t *testing.T) { testRegister(t, open) })
	t.Run("other kinds", func(t *testing.T) { testOtherKinds(t, open) })
	t.Run("what has to be seen", func(t *testing.T) { testSeen(t, open) })
}

// accepted captures a view, and lets the desk accept it and the server release it.
func (w *World) accepted(set m) string {
	w.Helper()
	phone := w.Phone("volunteer")
	id := phone.View(set)
	phone.Push()
	w.Is(w.Phone("coordinator").Set("view", id, m{"review": "accepted"}), record.Applied)
	w.do("view", id, m{"released": "2026-03-09"})
	return id
}

func testRegister(t *testing.T, open Open) {
	inWorld(t, open, "changes of other fields are merged, of the same field kept, of an equal value no conflict", func(t *testing.T, w *World) {
		one, other, matter := w.Phone("coordinator"), w.Phone("coordinator2"), w.Matter()
		v := w.V("matter", matter)
		w.Is(one.Change("matter", matter, v, m{"set": m{"title": "One"}}), record.Applied)
		w.Is(other.Change("matter", matter, v, m{"set": m{"level": "dat"}}), record.Merged)
		w.Clock.Move(time.Second)
		w.Is(other.Change("matter", matter, v, m{"set": m{"title": "Two", "due": "2026-04-01"}}), record.Kept)
		w.Has("matter", matter, "title", `"Two"`, `"One"`)
		w.Is(one.Change("matter", matter, v, m{"set": m{"due": "2026-04-01"}}), record.Merged)
		w.Has("matter", matter, "due", `"2026-04-01"`)
		w.Check()
	})

	inWorld(t, open, "three changes of one device make no conflict with themselves", func(t *testing.T, w *World) {
		one, matter := w.Phone("coordinator"), w.Matter()
		v := w.V("matter", matter)
		for _, title := range []string{"One", "Two", "Three"} {
			one.Op(m{"c": "matter", "r": matter, "base": v, "set": m{"title": title}})
		}
		for _, r := range one.Push() {
			w.Is(r, record.Applied)
		}
		w.Has("matter", matter, "title", `"Three"`)
	})

	inWorld(t, open, "a settle clears what it has seen, on every screen, and leaves what it has not", func(t *testing.T, w *World) {
		one, other, third, matter := w.Phone("coordinator"), w.Phone("coordinator2"), w.Phone("coordinator2"), w.Matter()
		desk := w.Replica("coordinator").Catch()
		v := w.V("matter", matter)
		one.Change("matter", matter, v, m{"set": m{"title": "One"}})
		w.Clock.Move(time.Second)
		other.Change("matter", matter, v, m{"set": m{"title": "Two"}})
		w.Clock.Move(time.Second)
		if h := desk.Catch().Get("matter", matter); string(h.K["title"]) == "" || string(h.F["title"]) != `"Two"` {
			t.Fatalf("%s %s", h.F["title"], h.K)
		}
		seen := w.V("matter", matter)
		third.Change("matter", matter, v, m{"set": m{"title": "Three"}})
		w.Clock.Move(time.Second)
		w.Is(one.Change("matter", matter, seen, m{"settle": m{"title": "One"}}), record.Kept)
		w.Has("matter", matter, "title", `"One"`, `"Three"`)
		w.Is(one.Change("matter", matter, w.V("matter", matter), m{"settle": m{"title": "One"}}), record.Applied)
		w.Has("matter", matter, "title", `"One"`)
		if h := desk.Catch().Get("matter", matter); h.K != nil {
			t.Fatalf("%s", h.K)
		}
		w.Check()
	})

	inWorld(t, open, "k goes to readers who may settle the field; who wrote it, and when, to the desk alone", func(t *testing.T, w *World) {
		one, other, matter := w.Phone("coordinator"), w.Phone("coordinator2"), w.Matter()
		w.do("matter", matter, m{"status": "with_dat"})
		v := w.V("matter", matter)
		one.Change("matter", matter, v, m{"set": m{"title": "One", "reason": "First."}})
		w.Clock.Move(time.Second)
		other.Change("matter", matter, v, m{"set": m{"title": "Two", "reason": "Second."}})
		desk := w.Replica("coordinator").Catch().Get("matter", matter)
		var losers []struct {
			Value, By, Device string
			At                time.Time
			N                 int64
		}
		w.must(unmarshal(desk.K["title"], &losers))
		if len(losers) != 1 || losers[0].Value != "One" || losers[0].By != one.Member || losers[0].Device != one.ID || losers[0].N != 1 || losers[0].At.IsZero() {
			t.Fatalf("%s", desk.K["title"])
		}
		board := w.Replica("lead").Catch().Get("matter", matter)
		if board.K["title"] != nil {
			t.Fatal("a lead may not settle the title, and was sent what was kept")
		}
		if string(board.K["reason"]) != `[{"value":"First."}]` {
			t.Fatalf("%s", board.K["reason"])
		}
		service := w.Replica("manager").Catch().Get("matter", matter)
		if service.K != nil || string(service.F["title"]) != `"Two"` {
			t.Fatalf("%s %s", service.F, service.K)
		}
	})

	inWorld(t, open, "until a conflict on who sees is settled, the narrowest of value and losers counts", func(t *testing.T, w *World) {
		one, other := w.Phone("coordinator"), w.Phone("coordinator2")
		service := w.Replica("manager").Catch()
		id := w.accepted(nil)
		service.Catch().Get("view", id)
		v := w.V("view", id)
		w.Is(one.Change("view", id, v, m{"set": m{"handling": "sensitive"}}), record.Applied)
		if service.Catch().Has("view", id) {
			t.Fatal("the service holds a sensitive view")
		}
		w.Clock.Move(time.Second)
		w.Is(other.Change("view", id, v, m{"set": m{"handling": "closed"}}), record.Kept)
		w.Has("view", id, "handling", `"closed"`, `"sensitive"`)
		if service.Catch().Has("view", id) || w.Replica("manager").Catch().Has("view", id) {
			t.Fatal("the service was sent what one of two says it must not see")
		}
		w.Is(other.Change("view", id, w.V("view", id), m{"settle": m{"handling": "closed"}}), record.Applied)
		service.Catch().Get("view", id)
		// The same for the review.
		v = w.V("view", id)
		one.Change("view", id, v, m{"set": m{"review": "new"}})
		w.Clock.Move(time.Second)
		other.Change("view", id, v, m{"set": m{"review": "accepted"}})
		if service.Catch().Has("view", id) {
			t.Fatal("the service holds a view that one of two does not accept")
		}
		w.Check()
	})
}

func testOtherKinds(t *testing.T, open Open) {
	inWorld(t, open, "narrow: the narrowest ever set stands", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(nil)
		phone.Op(m{"c": "view", "r": id, "set": m{"share": "team"}})
		phone.Op(m{"c": "view", "r": id, "set": m{"share": "summary"}})
		res := phone.Push()
		w.Is(res[2], record.Applied)
		w.Is(res[3], record.Merged)
		w.Has("view", id, "share", `"team"`)
		w.Refused(w.Phone("coordinator").Set("view", id, m{"share": "team"}), record.NotAllowed)
	})

	inWorld(t, open, "set: an add outlives a remove that had not seen it", func(t *testing.T, w *World) {
		one, other, matter := w.Phone("coordinator"), w.Phone("coordinator2"), w.Matter()
		a, b := w.NewID(), w.NewID()
		w.Is(one.Change("matter", matter, w.V("matter", matter), m{"add": m{"themes": []string{a, b}}}), record.Applied)
		v := w.V("matter", matter)
		w.Is(other.Change("matter", matter, v, m{"add": m{"themes": []string{a}}}), record.Applied)
		w.Is(one.Change("matter", matter, v, m{"remove": m{"themes": []string{a, b}}}), record.Merged)
		w.Has("matter", matter, "themes", `["`+a+`"]`)
		w.Is(one.Change("matter", matter, w.V("matter", matter), m{"remove": m{"themes": []string{a}}}), record.Applied)
		w.Has("matter", matter, "themes", `[]`)
		w.Check()
	})

	inWorld(t, open, "a set holds 200 values, a log 1,000 entries; what is over that is refused whole", func(t *testing.T, w *World) {
		desk, matter := w.Phone("coordinator"), w.Matter()
		ids := make([]string, 201)
		for i := range ids {
			ids[i] = w.NewID()
		}
		w.Refused(desk.Change("matter", matter, 0, m{"add": m{"themes": ids}}), record.TooManyValues)
		w.Is(desk.Change("matter", matter, w.V("matter", matter), m{"add": m{"themes": ids[:200]}}), record.Applied)
		w.Refused(desk.Change("matter", matter, w.V("matter", matter), m{"set": m{"title": "Full"}, "add": m{"themes": ids[200:]}}), record.TooManyValues)
		w.Has("matter", matter, "title", `"Opening times"`)
		w.Is(desk.Change("matter", matter, w.V("matter", matter), m{"add": m{"themes": ids[200:]}, "remove": m{"themes": ids[:1]}}), record.Applied)
		entries := func(n int) []m {
			out := make([]m, n)
			for i := range out {
				out[i] = m{"id": w.NewID(), "text": "x"}
			}
			return out
		}
		w.Is(desk.Change("matter", matter, w.V("matter", matter), m{"add": m{"notes": entries(999)}}), record.Applied)
		w.Refused(desk.Change("matter", matter, w.V("matter", matter), m{"add": m{"notes": entries(2)}}), record.TooManyValues)
		w.Is(desk.Change("matter", matter, w.V("matter", matter), m{"add": m{"notes": entries(1)}}), record.Applied)
		w.Check()
	})

	inWorld(t, open, "once: the device that makes the record sets it; the same again is no change", func(t *testing.T, w *World) {
		phone, second := w.Phone("volunteer"), w.Phone("volunteer")
		id := phone.View(nil)
		phone.Push()
		w.Is(phone.Set("view", id, m{"consent": 3}), record.Applied)
		w.Is(phone.Set("view", id, m{"consent": 3}), record.Applied)
		w.Refused(phone.Set("view", id, m{"consent": 4}), record.OnceOnly)
		w.Refused(second.Set("view", id, m{"visit": w.NewID()}), record.OnceOnly)
		w.Has("view", id, "consent", "3")
		w.Refused(w.Phone("coordinator").Set("view", id, m{"method": "box"}), record.OnceOnly)
		w.Is(w.Phone("coordinator").Set("view", id, m{"method": "conv"}), record.Applied)
	})

	inWorld(t, open, "a verb that the kind of field does not know is refused wrong_kind", func(t *testing.T, w *World) {
		desk, matter := w.Phone("coordinator"), w.Matter()
		phone := w.Phone("volunteer")
		id := phone.View(nil)
		phone.Push()
		for _, op := range []m{
			{"c": "matter", "r": matter, "add": m{"title": []string{"x"}}},
			{"c": "matter", "r": matter, "remove": m{"title": []string{"x"}}},
			{"c": "matter", "r": matter, "set": m{"services": []string{}}},
			{"c": "matter", "r": matter, "settle": m{"services": []string{}}},
			{"c": "matter", "r": matter, "set": m{"notes": []m{}}},
			{"c": "matter", "r": matter, "remove": m{"notes": []m{}}},
			{"c": "matter", "r": matter, "add": m{"status": []string{"looking"}}},
			{"c": "view", "r": id, "settle": m{"share": "team"}},
			{"c": "view", "r": id, "add": m{"share": []string{"team"}}},
			{"c": "view", "r": id, "settle": m{"method": "conv"}},
		} {
			op["base"] = w.V(op["c"].(string), op["r"].(string))
			w.Refused(desk.PushOne(op), record.WrongKind)
		}
	})

	inWorld(t, open, "steps: a step leaves the one that its writer had seen, and is its role's to make", func(t *testing.T, w *World) {
		one, other, lead, matter := w.Phone("coordinator"), w.Phone("coordinator2"), w.Phone("lead"), w.Matter()
		v := w.V("matter", matter)
		w.Refused(one.Change("matter", matter, v, m{"set": m{"status": "with_dat"}}), record.WrongStep)
		w.Refused(lead.Change("matter", matter, v, m{"set": m{"status": "looking"}}), record.WrongStep)
		w.Is(one.Change("matter", matter, v, m{"set": m{"status": "looking"}}), record.Applied)
		// Neither had seen the other's: they meet as a register does.
		w.Clock.Move(time.Second)
		w.Is(other.Change("matter", matter, v, m{"set": m{"status": "parked"}}), record.Kept)
		w.Has("matter", matter, "status", `"parked"`, `"looking"`)
		// A settle chooses the value, a loser, or a step from one of them.
		w.Refused(one.Change("matter", matter, w.V("matter", matter), m{"set": m{"status": "with_service"}}), record.WrongStep)
		w.Is(one.Change("matter", matter, w.V("matter", matter), m{"settle": m{"status": "with_service"}}), record.Applied)
		w.Has("matter", matter, "status", `"with_service"`)
		// Back one step with an entry in notes, in the same op.
		w.Refused(one.Set("matter", matter, m{"status": "looking"}), record.WrongStep)
		w.Is(one.Change("matter", matter, w.V("matter", matter), m{
			"set": m{"status": "looking"}, "add": m{"notes": []m{{"id": w.NewID(), "text": "They asked for time."}}},
		}), record.Applied)
		w.Check()
	})

	inWorld(t, open, "a step by the server yields to a person's that had not seen it", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := w.NewID()
		phone.PushOne(m{"c": "visit", "r": id, "set": m{"service": w.Services[0], "method": "conv"}})
		v := w.V("visit", id)
		phone.Op(m{"c": "visit", "r": id, "base": v, "set": m{"status": "running"}})
		w.Clock.Move(48 * time.Hour)
		w.do("visit", id, m{"status": "missed"})
		w.Has("visit", id, "status", `"missed"`)
		phone.Push()
		w.Has("visit", id, "status", `"running"`)
		w.Check()
	})
}

func testSeen(t *testing.T, open Open) {
	inWorld(t, open, "a role, services and status are refused stale unless the change has seen their last one", func(t *testing.T, w *World) {
		one, other := w.Phone("admin"), w.Phone("admin")
		id := w.Members["manager"]
		for _, change := range []m{
			{"set": m{"role": "outreach"}}, {"set": m{"status": "resting"}}, {"add": m{"services": []string{w.Services[1]}}},
		} {
			v := w.V("member", id)
			w.Is(one.Change("member", id, v, change), record.Applied)
			w.Refused(other.Change("member", id, v, change), record.StaleField)
			w.Is(other.Change("member", id, w.V("member", id), change), record.Applied)
		}
		w.Check()
	})

	inWorld(t, open, "a rule between fields is judged by what the change has seen, never by what came since", func(t *testing.T, w *World) {
		phone, one, other := w.Phone("volunteer"), w.Phone("coordinator"), w.Phone("coordinator2")
		id := phone.View(nil)
		phone.Push()
		v := w.V("view", id)
		w.Is(one.Change("view", id, v, m{"set": m{"review": "accepted"}}), record.Applied)
		w.Is(other.Change("view", id, v, m{"set": m{"service": w.Services[1]}}), record.Merged)
		w.Refused(one.Set("view", id, m{"service": w.Services[0]}), record.NotARule)
		w.Has("view", id, "service", `"`+w.Services[1]+`"`)
	})

	inWorld(t, open, "nobody writes a field that they may not read, but in the op that makes the record", func(t *testing.T, w *World) {
		admin, desk := w.Phone("admin"), w.Phone("coordinator")
		id := w.NewID()
		w.Is(admin.PushOne(m{"c": "member", "r": id, "set": m{"name": "New", "role": "volunteer", "email": "a@example.org"}}), record.Applied)
		w.Refused(admin.Set("member", id, m{"email": "b@example.org"}), record.NotAllowed)
		w.Is(desk.Set("member", id, m{"email": "b@example.org"}), record.Applied)
		// A sensitive matter's ask is no longer its service's.
		matter, ask := w.Matter(), w.NewID()
		desk.PushOne(m{"c": "ask", "r": ask, "set": m{"matter": matter, "service": w.Services[0], "question": "Why?"}})
		manager := w.Phone("manager")
		w.Is(manager.Set("ask", ask, m{"reply": "Staff were ill."}), record.Applied)
		seen := w.V("ask", ask)
		w.Is(desk.Set("matter", matter, m{"handling": "sensitive"}), record.Applied)
		w.Has("ask", ask, "handling", `"sensitive"`)
		w.Refused(manager.Set("ask", ask, m{"reply": "More."}), record.NotAllowed)
		w.Is(manager.Change("ask", ask, seen, m{"set": m{"known": "We had letters."}}), record.Merged)
	})

	inWorld(t, open, "what is inactive, merged or left never refuses an op that names it", func(t *testing.T, w *World) {
		desk, admin, phone := w.Phone("coordinator"), w.Phone("admin"), w.Phone("volunteer")
		matter := w.Matter()
		w.Is(desk.Set("service", w.Services[0], m{"active": false}), record.Applied)
		w.Is(desk.Set("matter", matter, m{"merged_into": w.Matter()}), record.Applied)
		w.Is(admin.Set("member", w.Members["lead"], m{"status": "left"}), record.Applied)
		id := phone.View(nil)
		w.Is(phone.Push()[1], record.Applied)
		w.Is(desk.Change("view", id, w.V("view", id), m{"add": m{"matters": []string{matter}}}), record.Applied)
		w.Is(desk.Set("matter", matter, m{"owner": w.Members["lead"]}), record.Applied)
	})

	inWorld(t, open, "what a maker may not leave out, and what they may not say", func(t *testing.T, w *World) {
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		whole := m{"service": w.Services[0], "method": "conv", "words": "x", "share": "words"}
		for _, field := range []string{"service", "method", "share"} {
			set := m{}
			for k, v := range whole {
				if k != field {
					set[k] = v
				}
			}
			w.Refused(phone.PushOne(m{"c": "view", "r": w.NewID(), "set": set}), record.TooEarly)
		}
		phone.View(m{"words": nil})
		if r := phone.Push()[4]; r.Status != record.Refused || r.Problem.Code != record.NotARule {
			t.Fatalf("neither words nor theme: %+v", r)
		}
		id := w.NewID()
		delete(whole, "words")
		w.Is(phone.PushOne(m{"c": "view", "r": id, "set": whole, "add": m{"themes": []string{w.NewID()}}}), record.Applied)
		w.Refused(phone.PushOne(m{"c": "matter", "r": w.NewID(), "set": m{"title": "x", "level": "dat"}}), record.NotAllowed)
		// The op that makes a record may name any step that its maker could reach.
		w.Is(desk.PushOne(m{"c": "matter", "r": w.NewID(), "set": m{"title": "x", "level": "dat", "status": "with_service"}}), record.Applied)
		w.Refused(desk.PushOne(m{"c": "matter", "r": w.NewID(), "set": m{"title": "x", "level": "dat", "status": "decided"}}), record.NotARule)
		phone.View(m{"review": "accepted"})
		w.Refused(phone.Push()[7], record.WrongStep)
		w.Check()
	})

	inWorld(t, open, "who reads a view, and which fields of it", func(t *testing.T, w *World) {
		id := w.accepted(m{"receipt": code, "share": "summary"})
		w.Is(w.Phone("coordinator").Set("view", id, m{"summary": "A queue.", "weight": 2}), record.Applied)
		keys := func(h Held) []string {
			var out []string
			for k := range h.F {
				out = append(out, k)
			}
			slices.Sort(out)
			return out
		}
		for as, want := range map[string][]string{
			"volunteer": {"by", "cleared", "handling", "matters", "method", "released", "review", "service", "share", "speaker", "themes", "times", "week"},
			"manager":   {"handling", "matters", "method", "service", "summary", "themes", "times", "week"},
		} {
			if got := keys(w.Replica(as).Catch().Get("view", id)); !slices.Equal(got, want) {
				t.Errorf("%s is sent %v, want %v", as, got, want)
			}
		}
		for _, as := range []string{"volunteer2", "outreach", "lead", "admin"} {
			if w.Replica(as).Catch().Has("view", id) {
				t.Errorf("%s is sent it", as)
			}
		}
		if h := w.Replica("coordinator").Catch().Get("view", id); h.F["receipt"] != nil || fmt.Sprint(h.A) != "[desk]" {
			t.Fatalf("%v %v", h.A, keys(h))
		}
	})
}
