package store

import (
	"context"

	"earshot/sync/record"
)

// span is how many rows of records are looked at in one read of [Store.EachSeen].
const span = 2000

// EachSeen calls f with every record of a collection that is not gone and that the
// reader may see, in the order in which they were made: the fields that they are
// let through, and no kept values.
//
// It reads some at a time and calls f in between, so that f may wait for a client.
// So this is not one state of the whole: each record is whole, one that is made
// meanwhile may come or not, and one that is taken back meanwhile comes no more. It
// ends with ErrStale where the reader is no more who they were.
func (s *Store) EachSeen(ctx context.Context, r Reader, collection string, f func(*record.Record) error) error {
	c := s.kinds.schema.Collection(collection)
	if c == nil {
		return ErrNotFound
	}
	k, last := s.kinds.of(c), int64(-1)
	for after := int64(0); last < 0 || after < last; after += span {
		var seen []*record.Record
		err := s.read(ctx, func(v *snapshot) error {
			if last < 0 {
				end, err := v.one("SELECT coalesce(max(num), 0) FROM records")
				if err != nil {
					return err
				}
				last = end.int(0)
			}
			b, err := v.looking(r)
			if err != nil {
				return err
			}
			return v.each("SELECT "+recordColumns+", id FROM records WHERE num > ?+0 AND num <= ?+0 AND dat = ? AND kind = ? AND gone = 0 ORDER BY num",
				func(row row) error {
					visible, in := b.sees(row.blob(3))
					if !in {
						return nil
					}
					st, err := scan(c, textID(row.blob(7)), row)
					if err != nil {
						return err
					}
					rec, err := through(k, st.rec, visible)
					seen = append(seen, rec)
					return err
				}, after, after+span, r.DAT, k.num)
		})
		if err != nil {
			return err
		}
		for _, rec := range seen {
			if err := f(rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// through gives of a record what is let through, and nothing of who wrote it.
func through(k *kind, rec *record.Record, visible record.Mask) (*record.Record, error) {
	out := &record.Record{Collection: rec.Collection, ID: rec.ID, V: rec.V, Fields: rec.Fields}
	if visible&k.whole == k.whole {
		return out, nil
	}
	var err error
	out.Fields, err = record.ParseFields(k.Collection, record.AppendFields(nil, rec, visible))
	return out, err
}
