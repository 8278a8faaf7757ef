package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"earshot/server/programme"
	"earshot/sync/record"
)

// A Search is what somebody looks for.
type Search struct {
	// Text is in words: all have to stand in one text, the last perhaps only begun.
	Text string
	// Collections to look in; nil: in all.
	Collections []string
	// Most records that are given.
	Most int
}

// A Found is one record that has what was looked for.
type Found struct {
	Collection, ID string
	Texts          []Marked
}

// A Marked is a text of a record and where what was looked for stands in it.
type Marked struct {
	Field string
	Entry string // id of the entry, of a log
	Text  string
	// Marks are from the first code point to the one after the last, in order.
	Marks [][2]int
}

// ErrSearch: there is no word to look for, or there are too many.
var ErrSearch = errors.New("store: nothing to look for, or too much at once")

// maxTerms bounds what one search looks for.
const maxTerms = 12

// Search gives the records that have all of what is looked for in one text that the
// reader may see, the newest first, and says whether there are more. What is looked
// for is kept and logged nowhere.
func (s *Store) Search(ctx context.Context, r Reader, q Search) (found []Found, more bool, err error) {
	terms := readTerms(q.Text)
	if len(terms) == 0 || len(terms) > maxTerms {
		return nil, false, ErrSearch
	}
	err = s.read(ctx, func(v *snapshot) error {
		b, err := v.looking(r)
		if err != nil {
			return err
		}
		match := matching(b.nums, q.Collections, terms)
		if match == "" {
			return nil
		}
		l := &finder{builder: b, Search: q, terms: terms}
		err = l.unindexed(ctx)
		if err == nil && !l.more {
			err = l.indexed(ctx, match)
		}
		found, more = l.found, l.more
		return err
	})
	return found, more, err
}

// matching says in the words of FTS5 who looks where for what, or "" where that
// can't be anywhere. Nothing in quotes is syntax, and terms are letters and digits.
func matching(audiences []int64, collections []string, terms []term) string {
	var readers, where, words []string
	for _, num := range audiences {
		if num >= 0 {
			readers = append(readers, fmt.Sprintf(`"_%d"`, num))
		}
	}
	for _, c := range collections {
		if programme.Schema().Collection(c) != nil {
			where = append(where, `"_`+c+`"`)
		}
	}
	if len(readers) == 0 || collections != nil && len(where) == 0 {
		return ""
	}
	for _, t := range terms {
		word := `"` + t.word + `"`
		if t.open {
			word += "*"
		}
		words = append(words, word)
	}
	match := "(" + strings.Join(readers, " OR ") + ") AND " + strings.Join(words, " AND ")
	if where != nil {
		match = "(" + strings.Join(where, " OR ") + ") AND " + match
	}
	return match
}

// A finder is one search on its way through the records, from the newest on.
type finder struct {
	*builder
	Search
	terms []term
	// changed are records that have changed since they were indexed, the newest first;
	// those up to passed have been looked through.
	changed []int64
	passed  int64
	last    int64 // records.num of the last of found
	found   []Found
	more    bool
}

// lookedColumns are what a search reads of a record.
const lookedColumns = "num, kind, id, grants, fields"

// unindexed looks through the records that are not in the index yet, one by one.
func (l *finder) unindexed(ctx context.Context) error {
	r, err := l.one("SELECT indexed, (SELECT coalesce(max(num), 0) FROM records) FROM meta")
	if err != nil {
		return err
	}
	indexed, last := r.int(0), r.int(1)
	if err := l.each("SELECT num FROM reworded ORDER BY num DESC", func(r row) error {
		if num := r.int(0) >> fieldBits; len(l.changed) == 0 || l.changed[len(l.changed)-1] != num {
			l.changed = append(l.changed, num)
		}
		return nil
	}); err != nil {
		return err
	}
	if last-indexed+int64(len(l.changed)) > behindMost {
		l.s.behind.Store(true)
	}
	return l.each("SELECT "+lookedColumns+" FROM records WHERE num > ?+0 AND dat = ? AND gone = 0 ORDER BY num DESC", func(row row) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return l.through(row)
	}, indexed, l.reader.DAT)
}

// indexed looks through what the index says, and where what has changed since comes
// between, through that as it is now.
func (l *finder) indexed(ctx context.Context, match string) error {
	err := l.each("SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC", func(r row) error {
		num, field := r.int(0)>>fieldBits, int(r.int(0)&(1<<fieldBits-1))
		if err := l.changedFrom(ctx, num); err != nil || l.passed == num {
			return err
		}
		row, err := l.one("SELECT "+lookedColumns+" FROM records WHERE num = ? AND gone = 0", num)
		if err != nil || row == nil {
			return err
		}
		return l.into(row, field)
	}, match)
	if err != nil || l.more {
		return err
	}
	if err := l.changedFrom(ctx, 0); err != errStop {
		return err
	}
	return nil
}

// changedFrom looks through changed records from the newest on, down to the given one.
func (l *finder) changedFrom(ctx context.Context, num int64) error {
	for len(l.changed) > 0 && l.changed[0] >= num {
		if err := ctx.Err(); err != nil {
			return err
		}
		l.passed, l.changed = l.changed[0], l.changed[1:]
		row, err := l.one("SELECT "+lookedColumns+" FROM records WHERE num = ? AND gone = 0", l.passed)
		if err != nil {
			return err
		}
		if row == nil {
			continue
		}
		if err := l.through(row); err != nil {
			return err
		}
	}
	return nil
}

// through looks into each field of a record.
func (l *finder) through(row row) error {
	k := l.s.kinds.byNum[row.int(1)]
	if k == nil || l.Collections != nil && !slices.Contains(l.Collections, k.Name) {
		return nil
	}
	for _, field := range slices.Backward(k.searched) {
		if err := l.into(row, field); err != nil {
			return err
		}
	}
	return nil
}

// into looks into one field of a record, as the reader sees it, and takes it up where
// it has all of what is looked for. It gives errStop where that would be too many.
func (l *finder) into(row row, field int) error {
	k := l.s.kinds.byNum[row.int(1)]
	if visible, _ := l.sees(row.blob(3)); k == nil || !slices.Contains(k.searched, field) || !visible.Has(field) {
		return nil
	}
	fields, err := record.ParseFields(k.Collection, row.blob(4))
	if err != nil {
		return err
	}
	var seen uint64
	var here []Marked
	for _, s := range texts(&k.Fields[field], fields[field]) {
		if m := marks(s.text, l.terms, &seen); m != nil {
			here = append(here, Marked{Field: k.Fields[field].Name, Entry: s.entry, Text: s.text, Marks: m})
		}
	}
	if seen != 1<<len(l.terms)-1 {
		return nil
	}
	if num := row.int(0); num != l.last {
		if len(l.found) == l.Most {
			l.more = true
			return errStop
		}
		l.found, l.last = append(l.found, Found{Collection: k.Name, ID: textID(row.blob(2))}), num
	}
	one := &l.found[len(l.found)-1]
	one.Texts = append(one.Texts, here...)
	return nil
}
