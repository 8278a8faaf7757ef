package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAViewGoesFromAPhoneToTheDesk(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, welcome := desk.connect()
	if welcome.text("epoch") != desk.epoch || welcome.num("acked") != 0 || welcome["tip"] != nil || welcome["backed"] != false {
		t.Errorf("welcome: %v", welcome)
	}
	held, last := l.catchUp()
	if len(held) < 70 || last["sums"] == nil {
		t.Errorf("a first read of %d records, sums %v", len(held), last["sums"])
	}
	service := desk.service(l, "Riverside")

	volunteer := w.enrol(d, "volunteer")
	v, _ := volunteer.connect()
	v.catchUp()
	id := newID()
	ack := v.applied(volunteer.view(id, service, "It shuts before people finish work."))
	if ack.num("acked") != 1 || ack.num("safe") != 1 {
		t.Errorf("ack: %v", ack)
	}
	for deadline := time.Now().Add(await); ; {
		page := l.next("changes")
		l.send(frame{"t": "seen", "cursor": page.text("cursor")})
		i := slices.IndexFunc(page.records(), func(r frame) bool { return r.text("r") == id })
		if i >= 0 {
			f := page.records()[i]["f"].(map[string]any)
			if f["words"] != "It shuts before people finish work." {
				t.Errorf("the desk reads %v", f)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the view does not come")
		}
	}
	if strings.Contains(w.log.String(), "shuts") {
		t.Error("words are in the log")
	}
}

func TestWhatIsSentTwiceTakesEffectOnce(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	p := w.enrol(d, "volunteer")
	v, _ := p.connect(pushing)
	one, two := p.view(newID(), service, "one"), p.view(newID(), service, "two")
	first := v.applied(one, two)
	again := v.hand(one, two)
	if got := again.results(); !slices.Equal(got, []string{"1:same", "2:same"}) {
		t.Errorf("sent again: %v", got)
	}
	if a, b := first["results"].([]any)[1].(map[string]any)["seq"], again["results"].([]any)[1].(map[string]any)["seq"]; a != b {
		t.Errorf("seq %v became %v", a, b)
	}
	// On another connection, and over HTTP, too.
	other, _ := p.connect(pushing)
	if got := other.hand(two).results(); !slices.Equal(got, []string{"2:same"}) {
		t.Errorf("sent on another connection: %v", got)
	}
	var reply frame
	w.post("/v1/sync", p.access, frame{"hello": p.hello(pushing), "push": frame{"ops": []frame{one}}}).want(200, &reply)
	if got := frame(reply["ack"].(map[string]any)).results(); !slices.Equal(got, []string{"1:same"}) {
		t.Errorf("sent over HTTP: %v", got)
	}
}

func TestAGapTakesNoEffectAndSaysWhereToGoOn(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	l, _ := p.connect(pushing)
	op := p.op("service", newID(), 0, frame{"set": frame{"name": "A", "kind": "group", "sector": "nhs"}})
	for name, numbers := range map[string][]int{"begins too high": {2}, "does not follow": {1, 3}, "goes back": {1, 1}} {
		var ops []frame
		for _, n := range numbers {
			o := frame{}
			for k, v := range op {
				o[k] = v
			}
			o["n"], o["r"] = n, newID()
			ops = append(ops, o)
		}
		l.send(frame{"t": "push", "ops": ops})
		if e := l.next("error", "ack"); e.t() != "error" || e.text("code") != "gap" || e.num("expected") != 1 {
			t.Errorf("%s: %v", name, e)
		}
		problem := w.post("/v1/sync", p.access, frame{"hello": p.hello(pushing), "push": frame{"ops": ops}}).refused(409, "gap")
		if problem["expected"] != float64(1) {
			t.Errorf("%s over HTTP: %v", name, problem)
		}
	}
	l.applied(op) // the connection is as good as before, and nothing was taken
}

func TestAVoidIsAckedAndNeverReplacesAnOp(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	l, _ := p.connect(pushing)
	ack := l.hand(frame{"n": 1, "to": 3, "void": true})
	if got := ack.results(); ack.num("acked") != 3 || !slices.Equal(got, []string{"1:applied"}) {
		t.Errorf("a void of three: acked %d, %v", ack.num("acked"), got)
	}
	if seq := ack["results"].([]any)[0].(map[string]any)["seq"]; seq != nil {
		t.Errorf("a void has seq %v", seq)
	}
	p.n = 3
	op := p.op("service", newID(), 0, frame{"set": frame{"name": "A", "kind": "group", "sector": "nhs"}})
	l.applied(op)
	l.hand(frame{"n": 4, "void": true})
	if got := l.hand(op).results(); !slices.Equal(got, []string{"4:same"}) {
		t.Errorf("voided afterwards, an op is %v", got)
	}
}

func TestTheTipIsTheHashOfTheLastOpAsItStoodInTheFrame(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	l, _ := p.connect(pushing)
	text := `{ "n":1,  "at":"2026-01-05T10:00:00Z","c":"service","r":"` + newID() + `","base":0,"schema":1, "set":{"name":"Ä","kind":"group","sector":"nhs"}}`
	l.send(`{"t":"push","ops":[ ` + text + ` ]}`)
	if got := l.next("ack").results(); !slices.Equal(got, []string{"1:applied"}) {
		t.Fatal(got)
	}
	_, welcome := p.connect(pushing)
	if want := hash(text); welcome.text("tip") != want || welcome.num("acked") != 1 {
		t.Errorf("tip %v of op %d, want %s", welcome["tip"], welcome.num("acked"), want)
	}
	l.hand(frame{"n": 2, "void": true})
	if _, welcome = p.connect(pushing); welcome["tip"] != nil || welcome.num("acked") != 2 {
		t.Errorf("after a void the tip is %v of op %d", welcome["tip"], welcome.num("acked"))
	}
}

func TestASealedOpIsOpenedAndAForgedOneKept(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	p, other := w.enrol(d, "volunteer"), w.enrol(d, "volunteer")
	v, _ := p.connect(pushing)
	id := newID()
	sealed := p.sealed(p.view(id, service, "sealed words"))
	if got := v.hand(sealed).results(); !slices.Equal(got, []string{"1:applied"}) {
		t.Fatalf("a sealed op: %v", got)
	}
	// Taken over to another device, or another number, a seal does not open.
	o, _ := other.connect(pushing)
	if got := o.hand(sealed).results(); !slices.Equal(got, []string{"1:refused:unopened"}) {
		t.Errorf("another device's seal: %v", got)
	}
	sealed["n"] = 2
	if got := v.hand(sealed).results(); !slices.Equal(got, []string{"2:refused:unopened"}) {
		t.Errorf("under another number: %v", got)
	}
	var q struct{ Ops []frame }
	w.get("/v1/quarantine", desk.access).want(200, &q)
	if len(q.Ops) != 2 {
		t.Errorf("%d ops are in quarantine, not two", len(q.Ops))
	}
}

func TestAHelloWithoutCursorOnlyPushesAndTakesNothingOver(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	reader, _ := p.connect()
	reader.catchUp()
	pusher, _ := p.connect(pushing)
	p.service(pusher, "A")
	if page := reader.next("changes"); len(page.records()) != 1 {
		t.Errorf("the reader was sent %v", page)
	}
	pusher.quiet(300 * time.Millisecond)
}

func TestANewerReaderTakesOver(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	first, _ := p.connect()
	first.catchUp()
	second, _ := p.connect()
	first.closes(4409)
	second.catchUp()
	w.post("/v1/sync", p.access, frame{"hello": p.hello()}).want(200, nil)
	second.closes(4409)
}

func TestACursorGoesOnWhereItWas(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	l, _ := p.connect()
	_, last := l.catchUp()
	l.conn.Close()
	pusher, _ := p.connect(pushing)
	p.service(pusher, "A")
	l, _ = p.connect(from(p.epoch, last.text("cursor")))
	held, page := l.catchUp()
	if page.text("after") != last.text("cursor") || len(held) != 1 {
		t.Errorf("%d records after %v", len(held), page["after"])
	}
}

func TestAForeignEpochOrCursorIsResetAndReadFromNothing(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	l, _ := p.connect()
	all, last := l.catchUp()
	for name, it := range map[string]struct{ epoch, cursor, reason string }{
		"another epoch":                {"01234", last.text("cursor"), "epoch"},
		"a cursor that is none":        {p.epoch, "nonsense", "cursor"},
		"a cursor of an empty object":  {p.epoch, "e30", "cursor"},
		"a cursor that is a long text": {p.epoch, strings.Repeat("A", 10_000), "cursor"},
	} {
		l, _ := p.connect(from(it.epoch, it.cursor))
		if r := l.next("reset", "changes"); r.t() != "reset" || r.text("reason") != it.reason {
			t.Errorf("%s: %v", name, r)
			continue
		}
		first := l.next("changes")
		if first["after"] != nil {
			t.Errorf("%s: the first page follows %v", name, first["after"])
		}
		held := map[string]frame{}
		keep(held, first)
		if first["more"] == true {
			rest, _ := l.catchUp()
			for k, r := range rest {
				held[k] = r
			}
		}
		if len(held) != len(all) {
			t.Errorf("%s: %d records are read anew, not %d", name, len(held), len(all))
		}
		var reply frame
		w.post("/v1/sync", p.access, frame{"hello": p.hello(from(it.epoch, it.cursor))}).want(200, &reply)
		if r, _ := reply["reset"].(map[string]any); r["reason"] != it.reason || reply["changes"] != nil {
			t.Errorf("%s over HTTP: %v", name, reply)
		}
	}
}

func TestTheTwinIsCompressedForThoseWhoTakeThatAlone(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	hello, err := json.Marshal(frame{"hello": p.hello()})
	if err != nil {
		t.Fatal(err)
	}
	for accepted, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "identity": ""} {
		got := w.call(http.MethodPost, "/v1/sync", p.access, hello, "Accept-Encoding", accepted)
		if got.status != http.StatusOK || got.header.Get("Content-Encoding") != want {
			t.Errorf("%q: %d, %q, not %q", accepted, got.status, got.header.Get("Content-Encoding"), want)
		}
	}
}

