package live

import (
	"compress/flate"
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"earshot/server/identity"
	"earshot/server/store"
	"earshot/sync/wire"
)

// push opens and decodes the ops of a push, on the caller's goroutine, and
// hands them in. What is in to but the ops says whose they are.
func (l *Live) push(ctx context.Context, to store.Push, f *wire.Push) (store.Ack, error) {
	began := time.Now()
	to.Ops = make([]store.Incoming, len(f.Ops))
	for i := range f.Ops {
		to.Ops[i] = l.incoming(to.Device, &f.Ops[i])
	}
	ack, err := l.store.Push(ctx, to)
	l.o.Metrics.push.Observe(time.Since(began).Seconds())
	for _, r := range ack.Results {
		l.o.Metrics.ops.WithLabelValues(r.Status.String()).Inc()
	}
	return ack, err
}

// incoming is one op as the store takes it: opened where it was sealed, decoded
// where it could be, and with the reason where not.
func (l *Live) incoming(device string, e *wire.Envelope) store.Incoming {
	in := store.Incoming{Envelope: *e}
	if e.Void {
		return in
	}
	plain := []byte(e.Raw)
	if e.Sealed != "" {
		if in.Plain, in.Problem = l.o.Open.Open(e.Key, device, e.N, e.Sealed); in.Problem != nil {
			return in
		}
		plain = in.Plain
	}
	in.Op, in.Problem = wire.DecodeOp(l.o.Schema, plain, e.N)
	return in
}

func (l *Live) welcome(c identity.Caller) *wire.Welcome {
	intake := l.identity.Intake()
	w := &wire.Welcome{
		Epoch: l.store.Epoch(), Acked: c.Acked, Safe: c.Safe, Backed: l.o.Backed, Now: l.now(), Audiences: c.Audiences,
		Intake: wire.Intake{ID: intake.ID, Key: intake.Key},
		Limits: wire.Limits{Ops: wire.MaxOps, Bytes: wire.MaxFrame, Window: Window},
	}
	if len(c.Tip) == 32 {
		w.Tip = wire.Tip([32]byte(c.Tip))
	}
	return w
}

func ackFrame(a store.Ack) *wire.Ack {
	return &wire.Ack{Acked: a.Acked, Safe: a.Safe, Results: a.Results}
}

func changes(p store.Page) *wire.Changes {
	return &wire.Changes{
		Records: p.Records, After: p.After, Cursor: p.Cursor, More: p.More, Dropped: p.Dropped, Sums: p.Sums,
	}
}

var unavailable = &wire.Error{
	Code:       wire.CodeUnavailable,
	Message:    "The server could not store this at the moment. Nothing took effect; send it again.",
	RetryAfter: store.RetryAfter.Seconds(),
}

func gap(expected int64) *wire.Error {
	return &wire.Error{
		Code:     wire.CodeGap,
		Message:  "The numbers of these ops do not follow on what is here. Send again from the expected one, void for what is no longer held.",
		Expected: expected,
	}
}

func slowDown(wait time.Duration) *wire.Error {
	return &wire.Error{
		Code:       wire.CodeTooFast,
		Message:    "Many ops of this device wait for the desk. Send one at a time, each after this many seconds.",
		RetryAfter: math.Ceil(wait.Seconds()),
	}
}

// inflating says whether reading failed since the frame does not inflate.
func inflating(err error) bool {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	_, internal := errors.AsType[flate.InternalError](err)
	return corrupt || internal
}

// Calls bound how many calls over HTTP one device has open: each holds a frame and
// a page in memory, for as long as its peer takes to send the one and read the other.
type calls struct {
	mu sync.Mutex
	of map[string]int // by device, only while there are any
}

func (c *calls) begin(device string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of[device] >= ofOneDevice {
		return false
	}
	c.of[device]++
	return true
}

func (c *calls) end(device string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of[device]--; c.of[device] == 0 {
		delete(c.of, device)
	}
}

// Brakes hold devices that are over their quota of quarantine, on whatever
// connection they come. Only enrolled devices are in it, and only while held.
type brakes struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// on says how long a device still has to wait.
func (b *brakes) on(device string, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	until, held := b.until[device]
	if !held {
		return 0
	}
	if wait := until.Sub(now); wait > 0 {
		return wait
	}
	delete(b.until, device)
	return 0
}

// maxBrake is the longest that a device may be made to wait.
const maxBrake = time.Minute

func (b *brakes) put(device string, now time.Time, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until[device] = now.Add(min(wait, maxBrake))
}
