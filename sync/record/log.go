package record

import (
	"slices"
	"strings"
)

// newLog gives the log of a record that is being made.
func newLog(f *Field, entries []Value, by string, at Time) (Value, *Problem) {
	var out []Value
	var ids []string
	for _, v := range entries {
		id := v.member("id").Text()
		if slices.Contains(ids, id) {
			continue
		}
		ids, out = append(ids, id), append(out, signed(v, by, at))
	}
	if len(out) > MaxEntries {
		return "", tooManyValues(f)
	}
	return Array(out), nil
}

// signed gives the entry with who added it and when, whatever it says itself.
func signed(entry Value, by string, at Time) Value {
	var b strings.Builder
	b.Grow(len(entry) + len(by) + 48)
	b.WriteByte('{')
	put := func(key, value string) {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(key)
		b.WriteByte(':')
		b.WriteString(value)
	}
	mine := [...][2]string{{`"at"`, string(at.Value())}, {`"by"`, string(Text(by))}}
	i := 0
	for m := newMembers(string(entry)); m.next(); {
		if m.key == mine[0][0] || m.key == mine[1][0] {
			continue
		}
		for ; i < len(mine) && mine[i][0] < m.key; i++ {
			put(mine[i][0], mine[i][1])
		}
		put(m.key, m.value)
	}
	for ; i < len(mine); i++ {
		put(mine[i][0], mine[i][1])
	}
	b.WriteByte('}')
	return Value(b.String())
}

// log adds entries in the order of their time. An id that is there, or that has
// fallen, is no change.
func (e *edit) log(c *Change, f *Field) *Problem {
	st := e.state(c.Field)
	var texts []Value
	added, again := 0, 0
	for _, v := range c.Values {
		id := v.member("id").Text()
		if slices.Contains(st.Fallen, id) {
			e.become(Merged)
			continue
		}
		if i := slices.IndexFunc(st.Entries, func(x Entry) bool { return x.ID == id }); i >= 0 {
			if x := &st.Entries[i]; x.Device == e.w.Device && x.N == e.op.N && x.Seq != e.a.Seq {
				again++
			}
			continue
		}
		if texts == nil {
			texts = e.next.Fields[c.Field].Elements()
		}
		entry := Entry{ID: id, Time: e.a.Time, Seq: e.a.Seq, Device: e.w.Device, N: e.op.N}
		at := len(st.Entries)
		for at > 0 && entry.before(&st.Entries[at-1]) {
			at--
		}
		st.Entries = slices.Insert(st.Entries, at, entry)
		texts = slices.Insert(texts, at, signed(v, e.write.Member, e.a.Time))
		added++
	}
	if len(st.Entries) > MaxEntries && added > 0 {
		return tooManyValues(f)
	}
	if again == len(c.Values) && again > 0 {
		e.again++
		return nil
	}
	if added > 0 {
		e.next.Fields[c.Field] = Array(texts)
		e.took(st)
	}
	return nil
}

func (x *Entry) before(y *Entry) bool {
	if x.Time != y.Time {
		return x.Time < y.Time
	}
	if x.Device != y.Device {
		return x.Device < y.Device
	}
	return x.N < y.N
}

// fell takes entries out of a log for good, whether they came yet or not. Null
// means all that are there.
func (e *edit) fell(c *Change) {
	st := e.state(c.Field)
	ids := fallen(c, st.Entries)
	texts := e.next.Fields[c.Field].Elements()
	again := true
	for _, id := range ids {
		if slices.Contains(st.Fallen, id) {
			continue
		}
		again = false
		st.Fallen = append(st.Fallen, id)
		if i := slices.IndexFunc(st.Entries, func(x Entry) bool { return x.ID == id }); i >= 0 {
			st.Entries = slices.Delete(st.Entries, i, i+1)
			texts = slices.Delete(texts, i, i+1)
		}
	}
	if again && len(ids) > 0 {
		e.again++
		return
	}
	e.next.Fields[c.Field] = Array(texts)
	e.took(st)
}

// fallen gives the ids that a redaction of a log names.
func fallen(c *Change, entries []Entry) []string {
	var ids []string
	for _, v := range append(c.Value.Elements(), c.Values...) {
		ids = append(ids, v.Text())
	}
	if ids == nil && c.Value.Absent() {
		for i := range entries {
			ids = append(ids, entries[i].ID)
		}
	}
	return ids
}
