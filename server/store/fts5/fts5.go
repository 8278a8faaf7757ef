// Package fts5 gives every SQLite connection of this process the module FTS5, full
// text search, by being imported.
//
// The driver has FTS5 behind a build tag. A tag would have to be named with each go
// build, go test, go vet and in each editor, and what was built without it would
// fail only when it runs. So what the driver leaves out is compiled here: two files
// as they stand in the driver's own source, which a test holds to the version that
// go.mod names. To take them anew after an upgrade of the driver:
//
//	go test ./server/store/fts5 -update
package fts5

// #cgo CFLAGS: -std=gnu99 -Wno-unused-function -Wno-unused-variable
// #cgo LDFLAGS: -lm
// #include "register.h"
import "C"

import (
	"fmt"

	_ "github.com/mattn/go-sqlite3" // the SQLite that it calls
)

func init() {
	if code := C.earshot_register_fts5(); code != 0 {
		panic(fmt.Sprintf("fts5: SQLite does not take the module: code %d", code))
	}
}
