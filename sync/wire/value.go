package wire

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
)

// The limits of values.
const (
	MaxText    = 2000     // code points of a string that declares no Max
	MaxObject  = 16 << 10 // bytes, canonical, of an object that declares no Max
	MaxSet     = 200      // values of a set
	MaxEntries = 1000     // entries of a log
	maxKey     = 200      // code points of a further key of an entry that names no record
)

// An item is one JSON value twice: as bytes to look at, and as the same text in
// a string that may be kept, so that what is canonical as it stands is not copied.
type item struct {
	jsontext.Value
	text string
}

// inner gives the text between a string's quotes, and whether it stands there
// without escapes.
func (v item) inner() (s string, asIs bool, ok bool) {
	raw, err := unquote(v.Value)
	if err != nil {
		return "", false, false
	}
	if len(raw) == len(v.text)-2 {
		return v.text[1 : len(v.text)-1], true, true
	}
	return string(raw), false, true
}

// change reads what one verb says of one field.
func change(c *record.Change, f *record.Field, v item) *record.Problem {
	switch {
	case f.Kind == record.Set && c.Verb >= record.Redact,
		f.Kind == record.Log && (c.Verb == record.Add || c.Verb == record.Redact):
		return many(c, f, v)
	case c.Verb == record.SetTo && f.Kind != record.Set && f.Kind != record.Log,
		c.Verb == record.Settle && (f.Kind == record.Register || f.Kind == record.Steps),
		c.Verb == record.Redact:
		return one(c, f, v)
	}
	return problem(record.WrongKind, f, "This field is a %s, which does not take %s.", f.Kind, c.Verb)
}

// one reads the value of a verb that sets one.
func one(c *record.Change, f *record.Field, v item) *record.Problem {
	if v.Kind() != 'n' {
		value, p := valueOf(f, v)
		if p != nil {
			return p
		}
		// A string of which nothing is left says as much as null.
		if value != `""` {
			c.Value = value
			return nil
		}
	}
	c.Value = record.Null
	optional := !f.Required && f.Default == "" && f.Kind != record.Narrow && f.Kind != record.Steps
	if !optional && c.Verb != record.Redact {
		return problem(record.MissingField, f, "This field is never empty. Give it a value.")
	}
	return nil
}

// many reads the values of a set, the entries of a log, or the ids of the
// entries that are to fall.
func many(c *record.Change, f *record.Field, v item) *record.Problem {
	if c.Verb == record.Redact && v.Kind() == 'n' {
		c.Value = record.Null
		return nil
	}
	limit, valueOf := MaxSet, valueOf
	if f.Kind == record.Log {
		limit, valueOf = MaxEntries, entry
		if c.Verb == record.Redact {
			valueOf = id
		}
	}
	r := read(v.Value)
	defer r.done()
	if !r.open('[') {
		return problem(record.WrongType, f, "This verb takes an array of values for this field.")
	}
	c.Values = []record.Value{}
	for {
		more, err := r.more()
		if err != nil {
			return notAnOp
		}
		if !more {
			return nil
		}
		raw, err := r.value()
		if err != nil {
			return notAnOp
		}
		value, p := valueOf(f, item{raw, v.text[r.at()-len(raw) : r.at()]})
		switch {
		case p != nil:
			return p
		case value == `""`:
			return problem(record.WrongType, f, "A value of this field is never empty.")
		case slices.Contains(c.Values, value):
		case len(c.Values) == limit:
			return problem(record.TooManyValues, f, "This field takes at most %d values. Leave some out.", limit)
		default:
			c.Values = append(c.Values, value)
		}
	}
}

// valueOf reads one value of a field's type, and gives its canonical form.
func valueOf(f *record.Field, v item) (record.Value, *record.Problem) {
	switch f.Type {
	case record.String:
		return words(f, v)
	case record.Integer:
		return integer(f, v)
	case record.Boolean:
		if k := v.Kind(); k != 't' && k != 'f' {
			return "", problem(record.WrongType, f, "This field is true or false.")
		}
		return record.Value(v.text), nil
	case record.Date:
		s, _, ok := v.inner()
		if _, err := time.Parse(time.DateOnly, s); !ok || err != nil {
			return "", problem(record.WrongType, f, "This field is a day, written YYYY-MM-DD.")
		}
		return record.Text(s), nil
	case record.Instant:
		t, ok := instant(v.Value)
		if !ok {
			return "", problem(record.WrongType, f, "This field is a time as RFC 3339 writes it.")
		}
		return t.Value(), nil
	case record.Enum:
		s, asIs, ok := v.inner()
		if !ok || !slices.Contains(f.Values, s) {
			return "", problem(record.WrongType, f, "This field takes one of the values that /v1/schema lists.")
		}
		if asIs {
			return record.Value(v.text), nil
		}
		return record.Text(s), nil
	case record.Ref:
		return id(f, v)
	}
	return object(f, v)
}

