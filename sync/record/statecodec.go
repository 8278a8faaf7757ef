package record

import (
	"encoding/binary"
	"errors"
	"slices"
)

// errState is given for bytes that are no state of this record.
var errState = errors.New("record: the state of this record can't be read; restore it from a backup")

// The first byte of a state. A later layout gets another one, and reads this.
const stateLayout = 1

// MarshalState gives what a store keeps of a record beside its fields, V, Gone
// and Made; nil while the making op was the only one. Values that stand in the
// fields already are not written again, devices and members once.
func MarshalState(r *Record) []byte {
	if r.Gone || r.Last.Seq == 0 {
		return nil
	}
	e := encoder{base: r.Made.Seq, time: r.Made.Time}
	e.touch(r.Last)
	e.touch(r.Other)
	for i, st := range r.States {
		if st != nil {
			e.uint(uint64(i) + 1)
			e.state(st, r.Fields[i])
		}
	}
	e.uint(0)
	out := make([]byte, 0, len(e.b)+64)
	out = append(out, stateLayout)
	out = binary.AppendUvarint(out, uint64(len(e.names)))
	for _, n := range e.names {
		out = binary.AppendUvarint(out, uint64(len(n)))
		out = append(out, n...)
	}
	return append(out, e.b...)
}

type encoder struct {
	b     []byte
	names []string // devices and members, by their first use
	base  int64
	time  Time
}

func (e *encoder) uint(n uint64) { e.b = binary.AppendUvarint(e.b, n) }
func (e *encoder) int(n int64)   { e.b = binary.AppendVarint(e.b, n) }
func (e *encoder) seq(n int64)   { e.int(n - e.base) }

// until writes a seq of which 0 means "not yet".
func (e *encoder) until(n int64) {
	if n == 0 {
		e.uint(0)
		return
	}
	e.uint(uint64(n-e.base) + 1)
}

func (e *encoder) text(s string) {
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) name(s string) {
	i := slices.Index(e.names, s)
	if i < 0 {
		i = len(e.names)
		e.names = append(e.names, s)
	}
	e.uint(uint64(i))
}

func (e *encoder) touch(t Touch) {
	e.until(t.Seq)
	if t.Seq != 0 {
		e.name(t.Device)
	}
}

// What a write's value is, when it is not written out.
const (
	valueHere = iota
	valueOfField
	valueNull
)

func (e *encoder) write(w *Write, field Value) {
	e.seq(w.Seq)
	e.int(int64(w.Time - e.time))
	e.name(w.Device)
	e.int(w.N)
	e.name(w.Member)
	switch {
	case w.Value == Null:
		e.uint(valueNull)
	case w.Value == field:
		e.uint(valueOfField)
	default:
		e.uint(valueHere)
		e.text(string(w.Value))
	}
}

