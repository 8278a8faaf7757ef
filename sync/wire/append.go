package wire

import (
	"encoding/base64"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
)

// frame wraps a frame's body into its object.
func frame(dst []byte, f Frame) []byte {
	dst = append(dst, `{"t":"`...)
	dst = append(dst, f.Kind()...)
	dst = append(dst, '"')
	dst = f.appendBody(dst)
	return append(dst, '}')
}

// twin appends the frame as it stands over HTTP: named by the member that holds it.
func twin(dst []byte, name string, f Frame) []byte {
	if len(dst) > 0 && dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, name...)
	dst = append(dst, `":{`...)
	at := len(dst)
	dst = f.appendBody(dst)
	if len(dst) > at { // a body begins with the comma after t
		dst = append(dst[:at], dst[at+1:]...)
	}
	return append(dst, '}')
}

// The frames as one JSON object each.

func (f *Hello) Append(dst []byte) []byte   { return frame(dst, f) }
func (f *Push) Append(dst []byte) []byte    { return frame(dst, f) }
func (f *Seen) Append(dst []byte) []byte    { return frame(dst, f) }
func (f *Token) Append(dst []byte) []byte   { return frame(dst, f) }
func (f *Ping) Append(dst []byte) []byte    { return frame(dst, f) }
func (f *Welcome) Append(dst []byte) []byte { return frame(dst, f) }
func (f *Ack) Append(dst []byte) []byte     { return frame(dst, f) }
func (f *Changes) Append(dst []byte) []byte { return frame(dst, f) }
func (f *Reset) Append(dst []byte) []byte   { return frame(dst, f) }
func (f *Wipe) Append(dst []byte) []byte    { return frame(dst, f) }
func (f *Error) Append(dst []byte) []byte   { return frame(dst, f) }
func (f *Pong) Append(dst []byte) []byte    { return frame(dst, f) }

func (f *Hello) appendBody(dst []byte) []byte {
	if f.Access != "" {
		dst = text(dst, "access", f.Access)
	}
	dst = text(dst, "app", f.App)
	dst = number(dst, "schema", int64(f.Schema))
	dst = textOrNull(dst, "epoch", f.Epoch)
	if f.Reads {
		dst = textOrNull(dst, "cursor", f.Cursor)
	}
	if f.Now != 0 {
		dst = text(dst, "now", f.Now.String())
	}
	dst = append(dst, `,"holds":{"ops":`...)
	dst = strconv.AppendInt(dst, int64(f.Holds.Ops), 10)
	dst = instantOrNull(dst, "oldest", f.Holds.Oldest)
	dst = truth(dst, "persisted", f.Holds.Persisted)
	dst = textOrNull(dst, "trouble", f.Holds.Trouble)
	dst = append(dst, '}')
	if len(f.Again) > 0 {
		dst = texts(dst, "again", f.Again)
	}
	if f.Copied {
		dst = truth(dst, "copied", true)
	}
	return dst
}

func (f *Push) appendBody(dst []byte) []byte {
	dst = append(dst, `,"ops":[`...)
	for i := range f.Ops {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, f.Ops[i].Raw...)
	}
	return append(dst, ']')
}

func (f *Seen) appendBody(dst []byte) []byte  { return text(dst, "cursor", f.Cursor) }
func (f *Token) appendBody(dst []byte) []byte { return text(dst, "access", f.Access) }
func (f *Ping) appendBody(dst []byte) []byte  { return dst }

func (f *Welcome) appendBody(dst []byte) []byte {
	dst = text(dst, "epoch", f.Epoch)
	dst = number(dst, "acked", f.Acked)
	dst = textOrNull(dst, "tip", f.Tip)
	dst = number(dst, "safe", f.Safe)
	dst = truth(dst, "backed", f.Backed)
	dst = text(dst, "now", f.Now.String())
	dst = texts(dst, "audiences", f.Audiences)
	dst = append(dst, `,"intake":{`...)
	dst = append(dst, `"id":`...)
	dst = appendText(dst, f.Intake.ID)
	dst = text(dst, "key", f.Intake.Key)
	dst = append(dst, `},"limits":{"ops":`...)
	dst = strconv.AppendInt(dst, int64(f.Limits.Ops), 10)
	dst = number(dst, "bytes", int64(f.Limits.Bytes))
	dst = number(dst, "window", int64(f.Limits.Window))
	return append(dst, '}')
}

func (f *Ack) appendBody(dst []byte) []byte {
	dst = number(dst, "acked", f.Acked)
	dst = number(dst, "safe", f.Safe)
	dst = append(dst, `,"results":[`...)
	for i := range f.Results {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = f.Results[i].append(dst)
	}
	return append(dst, ']')
}

