package server_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"earshot/server"
)

// unharmed says that nothing that was tried on the server has changed anything:
// it answers, and a fresh reader of the desk finds what it found before.
func (w *world) unharmed(desk *phone, before map[string]frame) {
	w.t.Helper()
	if got := w.get("/livez", ""); got.status != 200 {
		w.t.Fatalf("the server is not alive: %d", got.status)
	}
	l, _ := desk.connect()
	after, _ := l.catchUp()
	l.conn.Close()
	if len(after) != len(before) {
		w.t.Fatalf("%d records became %d", len(before), len(after))
	}
	for k, r := range before {
		if after[k].num("v") != r.num("v") {
			w.t.Errorf("%s was changed", k)
		}
	}
}

func TestAFrameThatIsNoneGetsAnErrorAndACloseAndNoEffect(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect()
	before, _ := l.catchUp()
	l.conn.Close()
	view := `{"n":1,"at":"2026-01-05T10:00:00Z","c":"service","r":"` + newID() + `","base":0,"schema":1,"set":{"name":"A","kind":"group","sector":"nhs"}}`
	push := func(ops string) string { return `{"t":"push","ops":[` + ops + `]}` }
	for _, it := range []struct {
		name, text string
		code       int
	}{
		{"not JSON", `hello`, 4400},
		{"empty", ``, 4400},
		{"an array", `[]`, 4400},
		{"cut off", `{"t":"push","ops":[` + view, 4400},
		{"two objects", `{"t":"ping"}{"t":"ping"}`, 4400},
		{"no t", `{"ops":[]}`, 4400},
		{"t is a number", `{"t":7}`, 4400},
		{"an unknown t", `{"t":"drop"}`, 4400},
		{"a server's t", `{"t":"wipe","reason":"x"}`, 4400},
		{"a second hello", `{"t":"hello","access":"x"}`, 4400},
		{"a push without ops", `{"t":"push"}`, 4400},
		{"ops that are no array", `{"t":"push","ops":{}}`, 4400},
		{"an op that is no object", push(view + `,7`), 4400},
		{"an op without number", push(`{"c":"service"}`), 4400},
		{"an op with number 0", push(strings.Replace(view, `"n":1`, `"n":0`, 1)), 4400},
		{"an op with a negative number", push(strings.Replace(view, `"n":1`, `"n":-1`, 1)), 4400},
		{"an op with a broken number", push(strings.Replace(view, `"n":1`, `"n":1.5`, 1)), 4400},
		{"an op with a huge number", push(strings.Replace(view, `"n":1`, `"n":1e300`, 1)), 4400},
		{"nests too deep", push(strings.Replace(view, `"A"`, strings.Repeat(`[`, 40)+strings.Repeat(`]`, 40), 1)), 4400},
		{"nests a million deep", `{"t":"ping","x":` + strings.Repeat(`[`, 500_000) + strings.Repeat(`]`, 500_000) + `}`, 4400},
		{"seen without cursor", `{"t":"seen"}`, 4400},
		{"a token that is none", `{"t":"token","access":"x"}`, 4401},
		{"a frame of 1 MiB and more", push(view + strings.Repeat(" ", 1<<20)), 4413},
		{"an op of 256 KiB and more", push(strings.Replace(view, `"A"`, `"`+strings.Repeat("A", 257<<10)+`"`, 1)), 4413},
		{"501 ops", push(view + strings.Repeat(","+view, 500)), 4413},
	} {
		t.Run(it.name, func(t *testing.T) {
			l, _ := desk.connect(pushing)
			l.t = t
			l.send(it.text)
			if e := l.closes(it.code); e.t() != "error" || e.text("code") == "" || e.text("message") == "" {
				t.Errorf("before the close came %v", e)
			}
		})
	}
	t.Run("a binary frame", func(t *testing.T) {
		l, _ := desk.connect(pushing)
		l.conn.WriteMessage(websocket.BinaryMessage, []byte(push(view)))
		l.closes(4400)
	})
	w.unharmed(desk, before)
}

