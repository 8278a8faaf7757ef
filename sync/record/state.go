package record

// A State is what a field's merging needs to know beyond its value. What is
// kept of it is bounded; see the constants below for what that costs.
type State struct {
	// Last is the latest op that had an effect on the field.
	Last Touch
	// Writes are the field's changes: those that stand, and those that stood.
	Writes []Stood
	// Floor is the seq from which on Writes tells exactly what stood.
	Floor int64
	// Passed are the greatest n of devices whose writes are not among Writes.
	Passed []Passed
	// Redacted is the redaction that counts, without its value; the zero Write
	// where there was none. Awaited: only the fact of it is known, and its op is
	// still to come with the value.
	Redacted Write
	Awaited  bool
	// Adds are a set's, one a value and device.
	Adds []Added
	// Entries are a log's, in the order of its value; Fallen the ids that were redacted.
	Entries []Entry
	Fallen  []string
}

// A Stood is a write that stands, or stood until the op with seq Until removed it.
type Stood struct {
	Write
	Settles bool
	Until   int64 // 0: it stands
}

// A Passed is how far a device has come on a field.
type Passed struct {
	Device string
	N, Seq int64
}

// An Added is a device's latest add of a value to a set, standing or removed.
type Added struct {
	Value  Value
	Device string
	N      int64  // the greatest n of the device that added or removed the value
	Seq    int64  // of its latest add; 0 where it only removed
	Since  int64  // from when on its adds stood without a break
	Out    int64  // seq of the remove that took it; 0: it stands
	OutBy  string // the device of that remove
}

// An Entry is where an entry of a log came from.
type Entry struct {
	ID     string
	Time   Time
	Seq    int64
	Device string
	N      int64
}

// Bounds of what is remembered. Beyond them the oldest is forgotten: then a
// change whose base is older removes less than it had seen (a loser more is
// kept, nothing is lost), and a mended op may stand beside a later one of its
// own device.
const (
	maxStood   = 32  // writes of a field that no longer stand
	maxPassed  = 256 // devices of a field
	maxOut     = 400 // removed values of a set
	longValue  = 128 // bytes: a longer value that no longer stands is kept as its digest
	MaxSet     = 200 // values of a set
	MaxEntries = 1000
)
