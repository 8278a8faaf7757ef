package store

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// slowed is how long a device over its quota of quarantine waits between two pushes.
const slowed = 30 * time.Second

// writtenAtOnce is how much of records one push writes in one commit, in bytes, or
// one op: an op on a record with a thousand entries writes all of them anew.
const writtenAtOnce = 4 << 20

// hashBytes is how much of an op's hash is kept with its result.
const hashBytes = 16

// Push hands in ops of a device and comes back when they are on disk. An error
// is ErrUnavailable (nothing took effect), ErrNotFound (no such device in the
// DAT) or the context's: it was given up before it was begun. After ErrClosed it
// may have taken effect; sending it again is always right. It reads p.Ops no more
// once it has come back.
//
// A push that writes much takes several commits, so that others get their turn
// between them. Where a later one fails, what the earlier ones did stands.
func (s *Store) Push(ctx context.Context, p Push) (Ack, error) {
	ack, err := s.pushSome(ctx, p)
	for err == nil && ack.left > 0 {
		p.Ops = p.Ops[len(p.Ops)-ack.left:]
		before := ack.Results
		ack, err = s.pushSome(ctx, p)
		ack.Results = append(before, ack.Results...)
	}
	if err != nil {
		return Ack{}, err
	}
	return ack, nil
}

// pushSome hands in as many of the ops as one commit takes.
func (s *Store) pushSome(ctx context.Context, p Push) (Ack, error) {
	var ack Ack
	err := s.submit(ctx, 1+len(p.Ops), func(t *tx, r *request) error {
		var err error
		ack, err = t.push(&p)
		if err == ErrNotFound {
			r.err, err = err, nil
		}
		return err
	})
	return ack, err
}

func (t *tx) push(p *Push) (Ack, error) {
	d, err := t.tenant(p.DAT)
	if err != nil {
		return Ack{}, err
	}
	dev, err := t.device(p.Device)
	if err != nil {
		return Ack{}, err
	}
	if dev == nil || dev.DAT != p.DAT {
		return Ack{}, ErrNotFound
	}
	w, revoked, err := t.writer(dev)
	if err != nil {
		return Ack{}, err
	}
	in := &intake{tx: t, d: d, dev: dev, w: w, offset: p.Offset, mode: p.Mode}
	in.ack.Revoked = revoked || p.Mode == Revoked
	if revoked && p.Mode == Normal {
		in.mode = Revoked
	}
	in.ack.Results = make([]wire.Result, 0, len(p.Ops))
	if p.Mode == Copied {
		err = in.copied(p.Ops)
	} else {
		err = in.inOrder(p.Ops)
	}
	if err != nil {
		return Ack{}, err
	}
	in.ack.Acked, in.ack.Safe = dev.acked, in.s.safe(dev.acked, dev.Safe)
	return in.ack, nil
}

// An intake is one push on its way in.
type intake struct {
	*tx
	d      *tenant
	dev    *device
	w      who
	mode   Mode
	offset time.Duration
	ack    Ack
	run    run
	taken  int // of ops that were not known
}

// A run is what became of ops with numbers in a row.
type run struct {
	first, last int64
	seq         int64 // of the first; 0: refused, or void
	hashes      []byte
	problem     string
}

// inOrder takes the ops of a normal push, or of a revoked device's.
func (in *intake) inOrder(ops []Incoming) error {
	if !follows(ops, in.dev.acked) {
		in.ack.Gap, in.ack.Expected = true, in.dev.acked+1
		return nil
	}
	before := in.written
	for i := range ops {
		op := &ops[i]
		if last(op) <= in.dev.acked {
			if err := in.known(op); err != nil {
				return err
			}
			continue
		}
		if in.slow() {
			break
		}
		if err := in.next(op); err != nil {
			return err
		}
		in.taken++
		if err := in.wake(in.d); err != nil {
			return err
		}
		if in.written-before >= writtenAtOnce {
			in.ack.left = len(ops) - i - 1
			break
		}
	}
	in.changed(in.dev)
	return in.endRun()
}

// follows says whether numbers follow each other, from acked+1 on or lower.
func follows(ops []Incoming, acked int64) bool {
	for i := range ops {
		expected := acked + 1
		if i > 0 {
			expected = last(&ops[i-1]) + 1
		}
		n := ops[i].Envelope.N
		if i == 0 && n > expected || i > 0 && n != expected || n < 1 || last(&ops[i]) < n {
			return false
		}
	}
	return true
}

func last(op *Incoming) int64 {
	if op.Envelope.Void {
		return max(op.Envelope.To, op.Envelope.N)
	}
	return op.Envelope.N
}

// slow says whether the device has had its one op of this push already, being
// over its quota of quarantine.
func (in *intake) slow() bool {
	if in.dev.held < int64(in.s.o.Quarantine) {
		return false
	}
	in.ack.RetryAfter = slowed
	return in.taken > 0
}

