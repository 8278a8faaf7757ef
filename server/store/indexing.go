package store

import (
	"context"
	"slices"
	"time"

	"earshot/sync/record"
)

// The words of a change come into the index after its commit, when the writer has
// nothing better to do: nobody waits for them, since a search also looks through
// the records that they are missing of. These are, each kept in the transaction that
// it tells of,
//   - new ones: those after meta.indexed;
//   - changed ones, of which some fields are in reworded.
//
// Of these the index holds nothing: the words that a change took away are taken out
// of it in the change's own transaction, so that what is erased is gone from the
// index as from the record.

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
	if err := t.exec("DELETE FROM reworded"); err != nil {
		return err
	}
	return t.setIndexed(0)
}

// indexSome brings the words of some records into the index, as these stand now,
// and says whether there is more to do. It ends early where hurry says so.
func (t *tx) indexSome(hurry func() bool) (more bool, err error) {
	began, looked := time.Now(), 0
	enough := func() bool {
		looked++
		more = looked > 1 && (looked > indexMost || time.Since(began) > indexFor || hurry())
		return more
	}
	if err := t.indexChanged(enough); err != nil || more {
		return more, err
	}
	err = t.indexNew(enough)
	return more, err
}

// indexChanged indexes fields that have changed since they were.
func (t *tx) indexChanged(enough func() bool) error {
	for {
		changed, err := t.all("SELECT num FROM reworded LIMIT 50")
		if err != nil || len(changed) == 0 {
			return err
		}
		for _, c := range changed {
			if enough() {
				return nil
			}
			record, field := c.int(0)>>fieldBits, int(c.int(0)&(1<<fieldBits-1))
			r, err := t.one("SELECT num, kind, grants, fields FROM records WHERE num = ?", record)
			if err != nil {
				return err
			}
			is := ""
			if k, grants, fields := t.s.kinds.read(r); k != nil {
				is = k.indexLine(grants, fields, field)
			}
			if err := t.index(c.int(0), is); err != nil {
				return err
			}
			if err := t.exec("DELETE FROM reworded WHERE num = ?", c.int(0)); err != nil {
				return err
			}
		}
	}
}

// indexNew indexes records that have not been.
func (t *tx) indexNew(enough func() bool) error {
	from, err := t.indexed()
	if err != nil {
		return err
	}
	last := from
	err = t.each("SELECT num, kind, grants, fields FROM records WHERE num > ?+0 ORDER BY num", func(r row) error {
		if enough() {
			return errStop
		}
		last = r.int(0)
		k, grants, fields := t.s.kinds.read(r)
		if k == nil {
			return nil
		}
		for _, field := range k.searched {
			if err := t.index(indexRow(last, field), k.indexLine(grants, fields, field)); err != nil {
				return err
			}
		}
		return nil
	}, from)
	if err != nil || last == from {
		return err
	}
	return t.setIndexed(last)
}

// read gives of a record, in a row of num, kind, grants, fields, what is indexed; no
// kind where nothing is, or where it can't be read: no change of it is taken either.
func (k *kinds) read(r row) (*kind, []grant, []record.Value) {
	if r == nil {
		return nil, nil, nil
	}
	one := k.byNum[r.int(1)]
	if one == nil || one.searched == nil {
		return nil, nil, nil
	}
	grants, err := parseGrants(r.blob(2))
	if err != nil {
		return nil, nil, nil
	}
	fields, err := record.ParseFields(one.Collection, r.blob(3))
	if err != nil {
		return nil, nil, nil
	}
	return one, grants, fields
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
