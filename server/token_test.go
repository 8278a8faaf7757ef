package server_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"earshot/server"
	"earshot/server/identity"
)

func TestAnAssertionIsGoodOnceAlsoAfterAStart(t *testing.T) {
	dir := t.TempDir()
	at := func(c *server.Config) { c.Data = dir }
	w := start(t, at)
	p := w.enrol(w.dat("north"), "coordinator")
	used := p.assertion()
	w.post("/v1/token", "", frame{"assertion": used}).want(200, nil)
	w.end()
	w = start(t, at)
	p.w = w
	w.post("/v1/token", "", frame{"assertion": used}).refused(401, "assertion_replayed")
	w.get("/v1/devices", p.access).want(200, nil) // the token of before is good until it ends
	p.token()
}

// What an assertion says beside the claims that count changes nothing, and what
// no clock shows is no time.
func TestClaimsThatAreNoneGetNoToken(t *testing.T) {
	w := start(t)
	p, other := w.enrol(w.dat("north"), "volunteer"), w.enrol(w.dat("south"), "coordinator")
	now := time.Now().Unix()
	for name, change := range map[string]func(jwt.MapClaims){
		"times past all clocks":  func(c jwt.MapClaims) { c["iat"], c["exp"] = 1e300, 1e300 },
		"an end past all clocks": func(c jwt.MapClaims) { c["exp"] = 1e300 },
		"times before all":       func(c jwt.MapClaims) { c["iat"], c["exp"] = -1e18, -1e18+60 },
		"a start before all":     func(c jwt.MapClaims) { c["iat"] = -1e300 },
		"times as lists":         func(c jwt.MapClaims) { c["exp"] = []int64{now + 60} },
		"no time at all":         func(c jwt.MapClaims) { c["iat"], c["exp"] = nil, nil },
		"not yet good":           func(c jwt.MapClaims) { c["nbf"] = now + 3600 },
		"two devices":            func(c jwt.MapClaims) { c["sub"] = []string{p.device, other.device} },
		"a jti that is a number": func(c jwt.MapClaims) { c["jti"] = 7 },
		"an aud that is a list":  func(c jwt.MapClaims) { c["aud"] = []any{[]string{"earshot"}} },
		"an aud that is empty":   func(c jwt.MapClaims) { c["aud"] = []string{} },
	} {
		if got := w.post("/v1/token", "", frame{"assertion": p.assertion(change)}); got.status != 401 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	// A header names a key in vain: the subject's own is looked up.
	signed := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": other.device, "sub": other.device, "aud": "earshot", "iat": now, "exp": now + 60, "jti": newID(),
	})
	key, _ := jwk(t, &p.private.PublicKey)
	signed.Header["kid"], signed.Header["jwk"], signed.Header["jku"] = p.device, key, "https://elsewhere.example"
	text, err := signed.SignedString(p.private)
	if err != nil {
		t.Fatal(err)
	}
	w.post("/v1/token", "", frame{"assertion": text}).refused(401, "assertion_invalid")
}

// What a member may do is looked up as it is now, whatever their token says.
func TestATokenOfAnOlderRoleDoesWhatTheNewOneMay(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	admin, p := w.enrol(d, "admin"), w.enrol(d, "coordinator")
	l, _ := p.connect(pushing)
	p.service(l, "Riverside")
	a, _ := admin.connect()
	held, _ := a.catchUp()
	a.applied(admin.op("member", p.member, held["member/"+p.member].num("v"), frame{"set": frame{"role": "volunteer"}}))
	for _, path := range []string{"/v1/devices", "/v1/invitations", "/v1/quarantine"} {
		w.get(path, p.access).refused(404, "not_found")
	}
	w.post("/v1/invitations", p.access, frame{"name": "N", "role": "volunteer"}).refused(404, "not_found")
	service := frame{"set": frame{"name": "Another", "kind": "group", "sector": "nhs"}}
	if got := l.hand(p.op("service", newID(), 0, service)).results(); got[0] != "2:refused:not_allowed" {
		t.Errorf("on an open line: %v", got)
	}
	var reply struct{ Ack, Welcome, Changes frame }
	w.post("/v1/sync", p.access, frame{"hello": p.hello(), "push": frame{"ops": []frame{p.op("service", newID(), 0, service)}}}).want(200, &reply)
	if got := reply.Ack.results(); got[0] != "3:refused:not_allowed" {
		t.Errorf("over HTTP: %v", got)
	}
	if text := texts(reply.Welcome["audiences"]); strings.Contains(text, "desk") || strings.Contains(text, "people") {
		t.Errorf("its audiences are %s", text)
	}
	for _, r := range reply.Changes.records() {
		if r.text("r") == admin.member {
			t.Errorf("it is sent %v", r)
		}
	}
}

