package storetest

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

func testSeeing(t *testing.T, open Open) {
	inWorld(t, open, "what is seen one by one is what a replica of the same reader holds", func(t *testing.T, w *World) {
		there := w.Elsewhere()
		there.Matter()
		phone, desk := w.Phone("volunteer"), w.Phone("coordinator")
		id := phone.View(m{"share": "summary"})
		phone.View(nil)
		phone.Push()
		w.do("view", id, m{"review": "accepted", "released": "2026-03-02", "summary": "A queue"})
		matter := w.Matter()
		w.doOp("matter", matter, m{"add": m{"said": []m{{"id": w.NewID(), "text": "long", "view": phone.View(nil)}}}})
		w.do("matter", w.NewID(), m{"title": "About staff", "level": "dat", "handling": "sensitive"})
		w.Is(desk.Change("view", id, 1, m{"set": m{"summary": "Another queue"}}), record.Kept)
		w.Is(phone.Change("view", phone.View(nil), 0, withdraw), record.Applied)
		for _, as := range []string{"volunteer", "volunteer2", "outreach", "coordinator", "manager", "lead", "admin"} {
			replica, seen := w.Replica(as).Catch(), 0
			for _, c := range programme.Schema().Collections {
				w.must(w.EachSeen(ctx, w.Reader(as), c.Name, func(rec *record.Record) error {
					seen++
					var fields map[string]any
					w.must(json.Unmarshal(record.AppendFields(nil, rec, ^record.Mask(0)), &fields))
					if held := replica.Get(c.Name, rec.ID); !reflect.DeepEqual(w.plain(held.F), fields) {
						t.Errorf("a %s sees of %s %s\n%v, and holds\n%v", as, c.Name, rec.ID, fields, held.F)
					}
					if rec.States != nil || rec.Made != (record.Write{}) {
						t.Errorf("a %s sees who wrote %s %s", as, c.Name, rec.ID)
					}
					return nil
				}))
			}
			if seen != len(replica.Records) {
				t.Errorf("a %s sees %d records and holds %d", as, seen, len(replica.Records))
			}
		}
	})

	t.Run("what has changed after a state comes whole, what is gone too, and nothing else", func(t *testing.T) {
		w := NewWorld(t, open, store.Options{})
		phone := w.Phone("volunteer")
		first, second := phone.View(nil), phone.View(nil)
		phone.Push()
		changed := func(since int64) (ids []string, seq int64) {
			seq, err := w.EachChanged(ctx, w.DAT.Num, []string{"desk"}, since, func(r *record.Record) error {
				if r.Gone == (r.ID == first) && r.V > since {
					ids = append(ids, r.ID)
				}
				return nil
			})
			w.must(err)
			return ids, seq
		}
		w.Is(phone.Change("view", first, 1, withdraw), record.Applied)
		all, seq := changed(0)
		if !slices.Contains(all, first) || !slices.Contains(all, second) {
			t.Errorf("%v has changed since the beginning", all)
		}
		if none, same := changed(seq); len(none) != 0 || same != seq {
			t.Errorf("nothing was done, and %v has changed", none)
		}
		w.do("view", second, m{"review": "accepted"})
		if one, later := changed(seq); len(one) != 1 || one[0] != second || later <= seq {
			t.Errorf("%v has changed when one was accepted", one)
		}
	})

	t.Run("who waits in the midst holds up nobody, and sees nothing more when they are no more who they were", func(t *testing.T) {
		w := NewWorld(t, open, store.Options{Readers: 1})
		const many = 2500
		var ops []*record.Op
		for range many {
			op, p := wire.DecodeOp(programme.Schema(), w.json(m{
				"c": "view", "r": w.NewID(), "at": w.Clock.Now().Format(time.RFC3339Nano), "base": 0, "schema": 1,
				"set": m{"service": w.Services[0], "method": "surv", "words": "x", "share": "team"},
			}), 1)
			if p != nil {
				t.Fatal(p)
			}
			ops = append(ops, op)
		}
		_, err := w.Do(ctx, w.DAT.Num, "", ops)
		w.must(err)
		desk := w.Members["coordinator"]
		r := w.Reader("coordinator")
		r.MemberV = w.V("member", desk)
		seen := 0
		count := func(*record.Record) error {
			if seen++; seen == many/2 {
				w.Matter()           // somebody else writes,
				w.V("dat", w.DAT.ID) // and reads
			}
			return nil
		}
		if w.must(w.EachSeen(ctx, r, "view", count)); seen != many {
			t.Fatalf("%d seen of %d", seen, many)
		}
		seen = 0
		err = w.EachSeen(ctx, r, "view", func(*record.Record) error {
			if seen++; seen == 1 {
				w.do("member", desk, m{"role": "lead"})
			}
			return nil
		})
		if !errors.Is(err, store.ErrStale) || seen == many {
			t.Fatalf("%d seen: %v", seen, err)
		}
	})

	inWorld(t, open, "whoever is no more who they were sees and finds nothing", func(t *testing.T, w *World) {
		w.Matter()
		lead := w.Members["lead"]
		r := w.Reader("lead")
		r.MemberV = w.V("member", lead)
		look := func() (seen int, err error) {
			t.Helper()
			err = w.EachSeen(ctx, r, "matter", func(*record.Record) error { seen++; return nil })
			_, _, found := w.Search(ctx, r, store.Search{Text: "opening", Most: 1})
			if errors.Is(err, store.ErrStale) != errors.Is(found, store.ErrStale) {
				t.Fatalf("seen: %v, found: %v", err, found)
			}
			return seen, err
		}
		if n, err := look(); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		w.do("member", lead, m{"role": "volunteer"})
		if n, err := look(); n != 0 || !errors.Is(err, store.ErrStale) {
			t.Fatal(n, err)
		}
	})
}

// plain is a value as JSON has it.
func (w *World) plain(v any) (out map[string]any) {
	w.Helper()
	w.must(json.Unmarshal(w.json(v), &out))
	return out
}
