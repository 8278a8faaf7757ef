package record

import "slices"

// Lay gives what a device shows while its own op is on the way: the record as
// it was last received, with the op laid over. rec is nil where the record was
// never received; then an op that makes it shows a new one, any other nothing
// (nil). Lay judges nothing: the server may still refuse the op, or find that
// another's change meets it. Neither rec nor op is changed.
func Lay(rec *Record, op *Op, w Writer) *Record {
	if op.Withdraw {
		gone := &Record{Collection: op.Collection, ID: op.ID, Gone: true}
		if rec != nil {
			gone.V = rec.V
		}
		return gone
	}
	if rec == nil {
		return layNew(op, &w)
	}
	if rec.Gone {
		return rec
	}
	out := *rec
	out.Fields = slices.Clone(rec.Fields)
	if rec.States != nil {
		out.States = slices.Clone(rec.States)
	}
	member := w.Member
	if w.Server {
		member = Server
	}
	for i := range op.Changes {
		out.lay(op, &op.Changes[i], member)
	}
	return &out
}

func layNew(op *Op, w *Writer) *Record {
	if op.Base > 0 {
		return nil
	}
	a := Arrival{Time: op.At}
	rec := &Record{
		Collection: op.Collection, ID: op.ID,
		Made: newWrite(op, w, &a), Fields: slices.Clone(op.Collection.plan.starts),
	}
	set, p := rec.fill(op, &a)
	if p != nil {
		return nil
	}
	rec.fillIn(set, &a)
	return rec
}

// lay lays one change over.
func (r *Record) lay(op *Op, c *Change, member string) {
	f := &r.Collection.Fields[c.Field]
	now := r.Fields[c.Field]
	value := c.Value
	if value == Null {
		value = ""
	}
	switch f.Kind {
	case Register, Steps:
		r.layLosers(op, c)
		r.Fields[c.Field] = value
	case Narrow:
		if now == "" || c.Verb == Redact || slices.Index(f.Values, value.Text()) > slices.Index(f.Values, now.Text()) {
			r.Fields[c.Field] = value
		}
	case Once:
		if now == "" || c.Verb == Redact {
			r.Fields[c.Field] = value
		}
	case Set:
		r.Fields[c.Field] = layMembers(op, c, now)
	case Log:
		r.Fields[c.Field] = layEntries(op, c, now, member)
	}
}

// layLosers keeps the losers under a plain set, and clears them under a settle
// that has seen them: what has come after its base stays.
func (r *Record) layLosers(op *Op, c *Change) {
	if r.States == nil || r.States[c.Field] == nil {
		return
	}
	if c.Verb == Redact || c.Verb == Settle && r.V <= op.Base {
		r.States[c.Field] = nil
		return
	}
	st := &State{}
	for _, l := range r.Losers(c.Field) {
		st.Writes = append(st.Writes, Stood{Write: l})
	}
	r.States[c.Field] = st
}

func layMembers(op *Op, c *Change, now Value) Value {
	in := now.Elements()
	switch c.Verb {
	case Add:
		in = append(in, c.Values...)
	case Remove:
		// Of a value that the same op adds, the add is left.
		e := edit{op: op}
		in = slices.DeleteFunc(in, func(v Value) bool { return slices.Contains(c.Values, v) && !e.adds(c.Field, v) })
	case Redact:
		in = c.Value.Elements()
	}
	return sortedSet(in)
}

func layEntries(op *Op, c *Change, now Value, member string) Value {
	texts := now.Elements()
	has := func(id string) bool {
		return slices.ContainsFunc(texts, func(v Value) bool { return v.member("id").Text() == id })
	}
	if c.Verb == Redact {
		ids := fallen(c, nil)
		return Array(slices.DeleteFunc(texts, func(v Value) bool {
			return c.Value.Absent() && c.Values == nil || slices.Contains(ids, v.member("id").Text())
		}))
	}
	for _, v := range c.Values {
		if !has(v.member("id").Text()) {
			texts = append(texts, signed(v, member, op.At))
		}
	}
	return Array(texts)
}
