// Package migrations holds the steps that bring a database to this release's
// shape, embedded, for goose. A step that was released is never changed, and none
// has a way down: going back would drop what people said.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql
var files embed.FS

// SQLite holds NNNN_what.sql, for SQLite.
var SQLite = func() fs.FS {
	sub, err := fs.Sub(files, "sqlite")
	if err != nil {
		panic("migrations: " + err.Error())
	}
	return sub
}()
