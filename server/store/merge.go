package store

import (
	"database/sql/driver"
	"fmt"
	"io"
	"slices"
	"strconv"
)

const (
	forwards  = " AND f.seq > ? AND f.seq <= ? ORDER BY f.seq"
	backwards = " AND f.seq < ? AND f.seq > ? ORDER BY f.seq DESC"
	feedRows  = `SELECT f.seq, r.num, r.kind, r.id, r.v, r.gone, r.kept, r.grants, r.fields
		FROM feed f CROSS JOIN records r ON r.num = f.record WHERE f.stream = ?+0`
)

// merge adds the rows of several streams to the page in the order of seq, each
// record once, and gives the seq of the last one that is dealt with. In a first
// read (goneOnly) what has moved out is left out.
func (b *builder) merge(streams []int64, order string, from, to int64, first bool) (last int64, err error) {
	var its []*iterator
	defer func() {
		for _, it := range its {
			it.rows.Close()
		}
	}()
	for i, num := range streams {
		it, err := b.iterate(i, order, num, from, to)
		if err != nil {
			return 0, err
		}
		if it.done {
			it.rows.Close()
			continue
		}
		its = append(its, it)
	}
	for len(its) > 0 {
		at := 0
		for i := range its {
			if order == forwards && its[i].seq < its[at].seq || order == backwards && its[i].seq > its[at].seq {
				at = i
			}
		}
		seq := its[at].seq
		if err := b.add(its[at].row, first); err != nil {
			return last, err
		}
		if b.full {
			return last, nil
		}
		last = seq
		for i := 0; i < len(its); i++ {
			if its[i].seq != seq {
				continue
			}
			if err := its[i].next(); err != nil {
				return last, err
			}
			if its[i].done {
				its[i].rows.Close()
				its = slices.Delete(its, i, i+1)
				i--
			}
		}
	}
	return last, nil
}

// An iterator goes through one stream.
type iterator struct {
	rows interface {
		Next([]driver.Value) error
		Close() error
	}
	row  row
	seq  int64
	done bool
}

func (b *builder) iterate(slot int, order string, stream, from, to int64) (*iterator, error) {
	// Several streams are read at the same time, so each needs a statement of its own.
	s, err := b.prepare(feedRows + order + slotMark(slot))
	if err != nil {
		return nil, err
	}
	rows, err := s.query([]any{stream, from, to})
	if err != nil {
		return nil, err
	}
	it := &iterator{rows: rows, row: make(row, 9)}
	return it, it.next()
}

func slotMark(slot int) string {
	if slot == 0 {
		return ""
	}
	return " -- " + strconv.Itoa(slot)
}

func (it *iterator) next() error {
	switch err := it.rows.Next(it.row); {
	case err == io.EOF:
		it.done = true
	case err != nil:
		return fmt.Errorf("read the feed: %w", err)
	}
	it.seq = it.row.int(0)
	return nil
}
