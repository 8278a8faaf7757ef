package store

import "time"

const (
	// logPages is how long the write-ahead log grows, in pages of 4 KiB, before it
	// is written back into the database: a few long rounds cost less than many
	// short ones.
	logPages = 4000
	// logPagesMost is where the writer writes it back by itself, should the keeper
	// have failed to.
	logPagesMost = 10 * logPages
	// writeBackAgain is how long the keeper waits after it failed.
	writeBackAgain = time.Second
)

// keepLog is the goroutine that writes the log back, on a connection of its own:
// that takes up to 100 ms on a busy disk, during which the writer goes on.
func (s *Store) keepLog(c *conn) {
	defer close(s.logKept)
	for {
		select {
		case <-s.logLong:
		case <-s.closing:
			if err := c.close(); err != nil {
				s.o.Log.Warn("close the keeper of the log", "error", err)
			}
			return
		}
		if _, err := c.one("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			s.o.Log.Warn("the write-ahead log could not be written back, it is tried again", "error", err)
			select {
			case <-time.After(writeBackAgain):
			case <-s.closing:
			}
			continue
		}
		s.logRest.Store(true)
	}
}

// writeBack has the log written back where it is long, so that it begins anew. The
// log begins anew only when no commit fell behind the last of what was written
// back, which beside a busy writer is never: so the writer itself does the rest
// when the keeper has done the most.
func (s *Store) writeBack() {
	if s.logRest.CompareAndSwap(true, false) {
		if _, err := s.w.one("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			s.o.Log.Warn("the rest of the write-ahead log could not be written back", "error", err)
		}
		return
	}
	r, err := s.w.one("PRAGMA wal_checkpoint(NOOP)")
	if err != nil || r.int(1)-r.int(2) < logPages {
		return
	}
	select {
	case s.logLong <- struct{}{}:
	default:
	}
}

// scrub takes what was erased out of the write-ahead log too, where it would
// stand until the log is written over. While readers hold old states it is tried
// again, and never waited for: an export beside the server reads for minutes, and
// nobody's push stands still meanwhile.
func (s *Store) scrub() {
	if !s.scrubDue || s.someoneWaits() {
		return
	}
	if err := s.w.set("busy_timeout", "0"); err != nil {
		return
	}
	r, err := s.w.one("PRAGMA wal_checkpoint(TRUNCATE)")
	s.scrubDue = err != nil || r.int(0) != 0
	if err := s.w.set("busy_timeout", busyTimeout); err != nil {
		s.o.Log.Error("wait for other processes again", "error", err)
	}
}
