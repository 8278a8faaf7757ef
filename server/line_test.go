package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// A frame is one that came, undone from JSON.
type frame map[string]any

func (f frame) t() string { s, _ := f["t"].(string); return s }

func (f frame) text(name string) string { s, _ := f[name].(string); return s }

func (f frame) num(name string) int64 { n, _ := f[name].(float64); return int64(n) }

// records of a page.
func (f frame) records() []frame {
	list, _ := f["records"].([]any)
	out := make([]frame, len(list))
	for i, r := range list {
		out[i] = r.(map[string]any)
	}
	return out
}

// results of an ack, as "n:status:problem".
func (f frame) results() []string {
	list, _ := f["results"].([]any)
	var out []string
	for _, r := range list {
		r := frame(r.(map[string]any))
		s := fmt.Sprintf("%d:%s", r.num("n"), r.text("status"))
		if p, ok := r["problem"].(map[string]any); ok {
			s += ":" + p["code"].(string)
		}
		out = append(out, s)
	}
	return out
}

// A line is one websocket connection.
type line struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a connection without saying anything.
func (w *world) dial(header ...string) *line {
	w.t.Helper()
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	d := websocket.Dialer{Subprotocols: []string{"earshot.v1"}, EnableCompression: true, HandshakeTimeout: 5 * time.Second}
	conn, got, err := d.DialContext(w.t.Context(), "ws"+strings.TrimPrefix(w.url, "http")+"/v1/sync", h)
	if err != nil {
		w.t.Fatalf("dial: %v (%v)", err, got)
	}
	if conn.Subprotocol() != "earshot.v1" {
		w.t.Fatal("the subprotocol was not taken")
	}
	w.t.Cleanup(func() { conn.Close() })
	return &line{w.t, conn}
}

// send sends a frame: a string as it is, anything else as JSON.
func (l *line) send(v any) {
	l.t.Helper()
	text, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			l.t.Fatal(err)
		}
		text = string(b)
	}
	if err := l.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		l.t.Fatalf("sending: %v", err)
	}
}

// await is how long a test waits for a frame that has to come.
const await = 5 * time.Second

// read gives the next frame, or the close code that came instead.
func (l *line) read(wait time.Duration) (frame, int) {
	l.t.Helper()
	l.conn.SetReadDeadline(time.Now().Add(wait))
	_, data, err := l.conn.ReadMessage()
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return nil, closed.Code
	}
	if err != nil {
		l.t.Fatalf("reading: %v", err)
	}
	var f frame
	if err := json.Unmarshal(data, &f); err != nil {
		l.t.Fatalf("%v: %.200s", err, data)
	}
	return f, 0
}

// next gives the next frame of one of these kinds, passing over others.
func (l *line) next(kinds ...string) frame {
	l.t.Helper()
	for {
		f, code := l.read(await)
		if f == nil {
			l.t.Fatalf("closed with %d, waiting for %v", code, kinds)
		}
		if slices.Contains(kinds, f.t()) {
			return f
		}
	}
}

// closes waits for the end of the connection, and gives the last error or wipe
// frame before it.
func (l *line) closes(code int) frame {
	l.t.Helper()
	var last frame
	for {
		f, got := l.read(await)
		if f == nil {
			if got != code {
				l.t.Fatalf("closed with %d, want %d (after %v)", got, code, last)
			}
			return last
		}
		if k := f.t(); k == "error" || k == "wipe" {
			last = f
		}
	}
}

// quiet says that nothing comes for a while. The line is of no use afterwards.
func (l *line) quiet(wait time.Duration) {
	l.t.Helper()
	l.conn.SetReadDeadline(time.Now().Add(wait))
	if _, data, err := l.conn.ReadMessage(); err == nil {
		l.t.Fatalf("something came: %.300s", data)
	}
}

// catchUp reads pages to the end, answering each with seen: the records by
// "c/r", and the last page.
func (l *line) catchUp() (map[string]frame, frame) {
	l.t.Helper()
	held := map[string]frame{}
	for {
		page := l.next("changes")
		keep(held, page)
		l.send(frame{"t": "seen", "cursor": page.text("cursor")})
		if page["more"] == false {
			return held, page
		}
	}
}

func keep(held map[string]frame, page frame) {
	for _, r := range page.records() {
		held[r.text("c")+"/"+r.text("r")] = r
	}
}

// hand pushes ops and gives the ack.
func (l *line) hand(ops ...frame) frame {
	l.t.Helper()
	l.send(frame{"t": "push", "ops": ops})
	return l.next("ack")
}

// applied says that every op took effect.
func (l *line) applied(ops ...frame) frame {
	l.t.Helper()
	ack := l.hand(ops...)
	for _, r := range ack.results() {
		if !strings.HasSuffix(r, ":applied") && !strings.HasSuffix(r, ":merged") {
			l.t.Fatalf("not every op took effect: %v %v", ack.results(), ack["results"])
		}
	}
	return ack
}
