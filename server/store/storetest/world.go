// Package storetest is what every store has to pass: tests over the calls of
// package store, which know nothing of how it keeps things. Run them with [Run].
//
// They play whole small worlds: a DAT with services and members of every role,
// devices that number and push ops as they stand in frames, readers that keep
// replicas out of nothing but pages. What a replica should hold is worked out
// apart, from the records and the schema's rules.
package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// Store is what is tested.
type Store interface {
	Epoch() string
	Close() error
	Step() int
	Push(ctx context.Context, p store.Push) (store.Ack, error)
	Do(ctx context.Context, dat int64, actor string, ops []*record.Op) ([]wire.Result, error)
	Read(ctx context.Context, r store.Reader, after string) (store.Page, error)
	Watch(f func(store.Commit)) (stop func())
	CreateDAT(ctx context.Context, name, slug string) (store.DAT, error)
	DAT(ctx context.Context, slug string) (store.DAT, error)
	Counts(ctx context.Context, dat int64) ([]store.Count, error)
	Record(ctx context.Context, dat int64, collection, id string) (*record.Record, error)
	Each(ctx context.Context, dat int64, collection string, f func(*record.Record) error) error
	Member(ctx context.Context, dat int64, id string) (programme.Member, error)
	AddDevice(ctx context.Context, d store.Device) (store.Device, error)
	Device(ctx context.Context, id string) (store.Device, error)
	Revoke(ctx context.Context, dat int64, device, actor string) error
	EachHeld(ctx context.Context, dat int64, f func(*store.Held) error) error
	Mend(ctx context.Context, dat int64, id, mender string, raw []byte) (wire.Result, error)
	Discard(ctx context.Context, dat int64, id, actor, reason string) error
	TryAgain(ctx context.Context, open store.Opener) (int, error)
	Receipts(ctx context.Context, dat int64, code string) ([]store.Receipt, bool, error)
	WithdrawReceipt(ctx context.Context, code, from string) error
	Audit(ctx context.Context, q store.AuditQuery) ([]store.AuditRow, int64, error)
	AuditChain(ctx context.Context, dat int64) (store.Chain, error)
	Note(ctx context.Context, a store.AuditRow) error
	EachSeen(ctx context.Context, r store.Reader, collection string, f func(*record.Record) error) error
	EachChanged(ctx context.Context, dat int64, audiences []string, since int64, f func(*record.Record) error) (seq int64, err error)
	Search(ctx context.Context, r store.Reader, q store.Search) ([]store.Found, bool, error)
	Index(ctx context.Context) error
	Check(ctx context.Context) (store.Report, error)
}

// Open opens a store in a directory; more than once at a time for the same one.
type Open func(dir string, o store.Options) (Store, error)

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	for _, s := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"pushing", testPushing},
		{"times", testTimes},
		{"meeting", testMeeting},
		{"waiting", testWaiting},
		{"taking back", testTakingBack},
		{"receipts", testReceipts},
		{"reading", testReading},
		{"losing a phone", testLosingAPhone},
		{"failing commits", testFailingCommits},
		{"leaving", testLeaving},
		{"two processes", testTwoProcesses},
		{"seeing", testSeeing},
		{"searching", testSearching},
		{"indexing", testIndexing},
		{"the audit", testAudit},
		{"hostile input", testHostileInput},
		{"generated histories", testHistories},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.test(t, open)
		})
	}
}

var ctx = context.Background()

// A Clock is a clock that stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock gives a clock at a fixed moment, a Tuesday.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move moves it, also back.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A World is a store with one DAT in it, its services and members.
type World struct {
	testing.TB
	Store
	Clock    *Clock
	DAT      store.DAT
	Dir      string
	Services []string
	Members  map[string]string // id by role; "volunteer2" is a second one
	rnd      *rand.Rand
	devices  int
	open     Open
	options  store.Options
}

// Key is the receipt key of every world.
var Key = bytes.Repeat([]byte{7}, 32)

// NewWorld opens a store in a new directory and fills it.
func NewWorld(t testing.TB, open Open, o store.Options) *World {
	return newWorld(t, open, o, t.TempDir())
}

// inWorld runs a case in a new world, with the store as it comes.
func inWorld(t *testing.T, open Open, name string, test func(*testing.T, *World)) {
	t.Run(name, func(t *testing.T) { test(t, NewWorld(t, open, store.Options{})) })
}

func newWorld(t testing.TB, open Open, o store.Options, dir string) *World {
	w := &World{
		TB: t, Clock: NewClock(), Dir: dir, Members: map[string]string{},
		rnd: rand.New(rand.NewPCG(1, 2)), open: open, options: o,
	}
	w.Open()
	t.Cleanup(func() { w.Store.Close() })
	w.fill("Anytown", "anytown")
	return w
}

