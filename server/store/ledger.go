package store

import (
	"errors"
	"fmt"

	"earshot/server/programme"
	"earshot/server/store/ledger"
	"earshot/sync/record"
)

// What a restored backup must not undo is kept beside the database (package
// ledger): written before its commit, and done again at the start of a database
// that does not know of it.

// A keeper is the ledger and the mark of a data directory, open.
type keeper struct {
	*ledger.Ledger
	marks *ledger.Marks
	// fresh: the ledger was not there, and has just been made.
	fresh bool
}

func openKeeper(dir string) (k *keeper, err error) {
	k = new(keeper)
	if k.Ledger, k.fresh, err = ledger.Open(dir); err != nil {
		return nil, err
	}
	if k.marks, err = ledger.OpenMarks(dir); err != nil {
		return nil, errors.Join(err, k.Ledger.Close())
	}
	return k, nil
}

func (k *keeper) close() error { return errors.Join(k.Ledger.Close(), k.marks.Close()) }

// keep notes what the ledger has to know before this transaction may be committed.
func (t *tx) keep(d *tenant, e ledger.Entry) {
	if t.replays {
		return // it comes from there
	}
	if d != nil {
		e.DAT = d.ID
	}
	if e.At == 0 {
		e.At = int64(t.clock)
	}
	t.kept = append(t.kept, e)
}

// keepOp notes of an op that takes effect what it erases and narrows.
func (t *tx) keepOp(d *tenant, k *kind, w who, op *record.Op, before *stored, rec *record.Record, at record.Time) error {
	if rec.Gone {
		if before == nil || !before.rec.Gone {
			t.keep(d, ledger.Entry{Kind: ledger.Withdrawn, At: int64(at), Collection: k.Name, Record: rec.ID})
		}
		return nil
	}
	if redacts(op) {
		t.keepRedaction(d, w, op, at)
	}
	if before == nil {
		return nil
	}
	for i := range op.Changes {
		f := &k.Fields[op.Changes[i].Field]
		if !programme.Decides(f) {
			continue
		}
		was, is := before.rec.Get(f.Name), rec.Get(f.Name)
		if was == is {
			continue
		}
		if programme.Narrows(f, was, is) {
			if err := t.exec("INSERT OR IGNORE INTO narrowed (record, field) VALUES (?, ?)", before.num, op.Changes[i].Field); err != nil {
				return err
			}
		} else if r, err := t.one("SELECT 1 FROM narrowed WHERE record = ? AND field = ?", before.num, op.Changes[i].Field); r == nil || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		t.keep(d, ledger.Entry{
			Kind: ledger.Narrowed, At: int64(at), Collection: k.Name, Record: rec.ID, Fields: []string{f.Name}, Values: []string{string(is)},
		})
	}
	return nil
}

// keepRedaction notes which fields an op erases, never what it puts there.
func (t *tx) keepRedaction(d *tenant, w who, op *record.Op, at record.Time) {
	for i := range op.Changes {
		c := &op.Changes[i]
		if c.Verb != record.Redact {
			continue
		}
		f := &op.Collection.Fields[c.Field]
		e := ledger.Entry{
			Kind: ledger.Redacted, At: int64(at), Collection: op.Collection.Name, Record: op.ID, Fields: []string{f.Name},
			Device: w.Device, Member: w.Member, N: op.N,
		}
		if f.Kind == record.Log {
			e.Values = []string{string(c.Value)}
		}
		t.keep(d, e)
	}
}

// settleLedger writes what the transaction has noted into the ledger's file, and
// counts the commit. It is the last thing before the commit.
func (t *tx) settleLedger() error {
	if !t.moved && len(t.kept) == 0 {
		return nil
	}
	if len(t.kept) > 0 {
		end, err := t.s.keeper.Append(t.kept)
		if err != nil {
			return err
		}
		if err := t.exec("UPDATE meta SET ledger = ?", end); err != nil {
			return err
		}
	}
	r, err := t.one("UPDATE meta SET mark = mark + 1 RETURNING mark")
	if err != nil {
		return err
	}
	t.mark = ledger.Mark{Commits: r.int(0)}
	for _, d := range t.dats {
		t.mark.Seq = max(t.mark.Seq, d.seq)
	}
	return nil
}

