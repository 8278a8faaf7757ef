package server_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// Who came to be in an audience today is not told what had left it before, whatever
// cursor they show.
func TestNobodyIsToldOfWhatHadLeftBeforeTheyCame(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect(pushing)
	service, view := desk.service(l, "Riverside"), newID()
	l.applied(desk.op("view", view, 0, frame{"set": frame{
		"service": service, "method": "conv", "words": "x", "share": "words", "review": "accepted", "weight": 5, "released": "2026-01-05",
	}}))
	l.applied(desk.op("view", view, 0, frame{"set": frame{"handling": "sensitive"}}))
	manager, other := w.enrol(d, "manager", service), w.enrol(d, "manager", service)
	m, _ := manager.connect()
	_, last := m.catchUp()
	said, signature, _ := strings.Cut(last.text("cursor"), ".")
	raw, err := base64.RawURLEncoding.DecodeString(said)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	c["t"] = 1
	made, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	earlier := base64.RawURLEncoding.EncodeToString(made)
	for name, it := range map[string]struct {
		by     *phone
		cursor string
	}{
		"an earlier one":           {manager, earlier},
		"one under an old name":    {manager, earlier + "." + signature},
		"one of another member":    {other, last.text("cursor")},
		"one without its end":      {manager, said},
		"one with half of its end": {manager, said + ".half"},
	} {
		got := w.post("/v1/sync", it.by.access, frame{"hello": it.by.hello(from(it.by.epoch, it.cursor))})
		var reply struct{ Reset frame }
		got.want(200, &reply)
		if strings.Contains(string(got.body), view) || reply.Reset.text("reason") != "cursor" {
			t.Errorf("%s is answered with %s", name, got.body)
		}
	}
}
