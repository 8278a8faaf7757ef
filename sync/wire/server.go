package wire

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
)

// ErrFrame is given for what a server sent that is no frame. A client leaves
// the connection and comes back.
var ErrFrame = errors.New("wire: what the server sent is no frame of the protocol")

// Unknown is a frame of a kind that this client does not know. It is to be ignored.
type Unknown struct{ T string }

// Kind gives the unknown t.
func (u *Unknown) Kind() string { return u.T }

// Append appends the frame's kind alone; what else it held is not known.
func (u *Unknown) Append(dst []byte) []byte {
	return append(appendText(append(dst, `{"t":`...), u.T), '}')
}

func (u *Unknown) appendBody(dst []byte) []byte { return dst }

// DecodeServer reads a frame that a server sent. Members, codes and values that
// it does not know are passed over, and a t that it does not know gives an
// *[Unknown]. Changes alias data.
func DecodeServer(data []byte) (Frame, error) {
	kind, err := kindOf(data)
	if err != nil {
		return nil, err
	}
	if kind == "changes" {
		return decodeChanges(data)
	}
	f := newFrame(kind)
	if f == nil {
		if !jsontext.Value(data).IsValid() {
			return nil, ErrFrame
		}
		return &Unknown{T: kind}, nil
	}
	if err := fill(f, data); err != nil {
		return nil, err
	}
	return f, nil
}

// kindOf finds t without reading what comes behind it: a page is large, and t
// stands first in the frames of a server that knows its readers.
func kindOf(data []byte) (string, error) {
	r := read(data, lenient...)
	defer r.done()
	if !r.open('{') {
		return "", ErrFrame
	}
	for {
		name, more, err := r.member()
		if err != nil || !more {
			return "", ErrFrame
		}
		v, err := r.value()
		if err != nil {
			return "", ErrFrame
		}
		if string(name) == "t" {
			t, err := unquote(v)
			if err != nil {
				return "", ErrFrame
			}
			return string(t), nil
		}
	}
}

// DecodeReply reads the answer to POST /v1/sync. Changes alias data.
func DecodeReply(data []byte) (*Reply, error) {
	var b struct {
		Welcome jsontext.Value `json:"welcome"`
		Ack     jsontext.Value `json:"ack"`
		Changes jsontext.Value `json:"changes"`
		Reset   jsontext.Value `json:"reset"`
		Wipe    jsontext.Value `json:"wipe"`
		Error   jsontext.Value `json:"error"`
	}
	if json.Unmarshal(data, &b) != nil {
		return nil, ErrFrame
	}
	var reply Reply
	var errs error
	part(&reply.Welcome, b.Welcome, &errs)
	part(&reply.Ack, b.Ack, &errs)
	part(&reply.Reset, b.Reset, &errs)
	part(&reply.Wipe, b.Wipe, &errs)
	part(&reply.Error, b.Error, &errs)
	if there(b.Changes) {
		c, err := decodeChanges(b.Changes)
		if err != nil {
			return nil, err
		}
		reply.Changes = c
	}
	if errs != nil {
		return nil, errs
	}
	return &reply, nil
}

func there(v jsontext.Value) bool { return len(v) > 0 && string(v) != "null" }

// part reads one member of a reply, where it is there.
func part[T any, P interface {
	*T
	Frame
}](to **T, v jsontext.Value, errs *error) {
	if !there(v) {
		return
	}
	f := new(T)
	if err := fill(P(f), v); err != nil {
		*errs = err
		return
	}
	*to = f
}

func newFrame(kind string) Frame {
	switch kind {
	case "welcome":
		return new(Welcome)
	case "ack":
		return new(Ack)
	case "reset":
		return new(Reset)
	case "wipe":
		return new(Wipe)
	case "error":
		return new(Error)
	case "pong":
		return new(Pong)
	}
	return nil
}

// fill reads a frame's members.
func fill(f Frame, data []byte) error {
	var err error
	switch f := f.(type) {
	case *Welcome:
		err = f.fill(data)
	case *Ack:
		err = f.fill(data)
	case *Reset:
		err = json.Unmarshal(data, &struct {
			Reason *string `json:"reason"`
		}{&f.Reason})
	case *Wipe:
		err = json.Unmarshal(data, &struct {
			Reason *string `json:"reason"`
		}{&f.Reason})
	case *Error:
		err = f.fill(data)
	case *Pong:
		var b struct {
			Now string `json:"now"`
		}
		if err = json.Unmarshal(data, &b); err == nil && b.Now != "" {
			f.Now, err = record.ParseTime(b.Now)
		}
	}
	if err != nil {
		return ErrFrame
	}
	return nil
}

func (f *Welcome) fill(data []byte) error {
	var b struct {
		Epoch     string   `json:"epoch"`
		Acked     int64    `json:"acked"`
		Tip       *string  `json:"tip"`
		Safe      int64    `json:"safe"`
		Backed    bool     `json:"backed"`
		Now       string   `json:"now"`
		Audiences []string `json:"audiences"`
		Intake    Intake   `json:"intake"`
		Limits    Limits   `json:"limits"`
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	now, err := record.ParseTime(b.Now)
	if err != nil {
		return err
	}
	*f = Welcome{
		Epoch: b.Epoch, Acked: b.Acked, Safe: b.Safe, Backed: b.Backed, Now: now,
		Audiences: b.Audiences, Intake: b.Intake, Limits: b.Limits,
	}
	if b.Tip != nil {
		f.Tip = *b.Tip
	}
	return nil
}

func (f *Ack) fill(data []byte) error {
	var b struct {
		Acked   int64 `json:"acked"`
		Safe    int64 `json:"safe"`
		Results []struct {
			N       int64           `json:"n"`
			Status  string          `json:"status"`
			Seq     *int64          `json:"seq"`
			Problem *record.Problem `json:"problem"`
		} `json:"results"`
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	f.Acked, f.Safe = b.Acked, b.Safe
	f.Results = make([]Result, len(b.Results))
	for i, r := range b.Results {
		f.Results[i] = Result{N: r.N, Status: statusOf(r.Status), Problem: r.Problem}
		if r.Seq != nil {
			f.Results[i].Seq = *r.Seq
		}
	}
	return nil
}

// statusOf reads a status. One that is not known yet is of an op that is on
// disk all the same.
func statusOf(s string) record.Status {
	for st := record.Applied; st <= record.Refused; st++ {
		if st.String() == s {
			return st
		}
	}
	return record.Applied
}

func (f *Error) fill(data []byte) error {
	var b struct {
		Code       string  `json:"code"`
		Message    string  `json:"message"`
		RetryAfter float64 `json:"retry_after"`
		Expected   int64   `json:"expected"`
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	*f = Error(b)
	return nil
}
