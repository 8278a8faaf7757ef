package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"earshot/sync/record"
)

const (
	// commitOps is how many ops one commit takes at most, so that nobody waits for
	// a whole import of others: some 20 ms of them, beside which an fsync is little.
	commitOps = 1000
	// fewOps is up to how many ops a request goes before larger ones: what somebody
	// did just now does not wait for what others had saved up.
	fewOps = 4
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

// few says whether the request goes before larger ones.
func (r *request) few() bool { return r.ops <= fewOps }

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
	queue := s.queue
	if r.few() {
		queue = s.first
	}
	select {
	case queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return ErrClosed
	}
	if s.o.Wait != nil {
		s.o.Wait(r.done)
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
	index := newIndexer(s)
	defer index.quiet.Stop()
	for {
		select {
		case r := <-s.first:
			s.turn(r)
			index.committed()
		case r := <-s.queue:
			s.turn(r)
			index.committed()
		case <-index.quiet.C:
			index.rest()
		case <-tick.C:
			if s.idle() {
				index.committed()
			}
		case <-s.closing:
			for s.Step() > 0 {
			}
			return
		}
	}
}

// gather gives what goes into one commit, from the request on that batch begins
// with, and notes it there. It is asked while the transaction is open: once it holds
// something that goes before larger requests, it ends with the last of those.
func (s *Store) gather(batch *[]*request) iter.Seq[*request] {
	return func(yield func(*request) bool) {
		r, ops, hurry := (*batch)[0], 0, false
		for {
			hurry = hurry || r.few()
			if ops += r.ops; !yield(r) || ops >= commitOps {
				return
			}
			if r = s.waiting(hurry); r == nil {
				return
			}
			*batch = append(*batch, r)
		}
	}
}

// waiting claims a request that waits, and gives nil where there is none; with
// hurry only one that goes before larger ones. What was taken back is passed by.
func (s *Store) waiting(hurry bool) *request {
	queue := s.queue
	if hurry {
		queue = nil // from which nothing comes
	}
	for {
		var r *request
		select {
		case r = <-s.first:
		default:
			select {
			case r = <-queue:
			default:
				return nil
			}
		}
		if r.claim() {
			return r
		}
	}
}

// turn commits a request that was waited for, unless it was taken back.
func (s *Store) turn(r *request) {
	if r.claim() {
		s.commit(r)
	}
}

// Step commits what waits, on the caller's goroutine; only with Options.Manual.
// It says how many requests it answered.
func (s *Store) Step() int {
	if r := s.waiting(false); r != nil {
		return s.commit(r)
	}
	return 0
}

// commit runs a request, and what else waits, in one transaction, answers them,
// and says how many they were. Where that fails and there are several, each gets a
// transaction of its own: what breaks one of them does not touch the others. The
// first is answered also where no transaction could be begun.
func (s *Store) commit(first *request) int {
	batch := append(s.batch[:0], first)
	err := s.attempt(s.gather(&batch))
	for i, r := range batch {
		if err != nil {
			r.err = err
			if len(batch) > 1 {
				if alone := s.attempt(slices.Values(batch[i : i+1])); alone != nil {
					r.err = alone
				}
			}
		}
		close(r.done)
		batch[i] = nil
	}
	s.batch = batch
	s.scrub()
	s.writeBack()
	return len(batch)
}

// attempt runs requests in one transaction. Its error is ErrUnavailable, and
// nothing took effect then.
func (s *Store) attempt(requests iter.Seq[*request]) error {
	t, err := s.begin()
	if err == nil {
		for r := range requests {
			r.err = nil
			if err = guarded(r.run, t); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = t.flush()
	}
	if err == nil {
		err = t.settleLedger()
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
	if t.mark.Commits > 0 {
		// It took effect, and is not answered before the mark says so: sent again it is as
		// it was.
		if err := s.keeper.marks.Put(t.mark); err != nil {
			s.o.Log.Error("a commit could not be marked", "error", err)
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
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
	level := "FULL"
	if s.lax {
		level = "NORMAL"
	}
	if err := s.w.set("synchronous", level); err != nil {
		return nil, err
	}
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

// idle looks whether another process has committed, tells the watchers, and says so.
func (s *Store) idle() bool {
	moved, err := s.othersWrote()
	if err != nil {
		s.o.Log.Warn("ask for other processes' commits", "error", err)
		return false
	}
	if moved {
		s.mem.forget()
		s.tellAll()
	}
	s.scrub()
	return moved
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
		kept := len(t.kept)
		if r.err = f(t); r.err == nil {
			return t.exec("RELEASE f")
		}
		if err := t.exec("ROLLBACK TO f"); err != nil {
			return errors.Join(r.err, err)
		}
		t.mem.forget()
		t.dats, t.kept = map[int64]*tenant{}, t.kept[:kept]
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
