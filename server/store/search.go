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
		var last int64
		return v.each("SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC", func(row row) error {
			num, field := row.int(0)>>fieldBits, int(row.int(0)&(1<<fieldBits-1))
			if num != last && len(found) == q.Most {
				more = true
				return errStop
			}
			rec, text, err := b.look(num, field, terms)
			if err != nil || text == nil {
				return err
			}
			if num != last {
				found, last = append(found, Found{Collection: rec.Collection.Name, ID: rec.ID}), num
			}
			one := &found[len(found)-1]
			one.Texts = append(one.Texts, text...)
			return nil
		}, match)
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

// look gives a text of a record with what was looked for marked in it, as the
// builder's reader sees it. Where they don't, the index was wrong, and nothing comes.
func (b *builder) look(num int64, field int, terms []term) (*record.Record, []Marked, error) {
	row, err := b.one("SELECT "+recordColumns+", id, kind FROM records WHERE num = ?", num)
	if err != nil || row == nil {
		return nil, nil, err
	}
	k := b.s.kinds.byNum[row.int(8)]
	visible, _ := b.sees(row.blob(3))
	if k == nil || !slices.Contains(k.searched, field) || !visible.Has(field) {
		return nil, nil, nil
	}
	st, err := scan(k.Collection, textID(row.blob(7)), row)
	if err != nil || st.rec.Gone {
		return nil, nil, err
	}
	var out []Marked
	for _, s := range texts(&k.Fields[field], st.rec.Fields[field]) {
		if m := marks(s.text, terms); m != nil {
			out = append(out, Marked{Field: k.Fields[field].Name, Entry: s.entry, Text: s.text, Marks: m})
		}
	}
	return st.rec, out, nil
}
