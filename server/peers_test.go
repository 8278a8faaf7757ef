package server_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"earshot/server"
	"earshot/server/live"
)

func TestADeviceThatFloodsTheQuarantineIsSlowedAndNeverStopped(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	l, _ := p.connect(pushing)
	slowed := false
	for range 10 {
		var ops []frame
		for range 100 {
			ops = append(ops, p.op("nothing", newID(), 0, nil))
		}
		l.send(frame{"t": "push", "ops": ops})
		ack := l.next("ack", "error")
		if ack.t() == "error" {
			t.Fatalf("stopped: %v", ack)
		}
		p.n = ack.num("acked")
		if len(ack.results()) < len(ops) {
			e := l.next("error")
			if e.text("code") != "too_fast" || e["retry_after"].(float64) <= 0 || e["retry_after"].(float64) > 60 {
				t.Errorf("slowed with %v", e)
			}
			if len(ack.results()) != 1 {
				t.Errorf("%d ops were taken over the quota, not one", len(ack.results()))
			}
			slowed = true
			break
		}
	}
	if !slowed {
		t.Fatal("a thousand ops in quarantine slow nobody")
	}
	// What comes before its time waits, and the connection stays.
	l.send(frame{"t": "push", "ops": []frame{p.op("nothing", newID(), 0, nil)}})
	if e := l.next("error", "ack"); e.t() != "error" || e.text("code") != "too_fast" {
		t.Errorf("too early: %v", e)
	}
	if got := w.post("/v1/sync", p.access, frame{"hello": p.hello(pushing), "push": frame{"ops": []frame{p.op("nothing", newID(), 0, nil)}}}); got.status != 429 || got.header.Get("Retry-After") == "" {
		t.Errorf("over HTTP: %d", got.status)
	}
}

func TestAFloodOfTriflesEndsItsOwnConnectionAlone(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	loud, calm := w.enrol(d, "volunteer"), w.enrol(d, "volunteer")
	c, _ := calm.connect()
	c.catchUp()
	l, _ := loud.connect()
	l.catchUp()
	go func() {
		for range 5000 {
			if l.conn.WriteMessage(websocket.TextMessage, []byte(`{"t":"ping"}`)) != nil {
				return
			}
		}
	}()
	l.closes(4429)
	c.send(frame{"t": "ping"})
	c.next("pong")
}

func TestAFloodOfPingsOfTheWebsocketEndsItsOwnConnectionAlone(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	calm, _ := w.enrol(d, "volunteer").connect()
	calm.catchUp()
	for _, kind := range []int{websocket.PingMessage, websocket.PongMessage} {
		l, _ := w.enrol(d, "volunteer").connect()
		l.catchUp()
		go func() {
			for range 5000 {
				if l.conn.WriteControl(kind, nil, time.Now().Add(await)) != nil {
					return
				}
			}
		}()
		l.closes(4429)
	}
	calm.send(frame{"t": "ping"})
	calm.next("pong")
}

func TestADeviceHasNoMoreThanItsShareOfConnections(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	p, other := w.enrol(d, "volunteer"), w.enrol(d, "volunteer")
	o, _ := other.connect()
	o.catchUp()
	var lines []*line
	for range 40 {
		l, _ := p.connect(pushing)
		lines = append(lines, l)
	}
	const share = 16
	for _, l := range lines[:len(lines)-share] {
		if e := l.closes(4429); e.text("code") != "too_fast" {
			t.Errorf("the oldest is told %v", e)
		}
	}
	for _, l := range append(lines[len(lines)-share:], o) {
		l.send(frame{"t": "ping"})
		l.next("pong")
	}
}

func TestADeviceHasNoMoreThanItsShareOfCallsOpen(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	p, other := w.enrol(d, "volunteer"), w.enrol(d, "volunteer")
	var open []net.Conn
	call := frame{"hello": p.hello(pushing)}
	for deadline := time.Now().Add(await); ; {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		// The rest of what it says never comes.
		fmt.Fprintf(conn, "POST /v1/sync HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100\r\n\r\n{", p.access)
		open = append(open, conn)
		if got := w.post("/v1/sync", p.access, call); got.status == 429 {
			got.refused(429, "too_fast")
			break
		} else if got.status != 200 || len(open) > 100 || time.Now().After(deadline) {
			t.Fatalf("with %d calls open: %d", len(open), got.status)
		}
	}
	w.post("/v1/sync", other.access, frame{"hello": other.hello(pushing)}).want(200, nil)
	for _, conn := range open {
		conn.Close()
	}
	for deadline := time.Now().Add(await); w.post("/v1/sync", p.access, call).status != 200; {
		if time.Now().After(deadline) {
			t.Fatal("calls that have ended count for good")
		}
	}
}

func TestAPeerThatIsGoneWithoutAWordIsGivenUp(t *testing.T) {
	w := start(t, short)
	p := w.enrol(w.dat("north"), "volunteer")
	l, _ := p.connect()
	l.catchUp()
	// Read as a network would that has gone: pings come, and get no pong.
	l.conn.SetPingHandler(func(string) error { return nil })
	l.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	began := time.Now()
	for {
		if _, _, err := l.conn.ReadMessage(); err != nil {
			if netErr, ok := err.(net.Error); ok && netErr.Timeout() {
				t.Fatal("the server holds on to a peer that is gone")
			}
			break
		}
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("given up after %v", took)
	}
}

// The server is who hangs up (RFC 6455, 7.1.1): a peer that has answered a close
// does not wait for that.
func TestAConnectionIsHungUpAsSoonAsItsPeerHasAnsweredTheClose(t *testing.T) {
	w := start(t, func(c *server.Config) {
		c.Times = live.StandardTimes
		c.Times.Linger = time.Hour
	})
	p := w.enrol(w.dat("north"), "volunteer")
	l, _ := p.connect(pushing)
	l.send(`{"t":"nothing"}`)
	l.closes(4400) // and answered by the client's library
	l.conn.NetConn().SetReadDeadline(time.Now().Add(await))
	if _, err := l.conn.NetConn().Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the end of the connection is %v", err)
	}
}

// Everybody has the patience of a real server here: on a busy machine a reader
// that does read must not be taken for the slow one. That a peer which takes
// nothing is cut off in the end, the socket's own test says.
func TestASlowReaderHoldsNobodyUp(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	pusher, _ := desk.connect(pushing)
	service := desk.service(pusher, "A")
	slow := w.enrol(d, "coordinator")
	w.dial() // says nothing at all
	l, _ := slow.connect()
	l.conn.NetConn().(*net.TCPConn).SetReadBuffer(4 << 10)
	words := strings.Repeat("never read ", 700)
	for range 20 {
		var ops []frame
		for range 60 {
			ops = append(ops, desk.view(newID(), service, words))
		}
		pusher.applied(ops...)
	}
	fresh := w.enrol(d, "coordinator")
	f, _ := fresh.connect()
	if held, _ := f.catchUp(); len(held) < 1200 {
		t.Errorf("another reader has %d records", len(held))
	}
}