// Elsewhere is another DAT in the same store.
func (w *World) Elsewhere() *World {
	w.Helper()
	there := *w
	there.Members, there.Services = map[string]string{}, nil
	there.fill("Elsewhere", "elsewhere")
	there.devices = 1000
	return &there
}

// fill makes a DAT with two services and members of every role.
func (w *World) fill(name, slug string) {
	w.Helper()
	var err error
	w.DAT, err = w.CreateDAT(ctx, name, slug)
	w.must(err)
	for _, name := range []string{"The Exchange", "The Clinic"} {
		id := w.NewID()
		w.do("service", id, m{"name": name, "kind": "needle_exchange", "sector": "voluntary"})
		w.Services = append(w.Services, id)
	}
	for _, one := range []struct{ as, role string }{
		{"volunteer", "volunteer"}, {"volunteer2", "volunteer"}, {"outreach", "outreach"}, {"coordinator", "coordinator"},
		{"coordinator2", "coordinator"}, {"manager", "manager"}, {"lead", "lead"}, {"admin", "admin"},
	} {
		id := w.NewID()
		set := m{"name": "Member " + one.as, "role": one.role, "status": "active"}
		add := m{}
		if one.role == "manager" {
			add["services"] = []string{w.Services[0]}
		}
		w.doOp("member", id, m{"set": set, "add": add})
		w.Members[one.as] = id
	}
}

// theVan is a service that comes when it is waited for.
var theVan = m{"name": "The Van", "kind": "outreach", "sector": "council"}

// Open opens the world's directory, with the world's clock.
func (w *World) Open() {
	w.Helper()
	o := w.options
	if o.Now == nil {
		o.Now = w.Clock.Now
	}
	if o.ReceiptKey == nil {
		o.ReceiptKey = Key
	}
	s, err := w.open(w.Dir, o)
	w.must(err)
	w.Store = s
}

// Restart closes the store and opens it again.
func (w *World) Restart() {
	w.Helper()
	w.must(w.Close())
	w.Open()
}

func (w *World) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// NewID gives a UUIDv7 of the world's clock.
func (w *World) NewID() string {
	ms := uint64(w.Clock.Now().UnixMilli())
	a, b := w.rnd.Uint64(), w.rnd.Uint64()
	return fmt.Sprintf("%08x-%04x-7%03x-%04x-%012x", ms>>16, ms&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

// do lets the server make or change a record.
func (w *World) do(collection, id string, set m) wire.Result {
	w.Helper()
	return w.doOp(collection, id, m{"set": set})
}

func (w *World) doOp(collection, id string, op m) wire.Result {
	w.Helper()
	op["c"], op["r"], op["at"], op["base"], op["schema"] = collection, id, w.Clock.Now().Format(time.RFC3339Nano), 0, 1
	decoded, p := wire.DecodeOp(programme.Schema(), w.json(op), 1)
	if p != nil {
		w.Fatalf("%s: %v %s", collection, p, p.Field)
	}
	res, err := w.Do(ctx, w.DAT.Num, "", []*record.Op{decoded})
	w.must(err)
	if res[0].Status == record.Refused {
		w.Fatalf("%s: %v %s", collection, res[0].Problem, res[0].Problem.Field)
	}
	return res[0]
}

// m is an op, or the changes of one verb, as JSON has it.
type m = map[string]any

// Mended puts an op in the place of a quarantined one, as a coordinator does.
func (w *World) Mended(h store.Held, op m) wire.Result {
	w.Helper()
	full := m{"n": h.N, "base": 0, "schema": 1, "at": w.Clock.Now().Format(time.RFC3339Nano)}
	maps.Copy(full, op)
	res, err := w.Mend(ctx, w.DAT.Num, h.ID, w.Members["coordinator"], w.json(full))
	w.must(err)
	return res
}

// Matter lets the server raise a matter of the first service.
func (w *World) Matter() string {
	w.Helper()
	id := w.NewID()
	w.doOp("matter", id, m{"set": m{"title": "Opening times", "level": "service"}, "add": m{"services": []string{w.Services[0]}}})
	return id
}

func (w *World) json(v any) []byte {
	w.Helper()
	b, err := json.Marshal(v)
	w.must(err)
	return b
}

// Check fails the test where the store disagrees with itself.
func (w *World) Check() {
	w.Helper()
	r, err := w.Store.Check(ctx)
	w.must(err)
	for _, p := range r.Problems {
		w.Errorf("check: %s", p)
	}
	if w.Failed() {
		w.FailNow()
	}
}

// Reader gives how a member reads, as they are now.
func (w *World) Reader(as string) store.Reader {
	w.Helper()
	now, err := w.Member(ctx, w.DAT.Num, w.Members[as])
	w.must(err)
	return store.Reader{
		DAT: w.DAT.Num, Member: now.ID, Role: now.Role, Services: now.Services, Audiences: programme.Audiences(now), Sums: true,
	}
}
