package store

import (
	"earshot/server/programme"
	"earshot/sync/record"
)

// Bounds of what the writer remembers between commits. A cache that has grown
// beyond its bound is emptied: simple, and it fills again with what is in use.
const (
	maxDevices   = 4096
	maxMembers   = 4096
	maxAudiences = 8192
	maxNames     = 4096
	maxHere      = 8192
)

// memory is what the writer remembers between its transactions. All of it stands
// in the database too, and it is forgotten whenever that may have moved: after a
// commit that failed, and when another process has written.
type memory struct {
	dats      map[int64]*tenant
	devices   map[string]*device
	members   map[memberKey]*programme.Member
	audiences map[audienceKey]*audience
	byNum     map[int64]*audience
	names     map[string]int64
	// here are records that references were found to name, so that the same
	// service and visit are not looked for with every view.
	here map[hereKey]bool

	dirtyAudiences map[*audience]bool
	dirtyDevices   map[*device]bool

	// The last numbers that were given; -1: not known.
	recordNum, heldNum int64
	// The last record that is in the index; -1: not known.
	indexed int64

	// Memory that is used again.
	link, fields, grants, made []byte
	granted                    []record.Grant
	text                       []byte
}

func newMemory() *memory {
	// Not nil, which SQLite would keep as NULL where there is nothing to say.
	m := &memory{grants: []byte{}, made: []byte{}}
	m.forget()
	return m
}

func (m *memory) forget() {
	m.dats = map[int64]*tenant{}
	m.devices = map[string]*device{}
	m.members = map[memberKey]*programme.Member{}
	m.audiences = map[audienceKey]*audience{}
	m.byNum = map[int64]*audience{}
	m.names = map[string]int64{}
	m.here = map[hereKey]bool{}
	m.dirtyAudiences = map[*audience]bool{}
	m.dirtyDevices = map[*device]bool{}
	m.recordNum, m.heldNum, m.indexed = -1, -1, -1
}

// trim keeps the caches bounded. It runs after a commit, when nothing in them is
// unwritten.
func (m *memory) trim() {
	trim(m.devices, maxDevices)
	trim(m.members, maxMembers)
	if len(m.byNum) > maxAudiences {
		clear(m.audiences)
		clear(m.byNum)
	}
	trim(m.names, maxNames)
	trim(m.here, maxHere)
}

func trim[K comparable, V any](m map[K]V, most int) {
	if len(m) > most {
		clear(m)
	}
}

// A tenant is a DAT as the writer's transaction sees it.
type tenant struct {
	DAT
	seq int64       // the last that was given
	at  record.Time // time of the last commit
	n   int64       // the last number of the built-in device "server"

	committed int64       // seq at the begin of the transaction
	flushed   int64       // seq up to which commits has a row
	now       record.Time // arrival, for this transaction
	high      record.Time // the latest time of an op, or now: the commit's time
	dirty     bool
	counts    map[int64]*count

	// The audit chain's length and last hash; -1: not known.
	links int64
	chain [32]byte

	// Whether there is anything of the kind at all.
	holds, withdrawals, receipts, jumped bool

	// woken are ids of records that have just been made, or whose making op has
	// left the quarantine: early ops may wait for them.
	woken []string
	depth int // of follow-up ops
}

// next gives the next seq.
func (d *tenant) next() int64 {
	d.seq++
	d.dirty = true
	return d.seq
}

type count struct{ records, gone int64 }

func (d *tenant) count(kind int64) *count {
	c := d.counts[kind]
	if c == nil {
		c = &count{}
		d.counts[kind] = c
	}
	return c
}

type memberKey struct {
	dat    int64
	member string
}

type audienceKey struct {
	dat  int64
	name string
}

type hereKey struct {
	dat    int64
	target string
	id     string
}

// An audience is one audience of a DAT, with the sum over its records.
type audience struct {
	num  int64
	name string
	sum  uint64
}

// audience gives an audience of a DAT, which it makes at its first use.
func (t *tx) audience(dat int64, name string) (*audience, error) {
	k := audienceKey{dat, name}
	if a := t.mem.audiences[k]; a != nil {
		return a, nil
	}
	r, err := t.one("SELECT num, sum FROM audiences WHERE dat = ? AND name = ?", dat, name)
	if err == nil && r == nil {
		r, err = t.one("INSERT INTO audiences (dat, name) VALUES (?, ?) RETURNING num, sum", dat, name)
	}
	if err != nil {
		return nil, err
	}
	a := &audience{num: r.int(0), name: name, sum: uint64(r.int(1))}
	t.mem.audiences[k] = a
	t.mem.byNum[a.num] = a
	return a, nil
}

// audienceNum gives an audience of which only the number is known.
func (t *tx) audienceNum(dat, num int64) (*audience, error) {
	if a := t.mem.byNum[num]; a != nil {
		return a, nil
	}
	r, err := t.one("SELECT name FROM audiences WHERE num = ?", num)
	if err != nil {
		return nil, err
	}
	return t.audience(dat, r.str(0))
}
