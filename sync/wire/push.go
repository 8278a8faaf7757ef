package wire

import (
	"crypto/sha256"
)

// inside reads the rest of an object that holds ops.
func (f *Push) inside(r *reader) *Fault {
	found := false
	for {
		name, more, err := r.member()
		if err != nil {
			return errNotJSON
		}
		if !more {
			break
		}
		var fault *Fault
		if string(name) == "ops" && !found {
			found, fault = true, f.read(r)
		} else {
			fault = skip(r)
		}
		if fault != nil {
			return fault
		}
	}
	if !found {
		return errNoOps
	}
	return nil
}

// read reads the array of ops.
func (f *Push) read(r *reader) *Fault {
	if !r.open('[') {
		return errNoOps
	}
	for {
		more, err := r.more()
		if err != nil {
			return errNotJSON
		}
		if !more {
			return nil
		}
		if len(f.Ops) == MaxOps {
			return errTooMany
		}
		var e Envelope
		if fault := e.read(r); fault != nil {
			return fault
		}
		f.Ops = append(f.Ops, e)
	}
}

// read reads one op as far as its number and whether it is sealed or void.
func (e *Envelope) read(r *reader) *Fault {
	if !r.open('{') {
		return errNoNumber
	}
	start := r.at() - 1
	var to int64
	for {
		name, more, err := r.member()
		if err != nil {
			return errNotJSON
		}
		if !more {
			break
		}
		v, err := r.value()
		if err != nil {
			return errNotJSON
		}
		switch string(name) {
		case "n":
			n, ok := whole(v)
			// Which number it was must not hang on who reads it.
			if !ok || n < 1 || e.N != 0 && e.N != n {
				return errNoNumber
			}
			e.N = n
		case "to":
			if n, ok := whole(v); ok {
				to = n
			} else {
				to = -1
			}
		case "void":
			e.Void = string(v) == "true"
		case "key":
			e.Key = plain(v)
		case "sealed":
			e.Sealed = plain(v)
		}
	}
	e.Raw = r.data[start:r.at():r.at()]
	switch {
	case e.N == 0:
		return errNoNumber
	case len(e.Raw) > MaxOp:
		return errLargeOp
	case deep(e.Raw, MaxDepth-2):
		return errDeep
	}
	e.To = e.N
	if e.Void {
		e.Key, e.Sealed = "", ""
		if to != 0 {
			if to < e.N {
				return errNoNumber
			}
			e.To = to
		}
	}
	e.Hash = sha256.Sum256(e.Raw)
	return nil
}

// plain gives the text of a string, "" for anything else.
func plain(v []byte) string {
	s, err := unquote(v)
	if err != nil {
		return ""
	}
	return string(s)
}
