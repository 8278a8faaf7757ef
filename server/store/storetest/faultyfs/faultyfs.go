// Package faultyfs puts faults into the files of SQLite: a VFS that does what the
// system's own does until it is told to fail, and then fails every read, write, sync and
// truncation, a write after half of its bytes. It also cuts the power: of what was not
// synced then, any part is lost. It is for tests.
package faultyfs

/*
// SQLite's symbols are not in this package: they come with the driver, when everything is linked.
#cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-in-object-files
#include <stdint.h>
#include <stdlib.h>
int faultyfs_register(const char *name);
void faultyfs_after(int64_t n);
int64_t faultyfs_failed(void);
void faultyfs_record(int on);
int64_t faultyfs_cut(uint64_t seed);
*/
import "C"

import (
	"errors"
	"sync"

	_ "github.com/mattn/go-sqlite3" // has SQLite itself
)

// Name is what the VFS is registered under.
const Name = "faulty"

// Register registers it; more than once is once.
var Register = sync.OnceValue(func() error {
	if C.faultyfs_register(C.CString(Name)) != 0 { // SQLite keeps the name
		return errors.New("faultyfs: SQLite did not take the VFS")
	}
	return nil
})

// FailAfter lets n calls that read or change a file go well, and every one after them fail.
func FailAfter(n int) { C.faultyfs_after(C.int64_t(n)) }

// Heal ends all faults.
func Heal() { C.faultyfs_after(-1) }

// Failed says how many calls have failed since the last FailAfter.
func Failed() int { return int(C.faultyfs_failed()) }

// Record begins to remember what is changed in databases and their logs and not synced,
// or ends it. While it does, a sync makes that last without waiting for the disk.
func Record(on bool) {
	var c C.int
	if on {
		c = 1
	}
	C.faultyfs_record(c)
}

// Cut leaves the files as a disk may that lost its power, with everything closed: what was
// synced since Record is there, of each other change all, nothing or its first sectors, as
// the seed has it. It says how many changes were lost or torn.
func Cut(seed uint64) int { return int(C.faultyfs_cut(C.uint64_t(seed))) }
