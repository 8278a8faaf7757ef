package store

import (
	"fmt"
	"maps"
	"slices"

	"earshot/server/store/ledger"
	"earshot/sync/record"
)

// A tx is the writer's transaction as one request sees it. It embeds the
// writer's connection: exec, one, each and all run inside the transaction.
type tx struct {
	*conn
	s   *Store
	mem *memory
	// clock is the time at which the transaction began.
	clock record.Time
	// foreign: another process has written since the last transaction.
	foreign bool
	// written is how much of records was written, in bytes.
	written int
	// erased: words were erased, so the write-ahead log has to go too.
	erased bool
	// moved: some DAT has given a seq, or something else was written that the mark counts.
	moved bool
	// kept is for the ledger, mark for the mark; replays: this does again what the ledger holds.
	kept    []ledger.Entry
	mark    ledger.Mark
	replays bool
	dats    map[int64]*tenant // those that this transaction has looked at
	// told are the members of touched, by DAT, kept apart from dats since these
	// may be forgotten before the end.
	told map[int64]*news
}

// news is what the watchers of one DAT are told.
type news struct {
	audiences, members map[string]bool
	seq                int64
}

// A snapshot is one consistent state to read from: exec, one, each, all.
type snapshot struct {
	*conn
	s *Store
}

// tenant gives a DAT as this transaction has left it, or ErrNotFound.
func (t *tx) tenant(num int64) (*tenant, error) {
	if d := t.dats[num]; d != nil {
		return d, nil
	}
	d := t.mem.dats[num]
	if d == nil {
		r, err := t.one("SELECT id, slug, seq, at, n FROM dats WHERE num = ?", num)
		if err != nil {
			return nil, err
		}
		if r == nil {
			return nil, ErrNotFound
		}
		d = &tenant{
			DAT: DAT{Num: num, ID: r.str(0), Slug: r.str(1)},
			seq: r.int(2), at: record.Time(r.int(3)), n: r.int(4),
			counts: map[int64]*count{}, links: -1,
		}
		if err := t.loadWaiting(d); err != nil {
			return nil, err
		}
		t.mem.dats[num] = d
	}
	d.committed = d.seq
	// Commit times never go back, also where the clock does.
	d.now = max(t.clock, d.at+1)
	d.high = d.now
	t.dats[num] = d
	return d, nil
}

// loadWaiting finds out which kinds of waiting there are at all, so that the
// usual op need not ask each of them.
func (t *tx) loadWaiting(d *tenant) error {
	r, err := t.one(`SELECT
		EXISTS (SELECT 1 FROM quarantine WHERE dat = ?1),
		EXISTS (SELECT 1 FROM withdrawals WHERE dat = ?1),
		EXISTS (SELECT 1 FROM receipt_withdrawals WHERE dat IN (0, ?1)),
		EXISTS (SELECT 1 FROM jumps WHERE dat = ?1)`, d.Num)
	if err != nil {
		return err
	}
	d.holds, d.withdrawals, d.receipts, d.jumped = r.int(0) != 0, r.int(1) != 0, r.int(2) != 0, r.int(3) != 0
	return nil
}

// news gives what is told of a DAT after the commit.
func (t *tx) news(dat int64) *news {
	n := t.told[dat]
	if n == nil {
		n = &news{audiences: map[string]bool{}, members: map[string]bool{}}
		if t.told == nil {
			t.told = map[int64]*news{}
		}
		t.told[dat] = n
	}
	return n
}

// touched tells the watchers of the commit that a member's sessions have to look
// again at who they are.
func (t *tx) touched(dat int64, member string) {
	t.news(dat).members[member] = true
	delete(t.mem.members, memberKey{dat, member})
}

// flush writes what is remembered and not yet written: sequences, sums, counts,
// devices.
func (t *tx) flush() error {
	for _, num := range slices.Sorted(maps.Keys(t.dats)) {
		d := t.dats[num]
		if d.dirty {
			if err := t.exec("UPDATE dats SET seq = ?, at = ?, n = ? WHERE num = ?", d.seq, int64(d.high), d.n, d.Num); err != nil {
				return err
			}
			if d.seq > d.flushed {
				if err := t.exec("INSERT OR REPLACE INTO commits (dat, seq, at) VALUES (?, ?, ?)", d.Num, d.seq, int64(d.high)); err != nil {
					return err
				}
			}
			d.at, d.flushed, d.dirty, t.moved = d.high, d.seq, false, true
			t.news(num).seq = d.seq
		}
		for kind, c := range d.counts {
			if *c == (count{}) {
				continue
			}
			if err := t.exec(`INSERT INTO counts (dat, kind, records, gone) VALUES (?, ?, ?, ?)
				ON CONFLICT (dat, kind) DO UPDATE SET records = records + excluded.records, gone = gone + excluded.gone`,
				d.Num, kind, c.records, c.gone); err != nil {
				return err
			}
			*c = count{}
		}
	}
	for a := range t.mem.dirtyAudiences {
		if err := t.exec("UPDATE audiences SET sum = ? WHERE num = ?", int64(a.sum), a.num); err != nil {
			return err
		}
	}
	clear(t.mem.dirtyAudiences)
	for d := range t.mem.dirtyDevices {
		if err := t.exec("UPDATE devices SET acked = ?, tip = ?, last = ?, held = ? WHERE num = ?",
			d.acked, d.tip, int64(d.last), d.held, d.num); err != nil {
			return err
		}
	}
	clear(t.mem.dirtyDevices)
	return nil
}

// name gives the small number of a name, which it makes at its first use.
func (t *tx) name(name string) (int64, error) {
	if num := t.mem.names[name]; num != 0 {
		return num, nil
	}
	r, err := t.one("SELECT num FROM names WHERE name = ?", name)
	if err == nil && r == nil {
		r, err = t.one("INSERT INTO names (name) VALUES (?) RETURNING num", name)
	}
	if err != nil {
		return 0, fmt.Errorf("name: %w", err)
	}
	t.mem.names[name] = r.int(0)
	return r.int(0), nil
}
