package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"earshot/server/identity"
	"earshot/server/store"
	"earshot/sync/wire"
)

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
