package store

import (
	"maps"
	"slices"
	"sync"
)

// watchers are told of each commit.
type watchers struct {
	mu   sync.Mutex
	next int
	all  map[int]func(Commit)
}

// Watch calls f after each commit, also of another process, until stop is
// called. f runs on the writer's goroutine: it must not wait and must not call
// the store.
func (s *Store) Watch(f func(Commit)) (stop func()) {
	w := &s.watchers
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[int]func(Commit){}
	}
	num := w.next
	w.next++
	w.all[num] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, num)
	}
}

func (w *watchers) call(c Commit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.all {
		f(c)
	}
}

// tell tells the watchers what a transaction has changed.
func (s *Store) tell(t *tx) {
	if t.foreign {
		s.tellAll()
	}
	for dat, n := range t.told {
		c := Commit{DAT: dat, Seq: n.seq}
		c.Audiences = slices.Sorted(maps.Keys(n.audiences))
		c.Members = slices.Sorted(maps.Keys(n.members))
		s.watchers.call(c)
	}
}

// tellAll tells the watchers that another process has committed, whatever it was.
func (s *Store) tellAll() {
	rows, err := s.w.all("SELECT num, seq FROM dats")
	if err != nil {
		s.o.Log.Warn("tell of another process's commit", "error", err)
		return
	}
	for _, r := range rows {
		s.watchers.call(Commit{DAT: r.int(0), Seq: r.int(1), Any: true})
	}
}
