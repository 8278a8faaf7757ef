package device

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// note is the world of these tests.
var note = record.NewSchema(1, &record.Collection{
	Name: "note",
	Fields: []record.Field{
		{Name: "text", Max: 250_000},
		{Name: "share", Kind: record.Narrow, Type: record.Enum, Values: []string{"all", "few", "none"}, Default: `"all"`},
	},
	MadeBy: []string{"volunteer", "coordinator"}, ChangedBy: []string{"volunteer", "coordinator"},
	Rules: []record.Rule{{Audience: "team"}},
})

// A house is a server that does as a test says: it keeps what is handed in as
// the protocol asks, and each connection may be given a script.
type house struct {
	t      *testing.T
	http   *httptest.Server
	intake wire.Intake
	opener *wire.Opener

	mu      sync.Mutex
	clock   func() time.Time
	scripts []func(*peer) // one a connection; without one it is served as it should be
	tokens  int
	unknown bool
	epoch   string
	taken   []taken // by number, from 1
	pages   []*wire.Changes
	hellos  []*wire.Hello
	calls   []*wire.Call
	// answer judges a call over HTTP before the house does; nil lets it.
	answer    func(*wire.Call) (*wire.Reply, int)
	noSockets bool
	refuse    func(*wire.Envelope) bool // frames that hold one such are too large
	life      float64
}

// A taken is what the house has under a number.
type taken struct {
	raw  string // "" for a void
	tip  string
	seen int // how often it came
}

func newHouse(t *testing.T) *house {
	t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, clock: time.Now, epoch: "first", life: 900}
	h.intake = wire.Intake{ID: "i1", Key: base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes())}
	if h.opener, err = wire.NewOpener(map[string]*ecdh.PrivateKey{"i1": private}); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/enrol", h.enrol)
	mux.HandleFunc("POST /v1/token", h.token)
	mux.HandleFunc("GET /v1/sync", h.socket)
	mux.HandleFunc("POST /v1/sync", h.twin)
	h.http = httptest.NewServer(mux)
	t.Cleanup(h.http.Close)
	return h
}

// next gives the next connection a script.
func (h *house) next(scripts ...func(*peer)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.scripts = append(h.scripts, scripts...)
}

func say(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (h *house) enrol(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Code string
		Key  jwk
	}
	if json.NewDecoder(r.Body).Decode(&asked) != nil || asked.Code == "" {
		say(w, 403, map[string]any{"code": "invitation_invalid"})
		return
	}
	role := asked.Code
	say(w, 201, map[string]any{
		"device": asked.Key.thumbprint(), "member": "m1", "name": "Somebody", "role": role,
		"dat": map[string]string{"id": "d1", "name": "North", "slug": "north"}, "intake": h.intake,
		"epoch": h.epoch, "now": h.clock().UTC().Format(time.RFC3339Nano),
	})
}

func (h *house) token(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Assertion string }
	var claims jwt.RegisteredClaims
	_ = json.NewDecoder(r.Body).Decode(&asked)
	if _, _, err := jwt.NewParser().ParseUnverified(asked.Assertion, &claims); err != nil {
		h.t.Error(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.clock()
	body := map[string]any{"now": now.UTC().Format(time.RFC3339Nano)}
	switch off := claims.IssuedAt.Sub(now); {
	case h.unknown:
		body["code"] = "unknown_device"
		say(w, 401, body)
	case off > 30*time.Second || off < -2*time.Minute:
		body["code"] = "clock_skew"
		say(w, 401, body)
	default:
		h.tokens++
		body["access"], body["expires_in"] = "token-"+strconv.Itoa(h.tokens), h.life
		say(w, 200, body)
	}
}

func (h *house) welcome() *wire.Welcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := &wire.Welcome{
		Epoch: h.epoch, Acked: int64(len(h.taken)), Safe: int64(len(h.taken)), Now: record.At(h.clock()), Audiences: []string{"team"},
		Intake: h.intake, Limits: wire.Limits{Ops: 500, Bytes: 1 << 20, Window: 8},
	}
	if n := len(h.taken); n > 0 {
		w.Tip = h.taken[n-1].tip
	}
	return w
}

