package device

import (
	"errors"
	"fmt"
)

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

// errStore is a failure of the store itself: a full disk, a file that another
// program holds. Nothing has changed, and another try may go well.
var errStore = errors.New("device: the store fails, and is tried again: see that its disk has room and can be written")

// A guarded store tells its own failures from what its user did not want.
type guarded struct{ Store }

func (g guarded) Update(f func(Tx) error) error { return guard(g.Store.Update, f) }

func (g guarded) View(f func(Tx) error) error { return guard(g.Store.View, f) }

func guard(run func(func(Tx) error) error, f func(Tx) error) error {
	var unwanted error
	err := run(func(tx Tx) error {
		unwanted = f(tx)
		return unwanted
	})
	if err == nil || unwanted != nil {
		return err
	}
	return fmt.Errorf("%w: %w", errStore, err)
}
