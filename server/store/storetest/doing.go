package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"earshot/server/store"
	"earshot/sync/record"
)

// write lets a member do something on their device, as they see things there.
func (s *story) write(a *actor) {
	op := s.anOp(a)
	if op["receipt"] == nil {
		h := a.holds.Records[op["c"].(string)+"/"+op["r"].(string)]
		op["base"] = h.V
	}
	if s.chance(12, "wrong") {
		op["set"] = m{"colour": "red"}
	}
	a.Op(op)
	a.about = append(a.about, fmt.Sprint(op["c"], "/", op["r"]))
}

// known gives the id of a record that ops are about, or a new one.
func (s *story) known(collection string) string {
	if len(s.ids[collection]) == 0 || s.chance(8, "new "+collection) {
		s.ids[collection] = append(s.ids[collection], s.NewID())
		return s.ids[collection][len(s.ids[collection])-1]
	}
	return pick(s, collection, s.ids[collection]...)
}

func (s *story) aService() string {
	return pick(s, "service", append(slices.Clone(s.Services), s.coming...)...)
}

func (s *story) anOp(a *actor) m {
	role := strings.TrimRight(a.As, "2")
	switch {
	case role == "volunteer":
		return s.listening()
	case role == "manager":
		return m{"c": "ask", "r": s.known("ask"), "set": m{"reply": pick(s, "reply", "yes", "no")}}
	case role == "lead":
		return m{"c": "matter", "r": s.known("matter"), "set": m{"reason": pick(s, "reason", "because", "so")}}
	}
	switch rapid.IntRange(0, 9).Draw(s.rt, "desk") {
	case 0:
		return m{"c": "matter", "r": s.known("matter"), "set": m{"title": "Raised", "level": "dat"}, "add": m{"services": []string{s.aService()}}}
	case 1:
		return m{"c": "ask", "r": s.known("ask"), "set": m{"matter": s.known("matter"), "service": s.aService(), "question": "Why?"}}
	case 2:
		return m{"c": "answer", "r": s.known("answer"), "set": m{"matter": s.known("matter"), "said": "a", "did": "b", "status": pick(s, "status", "draft", "published")}}
	case 3, 4, 5:
		return s.onAMatter()
	}
	return s.onAView()
}

func (s *story) listening() m {
	view := s.known("view")
	switch rapid.IntRange(0, 7).Draw(s.rt, "listens") {
	case 0:
		return m{"c": "view", "r": view, "withdraw": true}
	case 1:
		return m{"c": "view", "r": view, "set": m{"share": pick(s, "share", "summary", "team")}}
	case 2:
		return m{"c": "view", "receipt": pick(s, "code", code, "OAK-MOSS-BELL-11"), "withdraw": true}
	case 3:
		return m{"c": "telling", "r": s.known("telling"), "set": m{
			"answer": s.known("answer"), "service": s.aService(), "way": "said", "verdict": pick(s, "verdict", "fair", "not_true"),
		}}
	}
	set := m{"service": s.aService(), "method": "conv", "words": pick(s, "words", "It shuts at five.", "Never any 1 ml."), "share": "words"}
	if s.chance(4, "receipt") {
		set["receipt"] = pick(s, "code", code, "OAK-MOSS-BELL-11")
	}
	return m{"c": "view", "r": view, "set": set}
}

func (s *story) onAView() m {
	op := pick(s, "view", []m{
		{"set": m{"review": "accepted"}}, {"set": m{"review": "accepted", "weight": 5, "released": "2026-03-02"}},
		{"set": m{"review": "new"}}, {"settle": m{"review": "accepted"}},
		{"set": m{"handling": "sensitive"}}, {"set": m{"handling": "open"}}, {"settle": m{"handling": "closed"}},
		{"set": m{"kind": "idea"}}, {"set": m{"kind": "gap"}}, {"set": m{"kind": nil}}, {"settle": m{"kind": "praise"}},
		{"set": m{"service": s.aService()}}, {"set": m{"summary": "A time."}}, {"redact": m{"summary": nil}},
		{"redact": m{"words": "Erased."}}, {"withdraw": true},
		{"add": m{"matters": []string{s.known("matter")}}}, {"remove": m{"matters": []string{s.known("matter")}}},
		{"add": m{"themes": []string{s.known("theme")}}}, {"remove": m{"themes": []string{s.known("theme")}}},
	}...)
	op["c"], op["r"] = "view", s.known("view")
	return op
}

