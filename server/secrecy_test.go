package server_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

func TestOnlyTheAlgorithmsThatTheContractNamesAreTaken(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	p := w.enrol(d, "coordinator")
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	longer, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := p.private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	assertion := jwt.MapClaims{
		"iss": p.device, "sub": p.device, "aud": "earshot", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	access := jwt.MapClaims{
		"iss": "earshot", "aud": "earshot/1", "sub": p.device, "device": p.device, "member": p.member, "dat": d.ID, "role": "admin",
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	for name, by := range map[string]struct {
		method jwt.SigningMethod
		key    any
	}{
		"none":                      {jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType},
		"HS256 with the public key": {jwt.SigningMethodHS256, public},
		"RS256":                     {jwt.SigningMethodRS256, large},
		"ES384":                     {jwt.SigningMethodES384, longer},
		"EdDSA of a stranger":       {jwt.SigningMethodEdDSA, edwards},
	} {
		sign := func(c jwt.MapClaims) string {
			c["jti"] = uuid.NewString()
			text, err := jwt.NewWithClaims(by.method, c).SignedString(by.key)
			if err != nil {
				t.Fatal(name, err)
			}
			return text
		}
		w.post("/v1/token", "", frame{"assertion": sign(assertion)}).refused(401, "assertion_invalid")
		forged := sign(access)
		w.get("/v1/devices", forged).refused(401, "token_invalid")
		w.post("/v1/sync", forged, frame{"hello": p.hello()}).refused(401, "token_invalid")
		l := w.dial()
		l.send(p.hello(func(h frame) { h["access"] = forged }))
		if e := l.closes(4401); e.text("code") != "unauthorized" {
			t.Errorf("%s: %v", name, e)
		}
	}
	// A token that was bent after it was signed, in each of its parts.
	for i := range 3 {
		parts := strings.Split(p.access, ".")
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		parts[i] = base64.RawURLEncoding.EncodeToString(b)
		w.get("/v1/devices", strings.Join(parts, ".")).refused(401, "token_invalid")
	}
}

func TestAnAssertionSaysWhoseItIsForHowLongAndOnce(t *testing.T) {
	w := start(t)
	p, other := w.enrol(w.dat("north"), "volunteer"), w.enrol(w.dat("south"), "volunteer")
	for name, change := range map[string]func(jwt.MapClaims){
		"no jti":            func(c jwt.MapClaims) { delete(c, "jti") },
		"no iat":            func(c jwt.MapClaims) { delete(c, "iat") },
		"no exp":            func(c jwt.MapClaims) { delete(c, "exp") },
		"no aud":            func(c jwt.MapClaims) { delete(c, "aud") },
		"two auds":          func(c jwt.MapClaims) { c["aud"] = []string{"earshot", "elsewhere"} },
		"another's iss":     func(c jwt.MapClaims) { c["iss"] = other.device },
		"another's sub":     func(c jwt.MapClaims) { c["iss"], c["sub"] = other.device, other.device },
		"too long":          func(c jwt.MapClaims) { c["exp"] = time.Now().Add(6 * time.Minute).Unix() },
		"exp before iat":    func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Second).Unix() },
		"a jti that's huge": func(c jwt.MapClaims) { c["jti"] = strings.Repeat("x", 1000) },
	} {
		if got := w.post("/v1/token", "", frame{"assertion": p.assertion(change)}); got.status != 401 || !strings.Contains(string(got.body), "assertion_invalid") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for name, off := range map[string]time.Duration{"behind": -time.Hour, "ahead": time.Hour} {
		wrong := func(c jwt.MapClaims) {
			c["iat"], c["exp"] = time.Now().Add(off).Unix(), time.Now().Add(off+4*time.Minute).Unix()
		}
		skewed := w.post("/v1/token", "", frame{"assertion": p.assertion(wrong)}).refused(401, "clock_skew")
		shaped(t, name, skewed, with(problemShape, "now", "time"))
	}
	exactly := func(c jwt.MapClaims) {
		c["iat"], c["exp"] = time.Now().Unix(), time.Now().Unix()+300
		c["aud"] = []string{"earshot"}
	}
	w.post("/v1/token", "", frame{"assertion": p.assertion(exactly)}).want(200, nil)
}

// Everything that somebody said, is called, or is let in by goes through the
// server once, on every road, and nothing of it is in what the server logs.
func TestNothingThatIsSaidOrSecretIsLogged(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	l, _ := desk.connect()
	pusher, _ := desk.connect(pushing)
	service := desk.service(pusher, "Quayside")
	var made frame
	w.post("/v1/invitations", desk.access, frame{"name": "Samantha Jones", "role": "volunteer"}).want(201, &made)
	w.post("/v1/invitations", desk.access, frame{"name": "Samantha Jones", "role": "king"}).refused(403, "not_allowed")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &phone{w: w, dat: d, private: key}
	p.enrolWith(made.text("code"))
	bad := p.assertion(func(c jwt.MapClaims) { c["aud"] = "nobody" })
	w.post("/v1/token", "", frame{"assertion": bad}).refused(401, "assertion_invalid")
	v, _ := p.connect(func(h frame) { h["app"] = "Gladstone/1"; h["holds"] = frame{"trouble": "gladstone_trouble"} })
	const code = "PINE-RIVER-LAMP-42"
	good := p.op("view", newID(), 0, frame{"set": frame{
		"service": service, "method": "conv", "words": "the marigold words", "share": "words", "receipt": code, "consent": 1,
	}})
	broken := p.view(newID(), service, "the marigold words, refused")
	broken["set"].(frame)["method"] = "marigold"
	v.hand(p.sealed(good), broken)
	v.send(frame{"t": "push", "ops": []frame{{"n": 77, "c": "view", "set": frame{"words": "marigold gap"}}}})
	v.next("error")
	v.send(`{"t":"push","ops":[{"marigold":`)
	v.closes(4400)
	w.post("/v1/sync", p.access, frame{"hello": p.hello(), "push": frame{"ops": []frame{p.view(newID(), service, "marigold by http")}}}).want(200, nil)
	w.call("POST", "/v1/sync?access="+p.access+"&words=marigold", "", []byte(`{"marigold"`)).refused(401, "token_invalid")
	w.get("/s/marigold", "").refused(404, "not_found")
	w.get("/marigold/"+made.text("code"), "").refused(404, "not_found")
	w.form("/r", "code", code)
	w.form("/r", "code", "OAK-STONE-BIRD-07", "do", "withdraw")
	w.post("/v1/receipt", p.access, frame{"code": code}).want(200, nil)
	var q struct{ Ops []frame }
	w.get("/v1/quarantine", desk.access).want(200, &q)
	w.post("/v1/quarantine/"+q.Ops[0].text("id"), desk.access, frame{"discard": "marigold reason"}).want(200, nil)
	w.post("/v1/devices/"+p.device, desk.access, frame{"revoke": true}).want(200, nil)
	l.conn.Close()
	w.end()

	log := strings.ToLower(w.log.String())
	if !strings.Contains(log, "listening") {
		t.Fatal("the log is not the server's")
	}
	for what, text := range map[string]string{
		"words": "marigold", "a name": "samantha", "a service's name": "quayside", "a DAT's name": "partnership", "a device's name": "phone",
		"a code": made.text("code"), "a receipt": "pine", "another receipt": "stone", "a token": p.access, "an assertion": bad, "an app": "gladstone",
	} {
		if strings.Contains(log, strings.ToLower(text)) {
			t.Errorf("%s is in the log:\n%s", what, w.log)
		}
	}
}
