package store

import (
	"slices"
	"strconv"
)

// The index of what can be looked for: one row of FTS5 for each text field of a
// record, with its words and who reads them. Who may not read a field finds nothing
// by what stands in it. It holds no texts, and the words of what is erased are taken
// out of it, not marked as deleted ('secure-delete' in the migration that makes it).

// wordsVersion moves when a release cuts texts into words in another way.
const wordsVersion = 1

// fieldBits is how many bits of an index row's number say which field it is.
const fieldBits = 6

func indexRow(record int64, field int) int64 { return record<<fieldBits | int64(field) }

// indexLine gives what the index holds of one field of a record, as words: who reads
// it, each audience as "_NUMBER"; where it is from, as "_COLLECTION"; and what stands
// in it. No word of a text has the sign "_". It is "" where there is no word or no reader.
func (k *kind) indexLine(st *stored, field int) string {
	if st == nil || st.rec.Gone || st.rec.Fields[field].Absent() {
		return ""
	}
	line := make([]byte, 0, len(st.rec.Fields[field])+128)
	for _, g := range st.grants {
		if g.mask.Has(field) {
			line = append(strconv.AppendInt(append(line, '_'), g.audience, 10), ' ')
		}
	}
	if len(line) == 0 {
		return ""
	}
	line = append(append(line, '_'), k.Name...)
	readers := len(line)
	for _, s := range texts(&k.Fields[field], st.rec.Fields[field]) {
		eachWord(s.text, func(key []byte, _, _ int) { line = append(append(line, ' '), key...) })
	}
	if len(line) == readers {
		return ""
	}
	return string(line)
}

// indexWords keeps the index to what a record says now, and to who reads it now.
func (t *tx) indexWords(k *kind, before, after *stored) error {
	for _, field := range k.searched {
		if before != nil && !before.rec.Gone && !after.rec.Gone &&
			before.rec.Fields[field] == after.rec.Fields[field] && sameReaders(before.grants, after.grants, field) {
			continue
		}
		if was := k.indexLine(before, field); was != "" {
			// An index without texts has to be told what it loses.
			if err := t.exec("INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)", indexRow(after.num, field), was); err != nil {
				return err
			}
		}
		if is := k.indexLine(after, field); is != "" {
			if err := t.exec("INSERT INTO search (rowid, words) VALUES (?, ?)", indexRow(after.num, field), is); err != nil {
				return err
			}
		}
	}
	return nil
}

func sameReaders(a, b []grant, field int) bool {
	reads := func(in []grant, audience int64) bool {
		return slices.ContainsFunc(in, func(g grant) bool { return g.audience == audience && g.mask.Has(field) })
	}
	within := func(a, b []grant) bool {
		return !slices.ContainsFunc(a, func(g grant) bool { return g.mask.Has(field) && !reads(b, g.audience) })
	}
	return slices.Equal(a, b) || within(a, b) && within(b, a)
}
