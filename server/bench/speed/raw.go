package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	_ "github.com/mattn/go-sqlite3" // the driver that the product uses
)

// A baseline is what SQLite alone does on this machine, this minute: the same
// rows, fsynced as strictly, with nothing around them.
type baseline struct {
	commits float64 // one record row and one feed row a commit, commits a second
	rows    float64 // 1,000 such pairs a commit, pairs a second
}

const (
	rawRecord = 600 // bytes
	rawBatch  = 1000
)

// measureRaw runs both halves for about the given time each.
func measureRaw(ctx context.Context, dir string, each time.Duration) (baseline, error) {
	var b baseline
	for _, half := range []struct {
		rate  *float64
		batch int
	}{{&b.commits, 1}, {&b.rows, rawBatch}} {
		rate, err := rawRate(ctx, filepath.Join(dir, fmt.Sprintf("raw-%d.sqlite", half.batch)), half.batch, each)
		if err != nil {
			return b, fmt.Errorf("measuring raw SQLite: %w", err)
		}
		*half.rate = rate
	}
	return b, nil
}

// rawRate commits pairs of rows, so many a commit, and gives pairs a second.
func rawRate(ctx context.Context, file string, batch int, each time.Duration) (float64, error) {
	db, err := sql.Open("sqlite3", "file:"+file+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	connection, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	if _, err := connection.ExecContext(ctx, `
		CREATE TABLE record (id BLOB PRIMARY KEY, version INTEGER NOT NULL, fields TEXT NOT NULL) STRICT, WITHOUT ROWID;
		CREATE TABLE feed (audience INTEGER NOT NULL, seq INTEGER NOT NULL, record BLOB NOT NULL,
			PRIMARY KEY (audience, seq)) STRICT, WITHOUT ROWID`); err != nil {
		return 0, err
	}
	insertRecord, err := connection.PrepareContext(ctx, `INSERT INTO record (id, version, fields) VALUES (?, ?, ?)`)
	if err != nil {
		return 0, err
	}
	defer insertRecord.Close()
	insertFeed, err := connection.PrepareContext(ctx, `INSERT INTO feed (audience, seq, record) VALUES (1, ?, ?)`)
	if err != nil {
		return 0, err
	}
	defer insertFeed.Close()

	fields := `{"words":"` + strings.Repeat("as it was said ", rawRecord/15) + `"}`
	seq := int64(0)
	started := time.Now()
	for time.Since(started) < each {
		if _, err := connection.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return 0, err
		}
		for range batch {
			// In the order of time, as the product's own ids are.
			id, err := uuid.NewV7FromReader(rand.Reader)
			if err != nil {
				return 0, err
			}
			seq++
			if _, err := insertRecord.ExecContext(ctx, id[:], seq, fields); err != nil {
				return 0, err
			}
			if _, err := insertFeed.ExecContext(ctx, seq, id[:]); err != nil {
				return 0, err
			}
		}
		if _, err := connection.ExecContext(ctx, "COMMIT"); err != nil {
			return 0, err
		}
	}
	return float64(seq) / time.Since(started).Seconds(), nil
}
