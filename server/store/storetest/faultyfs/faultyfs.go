// Package faultyfs puts faults into the files of SQLite: a VFS that does what the
// system's own does until it is told to fail, and then fails every read, write, sync and
// truncation, a write after half of its bytes. It is for tests.
package faultyfs

/*
// SQLite's symbols are not in this package: they come with the driver, when everything is linked.
#cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-in-object-files
#include <stdint.h>
#include <stdlib.h>
int faultyfs_register(const char *name);
void faultyfs_after(int64_t n);
int64_t faultyfs_failed(void);
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
