package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"

	"earshot/migrations"
	"earshot/server/programme"
	"earshot/sync/record"
)

// File is the name of the database in its directory.
const File = "earshot.sqlite"

// A Store is one data directory's database, open. Its methods may be called from
// any goroutine.
type Store struct {
	o     Options
	dir   string
	epoch string
	kinds *kinds

	// The writer's own: its connection, what it remembers, and what other
	// processes' commits are told by.
	w        *conn
	keeper   *keeper
	use      *Hold
	mem      *memory
	version  int64
	batch    []*request
	scrubDue bool
	lax      bool // see unhurried

	// What waits for the writer: requests of a few ops, and larger ones.
	first, queue chan *request
	// The log's keeper is asked by logLong, and says by logRest that the writer may
	// do the rest. logKept is closed when it has ended.
	logLong chan struct{}
	logRest atomic.Bool
	logKept chan struct{}
	// behind: a search has found many records that are not in the index yet.
	behind   atomic.Bool
	readers  chan *conn
	all      []*conn // every reading connection
	nums     audienceNums
	watchers watchers
	closing  chan struct{} // closed when nothing more is taken
	stopped  chan struct{} // closed when the writer has ended
}

// What a connection is told. Page caches are small, since the system keeps pages
// too, and an idle server is to be small.
var (
	writerSetup = []string{
		"PRAGMA synchronous = FULL",
		"PRAGMA secure_delete = ON",
		fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", logPagesMost),
		"PRAGMA cache_size = -16000",
		"PRAGMA temp_store = MEMORY",
	}
	keeperSetup = []string{
		"PRAGMA synchronous = FULL",
	}
	readerSetup = []string{
		"PRAGMA query_only = ON",
		"PRAGMA cache_size = -4000",
		"PRAGMA temp_store = MEMORY",
	}
)