func (h *house) tooLarge(f *wire.Push) bool {
	for i := range f.Ops {
		if h.refuse != nil && !f.Ops[i].Void && h.refuse(&f.Ops[i]) {
			return true
		}
	}
	return false
}

// after gives the pages that follow a cursor.
func (h *house) after(cursor string) []*wire.Changes {
	for i, c := range h.pages {
		if c.After == cursor {
			return h.pages[i:]
		}
	}
	return nil
}

// take keeps a push as section 6 asks: an ack, or an error.
func (h *house) take(f *wire.Push) wire.Frame {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := &wire.Ack{}
	for i := range f.Ops {
		e := &f.Ops[i]
		if e.N > int64(len(h.taken))+1 {
			return &wire.Error{Code: wire.CodeGap, Expected: int64(len(h.taken)) + 1}
		}
		r := wire.Result{N: e.N, Status: record.Applied, Seq: 100 + e.N}
		if e.N <= int64(len(h.taken)) {
			r.Status = record.Same
			h.taken[e.N-1].seen++
			if was := h.taken[e.N-1].raw; was != "" && !e.Void && was != string(e.Raw) {
				h.t.Errorf("number %d came as %s and as %s", e.N, was, e.Raw)
			}
		}
		if e.Void {
			r.Seq = 0
		}
		for n := int64(len(h.taken)) + 1; n <= e.To; n++ {
			t := taken{seen: 1}
			if !e.Void {
				t.raw, t.tip = string(e.Raw), wire.Tip(e.Hash)
			}
			h.taken = append(h.taken, t)
		}
		a.Results = append(a.Results, r)
	}
	a.Acked, a.Safe = int64(len(h.taken)), int64(len(h.taken))
	return a
}

func (h *house) twin(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	call, err := wire.DecodeCall(body)
	if err != nil {
		h.t.Errorf("the device calls with %s: %v", body, err)
		return
	}
	h.mu.Lock()
	h.calls = append(h.calls, call)
	answer := h.answer
	h.mu.Unlock()
	reply, status := new(wire.Reply), 200
	if answer != nil {
		if reply, status = answer(call); reply != nil {
			w.WriteHeader(status)
			_, _ = w.Write(reply.Append(nil))
			return
		}
		reply = new(wire.Reply)
	}
	if call.Push != nil {
		switch f := h.take(call.Push).(type) {
		case *wire.Ack:
			reply.Ack = f
		case *wire.Error:
			say(w, 409, map[string]any{"code": f.Code, "expected": f.Expected})
			return
		}
	}
	reply.Welcome = h.welcome()
	h.mu.Lock()
	if pages := h.after(call.Hello.Cursor); call.Hello.Reads && len(pages) > 0 {
		reply.Changes = pages[0]
	}
	h.mu.Unlock()
	_, _ = w.Write(reply.Append(nil))
}

// holds gives what the house has under each number; "" for a void.
func (h *house) holds() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]string, len(h.taken))
	for i := range h.taken {
		out[i] = h.taken[i].raw
	}
	return out
}

// page makes a page; a record is "id v", with a third word its fate.
func page(after, cursor string, more bool, records ...string) *wire.Changes {
	text := "["
	for i, r := range records {
		var id string
		var v int64
		fate := ""
		_, _ = fmt.Sscan(r, &id, &v, &fate)
		rec := wire.Record{Collection: "note", ID: noteID(id), V: v, Gone: fate == "gone", Out: fate == "out", Audiences: []string{"team"}}
		if rec.Fields = []byte(`{"share":"all","text":"` + id + ` at ` + strconv.FormatInt(v, 10) + `"}`); fate == "desk" {
			rec.Audiences = []string{"desk"}
		}
		if i > 0 {
			text += ","
		}
		text += string(rec.Append(nil))
	}
	return &wire.Changes{Records: []byte(text + "]"), After: after, Cursor: cursor, More: more}
}

// noteID is the id of a note that a test names by one letter.
func noteID(letter string) string {
	return fmt.Sprintf("01900000-0000-7000-8000-0000000000%02x", letter[0])
}
