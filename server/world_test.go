package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/server"
	"earshot/server/live"
	"earshot/server/store"
)

// A world is a real server on a real socket, and what it logged.
type world struct {
	t      *testing.T
	server *server.Server
	url    string
	stop   context.CancelFunc
	ended  chan error
	log    *logbook
}

// A logbook keeps what the server logs, to be looked through for what must not be in it.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start runs a server; change alters its settings.
func start(t *testing.T, change ...func(*server.Config)) *world {
	t.Helper()
	w := &world{t: t, ended: make(chan error, 1), log: &logbook{}}
	c := server.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0",
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&c)
	}
	up := make(chan struct{})
	c.Ready = func(u *url.URL) {
		w.url = u.String()
		close(up)
	}
	s, err := server.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	w.server = s
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	go func() { w.ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-w.ended:
			if err != nil {
				t.Errorf("the server ended with %v", err)
			}
		case <-time.After(15 * time.Second):
			t.Error("the server did not end")
		}
		if strings.Contains(w.log.String(), "panic") {
			t.Errorf("the server met a panic:\n%s", w.log)
		}
	})
	select {
	case <-up:
	case <-time.After(10 * time.Second):
		t.Fatal("the server does not come up")
	}
	return w
}

// end stops the server and waits for it; the cleanup finds it ended.
func (w *world) end() {
	w.t.Helper()
	w.stop()
	err := <-w.ended
	w.ended <- err
	if err != nil {
		w.t.Fatal(err)
	}
}

// short makes waits short enough for a test.
func short(c *server.Config) {
	c.Times = live.Times{Hello: 300 * time.Millisecond, Ping: 100 * time.Millisecond, Silence: 400 * time.Millisecond, Write: time.Second, Linger: time.Second}
}

func (w *world) dat(slug string) store.DAT {
	w.t.Helper()
	d, err := w.server.Store().CreateDAT(w.t.Context(), "Partnership "+slug, slug)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// held gives what lies in a DAT's quarantine.
func (w *world) held(d store.DAT) (ops []store.Held) {
	w.t.Helper()
	err := w.server.Store().EachHeld(w.t.Context(), d.Num, func(h *store.Held) error {
		ops = append(ops, *h)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ops
}

// An answer is what came back over HTTP.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

func (a answer) want(status int, into any) {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("got %d, want %d: %s", a.status, status, a.body)
	}
	if into != nil {
		if err := json.Unmarshal(a.body, into); err != nil {
			a.t.Fatalf("%v: %s", err, a.body)
		}
	}
}

// refused says that a problem came, as RFC 9457 has it, with this code.
func (a answer) refused(status int, code string) map[string]any {
	a.t.Helper()
	var p map[string]any
	a.want(status, &p)
	if a.header.Get("Content-Type") != "application/problem+json" || p["code"] != code || p["detail"] == "" || p["status"] != float64(status) {
		a.t.Fatalf("want the problem %s, got %s %s", code, a.header.Get("Content-Type"), a.body)
	}
	return p
}

func (w *world) call(method, path, access string, body []byte, header ...string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if access != "" {
		r.Header.Set("Authorization", "Bearer "+access)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{w.t, got.StatusCode, got.Header, text}
}

func (w *world) post(path, access string, body any) answer {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.call(http.MethodPost, path, access, text, "Content-Type", "application/json")
}

func (w *world) get(path, access string) answer {
	w.t.Helper()
	return w.call(http.MethodGet, path, access, nil)
}
