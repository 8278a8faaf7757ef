package wire

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
)

var (
	errNotJSON  = malformed("Send one JSON object a text frame, in UTF-8.")
	errNotText  = malformed("A string is expected here.")
	errNoKind   = malformed("Name the frame's kind in t, once.")
	errUnknown  = malformed("This t is not known here. Send hello, push, seen, token or ping.")
	errDeep     = malformed("This frame nests too deep. No op needs more than a few levels.")
	errLarge    = tooLarge("This frame is too large. Send fewer ops at once.")
	errTooMany  = tooLarge("These are too many ops for one frame. Send fewer at once.")
	errLargeOp  = tooLarge("An op of this frame is too large. Send the others without it.")
	errNoOps    = malformed("A push has ops, an array of objects.")
	errNoNumber = malformed("Each op is an object with one number n, 1 or more, and a void's to is not below it.")
	errBody     = malformed("A member of this frame is missing or of another type than the protocol says.")
)

// DecodeClient reads a frame that a client sent: a *[Hello], *[Push], *[Seen],
// *[Token] or *[Ping]. The error is always a *[Fault]. A push aliases data.
func DecodeClient(data []byte) (Frame, error) {
	var kind string
	var push *Push
	fault := members(data, MaxFrame, func(r *reader, name []byte) *Fault {
		switch string(name) {
		case "t":
			v, err := r.value()
			if err != nil {
				return errNotJSON
			}
			t, err := unquote(v)
			if err != nil || kind != "" || len(t) == 0 {
				return errNoKind
			}
			kind = string(t)
			return nil
		case "ops":
			if push != nil {
				return errNotJSON
			}
			push = new(Push)
			return push.read(r)
		}
		return skip(r)
	})
	if fault != nil {
		return nil, fault
	}
	switch kind {
	case "push":
		if push == nil {
			return nil, errNoOps
		}
		return push, nil
	case "hello":
		return faulty(decodeHello(data))
	case "seen":
		var b struct {
			Cursor *string `json:"cursor"`
		}
		if json.Unmarshal(data, &b) != nil || b.Cursor == nil {
			return nil, errBody
		}
		return &Seen{Cursor: *b.Cursor}, nil
	case "token":
		var b struct {
			Access string `json:"access"`
		}
		if json.Unmarshal(data, &b) != nil || b.Access == "" {
			return nil, errBody
		}
		return &Token{Access: b.Access}, nil
	case "ping":
		return &Ping{}, nil
	case "":
		return nil, errNoKind
	}
	return nil, errUnknown
}

// DecodeCall reads the body of POST /v1/sync. The error is always a *[Fault].
// The push aliases data.
func DecodeCall(data []byte) (*Call, error) {
	var call Call
	var greeted bool
	fault := members(data, MaxCall, func(r *reader, name []byte) *Fault {
		switch string(name) {
		case "hello":
			v, err := r.value()
			if err != nil || greeted {
				return errNotJSON
			}
			h, fault := decodeHello(v)
			if fault != nil {
				return fault
			}
			call.Hello, greeted = *h, true
			return nil
		case "push":
			if r.null() {
				return nil // as a program may write that there is none
			}
			if call.Push != nil || !r.open('{') {
				return errBody
			}
			call.Push = new(Push)
			return call.Push.inside(r)
		}
		return skip(r)
	})
	if fault != nil {
		return nil, fault
	}
	if !greeted {
		return nil, errBody
	}
	return &call, nil
}

// members walks the members of the object that data is, of limit bytes at
// most. Each must read its own value.
func members(data []byte, limit int, each func(r *reader, name []byte) *Fault) *Fault {
	if len(data) > limit {
		return errLarge
	}
	r := read(data, lenient...)
	defer r.done()
	if !r.open('{') {
		return errNotJSON
	}
	for {
		name, more, err := r.member()
		if err != nil || !utf8.Valid(name) {
			return errNotJSON
		}
		if !more {
			break
		}
		if fault := each(r, name); fault != nil {
			return fault
		}
	}
	if !r.end() {
		return errNotJSON
	}
	return nil
}

// skip passes over a member that nobody here knows.
func skip(r *reader) *Fault {
	v, err := r.value()
	switch {
	case err != nil || !utf8.Valid(v):
		return errNotJSON
	case deep(v, MaxDepth-1):
		return errDeep
	}
	return nil
}

// hello is a hello as it stands in JSON.
type hello struct {
	Access string         `json:"access"`
	App    string         `json:"app"`
	Schema int            `json:"schema"`
	Epoch  *string        `json:"epoch"`
	Cursor jsontext.Value `json:"cursor"`
	Now    *string        `json:"now"`
	Holds  struct {
		Ops       int     `json:"ops"`
		Oldest    *string `json:"oldest"`
		Persisted bool    `json:"persisted"`
		Trouble   *string `json:"trouble"`
	} `json:"holds"`
	Again  []string `json:"again"`
	Copied bool     `json:"copied"`
}

// maxApp bounds what a device calls its app, in bytes. What is longer is cut: no
// device is kept from handing in for what it says of itself.
const maxApp = 100

// The bounds of what a hello asks to read again: the bytes of an audience's name,
// and how many of them. A member has no more than a few, or one a service.
const (
	maxAudience = 100
	maxAgain    = 1000
)

func decodeHello(data []byte) (*Hello, *Fault) {
	var b hello
	if deep(data, MaxDepth-1) {
		return nil, errDeep
	}
	if err := json.Unmarshal(data, &b); err != nil || string(data) == "null" {
		return nil, errBody
	}
	h := &Hello{
		Access: b.Access, App: b.App[:min(len(b.App), maxApp)], Schema: b.Schema, Reads: b.Cursor != nil,
		Holds:  Holds{Ops: max(0, b.Holds.Ops), Persisted: b.Holds.Persisted},
		Copied: b.Copied,
	}
	for _, a := range b.Again {
		// Of what no audience is called nothing is kept as long as the connection lasts.
		if len(a) <= maxAudience && len(h.Again) < maxAgain {
			h.Again = append(h.Again, a)
		}
	}
	if b.Epoch != nil {
		h.Epoch = *b.Epoch
	}
	if h.Reads && string(b.Cursor) != "null" {
		c, err := unquote(b.Cursor)
		if err != nil {
			return nil, errBody
		}
		h.Cursor = string(c)
	}
	if b.Holds.Trouble != nil {
		h.Holds.Trouble = code(*b.Holds.Trouble)
	}
	for _, at := range []struct {
		from *string
		to   *record.Time
	}{{b.Now, &h.Now}, {b.Holds.Oldest, &h.Holds.Oldest}} {
		if at.from == nil {
			continue
		}
		t, err := record.ParseTime(*at.from)
		if err != nil {
			return nil, errBody
		}
		*at.to = t
	}
	return h, nil
}

// code lets codes through as they are, so that nothing else travels as one.
func code(s string) string {
	if len(s) > 64 {
		return "other"
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return "other"
		}
	}
	return s
}

// faulty keeps a nil *Fault from becoming an error that is not nil.
func faulty[F Frame](f F, fault *Fault) (Frame, error) {
	if fault != nil {
		return nil, fault
	}
	return f, nil
}

// maxWhole is the greatest integer that every reader of JSON knows exactly.
const maxWhole = 1<<53 - 1

// wholeFloat reads an integer that is written with a fraction or an exponent.
func wholeFloat(v []byte) (int64, bool) {
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > maxWhole {
		return 0, false
	}
	return int64(f), true
}
