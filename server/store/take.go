package store

import (
	"earshot/server/programme"
	"earshot/sync/record"
)

// A who is for whom an op takes effect, and whom the audit names.
type who struct {
	record.Writer
	device int64  // devices.num; 0 for the server
	actor  string // in the audit, where it is not the writer
	handed string // the device that handed in an op which speaks for another; "" otherwise
}

// An outcome is what became of one op.
type outcome struct {
	status  record.Status
	seq     int64
	problem *record.Problem
	waits   []string // ids of records that an early op waits for
	making  bool     // a refused op that would have made its record
}

func refused(p *record.Problem) outcome { return outcome{status: record.Refused, problem: p} }

func early(field string, ids ...string) outcome {
	return outcome{status: record.Refused, waits: ids, problem: &record.Problem{
		Code: record.TooEarly, Field: field,
		Message: "This waits for another change that is not here yet. It is tried again by itself as soon as that comes.",
	}}
}

// take judges one op and lets it take effect: the one road on which a change
// gets into the records. at is the op's time, within its bounds.
func (t *tx) take(d *tenant, w who, op *record.Op, at record.Time) (outcome, error) {
	if op.Receipt != "" {
		return t.takeReceipt(d, w, op, at)
	}
	out, err := t.takeOrWait(d, w, op, at)
	if err == nil && out.waits != nil && d.holds && redacts(op) {
		t.keepRedaction(d, w, op, at)
		err = t.redactHeld(d, w, op, true)
	}
	return out, err
}

func (t *tx) takeOrWait(d *tenant, w who, op *record.Op, at record.Time) (outcome, error) {
	k := t.s.kinds.of(op.Collection)
	before, err := load(t.conn, t.s.kinds, d.Num, op.Collection, op.ID)
	if err != nil {
		return outcome{}, err
	}
	base, err := t.settleBase(d, op.Base)
	if err != nil {
		return outcome{}, err
	}
	if base != op.Base {
		moved := *op
		if moved.Base = base; before != nil {
			// The restored record may be older than the last seq of its history.
			moved.Base = min(base, before.rec.V)
		}
		op = &moved
	}
	if out, stop, err := t.mayTake(d, k, before, w, op); stop || err != nil {
		return out, err
	}
	var rec *record.Record
	if before != nil {
		rec = before.rec
	}
	res := record.Apply(rec, op, w.Writer, record.Arrival{Seq: d.seq + 1, Time: at})
	if res.Status == record.Refused {
		if rec == nil && res.Problem.Code == record.TooEarly {
			return early(res.Problem.Field, op.ID), nil
		}
		out := refused(res.Problem)
		out.making = rec == nil
		return out, nil
	}
	d.high = max(d.high, at)
	return outcome{status: res.Status, seq: d.next()}, t.effect(d, k, w, op, before, res, at)
}

// mayTake judges what one record alone does not tell: what has to be here first.
func (t *tx) mayTake(d *tenant, k *kind, before *stored, w who, op *record.Op) (out outcome, stop bool, err error) {
	if before == nil && !op.Withdraw {
		if op.Base > 0 {
			return early("", op.ID), true, nil
		}
		if d.holds && !w.Server {
			held, err := t.makingHeld(d, k, op.ID)
			if held || err != nil {
				return early("", op.ID), true, err
			}
		}
	}
	if before != nil && !op.Withdraw && op.Base > before.rec.V {
		return refused(&record.Problem{
			Code:    record.BaseAhead,
			Message: "This builds on a change that this server does not have. Read the record again, and say it again.",
		}), true, nil
	}
	if len(op.Changes) == 0 {
		return outcome{}, false, nil
	}
	awaits, problem, err := t.refer(d, k, op)
	switch {
	case err != nil:
		return outcome{}, true, err
	case problem != nil:
		return refused(problem), true, nil
	case awaits != nil:
		out := early("", awaits...)
		out.making = before == nil
		return out, true, nil
	}
	return outcome{}, false, nil
}

func redacts(op *record.Op) bool {
	for i := range op.Changes {
		if op.Changes[i].Verb == record.Redact {
			return true
		}
	}
	return false
}

// settleBase gives the seq that a base counts as: one that lies in the jump
// between two epochs counts as the last seq before it.
func (t *tx) settleBase(d *tenant, base int64) (int64, error) {
	if !d.jumped || base <= 0 {
		return base, nil
	}
	r, err := t.one("SELECT last FROM jumps WHERE dat = ? AND last < ? AND first > ?", d.Num, base, base)
	if err != nil || r == nil {
		return base, err
	}
	return r.int(0), nil
}

