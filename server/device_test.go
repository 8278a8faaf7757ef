package server_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/device"
)

// A badLine cuts connections after a random number of bytes, either way, so
// many times; then it holds.
type badLine struct {
	mu   sync.Mutex
	dice *rand.Rand
	cuts int
	most int // bytes until a cut
}

func (b *badLine) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cuts == 0 {
		return conn, nil
	}
	b.cuts--
	return &cutConn{Conn: conn, left: 1 + b.dice.IntN(b.most)}, nil
}

func (b *badLine) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cuts
}

// A cutConn lets so many bytes pass, and closes in the midst of what goes over it.
type cutConn struct {
	net.Conn
	mu   sync.Mutex
	left int
}

func (c *cutConn) take(n int) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n = min(n, c.left)
	c.left -= n
	return n, c.left == 0
}

func (c *cutConn) Write(p []byte) (int, error) {
	n, cut := c.take(len(p))
	n, err := c.Conn.Write(p[:n])
	if cut {
		return n, errors.Join(net.ErrClosed, err, c.Close())
	}
	return n, err
}

func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if _, cut := c.take(n); cut {
		return 0, errors.Join(net.ErrClosed, err, c.Close())
	}
	return n, err
}

// device makes a real device of a new member. It does not wait between tries.
func (w *world) device(d store.DAT, role string, change ...func(*device.Options)) *device.Device {
	w.t.Helper()
	o := device.Options{URL: w.url, Schema: programme.Schema(), Road: device.SocketRoad, Dice: func() float64 { return 0 }}
	for _, f := range change {
		f(&o)
	}
	dev, err := device.Open(o)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := dev.Enrol(w.t.Context(), w.invite(d, role).Code, "a "+role+"'s"); err != nil {
		w.t.Fatal(err)
	}
	return dev
}

// run keeps a device in touch until the test ends, or it is stopped before.
func (w *world) run(dev *device.Device) (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- dev.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			w.t.Errorf("Run ended with %v", err)
		}
	})
	w.t.Cleanup(stop)
	return stop
}

// soon gives up on a device that does not come to where it should.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestCutAHundredTimesEachViewArrivesOnce(t *testing.T) {
	for road, name := range map[device.Road]string{device.SocketRoad: "over a socket", device.HTTPRoad: "over HTTP"} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			d := w.dat("north")
			desk := w.device(d, "coordinator")
			w.run(desk)
			service := newID()
			n, err := desk.Save(device.Change{Collection: "service", ID: service, Set: map[string]any{"name": "Riverside", "kind": "group", "sector": "nhs"}})
			if err != nil {
				t.Fatal(err)
			}
			if it, err := desk.Wait(soon(t), n); err != nil || it.Problem != nil {
				t.Fatal(it, err)
			}

			line := &badLine{dice: rand.New(rand.NewPCG(1, 2)), cuts: 100, most: 6000}
			kept := device.NewMemory()
			w.device(d, "volunteer", func(o *device.Options) { o.Store = kept })
			// It was enrolled over a good line.
			phone, err := device.Open(device.Options{
				URL: w.url, Schema: programme.Schema(), Store: kept, Road: road, Batch: 7, InFlight: 3,
				Dialing: device.Dialing{Net: line.dial},
				Client:  &http.Client{Transport: &http.Transport{DialContext: line.dial, DisableKeepAlives: true}},
				Dice:    func() float64 { return 0 },
			})
			if err != nil {
				t.Fatal(err)
			}
			const views = 300
			said := map[string]bool{}
			var last int64
			for i := range views {
				id, words := newID(), fmt.Sprintf("View %d.", i)
				if last, err = phone.Save(device.Change{Collection: "view", ID: id, Set: map[string]any{
					"service": service, "method": "conv", "words": words, "share": "words", "consent": 1,
				}}); err != nil {
					t.Fatal(err)
				}
				said[id] = true
			}
			w.run(phone)
			if it, err := phone.Wait(soon(t), last); err != nil || it.Problem != nil {
				t.Fatal(it, err)
			}
			for _, it := range phone.Outbox() {
				if it.Fate != device.Acked || it.Problem != nil {
					t.Errorf("op %d is %v, %v", it.N, it.Fate, it.Problem)
				}
			}
			if line.left() > 50 {
				t.Errorf("only %d cuts were made", 100-line.left())
			}
			deskHas(t, desk, said)
			if got := w.held(d); len(got) != 0 {
				t.Errorf("in quarantine: %v", got)
			}
		})
	}
}

