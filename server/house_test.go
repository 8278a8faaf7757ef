package server_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"earshot/server"
)

func TestAStopFinishesWhatWasBegunAndComesBackInTime(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	reader, _ := desk.connect()
	reader.catchUp()
	silent := w.dial()
	var pushers []*line
	var phones []*phone
	for range 5 {
		p := w.enrol(d, "coordinator")
		l, _ := p.connect(pushing)
		pushers, phones = append(pushers, l), append(phones, p)
	}
	// They hand in until they are cut off; what was acked must be there afterwards.
	acked := make([]int64, len(pushers))
	var begun, all sync.WaitGroup
	begun.Add(len(pushers))
	for i, l := range pushers {
		all.Go(func() {
			first := sync.OnceFunc(begun.Done)
			defer first()
			for {
				p := phones[i]
				op, err := json.Marshal(frame{"t": "push", "ops": []frame{p.op("service", newID(), 0, frame{"set": frame{"name": "A", "kind": "group", "sector": "nhs"}})}})
				if err != nil || l.conn.WriteMessage(1, op) != nil {
					return
				}
				l.conn.SetReadDeadline(time.Now().Add(await))
				_, data, err := l.conn.ReadMessage()
				if err != nil {
					return
				}
				var f frame
				if json.Unmarshal(data, &f) == nil && f.t() == "ack" {
					acked[i] = f.num("acked")
					first()
				}
			}
		})
	}
	begun.Wait()
	began := time.Now()
	w.end()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the stop took %v", took)
	}
	all.Wait()
	silent.closes(1012)
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(w.url, "http://"), time.Second); err == nil {
		t.Error("it still listens")
	}
	if slices.Contains(acked, 0) {
		t.Errorf("before the stop they handed in %v", acked)
	}
}

func TestWhatWasAckedIsThereAfterAStart(t *testing.T) {
	dir := t.TempDir()
	at := func(c *server.Config) { c.Data = dir }
	w := start(t, at)
	p := w.enrol(w.dat("north"), "coordinator")
	l, first := p.connect()
	_, last := l.catchUp()
	id := p.service(l, "Riverside")
	w.end()
	l.closes(1012)

	w = start(t, at)
	p.w = w
	l, welcome := p.connect(from(p.epoch, last.text("cursor")))
	if welcome.text("epoch") != first.text("epoch") || welcome.num("acked") != 1 || texts(welcome["intake"]) != texts(first["intake"]) {
		t.Errorf("started again it says %v", welcome)
	}
	if held, _ := l.catchUp(); len(held) != 1 || held["service/"+id] == nil {
		t.Errorf("after the cursor comes %v", held)
	}
}

func TestTwoServersDoNotTakeOnePort(t *testing.T) {
	w := start(t)
	u, _ := url.Parse(w.url)
	if _, err := server.New(t.Context(), server.Config{Data: t.TempDir(), Listen: u.Host}); err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("got %v", err)
	}
}

func TestEachAnswerSaysWhatABrowserMayDo(t *testing.T) {
	w := start(t, func(c *server.Config) { c.TrustProxy = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	w.dat("north")
	for path, wasm := range map[string]bool{
		"/": true, "/enrol": true, "/s/north": false, "/r": false, "/public.css": false, "/receipt.js": false,
		"/livez": false, "/readyz": false, "/v1/schema": false, "/v1/devices": false, "/nothing": false,
	} {
		h := w.get(path, "").header
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe-inline") || strings.Contains(csp, "unsafe-eval") && !strings.Contains(csp, "wasm-unsafe-eval") || strings.Contains(csp, "http") {
			t.Errorf("%s: %s", path, csp)
		}
		if strings.Contains(csp, "wasm-unsafe-eval") != wasm {
			t.Errorf("%s may run WebAssembly: %s", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %v", path, h)
		}
		// The app's pages read sheets of cards; they, too, hear nothing and know no place.
		if camera := map[bool]string{true: "camera=(self)", false: "camera=()"}[wasm]; !strings.Contains(h.Get("Permissions-Policy"), camera) || !strings.Contains(h.Get("Permissions-Policy"), "microphone=()") {
			t.Errorf("%s may use %s", path, h.Get("Permissions-Policy"))
		}
		if got := w.call(http.MethodGet, path, "", nil, "X-Forwarded-Proto", "https").header.Get("Strict-Transport-Security"); got == "" {
			t.Errorf("%s: no HSTS under TLS", path)
		}
	}
}

// Errors, answers without a body and a websocket's handshake are answers too.
func TestEachKindOfAnswerHasTheHeaders(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	etag := w.get("/", "").header.Get("ETag")
	said := map[string]http.Header{
		"not modified":       w.call(http.MethodGet, "/", "", nil, "If-None-Match", etag).header,
		"head":               w.call(http.MethodHead, "/s/north", "", nil).header,
		"method not allowed": w.call(http.MethodPut, "/v1/enrol", "", nil).header,
		"too large":          w.call(http.MethodPost, "/v1/enrol", "", make([]byte, 1<<20)).header,
		"unauthorized":       w.get("/v1/devices", "").header,
		"forbidden":          w.get("/v1/devices", p.access).header,
		"upgrade required":   w.get("/v1/sync", "").header,
		"a look-up":          w.form("/r", "code", "A-B-C-1").header,
		"the twin":           w.post("/v1/sync", p.access, frame{"hello": p.hello()}).header,
	}
	conn, got, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.url, "http")+"/v1/sync", nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	said["a websocket"] = got.Header
	for name, h := range said {
		for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy"} {
			if h.Get(header) == "" {
				t.Errorf("%s: no %s", name, header)
			}
		}
	}
	if said["unauthorized"].Get("WWW-Authenticate") != "Bearer" {
		t.Error("nobody says how to authenticate")
	}
	// Who is no proxy that the settings name is not believed.
	if h := w.call(http.MethodGet, "/", "", nil, "X-Forwarded-Proto", "https").header; h.Get("Strict-Transport-Security") != "" {
		t.Error("anybody may say that this is TLS")
	}
}