func (s *story) onAMatter() m {
	op := pick(s, "matter", []m{
		{"set": m{"title": "One"}}, {"set": m{"title": "Two"}}, {"settle": m{"title": "Three"}}, {"redact": m{"title": "Erased."}},
		{"set": m{"handling": "sensitive"}}, {"set": m{"handling": "open"}}, {"settle": m{"handling": "open"}},
		{"add": m{"services": []string{s.aService()}}}, {"remove": m{"services": []string{s.aService()}}},
		{"set": m{"status": "looking"}}, {"set": m{"status": "parked"}}, {"settle": m{"status": "looking"}},
		{"add": m{"said": []m{{"id": s.NewID(), "text": "Never any 1 ml", "view": s.known("view")}}}},
		{"add": m{"notes": []m{{"id": s.NewID(), "text": "A note."}}}}, {"withdraw": true},
	}...)
	op["c"], op["r"] = "matter", s.known("matter")
	return op
}

// handIn pushes some of what a device has. The commit may fail, and the answer
// may be lost; then it is sent again another time.
func (s *story) handIn(a *actor) {
	if len(a.outbox) == a.sent {
		return
	}
	from := rapid.IntRange(0, a.sent).Draw(s.rt, "from")
	to := rapid.IntRange(a.sent+1, len(a.outbox)).Draw(s.rt, "to")
	if s.chance(5, "fails") {
		s.faults.next(1)
	}
	a.Offset = pick(s, "offset", 0, -time.Hour, 3*time.Hour)
	ack, err := a.TryPush(a.outbox[from:to])
	if errors.Is(err, errDisk) {
		return
	}
	s.must(err)
	if ack.Gap || len(ack.Results) != to-from || ack.Acked < int64(to) {
		s.Fatalf("%d to %d: %+v", from+1, to, ack)
	}
	if !s.chance(4, "answer lost") {
		a.sent = int(ack.Acked)
	}
}

// read reads a page, or all there is, as whoever the member is now.
func (s *story) read(a *actor, all bool) {
	a.holds.Reader = s.Reader(a.As)
	if all {
		a.holds.Catch()
	} else {
		a.holds.Page()
	}
}

// look lets a coordinator deal with something in quarantine.
func (s *story) look() {
	held := s.AllHeld()
	if len(held) == 0 {
		return
	}
	h := pick(s, "held", held...)
	s.handled[fmt.Sprint(h.Device, "/", h.N)] = true
	if s.chance(2, "discards") {
		s.must(s.Discard(ctx, s.DAT.Num, h.ID, s.Members["coordinator"], "noise"))
		return
	}
	mended := strings.Replace(string(h.Op), `"colour":"red"`, `"kind":"idea"`, 1)
	_, err := s.Mend(ctx, s.DAT.Num, h.ID, s.Members["coordinator"], []byte(mended))
	s.must(err)
}

// standing changes who may do what.
func (s *story) standing() {
	change := pick(s, "standing", []m{
		{"set": m{"role": "coordinator"}}, {"set": m{"role": "volunteer"}}, {"set": m{"role": "manager"}},
		{"add": m{"services": []string{s.Services[1]}}}, {"remove": m{"services": []string{s.Services[0]}}},
		{"set": m{"status": "resting"}},
	}...)
	s.doOp("member", s.Members[pick(s, "whose", "volunteer2", "manager")], change)
	if s.revoked == nil && s.chance(8, "a phone is lost") {
		s.revoked = pick(s, "lost", s.actors...)
		s.must(s.Revoke(ctx, s.DAT.Num, s.revoked.ID, ""))
	}
}

// crash stops the machine in the middle of a commit, and starts it again.
func (s *story) crash(a *actor) {
	dir := s.newDir()
	s.faults.mu.Lock()
	s.faults.before = func() { s.copyTo(dir) }
	s.faults.mu.Unlock()
	s.faults.next(1)
	if _, err := a.TryPush(a.outbox[a.sent:]); !errors.Is(err, errDisk) {
		s.Fatalf("a commit that was cut off: %v", err)
	}
	s.faults.before = nil
	s.must(s.Close())
	s.Dir = dir
	s.Open()
}

// settle lets everything be handed in and read.
func (s *story) settle() {
	s.faults.next(0)
	for _, id := range s.coming {
		s.do("service", id, theVan)
	}
	for _, a := range s.actors {
		if len(a.outbox) > a.sent {
			a.Push()
		}
	}
	for _, a := range s.actors {
		s.read(a, true)
	}
}

func (s *story) everythingIsWhereItShouldBe() {
	s.World.Check()
	for _, a := range s.actors {
		s.agrees(a.holds)
		s.agrees(s.Replica(a.As).Catch())
	}
	s.agrees(s.Replica("admin").Catch())
	held := s.AllHeld()
	lies := map[string]string{} // the code of its problem
	for _, h := range held {
		lies[fmt.Sprint(h.Device, "/", h.N)] = h.Problem.Code
	}
	linked := s.linked()
	for _, a := range s.actors {
		if len(a.outbox) > 0 {
			s.eachOpIsSomewhere(a, lies, linked)
		}
	}
}

