package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// sight gives the fields of a record that a member may be sent, nil where they are
// sent none of it, from what the desk reads of it. It is domain.md's table, written
// by hand, and knows nothing of how the programme declares it.
func (p *phone) sight(rec frame, services []string) []string {
	f := rec["f"].(map[string]any)
	all := slices.Collect(maps.Keys(f))
	but := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return slices.Contains(names, n) })
	}
	// stands says whether a field, and every value that was kept beside it, is one of these.
	stands := func(field string, values ...string) bool {
		k, _ := rec["k"].(map[string]any)
		losers, _ := k[field].([]any)
		for _, l := range losers {
			if !slices.Contains(values, fmt.Sprint(l.(map[string]any)["value"])) {
				return false
			}
		}
		return slices.Contains(values, fmt.Sprint(f[field]))
	}
	own := func(field string) bool { return f[field] == p.member }
	mine := func(field string) bool {
		if p.role != "manager" {
			return false
		}
		list, _ := f[field].([]any)
		return slices.ContainsFunc(services, func(s string) bool { return f[field] == s || slices.Contains(list, any(s)) })
	}
	board, open := p.role == "lead", stands("handling", "open", "closed")
	if p.role == "coordinator" {
		return all
	}
	switch rec.text("c") {
	case "dat", "service", "theme":
		return all
	case "visit", "escalation", "telling":
		if own("by") {
			return all
		}
	case "view":
		if own("by") {
			return but("words", "summary", "weight", "receipt", "same_as", "at")
		}
		if mine("service") && f["released"] != nil && stands("review", "accepted") && open {
			some := []string{"service", "week", "method", "kind", "themes", "times", "handling", "matters"}
			if f["share"] == "words" {
				some = append(some, "words")
			}
			if f["share"] != "team" {
				some = append(some, "summary")
			}
			return some
		}
	case "matter":
		if board {
			return all
		}
		if mine("services") && open {
			return but("notes", "said")
		}
	case "ask":
		if board || mine("service") && open {
			return all
		}
	case "answer":
		if board || mine("services") && open || stands("status", "published") && open {
			return all
		}
	case "member":
		if p.role == "admin" || rec.text("r") == p.member {
			return but("contact", "email")
		}
		if f["role"] == "coordinator" || f["role"] == "lead" {
			return []string{"name"}
		}
	case "training":
		if p.role == "admin" || own("member") {
			return all
		}
	case "sheet", "paper":
		if board {
			return all
		}
	}
	return nil
}

// mayHold compares what a member was sent with what they may be, by the desk's copy.
func (p *phone) mayHold(t *testing.T, road string, desk, held map[string]frame, services []string) {
	t.Helper()
	for key, rec := range desk {
		if rec["gone"] == true {
			if got := held[key]; got != nil && got["f"] != nil {
				t.Errorf("%s %s, %s: holds what is gone", road, p.role, key)
			}
			continue
		}
		may, got := p.sight(rec, services), held[key]
		if (may == nil) != (got == nil || got["gone"] == true) {
			t.Errorf("%s %s, %s: sent %v, may be sent %v; the desk reads %v", road, p.role, key, got, may, rec)
			continue
		}
		if may == nil {
			continue
		}
		f, whole := got["f"].(map[string]any), rec["f"].(map[string]any)
		for name, value := range f {
			if rec.text("c") == "matter" && name == "said" && p.role != "coordinator" {
				if strings.Contains(texts(value), "view") {
					t.Errorf("%s %s, %s: is told of which view a sentence is", road, p.role, key)
				}
			} else if !slices.Contains(may, name) || !reflect.DeepEqual(value, whole[name]) {
				t.Errorf("%s %s, %s: is sent %s = %v", road, p.role, key, name, value)
			}
		}
		for _, name := range may {
			if _, sent := f[name]; !sent && whole[name] != nil {
				t.Errorf("%s %s, %s: is not sent %s", road, p.role, key, name)
			}
		}
		if k, _ := json.Marshal(got["k"]); p.role != "coordinator" && (strings.Contains(string(k), `"by"`) || strings.Contains(string(k), `"device"`) || strings.Contains(string(k), `"at"`)) {
			t.Errorf("%s %s, %s: is told who wrote %s", road, p.role, key, k)
		}
	}
	for key := range held {
		if desk[key] == nil {
			t.Errorf("%s %s: is sent %s, which the desk does not have", road, p.role, key)
		}
	}
}

