package device

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// everyStore runs a test over each kind of store.
func everyStore(t *testing.T, f func(t *testing.T, s Store)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { f(t, NewMemory()) })
	t.Run("sqlite", func(t *testing.T) {
		s, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "device.sqlite"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		f(t, s)
	})
}

// A full store takes no records while it is full.
type full struct {
	Store
	is atomic.Bool
}

var errFull = errors.New("database or disk is full")

func (s *full) Update(f func(Tx) error) error {
	return s.Store.Update(func(tx Tx) error {
		with := &fullTx{Tx: tx, full: s.is.Load()}
		if err := f(with); err != nil {
			return err
		}
		return with.failed
	})
}

type fullTx struct {
	Tx
	full   bool
	failed error
}

func (tx *fullTx) Put(shelf, key string, value []byte) {
	if tx.full && shelf == shelfRecords {
		tx.failed = errFull
		return
	}
	tx.Tx.Put(shelf, key, value)
}

// enrolled opens a device over a store and enrols it where it is new.
func (h *house) enrolled(s Store, role string, change ...func(*Options)) *Device {
	h.t.Helper()
	o := Options{URL: h.http.URL, Schema: note, Store: s, Road: SocketRoad, Dice: func() float64 { return 0 }}
	for _, f := range change {
		f(&o)
	}
	d, err := Open(o)
	if err != nil {
		h.t.Fatal(err)
	}
	if d.Me().Device == "" {
		if _, err := d.Enrol(h.t.Context(), role, "a phone"); err != nil {
			h.t.Fatal(err)
		}
	}
	return d
}

// runs keeps a device in touch until the test or the given function ends it.
func runs(t *testing.T, d *Device) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// ends waits for Run to end by itself.
func ends(t *testing.T, d *Device) error {
	t.Helper()
	return d.Run(soon(t))
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// made is the change that makes a note.
func made(letter string) Change {
	return Change{Collection: "note", ID: noteID(letter), Set: map[string]any{"text": letter}}
}

func saves(t *testing.T, d *Device, list ...Change) int64 {
	t.Helper()
	n, err := d.Save(list...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func comes(t *testing.T, d *Device, n int64) Item {
	t.Helper()
	it, err := d.Wait(soon(t), n)
	if err != nil {
		t.Fatalf("waiting for %d: %v", n, err)
	}
	return it
}
