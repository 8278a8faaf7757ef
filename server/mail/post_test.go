package mail_test

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/server/mail"
	"earshot/server/mail/mailtest"
	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
)

// An office is a DAT with its people, a mail server, and a clock that stands still
// until it is moved.
type office struct {
	t      *testing.T
	dir    string
	now    time.Time
	store  *store.Store
	dat    store.DAT
	server *mailtest.Server
	post   *mail.Post
	log    bytes.Buffer

	service, other                                 string
	desk, resting, lead, cover, manager, volunteer string
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{
		t: t, dir: t.TempDir(), now: time.Date(2026, 11, 26, 6, 0, 0, 0, time.UTC), // before the daily mail
		server: mailtest.Start(t, mailtest.STARTTLS),
	}
	o.start()
	t.Cleanup(func() { o.store.Close() })
	var err error
	if o.dat, err = o.store.CreateDAT(t.Context(), "Ourtown Drug Action Team", "ourtown"); err != nil {
		t.Fatal(err)
	}
	o.service = o.make("service", map[string]any{"name": "Quayside Needle Exchange", "kind": "needle_exchange", "sector": "nhs"})
	o.other = o.make("service", map[string]any{"name": "Elsewhere", "kind": "hostel", "sector": "nhs"})
	o.desk = o.member("desk", "coordinator", "active")
	o.resting = o.member("resting", "coordinator", "resting")
	o.member("left", "coordinator", "left")
	o.lead = o.member("lead", "lead", "active")
	o.cover = o.member("cover", "lead", "resting")
	o.volunteer = o.member("volunteer", "volunteer", "active")
	o.manager = o.member("manager", "manager", "active", o.service)
	o.member("stranger", "manager", "active", o.other)
	return o
}

// start opens the store and the post, as a server that comes up.
func (o *office) start() {
	o.t.Helper()
	if o.store != nil {
		if err := o.store.Close(); err != nil {
			o.t.Fatal(err)
		}
	}
	now := func() time.Time { return o.now }
	var err error
	if o.store, err = store.Open(o.t.Context(), o.dir, store.Options{Now: now}); err != nil {
		o.t.Fatal(err)
	}
	out, err := mail.NewSMTP(settings(o.server), now)
	if err != nil {
		o.t.Fatal(err)
	}
	origin, _ := url.Parse("https://earshot.example.org")
	o.post = &mail.Post{
		Store: o.store, Send: out.Send, Origin: origin, Hour: 8, Now: now, After: time.After, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
	}
}

func (o *office) make(collection string, set map[string]any, services ...string) string {
	o.t.Helper()
	id, err := programme.NewID(o.now, rand.Reader)
	if err != nil {
		o.t.Fatal(err)
	}
	problem, err := o.store.Create(o.t.Context(), o.dat.Num, "", store.Creation{
		Collection: collection, ID: id, Set: set, Add: map[string][]string{"services": services},
	})
	if err != nil || problem != nil {
		o.t.Fatal(collection, problem, err)
	}
	return id
}

func (o *office) member(name, role, status string, services ...string) string {
	o.t.Helper()
	return o.make("member", map[string]any{"name": name, "role": role, "status": status, "email": name + "@example.org"}, services...)
}

func (o *office) set(collection, id, field string, v record.Value) {
	o.t.Helper()
	c := programme.Schema().Collection(collection)
	results, err := o.store.Do(o.t.Context(), o.dat.Num, "", []*record.Op{{
		Collection: c, ID: id, Schema: programme.Version,
		Changes: []record.Change{{Field: c.Field(field), Verb: record.SetTo, Value: v}},
	}})
	if err != nil || results[0].Problem != nil {
		o.t.Fatal(field, results, err)
	}
}

func (o *office) matter(handling string) string {
	o.t.Helper()
	return o.make("matter", map[string]any{"title": "Citric runs out", "level": "service", "handling": handling, "owner": o.desk})
}

