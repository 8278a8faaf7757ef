package server_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// shaped says that an object has these members and no others, each of its type:
// "text", "time", "key" (base64url without padding), "num", "truth", "list",
// "object", or one of them and "?", where null may stand.
func shaped(t *testing.T, what string, v any, want map[string]string) {
	t.Helper()
	o, ok := v.(map[string]any)
	if f, is := v.(frame); is {
		o, ok = f, true
	}
	if !ok {
		t.Errorf("%s is no object: %v", what, v)
		return
	}
	got := slices.Sorted(maps.Keys(o))
	if names := slices.Sorted(maps.Keys(want)); !slices.Equal(got, names) {
		t.Errorf("%s has %v, want %v", what, got, names)
	}
	for name, kind := range want {
		if it, there := o[name]; there && !isOf(it, kind) {
			t.Errorf("%s: %s is %v, no %s", what, name, it, kind)
		}
	}
}

func isOf(v any, kind string) bool {
	if v == nil {
		return strings.HasSuffix(kind, "?")
	}
	text, isText := v.(string)
	switch strings.TrimSuffix(kind, "?") {
	case "text":
		return isText && text != ""
	case "time":
		at, err := time.Parse(time.RFC3339Nano, text)
		return err == nil && strings.HasSuffix(text, "Z") && !at.IsZero()
	case "key":
		b, err := base64.RawURLEncoding.Strict().DecodeString(text)
		return err == nil && len(b) > 0
	case "num":
		_, ok := v.(float64)
		return ok
	case "truth":
		_, ok := v.(bool)
		return ok
	case "list":
		_, ok := v.([]any)
		return ok
	}
	_, ok := v.(map[string]any)
	return ok
}

var (
	welcomeShape = map[string]string{
		"t": "text", "epoch": "text", "acked": "num", "tip": "key?", "safe": "num", "backed": "truth", "now": "time",
		"audiences": "list", "intake": "object", "limits": "object",
	}
	problemShape = map[string]string{"type": "text", "title": "text", "status": "num", "code": "text", "detail": "text"}
)

// with gives a shape with other members beside its own.
func with(shape map[string]string, more ...string) map[string]string {
	out := maps.Clone(shape)
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// without gives a shape that lacks a member: over HTTP frames have no t.
func without(shape map[string]string, name string) map[string]string {
	out := maps.Clone(shape)
	delete(out, name)
	return out
}

func TestEnrolmentAndTokenAnswerAsTheContractSays(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	var made frame
	p := w.enrol(d, "coordinator")
	w.post("/v1/invitations", p.access, frame{"name": "Sam", "role": "volunteer"}).want(201, &made)
	shaped(t, "an invitation", made, map[string]string{"code": "text", "link": "text", "member": "text", "expires": "time"})
	if life := until(t, made.text("expires")); life < 7*24*time.Hour-time.Minute || life > 7*24*time.Hour {
		t.Errorf("a code is good for %v", life)
	}
	// A JWK as browsers export it, and members that nobody knows.
	var key frame
	if err := json.Unmarshal(freshKey(t), &key); err != nil {
		t.Fatal(err)
	}
	key["ext"], key["key_ops"], key["alg"] = true, []string{"verify"}, "ES256"
	var got frame
	w.post("/v1/enrol", "", frame{"code": made.text("code"), "key": key, "name": "phone", "later": 1}).want(201, &got)
	shaped(t, "an enrolment", got, map[string]string{
		"device": "key", "member": "text", "name": "text", "role": "text", "dat": "object", "intake": "object", "epoch": "text", "now": "time",
	})
	shaped(t, "its dat", got["dat"], map[string]string{"id": "text", "name": "text", "slug": "text"})
	shaped(t, "its intake", got["intake"], map[string]string{"id": "text", "key": "key"})
	point, err := base64.RawURLEncoding.DecodeString(frame(got["intake"].(map[string]any)).text("key"))
	if err != nil || len(point) != 65 || point[0] != 4 {
		t.Errorf("the intake key is no raw uncompressed point: %d bytes", len(point))
	}
	got = nil
	w.post("/v1/token", "", frame{"assertion": p.assertion()}).want(200, &got)
	shaped(t, "a token", got, map[string]string{"access": "text", "expires_in": "num", "now": "time"})
	parts := strings.Split(got.text("access"), ".")
	var header, claims frame
	for i, into := range []*frame{&header, &claims} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(b, into) != nil {
			t.Fatalf("a part of the token is none: %v", err)
		}
	}
	if header.text("alg") != "EdDSA" || claims.text("device") != p.device || claims.text("member") != p.member ||
		claims.text("dat") != d.ID || claims.text("role") != "coordinator" || claims.num("exp") == 0 {
		t.Errorf("the token says %v %v", header, claims)
	}
}

