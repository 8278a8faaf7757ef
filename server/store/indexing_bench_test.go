package store_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"earshot/server/store"
	"earshot/server/store/storetest"
)

// What it costs to index a record, of some 35 words, in the end: the index brought
// together too. And what a search costs before, of which every record is read.
func BenchmarkIndex(b *testing.B) {
	const n = 20_000
	var indexing, scan time.Duration
	for b.Loop() {
		w := storetest.NewWorld(b, open, store.Options{IndexAfter: -1})
		manyViews(b, w, n, sayings(rand.New(rand.NewPCG(3, 4))))
		began := time.Now()
		if _, _, err := w.Search(context.Background(), w.Reader("coordinator"), store.Search{Text: "zzzzzzzz", Most: 50}); err != nil {
			b.Fatal(err)
		}
		scan += time.Since(began)
		began = time.Now()
		if err := w.Index(context.Background()); err != nil {
			b.Fatal(err)
		}
		indexing += time.Since(began)
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	of := float64(b.N * n)
	b.ReportMetric(float64(indexing.Nanoseconds())/1000/of, "µs-index/record")
	b.ReportMetric(float64(scan.Nanoseconds())/1000/of, "µs-scan/record")
}
