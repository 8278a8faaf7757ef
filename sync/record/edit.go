package record

import "slices"

// An edit is one op on its way into a copy of a record. What it changes is its
// own; what it leaves is shared with the record before.
type edit struct {
	op     *Op
	w      *Writer
	a      *Arrival
	next   *Record
	write  Write  // what is remembered of each of its changes, without a value
	status Status // the worst so far
	again  int    // changes that were here already
}

func (e *edit) become(s Status) { e.status = max(e.status, s) }

// state gives the state of a field to work on.
func (e *edit) state(field int) *State {
	if e.next.States == nil {
		e.next.States = make([]*State, len(e.next.Fields))
	}
	var st *State
	if old := e.next.States[field]; old != nil {
		c := *old
		c.Writes, c.Passed = slices.Clone(old.Writes), slices.Clone(old.Passed)
		c.Adds, c.Entries, c.Fallen = slices.Clone(old.Adds), slices.Clone(old.Entries), slices.Clone(old.Fallen)
		st = &c
	} else {
		st = e.next.madeState(field)
	}
	e.next.States[field] = st
	return st
}

// madeState is the state of a field that only the making op wrote.
func (r *Record) madeState(field int) *State {
	st := &State{Last: Touch{r.Made.Seq, r.Made.Device}}
	v := r.Fields[field]
	switch r.Collection.Fields[field].Kind {
	case Set:
		for e := newElements(v); e.next(); {
			st.Adds = append(st.Adds, Added{Value: e.value, Device: r.Made.Device, N: r.Made.N, Seq: r.Made.Seq, Since: r.Made.Seq})
		}
	case Log:
		for e := newElements(v); e.next(); {
			st.Entries = append(st.Entries, Entry{ID: e.value.member("id").Text(), Time: r.Made.Time, Seq: r.Made.Seq, Device: r.Made.Device, N: r.Made.N})
		}
	default:
		if v != "" {
			w := r.Made
			w.Value = v
			st.Writes = []Stood{{Write: w}}
		}
	}
	return st
}

// change applies one change of the op. The op has been judged; only a bound may
// still refuse it.
func (e *edit) change(c *Change) *Problem {
	f := &e.next.Collection.Fields[c.Field]
	if c.Verb == Redact {
		if f.Kind == Log {
			e.fell(c)
		} else {
			e.redact(c, f)
		}
		return nil
	}
	switch f.Kind {
	case Register, Steps:
		e.register(c, f)
	case Narrow:
		e.narrow(c, f)
	case Once:
		e.once(c)
	case Set:
		e.set(c)
	case Log:
		return e.log(c, f)
	}
	return nil
}

// with gives the write of one change.
func (e *edit) with(v Value) Write {
	w := e.write
	w.Value = v
	return w
}

// overtaken says whether a redaction stands that the op had not seen: then it is
// merged without effect.
func (e *edit) overtaken(st *State) bool {
	if st.Redacted.Seq == 0 || sees(e.op.Base, e.w.Device, e.op.N, &st.Redacted) {
		return false
	}
	st.passed(&e.write)
	e.become(Merged)
	return true
}

func (e *edit) took(st *State) { st.Last = Touch{e.a.Seq, e.w.Device} }

func (e *edit) register(c *Change, f *Field) {
	st := e.state(c.Field)
	if st.has(e.w.Device, e.op.N) {
		e.again++
		return
	}
	if e.overtaken(st) {
		return
	}
	stands := st.stand(e.with(c.Value), e.op.Base, c.Verb == Settle, f.Kind == Steps)
	e.took(st)
	e.next.Fields[c.Field] = st.value()
	if !stands {
		e.become(Merged)
		return
	}
	for i := range st.Writes {
		if s := &st.Writes[i]; s.Until == 0 && s.Value != c.Value {
			e.become(Kept)
		}
	}
}

// narrow: the narrowest ever set stands.
func (e *edit) narrow(c *Change, f *Field) {
	st := e.state(c.Field)
	if st.has(e.w.Device, e.op.N) {
		e.again++
		return
	}
	now := e.next.Fields[c.Field]
	if e.overtaken(st) || now == c.Value {
		return
	}
	if now != "" && slices.Index(f.Values, c.Value.Text()) < slices.Index(f.Values, now.Text()) {
		e.become(Merged)
		return
	}
	e.replace(st, c)
}

func (e *edit) once(c *Change) {
	if c.Value == Null || e.next.Fields[c.Field] == c.Value {
		return
	}
	e.replace(e.state(c.Field), c)
}

// replace lets a change be the only one that stands, without a loser.
func (e *edit) replace(st *State, c *Change) {
	for i := range st.Writes {
		if s := &st.Writes[i]; s.Until == 0 {
			s.end(e.a.Seq)
		}
	}
	st.Writes = append(st.Writes, Stood{Write: e.with(c.Value)})
	st.forget()
	e.took(st)
	e.next.Fields[c.Field] = st.value()
}

// redact erases every value and loser that the field ever had, and sets the
// given one. Of two redactions the later stands, without loser.
func (e *edit) redact(c *Change, f *Field) {
	st := e.state(c.Field)
	r := e.with(c.Value) // "" from a server that knows only the fact of it
	was := &st.Redacted
	if was.Seq != 0 && was.Device == r.Device && was.N == r.N {
		e.redactAgain(st, c)
		return
	}
	if was.Seq != 0 && was.later(&r) {
		e.become(Merged)
		return
	}
	if f.Kind == Set {
		st.Adds = slices.DeleteFunc(st.Adds, func(a Added) bool { return a.Device != r.Device || a.N < r.N })
		for _, v := range c.Value.Elements() {
			st.Adds = append(st.Adds, Added{Value: v, Device: r.Device, N: r.N, Seq: r.Seq, Since: r.Seq})
		}
		e.next.Fields[c.Field] = st.members()
	} else {
		e.redactWrites(st, r)
		e.next.Fields[c.Field] = st.value()
	}
	r.Value = ""
	st.Redacted, st.Awaited, st.Floor = r, c.Value == "", r.Seq
	e.took(st)
}

// redactWrites leaves nothing but the redaction and what its own device wrote
// after it, in case it comes late.
func (e *edit) redactWrites(st *State, r Write) {
	stands := true
	var left []Stood
	for i := range st.Writes {
		s := st.Writes[i]
		if s.Device == r.Device && s.N > r.N {
			left = append(left, s)
			stands = stands && s.Until != 0
			continue
		}
		st.passed(&s.Write)
	}
	st.Writes = left
	if stands {
		if r.Value == "" {
			r.Value = Null
		}
		st.Writes = append(st.Writes, Stood{Write: r})
	}
}

// redactAgain is the op of a redaction that is known already: where only the
// fact of it was, it sets its value.
func (e *edit) redactAgain(st *State, c *Change) {
	if !st.Awaited || c.Value == "" {
		e.again++
		return
	}
	st.Awaited = false
	for i := range st.Writes {
		if s := &st.Writes[i]; s.Device == e.w.Device && s.N == e.op.N {
			s.Value = c.Value
			if s.Until != 0 && len(s.Value) > longValue {
				s.Value = digest(s.Value)
			}
		}
	}
	e.took(st)
	e.next.Fields[c.Field] = st.value()
}
