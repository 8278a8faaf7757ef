package store

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// waitingFor makes a store for which requests of so many ops wait, in this order.
func waitingFor(ops ...int) *Store {
	s := &Store{first: make(chan *request, len(ops)), queue: make(chan *request, len(ops))}
	for _, n := range ops {
		r := &request{ops: n}
		if r.few() {
			s.first <- r
		} else {
			s.queue <- r
		}
	}
	return s
}

// gathered gives of how many ops each request of the next commit is.
func (s *Store) gathered() []int {
	var ops []int
	if r := s.waiting(false); r != nil {
		batch := []*request{r}
		for r := range s.gather(&batch) {
			ops = append(ops, r.ops)
		}
	}
	return ops
}

func TestAFewOpsWaitForNoneThatWereSavedUp(t *testing.T) {
	s := waitingFor(100, 100, 2, 11, 1)
	for i, want := range [][]int{{2, 1}, {100, 100, 11}, nil} {
		if got := s.gathered(); !slices.Equal(got, want) {
			t.Errorf("commit %d holds requests of %v ops, want %v", i+1, got, want)
		}
	}
}

func TestAFewOpsThatComeInTheMiddleOfACommitEndIt(t *testing.T) {
	s := waitingFor(100, 100, 100)
	batch := []*request{s.waiting(false)}
	var ops []int
	for r := range s.gather(&batch) {
		if ops = append(ops, r.ops); len(ops) == 2 {
			s.first <- &request{ops: 2}
		}
	}
	if want := []int{100, 100, 2}; !slices.Equal(ops, want) || len(batch) != len(want) {
		t.Errorf("it holds requests of %v ops, %d to answer, want %v", ops, len(batch), want)
	}
	if got := s.gathered(); !slices.Equal(got, []int{100}) {
		t.Errorf("the next holds requests of %v ops, want what was left", got)
	}
}

func TestACommitEndsAtItsMost(t *testing.T) {
	s := waitingFor(600, 600, 600)
	if got := s.gathered(); !slices.Equal(got, []int{600, 600}) {
		t.Errorf("it holds requests of %v ops", got)
	}
}

func TestWhatWasTakenBackIsLeftOut(t *testing.T) {
	s := waitingFor(100, 100)
	(<-s.queue).claim() // nobody waits for it any more
	gone := &request{ops: 100}
	gone.claim()
	s.queue <- gone
	if got := s.gathered(); !slices.Equal(got, []int{100}) {
		t.Errorf("it holds requests of %v ops", got)
	}
}

// Another process that holds the database's lock, or a disk that does not let one
// begin, is no reason to leave anybody without an answer.
func TestWhereNoTransactionCanBeBegunWhoWaitsIsTold(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.w.sql.Exec("PRAGMA busy_timeout = 20", nil); err != nil {
		t.Fatal(err)
	}
	other, err := openConn(filepath.Join(dir, File), "")
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if err := other.exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	note := func() error { return s.write(ctx, func(*tx) error { return nil }) }
	if err := note(); !errors.Is(err, ErrUnavailable) {
		t.Errorf("while another holds the lock it says %v, want ErrUnavailable", err)
	}
	if err := other.exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := note(); err != nil {
		t.Errorf("with the lock free again it says %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
