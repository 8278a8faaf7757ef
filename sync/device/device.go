package device

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// What only a person can settle. Run returns one of these, and the device keeps
// all that it holds.
var (
	// ErrNotEnrolled: Enrol comes first.
	ErrNotEnrolled = errors.New("device: not enrolled yet: enrol with an invitation's code")
	// ErrTakenOver: a newer connection of this same device is there. Only one is needed.
	ErrTakenOver = errors.New("device: a newer connection of the same device took over")
	// ErrForbidden: the server does not talk to this origin or device.
	ErrForbidden = errors.New("device: the server does not let this device in: ask whoever runs it")
	// ErrUnknown: the server has forgotten this device. Enrol it again, with a new
	// code; it keeps its key and numbers, and hands in what it holds.
	ErrUnknown = errors.New("device: the server does not know this device: enrol again with a new code")
	// ErrCopied: another device works under this one's key, or this one was set
	// back. What it held under the old key is handed in; enrol again with a new code.
	ErrCopied = errors.New("device: its store was copied or set back: enrol again with a new code")
	// ErrRevoked: the device was revoked, and holds nothing any more.
	ErrRevoked = errors.New("device: revoked: everything here is erased")
	// ErrHello: the server can't read this device's hello. A newer release is needed.
	ErrHello = errors.New("device: the server does not understand this device: bring it to the server's release")
)

// A Road is how a device reaches the server.
type Road uint8

// The roads.
const (
	// EitherRoad is a websocket, and plain HTTP where none opens.
	EitherRoad Road = iota
	SocketRoad
	HTTPRoad
)

// Options say what a device is made of.
type Options struct {
	// URL is the server's origin, such as "https://earshot.example.org".
	URL string
	// Schema is the world that ops are checked against before they are numbered.
	Schema *record.Schema
	// Store keeps the device; nil is one in memory.
	Store Store
	// App names the program and its version to the server.
	App string
	// Sealed says whether a role's ops on a collection are sealed; nil: those of
	// everybody who carries a phone to where people speak.
	Sealed func(role, collection string) bool
	// Road, Dialing and Client say how the server is reached; nil is an
	// http.Client with a time-out.
	Road    Road
	Dialing Dialing
	Client  *http.Client
	// Batch is the most ops a push holds; 0 is as many as the server takes.
	Batch int
	// InFlight is how many pushes may be on their way unacked; 0 is 1.
	InFlight int
	// Visible says whether somebody looks on: then it comes back sooner. Nil: nobody.
	Visible func() bool
	// Now is the device's clock, After its alarm and Dice its chance, in [0, 1); nil
	// for the real ones.
	Now   func() time.Time
	After func(time.Duration) <-chan time.Time
	Dice  func() float64
	// Log gets what happens, without words and names; nil: nothing.
	Log *slog.Logger
}

