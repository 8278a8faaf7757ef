package desk_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"earshot/server/desk"
	"earshot/server/store"
)

// A DAT's older spreadsheet of 5,000 rows is to be in within 3 s.
func BenchmarkImportOf5000Rows(b *testing.B) {
	var file strings.Builder
	file.WriteString("date,service,words,themes,sentiment\n")
	for n := range 5000 {
		fmt.Fprintf(&file, "2025-%02d-%02d,Service %d,\"It shuts at five and I finish at five. That is row %d of all rows.\",T%02d01,%d\n",
			1+n%12, 1+n%28, n%20, n, 1+n%12, 1+n%5)
	}
	for b.Loop() {
		b.StopTimer()
		s, err := store.Open(b.Context(), b.TempDir(), store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		dat, err := s.CreateDAT(b.Context(), "Ourtown DAT", "ourtown")
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		got, err := desk.Import{Store: s, DAT: dat, Now: time.Now(), Random: rand.Reader}.Run(b.Context(), strings.NewReader(file.String()))
		if err != nil || got.Taken != 5000 {
			b.Fatalf("%+v %v", got, err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