// timeOf gives the time of an op: the device's own, corrected, not after its
// arrival, and in any case later than the commit of its base and than the op
// before it of its device.
func (t *tx) timeOf(d *tenant, base int64, at, before record.Time) (record.Time, error) {
	at = min(at, d.now)
	if base > 0 {
		base, err := t.settleBase(d, base)
		if err != nil {
			return 0, err
		}
		after, err := t.commitTime(d, base)
		if err != nil {
			return 0, err
		}
		at = max(at, after+1)
	}
	return max(at, before+1), nil
}

// commitTime gives the time of the commit that gave this seq.
func (t *tx) commitTime(d *tenant, seq int64) (record.Time, error) {
	if seq > d.seq {
		return 0, nil // ahead of this history: the op is refused anyway
	}
	if seq > d.committed {
		return d.high, nil
	}
	r, err := t.one("SELECT at FROM commits WHERE dat = ?+0 AND seq >= ? ORDER BY seq LIMIT 1", d.Num, seq)
	if err != nil || r == nil {
		return d.high, err
	}
	return record.Time(r.int(0)), nil
}

// effect writes what an op did, and what follows from it.
func (t *tx) effect(d *tenant, k *kind, w who, op *record.Op, before *stored, res record.Result, at record.Time) error {
	rec := res.Record
	if res.Waits {
		own, err := t.holdsOwn(d, k, w, op.ID)
		if err != nil {
			return err
		}
		if !own {
			return t.waitToWithdraw(d, k, w, op)
		}
		rec = &record.Record{Collection: k.Collection, ID: op.ID, V: d.seq, Gone: true, Made: record.Write{Seq: d.seq}}
	}
	if rec == nil {
		if before == nil {
			return nil
		}
		// It changed nothing, and is the record's last change all the same.
		same := *before.rec
		same.V = d.seq
		rec = &same
	}
	after, err := t.place(d, before, rec)
	if err != nil {
		return err
	}
	if redacts(op) {
		t.erased = true
		if d.holds {
			if err := t.redactHeld(d, w, op, false); err != nil {
				return err
			}
		}
	}
	if d.holds && rec.Gone {
		if err := t.eraseHeld(d, k, op.ID); err != nil {
			return err
		}
	}
	if d.holds && programme.Unsays(op) {
		if err := t.unquoteHeld(d, op.ID); err != nil {
			return err
		}
	}
	if err := t.keepOp(d, k, w, op, before, rec, at); err != nil {
		return err
	}
	if err := t.auditOp(d, k, w, op, before, rec, at); err != nil {
		return err
	}
	if err := t.noteMember(d, before, rec); err != nil {
		return err
	}
	if err := t.follow(d, before, rec, op, at); err != nil {
		return err
	}
	if before != nil {
		return nil
	}
	return t.made(d, k, after, res.Private)
}

// auditOp links what an op did into the chain.
func (t *tx) auditOp(d *tenant, k *kind, w who, op *record.Op, before *stored, rec *record.Record, at record.Time) error {
	what := "changed "
	switch {
	case op.Withdraw:
		what = "withdrawn "
	case before == nil:
		what = "made "
	case redacts(op):
		what = "redacted "
	}
	b := append(append(t.mem.text[:0], what...), k.Name...)
	for i := range op.Changes {
		if i > 0 && op.Changes[i].Field == op.Changes[i-1].Field {
			continue
		}
		if i == 0 {
			b = append(b, ' ')
		} else {
			b = append(b, ',')
		}
		b = append(b, k.Fields[op.Changes[i].Field].Name...)
	}
	t.mem.text = b
	member := w.Member
	if w.actor != "" {
		member = w.actor
	}
	device := w.Device
	if w.handed != "" {
		device = w.handed
	}
	return t.link(d, at, w.device, device, member, rec.V, string(b), rawID(op.ID))
}

// noteMember lets sessions look again at who they are.
func (t *tx) noteMember(d *tenant, before *stored, rec *record.Record) error {
	if rec.Collection != programme.Members {
		return nil
	}
	delete(t.mem.members, memberKey{d.Num, rec.ID})
	if before == nil {
		return nil
	}
	if rec.Gone || before.rec.Get("role") != rec.Get("role") {
		// Whoever still has an unused code was meant to be what the member was then, and no more.
		if err := t.exec("UPDATE invitations SET expires = min(expires, ?) WHERE dat = ? AND member = ? AND used = 0",
			int64(t.clock), d.Num, rec.ID); err != nil {
			return err
		}
	}
	for _, f := range [...]string{"role", "services", "status"} {
		if rec.Gone || before.rec.Get(f) != rec.Get(f) {
			t.touched(d.Num, rec.ID)
			return nil
		}
	}
	return nil
}
