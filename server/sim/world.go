package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/labstack/echo/v4"

	"earshot/server/identity"
	"earshot/server/live"
	"earshot/server/problem"
	"earshot/server/programme"
	"earshot/server/routine"
	"earshot/server/store"
	"earshot/server/store/storetest/faultyfs"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// A world is one DAT, its server and everybody's devices.
type world struct {
	dice *rand.Rand
	now  time.Time
	dir  string

	store     *store.Store
	authority *identity.Authority
	handler   http.Handler
	routine   *routine.Routine

	dat      store.DAT
	services []string
	phones   []*phone
	events   chan event
	late     []delivery // what the network has kept for later
	backups  []saved
	// dealt are ops that a coordinator has mended or discarded, by what they said and by
	// "device/n".
	dealt map[string]bool
	// erased are words that have to be gone, by the record that they stood in.
	erased map[string]string
	did    Counts
	marks  int
	trace  func(format string, args ...any)
}

// Counts are what happened in a run.
type Counts struct {
	Days, Devices, Saved, Turns, Grouped, Lost, Cut, Twice, Late, Crashes, Torn, Restarts, DeviceCrashes, Backups, Restores, Revoked, Moved, Mended int
}

// start makes a server with a DAT, its members, and a device for each.
func start(t *testing.T, seed uint64, trace func(string, ...any)) (*world, error) {
	if err := faultyfs.Register(); err != nil {
		return nil, err
	}
	cryptotest.SetGlobalRandom(t, seed)
	dir, err := os.MkdirTemp(scratch(), "earshot-sim")
	if err != nil {
		return nil, err
	}
	w := &world{
		trace: trace, dice: rand.New(rand.NewPCG(seed, 0x5eed)), dir: dir,
		now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), events: make(chan event), dealt: map[string]bool{}, erased: map[string]string{},
	}
	faultyfs.Record(true)
	if err := w.open(); err != nil {
		return w, err
	}
	return w, w.fill()
}

// scratch is memory where the system has some as a file system: that what is synced
// lasts is played.
func scratch() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

func (w *world) end() {
	faultyfs.Heal()
	if w.store != nil {
		_ = w.store.Close()
	}
	faultyfs.Record(false)
	_ = os.RemoveAll(w.dir)
}

func (w *world) clock() time.Time { return w.now }

// chance says yes once in so many times.
func (w *world) chance(oneIn int) bool { return w.dice.IntN(oneIn) == 0 }

func pick[T any](w *world, from ...T) T { return from[w.dice.IntN(len(from))] }

// open starts the server on what lies in the directory.
func (w *world) open() error {
	keys, err := identity.OpenKeys(w.dir, random{})
	if err != nil {
		return err
	}
	opener, err := wire.NewOpener(keys.IntakeKeys())
	if err != nil {
		return err
	}
	w.store, err = store.Open(context.Background(), w.dir, store.Options{
		Now: w.clock, VFS: faultyfs.Name, Manual: true, Wait: w.stand, IndexAfter: -1, Readers: 2, SafeByBackup: true,
		ReceiptKey: keys.CodeKey("receipt"), CursorKey: keys.CodeKey("cursor"),
	})
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	w.authority = identity.New(keys, w.store, identity.Options{Now: w.clock, Random: random{}, Log: log})
	l := live.New(w.store, w.authority, live.Options{Now: w.clock, Log: log, Schema: programme.Schema(), Open: opener, Backed: true})
	w.routine = &routine.Routine{Store: w.store, Now: w.clock, Log: log}
	e := echo.New()
	e.HTTPErrorHandler = problem.Handler(log, problem.Send)
	e.POST("/v1/enrol", w.authority.PostEnrol)
	e.POST("/v1/token", w.authority.PostToken)
	e.POST("/v1/sync", l.PostSync)
	w.handler = e
	return nil
}

// call does something that waits for the store's writer.
func (w *world) call(f func() error) error { return w.together(f) }

// do lets the server change a record.
func (w *world) do(collection, id string, change map[string]any) error {
	op := map[string]any{"c": collection, "r": id, "at": w.now.Format(time.RFC3339Nano), "base": 0, "schema": 1}
	for k, v := range change {
		op[k] = v
	}
	raw, err := json.Marshal(op)
	if err != nil {
		return err
	}
	decoded, p := wire.DecodeOp(programme.Schema(), raw, 1)
	if p != nil {
		return fmt.Errorf("%s: %w", collection, p)
	}
	return w.call(func() error {
		results, err := w.store.Do(context.Background(), w.dat.Num, "", []*record.Op{decoded})
		if err == nil && results[0].Problem != nil {
			err = results[0].Problem
		}
		return err
	})
}

// newID gives a UUIDv7 of the world's clock.
func (w *world) newID() string {
	ms := uint64(w.now.UnixMilli())
	a, b := w.dice.Uint64(), w.dice.Uint64()
	return fmt.Sprintf("%08x-%04x-7%03x-%04x-%012x", ms>>16, ms&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

type m = map[string]any

// roles of the members, each with a device; the second coordinator has two.
var roles = []string{"volunteer", "volunteer", "outreach", "coordinator", "coordinator", "coordinator+", "manager", "lead", "admin"}

// fill makes the DAT, its services, members and their devices.
func (w *world) fill() (err error) {
	if err = w.call(func() error {
		w.dat, err = w.store.CreateDAT(context.Background(), "Anytown", "anytown")
		return err
	}); err != nil {
		return err
	}
	for _, name := range []string{"The Exchange", "The Clinic"} {
		id := w.newID()
		if err := w.do("service", id, m{"set": m{"name": name, "kind": "needle_exchange", "sector": "voluntary"}}); err != nil {
			return err
		}
		w.services = append(w.services, id)
	}
	var member string
	for i, role := range roles {
		if role == "coordinator+" {
			role = "coordinator"
		} else {
			member = w.newID()
			op := m{"set": m{"name": fmt.Sprintf("Member %d", i), "role": role, "status": "active"}}
			if role == "manager" {
				op["add"] = m{"services": w.services[:1]}
			}
			if err := w.do("member", member, op); err != nil {
				return err
			}
		}
		p := &phone{w: w, num: i, member: member, role: role, said: map[int64]*saying{}}
		if err := p.begin(); err != nil {
			return err
		}
		w.phones = append(w.phones, p)
	}
	w.did.Devices = len(w.phones)
	return nil
}

// powerCut stops the machine where it stands, and starts it again.
func (w *world) powerCut() error {
	_ = w.store.Close() // nothing of it reaches the disk
	faultyfs.Heal()
	w.did.Crashes++
	w.did.Torn += faultyfs.Cut(w.dice.Uint64())
	if err := os.Remove(filepath.Join(w.dir, store.File+"-shm")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return w.open()
}

func (w *world) restart() error {
	w.did.Restarts++
	if err := w.store.Close(); err != nil {
		return err
	}
	return w.open()
}
