package store

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"

	"earshot/sync/record"
)

// The three streams of an audience in the feed.
const (
	streamSmall = iota // small collections, first in a first read
	streamRest
	streamAway // gone, or moved out
)

const streamBits = 2

func stream(audience int64, class int) int64 { return audience<<streamBits | int64(class) }

// class says in which of an audience's streams a record's row stands.
func class(rec *record.Record) int {
	switch {
	case rec.Gone:
		return streamAway
	case rec.Collection.Small:
		return streamSmall
	}
	return streamRest
}

// place writes a record as it is after a change, and everything that follows
// from it by itself: its row, its feed rows, sums, counts, references and, of what is
// indexed, words. before
// is nil for one that was not here.
func (t *tx) place(d *tenant, before *stored, rec *record.Record) (*stored, error) {
	k := t.s.kinds.of(rec.Collection)
	after := &stored{rec: rec}
	grants, err := t.grantsOf(d, before, rec)
	if err != nil {
		return nil, err
	}
	after.grants = grants
	if before == nil {
		after.num, err = t.nextRecord()
	} else {
		after.num = before.num
	}
	if err != nil {
		return nil, err
	}
	if err := t.writeRow(d, k, after, before == nil); err != nil {
		return nil, err
	}
	if err := t.moveFeed(d, before, after); err != nil {
		return nil, err
	}
	if err := t.movePointers(d, k, before, after); err != nil {
		return nil, err
	}
	if err := t.indexWords(k, before, after); err != nil {
		return nil, err
	}
	c := d.count(k.num)
	switch {
	case before == nil && rec.Gone:
		c.gone++
	case before == nil:
		c.records++
	case !before.rec.Gone && rec.Gone:
		c.records--
		c.gone++
	}
	return after, nil
}

// grantsOf turns a record's grants into numbers. One that goes stays with the
// audiences it was in, so that they learn of it; one that goes without having been
// here is told to those who would see every record of its collection.
func (t *tx) grantsOf(d *tenant, before *stored, rec *record.Record) ([]grant, error) {
	var out []grant
	if rec.Gone {
		if before != nil {
			for _, g := range before.grants {
				out = append(out, grant{audience: g.audience})
			}
			return out, nil
		}
		for _, r := range rec.Collection.Rules {
			if r.Of != "" || r.When != nil {
				continue
			}
			a, err := t.audience(d.Num, r.Audience)
			if err != nil {
				return nil, err
			}
			out = append(out, grant{audience: a.num})
		}
		return out, nil
	}
	t.mem.granted = rec.AppendGrants(t.mem.granted[:0])
	for _, g := range t.mem.granted {
		a, err := t.audience(d.Num, g.Audience)
		if err != nil {
			return nil, err
		}
		out = append(out, grant{a.num, g.Mask})
	}
	return out, nil
}

func (t *tx) nextRecord() (int64, error) {
	if t.mem.recordNum < 0 {
		r, err := t.one("SELECT coalesce(max(num), 0) FROM records")
		if err != nil {
			return 0, err
		}
		t.mem.recordNum = r.int(0)
	}
	t.mem.recordNum++
	return t.mem.recordNum, nil
}

