package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"earshot/server"
	"earshot/server/mail/mailtest"
	"earshot/server/programme"
	"earshot/sync/record"
)

// An inbox is a DAT whose server sends mail, its coordinator, and a service's manager
// whose address the coordinator has set.
type inbox struct {
	*world
	post    *mailtest.Server
	ahead   atomic.Int64 // how far the server's clock is ahead
	desk    *phone
	line    *line
	service string
	manager string
}

const theirs = "morgan@riverside.example.org"

func anInbox(t *testing.T) *inbox {
	t.Helper()
	i := &inbox{}
	i.world, i.post = mailing(t, func(c *server.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(i.ahead.Load())) }
	})
	d := i.dat("north")
	i.desk = i.enrol(d, "coordinator")
	i.line, _ = i.desk.connect(pushing)
	i.service = i.desk.service(i.line, "Riverside")
	i.manager = i.addressed("manager", theirs, i.service)
	return i
}

// addressed makes a member without a device, with an address.
func (i *inbox) addressed(role, email string, services ...string) string {
	i.t.Helper()
	made := i.invite(i.desk.dat, role, services...)
	i.line.applied(i.desk.op("member", made.Member, 0, frame{"set": frame{"email": email}}))
	return made.Member
}

func (i *inbox) ask(email string) answer {
	i.t.Helper()
	return i.world.post("/v1/signin", "", frame{"email": email})
}

// leaves has a member leave, by the server.
func (i *inbox) leaves(member string) {
	i.t.Helper()
	c := programme.Members
	results, err := i.server.Store().Do(i.t.Context(), i.desk.dat.Num, "", []*record.Op{{
		Collection: c, ID: member, Schema: programme.Version,
		Changes: []record.Change{{Field: c.Field("status"), Verb: record.SetTo, Value: record.Text("left")}},
	}})
	if err != nil || results[0].Problem != nil {
		i.t.Fatal(results, err)
	}
}