// words reads a string.
func words(f *record.Field, v item) (record.Value, *record.Problem) {
	limit := int(f.Max)
	if limit == 0 {
		limit = MaxText
	}
	return textUpTo(f, v, limit)
}

func textUpTo(f *record.Field, v item, limit int) (record.Value, *record.Problem) {
	if v.Kind() != '"' {
		return "", problem(record.WrongType, f, "This field is text.")
	}
	value, length := record.Value(v.text), len(v.text)-2
	if !asIs(v.Value) {
		var err error
		if value, length, err = canonicalText(v.Value); err != nil {
			return "", notAnOp
		}
	}
	if length > limit {
		return "", problem(record.TooLong, f, "This field takes at most %d characters. Shorten it, or say the rest in a second one.", limit)
	}
	return value, nil
}

func integer(f *record.Field, v item) (record.Value, *record.Problem) {
	n, ok := whole(v.Value)
	if !ok || v.Kind() != '0' || n < f.Min || f.Max != 0 && n > f.Max {
		if f.Max != 0 {
			return "", problem(record.WrongType, f, "This field is a whole number from %d to %d.", f.Min, f.Max)
		}
		return "", problem(record.WrongType, f, "This field is a whole number, %d or more.", f.Min)
	}
	return record.Int(n), nil
}

// id reads a UUID, in lower case afterwards.
func id(f *record.Field, v item) (record.Value, *record.Problem) {
	s, asIs, ok := v.inner()
	valid, lower := uuid(s)
	if !ok || !valid {
		return "", problem(record.WrongType, f, "This field holds the id of a record, a UUID.")
	}
	if asIs && lower {
		return record.Value(v.text), nil
	}
	return record.Text(strings.ToLower(s)), nil
}

// instant reads a time, between the years 0 and 9999 in UTC.
func instant(v jsontext.Value) (record.Time, bool) {
	s, err := unquote(v)
	if err != nil {
		return 0, false
	}
	t, err := record.ParseTime(string(s))
	if err != nil {
		return 0, false
	}
	year := t.Std().Year()
	return t, 0 <= year && year <= 9999
}

func object(f *record.Field, v item) (record.Value, *record.Problem) {
	if k := v.Kind(); k != '{' && k != '[' {
		return "", problem(record.WrongType, f, "This field is an object. /v1/schema says of what shape.")
	}
	limit := MaxObject
	if f.Max > 0 {
		limit = int(f.Max)
	}
	value, err := Canonical(v.Value)
	switch {
	case err != nil:
		return "", notAnOp
	case len(value) > limit:
		return "", problem(record.TooLong, f, "This field takes at most %d bytes.", limit)
	case f.Shape != nil && !f.Shape(value):
		return "", problem(record.WrongType, f, "This field has another shape. /v1/schema says which.")
	}
	return value, nil
}

// entry reads an entry of a log: its id and text, and the further keys that the
// field declares. Who wrote it and when is for the server to say, and is passed over.
func entry(f *record.Field, v item) (record.Value, *record.Problem) {
	r := read(v.Value)
	defer r.done()
	if !r.open('{') {
		return "", problem(record.WrongType, f, "An entry of this field is an object with id and text.")
	}
	pairs := make([]pair, 0, 4)
	found := 0
	for {
		name, more, err := r.member()
		if err != nil {
			return "", notAnOp
		}
		if !more {
			break
		}
		raw, err := r.value()
		if err != nil {
			return "", notAnOp
		}
		it := item{raw, v.text[r.at()-len(raw) : r.at()]}
		p := pair{name: string(name)}
		var bad *record.Problem
		switch p.name {
		case "by", "at":
			continue
		case "id":
			found++
			p.value, bad = id(f, it)
		case "text":
			found++
			p.value, bad = words(f, it)
		default:
			i := slices.IndexFunc(f.Entry, func(k record.EntryKey) bool { return k.Name == p.name })
			switch {
			case i < 0:
				bad = problem(record.UnknownField, f, "An entry of this field has a key that is not known here.")
			case it.Kind() == 'n':
				continue
			case f.Entry[i].Target != "":
				p.value, bad = id(f, it)
			default:
				p.value, bad = textUpTo(f, it, maxKey)
			}
		}
		if bad != nil {
			return "", bad
		}
		if p.value == `""` {
			return "", problem(record.WrongType, f, "What an entry says is never empty.")
		}
		pairs = append(pairs, p)
	}
	if found != 2 {
		return "", problem(record.WrongType, f, "An entry of this field is an object with id and text.")
	}
	return record.Value(appendPairs(nil, pairs)), nil
}
