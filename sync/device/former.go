package device

import (
	"context"
	"errors"
	"time"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// Enrol makes the device known to the server with an invitation's code. A
// device that was enrolled before keeps its key, and what it holds; one that was
// copied or revoked hands in what is left under its old key, and gets a new one.
// name is what the member calls the device.
func (d *Device) Enrol(ctx context.Context, code, name string) (Me, error) {
	k, fresh, err := d.leaveKey(ctx)
	defer d.stay()
	if err != nil {
		return Me{}, err
	}
	public, err := k.public()
	if err != nil {
		return Me{}, err
	}
	der, err := k.der()
	if err != nil {
		return Me{}, err
	}
	e, err := d.server.enrol(ctx, code, name, public)
	if err != nil {
		return Me{}, err
	}
	now, _ := record.ParseTime(e.Now)
	d.mu.Lock()
	defer d.mu.Unlock()
	other := e.Member != d.own.Me.Member
	if err := d.update(func(tx Tx, o *own) error {
		if fresh {
			*o = own{}
			tx.Clear(shelfOps)
		}
		if fresh || other {
			tx.Clear(shelfRecords)
			o.Epoch, o.Cursor, o.Read, o.Audiences = "", "", false, nil
		}
		o.Key, o.Me, o.Intake, o.Trouble = der, Me{e.Device, e.Member, e.Name, e.Role, e.DAT}, e.Intake, ""
		return nil
	}); err != nil {
		return Me{}, err
	}
	if fresh {
		d.forget(func(*op) bool { return true })
		d.singleUntil = 0
	}
	if fresh || other {
		d.sums, d.again = map[string]uint64{}, nil
	}
	d.key, d.token, d.moving = k, nil, false
	d.heard(now)
	if err := d.sealTo(e.Intake); err != nil {
		return Me{}, err
	}
	if err := d.renumber(); err != nil {
		return Me{}, err
	}
	d.tell()
	return d.own.Me, nil
}

// leaveKey gives the key to enrol with, and whether it is a new one: then all
// that was under the old one has been handed in, and no number is given meanwhile.
func (d *Device) leaveKey(ctx context.Context) (k key, fresh bool, err error) {
	d.mu.Lock()
	k = d.key
	none, copied, wiped := d.own.Key == nil, d.own.Copied, d.own.Wiped != 0
	d.moving = none || copied || wiped
	d.mu.Unlock()
	switch {
	case copied:
		err = d.handInCopied(ctx)
		if errors.Is(err, ErrUnknown) {
			return k, false, nil
		}
	case wiped:
		err = d.handInWiped(ctx)
	case !none:
		return k, false, nil
	}
	if err != nil {
		return k, false, err
	}
	k, err = newKey()
	return k, true, err
}

func (d *Device) stay() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.moving = false
}

// renumber hands in under the new key what was plain under a copied one. d.mu is held.
func (d *Device) renumber() error {
	var list []saving
	var aside [][]byte
	if err := d.o.Store.View(func(tx Tx) error {
		tx.Each(shelfAgain, "", func(key string, raw []byte) bool {
			o, p := wire.DecodeOp(d.o.Schema, raw, numberOf(key))
			if p != nil {
				aside = append(aside, raw)
			} else {
				list = append(list, saving{op: o})
			}
			return true
		})
		return nil
	}); err != nil || len(list)+len(aside) == 0 {
		return err
	}
	also := func(tx Tx) {
		tx.Clear(shelfAgain)
		for i, raw := range aside {
			tx.Put(shelfAside, d.own.Me.Device+"/again/"+opKey(int64(i)), raw)
		}
	}
	if len(list) == 0 {
		return d.o.Store.Update(func(tx Tx) error { also(tx); return nil })
	}
	_, err := d.save(list, also)
	return err
}

// wipe erases everything at once but the sealed ops that wait, and the key that
// they are handed in under. Plain ones stay in memory alone, to be tried once.
// It gives ErrRevoked.
func (d *Device) wipe() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var left []*op
	for _, o := range d.ops {
		if o.waits() {
			row := *o
			row.Held, row.Collection, row.ID, row.Withdraw = 0, "", "", false
			row.lift()
			left = append(left, &row)
		}
	}
	was := d.own
	if err := d.update(func(tx Tx, o *own) error {
		for _, shelf := range []string{shelfOps, shelfAside, shelfAgain, shelfRecords} {
			tx.Clear(shelf)
		}
		*o = own{
			Key: was.Key, Me: Me{Device: was.Me.Device}, Last: was.Last, Sent: was.Sent, Acked: was.Acked, Safe: was.Safe,
			Wiped: d.serverNow().Unix(), Trouble: "revoked",
		}
		for _, row := range left {
			if row.Sealed {
				if err := putOp(tx, row); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		return err
	}
	d.ops, d.about, d.sums, d.sealer, d.again = left, map[string][]int64{}, map[string]uint64{}, nil, nil
	d.token = nil // the next one is good for handing in alone
	d.tell()
	return ErrRevoked
}

// handInWiped hands in what a revoked device still holds, for a coordinator to
// look at. Then, or after 35 days, nothing of it is left.
func (d *Device) handInWiped(ctx context.Context) error {
	d.mu.Lock()
	late := d.serverNow().After(time.Unix(d.own.Wiped, 0).Add(keepFor))
	none := d.own.Wiped == 0
	d.mu.Unlock()
	if none {
		return nil
	}
	if !late {
		if err := d.handOver(ctx, false, func(_ *batch, a *wire.Ack) error { return d.ackWiped(a.Acked) }); err != nil {
			return errors.Join(err, d.forgetPlain())
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.o.Store.Update(func(tx Tx) error {
		for _, shelf := range []string{shelfOwn, shelfOps, shelfAside, shelfAgain, shelfRecords} {
			tx.Clear(shelf)
		}
		return nil
	}); err != nil {
		return err
	}
	d.own, d.key, d.token = own{}, key{}, nil
	d.forget(func(*op) bool { return true })
	d.tell()
	return nil
}

// ackWiped erases what the server has.
func (d *Device) ackWiped(acked int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.update(func(tx Tx, o *own) error {
		o.Acked = acked
		for _, row := range d.ops {
			if row.N <= acked {
				tx.Delete(shelfOps, opKey(row.N))
			}
		}
		return nil
	}); err != nil {
		return err
	}
	d.forget(func(o *op) bool { return o.N <= acked })
	d.tell()
	return nil
}

// forgetPlain ends the one try that plain ops of a revoked device have.
func (d *Device) forgetPlain() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget(func(o *op) bool { return !o.Sealed })
	d.tell()
	return nil
}
