package store

import (
	"context"
	"slices"
	"time"

	"earshot/sync/record"
)

// A new record's words come into the index after its commit, when the writer has
// nothing better to do: nobody waits for them, since a search also looks through
// the records that they are missing of. meta.indexed, moved in the same transaction
// as the index, says how far that is. Up to there the index holds what records say
// now, and every later change of them changes it in its own transaction; so what is
// erased is gone from it as from the record.

const (
	// quietFor is how long nobody has handed in anything before the writer indexes.
	quietFor = 100 * time.Millisecond
	// indexFor and indexMost are for how long, and of how many records, one
	// transaction collects words; to write them down takes as long again. So
	// long waits who hands in something meanwhile.
	indexFor  = 1500 * time.Microsecond
	indexMost = 200
	// mergePages is how many pages of 4 KiB one transaction brings together.
	mergePages = 12
	// behindMost is how many records a search goes through without the index: where
	// they are more, the writer indexes some after each commit, until they are not.
	behindMost = 20_000
	// indexAgain is how long the writer leaves the index alone after that failed.
	indexAgain = time.Second
)

// indexed gives the number of the last record that is in the index.
func (t *tx) indexed() (int64, error) {
	if t.mem.indexed < 0 {
		r, err := t.one("SELECT indexed FROM meta")
		if err != nil {
			return 0, err
		}
		t.mem.indexed = r.int(0)
	}
	return t.mem.indexed, nil
}

func (t *tx) setIndexed(num int64) error {
	t.mem.indexed = num
	return t.exec("UPDATE meta SET indexed = ?", num)
}

// unindex empties the index: all is to be indexed anew.
func (t *tx) unindex() error {
	if err := t.exec("INSERT INTO search (search) VALUES ('delete-all')"); err != nil {
		return err
	}
	return t.setIndexed(0)
}

// indexSome brings the words of some records into the index, as these stand now,
// and says whether there is more to do. It ends early where hurry says so.
func (t *tx) indexSome(hurry func() bool) (more bool, err error) {
	from, err := t.indexed()
	if err != nil {
		return false, err
	}
	began, looked, last := time.Now(), 0, from
	err = t.each("SELECT num, kind, grants, fields FROM records WHERE num > ?+0 ORDER BY num", func(r row) error {
		if looked > 0 && (looked == indexMost || time.Since(began) > indexFor || hurry()) {
			more = true
			return errStop
		}
		looked, last = looked+1, r.int(0)
		return t.indexNew(r)
	}, from)
	if err != nil || last == from {
		return false, err
	}
	return more, t.setIndexed(last)
}

// indexNew brings the words of one record into the index.
func (t *tx) indexNew(r row) error {
	k := t.s.kinds.byNum[r.int(1)]
	if k == nil || k.searched == nil {
		return nil
	}
	grants, err := parseGrants(r.blob(2))
	if err != nil {
		return nil // see Check: no change of it can be indexed either
	}
	fields, err := record.ParseFields(k.Collection, r.blob(3))
	if err != nil {
		return nil
	}
	for _, field := range k.searched {
		if line := k.indexLine(grants, fields, field); line != "" {
			if err := t.exec("INSERT INTO search (rowid, words) VALUES (?, ?)", indexRow(r.int(0), field), line); err != nil {
				return err
			}
		}
	}
	return nil
}

// tidyIndex brings together some of what many transactions have added to the
// index, and says whether there was anything.
func (t *tx) tidyIndex() (bool, error) {
	before, err := t.one("SELECT total_changes()")
	if err != nil {
		return false, err
	}
	if err := t.exec("INSERT INTO search (search, rank) VALUES ('merge', ?)", mergePages); err != nil {
		return false, err
	}
	after, err := t.one("SELECT total_changes()")
	// The statement itself counts as one.
	return err == nil && after.int(0)-before.int(0) > 1, err
}

// Index brings the index up to what is committed and comes back. Nobody needs to
// wait for that but who measures or tests it.
func (s *Store) Index(ctx context.Context) error {
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.submit(ctx, commitOps, func(t *tx, _ *request) error {
			left, err := t.indexSome(func() bool { return false })
			if err != nil {
				return err
			}
			tidied, err := t.tidyIndex()
			more = left || tidied
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// An indexer is the writer's part that indexes when nobody hands in anything.
type indexer struct {
	s     *Store
	quiet *time.Timer
	// due: there may be something to index; untidy: or to bring together.
	due, untidy bool
}

func newIndexer(s *Store) *indexer {
	at := s.o.IndexAfter >= 0
	return &indexer{s: s, quiet: time.NewTimer(max(s.o.IndexAfter, 0)), due: at, untidy: at}
}

// committed notes that there may be something to index when it is quiet, or now
// where a search has found too many records without.
func (x *indexer) committed() {
	if x.s.o.IndexAfter < 0 {
		return
	}
	x.due, x.untidy = true, true
	x.quiet.Reset(x.s.o.IndexAfter)
	if x.s.behind.Load() {
		x.work(func() bool { return false })
	}
}

// rest does some of what is due, unless somebody waits, and then leaves the disk to
// others, another process perhaps, for as long as that took.
func (x *indexer) rest() {
	if !x.due && !x.untidy || x.s.someoneWaits() {
		return // it comes again after the commit of who waits
	}
	began := time.Now()
	if x.work(x.s.someoneWaits) {
		x.quiet.Reset(time.Since(began))
	} else {
		x.quiet.Reset(indexAgain)
	}
}

// work does one transaction of each kind that is due, and says whether it could.
func (x *indexer) work(hurry func() bool) bool {
	did := func(what *bool, do func(*tx) (bool, error)) bool {
		if !*what {
			return true
		}
		more := false
		ok := x.s.unhurried(func(t *tx) (err error) {
			more, err = do(t)
			return err
		})
		*what = more || !ok
		return ok
	}
	ok := did(&x.due, func(t *tx) (bool, error) { return t.indexSome(hurry) })
	if ok && !x.due {
		x.s.behind.Store(false)
	}
	return ok && (hurry() || did(&x.untidy, (*tx).tidyIndex))
}

// unhurried runs f in a transaction that is not fsynced by itself, but with the next
// that is: until then a crash of the machine may undo it, whole, and it is done again.
func (s *Store) unhurried(f func(*tx) error) bool {
	s.lax = true
	err := s.attempt(slices.Values([]*request{{run: f}}))
	s.lax = false
	s.writeBack()
	return err == nil
}

// someoneWaits says whether a request waits for the writer.
func (s *Store) someoneWaits() bool { return len(s.first)+len(s.queue) > 0 }
