package store

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"earshot/sync/record"
)

// maxProblems is how many disagreements are listed one by one.
const maxProblems = 100

// Check reads everything and recomputes from the records what follows from them:
// fields as they are sent, grants, feed, sums, counts, references; and from its rows
// the audit chain and each device's numbers. It works beside a running server, on
// one consistent state.
func (s *Store) Check(ctx context.Context) (Report, error) {
	var c *check
	err := s.read(ctx, func(v *snapshot) error {
		c = &check{
			snapshot: v, ctx: ctx, names: map[audienceKey]int64{}, seqs: map[int64]int64{}, newest: map[int64]int64{},
			sums: map[int64]uint64{}, reworded: map[int64]bool{}, counts: map[countKey]count{},
		}
		for _, step := range []func() error{c.load, c.records, c.feed, c.followers, c.words, c.devices, c.quarantine, c.audit, c.file} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	if c.more > 0 {
		c.report.Problems = append(c.report.Problems, fmt.Sprintf("and %d more", c.more))
	}
	return c.report, nil
}

type countKey struct{ dat, kind int64 }

// A check is one run of Check.
type check struct {
	*snapshot
	ctx    context.Context
	report Report
	more   int

	names    map[audienceKey]int64 // audiences by name
	seqs     map[int64]int64       // of each DAT
	newest   map[int64]int64       // version among each DAT's records
	sums     map[int64]uint64      // of each audience, as the records say
	counts   map[countKey]count
	live     int64 // feed rows that there have to be
	away     int64
	pointers int64
	last     int64          // the last record that is in the index
	reworded map[int64]bool // fields that have changed since they were indexed
	indexed  uint64         // what the index has to hold, see words
}

func (c *check) say(format string, args ...any) {
	if len(c.report.Problems) < maxProblems {
		c.report.Problems = append(c.report.Problems, fmt.Sprintf(format, args...))
	} else {
		c.more++
	}
}

func (c *check) load() error {
	r, err := c.one("SELECT indexed, (SELECT coalesce(max(num), 0) FROM records) FROM meta")
	if err != nil {
		return err
	}
	c.last, c.report.Unindexed = r.int(0), r.int(1)-r.int(0)
	if c.report.Unindexed < 0 {
		c.say("the index of words is said to go up to record %d, the last is %d", c.last, r.int(1))
	}
	records := map[int64]bool{}
	if err := c.each("SELECT num FROM reworded", func(r row) error {
		c.reworded[r.int(0)], records[r.int(0)>>fieldBits] = true, true
		return nil
	}); err != nil {
		return err
	}
	c.report.Unindexed += int64(len(records))
	if err := c.each("SELECT num, dat, name FROM audiences", func(r row) error {
		c.names[audienceKey{r.int(1), r.str(2)}] = r.int(0)
		return nil
	}); err != nil {
		return err
	}
	return c.each("SELECT num, seq, at FROM dats", func(r row) error {
		c.seqs[r.int(0)] = r.int(1)
		return nil
	})
}

func (c *check) records() error {
	for after := int64(0); ; {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		rows, err := c.all(everyRecord, after, chunk)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = r.int(0)
			c.report.Records++
			if err := c.record(r); err != nil {
				return err
			}
		}
		if len(rows) < chunk {
			return nil
		}
	}
}

// record checks one row of everyRecord, and counts what has to follow from it.
func (c *check) record(r row) error {
	id, dat := textID(r.blob(7)), r.int(9)
	k := c.s.kinds.byNum[r.int(8)]
	if k == nil {
		c.say("record %s: its collection is not of this release", id)
		return nil
	}
	name := k.Name + "/" + id
	st, err := scan(k.Collection, id, r)
	if err != nil {
		c.say("%s: its row can't be read: %v", name, err)
		return nil
	}
	if seq, ok := c.seqs[dat]; !ok || st.rec.V > seq {
		c.say("%s: its version %d is ahead of its DAT", name, st.rec.V)
	}
	c.newest[dat] = max(c.newest[dat], st.rec.V)
	n := c.counts[countKey{dat, k.num}]
	if st.rec.Gone {
		n.gone++
	} else {
		n.records++
		c.shape(k, st, r, name, dat)
	}
	c.counts[countKey{dat, k.num}] = n
	return c.rows(k, st, name, dat)
}

// shape checks what the row says twice: fields, grants, losers.
func (c *check) shape(k *kind, st *stored, r row, name string, dat int64) {
	if !bytes.Equal(record.AppendFields(nil, st.rec, k.whole), r.blob(5)) {
		c.say("%s: its fields are not in canonical form", name)
	}
	if keptMask(st.rec) != r.int(10) {
		c.say("%s: its kept values are not marked", name)
	}
	want := st.rec.Grants()
	for _, g := range want {
		num := c.names[audienceKey{dat, g.Audience}]
		found := false
		for _, have := range st.grants {
			found = found || have.audience == num && have.mask == g.Mask
		}
		if !found {
			c.say("%s: audience %s is not granted what the rules say", name, g.Audience)
		}
	}
	if len(want) != len(st.grants) {
		c.say("%s: it is in %d audiences, the rules say %d", name, len(st.grants), len(want))
	}
}

// rows checks that each grant has its row in the feed, and each reference its own.
func (c *check) rows(k *kind, st *stored, name string, dat int64) error {
	for _, field := range k.searched {
		if st.num > c.last {
			break // it is not in the index yet
		}
		if c.reworded[indexRow(st.num, field)] {
			delete(c.reworded, indexRow(st.num, field))
			continue
		}
		words := strings.Fields(k.indexLine(st.grants, st.rec.Fields, field))
		slices.Sort(words)
		for _, word := range slices.Compact(words) {
			c.indexed += wordWeight(word)
		}
	}
	weight := digest(st.rec)
	for _, g := range st.grants {
		if st.rec.Gone {
			c.away++
		} else {
			c.live++
			c.sums[g.audience] += weight
		}
		r, err := c.one("SELECT record FROM feed WHERE stream = ? AND seq = ?", stream(g.audience, class(st.rec)), st.rec.V)
		if err != nil {
			return err
		}
		if r == nil || r.int(0) != st.num {
			c.say("%s: audience %d has no row of it in the feed", name, g.audience)
		}
	}
	if st.rec.Gone {
		return nil
	}
	for _, x := range k.indexed {
		for _, id := range references(&k.Fields[x.field], st.rec.Fields[x.field]) {
			c.pointers++
			r, err := c.one("SELECT 1 FROM pointers WHERE dat = ? AND field = ? AND target = ? AND record = ?", dat, x.num, rawID(id), st.num)
			if err != nil {
				return err
			}
			if r == nil {
				c.say("%s: its %s is not indexed", name, k.Fields[x.field].Name)
			}
		}
	}
	return nil
}

// feed checks that there are no more rows than the records ask for.
func (c *check) feed() error {
	r, err := c.one(`SELECT count(*) FILTER (WHERE stream & 3 <> 2), count(*) FILTER (WHERE stream & 3 = 2) FROM feed`)
	if err != nil {
		return err
	}
	outs, err := c.one(`SELECT count(*), count(f.seq), count(r.num) FROM outs o
		LEFT JOIN feed f ON f.stream = o.audience * 4 + 2 AND f.seq = o.seq AND f.record = o.record
		LEFT JOIN records r ON r.num = o.record`)
	if err != nil {
		return err
	}
	if r.int(0) != c.live {
		c.say("the feed has %d rows of records, the records say %d", r.int(0), c.live)
	}
	if r.int(1) != c.away+outs.int(0) {
		c.say("the feed has %d rows of what is away, the records say %d", r.int(1), c.away+outs.int(0))
	}
	if outs.int(1) != outs.int(0) || outs.int(2) != outs.int(0) {
		c.say("of %d records that left an audience, %d have their row in the feed", outs.int(0), outs.int(1))
	}
	n, err := c.one("SELECT count(*) FROM pointers")
	if err == nil && n.int(0) != c.pointers {
		c.say("%d references are indexed, the records say %d", n.int(0), c.pointers)
	}
	return err
}

// followers checks sums and counts.
func (c *check) followers() error {
	if err := c.each("SELECT num, name, sum FROM audiences", func(r row) error {
		if uint64(r.int(2)) != c.sums[r.int(0)] {
			c.say("audience %s: its sum is not that of its records", r.str(1))
		}
		return nil
	}); err != nil {
		return err
	}
	have := map[countKey]count{}
	if err := c.each("SELECT dat, kind, records, gone FROM counts", func(r row) error {
		have[countKey{r.int(0), r.int(1)}] = count{r.int(2), r.int(3)}
		return nil
	}); err != nil {
		return err
	}
	for _, all := range [...]map[countKey]count{have, c.counts} {
		for key := range all {
			if have[key] != c.counts[key] {
				c.say("collection %d of DAT %d: %d records and %d gone are counted, there are %d and %d", key.kind, key.dat,
					have[key].records, have[key].gone, c.counts[key].records, c.counts[key].gone)
				have[key] = c.counts[key]
			}
		}
	}
	return c.each(`SELECT d.num, d.seq, d.at, coalesce(max(c.seq), 0), coalesce(max(c.at), 0) FROM dats d
		LEFT JOIN commits c ON c.dat = d.num GROUP BY d.num`, func(r row) error {
		if r.int(1) != r.int(3) || r.int(3) > 0 && r.int(2) != r.int(4) {
			c.say("DAT %d: its last commit is not the last that is listed", r.int(0))
		}
		return nil
	})
}

// words checks that the index holds what the records say, each word in as many
// texts, and nothing else: a word that was erased is not there.
func (c *check) words() error {
	have := uint64(0)
	err := c.each("SELECT term, doc FROM search_terms", func(r row) error {
		have += wordWeight(r.str(0)) * uint64(r.int(1))
		return nil
	})
	for num := range c.reworded {
		c.say("record %d: it is to be indexed anew, and never was", num>>fieldBits)
	}
	if err == nil && have != c.indexed {
		c.say("the words that can be looked for are not those of the records")
	}
	return err
}

func wordWeight(word string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(word))
	return h.Sum64()
}

