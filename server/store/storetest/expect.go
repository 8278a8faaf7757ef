package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"earshot/server/store"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// Is fails the test where an op became something else.
func (w *World) Is(r wire.Result, want record.Status) wire.Result {
	w.Helper()
	if r.Status != want {
		w.Fatalf("op %d: %v %v, want %v", r.N, r.Status, r.Problem, want)
	}
	if (r.Seq > 0) != (want <= record.Kept) && want != record.Same {
		w.Fatalf("op %d: %v with seq %d", r.N, r.Status, r.Seq)
	}
	return r
}

// Refused fails the test where an op was not refused for this reason.
func (w *World) Refused(r wire.Result, code string) wire.Result {
	w.Helper()
	if r.Status != record.Refused || r.Problem == nil || r.Problem.Code != code {
		w.Fatalf("op %d: %v %v, want refused %s", r.N, r.Status, r.Problem, code)
	}
	if r.Seq != 0 || r.Problem.Message == "" {
		w.Fatalf("op %d: refused with seq %d, message %q", r.N, r.Seq, r.Problem.Message)
	}
	return r
}

// Get gives a record as it stands, or nil where there is none.
func (w *World) Get(collection, id string) *record.Record {
	w.Helper()
	rec, err := w.Record(ctx, w.DAT.Num, collection, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	w.must(err)
	return rec
}

// Has fails the test where a field of a record is not this, as JSON ("" where
// nothing stands), or has other kept values beside it, the latest first.
func (w *World) Has(collection, id, field, want string, losers ...string) {
	w.Helper()
	rec := w.Get(collection, id)
	if rec == nil || rec.Gone {
		w.Fatalf("%s %s is not here", collection, id)
	}
	if got := string(rec.Get(field)); got != want {
		w.Fatalf("%s is %s, want %s", field, got, want)
	}
	var kept []string
	for _, l := range rec.Losers(rec.Collection.Field(field)) {
		kept = append(kept, string(l.Value))
	}
	if !slices.Equal(kept, losers) {
		w.Fatalf("kept beside %s: %v, want %v", field, kept, losers)
	}
}

// V gives the version of a record.
func (w *World) V(collection, id string) int64 {
	w.Helper()
	rec := w.Get(collection, id)
	if rec == nil {
		w.Fatalf("%s %s is not here", collection, id)
	}
	return rec.V
}

// Held gives the ops in quarantine, and fails the test where there are not so many.
func (w *World) Held(want int) []store.Held {
	w.Helper()
	held := w.AllHeld()
	if len(held) != want {
		w.Fatalf("%d ops are in quarantine, want %d: %+v", len(held), want, held)
	}
	return held
}

// AllHeld gives the ops in quarantine.
func (w *World) AllHeld() (held []store.Held) {
	w.Helper()
	w.must(w.EachHeld(ctx, w.DAT.Num, func(h *store.Held) error {
		held = append(held, *h)
		return nil
	}))
	return held
}

// seq gives the DAT's last seq, as the audit names it.
func (w *World) seq() int64 {
	w.Helper()
	rows, _, err := w.Audit(ctx, store.AuditQuery{DAT: w.DAT.Num, Most: 1000})
	w.must(err)
	var last int64
	for _, a := range rows {
		last = max(last, a.Seq)
	}
	return last
}

func (w *World) tip(p *Phone) []byte {
	w.Helper()
	d, err := w.Device(ctx, p.ID)
	w.must(err)
	return d.Tip
}

func unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

// Nowhere fails the test where a text stands in any file of the data directory,
// once the store is closed; then it opens it again.
func (w *World) Nowhere(text string) {
	w.Helper()
	w.must(w.Close())
	w.scan(text)
	w.Open()
}

// scan fails the test where a text stands in any file of the data directory now.
func (w *World) scan(text string) {
	w.Helper()
	files, err := os.ReadDir(w.Dir)
	w.must(err)
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(w.Dir, f.Name()))
		w.must(err)
		if bytes.Contains(b, []byte(text)) {
			w.Fatalf("%q stands in %s", text, f.Name())
		}
	}
}

// Counted gives how many records of a collection there are, and how many are gone.
func (w *World) Counted(collection string) (records, gone int64) {
	w.Helper()
	counts, err := w.Counts(ctx, w.DAT.Num)
	w.must(err)
	for _, c := range counts {
		if c.Collection == collection {
			return c.Records, c.Gone
		}
	}
	w.Fatalf("%s is not counted", collection)
	return 0, 0
}
