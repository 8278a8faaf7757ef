package record

import "slices"

// set merges values: each device's latest add of a value is remembered, a remove
// takes those that it had seen.
func (e *edit) set(c *Change) {
	st := e.state(c.Field)
	if st.has(e.w.Device, e.op.N) {
		e.again++
		return
	}
	if e.overtaken(st) {
		return
	}
	news := 0
	for _, v := range c.Values {
		switch {
		case c.Verb == Add:
			news += e.add(st, v)
		case !e.adds(c.Field, v):
			news += e.remove(st, v)
		default:
			news++ // its own add, in this op, is the one that is left
		}
	}
	if news == 0 && len(c.Values) > 0 {
		e.again++
		return
	}
	st.forgetRemoved()
	e.next.Fields[c.Field] = st.members()
	e.took(st)
}

// full says which set the op, all of it, would fill over its bound.
func (e *edit) full() *Problem {
	for i := range e.op.Changes {
		c := &e.op.Changes[i]
		f := &e.next.Collection.Fields[c.Field]
		if f.Kind != Set || c.Verb != Add {
			continue
		}
		if st := e.next.States[c.Field]; len(st.Adds) > MaxSet && len(e.next.Fields[c.Field].Elements()) > MaxSet {
			return tooManyValues(f)
		}
	}
	return nil
}

// adds says whether the op adds a value, whatever else it does with it.
func (e *edit) adds(field int, v Value) bool {
	return slices.ContainsFunc(e.op.Changes, func(c Change) bool {
		return c.Field == field && c.Verb == Add && slices.Contains(c.Values, v)
	})
}

func (st *State) addOf(v Value, device string) *Added {
	for i := range st.Adds {
		if a := &st.Adds[i]; a.Device == device && a.Value == v {
			return a
		}
	}
	return nil
}

// add remembers the device's latest add of a value. It gives 0 where this very
// op did so already.
func (e *edit) add(st *State, v Value) int {
	a := st.addOf(v, e.w.Device)
	switch {
	case a == nil:
		st.Adds = append(st.Adds, Added{Value: v, Device: e.w.Device, N: e.op.N, Seq: e.a.Seq, Since: e.a.Seq})
	case a.N == e.op.N:
		return 0
	case a.N > e.op.N:
		e.become(Merged) // late: what its device did with the value since, stands
	default:
		if a.Seq == 0 || a.Out != 0 {
			a.Since = e.a.Seq
		}
		a.N, a.Seq, a.Out, a.OutBy = e.op.N, e.a.Seq, 0, ""
	}
	return 1
}

// remove takes those adds of a value that the op had seen.
func (e *edit) remove(st *State, v Value) int {
	own := st.addOf(v, e.w.Device)
	if own != nil && own.N == e.op.N {
		return 0
	}
	for i := range st.Adds {
		a := &st.Adds[i]
		if a.Value != v || a.Out != 0 {
			continue
		}
		if a.Seq <= e.op.Base && a.Device != e.w.Device || a.Device == e.w.Device && a.N < e.op.N {
			a.Out, a.OutBy = e.a.Seq, e.w.Device
		}
	}
	switch {
	case own == nil:
		st.Adds = append(st.Adds, Added{Value: v, Device: e.w.Device, N: e.op.N, Out: e.a.Seq, OutBy: e.w.Device})
	case own.N < e.op.N:
		own.N = e.op.N
	}
	return 1
}

// members gives the set's value.
func (st *State) members() Value {
	var in []Value
	for i := range st.Adds {
		if st.Adds[i].Out == 0 {
			in = append(in, st.Adds[i].Value)
		}
	}
	return sortedSet(in)
}

// forgetRemoved keeps the removed values within their bound.
func (st *State) forgetRemoved() {
	out := 0
	for i := range st.Adds {
		if st.Adds[i].Out != 0 {
			out++
		}
	}
	for ; out > maxOut; out-- {
		oldest := -1
		for i := range st.Adds {
			if o := st.Adds[i].Out; o != 0 && (oldest < 0 || o < st.Adds[oldest].Out) {
				oldest = i
			}
		}
		st.Adds = slices.Delete(st.Adds, oldest, oldest+1)
	}
}
