package device

import (
	"context"
	"fmt"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// handInCopied hands in, under the old key, what the server may not have. A plain
// op that it does not keep goes under the new one.
func (d *Device) handInCopied(ctx context.Context) error {
	err := d.handOver(ctx, true, func(b *batch, a *wire.Ack) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		results := map[int64]*wire.Result{}
		for i := range a.Results {
			results[a.Results[i].N] = &a.Results[i]
		}
		var answered []*op
		if err := d.update(func(tx Tx, _ *own) error {
			for _, row := range d.ops[d.from(b.first):d.from(b.last+1)] {
				r := results[row.N]
				if !row.waits() || r == nil {
					continue
				}
				next := *row
				next.answer(r)
				next.lift()
				if !row.Sealed && r.Problem != nil && r.Problem.Code == record.Copied {
					tx.Put(shelfAgain, opKey(row.N), []byte(row.Raw))
				}
				answered = append(answered, &next)
			}
			return putOps(tx, answered)
		}); err != nil {
			return err
		}
		d.replace(answered)
		d.tell()
		return nil
	})
	if f := refusalOf(err); f != nil && f.Code == "unknown_device" {
		return d.noLongerCopied()
	}
	return err
}

// noLongerCopied: the server has forgotten the key, and so who else used it.
func (d *Device) noLongerCopied() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.update(func(_ Tx, o *own) error { o.Copied = false; return nil }); err != nil {
		return err
	}
	return fmt.Errorf("%w", ErrUnknown)
}
