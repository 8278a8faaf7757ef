package record

// A Result is what became of an op.
type Result struct {
	// Record is the record as it is afterwards; nil when the op changed nothing
	// (refused, or the same as before).
	Record  *Record
	Status  Status
	Problem *Problem // only when refused
	// Private are values that were taken out of the making op, for the store to
	// keep apart (a receipt).
	Private []PrivateValue
	// Waits: a withdrawal of a record that is not here, by somebody who may only
	// withdraw their own; it takes effect if the record comes with them as By.
	Waits bool
}

// A PrivateValue is the value of a Private field.
type PrivateValue struct {
	Field int
	Value Value
}

// Apply gives the record as it is after the op: protocol sections 6 and 7 as far
// as they concern one record. rec is nil when the record is not here. Neither
// rec nor op is changed; the new record may share memory with the old one.
//
// Apply knows of one record only. Numbers, duplicates across records, epochs,
// references and services that are not here yet are for the caller.
func Apply(rec *Record, op *Op, w Writer, a Arrival) Result { panic("in the making") }

// Lay gives what a device shows while its own op is on the way: the record as
// it was last received (nil: never), with the op laid over. It judges nothing.
func Lay(rec *Record, op *Op, w Writer) *Record { panic("in the making") }

// Seen gives the field as the writer of op n of a device had seen it: what it
// was at base, with the device's own earlier ops laid over; "" is absent.
func (r *Record) Seen(field int, base int64, device string, n int64) Value { panic("in the making") }

// Losers gives the standing values of a field that differ from its value, each
// once, the latest first. A cleared one is [Null].
func (r *Record) Losers(field int) []Write { return nil }

// Settles gives the fields that this writer may settle, for whom alone losers
// are meant.
func (r *Record) Settles(w Writer) Mask { panic("in the making") }

// MarshalState gives what a store keeps of a record beside its fields, V, Gone
// and Made; nil while the making op was the only one.
func MarshalState(r *Record) []byte { panic("in the making") }

// UnmarshalState puts back what [MarshalState] gave. The record's fields, V and
// Made must stand already.
func UnmarshalState(r *Record, b []byte) error { panic("in the making") }

// ParseLosers puts losers as they came on the wire ("k") on a record whose
// fields and V stand already. A device does this; a server has [UnmarshalState].
func ParseLosers(r *Record, k []byte) error { panic("in the making") }