func drawn(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// late makes an assertion of a clock that is ahead.
func late(by time.Duration) func(jwt.MapClaims) {
	return func(c jwt.MapClaims) {
		c["iat"], c["exp"] = time.Now().Add(by).Unix(), time.Now().Add(by+4*time.Minute).Unix()
	}
}

var linked = regexp.MustCompile(`(?m)^(http://\S+)/in#([0-9A-Z-]+)\r?$`)

// code gives the code of the link in a mail.
func (i *inbox) code(m mailtest.Mail) string {
	i.t.Helper()
	found := linked.FindStringSubmatch(m.Body)
	if found == nil || found[1] != i.url {
		i.t.Fatalf("no link in\n%s", m.Raw)
	}
	return found[2]
}

// enters comes in with a code, at a computer that keeps nothing.
func (i *inbox) enters(code string) (*phone, frame) {
	i.t.Helper()
	p := &phone{w: i.world, dat: i.desk.dat, private: drawn(i.t)}
	key, _ := jwk(i.t, &p.private.PublicKey)
	var got frame
	i.world.post("/v1/enrol", "", frame{"code": code, "key": key, "name": "shared"}).want(201, &got)
	p.device, p.member, p.epoch = got.text("device"), got.text("member"), got.text("epoch")
	p.access = p.token()
	return p, got
}

func TestAManagerComesInByALinkInTheMailAndTheDeviceEndsByItself(t *testing.T) {
	i := anInbox(t)
	i.ask(" Morgan@Riverside.example.org").want(202, nil)
	m := comes(t, i.post)
	if m.To != theirs {
		t.Errorf("it went to %s", m.To)
	}
	for _, word := range []string{"drug", "riverside\n", "needle", "service", "partnership", "north"} {
		if strings.Contains(strings.ToLower(m.Header.Get("Subject")+m.Body), word) {
			t.Errorf("%q is in\n%s", word, m.Raw)
		}
	}
	code := i.code(m)
	p, enrolled := i.enters(code)
	if p.member != i.manager || enrolled.text("role") != "manager" {
		t.Errorf("it let in %v", enrolled)
	}
	ends, err := time.Parse(time.RFC3339Nano, enrolled.text("expires"))
	if err != nil || time.Until(ends) > 12*time.Hour || time.Until(ends) < 11*time.Hour {
		t.Errorf("it ends at %v", enrolled["expires"])
	}
	i.world.post("/v1/enrol", "", frame{"code": code, "key": freshKey(t), "name": "x"}).refused(403, "invitation_invalid")
	l, _ := p.connect()
	if held, _ := l.catchUp(); held["service/"+i.service] == nil {
		t.Error("their service does not come")
	}
	// The desk sees it among the devices, and no link among the invitations.
	if !strings.Contains(string(i.get("/v1/devices", i.desk.access).body), p.device) {
		t.Error("the device is not listed")
	}
	var list struct{ Invitations []frame }
	i.get("/v1/invitations", i.desk.access).want(200, &list)
	if len(list.Invitations) != 2 {
		t.Errorf("invitations: %v", list.Invitations)
	}

	// A token is good for no longer than the device.
	i.ahead.Store(int64(12*time.Hour - 5*time.Minute))
	var token struct {
		ExpiresIn int `json:"expires_in"`
	}
	i.world.post("/v1/token", "", frame{"assertion": p.assertion(late(12*time.Hour - 5*time.Minute))}).want(200, &token)
	if token.ExpiresIn > 300 || token.ExpiresIn < 200 {
		t.Errorf("a token is good for %d s", token.ExpiresIn)
	}
	i.ahead.Store(int64(12 * time.Hour))
	var again struct{ Access string }
	i.world.post("/v1/token", "", frame{"assertion": p.assertion(late(12 * time.Hour))}).want(200, &again)
	p.access = again.Access
	over := i.dial()
	over.send(p.hello())
	over.next("wipe")
	i.call("DELETE", "/v1/signin", p.access, nil).refused(403, "device_revoked")
	i.world.post("/v1/token", "", frame{"assertion": i.desk.assertion(late(12 * time.Hour))}).want(200, &again)
	i.desk.access = again.Access
	if strings.Contains(string(i.get("/v1/devices", i.desk.access).body), p.device) {
		t.Error("the device is listed although it has ended")
	}
	i.end()
	for _, secret := range []string{"morgan", code, code[:4], theirs} {
		if strings.Contains(strings.ToLower(i.log.String()), strings.ToLower(secret)) {
			t.Errorf("%q is in the log:\n%s", secret, i.log)
		}
	}
}

func TestADeviceThatCameByMailEndsItselfAndAnotherDoesNot(t *testing.T) {
	i := anInbox(t)
	i.ask(theirs).want(202, nil)
	p, _ := i.enters(i.code(comes(t, i.post)))
	l, _ := p.connect()
	i.call("DELETE", "/v1/signin", p.access, nil).want(200, nil)
	l.next("wipe")
	i.call("DELETE", "/v1/signin", i.desk.access, nil).refused(409, "not_short")
	i.call("DELETE", "/v1/signin", "", nil).refused(401, "token_invalid")
}

func TestNobodyLearnsWhichAddressesAreKnown(t *testing.T) {
	i := anInbox(t)
	i.addressed("volunteer", "vee@example.org")
	i.line.applied(i.desk.op("member", i.desk.member, 0, frame{"set": frame{"email": "desk@example.org"}}))
	gone := i.addressed("manager", "left@example.org")
	i.leaves(gone)
	first := i.ask("nobody@example.org")
	for _, email := range []string{"vee@example.org", "desk@example.org", "left@example.org", "", "no address", "%", theirs} {
		a := i.ask(email)
		first.header.Del("Date")
		a.header.Del("Date")
		if a.status != 202 || string(a.body) != string(first.body) || len(a.header) != len(first.header) {
			t.Errorf("%q: %d %s", email, a.status, a.body)
		}
	}
	// They were looked at in order, so that what comes first is all that comes.
	if m := comes(t, i.post); m.To != theirs {
		t.Errorf("a link went to %s", m.To)
	}
	i.world.post("/v1/signin", "", []int{1}).refused(400, "malformed")
}

func TestAnInboxIsNotFilledAndAskingIsSlowed(t *testing.T) {
	i := anInbox(t)
	i.addressed("lead", "lee@example.org")
	for range 5 {
		i.ask(theirs).want(202, nil)
	}
	i.ask("lee@example.org").want(202, nil)
	var to []string
	for m := (mailtest.Mail{}); m.To != "lee@example.org"; to = append(to, m.To) {
		m = comes(t, i.post)
	}
	if len(to) != 4 {
		t.Errorf("mails went to %v", to)
	}
	for n := range 100 {
		if a := i.ask("nobody@example.org"); a.status == 429 {
			a.refused(429, "too_many_tries")
			if n < 5 || a.header.Get("Retry-After") == "" {
				t.Errorf("after %d, Retry-After %q", n, a.header.Get("Retry-After"))
			}
			return
		}
	}
	t.Error("a hundred requests slow nobody")
}

func TestWithoutMailNobodyIsPromisedALink(t *testing.T) {
	start(t).post("/v1/signin", "", frame{"email": theirs}).refused(404, "signin_off")
}
