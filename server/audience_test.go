package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// everything reads all that comes on a connection for a while, as it came.
func (l *line) everything(wait time.Duration) string {
	l.t.Helper()
	var all strings.Builder
	for {
		l.conn.SetReadDeadline(time.Now().Add(wait))
		_, data, err := l.conn.ReadMessage()
		if err != nil {
			return all.String()
		}
		all.Write(data)
		var f frame
		if json.Unmarshal(data, &f) == nil && f.t() == "changes" {
			seen, _ := json.Marshal(frame{"t": "seen", "cursor": f.text("cursor")})
			l.conn.WriteMessage(websocket.TextMessage, seen)
		}
	}
}

func TestWhatAMemberMayNotSeeNeverReachesTheirLine(t *testing.T) {
	w := start(t)
	north, south := w.dat("north"), w.dat("south")
	desk := w.enrol(north, "coordinator")
	d, _ := desk.connect()
	d.catchUp()
	riverside, hope := desk.service(d, "Riverside"), desk.service(d, "Hope Street")

	author, other := w.enrol(north, "volunteer"), w.enrol(north, "outreach")
	manager, elsewhere := w.enrol(north, "manager", riverside), w.enrol(north, "manager", hope)
	lead, admin := w.enrol(north, "lead"), w.enrol(north, "admin")
	stranger := w.enrol(south, "coordinator")

	lines := map[string]*line{}
	for name, p := range map[string]*phone{
		"author": author, "other": other, "manager": manager, "elsewhere": elsewhere, "lead": lead, "admin": admin, "stranger": stranger,
	} {
		lines[name], _ = p.connect()
	}
	const words = "the-very-words-of-a-person"
	id, when := newID(), time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	a, _ := author.connect(pushing)
	a.applied(author.op("view", id, 0, frame{"set": frame{
		"service": riverside, "method": "conv", "words": words, "share": "words", "at": when, "receipt": "PINE-RIVER-LAMP-42",
	}}))
	var v int64
	d.waitFor("changes", func(f frame) bool {
		for _, r := range f.records() {
			if r.text("r") == id {
				v = r.num("v")
			}
		}
		return v != 0
	})
	d.applied(desk.op("view", id, v, frame{"set": frame{"review": "accepted", "summary": "a-desks-summary"}}))

	got := map[string]string{}
	for name, l := range lines {
		got[name] = l.everything(700 * time.Millisecond)
	}
	for name, text := range got {
		if strings.Contains(text, words) || strings.Contains(text, "a-desks-summary") {
			t.Errorf("%s was sent the words or the summary", name)
		}
		if strings.Contains(text, "PINE-RIVER") || strings.Contains(text, when) {
			t.Errorf("%s was sent the receipt, or the time", name)
		}
		if seen := strings.Contains(text, id); seen != (name == "author") {
			t.Errorf("%s was sent the view: %v", name, seen)
		}
		if name != "author" && strings.Contains(text, "person:"+author.member) {
			t.Errorf("%s hears of the author", name)
		}
	}
	for _, it := range []string{north.ID, desk.member, riverside, "Riverside", "Hope Street"} {
		if strings.Contains(got["stranger"], it) {
			t.Errorf("another DAT's coordinator was sent %s", it)
		}
	}

	// Asking from the beginning, over HTTP, or for an audience of another, opens nothing.
	for name, p := range map[string]*phone{"other": other, "stranger": stranger, "lead": lead} {
		body := frame{"hello": p.hello(func(h frame) { h["again"] = []string{"desk", "person:" + author.member, "service:" + riverside} })}
		if text := string(w.post("/v1/sync", p.access, body).body); strings.Contains(text, words) || strings.Contains(text, id) {
			t.Errorf("%s was given the view over HTTP", name)
		}
	}
}

