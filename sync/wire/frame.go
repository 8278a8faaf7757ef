package wire

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
)

// Subprotocol is what both sides name when the websocket opens.
const Subprotocol = "earshot.v1"

// The limits of a frame. A server may allow more, never less.
const (
	MaxOps   = 500       // ops in a push
	MaxFrame = 1 << 20   // bytes of a frame, inflated
	MaxOp    = 256 << 10 // bytes of one op
	MaxDepth = 32        // how deep a frame may nest

	// MaxHello is the bytes of a hello: who says one is nobody yet.
	MaxHello = 64 << 10
	// MaxCall is the bytes of a call over HTTP: a push, and the hello beside it.
	MaxCall = MaxFrame + MaxHello
)

// The limits of a page.
const (
	MaxPageRecords = 1000
	MaxPageBytes   = 512 << 10
)

// Codes that a connection ends with, beside those of RFC 6455.
const (
	CloseMalformed = 4400 // not a frame, or one that makes no sense here
	CloseNoToken   = 4401 // no token, or one that counts no more: come back with a new one
	CloseForbidden = 4403 // a foreign origin, or a revoked device: don't come back
	CloseNoHello   = 4408 // no hello in time
	CloseTakenOver = 4409 // a newer connection of the same device: don't come back
	CloseTooLarge  = 4413 // frame too large
	CloseTooFast   = 4429 // slow down
	CloseRestart   = 1012 // the server restarts: come back with jitter
)

// Codes of error frames. They are stable.
const (
	CodeMalformed   = "malformed"
	CodeTooLarge    = "too_large"
	CodeNoToken     = "unauthorized"
	CodeForbidden   = "forbidden"
	CodeNoHello     = "no_hello"
	CodeTakenOver   = "taken_over"
	CodeTooFast     = "too_fast"
	CodeGap         = "gap"         // a push does not follow on what is here: Expected says from where
	CodeUnavailable = "unavailable" // nothing was done, and nothing refused: try again
)

// Reasons of a reset.
const (
	ResetEpoch  = "epoch"
	ResetCursor = "cursor"
)

// A Fault is why a frame was not taken. The connection ends with its code.
type Fault struct {
	Close   int    // CloseMalformed or CloseTooLarge
	Code    string // for the error frame
	Message string // says what to do; never holds anything that was sent
}

func (f *Fault) Error() string { return fmt.Sprintf("%s (%d): %s", f.Code, f.Close, f.Message) }

// Frame gives the error frame that goes out before the connection ends.
func (f *Fault) Frame() *Error { return &Error{Code: f.Code, Message: f.Message} }

func malformed(message string) *Fault {
	return &Fault{CloseMalformed, CodeMalformed, message}
}

func tooLarge(message string) *Fault {
	return &Fault{CloseTooLarge, CodeTooLarge, message}
}

// A Frame is one message in either direction.
type Frame interface {
	// Kind is the frame's t.
	Kind() string
	// Append appends the frame as one JSON object.
	Append(dst []byte) []byte
	// appendBody appends the members beside t, each with a comma before it.
	appendBody(dst []byte) []byte
}

// Hello comes first. Over HTTP it stands without Access.
type Hello struct {
	Access string
	App    string
	Schema int
	Epoch  string // "" for none: a first contact
	// Reads says that there was a cursor, null counting as one: this device wants
	// changes and takes over from an older connection of its own. Without, it only
	// pushes.
	Reads  bool
	Cursor string      // "" for none
	Now    record.Time // the device's clock; 0 where it said nothing
	Holds  Holds
	Again  []string // audiences to read again, since their sums differ
	Copied bool     // the ops of this push are those of a device that was copied
}

// Holds says what waits on the device, so that a desk sees which phones are stuck.
type Holds struct {
	Ops       int
	Oldest    record.Time // when the oldest of them was saved; 0 for none
	Persisted bool        // the device was granted storage that stays
	Trouble   string      // code of the last trouble
}

// Push hands in ops in the order of their numbers.
type Push struct{ Ops []Envelope }

// Seen says that the changes up to this cursor are stored.
type Seen struct{ Cursor string }

// Token brings a fresh access token in an open connection.
type Token struct{ Access string }

