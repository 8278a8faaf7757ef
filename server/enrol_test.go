package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"earshot/server"
	"earshot/server/identity"
)

func freshKey(t *testing.T) json.RawMessage {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := jwk(t, &private.PublicKey)
	return key
}

func TestACodeWorksOnceHoweverItIsTyped(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	i := w.invite(d, "volunteer")
	if want := w.url + "/enrol#" + i.Code; i.Link != want {
		t.Errorf("the link is %s, want %s", i.Link, want)
	}
	typed := strings.ToLower(strings.ReplaceAll(i.Code, "-", " "))
	var got struct {
		Name, Role, Epoch, Now string
		DAT                    struct{ ID, Name, Slug string }
	}
	w.post("/v1/enrol", "", frame{"code": typed, "key": freshKey(t), "name": "My phone"}).want(201, &got)
	if got.Name != "A volunteer" || got.Role != "volunteer" || got.DAT.ID != d.ID || got.DAT.Slug != "north" || got.Epoch == "" || got.Now == "" {
		t.Errorf("enrolled as %+v", got)
	}
	w.post("/v1/enrol", "", frame{"code": i.Code, "key": freshKey(t), "name": "x"}).refused(403, "invitation_invalid")
	if strings.Contains(w.log.String(), i.Code) || strings.Contains(w.log.String(), "My phone") {
		t.Error("the code or the name is in the log")
	}
}

func TestWhoseAnswerWasLostEnrolsAgainWithTheSameCodeAndKey(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	i := w.invite(d, "volunteer")
	key := freshKey(t)
	var first, second struct{ Device, Member, Name string }
	w.post("/v1/enrol", "", frame{"code": i.Code, "key": key, "name": "My phone"}).want(201, &first)
	w.post("/v1/enrol", "", frame{"code": i.Code, "key": key, "name": "My phone"}).want(201, &second)
	if first.Device == "" || first != second {
		t.Errorf("first it was %+v, then %+v", first, second)
	}
	devices, err := w.server.Store().Devices(t.Context(), d.Num)
	if err != nil || len(devices) != 1 {
		t.Fatalf("there are %d devices (%v), want one", len(devices), err)
	}
	if err := w.server.Store().Revoke(t.Context(), d.Num, first.Device, ""); err != nil {
		t.Fatal(err)
	}
	w.post("/v1/enrol", "", frame{"code": i.Code, "key": key, "name": "My phone"}).refused(403, "device_revoked")
}

func TestACodeUsedAtOnceByManyEnrolsOne(t *testing.T) {
	w := start(t)
	i := w.invite(w.dat("north"), "volunteer")
	var enrolled atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		key := freshKey(t)
		all.Go(func() {
			if w.post("/v1/enrol", "", frame{"code": i.Code, "key": key, "name": "x"}).status == 201 {
				enrolled.Add(1)
			}
		})
	}
	all.Wait()
	if n := enrolled.Load(); n != 1 {
		t.Errorf("%d devices were enrolled", n)
	}
}