func TestAnotherDATsRecordsCannotBeTouchedNorAskedFor(t *testing.T) {
	w := start(t)
	north, south := w.dat("north"), w.dat("south")
	desk := w.enrol(north, "coordinator")
	d, _ := desk.connect()
	d.catchUp()
	service := desk.service(d, "Riverside")
	stranger := w.enrol(south, "coordinator")
	s, _ := stranger.connect(pushing)
	// To the stranger the record is not there: a withdrawal waits, a change is early.
	s.hand(stranger.op("service", service, 0, frame{"withdraw": true}))
	s.hand(stranger.op("service", service, 5, frame{"set": frame{"name": "Taken"}}))
	fresh, _ := desk.connect()
	held, _ := fresh.catchUp()
	if r := held["service/"+service]; r == nil || r["gone"] == true || r["f"].(map[string]any)["name"] != "Riverside" {
		t.Errorf("another DAT changed the service: %v", r)
	}
	for _, path := range []string{"/v1/devices", "/v1/invitations", "/v1/quarantine"} {
		if text := string(w.get(path, stranger.access).body); strings.Contains(text, desk.member) || strings.Contains(text, desk.device) {
			t.Errorf("%s tells of another DAT", path)
		}
	}
	w.post("/v1/devices/"+desk.device, stranger.access, frame{"revoke": true}).refused(404, "device_unknown")
}

func TestRoutesOfTheOfficeAreShutToOthers(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	coordinator, admin := w.enrol(d, "coordinator"), w.enrol(d, "admin")
	for _, role := range []string{"volunteer", "outreach", "lead"} {
		p := w.enrol(d, role)
		for _, it := range []struct{ method, path string }{
			{"GET", "/v1/devices"}, {"GET", "/v1/invitations"}, {"GET", "/v1/quarantine"},
			{"POST", "/v1/invitations"}, {"POST", "/v1/devices/" + admin.device}, {"POST", "/v1/quarantine/1"},
		} {
			w.call(it.method, it.path, p.access, []byte(`{}`)).refused(404, "not_found")
			w.call(it.method, it.path, "", []byte(`{}`)).refused(401, "token_invalid")
		}
	}
	w.get("/v1/quarantine", admin.access).refused(404, "not_found") // it holds words
	for _, it := range []struct {
		by     *phone
		role   string
		status int
	}{
		{coordinator, "volunteer", 201}, {coordinator, "coordinator", 403}, {coordinator, "admin", 403}, {coordinator, "lead", 403},
		{admin, "coordinator", 201}, {admin, "admin", 201}, {admin, "owner", 422},
	} {
		if got := w.post("/v1/invitations", it.by.access, frame{"name": "N", "role": it.role}); got.status != it.status {
			t.Errorf("%s invites %s: %d, want %d: %s", it.by.role, it.role, got.status, it.status, got.body)
		}
	}
	w.post("/v1/invitations", coordinator.access, frame{"member": admin.member}).refused(403, "not_allowed")
	w.post("/v1/invitations", coordinator.access, frame{"member": newID()}).refused(404, "member_unknown")
}

// waitFor reads until a frame of a kind comes for which ok says yes, and says how long that took.
func (l *line) waitFor(kind string, ok func(frame) bool) time.Duration {
	l.t.Helper()
	began := time.Now()
	for {
		f := l.next(kind)
		if f.t() == "changes" {
			l.send(frame{"t": "seen", "cursor": f.text("cursor")})
		}
		if ok(f) {
			return time.Since(began)
		}
	}
}

func texts(v any) string { return fmt.Sprint(v) }

func TestARoleThatChangesChangesWhatComesAtOnce(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	admin, p := w.enrol(d, "admin"), w.enrol(d, "coordinator")
	a, _ := admin.connect()
	held, _ := a.catchUp()
	author := w.enrol(d, "volunteer")
	l, _ := p.connect()
	l.catchUp()
	service := p.service(l, "Riverside")
	v, _ := author.connect(pushing)
	id := newID()
	v.applied(author.view(id, service, "words"))
	l.waitFor("changes", func(f frame) bool { return strings.Contains(texts(f["records"]), id) })

	base := func() int64 {
		fresh, _ := admin.connect()
		held, _ = fresh.catchUp()
		return held["member/"+p.member].num("v")
	}
	pusher, _ := admin.connect(pushing)
	pusher.applied(admin.op("member", p.member, base(), frame{"set": frame{"role": "lead"}}))
	if took := l.waitFor("welcome", func(f frame) bool { return !strings.Contains(texts(f["audiences"]), "desk") }); took > 2*time.Second {
		t.Errorf("the new role came after %v", took)
	}
	var dropped string
	l.waitFor("changes", func(f frame) bool { dropped = texts(f["dropped"]); return f["dropped"] != nil })
	if !strings.Contains(dropped, "desk") {
		t.Errorf("dropped: %s", dropped)
	}
	v.applied(author.view(newID(), service, "words-after-it"))
	if text := l.everything(500 * time.Millisecond); strings.Contains(text, "words-after-it") || strings.Contains(text, id) {
		t.Error("a lead is sent what the desk is")
	}
	pusher.applied(admin.op("member", p.member, base(), frame{"set": frame{"role": "coordinator"}}))
	back, _ := p.connect()
	held, _ = back.catchUp()
	if held["view/"+id] == nil {
		t.Error("at the desk again, the view is not there")
	}
}

