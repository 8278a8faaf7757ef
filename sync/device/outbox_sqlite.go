package device

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"

	_ "github.com/mattn/go-sqlite3" // the driver
)

// OpenSQLite gives a Store in a file, which it makes where it is not there. A
// change is on disk when Update returns. One process has the file at a time.
func OpenSQLite(ctx context.Context, file string) (Store, error) {
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: "_journal_mode=WAL&_synchronous=FULL&_locking_mode=EXCLUSIVE&_busy_timeout=2000"}).String())
	if err != nil {
		return nil, fmt.Errorf("device: open the store: %w", err)
	}
	// The connection is the transaction's, so one is all there is to have.
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS shelves (
		shelf TEXT NOT NULL,
		key   TEXT NOT NULL,
		value BLOB NOT NULL,
		PRIMARY KEY (shelf, key)
	) STRICT, WITHOUT ROWID`)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("device: open the store: %w", err), db.Close())
	}
	return &sqlite{db: db}, nil
}

type sqlite struct {
	mu sync.Mutex
	db *sql.DB
}

func (s *sqlite) Update(f func(Tx) error) error { return s.run(f, (*sql.Tx).Commit) }
func (s *sqlite) View(f func(Tx) error) error   { return s.run(f, (*sql.Tx).Rollback) }
func (s *sqlite) Close() error                  { return s.db.Close() }

func (s *sqlite) run(f func(Tx) error, end func(*sql.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	inner, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("device: the store: %w", err)
	}
	tx := &sqliteTx{tx: inner}
	if err := f(tx); err != nil {
		return errors.Join(err, inner.Rollback())
	}
	if tx.err != nil {
		return errors.Join(fmt.Errorf("device: the store: %w", tx.err), inner.Rollback())
	}
	if err := end(inner); err != nil {
		return fmt.Errorf("device: the store: %w", err)
	}
	return nil
}

// sqliteTx keeps its first failure, so that its users need not ask each time.
type sqliteTx struct {
	tx  *sql.Tx
	err error
}

func (t *sqliteTx) Get(shelf, key string) []byte {
	if t.err != nil {
		return nil
	}
	var value []byte
	err := t.tx.QueryRow(`SELECT value FROM shelves WHERE shelf = ? AND key = ?`, shelf, key).Scan(&value)
	if err != nil {
		if !errors.Is(err, sql.ErrNoRows) {
			t.err = err
		}
		return nil
	}
	return value
}

func (t *sqliteTx) exec(query string, args ...any) {
	if t.err == nil {
		_, t.err = t.tx.Exec(query, args...)
	}
}

func (t *sqliteTx) Put(shelf, key string, value []byte) {
	if value == nil {
		value = []byte{}
	}
	t.exec(`INSERT INTO shelves VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`, shelf, key, value)
}

func (t *sqliteTx) Delete(shelf, key string) {
	t.exec(`DELETE FROM shelves WHERE shelf = ? AND key = ?`, shelf, key)
}

func (t *sqliteTx) Clear(shelf string) { t.exec(`DELETE FROM shelves WHERE shelf = ?`, shelf) }

func (t *sqliteTx) Each(shelf, prefix string, f func(string, []byte) bool) {
	if t.err != nil {
		return
	}
	// U+10FFFF is behind whatever may follow a prefix.
	rows, err := t.tx.Query(`SELECT key, value FROM shelves WHERE shelf = ? AND key >= ? AND key < ? ORDER BY key`,
		shelf, prefix, prefix+"\U0010FFFF")
	if err != nil {
		t.err = err
		return
	}
	defer func() { t.keep(rows.Close()) }()
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value); err != nil {
			t.err = err
			return
		}
		if !f(key, value) {
			return
		}
	}
	t.keep(rows.Err())
}

func (t *sqliteTx) keep(err error) {
	if t.err == nil {
		t.err = err
	}
}