func (t *tx) writeRow(d *tenant, k *kind, st *stored, isNew bool) error {
	rec, m := st.rec, t.mem
	m.grants = appendGrants(m.grants[:0], st.grants)
	m.fields, m.made = append(m.fields[:0], "{}"...), m.made[:0]
	var state []byte
	kept := int64(0)
	if !rec.Gone {
		m.fields = record.AppendFields(m.fields[:0], rec, k.whole)
		m.made = appendMade(m.made, rec.Made)
		state = record.MarshalState(rec)
		kept = keptMask(rec)
	}
	t.written += len(m.fields) + len(state)
	if isNew {
		return t.exec(`INSERT INTO records (num, dat, kind, id, v, gone, kept, grants, made, fields, state)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			st.num, d.Num, k.num, rawID(rec.ID), rec.V, rec.Gone, kept, m.grants, m.made, m.fields, state)
	}
	if rec.Gone {
		t.erased = true
		return t.exec("UPDATE records SET v = ?, gone = 1, kept = 0, grants = ?, made = x'', fields = x'7b7d', state = NULL WHERE num = ?",
			rec.V, m.grants, st.num)
	}
	return t.exec("UPDATE records SET v = ?, kept = ?, grants = ?, fields = ?, state = ? WHERE num = ?",
		rec.V, kept, m.grants, m.fields, state, st.num)
}

// keptMask has a bit for each field that has losers.
func keptMask(rec *record.Record) int64 {
	var m int64
	for i, st := range rec.States {
		if st != nil && len(rec.Losers(i)) > 0 {
			m |= 1 << i
		}
	}
	return m
}

// moveFeed moves a record's rows forward. Leaving an audience leaves an "out" row
// behind; coming in again takes that back.
func (t *tx) moveFeed(d *tenant, before, after *stored) error {
	var old []grant
	var oldV int64
	oldClass, newClass := 0, class(after.rec)
	if before != nil {
		old, oldV, oldClass = before.grants, before.rec.V, class(before.rec)
	}
	told := t.news(d.Num).audiences
	weight := digest(after.rec)
	for _, g := range after.grants {
		a, err := t.audienceNum(d.Num, g.audience)
		if err != nil {
			return err
		}
		told[a.name] = true
		if newClass != streamAway {
			t.addSum(a, weight)
		}
		if hasGrant(old, g.audience) {
			err = t.exec("UPDATE feed SET stream = ?, seq = ? WHERE stream = ? AND seq = ?",
				stream(g.audience, newClass), after.rec.V, stream(g.audience, oldClass), oldV)
		} else {
			if before != nil {
				err = t.takeBackOut(after.num, g.audience)
			}
			if err == nil {
				err = t.exec("INSERT INTO feed (stream, seq, record) VALUES (?, ?, ?)",
					stream(g.audience, newClass), after.rec.V, after.num)
			}
		}
		if err != nil {
			return err
		}
	}
	if before == nil {
		return nil
	}
	weight = digest(before.rec)
	for _, g := range old {
		a, err := t.audienceNum(d.Num, g.audience)
		if err != nil {
			return err
		}
		if oldClass != streamAway {
			t.addSum(a, -weight)
		}
		if hasGrant(after.grants, g.audience) {
			continue
		}
		if before.rec.Made.Seq > d.committed {
			// Made in this commit, so nobody was sent it: that there is one, about their
			// service, is not for them either.
			if err := t.exec("DELETE FROM feed WHERE stream = ? AND seq = ?", stream(g.audience, oldClass), oldV); err != nil {
				return err
			}
			continue
		}
		told[a.name] = true
		if err := t.exec("UPDATE feed SET stream = ?, seq = ? WHERE stream = ? AND seq = ?",
			stream(g.audience, streamAway), after.rec.V, stream(g.audience, oldClass), oldV); err != nil {
			return err
		}
		if err := t.exec("INSERT INTO outs (record, audience, seq) VALUES (?, ?, ?)", after.num, g.audience, after.rec.V); err != nil {
			return err
		}
	}
	return nil
}

// takeBackOut removes the row that says that a record has left an audience.
func (t *tx) takeBackOut(num, audience int64) error {
	r, err := t.one("DELETE FROM outs WHERE record = ? AND audience = ? RETURNING seq", num, audience)
	if err != nil || r == nil {
		return err
	}
	return t.exec("DELETE FROM feed WHERE stream = ? AND seq = ?", stream(audience, streamAway), r.int(0))
}

func (t *tx) addSum(a *audience, weight uint64) {
	a.sum += weight
	t.mem.dirtyAudiences[a] = true
}

func hasGrant(grants []grant, audience int64) bool {
	for _, g := range grants {
		if g.audience == audience {
			return true
		}
	}
	return false
}

// digest is what a record adds to the sum of each audience that it is in: the
// first 8 bytes, big-endian, of SHA-256 of "c/r/v".
func digest(rec *record.Record) uint64 {
	var room [128]byte
	b := append(room[:0], rec.Collection.Name...)
	b = append(append(b, '/'), rec.ID...)
	b = strconv.AppendInt(append(b, '/'), rec.V, 10)
	h := sha256.Sum256(b)
	return binary.BigEndian.Uint64(h[:8])
}

// movePointers keeps the index of references to what the record says now.
func (t *tx) movePointers(d *tenant, k *kind, before, after *stored) error {
	for _, x := range k.indexed {
		var was, is record.Value
		if before != nil && !before.rec.Gone {
			was = before.rec.Fields[x.field]
		}
		if !after.rec.Gone {
			is = after.rec.Fields[x.field]
		}
		if was == is {
			continue
		}
		old, now := references(&k.Fields[x.field], was), references(&k.Fields[x.field], is)
		for _, id := range now {
			if !slices.Contains(old, id) {
				if err := t.exec("INSERT INTO pointers (dat, field, target, record) VALUES (?, ?, ?, ?)", d.Num, x.num, rawID(id), after.num); err != nil {
					return err
				}
			}
		}
		for _, id := range old {
			if !slices.Contains(now, id) {
				if err := t.exec("DELETE FROM pointers WHERE dat = ? AND field = ? AND target = ? AND record = ?", d.Num, x.num, rawID(id), after.num); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
