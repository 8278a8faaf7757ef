package device

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"time"

	"earshot/sync/wire"
)

// How a device behaves where sockets are blocked.
const (
	// blockedAfter is how many sockets in a row that do not open, on a network where
	// HTTP does, say that none will.
	blockedAfter   = 2
	trySocketAgain = 5 * time.Minute
	pollVisible    = 4 * time.Second
	poll           = 30 * time.Second
	// notAtOnce is how soon a second return at once waits as after a failure.
	notAtOnce = 10 * time.Second
)

// ErrRunning is given by a second Run of one device.
var ErrRunning = errors.New("device: Run is running already")

// Run keeps the device in touch until ctx ends, or until there is something
// that only a person can settle: then it returns one of the errors above.
func (d *Device) Run(ctx context.Context) error {
	if !d.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer d.running.Store(false)
	r := runner{d: d}
	for ctx.Err() == nil {
		p := r.turn(ctx)
		switch {
		case ctx.Err() != nil:
		case p.err != nil:
			return p.err
		default:
			r.rest(ctx, p)
		}
	}
	return ctx.Err()
}

// A runner decides after each connection how and when to come back.
type runner struct {
	d            *Device
	tries        int // failures in a row
	unkept       int // turns in a row that the store ended
	unopened     int // sockets in a row that did not open
	blockedUntil time.Time
	lastAtOnce   time.Time
	notBefore    time.Time // the server asked to be left alone until then
}

// A parting is how a turn ended.
type parting struct {
	err  error         // Run ends with it
	wait time.Duration // before the next turn
	poll bool          // the wait ends as soon as there is something to be sent
}

// A closure is what is known of a connection that ended by itself.
type closure struct {
	code        int
	welcomed    bool
	first, last int64 // of the ops on their way; 0 for none
	retryAfter  time.Duration
}

func (r *runner) turn(ctx context.Context) parting {
	d := r.d
	d.mu.Lock()
	enrolled, wiped, copied := d.own.Key != nil, d.own.Wiped != 0, d.own.Copied
	d.mu.Unlock()
	switch {
	case !enrolled:
		return parting{err: ErrNotEnrolled}
	case wiped:
		return r.over(d.handInWiped(ctx), ErrRevoked)
	case copied:
		return r.over(d.handInCopied(ctx), ErrCopied)
	}
	access, err := d.Access(ctx)
	if err != nil {
		return r.failed(err)
	}
	if r.takesTwin() {
		return r.twin(ctx, access)
	}
	return r.socket(ctx, access)
}

// over ends Run where all was handed in under a key that is over.
func (r *runner) over(err, with error) parting {
	if err != nil {
		return r.failed(err)
	}
	return parting{err: with}
}

func (r *runner) takesTwin() bool {
	switch r.d.o.Road {
	case SocketRoad:
		return false
	case HTTPRoad:
		return true
	}
	return r.d.o.Now().Before(r.blockedUntil)
}

// socket holds one connection.
func (r *runner) socket(ctx context.Context, access string) parting {
	link, err := Dial(ctx, r.d.o.URL, r.d.o.Dialing)
	if err != nil {
		r.unopenedBy(err)
		return r.failed(err)
	}
	r.unopened = 0
	s := newSession(r.d, link, r.up)
	end, err := s.run(ctx, access)
	if err != nil {
		return r.ended(err)
	}
	return r.closed(end)
}

// unopenedBy notes that no socket opens here, where that is what it says.
func (r *runner) unopenedBy(err error) {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return // nobody is there, over HTTP neither
	}
	if f := refusalOf(err); f != nil && (f.Status == http.StatusServiceUnavailable || f.Status == http.StatusTooManyRequests) {
		return // the server itself asks for a moment
	}
	r.d.trouble("no_socket")
	if r.unopened++; r.unopened >= blockedAfter && r.d.o.Road == EitherRoad {
		r.blockedUntil = r.d.o.Now().Add(trySocketAgain)
	}
}

// up notes that the server is there and knows us.
func (r *runner) up() { r.tries = 0 }