// deskHas waits until the desk's device holds exactly these views.
func deskHas(t *testing.T, desk *device.Device, said map[string]bool) {
	t.Helper()
	ctx := soon(t)
	for {
		changed := desk.Changed()
		views, err := desk.Records("view")
		if err != nil {
			t.Fatal(err)
		}
		if len(views) >= len(said) {
			for _, v := range views {
				if !said[v.ID] {
					t.Errorf("a view that nobody handed in: %s", v.ID)
				}
			}
			if len(views) != len(said) {
				t.Errorf("%d views of %d", len(views), len(said))
			}
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("the desk holds %d views of %d", len(views), len(said))
		}
	}
}

func TestTwoCoordinatorsOfflineLoseNeitherWord(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	one, two := w.device(d, "coordinator"), w.device(d, "coordinator")
	matter := newID()
	save := func(dev *device.Device, c device.Change) int64 {
		t.Helper()
		c.Collection, c.ID = "matter", matter
		n, err := dev.Save(c)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	// shows waits until a device holds the matter with this title and so many losers.
	shows := func(dev *device.Device, title string, losers int) *device.Record {
		t.Helper()
		for ctx := soon(t); ; {
			changed := dev.Changed()
			r, err := dev.Record("matter", matter)
			if err != nil {
				t.Fatal(err)
			}
			if r != nil && !r.Pending && (title == "" || r.Text("title") == title) && len(r.Losers["title"]) == losers {
				return r
			}
			select {
			case <-changed:
			case <-ctx.Done():
				t.Fatalf("it holds %+v", r)
			}
		}
	}
	stop := w.run(one)
	save(one, device.Change{Set: map[string]any{"title": "Opening times", "level": "service"}})
	shows(one, "Opening times", 0)
	stopTwo := w.run(two)
	shows(two, "Opening times", 0)
	stop()
	stopTwo()

	save(one, device.Change{Set: map[string]any{"title": "It shuts too early"}})
	save(two, device.Change{Set: map[string]any{"title": "Evenings"}})
	if r, err := one.Record("matter", matter); err != nil || r.Text("title") != "It shuts too early" || !r.Pending {
		t.Fatalf("offline it shows %+v, %v", r, err)
	}
	w.run(one)
	w.run(two)
	a, b := shows(one, "", 1), shows(two, "", 1)
	if a.Text("title") != b.Text("title") || string(a.Losers["title"][0].Value) != string(b.Losers["title"][0].Value) || a.Text("title") == string(a.Losers["title"][0].Value) {
		t.Errorf("one shows %v and %v, two %v and %v", a.Fields["title"], a.Losers, b.Fields["title"], b.Losers)
	}
	save(two, device.Change{Settle: map[string]any{"title": "Evenings"}})
	shows(one, "Evenings", 0)
	shows(two, "Evenings", 0)
}

func TestARevokedPhoneHandsInWhatItHeldForTheDeskToLookAt(t *testing.T) {
	w := start(t)
	d := w.dat("north")
	kept := device.NewMemory()
	phone := w.device(d, "volunteer", func(o *device.Options) { o.Store = kept })
	stop := w.run(phone)
	if err := phone.WaitRead(soon(t)); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := phone.Save(device.Change{Collection: "view", ID: newID(), Set: map[string]any{
		"service": newID(), "method": "conv", "words": "It shuts too early.", "share": "words", "consent": 1,
	}}); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Store().Revoke(t.Context(), d.Num, phone.Me().Device, "server"); err != nil {
		t.Fatal(err)
	}
	if err := phone.Run(soon(t)); !errors.Is(err, device.ErrRevoked) {
		t.Fatalf("Run ended with %v", err)
	}
	held := w.held(d)
	if len(held) != 1 {
		t.Fatalf("in quarantine: %v", held)
	}
	for _, collection := range []string{"view", "theme", "service", "member"} {
		if list, err := phone.Records(collection); err != nil || len(list) != 0 {
			t.Errorf("of %s it still holds %d, %v", collection, len(list), err)
		}
	}
	if len(phone.Outbox()) != 0 || phone.Me().Device != "" {
		t.Errorf("it still holds %v", phone.Outbox())
	}
}
