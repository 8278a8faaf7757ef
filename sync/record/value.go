package record

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A Value is one JSON value in canonical form (RFC 8785: no blanks, keys
// sorted, shortest escapes), its strings trimmed and in Unicode NFC. Two values
// are equal exactly when their texts are. The zero Value means "absent"; the
// border (sync/wire) turns JSON null into [Null] and everything else into this
// form before it comes here.
type Value string

// Null is what a change sets to clear an optional field.
const Null Value = "null"

// Absent says whether there is no value: never set, or cleared.
func (v Value) Absent() bool { return v == "" || v == Null }

// Int gives the canonical value of an integer.
func Int(n int64) Value { return Value(strconv.FormatInt(n, 10)) }

// Integer gives back the number of an integer value.
func (v Value) Integer() (int64, error) { return strconv.ParseInt(string(v), 10, 64) }

// Bool gives the canonical value of a truth.
func Bool(b bool) Value { return Value(strconv.FormatBool(b)) }

const hex = "0123456789abcdef"

// Text gives the canonical value of a string that is already trimmed and NFC.
func Text(s string) Value {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		return Value(`"` + s + `"`)
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			if c < 0x20 {
				b.WriteString(`\u00`)
				b.WriteByte(hex[c>>4])
				b.WriteByte(hex[c&15])
			} else {
				b.WriteByte(c)
			}
		}
	}
	b.WriteByte('"')
	return Value(b.String())
}

// Text gives back the string of a string value, and "" for any other.
func (v Value) Text() string {
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return ""
	}
	s := string(v[1 : len(v)-1])
	if !strings.Contains(s, `\`) {
		return s
	}
	// strconv.Unquote knows every escape that canonical JSON may hold.
	if u, err := strconv.Unquote(string(v)); err == nil && utf8.ValidString(u) {
		return u
	}
	return ""
}

// Time is an instant in microseconds since the Unix epoch, UTC.
type Time int64

// At turns a [time.Time] into a Time.
func At(t time.Time) Time { return Time(t.UnixMicro()) }

// Std gives the [time.Time], in UTC.
func (t Time) Std() time.Time { return time.UnixMicro(int64(t)).UTC() }

// String gives RFC 3339 in UTC with as many decimals as are needed: the form
// in which times stand in values.
func (t Time) String() string { return t.Std().Format("2006-01-02T15:04:05.999999Z07:00") }

// Value gives the time as a canonical string value.
func (t Time) Value() Value { return Value(`"` + t.String() + `"`) }

// ErrTime is given for a text that is no RFC 3339 time between the years 0 and 9999.
var ErrTime = errors.New("record: not an RFC 3339 time")

// ParseTime reads an RFC 3339 time of any offset.
func ParseTime(s string) (Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || strings.Contains(s, ",") { // which ISO 8601 has, and Parse takes
		return 0, ErrTime
	}
	return At(t), nil
}