// ended decides after a connection that this side gave up.
func (r *runner) ended(err error) parting {
	switch {
	case errors.Is(err, ErrCopied), errors.Is(err, ErrRevoked):
		return parting{} // what is to be handed in under the old key is, in the next turn
	case errors.Is(err, errAstray), errors.Is(err, errNotNext):
		return r.atOnce()
	}
	return r.failed(err)
}

// passing are errors that another try may not meet.
var passing = []error{errBroken, errSend, errNoAnswer, wire.ErrFrame, ErrNoSocket, errStore}

// failed decides after an error.
func (r *runner) failed(err error) parting {
	f := refusalOf(err)
	switch {
	case errors.Is(err, ErrForbidden), errors.Is(err, ErrUnknown), errors.Is(err, ErrHello):
		return parting{err: err}
	case f != nil && f.Code == "unknown_device":
		return parting{err: ErrUnknown}
	case f == nil && !slices.ContainsFunc(passing, func(e error) bool { return errors.Is(err, e) }):
		return parting{err: err}
	case errors.Is(err, errStore):
		return r.notKept(err)
	}
	r.d.o.Log.Debug("out of touch", "error", err)
	if f != nil {
		r.d.trouble(f.Code)
		return r.later(f.RetryAfter)
	}
	return r.later(0)
}

// notKept decides after a failure of the store. A server that can be reached does
// not make it well, so what counts are its own failures.
func (r *runner) notKept(err error) parting {
	r.d.o.Log.Warn("out of touch: the store fails", "error", err)
	r.d.trouble("storage_gone")
	r.tries = max(r.tries, r.unkept)
	p := r.later(0)
	r.unkept = r.tries
	return p
}

// closed decides after a close code, as section 4 of the protocol says.
func (r *runner) closed(c closure) parting {
	d := r.d
	r.unkept = 0
	switch c.code {
	case wire.CloseTakenOver:
		return parting{err: ErrTakenOver}
	case wire.CloseForbidden:
		return parting{err: ErrForbidden}
	case wire.CloseNoToken:
		d.dropToken()
		return r.atOnce()
	case wire.CloseMalformed, wire.CloseTooLarge:
		switch {
		case !c.welcomed:
			return parting{err: ErrHello}
		case c.first == 0:
			return r.later(c.retryAfter)
		case c.first < c.last:
			d.mu.Lock()
			d.singleUntil = max(d.singleUntil, c.last)
			d.mu.Unlock()
			return parting{}
		}
		if err := d.setAside(c.first); err != nil {
			return r.later(c.retryAfter)
		}
		return parting{}
	}
	return r.later(c.retryAfter)
}

// later waits longer from failure to failure, and at least as long as the server asks.
func (r *runner) later(atLeast time.Duration) parting {
	wait := atLeast + wire.Backoff(r.tries, r.watched(), r.d.o.Dice())
	r.tries++
	r.notBefore = r.d.o.Now().Add(atLeast)
	return parting{wait: wait}
}

// atOnce comes back without waiting, unless it just did.
func (r *runner) atOnce() parting {
	now := r.d.o.Now()
	if now.Sub(r.lastAtOnce) < notAtOnce {
		return r.later(0)
	}
	r.lastAtOnce = now
	return parting{}
}

// watched says whether somebody looks on with something waiting.
func (r *runner) watched() bool {
	if !r.d.o.Visible() {
		return false
	}
	r.d.mu.Lock()
	defer r.d.mu.Unlock()
	return r.d.holds().Ops > 0
}

// rest waits between two turns, or until the context ends.
func (r *runner) rest(ctx context.Context, p parting) {
	o := &r.d.o
	if p.wait <= 0 {
		return
	}
	until, alarm := o.Now().Add(p.wait), o.After(p.wait)
	for {
		select {
		case <-alarm:
			return
		case <-ctx.Done():
			return
		case <-r.d.online:
			// It may be another network, on which sockets open.
			r.tries, r.blockedUntil = 0, time.Time{}
			return
		case <-r.d.poked:
			if p.poll {
				return
			}
			if r.watched() {
				now := o.Now()
				soon := now.Add(wire.Backoff(r.tries, true, o.Dice()))
				if soon.Before(r.notBefore) {
					soon = r.notBefore
				}
				if soon.Before(until) {
					until, alarm = soon, o.After(soon.Sub(now))
				}
			}
		}
	}
}