func TestMetricsAreAtTheirOwnAddressAlone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	w := start(t, func(c *server.Config) { c.Metrics = address })
	p := w.enrol(w.dat("north"), "coordinator")
	c, _ := p.connect(pushing)
	p.service(c, "Riverside")
	w.get("/metrics", "").refused(404, "not_found")
	own := &world{t: t, url: "http://" + address}
	got := string(own.get("/metrics", "").body)
	for _, want := range []string{"earshot_sessions 1", `earshot_ops_total{status="applied"} 1`, `earshot_frames_total{kind="push"} 1`, "process_resident_memory_bytes"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, not := range []string{"Riverside", p.device, p.member} {
		if strings.Contains(got, not) {
			t.Errorf("%s is in the metrics", not)
		}
	}
	if own.get("/livez", "").status != 404 {
		t.Error("more than metrics is answered there")
	}
	if h := own.get("/metrics", "").header; h.Get("Content-Security-Policy") == "" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("its answers say %v", h)
	}
}

func TestTheSchemaSaysWhatTheContractNames(t *testing.T) {
	w := start(t)
	var s struct {
		Schema      int
		Collections map[string]struct {
			MadeBy []string `json:"made_by"`
			Fields map[string]map[string]any
		}
	}
	w.get("/v1/schema", "").want(200, &s)
	words := s.Collections["view"].Fields["words"]
	if s.Schema != 1 || len(s.Collections["view"].MadeBy) == 0 || words["kind"] != "register" || words["max"] != 8000.0 || words["redactable"] != true {
		t.Errorf("schema %d, words %v", s.Schema, words)
	}
}

func TestAServerWithoutTheAppSaysHowToBuildIt(t *testing.T) {
	w := start(t)
	page := w.get("/", "")
	page.want(200, nil)
	text := string(page.body)
	if !strings.Contains(text, "<code>make</code>") && !strings.Contains(text, "<script") {
		t.Errorf("neither the app nor how to build it: %.200s", text)
	}
	if page.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("Cache-Control %q", page.header.Get("Cache-Control"))
	}
	etag := page.header.Get("ETag")
	if got := w.call("GET", "/", "", nil, "If-None-Match", etag); got.status != 304 || len(got.body) != 0 {
		t.Errorf("asked again: %d, %d bytes", got.status, len(got.body))
	}
	w.get("/../keys.json", "").refused(404, "not_found")
	w.get("/.keep", "").refused(404, "not_found")
}

func TestManyListenersHearOfAPublishAtOnce(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	dl, _ := desk.connect(pushing)
	var lines []*line
	for range 30 {
		p := w.enrol(d, "volunteer")
		l, _ := p.connect()
		l.catchUp()
		lines = append(lines, l)
	}
	matter, answer := newID(), newID()
	dl.applied(desk.op("matter", matter, 0, frame{"set": frame{"title": "Opening times", "level": "service"}}))
	began := time.Now()
	dl.applied(desk.op("answer", answer, 0, frame{"set": frame{"matter": matter, "said": "It shuts early.", "did": "It is open until 7.", "status": "published"}}))
	for i, l := range lines {
		l.waitFor("changes", func(f frame) bool { return strings.Contains(texts(f["records"]), answer) })
		if took := time.Since(began); took > 2*time.Second {
			t.Fatalf("listener %d hears after %v", i, took)
		}
	}
}
