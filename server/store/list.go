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

// Audit gives up to limit rows of the audit of a DAT before row num (0: the
// newest), newest first.
func (s *Store) Audit(ctx context.Context, dat, before int64, limit int) ([]AuditRow, error) {
	if before <= 0 {
		before = 1 << 62
	}
	var out []AuditRow
	err := s.read(ctx, func(v *snapshot) error {
		return v.each(`SELECT a.num, a.at, coalesce(d.id, ''), a.member, a.seq, n.name, a.record FROM audit a
			JOIN names n ON n.num = a.what LEFT JOIN devices d ON d.num = a.device
			WHERE a.dat = ? AND a.num < ? ORDER BY a.num DESC LIMIT ?`, func(r row) error {
			a := AuditRow{Num: r.int(0), DAT: dat, At: record.Time(r.int(1)), Device: r.str(2), Member: r.str(3), Seq: r.int(4), Record: textID(r.blob(6))}
			if a.Device == "" {
				a.Device = serverDevice
			}
			a.What, a.Collection, a.Fields = parseAudit(r.str(5))
			out = append(out, a)
			return nil
		}, dat, before, limit)
	})
	return out, err
}
