package store

import (
	"context"

	"earshot/sync/record"
)

// A tx is the writer's transaction as one request sees it. It embeds the
// writer's connection: exec, one, each and all run inside the transaction.
type tx struct {
	*conn
	// now is the commit's time: never before an earlier commit's.
	now record.Time
}

// A snapshot is one consistent state to read from: exec, one, each, all.
type snapshot struct {
	*conn
}

// write runs f inside the writer's next transaction, together with whatever else
// waits, and comes back when that is committed. An error of f undoes what f did,
// and nothing else, and is given back.
func (s *Store) write(ctx context.Context, f func(*tx) error) error { return ErrUnavailable }

// read runs f on one consistent state, beside the writer and other readers.
func (s *Store) read(ctx context.Context, f func(*snapshot) error) error { return ErrUnavailable }

// audit adds a link to the audit chain. Num and At are filled in here.
func (t *tx) audit(a AuditRow) error { return nil }

// touched tells the watchers of the commit that a member's sessions have to look
// again at who they are.
func (t *tx) touched(dat int64, member string) {}