// Open opens the database of a directory, makes it where there is none, and
// brings it to this release's shape. It scans nothing, unless the rules of who
// reads what have changed since the last start.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Readers <= 0 {
		o.Readers = 4
	}
	if o.IndexAfter == 0 {
		o.IndexAfter = quietFor
	}
	if o.ReceiptGuesses <= 0 {
		o.ReceiptGuesses = 20
	}
	if o.Quarantine <= 0 {
		o.Quarantine = 200
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	file := filepath.Join(dir, File)
	use, err := hold(dir, syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	s, err := openStore(ctx, dir, file, o)
	if err != nil {
		return nil, errors.Join(err, use.Let())
	}
	s.use = use
	return s, nil
}

func openStore(ctx context.Context, dir, file string, o Options) (*Store, error) {
	if err := private(file); err != nil {
		return nil, err
	}
	if err := migrate(ctx, file, o.VFS); err != nil {
		return nil, fmt.Errorf("bring %s to this release's shape: %w", file, err)
	}
	s := &Store{
		o: o, dir: dir, mem: newMemory(),
		first: make(chan *request, 1024), queue: make(chan *request, 1024),
		logLong: make(chan struct{}, 1), logKept: make(chan struct{}),
		readers: make(chan *conn, o.Readers),
		// An earlier process may have ended, or been ended, before it had come to it.
		scrubDue: true,
		closing:  make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := s.open(file); err != nil {
		return nil, errors.Join(err, s.closeConns())
	}
	if o.Manual {
		close(s.logKept)
		return s, nil
	}
	keeper, err := openConn(file, o.VFS, keeperSetup...)
	if err != nil {
		return nil, errors.Join(err, s.closeConns())
	}
	go s.keepLog(keeper)
	go s.loop()
	return s, nil
}

// private makes the file where it is not there, for nobody else on this machine to
// read: SQLite would let everybody, and gives its log the mode of the database.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return nil
}

func (s *Store) open(file string) (err error) {
	if s.keeper, err = openKeeper(filepath.Dir(file)); err != nil {
		return err
	}
	if s.w, err = openConn(file, s.o.VFS, writerSetup...); err != nil {
		return err
	}
	for range s.o.Readers {
		c, err := openConn(file, s.o.VFS, readerSetup...)
		if err != nil {
			return err
		}
		s.all = append(s.all, c)
		s.readers <- c
	}
	t, err := s.begin()
	if err != nil {
		return err
	}
	if s.kinds, err = newKinds(programme.Schema(), t.name); err != nil {
		return err
	}
	if err := t.settle(); err != nil {
		return err
	}
	if err := t.flush(); err != nil {
		return err
	}
	if err := t.settleLedger(); err != nil {
		return err
	}
	if err := s.w.exec("COMMIT"); err != nil {
		return err
	}
	if t.mark.Commits > 0 {
		return s.keeper.marks.Put(t.mark)
	}
	return nil
}

// settle reads the identity of this history, gives a new database one, and writes
// the feed anew where the rules of who reads what have changed. An index that is made
// in another way is emptied, and made anew when there is nothing better to do.
func (t *tx) settle() error {
	rules := rulesOf(t.s.kinds.schema)
	r, err := t.one("SELECT epoch, rules, words, ledger, mark FROM meta")
	if err != nil {
		return err
	}
	if r == nil {
		if t.s.epoch, err = t.s.newEpoch(); err != nil {
			return err
		}
		return t.exec("INSERT INTO meta (one, epoch, rules, words) VALUES (1, ?, ?, ?)", t.s.epoch, rules, wordsVersion)
	}
	t.s.epoch = r.str(0)
	ledger, mark := r.int(3), r.int(4)
	if t.s.epoch == "" || t.s.keeper.fresh || mark < t.s.keeper.marks.Last().Commits {
		if err := t.remake(); err != nil {
			return err
		}
	}
	if r.int(2) != wordsVersion {
		if err := t.unindex(); err != nil {
			return err
		}
		if err := t.exec("UPDATE meta SET words = ?", wordsVersion); err != nil {
			return err
		}
	}
	if r.str(1) != rules {
		t.s.o.Log.Info("the rules of who reads what are new: the feed is written again")
		if err := t.rewriteFeed(); err != nil {
			return err
		}
		if err := t.exec("UPDATE meta SET rules = ?", rules); err != nil {
			return err
		}
	}
	return t.replay(ledger)
}

func (s *Store) newEpoch() (string, error) {
	var b [12]byte
	if _, err := io.ReadFull(s.o.Random, b[:]); err != nil {
		return "", fmt.Errorf("random bytes for the epoch: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// migrate runs goose over a connection of its own.
func migrate(ctx context.Context, file, vfs string) error {
	dsn := "file:" + file + "?_foreign_keys=on&_busy_timeout=10000&_journal_mode=WAL&_synchronous=FULL"
	if vfs != "" {
		dsn += "&vfs=" + vfs
	}
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.SQLite, goose.WithGoMigrations(relinking))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Close commits what waits and closes every connection.
func (s *Store) Close() error {
	select {
	case <-s.closing:
		return nil
	default:
	}
	close(s.closing)
	if s.o.Manual {
		for s.Step() > 0 {
		}
		close(s.stopped)
	}
	<-s.stopped
	<-s.logKept
	// Every reader comes back to the pool before its connection is closed.
	for range s.all {
		<-s.readers
	}
	s.scrub()
	return errors.Join(s.closeConns(), s.use.Let())
}

func (s *Store) closeConns() error {
	var errs []error
	for _, c := range s.all {
		errs = append(errs, c.close())
	}
	if s.w != nil {
		errs = append(errs, s.w.close())
	}
	if s.keeper != nil {
		errs = append(errs, s.keeper.close())
	}
	return errors.Join(errs...)
}

// Epoch is the identity of this history.
func (s *Store) Epoch() string { return s.epoch }

// newID makes a UUIDv7.
func (s *Store) newID(now record.Time) string {
	var b [16]byte
	if _, err := io.ReadFull(s.o.Random, b[6:]); err != nil {
		panic("store: no random bytes: " + err.Error())
	}
	ms := uint64(now) / 1000
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