func (in *intake) result(n int64, out outcome) {
	in.ack.Results = append(in.ack.Results, wire.Result{N: n, Status: out.status, Seq: out.seq, Problem: out.problem})
}

// next takes the next op, whatever it is.
func (in *intake) next(op *Incoming) error {
	e := &op.Envelope
	n := in.dev.acked + 1 // of a void that begins lower, what is known stays as it is
	if e.Void {
		if err := in.endRun(); err != nil {
			return err
		}
		in.run = run{first: n, last: last(op)}
		in.dev.acked, in.dev.tip = last(op), nil
		in.result(e.N, outcome{status: record.Applied})
		return in.endRun()
	}
	out, err := in.judge(op)
	if err != nil {
		return err
	}
	in.dev.acked, in.dev.tip = n, append([]byte(nil), e.Hash[:]...)
	in.result(n, out)
	return in.addToRun(n, e.Hash[:hashBytes], out)
}

// judge lets an op take effect, or puts it into quarantine in the same commit.
func (in *intake) judge(op *Incoming) (outcome, error) {
	at, base := in.said(op.Op)
	at, err := in.timeOf(in.d, base, at, in.dev.last)
	if err != nil {
		return outcome{}, err
	}
	in.dev.last = at
	var out outcome
	switch {
	case in.mode == Revoked:
		out = refused(&record.Problem{
			Code:    record.RevokedDevice,
			Message: "This device was revoked. The coordinator can look at what it handed in.",
		})
	case op.Op == nil:
		out = refused(orUnknown(op.Problem))
	default:
		if out, err = in.take(in.d, in.w, op.Op, at); err != nil {
			return outcome{}, err
		}
	}
	if out.status != record.Refused {
		return out, nil
	}
	return out, in.hold(in.d, in.dev, held{
		n: op.Envelope.N, at: at, hash: op.Envelope.Hash[:], in: op, out: out,
	})
}

// said gives the time that an op says of itself, corrected, and its base. One that
// could not be read, or says none, is of now.
func (in *intake) said(op *record.Op) (at record.Time, base int64) {
	switch {
	case op == nil:
		return in.d.now, 0
	case op.At == 0:
		return in.d.now, op.Base
	}
	return op.At + record.Time(in.offset.Microseconds()), op.Base
}

func orUnknown(p *record.Problem) *record.Problem {
	if p != nil {
		return p
	}
	return &record.Problem{Code: record.Malformed, Message: "This could not be read. The coordinator can look at it."}
}

// known answers an op that was here already.
func (in *intake) known(op *Incoming) error {
	r, err := in.find(op.Envelope.N)
	if err != nil {
		return err
	}
	out := outcome{status: record.Same}
	if r != nil && r.seq > 0 {
		out.seq = r.seq + op.Envelope.N - r.first
	}
	if r != nil && r.problem != "" {
		out.problem = new(record.Problem)
		if err := json.Unmarshal([]byte(r.problem), out.problem); err != nil {
			return errBroken
		}
	}
	in.result(op.Envelope.N, out)
	return nil
}

// find gives the run that an acked number is in.
func (in *intake) find(n int64) (*run, error) {
	r, err := in.tx.one("SELECT last, first, seq, hashes, problem FROM runs WHERE device = ?+0 AND last >= ? ORDER BY last LIMIT 1", in.dev.num, n)
	if err != nil || r == nil || r.int(1) > n {
		return nil, err
	}
	return &run{last: r.int(0), first: r.int(1), seq: r.int(2), hashes: r.blob(3), problem: r.str(4)}, nil
}

// addToRun notes what became of op n: in the run of the ops before it, where
// their seqs go on, else in a new one.
func (in *intake) addToRun(n int64, hash []byte, out outcome) error {
	r := &in.run
	if r.first > 0 && (out.seq == 0 || r.seq == 0 || out.seq != r.seq+n-r.first) {
		if err := in.endRun(); err != nil {
			return err
		}
	}
	if r.first == 0 {
		*r = run{first: n, seq: out.seq, hashes: r.hashes[:0]}
	}
	r.last = n
	r.hashes = append(r.hashes, hash...)
	if out.problem != nil {
		p, err := json.Marshal(out.problem)
		if err != nil {
			return err
		}
		r.problem = string(p)
		return in.endRun()
	}
	return nil
}

func (in *intake) endRun() error {
	r := &in.run
	if r.first == 0 {
		return nil
	}
	var hashes, problem any
	if len(r.hashes) > 0 {
		hashes = r.hashes
	}
	if r.problem != "" {
		problem = r.problem
	}
	err := in.exec("INSERT INTO runs (device, last, first, seq, hashes, problem) VALUES (?, ?, ?, ?, ?, ?)",
		in.dev.num, r.last, r.first, r.seq, hashes, problem)
	*r = run{hashes: r.hashes[:0]}
	return err
}
