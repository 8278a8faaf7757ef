package device

// A Store keeps a device: shelves of values by key, changed in transactions.
// [NewMemory] and [OpenSQLite] give the two that there are.
type Store interface {
	// Update runs f and makes all that it changed durable before it returns nil.
	// Where f or the store fails, nothing has changed.
	Update(f func(Tx) error) error
	// View runs f over one state of the store.
	View(f func(Tx) error) error
	// Close ends the use of the store.
	Close() error
}

// A Tx is one transaction. Where the store fails below it, the methods do
// nothing more and Update or View gives the error. Values belong to the store
// once they are put: nobody changes them.
type Tx interface {
	// Get gives a value, nil where there is none.
	Get(shelf, key string) []byte
	Put(shelf, key string, value []byte)
	Delete(shelf, key string)
	// Clear empties a shelf.
	Clear(shelf string)
	// Each calls f with the keys of the shelf that begin with prefix, in their
	// order, until it gives false. f does not change the store.
	Each(shelf, prefix string, f func(key string, value []byte) bool)
}
