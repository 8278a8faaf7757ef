package record

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// Forgotten is what [Record.Seen] gives for a value that was too long to be kept
// once it no longer stood: there was one, and it equals no other.
const Forgotten Value = `"…"`

// later is the order in which one of several standing writes is the value: the
// greater time, then the greater device id by its bytes, then the greater n.
func (w *Write) later(than *Write) bool {
	if w.Time != than.Time {
		return w.Time > than.Time
	}
	if w.Device != than.Device {
		return w.Device > than.Device
	}
	return w.N > than.N
}

func (w *Write) byServer() bool { return w.Member == Server }

// sees says whether the writer of op n of a device, with this base, had seen w:
// everything up to its base, and every earlier op of its own device.
func sees(base int64, device string, n int64, w *Write) bool {
	return w.Seq <= base || w.Device == device && w.N < n
}

// alive says whether the write stood when the record was at version v.
func (s *Stood) alive(v int64) bool { return s.Seq <= v && (s.Until == 0 || s.Until > v) }

// at gives the index of the write that was the field's value at version v, or -1.
func (st *State) at(v int64) int {
	best := -1
	for i := range st.Writes {
		if s := &st.Writes[i]; s.alive(v) && (best < 0 || s.later(&st.Writes[best].Write)) {
			best = i
		}
	}
	return best
}

// value gives what the field is now; "" is absent.
func (st *State) value() Value {
	best := -1
	for i := range st.Writes {
		if s := &st.Writes[i]; s.Until == 0 && (best < 0 || s.later(&st.Writes[best].Write)) {
			best = i
		}
	}
	if best < 0 || st.Writes[best].Value == Null {
		return ""
	}
	return st.Writes[best].Value
}

// has says whether this very op has had its effect on the field already.
func (st *State) has(device string, n int64) bool {
	for i := range st.Writes {
		if s := &st.Writes[i]; s.N == n && s.Device == device {
			return true
		}
	}
	for i := range st.Passed {
		if p := &st.Passed[i]; p.N == n && p.Device == device {
			return true
		}
	}
	return false
}

// nextOwn gives the seq of the earliest known later op of the same device on the
// field, and whether there is one: then op n takes effect late.
func (st *State) nextOwn(device string, n int64) (seq int64, late bool) {
	for i := range st.Writes {
		if s := &st.Writes[i]; s.Device == device && s.N > n && (!late || s.Seq < seq) {
			seq, late = s.Seq, true
		}
	}
	for i := range st.Passed {
		if p := &st.Passed[i]; p.Device == device && p.N > n && (!late || p.Seq < seq) {
			seq, late = p.Seq, true
		}
	}
	return seq, late
}

// stand is the register rule (protocol section 7). It says whether w stands.
func (st *State) stand(w Write, base int64, settle, yields bool) bool {
	next, late := st.nextOwn(w.Device, w.N)
	if late && base >= next {
		// What the device did later it had not seen then, whatever a mended op says.
		base = next - 1
	}
	was := -1
	if base >= st.Floor {
		was = st.at(base)
	}
	var value Value
	if was >= 0 {
		value = st.Writes[was].Value
	}
	for i := range st.Writes {
		s := &st.Writes[i]
		if s.Until != 0 {
			continue
		}
		atBase := s.Seq <= base && (settle || was >= 0 && same(value, s.Value)) // (i) and (iii)
		own := s.Device == w.Device && s.N < w.N                                // (ii)
		if atBase || own {
			s.end(w.Seq)
		}
	}
	if yields {
		late = st.meetSteps(&w, base, late)
	}
	if !late {
		st.Writes = append(st.Writes, Stood{Write: w, Settles: settle})
	}
	st.forget()
	return !late
}

// meetSteps lets a step of the server yield to a person's where neither had seen
// the other. It says whether w does not stand.
func (st *State) meetSteps(w *Write, base int64, late bool) bool {
	for i := range st.Writes {
		s := &st.Writes[i]
		if late || s.Until != 0 || s.Seq <= base {
			continue
		}
		switch {
		case w.byServer() && !s.byServer():
			return true
		case !w.byServer() && s.byServer():
			s.end(w.Seq)
		}
	}
	return late
}

// end lets a write stand no longer. Of a long value only a digest is kept, to
// know an equal one by.
func (s *Stood) end(seq int64) {
	s.Until = seq
	if len(s.Value) > longValue {
		s.Value = digest(s.Value)
	}
}

func digest(v Value) Value {
	sum := sha256.Sum256([]byte(v))
	return Value("#" + base64.RawStdEncoding.EncodeToString(sum[:16]))
}

func (v Value) isDigest() bool { return strings.HasPrefix(string(v), "#") }

// same compares values of which the first may be a digest.
func same(a, b Value) bool {
	return a == b || a.isDigest() && !b.isDigest() && len(b) > longValue && a == digest(b)
}

// forget keeps what no longer stands within its bound.
func (st *State) forget() {
	past := 0
	for i := range st.Writes {
		if st.Writes[i].Until != 0 {
			past++
		}
	}
	for ; past > maxStood; past-- {
		oldest := -1
		for i := range st.Writes {
			if u := st.Writes[i].Until; u != 0 && (oldest < 0 || u < st.Writes[oldest].Until) {
				oldest = i
			}
		}
		st.Floor = max(st.Floor, st.Writes[oldest].Until)
		st.passed(&st.Writes[oldest].Write)
		st.Writes = slices.Delete(st.Writes, oldest, oldest+1)
	}
}

// passed remembers how far a device has come whose write is about to be forgotten.
func (st *State) passed(w *Write) {
	for i := range st.Passed {
		if p := &st.Passed[i]; p.Device == w.Device {
			if w.N > p.N {
				p.N, p.Seq = w.N, w.Seq
			}
			return
		}
	}
	if len(st.Passed) == maxPassed {
		st.Passed = slices.Delete(st.Passed, 0, 1)
	}
	st.Passed = append(st.Passed, Passed{w.Device, w.N, w.Seq})
}

// Losers gives the standing values of a field that differ from its value, each
// once, the latest first. A cleared one is [Null].
func (r *Record) Losers(field int) []Write {
	if r == nil || r.States == nil || r.States[field] == nil {
		return nil
	}
	value := r.Fields[field]
	if value == "" {
		value = Null
	}
	var out []Write
	for i := range r.States[field].Writes {
		s := &r.States[field].Writes[i]
		if s.Until != 0 || s.Value == value {
			continue
		}
		j := slices.IndexFunc(out, func(w Write) bool { return w.Value == s.Value })
		switch {
		case j < 0:
			out = append(out, s.Write)
		case s.later(&out[j]):
			out[j] = s.Write
		}
	}
	slices.SortFunc(out, func(a, b Write) int {
		if a.later(&b) {
			return -1
		}
		return 1
	})
	return out
}
