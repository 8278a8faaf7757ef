package record

import "slices"

// Seen gives the field as the writer of op n of a device had seen it: what it
// was at base, with the device's own earlier ops laid over; "" is absent.
func (r *Record) Seen(field int, base int64, device string, n int64) Value {
	if r == nil || r.Gone {
		return ""
	}
	if base < r.Made.Seq && (r.Made.Device != device || r.Made.N >= n) {
		return ""
	}
	base = max(base, r.Made.Seq)
	st := r.state(field)
	if st == nil || st.Last.Seq <= base {
		return r.Fields[field]
	}
	v, _ := r.fieldSeen(field, base, device, n)
	return v
}

func (r *Record) state(field int) *State {
	if r.States == nil {
		return nil
	}
	return r.States[field]
}

// asSeen gives the record as a writer had seen it, kept losers too: what its
// change is judged by. One who had not even seen it made is judged by how it was
// made.
func (r *Record) asSeen(base int64, device string, n int64) *Record {
	if base >= r.V || r.States == nil {
		return r
	}
	base = max(base, r.Made.Seq)
	var out *Record
	for i, st := range r.States {
		if st == nil || st.Last.Seq <= base {
			continue
		}
		if out == nil {
			c := *r
			c.Fields, c.States = slices.Clone(r.Fields), slices.Clone(r.States)
			out = &c
		}
		out.Fields[i], out.States[i] = r.fieldSeen(i, base, device, n)
	}
	if out == nil {
		return r
	}
	return out
}

// fieldSeen gives value and losers of a field as a writer had seen them.
func (r *Record) fieldSeen(field int, base int64, device string, n int64) (Value, *State) {
	st := r.States[field]
	switch r.Collection.Fields[field].Kind {
	case Set:
		return st.setSeen(base, device, n), nil
	case Log:
		return st.logSeen(r.Fields[field], base, device, n), nil
	}
	return st.seen(base, device, n)
}

// seen gives what a device shows that received the record at base and has its
// own earlier writes laid over: a plain one is the value beside the losers, a
// settle clears them. Before the floor it is as at the floor.
func (st *State) seen(base int64, device string, n int64) (Value, *State) {
	base = max(base, st.Floor)
	var own *Stood
	settled := false
	for i := range st.Writes {
		s := &st.Writes[i]
		if s.Device != device || s.N >= n || s.Seq <= base {
			continue
		}
		settled = settled || s.Settles
		if own == nil || s.N > own.N {
			own = s
		}
	}
	var v Value
	out := &State{}
	if was := st.at(base); was >= 0 {
		v = st.Writes[was].Value
		for i := range st.Writes {
			s := st.Writes[i]
			if settled || !s.alive(base) || same(v, s.Value) || same(s.Value, v) {
				continue
			}
			s.Until, s.Value = 0, st.whole(s.Value)
			out.Writes = append(out.Writes, s)
		}
	}
	if own != nil {
		v = own.Value
	}
	if v == Null {
		return "", out
	}
	return st.whole(v), out
}

// whole gives a value for its digest where one that stands is equal.
func (st *State) whole(v Value) Value {
	if !v.isDigest() {
		return v
	}
	for i := range st.Writes {
		if st.Writes[i].Until == 0 && same(v, st.Writes[i].Value) {
			return st.Writes[i].Value
		}
	}
	return Forgotten
}

func (st *State) setSeen(base int64, device string, n int64) Value {
	var in []Value
	for i := range st.Adds {
		a := &st.Adds[i]
		own := a.Device == device && a.N < n
		if a.Seq == 0 || a.Since > base && !own {
			continue
		}
		if a.Out != 0 && (a.Out <= base || a.OutBy == device) {
			continue
		}
		in = append(in, a.Value)
	}
	return sortedSet(in)
}

func (st *State) logSeen(log Value, base int64, device string, n int64) Value {
	var in []Value
	i := 0
	for e := newElements(log); e.next() && i < len(st.Entries); i++ {
		if s := &st.Entries[i]; s.Seq <= base || s.Device == device && s.N < n {
			in = append(in, e.value)
		}
	}
	return Array(in)
}

// sortedSet gives the array of values, each once, in the order of their bytes.
func sortedSet(values []Value) Value {
	slices.Sort(values)
	return Array(slices.Compact(values))
}
