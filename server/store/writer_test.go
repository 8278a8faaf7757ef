package store

import (
	"slices"
	"testing"
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
	var batch []*request
	var ops []int
	for r := range s.gather(s.waiting(false), &batch) {
		ops = append(ops, r.ops)
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
	var batch []*request
	var ops []int
	for r := range s.gather(s.waiting(false), &batch) {
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