func TestTheFirstFrameIsAGoodHelloOrTheLast(t *testing.T) {
	w := start(t, short)
	d := w.dat("north")
	p := w.enrol(d, "volunteer")
	for _, it := range []struct {
		name string
		text any
		code int
	}{
		{"something else", `{"t":"ping"}`, 4400},
		{"no JSON", `x`, 4400},
		{"no token", p.hello(func(h frame) { delete(h, "access") }), 4401},
		{"a token of another server", p.hello(func(h frame) { h["access"] = "eyJhbGciOiJub25lIn0.e30." }), 4401},
		{"an access that is no text", p.hello(func(h frame) { h["access"] = 7 }), 4400},
		{"holds that are none", p.hello(func(h frame) { h["holds"] = "many" }), 4400},
		{"a cursor that is no text", p.hello(func(h frame) { h["cursor"] = 7 }), 4400},
		{"more than any hello says", p.hello(func(h frame) { h["later"] = strings.Repeat("x", 64<<10) }), 4413},
	} {
		t.Run(it.name, func(t *testing.T) {
			l := w.dial()
			l.t = t
			l.send(it.text)
			l.closes(it.code)
		})
	}
	t.Run("none in time", func(t *testing.T) { w.dial().closes(4408) })
}

// Nobody knows who it is: a kilobyte must not become a mebibyte that is kept while
// more is waited for.
func TestABombBeforeHelloIsCutOffAtTheSizeOfAHello(t *testing.T) {
	packed := deflated(nil, 1)
	packed[0] &^= 0x80 // not its end
	l := start(t).dial()
	if _, err := l.conn.NetConn().Write(packed); err != nil {
		t.Fatal(err)
	}
	l.closes(4413)
}

func TestAPageOfAnotherOriginIsTurnedAway(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	for _, origin := range []string{"https://elsewhere.example", "null", w.url + ".elsewhere.example", "file://"} {
		w.dial("Origin", origin).closes(4403)
		body := []byte(`{"hello":{}}`)
		w.call(http.MethodPost, "/v1/sync", p.access, body, "Origin", origin).refused(403, "forbidden")
	}
	for _, origin := range []string{w.url, strings.Replace(w.url, "127.0.0.1", "localhost", 1)} {
		l := w.dial("Origin", origin)
		l.send(p.hello())
		l.next("welcome")
	}
}

func TestAServerBehindAnAddressTakesPagesOfThatAddressAlone(t *testing.T) {
	w := start(t, func(c *server.Config) { c.Origin = &url.URL{Scheme: "https", Host: "Earshot.Example"} })
	behind := httptest.NewServer(w.server.Handler())
	t.Cleanup(behind.Close)
	w.url = behind.URL
	p := w.enrol(w.dat("north"), "volunteer")
	for _, origin := range []string{w.url, "http://localhost", "http://earshot.example", "https://earshot.example:8443"} {
		w.dial("Origin", origin).closes(4403)
	}
	l := w.dial("Origin", "https://earshot.example")
	l.send(p.hello())
	l.next("welcome")
}

func TestAnUnknownSubprotocolIsRefused(t *testing.T) {
	w := start(t)
	d := websocket.Dialer{Subprotocols: []string{"earshot.v9"}}
	_, got, err := d.Dial("ws"+strings.TrimPrefix(w.url, "http")+"/v1/sync", nil)
	if err == nil || got == nil || got.StatusCode != 400 {
		t.Errorf("got %v, %v", got, err)
	}
	w.get("/v1/sync", "").refused(426, "upgrade_required")
}

// deflated makes one compressed text frame, masked with zeros.
func deflated(payload []byte, zeros int) []byte {
	var z bytes.Buffer
	f, _ := flate.NewWriter(&z, flate.BestCompression)
	f.Write(payload)
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = ' '
	}
	for range zeros {
		f.Write(block)
	}
	f.Flush()
	body := bytes.TrimSuffix(z.Bytes(), []byte{0, 0, 0xff, 0xff})
	return masked(0xc1, body) // FIN, RSV1, text
}

