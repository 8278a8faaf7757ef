package record

// Verb is what a change does to a field.
type Verb uint8

// The verbs of an op.
const (
	SetTo Verb = iota // "set"
	Settle
	Redact
	Add
	Remove
)

func (v Verb) String() string {
	return [...]string{"set", "settle", "redact", "add", "remove"}[v]
}

// A Change is what an op does to one field.
type Change struct {
	Field  int // index in the collection's Fields
	Verb   Verb
	Value  Value   // SetTo, Settle, Redact; Null clears
	Values []Value // Add, Remove; entries of a log are objects
}

// An Op is one change to one record, decoded, its values canonical and each of
// the type and size that its field allows (sync/wire sees to that).
type Op struct {
	N          int64
	At         Time // the device's own time
	Collection *Collection
	ID         string // UUID in lower case
	Base       int64
	Schema     int
	Changes    []Change // in the order of the collection's fields, then verbs
	Withdraw   bool
	// Receipt names the record instead of ID, for a withdrawal (protocol section 7).
	Receipt string
}

// Change gives the op's change of a field by one of the verbs that set a value, or nil.
func (o *Op) Change(field string) *Change {
	i := o.Collection.Field(field)
	for j := range o.Changes {
		if c := &o.Changes[j]; c.Field == i && c.Verb <= Redact {
			return c
		}
	}
	return nil
}

// Status is what became of an op. The greater of two fields' is the op's.
type Status uint8

// What can become of an op.
const (
	Applied Status = iota
	Merged
	Kept
	Same
	Refused
)

func (s Status) String() string {
	return [...]string{"applied", "merged", "kept", "same", "refused"}[s]
}

// A Problem says why an op can't be applied, and what to do, without a word of
// what the op held.
type Problem struct {
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

// The codes of problems. They are stable.
const (
	Malformed     = "malformed" // not an op at all
	UnknownKind   = "unknown_collection"
	UnknownField  = "unknown_field"
	WrongType     = "wrong_type"
	TooLong       = "too_long"
	WrongKind     = "wrong_kind"    // a verb that the kind of field does not know
	NotAllowed    = "not_allowed"   // this writer may not do this
	MissingField  = "missing_field" // required and absent
	OnceOnly      = "once"          // another value of a field that is set once
	WrongStep     = "wrong_step"    // a step that is not permitted from there
	StaleField    = "stale"         // has not seen the last change
	IDTaken       = "id_taken"      // the id belongs to another creator's record
	GoneRecord    = "gone"
	TooEarly      = "early" // waits for something that is not here yet
	BaseAhead     = "base_ahead"
	Unopened      = "unopened"   // sealed to a key that does not open it
	NotARule      = "not_a_rule" // breaks a rule between fields; Field names one
	Copied        = "copied"
	RevokedDevice = "revoked"
	NewerSchema   = "newer_schema"
	UnknownRecord = "unknown_record" // a reference to what is not in this DAT
	TooManyValues = "too_many"
)

func (p *Problem) Error() string { return p.Code + ": " + p.Message }

// Server is what stands as member, and as device, for what the server does by
// itself and for imports.
const Server = "server"

// A Writer is who an op speaks for, as it is at the moment it takes effect.
type Writer struct {
	Device   string
	Member   string
	Role     string
	Services []string
	// Audiences that the writer reads; nil asks Schema.AudiencesOf.
	Audiences []string
	// Server marks what the server does by itself, and imports.
	Server bool
}

// An Arrival is when and as what an op takes effect.
type Arrival struct {
	Seq int64
	// Time is the change's time: the device's, corrected, not after arrival, later
	// than the commit of its base and than the op before it of its device.
	Time Time
}

// A Case is what a collection's Judge may look at: the op, and each field as
// its writer had seen it, with what the op says itself laid over.
type Case struct {
	Op     *Op
	Writer Writer
	Making bool
	// Before gives the field as the writer had seen it before this op.
	Before func(field string) Value
	// After gives the same with the op's own values laid over.
	After func(field string) Value
}