func until(t *testing.T, at string) time.Duration {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		t.Fatal(err)
	}
	return time.Until(when)
}

func TestEachFrameHasTheMembersThatTheContractNames(t *testing.T) {
	w := start(t)
	desk := w.enrol(w.dat("north"), "coordinator")
	l, welcome := desk.connect()
	shaped(t, "welcome", welcome, welcomeShape)
	shaped(t, "limits", welcome["limits"], map[string]string{"ops": "num", "bytes": "num", "window": "num"})
	if limits := frame(welcome["limits"].(map[string]any)); limits.num("ops") < 500 || limits.num("bytes") < 1<<20 || limits.num("window") < 1 {
		t.Errorf("limits: %v", limits)
	}
	if want := []any{"desk", "people", "person:" + desk.member, "team"}; !slices.Equal(welcome["audiences"].([]any), want) {
		t.Errorf("a coordinator's audiences are %v", welcome["audiences"])
	}
	first := l.next("changes")
	page := map[string]string{"t": "text", "records": "list", "after": "text?", "cursor": "text", "more": "truth"}
	if first["after"] != nil {
		t.Errorf("the first page follows %v", first["after"])
	}
	if first["more"] == false {
		page["sums"] = "object"
	}
	shaped(t, "changes", first, page)
	for _, r := range first.records() {
		shaped(t, "a record", r, map[string]string{"c": "text", "r": "text", "v": "num", "a": "list", "f": "object"})
	}
	l.send(frame{"t": "seen", "cursor": first.text("cursor")})
	l.send(frame{"t": "ping", "more": []int{1}})
	shaped(t, "pong", l.next("pong"), map[string]string{"t": "text", "now": "time"})

	service := newID()
	l.send(frame{"t": "push", "ops": []frame{desk.op("service", service, 0, frame{"set": frame{"name": "A", "kind": "group", "sector": "nhs"}}),
		desk.op("service", newID(), 0, frame{"set": frame{"name": "A", "kind": "pub", "sector": "nhs"}}),
		{"n": 3, "void": true}}})
	// The ack and the live page of its own commit may come in either order.
	var ack, live frame
	for ack == nil || live == nil {
		if f := l.next("ack", "changes"); f.t() == "ack" {
			ack = f
		} else {
			live = f
		}
	}
	shaped(t, "ack", ack, map[string]string{"t": "text", "acked": "num", "safe": "num", "results": "list"})
	results := ack["results"].([]any)
	for i, seq := range []string{"num", "num?", "num?"} {
		shaped(t, "a result", results[i], map[string]string{"n": "num", "status": "text", "seq": seq, "problem": "object?"})
	}
	if got := ack.results(); !slices.Equal(got, []string{"1:applied", "2:refused:wrong_type", "3:applied"}) {
		t.Errorf("results: %v", got)
	}
	shaped(t, "a problem", results[1].(map[string]any)["problem"], map[string]string{"code": "text", "field": "text", "message": "text"})

	// Live: the same frames, each after the one before it.
	shaped(t, "a live page", live, map[string]string{"t": "text", "records": "list", "after": "text", "cursor": "text", "more": "truth"})
	if live.text("after") != first.text("cursor") || live.records()[0].num("v") != frame(results[0].(map[string]any)).num("seq") {
		t.Errorf("live: %v after %v", live, first["cursor"])
	}
	desk.n = 3
	pusher, _ := desk.connect(pushing)
	pusher.applied(desk.op("service", service, live.records()[0].num("v"), frame{"withdraw": true}))
	shaped(t, "a gone record", l.next("changes").records()[0], map[string]string{"c": "text", "r": "text", "v": "num", "gone": "truth"})

	l.send(frame{"t": "push", "ops": []frame{{"n": 9, "void": true}}})
	shaped(t, "a gap", l.next("error"), map[string]string{"t": "text", "code": "text", "message": "text", "expected": "num"})
	l.send(frame{"t": "nonsense"})
	shaped(t, "a fatal error", l.closes(4400), map[string]string{"t": "text", "code": "text", "message": "text"})
}