func masked(first byte, body []byte) []byte {
	head := []byte{first}
	switch n := len(body); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	return append(append(head, 0, 0, 0, 0), body...)
}

func TestADeflateBombIsCutOffAtItsInflatedSize(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect()
	before, _ := l.catchUp()
	l.conn.Close()

	packed := deflated([]byte(`{"t":"push","ops":[]`), 48) // takes long to make under -race
	bomb, _ := desk.connect(pushing)
	if _, err := bomb.conn.NetConn().Write(packed); err != nil {
		t.Fatal(err)
	}
	if e := bomb.closes(4413); e.text("code") != "too_large" {
		t.Errorf("a bomb gets %v", e)
	}
	// One that is large without being deflated is not read to its end.
	blanks := masked(0x81, bytes.Repeat([]byte(" "), 32<<20))
	large, _ := desk.connect(pushing)
	go large.conn.NetConn().Write(blanks)
	if e := large.closes(4413); e.text("code") != "too_large" {
		t.Errorf("32 MiB get %v", e)
	}
	broken, _ := desk.connect(pushing)
	if _, err := broken.conn.NetConn().Write(masked(0xc1, []byte{0xff, 0xff, 0xff, 0xff, 0xff})); err != nil {
		t.Fatal(err)
	}
	broken.closes(4400)
	w.unharmed(desk, before)
}

