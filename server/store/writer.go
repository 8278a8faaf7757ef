package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"earshot/sync/record"
)

const (
	// commitOps is how many ops one commit takes at most, so that nobody waits for
	// a whole import of others: some 20 ms of them, beside which an fsync is little.
	commitOps = 1000
	// lookAround is how often the writer, when idle, asks whether another process
	// has committed.
	lookAround = 200 * time.Millisecond
)

// A request is something that waits for the writer's next transaction.
type request struct {
	// run does it. Its error breaks the transaction; what is only this request's
	// own business it leaves in err. It may be run again after a transaction that
	// failed, so it keeps nothing from the first time.
	run  func(*tx) error
	err  error
	ops  int
	done chan struct{}
	// claimed is set once: by the writer when it takes the request, or by who asked
	// when they will not wait for that.
	claimed atomic.Bool
}

// claim says whether the caller is the first to.
func (r *request) claim() bool { return r.claimed.CompareAndSwap(false, true) }

// submit hands in a request and waits until it is committed. Whoever goes away
// before the writer has begun takes the request back, and nothing of it happens;
// after that they wait: what they handed in is theirs to use again only when the
// writer no longer reads it. A push aliases the bytes of its frame, and those are
// the next frame's as soon as this returns.
func (s *Store) submit(ctx context.Context, ops int, run func(*tx, *request) error) error {
	r := &request{ops: ops, done: make(chan struct{})}
	r.run = func(t *tx) error { return run(t, r) }
	select {
	case <-s.closing:
		return ErrClosed
	default:
	}
	select {
	case s.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return ErrClosed
	}
	select {
	case <-r.done:
		return r.err
	case <-s.stopped:
	case <-ctx.Done():
		if r.claim() {
			return ctx.Err()
		}
		select {
		case <-r.done:
		case <-s.stopped:
		}
	}
	// Closing may have passed this request by, or just answered it.
	select {
	case <-r.done:
		return r.err
	default:
		return ErrClosed
	}
}

// loop is the writer's goroutine.
func (s *Store) loop() {
	defer close(s.stopped)
	tick := time.NewTicker(lookAround)
	defer tick.Stop()
	for {
		select {
		case r := <-s.queue:
			s.commit(s.gather(r))
		case <-tick.C:
			s.idle()
		case <-s.closing:
			for s.Step() > 0 {
			}
			return
		}
	}
}

// gather takes what else waits into the same commit, and leaves out what was
// taken back. Nothing is left in the queue when it comes back empty.
func (s *Store) gather(r *request) []*request {
	batch, ops := s.batch[:0], 0
	for {
		if r.claim() {
			batch = append(batch, r)
			ops += r.ops
		}
		if ops >= commitOps {
			break
		}
		select {
		case r = <-s.queue:
			continue
		default:
		}
		break
	}
	s.batch = batch
	return batch
}

// Step commits what waits, on the caller's goroutine; only with Options.Manual.
// It says how many requests it answered.
func (s *Store) Step() int {
	select {
	case r := <-s.queue:
		batch := s.gather(r)
		s.commit(batch)
		return len(batch)
	default:
		return 0
	}
}

// commit runs requests in one transaction and answers them. Where that fails and
// there are several, each gets a transaction of its own: what breaks one of them
// does not touch the others.
func (s *Store) commit(batch []*request) {
	if len(batch) == 0 {
		return
	}
	err := s.attempt(batch)
	for i, r := range batch {
		if err != nil {
			r.err = err
			if len(batch) > 1 {
				if alone := s.attempt(batch[i : i+1]); alone != nil {
					r.err = alone
				}
			}
		}
		close(r.done)
		batch[i] = nil
	}
	s.scrub()
}

