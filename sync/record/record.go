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
	// States by the same index; nil where only Made wrote the field.
	States []*State
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
