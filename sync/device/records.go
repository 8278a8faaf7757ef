package device

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"earshot/sync/record"
	"earshot/sync/wire"
)

// A Record is one record as it is seen here: as the server sent it, with this
// device's own plain ops laid over it until they come back.
type Record struct {
	Collection, ID string
	V              int64    // 0 for one that was made here and never received
	Audiences      []string // of this member, that it is in
	Fields         map[string]jsontext.Value
	// Losers are the values that others won against, by field, until somebody
	// settles it.
	Losers map[string][]wire.Loser
	// Pending says that something of it is this device's own word alone.
	Pending bool
}

// Text gives the text of a field that holds one, "" for any other.
func (r *Record) Text(field string) string {
	var s string
	if json.Unmarshal(r.Fields[field], &s) != nil {
		return ""
	}
	return s
}

// Decode reads the fields into v, a struct or map.
func (r *Record) Decode(v any) error {
	b, err := json.Marshal(r.Fields)
	if err != nil {
		return fmt.Errorf("device: a record's fields: %w", err)
	}
	return json.Unmarshal(b, v)
}

// Records gives those of a collection that may be seen here: by id, and those
// made here that the server has not sent yet behind them.
func (d *Device) Records(collection string) ([]Record, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Record
	var bad error
	received := map[string]bool{}
	if err := d.o.Store.View(func(tx Tx) error {
		tx.Each(shelfRecords, collection+"/", func(key string, held []byte) bool {
			received[key] = true
			var r *Record
			if r, bad = d.shown(key, held); r != nil {
				out = append(out, *r)
			}
			return bad == nil
		})
		return bad
	}); err != nil {
		return nil, err
	}
	for _, o := range d.ops {
		key := recordKey(o.Collection, o.ID)
		if o.plain == nil || o.Collection != collection || received[key] {
			continue
		}
		received[key] = true
		r, err := d.shown(key, nil)
		if err != nil {
			return nil, err
		}
		if r != nil {
			out = append(out, *r)
		}
	}
	return out, nil
}

// Record gives one record; nil where there is none to be seen here.
func (d *Device) Record(collection, id string) (*Record, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := recordKey(collection, id)
	var held []byte
	if err := d.o.Store.View(func(tx Tx) error {
		held = tx.Get(shelfRecords, key)
		return nil
	}); err != nil {
		return nil, err
	}
	return d.shown(key, held)
}

// shown gives a record with what lies over it; nil where nothing is to be seen.
// held is as it was received, nil for never. d.mu is held.
func (d *Device) shown(key string, held []byte) (*Record, error) {
	var under *wire.Record
	if held != nil {
		var err error
		if under, err = wire.DecodeRecord(held); err != nil {
			return nil, fmt.Errorf("device: read the store: %w", err)
		}
	}
	var rec *record.Record
	laid := false
	for _, o := range d.over(key) {
		if o.plain == nil {
			continue
		}
		if under != nil && !laid {
			var err error
			if rec, err = whole(o.plain.Collection, under); err != nil {
				return nil, fmt.Errorf("device: read the store: %w", err)
			}
		}
		laid = true
		rec = record.Lay(rec, o.plain, record.Writer{Device: d.own.Me.Device, Member: d.own.Me.Member, Role: d.own.Me.Role})
	}
	switch {
	case laid:
		return pending(rec, under), nil
	case under == nil:
		return nil, nil
	}
	r := &Record{Collection: under.Collection, ID: under.ID, V: under.V, Audiences: under.Audiences, Losers: under.Losers}
	if len(under.Fields) > 0 {
		if err := json.Unmarshal(under.Fields, &r.Fields); err != nil {
			return nil, fmt.Errorf("device: read the store: %w", err)
		}
	}
	return r, nil
}

// whole makes of a record as it came one that ops can be laid over.
func whole(c *record.Collection, r *wire.Record) (*record.Record, error) {
	rec := &record.Record{Collection: c, ID: r.ID, V: r.V}
	fields := record.Value("{}")
	var err error
	if len(r.Fields) > 0 {
		if fields, err = wire.Canonical(r.Fields); err != nil {
			return nil, err
		}
	}
	if rec.Fields, err = record.ParseFields(c, []byte(fields)); err != nil {
		return nil, err
	}
	if len(r.Losers) == 0 {
		return rec, nil
	}
	k, err := json.Marshal(r.Losers)
	if err != nil {
		return nil, err
	}
	losers, err := wire.Canonical(k)
	if err != nil {
		return nil, err
	}
	return rec, record.ParseLosers(rec, []byte(losers))
}

// pending gives a record that something lies over.
func pending(rec *record.Record, under *wire.Record) *Record {
	if rec == nil || rec.Gone {
		return nil
	}
	r := &Record{
		Collection: rec.Collection.Name, ID: rec.ID, V: rec.V, Pending: true,
		Fields: map[string]jsontext.Value{}, Losers: map[string][]wire.Loser{},
	}
	if under != nil {
		r.Audiences = under.Audiences
	}
	for i, v := range rec.Fields {
		name := rec.Collection.Fields[i].Name
		if !v.Absent() {
			r.Fields[name] = jsontext.Value(v)
		}
		for _, l := range rec.Losers(i) {
			loser := wire.Loser{Value: jsontext.Value(l.Value), By: l.Member, N: l.N, Device: l.Device}
			if l.Time != 0 {
				loser.At = l.Time.String()
			}
			r.Losers[name] = append(r.Losers[name], loser)
		}
	}
	return r
}