// devices checks that each device's results are there, in a row from 1 to acked.
func (c *check) devices() error {
	type at struct{ device, last int64 }
	var now at
	acked := map[int64]int64{}
	if err := c.each("SELECT device, first, last, seq, length(hashes) FROM runs ORDER BY device, last", func(r row) error {
		if r.int(0) != now.device {
			now = at{device: r.int(0)}
		}
		if r.int(1) != now.last+1 || r.int(2) < r.int(1) {
			c.say("device %d: its results have a gap before %d", r.int(0), r.int(1))
		}
		if r[4] != nil && r.int(4) != hashBytes*(r.int(2)-r.int(1)+1) {
			c.say("device %d: hashes are missing at %d", r.int(0), r.int(1))
		}
		now.last = r.int(2)
		acked[r.int(0)] = now.last
		return nil
	}); err != nil {
		return err
	}
	return c.each(`SELECT d.num, d.acked, d.held, (SELECT count(*) FROM quarantine q WHERE q.device = d.num) FROM devices d`, func(r row) error {
		if r.int(1) != acked[r.int(0)] {
			c.say("device %d: acked is %d, its results end at %d", r.int(0), r.int(1), acked[r.int(0)])
		}
		if r.int(2) != r.int(3) {
			c.say("device %d: %d ops in quarantine are counted, there are %d", r.int(0), r.int(2), r.int(3))
		}
		return nil
	})
}

