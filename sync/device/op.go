package device

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// An op is one row of the outbox. Rows are never changed in place: what is
// stored comes first, and memory follows with the copy.
type op struct {
	N      int64  `json:"n"`
	Raw    string `json:"raw"`  // its JSON value, exactly as it goes on the wire
	Hash   []byte `json:"hash"` // SHA-256 of the last Raw that was no void
	Sealed bool   `json:"sealed,omitempty"`
	Void   bool   `json:"void,omitempty"`
	Aside  bool   `json:"aside,omitempty"`
	Saved  int64  `json:"saved"`          // Unix milliseconds
	Held   int64  `json:"held,omitempty"` // until then, Unix milliseconds

	// What may be known of a sealed op too: which record it is about.
	Collection string `json:"c,omitempty"`
	ID         string `json:"r,omitempty"`
	Withdraw   bool   `json:"withdraw,omitempty"`

	Answered bool            `json:"answered,omitempty"` // the server said what became of it
	Status   record.Status   `json:"status,omitempty"`
	Seq      int64           `json:"seq,omitempty"`
	Problem  *record.Problem `json:"problem,omitempty"`
	SafeAt   int64           `json:"safe_at,omitempty"` // Unix seconds, of the server's clock
	// Laid says that a plain op is shown over the record until the server sends that.
	Laid bool `json:"laid,omitempty"`

	// plain is the op itself, for as long as it is laid over.
	plain *record.Op
}

// recordKey names a record on its shelf.
func recordKey(collection, id string) string { return collection + "/" + id }

// opKey names an op on its shelf, so that keys stand in the order of numbers.
func opKey(n int64) string { return fmt.Sprintf("%016x", n) }

// numberOf gives back the number of a key.
func numberOf(key string) int64 {
	n, _ := strconv.ParseInt(key, 16, 64)
	return n
}

// newOp makes the row of an op under its number: sealed, or plain.
func (d *Device) newOp(o *record.Op, n int64, now time.Time) (*op, error) {
	row := &op{
		N: n, Saved: now.UnixMilli(), Sealed: d.o.Sealed(d.own.Me.Role, o.Collection.Name),
		Collection: o.Collection.Name, ID: o.ID, Withdraw: o.Withdraw,
	}
	var raw []byte
	if row.Sealed {
		if d.sealer == nil {
			return nil, wire.ErrIntake
		}
		o.N = 0
		var err error
		if raw, err = d.sealer.Seal(d.own.Me.Device, n, wire.EncodeOp(o)); err != nil {
			return nil, err
		}
	} else {
		o.N = n
		raw = wire.EncodeOp(o)
		row.Laid, row.plain = true, o
	}
	if len(raw) > wire.MaxOp {
		return nil, ErrTooLarge
	}
	hash := sha256.Sum256(raw)
	row.Raw, row.Hash = string(raw), hash[:]
	return row, nil
}

// read reads again the op of a row that is laid over its record.
func (o *op) read(s *record.Schema) {
	o.plain = nil
	if o.Laid {
		o.plain, _ = wire.DecodeOp(s, []byte(o.Raw), o.N)
	}
}

// goes says whether the row itself is handed in, and not a void in its place.
func (o *op) goes() bool { return !o.Void && !o.Aside }

// waits says whether the row is to be handed in and was not answered.
func (o *op) waits() bool { return o.goes() && !o.Answered }

// held says whether the row may not be sent yet.
func (o *op) held(now time.Time) bool { return o.Held > now.UnixMilli() && o.waits() }

// void leaves of a row its number and hash.
func (o *op) void() {
	o.Raw, o.Void = string(wire.AppendVoid(nil, o.N, o.N)), true
	o.Collection, o.ID, o.Held = "", "", 0
	o.lift()
}

// lift shows the row over its record no longer.
func (o *op) lift() { o.Laid, o.plain = false, nil }

// answer takes in what became of the row.
func (o *op) answer(r *wire.Result) {
	switch {
	case r.Status != record.Same:
		o.Status = r.Status
	case r.Problem != nil:
		o.Status = record.Refused
	case !o.Answered:
		o.Status = record.Same
	}
	o.Answered, o.Seq, o.Problem = true, r.Seq, r.Problem
	if r.Problem != nil && r.Problem.Code != record.TooEarly {
		o.lift()
	}
}

// unanswer forgets what became of a row that the server has lost.
func (o *op) unanswer(s *record.Schema) {
	o.Answered, o.Status, o.Seq, o.Problem, o.SafeAt = false, 0, 0, nil, 0
	o.Laid = o.goes() && !o.Sealed
	o.read(s)
}

func putOp(tx Tx, o *op) error {
	b, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("device: keep an op: %w", err)
	}
	tx.Put(shelfOps, opKey(o.N), b)
	return nil
}

func putOps(tx Tx, rows []*op) error {
	for _, o := range rows {
		if err := putOp(tx, o); err != nil {
			return err
		}
	}
	return nil
}

// hold adds a row, whose number is above all others, to what is in memory.
func (d *Device) hold(o *op) {
	d.ops = append(d.ops, o)
	if o.ID != "" {
		key := recordKey(o.Collection, o.ID)
		d.about[key] = append(d.about[key], o.N)
	}
}

// forget removes the rows that gone names from memory.
func (d *Device) forget(gone func(*op) bool) {
	all := d.ops
	d.ops, d.about = nil, map[string][]int64{}
	for _, o := range all {
		if !gone(o) {
			d.hold(o)
		}
	}
}

// replace puts rows in the place of those with their numbers.
func (d *Device) replace(rows []*op) {
	for _, row := range rows {
		if i := d.find(row.N); i >= 0 {
			d.ops[i] = row
		}
	}
}

// find gives the place of a number in the outbox, or -1.
func (d *Device) find(n int64) int {
	i := d.from(n)
	if i < len(d.ops) && d.ops[i].N == n {
		return i
	}
	return -1
}

// from gives the place of the first row numbered n or more.
func (d *Device) from(n int64) int {
	return sort.Search(len(d.ops), func(i int) bool { return d.ops[i].N >= n })
}

// over gives the rows about a record, in their order.
func (d *Device) over(key string) []*op {
	var rows []*op
	for _, n := range d.about[key] {
		// A row that was emptied is about nothing any more.
		if i := d.find(n); i >= 0 && d.ops[i].ID != "" {
			rows = append(rows, d.ops[i])
		}
	}
	return rows
}

// changes are the copies of rows that a transaction changes, each once.
type changes struct {
	d    *Device
	rows []*op
}

// of gives the copy of a row that may be changed.
func (c *changes) of(o *op) *op {
	if i := slices.IndexFunc(c.rows, func(r *op) bool { return r.N == o.N }); i >= 0 {
		return c.rows[i]
	}
	copied := *o
	c.rows = append(c.rows, &copied)
	return &copied
}

// release ends the holds among rows.
func (c *changes) release(rows []*op) {
	for _, o := range rows {
		if o.Held != 0 && o.waits() {
			c.of(o).Held = 0
		}
	}
}

// erase leaves nothing of the ops about a record that is gone, but for what
// withdraws it. Those that the server has not got are void.
func (c *changes) erase(key string) {
	for _, o := range c.d.over(key) {
		if !o.Withdraw {
			c.of(o).void()
		}
	}
}

// lift shows no longer over a record what the server has answered, as far as
// the record has come to version v.
func (c *changes) lift(key string, v int64) {
	for _, o := range c.d.over(key) {
		// What waits on the server has no seq: the next news of its record is its own.
		if o.Laid && o.Answered && o.Seq <= v {
			c.of(o).lift()
		}
	}
}