// Another device of a member leaves the first one as it is; the first one revoked
// leaves the other.
func TestEachDeviceOfAMemberStandsForItself(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk, first := w.enrol(d, "coordinator"), w.enrol(d, "coordinator")
	code, err := w.server.Identity().Invite(t.Context(), d.Num, identity.Caller{}, identity.Invite{Member: first.member})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Device, Member string }
	w.post("/v1/enrol", "", frame{"code": code.Code, "key": freshKey(t), "name": "second"}).want(201, &got)
	if got.Member != first.member || got.Device == first.device {
		t.Fatalf("enrolled as %+v", got)
	}
	w.get("/v1/devices", first.access).want(200, nil)
	w.post("/v1/devices/"+got.Device, desk.access, frame{"revoke": true}).want(200, nil)
	w.get("/v1/devices", first.access).want(200, nil)
	l, _ := first.connect()
	l.catchUp()
}

// A guesser stays one address, whatever headers it makes up: without a trusted
// proxy it is who it comes from, with one it is who that proxy names.
func TestMadeUpForwardingHeadersGiveNoFurtherGuesses(t *testing.T) {
	for name, it := range map[string]struct {
		trust  []netip.Prefix
		header func(i int) []string
	}{
		"no proxy": {nil, func(i int) []string {
			a := fmt.Sprintf("192.0.2.%d", i)
			return []string{"X-Forwarded-For", a, "X-Real-IP", a, "Forwarded", "for=" + a, "True-Client-IP", a}
		}},
		"a trusted proxy": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, func(i int) []string {
			return []string{"X-Forwarded-For", fmt.Sprintf("192.0.2.%d, 198.51.100.7", i)}
		}},
		"a header that is none": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, func(i int) []string {
			return []string{"X-Forwarded-For", fmt.Sprintf("192.0.2.%d, nonsense", i)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, func(c *server.Config) { c.TrustProxy = it.trust })
			w.t = t
			w.dat("north")
			slowed := map[string]bool{}
			for i := range 60 {
				body := fmt.Sprintf(`{"code":"K7QF-3MXP-2DRA","key":%s,"name":"x"}`, freshKey(t))
				if w.call("POST", "/v1/enrol", "", []byte(body), it.header(i)...).status == 429 {
					slowed["codes"] = true
				}
				form := append(it.header(i), "Content-Type", "application/x-www-form-urlencoded")
				if w.call("POST", "/r", "", []byte(fmt.Sprintf("code=PINE-RIVER-LAMP-%d", i)), form...).status == 429 {
					slowed["receipts"] = true
				}
			}
			if !slowed["codes"] || !slowed["receipts"] {
				t.Errorf("sixty guesses with sixty made-up addresses are slowed: %v", slowed)
			}
			// Somebody else is not held up by them, where a proxy tells the two apart.
			if it.trust != nil {
				if got := w.call("POST", "/r", "", []byte("code=PINE-RIVER-LAMP-1"), "X-Forwarded-For", "203.0.113.5", "Content-Type", "application/x-www-form-urlencoded"); got.status != 200 {
					t.Errorf("another address is held up: %d", got.status)
				}
			}
		})
	}
}