// quarantine checks that nothing there is kept for a gone record, and that what
// waits has something to wait for.
func (c *check) quarantine() error {
	return c.each(`SELECT q.num, q.code, (SELECT count(*) FROM waits w WHERE w.held = q.num),
		EXISTS (SELECT 1 FROM records r WHERE r.id = q.id AND r.dat = q.dat AND r.gone = 1 AND r.kind = q.kind) FROM quarantine q`, func(r row) error {
		if (r.str(1) == record.TooEarly) != (r.int(2) > 0) {
			c.say("quarantined op %d: it waits for %d records, its problem is %s", r.int(0), r.int(2), r.str(1))
		}
		if r.int(3) != 0 {
			c.say("quarantined op %d: its record is gone", r.int(0))
		}
		return nil
	})
}

// audit goes along each DAT's chain, which tells of every change of a record, so that
// it can't be cut off behind one unseen.
func (c *check) audit() error {
	var at follower
	told := map[int64]int64{}
	err := c.each("SELECT a.dat, "+linkColumns+" FROM "+links+" ORDER BY a.dat, a.num", func(r row) error {
		if dat := r.int(0); dat != at.dat {
			at = follower{dat: dat}
		}
		switch gap, broken := at.next(r[1:]); {
		case gap:
			c.say("the audit of DAT %d has a gap before row %d", at.dat, at.num)
		case broken:
			c.say("the audit of DAT %d was changed at row %d or before", at.dat, at.num)
		}
		told[at.dat] = max(told[at.dat], r.int(5))
		return nil
	})
	if err != nil {
		return err
	}
	for dat, newest := range c.newest {
		if told[dat] < newest {
			c.say("the audit of DAT %d ends before its records do: it tells of changes up to %d, the last is %d", dat, told[dat], newest)
		}
	}
	return nil
}

// file lets SQLite look at the file itself.
func (c *check) file() error {
	for _, q := range [...]string{"PRAGMA quick_check(20)", "PRAGMA foreign_key_check"} {
		if err := c.each(q, func(r row) error {
			if r.str(0) != "ok" {
				c.say("SQLite: %s", r.str(0))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
