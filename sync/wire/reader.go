package wire

import (
	"bytes"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// A reader is a decoder over bytes that are all here. Values are cut out of the
// bytes by their offsets, so that they stay good after it has gone on.
type reader struct {
	dec  jsontext.Decoder
	from bytes.Buffer
	data []byte
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// lenient is how a frame is read around its ops: what is wrong inside one is
// that op's own affair. An op itself is read without options, strictly.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

func read(data []byte, opts ...jsontext.Options) *reader {
	r := readers.Get().(*reader)
	r.data = data
	r.from = *bytes.NewBuffer(data)
	r.dec.Reset(&r.from, opts...)
	return r
}

func (r *reader) done() {
	r.data, r.from = nil, bytes.Buffer{}
	readers.Put(r)
}

// at is the offset behind what was read last.
func (r *reader) at() int { return int(r.dec.InputOffset()) }

// value gives the next value's bytes, aliasing the data.
func (r *reader) value() (jsontext.Value, error) {
	v, err := r.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := r.at()
	return r.data[end-len(v) : end : end], nil
}

// open reads the delimiter that begins an object ('{') or an array ('['), and
// says whether it was there.
func (r *reader) open(kind jsontext.Kind) bool {
	if r.dec.PeekKind() != kind {
		return false
	}
	_, err := r.dec.ReadToken()
	return err == nil
}

// null reads a null, and says whether one was there.
func (r *reader) null() bool {
	if r.dec.PeekKind() != 'n' {
		return false
	}
	_, err := r.dec.ReadToken()
	return err == nil
}

// more says whether the open object or array goes on; at its end it reads the delimiter.
func (r *reader) more() (bool, error) {
	switch r.dec.PeekKind() {
	case '}', ']':
		_, err := r.dec.ReadToken()
		return false, err
	case jsontext.KindInvalid:
		_, err := r.dec.ReadToken()
		return false, err
	}
	return true, nil
}

// member gives the name of the open object's next member; more is false at its end.
func (r *reader) member() (name []byte, more bool, err error) {
	if more, err = r.more(); err != nil || !more {
		return nil, false, err
	}
	v, err := r.dec.ReadValue()
	if err != nil {
		return nil, false, err
	}
	name, err = unquote(v)
	return name, true, err
}

// unquote gives the text of a JSON string, aliasing it where it has no escapes.
func unquote(v []byte) ([]byte, error) {
	if len(v) < 2 || v[0] != '"' {
		return nil, errNotText
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1], nil
	}
	return jsontext.AppendUnquote(nil, v)
}

// end says whether nothing but blanks is left.
func (r *reader) end() bool {
	return len(bytes.TrimLeft(r.data[r.at():], " \t\r\n")) == 0
}

// deep says whether the text nests deeper than levels. What is no JSON may give
// any answer.
func deep(data []byte, levels int) bool {
	if bytes.Count(data, []byte{'{'})+bytes.Count(data, []byte{'['}) <= levels {
		return false
	}
	depth, inside := 0, false
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			inside = !inside
		case '\\':
			if inside {
				i++
			}
		case '{', '[':
			if !inside {
				if depth++; depth > levels {
					return true
				}
			}
		case '}', ']':
			if !inside {
				depth--
			}
		}
	}
	return false
}

// whole reads an integer of at most 2⁵³−1 in size, in any of the ways that JSON
// may write it.
func whole(v []byte) (int64, bool) {
	if len(v) == 0 || len(v) > 32 {
		return 0, false
	}
	digits, negative := v, v[0] == '-'
	if negative {
		digits = v[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	var n int64
	for _, c := range digits {
		if c < '0' || c > '9' || n > maxWhole {
			return wholeFloat(v)
		}
		n = n*10 + int64(c-'0')
	}
	if n > maxWhole {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}
