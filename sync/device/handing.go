package device

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/wire"
)

// keepFor is how long an op is kept after it is safe.
const keepFor = 35 * 24 * time.Hour

// A batch is what goes into one frame.
type batch struct {
	first, last int64
	push        wire.Push
}

// batch gives the ops from a number on that go into the next frame; nil where
// nothing may go now. What is held goes only with all. That they leave is
// stored before they do: only so can taking back, and a copy, be told.
func (d *Device) batch(from int64, all bool) (*batch, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ops := min(d.o.Batch, wire.MaxOps)
	if from <= d.singleUntil {
		ops = 1
	}
	b := &batch{first: from, last: from - 1}
	room := wire.MaxFrame - len(`{"t":"push","ops":[]}`)
	var unheld []*op
	for i := d.from(from); b.last < d.own.Last && len(b.push.Ops) < ops; {
		n := b.last + 1
		to := n
		var raw []byte
		if i < len(d.ops) && d.ops[i].N == n && d.ops[i].goes() {
			row := d.ops[i]
			if row.held(d.o.Now()) && !all {
				break
			}
			if row.Held != 0 {
				free := *row
				free.Held = 0
				unheld = append(unheld, &free)
			}
			raw = []byte(row.Raw)
			i++
		} else {
			// Numbers in a row under which nothing is held go as one.
			for ; i < len(d.ops) && !d.ops[i].goes(); i++ {
			}
			if to = d.own.Last; i < len(d.ops) {
				to = d.ops[i].N - 1
			}
			raw = wire.AppendVoid(nil, n, to)
		}
		if room -= len(raw) + 1; room < 0 && len(b.push.Ops) > 0 {
			break
		}
		b.push.Ops = append(b.push.Ops, wire.Envelope{N: n, To: to, Raw: jsontext.Value(raw)})
		b.last = to
	}
	if len(b.push.Ops) == 0 {
		return nil, nil
	}
	if b.last > d.own.Sent || len(unheld) > 0 {
		if err := d.update(func(tx Tx, o *own) error {
			o.Sent = max(o.Sent, b.last)
			return d.putKept(tx, unheld)
		}); err != nil {
			return nil, err
		}
		d.replace(unheld)
	}
	return b, nil
}

// firstOwed gives the number that the next push begins with: the first that the
// server has not got, or lower, where its answer was lost. d.mu is held.
func (d *Device) firstOwed() int64 {
	for _, o := range d.ops {
		if o.N <= d.own.Acked && o.waits() {
			return o.N
		}
	}
	return d.own.Acked + 1
}

// holdEnds gives when the first hold from a number on ends; zero where none is.
func (d *Device) holdEnds(from int64) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.o.Now()
	for _, o := range d.ops[d.from(from):] {
		if o.held(now) {
			return time.UnixMilli(o.Held)
		}
	}
	return time.Time{}
}

// ack takes in what a server says of a push.
func (d *Device) ack(a *wire.Ack) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.singleUntil <= a.Acked {
		d.singleUntil = 0
	}
	return d.settle(a, nil)
}

// rewind begins again from the number that a server expects.
func (d *Device) rewind(expected int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if expected > d.own.Sent+1 {
		return d.markCopied()
	}
	return d.settle(&wire.Ack{Acked: expected - 1, Safe: min(d.own.Safe, expected-1)}, nil)
}

// settle takes over how far the server is, also backwards after a restore, and
// what became of single ops. d.mu is held.
func (d *Device) settle(to *wire.Ack, also func(*own)) error {
	results := make(map[int64]*wire.Result, len(to.Results))
	lowest := min(d.own.Acked, d.own.Safe, to.Acked, to.Safe) + 1
	for i := range to.Results {
		r := &to.Results[i]
		results[r.N], lowest = r, min(lowest, r.N)
	}
	now := d.serverNow().Unix()
	var changed []*op
	if err := d.update(func(tx Tx, o *own) error {
		o.Acked, o.Safe = to.Acked, to.Safe
		if also != nil {
			also(o)
		}
		for _, row := range d.ops[d.from(lowest):] {
			next := *row
			if next.settle(d, to, results[row.N], now) {
				if next.Laid && next.Seq > 0 && versionIn(tx, recordKey(next.Collection, next.ID)) >= next.Seq {
					next.lift() // the answer was slower than the change that it made
				}
				changed = append(changed, &next)
			}
		}
		if i := d.find(to.Acked); i >= 0 && len(d.ops[i].Hash) == 32 {
			o.TipN, o.Tip = to.Acked, wire.Tip([32]byte(d.ops[i].Hash))
		}
		return d.putKept(tx, changed)
	}); err != nil {
		return err
	}
	d.replace(changed)
	d.tell()
	return nil
}

// settle says whether the row has changed by what the server said.
func (o *op) settle(d *Device, to *wire.Ack, r *wire.Result, now int64) bool {
	changed := false
	switch {
	case o.N > to.Acked:
		if changed = o.Answered || o.SafeAt != 0; changed {
			o.unanswer(d.o.Schema)
		}
	case !o.goes():
		changed = !o.Answered
		o.Answered = true
	case r != nil:
		o.answer(r)
		changed = true
	}
	switch {
	case o.N <= to.Safe && o.Answered && o.SafeAt == 0:
		o.SafeAt, changed = now, true
	case o.N > to.Safe && o.SafeAt != 0:
		o.SafeAt, changed = 0, true
	}
	return changed
}

// putKept stores rows, but for those that may not lie here any more: the plain
// ones of a device that was revoked.
func (d *Device) putKept(tx Tx, rows []*op) error {
	if d.own.Wiped != 0 {
		rows = slices.DeleteFunc(slices.Clone(rows), func(o *op) bool { return !o.Sealed })
	}
	return putOps(tx, rows)
}

// setAside keeps an op apart that no server takes in any frame: its number is void.
func (d *Device) setAside(n int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.find(n)
	if i < 0 || !d.ops[i].goes() {
		return fmt.Errorf("device: the server takes no void for %d", n)
	}
	row := *d.ops[i]
	row.Aside, row.Held = true, 0
	row.lift()
	if err := d.update(func(tx Tx, o *own) error {
		o.Trouble = "set_aside"
		if o.Wiped == 0 {
			tx.Put(shelfAside, o.Me.Device+"/"+opKey(n), []byte(row.Raw))
		}
		return d.putKept(tx, []*op{&row})
	}); err != nil {
		return err
	}
	d.ops[i] = &row
	d.tell()
	return nil
}

// prune removes what has been safe for long enough. What was sent under the last
// acked number stays known.
func (d *Device) prune() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.serverNow().Add(-keepFor).Unix()
	old := func(o *op) bool { return o.SafeAt != 0 && o.SafeAt < before && o.N <= d.own.Safe }
	if !slices.ContainsFunc(d.ops, old) {
		return nil
	}
	if err := d.o.Store.Update(func(tx Tx) error {
		for _, o := range d.ops {
			if old(o) {
				tx.Delete(shelfOps, opKey(o.N))
			}
		}
		return nil
	}); err != nil {
		return err
	}
	d.forget(old)
	return nil
}
