package storetest

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever people do, in whatever order the server hears of it, through commits
// that fail, machines that stop and answers that are lost: each op is where it
// should be, once; each replica is what the rules give from the records; and the
// store agrees with itself.
func testHistories(t *testing.T, open Open) {
	defer fewer(t, 5)()
	base := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		s := begin(t, rt, open, base)
		defer s.end()
		for range rapid.IntRange(10, 80).Draw(rt, "steps") {
			s.step()
		}
		s.settle()
		s.everythingIsWhereItShouldBe()
		s.nothingStandsThatMustNot()
	})
}

// fewer takes a part of the checks that were asked for: a history through a store
// costs many times one through pure functions. What it gives takes them all again.
func fewer(t *testing.T, part int) (again func()) {
	checks := flag.Lookup("rapid.checks")
	asked := checks.Value.String()
	n, err := strconv.Atoi(asked)
	if err != nil {
		t.Fatal(err)
	}
	set := func(v string) {
		if err := checks.Value.Set(v); err != nil {
			t.Fatal(err)
		}
	}
	set(strconv.Itoa(max(1, n/part)))
	return func() { set(asked) }
}

// drawn lets a world fail the example that it is in.
type drawn struct {
	testing.TB
	rt *rapid.T
}

func (d drawn) Fatalf(format string, args ...any) { d.rt.Fatalf(format, args...) }
func (d drawn) Fatal(args ...any)                 { d.rt.Fatal(args...) }
func (d drawn) Errorf(format string, args ...any) { d.rt.Errorf(format, args...) }
func (d drawn) Error(args ...any)                 { d.rt.Error(args...) }
func (d drawn) Failed() bool                      { return d.rt.Failed() }
func (d drawn) FailNow()                          { d.rt.FailNow() }
func (d drawn) Cleanup(func())                    {} // the story ends itself

// followed fails the example where the store refuses itself what follows from a change.
type followed struct {
	slog.Handler
	rt *rapid.T
}

func (f followed) Enabled(context.Context, slog.Level) bool { return true }

func (f followed) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "what follows") {
		text := r.Message
		r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
		f.rt.Errorf("%s", text)
	}
	return nil
}

// A story is one generated history.
type story struct {
	*World
	rt     *rapid.T
	faults failing
	actors []*actor
	base   string // where its directories are
	dirs   []string
	// ids that ops may name, by collection, made or not; "coming" are services.
	ids     map[string][]string
	coming  []string
	handled map[string]bool // "device/n" of quarantined ops that a coordinator has dealt with
	revoked *actor
}

// An actor is a member with one device and what it holds.
type actor struct {
	*Phone
	holds *Replica
	about []string // "c/r" of each op
}

func begin(t *testing.T, rt *rapid.T, open Open, base string) *story {
	s := &story{rt: rt, base: base, ids: map[string][]string{}, handled: map[string]bool{}}
	o := s.faults.options()
	o.Log = slog.New(followed{slog.DiscardHandler, rt})
	s.World = newWorld(drawn{t, rt}, open, o, s.newDir())
	for _, as := range []string{"volunteer", "volunteer2", "coordinator", "coordinator2", "lead", "manager"} {
		s.actors = append(s.actors, &actor{Phone: s.Phone(as), holds: s.Replica(as)})
	}
	for range 2 {
		s.coming = append(s.coming, s.NewID())
	}
	s.start()
	return s
}

// start gives everybody some records to meet on.
func (s *story) start() {
	phone, desk := s.actors[0], s.actors[2]
	raise := func(a *actor, collection string, op m) string {
		id := s.NewID()
		op["c"], op["r"] = collection, id
		a.Op(op)
		a.about = append(a.about, collection+"/"+id)
		a.Push()
		s.ids[collection] = append(s.ids[collection], id)
		return id
	}
	for range 2 {
		raise(phone, "view", m{"set": m{"service": s.Services[0], "method": "conv", "words": "Never any 1 ml.", "share": "words"}})
		matter := raise(desk, "matter", m{"set": m{"title": "Raised", "level": "service"}, "add": m{"services": []string{s.Services[0]}}})
		raise(desk, "ask", m{"set": m{"matter": matter, "service": s.Services[0], "question": "Why?"}})
		raise(desk, "answer", m{"set": m{"matter": matter, "said": "a", "did": "b"}})
	}
	for _, a := range s.actors {
		s.read(a, true)
	}
}

func (s *story) newDir() string {
	dir, err := os.MkdirTemp(s.base, "history")
	if err != nil {
		s.rt.Fatal(err)
	}
	s.dirs = append(s.dirs, dir)
	return dir
}

func (s *story) end() {
	s.Close()
	for _, dir := range s.dirs {
		os.RemoveAll(dir)
	}
}

func (s *story) chance(one int, of string) bool { return rapid.IntRange(1, one).Draw(s.rt, of) == 1 }

func pick[T any](s *story, of string, from ...T) T { return rapid.SampledFrom(from).Draw(s.rt, of) }

// step lets one thing happen.
func (s *story) step() {
	s.Clock.Move(pick(s, "pause", 0, time.Millisecond, time.Minute, 30*time.Hour, -time.Hour))
	a := pick(s, "who", s.actors...)
	switch what := rapid.IntRange(0, 19).Draw(s.rt, "what"); {
	case what < 9:
		s.write(a)
	case what < 13:
		s.handIn(a)
	case what < 16:
		s.read(a, s.chance(3, "all of it"))
	case what == 16:
		s.look()
	case what == 17:
		s.standing()
	case what == 18:
		s.do("service", pick(s, "service", s.coming...), theVan)
	case s.chance(2, "crash"):
		s.crash(a)
	default:
		s.Restart()
	}
}
