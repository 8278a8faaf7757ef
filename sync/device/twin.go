package device

import (
	"context"
	"net/http"
	"time"

	"earshot/sync/wire"
)

// twin talks over HTTP until there is nothing to say or to read for now.
func (r *runner) twin(ctx context.Context, access string) parting {
	d := r.d
	// The first call only reads: whether this device was copied has to be known
	// before anything goes.
	var b *batch
	var next int64
	for welcomed := false; ; welcomed = true {
		reply, err := d.call(ctx, access, b, d.hello("", true, false))
		if err != nil {
			return r.refused(err, b, welcomed)
		}
		if reply.Ack != nil {
			if err := d.ack(reply.Ack); err != nil {
				return r.failed(err)
			}
			next = max(next, reply.Ack.Acked+1)
		}
		if reply.Wipe != nil {
			return r.ended(d.wipe())
		}
		if reply.Welcome == nil {
			return r.failed(errNoAnswer)
		}
		if err := d.welcome(reply.Welcome); err != nil {
			return r.ended(err)
		}
		r.up()
		if !welcomed {
			d.mu.Lock()
			next = d.firstOwed()
			d.mu.Unlock()
		}
		more, err := d.takeReply(reply)
		if err != nil {
			return r.ended(err)
		}
		if e := reply.Error; e != nil && e.RetryAfter > 0 {
			d.trouble(e.Code)
			d.mu.Lock()
			d.singleUntil = d.own.Last
			d.mu.Unlock()
			return parting{wait: seconds(e.RetryAfter)}
		}
		if b, err = d.batch(next, false); err != nil {
			return r.failed(err)
		}
		if b == nil && !more {
			return r.idle(next)
		}
	}
}

// takeReply stores the page of a reply, and says whether there is another.
func (d *Device) takeReply(reply *wire.Reply) (more bool, err error) {
	if reply.Reset != nil {
		return true, d.reset(reply.Welcome.Epoch)
	}
	if reply.Changes == nil {
		return false, nil
	}
	return reply.Changes.More, d.page(reply.Changes, reply.Welcome.Epoch)
}

// idle waits until it is time to ask again, or a hold ends.
func (r *runner) idle(next int64) parting {
	if err := r.d.prune(); err != nil {
		return r.failed(err)
	}
	r.unkept = 0
	wait := poll
	if r.d.o.Visible() {
		wait = pollVisible
	}
	if at := r.d.holdEnds(next); !at.IsZero() {
		wait = min(wait, max(time.Millisecond, at.Sub(r.d.o.Now())))
	}
	return parting{wait: wait, poll: true}
}

// refused decides after a call that did not come to an answer: what a socket
// would have been closed with.
func (r *runner) refused(err error, b *batch, welcomed bool) parting {
	f := refusalOf(err)
	if f == nil {
		if r.d.o.Road == EitherRoad {
			r.blockedUntil = time.Time{} // HTTP is no better here
		}
		return r.failed(err)
	}
	if f.Code == "" {
		return r.later(f.RetryAfter) // no answer of the server's own
	}
	r.d.trouble(f.Code)
	c := closure{welcomed: welcomed, retryAfter: f.RetryAfter}
	if b != nil {
		c.first, c.last = b.first, b.last
	}
	switch {
	case f.Code == "unknown_device":
		return parting{err: ErrUnknown}
	case f.Code == wire.CodeGap && f.Expected > 0:
		if err := r.d.rewind(f.Expected); err != nil {
			return r.ended(err)
		}
		return r.atOnce()
	case f.Status == http.StatusBadRequest, f.Status == http.StatusUnauthorized,
		f.Status == http.StatusForbidden, f.Status == http.StatusRequestEntityTooLarge:
		c.code = 4000 + f.Status
	}
	return r.closed(c)
}

// call makes one call with a batch, which may be nil.
func (d *Device) call(ctx context.Context, access string, b *batch, hello wire.Hello) (*wire.Reply, error) {
	call := wire.Call{Hello: hello}
	if b != nil {
		call.Push = &b.push
	}
	return d.server.exchange(ctx, access, &call)
}

// handOver hands in, over the twin, what is left under a key that reads no more.
// done hears of each answer. A frame that the server can't take goes again, one
// op a frame.
func (d *Device) handOver(ctx context.Context, copied bool, done func(*batch, *wire.Ack) error) error {
	d.mu.Lock()
	next := d.firstLeft()
	d.mu.Unlock()
	if next == 0 {
		return nil
	}
	for {
		b, err := d.batch(next, true)
		if err != nil {
			return err
		}
		if b == nil {
			return d.allLeft()
		}
		access, err := d.Access(ctx)
		if err != nil {
			return err
		}
		reply, err := d.call(ctx, access, b, d.hello("", false, copied))
		if err != nil {
			if next, err = d.handOverAgain(err, b); err != nil {
				return err
			}
			continue
		}
		if reply.Ack == nil {
			return errNoAnswer
		}
		if err := done(b, reply.Ack); err != nil {
			return err
		}
		if next = b.last + 1; !copied {
			next = min(next, reply.Ack.Acked+1)
		}
		if next <= b.first {
			return errNoAnswer
		}
		if e := reply.Error; e != nil && e.RetryAfter > 0 {
			return &Refusal{Status: http.StatusTooManyRequests, Code: e.Code, Detail: e.Message, RetryAfter: seconds(e.RetryAfter)}
		}
	}
}

// handOverAgain says from where to go on after a refusal, where that helps.
func (d *Device) handOverAgain(err error, b *batch) (int64, error) {
	f := refusalOf(err)
	if f == nil {
		return 0, err
	}
	switch {
	case f.Code == wire.CodeGap && f.Expected > 0 && f.Expected < b.first:
		return f.Expected, nil
	case f.Status == http.StatusUnauthorized && f.Code != "unknown_device":
		d.dropToken()
	case f.Code == wire.CodeMalformed, f.Code == wire.CodeTooLarge:
		if b.first == b.last {
			return b.first, d.setAside(b.first)
		}
		d.mu.Lock()
		d.singleUntil = b.last
		d.mu.Unlock()
		return b.first, nil
	}
	return 0, err
}

// allLeft gives an error where something was handed in and not answered.
func (d *Device) allLeft() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.firstLeft() > 0 {
		return errNoAnswer
	}
	return nil
}

// firstLeft gives the first number that was not answered; 0 where all were. d.mu is held.
func (d *Device) firstLeft() int64 {
	for _, o := range d.ops {
		if o.waits() {
			return o.N
		}
	}
	return 0
}
