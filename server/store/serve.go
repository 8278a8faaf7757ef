package store

import (
	"context"
	"fmt"

	"earshot/server/programme"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// serverDevice is the built-in device of what the server does by itself.
const serverDevice = "server"

// maxFollow is how deep what follows from a change may follow. The programme's
// rules end after two or three; more is a bug in them.
const maxFollow = 16

func server(actor string) who {
	return who{Writer: record.Writer{Device: serverDevice, Member: serverDevice, Server: true}, actor: actor}
}

// Do applies ops as the built-in device "server", each whole or not at all, all
// in one commit: imports, the demonstration, commands, and what the server does
// by itself. actor is the member in whose name it is done, "" for the server's
// own; it goes into the audit, not into the ops. N, Base and At are filled in
// here: Base is the record's present v. Refused ops are not put in quarantine;
// their results say why. N of a result counts the ops from 1.
func (s *Store) Do(ctx context.Context, dat int64, actor string, ops []*record.Op) ([]wire.Result, error) {
	var results []wire.Result
	err := s.submit(ctx, 1+len(ops), func(t *tx, r *request) error {
		d, err := t.tenant(dat)
		if err == ErrNotFound {
			r.err = err
			return nil
		}
		if err != nil {
			return err
		}
		results = make([]wire.Result, 0, len(ops))
		for i, op := range ops {
			out, err := t.serve(d, actor, op)
			if err != nil {
				return err
			}
			results = append(results, wire.Result{N: int64(i + 1), Status: out.status, Seq: out.seq, Problem: out.problem})
			if err := t.wake(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// serve applies an op of the server: its number, base and time are filled in here.
func (t *tx) serve(d *tenant, actor string, op *record.Op) (outcome, error) {
	return t.serveFor(d, actor, op, 0)
}

// serveAt is serve of something that was so at a time that has passed.
func (t *tx) serveAt(d *tenant, op *record.Op, at record.Time) (outcome, error) {
	return t.serveFor(d, "", op, at)
}

func (t *tx) serveFor(d *tenant, actor string, op *record.Op, at record.Time) (outcome, error) {
	own := *op
	// Taken before the op takes effect: what follows from it has numbers of its own.
	d.n++
	own.N, own.Base = d.n, 0
	if r, err := t.one("SELECT v FROM records WHERE id = ? AND kind = ? AND dat = ?",
		rawID(op.ID), t.s.kinds.num(op.Collection), d.Num); err != nil {
		return outcome{}, err
	} else if r != nil {
		own.Base = r.int(0)
	}
	// Later than everything of this commit so far, since it has seen all of it.
	own.At = d.high + 1
	if at > 0 {
		past, err := t.timeOf(d, own.Base, at, 0)
		if err != nil {
			return outcome{}, err
		}
		own.At = past
	}
	out, err := t.take(d, server(actor), &own, own.At)
	if err == nil && out.status == record.Refused {
		d.n-- // nothing follows from what is refused
	}
	return out, err
}

// follow applies what the programme does because of a change.
func (t *tx) follow(d *tenant, before *stored, rec *record.Record, op *record.Op, at record.Time) error {
	l := &look{t: t, d: d}
	var was *record.Record
	if before != nil {
		was = before.rec
	}
	ops := programme.Follow(was, rec, op, l)
	if l.err != nil {
		return l.err
	}
	if len(ops) == 0 {
		return nil
	}
	if d.depth++; d.depth > maxFollow {
		return fmt.Errorf("what follows from a change of a %s does not end", rec.Collection.Name)
	}
	defer func() { d.depth-- }()
	for i := range ops {
		out, err := t.serve(d, "", &ops[i])
		if err != nil {
			return err
		}
		if out.status == record.Refused {
			t.s.o.Log.Error("what follows from a change was refused",
				"collection", ops[i].Collection.Name, "code", out.problem.Code, "field", out.problem.Field)
		}
	}
	return nil
}

// look is how the programme sees the records in the middle of a commit.
type look struct {
	t   *tx
	d   *tenant
	err error
}

func (l *look) Now() record.Time { return l.d.high }

func (l *look) Record(collection, id string) *record.Record {
	c := l.t.s.kinds.schema.Collection(collection)
	if c == nil || l.err != nil {
		return nil
	}
	st, err := load(l.t.conn, l.t.s.kinds, l.d.Num, c, id)
	if err != nil {
		l.err = err
	}
	if st == nil {
		return nil
	}
	return st.rec
}

func (l *look) Pointing(collection, field, id string) []*record.Record {
	c := l.t.s.kinds.schema.Collection(collection)
	num := l.t.s.kinds.fields[collection+"."+field]
	if c == nil || num == 0 || l.err != nil {
		return nil
	}
	rows, err := l.t.all(pointingRows, l.d.Num, num, rawID(id))
	if err != nil {
		l.err = err
		return nil
	}
	var out []*record.Record
	for _, r := range rows {
		st, err := scan(c, textID(r.blob(7)), r)
		if err != nil {
			l.err = err
			return nil
		}
		out = append(out, st.rec)
	}
	return out
}

// recordColumnsOf is recordColumns of a table that goes by r, after "r.".
const recordColumnsOf = "num, r.v, r.gone, r.grants, r.made, r.fields, r.state"

// pointingRows gives recordColumns and the id of what names a target.
const pointingRows = "SELECT r." + recordColumnsOf + `, r.id
	FROM pointers p JOIN records r ON r.num = p.record
	WHERE p.dat = ?+0 AND p.field = ?+0 AND p.target = ifnull(?, 0) ORDER BY p.record`