func TestARevokedDeviceIsWipedAndHandsInToQuarantineAlone(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk, lost := w.enrol(d, "coordinator"), w.enrol(d, "volunteer")
	dl, _ := desk.connect()
	before, _ := dl.catchUp()
	service := desk.service(dl, "Riverside")
	l, _ := lost.connect()
	l.catchUp()
	pusher, _ := lost.connect(pushing)

	began := time.Now()
	w.post("/v1/devices/"+lost.device, desk.access, frame{"revoke": true}).want(200, nil)
	if e := l.closes(4403); e.t() != "wipe" {
		t.Errorf("the open connection was told %v", e)
	}
	if e := pusher.closes(4403); e.t() != "wipe" {
		t.Errorf("one that only pushes was told %v", e)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("wiped after %v", took)
	}
	// It gets a token, good for this alone.
	lost.access = lost.token()
	again := w.dial()
	again.send(lost.hello())
	if e := again.closes(4403); e.t() != "wipe" {
		t.Errorf("a new connection was told %v", e)
	}
	var reply frame
	w.post("/v1/sync", lost.access, frame{"hello": lost.hello()}).want(200, &reply)
	if reply["wipe"] == nil || reply["welcome"] != nil || reply["changes"] != nil {
		t.Errorf("over HTTP: %v", reply)
	}
	for _, path := range []string{"/v1/devices", "/v1/quarantine"} {
		w.get(path, lost.access).refused(403, "device_revoked")
	}
	w.post("/v1/receipt", lost.access, frame{"code": "A-B-C-1"}).refused(403, "device_revoked")
	id := newID()
	push := frame{"hello": lost.hello(pushing), "push": frame{"ops": []frame{lost.sealed(lost.view(id, service, "from a lost phone"))}}}
	reply = nil
	w.post("/v1/sync", lost.access, push).want(200, &reply)
	ack := frame(reply["ack"].(map[string]any))
	if got := ack.results(); ack.num("acked") != 1 || len(got) != 1 || !strings.HasPrefix(got[0], "1:refused:") {
		t.Errorf("a revoked device's push: %v", reply)
	}
	var q struct{ Ops []frame }
	w.get("/v1/quarantine", desk.access).want(200, &q)
	if len(q.Ops) != 1 || !strings.Contains(texts(q.Ops[0]["op"]), "from a lost phone") {
		t.Errorf("in quarantine: %v", q.Ops)
	}
	fresh, _ := desk.connect()
	after, _ := fresh.catchUp()
	if after["view/"+id] != nil || len(after) != len(before)+1 {
		t.Errorf("it went into the records")
	}
	// Its key never comes back.
	key, _ := jwk(t, &lost.private.PublicKey)
	w.post("/v1/enrol", "", frame{"code": w.invite(d, "volunteer").Code, "key": key, "name": "x"}).refused(403, "device_revoked")
	var devices struct{ Devices []frame }
	w.get("/v1/devices", desk.access).want(200, &devices)
	for _, it := range devices.Devices {
		if it["revoked"] != (it.text("id") == lost.device) {
			t.Errorf("listed as %v", it)
		}
	}
}

