package store

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"earshot/sync/record"
)

// rulesOf is a hash of everything that a record's grants, feed rows, references and,
// but for how texts are cut, words to look for follow from.
func rulesOf(schema *record.Schema) string {
	h := sha256.New()
	for _, c := range schema.Collections {
		fmt.Fprintf(h, "%q %t %q\n", c.Name, c.Small, c.By)
		for _, f := range c.Fields {
			fmt.Fprintf(h, "\t%q %d %t %t %t %t\n", f.Name, f.Kind, f.Private, f.Deciding, f.Indexed, f.Searched)
			for _, e := range f.Entry {
				fmt.Fprintf(h, "\t\t%q %q %q\n", e.Name, e.Target, e.ReadBy)
			}
		}
		for _, r := range c.Rules {
			fmt.Fprintf(h, "\t%q %q %v %v %t %q\n", r.Audience, r.Of, r.When, r.Fields, r.Fields == nil, r.But)
		}
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// chunk is how many records are looked at between two uses of the same statement.
const chunk = 500

const everyRecord = "SELECT " + recordColumns + ", id, kind, dat, kept FROM records WHERE num > ? ORDER BY num LIMIT ?"

// rewriteFeed writes grants, feed, sums and references of every record anew, and empties
// the index. It runs when a release has changed what they follow from. Rows that say that a
// record has left an audience stay: a device that was away still has to learn it.
// Audiences whose rules have changed are dropped and read again by every cursor.
func (t *tx) rewriteFeed() error {
	for _, q := range [...]string{
		"DELETE FROM feed WHERE stream & 3 <> 2",
		"DELETE FROM pointers",
		"UPDATE audiences SET sum = 0",
	} {
		if err := t.exec(q); err != nil {
			return err
		}
	}
	t.mem.forget()
	if err := t.unindex(); err != nil {
		return err
	}
	for after := int64(0); ; {
		rows, err := t.all(everyRecord, after, chunk)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = r.int(0)
			k := t.s.kinds.byNum[r.int(8)]
			if k == nil || r.int(2) != 0 {
				continue
			}
			st, err := scan(k.Collection, textID(r.blob(7)), r)
			if err != nil {
				return err
			}
			if err := t.rewrite(r.int(9), k, st); err != nil {
				return err
			}
		}
		if len(rows) < chunk {
			return nil
		}
	}
}

func (t *tx) rewrite(dat int64, k *kind, st *stored) error {
	d, err := t.tenant(dat)
	if err != nil {
		return err
	}
	if st.grants, err = t.grantsOf(d, nil, st.rec); err != nil {
		return err
	}
	weight := digest(st.rec)
	for _, g := range st.grants {
		if err := t.takeBackOut(st.num, g.audience); err != nil {
			return err
		}
		if err := t.exec("INSERT INTO feed (stream, seq, record) VALUES (?, ?, ?)",
			stream(g.audience, class(st.rec)), st.rec.V, st.num); err != nil {
			return err
		}
		a, err := t.audienceNum(dat, g.audience)
		if err != nil {
			return err
		}
		t.addSum(a, weight)
	}
	if err := t.movePointers(d, k, nil, st); err != nil {
		return err
	}
	return t.exec("UPDATE records SET grants = ?, kept = ? WHERE num = ?", appendGrants(nil, st.grants), keptMask(st.rec), st.num)
}
