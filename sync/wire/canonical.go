package wire

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
)

// ErrNotCanonical is given for a text that is no single JSON value, holds a
// name twice in one object or bytes that are no UTF-8, nests too deep, or holds a
// number that a 64-bit float can't.
var ErrNotCanonical = errors.New("wire: not one JSON value in the sense of RFC 7493")

// Canonical gives the canonical form of any JSON value: RFC 8785 (no blanks,
// members sorted by the UTF-16 code units of their names, numbers as ECMAScript
// writes them, shortest escapes), with every string, but not the names of
// members, trimmed and in NFC. Equal values have equal forms.
func Canonical(raw []byte) (record.Value, error) {
	r := read(raw)
	defer r.done()
	dst, err := appendCanonical(make([]byte, 0, len(raw)), r, 0)
	if err != nil || !r.end() {
		return "", ErrNotCanonical
	}
	return record.Value(dst), nil
}

func appendCanonical(dst []byte, r *reader, depth int) ([]byte, error) {
	switch r.dec.PeekKind() {
	case '{':
		return appendObject(dst, r, depth+1)
	case '[':
		return appendArray(dst, r, depth+1)
	}
	v, err := r.value()
	if err != nil {
		return dst, err
	}
	switch v.Kind() {
	case '"':
		if asIs(v) {
			return append(dst, v...), nil
		}
		t, _, err := canonicalText(v)
		return append(dst, t...), err
	case '0':
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil || math.IsInf(f, 0) {
			return dst, ErrNotCanonical
		}
		if f == 0 { // RFC 8785 knows no -0
			return append(dst, '0'), nil
		}
		return jsontext.AppendFloat(dst, f, 64), nil
	}
	return append(dst, v...), nil
}

func appendArray(dst []byte, r *reader, depth int) ([]byte, error) {
	if !r.open('[') || depth > MaxDepth {
		return dst, ErrNotCanonical
	}
	dst = append(dst, '[')
	for first := true; ; first = false {
		more, err := r.more()
		if err != nil {
			return dst, err
		}
		if !more {
			return append(dst, ']'), nil
		}
		if !first {
			dst = append(dst, ',')
		}
		if dst, err = appendCanonical(dst, r, depth); err != nil {
			return dst, err
		}
	}
}

// A pair is one member of an object, its value canonical.
type pair struct {
	name  string
	value record.Value
}

func appendObject(dst []byte, r *reader, depth int) ([]byte, error) {
	if !r.open('{') || depth > MaxDepth {
		return dst, ErrNotCanonical
	}
	var pairs []pair
	for {
		name, more, err := r.member()
		if err != nil {
			return dst, err
		}
		if !more {
			return appendPairs(dst, pairs), nil
		}
		p := pair{name: string(name)}
		v, err := appendCanonical(nil, r, depth)
		if err != nil {
			return dst, err
		}
		p.value = record.Value(v)
		pairs = append(pairs, p)
	}
}

// appendPairs appends an object of members, which it sorts.
func appendPairs(dst []byte, pairs []pair) []byte {
	slices.SortFunc(pairs, func(a, b pair) int { return compareUTF16(a.name, b.name) })
	dst = append(dst, '{')
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, record.Text(p.name)...)
		dst = append(dst, ':')
		dst = append(dst, p.value...)
	}
	return append(dst, '}')
}

// compareUTF16 orders texts by their UTF-16 code units, which differs from the
// order of code points where one is beyond the basic plane.
func compareUTF16(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	for i := 0; i < len(ra) && i < len(rb); i++ {
		if ra[i] != rb[i] {
			return cmp.Or(cmp.Compare(unit(ra[i]), unit(rb[i])), cmp.Compare(ra[i], rb[i]))
		}
	}
	return cmp.Compare(len(ra), len(rb))
}

// unit is a code point's first UTF-16 code unit.
func unit(r rune) rune {
	if r >= 0x10000 {
		return 0xD800 + (r-0x10000)>>10
	}
	return r
}