func TestTheTwinAnswersWithTheSameFramesWithoutTheirKind(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	hello := less(p.hello(), "t", "access")
	op := p.op("service", newID(), 0, frame{"set": frame{"name": "A", "kind": "group", "sector": "nhs"}})
	var reply frame
	w.post("/v1/sync", p.access, frame{"hello": hello, "push": frame{"ops": []frame{op}}}).want(200, &reply)
	shaped(t, "a reply", reply, map[string]string{"welcome": "object", "ack": "object", "changes": "object"})
	shaped(t, "welcome", reply["welcome"], without(welcomeShape, "t"))
	shaped(t, "ack", reply["ack"], map[string]string{"acked": "num", "safe": "num", "results": "list"})
	// Null where nothing is pushed, as a program may write it.
	reply = nil
	w.post("/v1/sync", p.access, frame{"hello": hello, "push": nil, "later": true}).want(200, &reply)
	shaped(t, "a reply to no push", reply, map[string]string{"welcome": "object", "changes": "object"})
	// One that only pushes is sent no page.
	reply = nil
	w.post("/v1/sync", p.access, frame{"hello": less(hello, "cursor")}).want(200, &reply)
	shaped(t, "a reply to one that only pushes", reply, map[string]string{"welcome": "object"})
	gap := w.post("/v1/sync", p.access, frame{"hello": hello, "push": frame{"ops": []frame{{"n": 7, "void": true}}}}).refused(409, "gap")
	shaped(t, "a gap", gap, with(problemShape, "expected", "num"))
	// The push is done first, whatever the cursor.
	reply = nil
	lost := frame{}
	maps.Copy(lost, hello)
	lost["cursor"] = "nonsense"
	w.post("/v1/sync", p.access, frame{"hello": lost, "push": frame{"ops": []frame{{"n": 2, "void": true}}}}).want(200, &reply)
	shaped(t, "a reply to a lost cursor", reply, map[string]string{"welcome": "object", "ack": "object", "reset": "object"})
	shaped(t, "reset", reply["reset"], map[string]string{"reason": "text"})
}

// less gives a frame that lacks some members.
func less(f frame, names ...string) frame {
	out := frame{}
	maps.Copy(out, f)
	for _, n := range names {
		delete(out, n)
	}
	return out
}

func TestWhatTheOfficeIsAnsweredHasTheShapeOfTheCommands(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk, p := w.enrol(d, "coordinator"), w.enrol(d, "volunteer")
	l, _ := p.connect()
	l.hand(p.op("nothing", newID(), 0, nil))
	device := map[string]string{"id": "key", "member": "text", "name": "text", "last_seen": "time?", "holds": "object?", "revoked": "truth"}
	var devices struct{ Devices []frame }
	w.get("/v1/devices", desk.access).want(200, &devices)
	for _, it := range devices.Devices {
		shaped(t, "a device", it, device)
	}
	var q struct{ Ops []frame }
	w.get("/v1/quarantine", desk.access).want(200, &q)
	shaped(t, "an op in quarantine", q.Ops[0], map[string]string{
		"id": "text", "device": "key", "member": "text", "n": "num", "at": "time", "op": "object", "problem": "object",
	})
	var revoked frame
	w.post("/v1/devices/"+p.device, desk.access, frame{"revoke": true}).want(200, &revoked)
	shaped(t, "a revoked device", revoked, map[string]string{"devices": "list"})
	var found frame
	w.post("/v1/receipt", desk.access, frame{"code": "A-B-C-1"}).want(200, &found)
	shaped(t, "a look-up", found, map[string]string{"status": "text", "answers": "list"})
	var schema struct {
		Schema      int
		Collections map[string]frame
	}
	w.get("/v1/schema", "").want(200, &schema)
	for name, c := range schema.Collections {
		shaped(t, name, c, map[string]string{"made_by": "list", "fields": "object"})
		for field, f := range c["fields"].(map[string]any) {
			shaped(t, name+"."+field, f, map[string]string{
				"kind": "text", "type": "text", "values": "list?", "max": "num?", "required": "truth", "redactable": "truth", "set_by": "list", "read_by": "list",
			})
		}
	}
}
