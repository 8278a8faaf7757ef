package server_test

import (
	"strings"
	"testing"
)

// The server sends a receipt to nobody, also not in an op that lies in quarantine;
// the view that comes of the mended one is found by it all the same.
func TestAReceiptIsNotShownInQuarantineAndStaysWithItsView(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	p := w.enrol(d, "volunteer")
	v, _ := p.connect(pushing)
	broken := func(code string) frame {
		return p.sealed(p.op("view", newID(), 0, frame{"set": frame{
			"service": service, "method": "telepathy", "words": "kept words", "share": "words", "receipt": code,
		}}))
	}
	v.hand(broken("PINE-RIVER-LAMP-42"), broken("OAK-STONE-BIRD-07"))
	listed := func() []frame {
		t.Helper()
		var q struct{ Ops []frame }
		got := w.get("/v1/quarantine", desk.access)
		got.want(200, &q)
		if text := string(got.body); strings.Contains(text, "PINE") || strings.Contains(text, "receipt") {
			t.Errorf("the desk is sent the receipt: %s", text)
		}
		return q.Ops
	}
	ops := listed()
	if len(ops) != 2 || !strings.Contains(texts(ops[0]["op"]), "kept words") {
		t.Fatalf("in quarantine: %v", ops)
	}
	mended := ops[0]["op"].(map[string]any)
	set := mended["set"].(map[string]any)
	path := "/v1/quarantine/" + ops[0].text("id")
	var result frame
	set["method"] = "smoke" // no better
	w.post(path, desk.access, frame{"mend": mended}).want(200, &result)
	if result.text("status") != "refused" {
		t.Fatalf("mended: %v", result)
	}
	listed()
	set["method"] = "conv"
	w.post(path, desk.access, frame{"mend": mended}).want(200, &result)
	if result.text("status") != "applied" {
		t.Fatalf("mended: %v", result)
	}
	status := func(code string) string {
		var got struct{ Status string }
		w.post("/v1/receipt", p.access, frame{"code": code}).want(200, &got)
		return got.Status
	}
	if s := status("PINE-RIVER-LAMP-42"); s != "received" {
		t.Errorf("the mended view is %s by its receipt", s)
	}
	// What it is mended into may be of another kind, which has none.
	other := frame{"at": "2026-01-05T10:00:00Z", "c": "escalation", "r": newID(), "base": 0, "schema": 1, "set": frame{"kind": "talk", "told": "nobody"}}
	v.hand(broken("ASH-FIELD-DOOR-11"))
	w.post("/v1/quarantine/"+listed()[1].text("id"), desk.access, frame{"mend": other}).want(200, &result)
	if result.text("status") != "applied" {
		t.Errorf("mended into another kind: %v", result)
	}
	// The other one is taken back by its receipt where it lies.
	w.form("/r", "code", "OAK-STONE-BIRD-07", "do", "withdraw").want(200, nil)
	if left := listed(); len(left) != 0 {
		t.Errorf("in quarantine is left %v", left)
	}
}

// However much lies there, the desk is sent all of it.
func TestTheWholeQuarantineIsListed(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk, p := w.enrol(d, "coordinator"), w.enrol(d, "volunteer")
	l, _ := p.connect(pushing)
	listed := func(want int64) {
		t.Helper()
		var q struct{ Ops []frame }
		w.get("/v1/quarantine", desk.access).want(200, &q)
		for i, op := range q.Ops {
			if op.num("n") != int64(i+1) {
				t.Fatalf("op %d stands at %d", op.num("n"), i+1)
			}
		}
		if int64(len(q.Ops)) != want {
			t.Errorf("%d ops are listed, of %d", len(q.Ops), want)
		}
	}
	listed(0)
	l.hand(p.op("nothing", newID(), 0, nil))
	listed(1)
	for range 19 {
		var ops []frame
		for range 3 {
			ops = append(ops, p.op("nothing", newID(), 0, frame{"set": frame{"words": strings.Repeat("many words ", 20_000)}}))
		}
		l.hand(ops...)
	}
	listed(58)
}