func TestTheTwinSaysTheSameAsTheSocket(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	pusher, _ := desk.connect(pushing)
	service := desk.service(pusher, "A")
	// A push and a read in one call: what was pushed is in the page.
	id := newID()
	view := desk.view(id, service, "by http")
	var reply frame
	w.post("/v1/sync", desk.access, frame{"hello": desk.hello(), "push": frame{"ops": []frame{view}}}).want(200, &reply)
	if got := frame(reply["ack"].(map[string]any)).results(); !slices.Equal(got, []string{"2:applied"}) {
		t.Fatalf("ack %v", got)
	}
	if welcome := frame(reply["welcome"].(map[string]any)); welcome.num("acked") != 2 {
		t.Errorf("welcome says acked %d", welcome.num("acked"))
	}
	twin := map[string]frame{}
	for {
		page := frame(reply["changes"].(map[string]any))
		keep(twin, page)
		if page["more"] == false {
			break
		}
		reply = nil
		w.post("/v1/sync", desk.access, frame{"hello": desk.hello(from(desk.epoch, page.text("cursor")))}).want(200, &reply)
	}
	l, _ := desk.connect()
	socket, _ := l.catchUp()
	if len(twin) != len(socket) || twin["view/"+id] == nil {
		t.Fatalf("over HTTP %d records, on the socket %d", len(twin), len(socket))
	}
	for k, r := range socket {
		if twin[k].num("v") != r.num("v") {
			t.Errorf("%s is %d and %d", k, twin[k].num("v"), r.num("v"))
		}
	}
	// With a cursor at the tip there is nothing, and the cursor stays.
	page := frame(reply["changes"].(map[string]any))
	w.post("/v1/sync", desk.access, frame{"hello": desk.hello(from(desk.epoch, page.text("cursor")))}).want(200, &reply)
	if at := frame(reply["changes"].(map[string]any)); len(at.records()) != 0 || at["more"] != false {
		t.Errorf("at the tip: %v", at)
	}
}

