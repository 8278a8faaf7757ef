package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"earshot/server"
	"earshot/server/identity"
	"earshot/server/live"
	"earshot/server/store"
	"earshot/sync/wire"
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

// A phone is a member's device as a client made from the protocol alone would
// be: its key, its token, its numbers.
type phone struct {
	w       *world
	dat     store.DAT
	private *ecdsa.PrivateKey
	device  string
	member  string
	role    string
	intake  wire.Intake
	epoch   string
	access  string
	n       int64
}

// jwk is a public key as a JWK.
func jwk(t *testing.T, key *ecdsa.PublicKey) (text json.RawMessage, thumbprint string) {
	t.Helper()
	point, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding
	canonical := fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, b64.EncodeToString(point[1:33]), b64.EncodeToString(point[33:]))
	sum := sha256.Sum256([]byte(canonical))
	return json.RawMessage(canonical), b64.EncodeToString(sum[:])
}

// invite makes a member with a code, as the command does.
func (w *world) invite(d store.DAT, role string, services ...string) identity.Invitation {
	w.t.Helper()
	i, err := w.server.Identity().Invite(w.t.Context(), d.Num, identity.Caller{}, identity.Invite{
		Name: "A " + role, Role: role, Services: services,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// enrol makes a member and a device of theirs, over HTTP.
func (w *world) enrol(d store.DAT, role string, services ...string) *phone {
	w.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	p := &phone{w: w, dat: d, private: private, role: role}
	p.enrolWith(w.invite(d, role, services...).Code)
	return p
}

func (p *phone) enrolWith(code string) {
	w := p.w
	w.t.Helper()
	key, thumbprint := jwk(w.t, &p.private.PublicKey)
	var got struct {
		Device, Member, Role, Epoch string
		Intake                      wire.Intake
	}
	w.post("/v1/enrol", "", map[string]any{"code": code, "key": key, "name": "phone"}).want(201, &got)
	if got.Device != thumbprint {
		w.t.Fatalf("the device is %s, not its key's thumbprint %s", got.Device, thumbprint)
	}
	p.device, p.member, p.intake, p.epoch = got.Device, got.Member, got.Intake, got.Epoch
	p.access = p.token()
}

// assertion signs one, with changes to its claims.
func (p *phone) assertion(change ...func(jwt.MapClaims)) string {
	p.w.t.Helper()
	now := time.Now()
	c := jwt.MapClaims{
		"iss": p.device, "sub": p.device, "aud": "earshot", "jti": uuid.NewString(),
		"iat": now.Unix(), "exp": now.Add(4 * time.Minute).Unix(),
	}
	for _, f := range change {
		f(c)
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodES256, c).SignedString(p.private)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return text
}

// token exchanges an assertion for an access token.
func (p *phone) token() string {
	p.w.t.Helper()
	var got struct {
		Access    string
		ExpiresIn int `json:"expires_in"`
	}
	p.w.post("/v1/token", "", map[string]any{"assertion": p.assertion()}).want(200, &got)
	if got.Access == "" || got.ExpiresIn != 900 {
		p.w.t.Fatalf("a token of %d bytes for %d s", len(got.Access), got.ExpiresIn)
	}
	return got.Access
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

// hello makes one with cursor null; change alters it.
func (p *phone) hello(change ...func(frame)) frame {
	h := frame{
		"t": "hello", "access": p.access, "app": "test/1", "schema": 1, "epoch": nil, "cursor": nil,
		"now":   time.Now().UTC().Format(time.RFC3339Nano),
		"holds": map[string]any{"ops": 0, "oldest": nil, "persisted": true, "trouble": nil},
	}
	for _, f := range change {
		f(h)
	}
	return h
}

// pushing leaves the cursor out: such a session only pushes.
func pushing(h frame) { delete(h, "cursor") }

func from(epoch, cursor string) func(frame) {
	return func(h frame) { h["epoch"], h["cursor"] = epoch, cursor }
}

// connect dials and says hello.
func (p *phone) connect(change ...func(frame)) (*line, frame) {
	p.w.t.Helper()
	l := p.w.dial()
	l.send(p.hello(change...))
	return l, l.next("welcome")
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

// op makes one with the phone's next number.
func (p *phone) op(collection, id string, base int64, change frame) frame {
	p.n++
	o := frame{
		"n": p.n, "at": time.Now().UTC().Format(time.RFC3339Nano), "c": collection, "r": id, "base": base, "schema": 1,
	}
	for k, v := range change {
		o[k] = v
	}
	return o
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

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

// service makes a service, by a coordinator.
func (p *phone) service(l *line, name string) string {
	p.w.t.Helper()
	id := newID()
	l.applied(p.op("service", id, 0, frame{"set": frame{"name": name, "kind": "needle_exchange", "sector": "nhs"}}))
	return id
}

// view is the op that makes one.
func (p *phone) view(id, service, words string) frame {
	return p.op("view", id, 0, frame{"set": frame{
		"service": service, "method": "conv", "words": words, "share": "words", "consent": 1,
	}})
}