func (o *office) ask(handling string) string {
	o.t.Helper()
	return o.make("ask", map[string]any{"matter": o.matter(handling), "service": o.service, "question": "Why does the citric run out?"})
}

func (o *office) escalation() string {
	o.t.Helper()
	return o.make("escalation", map[string]any{"kind": "risk", "by": o.volunteer, "told": "nobody", "service": o.service})
}

// later moves the clock, lets the post do what it does, and gives who was told what.
func (o *office) later(d time.Duration) (told []string) {
	o.t.Helper()
	o.now = o.now.Add(d)
	if err := o.post.Do(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	for {
		select {
		case m := <-o.server.Mails:
			o.neutral(m)
			name, _, _ := strings.Cut(m.To, "@")
			told = append(told, name+": "+m.Header.Get("Subject"))
		default:
			slices.Sort(told)
			return told
		}
	}
}

// neutral looks for what no mail may hold.
func (o *office) neutral(m mailtest.Mail) {
	o.t.Helper()
	text := strings.ToLower(m.Raw + m.Body)
	for _, word := range []string{"drug", "needle", "quayside", "citric", "ourtown", "risk", "danger", "matter", "dat ", "service", "user"} {
		if strings.Contains(text, word) {
			o.t.Errorf("%q is in:\n%s", word, m.Raw)
		}
	}
	if !strings.Contains(m.Body, "\r\nhttps://earshot.example.org/in\r\n") || strings.Contains(m.Body, "#") {
		o.t.Errorf("no link at which one has to sign in:\n%s", m.Body)
	}
	if !m.TLS {
		o.t.Error("it came without TLS")
	}
}

func (o *office) want(told []string, want ...string) {
	o.t.Helper()
	if !slices.Equal(told, want) {
		o.t.Errorf("told %q, want %q", told, want)
	}
}

const (
	soon   = ": Please look as soon as you can"
	nobody = ": Please look: nobody has yet"
	asked  = ": You are asked something"
	daily  = ": Something waits for you"
)

func TestAnEscalationIsToldAtOnceAndGoesToTheCoverWhenNobodyTakesIt(t *testing.T) {
	o := open(t)
	o.set("dat", o.dat.ID, "cover", record.Text(o.cover))
	o.escalation()
	o.want(o.later(0), "desk"+soon)
	o.want(o.later(29 * time.Minute))
	o.start() // the wait goes on over a restart
	o.want(o.later(time.Minute), "cover"+nobody)
	o.want(o.later(time.Hour))
}

func TestAnEscalationThatSomebodyTookGoesNoFurther(t *testing.T) {
	o := open(t)
	o.set("dat", o.dat.ID, "cover", record.Text(o.cover))
	o.set("dat", o.dat.ID, "escalate_minutes", record.Int(10))
	id := o.escalation()
	o.want(o.later(9*time.Minute), "desk"+soon)
	o.set("escalation", id, "acknowledged", record.Value(`{"at":"`+record.At(o.now).String()+`","by":"`+o.desk+`"}`))
	o.want(o.later(time.Hour))
}

func TestAnAskIsToldToTheManagersOfItsServiceAlone(t *testing.T) {
	o := open(t)
	o.ask("open")
	o.ask("sensitive")
	o.want(o.later(0), "manager"+asked)
	o.want(o.later(time.Minute))
}

func TestWhatIsOldIsNoNews(t *testing.T) {
	o := open(t)
	o.ask("open")
	o.escalation()
	o.now = o.now.AddDate(0, 0, 8)
	for _, one := range o.later(0) {
		t.Errorf("%s, after eight days", one)
	}
}

func TestDeskAndLeadAreToldOnceADayThatSomethingWaits(t *testing.T) {
	o := open(t)
	o.want(o.later(3 * time.Hour)) // nothing waits
	o.now = o.now.AddDate(0, 0, 1).Add(-2 * time.Hour)
	view := o.make("view", map[string]any{"service": o.service, "by": o.volunteer, "method": "conv", "words": "The citric runs out", "share": "words"})
	o.want(o.later(0)) // at seven in the morning
	o.want(o.later(time.Hour), "desk"+daily)
	o.start()
	o.want(o.later(time.Hour))
	o.set("view", view, "review", record.Text("set_aside"))
	o.want(o.later(24 * time.Hour))
	id := o.matter("open")
	for _, step := range []string{"looking", "with_service", "with_dat"} {
		o.set("matter", id, "status", record.Text(step))
	}
	o.want(o.later(24*time.Hour), "lead"+daily)
}

func TestWhatCannotBeSentIsTriedAgainAndComesOnce(t *testing.T) {
	o := open(t)
	o.server.Busy(true)
	o.ask("open")
	o.want(o.later(0))
	o.want(o.later(30 * time.Second))
	if n := o.server.Tried(); n != 1 {
		t.Errorf("tried %d times within a minute", n)
	}
	o.start() // what waits is not lost
	o.want(o.later(time.Minute))
	o.want(o.later(time.Minute)) // the waits double
	if n := o.server.Tried(); n != 2 {
		t.Errorf("tried %d times, and not ever more rarely", n)
	}
	state, err := o.store.MailState(t.Context(), o.dat.Num)
	if err != nil || state.Stuck != 1 || state.Sent != 0 || state.Since == 0 {
		t.Errorf("it stands as %+v, %v", state, err)
	}
	o.server.Busy(false)
	o.want(o.later(5*time.Minute), "manager"+asked)
	o.start()
	o.want(o.later(time.Hour))
	if state, err = o.store.MailState(t.Context(), o.dat.Num); err != nil || state.Stuck != 0 || state.Sent == 0 {
		t.Errorf("it stands as %+v, %v", state, err)
	}
}

// A process that ends between taking a mail out and noting that it went.
func TestAMailThatAProcessEndedOverGoesWhenItsLeaseIsOver(t *testing.T) {
	o := open(t)
	o.ask("open")
	o.server.Busy(true)
	o.later(0)
	o.server.Busy(false)
	o.now = o.now.Add(time.Minute)
	taken, err := o.store.TakeMail(t.Context(), 5*time.Minute)
	if err != nil || taken.Tries != 2 {
		t.Fatalf("%+v, %v", taken, err)
	}
	o.start()
	o.want(o.later(4 * time.Minute))
	o.want(o.later(time.Minute), "manager"+asked)
}

func TestAnAddressThatNobodyKnowsIsNotTriedAgainAndTheDeskIsToldWhose(t *testing.T) {
	o := open(t)
	o.server.Refuse("desk@example.org")
	o.set("member", o.lead, "role", record.Text("coordinator"))
	o.escalation()
	o.want(o.later(0), "lead"+soon)
	o.want(o.later(time.Hour))
	if n := o.server.Tried(); n != 2 {
		t.Errorf("tried %d times", n)
	}
	state, err := o.store.MailState(t.Context(), o.dat.Num)
	if err != nil || !slices.Equal(state.Refused, []string{o.desk}) {
		t.Errorf("it stands as %+v, %v", state, err)
	}
	for _, secret := range []string{"example.org", "Quayside", "Ourtown", o.desk} {
		if strings.Contains(o.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, &o.log)
		}
	}
	if !strings.Contains(o.log.String(), "a mail was sent") {
		t.Error("the log is not the post's")
	}
}

func TestWhoseAddressIsTakenAwayOrWhoLeavesIsToldNothingMore(t *testing.T) {
	o := open(t)
	o.server.Busy(true)
	o.ask("open")
	o.escalation()
	o.later(0)
	o.server.Busy(false)
	o.set("member", o.manager, "status", record.Text("left"))
	o.set("member", o.desk, "email", record.Text("not an address"))
	o.want(o.later(time.Hour))
}
