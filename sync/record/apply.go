package record

import "slices"

// A Result is what became of an op.
type Result struct {
	// Record is the record as it is afterwards; nil when the op changed nothing:
	// it was refused, was here already, or waits.
	Record  *Record
	Status  Status
	Problem *Problem // only when refused
	// Private are values that were taken out of the making op, for the store to
	// keep apart (a receipt).
	Private []PrivateValue
	// Waits: a withdrawal of a record that is not here, by somebody who may only
	// withdraw their own; it takes effect if the record comes with them as By.
	Waits bool
}

// A PrivateValue is the value of a Private field.
type PrivateValue struct {
	Field int
	Value Value
}

// Apply gives the record as it is after the op: protocol sections 6 and 7 as far
// as they concern one record. rec is nil when the record is not here. Neither
// rec nor op is changed; the new record may share memory with the old one.
//
// Apply knows of one record only. Numbers, duplicates across records, epochs,
// references and services that are not here yet are for the caller. An op that
// had its effect on this record already is [Same] where the record can tell.
func Apply(rec *Record, op *Op, w Writer, a Arrival) Result {
	switch {
	case op.Withdraw:
		return withdraw(rec, op, &w, &a)
	case rec == nil:
		return create(op, &w, &a)
	case rec.Gone:
		return refuse(GoneRecord, "", "This was taken back. Nothing more can be written to it.")
	case rec.Made.Device == w.Device && rec.Made.N == op.N:
		return Result{Status: Same}
	case op.Base > rec.V:
		return refuse(BaseAhead, "", "Read the record again, then send the change with the version that came.")
	case op.Base == 0 && rec.Made.Device != w.Device && wouldMake(op):
		return refuse(IDTaken, "", "This id belongs to another record. Make a new id and send it again.")
	}
	return change(rec, op, &w, &a)
}

func refuse(code, field, message string) Result {
	return Result{Status: Refused, Problem: &Problem{Code: code, Field: field, Message: message}}
}

func refused(p *Problem) Result { return Result{Status: Refused, Problem: p} }

// newWrite gives what is remembered of a change of a field.
func newWrite(op *Op, w *Writer, a *Arrival) Write {
	member := w.Member
	if w.Server {
		member = Server
	}
	return Write{Seq: a.Seq, Time: a.Time, Device: w.Device, N: op.N, Member: member}
}

// withdraw erases a record, from whatever time. What is left tells that there
// was one, and nothing of it.
func withdraw(rec *Record, op *Op, w *Writer, a *Arrival) Result {
	c := op.Collection
	may := c.WithdrawBy
	if may == nil {
		may = c.ChangedBy
	}
	gone := &Record{Collection: c, ID: op.ID, V: a.Seq, Gone: true, Made: Write{Seq: a.Seq}}
	if rec == nil {
		switch permitsUnseen(may, op.ID, w) {
		case yes:
			return Result{Record: gone}
		case maybe:
			return Result{Waits: true}
		}
		return refuse(NotAllowed, "", "Ask the desk to take this back.")
	}
	if rec.Gone {
		return refuse(GoneRecord, "", "This was taken back already.")
	}
	if !permits(may, rec, w) {
		return refuse(NotAllowed, "", "Ask the desk, or the member who wrote it down, to take this back.")
	}
	if c.Judge != nil {
		if p := c.Judge(Case{Op: op, Writer: *w, Before: rec.Get, After: rec.Get}); p != nil {
			return refused(p)
		}
	}
	gone.Made.Seq = rec.Made.Seq
	return Result{Record: gone}
}

// change applies an op to a record that is here.
func change(rec *Record, op *Op, w *Writer, a *Arrival) Result {
	seen := rec.asSeen(op.Base, w.Device, op.N)
	if p := judge(rec, seen, op, w); p != nil {
		return refused(p)
	}
	e := edit{op: op, w: w, a: a, next: rec.touched(w.Device, a.Seq), write: newWrite(op, w, a)}
	if rec.unseenBy(w.Device, op.Base) {
		e.status = Merged
	}
	for i := range op.Changes {
		c := &op.Changes[i]
		if p := e.change(c); p != nil {
			return refused(p)
		}
	}
	if p := e.full(); p != nil {
		return refused(p)
	}
	if len(op.Changes) > 0 && e.again == len(op.Changes) {
		return Result{Status: Same}
	}
	return Result{Record: e.next, Status: e.status}
}

// touched gives a copy of the record that an op of this device has come to. Its
// Fields and States are its own; the states themselves are shared.
func (r *Record) touched(device string, seq int64) *Record {
	next := *r
	next.V = seq
	next.Fields = slices.Clone(r.Fields)
	next.States = slices.Clone(r.States)
	last := r.Last
	if last.Seq == 0 {
		last = Touch{r.Made.Seq, r.Made.Device}
	}
	if last.Device != device {
		next.Other = last
	}
	next.Last = Touch{seq, device}
	return &next
}

// unseenBy says whether an op of another device came after base.
func (r *Record) unseenBy(device string, base int64) bool {
	switch {
	case r.Last.Seq == 0:
		return r.Made.Device != device && r.Made.Seq > base
	case r.Last.Device != device:
		return r.Last.Seq > base
	}
	return r.Other.Seq > base
}
