package wire

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earshot/sync/record"
)

// verbs are the members of an op that change fields.
var verbs = [...]record.Verb{record.SetTo, record.Settle, record.Redact, record.Add, record.Remove}

// maxReceipt bounds the text of a receipt, which is three words and a number.
const maxReceipt = 100

// DecodeOp reads an op's JSON, plain or opened, strictly: a collection, field,
// verb or member that is not known, a value of another type or over its length,
// bytes that are no UTF-8, a name twice, an id that is no UUID, an unreadable time
// (or none; a withdrawal needs none) give a [record.Problem], and the op is
// refused whole. Values come out canonical. n is the number that the op was
// handed in under; raw may name it too.
//
// Whether the writer may do what the op says, and whether what it names is
// there, is not judged here.
func DecodeOp(s *record.Schema, raw []byte, n int64) (*record.Op, *record.Problem) {
	d := opDecoder{
		schema: s, raw: raw, text: string(raw), r: read(raw),
		op: &record.Op{N: n, Schema: 1},
	}
	defer d.r.done()
	p := d.decode()
	if p == nil {
		return d.op, nil
	}
	if p.Code != record.Malformed && writtenUnder(raw) > s.Version {
		p = &record.Problem{
			Code: record.NewerSchema, Field: p.Field,
			Message: "This op comes from a newer app than this server knows. It is kept, and tried again when the server is newer.",
		}
	}
	return nil, p
}

type opDecoder struct {
	schema *record.Schema
	raw    []byte
	// text is raw once more: values that are canonical as they stand are cut out
	// of it without a copy of their own.
	text string
	r    *reader
	op   *record.Op

	timed bool
}

var (
	notAnOp    = &record.Problem{Code: record.Malformed, Message: "This is no JSON object as an op is one, or has a name twice or bytes that are no UTF-8. Send it again as the protocol says."}
	noTime     = &record.Problem{Code: record.Malformed, Field: "at", Message: "An op says in at when it was made, as an RFC 3339 time. Set the device's clock, and make the change again."}
	noID       = &record.Problem{Code: record.WrongType, Field: "r", Message: "The id of a record, r, is a UUID. Make the record again under a new id."}
	badNumber  = &record.Problem{Code: record.Malformed, Field: "n", Message: "The number inside this op is not the one that it was handed in under."}
	badBase    = &record.Problem{Code: record.WrongType, Field: "base", Message: "base is the v of the record as last received, 0 or more."}
	badSchema  = &record.Problem{Code: record.WrongType, Field: "schema", Message: "schema is the number of the schema that the app knows, 1 or more."}
	badTruth   = &record.Problem{Code: record.WrongType, Field: "withdraw", Message: "withdraw is true, or is left out."}
	badReceipt = &record.Problem{Code: record.WrongType, Field: "receipt", Message: "A receipt is the short code that the speaker was given, and stands only beside withdraw."}
	noKind     = &record.Problem{Code: record.UnknownKind, Field: "c", Message: "This server knows no such collection. Look at /v1/schema, or bring app and server to the same release."}
	noMember   = &record.Problem{Code: record.Malformed, Message: "This op has a member that is not known here. Look at the protocol, or bring app and server to the same release."}
	twoVerbs   = "A field is set, settled or redacted in one op, once."
)

func (d *opDecoder) decode() *record.Problem {
	if !d.r.open('{') {
		return notAnOp
	}
	for {
		name, more, err := d.r.member()
		if err != nil {
			return notAnOp
		}
		if !more {
			break
		}
		if p := d.member(string(name)); p != nil {
			return p
		}
	}
	if !d.r.end() {
		return notAnOp
	}
	return d.finish()
}

// member reads one member of the op.
func (d *opDecoder) member(name string) *record.Problem {
	switch name {
	case "set":
		return d.changes(record.SetTo)
	case "add":
		return d.changes(record.Add)
	case "remove":
		return d.changes(record.Remove)
	case "settle":
		return d.changes(record.Settle)
	case "redact":
		return d.changes(record.Redact)
	}
	v, err := d.r.value()
	if err != nil {
		return notAnOp
	}
	switch name {
	case "n":
		if n, ok := whole(v); !ok || n != d.op.N {
			return badNumber
		}
	case "at":
		t, ok := instant(v)
		if !ok {
			return noTime
		}
		d.op.At, d.timed = t, true
	case "c":
		return d.named(v)
	case "r":
		s, err := unquote(v)
		ok, lower := uuid(s)
		switch {
		case err != nil || !ok:
			return noID
		case lower && len(s) == len(v)-2:
			d.op.ID = d.cut(v)[1 : len(v)-1]
		default:
			d.op.ID = strings.ToLower(string(s))
		}
	case "base":
		n, ok := whole(v)
		if !ok || n < 0 {
			return badBase
		}
		d.op.Base = n
	case "schema":
		n, ok := whole(v)
		if !ok || n < 1 {
			return badSchema
		}
		d.op.Schema = int(n)
	case "withdraw":
		if k := v.Kind(); k != 't' && k != 'f' {
			return badTruth
		}
		d.op.Withdraw = v.Kind() == 't'
	case "receipt":
		s, err := unquote(v)
		if err != nil || len(s) > maxReceipt {
			return badReceipt
		}
		if d.op.Receipt = normal(string(s)); d.op.Receipt == "" {
			return badReceipt
		}
	case "void":
		if v.Kind() != 'f' {
			return noMember
		}
	default:
		return noMember
	}
	return nil
}

