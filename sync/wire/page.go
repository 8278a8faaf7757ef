package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decodeChanges reads a page.
func decodeChanges(data []byte) (*Changes, error) {
	r := read(data)
	defer r.done()
	if !r.open('{') {
		return nil, ErrFrame
	}
	var c Changes
	for {
		name, more, err := r.member()
		if err != nil {
			return nil, ErrFrame
		}
		if !more {
			break
		}
		v, err := r.value()
		if err != nil {
			return nil, ErrFrame
		}
		switch string(name) {
		case "records":
			if v.Kind() != '[' {
				return nil, ErrFrame
			}
			c.Records = v
		case "after":
			err = optional(v, &c.After)
		case "cursor":
			err = optional(v, &c.Cursor)
		case "more":
			c.More = string(v) == "true"
		case "dropped":
			err = json.Unmarshal(v, &c.Dropped)
		case "sums":
			err = json.Unmarshal(v, &c.Sums)
		}
		if err != nil {
			return nil, ErrFrame
		}
	}
	if c.Records == nil || c.Cursor == "" || !r.end() {
		return nil, ErrFrame
	}
	return &c, nil
}

// optional reads a string; null is "".
func optional(v []byte, to *string) error {
	if string(v) == "null" {
		*to = ""
		return nil
	}
	s, err := unquote(v)
	*to = string(s)
	return err
}

// DecodeRecords reads the records of a page, one after the other, until yield
// gives an error. Their raw values alias the page.
func DecodeRecords(records jsontext.Value, yield func(*Record) error) error {
	r := read(records)
	defer r.done()
	if !r.open('[') {
		return ErrFrame
	}
	for {
		more, err := r.more()
		if err != nil {
			return ErrFrame
		}
		if !more {
			return nil
		}
		var rec Record
		if err := rec.read(r); err != nil {
			return err
		}
		if err := yield(&rec); err != nil {
			return err
		}
	}
}

// DecodeRecord reads one record by itself.
func DecodeRecord(data []byte) (*Record, error) {
	r := read(data)
	defer r.done()
	var rec Record
	if err := rec.read(r); err != nil {
		return nil, err
	}
	return &rec, nil
}

func (rec *Record) read(r *reader) error {
	if !r.open('{') {
		return ErrFrame
	}
	for {
		name, more, err := r.member()
		if err != nil {
			return ErrFrame
		}
		if !more {
			break
		}
		v, err := r.value()
		if err != nil {
			return ErrFrame
		}
		ok := true
		switch string(name) {
		case "c":
			err = optional(v, &rec.Collection)
		case "r":
			err = optional(v, &rec.ID)
		case "v":
			rec.V, ok = whole(v)
		case "a":
			err = json.Unmarshal(v, &rec.Audiences)
		case "f":
			rec.Fields, ok = v, v.Kind() == '{'
		case "k":
			err = json.Unmarshal(v, &rec.Losers)
		case "gone":
			rec.Gone = string(v) == "true"
		case "out":
			rec.Out = string(v) == "true"
		}
		if err != nil || !ok {
			return ErrFrame
		}
	}
	if rec.Collection == "" || rec.ID == "" {
		return ErrFrame
	}
	return nil
}

// Append appends the record as it stands in a page.
func (rec *Record) Append(dst []byte) []byte {
	dst = append(dst, `{"c":`...)
	dst = appendText(dst, rec.Collection)
	dst = text(dst, "r", rec.ID)
	dst = number(dst, "v", rec.V)
	switch {
	case rec.Gone:
		return append(dst, `,"gone":true}`...)
	case rec.Out:
		return append(dst, `,"out":true}`...)
	}
	dst = texts(dst, "a", rec.Audiences)
	dst = append(dst, `,"f":`...)
	if len(rec.Fields) == 0 {
		dst = append(dst, `{}`...)
	} else {
		dst = append(dst, rec.Fields...)
	}
	if len(rec.Losers) > 0 {
		// A map of plain structs can't fail to be written.
		k, _ := json.Marshal(rec.Losers, json.Deterministic(true))
		dst = append(dst, `,"k":`...)
		dst = append(dst, k...)
	}
	return append(dst, '}')
}

// Digest is what one record that is neither gone nor out adds to the sum of
// each audience that it is in: the first 8 bytes of the SHA-256 of "c/r/v".
// Sums are modulo 2⁶⁴ and stand on the wire in decimal.
func Digest(collection, id string, v int64) uint64 {
	var space [128]byte
	b := append(space[:0], collection...)
	b = append(b, '/')
	b = append(b, id...)
	b = append(b, '/')
	b = strconv.AppendInt(b, v, 10)
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:8])
}
