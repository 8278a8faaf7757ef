// Package migrations holds the steps that bring a database to this release's
// shape, embedded, for goose. A step that was released is never changed.
package migrations

import "embed"

// SQLite holds sqlite/NNNN_what.sql.
//
//go:embed sqlite/*.sql
var SQLite embed.FS