func TestAUsedAnExpiredAndAnUnknownCodeReadTheSame(t *testing.T) {
	var ahead atomic.Int64
	w := start(t, func(c *server.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	d := w.dat("north")
	used, old := w.invite(d, "volunteer"), w.invite(d, "volunteer")
	w.post("/v1/enrol", "", frame{"code": used.Code, "key": freshKey(t), "name": "x"}).want(201, nil)
	ahead.Store(int64(identity.InvitationLife + time.Minute))
	var bodies []string
	for _, code := range []string{used.Code, old.Code, "K7QF-3MXP-2DRA", "nonsense", ""} {
		a := w.post("/v1/enrol", "", frame{"code": code, "key": freshKey(t), "name": "x"})
		a.refused(403, "invitation_invalid")
		bodies = append(bodies, string(a.body))
	}
	for _, b := range bodies {
		if b != bodies[0] {
			t.Errorf("one reads %s, another %s", bodies[0], b)
		}
	}
}

func TestAKeyThatIsNoneLeavesTheCodeGood(t *testing.T) {
	w := start(t)
	i := w.invite(w.dat("north"), "volunteer")
	for _, key := range []any{
		nil, "key", frame{"kty": "RSA", "n": "AQAB", "e": "AQAB"},
		frame{"kty": "EC", "crv": "P-256", "x": strings.Repeat("A", 43), "y": strings.Repeat("A", 43)},
	} {
		w.post("/v1/enrol", "", frame{"code": i.Code, "key": key, "name": "x"}).refused(400, "key_invalid")
	}
	w.post("/v1/enrol", "", frame{"code": i.Code, "key": freshKey(t), "name": "x"}).want(201, nil)
}

func TestGuessingCodesIsSlowedAndAGoodCodeIsNoGuess(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	for range 40 { // a training room behind one address
		w.post("/v1/enrol", "", frame{"code": w.invite(d, "volunteer").Code, "key": freshKey(t), "name": "x"}).want(201, nil)
	}
	key := freshKey(t)
	for n := range 100 {
		a := w.post("/v1/enrol", "", frame{"code": "K7QF-3MXP-2DRA", "key": key, "name": "x"})
		if a.status == 429 {
			if a.header.Get("Retry-After") == "" || n < 10 {
				t.Errorf("after %d guesses, Retry-After %q", n, a.header.Get("Retry-After"))
			}
			a.refused(429, "too_many_tries")
			return
		}
	}
	t.Error("a hundred guesses slow nobody")
}

// A crowd behind one address, a training room or a proxy, is no guesser.
func TestManyGoodCodesAndAssertionsAtOnceAreNoGuesses(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	const crowd = 120
	codes := make([]string, crowd)
	for i := range codes {
		codes[i] = w.invite(d, "volunteer").Code
	}
	var turnedAway atomic.Int32
	var all sync.WaitGroup
	for _, code := range codes {
		key := freshKey(t)
		all.Go(func() {
			if w.post("/v1/enrol", "", frame{"code": code, "key": key, "name": "x"}).status != 201 {
				turnedAway.Add(1)
			}
		})
	}
	all.Wait()
	if n := turnedAway.Load(); n > 0 {
		t.Errorf("%d of %d good codes were turned away", n, crowd)
	}
	p := w.enrol(d, "volunteer")
	for range 300 {
		a := p.assertion()
		all.Go(func() {
			if w.post("/v1/token", "", frame{"assertion": a}).status != 200 {
				turnedAway.Add(1)
			}
		})
	}
	all.Wait()
	if n := turnedAway.Load(); n > 0 {
		t.Errorf("%d good assertions were turned away", n)
	}
}

func TestAKnownKeyComesBackWithItsNumbersAndOnlyToItsOwnMember(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	p := w.enrol(d, "coordinator")
	l, _ := p.connect(pushing)
	p.service(l, "A")
	device := p.device
	again, err := w.server.Identity().Invite(t.Context(), d.Num, identity.Caller{}, identity.Invite{Member: p.member})
	if err != nil {
		t.Fatal(err)
	}
	p.enrolWith(again.Code)
	if p.device != device {
		t.Errorf("%s became %s", device, p.device)
	}
	if _, welcome := p.connect(pushing); welcome.num("acked") != 1 {
		t.Errorf("acked is %d", welcome.num("acked"))
	}
	key, _ := jwk(t, &p.private.PublicKey)
	other := w.invite(d, "volunteer")
	w.post("/v1/enrol", "", frame{"code": other.Code, "key": key, "name": "x"}).refused(409, "key_taken")
	w.post("/v1/enrol", "", frame{"code": other.Code, "key": freshKey(t), "name": "x"}).want(201, nil) // still good
}

func TestAnInvitedMemberIsActiveOnceEnrolled(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	p := w.enrol(d, "volunteer")
	m, err := w.server.Store().Member(t.Context(), d.Num, p.member)
	if err != nil || m.Status != "active" {
		t.Errorf("the member is %q (%v)", m.Status, err)
	}
}

func TestACodeOfAnOlderRoleIsGoodNoMore(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	admin, p := w.enrol(d, "admin"), w.enrol(d, "volunteer")
	kept, err := w.server.Identity().Invite(t.Context(), d.Num, identity.Caller{}, identity.Invite{Member: p.member})
	if err != nil {
		t.Fatal(err)
	}
	l, _ := admin.connect()
	held, _ := l.catchUp()
	l.applied(admin.op("member", p.member, held["member/"+p.member].num("v"), frame{"set": frame{"role": "coordinator"}}))
	w.post("/v1/enrol", "", frame{"code": kept.Code, "key": freshKey(t), "name": "x"}).refused(403, "invitation_invalid")
}

func TestAnAssertionIsGoodOnceAndInTime(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	a := p.assertion()
	w.post("/v1/token", "", frame{"assertion": a}).want(200, nil)
	w.post("/v1/token", "", frame{"assertion": a}).refused(401, "assertion_replayed")
	off := w.post("/v1/token", "", frame{"assertion": p.assertion(func(c jwt.MapClaims) {
		c["iat"], c["exp"] = time.Now().Add(-time.Hour).Unix(), time.Now().Add(-56*time.Minute).Unix()
	})}).refused(401, "clock_skew")
	now, err := time.Parse(time.RFC3339Nano, off["now"].(string))
	if err != nil || time.Since(now).Abs() > 5*time.Second {
		t.Errorf("now is %v (%v)", off["now"], err)
	}
	w.post("/v1/token", "", frame{"assertion": p.assertion(func(c jwt.MapClaims) { c["aud"] = "elsewhere" })}).refused(401, "assertion_invalid")
	w.post("/v1/token", "", frame{"assertion": p.assertion(func(c jwt.MapClaims) { c["iss"], c["sub"] = "nobody", "nobody" })}).refused(401, "unknown_device")
	w.post("/v1/token", "", frame{"assertion": "x"}).refused(401, "assertion_invalid")
	w.post("/v1/token", "", frame{}).refused(401, "assertion_invalid")
}

func TestOneUseOfAnAssertionWinsAmongMany(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "volunteer")
	a := p.assertion()
	var good atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if w.post("/v1/token", "", frame{"assertion": a}).status == 200 {
				good.Add(1)
			}
		})
	}
	all.Wait()
	if n := good.Load(); n != 1 {
		t.Errorf("it was good %d times", n)
	}
}