func (r *Result) append(dst []byte) []byte {
	dst = append(dst, `{"n":`...)
	dst = strconv.AppendInt(dst, r.N, 10)
	dst = append(dst, `,"status":"`...)
	dst = append(dst, r.Status.String()...)
	if r.Seq > 0 {
		dst = append(dst, `","seq":`...)
		dst = strconv.AppendInt(dst, r.Seq, 10)
	} else {
		dst = append(dst, `","seq":null`...)
	}
	if p := r.Problem; p != nil {
		dst = append(dst, `,"problem":{"code":`...)
		dst = appendText(dst, p.Code)
		dst = textOrNull(dst, "field", p.Field)
		dst = text(dst, "message", p.Message)
		dst = append(dst, '}')
	} else {
		dst = append(dst, `,"problem":null`...)
	}
	return append(dst, '}')
}

func (f *Changes) appendBody(dst []byte) []byte {
	dst = append(dst, `,"records":`...)
	if len(f.Records) == 0 {
		dst = append(dst, `[]`...)
	} else {
		dst = append(dst, f.Records...)
	}
	dst = textOrNull(dst, "after", f.After)
	dst = text(dst, "cursor", f.Cursor)
	dst = truth(dst, "more", f.More)
	if len(f.Dropped) > 0 {
		dst = texts(dst, "dropped", f.Dropped)
	}
	if len(f.Sums) > 0 {
		names := make([]string, 0, len(f.Sums))
		for name := range f.Sums {
			names = append(names, name)
		}
		slices.Sort(names)
		dst = append(dst, `,"sums":{`...)
		for i, name := range names {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, name)
			dst = append(dst, ':')
			dst = appendText(dst, f.Sums[name])
		}
		dst = append(dst, '}')
	}
	return dst
}

func (f *Reset) appendBody(dst []byte) []byte { return text(dst, "reason", f.Reason) }
func (f *Wipe) appendBody(dst []byte) []byte  { return text(dst, "reason", f.Reason) }

func (f *Error) appendBody(dst []byte) []byte {
	dst = text(dst, "code", f.Code)
	dst = text(dst, "message", f.Message)
	if f.RetryAfter > 0 {
		dst = append(dst, `,"retry_after":`...)
		dst = jsontext.AppendFloat(dst, f.RetryAfter, 64)
	}
	if f.Expected > 0 {
		dst = number(dst, "expected", f.Expected)
	}
	return dst
}

func (f *Pong) appendBody(dst []byte) []byte { return text(dst, "now", f.Now.String()) }

// Append appends the call as the body of POST /v1/sync.
func (c *Call) Append(dst []byte) []byte {
	dst = append(dst, '{')
	dst = twin(dst, "hello", &c.Hello)
	if c.Push != nil {
		dst = twin(dst, "push", c.Push)
	}
	return append(dst, '}')
}

// Append appends the reply as the body of the answer to POST /v1/sync.
func (r *Reply) Append(dst []byte) []byte {
	dst = append(dst, '{')
	if r.Welcome != nil {
		dst = twin(dst, "welcome", r.Welcome)
	}
	if r.Ack != nil {
		dst = twin(dst, "ack", r.Ack)
	}
	if r.Reset != nil {
		dst = twin(dst, "reset", r.Reset)
	}
	if r.Changes != nil {
		dst = twin(dst, "changes", r.Changes)
	}
	if r.Wipe != nil {
		dst = twin(dst, "wipe", r.Wipe)
	}
	if r.Error != nil {
		dst = twin(dst, "error", r.Error)
	}
	return append(dst, '}')
}

// AppendVoid appends the op that says that nothing is held under n to last.
func AppendVoid(dst []byte, n, last int64) []byte {
	dst = append(dst, `{"n":`...)
	dst = strconv.AppendInt(dst, n, 10)
	if last > n {
		dst = number(dst, "to", last)
	}
	return append(dst, `,"void":true}`...)
}

// AppendSealed appends a sealed op.
func AppendSealed(dst []byte, n int64, key, sealed string) []byte {
	dst = append(dst, `{"n":`...)
	dst = strconv.AppendInt(dst, n, 10)
	dst = text(dst, "key", key)
	dst = append(dst, `,"sealed":"`...)
	dst = append(dst, sealed...) // base64url needs no escapes
	return append(dst, `"}`...)
}

// Tip gives the hash of an op's JSON value as welcome's tip names it.
func Tip(hash [32]byte) string { return base64.RawURLEncoding.EncodeToString(hash[:]) }

func member(dst []byte, name string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

func text(dst []byte, name, value string) []byte { return appendText(member(dst, name), value) }

func textOrNull(dst []byte, name, value string) []byte {
	if value == "" {
		return append(member(dst, name), `null`...)
	}
	return text(dst, name, value)
}

func instantOrNull(dst []byte, name string, at record.Time) []byte {
	if at == 0 {
		return append(member(dst, name), `null`...)
	}
	return text(dst, name, at.String())
}

func texts(dst []byte, name string, values []string) []byte {
	dst = append(member(dst, name), '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, v)
	}
	return append(dst, ']')
}

func number(dst []byte, name string, value int64) []byte {
	return strconv.AppendInt(member(dst, name), value, 10)
}

func truth(dst []byte, name string, value bool) []byte {
	return strconv.AppendBool(member(dst, name), value)
}

// appendText appends a JSON string. Bytes that are no UTF-8 become U+FFFD.
func appendText(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
