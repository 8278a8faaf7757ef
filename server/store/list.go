package store

import (
	"context"

	"earshot/sync/record"
)

// Counts says how many records each collection of a DAT has, in the order of the
// schema.
func (s *Store) Counts(ctx context.Context, dat int64) ([]Count, error) {
	var out []Count
	err := s.read(ctx, func(v *snapshot) error {
		for _, c := range s.kinds.schema.Collections {
			r, err := v.one("SELECT records, gone FROM counts WHERE dat = ? AND kind = ?", dat, s.kinds.num(c))
			if err != nil {
				return err
			}
			n := Count{Collection: c.Name}
			if r != nil {
				n.Records, n.Gone = r.int(0), r.int(1)
			}
			out = append(out, n)
		}
		return nil
	})
	return out, err
}

// Record gives one record as it is now, all its fields; a gone one has Gone set.
func (s *Store) Record(ctx context.Context, dat int64, collection, id string) (*record.Record, error) {
	var rec *record.Record
	err := s.read(ctx, func(v *snapshot) error {
		c := s.kinds.schema.Collection(collection)
		if c == nil {
			return ErrNotFound
		}
		st, err := load(v.conn, s.kinds, dat, c, id)
		if err != nil {
			return err
		}
		if st == nil {
			return ErrNotFound
		}
		rec = st.rec
		return nil
	})
	return rec, err
}

// Each calls f with every record of a collection that is not gone, in the order
// in which they were made, out of one consistent state. While it runs it holds
// one of few reading connections: f does not wait for a client.
func (s *Store) Each(ctx context.Context, dat int64, collection string, f func(*record.Record) error) error {
	c := s.kinds.schema.Collection(collection)
	if c == nil {
		return ErrNotFound
	}
	return s.read(ctx, func(v *snapshot) error {
		return v.each("SELECT "+recordColumns+", id FROM records WHERE dat = ? AND kind = ? AND gone = 0 ORDER BY num", func(r row) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			st, err := scan(c, textID(r.blob(7)), r)
			if err != nil {
				return err
			}
			return f(st.rec)
		}, dat, s.kinds.num(c))
	})
}
