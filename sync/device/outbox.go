package device

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// What Save and TakeBack may refuse.
var (
	// ErrTooLarge: the op would not fit the frame of any server.
	ErrTooLarge = errors.New("device: this is too large to be handed in: say the rest in a second one")
	// ErrGone: it has left, so taking it back needs a withdrawal.
	ErrGone = errors.New("device: this is handed in already: withdraw it")
	// ErrNoItem: no such number is held here.
	ErrNoItem = errors.New("device: nothing is held under this number")
)

// A Change is one change to one record, before it has a number. Values are
// whatever marshals to the JSON that the field takes.
type Change struct {
	Collection string
	ID         string
	Set        map[string]any
	Add        map[string][]any
	Remove     map[string][]any
	Settle     map[string]any
	Redact     map[string]any
	Withdraw   bool
	// Receipt names the record by the code that its speaker was given, beside Withdraw.
	Receipt string

	// Hold keeps the op here for so long, in which TakeBack takes it back. What is
	// saved behind it waits with it.
	Hold time.Duration
	// Urgent ends every hold of what was saved before, as do Withdraw and a
	// narrowing by themselves.
	Urgent bool
}

// A Fate is how far an op has come.
type Fate uint8

// The fates of an op.
const (
	Waiting Fate = iota // here, and not on the server's disk
	Acked               // on the server's disk
	Safe                // beside that, wherever the server's operator keeps a second copy
	Aside               // it can't be handed in; it is kept here, to be looked at
	Void                // taken back, or of a record that is withdrawn: nothing is left of it
)

func (f Fate) String() string {
	return [...]string{"waiting", "acked", "safe", "aside", "void"}[f]
}

// An Item is one op of the outbox, as far as the device may know it once it is sealed.
type Item struct {
	N          int64
	Collection string // empty, with ID, once nothing is left of the op
	ID         string
	Fate       Fate
	Sealed     bool
	Saved      time.Time
	HeldUntil  time.Time // zero where it is not held
	// Status, Seq and Problem are the server's; they count from Acked on.
	Status  record.Status
	Seq     int64
	Problem *record.Problem
}

// Save numbers the changes, seals them where the member's role asks for it, and
// stores them all in one transaction. It gives the first one's number; the
// others follow it. A *[record.Problem] says what is wrong with a change; then
// nothing is saved.
func (d *Device) Save(changes ...Change) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.own.Me.Device == "" || d.own.Wiped != 0 || d.moving {
		return 0, ErrNotEnrolled
	}
	list := make([]saving, len(changes))
	for i := range changes {
		o, err := d.decode(&changes[i])
		if err != nil {
			return 0, err
		}
		list[i] = saving{o, changes[i].Hold, changes[i].Urgent}
	}
	return d.save(list, nil)
}

// saving is one op on its way into the outbox.
type saving struct {
	op     *record.Op
	hold   time.Duration
	urgent bool
}

// decode makes the op that a change means, and judges it as the server will.
func (d *Device) decode(c *Change) (*record.Op, error) {
	base, err := d.version(c.Collection, c.ID)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(struct {
		At       string           `json:"at"`
		C        string           `json:"c"`
		R        string           `json:"r,omitzero"`
		Base     int64            `json:"base"`
		Schema   int              `json:"schema"`
		Set      map[string]any   `json:"set,omitempty"`
		Add      map[string][]any `json:"add,omitempty"`
		Remove   map[string][]any `json:"remove,omitempty"`
		Settle   map[string]any   `json:"settle,omitempty"`
		Redact   map[string]any   `json:"redact,omitempty"`
		Withdraw bool             `json:"withdraw,omitzero"`
		Receipt  string           `json:"receipt,omitzero"`
	}{
		d.now().String(), c.Collection, c.ID, base, d.o.Schema.Version,
		c.Set, c.Add, c.Remove, c.Settle, c.Redact, c.Withdraw, c.Receipt,
	})
	if err != nil {
		return nil, fmt.Errorf("device: the change is no JSON: %w", err)
	}
	o, p := wire.DecodeOp(d.o.Schema, raw, 0)
	if p != nil {
		return nil, p
	}
	return o, nil
}

// hurries says whether an op ends the holds before it by itself: it takes back,
// or narrows who sees a record that is there already.
func (d *Device) hurries(o *record.Op) bool {
	if o.Withdraw {
		return true
	}
	made := o.Base > 0 || len(d.over(recordKey(o.Collection.Name, o.ID))) > 0
	return slices.ContainsFunc(o.Changes, func(c record.Change) bool {
		f := &o.Collection.Fields[c.Field]
		return c.Verb == record.Redact || made && (f.Kind == record.Narrow || f.Deciding)
	})
}