func TestATokenEndsAfterFifteenMinutesOpenConnectionOrNot(t *testing.T) {
	var ahead atomic.Int64
	w := start(t, func(c *server.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	p := w.enrol(w.dat("north"), "coordinator")
	ahead.Store(int64(identity.TokenLife - 5*time.Second)) // long enough to connect on a slow machine
	l, _ := p.connect()
	l.catchUp()
	w.get("/v1/devices", p.access).want(200, nil)
	l.closes(4401)
	w.get("/v1/devices", p.access).refused(401, "token_invalid")
}

func TestAnAssertionIsNoAccessToken(t *testing.T) {
	w := start(t)
	p := w.enrol(w.dat("north"), "coordinator")
	w.get("/v1/devices", p.assertion()).refused(401, "token_invalid")
	l := w.dial()
	l.send(p.hello(func(h frame) { h["access"] = p.assertion() }))
	l.closes(4401)
	w.post("/v1/token", "", frame{"assertion": p.access}).refused(401, "assertion_invalid")
}

func TestTheOfficeInvitesAndSeesDevicesOverHTTP(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	desk := w.enrol(d, "coordinator")
	var made identity.Invitation
	w.post("/v1/invitations", desk.access, frame{"name": "Sam", "role": "volunteer", "days": 0}).refused(422, "days_invalid")
	w.post("/v1/invitations", desk.access, frame{"name": "Sam", "role": "volunteer", "service": []string{newID()}}).refused(422, "service_unknown")
	w.post("/v1/invitations", desk.access, frame{"name": "Sam", "role": "volunteer", "days": 30}).want(201, &made)
	if ends, err := time.Parse(time.RFC3339, made.Expires); err != nil || time.Until(ends) < 29*24*time.Hour {
		t.Errorf("a code for 30 days ends at %s", made.Expires)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sam := &phone{w: w, dat: d, private: private}
	sam.enrolWith(made.Code)
	if sam.member != made.Member {
		t.Errorf("invited %s, enrolled %s", made.Member, sam.member)
	}
	var list struct{ Invitations []frame }
	w.get("/v1/invitations", desk.access).want(200, &list)
	if len(list.Invitations) != 2 || list.Invitations[0].text("member") != sam.member || list.Invitations[0].text("used") == "" {
		t.Errorf("invitations: %v", list.Invitations)
	}
	sam.connect(func(h frame) {
		h["holds"] = frame{"ops": 3, "oldest": "2026-01-05T10:00:00Z", "persisted": false, "trouble": "a text with words"}
	})
	w.listed(desk, sam, "after its hello", func(device frame) bool {
		holds, _ := device["holds"].(map[string]any)
		return device.text("name") == "phone" && device.text("last_seen") != "" && holds["ops"] == 3.0 && !strings.Contains(texts(holds["trouble"]), "words")
	})
}