// remake begins a new history where this database is an older copy, or has lost its
// ledger: a seq is never given twice, in whichever history.
func (t *tx) remake() error {
	mark := t.s.keeper.marks.Last()
	epoch, err := t.s.newEpoch()
	if err != nil {
		return err
	}
	rows, err := t.all("SELECT num, seq FROM dats")
	if err != nil {
		return err
	}
	start := max(mark.Seq+1, t.s.o.Now().Unix()<<20)
	for _, r := range rows {
		last := r.int(1)
		first := max(last+1, start)
		if err := t.exec("INSERT OR REPLACE INTO jumps (dat, last, first) VALUES (?, ?, ?)", r.int(0), last, first); err != nil {
			return err
		}
		if err := t.exec("UPDATE dats SET seq = ? WHERE num = ?", first-1, r.int(0)); err != nil {
			return err
		}
		if err := t.exec("INSERT INTO commits (dat, seq, at) SELECT num, seq, at FROM dats WHERE num = ?", r.int(0)); err != nil {
			return err
		}
	}
	t.mem.forget()
	t.s.epoch = epoch
	t.s.o.Log.Warn("this database is older than its ledger, or comes from a backup: a new epoch begins, and devices hand in again what it lacks", "dats", len(rows))
	return t.exec("UPDATE meta SET epoch = ?, mark = max(mark, ?)", epoch, mark.Commits)
}

// replay does again what the ledger holds from a place on, each at its own time.
func (t *tx) replay(from int64) error {
	entries, end, err := t.s.keeper.Read(from)
	if err != nil || end == from {
		return err
	}
	t.replays = true
	defer func() { t.replays = false }()
	last := map[string]int{}
	for i, e := range entries {
		if e.Kind == ledger.Narrowed {
			last[fieldKey(e)] = i
		}
	}
	for i, e := range entries {
		if e.Kind == ledger.Narrowed && last[fieldKey(e)] != i {
			continue // it became something else after that
		}
		if err := t.again(e); err != nil {
			return fmt.Errorf("do again what the ledger holds: %w", err)
		}
	}
	return t.exec("UPDATE meta SET ledger = ?", end)
}

func fieldKey(e ledger.Entry) string {
	return e.DAT + " " + e.Collection + " " + e.Record + " " + e.Fields[0]
}

// again does one entry again. What it speaks of may not be here, or be so already.
func (t *tx) again(e ledger.Entry) error {
	switch e.Kind {
	case ledger.Revoked:
		return t.exec("UPDATE devices SET revoked = ? WHERE id = ? AND revoked = 0", e.At, e.Device)
	case ledger.Used:
		return t.exec("UPDATE invitations SET used = ?, device = ? WHERE hash = ? AND used = 0", e.At, e.Device, e.Hash)
	case ledger.Receipt:
		return t.receiptAgain(e)
	}
	r, err := t.one("SELECT num FROM dats WHERE id = ?", e.DAT)
	if err != nil || r == nil {
		return err // made after the backup
	}
	d, err := t.tenant(r.int(0))
	if err != nil {
		return err
	}
	c := t.s.kinds.schema.Collection(e.Collection)
	if c == nil {
		return nil
	}
	k := t.s.kinds.of(c)
	before, err := load(t.conn, t.s.kinds, d.Num, c, e.Record)
	if err != nil {
		return err
	}
	if before != nil && before.rec.Gone {
		return nil
	}
	op := &record.Op{Collection: c, ID: e.Record}
	switch e.Kind {
	case ledger.Withdrawn:
		op.Withdraw = true
	case ledger.Waits:
		op.Withdraw = true
		if before == nil {
			return t.waitToWithdraw(d, k, who{Writer: record.Writer{Member: e.Member}}, op)
		}
		if k.By == "" || before.rec.Get(k.By).Text() != e.Member {
			return nil
		}
	case ledger.Redacted:
		return t.redactAgain(d, e, op, before)
	case ledger.Narrowed:
		if before == nil || !narrowAgain(op, before.rec, e) {
			return nil
		}
	}
	_, err = t.serveAt(d, op, record.Time(e.At))
	return err
}