// collection finds the op's collection, wherever in the op it stands.
func (d *opDecoder) collection() *record.Problem {
	if d.op.Collection != nil {
		return nil
	}
	v, ok := find(d.raw, "c")
	if !ok {
		return noKind
	}
	return d.named(v)
}

func (d *opDecoder) named(v []byte) *record.Problem {
	s, err := unquote(v)
	if err != nil {
		return noKind
	}
	if d.op.Collection = d.schema.Collection(string(s)); d.op.Collection == nil {
		return noKind
	}
	return nil
}

// changes reads the object of one verb.
func (d *opDecoder) changes(verb record.Verb) *record.Problem {
	if p := d.collection(); p != nil {
		return p
	}
	if !d.r.open('{') {
		return &record.Problem{Code: record.WrongType, Field: verb.String(), Message: "A verb is an object of fields and what is to become of them."}
	}
	c := d.op.Collection
	if d.op.Changes == nil {
		d.op.Changes = make([]record.Change, 0, 8)
	}
	for {
		name, more, err := d.r.member()
		if err != nil {
			return notAnOp
		}
		if !more {
			return nil
		}
		i := c.Field(string(name))
		if i < 0 {
			return &record.Problem{Code: record.UnknownField, Field: code(string(name)), Message: "This collection has no such field. Look at /v1/schema, or bring app and server to the same release."}
		}
		v, err := d.r.value()
		if err != nil {
			return notAnOp
		}
		said := record.Change{Field: i, Verb: verb}
		if p := change(&said, &c.Fields[i], item{v, d.cut(v)}); p != nil {
			return p
		}
		d.op.Changes = append(d.op.Changes, said)
	}
}

// finish judges the op as a whole, and puts its changes in order.
func (d *opDecoder) finish() *record.Problem {
	op := d.op
	if p := d.collection(); p != nil {
		return p
	}
	if !d.timed && !op.Withdraw { // which wins from whatever time
		return noTime
	}
	if op.Receipt != "" && !op.Withdraw {
		return badReceipt
	}
	if op.ID == "" && op.Receipt == "" {
		return noID
	}
	if op.Withdraw {
		// Whatever else it says: nothing of the record stays that it could be said of.
		op.Changes = nil
		return nil
	}
	slices.SortFunc(op.Changes, func(a, b record.Change) int {
		if a.Field != b.Field {
			return a.Field - b.Field
		}
		return int(a.Verb) - int(b.Verb)
	})
	for i := 1; i < len(op.Changes); i++ {
		a, b := op.Changes[i-1], op.Changes[i]
		if a.Field == b.Field && b.Verb <= record.Redact {
			return &record.Problem{Code: record.Malformed, Field: op.Collection.Fields[a.Field].Name, Message: twoVerbs}
		}
	}
	return nil
}

// cut gives a value's text, out of the one copy of the op.
func (d *opDecoder) cut(v []byte) string {
	end := d.r.at()
	return d.text[end-len(v) : end]
}

// find gives a member of an object, without judging the others.
func find(raw []byte, member string) ([]byte, bool) {
	r := read(raw, lenient...)
	defer r.done()
	if !r.open('{') {
		return nil, false
	}
	for {
		name, more, err := r.member()
		if err != nil || !more {
			return nil, false
		}
		v, err := r.value()
		if err != nil {
			return nil, false
		}
		if string(name) == member {
			return v, true
		}
	}
}

// writtenUnder gives the schema that an op names, as far as it can be read.
func writtenUnder(raw []byte) int {
	v, _ := find(raw, "schema")
	n, _ := whole(v)
	return int(n)
}

// EncodeOp gives an op's JSON: what is sealed, where N is 0, or stands in a push.
func EncodeOp(op *record.Op) []byte {
	dst := make([]byte, 0, 256)
	dst = append(dst, '{')
	if op.N > 0 {
		dst = append(dst, `"n":`...)
		dst = strconv.AppendInt(dst, op.N, 10)
		dst = append(dst, ',')
	}
	dst = append(dst, `"at":`...)
	dst = append(dst, op.At.Value()...)
	dst = text(dst, "c", op.Collection.Name)
	if op.ID != "" {
		dst = text(dst, "r", op.ID)
	}
	dst = number(dst, "base", op.Base)
	dst = number(dst, "schema", int64(op.Schema))
	for _, verb := range verbs {
		dst = appendVerb(dst, op, verb)
	}
	if op.Receipt != "" {
		dst = text(dst, "receipt", op.Receipt)
	}
	if op.Withdraw {
		dst = truth(dst, "withdraw", true)
	}
	return append(dst, '}')
}

func appendVerb(dst []byte, op *record.Op, verb record.Verb) []byte {
	opened := false
	for _, c := range op.Changes {
		if c.Verb != verb {
			continue
		}
		if !opened {
			dst = append(member(dst, verb.String()), '{')
			opened = true
		} else {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, op.Collection.Fields[c.Field].Name...)
		dst = append(dst, '"', ':')
		switch {
		case c.Values != nil || verb == record.Add || verb == record.Remove:
			dst = append(dst, '[')
			for i, v := range c.Values {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = append(dst, v...)
			}
			dst = append(dst, ']')
		case c.Value.Absent():
			dst = append(dst, `null`...)
		default:
			dst = append(dst, c.Value...)
		}
	}
	if opened {
		dst = append(dst, '}')
	}
	return dst
}

func problem(code string, f *record.Field, message string, args ...any) *record.Problem {
	return &record.Problem{Code: code, Field: f.Name, Message: fmt.Sprintf(message, args...)}
}