// eachOpIsSomewhere: in the records, once; or in quarantine; or its record is gone;
// or a coordinator has dealt with it; or it was early, and took effect since.
func (s *story) eachOpIsSomewhere(a *actor, lies map[string]string, linked map[string]int) {
	effects := map[string]int{}
	for _, r := range a.PushFrom(1).Results {
		if r.Status != record.Same {
			s.Fatalf("%s/%d was not here: %+v", a.As, r.N, r)
		}
		about, name := a.about[r.N-1], fmt.Sprint(a.ID, "/", r.N)
		code := lies[name]
		if code != "" && r.Seq > 0 {
			s.Fatalf("%s/%d took effect, and lies in quarantine", a.As, r.N)
		}
		c, id, _ := strings.Cut(about, "/")
		rec := s.Get(c, id)
		switch {
		case c == "view" && id == "<nil>", rec != nil && rec.Gone, s.handled[name], code != "":
			// A receipt names no record; of what is gone nothing is left to count.
			if code != "" && rec != nil && (rec.Gone || code == record.TooEarly) {
				s.Fatalf("%s/%d lies in quarantine (%s), and its record is here, or gone", a.As, r.N, code)
			}
			continue
		case r.Seq > 0, r.Problem != nil && r.Problem.Code == record.TooEarly:
			if isWithdrawal(a.outbox[r.N-1]) {
				continue // it waits for a record that has not come, or not as its member's
			}
			effects[about]++
		default:
			s.Fatalf("%s/%d (%v) is nowhere: %s", a.As, r.N, r.Problem, a.outbox[r.N-1])
		}
	}
	for about, n := range effects {
		if got := linked[a.ID+" "+about]; got != n && !s.touchedBy(a, about) {
			s.Fatalf("%s: %d ops on %s should have taken effect, the audit has %d", a.As, n, about, got)
		}
	}
}

func isWithdrawal(op string) bool { return strings.Contains(op, `"withdraw":true`) }

// touchedBy says whether a coordinator has dealt with an op of the device on this
// record, which may have taken effect then, or not.
func (s *story) touchedBy(a *actor, about string) bool {
	for i, other := range a.about {
		if other == about && s.handled[fmt.Sprint(a.ID, "/", i+1)] {
			return true
		}
	}
	return false
}

// linked counts the links of the audit that say that an op took effect, by "device
// c/r", and fails the example where two have one seq.
func (s *story) linked() map[string]int {
	out, seqs := map[string]int{}, map[int64]bool{}
	rows, _, err := s.Audit(ctx, store.AuditQuery{DAT: s.DAT.Num, Most: 10_000})
	s.must(err)
	for _, a := range rows {
		switch a.What {
		case "made", "changed", "withdrawn", "redacted":
			if seqs[a.Seq] || a.Seq == 0 {
				s.Fatalf("seq %d stands twice in the audit", a.Seq)
			}
			seqs[a.Seq] = true
			out[fmt.Sprint(a.Device, " ", a.Collection, "/", a.Record)]++
		}
	}
	return out
}

// GoString is how a failing example names an actor.
func (a *actor) GoString() string { return a.As }

// nothingStandsThatMustNot looks at what the server does by itself, in the commit
// of whatever makes it needed: no sentence outlives its view, and what is asked or
// answered about a matter is handled as the matter is.
func (s *story) nothingStandsThatMustNot() {
	sensitive := func(rec *record.Record) bool {
		return rec.Get("handling") == `"sensitive"` || slices.ContainsFunc(rec.Losers(rec.Collection.Field("handling")), func(l record.Write) bool {
			return l.Value == `"sensitive"`
		})
	}
	for _, id := range s.ids["matter"] {
		matter := s.Get("matter", id)
		if matter == nil || matter.Gone {
			continue
		}
		var said []struct{ Text, View string }
		s.must(unmarshal([]byte(matter.Get("said")), &said))
		for _, e := range said {
			if view := s.Get("view", e.View); view != nil && (view.Gone || view.Get("share") != `"words"`) {
				s.Fatalf("a sentence outlived its view, or what may be said of it")
			}
		}
		for _, of := range []string{"ask", "answer"} {
			for _, id := range s.ids[of] {
				rec := s.Get(of, id)
				if rec == nil || rec.Gone || rec.Get("matter").Text() != matter.ID {
					continue
				}
				if sensitive(rec) != sensitive(matter) {
					s.Fatalf("the %s of a matter is sensitive: %v, and the matter: %v", of, sensitive(rec), sensitive(matter))
				}
				if rec.Get("status") == `"published"` && rec.Get("published") == "" {
					s.Fatalf("an answer is published without a time")
				}
			}
		}
		if sensitive(matter) {
			continue
		}
		for _, id := range s.ids["view"] {
			view := s.Get("view", id)
			if view == nil || view.Gone || !sensitive(view) {
				continue
			}
			if strings.Contains(string(view.Get("matters")), matter.ID) && strings.Contains(string(matter.Get("services")), view.Get("service").Text()) {
				s.Fatalf("a sensitive view is linked to a matter that its service sees")
			}
		}
	}
}
