package store

import (
	"context"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// heldBytes is how much of the quarantine is in memory at a time, in bytes, or one op.
const heldBytes = 1 << 20

// EachHeld calls f with the refused ops of a DAT, oldest first. There may be more
// of them than memory holds, and f may wait for a client: between two handfuls
// nothing is held. What is never sent to anybody is left out of each op.
func (s *Store) EachHeld(ctx context.Context, dat int64, f func(*Held) error) error {
	for after := int64(0); ; {
		list, err := s.someHeld(ctx, dat, after)
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			if err := f(&list[i].Held); err != nil {
				return err
			}
			after = list[i].num
		}
	}
}

type heldRow struct {
	Held
	num int64
}

func (s *Store) someHeld(ctx context.Context, dat, after int64) (list []heldRow, err error) {
	size := 0
	err = s.read(ctx, func(v *snapshot) error {
		return v.each(`SELECT q.num, q.n, q.came, q.op, q.sealed, q.problem, d.id, d.member
			FROM quarantine q JOIN devices d ON d.num = q.device WHERE q.dat = ? AND q.num > ? ORDER BY q.num`,
			func(r row) error {
				h := heldRow{num: r.int(0), Held: Held{
					ID: strconv.FormatInt(r.int(0), 10), DAT: dat, N: r.int(1), At: record.Time(r.int(2)),
					Op: withoutReceipt(r.blob(3)), Sealed: r.int(4) != 0, Device: r.str(6), Member: r.str(7),
				}}
				if err := json.Unmarshal([]byte(r.str(5)), &h.Problem); err != nil {
					return errBroken
				}
				list = append(list, h)
				if size += len(h.Op); size >= heldBytes {
					return errStop
				}
				return nil
			}, dat, after)
	})
	return list, err
}

// withoutReceipt gives an op without the receipt of the record that it makes: the
// server sends that to nobody.
func withoutReceipt(op []byte) []byte {
	if receiptIn(op) == "" {
		return op
	}
	return redacted(op, map[string]record.Value{receiptField: ""})
}

// withReceipt gives a mended op the receipt of the one that it takes the place of,
// which whoever mended it was not sent, where it still makes what has one.
func (k *kinds) withReceipt(mended, held []byte) []byte {
	code := receiptIn(held)
	if c := k.schema.Collection(meant(mended).collection); c == nil || c.Field(receiptField) < 0 {
		return mended
	}
	op, set := map[string]jsontext.Value{}, map[string]jsontext.Value{}
	if code == "" || json.Unmarshal(mended, &op) != nil || json.Unmarshal(op["set"], &set) != nil {
		return mended
	}
	if _, said := set[receiptField]; said {
		return mended
	}
	set[receiptField] = jsontext.Value(record.Text(code))
	var err error
	if op["set"], err = json.Marshal(set, lenient); err != nil {
		return mended
	}
	whole, err := json.Marshal(op, lenient)
	if err != nil {
		return mended
	}
	return whole
}

// Mend puts a mended op in the place of a quarantined one: it takes effect as
// its own device's op n, with the time of its first arrival, and the mender in
// the audit. Where the mended op is refused too, it stays in quarantine with the
// new problem, which is the result; one that would say who may do what beyond the
// mender's own rights leaves what was held as it was.
func (s *Store) Mend(ctx context.Context, dat int64, id, mender string, raw []byte) (wire.Result, error) {
	var res wire.Result
	err := s.write(ctx, func(t *tx) error {
		d, r, err := t.heldOf(dat, id)
		if err != nil {
			return err
		}
		out, err := t.retry(d, r, t.s.kinds.withReceipt(raw, r.blob(7)), mender)
		if err != nil {
			return err
		}
		res = wire.Result{N: r.int(2), Status: out.status, Seq: out.seq, Problem: out.problem}
		if err := t.auditHeld(d, r, mender, "quarantine.mended", out.seq); err != nil {
			return err
		}
		return t.wake(d)
	})
	return res, err
}

// Discard takes an op out of the quarantine for good. The reason is not kept: it
// might repeat what the op said.
func (s *Store) Discard(ctx context.Context, dat int64, id, actor, reason string) error {
	return s.write(ctx, func(t *tx) error {
		d, r, err := t.heldOf(dat, id)
		if err != nil {
			return err
		}
		t.erased = true
		if err := t.release(r.int(0), r.int(1)); err != nil {
			return err
		}
		if err := t.auditHeld(d, r, actor, "quarantine.discarded", 0); err != nil {
			return err
		}
		d.woken = append(d.woken, textID(r.blob(9)))
		return t.wake(d)
	})
}

