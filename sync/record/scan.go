package record

import (
	"errors"
	"strings"
)

// errText is given for what is not canonical JSON where that was promised.
var errText = errors.New("record: not canonical JSON")

// skip gives the index just behind the JSON value that begins at i, or -1. It
// looks at structure alone: the text is canonical already, or it is told off.
func skip(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		return skipNested(s, i)
	}
	j := i
	for j < len(s) && s[j] != ',' && s[j] != '}' && s[j] != ']' {
		j++
	}
	if j == i {
		return -1
	}
	return j
}

func skipString(s string, i int) int {
	for j := i + 1; ; {
		k := strings.IndexByte(s[j:], '"')
		if k < 0 {
			return -1
		}
		end := j + k
		back := 0
		for end-1-back > i && s[end-1-back] == '\\' {
			back++
		}
		if back%2 == 0 {
			return end + 1
		}
		j = end + 1
	}
}

func skipNested(s string, i int) int {
	depth := 0
	for j := i; j < len(s); {
		switch s[j] {
		case '"':
			if j = skipString(s, j); j < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return j + 1
			}
		}
		j++
	}
	return -1
}

// elements walks over the values of a canonical array.
type elements struct {
	text  string
	at    int
	value Value
	bad   bool
}

func newElements(v Value) elements {
	return elements{text: string(v), bad: len(v) < 2 || v[0] != '[' || v[len(v)-1] != ']'}
}

func (e *elements) next() bool {
	if e.bad || e.at+1 >= len(e.text)-1 {
		return false
	}
	start := e.at + 1
	end := skip(e.text, start)
	if end < 0 || end >= len(e.text) || e.text[end] != ',' && end != len(e.text)-1 {
		e.bad = true
		return false
	}
	e.value, e.at = Value(e.text[start:end]), end
	return true
}

// members walks over the keys and values of a canonical object.
type members struct {
	text       string
	at         int
	key, value string // key with its quotes
	bad        bool
}

func newMembers(s string) members {
	return members{text: s, bad: len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}'}
}

func (m *members) next() bool {
	if m.bad || m.at+1 >= len(m.text)-1 {
		return false
	}
	m.bad = true
	start := m.at + 1
	if m.text[start] != '"' {
		return false
	}
	colon := skipString(m.text, start)
	if colon < 0 || colon >= len(m.text) || m.text[colon] != ':' {
		return false
	}
	end := skip(m.text, colon+1)
	if end < 0 || end >= len(m.text) || m.text[end] != ',' && end != len(m.text)-1 {
		return false
	}
	m.bad = false
	m.key, m.value, m.at = m.text[start:colon], m.text[colon+1:end], end
	return true
}

// member gives one value of a canonical object, or "".
func (v Value) member(name string) Value {
	for m := newMembers(string(v)); m.next(); {
		if len(m.key) == len(name)+2 && m.key[1:len(m.key)-1] == name {
			return Value(m.value)
		}
	}
	return ""
}

// Elements gives the values of a set or a log, or of any canonical array.
func (v Value) Elements() []Value {
	var out []Value
	for e := newElements(v); e.next(); {
		out = append(out, e.value)
	}
	return out
}

// Array gives the canonical array of values, in the order given.
func Array(values []Value) Value {
	if len(values) == 0 {
		return "[]"
	}
	n := 1 + len(values)
	for _, v := range values {
		n += len(v)
	}
	var b strings.Builder
	b.Grow(n)
	for i, v := range values {
		if i == 0 {
			b.WriteByte('[')
		} else {
			b.WriteByte(',')
		}
		b.WriteString(string(v))
	}
	b.WriteByte(']')
	return Value(b.String())
}
