package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"earshot/server/programme"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// held is a refused op on its way into quarantine.
type held struct {
	n      int64
	at     record.Time // its time, within its bounds
	hash   []byte
	copied bool
	in     *Incoming
	out    outcome
}

// hold puts a refused op into quarantine, whole. What is meant for a gone record
// is not kept.
func (t *tx) hold(d *tenant, dev *device, h held) error {
	op, sealed := h.in.Plain, false
	if h.in.Envelope.Sealed == "" {
		op = h.in.Envelope.Raw
	} else if op == nil {
		op, sealed = h.in.Envelope.Raw, true
	}
	var kindNum any
	var id []byte
	making := h.out.making
	if h.in.Op != nil {
		id = rawID(h.in.Op.ID)
		kindNum = t.s.kinds.num(h.in.Op.Collection)
	} else if !sealed {
		m := meant(op)
		id = rawID(m.id)
		if c := t.s.kinds.schema.Collection(m.collection); c != nil {
			kindNum = t.s.kinds.num(c)
		}
		making = m.base == 0 && !m.withdraw
	}
	if id != nil {
		// Also where only the id can be read: what was taken back stays away.
		gone, err := t.one("SELECT 1 FROM records WHERE id = ? AND dat = ? AND gone = 1", id, d.Num)
		if gone != nil || err != nil {
			return err
		}
	}
	if making && !sealed {
		taken, err := t.takenBack(d, kindNum, id, op)
		if taken || err != nil {
			return err
		}
	}
	problem, err := json.Marshal(h.out.problem)
	if err != nil {
		return err
	}
	num, err := t.nextHeld()
	if err != nil {
		return err
	}
	if err := t.exec(`INSERT INTO quarantine (num, dat, device, n, at, came, hash, copied, sealed, op, problem, code, kind, id, making, receipt)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		num, d.Num, dev.num, h.n, int64(h.at), int64(d.now), h.hash, h.copied, sealed, []byte(op), string(problem), h.out.problem.Code,
		kindNum, id, making, t.heldReceipt(op)); err != nil {
		return err
	}
	d.holds = true
	dev.held++
	t.changed(dev)
	t.news(d.Num)
	if !sealed {
		if err := t.noteQuotes(d, num, op); err != nil {
			return err
		}
	}
	return t.waitFor(d, num, h.out.waits)
}

func (t *tx) nextHeld() (int64, error) {
	if t.mem.heldNum < 0 {
		r, err := t.one("SELECT coalesce(max(num), 0) FROM quarantine")
		if err != nil {
			return 0, err
		}
		t.mem.heldNum = r.int(0)
	}
	t.mem.heldNum++
	return t.mem.heldNum, nil
}

// waitFor notes what an early op waits for.
func (t *tx) waitFor(d *tenant, held int64, ids []string) error {
	for _, id := range ids {
		if err := t.exec("INSERT OR IGNORE INTO waits (dat, id, held) VALUES (?, ?, ?)", d.Num, rawID(id), held); err != nil {
			return err
		}
	}
	return nil
}

// meaning is what can be told of an op that can't be decoded.
type meaning struct {
	collection, id string
	base           int64
	withdraw       bool
}

// meant reads as much of an op as says which record it is for.
func meant(op []byte) meaning {
	var m struct {
		C        jsontext.Value `json:"c"`
		R        jsontext.Value `json:"r"`
		Base     jsontext.Value `json:"base"`
		Withdraw jsontext.Value `json:"withdraw"`
	}
	if json.Unmarshal(op, &m, lenient) != nil {
		return meaning{base: -1}
	}
	out := meaning{base: -1, withdraw: string(m.Withdraw) == "true"}
	_ = json.Unmarshal(m.C, &out.collection)
	_ = json.Unmarshal(m.R, &out.id)
	out.id = strings.ToLower(out.id)
	if len(m.Base) == 0 || string(m.Base) == "null" || json.Unmarshal(m.Base, &out.base) != nil {
		out.base = 0
	}
	if len(out.id) != 36 {
		out.id = ""
	}
	return out
}

// makingHeld says whether the op that would make a record lies in quarantine.
func (t *tx) makingHeld(d *tenant, k *kind, id string) (bool, error) {
	r, err := t.one("SELECT 1 FROM quarantine WHERE id = ? AND dat = ? AND making = 1 AND copied = 0 AND coalesce(kind, ?) = ? LIMIT 1",
		rawID(id), d.Num, k.num, k.num)
	return r != nil, err
}

// release takes an op out of the quarantine.
func (t *tx) release(num, device int64) error {
	dev, err := t.deviceNum(device)
	if err != nil {
		return err
	}
	dev.held--
	t.changed(dev)
	return t.exec("DELETE FROM quarantine WHERE num = ?", num)
}

// holdsOwn says whether the op that would make a record lies in quarantine, from a
// device of the writer's own member: then it would come as theirs.
func (t *tx) holdsOwn(d *tenant, k *kind, w who, id string) (bool, error) {
	if !d.holds {
		return false, nil
	}
	r, err := t.one(`SELECT 1 FROM quarantine q JOIN devices v ON v.num = q.device
		WHERE q.id = ? AND q.dat = ? AND q.making = 1 AND q.copied = 0 AND coalesce(q.kind, ?) = ? AND v.member = ? LIMIT 1`,
		rawID(id), d.Num, k.num, k.num, w.Member)
	return r != nil, err
}

// wake tries early ops again that wait for what has just come, each device's in
// the order of n, until nothing more comes of it.
func (t *tx) wake(d *tenant) error {
	var due []heldAt
	for {
		for _, id := range d.woken {
			if err := t.each("SELECT q.num, q.device, q.n FROM waits w JOIN quarantine q ON q.num = w.held WHERE w.dat = ? AND w.id = ?", func(r row) error {
				due = append(due, heldAt{r.int(0), r.int(1), r.int(2)})
				return nil
			}, d.Num, rawID(id)); err != nil {
				return err
			}
		}
		d.woken = nil
		if len(due) == 0 {
			return nil
		}
		slices.SortFunc(due, func(a, b heldAt) int {
			return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.n, b.n), cmp.Compare(a.num, b.num))
		})
		due = slices.Compact(due)
		next := due[0]
		due = due[1:]
		r, err := t.one("SELECT "+heldColumns+" FROM quarantine q WHERE q.num = ?", next.num)
		if err != nil {
			return err
		}
		if r == nil {
			continue // what came before it has taken it out
		}
		if _, err := t.retry(d, r, nil, ""); err != nil {
			return err
		}
	}
}

// A heldAt is where an op in quarantine has its turn.
type heldAt struct{ num, device, n int64 }

const heldColumns = "q.num, q.device, q.n, q.at, q.hash, q.copied, q.sealed, q.op, q.kind, q.id"

// retry lets an op from quarantine take effect, mended or as it stands, as its own
// device's op n. Where it is refused again, it stays, with the new problem. mender
// is the member who mended it, or "".
func (t *tx) retry(d *tenant, r row, mended []byte, mender string) (outcome, error) {
	dev, err := t.deviceNum(r.int(1))
	if err != nil {
		return outcome{}, err
	}
	w, _, err := t.writer(dev)
	if err != nil {
		return outcome{}, err
	}
	n, raw := r.int(2), r.blob(7)
	if mended != nil {
		raw = mended
	}
	op, problem := wire.DecodeOp(t.s.kinds.schema, raw, n)
	out := outcome{}
	if problem != nil {
		out = refused(problem)
		if mender != "" && meant(raw).collection == programme.Members.Name {
			// What was held stays as it was: a later release that can read this one would not ask who wrote it.
			return out, nil
		}
	} else {
		if r.int(5) != 0 {
			// Of a copied push: op 1 of a device named by the op's hash.
			w.handed, w.Device, op.N = dev.ID, wire.Tip([32]byte(r.blob(4))), 1
		}
		at, err := t.timeOf(d, op.Base, record.Time(r.int(3)), record.Time(r.int(3))-1)
		if err != nil {
			return outcome{}, err
		}
		if mender != "" {
			problem, err := t.mayMend(d, w, mender, op, at)
			if err != nil || problem != nil {
				return refused(problem), err
			}
		}
		// While it is tried, it is not itself what it would have to wait for.
		if err := t.exec("UPDATE quarantine SET making = 0 WHERE num = ?", r.int(0)); err != nil {
			return outcome{}, err
		}
		if out, err = t.take(d, w, op, at); err != nil {
			return outcome{}, err
		}
	}
	if out.status != record.Refused || out.problem.Code == record.GoneRecord {
		// A withdrawal among what it did may have taken it out already.
		there, err := t.one("SELECT 1 FROM quarantine WHERE num = ?", r.int(0))
		if err != nil || there == nil {
			return out, err
		}
		d.woken = append(d.woken, textID(r.blob(9)))
		return out, t.release(r.int(0), r.int(1))
	}
	return out, t.holdAgain(d, r, raw, op, out, mended != nil)
}

// mayMend judges a mended op of a member's record by its mender's rights too. It
// takes effect with those of the device that it came from, and of what the desk may
// not do itself an admin's device may just this: say who may do what.
func (t *tx) mayMend(d *tenant, w who, mender string, op *record.Op, at record.Time) (*record.Problem, error) {
	if op.Collection != programme.Members {
		return nil, nil
	}
	as, _, err := t.rights(d.Num, mender)
	if err != nil {
		return nil, err
	}
	as.Device = w.Device
	before, err := load(t.conn, t.s.kinds, d.Num, op.Collection, op.ID)
	if err != nil {
		return nil, err
	}
	var rec *record.Record
	if before != nil {
		rec = before.rec
	}
	return record.Apply(rec, op, as, record.Arrival{Seq: d.seq + 1, Time: at}).Problem, nil
}

// holdAgain writes what is new about an op that stays in quarantine.
func (t *tx) holdAgain(d *tenant, r row, raw []byte, op *record.Op, out outcome, mended bool) error {
	p, err := json.Marshal(out.problem)
	if err != nil {
		return err
	}
	kindNum, id, making := r[8], r.blob(9), out.making
	if op != nil {
		kindNum, id = t.s.kinds.num(op.Collection), rawID(op.ID)
	} else {
		m := meant(raw)
		making = m.base == 0 && !m.withdraw
	}
	if mended {
		t.erased = true
	}
	if err := t.exec("UPDATE quarantine SET op = ?, sealed = 0, problem = ?, code = ?, kind = ?, id = ?, making = ?, receipt = ? WHERE num = ?",
		raw, string(p), out.problem.Code, kindNum, id, making, t.heldReceipt(raw), r.int(0)); err != nil {
		return err
	}
	if err := t.noteQuotes(d, r.int(0), raw); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM waits WHERE held = ?", r.int(0)); err != nil {
		return err
	}
	return t.waitFor(d, r.int(0), out.waits)
}