func (e *encoder) state(st *State, field Value) {
	e.touch(st.Last)
	e.until(st.Floor)
	e.uint(uint64(len(st.Writes)))
	for i := range st.Writes {
		e.write(&st.Writes[i].Write, field)
		e.uint(uint64(b2i(st.Writes[i].Settles)))
		e.until(st.Writes[i].Until)
	}
	e.uint(uint64(len(st.Passed)))
	for _, p := range st.Passed {
		e.name(p.Device)
		e.int(p.N)
		e.seq(p.Seq)
	}
	if st.Redacted.Seq == 0 {
		e.uint(0)
	} else {
		e.uint(1 + uint64(b2i(st.Awaited)))
		e.write(&st.Redacted, "")
	}
	e.uint(uint64(len(st.Adds)))
	for i := range st.Adds {
		a := &st.Adds[i]
		e.text(string(a.Value))
		e.name(a.Device)
		e.int(a.N)
		e.until(a.Seq)
		e.until(a.Since)
		e.until(a.Out)
		if a.Out != 0 {
			e.name(a.OutBy)
		}
	}
	e.uint(uint64(len(st.Entries)))
	for i := range st.Entries {
		x := &st.Entries[i]
		e.text(x.ID)
		e.int(int64(x.Time - e.time))
		e.seq(x.Seq)
		e.name(x.Device)
		e.int(x.N)
	}
	e.uint(uint64(len(st.Fallen)))
	for _, id := range st.Fallen {
		e.text(id)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// UnmarshalState puts back what [MarshalState] gave. The record's collection,
// fields, V and Made must stand already.
func UnmarshalState(r *Record, b []byte) error {
	r.States, r.Last, r.Other = nil, Touch{}, Touch{}
	if len(b) == 0 {
		return nil
	}
	if b[0] != stateLayout {
		return errState
	}
	d := decoder{b: b[1:], base: r.Made.Seq, time: r.Made.Time}
	for n := d.count(); n > 0; n-- {
		d.names = append(d.names, d.text())
	}
	r.Last, r.Other = d.touch(), d.touch()
	for {
		i := d.uint()
		if d.bad || i == 0 {
			break
		}
		if i > uint64(len(r.Fields)) {
			d.fail()
			break
		}
		if r.States == nil {
			r.States = make([]*State, len(r.Fields))
		}
		r.States[i-1] = d.state(r.Fields[i-1])
	}
	if d.bad || len(d.b) != 0 {
		r.States, r.Last, r.Other = nil, Touch{}, Touch{}
		return errState
	}
	return nil
}

// A decoder reads on with zeros once something was bad; its owner looks at bad
// at the end.
type decoder struct {
	b     []byte
	names []string
	base  int64
	time  Time
	bad   bool
}

func (d *decoder) fail() { d.bad, d.b = true, nil }

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

func (d *decoder) int() int64 {
	n, size := binary.Varint(d.b)
	if size <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return n
}

// count reads how many follow; each takes a byte at least.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) seq() int64 { return d.int() + d.base }
func (d *decoder) at() Time   { return Time(d.int()) + d.time }

func (d *decoder) until() int64 {
	n := d.uint()
	if n == 0 {
		return 0
	}
	return int64(n-1) + d.base
}

func (d *decoder) text() string {
	n := d.count()
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) name() string {
	i := d.uint()
	if i >= uint64(len(d.names)) {
		d.fail()
		return ""
	}
	return d.names[i]
}

func (d *decoder) touch() Touch {
	t := Touch{Seq: d.until()}
	if t.Seq != 0 {
		t.Device = d.name()
	}
	return t
}

func (d *decoder) write(field Value) Write {
	w := Write{Seq: d.seq(), Time: d.at(), Device: d.name(), N: d.int(), Member: d.name()}
	switch d.uint() {
	case valueHere:
		w.Value = Value(d.text())
	case valueOfField:
		w.Value = field
	case valueNull:
		w.Value = Null
	default:
		d.fail()
	}
	return w
}

func (d *decoder) state(field Value) *State {
	st := &State{Last: d.touch(), Floor: d.until()}
	for n := d.count(); n > 0; n-- {
		st.Writes = append(st.Writes, Stood{d.write(field), d.uint() == 1, d.until()})
	}
	for n := d.count(); n > 0; n-- {
		st.Passed = append(st.Passed, Passed{d.name(), d.int(), d.seq()})
	}
	if redacted := d.uint(); redacted > 0 {
		st.Awaited = redacted == 2
		st.Redacted = d.write("")
	}
	for n := d.count(); n > 0; n-- {
		a := Added{Value: Value(d.text()), Device: d.name(), N: d.int(), Seq: d.until(), Since: d.until(), Out: d.until()}
		if a.Out != 0 {
			a.OutBy = d.name()
		}
		st.Adds = append(st.Adds, a)
	}
	for n := d.count(); n > 0; n-- {
		st.Entries = append(st.Entries, Entry{ID: d.text(), Time: d.at(), Seq: d.seq(), Device: d.name(), N: d.int()})
	}
	for n := d.count(); n > 0; n-- {
		st.Fallen = append(st.Fallen, d.text())
	}
	return st
}

// ParseLosers puts losers as they came on the wire ("k") on a record whose
// fields and V stand already. A device does this; a server has [UnmarshalState].
// A loser without "by", "at", "n" and "device" keeps them empty.
func ParseLosers(r *Record, k []byte) error {
	r.States = nil
	if len(k) == 0 {
		return nil
	}
	states := make([]*State, len(r.Fields))
	m := newMembers(string(k))
	for m.next() {
		i := r.Collection.Field(m.key[1 : len(m.key)-1])
		if i < 0 || i >= len(states) {
			continue
		}
		st := &State{}
		e := newElements(Value(m.value))
		for e.next() {
			w, err := parseLoser(e.value)
			if err != nil {
				return err
			}
			w.Seq = r.V
			st.Writes = append(st.Writes, Stood{Write: w})
		}
		if e.bad {
			return errText
		}
		states[i] = st
	}
	if m.bad {
		return errText
	}
	r.States = states
	return nil
}

func parseLoser(v Value) (w Write, err error) {
	m := newMembers(string(v))
	for m.next() {
		switch value := Value(m.value); m.key {
		case `"value"`:
			w.Value = value
		case `"by"`:
			w.Member = value.Text()
		case `"device"`:
			w.Device = value.Text()
		case `"at"`:
			w.Time, err = ParseTime(value.Text())
		case `"n"`:
			w.N, err = value.Integer()
		}
		if err != nil {
			return w, err
		}
	}
	if m.bad || w.Value == "" {
		return w, errText
	}
	return w, nil
}
