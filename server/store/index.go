package store

import (
	"slices"
	"strconv"

	"earshot/sync/record"
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
func (k *kind) indexLine(grants []grant, fields []record.Value, field int) string {
	if fields == nil || fields[field].Absent() {
		return ""
	}
	line := make([]byte, 0, len(fields[field])+128)
	for _, g := range grants {
		if g.mask.Has(field) {
			line = append(strconv.AppendInt(append(line, '_'), g.audience, 10), ' ')
		}
	}
	if len(line) == 0 {
		return ""
	}
	line = append(append(line, '_'), k.Name...)
	readers := len(line)
	for _, s := range texts(&k.Fields[field], fields[field]) {
		eachWord(s.text, func(key []byte, _, _ int) { line = append(append(line, ' '), key...) })
	}
	if len(line) == readers {
		return ""
	}
	return string(line)
}

// indexWords takes out of the index what a change has made wrong, and keeps note of
// what is to be indexed anew. A record that is not in the index yet comes there
// later, as it stands then.
func (t *tx) indexWords(k *kind, before, after *stored) error {
	if before == nil || k.searched == nil {
		return nil
	}
	if last, err := t.indexed(); err != nil || after.num > last {
		return err
	}
	for _, field := range k.searched {
		if !before.rec.Gone && !after.rec.Gone &&
			before.rec.Fields[field] == after.rec.Fields[field] && sameReaders(before.grants, after.grants, field) {
			continue
		}
		was, is := k.indexLine(before.grants, before.rec.Fields, field), k.indexLine(after.grants, after.rec.Fields, field)
		if was == is {
			continue
		}
		num := indexRow(after.num, field)
		r, err := t.one("SELECT 1 FROM reworded WHERE num = ?", num)
		if err != nil {
			return err
		}
		if r != nil {
			continue // it has changed before, and the index holds nothing of it
		}
		if was != "" {
			// An index without texts has to be told what it loses.
			if err := t.exec("INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)", num, was); err != nil {
				return err
			}
		}
		if is != "" {
			if err := t.exec("INSERT INTO reworded (num) VALUES (?)", num); err != nil {
				return err
			}
		}
	}
	return nil
}

// index puts a line into the index, where it holds nothing of that.
func (t *tx) index(num int64, line string) error {
	if line == "" {
		return nil
	}
	return t.exec("INSERT INTO search (rowid, words) VALUES (?, ?)", num, line)
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
