package store

import (
	"errors"
	"io"
	"log/slog"
	"time"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// Sentinel errors of this package.
var (
	// ErrNotFound: there is no such DAT, device, record or quarantined op.
	ErrNotFound = errors.New("store: not found")
	// ErrTaken: the slug belongs to another DAT.
	ErrTaken = errors.New("store: taken already")
	// ErrStale: the reader's rights, or their device's, are not what they were when
	// the reader was made. Who asks again finds out what they are.
	ErrStale = errors.New("store: the reader has changed")
	// ErrClosed: the store is closing or closed.
	ErrClosed = errors.New("store: closed")
	// ErrUnavailable: the commit failed and nothing of it took effect. The same
	// push may be sent again, after RetryAfter.
	ErrUnavailable = errors.New("store: the commit failed, nothing took effect; send it again")
)

// RetryAfter is how long a client waits after [ErrUnavailable].
const RetryAfter = 2 * time.Second

// Options are what a store is told from outside. The zero value is good.
type Options struct {
	Now    func() time.Time // nil: time.Now
	Random io.Reader        // nil: crypto/rand
	Log    *slog.Logger     // nil: nothing is logged
	// VFS names a registered SQLite VFS to open every file with; "" is SQLite's
	// own. It is the seam where a test puts faults into the disk (storetest/faultyfs).
	VFS string
	// BeforeCommit, if set, is called with everything written and nothing
	// committed; its error makes the commit fail. A seam for tests.
	BeforeCommit func() error
	// Manual leaves out the writer's goroutine and the watch for other processes:
	// [Store.Step] commits what waits, on the caller's goroutine.
	Manual bool
	// Wait, with Manual, is how whoever has handed something in waits until it is
	// committed: it comes back when done is closed. It is the seam where a simulation
	// lets one goroutine work at a time.
	Wait func(done <-chan struct{})
	// ReceiptKey is the secret under which receipt codes are kept as HMAC-SHA-256.
	// Without it receipts are neither kept nor found.
	ReceiptKey []byte
	// CursorKey is the secret under which cursors are signed, each for its member.
	// Without it one that a reader has made up is taken for what it says.
	CursorKey []byte
	// IndexAfter is for how long nothing has been handed in before words are indexed;
	// 0 means 100 ms; less: never by itself, see [Store.Index].
	IndexAfter time.Duration
	// SafeByBackup: an op is safe when the newest backup holds it; else when it is acked.
	SafeByBackup bool
	// Readers is how many connections read at a time; 0 means 4.
	Readers int
	// ReceiptGuesses is how many receipt withdrawals a device may make in 24
	// hours before they go to quarantine; 0 means 20.
	ReceiptGuesses int
	// Quarantine is how many ops of one device may lie in quarantine before the
	// device is slowed to one op a push; 0 means 200.
	Quarantine int
}

// A DAT is one tenant, as the server keeps it beside its records.
type DAT struct {
	Num  int64  // what the other calls of this package name it by; never leaves the server
	ID   string // the id of its record in collection "dat"
	Slug string
	Name string
}

// Mode says which of the three kinds of push this is.
type Mode uint8

// The kinds of push.
const (
	// Normal: ops take effect in the records.
	Normal Mode = iota
	// Copied: the device said "copied" in its hello. What is here already is
	// "same"; a sealed op else goes to quarantine, once for each hash; a plain one
	// is refused and kept nowhere. acked does not move.
	Copied
	// Revoked: everything goes to quarantine, and acked moves. The store takes
	// this mode by itself for a device that is revoked or whose member has left.
	Revoked
)

// A Push is what one device hands in at once, in order of n.
type Push struct {
	DAT    int64
	Device string
	Mode   Mode
	// Offset is the server's clock less the device's, as found at hello.
	Offset time.Duration
	Ops    []Incoming
}

// An Incoming is one op of a push, opened and decoded as far as that went. The
// caller may reuse the memory of Envelope and Plain when Push has returned.
type Incoming struct {
	Envelope wire.Envelope
	// Plain is what a sealed op opened to; nil where it did not open, or was not sealed.
	Plain []byte
	// Op is the decoded op; nil with a Problem, which says why it is refused, and
	// for a void.
	Op      *record.Op
	Problem *record.Problem
}

// An Ack answers a push. What it says is on disk.
type Ack struct {
	Acked, Safe int64
	// Results, one for each op that was taken up, in the order of the push.
	// With Gap none; with RetryAfter it may be fewer than were sent.
	Results []wire.Result
	// Gap: the push begins above acked+1, or its numbers do not follow each other.
	// Nothing took effect; Expected is where the device goes on.
	Gap      bool
	Expected int64
	// RetryAfter is how long the device waits before its next push, one op; it is
	// over its quota of quarantine. 0: not at all.
	RetryAfter time.Duration
	// Revoked: the push was taken as Mode Revoked, asked for or not.
	Revoked bool

	left int // ops that are for the next commit
}

// A Reader is who asks for a page, as they are now.
type Reader struct {
	DAT       int64
	Member    string
	Role      string
	Services  []string
	Audiences []string // from programme.Audiences, sorted
	// MemberV is the version of the member's record that the three above were read
	// from, and Device the device that reads. Where the record has changed since, or
	// the device was revoked, there is no page (see Page.Stale). 0: not looked at.
	MemberV int64
	Device  string
	// Again names audiences whose sums the client found wrong: each is dropped and
	// read from its beginning. Give it once, with the first Read after hello.
	Again []string
	// Sums asks for the sums of the audiences on a page that is the last.
	Sums bool
	// Into is memory that the page's Records may be put into; nil for new memory.
	Into []byte
}

// A Page is one page of changes.
type Page struct {
	// Records is a JSON array of records on the wire; "[]" where there are none.
	Records []byte
	Count   int
	// Stale: the Reader is not who the member is now. Nothing was read; look again
	// who they are, and read as them.
	Stale bool
	// After is the cursor that was asked with, Cursor the one that this page
	// leads to; both are opaque. They are equal when nothing is new.
	After, Cursor string
	// More: there is another page now.
	More bool
	// Dropped are audiences that the client forgets before anything else. Such a
	// page holds no records.
	Dropped []string
	Sums    map[string]string
	// Reset is "epoch" or "cursor" where the cursor is of another history or ahead
	// of this one: nothing else is set, and the reader begins again with "".
	Reset string
}

// A Commit is what a watcher is told after each commit.
type Commit struct {
	DAT int64
	Seq int64 // the DAT's last seq, as of this commit
	// Audiences in which something changed, sorted. What left one is in it too.
	Audiences []string
	// Members whose role, services or status changed, or one of whose devices was
	// enrolled or revoked: their sessions look again at who they are.
	Members []string
	// Any: another process committed; which audiences and members is not known,
	// any may have changed.
	Any bool
}

// A Device is one enrolled device, as the server keeps it.
type Device struct {
	ID       string // RFC 7638 thumbprint of its key
	DAT      int64
	Member   string // id of the member's record
	Name     string
	Key      string // its public key, a JWK
	Enrolled record.Time
	Seen     record.Time // last contact; 0: never
	Holds    string      // what it said of itself at its last hello, JSON; ""
	Revoked  record.Time // 0: not revoked
	Expires  record.Time // when it ends by itself; 0: it does not
	Acked    int64
	Safe     int64 // up to where its ops are safe: see Options.SafeByBackup
	// Tip is the hash of the op numbered Acked; nil where there is none, or a void.
	Tip []byte
}

// Ended says whether a device may do no more than hand in what it holds: it was
// revoked, or its time is over.
func (d *Device) Ended(now record.Time) bool {
	return d.Revoked != 0 || d.Expires != 0 && d.Expires <= now
}

// A Held is one op in quarantine.
type Held struct {
	ID      string
	DAT     int64
	Device  string
	Member  string
	N       int64
	At      record.Time // of its first arrival
	Op      []byte      // the op's JSON, opened where it opened, else as it came
	Sealed  bool        // Op is still a seal
	Problem record.Problem
}

// A Receipt is one record that a receipt code belongs to.
type Receipt struct {
	DAT        int64
	Collection string
	ID         string
	Gone       bool
}

// A Count is how many records of a collection a DAT has.
type Count struct {
	Collection string
	Records    int64
	Gone       int64
}

// A Report is what [Store.Check] found.
type Report struct {
	Records   int64
	Unindexed int64    // of them are not in the index of words as they stand, and found without it
	Problems  []string // none: everything agrees
}

// An Opener opens the seal of a device's op n, made to the intake key with this id.
type Opener func(key, sealed, device string, n int64) ([]byte, error)