// attempt runs requests in one transaction. Its error is ErrUnavailable, and
// nothing took effect then.
func (s *Store) attempt(batch []*request) error {
	t, err := s.begin()
	if err == nil {
		for _, r := range batch {
			r.err = nil
			if err = guarded(r.run, t); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = t.flush()
	}
	if err == nil && s.o.BeforeCommit != nil {
		err = s.o.BeforeCommit()
	}
	if err == nil {
		err = s.w.exec("COMMIT")
	}
	if err != nil {
		if !s.w.sql.AutoCommit() {
			if e := s.w.exec("ROLLBACK"); e != nil {
				s.o.Log.Error("rollback", "error", e)
			}
		}
		s.mem.forget()
		s.o.Log.Error("a commit failed, nothing of it took effect", "error", err)
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	s.scrubDue = s.scrubDue || t.erased
	s.tell(t)
	s.mem.trim()
	return nil
}

// guarded turns a panic into an error: one op that a bug trips over does not
// stop the server.
func guarded(run func(*tx) error, t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// Not what the panic held, which may be somebody's words.
			what := fmt.Sprintf("%T", p)
			if e, ok := p.(runtime.Error); ok {
				what = e.Error()
			}
			err = fmt.Errorf("panic: %s\n%s", what, debug.Stack())
		}
	}()
	return run(t)
}

// begin opens the transaction. What is remembered from earlier ones counts only
// if nobody else has written since.
func (s *Store) begin() (*tx, error) {
	if err := s.w.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	foreign, err := s.othersWrote()
	if err != nil {
		return nil, err
	}
	if foreign {
		s.mem.forget()
	}
	return &tx{
		conn: s.w, s: s, mem: s.mem, foreign: foreign,
		clock: record.At(s.o.Now()), dats: map[int64]*tenant{},
	}, nil
}

// othersWrote says whether another process has committed since it was last
// asked. PRAGMA data_version moves for the commits of other connections only, and
// no other connection of this process writes.
func (s *Store) othersWrote() (bool, error) {
	r, err := s.w.one("PRAGMA data_version")
	if err != nil {
		return false, err
	}
	moved := s.version != 0 && s.version != r.int(0)
	s.version = r.int(0)
	return moved, nil
}

// idle looks whether another process has committed, and tells the watchers.
func (s *Store) idle() {
	moved, err := s.othersWrote()
	if err != nil {
		s.o.Log.Warn("ask for other processes' commits", "error", err)
		return
	}
	if moved {
		s.mem.forget()
		s.tellAll()
	}
	s.scrub()
}

// scrub takes what was erased out of the write-ahead log too, where it would
// stand until the log is written over. While readers hold old states it is tried
// again, and never waited for: an export beside the server reads for minutes, and
// nobody's push stands still meanwhile.
func (s *Store) scrub() {
	if !s.scrubDue || len(s.queue) > 0 {
		return
	}
	if _, err := s.w.one("PRAGMA busy_timeout = 0"); err != nil {
		return
	}
	r, err := s.w.one("PRAGMA wal_checkpoint(TRUNCATE)")
	s.scrubDue = err != nil || r.int(0) != 0
	if _, err := s.w.one("PRAGMA busy_timeout = " + busyTimeout); err != nil {
		s.o.Log.Error("wait for other processes again", "error", err)
	}
}

// write runs f inside the writer's next transaction, together with whatever else
// waits, and comes back when that is committed. An error of f undoes what f did,
// and nothing else, and is given back.
func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	return s.submit(ctx, 1, func(t *tx, r *request) error {
		// Everything remembered is written first, so that going back to the savepoint
		// and forgetting leaves what the requests before have done.
		if err := t.flush(); err != nil {
			return err
		}
		if err := t.exec("SAVEPOINT f"); err != nil {
			return err
		}
		if r.err = f(t); r.err == nil {
			return t.exec("RELEASE f")
		}
		if err := t.exec("ROLLBACK TO f"); err != nil {
			return errors.Join(r.err, err)
		}
		t.mem.forget()
		t.dats = map[int64]*tenant{}
		return t.exec("RELEASE f")
	})
}

// read runs f on one consistent state, beside the writer and other readers.
func (s *Store) read(ctx context.Context, f func(*snapshot) error) error {
	c, err := s.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { s.readers <- c }()
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	err = f(&snapshot{conn: c, s: s})
	if e := c.exec("COMMIT"); err == nil {
		err = e
	}
	return err
}

// reader takes a reading connection out of the pool.
func (s *Store) reader(ctx context.Context) (*conn, error) {
	select {
	case c := <-s.readers:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closing:
		return nil, ErrClosed
	}
}
