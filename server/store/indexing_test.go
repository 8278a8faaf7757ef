package store

import (
	"fmt"
	"io"
	"testing"

	"earshot/sync/record"
)

// manual opens a store that commits nothing by itself.
func manual(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{Manual: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// inOne runs f in a transaction of its own.
func (s *Store) inOne(t *testing.T, f func(*tx) error) {
	t.Helper()
	if !s.unhurried(f) {
		t.Fatal("the transaction failed")
	}
}

// withRecords puts so many records with words behind the store's back.
func (s *Store) withRecords(t *testing.T, n int) {
	t.Helper()
	s.inOne(t, func(x *tx) error {
		for i := range n {
			if err := x.exec(`INSERT INTO records (dat, kind, id, v, grants, made, fields) VALUES (1, ?, ?, 1, x'01ff7f', x'', ?)`,
				s.kinds.nums[s.kinds.schema.Collection("matter")], []byte{byte(i >> 8), byte(i)}, fmt.Appendf(nil, `{"title":"one of many %d"}`, i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) indexedTo(t *testing.T) (num int64) {
	t.Helper()
	s.inOne(t, func(x *tx) (err error) {
		num, err = x.indexed()
		return err
	})
	return num
}

// indexParts counts the segments of the index, which FTS5 numbers from bit 37 on.
func (s *Store) indexParts(t *testing.T) int64 {
	t.Helper()
	r, err := s.w.one("SELECT count(DISTINCT id >> 37) FROM search_data WHERE id >> 37 > 0")
	if err != nil {
		t.Fatal(err)
	}
	return r.int(0)
}

func TestIndexingEndsWhenSomebodyHandsInSomething(t *testing.T) {
	s := manual(t, t.TempDir())
	s.withRecords(t, 5)
	x := newIndexer(s)
	for want := int64(1); want <= 3; want++ {
		if !x.work(func() bool { return true }) || !x.due || s.indexedTo(t) != want {
			t.Fatalf("it is at %d and has more to do: %v; want %d", s.indexedTo(t), x.due, want)
		}
	}
	s.first <- &request{ops: 1}
	if x.rest(); s.indexedTo(t) != 3 {
		t.Fatal("it did not let go first who waited")
	}
	<-s.first
	if x.rest(); x.due || s.indexedTo(t) != 5 {
		t.Fatalf("it is at %d of 5 and has more to do: %v", s.indexedTo(t), x.due)
	}
}

func TestIndexingThatFailedIsStillDue(t *testing.T) {
	s := manual(t, t.TempDir())
	s.withRecords(t, 5)
	x := newIndexer(s)
	s.o.BeforeCommit = func() error { return io.ErrShortWrite }
	if x.work(s.someoneWaits) || !x.due {
		t.Fatal("it did not fail, or is not done again")
	}
	s.o.BeforeCommit = nil
	if !x.work(s.someoneWaits) || x.due || s.indexedTo(t) != 5 {
		t.Fatalf("it is at %d of 5, and has more to do: %v", s.indexedTo(t), x.due)
	}
}

// Where a search has found too much that is not indexed, phones that never stop to
// hand in do not keep it so.
func TestIndexingTakesItsTurnsOnceItIsFarBehind(t *testing.T) {
	s := manual(t, t.TempDir())
	s.withRecords(t, 3*indexMost)
	x := newIndexer(s)
	if x.committed(); s.indexedTo(t) != 0 {
		t.Fatal("it did not wait until it was quiet")
	}
	s.behind.Store(true)
	before := int64(0)
	for s.behind.Load() {
		x.committed()
		if now := s.indexedTo(t); now == before && s.behind.Load() {
			t.Fatalf("it stays at %d", now)
		} else {
			before = now
		}
	}
	if before != 3*indexMost {
		t.Fatalf("it ends at %d of %d", before, 3*indexMost)
	}
}

// Two processes would wake each other for ever if an index in which there is nothing
// to do were written to.
func TestIndexingThatFindsNothingToDoWritesNothing(t *testing.T) {
	dir := t.TempDir()
	s, other := manual(t, dir), manual(t, dir)
	s.withRecords(t, 100)
	x := newIndexer(s)
	for i := 0; x.due || x.untidy; i++ {
		if x.rest(); i > 100 {
			t.Fatal("it never ends")
		}
	}
	for want := range 2 {
		moved, err := other.othersWrote()
		if err != nil || moved != (want == 0) {
			t.Fatalf("the other process sees a commit: %v %v", moved, err)
		}
		x.due, x.untidy = true, true
		x.rest()
	}
}

// What commits add to the index is brought together in transactions that are short,
// or it would be at once, in one that somebody waits for.
func TestTheIndexIsKeptTidy(t *testing.T) {
	s := manual(t, t.TempDir())
	const n = 300
	s.withRecords(t, n)
	x := newIndexer(s)
	for range n {
		x.work(func() bool { return true }) // one record each
		if !x.work(func() bool { return false }) {
			t.Fatal("it failed")
		}
	}
	for i := 0; x.untidy; i++ {
		if x.rest(); i > n {
			t.Fatal("it never ends")
		}
	}
	if left := s.indexParts(t); left == 0 || left >= 16 {
		t.Fatalf("%d parts are left", left)
	}
}

// A commit that takes words out of the index adds no part to it: as many as come
// without a pause would be brought together in one that somebody waits for.
func TestWhatIsTakenOutAddsNothing(t *testing.T) {
	s := manual(t, t.TempDir())
	const n = 100
	s.withRecords(t, n)
	for x := newIndexer(s); x.due || x.untidy; {
		x.rest()
	}
	before := s.indexParts(t)
	k := s.kinds.of(s.kinds.schema.Collection("matter"))
	for num := range int64(n / 2) {
		s.inOne(t, func(x *tx) error {
			r, err := x.one("SELECT "+recordColumns+" FROM records WHERE num = ?", num+1)
			if err != nil {
				return err
			}
			st, err := scan(k.Collection, "x", r)
			if err != nil {
				return err
			}
			return x.indexWords(k, st, &stored{num: st.num, rec: &record.Record{Collection: k.Collection, Gone: true}})
		})
	}
	if after := s.indexParts(t); before == 0 || after > before {
		t.Fatalf("%d parts have become %d", before, after)
	}
	if r, err := s.w.one("SELECT doc FROM search_terms WHERE term = '_matter'"); err != nil || r.int(0) != n/2 {
		t.Fatalf("%d are left of %d: %v", r.int(0), n, err)
	}
}