// save numbers and stores ops, and whatever else also puts. d.mu is held.
func (d *Device) save(list []saving, also func(Tx)) (int64, error) {
	if len(list) == 0 {
		return 0, errors.New("device: there is nothing to save")
	}
	first, now := d.own.Last+1, d.o.Now()
	var rows []*op
	touched := changes{d: d}
	for i, s := range list {
		row, err := d.newOp(s.op, first+int64(i), now)
		if err != nil {
			return 0, err
		}
		if s.hold > 0 {
			row.Held = now.Add(s.hold).UnixMilli()
		}
		if s.urgent || d.hurries(s.op) {
			row.Held = 0
			for _, o := range rows {
				o.Held = 0
			}
			touched.release(d.ops)
		}
		if s.op.Withdraw && s.op.ID != "" {
			for _, o := range rows {
				if o.Collection == row.Collection && o.ID == row.ID && !o.Withdraw {
					o.void()
				}
			}
			touched.erase(recordKey(row.Collection, row.ID))
		}
		rows = append(rows, row)
	}
	if err := d.update(func(tx Tx, o *own) error {
		o.Last += int64(len(rows))
		if also != nil {
			also(tx)
		}
		return errors.Join(putOps(tx, rows), putOps(tx, touched.rows))
	}); err != nil {
		return 0, err
	}
	d.replace(touched.rows)
	for _, row := range rows {
		d.hold(row)
	}
	d.tell()
	d.poke()
	return first, nil
}

// TakeBack takes back what is still held: its number is handed in as void, and
// nothing else of it. ErrGone says that it is not held any more.
func (d *Device) TakeBack(n int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.find(n)
	if i < 0 {
		return ErrNoItem
	}
	if !d.ops[i].held(d.o.Now()) {
		return ErrGone
	}
	row := *d.ops[i]
	row.void()
	return d.put([]*op{&row})
}

// Release ends every hold: what waits is handed in.
func (d *Device) Release() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := changes{d: d}
	c.release(d.ops)
	return d.put(c.rows)
}

// put stores changed rows, and tells of them. d.mu is held.
func (d *Device) put(rows []*op) error {
	if err := d.o.Store.Update(func(tx Tx) error { return putOps(tx, rows) }); err != nil {
		return err
	}
	d.replace(rows)
	d.tell()
	d.poke()
	return nil
}

// Outbox gives every op that is kept here, in the order of their numbers.
func (d *Device) Outbox() []Item {
	d.mu.Lock()
	defer d.mu.Unlock()
	items := make([]Item, len(d.ops))
	for i, o := range d.ops {
		items[i] = d.item(o)
	}
	return items
}

func (d *Device) item(o *op) Item {
	it := Item{
		N: o.N, Collection: o.Collection, ID: o.ID, Sealed: o.Sealed, Saved: time.UnixMilli(o.Saved),
		Status: o.Status, Seq: o.Seq, Problem: o.Problem,
	}
	if o.held(d.o.Now()) {
		it.HeldUntil = time.UnixMilli(o.Held)
	}
	switch {
	case o.Aside:
		it.Fate = Aside
	case o.Void:
		it.Fate = Void
	case o.SafeAt != 0 && d.own.Backed:
		it.Fate = Safe
	case o.Answered:
		it.Fate = Acked
	}
	return it
}

// Wait waits until the server has said what became of the op under a number, or
// for a void, until that is acked. One that was set aside is given as it is.
func (d *Device) Wait(ctx context.Context, n int64) (Item, error) {
	var it Item
	var err error
	waited := d.until(ctx, func() bool {
		i := d.find(n)
		if i < 0 {
			if n <= 0 || n > d.own.Last || d.own.Wiped != 0 {
				err = ErrNoItem
			}
			it = Item{N: n, Fate: Safe} // it was kept for long enough
			return true
		}
		it = d.item(d.ops[i])
		return d.ops[i].Answered || d.ops[i].Aside
	})
	return it, errors.Join(waited, err)
}

// SetAside gives what could not be handed in, each as it stood on the wire, so
// that it can be exported.
func (d *Device) SetAside() ([][]byte, error) {
	var out [][]byte
	err := d.o.Store.View(func(tx Tx) error {
		tx.Each(shelfAside, "", func(_ string, v []byte) bool {
			out = append(out, slices.Clone(v))
			return true
		})
		return nil
	})
	return out, err
}

// holds tells the desk what waits here. d.mu is held.
func (d *Device) holds() wire.Holds {
	h := wire.Holds{Persisted: true, Trouble: d.own.Trouble}
	for _, o := range d.ops[d.from(d.own.Acked+1):] {
		if !o.waits() {
			continue
		}
		if h.Ops++; h.Oldest == 0 {
			h.Oldest = record.At(time.UnixMilli(o.Saved))
		}
	}
	return h
}
