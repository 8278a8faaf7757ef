package device

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"earshot/sync/wire"
)

// againAfter is how long an audience is not read again, in seconds, however its
// sum stands.
const againAfter = 24 * 60 * 60

// What a page may come to beside being stored. The connection begins anew.
var (
	// errAstray: a sum is another than the server's, so an audience is read again.
	errAstray = errors.New("device: what is held has drifted from the server")
	// errNotNext: the page does not follow what is held.
	errNotNext = errors.New("device: the page does not follow what is held")
)

// page stores a page and its cursor in one transaction, with what the news does
// to this device's own ops. epoch is the server's.
func (d *Device) page(c *wire.Changes, epoch string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.After != d.own.Cursor {
		return errNotNext
	}
	p := paging{changes{d: d}, nil, maps.Clone(d.sums)}
	var astray []string
	drifted := false
	if err := d.update(func(tx Tx, o *own) error {
		p.tx = tx
		if err := p.drop(c.Dropped); err != nil {
			return err
		}
		if err := wire.DecodeRecords(c.Records, p.record); err != nil {
			return fmt.Errorf("device: read a page: %w", err)
		}
		if !c.More {
			p.readEnds(!o.Read)
			o.Read = true
		}
		o.Epoch, o.Cursor = epoch, c.Cursor
		if !c.More {
			drifted, astray = p.compare(c.Sums, o)
		}
		return putOps(tx, p.rows)
	}); err != nil {
		return err
	}
	d.sums = p.sums
	d.replace(p.rows)
	d.again = slices.DeleteFunc(d.again, func(a string) bool { return slices.Contains(c.Dropped, a) })
	d.tell()
	if drifted {
		d.o.Log.Warn("what is held has drifted from the server", "audiences", len(astray))
	}
	if len(astray) > 0 {
		d.again = append(d.again, astray...)
		return errAstray
	}
	return nil
}

// A paging is one page on its way into the store.
type paging struct {
	changes
	tx   Tx
	sums map[string]uint64
}

// count adds a record to the sums of its audiences, or with sign -1 takes it away.
func count(sums map[string]uint64, r *wire.Record, sign int) {
	digest := wire.Digest(r.Collection, r.ID, r.V) * uint64(sign)
	for _, a := range r.Audiences {
		sums[a] += digest
	}
}

// remove takes a record out, and gives whether it was there.
func (p *paging) remove(key string) error {
	held := p.tx.Get(shelfRecords, key)
	if held == nil {
		return nil
	}
	r, err := wire.DecodeRecord(held)
	if err != nil {
		return fmt.Errorf("device: read the store: %w", err)
	}
	count(p.sums, r, -1)
	p.tx.Delete(shelfRecords, key)
	return nil
}

// drop removes every record that is held through one of these audiences. What of
// this device's own ops lay over them is for others to see.
func (p *paging) drop(audiences []string) error {
	if len(audiences) == 0 {
		return nil
	}
	var keys []string
	var bad error
	p.tx.Each(shelfRecords, "", func(key string, held []byte) bool {
		var r *wire.Record
		if r, bad = wire.DecodeRecord(held); bad != nil {
			return false
		}
		if slices.ContainsFunc(r.Audiences, func(a string) bool { return slices.Contains(audiences, a) }) {
			keys = append(keys, key)
		}
		return true
	})
	if bad != nil {
		return fmt.Errorf("device: read the store: %w", bad)
	}
	for _, key := range keys {
		if err := p.remove(key); err != nil {
			return err
		}
		p.lift(key, forAll)
	}
	return nil
}

// forAll is a version that every answered op has come to.
const forAll = 1<<63 - 1

// record stores one record of the page, or removes it.
func (p *paging) record(r *wire.Record) error {
	key := recordKey(r.Collection, r.ID)
	if err := p.remove(key); err != nil {
		return err
	}
	switch {
	case r.Gone:
		p.erase(key)
		p.lift(key, forAll)
	case r.Out:
		p.lift(key, forAll)
	default:
		p.tx.Put(shelfRecords, key, r.Append(nil))
		count(p.sums, r, 1)
		p.lift(key, r.V)
	}
	return nil
}

// readEnds lifts what the server has answered and did not send: it is for others to
// see. In a first read that is all; later it is what was answered before this
// connection began, since what comes over it is newer than that.
func (p *paging) readEnds(first bool) {
	for key := range p.d.about {
		if p.tx.Get(shelfRecords, key) != nil {
			continue
		}
		for _, o := range p.d.over(key) {
			if o.Laid && o.Answered && (first || o.Seq > 0 && o.N <= p.d.greeted) {
				p.of(o).lift()
			}
		}
	}
}

// compare gives whether any sum is another than the server's, and the audiences
// that are to be read again: each once a day.
func (p *paging) compare(sums map[string]string, o *own) (drifted bool, again []string) {
	now := p.d.serverNow().Unix()
	for audience, want := range sums {
		if strconv.FormatUint(p.sums[audience], 10) == want {
			continue
		}
		drifted, o.Trouble = true, "sums"
		if last, ever := o.Again[audience]; ever && now-last < againAfter {
			continue
		}
		o.Again = maps.Clone(o.Again)
		if o.Again == nil {
			o.Again = map[string]int64{}
		}
		o.Again[audience] = now
		again = append(again, audience)
	}
	slices.Sort(again)
	return drifted, again
}

// reset forgets every record and the cursor, never the outbox.
func (d *Device) reset(epoch string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.update(func(tx Tx, o *own) error {
		tx.Clear(shelfRecords)
		o.Epoch, o.Cursor, o.Read = epoch, "", false
		return nil
	}); err != nil {
		return err
	}
	d.sums = map[string]uint64{}
	d.tell()
	return nil
}

// version gives the version of a record as it was last received; 0 for never.
func (d *Device) version(collection, id string) (v int64, err error) {
	err = d.o.Store.View(func(tx Tx) error {
		v = versionIn(tx, recordKey(collection, id))
		return nil
	})
	return v, err
}

func versionIn(tx Tx, key string) int64 {
	held := tx.Get(shelfRecords, key)
	if held == nil {
		return 0
	}
	r, err := wire.DecodeRecord(held)
	if err != nil {
		return 0
	}
	return r.V
}