func TestAMemberWhoLeavesIsWipedAndOneWhoRestsIsNot(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk, p := w.enrol(d, "coordinator"), w.enrol(d, "volunteer")
	dl, _ := desk.connect()
	held, _ := dl.catchUp()
	_ = held
	l, _ := p.connect()
	l.catchUp()
	base := func() int64 {
		fresh, _ := desk.connect()
		held, _ := fresh.catchUp()
		return held["member/"+p.member].num("v")
	}
	pusher, _ := desk.connect(pushing)
	pusher.applied(desk.op("member", p.member, base(), frame{"set": frame{"status": "resting"}}))
	l.send(frame{"t": "ping"})
	l.next("pong")
	pusher.applied(desk.op("member", p.member, base(), frame{"set": frame{"status": "left"}}))
	if e := l.closes(4403); e.t() != "wipe" {
		t.Errorf("told %v", e)
	}
}

func TestACopiedDeviceHandsInWithoutMovingItsNumbers(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	dl, _ := desk.connect(pushing)
	service := desk.service(dl, "Riverside")
	p := w.enrol(d, "volunteer")
	l, _ := p.connect(pushing)
	known := p.sealed(p.view(newID(), service, "known"))
	l.applied(known)
	p.n = 0
	other := p.sealed(p.view(newID(), service, "made on the copy"))
	plain := p.view(newID(), service, "plain on the copy")
	copied := func(h frame) { pushing(h); h["copied"] = true }
	hand := func(ops ...frame) frame {
		var reply frame
		w.post("/v1/sync", p.access, frame{"hello": p.hello(copied), "push": frame{"ops": ops}}).want(200, &reply)
		return reply["ack"].(map[string]any)
	}
	if ack := hand(known); texts(ack.results()) != "[1:same]" {
		t.Errorf("what the server has: %v", ack.results())
	}
	for _, status := range []string{"1:refused:copied", "1:same:copied"} { // once for each hash
		if ack := hand(other, plain); ack.num("acked") != 1 || ack.results()[0] != status || ack.results()[1] != "2:refused:copied" {
			t.Errorf("what it has not: %v, acked %d", ack.results(), ack.num("acked"))
		}
	}
	var q struct{ Ops []frame }
	w.get("/v1/quarantine", desk.access).want(200, &q)
	if len(q.Ops) != 1 || !strings.Contains(texts(q.Ops[0]["op"]), "made on the copy") {
		t.Errorf("in quarantine: %v", q.Ops)
	}
}

func TestTheDeskMendsAndDiscardsWhatLiesInQuarantine(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	dl, _ := desk.connect(pushing)
	service := desk.service(dl, "Riverside")
	p := w.enrol(d, "volunteer")
	l, _ := p.connect(pushing)
	id := newID()
	bad := p.view(id, service, "words to keep")
	bad["set"].(frame)["method"] = "telepathy"
	worse := p.view(newID(), service, "nothing to keep")
	worse["set"].(frame)["method"] = "smoke"
	l.hand(bad, worse)
	var q struct{ Ops []frame }
	w.get("/v1/quarantine", desk.access).want(200, &q)
	if len(q.Ops) != 2 || q.Ops[0].text("member") != p.member || q.Ops[0].text("device") != p.device || q.Ops[0].num("n") != 1 || q.Ops[0]["problem"] == nil {
		t.Fatalf("in quarantine: %v", q.Ops)
	}
	path := "/v1/quarantine/" + q.Ops[0].text("id")
	w.post(path, desk.access, frame{}).refused(400, "malformed")
	w.post(path, desk.access, frame{"discard": ""}).refused(422, "missing_reason")
	mended := frame(q.Ops[0]["op"].(map[string]any))
	mended["set"].(map[string]any)["method"] = "conv"
	var result frame
	w.post(path, desk.access, frame{"mend": mended}).want(200, &result)
	if result.text("status") != "applied" {
		t.Fatalf("mended: %v", result)
	}
	w.post("/v1/quarantine/"+q.Ops[1].text("id"), desk.access, frame{"discard": "a test of the form"}).want(200, nil)
	w.get("/v1/quarantine", desk.access).want(200, &q)
	if len(q.Ops) != 0 {
		t.Errorf("%d are left", len(q.Ops))
	}
	w.post(path, desk.access, frame{"discard": "again"}).refused(http.StatusNotFound, "not_found")
	fresh, _ := desk.connect()
	held, _ := fresh.catchUp()
	if r := held["view/"+id]; r == nil || r["f"].(map[string]any)["by"] != p.member {
		t.Errorf("the mended view is %v", r)
	}
}
