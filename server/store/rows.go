package store

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"earshot/sync/record"
)

// errBroken: a row does not hold what this package writes.
var errBroken = errors.New("store: a row can't be read")

// A stored is a record as its row holds it.
type stored struct {
	num    int64
	rec    *record.Record
	grants []grant
}

// A grant is an audience by its number, and what it is let through. A gone
// record keeps those that it was last in, with nothing let through.
type grant struct {
	audience int64
	mask     record.Mask
}

const recordColumns = "num, v, gone, grants, made, fields, state"

// load gives a record, or nil where it is not here.
func load(c *conn, kinds *kinds, dat int64, coll *record.Collection, id string) (*stored, error) {
	raw := rawID(id)
	if raw == nil {
		return nil, nil
	}
	r, err := c.one("SELECT "+recordColumns+" FROM records WHERE id = ? AND kind = ? AND dat = ?", raw, kinds.num(coll), dat)
	if err != nil || r == nil {
		return nil, err
	}
	return scan(coll, id, r)
}

// scan reads a row of recordColumns.
func scan(coll *record.Collection, id string, r row) (*stored, error) {
	st := &stored{num: r.int(0), rec: &record.Record{Collection: coll, ID: id, V: r.int(1), Gone: r.int(2) != 0}}
	var err error
	if st.grants, err = parseGrants(r.blob(3)); err != nil {
		return nil, err
	}
	if st.rec.Made, err = parseMade(r.blob(4)); err != nil {
		return nil, err
	}
	if st.rec.Gone {
		return st, nil
	}
	if st.rec.Fields, err = record.ParseFields(coll, r.blob(5)); err != nil {
		return nil, fmt.Errorf("fields of a %s: %w", coll.Name, err)
	}
	if state := r.blob(6); state != nil {
		if err := record.UnmarshalState(st.rec, state); err != nil {
			return nil, fmt.Errorf("state of a %s: %w", coll.Name, err)
		}
	}
	return st, nil
}

func appendGrants(b []byte, grants []grant) []byte {
	for _, g := range grants {
		b = binary.AppendUvarint(b, uint64(g.audience))
		b = binary.AppendUvarint(b, uint64(g.mask))
	}
	return b
}

func parseGrants(b []byte) ([]grant, error) {
	var out []grant
	for len(b) > 0 {
		g, n := nextGrant(b)
		if n <= 0 {
			return nil, errBroken
		}
		out = append(out, g)
		b = b[n:]
	}
	return out, nil
}

// nextGrant reads one grant and says how long it was; 0 where it is broken.
func nextGrant(b []byte) (grant, int) {
	a, n := binary.Uvarint(b)
	if n <= 0 {
		return grant{}, 0
	}
	mask, m := binary.Uvarint(b[n:])
	if m <= 0 {
		return grant{}, 0
	}
	return grant{int64(a), record.Mask(mask)}, n + m
}

func appendMade(b []byte, w record.Write) []byte {
	b = binary.AppendVarint(b, w.Seq)
	b = binary.AppendVarint(b, int64(w.Time))
	b = binary.AppendVarint(b, w.N)
	return appendName(appendName(b, w.Device), w.Member)
}

func parseMade(b []byte) (record.Write, error) {
	var w record.Write
	if len(b) == 0 {
		return w, nil
	}
	var at int64
	for _, p := range [...]*int64{&w.Seq, &at, &w.N} {
		v, n := binary.Varint(b)
		if n <= 0 {
			return w, errBroken
		}
		*p, b = v, b[n:]
	}
	w.Time = record.Time(at)
	var ok1, ok2 bool
	w.Device, b, ok1 = nextName(b)
	w.Member, b, ok2 = nextName(b)
	if !ok1 || !ok2 || len(b) != 0 {
		return w, errBroken
	}
	return w, nil
}

// How a name of a device or member is kept: as the bytes that it stands for,
// where it is a thumbprint or a UUID.
const (
	asHash = 254
	asUUID = 255
)

func appendName(b []byte, name string) []byte {
	if raw := rawID(name); len(name) == 36 && raw != nil {
		return append(append(b, asUUID), raw...)
	}
	if len(name) == 43 {
		if raw, err := base64.RawURLEncoding.Strict().DecodeString(name); err == nil && len(raw) == 32 {
			return append(append(b, asHash), raw...)
		}
	}
	name = name[:min(len(name), asHash-1)]
	return append(append(b, byte(len(name))), name...)
}

func nextName(b []byte) (name string, rest []byte, ok bool) {
	if len(b) == 0 {
		return "", nil, false
	}
	tag, b := b[0], b[1:]
	n := int(tag)
	switch tag {
	case asUUID:
		n = 16
	case asHash:
		n = 32
	}
	if len(b) < n {
		return "", nil, false
	}
	switch tag {
	case asUUID:
		name = textID(b[:n])
	case asHash:
		name = base64.RawURLEncoding.EncodeToString(b[:n])
	default:
		name = string(b[:n])
	}
	return name, b[n:], true
}

// isID says whether a text is an id, and not another text.
func isID(s string) bool { return len(s) == 36 && len(rawID(s)) == 16 }

// rawID gives the 16 bytes of a UUID in lower case, the bytes of any other
// short name, or nil for "". The two can't be mixed up: no name that is kept this way has 16 bytes.
func rawID(id string) []byte {
	if len(id) == 36 && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-' {
		var b [16]byte
		var digits [32]byte
		copy(digits[:], id[:8])
		copy(digits[8:], id[9:13])
		copy(digits[12:], id[14:18])
		copy(digits[16:], id[19:23])
		copy(digits[20:], id[24:])
		if _, err := hex.Decode(b[:], digits[:]); err == nil {
			return b[:]
		}
	}
	if id == "" {
		return nil
	}
	return []byte(id)
}

func textID(raw []byte) string {
	if len(raw) != 16 {
		return string(raw)
	}
	return string(appendID(make([]byte, 0, 36), raw))
}

func appendID(b, raw []byte) []byte {
	if len(raw) != 16 {
		return append(b, raw...)
	}
	b = append(hex.AppendEncode(b, raw[:4]), '-')
	b = append(hex.AppendEncode(b, raw[4:6]), '-')
	b = append(hex.AppendEncode(b, raw[6:8]), '-')
	b = append(hex.AppendEncode(b, raw[8:10]), '-')
	return hex.AppendEncode(b, raw[10:])
}
