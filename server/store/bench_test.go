package store_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"earshot/server/programme"
	"earshot/server/store"
	"earshot/server/store/storetest"
	"earshot/sync/record"
	"earshot/sync/wire"
)

// What is measured here is the store alone: ops come in decoded, as live hands
// them in. Each figure is told beside that of raw SQLite doing the same rows (one
// record row of the same size and one feed row), fsynced, in the same run.

const phones = 50

// views makes n view ops of about 600 bytes for one device, pushed per at a time.
func views(w *storetest.World, device string, n, per int) []store.Push {
	words := strings.Repeat("They were kind but the queue was long and nobody said why. ", 4)
	var pushes []store.Push
	for from := 1; from <= n; from += per {
		p := store.Push{DAT: w.DAT.Num, Device: device}
		for i := from; i < from+per && i <= n; i++ {
			raw := fmt.Appendf(nil, `{"n":%d,"at":"2026-03-03T10:00:00Z","c":"view","r":%q,"base":0,"schema":1,"set":{"service":%q,"method":"nxc","at":"2026-03-03T10:00:00Z","kind":"concern","words":%q,"share":"words","speaker":"user","consent":1,"asked":"yes","next":"hear","aware":"no"}}`,
				i, w.NewID(), w.Services[0], words)
			op, p1 := wire.DecodeOp(programme.Schema(), raw, int64(i))
			if p1 != nil {
				w.Fatal(p1)
			}
			p.Ops = append(p.Ops, store.Incoming{Envelope: wire.Envelope{N: int64(i), To: int64(i), Raw: raw, Hash: sha256.Sum256(raw)}, Op: op})
		}
		pushes = append(pushes, p)
	}
	return pushes
}

func BenchmarkPush(b *testing.B) {
	for _, per := range []int{1, 100} {
		b.Run(fmt.Sprintf("by %d", per), func(b *testing.B) {
			w := storetest.NewWorld(b, open, store.Options{})
			each := max(b.N/phones, 1)
			var all [][]store.Push
			for i := range phones {
				sum := sha256.Sum256(fmt.Append(nil, i))
				id := base64.RawURLEncoding.EncodeToString(sum[:])
				if _, err := w.AddDevice(context.Background(), store.Device{ID: id, DAT: w.DAT.Num, Member: w.Members["volunteer"], Name: "x", Key: "{}"}); err != nil {
					b.Fatal(err)
				}
				all = append(all, views(w, id, each, per))
			}
			b.ResetTimer()
			start := time.Now()
			var ops atomic.Int64
			var wg sync.WaitGroup
			for _, pushes := range all {
				wg.Add(1)
				go func() {
					defer wg.Done()
					for _, p := range pushes {
						ack, err := w.Push(context.Background(), p)
						if err != nil || ack.Gap || ack.Results[0].Status != record.Applied {
							b.Errorf("%v %+v", err, ack)
							return
						}
						ops.Add(int64(len(p.Ops)))
					}
				}()
			}
			wg.Wait()
			took := time.Since(start)
			b.StopTimer()
			rate := float64(ops.Load()) / took.Seconds()
			raw := rawRows(b, int(ops.Load()), per)
			b.ReportMetric(rate, "ops/s")
			b.ReportMetric(raw, "raw/s")
			b.ReportMetric(rate/raw, "of-raw")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// rawRows is raw SQLite doing n records and feed rows: by 1 a commit each, else
// 1,000 to a commit.
func rawRows(b *testing.B, n, per int) float64 {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "raw.sqlite")+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	_, err = db.Exec("CREATE TABLE records (id TEXT PRIMARY KEY, fields TEXT) WITHOUT ROWID; CREATE TABLE feed (seq INTEGER PRIMARY KEY, id TEXT)")
	must(err)
	fields := strings.Repeat("x", 600)
	batch := 1000
	if per == 1 {
		batch, n = 1, min(n, 3000)
	}
	n = max(n, 1)
	start := time.Now()
	for i := 0; i < n; {
		tx, err := db.Begin()
		must(err)
		rec, err := tx.Prepare("INSERT INTO records VALUES (?, ?)")
		must(err)
		feed, err := tx.Prepare("INSERT INTO feed VALUES (?, ?)")
		must(err)
		for j := 0; j < batch && i < n; j++ {
			id := fmt.Sprintf("0195%08x-0000-7000-8000-%012x", i>>8, i)
			_, err = rec.Exec(id, fields)
			must(err)
			_, err = feed.Exec(i, id)
			must(err)
			i++
		}
		must(tx.Commit())
	}
	return float64(n) / time.Since(start).Seconds()
}

func BenchmarkRead(b *testing.B) {
	w := storetest.NewWorld(b, open, store.Options{})
	dev := w.Phone("volunteer")
	const n = 50_000
	for _, p := range views(w, dev.ID, n, 500) {
		if _, err := w.Push(context.Background(), p); err != nil {
			b.Fatal(err)
		}
	}
	for _, as := range []string{"coordinator", "volunteer"} {
		b.Run(as, func(b *testing.B) {
			r := w.Reader(as)
			records, bytes := 0, 0
			start := time.Now()
			for b.Loop() {
				for cursor, more := "", true; more; {
					p, err := w.Read(context.Background(), r, cursor)
					if err != nil {
						b.Fatal(err)
					}
					cursor, more = p.Cursor, p.More
					records += p.Count
					bytes += len(p.Records)
				}
			}
			rate := float64(records) / time.Since(start).Seconds()
			b.StopTimer()
			raw := rawRows(b, n, 100)
			b.ReportMetric(rate, "rec/s")
			b.ReportMetric(float64(bytes)/float64(records), "B/rec")
			b.ReportMetric(raw, "raw/s")
			b.ReportMetric(rate/raw, "of-raw")
			b.ReportMetric(0, "ns/op")
		})
	}
}
