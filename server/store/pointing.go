package store

import (
	"context"

	"earshot/sync/record"
)

// Pointing gives the records of a collection that name this id in an indexed
// field, in the order in which they were made, gone ones left out.
func (s *Store) Pointing(ctx context.Context, dat int64, collection, field, id string) ([]*record.Record, error) {
	c, num := s.kinds.schema.Collection(collection), s.kinds.fields[collection+"."+field]
	raw := rawID(id)
	if c == nil || num == 0 || raw == nil {
		return nil, ErrNotFound
	}
	var found []*record.Record
	err := s.read(ctx, func(n *snapshot) error {
		rows, err := n.all("SELECT r."+recordColumnsOf+`, r.id FROM pointers p JOIN records r ON r.num = p.record
			WHERE p.dat = ? AND p.field = ? AND p.target = ? AND r.gone = 0 ORDER BY p.record`, dat, num, raw)
		if err != nil {
			return err
		}
		for _, r := range rows {
			st, err := scan(c, textID(r.blob(7)), r)
			if err != nil {
				return err
			}
			found = append(found, st.rec)
		}
		return nil
	})
	return found, err
}