// narrowAgain fills in the op that makes a field as narrow as it had become. Wider
// than it is here it never becomes by this.
func narrowAgain(op *record.Op, rec *record.Record, e ledger.Entry) bool {
	i := op.Collection.Field(e.Fields[0])
	if i < 0 || len(e.Values) == 0 {
		return false
	}
	f, was, is := &op.Collection.Fields[i], rec.Get(e.Fields[0]), record.Value(e.Values[0])
	if !programme.Narrows(f, was, is) {
		return false
	}
	if f.Kind != record.Set {
		op.Changes = []record.Change{{Field: i, Verb: record.SetTo, Value: is}}
		return true
	}
	had, has := setIDs(string(was)), setIDs(string(is))
	add, remove := without(has, had), without(had, has)
	if len(add) > 0 {
		op.Changes = append(op.Changes, record.Change{Field: i, Verb: record.Add, Values: add})
	}
	if len(remove) > 0 {
		op.Changes = append(op.Changes, record.Change{Field: i, Verb: record.Remove, Values: remove})
	}
	return len(op.Changes) > 0
}

// without gives the ids of one list that are not in the other, as values.
func without(ids, others []string) (out []record.Value) {
	known := map[string]bool{}
	for _, id := range others {
		known[id] = true
	}
	for _, id := range ids {
		if !known[id] {
			out = append(out, record.Text(id))
		}
	}
	return out
}

// redactAgain erases a field again, as the op of the device that did, so that what
// this op had put there comes back with it.
func (t *tx) redactAgain(d *tenant, e ledger.Entry, op *record.Op, before *stored) error {
	i := op.Collection.Field(e.Fields[0])
	if i < 0 {
		return nil
	}
	value := record.Value("") // the fact alone: its op sets the value when it comes
	if len(e.Values) > 0 {
		value = record.Value(e.Values[0])
	}
	op.N, op.Changes = e.N, []record.Change{{Field: i, Verb: record.Redact, Value: value}}
	w := who{Writer: record.Writer{Device: e.Device, Member: e.Member, Server: true}}
	if before == nil {
		return t.redactHeld(d, w, op, false)
	}
	op.Base = before.rec.V
	at, err := t.timeOf(d, op.Base, record.Time(e.At), 0)
	if err != nil {
		return err
	}
	op.At = at
	_, err = t.take(d, w, op, at)
	return err
}

// receiptAgain takes back what a receipt belongs to, or waits for it.
func (t *tx) receiptAgain(e ledger.Entry) error {
	dat := int64(0)
	var d *tenant
	if e.DAT != "" {
		r, err := t.one("SELECT num FROM dats WHERE id = ?", e.DAT)
		if err != nil || r == nil {
			return err
		}
		dat = r.int(0)
		if d, err = t.tenant(dat); err != nil {
			return err
		}
	}
	found, err := t.receipts(e.Hash)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return t.waitForReceipt(d, dat, e.Hash, e.By)
	}
	for _, r := range found {
		if r.Gone || dat != 0 && r.DAT != dat {
			continue
		}
		d, err := t.tenant(r.DAT)
		if err != nil {
			return err
		}
		if _, err := t.serve(d, "", &record.Op{Collection: t.s.kinds.schema.Collection(r.Collection), ID: r.ID, Withdraw: true}); err != nil {
			return err
		}
	}
	return nil
}