// byTwin reads everything over HTTP.
func (p *phone) byTwin() map[string]frame {
	held := map[string]frame{}
	for cursor := any(nil); ; {
		var reply struct{ Changes frame }
		p.w.post("/v1/sync", p.access, frame{"hello": p.hello(func(h frame) { h["cursor"] = cursor })}).want(200, &reply)
		keep(held, reply.Changes)
		if cursor = reply.Changes.text("cursor"); reply.Changes["more"] == false {
			return held
		}
	}
}

// Records of each kind in each state that decides who sees them, and every role
// that reads: at a first read, on an open line as they come and change, and over
// HTTP, each is sent what domain.md names for them, and not a field more.
func TestEachMemberIsSentWhatTheDomainNamesForThemAndNoMore(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk, second := w.enrol(d, "coordinator"), w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	l2, _ := second.connect(pushing)
	riverside, hope := desk.service(l, "Riverside"), desk.service(l, "Hope Street")
	author := w.enrol(d, "volunteer")
	admin, manager := w.enrol(d, "admin"), w.enrol(d, "manager", riverside)
	services := map[*phone][]string{manager: {riverside}}
	readers := []*phone{author, w.enrol(d, "volunteer"), w.enrol(d, "outreach"), desk, manager, w.enrol(d, "manager", hope), w.enrol(d, "lead"), admin}
	services[readers[5]] = []string{hope}
	lines, live := map[*phone]*line{}, map[*phone]*replica{}
	for _, p := range readers {
		lines[p], _ = p.connect()
		live[p] = newReplica(t)
		live[p].read(lines[p])
	}
	// compare lets everybody hear of a last change and looks at what they hold then.
	compare := func(when string) {
		t.Helper()
		last := newID()
		l.applied(desk.op("theme", last, 0, frame{"set": frame{"code": last[24:], "name": "The last"}}))
		whole := second.byTwin()
		for _, p := range readers {
			for live[p].held["theme/"+last] == nil {
				page := lines[p].next("changes")
				live[p].store(page)
				lines[p].send(frame{"t": "seen", "cursor": live[p].cursor})
			}
			p.mayHold(t, when+" live", whole, live[p].held, services[p])
			p.mayHold(t, when+" over HTTP", whole, p.byTwin(), services[p])
			fresh, _ := p.connect() // which takes over
			lines[p], live[p] = fresh, newReplica(t)
			live[p].read(fresh)
			p.mayHold(t, when+" afresh", whole, live[p].held, services[p])
		}
	}

	var ops []frame
	made := func(collection string, change frame) string {
		id := newID()
		ops = append(ops, desk.op(collection, id, 0, change))
		return id
	}
	views, matters := map[string]string{}, map[string]string{}
	view := func(handling, review, share string) string { return views[handling+review+share] }
	for _, handling := range []string{"open", "closed", "sensitive"} {
		matters[handling] = made("matter", frame{
			"set": frame{"title": "Opening times", "level": "service", "handling": handling, "reason": "x", "due": "2026-02-02"},
			"add": frame{"services": []string{riverside}, "notes": []frame{{"id": newID(), "text": "a note"}}},
		})
		for _, review := range []string{"new", "accepted", "set_aside"} {
			for _, share := range []string{"words", "summary", "team"} {
				for _, released := range []bool{false, true} {
					set := frame{
						"service": riverside, "by": author.member, "at": "2026-01-06T10:11:12Z", "method": "conv", "kind": "idea", "words": "their words",
						"summary": "a summary", "feeling": 1, "times": 3, "share": share, "speaker": "carer", "consent": 1, "asked": "yes", "next": "hear",
						"aware": "no", "handling": handling, "weight": 5, "review": review, "receipt": "PINE-RIVER-LAMP-" + fmt.Sprint(len(ops)),
					}
					if released {
						set["released"] = "2026-01-12"
					}
					// The one that is released stays under its name.
					views[handling+review+share] = made("view", frame{"set": set, "add": frame{"matters": []string{matters[handling]}, "cleared": []string{"name:1-4"}}})
				}
			}
		}
		made("ask", frame{"set": frame{"matter": matters[handling], "service": riverside, "question": "Why?", "due": "2026-02-02"}})
		for _, status := range []string{"draft", "published", "withdrawn"} {
			made("answer", frame{"set": frame{"matter": matters[handling], "said": "It shuts early.", "did": "Later.", "status": status}, "add": frame{"services": []string{riverside}}})
		}
	}
	accepted := view("open", "accepted", "words")
	made("matter", frame{"set": frame{"title": "Quoted", "level": "dat"}, "add": frame{"services": []string{riverside}, "said": []frame{{"id": newID(), "text": "their words", "view": accepted}}}})
	made("visit", frame{"set": frame{"service": riverside, "by": author.member, "method": "conv", "note": "a note", "planned": "2026-01-06T10:00:00Z"}})
	made("visit", frame{"set": frame{"service": riverside, "method": "conv"}})
	made("escalation", frame{"set": frame{"kind": "risk", "by": author.member, "service": riverside, "told": "nobody", "acknowledged": frame{"by": desk.member, "at": "2026-01-06T10:11:12Z"}}})
	made("telling", frame{"set": frame{"answer": newID(), "service": riverside, "by": author.member, "way": "said", "verdict": "fair"}})
	made("training", frame{"set": frame{"member": author.member, "module": "listening", "done": "2026-01-06", "note": "x"}})
	made("sheet", frame{"set": frame{"year": 2025, "figures": frame{"visits": 7}}})
	made("paper", frame{"set": frame{"from": "2026-01-01", "to": "2026-02-01", "content": frame{"title": "x"}}})
	made("member", frame{"set": frame{"name": "Robin", "role": "volunteer", "contact": "01632 960000", "email": "robin@example.org", "goal": "x"}})
	l.applied(ops...)
	compare("made,")

	// Two of the desk differ on what decides: the narrowest counts until it is settled.
	of := func(c, id string) int64 { return live[desk].held[c+"/"+id].num("v") }
	for i, it := range []struct{ c, id, field, one, other string }{
		{"view", accepted, "handling", "closed", "sensitive"},
		{"view", view("closed", "new", "words"), "review", "accepted", "set_aside"},
		{"matter", matters["open"], "handling", "closed", "sensitive"},
	} {
		base := of(it.c, it.id)
		l.hand(desk.op(it.c, it.id, base, frame{"set": frame{it.field: it.one}}))
		if got := l2.hand(second.op(it.c, it.id, base, frame{"set": frame{it.field: it.other}})).results(); !strings.HasSuffix(got[0], ":kept") {
			t.Fatalf("case %d: %v", i, got)
		}
	}
	compare("in dispute,")
	l.hand(desk.op("view", accepted, of("view", accepted), frame{"settle": frame{"handling": "closed"}}))
	l.hand(desk.op("matter", matters["sensitive"], of("matter", matters["sensitive"]), frame{"set": frame{"handling": "open"}}))
	l.hand(desk.op("view", view("open", "accepted", "team"), of("view", view("open", "accepted", "team")), frame{"redact": frame{"words": nil}}))
	l.hand(desk.op("view", view("open", "accepted", "summary"), 0, frame{"withdraw": true}))
	compare("settled,")

	// Who they are changes while their line is open.
	change := func(p *phone, change frame) {
		t.Helper()
		by, _ := admin.connect(pushing)
		by.applied(admin.op("member", p.member, live[admin].held["member/"+p.member].num("v"), change))
	}
	change(manager, frame{"add": frame{"services": []string{hope}}, "remove": frame{"services": []string{riverside}}})
	services[manager] = []string{hope}
	change(readers[5], frame{"add": frame{"services": []string{riverside}}})
	services[readers[5]] = []string{hope, riverside}
	change(readers[6], frame{"set": frame{"role": "volunteer"}})
	change(readers[1], frame{"set": frame{"role": "lead"}})
	readers[6].role, readers[1].role = "volunteer", "lead"
	compare("with other roles,")
}

// Who loses the sight of something, and what they may not see any more, in one and
// the same commit: they are sent nothing of it.
func TestWhoLosesSightInACommitIsSentNothingOfWhatCameInIt(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	manager := w.enrol(d, "manager", service)
	m, _ := manager.connect()
	m.catchUp()
	heard := make(chan string)
	go func() { heard <- m.everything(time.Second) }()
	matter, base := newID(), desk.version("member/"+manager.member)
	l.applied(desk.op("matter", matter, 0, frame{"set": frame{"title": "Opening times", "level": "service"}}))
	for i := range 30 {
		ask := newID()
		l.applied(
			desk.op("member", manager.member, base, frame{"remove": frame{"services": []string{service}}}),
			desk.op("ask", ask, 0, frame{"set": frame{"matter": matter, "service": service, "question": fmt.Sprintf("question %d", i)}}),
		)
		l.applied(
			desk.op("ask", ask, 0, frame{"withdraw": true}),
			desk.op("member", manager.member, base, frame{"add": frame{"services": []string{service}}}),
		)
	}
	if text := <-heard; strings.Contains(text, "question") {
		t.Error("a manager is sent an ask of a service that they had lost with the commit that made it")
	}
}