func TestAnOpThatCannotBeAppliedIsRefusedKeptAndStopsNothing(t *testing.T) {
	w := start(t)
	north, south := w.dat("north"), w.dat("south")
	desk := w.enrol(north, "coordinator")
	l, _ := desk.connect(pushing)
	service := desk.service(l, "Riverside")
	stranger := w.enrol(south, "coordinator")
	s, _ := stranger.connect(pushing)
	foreign := stranger.service(s, "Elsewhere")

	p := w.enrol(north, "volunteer")
	v, _ := p.connect(pushing)
	good := func() string {
		return `{"at":"2026-01-05T10:00:00Z","c":"view","r":"` + newID() + `","base":0,"schema":1,"set":{"service":"` + service +
			`","method":"conv","words":"said","share":"words"}}`
	}
	change := func(old, new string) string {
		o := good()
		if !strings.Contains(o, old) {
			t.Fatalf("nothing to change: %s", old)
		}
		return strings.Replace(o, old, new, 1)
	}
	cases := []struct{ name, op string }{
		{"an unknown collection", change(`"c":"view"`, `"c":"viewpoint"`)},
		{"an unknown field", change(`"words":`, `"voice":`)},
		{"an unknown member of the op", change(`"base":0`, `"base":0,"drop":true`)},
		{"a number for a text", change(`"said"`, `7`)},
		{"a text for an object of changes", change(`"set":{`, `"add":"x","set":{`)},
		{"an unknown value", change(`"conv"`, `"telepathy"`)},
		{"a string over its length", change(`"said"`, `"`+strings.Repeat("x", 8001)+`"`)},
		{"invalid UTF-8", change(`said`, "s\xff\xfeid")},
		{"half a surrogate", change(`said`, `\ud800`)},
		{"an id that is no UUID", strings.Replace(good(), `"r":"`, `"r":"x`, 1)},
		{"a name twice", change(`"base":0`, `"base":0,"base":1`)},
		{"a negative base", change(`"base":0`, `"base":-1`)},
		{"a base that is ahead", change(`"base":0`, `"base":1000000000`)},
		{"no time", change(`"at":"2026-01-05T10:00:00Z",`, ``)},
		{"a time that is none", change(`2026-01-05T10`, `2026-13-45T99`)},
		{"a verb that the kind does not know", change(`"set":{`, `"settle":{"share":"team"},"set":{`)},
		{"a required field missing", change(`,"share":"words"`, ``)},
		{"a reference to another DAT's service", change(service, foreign)},
		{"a field that only the server sets", change(`"words":`, `"released":"2026-01-05T10:00:00Z","words":`)},
		{"a collection that this role does not make", strings.Replace(change(`"c":"view"`, `"c":"service"`), `"service":"`+service+`","method":"conv","words":"said","share":"words"`, `"name":"A","kind":"group","sector":"nhs"`, 1)},
	}
	var codes []string
	for i, it := range cases {
		n := i + 1
		v.send(`{"t":"push","ops":[` + strings.Replace(it.op, `{`, fmt.Sprintf(`{"n":%d,`, n), 1) + `]}`)
		ack := v.next("ack", "error")
		got := ack.results()
		if len(got) != 1 || !strings.HasPrefix(got[0], fmt.Sprintf("%d:refused:", n)) || ack.num("acked") != int64(n) {
			t.Errorf("%s: %v", it.name, ack)
			continue
		}
		codes = append(codes, strings.Split(got[0], ":")[2])
	}
	// What belongs to another DAT reads like what does not exist.
	n := len(cases) + 1
	v.send(`{"t":"push","ops":[` + strings.Replace(change(service, newID()), `{`, fmt.Sprintf(`{"n":%d,`, n), 1) + `]}`)
	missing := v.next("ack").results()
	if i := slices.IndexFunc(cases, func(c struct{ name, op string }) bool { return strings.Contains(c.name, "another DAT") }); len(codes) == len(cases) && !strings.HasSuffix(missing[0], ":"+codes[i]) {
		t.Errorf("another DAT's service is %s, one that does not exist %s", codes[i], missing[0])
	}
	// A refused op does not stop those behind it, and is kept whole.
	p.n = int64(n)
	v.applied(p.view(newID(), service, "behind them"))
	var q struct{ Ops []frame }
	w.get("/v1/quarantine", desk.access).want(200, &q)
	if len(q.Ops) != n {
		t.Errorf("%d ops are in quarantine, not %d", len(q.Ops), n)
	}
	for _, it := range []string{"telepathy", "another DAT", "said"} {
		if strings.Contains(w.log.String(), it) {
			t.Errorf("%q is in the log", it)
		}
	}
	// In one frame with a good one, a broken one takes only itself down.
	two := p.op("view", newID(), 0, frame{"set": frame{"voice": "x"}})
	three := p.view(newID(), service, "after it")
	if got := v.hand(two, three).results(); len(got) != 2 || !strings.Contains(got[0], "refused") || !strings.Contains(got[1], "applied") {
		t.Errorf("in one frame: %v", got)
	}
}

func TestHTTPBodiesAreBounded(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	huge := bytes.Repeat([]byte(" "), 3<<20)
	w.call("POST", "/v1/enrol", "", huge).refused(413, "too_large")
	w.call("POST", "/v1/token", "", huge).refused(413, "too_large")
	w.call("POST", "/v1/sync", p.access, huge).refused(413, "too_large")
	w.call("POST", "/v1/invitations", p.access, huge).refused(413, "too_large")
	w.call("POST", "/v1/quarantine/1", p.access, huge).refused(413, "too_large")
	w.call("POST", "/v1/enrol", "", []byte(`{"code":"x","code":"y"}`)).refused(400, "malformed")
	w.call("POST", "/v1/sync", p.access, []byte(`{"hello":`)).refused(400, "malformed")
	w.call("POST", "/v1/sync", p.access, []byte(`{"push":{"ops":[]}}`)).refused(400, "malformed")
	w.call("POST", "/v1/sync", "", []byte(`{}`)).refused(401, "token_invalid")
	w.get("/v1/nothing", "").refused(401, "token_invalid")
	w.get("/v1/nothing", p.access).refused(404, "not_found")
	w.call("PUT", "/v1/sync", "", nil).refused(401, "token_invalid")
	w.call("PUT", "/livez", "", nil).refused(405, "method_not_allowed")
}
