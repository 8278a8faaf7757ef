package record

import "strconv"

// AppendFields appends the JSON object of those fields that have a value and
// are visible, in canonical form.
func AppendFields(dst []byte, r *Record, visible Mask) []byte {
	p := &r.Collection.plan
	dst = append(dst, '{')
	first := true
	for _, i := range p.sorted {
		if i >= len(r.Fields) || r.Fields[i] == "" || !visible.Has(i) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, p.heads[i]...)
		if kept := p.kept[i]; len(kept) > 0 {
			dst = appendEntries(dst, r.Fields[i], kept, visible)
		} else {
			dst = append(dst, r.Fields[i]...)
		}
	}
	return append(dst, '}')
}

// appendEntries appends a log without those keys of its entries that are kept back.
func appendEntries(dst []byte, log Value, kept []keptKey, visible Mask) []byte {
	dst = append(dst, '[')
	for e := newElements(log); e.next(); {
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		first := true
		for m := newMembers(string(e.value)); m.next(); {
			if hides(kept, m.key, visible) {
				continue
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(dst, m.key...)
			dst = append(dst, ':')
			dst = append(dst, m.value...)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func hides(kept []keptKey, quoted string, visible Mask) bool {
	for i := range kept {
		if k := &kept[i]; len(quoted) == len(k.name)+2 && quoted[1:len(quoted)-1] == k.name {
			return visible&k.bit == 0
		}
	}
	return false
}

// HasLosers says whether any field has a kept loser.
func (r *Record) HasLosers() bool {
	for i, st := range r.States {
		if st != nil && len(r.Losers(i)) > 0 {
			return true
		}
	}
	return false
}

// AppendLosers appends the JSON object of the kept losers of visible fields, by
// field, the latest first, with who wrote each and when ("k" on the wire). With
// none it gives dst as it was. Visible should be what the reader is let through
// and may settle: see [Record.Settles].
func AppendLosers(dst []byte, r *Record, visible Mask) []byte {
	return appendLosers(dst, r, visible, true)
}

// AppendLoserValues is [AppendLosers] for a reader who may settle a field, but
// not learn who wrote what: losers are {"value"} alone.
func AppendLoserValues(dst []byte, r *Record, visible Mask) []byte {
	return appendLosers(dst, r, visible, false)
}

func appendLosers(dst []byte, r *Record, visible Mask, whole bool) []byte {
	if r.States == nil {
		return dst
	}
	p := &r.Collection.plan
	any := false
	for _, i := range p.sorted {
		if !visible.Has(i) {
			continue
		}
		losers := r.Losers(i)
		if len(losers) == 0 {
			continue
		}
		if any {
			dst = append(dst, ',')
		} else {
			dst = append(dst, '{')
		}
		any = true
		dst = append(dst, p.heads[i]...)
		dst = append(dst, '[')
		for j := range losers {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = appendLoser(dst, &losers[j], whole)
		}
		dst = append(dst, ']')
	}
	if any {
		dst = append(dst, '}')
	}
	return dst
}

func appendLoser(dst []byte, w *Write, whole bool) []byte {
	dst = append(dst, '{')
	if whole {
		dst = append(dst, `"at":`...)
		dst = append(dst, w.Time.Value()...)
		dst = append(dst, `,"by":`...)
		dst = append(dst, Text(w.Member)...)
		dst = append(dst, `,"device":`...)
		dst = append(dst, Text(w.Device)...)
		dst = append(dst, `,"n":`...)
		dst = strconv.AppendInt(dst, w.N, 10)
		dst = append(dst, ',')
	}
	dst = append(dst, `"value":`...)
	dst = append(dst, w.Value...)
	return append(dst, '}')
}

// ParseFields reads back what [AppendFields] wrote with every field visible.
// What stands there and is no field of the collection is passed over. The
// values share one copy of the text.
func ParseFields(c *Collection, fields []byte) ([]Value, error) {
	out := make([]Value, len(c.Fields))
	m := newMembers(string(fields))
	for m.next() {
		if i := c.Field(m.key[1 : len(m.key)-1]); i >= 0 && m.value != "null" {
			out[i] = Value(m.value)
		}
	}
	if m.bad {
		return nil, errText
	}
	return out, nil
}
