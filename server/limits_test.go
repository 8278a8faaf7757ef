package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

func TestWhatTheLimitsAllowIsTaken(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	l, _ := p.connect(pushing)
	var ops []frame
	for range 500 {
		ops = append(ops, p.op("service", newID(), 0, frame{"set": frame{"name": "A", "kind": "group", "sector": "nhs"}}))
	}
	l.applied(ops...)
	// An op of exactly 256 KiB is an op, if no good one.
	op := fmt.Sprintf(`{"n":%d,"c":"service","note":"`, p.n+1)
	op += strings.Repeat("x", 256<<10-len(op)-2) + `"}`
	l.send(`{"t":"push","ops":[` + op + `]}`)
	if ack := l.next("ack"); ack.num("acked") != p.n+1 {
		t.Errorf("an op of 256 KiB: %v", ack)
	}
	p.n++
	// A frame of exactly 1 MiB, of which most is blanks.
	text := fmt.Sprintf(`{"t":"push","ops":[{"n":%d,"void":true}`, p.n+1)
	text += strings.Repeat(" ", 1<<20-len(text)-2) + `]}`
	l.send(text)
	if ack := l.next("ack"); ack.num("acked") != p.n+1 {
		t.Errorf("a frame of 1 MiB: %v", ack)
	}
	p.n++
	// The same over HTTP, with a hello beside it.
	for _, it := range []struct {
		ops    int
		status int
	}{{500, 200}, {501, 413}} {
		ops := make([]frame, it.ops)
		for i := range ops {
			ops[i] = frame{"n": p.n + 1 + int64(i), "void": true}
		}
		got := w.post("/v1/sync", p.access, frame{"hello": p.hello(pushing), "push": frame{"ops": ops}})
		if got.status != it.status {
			t.Errorf("%d ops over HTTP: %d", it.ops, got.status)
		}
	}
}

func TestAHelloMaySayMoreAndLessThanTheContractNames(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	long := make([]string, 300)
	for i := range long {
		long[i] = "service:" + newID()
	}
	for name, h := range map[string]frame{
		"the least":           {"t": "hello", "access": p.access, "cursor": nil},
		"nulls":               {"t": "hello", "access": p.access, "app": nil, "schema": nil, "epoch": nil, "cursor": nil, "now": nil, "holds": nil, "again": nil, "copied": nil},
		"unknown members":     p.hello(func(h frame) { h["battery"] = frame{"percent": []int{7}}; h["holds"].(map[string]any)["later"] = true }),
		"a long name":         p.hello(func(h frame) { h["app"] = strings.Repeat("Mozilla/5.0 ", 40) }),
		"a newer schema":      p.hello(func(h frame) { h["schema"] = 1000 }),
		"audiences of others": p.hello(func(h frame) { h["again"] = long }),
		"a trouble in words":  p.hello(func(h frame) { h["holds"] = frame{"trouble": "it does not work"} }),
		"a clock in the past": p.hello(func(h frame) { h["now"] = "1970-01-01T00:00:00Z" }),
		"a time with offset":  p.hello(func(h frame) { h["now"] = "2026-01-05T10:00:00.123+01:00" }),
	} {
		l := w.dial()
		l.send(h)
		if f := l.next("welcome", "error"); f.t() != "welcome" {
			t.Errorf("%s: %v", name, f)
		}
		if page := l.next("changes", "error"); page.t() != "changes" {
			t.Errorf("%s: %v", name, page)
		}
		l.conn.Close()
	}
}

func TestAClientThatNamesNoSubprotocolIsTaken(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	conn, got, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.url, "http")+"/v1/sync", nil)
	if err != nil {
		t.Fatalf("%v (%v)", err, got)
	}
	defer conn.Close()
	l := &line{t, conn}
	l.send(p.hello())
	l.next("welcome")
}

func TestAHandshakeThatIsNoneGetsAProblem(t *testing.T) {
	w := start(t)
	for name, header := range map[string][]string{
		"an old version": {"Sec-WebSocket-Version", "8", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
		"no key":         {"Sec-WebSocket-Version", "13"},
	} {
		got := w.call(http.MethodGet, "/v1/sync", "", nil, append([]string{"Connection", "Upgrade", "Upgrade", "websocket"}, header...)...)
		got.refused(400, "malformed")
		if got.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: no policy", name)
		}
	}
}