// heldOf gives an op in quarantine by the id that it goes by outside.
func (t *tx) heldOf(dat int64, id string) (*tenant, row, error) {
	num, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, nil, ErrNotFound
	}
	d, err := t.tenant(dat)
	if err != nil {
		return nil, nil, err
	}
	r, err := t.one("SELECT "+heldColumns+" FROM quarantine q WHERE q.num = ? AND q.dat = ?", num, dat)
	if err == nil && r == nil {
		err = ErrNotFound
	}
	return d, r, err
}

// auditHeld notes what a person did with an op in quarantine.
func (t *tx) auditHeld(d *tenant, r row, member, what string, seq int64) error {
	dev, err := t.deviceNum(r.int(1))
	if err != nil {
		return err
	}
	collection := ""
	if k := t.s.kinds.byNum[rowKind(r[8])]; k != nil {
		collection = k.Name
	}
	return t.audit(AuditRow{
		DAT: d.Num, Device: dev.ID, Member: member, What: what, Collection: collection, Record: textID(r.blob(9)), Seq: seq,
	})
}

func rowKind(v any) int64 { n, _ := v.(int64); return n }

// TryAgain tries quarantined ops again that an earlier start could not open, or
// that an earlier release did not know. The server calls it at each start, so it
// writes only where something has become of one.
func (s *Store) TryAgain(ctx context.Context, open Opener) (taken int, err error) {
	var nums []row
	if err := s.read(ctx, func(v *snapshot) error {
		nums, err = v.all(`SELECT num, dat FROM quarantine WHERE code IN (?, ?, ?, ?) ORDER BY device, n`,
			record.Unopened, record.NewerSchema, record.UnknownKind, record.UnknownField)
		return err
	}); err != nil {
		return 0, err
	}
	for _, r := range nums {
		num, dat := r.int(0), r.int(1)
		plain, news, err := s.readable(ctx, num, open)
		if err != nil {
			return taken, err
		}
		if !news {
			continue
		}
		err = s.write(ctx, func(t *tx) error {
			d, r, err := t.heldOf(dat, strconv.FormatInt(num, 10))
			if err != nil {
				return err
			}
			if r.int(5) != 0 {
				return t.opened(d, r, plain)
			}
			out, err := t.retry(d, r, plain, "")
			if err != nil {
				return err
			}
			if out.status != record.Refused {
				taken++
			}
			return t.wake(d)
		})
		if err != nil && err != ErrNotFound { // something else has just taken it out
			return taken, err
		}
	}
	return taken, nil
}

// readable looks at an op in quarantine: whether a seal opens now, or what could
// not be read for another reason can be, or can't for another one. plain is what a
// seal opened to.
func (s *Store) readable(ctx context.Context, num int64, open Opener) (plain []byte, news bool, err error) {
	var r row
	err = s.read(ctx, func(v *snapshot) error {
		r, err = v.one(`SELECT q.op, q.sealed, q.n, q.code, d.id FROM quarantine q JOIN devices d ON d.num = q.device WHERE q.num = ?`, num)
		return err
	})
	if err != nil || r == nil {
		return nil, false, err
	}
	if r.int(1) == 0 {
		_, problem := wire.DecodeOp(s.kinds.schema, r.blob(0), r.int(2))
		return nil, problem == nil || problem.Code != r.str(3), nil
	}
	var seal struct {
		Key    string `json:"key"`
		Sealed string `json:"sealed"`
	}
	if json.Unmarshal(r.blob(0), &seal, jsontext.AllowDuplicateNames(true)) != nil {
		return nil, false, nil
	}
	if plain, err = open(seal.Key, seal.Sealed, r.str(4), r.int(2)); err != nil {
		return nil, false, nil // it still does not open: it stays as it is
	}
	return plain, true, nil
}

// opened notes what an op of a copied push turned out to be. It does not take
// effect by itself: the coordinator looks at it.
func (t *tx) opened(d *tenant, r row, plain []byte) error {
	if plain == nil {
		return nil
	}
	return t.holdAgain(d, r, plain, nil, refused(&record.Problem{
		Code:    record.Copied,
		Message: "This came from a device that was copied or set back. The coordinator can look at it.",
	}), false)
}
