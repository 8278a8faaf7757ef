package store_test

import (
	"testing"

	"earshot/server/store"
	"earshot/server/store/storetest"
	"earshot/server/store/storetest/faultyfs"
)

type faults struct{}

func (faults) FailAfter(n int) { faultyfs.FailAfter(n) }
func (faults) Failed() int     { return faultyfs.Failed() }
func (faults) Heal()           { faultyfs.Heal() }

func TestWhatTheDiskDoes(t *testing.T) {
	if err := faultyfs.Register(); err != nil {
		t.Fatal(err)
	}
	storetest.RunFaults(t, open, store.Options{VFS: faultyfs.Name}, faults{})
}