// Ping asks for a Pong.
type Ping struct{}

// An Envelope is one op as it stood in a push: a plain one, a sealed one, or a
// void. Its byte slices alias the frame.
type Envelope struct {
	N int64
	// To is the last number that a void stands for, else N.
	To   int64
	Void bool
	// Key and Sealed are those of a sealed op; Sealed is "" for a plain one.
	Key, Sealed string
	// Raw is the op's JSON value as it stood in the frame.
	Raw jsontext.Value
	// Hash is the SHA-256 of Raw: what welcome's tip is compared with.
	Hash [32]byte
}

// Welcome answers a good hello, and comes again when role or audiences change.
type Welcome struct {
	Epoch     string
	Acked     int64
	Tip       string // hash of the op numbered Acked; "" where there is none, or a void
	Safe      int64
	Backed    bool // whether Safe follows a backup or standby
	Now       record.Time
	Audiences []string
	Intake    Intake
	Limits    Limits
}

// Intake is the server's sealing key: its id, and the raw uncompressed P-256
// point in base64url.
type Intake struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// Limits are what the server takes: ops and bytes in a frame, pages on their
// way unseen.
type Limits struct {
	Ops    int `json:"ops"`
	Bytes  int `json:"bytes"`
	Window int `json:"window"`
}

// Ack says that ops up to Acked are on disk, and what became of each of a push.
type Ack struct {
	Acked, Safe int64
	Results     []Result
}

// A Result says what became of one op.
type Result struct {
	N       int64
	Status  record.Status
	Seq     int64 // 0 for none: refused, or void
	Problem *record.Problem
}

// Changes is one page of records.
type Changes struct {
	// Records is the JSON array of them; [DecodeRecords] reads it. Empty is [].
	Records jsontext.Value
	After   string // the cursor that this page follows; "" for none
	Cursor  string
	More    bool
	Dropped []string          // audiences whose records go, before Records come
	Sums    map[string]string // for each audience, of all its records
}

// Reset says that everything replicated, and the cursor, is to be forgotten.
type Reset struct{ Reason string }

// Wipe says that the device is revoked.
type Wipe struct{ Reason string }

// Error says what went wrong; a fatal one is followed by a close.
type Error struct {
	Code       string
	Message    string
	RetryAfter float64 // seconds; 0 for none
	Expected   int64   // with CodeGap: the number that a push has to begin with; else 0
}

// Pong answers a Ping.
type Pong struct{ Now record.Time }

// Kind gives the t of each frame.
func (*Hello) Kind() string   { return "hello" }
func (*Push) Kind() string    { return "push" }
func (*Seen) Kind() string    { return "seen" }
func (*Token) Kind() string   { return "token" }
func (*Ping) Kind() string    { return "ping" }
func (*Welcome) Kind() string { return "welcome" }
func (*Ack) Kind() string     { return "ack" }
func (*Changes) Kind() string { return "changes" }
func (*Reset) Kind() string   { return "reset" }
func (*Wipe) Kind() string    { return "wipe" }
func (*Error) Kind() string   { return "error" }
func (*Pong) Kind() string    { return "pong" }

// A Record is one record as it stands in a page. Its raw values alias the page.
type Record struct {
	Collection, ID string
	V              int64
	Audiences      []string           // of this member, that it is in
	Fields         jsontext.Value     // object
	Losers         map[string][]Loser // by field
	Gone           bool               // withdrawn or erased: nothing else is left
	Out            bool               // not for this reader any more
}

// A Loser is a value that another one won against, until somebody settles the
// field. Who and when are there for the desk alone.
type Loser struct {
	Value  jsontext.Value `json:"value"`
	By     string         `json:"by,omitempty"`
	At     string         `json:"at,omitempty"`
	N      int64          `json:"n,omitempty"`
	Device string         `json:"device,omitempty"`
}

// Call is the body of POST /v1/sync: the same messages over HTTP.
type Call struct {
	Hello Hello
	Push  *Push
}

// Reply is what POST /v1/sync answers; what is nil did not come.
type Reply struct {
	Welcome *Welcome
	Ack     *Ack
	Changes *Changes
	Reset   *Reset
	Wipe    *Wipe
	Error   *Error
}
