package record

// A Write is one change that took effect on a field, and who made it.
type Write struct {
	Value  Value  `json:"v,omitempty"`
	Seq    int64  `json:"s"`
	Time   Time   `json:"t"`
	Device string `json:"d"`
	N      int64  `json:"n"`
	Member string `json:"m,omitempty"`
}

// A Record is one record with its versions and kept losers. It is never changed
// in place: [Apply] gives a new one.
type Record struct {
	Collection *Collection
	ID         string
	V          int64 // seq of its last change
	Gone       bool  // withdrawn or erased: nothing else is left
	// Made is the op that made it, its Value empty.
	Made Write
	// Fields by the index of the collection's Fields; "" is absent. A set is a
	// sorted array, a log an array of entries in the order of their time.
	Fields []Value
	// States by the same index; nil where only Made wrote the field. The whole
	// slice is nil while that holds for all.
	States []*State
	// Last is the latest op on the record, Other the latest of a device other
	// than Last's. Both are zero while Made is the only one.
	Last, Other Touch
}

// A Touch is that an op of a device came by, with or without effect.
type Touch struct {
	Seq    int64
	Device string
}

// Get gives the value of a field by its name; "" is absent.
func (r *Record) Get(field string) Value {
	if r == nil || r.Gone {
		return ""
	}
	i := r.Collection.Field(field)
	if i < 0 || i >= len(r.Fields) {
		return ""
	}
	return r.Fields[i]
}