func (o Options) complete() Options {
	o.URL = strings.TrimRight(o.URL, "/")
	if o.Store == nil {
		o.Store = NewMemory()
	}
	o.Store = guarded{o.Store}
	if o.App == "" {
		o.App = "go"
	}
	if o.Sealed == nil {
		o.Sealed = sealedByDefault
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 60 * time.Second}
	}
	if o.Batch <= 0 {
		o.Batch = wire.MaxOps
	}
	o.InFlight = max(1, o.InFlight)
	if o.Visible == nil {
		o.Visible = func() bool { return false }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = time.After
	}
	if o.Dice == nil {
		o.Dice = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func sealedByDefault(role, collection string) bool {
	return role == "volunteer" || role == "outreach" || role == "manager" && collection == "view"
}

// Me is who a device speaks for, as enrolment told it.
type Me struct {
	Device string `json:"device"`
	Member string `json:"member"`
	Name   string `json:"name"`
	Role   string `json:"role"`
	DAT    DAT    `json:"dat"`
}

// DAT names the tenant that a device belongs to.
type DAT struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

// A Device is one enrolled program of one member. Its methods may be called
// from many goroutines; Run by one at a time.
type Device struct {
	o       Options
	server  server
	running atomic.Bool
	poked   chan struct{} // something may be there to be sent
	online  chan struct{} // the network is back

	mu     sync.Mutex
	own    own
	key    key
	sealer *wire.Sealer
	ops    []*op              // by number; those of former keys are gone
	about  map[string][]int64 // numbers of the ops about a record, by its key
	sums   map[string]uint64  // by audience, over what is replicated
	moving bool               // between two keys no number is given
	// changed is closed and replaced whenever something changed.
	changed chan struct{}

	// For the connection.
	token       *token
	offset      time.Duration // server's clock less the device's
	limits      wire.Limits
	again       []string // audiences to be read again
	singleUntil int64    // up to this number, one op a frame
	greeted     int64    // up to this number all was acked when it began
}

// own is what a device knows of itself. It is stored whole, and a change to one
// of its maps or slices is a new one.
type own struct {
	Key       []byte           `json:"key,omitempty"` // PKCS 8
	Me        Me               `json:"me"`
	Intake    wire.Intake      `json:"intake"`
	Last      int64            `json:"last"`  // the last number given
	Sent      int64            `json:"sent"`  // the last number that was ever put on the wire
	Acked     int64            `json:"acked"` // on the server's disk
	Safe      int64            `json:"safe"`
	Backed    bool             `json:"backed"` // whether Safe says more than Acked
	TipN      int64            `json:"tip_n"`  // the last acked number, and what was sent under it, for good
	Tip       string           `json:"tip"`
	Epoch     string           `json:"epoch"` // of the records and the cursor
	Cursor    string           `json:"cursor"`
	Read      bool             `json:"read"` // a first read has ended
	Audiences []string         `json:"audiences"`
	Trouble   string           `json:"trouble"`
	Again     map[string]int64 `json:"again,omitempty"` // Unix seconds of the last time by audience
	Wiped     int64            `json:"wiped,omitempty"` // Unix seconds of the revocation
	Copied    bool             `json:"copied,omitempty"`
}

// Shelves of the store.
const (
	shelfOwn     = "own"
	shelfOps     = "ops"
	shelfAside   = "aside"
	shelfAgain   = "again" // plain ops to be handed in under a new key
	shelfRecords = "records"
)

// Open opens the device that the store holds, or a new one.
func Open(o Options) (*Device, error) {
	if o.Schema == nil {
		return nil, errors.New("device: Options.Schema is missing")
	}
	d := &Device{
		o: o.complete(), poked: make(chan struct{}, 1), online: make(chan struct{}, 1), changed: make(chan struct{}),
		about: map[string][]int64{}, sums: map[string]uint64{},
		limits: wire.Limits{Ops: wire.MaxOps, Bytes: wire.MaxFrame},
	}
	d.server = server{d.o.URL, d.o.Client}
	if err := d.load(); err != nil {
		return nil, err
	}
	return d, nil
}

// load reads the store.
func (d *Device) load() error {
	var bad error
	err := d.o.Store.View(func(tx Tx) error {
		if b := tx.Get(shelfOwn, "self"); b != nil {
			if err := json.Unmarshal(b, &d.own); err != nil {
				return fmt.Errorf("device: read the store: %w", err)
			}
		}
		tx.Each(shelfOps, "", func(_ string, value []byte) bool {
			var o op
			// A row that can't be read is a number that is held no more: it is voided.
			if err := json.Unmarshal(value, &o); err != nil {
				d.o.Log.Warn("an op of the outbox can't be read")
				return true
			}
			o.read(d.o.Schema)
			d.hold(&o)
			return true
		})
		tx.Each(shelfRecords, "", func(_ string, value []byte) bool {
			r, err := wire.DecodeRecord(value)
			if err != nil {
				bad = fmt.Errorf("device: read the store: %w", err)
				return false
			}
			count(d.sums, r, 1)
			return true
		})
		return nil
	})
	if err = errors.Join(err, bad); err != nil || d.own.Key == nil {
		return err
	}
	if d.key, err = parseKey(d.own.Key); err != nil {
		return err
	}
	return d.sealTo(d.own.Intake)
}

// keep stores what the device knows of itself.
func (d *Device) keep(tx Tx, o *own) error {
	b, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("device: keep: %w", err)
	}
	tx.Put(shelfOwn, "self", b)
	return nil
}

// update changes what the device knows of itself, and whatever else f puts, in
// one transaction. Memory follows only once it is stored.
func (d *Device) update(f func(tx Tx, o *own) error) error {
	next := d.own
	if err := d.o.Store.Update(func(tx Tx) error {
		if err := f(tx, &next); err != nil {
			return err
		}
		return d.keep(tx, &next)
	}); err != nil {
		return err
	}
	d.own = next
	return nil
}

func (d *Device) sealTo(to wire.Intake) error {
	if to.Key == "" {
		return nil
	}
	s, err := wire.NewSealer(to)
	if err != nil {
		return fmt.Errorf("device: the server's sealing key: %w", err)
	}
	d.sealer = s
	return nil
}

// Me gives who the device speaks for; Device is "" before it is enrolled, and
// once it is revoked.
func (d *Device) Me() Me {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.own.Wiped != 0 {
		return Me{}
	}
	return d.own.Me
}

// Audiences gives those of the member, as the server said last.
func (d *Device) Audiences() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.own.Audiences)
}

// Changed gives a channel that is closed when anything changes here: a record,
// an op's fate, or who the device speaks for.
func (d *Device) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// tell wakes whoever waits for a change. d.mu is held.
func (d *Device) tell() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// until waits for a condition, which is asked with d.mu held.
func (d *Device) until(ctx context.Context, holds func() bool) error {
	for {
		d.mu.Lock()
		ok, changed := holds(), d.changed
		d.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// WaitRead waits until a first read has ended: then what the member may see is here.
func (d *Device) WaitRead(ctx context.Context) error {
	return d.until(ctx, func() bool { return d.own.Read })
}

// poke wakes the connection: something may be there to be sent.
func (d *Device) poke() { ring(d.poked) }

// Online says that the network is back: whoever waits to come back need not.
func (d *Device) Online() { ring(d.online) }

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// now is the device's time as it stands in ops and hello.
func (d *Device) now() record.Time { return record.At(d.o.Now()) }

// serverNow is the server's time, as far as it is known. d.mu is held.
func (d *Device) serverNow() time.Time { return d.o.Now().Add(d.offset) }

// heard learns the server's time from what it says. d.mu is held.
func (d *Device) heard(now record.Time) {
	if now != 0 {
		d.offset = now.Std().Sub(d.o.Now())
	}
}