func TestTheWindowHoldsAReaderThatDoesNotStore(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	l, welcome := p.connect()
	window := int(welcome["limits"].(map[string]any)["window"].(float64))
	var cursors []string
	cursors = append(cursors, l.next("changes").text("cursor")) // not seen
	pusher, _ := p.connect(pushing)
	for range window + 5 {
		p.service(pusher, "A")
	}
	for len(cursors) < window {
		cursors = append(cursors, l.next("changes").text("cursor"))
	}
	l.send(frame{"t": "ping"})
	if f := l.next("pong", "changes"); f.t() != "pong" {
		t.Fatalf("page %d came unseen", window+1)
	}
	l.send(frame{"t": "seen", "cursor": cursors[len(cursors)-1]})
	page := l.next("changes")
	if page.text("after") != cursors[len(cursors)-1] || len(page.records()) < 2 {
		t.Errorf("what was held back comes as %d records after the last", len(page.records()))
	}
}

func TestAFreshTokenKeepsTheConnectionAndAForeignOneEndsIt(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	p, other := w.enrol(d, "volunteer"), w.enrol(d, "volunteer")
	l, _ := p.connect()
	l.catchUp()
	l.send(frame{"t": "token", "access": p.token()})
	l.send(frame{"t": "ping"})
	if pong := l.next("pong"); pong.text("now") == "" {
		t.Error("a pong without now")
	}
	l.send(frame{"t": "token", "access": other.access})
	l.closes(4401)
}
