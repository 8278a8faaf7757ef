package store

import (
	"context"

	"earshot/sync/record"
)

// EachChanged calls f with every record of some audiences that has changed after a
// seq (0: with every one), whole as the server has it, withdrawn ones too, and
// gives the DAT's last seq: what to ask after the next time. What has moved out of
// an audience comes as well, and what is in several comes as often. f is called out of one consistent state, and while it
// runs it holds one of few reading connections: it does not wait for a client.
func (s *Store) EachChanged(ctx context.Context, dat int64, audiences []string, since int64, f func(*record.Record) error) (seq int64, err error) {
	err = s.read(ctx, func(v *snapshot) error {
		at, err := v.one("SELECT seq FROM dats WHERE num = ?", dat)
		if err == nil && at == nil {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		seq = at.int(0)
		for _, audience := range audiences {
			if err := v.eachChanged(ctx, dat, audience, since, f); err != nil {
				return err
			}
		}
		return nil
	})
	return seq, err
}

func (v *snapshot) eachChanged(ctx context.Context, dat int64, audience string, since int64, f func(*record.Record) error) error {
	a, err := v.one("SELECT num FROM audiences WHERE dat = ? AND name = ?", dat, audience)
	if a == nil || err != nil {
		return err // one without a number has never had a record
	}
	for _, class := range []int{streamSmall, streamRest, streamAway} {
		err := v.each("SELECT r."+recordColumnsOf+", r.id, r.kind FROM feed f JOIN records r ON r.num = f.record WHERE f.stream = ? AND f.seq > ?+0 ORDER BY f.seq",
			func(r row) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				k := v.s.kinds.byNum[r.int(8)]
				if k == nil {
					return nil // a collection that this release does not have
				}
				st, err := scan(k.Collection, textID(r.blob(7)), r)
				if err != nil {
					return err
				}
				return f(st.rec)
			}, stream(a.int(0), class), since)
		if err != nil {
			return err
		}
	}
	return nil
}
