package storetest

import (
	"slices"
	"testing"
	"time"

	"earshot/server/store"
	"earshot/sync/record"
)

func testAudit(t *testing.T, open Open) {
	inWorld(t, open, "each DAT has a chain of its own, in which each row follows from the one before", func(t *testing.T, w *World) {
		there := w.Elsewhere()
		w.Matter()
		there.Matter()
		w.must(w.Note(ctx, store.AuditRow{DAT: w.DAT.Num, Member: w.Members["lead"], What: "exported", Collection: "matter"}))
		for _, w := range []*World{w, there} {
			rows := w.audit(store.AuditQuery{Most: 1000})
			chain, err := w.AuditChain(ctx, w.DAT.Num)
			w.must(err)
			if chain.Broken != 0 || chain.Rows != int64(len(rows)) || chain.Head != rows[0].Hash {
				t.Fatalf("%+v of %d rows", chain, len(rows))
			}
			for i, a := range rows {
				before := [32]byte{}
				if i+1 < len(rows) {
					before = rows[i+1].Hash
				}
				if a.Num != int64(len(rows)-i) || a.Before != before {
					t.Fatalf("row %d: %+v", i, a)
				}
			}
		}
		w.Check()
	})

	inWorld(t, open, "rows are asked for by who, what, which and when, and come in pages", func(t *testing.T, w *World) {
		phone := w.Phone("volunteer")
		id := phone.View(nil)
		phone.Push()
		w.Clock.Move(24 * time.Hour)
		desk := w.Phone("coordinator")
		w.Is(desk.Set("view", id, m{"review": "accepted", "summary": "s"}), record.Applied)
		w.Is(desk.Change("view", phone.View(nil), 0, withdraw), record.Applied)
		noon := record.At(w.Clock.Now().Add(-12 * time.Hour))
		for name, c := range map[string]struct {
			q    store.AuditQuery
			want []string
		}{
			"a record": {store.AuditQuery{Record: id}, []string{"changed view", "made view"}},
			"a member": {store.AuditQuery{Member: w.Members["coordinator"]}, []string{"withdrawn view", "changed view", "device.enrolled "}},
			"a device": {store.AuditQuery{Device: phone.ID}, []string{"made view", "device.enrolled "}},
			"a kind":   {store.AuditQuery{What: "withdrawn"}, []string{"withdrawn view"}},
			"both":     {store.AuditQuery{What: "made", Collection: "view"}, []string{"made view"}},
			"since":    {store.AuditQuery{From: noon, Collection: "view"}, []string{"withdrawn view", "changed view"}},
			"until":    {store.AuditQuery{To: noon, Collection: "view"}, []string{"made view"}},
			"nobody":   {store.AuditQuery{Member: w.NewID()}, nil},
		} {
			var got []string
			for q := c.q; ; { // a page of one at a time
				q.DAT, q.Most = w.DAT.Num, 1
				rows, next, err := w.Audit(ctx, q)
				w.must(err)
				for _, a := range rows {
					got = append(got, a.What+" "+a.Collection)
				}
				if q.Before = next; next == 0 {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		if a := w.audit(store.AuditQuery{Record: id, Most: 1})[0]; !slices.Equal(a.Fields, []string{"summary", "review"}) && !slices.Equal(a.Fields, []string{"review", "summary"}) {
			t.Errorf("changed: %v", a.Fields)
		}
	})
}

func (w *World) audit(q store.AuditQuery) []store.AuditRow {
	w.Helper()
	q.DAT = w.DAT.Num
	rows, _, err := w.Audit(ctx, q)
	w.must(err)
	return rows
}
